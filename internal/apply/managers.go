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

// owners is which manager owns which fields of an object, by its managedFields.
type owners []managed

// managed is the fields that one manager owns by one way of writing.
type managed struct {
	manager string
	applies bool // By server-side applies.
	ours    bool // The engine's own applies.
	time    time.Time
	fields  *fieldpath.Set
}

// newOwners reads an object's managedFields, the latest first.
func newOwners(live metav1.Object) owners {
	var all owners
	for _, entry := range live.GetManagedFields() {
		applies := entry.Operation == metav1.ManagedFieldsOperationApply
		o := managed{
			manager: entry.Manager,
			applies: applies,
			ours:    applies && entry.Manager == v1alpha1.FieldManager,
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
	slices.SortStableFunc(all, func(a, b managed) int { return cmp.Or(b.time.Compare(a.time), cmp.Compare(a.manager, b.manager)) })
	return all
}

// ours reports whether our applies own a field. A manager that sets it to another value
// becomes its owner.
func (all owners) ours(path fieldpath.Path) bool {
	return slices.ContainsFunc(all, func(o managed) bool { return o.ours && o.fields.Has(path) })
}

// oursAlone reports whether an apply of ours that leaves a field out removes it: it stays
// if another manager applies it too, not if one has set it by an update.
func (all owners) oursAlone(path fieldpath.Path) bool {
	others := slices.ContainsFunc(all, func(o managed) bool { return o.applies && !o.ours && o.fields.Has(path) })
	return all.ours(path) && !others
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

// otherManager returns the manager, other than our applies, that set a field last, and
// "" when managedFields do not have it.
func (all owners) otherManager(path fieldpath.Path) string {
	for _, o := range all {
		if !o.ours && o.fields.Has(path) {
			return o.manager
		}
	}
	return ""
}
