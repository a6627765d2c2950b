//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// kubectl tracker page-test finds the Alertmanager of a tracker, and what it prints arrives.
func TestPageTest(t *testing.T) {
	t.Parallel()
	localOnly(t)
	plugin := filepath.Join(t.TempDir(), "kubectl-tracker")
	if out, err := exec.Command("go", "build", "-o", plugin, "../../cmd/kubectl-tracker").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	pageTest := func(arguments ...string) (string, error) {
		out, err := exec.Command(plugin, append([]string{"page-test"}, arguments...)...).CombinedOutput()
		return string(out), err
	}

	address, arrived := receiveTests(t)
	ns := namespace(t)
	must(t, k8s.Create(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "chat"},
		StringData: map[string]string{"url": address},
	}))
	tracker := create(t, ns, "hiring", func(s *v1alpha1.InterviewTrackerSpec) {
		monitored(s)
		s.Monitoring.Notifications = &v1alpha1.NotificationsSpec{
			Labels: map[string]v1alpha1.LabelValue{"release": "e2e"},
			Receivers: []v1alpha1.Receiver{
				{Name: "chat", Webhook: &v1alpha1.WebhookReceiver{URL: v1alpha1.SecretKey{Name: "chat", Key: "url"}}},
			},
			Escalation: []v1alpha1.EscalationLevel{
				{Name: "on call", Receivers: []string{"chat"}},
				{
					Name: "senior engineer", After: &metav1.Duration{Duration: 15 * time.Minute}, Receivers: []string{"chat"},
					Severities: []v1alpha1.Severity{v1alpha1.SeverityCritical},
				},
			},
		}
	})
	eventually(t, tracker, "its notifications are not Ready", func() bool { return is(tracker, "NotificationsReady", "True Routed") })

	var out string
	awaitWithin(t, loadTimeout, "Alertmanager does not load the tracker's receivers", func() bool {
		var err error
		out, err = pageTest("hiring", "-n", ns)
		return err == nil
	})
	t.Log(out)
	if !strings.Contains(out, "\ncritical: reaches chat\nwarning: reaches chat\n") || !strings.Contains(out, "Alertmanager monitoring/e2e") {
		t.Errorf("page-test prints:\n%s", out)
	}
	awaitWithin(t, 3*time.Minute, "the test alerts do not arrive", func() bool {
		return arrived("TrackerPageTestCritical", "") && arrived("TrackerPageTestWarning", "")
	})

	out, err := pageTest("hiring", "-n", ns, "--level", "2")
	if err != nil || !strings.Contains(out, " of level 2, senior engineer, to ") || !strings.Contains(out, "\ncritical: reaches chat\nThe tests end ") {
		t.Errorf("of level 2, page-test prints (%v):\n%s", err, out)
	}
	awaitWithin(t, 3*time.Minute, "the test alert of level 2 does not arrive", func() bool { return arrived("TrackerPageTestCritical", "2") })
	if out, err := pageTest("hiring", "-n", ns, "--level", "3"); err == nil || !strings.Contains(out, "error: InterviewTracker "+ns+"/hiring has no level 3: ") {
		t.Errorf("of a level that there is not, page-test prints (%v):\n%s", err, out)
	}
	if out, err := pageTest("missing", "-n", ns); err == nil || !strings.Contains(out, `error: reading InterviewTracker `+ns+`/missing: `) {
		t.Errorf("of a tracker that does not exist, page-test prints (%v):\n%s", err, out)
	}
}

// receiveTests returns the URL of a webhook for Alertmanager, and a function that reports
// whether an alert of a level has arrived there as a test.
func receiveTests(t *testing.T) (string, func(alert, level string) bool) {
	t.Helper()
	var nodes corev1.NodeList
	must(t, k8s.List(t.Context(), &nodes))
	var ip string
	for _, address := range nodes.Items[0].Status.Addresses {
		if address.Type == corev1.NodeInternalIP {
			ip = address.Address
		}
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(ip, "0"))
	must(t, err)
	var tests sync.Map
	server := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var message struct {
			Alerts []struct{ Labels, Annotations map[string]string }
		}
		if err := json.NewDecoder(r.Body).Decode(&message); err != nil {
			t.Errorf("a message of Alertmanager: %v", err)
		}
		for _, alert := range message.Alerts {
			if strings.HasPrefix(alert.Annotations["summary"], "TEST: ") {
				tests.Store([2]string{alert.Labels["alertname"], alert.Labels[v1alpha1.LabelEscalationLevel]}, true)
			}
		}
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return "http://" + listener.Addr().String(), func(alert, level string) bool {
		_, ok := tests.Load([2]string{alert, level})
		return ok
	}
}
