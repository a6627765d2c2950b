// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import "slices"

// lane bounds the questions under way of one kind. What finds no room waits in it,
// in order.
type lane struct {
	limit, busy int
	waiting     []key
}

// enter takes room, or makes the key wait.
func (l *lane) enter(k key) bool {
	if l.busy < l.limit {
		l.busy++
		return true
	}
	if !slices.Contains(l.waiting, k) {
		l.waiting = append(l.waiting, k)
	}
	return false
}

// leave gives room back.
func (l *lane) leave() { l.busy-- }

// next takes the first that waits out, if there is room for it.
func (l *lane) next() (key, bool) {
	if l.busy >= l.limit || len(l.waiting) == 0 {
		return key{}, false
	}
	first := l.waiting[0]
	l.waiting = slices.Delete(l.waiting, 0, 1)
	return first, true
}

// drop takes out a key that need not wait any more.
func (l *lane) drop(k key) {
	l.waiting = slices.DeleteFunc(l.waiting, func(other key) bool { return other == k })
}
