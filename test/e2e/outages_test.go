//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// The outages of one tracker: each is reported with its cause, and ends.
func TestOutages(t *testing.T) {
	t.Parallel()
	localOnly(t)
	tracker := create(t, namespace(t), "hiring", func(s *v1alpha1.InterviewTrackerSpec) { s.Health = patientPolls() })
	ready(t, tracker)

	t.Run("the database's pod is deleted", func(t *testing.T) { databaseDeleted(t, tracker) })
	t.Run("the database hangs for a minute", func(t *testing.T) { databaseHangs(t, tracker) })
	t.Run("Redis hangs", func(t *testing.T) { redisHangs(t, tracker) })
	t.Run("the API hangs", func(t *testing.T) { apiHangs(t, tracker) })
}

func databaseDeleted(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	seen := watch(t, tracker, v1alpha1.ConditionDatabaseHealthy)
	must(t, k8s.Delete(t.Context(), fetch(t, tracker, "hiring-database-0", &corev1.Pod{})))
	eventually(t, tracker, "the outage is not reported", func() bool { return is(tracker, "DatabaseHealthy", "False DependencyDown") })
	record(t, "database-deleted", tracker)
	ready(t, tracker)
	emitted(t, tracker, "DatabaseUnhealthy", "DependencyDown: pod hiring-database-0 is not ready")
	emitted(t, tracker, "DatabaseRecovered", "of DependencyDown")
	var known []metav1.ConditionStatus
	for _, c := range seen() {
		if c.Status != metav1.ConditionUnknown { // On a busy machine, the API's pods may answer too late.
			known = append(known, c.Status)
		}
	}
	if want := []metav1.ConditionStatus{metav1.ConditionTrue, metav1.ConditionFalse, metav1.ConditionTrue}; !slices.Equal(slices.Compact(known), want) {
		t.Errorf("the condition was not %q, one after the other, but %v", want, seen())
	}
}

func databaseHangs(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	pod := fetch(t, tracker, "hiring-database-0", &corev1.Pod{})
	signal(t, pod, postgresProcess, syscall.SIGSTOP)
	stopped := time.Now()
	defer signal(t, pod, postgresProcess, syscall.SIGCONT)
	eventually(t, tracker, "the outage is not reported", func() bool { return is(tracker, "Ready", "False ConnectionFailed") })
	record(t, "database-hangs", tracker)
	began := meta.FindStatusCondition(tracker.Status.Conditions, "DatabaseHealthy").LastTransitionTime

	// The kubelet reports it later, which must not change when the outage began.
	eventually(t, tracker, "the kubelet's view is not reported", func() bool { return is(tracker, "Ready", "False DependencyDown") })
	if c := meta.FindStatusCondition(tracker.Status.Conditions, "DatabaseHealthy"); c.LastTransitionTime != began {
		t.Errorf("the outage began at %s, later at %s", began, c.LastTransitionTime)
	}
	eventually(t, tracker, "a minute does not pass", func() bool { return time.Since(stopped) > time.Minute })
	if !is(tracker, "DatabaseHealthy", "False DependencyDown") {
		t.Errorf("during the outage:\n%s", describe(tracker))
	}
	record(t, "database-down", tracker)
	signal(t, pod, postgresProcess, syscall.SIGCONT)
	ready(t, tracker)
}

func redisHangs(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	pod := fetch(t, tracker, "hiring-redis-0", &corev1.Pod{})
	signal(t, pod, redisProcess, syscall.SIGSTOP)
	defer signal(t, pod, redisProcess, syscall.SIGCONT)
	eventually(t, tracker, "the outage is not reported", func() bool { return is(tracker, "RedisHealthy", "False ConnectionFailed") })
	if !is(tracker, "Ready", "False ConnectionFailed") || !is(tracker, "DatabaseHealthy", "True Healthy") {
		t.Errorf("Redis is not reported as the cause:\n%s", describe(tracker))
	}
	record(t, "redis-hangs", tracker)
	signal(t, pod, redisProcess, syscall.SIGCONT)
	ready(t, tracker)
	emitted(t, tracker, "RedisRecovered", "of ConnectionFailed")
}

func apiHangs(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	// The operator must find it before the liveness probe has the API restarted.
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Health = nil })
	ready(t, tracker)
	pod := apiPod(t, tracker)
	signal(t, pod, apiProcess, syscall.SIGSTOP)
	// What the operator finds, and what the kubelet finds: until the liveness probe has the API restarted.
	eventually(t, tracker, "the unresponsive pod is not reported", func() bool {
		return is(tracker, "DatabaseHealthy", "Unknown Unknown") && is(tracker, "Ready", "False ProbeFailing") &&
			strings.Contains(meta.FindStatusCondition(tracker.Status.Conditions, "DatabaseHealthy").Message, "no answer within 3s")
	})
	record(t, "api-hangs", tracker)
	ready(t, tracker)
}

