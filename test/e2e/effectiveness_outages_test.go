//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

const frontendProcess = "/tracker\x00frontend"

// outagesToTry are the outages in the order of the table. The first is tried with all other tests.
func outagesToTry() []outage {
	const (
		errorRate  = v1alpha1.AlertHighErrorRate
		response   = v1alpha1.AlertHighResponseTime
		database   = v1alpha1.AlertDatabaseConnectionIssues
		disk       = v1alpha1.AlertLowDiskSpace
		cpu        = v1alpha1.AlertHighCPUUsage
		memory     = v1alpha1.AlertHighMemoryUsage
		down       = v1alpha1.AlertTrackerDependencyDown
		unknown    = v1alpha1.AlertTrackerDependencyUnknown
		apiDown    = v1alpha1.AlertTrackerAPIDown
		restarting = v1alpha1.AlertTrackerRestarting
		budget     = v1alpha1.AlertAvailabilityBudgetBurn
		latency    = v1alpha1.AlertLatencyBudgetBurn
	)
	type names = []v1alpha1.AlertName
	return []outage{
		{name: "Redis is stopped", lasts: 6 * time.Minute, begin: stop("hiring-redis"), must: names{errorRate, down, budget}},
		{name: "The database is stopped", lasts: 6 * time.Minute, begin: stop("hiring-database"), must: names{errorRate, database, budget}},
		{name: "The database's pod is deleted", lasts: 5 * time.Minute, begin: deleteDatabase, must: names{errorRate}, may: names{database, budget}},
		{name: "Others use all connections of the database", lasts: 6 * time.Minute, begin: useAllConnections, must: names{errorRate, database, budget}},
		{
			name: "The database's disk is full", lasts: 14 * time.Minute, prepare: makeSmallDisk, spec: smallDisk, begin: fillDatabase,
			must: names{disk}, may: names{errorRate, budget, database},
		},
		{name: "The database's password is another one", lasts: 6 * time.Minute, begin: changePassword, must: names{errorRate, database, budget}},
		{
			name: "The API is killed again and again", lasts: 6 * time.Minute, begin: killAgain(v1alpha1.ComponentAPI, apiProcess),
			must: names{errorRate, budget}, may: names{restarting, apiDown},
		},
		{name: "The API hangs", lasts: 5 * time.Minute, begin: hangAPI, must: names{errorRate}, may: names{budget, restarting}},
		{name: "The API is slow, as the database is", lasts: 8 * time.Minute, begin: lockTables, must: names{response}, may: names{latency, errorRate, budget}},
		{
			name: "The API runs out of memory", lasts: 6 * time.Minute, spec: littleMemory, begin: burst,
			must: names{errorRate, restarting}, may: names{budget, memory, apiDown},
		},
		{
			name: "The API has too little CPU", lasts: 13 * time.Minute, spec: littleCPU, begin: overload,
			must: names{cpu}, may: names{response, latency, errorRate, budget},
		},
		{name: "The frontend is killed again and again", lasts: 8 * time.Minute, begin: killAgain(v1alpha1.ComponentFrontend, frontendProcess), must: names{budget}},
		{name: "A third of the requests fails", lasts: 5 * time.Minute, begin: renameInterviews, must: names{errorRate}, may: names{budget}},
		{name: "The network to the database is cut", lasts: 6 * time.Minute, begin: cutDatabase, must: names{errorRate, database, budget}},
		{
			name: "The DNS of the cluster is down, and the frontend's pods are replaced", lasts: 5 * time.Minute, begin: stopDNS, alone: true,
			must: names{errorRate}, may: names{budget, response, unknown},
		},
		{name: "Nothing is wrong", lasts: 10 * time.Minute, begin: func(*testing.T, *v1alpha1.InterviewTracker) func() { return func() {} }},
	}
}

