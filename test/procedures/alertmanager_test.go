// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package procedures

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/interview-tracker/interview-tracker-operator/test/freeport"
)

// patience is how long a test waits for a program that it has started.
const patience = 2 * time.Minute

// silences runs the commands on a real Alertmanager: the silence matches all levels of the alert
// and nothing else.
func silences(t *testing.T, s Section) {
	address := alertmanager(t, "http://127.0.0.1:1")
	labels := func(alert, tracker, severity, level string) map[string]string {
		all := map[string]string{"alertname": alert, "namespace": "team", "tracker": tracker, "severity": severity}
		if level != "" {
			all["escalation_level"] = level
		}
		return all
	}
	raise(t, address,
		labels("DatabaseConnectionIssues", "hiring", "critical", ""),
		labels("DatabaseConnectionIssues", "hiring", "critical", "2"),
		labels("DatabaseConnectionIssues", "hiring", "critical", "4"),
		labels("HighErrorRate", "hiring", "critical", ""),
		labels("DatabaseConnectionIssues", "other", "critical", ""),
	)
	run := func(script string) {
		bash(t, t.TempDir(), "team", strings.ReplaceAll(script, "ALERTMANAGER=http://localhost:9093", "ALERTMANAGER="+address))
	}
	states := func(state string) []string {
		var alerts []struct {
			Labels map[string]string
			Status struct{ State string }
		}
		request(t, http.MethodGet, address+"/api/v2/alerts", nil, &alerts)
		var names []string
		for _, alert := range alerts {
			if alert.Status.State == state {
				names = append(names, fmt.Sprint(alert.Labels["alertname"], " ", alert.Labels["tracker"], alert.Labels["escalation_level"]))
			}
		}
		slices.Sort(names)
		return names
	}
	expect := func(what, state string, want []string) {
		t.Helper()
		eventually(t, what, func() bool { return cmp.Equal(want, states(state)) })
	}

	silenced := []string{"DatabaseConnectionIssues hiring", "DatabaseConnectionIssues hiring2", "DatabaseConnectionIssues hiring4"}
	others := []string{"DatabaseConnectionIssues other", "HighErrorRate hiring"}
	scripts := s.Of("sh")
	run(scripts[0])
	expect("the silence does not match each level", "suppressed", silenced)
	expect("the silence matches other alerts", "active", others)
	run(scripts[1])
	expect("the silence has not ended", "active", []string{silenced[0], silenced[1], silenced[2], others[0], others[1]})
}

// The bridge tells a status page what a real Alertmanager sends, which is as the page shows it.
func TestStatusPageBridge(t *testing.T) {
	s := section(t, "docs/incident-response.md#The status page")
	type call struct{ method, path, key, body string }
	calls := make(chan call, 16)
	page := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		calls <- call{r.Method, r.URL.Path, r.Header.Get("Authorization"), string(body)}
	}))
	defer page.Close()

	folder := files(t, map[string]string{"main.go": s.Of("go")[0]})
	build := exec.CommandContext(t.Context(), "go", "build", "-o", "bridge", "main.go")
	build.Dir = folder
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	listen := freeport.Address(t)
	start(t, folder, []string{"LISTEN=" + listen, "COMPONENT_URL=" + page.URL + "/component", "API_KEY=key"}, filepath.Join(folder, "bridge"))

	messages := make(chan []byte, 16)
	relay := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		response, err := send(t, http.MethodPost, "http://"+listen, body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		_ = response.Body.Close()
		w.WriteHeader(response.StatusCode)
		if response.StatusCode == http.StatusOK {
			messages <- body
		}
	}))
	defer relay.Close()
	address := alertmanager(t, relay.URL)

	var shown map[string]any
	if err := json.Unmarshal([]byte(s.Of("json")[0]), &shown); err != nil {
		t.Fatal(err)
	}
	labels := map[string]string{"alertname": "DatabaseConnectionIssues", "namespace": "team", "tracker": "hiring", "severity": "critical"}
	expect := func(state string) {
		t.Helper()
		want := call{http.MethodPatch, "/component", "OAuth key", fmt.Sprintf(`{"component": {"status": %q}}`, state)}
		if got := receive(t, calls); got != want {
			t.Errorf("the status page gets %+v, want %+v", got, want)
		}
	}
	raise(t, address, labels)
	expect("major_outage")
	var sent map[string]any
	if err := json.Unmarshal(receive(t, messages), &sent); err != nil {
		t.Fatal(err)
	}
	for key, value := range shown {
		if fmt.Sprintf("%T", value) != fmt.Sprintf("%T", sent[key]) {
			t.Errorf("the page shows %s: %v, and Alertmanager sends %v", key, value, sent[key])
		}
	}
	for _, key := range []string{"version", "status", "commonLabels"} {
		if diff := cmp.Diff(shown[key], sent[key]); diff != "" {
			t.Errorf("%s (-shown +sent):\n%s", key, diff)
		}
	}

	// While any level fires, the page says so.
	second := maps.Clone(labels)
	second["escalation_level"] = "2"
	raise(t, address, second)
	expect("major_outage")
	end(t, address, labels)
	expect("major_outage")
	end(t, address, second)
	expect("operational")
}