// A wrong password is no outage of the database, nor is a broken network of one pod.
func TestConnections(t *testing.T) {
	t.Parallel()
	localOnly(t)
	ns := namespace(t)
	owner := create(t, ns, "owner", nil)
	ready(t, owner)
	right := string(fetch(t, owner, "owner-database-credentials", &corev1.Secret{}).Data["url"])
	password := string(fetch(t, owner, "owner-database-credentials", &corev1.Secret{}).Data["password"])
	wrong := secret(ns, "database", strings.Replace(right, password, "wrong", 1))
	must(t, k8s.Create(t.Context(), wrong))

	tracker := create(t, ns, "hiring", func(s *v1alpha1.InterviewTrackerSpec) { s.Database = external("database") })
	reports(t, tracker, "False ConnectionFailed", `the password was refused: check user and password in Secret "database", key "url"`)
	record(t, "wrong-password", tracker)

	wrong.StringData = map[string]string{"url": right}
	must(t, k8s.Update(t.Context(), wrong))
	ready(t, tracker) // The pods are rolled.
	if strings.Contains(describe(tracker), password) {
		t.Error("a password is shown")
	}

	// An unknown host in the URL: the pods that have the right one keep serving.
	wrong.StringData = map[string]string{"url": strings.Replace(right, "@", "@no-such-", 1)}
	must(t, k8s.Update(t.Context(), wrong))
	reports(t, tracker, "False ConnectionFailed", "of the new template can't use it: no such host", "(pods of the previous template that keep serving: 1)")
	record(t, "host-not-found", tracker)
	wrong.StringData = map[string]string{"url": right}
	must(t, k8s.Update(t.Context(), wrong))
	ready(t, tracker)

	// The same database, reachable from one of two pods only.
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.API = &v1alpha1.ComponentSpec{Replicas: new(int32(2))} })
	eventually(t, tracker, "the second API pod does not become ready", func() bool {
		return componentStatus(tracker, v1alpha1.ComponentAPI).Ready == "2/2"
	})
	refused := apiPods(t, tracker)[0]
	restore := cutOff(t, &refused, fetch(t, owner, "owner-database", &corev1.Service{}).Spec.ClusterIP)
	reports(t, tracker, "False PartiallyReachable", "1 of 2 API pods can't use it: "+refused.Name)
	record(t, "partially-reachable", tracker)
	restore()
	ready(t, tracker)
}

// cutOff blocks an address for a pod until the returned function is called: in the pod's
// own network namespace, on the node.
func cutOff(t *testing.T, pod *corev1.Pod, address string) (restore func()) {
	t.Helper()
	pid := strconv.Itoa(processes(t, pod, apiProcess)[0])
	route := func(action string) {
		out, err := exec.Command("nsenter", "--target", pid, "--net", "ip", "route", action, "blackhole", address).CombinedOutput()
		if err != nil {
			t.Fatalf("ip route %s: %v: %s", action, err, out)
		}
	}
	route("add")
	return func() { route("del") }
}

// A missing Secret is named, and used when it appears.
func TestSecretNotFound(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	owner := create(t, ns, "owner", nil)
	tracker := create(t, ns, "hiring", func(s *v1alpha1.InterviewTrackerSpec) { s.Database = external("database") })
	reports(t, tracker, "False SecretNotFound", `"database"`)
	record(t, "secret-missing", tracker)
	ready(t, owner)
	url := string(fetch(t, owner, "owner-database-credentials", &corev1.Secret{}).Data["url"])
	must(t, k8s.Create(t.Context(), secret(ns, "database", url)))
	ready(t, tracker)
}

// Migrations run before the new version, and their failure blocks it.
func TestMigrations(t *testing.T) {
	t.Parallel()
	tracker := create(t, namespace(t), "hiring", func(s *v1alpha1.InterviewTrackerSpec) {
		s.Migrations = &v1alpha1.MigrationsSpec{Command: []string{"/tracker", "migrate"}}
	})
	ready(t, tracker)
	before := apiPod(t, tracker).UID

	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.Version = "1.1.0"
		s.Migrations = &v1alpha1.MigrationsSpec{Command: []string{"/tracker", "nonsense"}, BackoffLimit: new(int32(0))}
	})
	eventually(t, tracker, "the failure is not reported", func() bool { return is(tracker, "MigrationsComplete", "False Failed") })
	reports(t, tracker, "False Failed", "exited with code 2", `unknown command "nonsense"`)
	record(t, "migration-fails", tracker)
	if apiPod(t, tracker).UID != before {
		t.Error("the old pod does not continue to serve")
	}

	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Migrations.Command = []string{"/tracker", "migrate"} })
	ready(t, tracker)
	runs(t, tracker, "1.1.0")
}

