// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// frozen is a client whose cache shows a tracker as it was.
type frozen struct {
	client.Client
	tracker *v1alpha1.InterviewTracker
}

func (f *frozen) Get(ctx context.Context, key client.ObjectKey, into client.Object, opts ...client.GetOption) error {
	tracker, ok := into.(*v1alpha1.InterviewTracker)
	if !ok || key != client.ObjectKeyFromObject(f.tracker) {
		return f.Client.Get(ctx, key, into, opts...)
	}
	f.tracker.DeepCopyInto(tracker)
	return nil
}

// freeze makes an operator's cache show a tracker as it is now, whatever happens to it.
func (o *operator) freeze(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	refresh(t, tracker)
	o.Client = &frozen{o.Client, tracker.DeepCopy()}
}

// frozenClock makes an operator's time stand still, until it is stepped.
func (o *operator) frozenClock() *clocktesting.FakePassiveClock {
	clock := clocktesting.NewFakePassiveClock(time.Now())
	o.setClock(clock)
	return clock
}

// A tracker is deleted, and the watch does not say so: nothing is created for the garbage
// collector to delete, and the next attempt comes ever later.
func TestATrackerThatIsDeletedUnseenIsNotRebuilt(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), nil)
	o.ready(t, tracker)
	o.freeze(t, tracker)
	deployment := fetch(t, tracker, "hiring-api", &appsv1.Deployment{})
	deleteWithChildren(t, tracker)
	o.gone(t, deployment) // Until then there is nothing to do, nor a reason to try again.
	o.requests.take()

	clock := o.frozenClock()
	var waited time.Duration
	attempts := 0
	for ; waited < 10*time.Minute; attempts++ {
		result := o.once(t, tracker)
		if result.RequeueAfter <= 0 {
			t.Fatal("it is not tried again")
		}
		waited += result.RequeueAfter
		clock.SetTime(clock.Now().Add(result.RequeueAfter))
	}
	created := slices.DeleteFunc(writes(o.requests.take()), func(r request) bool { return strings.HasSuffix(r.path, "/status") })
	if len(created) > 0 {
		t.Errorf("%d writes for a deleted tracker: %v", len(created), created)
	}
	if attempts > 25 {
		t.Errorf("%d attempts in ten minutes", attempts)
	}
}

// An operator that starts from an old spec deletes nothing of the new one: neither data nor
// credentials.
func TestAnOldSpecDeletesNothing(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	must(t, k8s.Create(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "cache"}, StringData: map[string]string{"url": "redis://cache:6379/0"},
	}))
	tracker := create(t, ns, func(tracker *v1alpha1.InterviewTracker) {
		ref := corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "cache"}, Key: "url"}
		tracker.Spec.Redis = &v1alpha1.DependencySpec{External: &v1alpha1.ExternalSpec{SecretKeyRef: ref}}
	})
	old := start(t)
	old.observed(t, tracker)
	old.freeze(t, tracker)

	current := start(t)
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.Redis = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{Retention: v1alpha1.RetentionDelete}}
	})
	current.observed(t, tracker)
	set := fetch(t, tracker, "hiring-redis", &appsv1.StatefulSet{})
	await(t, "the cache does not hold Redis", func() bool {
		return old.Client.Get(t.Context(), client.ObjectKeyFromObject(set), &appsv1.StatefulSet{}) == nil
	})

	old.requests.take()
	for range 3 {
		old.once(t, tracker)
	}
	for _, r := range writes(old.requests.take()) {
		if r.verb == http.MethodDelete {
			t.Errorf("%s of a spec that is no longer the tracker's", r)
		}
	}
	for _, object := range []client.Object{set, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "hiring-redis-credentials"}}} {
		refresh(t, object)
		if object.GetDeletionTimestamp() != nil {
			t.Errorf("%s is being deleted", object.GetName())
		}
	}
}

// A pass is interrupted before each of its writes, while another operator applies a new spec,
// and then goes on: it deletes nothing that the new spec wants.
func TestAPassThatIsOvertakenDeletesNothing(t *testing.T) {
	t.Parallel()
	var before func(*http.Request)
	overtaken := start(t, func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(q *http.Request) (*http.Response, error) {
			// The method first: the watches, which read, run while the test sets the other one.
			if q.Method != http.MethodGet && before != nil {
				before(q)
			}
			return next.RoundTrip(q)
		})
	})
	current := start(t)
	for point, reached := 0, true; reached; point++ {
		tracker := create(t, namespace(t), nil)
		overtaken.ready(t, tracker)
		// Redis is no longer managed, and its objects are to be deleted.
		must(t, k8s.Create(t.Context(), &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: tracker.Namespace, Name: "cache"}, StringData: map[string]string{"url": "redis://cache:6379/0"},
		}))
		edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
			ref := corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "cache"}, Key: "url"}
			s.Redis = &v1alpha1.DependencySpec{External: &v1alpha1.ExternalSpec{SecretKeyRef: ref}}
		})
		overtaken.awaitSpec(t, tracker)
		writes, deleted := 0, []string(nil)
		reached = false
		before = func(q *http.Request) {
			if writes++; writes == point+1 {
				reached = true
				edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
					s.Redis = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{Retention: v1alpha1.RetentionDelete}}
				})
				current.awaitSpec(t, tracker)
				current.settle(t, tracker)
			} else if reached && q.Method == http.MethodDelete {
				deleted = append(deleted, q.URL.Path)
			}
		}
		_, _ = overtaken.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(tracker)})
		before = nil
		if len(deleted) > 0 {
			t.Errorf("overtaken before write %d, it deleted %v", point+1, deleted)
		}
		if reached {
			current.observed(t, tracker)
			fetch(t, tracker, "hiring-redis", &appsv1.StatefulSet{})
			fetch(t, tracker, "hiring-redis-credentials", &corev1.Secret{})
		}
	}
}

