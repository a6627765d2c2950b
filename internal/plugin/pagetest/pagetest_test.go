// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package pagetest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/test/freeport"
)

// patience is how long a busy machine may take for what Alertmanager should do.
const patience = 2 * time.Minute

var hiring = types.NamespacedName{Namespace: "people", Name: "hiring"}

// notified is a tracker that notifies receivers, or none.
func notified(receivers ...string) *v1alpha1.InterviewTracker {
	tracker := &v1alpha1.InterviewTracker{ObjectMeta: metav1.ObjectMeta{Namespace: hiring.Namespace, Name: hiring.Name}}
	if len(receivers) > 0 {
		tracker.Spec.Monitoring = &v1alpha1.MonitoringSpec{Notifications: &v1alpha1.NotificationsSpec{
			Escalation: []v1alpha1.EscalationLevel{{Name: "on call", Receivers: receivers}},
		}}
	}
	return tracker
}

// escalated is a tracker of two levels, the second of which is notified of severities.
func escalated(severities ...v1alpha1.Severity) *v1alpha1.InterviewTracker {
	tracker := notified("pager", "chat")
	levels := &tracker.Spec.Monitoring.Notifications.Escalation
	*levels = append(*levels, v1alpha1.EscalationLevel{Name: "senior engineer", Receivers: []string{"chief"}, Severities: severities})
	return tracker
}

func TestTestAlerts(t *testing.T) {
	start := time.Date(2026, 1, 2, 16, 4, 5, 6, time.FixedZone("CET", 3600))
	first, second := testAlerts(notified(), levelOne, start), testAlerts(notified(), testLevel{2, "senior engineer", levelOne.severities}, start)
	if len(first) != 2 || len(second) != 2 {
		t.Fatalf("got %d and %d alerts", len(first), len(second))
	}
	begin := time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)
	want := sentAlert{
		Labels: map[string]string{
			"alertname": "TrackerPageTestCritical", "namespace": "people", "tracker": "hiring", "severity": "critical", "page_test": "2026-01-02T15:04:05Z",
		},
		Annotations: map[string]string{
			"summary":     "TEST: this is a test of notifications, no action is needed",
			"description": "A test of the notifications of InterviewTracker people/hiring (level 1), sent at 2026-01-02T15:04:05Z by kubectl tracker page-test.",
			"runbook_url": pageTestRunbook,
		},
		StartsAt: begin, EndsAt: begin.Add(6 * time.Minute),
	}
	if diff := cmp.Diff(want, first[0]); diff != "" {
		t.Error(diff)
	}
	// With the same name, the critical one would inhibit the warning.
	if name := first[1].Labels["alertname"]; name != "TrackerPageTestWarning" || first[1].Labels["severity"] != "warning" {
		t.Errorf("the second alert is %v", first[1].Labels)
	}
	want.Labels["escalation_level"] = "2"
	want.Annotations["description"] = strings.Replace(want.Annotations["description"], "level 1", "level 2, senior engineer", 1)
	if diff := cmp.Diff(want, second[0]); diff != "" {
		t.Error(diff)
	}
}

// levelOne is the only level of a tracker without notifications.
var levelOne = testLevel{number: 1, severities: []v1alpha1.Severity{v1alpha1.SeverityCritical, v1alpha1.SeverityWarning}}

