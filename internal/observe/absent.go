// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
)

// absences are the names of objects that the API server does not have, by tracker.
// The zero value is empty.
type absences struct {
	mu        sync.Mutex
	byTracker map[types.NamespacedName]sets.Set[string]
}

func (a *absences) has(tracker types.NamespacedName, name string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.byTracker[tracker].Has(name)
}

func (a *absences) add(tracker types.NamespacedName, name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.byTracker == nil {
		a.byTracker = map[types.NamespacedName]sets.Set[string]{}
	}
	if a.byTracker[tracker] == nil {
		a.byTracker[tracker] = sets.New[string]()
	}
	a.byTracker[tracker].Insert(name)
}

func (a *absences) remove(tracker types.NamespacedName, name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.byTracker[tracker].Delete(name)
}

func (a *absences) forget(tracker types.NamespacedName) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.byTracker, tracker)
}
