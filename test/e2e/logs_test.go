//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

const (
	loggingNamespace = "interview-tracker-logging"

	// lines is how many numbered lines each component writes. 600 of them make the kubelet rotate the
	// file, which it does at 2 MiB in the local cluster.
	lines      = 1800
	lineLength = 4000
)

// Each line of every component arrives exactly once, with one set of keys: while the kubelet rotates
// the files and compresses them, while the collector restarts and while there is none, and while the
// destination can't be reached.
func TestLogs(t *testing.T) {
	localOnly(t)
	t.Parallel()
	ns := namespace(t)
	logs := receiveLogs(t)
	collect(t, logs)
	collector, _ := runCollector(t, ns, logs)
	tracker := create(t, ns, "hiring", func(s *v1alpha1.InterviewTrackerSpec) {
		s.Telemetry = &v1alpha1.TelemetrySpec{
			Endpoint: fmt.Sprintf("http://%s:4318", collector.Status.PodIP), Protocol: v1alpha1.TelemetryHTTP,
		}
		// Each of hundreds of requests must succeed, for which the only pod has to stay ready.
		s.API, s.Frontend = &v1alpha1.ComponentSpec{Probes: patientProbes()}, &v1alpha1.ComponentSpec{Probes: patientProbes()}
		s.API.Env = []corev1.EnvVar{{Name: "OTEL_METRICS_EXPORTER", Value: "otlp"}, {Name: "OTEL_METRIC_EXPORT_INTERVAL", Value: "5000"}}
		s.Migrations = &v1alpha1.MigrationsSpec{Command: []string{"/tracker", "migrate"}}
		s.Monitoring = &v1alpha1.MonitoringSpec{Journeys: []v1alpha1.JourneySpec{{Name: "hiring", Interval: &metav1.Duration{Duration: time.Minute}}}}
	})
	runCacheWriter(t, ns)
	ready(t, tracker)
	tracedLines(t, tracker, traced(t, tracker, logs), logs)
	pushed(t, tracker, logs)

	// The journey writes a line only when it fails.
	sql(t, ns, "hiring-database-0", "ALTER TABLE interviews RENAME TO renamed")
	writeLines(t, tracker, 0, 200)
	logs.refuse(true)
	writeLines(t, tracker, 200, 400)
	daemonSet(t, "rollout", "restart")
	rotatedAfter(t, ns, func() { writeLines(t, tracker, 400, 600) })
	daemonSet(t, "rollout", "status")
	awayWhile(t, func() {
		// Before the second rotation, the kubelet compresses what the first one has left.
		rotatedAfter(t, ns, func() { writeLines(t, tracker, 600, 1200) })
		rotatedAfter(t, ns, func() { writeLines(t, tracker, 1200, lines) })
	})
	logs.refuse(false)

	for _, c := range numberedComponents {
		await(t, fmt.Sprintf("not all lines of the %s arrive", c), func() bool { return !slices.Contains(logs.numbered(ns, c), 0) })
	}
	some := map[string]func(line) bool{
		"Redis": func(l line) bool {
			return l.namespace == ns && strings.HasPrefix(l.event, "Ready to accept connections")
		},
		"the migration": func(l line) bool {
			return l.namespace == ns && l.logger == "tracker.migrate" && l.event == "migration applied"
		},
		"the journey": func(l line) bool {
			return l.namespace == ns && l.logger == "tracker.journey" && strings.Contains(l.exception, "schedule an interview")
		},
		"the operator": func(l line) bool { return l.component == "operator" && l.logger == "operator" && l.event == "Starting" },
	}
	for what, matches := range some {
		await(t, "no line of "+what+" arrives", func() bool { return logs.count(matches) > 0 })
	}
	sql(t, ns, "hiring-database-0", "ALTER TABLE renamed RENAME TO interviews")
	parsed(t, ns, logs)
	logs.check(t, tracker)
	unhurried(t, tracker, collector)

	// It took more than a minute: what is sent again has arrived by now.
	for _, c := range numberedComponents {
		counts := logs.numbered(ns, c)
		if repeated := slices.IndexFunc(counts, func(n int) bool { return n > 1 }); repeated >= 0 {
			t.Errorf("%s: line %d arrived %d times", c, repeated, counts[repeated])
		}
	}
	if n := logs.count(some["Redis"]); n != 1 {
		t.Errorf("the line of Redis arrived %d times", n)
	}
	ofOperator := map[line]int{}
	logs.count(func(l line) bool {
		if l.component == "operator" {
			ofOperator[l]++
		}
		return false
	})
	for l, n := range ofOperator {
		if n > 1 {
			t.Errorf("a line of the operator arrived %d times: %+v", n, l)
		}
	}
	var operators corev1.PodList
	must(t, k8s.List(t.Context(), &operators, client.InNamespace(operatorNamespace)))
	arrived(t, logs, operators.Items...)
	arrived(t, logs, componentPods(t, tracker, v1alpha1.ComponentMigrate)...)
	arrived(t, logs, componentPods(t, tracker, v1alpha1.ComponentJourney)...)
}

