// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import "slices"

// limiter bounds the number of polls in progress. Keys that find no free slot wait in
// order.
type limiter struct {
	limit, active int
	waiting       []key
}

// acquire takes a slot, or adds the key to those that wait.
func (l *limiter) acquire(k key) bool {
	if l.active < l.limit {
		l.active++
		return true
	}
	if !slices.Contains(l.waiting, k) {
		l.waiting = append(l.waiting, k)
	}
	return false
}

// release frees a slot.
func (l *limiter) release() { l.active-- }

// next removes and returns the first waiting key if a slot is free.
func (l *limiter) next() (key, bool) {
	if l.active >= l.limit || len(l.waiting) == 0 {
		return key{}, false
	}
	first := l.waiting[0]
	l.waiting = slices.Delete(l.waiting, 0, 1)
	return first, true
}

// remove removes a key that no longer waits.
func (l *limiter) remove(k key) {
	l.waiting = slices.DeleteFunc(l.waiting, func(other key) bool { return other == k })
}
