// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package kinds

import (
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// trackerField is the field whose value the caches take for the name of the tracker that
// an object belongs to.
const trackerField = "tracker"

// TrackerIndexName is the name that controller-runtime's caches give the index of
// trackerField, and TrackerIndex its cache.IndexFunc. It is the index that their
// FieldIndexer makes, less the part over all namespaces, which takes as much memory again.
const TrackerIndexName = "field:" + trackerField

// TrackerIndex implements cache.IndexFunc: see TrackerIndexName.
func TrackerIndex(in any) ([]string, error) {
	object, err := meta.Accessor(in)
	if err != nil {
		return nil, err
	}
	tracker := object.GetLabels()[v1alpha1.LabelTracker]
	if tracker == "" {
		return nil, nil
	}
	return []string{object.GetNamespace() + "/" + tracker}, nil
}

// InTrackerIndex returns the field selector that selects by the index what a label
// selector selects, and whether there is one: if the latter asks for one tracker.
func InTrackerIndex(s labels.Selector) (fields.Selector, bool) {
	if s == nil {
		return nil, false
	}
	tracker, one := s.RequiresExactMatch(v1alpha1.LabelTracker)
	return fields.OneTermEqualSelector(trackerField, tracker), one
}