// An operator that is restarted during an outage keeps its beginning, and never reports its
// end too early.
func TestOperatorRestartDuringOutage(t *testing.T) {
	localOnly(t) // Not parallel: it restarts the operator of the other tests.
	tracker := create(t, namespace(t), "hiring", func(s *v1alpha1.InterviewTrackerSpec) { s.Health = patientPolls() })
	ready(t, tracker)
	pod := fetch(t, tracker, "hiring-database-0", &corev1.Pod{})
	signal(t, pod, postgresProcess, syscall.SIGSTOP)
	defer signal(t, pod, postgresProcess, syscall.SIGCONT)
	eventually(t, tracker, "the outage is not reported", func() bool {
		return meta.IsStatusConditionFalse(tracker.Status.Conditions, v1alpha1.ConditionDatabaseHealthy)
	})
	began := meta.FindStatusCondition(tracker.Status.Conditions, "DatabaseHealthy").LastTransitionTime

	seen := watch(t, tracker, v1alpha1.ConditionDatabaseHealthy)
	for _, arguments := range [][]string{
		{"-n", operatorNamespace, "rollout", "restart", "deployment/interview-tracker-operator"},
		{"-n", operatorNamespace, "rollout", "status", "deployment/interview-tracker-operator", "--timeout=3m"},
	} {
		if out, err := kubectl(arguments...); err != nil {
			t.Fatal(out)
		}
	}
	// Only the new operator can report on a spec that is written now.
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.Health.Interval = &metav1.Duration{Duration: 11 * time.Second}
	})
	eventually(t, tracker, "the new operator does not report it", func() bool {
		return tracker.Status.ObservedGeneration == tracker.Generation && is(tracker, "DatabaseHealthy", "False DependencyDown")
	})
	record(t, "operator-restarted", tracker)
	if at := meta.FindStatusCondition(tracker.Status.Conditions, "DatabaseHealthy").LastTransitionTime; at != began {
		t.Errorf("the outage began at %s, after the restart at %s", began, at)
	}
	for _, c := range seen() {
		if c.Status != metav1.ConditionFalse {
			t.Errorf("the condition was %v", c)
		}
	}
	signal(t, pod, postgresProcess, syscall.SIGCONT)
	ready(t, tracker)
}

const operatorNamespace = "interview-tracker-system"

// watch records a condition from now on, each time that it has another status or reason. The
// returned function returns what has been recorded up to the tracker's latest status.
func watch(t *testing.T, tracker *v1alpha1.InterviewTracker, conditionType string) func() []metav1.Condition {
	t.Helper()
	watching, err := client.NewWithWatch(config, client.Options{Scheme: k8s.Scheme()})
	must(t, err)
	w, err := watching.Watch(t.Context(), &v1alpha1.InterviewTrackerList{}, client.InNamespace(tracker.Namespace))
	must(t, err)
	var mu sync.Mutex
	var all []metav1.Condition
	var last string
	name := tracker.Name
	go func() {
		for event := range w.ResultChan() {
			seen, ok := event.Object.(*v1alpha1.InterviewTracker)
			if !ok || seen.Name != name {
				continue
			}
			mu.Lock()
			last = seen.ResourceVersion
			c := meta.FindStatusCondition(seen.Status.Conditions, conditionType)
			if c != nil && (len(all) == 0 || all[len(all)-1].Status != c.Status || all[len(all)-1].Reason != c.Reason) {
				all = append(all, *c)
			}
			mu.Unlock()
		}
	}()
	return func() []metav1.Condition {
		eventually(t, tracker, "the watch does not catch up", func() bool {
			mu.Lock()
			defer mu.Unlock()
			return last == tracker.ResourceVersion
		})
		mu.Lock()
		defer mu.Unlock()
		return all
	}
}

// emitted checks that an Event was emitted for a transition.
func emitted(t *testing.T, tracker *v1alpha1.InterviewTracker, reason, text string) {
	t.Helper()
	eventually(t, tracker, "no event "+reason+" with "+text, func() bool {
		for _, message := range events(t, tracker, reason) {
			if strings.Contains(message, text) {
				return true
			}
		}
		return false
	})
}