// arrived checks that each line that pods have written, as far as the kubelet shows them, has arrived
// once: at its time, with its event.
func arrived(t *testing.T, logs *destination, pods ...corev1.Pod) {
	t.Helper()
	compared := 0
	for i := range pods {
		pod := &pods[i]
		out, err := kubectl("-n", pod.Namespace, "logs", pod.Name)
		if err != nil {
			t.Logf("the pod %s is gone: %s", pod.Name, out) // Other tests replace the operator's.
			continue
		}
		compared += len(out)
		type moment struct{ at, event string }
		want := map[moment]int{}
		for text := range strings.Lines(out) {
			var written struct {
				Timestamp time.Time
				Event     string
			}
			if json.Unmarshal([]byte(text), &written) != nil {
				continue // Such as a stack.
			}
			want[moment{strconv.FormatInt(written.Timestamp.UnixNano(), 10), written.Event}]++
		}
		got := map[moment]int{}
		complete := within(t, time.Minute, func() bool {
			clear(got)
			logs.count(func(l line) bool {
				if m := (moment{l.at, l.event}); l.namespace == pod.Namespace && l.pod == pod.Name && want[m] > 0 {
					got[m]++
				}
				return false
			})
			return maps.Equal(got, want)
		})
		t.Logf("%d lines of the pod %s", len(want), pod.Name)
		if !complete {
			t.Errorf("of the pod %s, %v arrived, want %v", pod.Name, got, want)
		}
	}
	if compared == 0 {
		t.Errorf("no lines were compared of %d pods", len(pods))
	}
}

// written is what containers of some name write, and how it must arrive: the level, the event, and the
// exception.
var written = map[string]struct {
	text string
	want [][3]string
}{
	"postgres": {
		text: `The files belonging to this database system will be owned by user "postgres".

2026-01-02 15:04:05.123 UTC [1] LOG:  database system is ready
2026-01-02 15:04:05.124 UTC [31] postgres@interview_tracker DEBUG1:  a detail
2026-01-02 15:04:05.124 UTC [31] postgres@interview_tracker WARNING:  no transaction
2026-01-02 15:04:05.124 UTC [31] postgres@interview_tracker ERROR:  duplicate key
2026-01-02 15:04:05.124 UTC [31] postgres@interview_tracker DETAIL:  Key (id)=(1) already exists.
2026-01-02 15:04:05.124 UTC [31] postgres@interview_tracker STATEMENT:  INSERT
	INTO positions
2026-01-02 15:04:05.125 UTC [32] LOG:  duration: 501.2 ms  statement: SELECT
	pg_sleep(0.5)
2026-01-02 15:04:05.126 UTC [33] FATAL:  the database system is starting up
2026-01-02 15:04:05.127 UTC [1] PANIC:  could not write
`,
		want: [][3]string{
			{"info", `The files belonging to this database system will be owned by user "postgres".`},
			{"info", "database system is ready"},
			{"debug", "a detail"},
			{"warning", "no transaction"},
			{"error", "duplicate key", `2026-01-02 15:04:05.124 UTC [31] postgres@interview_tracker DETAIL:  Key (id)=(1) already exists.
2026-01-02 15:04:05.124 UTC [31] postgres@interview_tracker STATEMENT:  INSERT
	INTO positions`},
			{"info", "duration: 501.2 ms  statement: SELECT\n\tpg_sleep(0.5)"},
			{"critical", "the database system is starting up"},
			{"critical", "could not write"},
		},
	},
	"redis": {
		text: `1:C 02 Jan 2026 15:04:05.123 * oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo
1:M 02 Jan 2026 15:04:05.124 . a detail
1:M 02 Jan 2026 15:04:05.124 - accepted
1:M 02 Jan 2026 15:04:05.125 # WARNING overcommit
`,
		want: [][3]string{
			{"info", "oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo"},
			{"debug", "a detail"},
			{"info", "accepted"},
			{"warning", "WARNING overcommit"},
		},
	},
	"api": {
		text: `{"timestamp":"2026-01-02T15:04:05.123456Z","level":"error","logger":"api","event":"request failed","exception":"timeout"}
panic: no JSON
`,
		want: [][3]string{
			{"error", "request failed", "timeout"},
			{"", "panic: no JSON"},
		},
	},
}