func TestLevelOf(t *testing.T) {
	const without = ": without spec.monitoring.notifications, level 1 is the only one"
	const counted = ": spec.monitoring.notifications.escalation has 2, counted from 1"
	onlyCritical := escalated(v1alpha1.SeverityCritical)
	for name, test := range map[string]struct {
		tracker *v1alpha1.InterviewTracker
		number  int
		want    string
		err     string
	}{
		"the only one":      {notified(), 1, "level 1: [critical warning]", ""},
		"no notifications":  {notified(), 2, "", "InterviewTracker people/hiring has no level 2" + without},
		"first":             {onlyCritical, 1, "level 1, on call: [critical warning]", ""},
		"its severities":    {onlyCritical, 2, "level 2, senior engineer: [critical]", ""},
		"severities unsaid": {escalated(), 2, "level 2, senior engineer: [critical warning]", ""},
		"too high":          {onlyCritical, 3, "", "InterviewTracker people/hiring has no level 3" + counted},
		"zero":              {onlyCritical, 0, "", "InterviewTracker people/hiring has no level 0" + counted},
	} {
		t.Run(name, func(t *testing.T) {
			level, err := levelOf(test.tracker, test.number)
			if message(err) != test.err {
				t.Fatalf("got %q, want %q", message(err), test.err)
			}
			if got := fmt.Sprintf("%s: %s", level, level.severities); err == nil && got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// answer is Alertmanager's about the test alert of a severity.
func answer(severity v1alpha1.Severity, receivers ...string) routedAlert {
	alert := routedAlert{Labels: map[string]string{"alertname": testName(severity)}}
	for _, name := range receivers {
		alert.Receivers = append(alert.Receivers, struct{ Name string }{name})
	}
	return alert
}

func TestReport(t *testing.T) {
	silenced := answer(v1alpha1.SeverityWarning, "people/hiring/chat")
	silenced.Status.SilencedBy = []string{"5e1f"}
	inhibited := answer(v1alpha1.SeverityWarning, "people/hiring/chat")
	inhibited.Status.InhibitedBy = []string{"abcd"}
	pager := answer(v1alpha1.SeverityCritical, "people/hiring/pager", "people/hiring/chat", "archive")

	const describe = " reach none of the tracker's receivers: the condition NotificationsReady says what is wrong " +
		"(kubectl describe interviewtracker -n people hiring)"
	const configure = " reach no receiver that sends anything: write spec.monitoring.notifications, or change the routes of Alertmanager's own configuration"
	for name, test := range map[string]struct {
		tracker *v1alpha1.InterviewTracker
		routed  []routedAlert
		want    [2]string // of critical, of warning
		err     string
	}{
		"all": {
			tracker: notified("pager", "chat"), routed: []routedAlert{answer(v1alpha1.SeverityWarning, "people/hiring/chat"), pager},
			want: [2]string{"reaches pager, chat, archive", "reaches chat"},
		},
		"silenced": {
			tracker: notified("pager"), routed: []routedAlert{pager, silenced},
			want: [2]string{"reaches pager, chat, archive", "reaches chat; not sent now, as it is silenced by 5e1f"},
		},
		"inhibited": {
			tracker: notified("pager"), routed: []routedAlert{pager, inhibited},
			want: [2]string{"reaches pager, chat, archive", "reaches chat; not sent now, as it is inhibited by the alert abcd"},
		},
		"its empty receiver": {
			tracker: notified("pager"), routed: []routedAlert{pager, answer(v1alpha1.SeverityWarning, "people/hiring/none")},
			want: [2]string{"reaches pager, chat, archive", "reaches none (which sends nothing)"},
			err:  "alerts of level 1, severity warning," + describe,
		},
		"the cluster's receiver alone": {
			tracker: notified("pager"), routed: []routedAlert{answer(v1alpha1.SeverityCritical, "archive"), answer(v1alpha1.SeverityWarning, "other/hiring/chat")},
			want: [2]string{"reaches archive", "reaches other/hiring/chat"},
			err:  "alerts of level 1, severity critical and warning," + describe,
		},
		"without notifications": {
			tracker: notified(), routed: []routedAlert{answer(v1alpha1.SeverityCritical, "archive"), answer(v1alpha1.SeverityWarning, "null")},
			want: [2]string{"reaches archive", "reaches null (which sends nothing)"},
			err:  "alerts of severity warning" + configure,
		},
		"no receiver": {
			tracker: notified(), routed: []routedAlert{answer(v1alpha1.SeverityCritical), answer(v1alpha1.SeverityWarning, "archive")},
			want: [2]string{"reaches no receiver", "reaches archive"},
			err:  "alerts of severity critical" + configure,
		},
		"not shown": {
			tracker: notified("pager"), routed: []routedAlert{pager},
			want: [2]string{"reaches pager, chat, archive", "Alertmanager has taken the alert, and does not show it"},
			err:  "alerts of level 1, severity warning," + describe,
		},
	} {
		t.Run(name, func(t *testing.T) {
			sending := sets.New("people/hiring/pager", "people/hiring/chat", "other/hiring/chat", "archive")
			results := report(test.tracker, levelOne, test.routed, sending)
			if got := [2]string{results[0].text, results[1].text}; got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if err := unreached(test.tracker, levelOne, results); message(err) != test.err {
				t.Errorf("got %q, want %q", message(err), test.err)
			}
		})
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestWebPort(t *testing.T) {
	pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{
		{Ports: []corev1.ContainerPort{{Name: "reloader-web", ContainerPort: 8080}}},
		{Ports: []corev1.ContainerPort{{Name: "mesh", ContainerPort: 9094}, {Name: "web", ContainerPort: 19093}, {Name: "ui", ContainerPort: 80}}},
	}}}
	for name, want := range map[string]int32{"": 19093, "web": 19093, "ui": 80, "other": 9093} {
		if got := webPort(pod, name); got != want {
			t.Errorf("%q: got %d, want %d", name, got, want)
		}
	}
}

// Answers that Alertmanager does not give, but what stands in its place may.
func TestPageTestReportsStrangeAnswers(t *testing.T) {
	const alerts, status = "/routed/api/v2/alerts", "/routed/api/v2/status"
	for name, test := range map[string]struct {
		method, path string
		answer       http.HandlerFunc
		want         string
	}{
		"refused": {
			http.MethodPost, alerts, func(w http.ResponseWriter, _ *http.Request) {
				http.Error(w, "bad \x1b[31mlabel", http.StatusBadRequest)
			},
			"sending the test alerts: the answer of /routed/api/v2/alerts is 400 Bad Request: bad \x1b[31mlabel\n",
		},
		"a long error": {
			http.MethodPost, alerts, func(w http.ResponseWriter, _ *http.Request) {
				http.Error(w, strings.Repeat("a", 5000), http.StatusBadGateway)
			},
			"sending the test alerts: the answer of /routed/api/v2/alerts is 502 Bad Gateway: " + strings.Repeat("a", maxFailure),
		},
		"a redirect": {
			http.MethodPost, alerts, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) },
			"sending the test alerts: the answer of /routed/api/v2/alerts is 302 Found: ",
		},
		"no JSON": {
			http.MethodGet, alerts, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
			"reading where the test alerts are routed to: reading the answer of /routed/api/v2/alerts: invalid character '<' looking for beginning of value",
		},
		"no YAML": {
			http.MethodGet, status, func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, `{"config": {"original": "{secret"}}`)
			},
			"reading the receivers of Alertmanager: the configuration that Alertmanager shows is not valid YAML",
		},
		"too much": {
			http.MethodGet, status, func(w http.ResponseWriter, _ *http.Request) {
				for range maxAnswer/len(zeros) + 2 {
					_, _ = w.Write(zeros)
				}
			},
			"reading the receivers of Alertmanager: the answer of /routed/api/v2/status is larger than 33554432 bytes",
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.Method == test.method && r.URL.Path == test.path:
					test.answer(w, r)
				case r.Method == http.MethodGet && r.URL.Path == alerts:
					_, _ = io.WriteString(w, "[]")
				case r.URL.Path != alerts:
					t.Errorf("asked for %s", r.URL)
				}
			}))
			defer server.Close()
			_, err := pageTestAt(t, server.Listener.Addr().String(), notified("chat"), 1, time.Now())
			if got := message(err); got != test.want && (len(test.want) < maxFailure || !strings.HasSuffix(got, test.want)) {
				t.Errorf("got %.200q, want %.200q", got, test.want)
			}
		})
	}
}

