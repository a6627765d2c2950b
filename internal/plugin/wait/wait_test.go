// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package wait

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/test/golden"
	"github.com/interview-tracker/interview-tracker-operator/test/scenarios"
)

// tracker is one of the generation 2 that an operator has seen, with conditions.
func tracker(conditions ...metav1.Condition) plugin.Tracker {
	t := &v1alpha1.InterviewTracker{ObjectMeta: metav1.ObjectMeta{Generation: 2}}
	t.Spec.Version = "1.0.0"
	t.Status.ObservedGeneration, t.Status.Conditions = 2, conditions
	return plugin.Tracker{InterviewTracker: t}
}

func condition(name string, status metav1.ConditionStatus, reason string) metav1.Condition {
	return metav1.Condition{Type: name, Status: status, Reason: reason, Message: "so it is"}
}

// noon is the time of all tests.
func noon() metav1.Time { return metav1.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC) }

// done is that all pods have been replaced.
func done(context.Context, plugin.Tracker) (blocked, unseen string, err error) { return "", "", nil }

func TestBlocks(t *testing.T) {
	works := condition(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady)
	stale := tracker(works)
	stale.Generation = 3
	asked := tracker(works)
	asked.Spec.Suspend = true
	other := tracker(works)
	other.Status.Dependencies = []v1alpha1.DependencyStatus{{Name: "search", Health: v1alpha1.DependencyUnhealthy, Reason: "ConnectionFailed"}}
	for name, test := range map[string]struct {
		tracker                   plugin.Tracker
		ready, healthy, suspended string
	}{
		"ready": {tracker(works), "", "", "spec.suspend is not set: kubectl tracker suspend sets it"},
		"stale": {
			stale, "the operator has not looked at the last change yet (generation 3; it has seen 2)",
			"the operator has not looked at the last change yet (generation 3; it has seen 2)", "spec.suspend is not set: kubectl tracker suspend sets it",
		},
		"suspended": {asked, "it is Suspended", "it is Suspended", ""},
		"data loss": {
			tracker(works, condition(v1alpha1.ConditionDataLoss, metav1.ConditionTrue, v1alpha1.ReasonClaimLost)), "",
			"DataLoss is True (ClaimLost): so it is", "spec.suspend is not set: kubectl tracker suspend sets it",
		},
		"maintenance": {
			tracker(works, condition(v1alpha1.ConditionUnderMaintenance, metav1.ConditionTrue, v1alpha1.ReasonPagesMuted)), "", "",
			"spec.suspend is not set: kubectl tracker suspend sets it",
		},
		"another dependency": {other, "", "search is ConnectionFailed", "spec.suspend is not set: kubectl tracker suspend sets it"},
	} {
		t.Run(name, func(t *testing.T) {
			for state, want := range map[string]string{ready: test.ready, healthy: test.healthy, suspended: test.suspended} {
				if got := blocks(state, test.tracker, noon()); got != want {
					t.Errorf("%s: got %q, want %q", state, got, want)
				}
			}
		})
	}
}

func TestWaitPrintsWhatChanges(t *testing.T) {
	starting := condition(v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonStarting)
	answers := []struct {
		tracker plugin.Tracker
		err     error
	}{
		{tracker: tracker(starting)},
		{tracker: tracker(starting)},
		{err: errors.New("no \x1b[31mroute")},
		{tracker: tracker(condition(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady))},
	}
	var progress bytes.Buffer
	w := waiter{state: ready, timeout: time.Minute, every: time.Millisecond, progress: &progress, now: noon, rollouts: done, get: func(context.Context) (plugin.Tracker, error) {
		answer := answers[0]
		answers = answers[1:]
		return answer.tracker, answer.err
	}}
	if err := w.wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := "waiting for it to be ready: Ready is False (Starting): so it is\nwaiting for it to be ready: no route\n"
	if progress.String() != want {
		t.Errorf("printed %q", progress.String())
	}
}