// parsed checks how the formats arrive, and that the lines of a pod that is no tracker's do not.
func parsed(t *testing.T, ns string, logs *destination) {
	t.Helper()
	write(t, ns, "bystander", nil)
	write(t, ns, "written", map[string]string{v1alpha1.LabelTracker: "written", v1alpha1.LabelComponent: "database"})
	for container, test := range written {
		var got [][3]string
		await(t, "not all lines arrive that the container "+container+" has written", func() bool {
			got = nil
			logs.count(func(l line) bool {
				if l.namespace == ns && l.tracker == "written" && l.container == container {
					got = append(got, [3]string{l.level, l.event, l.exception})
				}
				return false
			})
			return len(got) >= len(test.want)
		})
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", container, got, test.want)
		}
	}
}

// write runs a pod whose containers write their texts.
func write(t *testing.T, ns, name string, labels map[string]string) {
	t.Helper()
	var containers []corev1.Container
	for container, test := range written {
		containers = append(containers, writer(container, `printf %s "$TEXT"`, corev1.EnvVar{Name: "TEXT", Value: test.text}))
	}
	pod := runWriter(t, ns, name, labels, containers...)
	await(t, "the pod "+name+" does not end", func() bool {
		refresh(t, pod)
		return pod.Status.Phase == corev1.PodSucceeded
	})
}

// writer is a container that runs a script of the shell.
func writer(name, script string, env ...corev1.EnvVar) corev1.Container {
	return corev1.Container{
		Name: name, Image: "postgres:15", Command: []string{"sh", "-c", script}, Env: env,
		SecurityContext: &corev1.SecurityContext{
			AllowPrivilegeEscalation: new(false), Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		},
	}
}

func runWriter(t *testing.T, ns, name string, labels map[string]string, containers ...corev1.Container) *corev1.Pod {
	t.Helper()
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name, Labels: labels},
		Spec: corev1.PodSpec{
			RestartPolicy: corev1.RestartPolicyNever, TerminationGracePeriodSeconds: new(int64(1)), Containers: containers,
			SecurityContext: &corev1.PodSecurityContext{
				RunAsNonRoot: new(true), RunAsUser: new(int64(65532)),
				SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
			},
		},
	}
	must(t, k8s.Create(t.Context(), pod))
	return pod
}

