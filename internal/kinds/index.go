// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package kinds

import (
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/tools/cache"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// TrackerField is the field by whose value, a tracker's name, the caches list what belongs
// to the tracker in a namespace.
const TrackerField = "tracker"

// TrackerIndex makes a cache find objects by TrackerField. It is what FieldIndexer of
// controller-runtime makes, less the index over all namespaces, which would take as much
// memory again.
func TrackerIndex() cache.Indexers {
	return cache.Indexers{"field:" + TrackerField: func(in any) ([]string, error) {
		object, err := meta.Accessor(in)
		if err != nil {
			return nil, err
		}
		tracker := object.GetLabels()[v1alpha1.LabelTracker]
		if tracker == "" {
			return nil, nil
		}
		return []string{object.GetNamespace() + "/" + tracker}, nil
	}}
}