// The status of a quiet tracker, which nothing else would cause to be written again, is
// written although the first attempts conflict.
func TestAStatusWhoseWriteConflictsIsNotLost(t *testing.T) {
	t.Parallel()
	conflicts := 0
	o := start(t, func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(q *http.Request) (*http.Response, error) {
			// The method first: the watches, which read, run while the test sets the number.
			if q.Method == http.MethodPatch && strings.HasSuffix(q.URL.Path, "/interviewtrackers/hiring/status") && conflicts > 0 {
				conflicts--
				return conflict(q), nil
			}
			return next.RoundTrip(q)
		})
	})
	tracker := create(t, namespace(t), nil)
	o.ready(t, tracker)

	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Suspend = true })
	o.awaitSpec(t, tracker)
	conflicts = 3
	for generation := tracker.Generation; tracker.Status.ObservedGeneration != generation; refresh(t, tracker) {
		if result := o.once(t, tracker); conflicts > 0 && result.RequeueAfter <= 0 {
			t.Fatal("a status that was not written is not tried again")
		}
	}
}

// While a request fails, whose retries come ever later, a status that was not written doesn't
// wait for them.
func TestAStatusIsNotLostBesideAnError(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	o := start(t, func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(q *http.Request) (*http.Response, error) {
			if broken.Load() && q.Method == http.MethodPatch && strings.HasSuffix(q.URL.Path, "/status") {
				return conflict(q), nil
			}
			return next.RoundTrip(q)
		})
	}, failing(func(q *http.Request) bool {
		return broken.Load() && q.Method == http.MethodPatch && strings.HasSuffix(q.URL.Path, "/deployments/hiring-api")
	}))
	tracker := create(t, namespace(t), nil)
	o.ready(t, tracker)
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Version = "1.0.1" })
	o.awaitSpec(t, tracker)
	broken.Store(true)
	for range 5 {
		if result := o.once(t, tracker); result.RequeueAfter <= 0 || result.RequeueAfter > statusInterval {
			t.Fatalf("a status that was not written is tried again after %s", result.RequeueAfter)
		}
	}
	broken.Store(false)
	o.observed(t, tracker)
}

// awaitSpec waits until the cache holds the current spec of a tracker.
func (o *operator) awaitSpec(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	await(t, "the cache does not hold the spec", func() bool {
		cached := &v1alpha1.InterviewTracker{}
		must(t, o.Client.Get(t.Context(), client.ObjectKeyFromObject(tracker), cached))
		return cached.Generation == tracker.Generation
	})
}

// await waits until a condition holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), 10*time.Millisecond, patience, true, func(context.Context) (bool, error) { return holds(), nil })
	if err != nil {
		t.Fatal(what)
	}
}

// After etcd was restored from a backup, a tracker is older than what was written of it: it
// is reconciled again within two minutes.
func TestATrackerIsReconciledAfterARestore(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), nil)
	o.ready(t, tracker)
	clock := o.frozenClock()
	// That it was written later than it says is all that a restore shows.
	o.written.of(tracker).resourceVersion = "99999999999"
	var waited time.Duration
	for o.written.of(tracker).resourceVersion == "99999999999" {
		result := o.once(t, tracker)
		if waited += result.RequeueAfter; result.RequeueAfter <= 0 || waited > 2*time.Minute {
			t.Fatalf("after %s the tracker is not reconciled", waited)
		}
		clock.SetTime(clock.Now().Add(result.RequeueAfter))
	}
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Version = "1.0.1" })
	o.observed(t, tracker)
}

