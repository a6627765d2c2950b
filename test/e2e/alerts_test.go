//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

const (
	critical = "critical"
	warning  = "warning"
)

// A database that hangs: the specified alerts about it fire, and are resolved with it.
func TestAlertsOfAHangingDatabase(t *testing.T) {
	t.Parallel()
	localOnly(t)
	tracker := create(t, namespace(t), "hiring", monitored)
	ready(t, tracker)
	scraped(t, tracker)

	database, api := fetch(t, tracker, "hiring-database-0", &corev1.Pod{}), apiPod(t, tracker)
	signal(t, database, postgresProcess, syscall.SIGSTOP)
	defer signal(t, database, postgresProcess, syscall.SIGCONT)
	// Each request waits for as long as the API does, and then fails with 503.
	stop := traffic(t, 8, func(ctx context.Context) { store(ctx, api, "positions", `{"title": "Gardener"}`) })
	defer stop()
	fires(t, tracker, v1alpha1.AlertDatabaseConnectionIssues, critical)
	fires(t, tracker, v1alpha1.AlertHighErrorRate, critical)
	// Late failures are failures.
	for _, late := range alerts(t, tracker, v1alpha1.AlertHighResponseTime) {
		if late.State == "firing" { // What is pending may be one slow moment of the machine.
			t.Errorf("beside the failures: %v", late)
		}
	}
	stop()

	signal(t, database, postgresProcess, syscall.SIGCONT)
	resolves(t, tracker, v1alpha1.AlertDatabaseConnectionIssues)
	stop = traffic(t, 4, func(ctx context.Context) {
		list(ctx, api, "positions")
		time.Sleep(20 * time.Millisecond) // Like users, not a load test.
	})
	defer stop()
	resolves(t, tracker, v1alpha1.AlertHighErrorRate)
	stop()
}

// A database that is slow, but answers.
func TestAlertOfASlowDatabase(t *testing.T) {
	t.Parallel()
	localOnly(t)
	tracker := create(t, namespace(t), "hiring", monitored)
	ready(t, tracker)
	scraped(t, tracker)
	api := apiPod(t, tracker)
	defer lockTables(t, tracker)()
	stop := traffic(t, 4, func(ctx context.Context) {
		store(ctx, api, "positions", `{"title": "Gardener"}`)
		time.Sleep(time.Second) // Like users: those who hurry would meet the database between two locks only.
	})
	defer stop()
	fires(t, tracker, v1alpha1.AlertHighResponseTime, warning)
}

// An API with scarce resources: a memory limit that it almost reaches, a CPU limit that its
// users exhaust, and a small disk that is full.
func TestAlertsOfScarceResources(t *testing.T) {
	t.Parallel()
	localOnly(t)
	tracker := create(t, namespace(t), "hiring", func(s *v1alpha1.InterviewTrackerSpec) {
		monitored(s)
		s.Patches = []v1alpha1.Patch{{
			Target: &v1alpha1.PatchTarget{Kind: "Deployment", Name: "hiring-api"},
			Patch: `
apiVersion: apps/v1
kind: Deployment
metadata: {name: hiring-api}
spec:
  template:
    spec:
      volumes: [{name: tmp, emptyDir: {medium: Memory, sizeLimit: 16Mi}}]
`,
		}}
	})
	ready(t, tracker)
	scraped(t, tracker)
	inUse := query(t, of(tracker, "memory_usage_bytes"))[0].number(t)

	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.API = limited(int64(inUse/0.95), "50m") })
	ready(t, tracker)
	api := apiPodAlone(t, tracker)
	stop := traffic(t, 8, func(ctx context.Context) { list(ctx, api, "positions") })
	defer stop()
	file := fill(t, api)
	// The volumes of the dependencies are folders on this machine's disk, which may be full, too.
	full := func() bool {
		return slices.ContainsFunc(alerts(t, tracker, v1alpha1.AlertLowDiskSpace), func(a alert) bool { return a.Labels["pod"] == api.Name })
	}
	awaitWithin(t, 2*time.Minute, "the full disk is not reported", full)
	fires(t, tracker, v1alpha1.AlertLowDiskSpace, warning)
	fires(t, tracker, v1alpha1.AlertHighCPUUsage, warning)
	fires(t, tracker, v1alpha1.AlertHighMemoryUsage, warning)
	if n := apiPod(t, tracker).Status.ContainerStatuses[0].RestartCount; n != 0 {
		t.Errorf("the API was restarted %d times", n)
	}

	must(t, os.Remove(file))
	stop()
	awaitWithin(t, 2*time.Minute, "the disk is still reported", func() bool { return !full() })
	resolves(t, tracker, v1alpha1.AlertHighCPUUsage)
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.API = limited(256<<20, "500m") })
	ready(t, tracker)
	resolves(t, tracker, v1alpha1.AlertHighMemoryUsage)
}