var zeros = make([]byte, 1<<20)

// Only the alerts of this run are reported: others may be of the same tracker, even of the same second.
func TestPageTestAsksForItsOwnAlerts(t *testing.T) {
	start := time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)
	for level, want := range map[int]string{1: `escalation_level=""`, 2: `escalation_level="2"`} {
		var filters []string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && r.URL.Path == "/routed/api/v2/alerts" {
				filters = r.URL.Query()["filter"]
				_, _ = io.WriteString(w, "[]")
			}
		}))
		_, _ = pageTestAt(t, server.Listener.Addr().String(), escalated(), level, start)
		server.Close()
		slices.Sort(filters)
		if diff := cmp.Diff([]string{want, `namespace="people"`, `page_test="2026-01-02T15:04:05Z"`, `tracker="hiring"`}, filters); diff != "" {
			t.Errorf("level %d: %s", level, diff)
		}
	}
}

// pageTestAt runs the command for people/hiring with an Alertmanager that listens at an
// address, and returns what it prints.
func pageTestAt(t *testing.T, address string, tracker *v1alpha1.InterviewTracker, level int, start time.Time) (string, error) {
	t.Helper()
	var out bytes.Buffer
	test := pageTest{
		cluster: reached(tracker, alertmanagerConfig(nil), namespace(nil), selecting("monitoring", "main", everything, everything), pod("alertmanager-main-0", true)),
		forward: func(_ context.Context, pod types.NamespacedName, port int32) (string, error) {
			if pod.String() != "monitoring/alertmanager-main-0" || port != 19093 {
				return "", errors.New("another pod, or port")
			}
			return address, nil
		},
		start: start, out: &out,
	}
	err := test.run(t.Context(), hiring.Name, types.NamespacedName{}, level)
	return out.String(), err
}