// The status is written at most every few seconds, whatever changes in it, but for the
// first changes and for that of a new spec.
func TestAStatusThatKeepsChangingIsWrittenRarely(t *testing.T) {
	now := time.Now()
	w := &writtenStatus{}
	status := func(generation int64, version string) v1alpha1.InterviewTrackerStatus {
		return v1alpha1.InterviewTrackerStatus{ObservedGeneration: generation, Version: version}
	}
	written := 0
	for second := range 100 {
		if w.tooSoon(now.Add(time.Duration(second)*time.Second), status(1, "a"), status(1, "b")) == 0 {
			written++
		}
	}
	if limit := statusBurst + int(100*time.Second/statusInterval); written < limit-1 || written > limit {
		t.Errorf("%d writes in 100 s, want %d", written, limit)
	}
	if w.tooSoon(now, status(1, "a"), status(2, "b")) != 0 || w.tooSoon(now, status(1, "a"), status(1, "a")) != 0 {
		t.Error("a new spec, or nothing, has to wait")
	}
}

// A claim that can't grow yet, or can't grow at all, holds back nothing else: neither
// pruning nor monitoring.
func TestAClaimThatCannotGrowHoldsNothingBack(t *testing.T) {
	t.Parallel()
	for name, phase := range map[string]corev1.PersistentVolumeClaimPhase{"pending": corev1.ClaimPending, "bound": corev1.ClaimBound} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := start(t)
			tracker := create(t, namespace(t), func(tracker *v1alpha1.InterviewTracker) {
				tracker.Spec.Database = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{Storage: &v1alpha1.StorageSpec{}}}
				tracker.Spec.API = &v1alpha1.ComponentSpec{Autoscaling: &v1alpha1.AutoscalingSpec{MaxReplicas: 3}}
			})
			o.ready(t, tracker)
			claim := fetch(t, tracker, "data-hiring-database-0", &corev1.PersistentVolumeClaim{})
			claim.Status.Phase = phase
			must(t, k8s.Status().Update(t.Context(), claim))
			o.seen(t, claim)

			edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
				s.Database.Managed.Storage.Size = new(resource.MustParse("20Gi"))
				s.API.Autoscaling = nil
				s.Monitoring = &v1alpha1.MonitoringSpec{Dashboard: &v1alpha1.DashboardSpec{Enabled: new(false)}}
			})
			o.observed(t, tracker)
			wantStalled := map[string]string{"pending": "absent", "bound": "True InvalidSpec"}[name]
			if got := condition(tracker, v1alpha1.ConditionStalled); got != wantStalled {
				t.Errorf("Stalled is %q, want %q: %s", got, wantStalled, message(tracker, v1alpha1.ConditionStalled))
			}
			if exists(t, tracker, "hiring-api", &autoscalingv2.HorizontalPodAutoscaler{}) {
				t.Error("the autoscaler is not pruned")
			}
			if exists(t, tracker, "hiring-dashboard", &corev1.ConfigMap{}) {
				t.Error("the dashboard is not pruned")
			}
		})
	}
}

// While a write conflicts again and again, the next attempt comes ever later, and after a
// while it is reported. It ends with the conflict.
func TestBackOffWhileTheCachesLag(t *testing.T) {
	t.Parallel()
	var conflicts atomic.Bool
	o := start(t, func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(q *http.Request) (*http.Response, error) {
			if conflicts.Load() && q.Method == http.MethodPatch && strings.HasSuffix(q.URL.Path, "/deployments/hiring-api") {
				return conflict(q), nil
			}
			return next.RoundTrip(q)
		})
	})
	tracker := create(t, namespace(t), nil)
	o.ready(t, tracker)
	clock := o.frozenClock()
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Version = "1.0.1" })
	o.awaitSpec(t, tracker)
	conflicts.Store(true)
	o.requests.take()
	var waited time.Duration
	for waited < 10*time.Minute {
		result := o.once(t, tracker)
		if result.RequeueAfter <= 0 {
			t.Fatal("it is not tried again")
		}
		waited += result.RequeueAfter
		clock.SetTime(clock.Now().Add(result.RequeueAfter))
	}
	attempts := 0
	for _, r := range writes(o.requests.take()) {
		if strings.HasSuffix(r.path, "/deployments/hiring-api") {
			attempts++
		}
	}
	if attempts == 0 || attempts > 25 {
		t.Errorf("%d attempts in ten minutes", attempts)
	}
	refresh(t, tracker)
	if got := condition(tracker, v1alpha1.ConditionReconciling); got != "True CacheLagging" {
		t.Errorf("Reconciling is %q", got)
	}
	conflicts.Store(false)
	o.until(t, tracker, "the conflict does not end", func() bool {
		clock.SetTime(clock.Now().Add(time.Minute))
		return condition(tracker, v1alpha1.ConditionReconciling) == "True Progressing"
	})
}

// conflict is how the API server answers a write to an object that has changed.
func conflict(q *http.Request) *http.Response {
	status := apierrors.NewConflict(appsv1.Resource("deployments"), "hiring-api", errors.New("it has changed")).Status()
	status.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}
	body, _ := json.Marshal(status)
	return &http.Response{
		StatusCode: http.StatusConflict, Status: "409 Conflict", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: q,
		Header: http.Header{"Content-Type": []string{"application/json"}}, Body: io.NopCloser(bytes.NewReader(body)),
	}
}