// requestLines has the API and the frontend log numbered lines, by requests for pages that don't exist.
func requestLines(t *testing.T, tracker *v1alpha1.InterviewTracker, components map[v1alpha1.Component]int, from, to int) {
	t.Helper()
	browser := &http.Client{Timeout: requestTimeout}
	for c, port := range components {
		ip := componentPods(t, tracker, c)[0].Status.PodIP
		for i := from; i < to; i++ {
			url := fmt.Sprintf("http://%s:%d/line-%d-%s", ip, port, i, strings.Repeat("x", lineLength))
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
			must(t, err)
			response, err := browser.Do(request)
			must(t, err)
			_, err = io.Copy(io.Discard, response.Body)
			must(t, err)
			must(t, response.Body.Close())
		}
	}
}

// numberedComponents are those whose lines writeLines numbers.
var numberedComponents = []v1alpha1.Component{
	v1alpha1.ComponentAPI, v1alpha1.ComponentFrontend, v1alpha1.ComponentDatabase, v1alpha1.ComponentRedis,
}

// writeLines has the API, the frontend, Postgres and the pod of runCacheWriter log numbered lines.
func writeLines(t *testing.T, tracker *v1alpha1.InterviewTracker, from, to int) {
	t.Helper()
	if out, err := kubectl("-n", tracker.Namespace, "exec", "cache", "--", "sh", "-c", fmt.Sprintf("echo %d %d > /tmp/lines", from, to)); err != nil {
		t.Fatal(out)
	}
	requestLines(t, tracker, map[v1alpha1.Component]int{v1alpha1.ComponentAPI: 8000, v1alpha1.ComponentFrontend: 3000}, from, to)
	sql(t, tracker.Namespace, "hiring-database-0", fmt.Sprintf(
		"DO $$ BEGIN FOR i IN %d..%d LOOP RAISE LOG E'line-%% \n goes on %%', i, repeat('x', %d); END LOOP; END $$", from, to-1, lineLength))
}

// runCacheWriter runs a pod that writes numbered lines as Redis does, which itself can't be made to.
func runCacheWriter(t *testing.T, ns string) {
	t.Helper()
	runWriter(t, ns, "cache", map[string]string{v1alpha1.LabelTracker: "cache", v1alpha1.LabelComponent: string(v1alpha1.ComponentRedis)},
		writer("redis", `mkfifo /tmp/lines
			while read -r i to < /tmp/lines; do
				while [ "$i" -lt "$to" ]; do printf '1:M 02 Jan 2026 15:04:05.124 * line-%d %0'"$LENGTH"'d\n' "$i" 0; i=$((i+1)); done
			done`, corev1.EnvVar{Name: "LENGTH", Value: strconv.Itoa(lineLength)}))
	await(t, "the writer for Redis does not start", func() bool {
		_, err := kubectl("-n", ns, "exec", "cache", "--", "test", "-p", "/tmp/lines")
		return err == nil
	})
}

// podLogs is the folder of the pods' log files.
func podLogs(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs(filepath.Join("..", "..", ".cluster", "logs", "pods"))
	must(t, err)
	return folder
}

// rotatedAfter waits until the kubelet has rotated the file of each numbered component after lines were
// written.
func rotatedAfter(t *testing.T, ns string, write func()) {
	t.Helper()
	newest := func(container string) string {
		found, err := filepath.Glob(filepath.Join(podLogs(t), ns+"_*", container, "0.log.????????-??????*"))
		must(t, err)
		var times []string
		for _, path := range found {
			times = append(times, strings.TrimSuffix(filepath.Base(path), ".gz"))
		}
		slices.Sort(times)
		return strings.Join(times[max(0, len(times)-1):], "")
	}
	before := map[string]string{}
	for _, container := range []string{"api", "frontend", "postgres", "redis"} {
		before[container] = newest(container)
	}
	write()
	for container, last := range before {
		await(t, "the log file of the container "+container+" is not rotated", func() bool { return newest(container) > last })
	}
}

// daemonSet runs a command of kubectl on the collector's DaemonSet.
func daemonSet(t *testing.T, command ...string) {
	t.Helper()
	if out, err := kubectl(append([]string{"-n", loggingNamespace, command[0]}, append(command[1:], "daemonset/log-collector")...)...); err != nil {
		t.Fatal(out)
	}
}