// alertsByDefault monitors a tracker, with all alerts at their defaults.
func alertsByDefault(s *v1alpha1.InterviewTrackerSpec) {
	release := map[string]v1alpha1.LabelValue{"release": "e2e"}
	s.Monitoring = &v1alpha1.MonitoringSpec{
		ServiceMonitor: &v1alpha1.ServiceMonitorSpec{Labels: release},
		Alerts:         &v1alpha1.AlertsSpec{Labels: release},
	}
}

// doubled is a tracker with two pods of each component.
func doubled(s *v1alpha1.InterviewTrackerSpec) {
	alertsByDefault(s)
	s.API = &v1alpha1.ComponentSpec{Replicas: new(int32(2))}
	s.Frontend = &v1alpha1.ComponentSpec{Replicas: new(int32(2))}
}

// stop scales a StatefulSet to 0.
func stop(name string) func(*testing.T, *v1alpha1.InterviewTracker) func() {
	return func(t *testing.T, tracker *v1alpha1.InterviewTracker) func() {
		suspend(t, tracker)
		set := fetch(t, tracker, name, &appsv1.StatefulSet{})
		body := &autoscalingv1.Scale{Spec: autoscalingv1.ScaleSpec{Replicas: 0}}
		must(t, k8s.SubResource("scale").Update(t.Context(), set, client.WithSubResourceBody(body)))
		return func() { edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Suspend = false }) }
	}
}

func deleteDatabase(t *testing.T, tracker *v1alpha1.InterviewTracker) func() {
	must(t, k8s.Delete(t.Context(), fetch(t, tracker, "hiring-database-0", &corev1.Pod{})))
	return func() {}
}

// connect connects to the database as its superuser.
func connect(ctx context.Context, t *testing.T, tracker *v1alpha1.InterviewTracker) (*pgx.Conn, error) {
	t.Helper()
	address, err := url.Parse(string(fetch(t, tracker, "hiring-database-credentials", &corev1.Secret{}).Data["url"]))
	must(t, err)
	address.RawQuery += "&application_name=outage"
	address.Host = net.JoinHostPort(fetch(t, tracker, "hiring-database-0", &corev1.Pod{}).Status.PodIP, "5432")
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return pgx.Connect(ctx, address.String())
}

