// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

//go:build faults

package faults

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// The scenario: what happens to a tracker, step by step.
type step struct {
	name string
	do   func(t testing.TB, ns string)
	// spec is the change of an existing tracker, by a step that has no do.
	spec func(*v1alpha1.InterviewTrackerSpec)
}

func (s step) run(t testing.TB, ns string) {
	t.Helper()
	if s.do != nil {
		s.do(t, ns)
		return
	}
	edit(t, ns, s.spec)
}

const trackerName = "hiring"

// scenario goes through all that a tracker can have: managed dependencies of which one keeps its data and one
// does not, migrations, monitoring objects, patches, a switch to an external dependency, and its end.
func scenario() []step {
	return []step{
		{name: "create", do: func(t testing.TB, ns string) {
			t.Helper()
			must(t, k8s.Create(t.Context(), externalRedis(ns)))
			must(t, k8s.Create(t.Context(), newTracker(ns)))
		}},
		{name: "update", spec: update},
		{name: "external", spec: func(s *v1alpha1.InterviewTrackerSpec) { s.Redis = external() }},
		{name: "managed", spec: func(s *v1alpha1.InterviewTrackerSpec) { s.Redis = managed() }},
		{name: "delete", do: func(t testing.TB, ns string) {
			t.Helper()
			must(t, k8s.Delete(t.Context(), newTracker(ns)))
		}},
	}
}

func newTracker(ns string) *v1alpha1.InterviewTracker {
	return &v1alpha1.InterviewTracker{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: trackerName},
		Spec: v1alpha1.InterviewTrackerSpec{
			Version:    "1.0.0",
			Database:   &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{}},
			Redis:      managed(),
			Migrations: &v1alpha1.MigrationsSpec{Command: []string{"/tracker", "migrate"}},
		},
	}
}

// managed is a Redis whose data go with it.
func managed() *v1alpha1.DependencySpec {
	return &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{Retention: v1alpha1.RetentionDelete}}
}

// external is the Redis of externalRedis.
func external() *v1alpha1.DependencySpec {
	return &v1alpha1.DependencySpec{External: &v1alpha1.ExternalSpec{SecretKeyRef: corev1.SecretKeySelector{
		LocalObjectReference: corev1.LocalObjectReference{Name: "our-redis"}, Key: "url",
	}}}
}

func externalRedis(ns string) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "our-redis"},
		Data:       map[string][]byte{"url": []byte("redis://redis")},
	}
}

// update changes what every part of a tracker is made from.
func update(s *v1alpha1.InterviewTrackerSpec) {
	s.Version = "1.1.0"
	s.API = &v1alpha1.ComponentSpec{Replicas: new(int32(2))}
	s.Logging = &v1alpha1.LoggingSpec{Level: v1alpha1.LogLevelError}
	s.Patches = []v1alpha1.Patch{{
		Target: &v1alpha1.PatchTarget{Kind: "Service"},
		Patch:  "[{op: add, path: /metadata/labels/team, value: hiring}]",
	}}
}

// edit changes a tracker's spec, whatever else is written to it meanwhile.
func edit(t testing.TB, ns string, change func(*v1alpha1.InterviewTrackerSpec)) {
	t.Helper()
	tracker := read(t, ns)
	before := tracker.DeepCopy()
	change(&tracker.Spec)
	must(t, k8s.Patch(t.Context(), tracker, client.MergeFrom(before)))
}

// read returns the tracker of a namespace.
func read(t testing.TB, ns string) *v1alpha1.InterviewTracker {
	t.Helper()
	tracker := newTracker(ns)
	must(t, k8s.Get(t.Context(), client.ObjectKeyFromObject(tracker), tracker))
	return tracker
}

// ready reports whether an operator has found the tracker's current spec to be fulfilled.
func ready(t testing.TB, ns string) bool {
	t.Helper()
	tracker := newTracker(ns)
	if err := k8s.Get(t.Context(), client.ObjectKeyFromObject(tracker), tracker); err != nil {
		return false
	}
	return tracker.Status.ObservedGeneration == tracker.Generation &&
		meta.IsStatusConditionTrue(tracker.Status.Conditions, v1alpha1.ConditionReady)
}

// settled waits until the state of a namespace has stayed the same for a while, with a tracker that is ready
// if there is one, or without the objects of one that is gone, and returns it.
func settled(t testing.TB, ns string, still time.Duration) state {
	t.Helper()
	var last state
	var since time.Time
	if !holds(t.Context(), patience, func() bool {
		isReady := ready(t, ns) // Before: what is returned must be the state of a tracker that is ready.
		now, err := everything.stateOf(t.Context(), ns)
		must(t, err)
		_, exists := now["InterviewTracker "+trackerName]
		if last == nil || !last.equal(now) || exists && !isReady || !exists && now.owned() {
			last, since = now, time.Now()
		}
		return time.Since(since) > still
	}) {
		t.Fatalf("the tracker is not ready, or something changes, after %s; its status is\n%s", patience, describe(t, ns))
	}
	return last
}

// arrives waits until a namespace has a state.
func arrives(t testing.TB, ns, when string, want state) {
	t.Helper()
	if difference := differs(t.Context(), ns, want, patience); difference != "" {
		t.Fatalf("%s: not the state of the clean run within %s:\n%s", when, patience, difference)
	}
	intact(t, ns, when)
}

// differs waits until a namespace has a state, and returns what is different if that does not come.
func differs(ctx context.Context, ns string, want state, within time.Duration) string {
	var now state
	if holds(ctx, within, func() bool {
		var err error
		now, err = everything.stateOf(ctx, ns)
		return err == nil && now.equal(want)
	}) {
		return ""
	}
	return now.difference(want)
}

// intact checks that nothing has gone wrong with data.
func intact(t testing.TB, ns, when string) {
	t.Helper()
	for _, violation := range everything.violated(ns) {
		t.Errorf("%s: %s", when, violation)
	}
}

// describe returns the conditions of a tracker, if it exists.
func describe(t testing.TB, ns string) string {
	t.Helper()
	tracker := newTracker(ns)
	if err := k8s.Get(context.WithoutCancel(t.Context()), client.ObjectKeyFromObject(tracker), tracker); err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, c := range tracker.Status.Conditions {
		fmt.Fprintf(&b, "%s %s %s: %s\n", c.Type, c.Status, c.Reason, c.Message)
	}
	return b.String()
}
