//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// guarded makes a tracker go back from bad versions, and soon.
func guarded(s *v1alpha1.InterviewTrackerSpec) {
	s.Rollout = &v1alpha1.RolloutSpec{
		AutoRollback: new(true), MinReadySeconds: new(int32(5)),
		Observe: &metav1.Duration{Duration: 45 * time.Second}, ProgressDeadline: &metav1.Duration{Duration: 45 * time.Second},
	}
	s.API = &v1alpha1.ComponentSpec{Replicas: new(int32(2)), Resources: &v1alpha1.ResourcesSpec{
		Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("10m")},
	}}
	s.Health = patientPolls()
}

// isGood waits until a version is the one that the operator goes back to.
func isGood(t *testing.T, tracker *v1alpha1.InterviewTracker, version string) {
	t.Helper()
	eventually(t, tracker, version+" is not known to work", func() bool {
		r := tracker.Status.Rollout
		return is(tracker, "Ready", "True Ready") && r != nil && r.Good != nil && r.Good.Version == version && r.Candidate == nil
	})
}

// roll writes a version.
func roll(t *testing.T, tracker *v1alpha1.InterviewTracker, version string) {
	t.Helper()
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Version = version })
}

// takenBack waits until a version is reported to have failed, with parts of the cause, and the pods run a
// good one again.
func takenBack(t *testing.T, tracker *v1alpha1.InterviewTracker, from, to string, cause ...string) {
	t.Helper()
	parts := append([]string{"version " + from + " failed: ", "running " + to + " again since ", "write another version to try again"}, cause...)
	reports(t, tracker, "False RolledBack", parts...)
	for _, c := range []string{"hiring-api", "hiring-frontend"} {
		if image := fetch(t, tracker, c, &appsv1.Deployment{}).Spec.Template.Spec.Containers[0].Image; !strings.HasSuffix(image, ":"+to) {
			t.Errorf("%s has the image %s, want that of %s", c, image, to)
		}
	}
	emitted(t, tracker, "RolledBack", "version "+from+" failed: ")
	if tracker.Spec.Version != from {
		t.Errorf("the spec has version %s, want %s as it was written", tracker.Spec.Version, from)
	}
}

// failures counts the requests of users, each on a connection of its own, and those that failed.
func failures(t *testing.T, tracker *v1alpha1.InterviewTracker) (stop func() (failed, all int64)) {
	t.Helper()
	var failed, all atomic.Int64
	visitor := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	url := "http://" + fetch(t, tracker, "hiring-frontend", &corev1.Service{}).Spec.ClusterIP + ":3000/api/positions"
	awaitRoutes(t, url)
	end := traffic(t, 2, func(ctx context.Context) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
		if err != nil {
			return
		}
		response, err := visitor.Do(r)
		if ctx.Err() != nil {
			return // The test has ended it.
		}
		all.Add(1)
		if err != nil {
			failed.Add(1)
			return
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		if response.StatusCode != http.StatusOK {
			failed.Add(1)
		}
		select { // Users read a page before they go on.
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	})
	return func() (int64, int64) {
		end()
		return failed.Load(), all.Load()
	}
}

// Bad versions are taken back, one after the other, and users see little of them.
func TestBadVersionsAreTakenBack(t *testing.T) {
	t.Parallel()
	localOnly(t) // Other clusters don't have the versions that have bugs.
	tracker := create(t, namespace(t), "hiring", guarded)
	ready(t, tracker)
	isGood(t, tracker, "1.0.0")
	for _, bad := range []struct {
		version, scenario string
		cause             string
		serves            bool // The old pods serve all the time.
	}{
		{"9.9.9", "version-missing", "can't be pulled", true},
		{"1.2.0-crashes", "version-crashes", "exited with code 2: panic: assignment to entry in nil map", true},
		{"1.2.0-slow", "version-slow", "", true},
		{"1.2.0-sickens", "version-sickens", "is not ready", false},
	} {
		users := failures(t, tracker)
		roll(t, tracker, bad.version) // While the one before is being taken back.
		takenBack(t, tracker, bad.version, "1.0.0", bad.cause)
		record(t, bad.scenario, tracker)
		failed, all := users()
		t.Logf("%s: %d of %d requests failed", bad.version, failed, all)
		if bad.serves && failed*1000 >= all {
			t.Errorf("%s: %d of %d requests of users failed, want fewer than 1 in 1,000", bad.version, failed, all)
		}
	}
	roll(t, tracker, "1.1.0")
	isGood(t, tracker, "1.1.0")
	runs(t, tracker, "1.1.0")
}

// What else happens in a rollout: migrations, an autoscaler, an outage of the database before and after it
// begins, and a suspension.
func TestRollbackWithMigrationsAndOutages(t *testing.T) {
	t.Parallel()
	localOnly(t)
	tracker := create(t, namespace(t), "hiring", func(s *v1alpha1.InterviewTrackerSpec) {
		guarded(s)
		s.API.Autoscaling = &v1alpha1.AutoscalingSpec{MaxReplicas: 4}
		s.Migrations = &v1alpha1.MigrationsSpec{Command: []string{"/tracker", "migrate"}}
	})
	ready(t, tracker)
	isGood(t, tracker, "1.0.0")

	roll(t, tracker, "1.2.0-crashes")
	reports(t, tracker, "False RollbackBlocked", "version 1.2.0-crashes failed: ", "exited with code 2", "backwardCompatible is not true")
	record(t, "version-crashes-after-migrations", tracker)
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Migrations.BackwardCompatible = true })
	takenBack(t, tracker, "1.2.0-crashes", "1.0.0", "exited with code 2")
	scale(t, tracker, "hiring-api", 3) // As the autoscaler does.
	eventually(t, tracker, "the autoscaler's pods don't start", func() bool {
		return componentStatus(tracker, v1alpha1.ComponentAPI).Ready == "3/3"
	})
	takenBack(t, tracker, "1.2.0-crashes", "1.0.0")

	database := fetch(t, tracker, "hiring-database-0", &corev1.Pod{})
	hangs := func() (end func()) {
		signal(t, database, postgresProcess, syscall.SIGSTOP)
		t.Cleanup(func() { signal(t, database, postgresProcess, syscall.SIGCONT) })
		return func() { signal(t, database, postgresProcess, syscall.SIGCONT) }
	}
	paused := func() bool {
		c := tracker.Status.Rollout.Candidate
		return c != nil && c.Since == nil && c.Version == tracker.Spec.Version
	}
	roll(t, tracker, "1.1.0")
	eventually(t, tracker, "its rollout does not begin", func() bool {
		return strings.HasSuffix(fetch(t, tracker, "hiring-api", &appsv1.Deployment{}).Spec.Template.Spec.Containers[0].Image, ":1.1.0")
	})
	end := hangs()
	eventually(t, tracker, "the outage does not count", paused)
	end()
	isGood(t, tracker, "1.1.0")

	end = hangs()
	eventually(t, tracker, "the outage is not reported", func() bool { return is(tracker, "DatabaseHealthy", "False DependencyDown") })
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Version, s.Migrations = "1.2.0-slow", nil })
	eventually(t, tracker, "the outage does not count", paused)
	record(t, "database-hangs-in-rollout", tracker)
	end()
	eventually(t, tracker, "the outage does not end", func() bool { return !paused() })

	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Suspend = true })
	eventually(t, tracker, "the deadline does not pass", func() bool {
		for _, c := range fetch(t, tracker, "hiring-api", &appsv1.Deployment{}).Status.Conditions {
			if c.Type == appsv1.DeploymentProgressing && c.Status == corev1.ConditionFalse {
				return true
			}
		}
		return false
	})
	if image := fetch(t, tracker, "hiring-api", &appsv1.Deployment{}).Spec.Template.Spec.Containers[0].Image; !strings.HasSuffix(image, ":1.2.0-slow") {
		t.Errorf("the API has the image %s although the tracker is suspended", image)
	}
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Suspend = false })
	takenBack(t, tracker, "1.2.0-slow", "1.1.0")
}