// execute executes statements in the database.
func execute(t *testing.T, tracker *v1alpha1.InterviewTracker, statements ...string) {
	t.Helper()
	c, err := connect(t.Context(), t, tracker)
	must(t, err)
	defer func() { _ = c.Close(context.Background()) }()
	for _, statement := range statements {
		if _, err := c.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// disconnect ends all connections to the database but one's own.
const disconnect = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend' AND usename = current_user"

// useAllConnections opens connections until there is none left, and ends those of the API.
func useAllConnections(t *testing.T, tracker *v1alpha1.InterviewTracker) func() {
	ctx, cancel := context.WithCancel(t.Context())
	var held []*pgx.Conn
	var running sync.WaitGroup
	running.Go(func() {
		for ctx.Err() == nil {
			c, err := connect(ctx, t, tracker)
			if err != nil {
				time.Sleep(50 * time.Millisecond) // There is none left, until the API loses another one.
				continue
			}
			held = append(held, c)
		}
	})
	await(t, "there are connections left", func() bool {
		c, err := connect(t.Context(), t, tracker)
		if err == nil {
			_ = c.Close(t.Context())
		}
		return err != nil
	})
	// What the API has got again.
	_, err := held[0].Exec(t.Context(), disconnect+" AND application_name <> 'outage'")
	must(t, err)
	return func() {
		cancel()
		running.Wait()
		for _, c := range held {
			_ = c.Close(context.Background())
		}
	}
}

// changePassword changes the password in the database alone.
func changePassword(t *testing.T, tracker *v1alpha1.InterviewTracker) func() {
	c, err := connect(t.Context(), t, tracker)
	must(t, err)
	password := string(fetch(t, tracker, "hiring-database-credentials", &corev1.Secret{}).Data["password"])
	change := func(to string) {
		if _, err := c.Exec(t.Context(), "ALTER USER CURRENT_USER PASSWORD '"+to+"'"); err != nil {
			t.Error("changing the password failed")
		}
	}
	change("another")
	_, err = c.Exec(t.Context(), disconnect)
	must(t, err)
	return func() {
		change(password)
		_ = c.Close(context.Background())
	}
}

// lockTables keeps each request for positions waiting for three seconds.
func lockTables(t *testing.T, tracker *v1alpha1.InterviewTracker) func() {
	c, err := connect(t.Context(), t, tracker)
	must(t, err)
	stop := traffic(t, 1, func(ctx context.Context) {
		_, _ = c.Exec(ctx, "BEGIN; LOCK TABLE positions, interviews IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(3.5); COMMIT; SELECT pg_sleep(0.2)")
	})
	return func() {
		stop()
		_ = c.Close(context.Background())
	}
}

func renameInterviews(t *testing.T, tracker *v1alpha1.InterviewTracker) func() {
	execute(t, tracker, "ALTER TABLE interviews RENAME TO interviews_moved")
	return func() { execute(t, tracker, "ALTER TABLE interviews_moved RENAME TO interviews") }
}

// killAgain kills the processes of a component as soon as they run.
func killAgain(c v1alpha1.Component, command string) func(*testing.T, *v1alpha1.InterviewTracker) func() {
	return func(t *testing.T, tracker *v1alpha1.InterviewTracker) func() {
		pods := componentPods(t, tracker, c)
		return repeat(t, 2*time.Second, func() {
			for i := range pods {
				for _, pid := range runningIn(t, &pods[i], command) {
					_ = syscall.Kill(pid, syscall.SIGKILL) // It may have exited.
				}
			}
		})
	}
}

// repeat does something at once, and then again and again.
func repeat(t *testing.T, every time.Duration, do func()) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var repeating sync.WaitGroup
	do()
	repeating.Go(func() {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				do()
			}
		}
	})
	return func() {
		cancel()
		repeating.Wait()
	}
}

func hangAPI(t *testing.T, tracker *v1alpha1.InterviewTracker) func() {
	pods := apiPods(t, tracker)
	for i := range pods {
		signal(t, &pods[i], apiProcess, syscall.SIGSTOP)
	}
	return func() {} // The liveness probes restart it.
}

func littleMemory(s *v1alpha1.InterviewTrackerSpec) {
	s.API.Resources = &v1alpha1.ResourcesSpec{
		Requests: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("32Mi")},
		Limits:   corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("32Mi")},
	}
}

// burst makes many clients send large records at the same time, each of which the API must hold in memory.
func burst(t *testing.T, tracker *v1alpha1.InterviewTracker) func() {
	pods := apiPods(t, tracker)
	record := `{"title": "Gardener", "description": "` + strings.Repeat("x", 9_000) + strings.Repeat(" ", 50_000) + `"}`
	var n sync.Mutex
	i := 0
	return traffic(t, 256, func(ctx context.Context) {
		n.Lock()
		i++
		pod := &pods[i%len(pods)]
		n.Unlock()
		if store(ctx, pod, "positions", record) == 0 {
			time.Sleep(time.Second) // It has been killed.
		}
	})
}

func littleCPU(s *v1alpha1.InterviewTrackerSpec) {
	s.API.Resources = &v1alpha1.ResourcesSpec{
		Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("50m")},
		Limits:   corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("50m")},
	}
}

// overload makes clients request more than the API has time for.
func overload(t *testing.T, tracker *v1alpha1.InterviewTracker) func() {
	pods := apiPods(t, tracker)
	var stops []func()
	for i := range pods {
		stops = append(stops, traffic(t, 16, func(ctx context.Context) { list(ctx, &pods[i], "positions?limit=100") }))
	}
	return func() {
		for _, stop := range stops {
			stop()
		}
	}
}

