// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package kinds

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"
)

// Transform implements cache.TransformFunc: it returns what the caches keep of an object
// of the kind.
func (k Kind) Transform(in any) (any, error) {
	if k.Keep != nil {
		var err error
		if in, err = k.Keep(in); err != nil {
			return nil, err
		}
	}
	object, ok := in.(Object)
	if !ok {
		return in, nil // A deletion that the watch missed.
	}
	object.SetManagedFields(nil)
	shareStrings(object)
	return object, nil
}

// sharedStrings are strings of metadata that were cached recently, by themselves. An
// object is decoded with strings of its own, and most of these are in many objects: the
// keys of labels, the name of the tracker, its UID.
var sharedStrings = struct {
	mu  sync.Mutex
	all map[string]string
}{all: map[string]string{}}

// maxSharedStrings is when they are forgotten: they come and go with trackers.
const maxSharedStrings = 4096

// shareStrings makes an object's metadata share its strings with those of others.
func shareStrings(o Object) {
	s := &sharedStrings
	s.mu.Lock()
	defer s.mu.Unlock()
	share := func(in string) string {
		if shared, ok := s.all[in]; ok {
			return shared
		}
		if len(s.all) >= maxSharedStrings {
			clear(s.all)
		}
		s.all[in] = in
		return in
	}
	o.SetNamespace(share(o.GetNamespace()))
	if labels := o.GetLabels(); labels != nil {
		shared := make(map[string]string, len(labels))
		for key, value := range labels {
			shared[share(key)] = share(value)
		}
		o.SetLabels(shared)
	}
	if annotations := o.GetAnnotations(); annotations != nil {
		shared := make(map[string]string, len(annotations))
		for key, value := range annotations {
			shared[share(key)] = value
		}
		o.SetAnnotations(shared)
	}
	owners := o.GetOwnerReferences()
	for i := range owners {
		owner := &owners[i]
		owner.APIVersion, owner.Kind, owner.Name = share(owner.APIVersion), share(owner.Kind), share(owner.Name)
		owner.UID = types.UID(share(string(owner.UID)))
	}
}