// configuration is one of Alertmanager as prometheus-operator writes it, with the receivers
// of people/hiring at the URL of a webhook.
const configuration = `
route:
  receiver: "null"
  group_by: [namespace, tracker, severity, escalation_level]
  group_wait: 10ms
  group_interval: 50ms
  routes:
    - receiver: people/hiring/none
      matchers: [namespace="people", tracker="hiring"]
      continue: true
      routes:
        - {receiver: people/hiring/pager, matchers: [escalation_level="", severity="critical"], continue: true}
        - {receiver: people/hiring/chat, matchers: [escalation_level="", severity=~"critical|warning"], continue: true}
        - {receiver: people/hiring/chief, matchers: [escalation_level="2", severity="critical"], continue: true}
    - {receiver: archive, matchers: [escalation_level="", severity="critical"]}
inhibit_rules:
  - {source_matchers: [severity="critical"], target_matchers: [severity="warning"], equal: [namespace, tracker, alertname]}
receivers:
  - name: "null"
  - name: people/hiring/none
  - {name: people/hiring/pager, webhook_configs: [{url: "URL/pager"}]}
  - {name: people/hiring/chat, webhook_configs: [{url: "URL/chat"}]}
  - {name: people/hiring/chief, webhook_configs: [{url: "URL/chief"}]}
  - {name: archive, webhook_configs: [{url: "URL/archive"}]}
`

// The receivers that Alertmanager names are those that it sends the test alerts to, of a
// second run as of the first.
func TestPageTestByAlertmanager(t *testing.T) {
	inbox := newInbox(t)
	address := startAlertmanager(t, strings.ReplaceAll(configuration, "URL", inbox.URL))
	now := time.Now()
	for _, start := range []time.Time{now.Add(-time.Minute), now} {
		out, err := pageTestAt(t, address, notified("pager", "chat"), 1, start)
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		want := "Sending a test alert of each severity of level 1, on call, to Alertmanager monitoring/main, by Pod alertmanager-main-0.\n" +
			"critical: reaches pager, chat, archive\n" +
			"warning: reaches chat\n" +
			"The tests end at " + start.UTC().Add(testDuration).Format(time.RFC3339) + " by themselves. " +
			"Receivers that are sent resolutions get them within the group_interval of the route after that.\n"
		if diff := cmp.Diff(want, out); diff != "" {
			t.Error(diff)
		}
		for _, arrival := range []string{
			"/pager TrackerPageTestCritical", "/chat TrackerPageTestCritical", "/archive TrackerPageTestCritical", "/chat TrackerPageTestWarning",
		} {
			inbox.await(t, arrival+" "+start.UTC().Format(time.RFC3339))
		}
	}
}