// smallDisk makes the database claim a volume of a class that has one of 400 MB.
func smallDisk(s *v1alpha1.InterviewTrackerSpec) {
	s.Database.Managed.Storage = &v1alpha1.StorageSpec{StorageClassName: new(smallClass)}
}

// The database's small disk: a file system of its own.
const (
	smallClass = "small-disk"
	smallMount = "/run/interview-tracker-e2e-small-disk"
)

func makeSmallDisk(t *testing.T) {
	must(t, os.MkdirAll(smallMount, 0o755))
	must(t, syscall.Mount("tmpfs", smallMount, "tmpfs", 0, "size=400m"))
	class := standardClass(t)
	class.Name, class.Annotations = smallClass, nil
	class.Provisioner = "kubernetes.io/no-provisioner"
	must(t, k8s.Create(t.Context(), class))
	var nodes corev1.NodeList
	must(t, k8s.List(t.Context(), &nodes))
	volume := &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: smallClass},
		Spec: corev1.PersistentVolumeSpec{
			StorageClassName:       smallClass,
			Capacity:               corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("10Gi")},
			AccessModes:            []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			PersistentVolumeSource: corev1.PersistentVolumeSource{Local: &corev1.LocalVolumeSource{Path: smallMount}},
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
				MatchExpressions: []corev1.NodeSelectorRequirement{{
					Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{nodes.Items[0].Labels[corev1.LabelHostname]},
				}},
			}}}},
		},
	}
	must(t, k8s.Create(t.Context(), volume))
	t.Cleanup(func() {
		ctx := context.Background()
		for _, object := range []client.Object{volume, class} {
			if err := client.IgnoreNotFound(k8s.Delete(ctx, object)); err != nil {
				t.Error(err)
			}
		}
		if err := syscall.Unmount(smallMount, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}

// fillDatabase leaves no byte free on the database's disk.
func fillDatabase(t *testing.T, _ *v1alpha1.InterviewTracker) func() {
	file := filepath.Join(smallMount, "full")
	if err := os.WriteFile(file, make([]byte, 400<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	return func() { must(t, os.Remove(file)) }
}

// cutDatabase blocks the address of the database for the API's pods.
func cutDatabase(t *testing.T, tracker *v1alpha1.InterviewTracker) func() {
	address := fetch(t, tracker, "hiring-database", &corev1.Service{}).Spec.ClusterIP
	pods := apiPods(t, tracker)
	var restore []func()
	for i := range pods {
		restore = append(restore, cutOff(t, &pods[i], address))
	}
	return func() {
		for _, f := range restore {
			f()
		}
	}
}

// stopDNS stops the cluster's DNS, which runs on this machine, and replaces the frontend's pods, which must find
// the API by its name.
func stopDNS(t *testing.T, tracker *v1alpha1.InterviewTracker) func() {
	pid := dnsProcess(t)
	must(t, syscall.Kill(pid, syscall.SIGSTOP))
	pods := componentPods(t, tracker, v1alpha1.ComponentFrontend)
	for i := range pods {
		must(t, k8s.Delete(t.Context(), &pods[i]))
	}
	resume := func() { _ = syscall.Kill(pid, syscall.SIGCONT) }
	t.Cleanup(resume) // Also if the test fails before.
	return resume
}

// dnsProcess is the CoreDNS of the local cluster of this checkout.
func dnsProcess(t *testing.T) int {
	t.Helper()
	cluster, err := filepath.Abs(filepath.Join("..", "..", ".cluster"))
	must(t, err)
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	must(t, err)
	for _, file := range files {
		line, _ := os.ReadFile(file) // The process may have exited.
		program, arguments, _ := bytes.Cut(line, []byte{0})
		if strings.Contains(filepath.Base(string(program)), "coredns") && bytes.Contains(arguments, []byte(cluster)) {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			must(t, err)
			return pid
		}
	}
	t.Fatal("the local cluster has no CoreDNS")
	return 0
}