// A change that was rolled back does not become ready: waiting ends before its time, but not when another change was made.
func TestWaitEndsWhenRolledBack(t *testing.T) {
	rolledBack := tracker(condition(v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonRolledBack),
		condition(v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonRolledBack))
	changed := rolledBack
	changed.InterviewTracker = changed.DeepCopy()
	changed.Generation++
	answers := []plugin.Tracker{changed, rolledBack}
	w := waiter{state: ready, timeout: time.Hour, every: time.Millisecond, progress: io.Discard, now: noon, rollouts: done, get: func(context.Context) (plugin.Tracker, error) {
		answer := answers[0]
		answers = answers[1:]
		return answer, nil
	}}
	const want = "the tracker does not become ready: Stalled is True (RolledBack): so it is"
	if err := w.wait(t.Context()); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// The last line of each recorded tracker, for each state, when it is looked at once.
func TestEachRecordedScenario(t *testing.T) {
	var lines strings.Builder
	scenarios.Each(t, func(t *testing.T, name string) {
		recorded, now := scenarios.Read(t, name)
		lines.WriteString(name + "\n")
		for _, state := range states {
			last := reached(recorded.Name, state)
			w := waiter{
				state: state, progress: io.Discard, every: time.Hour, rollouts: done,
				get: func(context.Context) (plugin.Tracker, error) { return recorded, nil },
				now: func() metav1.Time { return now },
			}
			if err := w.wait(t.Context()); err != nil {
				last = "error: " + err.Error() + "\n"
			}
			lines.WriteString("  " + last)
		}
	})
	golden.Compare(t, "scenarios.txt", lines.String())
}

func TestWaitEnds(t *testing.T) {
	gone := apierrors.NewNotFound(schema.GroupResource{Resource: "interviewtrackers"}, "hiring")
	w := waiter{state: ready, timeout: time.Minute, every: time.Millisecond, progress: &bytes.Buffer{}, now: noon, rollouts: done, get: func(context.Context) (plugin.Tracker, error) {
		return plugin.Tracker{}, gone
	}}
	if err := w.wait(t.Context()); !apierrors.IsNotFound(err) {
		t.Errorf("got %v", err)
	}
	w.timeout = 5 * time.Millisecond
	w.get = func(context.Context) (plugin.Tracker, error) { return tracker(), nil }
	if err := w.wait(t.Context()); err == nil || err.Error() != "the tracker is not ready after 5ms: it is Progressing; kubectl tracker status shows more" {
		t.Errorf("got %v", err)
	}
}

// TestWaitIsNotOverdue has an API server that doesn't answer.
func TestWaitIsNotOverdue(t *testing.T) {
	hang := func(ctx context.Context) (plugin.Tracker, error) {
		<-ctx.Done()
		return plugin.Tracker{}, ctx.Err()
	}
	w := waiter{state: ready, timeout: 5 * time.Millisecond, every: time.Millisecond, progress: &bytes.Buffer{}, now: noon, rollouts: done, get: hang}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := w.wait(ctx); err == nil || !strings.HasPrefix(err.Error(), "the tracker is not ready after 5ms: the API server has not answered") {
		t.Errorf("got %v", err)
	}
}

// A tracker is ready without an optional Redis, and not healthy.
func TestWaitWithoutTheOptionalRedis(t *testing.T) {
	works := tracker(condition(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady),
		condition(v1alpha1.ConditionRedisHealthy, metav1.ConditionFalse, v1alpha1.ReasonDependencyDown))
	works.Namespace, works.Name = "people", "hiring"
	works.Spec.Redis = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{}, Requirement: v1alpha1.RequirementOptional}
	if got := blocks(ready, works, noon()); got != "" {
		t.Errorf("not ready: %s", got)
	}
	if got := blocks(healthy, works, noon()); !strings.HasPrefix(got, "RedisHealthy is False (DependencyDown)") {
		t.Errorf("healthy: %q", got)
	}
	redis := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Namespace: "people", Name: "hiring-redis"}}
	cluster := &plugin.Cluster{Client: fake.NewClientBuilder().WithScheme(plugin.Scheme()).WithObjects(redis).Build()}
	for all, want := range map[bool]string{false: "", true: "the pods of the redis are being replaced: 0 of 1"} {
		if got, _, err := rollouts(t.Context(), cluster, works, all); err != nil || got != want {
			t.Errorf("all %t: got %q, %v, want %q", all, got, err, want)
		}
	}
}