func TestPageTestByAlertmanagerOfALaterLevel(t *testing.T) {
	inbox := newInbox(t)
	address := startAlertmanager(t, strings.ReplaceAll(configuration, "URL", inbox.URL))
	start := time.Now()
	out, err := pageTestAt(t, address, escalated(v1alpha1.SeverityCritical), 2, start)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lines := strings.Split(out, "\n")
	want := []string{
		"Sending a test alert of each severity of level 2, senior engineer, to Alertmanager monitoring/main, by Pod alertmanager-main-0.",
		"critical: reaches chief",
	}
	if len(lines) != 4 || !slices.Equal(lines[:2], want) {
		t.Errorf("printed:\n%s", out)
	}
	inbox.await(t, "/chief TrackerPageTestCritical "+start.UTC().Format(time.RFC3339))

	out, err = pageTestAt(t, address, escalated(), 2, start.Add(time.Second))
	if !strings.HasPrefix(message(err), "alerts of level 2, severity warning, reach none of the tracker's receivers: ") {
		t.Errorf("got %v\n%s", err, out)
	}
	if _, err := pageTestAt(t, address, escalated(), 3, start); !strings.HasPrefix(message(err), "InterviewTracker people/hiring has no level 3: ") {
		t.Errorf("got %v", err)
	}
}

func TestPageTestByAlertmanagerReportsWhatIsNotSent(t *testing.T) {
	inbox := newInbox(t)
	withoutChat := strings.ReplaceAll(configuration, `severity=~"critical|warning"`, `severity="critical"`)
	address := startAlertmanager(t, strings.ReplaceAll(withoutChat, "URL", inbox.URL))
	silence := `{"matchers": [{"name": "tracker", "value": "hiring", "isRegex": false, "isEqual": true}], "createdBy": "a person", "comment": "quiet",
		"startsAt": "2026-01-01T00:00:00Z", "endsAt": "2126-01-01T00:00:00Z"}`
	response, err := http.Post("http://"+address+"/routed/api/v2/silences", "application/json", strings.NewReader(silence))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var created struct{ SilenceID string }
	if err := json.NewDecoder(response.Body).Decode(&created); err != nil || created.SilenceID == "" {
		t.Fatalf("the silence: %s %v", response.Status, err)
	}

	tracker := notified("pager", "chat")
	tracker.Spec.Maintenance = &v1alpha1.MaintenanceSpec{Until: metav1.Date(2126, 1, 2, 15, 4, 5, 0, time.UTC), Reason: "moving \x1b[31mhouse"}
	out, err := pageTestAt(t, address, tracker, 1, time.Now())
	if err == nil || !strings.HasPrefix(err.Error(), "alerts of level 1, severity warning, reach none") {
		t.Errorf("got %v", err)
	}
	for _, want := range []string{
		"\nWarning: spec.maintenance mutes the tracker's receivers until 2126-01-02T15:05:00Z (moving house).\n",
		"\ncritical: reaches pager, chat, archive; not sent now, as it is silenced by " + created.SilenceID + "\n",
		"\nwarning: reaches none (which sends nothing); not sent now, as it is silenced by " + created.SilenceID + "\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("not printed: %q in\n%s", want, out)
		}
	}
}

// inbox is a webhook.
type inbox struct {
	*httptest.Server
	arrived chan string
	seen    sync.Map
}

