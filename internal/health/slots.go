// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"math"
	"slices"
	"time"
)

const (
	// maxPerTracker is how many pods of one tracker are polled at the same time: one
	// tracker's hanging pods must not occupy all slots.
	maxPerTracker = 8
	// loadWindow is the time over which a load is averaged.
	loadWindow = time.Minute
)

// pace is how quickly a pod has answered lately, the quickest first.
type pace int

const (
	// quick is a pod whose latest poll was not slow, and none has been for provenAfter.
	quick pace = iota
	// unproven is a pod that has not been polled, was slow not long ago, or gets a second
	// chance.
	unproven
	// slow is a pod whose latest poll was slow, whether it failed or not.
	slow
)

// slots are what the polls in progress occupy. Slow polls can't have all of them, so
// that the others find one. Whose namespace, and then whose tracker, has occupied slots for
// the least time is next.
type slots struct {
	// limits and held are how many slots there are for polls of a pace or a slower one,
	// and how many of them are occupied.
	limits, held [slow + 1]int
	// waiting are the pods that are due, by pace, in order.
	waiting [slow + 1][]turn
}

// turn is a pod's turn to be polled.
type turn struct {
	tracker *tracker
	pod     *pod
}

// pace is how quickly the next poll is expected to end.
func (w turn) pace(now time.Time) pace {
	p := w.pod
	switch isSlow := p.slow || !p.measured && w.tracker.slow; {
	case isSlow && !p.secondChance:
		return slow
	case isSlow || !p.measured || now.Sub(p.slowAt) < provenAfter:
		return unproven
	}
	return quick
}

// newSlots returns n slots, a quarter of which is for quick pods only, and half of which
// is not for slow ones.
func newSlots(n int) slots { return slots{limits: [slow + 1]int{n, n - n/4, max(n/2, 1)}} }

// wait adds a pod to those that wait.
func (s *slots) wait(w turn, now time.Time) {
	at := w.pace(now)
	if !slices.Contains(s.waiting[at], w) {
		s.remove(w.pod)
		s.waiting[at] = append(s.waiting[at], w)
	}
}

// reconsider applies a new pace of a tracker to its pods that wait.
func (s *slots) reconsider(t *tracker, now time.Time) {
	for _, w := range slices.Concat(s.waiting[:]...) {
		if w.tracker == t {
			s.wait(w, now)
		}
	}
}

// remove removes a pod that no longer waits.
func (s *slots) remove(p *pod) {
	for at := range s.waiting {
		s.waiting[at] = slices.DeleteFunc(s.waiting[at], func(w turn) bool { return w.pod == p })
	}
}

// next gives a free slot to the pod that waits whose namespace, and then whose tracker,
// has the least load. It is not ok if none can have one.
func (s *slots) next(now time.Time) (next turn, at pace, ok bool) {
	var load [4]float64
	index := 0
	for each := range s.waiting {
		if !s.free(pace(each)) {
			break // Slower ones have no more.
		}
		for i, w := range s.waiting[each] {
			if w.tracker.load.slots >= maxPerTracker || pace(each) == slow && !s.slowSlot(w.tracker.namespace) {
				continue
			}
			space, own := w.tracker.namespace.load, w.tracker.load
			candidate := [4]float64{space.average(now), float64(space.slots), own.average(now), float64(own.slots)}
			if !ok || slices.Compare(candidate[:], load[:]) < 0 {
				next, at, ok, load, index = w, pace(each), true, candidate, i
			}
		}
	}
	if ok {
		s.waiting[at] = slices.Delete(s.waiting[at], index, index+1)
		s.add(next.tracker, at, 1, now)
	}
	return next, at, ok
}

// free reports whether there is a slot for a poll of that pace.
func (s *slots) free(at pace) bool {
	for ; at >= quick; at-- {
		if s.held[at] >= s.limits[at] {
			return false
		}
	}
	return true
}

// slowSlot reports whether there is a slot for a slow poll of the namespace. A tenth of
// them is for other namespaces.
func (s *slots) slowSlot(n *namespace) bool {
	limit := s.limits[slow]
	return s.held[slow] < limit && n.slow < limit-limit/10
}

// slowDown makes a poll in progress a slow one, unless there is no slot for that.
func (s *slots) slowDown(t *tracker, from pace, now time.Time) bool {
	// It has a slot already, but perhaps not one of those for unproven pods.
	if !s.slowSlot(t.namespace) || from == quick && s.held[unproven] >= s.limits[unproven] {
		return false
	}
	s.add(t, from, -1, now)
	s.add(t, slow, 1, now)
	return true
}

// release frees the slot of a poll.
func (s *slots) release(t *tracker, at pace, now time.Time) { s.add(t, at, -1, now) }

func (s *slots) add(t *tracker, at pace, n int, now time.Time) {
	for faster := quick; faster <= at; faster++ {
		s.held[faster] += n
	}
	if at == slow {
		t.namespace.slow += n
	}
	t.load.add(n, now)
	t.namespace.load.add(n, now)
}

// namespace is the poller's state of one namespace.
type namespace struct {
	trackers int
	load     load
	slow     int // Slow polls in progress.
	// slowAt is when a poll was last slow.
	slowAt time.Time
}

// load is how many slots are occupied.
type load struct {
	slots int
	// before was the average at that time.
	before float64
	at     time.Time
}

// add adds to the occupied slots.
func (l *load) add(n int, now time.Time) {
	*l = load{slots: l.slots + n, before: l.average(now), at: now}
}

// average is how many slots were occupied on average, the longer ago the less it counts.
func (l load) average(now time.Time) float64 {
	old := math.Exp(-now.Sub(l.at).Seconds() / loadWindow.Seconds())
	return l.before*old + float64(l.slots)*(1-old)
}