// awayWhile has no collector run while something happens.
func awayWhile(t *testing.T, happens func()) {
	t.Helper()
	const selector = `-p={"spec":{"template":{"spec":{"nodeSelector":%s}}}}`
	daemonSet(t, "patch", fmt.Sprintf(selector, `{"away":"true"}`))
	await(t, "the collector does not end", func() bool {
		var pods corev1.PodList
		must(t, k8s.List(t.Context(), &pods, client.InNamespace(loggingNamespace)))
		return len(pods.Items) == 0
	})
	happens()
	daemonSet(t, "patch", fmt.Sprintf(selector, "null"))
	daemonSet(t, "rollout", "status")
}

// collect runs config/logging with a destination, and removes it when the test ends.
func collect(t *testing.T, to *destination) {
	t.Helper()
	folder := filepath.Join("..", "..", "bin", "logging")
	must(t, os.MkdirAll(folder, 0o750))
	must(t, os.WriteFile(filepath.Join(folder, "exporter.yaml"), fmt.Appendf(nil, `
exporters:
  otlp_http:
    endpoint: %s
    encoding: json
    compression: none
    retry_on_failure: {initial_interval: 1s, max_interval: 2s, max_elapsed_time: 0}
    sending_queue:
      storage: file_storage
      sizer: bytes
      queue_size: 268435456
      block_on_overflow: true
      batch: {sizer: bytes, flush_timeout: 1s, min_size: 65536, max_size: 1048576}
service:
  pipelines:
    logs: {exporters: [otlp_http]}
`, to.url), 0o600))
	must(t, os.WriteFile(filepath.Join(folder, "kustomization.yaml"), fmt.Appendf(nil, `
resources: [../../config/logging]
configMapGenerator:
  - {name: log-collector, namespace: %s, behavior: merge, files: [exporter.yaml]}
images:
  - {name: otel/opentelemetry-collector-contrib, newName: otel-collector, newTag: v0.160.0}
patches:
  - target: {kind: DaemonSet, name: log-collector}
    patch: |
      - {op: replace, path: /spec/template/spec/volumes/1/hostPath/path, value: %q}
`, loggingNamespace, podLogs(t)), 0o600))
	t.Cleanup(func() {
		if out, err := kubectl("delete", "--ignore-not-found", "-k", folder); err != nil {
			t.Error(out)
		}
		must(t, os.RemoveAll("/var/lib/interview-tracker-log-collector"))
	})
	if out, err := kubectl("apply", "--server-side", "-k", folder); err != nil {
		t.Fatal(out)
	}
	if out, err := kubectl("-n", loggingNamespace, "rollout", "status", "daemonset/log-collector", "--timeout=3m"); err != nil {
		var pods corev1.PodList
		must(t, k8s.List(t.Context(), &pods, client.InNamespace(loggingNamespace)))
		output, _ := kubectl("-n", loggingNamespace, "logs", "daemonset/log-collector", "--tail=20")
		t.Fatalf("%s\n%s\n%v", out, output, pods.Items)
	}
}

// line is a line as it arrives.
type line struct {
	component, tracker, namespace string
	level, event, path, logger    string
	container, exception, at      string
	trace, attributes, pod        string
}

// destination receives logs, traces and metrics by OTLP.
type destination struct {
	url     string
	mu      sync.Mutex
	refuses bool
	lines   []line
	spans   []span
	metrics map[metric]bool
	bad     []string
}

// receiveLogs runs a destination that pods can reach.
func receiveLogs(t *testing.T) *destination {
	t.Helper()
	ip, err := nodeIP(t.Context())
	must(t, err)
	listener, err := net.Listen("tcp", net.JoinHostPort(ip, "0"))
	must(t, err)
	d := &destination{url: "http://" + listener.Addr().String(), metrics: map[metric]bool{}}
	server := &http.Server{Handler: d, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = server.Shutdown(ctx)
	})
	return d
}

// refuse makes the destination refuse everything, or accept it again.
func (d *destination) refuse(refuses bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refuses = refuses
}