func newInbox(t *testing.T) *inbox {
	i := &inbox{arrived: make(chan string, 100)}
	i.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var message struct {
			Alerts []struct{ Labels, Annotations map[string]string }
		}
		if err := json.NewDecoder(r.Body).Decode(&message); err != nil {
			t.Error(err)
		}
		for _, alert := range message.Alerts {
			if !strings.HasPrefix(alert.Annotations["summary"], "TEST") {
				t.Errorf("the summary is %q", alert.Annotations["summary"])
			}
			i.arrived <- r.URL.Path + " " + alert.Labels["alertname"] + " " + alert.Labels["page_test"]
		}
	}))
	t.Cleanup(i.Close)
	return i
}

// await waits until an alert has arrived, as PATH NAME START.
func (i *inbox) await(t *testing.T, arrival string) {
	t.Helper()
	timeout := time.After(patience)
	for {
		if _, ok := i.seen.Load(arrival); ok {
			return
		}
		select {
		case got := <-i.arrived:
			i.seen.Store(got, true)
		case <-timeout:
			t.Fatalf("%s has not arrived", arrival)
		}
	}
}

// startAlertmanager starts Alertmanager, and returns its address when it is ready.
func startAlertmanager(t *testing.T, configuration string) string {
	t.Helper()
	path, err := exec.LookPath("prometheus-alertmanager")
	if err != nil {
		t.Fatalf("Alertmanager (Debian package prometheus-alertmanager) is not installed: %v", err)
	}
	folder := t.TempDir()
	file := filepath.Join(folder, "alertmanager.yml")
	if err := os.WriteFile(file, []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	address := freeport.Address(t)

	var log bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	command := exec.CommandContext(ctx, path, "--config.file="+file, "--storage.path="+folder, "--web.listen-address="+address,
		"--web.route-prefix=/routed", "--cluster.listen-address=")
	command.Stdout, command.Stderr = &log, &log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = command.Wait() // It is killed.
		close(ended)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	for deadline := time.Now().Add(patience); ; {
		response, err := http.Get("http://" + address + "/routed/-/ready")
		if err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return address
			}
		}
		select {
		case <-ended:
			t.Fatalf("Alertmanager has ended: %v\n%s", command.ProcessState, log.String())
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatal("Alertmanager does not get ready")
		}
	}
}

func TestPageTestUsage(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want string // of the error
		code int
	}{
		"no name":         {[]string{"-n", "people"}, "page-test takes the name of one InterviewTracker, and got 0", plugin.CodeUsage},
		"two names":       {[]string{"a", "-n", "people", "b"}, "page-test takes the name of one InterviewTracker, and got 2", plugin.CodeUsage},
		"unknown flag":    {[]string{"a", "--wait"}, "unknown flag: --wait", plugin.CodeUsage},
		"a level's name":  {[]string{"a", "--level", "senior"}, `invalid argument "senior" for "--level" flag`, plugin.CodeUsage},
		"no kubeconfig":   {[]string{"a", "--kubeconfig", "/missing"}, "reading the kubeconfig: stat /missing: no such file", 0},
		"no such context": {[]string{"a", "--kubeconfig", os.DevNull, "--context", "x"}, "reading the kubeconfig: invalid configuration: context was not found for specified context: x", 0},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			err := execute(&stdout, &stderr, test.args...)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if exit := (*plugin.ExitError)(nil); errors.As(err, &exit) != (test.code != 0) || exit != nil && exit.Code != test.code {
				t.Errorf("got exit %v, want code %d", exit, test.code)
			}
			if stdout.Len() > 0 {
				t.Errorf("printed %s", stdout.String())
			}
		})
	}
}

func TestPageTestAlertmanagerName(t *testing.T) {
	for _, name := range []string{"main", "monitoring/", "/main", "a/b/c"} {
		var stdout, stderr bytes.Buffer
		err := execute(&stdout, &stderr, "a", "--alertmanager", name)
		if exit := (*plugin.ExitError)(nil); !errors.As(err, &exit) || exit.Code != plugin.CodeUsage || err.Error() != "--alertmanager must be NAMESPACE/NAME" || stdout.Len() > 0 {
			t.Errorf("%s: got %v, printed %s", name, err, stdout.String())
		}
	}
}