// alertmanager starts an Alertmanager that notifies a webhook soon, and returns its address.
func alertmanager(t *testing.T, webhook string) string {
	t.Helper()
	program, err := exec.LookPath("prometheus-alertmanager")
	if err != nil {
		t.Fatalf("%s: install the Debian package prometheus-alertmanager (hack/apt-install.sh prometheus-alertmanager)", err)
	}
	folder := files(t, map[string]string{"alertmanager.yaml": fmt.Sprintf(`
route: {receiver: webhook, group_by: [namespace, tracker, severity, escalation_level], group_wait: 0s, group_interval: 1s}
receivers:
  - name: webhook
    webhook_configs: [{url: %q}]
`, webhook)})
	listen := freeport.Address(t)
	start(t, folder, nil, program, "--config.file=alertmanager.yaml", "--storage.path=data", "--cluster.listen-address=", "--web.listen-address="+listen)
	address := "http://" + listen
	eventually(t, "Alertmanager does not start", func() bool {
		response, err := send(t, http.MethodGet, address+"/-/ready", nil)
		if err != nil {
			return false
		}
		_ = response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
	return address
}

// raise tells Alertmanager that alerts fire.
func raise(t *testing.T, address string, alerts ...map[string]string) {
	t.Helper()
	var body []map[string]any
	for _, labels := range alerts {
		body = append(body, map[string]any{"labels": labels})
	}
	request(t, http.MethodPost, address+"/api/v2/alerts", body, nil)
}

// end tells Alertmanager that an alert has ended.
func end(t *testing.T, address string, labels map[string]string) {
	t.Helper()
	request(t, http.MethodPost, address+"/api/v2/alerts", []map[string]any{{"labels": labels, "endsAt": time.Now().UTC()}}, nil)
}

// request sends and receives JSON.
func request(t *testing.T, method, url string, body, into any) {
	t.Helper()
	content, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	response, err := send(t, method, url, content)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s", method, url, response.Status)
	}
	if into != nil {
		if err := json.NewDecoder(response.Body).Decode(into); err != nil {
			t.Fatal(err)
		}
	}
}

func send(t *testing.T, method, url string, body []byte) (*http.Response, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	return http.DefaultClient.Do(r)
}

// start starts a program for the length of a test.
func start(t *testing.T, folder string, env []string, program string, args ...string) {
	t.Helper()
	var output bytes.Buffer
	command := exec.CommandContext(t.Context(), program, args...) // The context ends before the cleanup.
	command.Dir, command.Env = folder, append(os.Environ(), env...)
	command.Stdout, command.Stderr = &output, &output
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Wait()
		if t.Failed() {
			t.Logf("%s:\n%s", program, output.String())
		}
	})
}

func eventually(t *testing.T, failure string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(failure)
		}
	}
}

func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case value := <-from:
		return value
	case <-time.After(patience):
		t.Fatal("nothing is received")
		panic("unreachable")
	}
}