// attributes of OTLP's JSON, those that are strings.
type attributes []struct {
	Key   string
	Value struct{ StringValue string }
}

func (a attributes) get(key string) string {
	for _, attribute := range a {
		if attribute.Key == key {
			return attribute.Value.StringValue
		}
	}
	return ""
}

// export is a request of OTLP's JSON.
type export struct {
	ResourceSpans []struct {
		Resource   struct{ Attributes attributes }
		ScopeSpans []struct {
			Spans []struct{ TraceID, Name string }
		}
	}
	ResourceMetrics []struct {
		Resource     struct{ Attributes attributes }
		ScopeMetrics []struct {
			Metrics []struct{ Name string }
		}
	}
	ResourceLogs []struct {
		Resource  struct{ Attributes attributes }
		ScopeLogs []struct {
			LogRecords []struct {
				TimeUnixNano string
				TraceID      string
				SeverityText string
				Body         struct{ StringValue string }
				Attributes   attributes
			}
		}
	}
}

func (d *destination) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.refuses {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	var request export
	if err := json.NewDecoder(io.LimitReader(r.Body, 64<<20)).Decode(&request); err != nil {
		d.bad = append(d.bad, err.Error())
	}
	for _, resource := range request.ResourceLogs {
		of := resource.Resource.Attributes
		for _, scope := range resource.ScopeLogs {
			for _, l := range scope.LogRecords {
				d.lines = append(d.lines, line{
					component: of.get("component"), tracker: of.get("tracker"), namespace: of.get("k8s.namespace.name"), pod: of.get("k8s.pod.name"),
					level: l.SeverityText, event: l.Body.StringValue, at: l.TimeUnixNano,
					path: l.Attributes.get("path"), logger: l.Attributes.get("logger"),
					trace: l.TraceID, container: of.get("k8s.container.name"), exception: l.Attributes.get("exception"),
					attributes: fmt.Sprint(l.Attributes),
				})
			}
		}
	}
	for _, resource := range request.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			for _, s := range scope.Spans {
				d.spans = append(d.spans, span{resource.Resource.Attributes.get("service.name"), s.TraceID, s.Name})
			}
		}
	}
	for _, resource := range request.ResourceMetrics {
		for _, scope := range resource.ScopeMetrics {
			for _, m := range scope.Metrics {
				d.metrics[metric{resource.Resource.Attributes.get("service.name"), m.Name}] = true
			}
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, "{}")
}

// count is how many lines match.
func (d *destination) count(matches func(line) bool) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, l := range d.lines {
		if matches(l) {
			n++
		}
	}
	return n
}

var number = regexp.MustCompile(`^/?line-(\d+)\b`)

// numbered is how often each of the numbered lines of a component has arrived.
func (d *destination) numbered(ns string, c v1alpha1.Component) []int {
	counts := make([]int, lines)
	d.count(func(l line) bool {
		if l.namespace != ns || l.component != string(c) {
			return false
		}
		for _, text := range []string{l.path, l.event} {
			var i int
			if found := number.FindStringSubmatch(text); found != nil {
				if _, err := fmt.Sscan(found[1], &i); err == nil && i < lines {
					counts[i]++
				}
			}
		}
		return true
	})
	return counts
}

// check holds all lines against where they may come from, and those of a tracker and the operator
// against the set of keys.
func (d *destination) check(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.bad) > 0 {
		t.Errorf("unreadable requests: %q", d.bad)
	}
	levels := []string{"debug", "info", "warning", "error", "critical"}
	for _, l := range d.lines {
		if l.tracker == "" && l.component != "operator" {
			t.Errorf("a line of another pod: %+v", l)
		}
		if l.tracker != "" && (l.namespace != tracker.Namespace || l.tracker != tracker.Name) {
			continue // Other tests kill their pods, which then log what is no JSON.
		}
		if l.at == "" || l.event == "" || !slices.Contains(levels, l.level) {
			t.Errorf("a line lacks its time, level or event: %.300q", fmt.Sprint(l))
		}
	}
}