func TestWaitForARestart(t *testing.T) {
	works := tracker(condition(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady))
	works.Namespace, works.Name = "people", "hiring"
	works.Annotations = map[string]string{v1alpha1.AnnotationRestartedAt: "noon"}
	deployment := func(component string, change func(*appsv1.Deployment)) *appsv1.Deployment {
		d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "people", Name: "hiring-" + component, Generation: 2}}
		d.Spec.Template.Annotations = map[string]string{v1alpha1.AnnotationRestartedAt: "noon"}
		d.Status = appsv1.DeploymentStatus{ObservedGeneration: 2, Replicas: 2, UpdatedReplicas: 2, Conditions: []appsv1.DeploymentCondition{
			{Type: appsv1.DeploymentProgressing, Status: corev1.ConditionTrue, Reason: "NewReplicaSetAvailable"},
		}}
		if change != nil {
			change(d)
		}
		return d
	}
	set := func(component string, updated int32) *appsv1.StatefulSet {
		s := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Namespace: "people", Name: "hiring-" + component}}
		s.Status.UpdatedReplicas, s.Status.ReadyReplicas = updated, 1
		return s
	}
	migrates := works
	migrates.InterviewTracker = works.DeepCopy()
	migrates.Spec.Migrations = &v1alpha1.MigrationsSpec{}
	for name, test := range map[string]struct {
		tracker plugin.Tracker
		change  func(*appsv1.Deployment)
		updated int32
		refused bool
		want    string
		unseen  bool
	}{
		"done":      {tracker: works, updated: 1},
		"asked for": {works, func(d *appsv1.Deployment) { d.Spec.Template.Annotations = nil }, 1, false, "the pods of the api have yet to restart", false},
		"held back": {migrates, func(d *appsv1.Deployment) { d.Spec.Template.Annotations = nil }, 1, false, "the pods of the api have yet to restart: they wait for the migrations", false},
		"written":   {works, func(d *appsv1.Deployment) { d.Generation = 3 }, 1, false, "the pods of the api have yet to be replaced", false},
		"being replaced": {works, func(d *appsv1.Deployment) {
			d.Status.Conditions[0].Reason, d.Status.UpdatedReplicas = "ReplicaSetUpdated", 1
		}, 1, false, "the pods of the api are being replaced: 1 of 2", false},
		"paused, done": {works, func(d *appsv1.Deployment) {
			d.Spec.Paused, d.Status.Conditions[0].Status, d.Status.Conditions[0].Reason = true, corev1.ConditionUnknown, "DeploymentPaused"
		}, 1, false, "", false},
		"paused": {works, func(d *appsv1.Deployment) {
			d.Spec.Paused, d.Status.UpdatedReplicas = true, 1
		}, 1, false, "the pods of the api are not all replaced, 1 of 2 are: Deployment hiring-api is paused, see kubectl rollout resume", false},
		"of the database": {works, nil, 0, false, "the pods of the database are being replaced: 0 of 1", false},
		"no right":        {works, func(d *appsv1.Deployment) { d.Spec.Template.Annotations = nil }, 1, true, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			reads := fake.NewClientBuilder().WithScheme(plugin.Scheme()).WithObjects(
				deployment("api", test.change), deployment("frontend", nil), set("database", test.updated), set("redis", 1),
			).WithInterceptorFuncs(interceptor.Funcs{Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, of ...client.GetOption) error {
				if test.refused {
					return apierrors.NewForbidden(schema.GroupResource{Resource: "deployments"}, key.Name, nil)
				}
				return c.Get(ctx, key, o, of...)
			}}).Build()
			blocked, unseen, err := rollouts(t.Context(), &plugin.Cluster{Client: reads}, test.tracker, false)
			if err != nil || blocked != test.want || (unseen != "") != test.unseen {
				t.Errorf("got %q, %q, %v; want %q", blocked, unseen, err, test.want)
			}
			if test.unseen {
				return
			}
			var progress bytes.Buffer
			w := waiter{
				state: ready, every: time.Millisecond, progress: &progress, now: noon,
				get:      func(context.Context) (plugin.Tracker, error) { return works, nil },
				rollouts: func(context.Context, plugin.Tracker) (string, string, error) { return blocked, unseen, err },
			}
			if err := w.wait(t.Context()); (err == nil) != (test.want == "") {
				t.Errorf("waiting ends with %v", err)
			}
		})
	}
}
