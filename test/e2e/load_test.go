//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// loadFile is where the tables go. Without it, a short load is run: failover and limits take a quarter of an hour.
var loadFile = flag.String("load", "", "run the load test with failover and limits, and write its tables to this `file`")

// loadPeak is the highest rate of the load, in requests a second.
var loadPeak = flag.Int("load-peak", 20, "the highest rate of the load with failover, in `requests` a second")

const (
	// The stages of the load with failover.
	loadUp, loadHold, loadDown = 20 * time.Second, time.Minute, 10 * time.Second
	// loadFault is when something breaks, from the beginning of the load.
	loadFault = 35 * time.Second
	// loadCalm is how long before its end a load must have recovered.
	loadCalm = 5 * time.Second
)

// loaded is the report of the load test, of test/load.
type loaded struct {
	Began   time.Time
	Seconds float64
	Total   loadedTarget
	Targets []loadedTarget
	Missed  []string
}

// loadedTarget is what it reports about a target.
type loadedTarget struct {
	Target     string
	Requests   int
	Requested  float64 // a second, in a step of the search for a limit
	Rate       float64 // a second, of the answers
	P95        float64 `json:"p95_ms"`
	Errors     map[string]int
	FirstError *time.Time `json:"first_error"`
	LastError  *time.Time `json:"last_error"`
}

// loadLimit is its report of the search for a limit.
type loadLimit struct {
	Held  float64
	Steps []loadedTarget
	Broke string
}

// loadFailure is something that breaks under load.
type loadFailure struct {
	name           string
	begin          func(*testing.T, *v1alpha1.InterviewTracker) (end func()) // nil if nothing breaks
	lasts          time.Duration                                             // until end is called
	found          loaded
	began, ended   time.Time
	fired, pending string // alerts
}

// The load test of test/load/job.yaml holds the specified thresholds, removes what it has created, and
// shows how soon a tracker recovers.
func TestLoad(t *testing.T) {
	localOnly(t)
	if *loadFile == "" {
		t.Parallel()
		tracker := create(t, namespace(t), "hiring", nil)
		ready(t, tracker)
		var found loaded
		log, worked := runLoad(t, startLoad(t, tracker, "-peak=4", "-up=5s", "-hold=10s", "-down=5s", "-p95=30s", "-json=-"), &found)
		if !worked || found.Total.Requests < 40 {
			t.Errorf("the load test fails:\n%s", log)
		}
		noneLeft(t, tracker)
		return
	}

	faults := []*loadFailure{
		{name: "nothing breaks"},
		{name: "an API pod is killed", begin: killAPIPod},
		{name: "Redis is stopped for 20 s", begin: stop("hiring-redis"), lasts: 20 * time.Second},
		{name: "the database's pod is deleted", begin: deleteDatabase},
	}
	trackers := make([]*v1alpha1.InterviewTracker, len(faults))
	for i := range faults {
		trackers[i] = create(t, namespace(t), "hiring", doubled)
	}
	single := create(t, namespace(t), "hiring", func(s *v1alpha1.InterviewTrackerSpec) {
		alertsByDefault(s)
		// The default, not the little of the other tests.
		s.Frontend = &v1alpha1.ComponentSpec{Resources: &v1alpha1.ResourcesSpec{
			Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("100m")},
		}}
	})
	for i, f := range faults {
		t.Run(f.name, func(t *testing.T) { f.underLoad(t, trackers[i]) })
	}
	var text string
	began := time.Now()
	t.Run("limits", func(t *testing.T) { text = limits(t, single) })
	for i, f := range faults { // So late, as alerts begin to fire minutes after their cause.
		if f.found.Total.Requests > 0 {
			f.alerts(t, trackers[i])
		}
	}
	fired, pending := alertsSince(t, single, began)
	text = failoverTable(faults) + text + fmt.Sprintf("\nAlerts in that time that fired: %s; that were only pending: %s.\n", fired, pending)
	t.Log("\n" + text)
	must(t, os.WriteFile(*loadFile, []byte(text), 0o600))
}

// killAPIPod ends the process of one of the API's pods, as a lack of memory would.
func killAPIPod(t *testing.T, tracker *v1alpha1.InterviewTracker) func() {
	signal(t, &apiPods(t, tracker)[0], apiProcess, syscall.SIGKILL)
	return func() {}
}

// underLoad lets the fault happen while a tracker of two pods each is under load.
func (f *loadFailure) underLoad(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	ready(t, tracker)
	scraped(t, tracker)
	job := startLoad(t, tracker, fmt.Sprintf("-peak=%d", *loadPeak), "-up="+loadUp.String(), "-hold="+loadHold.String(), "-down="+loadDown.String(), "-json=-")
	if f.begin != nil {
		pass(t, loadFault-time.Since(loadBegan(t, job)))
		f.began = time.Now()
		end := f.begin(t, tracker)
		pass(t, f.lasts)
		end()
		f.ended = time.Now()
	}
	log, worked := runLoad(t, job, &f.found)
	t.Log("\n" + log)
	if f.begin == nil && !worked {
		t.Error("the thresholds do not hold although nothing breaks")
	}
	over := f.found.Began.Add(time.Duration(f.found.Seconds * float64(time.Second)))
	if last := f.found.Total.LastError; last != nil && over.Sub(*last) < loadCalm {
		t.Errorf("it has not recovered: requests still failed at %s, and the load ended at %s", last, over)
	}
	noneLeft(t, tracker)
}

