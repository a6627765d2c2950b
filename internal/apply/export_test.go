// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Intent is the tests' view of an intent.
type Intent struct {
	*child
}

// NewIntent returns the intent of a child.
func (e *Engine) NewIntent(object client.Object) (Intent, error) {
	want, err := newIntent(e.typesFor(object.GetObjectKind().GroupVersionKind()), Child{Object: object}, false)
	return Intent{&child{Child: Child{Object: object}, want: want}}, err
}

// Fields are what is compared.
func (i Intent) Fields() map[string]any { return i.want.fields }

// Drift compares the fields of a live object, and returns where they don't meet the
// intent.
func (i Intent) Drift(live map[string]any) []string {
	return fieldsOf(i.want.compare(i.want.fields, live))
}

// Live returns the fields of a live object.
func (i Intent) Live(live client.Object) (map[string]any, error) {
	live.GetObjectKind().SetGroupVersionKind(i.Object.GetObjectKind().GroupVersionKind())
	o := &object{Object: live}
	err := o.convert()
	return o.fields, err
}

// Remembered is how many trackers and children the engine remembers.
func (e *Engine) Remembered() (trackers, children int) {
	for _, records := range e.records {
		children += len(records)
	}
	return len(e.records), children
}

// PretendWritten makes the engine take a later version of a child for the one that it wrote.
func (e *Engine) PretendWritten(owner types.UID, object client.Object, version string) {
	e.records[owner][keyOf(object)].version = version
}

// Of is how many children of all kinds an action was taken about.
func (c Counts) Of(action Action) int {
	total := 0
	for count, n := range c {
		if count.Action == action {
			total += n
		}
	}
	return total
}

// Hash stands for the intent.
func (i Intent) Hash() string { return i.want.hash }