// An operator that is killed in each phase of a bad rollout takes it back all the same.
func TestOperatorKilledInARollback(t *testing.T) {
	localOnly(t) // Not parallel: it kills the operator of the other tests.
	tracker := create(t, namespace(t), "hiring", guarded)
	ready(t, tracker)
	isGood(t, tracker, "1.0.0")
	killed := func() {
		t.Helper()
		var pods corev1.PodList
		must(t, k8s.List(t.Context(), &pods, client.InNamespace(operatorNamespace)))
		for i := range pods.Items {
			must(t, client.IgnoreNotFound(k8s.Delete(t.Context(), &pods.Items[i], client.GracePeriodSeconds(0))))
		}
	}
	roll(t, tracker, "1.2.0-crashes")
	killed() // Before it has seen the version, or in its first writes.
	eventually(t, tracker, "the rollout does not begin", func() bool { return tracker.Status.Rollout.Candidate != nil })
	killed()
	eventually(t, tracker, "the version is not refused", func() bool { return tracker.Status.Rollout.Refused != nil })
	killed()
	takenBack(t, tracker, "1.2.0-crashes", "1.0.0", "exited with code 2")
}

// A version that is healthy and fails a third of the requests is taken back by what Prometheus has seen.
func TestAVersionThatFailsRequestsIsTakenBack(t *testing.T) {
	t.Parallel()
	localOnly(t)
	tracker := create(t, namespace(t), "hiring", func(s *v1alpha1.InterviewTrackerSpec) {
		monitored(s)
		guarded(s)
		s.Rollout.Prometheus = &v1alpha1.PrometheusReference{Namespace: "monitoring", Name: "e2e"}
		s.Rollout.Observe = &metav1.Duration{Duration: 10 * time.Minute}
	})
	ready(t, tracker)
	isGood(t, tracker, "1.0.0")
	users := failures(t, tracker)
	await(t, "Prometheus has not seen the users of 1.0.0", func() bool {
		before := query(t, "sum(increase("+of(tracker, "http_requests_total")+"[5m]))")
		return len(before) == 1 && before[0].number(t) > 200
	})
	roll(t, tracker, "1.2.0-errors")
	takenBack(t, tracker, "1.2.0-errors", "1.0.0", "of the requests of its pods failed (0% before)")
	failed, all := users()
	t.Logf("%d of %d requests failed", failed, all)
	record(t, "version-fails-requests", tracker)
}
