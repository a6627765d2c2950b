// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

//go:build faults

package faults

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// point is one place of the matrix: one fault, at one moment.
type point struct {
	name string
	run  func(t *testing.T)
}

// atOnce is how many points run at the same time.
const atOnce = 4

// runPoints runs points in an order given by the seed, for as long as a share of the budget lasts.
func runPoints(t *testing.T, share float64, points []point) {
	t.Helper()
	all := len(points)
	if *only != "" {
		points = filter(points, func(p point) bool { return p.name == *only })
	} else {
		rand.New(rand.NewPCG(uint64(*seed), 0)).Shuffle(all, func(i, j int) { points[i], points[j] = points[j], points[i] })
	}
	deadline := time.Now().Add(time.Duration(share * float64(*budget)))
	var mu sync.Mutex
	done, failed := 0, 0
	next := func() (point, bool) {
		mu.Lock()
		defer mu.Unlock()
		if done == len(points) || time.Now().After(deadline) {
			return point{}, false
		}
		done++
		return points[done-1], true
	}
	var workers sync.WaitGroup
	for range atOnce {
		workers.Go(func() {
			for p, ok := next(); ok; p, ok = next() {
				if !t.Run(p.name, func(t *testing.T) {
					t.Cleanup(func() { tellHow(t, p.name) })
					p.run(t)
				}) {
					mu.Lock()
					failed++
					mu.Unlock()
				}
			}
		})
	}
	workers.Wait()
	fmt.Printf("faults: %s: seed %d, %d of %d points, %d failed\n", t.Name(), *seed, done, all, failed)
}

// tellHow says how to repeat a point that has failed.
func tellHow(t *testing.T, name string) {
	t.Helper()
	if t.Failed() {
		t.Logf("to repeat it: make test-faults SEED=%d POINT=%s ARGS='-run %s'", *seed, name, testOf(t))
	}
}

func filter[T any](all []T, which func(T) bool) []T {
	var some []T
	for _, one := range all {
		if which(one) {
			some = append(some, one)
		}
	}
	return some
}

// sortPoints gives points an order that does not change from one run to the next.
func sortPoints(points []point) {
	slices.SortFunc(points, func(a, b point) int { return strings.Compare(a.name, b.name) })
}
