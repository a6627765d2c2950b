// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

//go:build faults

package faults

import (
	"fmt"
	"sync/atomic"
	"testing"
)

// again is the write at which the second operator dies too, in some points.
const again = 3

// The operator dies before or after any of its writes. Another one arrives where it would have.
func TestCrash(t *testing.T) {
	of := clean(t)
	var points []point
	for k := range of.writes {
		for _, when := range []string{"before", "after", "twice"} {
			points = append(points, point{fmt.Sprintf("%s-%d", when, k+1), func(t *testing.T) {
				ns := newNamespace(t)
				o, dead := startMortal(t, ns, k+1, when != "before")
				var another *atomic.Bool
				for i, s := range scenario() {
					s.run(t, ns)
					// Until it has arrived or died: dead operators don't arrive.
					for o != nil {
						arrived := false
						holds(t.Context(), patience, func() bool {
							now, err := everything.stateOf(t.Context(), ns)
							arrived = err == nil && now.equal(of.states[i])
							return arrived || dead.Load()
						})
						if !dead.Load() {
							break // Of a state that has not come, arrives tells.
						}
						o.kill(t)
						switch {
						case when == "twice" && another == nil:
							o, dead = startMortal(t, ns, again, false)
							another = dead
						default:
							start(t, ns, newProxy(t, cluster))
							o = nil
						}
					}
					arrives(t, ns, s.name, of.states[i])
				}
			}})
		}
	}
	sortPoints(points)
	runPoints(t, 0.1, points)
}

// startMortal starts an operator that dies right before or right after one of its writes, and returns whether
// it is dead.
func startMortal(t testing.TB, ns string, k int, after bool) (*operator, *atomic.Bool) {
	t.Helper()
	p, dead := newProxy(t, cluster), &atomic.Bool{}
	p.on(1, writing(k), func(x *exchange) {
		if after {
			x.send()
		}
		p.cut()
		dead.Store(true)
		x.drop()
	})
	return start(t, ns, p), dead
}
