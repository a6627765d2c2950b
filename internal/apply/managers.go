// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"cmp"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// owners tells, from managedFields, whose the fields of an object are.
type owners []ownership

// ownership is the fields that one manager owns by one way of writing.
type ownership struct {
	manager string
	ours    bool // The engine's own applies.
	time    time.Time
	fields  *fieldpath.Set
}

// newOwners reads an object's managedFields, the latest first.
func newOwners(live metav1.Object) owners {
	var all owners
	for _, entry := range live.GetManagedFields() {
		o := ownership{
			manager: entry.Manager,
			ours:    entry.Manager == v1alpha1.FieldManager && entry.Operation == metav1.ManagedFieldsOperationApply,
			fields:  &fieldpath.Set{},
		}
		if entry.Time != nil {
			o.time = entry.Time.Time
		}
		// Fields that can't be read have no owner that we know.
		if entry.FieldsV1 != nil && o.fields.FromJSON(entry.FieldsV1.GetRawReader()) == nil {
			all = append(all, o)
		}
	}
	slices.SortStableFunc(all, func(a, b ownership) int { return cmp.Or(b.time.Compare(a.time), cmp.Compare(a.manager, b.manager)) })
	return all
}

// ours tells whether our applies own a field. Whoever sets it to another value
// takes it from us.
func (all owners) ours(path fieldpath.Path) bool {
	return slices.ContainsFunc(all, func(o ownership) bool { return o.ours && o.fields.Has(path) })
}

// applied returns all fields that our applies own.
func (all owners) applied() *fieldpath.Set {
	fields := &fieldpath.Set{}
	for _, o := range all {
		if o.ours {
			fields = fields.Union(o.fields)
		}
	}
	return fields
}

// manager returns the manager, other than our applies, that set a field last, and
// "" when managedFields do not tell.
func (all owners) manager(path fieldpath.Path) string {
	for _, o := range all {
		if !o.ours && o.fields.Has(path) {
			return o.manager
		}
	}
	return ""
}
