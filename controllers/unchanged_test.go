// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"errors"
	"syscall"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// Only a reconciliation that wrote nothing, and of which nothing is to be tried again, is
// not repeated.
func TestComplete(t *testing.T) {
	written := []client.Object{&corev1.Service{}}
	for name, c := range map[string]struct {
		change func(*scope)
		want   bool
	}{
		"nothing to do":               {func(*scope) {}, true},
		"not built":                   {func(s *scope) { s.wanted = nil }, false},
		"an unsupported change":       {func(s *scope) { s.wanted.UnsupportedChanges = []string{"storage can't shrink"} }, false},
		"a volume to expand":          {func(s *scope) { s.wanted.VolumeExpansions = []desired.VolumeExpansion{{}} }, false},
		"an object written":           {func(s *scope) { s.applied.Written = written }, false},
		"the cache lags":              {func(s *scope) { s.applied.Lagging = true }, false},
		"a field conflict":            {func(s *scope) { s.applied.FieldConflicts = []string{"replicas"} }, false},
		"a repair that is due":        {func(s *scope) { s.applied.RetryAfter = time.Minute }, false},
		"traffic not reached":         {func(s *scope) { s.routed.done = false }, false},
		"monitoring not reached":      {func(s *scope) { s.monitored.done = false }, false},
		"monitoring object written":   {func(s *scope) { s.monitored.result.Written = written }, false},
		"the cache of them lags":      {func(s *scope) { s.monitored.result.Lagging = true }, false},
		"monitoring object refused":   {func(s *scope) { s.monitored.problem = classify(apply.Result{}, errors.New("refused"), "") }, false},
		"a repair of them that's due": {func(s *scope) { s.monitored.result.RetryAfter = time.Minute }, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := &scope{wanted: &desired.Output{}, routed: attached{done: true}, monitored: attached{done: true}}
			c.change(s)
			if got := s.complete(); got != c.want {
				t.Errorf("complete: %t", got)
			}
		})
	}
}

// The inputs depend on the version of each object and Secret of the snapshot, and not on
// the order.
func TestInputsOfSnapshot(t *testing.T) {
	object := func(uid types.UID, version string) metav1.ObjectMeta {
		return metav1.ObjectMeta{UID: uid, ResourceVersion: version}
	}
	of := func(change func(*snapshot.Snapshot)) inputs {
		claims := map[v1alpha1.Component]*corev1.PersistentVolumeClaim{}
		for i, c := range []v1alpha1.Component{"database", "redis"} {
			claims[c] = &corev1.PersistentVolumeClaim{ObjectMeta: object(types.UID(c), string(rune('1'+i)))}
		}
		s := &snapshot.Snapshot{
			Claims:      claims,
			Credentials: map[v1alpha1.Component]*metav1.PartialObjectMetadata{"redis": {ObjectMeta: object("a", "1")}},
			External:    map[v1alpha1.Component]snapshot.ExternalSecret{"database": {Revision: "1"}},
		}
		change(s)
		var in inputs
		in.addSnapshot(s)
		return in
	}
	before := of(func(*snapshot.Snapshot) {})
	if of(func(*snapshot.Snapshot) {}) != before {
		t.Error("the same snapshot has other inputs")
	}
	for name, change := range map[string]func(*snapshot.Snapshot){
		"a claim changes":        func(s *snapshot.Snapshot) { s.Claims["redis"].ResourceVersion = "9" },
		"a claim is another one": func(s *snapshot.Snapshot) { s.Claims["redis"].UID = "9" },
		"a claim goes":           func(s *snapshot.Snapshot) { delete(s.Claims, "redis") },
		"claims change places": func(s *snapshot.Snapshot) {
			s.Claims["redis"], s.Claims["database"] = s.Claims["database"], s.Claims["redis"]
		},
		"a former claim is there": func(s *snapshot.Snapshot) {
			s.Former = map[v1alpha1.Component]snapshot.Former{"redis": {Claim: s.Claims["redis"]}}
		},
		"a former StatefulSet is there": func(s *snapshot.Snapshot) {
			s.Former = map[v1alpha1.Component]snapshot.Former{"redis": {StatefulSet: &appsv1.StatefulSet{ObjectMeta: object("b", "1")}}}
		},
		"credentials go":   func(s *snapshot.Snapshot) { s.Credentials = nil },
		"a Secret changes": func(s *snapshot.Snapshot) { s.External["database"] = snapshot.ExternalSecret{Revision: "2"} },
		"a Secret is made again": func(s *snapshot.Snapshot) {
			s.External["database"] = snapshot.ExternalSecret{Revision: "1", UID: "2"}
		},
		"a Secret goes":             func(s *snapshot.Snapshot) { s.External["database"] = snapshot.ExternalSecret{Problem: "1"} },
		"another Secret is missing": func(s *snapshot.Snapshot) { s.External["redis"] = snapshot.ExternalSecret{Problem: "1"} },
	} {
		if of(change) == before {
			t.Errorf("%s, and the inputs are the same", name)
		}
	}
}

// Once nothing is to be done, nothing is built until something changes. Each change of
// something that belongs to the tracker is a reason to build.
func TestUnchangedTrackerIsNotBuilt(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), synthetic)
	o.ready(t, tracker)
	built := func() bool {
		t.Helper()
		s := &scope{tracker: tracker}
		must(t, o.observe(t.Context(), s))
		last := o.written.of(tracker).completion
		return last == nil || last.inputs != s.inputs
	}
	o.once(t, tracker)
	if built() {
		t.Error("it is built although nothing has changed")
	}
	for _, object := range []client.Object{
		&corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "hiring-api"}},
		&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "hiring-api"}},
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "hiring-database-credentials"}},
		&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "hiring-dashboard"}},
		&corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "data-hiring-database-0"}},
		&corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "hiring-database-0"}},
	} {
		fetch(t, tracker, object.GetName(), object)
		patch := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"annotations":{"example.com/touched":"yes"}}}`))
		must(t, k8s.Patch(t.Context(), object, patch))
		eventually(t, "a change of "+object.GetName()+" is no reason to build", built)
		o.until(t, tracker, "it is built again and again", func() bool { return !built() })
	}
}

// BenchmarkUnchangedReconcile is a reconciliation of a tracker, with all its monitoring,
// of which nothing has changed.
func BenchmarkUnchangedReconcile(b *testing.B) {
	o := start(b)
	tracker := create(b, namespace(b), synthetic)
	o.ready(b, tracker)
	o.requests.take()
	b.ReportAllocs()
	var before, after syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &before))
	for b.Loop() {
		o.once(b, tracker)
	}
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &after))
	spent := after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano()
	b.ReportMetric(float64(spent)/float64(b.N), "cpu-ns/op") // Whatever else runs on the machine.
	if made := notWatches(o.requests.take()); len(made) > 0 {
		b.Errorf("it made requests: %v", made)
	}
}