// limited has limits, and probes that let it run however slow that makes it: nothing else may restart it.
func limited(memory int64, cpu string) *v1alpha1.ComponentSpec {
	limits := corev1.ResourceList{
		corev1.ResourceMemory: *resource.NewQuantity(memory, resource.BinarySI),
		corev1.ResourceCPU:    resource.MustParse(cpu),
	}
	patient := &v1alpha1.ProbeSpec{FailureThreshold: 100}
	return &v1alpha1.ComponentSpec{
		Resources: &v1alpha1.ResourcesSpec{Limits: limits},
		Probes:    &v1alpha1.ProbesSpec{Startup: patient, Liveness: patient},
	}
}

// patientProbes let a pod run and serve however late it answers: only the test may disturb it.
func patientProbes() *v1alpha1.ProbesSpec {
	patient := &v1alpha1.ProbeSpec{FailureThreshold: 100}
	return &v1alpha1.ProbesSpec{Liveness: patient, Readiness: patient}
}

// patientPolls let a pod answer the operator late, as on a busy machine, or when its database hangs, which alone
// takes two of the three seconds that it has by default.
func patientPolls() *v1alpha1.HealthSpec {
	return &v1alpha1.HealthSpec{Timeout: &metav1.Duration{Duration: 9 * time.Second}}
}

// fill fills the small disk for a pod's temporary files, on the node: the image has no tool
// for it.
func fill(t *testing.T, pod *corev1.Pod) (file string) {
	t.Helper()
	file = filepath.Join("/proc", strconv.Itoa(processes(t, pod, apiProcess)[0]), "root", "tmp", "full")
	must(t, os.WriteFile(file, make([]byte, 15<<20), 0o600))
	return file
}

// Missing metrics raise alerts, too: of an API that Prometheus can't reach, of one that is
// gone, and of a frontend that does not respond to its users.
func TestAlertsOfMissingMetrics(t *testing.T) {
	t.Parallel()
	localOnly(t)
	tracker := create(t, namespace(t), "hiring", monitored)
	ready(t, tracker)
	scraped(t, tracker)
	failing := func() int { return len(query(t, of(tracker, "probe_success")+" == 0")) }
	awaitWithin(t, loadTimeout, "the synthetic probes don't succeed", func() bool {
		return len(query(t, of(tracker, "probe_success")+" == 1")) == 4
	})

	restore := cutOff(t, apiPod(t, tracker), prometheusPod(t).Status.PodIP)
	suspend(t, tracker)
	scale(t, tracker, "hiring-frontend", 0)
	awaitWithin(t, 2*time.Minute, "the probes of the stopped frontend don't fail", func() bool { return failing() > 0 })
	fires(t, tracker, v1alpha1.AlertTrackerProbeFailing, critical)
	fires(t, tracker, v1alpha1.AlertTrackerAPIDown, critical)
	awaitWithin(t, 2*time.Minute, "not just the 2 probes of the frontend fail", func() bool { return failing() == 2 })

	restore()
	resolves(t, tracker, v1alpha1.AlertTrackerAPIDown)
	scale(t, tracker, "hiring-api", 0)
	awaitWithin(t, 2*time.Minute, "the missing API is not reported", func() bool {
		return len(alerts(t, tracker, v1alpha1.AlertTrackerMetricsAbsent)) == 1
	})

	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Suspend = false })
	ready(t, tracker)
	resolves(t, tracker, v1alpha1.AlertTrackerMetricsAbsent)
	resolves(t, tracker, v1alpha1.AlertTrackerProbeFailing)
}
