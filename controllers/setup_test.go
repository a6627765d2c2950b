// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"regexp"
	"testing"

	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// The caches watch the kinds of the table, and no others.
func TestCachesHoldTheKindsOfTheTable(t *testing.T) {
	t.Parallel()
	o := start(t)
	collection := regexp.MustCompile(`^/(?:api|apis/([^/]+))/[^/]+/([^/]+)$`)
	watched, want := sets.New[string](), sets.New[string]()
	for _, r := range o.requests.take() {
		if m := collection.FindStringSubmatch(r.path); m != nil {
			watched.Insert(m[2] + "." + m[1])
		}
	}
	for _, k := range kinds.All() {
		want.Insert(k.CRD())
	}
	if !watched.Equal(want) {
		t.Errorf("only the caches hold %v, only the table has %v", sets.List(watched.Difference(want)), sets.List(want.Difference(watched)))
	}
}