// pass lets a time pass.
func pass(t *testing.T, lasting time.Duration) {
	t.Helper()
	select {
	case <-t.Context().Done():
		t.Fatal(t.Context().Err())
	case <-time.After(lasting):
	}
}

// startLoad creates the Job of test/load for a tracker, with other arguments.
func startLoad(t *testing.T, tracker *v1alpha1.InterviewTracker, arguments ...string) *batchv1.Job {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "load", "job.yaml"))
	must(t, err)
	job := &batchv1.Job{}
	must(t, yaml.UnmarshalStrict(content, job))
	job.Namespace, job.Name, job.GenerateName = tracker.Namespace, "", job.Name+"-"
	job.Spec.Template.Spec.Containers[0].Args = arguments
	must(t, k8s.Create(t.Context(), job))
	return job
}

// loadPod is the pod of a Job of the load test, nil if there is none yet.
func loadPod(t *testing.T, job *batchv1.Job) *corev1.Pod {
	t.Helper()
	var pods corev1.PodList
	must(t, k8s.List(t.Context(), &pods, client.InNamespace(job.Namespace), client.MatchingLabels{batchv1.JobNameLabel: job.Name}))
	if len(pods.Items) == 0 {
		return nil
	}
	return &pods.Items[0]
}

// loadBegan waits until a load begins.
func loadBegan(t *testing.T, job *batchv1.Job) (at time.Time) {
	t.Helper()
	await(t, "the load test does not start", func() bool {
		pod := loadPod(t, job)
		if pod == nil || len(pod.Status.ContainerStatuses) == 0 || pod.Status.ContainerStatuses[0].State.Running == nil {
			return false
		}
		at = pod.Status.ContainerStatuses[0].State.Running.StartedAt.Time
		return true
	})
	return at
}

// runLoad waits until a load test is over, reads its report, and returns its log and whether it succeeded.
func runLoad(t *testing.T, job *batchv1.Job, report any) (log string, worked bool) {
	t.Helper()
	awaitWithin(t, 10*time.Minute, "the load test does not end", func() bool {
		refresh(t, job)
		return job.Status.Succeeded+job.Status.Failed > 0
	})
	content, err := clients.CoreV1().Pods(job.Namespace).GetLogs(loadPod(t, job).Name, &corev1.PodLogOptions{}).DoRaw(t.Context())
	must(t, err)
	for line := range bytes.Lines(content) {
		if bytes.HasPrefix(line, []byte("{")) {
			must(t, json.Unmarshal(line, report))
			continue
		}
		log += string(line)
	}
	return log, job.Status.Succeeded > 0
}

// noneLeft checks that a tracker has no records.
func noneLeft(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	for _, what := range []string{"/positions", "/interviews", "/users"} {
		responds(t, tracker, v1alpha1.ComponentAPI, what, `"total":0`)
	}
}

// alerts reads which alerts the fault has raised.
func (f *loadFailure) alerts(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	since := f.found.Began
	if f.begin != nil {
		since = f.began
	}
	f.fired, f.pending = alertsSince(t, tracker, since)
}

// alertsSince are the alerts of a tracker that have fired since a moment, each with how long after it,
// and those that were pending only.
func alertsSince(t *testing.T, tracker *v1alpha1.InterviewTracker, since time.Time) (fired, pending string) {
	t.Helper()
	firings := verdict{fired: firstFirings(t, tracker, since)}
	var data struct {
		Result []struct{ Metric map[string]string }
	}
	getPrometheus(t, "query_range", url.Values{
		"query": {of(tracker, "ALERTS", `alertstate="pending"`)}, "step": {"5s"},
		"start": {strconv.FormatInt(since.Unix(), 10)}, "end": {strconv.FormatInt(time.Now().Unix(), 10)},
	}, &data)
	var names []string
	for _, series := range data.Result {
		name := series.Metric["alertname"]
		if _, also := firings.fired[v1alpha1.AlertName(name)]; !also {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return firings.alerts(), cmp.Or(strings.Join(slices.Compact(names), ", "), "none")
}

// failoverTable is what each fault did to the users.
func failoverTable(faults []*loadFailure) string {
	var b strings.Builder
	b.WriteString(`| while | users' requests | failed | from the fault until the first of these | from its end until the last | slowest p95 of users | failed of the health endpoints | alerts that fired, and after how long | only pending |
|---|---|---|---|---|---|---|---|---|
`)
	for _, f := range faults {
		users, slowest, health := f.found.sum()
		fmt.Fprintf(&b, "| %s | %d | %s | %s | %s | %s | %s | %s | %s |\n",
			f.name, users.Requests, users.failed(), since(f.began, users.FirstError), since(f.ended, users.LastError),
			slowest, health.failed(), f.fired, f.pending)
	}
	return b.String()
}

// sum adds up the targets of users and the health endpoints, and names the slowest one of users.
func (l loaded) sum() (users loadedTarget, slowest string, health loadedTarget) {
	var slow loadedTarget
	for _, target := range l.Targets {
		if strings.Contains(target.Target, contract.PathHealth) {
			health.add(target)
			continue
		}
		users.add(target)
		if target.P95 > slow.P95 {
			slow = target
		}
	}
	return users, fmt.Sprintf("%.0f ms (%s)", slow.P95, slow.Target), health
}

// add adds the requests and errors of another target.
func (l *loadedTarget) add(other loadedTarget) {
	l.Requests += other.Requests
	if l.Errors == nil {
		l.Errors = map[string]int{}
	}
	for code, count := range other.Errors {
		l.Errors[code] += count
	}
	if other.FirstError == nil {
		return
	}
	if l.FirstError == nil || other.FirstError.Before(*l.FirstError) {
		l.FirstError = other.FirstError
	}
	if l.LastError == nil || other.LastError.After(*l.LastError) {
		l.LastError = other.LastError
	}
}

// failed are the numbers of errors by code.
func (l loadedTarget) failed() string {
	var all []string
	for _, code := range slices.Sorted(maps.Keys(l.Errors)) {
		all = append(all, fmt.Sprintf("%d (%s)", l.Errors[code], code))
	}
	return cmp.Or(strings.Join(all, ", "), "none")
}

// since is the time from one moment to another, which may not be.
func since(from time.Time, to *time.Time) string {
	if to == nil || from.IsZero() {
		return "-"
	}
	return fmt.Sprintf("%.1f s", to.Sub(from).Seconds())
}

// limits finds out where one API pod and one frontend pod break.
func limits(t *testing.T, tracker *v1alpha1.InterviewTracker) string {
	ready(t, tracker)
	for i := range 20 { // A page of the frontend.
		body := fmt.Sprintf(`{"title": "Gardener %d", "description": "Roses, above all."}`, i)
		if status := store(t.Context(), apiPod(t, tracker), "positions", body); status != http.StatusCreated {
			t.Fatalf("a position can't be stored: %d", status)
		}
	}
	api := apiPod(t, tracker)
	frontend := &componentPods(t, tracker, v1alpha1.ComponentFrontend)[0]
	var b strings.Builder
	b.WriteString("\n| one pod of | held, requests/s | broke at | answers/s there | why | CPU time of the pod a request |\n|---|---|---|---|---|---|\n")
	for _, search := range []struct {
		name, url, process string
		pod                *corev1.Pod
	}{
		{"the API, `/health/live`", "http://hiring-api:8000/health/live", apiProcess, api},
		{"the API, `/health/ready`", "http://hiring-api:8000/health/ready", apiProcess, api},
		{"the API, `/positions`", "http://hiring-api:8000/positions", apiProcess, api},
		{"the frontend, `/health`", "http://hiring-frontend:3000/health", frontendProcess, frontend},
		{"the frontend, the page `/`", "http://hiring-frontend:3000/", frontendProcess, frontend},
	} {
		before := cpuTime(t, search.pod, search.process)
		var found loadLimit
		log, worked := runLoad(t, startLoad(t, tracker, "-limit="+search.url, "-limit-step=5s", "-workers=200", "-json=-"), &found)
		t.Log("\n" + log)
		if !worked || len(found.Steps) == 0 {
			t.Fatal("the search for a limit fails")
		}
		requests := 0
		for _, step := range found.Steps {
			requests += step.Requests
		}
		last := found.Steps[len(found.Steps)-1]
		used := cpuTime(t, search.pod, search.process) - before
		fmt.Fprintf(&b, "| %s | %.0f | %.0f | %.0f | %s | %.2f ms |\n",
			search.name, found.Held, last.Requested, last.Rate, cmp.Or(found.Broke, "it did not"), used.Seconds()*1000/float64(requests))
	}
	return b.String()
}

// cpuTime is the CPU time that a pod's process has used.
func cpuTime(t *testing.T, pod *corev1.Pod, process string) time.Duration {
	t.Helper()
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", processes(t, pod, process)[0]))
	must(t, err)
	// The fields after the name in parentheses, from the third on; the user's and the system's time are in 1/100 s.
	fields := strings.Fields(string(content[bytes.LastIndexByte(content, ')')+1:]))
	var total time.Duration
	for _, field := range fields[11:13] {
		ticks, err := strconv.Atoi(field)
		must(t, err)
		total += time.Duration(ticks) * 10 * time.Millisecond
	}
	return total
}
