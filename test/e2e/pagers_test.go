//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/test/pagers"
)

const (
	mailUser     = "alerts"
	mailPassword = "opensesame"

	// loadTimeout is how long it may take until Alertmanager or Prometheus has loaded what the operator wrote:
	// prometheus-operator makes its configuration of it, and the kubelet brings that to the pod at its next synchronization.
	loadTimeout = 4 * time.Minute
)

// startPagers starts the servers of those whom Alertmanager notifies, once for all tests: Alertmanager
// has one address of PagerDuty's API.
var startPagers = sync.OnceValues(func() (*pagers.Servers, error) {
	ctx := context.Background()
	host, err := nodeIP(ctx)
	if err != nil {
		return nil, err
	}
	certificate, err := serverCertificate(host)
	if err != nil {
		return nil, err
	}
	servers, err := pagers.Start(ctx, pagers.Config{Host: host, Certificate: certificate, User: mailUser, Password: mailPassword})
	if err != nil {
		return nil, err
	}
	// What prometheus-operator adds our AlertmanagerConfigs to.
	base := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: "monitoring", Name: "alertmanager-e2e"},
		StringData: map[string]string{"alertmanager.yaml": `
global: {pagerduty_url: "` + servers.URL + `/v2/enqueue"}
route: {receiver: "null"}
receivers: [{name: "null"}]
`},
	}
	if err = k8s.Create(ctx, base); apierrors.IsAlreadyExists(err) {
		err = k8s.Update(ctx, base)
	}
	return servers, err
})

// nodeIP is the address by which pods reach this machine.
func nodeIP(ctx context.Context) (string, error) {
	var nodes corev1.NodeList
	if err := k8s.List(ctx, &nodes); err != nil {
		return "", err
	}
	for _, address := range nodes.Items[0].Status.Addresses {
		if address.Type == corev1.NodeInternalIP {
			return address.Address, nil
		}
	}
	return "", fmt.Errorf("node %s has no internal address", nodes.Items[0].Name)
}

// serverCertificate is one of the cluster's authority, which Alertmanager trusts.
func serverCertificate(host string) (tls.Certificate, error) {
	pki := filepath.Join("..", "..", ".cluster", "pki", "ca")
	authority, err := tls.LoadX509KeyPair(pki+".crt", pki+".key")
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().AddDate(0, 0, 1),
		IPAddresses:  []net.IP{net.ParseIP(host)},
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, authority.Leaf, key.Public(), authority.PrivateKey)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// paging is a tracker whose alerts reach the servers of this test.
type paging struct {
	*v1alpha1.InterviewTracker
	servers *pagers.Servers
}

// levels are the first ones of those in the specification, with other durations.
func levels(after ...time.Duration) []v1alpha1.EscalationLevel {
	all := []v1alpha1.EscalationLevel{
		{Name: "on-call engineer", Receivers: []string{"slack", "mail", "pagerduty", "status-page"}},
		{Name: "senior engineer", Receivers: []string{"senior"}},
		{Name: "engineering manager", Receivers: []string{"manager"}},
		{Name: "CTO/VP Engineering", Receivers: []string{"cto"}},
	}[:1+len(after)]
	for i, d := range after {
		all[i+1].After = &metav1.Duration{Duration: d}
	}
	return all
}

// page creates a tracker that is monitored closely, with a receiver of each kind, and waits until
// Alertmanager has its routes.
func page(t *testing.T, escalation []v1alpha1.EscalationLevel, change func(*v1alpha1.InterviewTrackerSpec)) paging {
	t.Helper()
	servers, err := startPagers()
	must(t, err)
	ns := namespace(t)
	must(t, k8s.Create(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "pagers"},
		StringData: map[string]string{
			"slack": servers.URL + "/services/T00000000/B00000000/" + ns, "pagerduty": routingKey(ns),
			"mail": mailPassword, "webhook": servers.URL + hook(ns),
		},
	}))
	p := paging{servers: servers}
	p.InterviewTracker = create(t, ns, "hiring", func(s *v1alpha1.InterviewTrackerSpec) {
		monitored(s)
		s.Monitoring.Synthetic = nil
		s.Monitoring.Alerts.Rules = []v1alpha1.AlertRule{
			{Name: v1alpha1.AlertDatabaseConnectionIssues, For: &metav1.Duration{Duration: 5 * time.Second}},
		}
		s.Monitoring.Notifications = &v1alpha1.NotificationsSpec{
			Labels: map[string]v1alpha1.LabelValue{"release": "e2e"},
			Receivers: []v1alpha1.Receiver{
				{Name: "slack", Slack: slack(ns, "incidents")},
				{Name: "mail", Email: mailTo(servers, ns, "oncall")},
				{
					Name: "pagerduty", PagerDuty: &v1alpha1.PagerDutyReceiver{RoutingKey: pagersKey("pagerduty")},
					Severities: []v1alpha1.Severity{v1alpha1.SeverityCritical},
				},
				{Name: "status-page", Webhook: &v1alpha1.WebhookReceiver{URL: pagersKey("webhook")}},
				{Name: "senior", Slack: slack(ns, "senior")},
				{Name: "manager", Email: mailTo(servers, ns, "manager")},
				{Name: "cto", Slack: slack(ns, "cto")},
			},
			Escalation: escalation,
		}
		if change != nil {
			change(s)
		}
	})
	eventually(t, p.InterviewTracker, "the notifications are not routed", func() bool {
		return is(p.InterviewTracker, v1alpha1.ConditionNotificationsReady, "True "+v1alpha1.ReasonRouted)
	})
	awaitWithin(t, loadTimeout, "Alertmanager does not get the routes", func() bool {
		config := alertmanagerConfig(t)
		return strings.Contains(config, ns+"/hiring/") && strings.Contains(config, servers.URL)
	})
	return p
}

func pagersKey(key string) v1alpha1.SecretKey { return v1alpha1.SecretKey{Name: "pagers", Key: key} }

func slack(ns, channel string) *v1alpha1.SlackReceiver {
	return &v1alpha1.SlackReceiver{Channel: "#" + ns + "-" + channel, APIURL: pagersKey("slack")}
}

func mailTo(servers *pagers.Servers, ns, who string) *v1alpha1.EmailReceiver {
	return &v1alpha1.EmailReceiver{
		To: who + "@" + ns + ".example.com", From: "alerts@example.com", Smarthost: servers.Smarthost,
		Username: mailUser, Password: new(pagersKey("mail")),
	}
}

// routingKey is as long as those of PagerDuty.
func routingKey(ns string) string {
	sum := sha256.Sum256([]byte(ns))
	return hex.EncodeToString(sum[:16])
}

// hook is the path of the webhook of a namespace.
func hook(ns string) string { return "/hooks/" + ns }

// The addresses of the receivers.
func (p paging) slack(channel string) string { return "#" + p.Namespace + "-" + channel }
func (p paging) mail(who string) string      { return who + "@" + p.Namespace + ".example.com" }

// firstLevel are the addresses of the receivers of the first level.
func (p paging) firstLevel() []string {
	return []string{p.slack("incidents"), p.mail("oncall"), routingKey(p.Namespace), hook(p.Namespace)}
}

// got are the messages that have arrived at an address: those of alerts that fire, or those of their end.
func (p paging) got(address string, resolved bool) []pagers.Page {
	return slices.DeleteFunc(p.servers.Pages(), func(m pagers.Page) bool { return m.To != address || m.Resolved != resolved })
}

// refused is why messages to the addresses were not taken. Other tests send, too.
func (p paging) refused() []string {
	return slices.DeleteFunc(p.servers.Refused(), func(reason string) bool {
		return !strings.Contains(reason, p.Namespace) && !strings.Contains(reason, routingKey(p.Namespace))
	})
}

// arrives waits until each of the addresses has got a message about the database, and returns the first ones.
func (p paging) arrives(t *testing.T, timeout time.Duration, resolved bool, addresses ...string) []pagers.Page {
	t.Helper()
	var first []pagers.Page
	for _, address := range addresses {
		awaitWithin(t, timeout, fmt.Sprintf("no message (resolved: %t) arrives at %s; refused: %q", resolved, address, p.servers.Refused()), func() bool {
			return len(p.got(address, resolved)) > 0
		})
		m := p.got(address, resolved)[0]
		first = append(first, m)
		// PagerDuty keeps the text of what it resolves.
		if m.Via == pagers.PagerDuty && resolved {
			continue
		}
		if !strings.Contains(m.Text, v1alpha1.RunbookBaseURL+string(v1alpha1.AlertDatabaseConnectionIssues)+".md") {
			t.Errorf("the message to %s has no link to the runbook:\n%s", address, m.Text)
		}
	}
	return first
}

// escalates waits until an alert fires at a level in Prometheus.
func (p paging) escalates(t *testing.T, level string) {
	t.Helper()
	awaitWithin(t, 3*time.Minute, "level "+level+" does not fire", func() bool {
		return slices.ContainsFunc(alerts(t, p.InterviewTracker, v1alpha1.AlertDatabaseConnectionIssues), func(a alert) bool {
			return a.State == "firing" && a.Labels[v1alpha1.LabelEscalationLevel] == level
		})
	})
}

// firing is since when the alert about the database fires at a level, which is empty for the first one, in Alertmanager.
func (p paging) firing(t *testing.T, level string) time.Time {
	t.Helper()
	var known []struct{ StartsAt time.Time }
	filter := url.Values{"filter": {
		`alertname="` + string(v1alpha1.AlertDatabaseConnectionIssues) + `"`, `namespace="` + p.Namespace + `"`,
		v1alpha1.LabelEscalationLevel + `="` + level + `"`,
	}}
	askAlertmanager(t, http.MethodGet, "alerts?"+filter.Encode(), nil, &known)
	if len(known) != 1 {
		t.Fatalf("Alertmanager has %d alerts about the database at level %q, want 1", len(known), level)
	}
	return known[0].StartsAt
}

// askAlertmanager sends a request to the API of the Alertmanager of test/monitoring.
func askAlertmanager(t testing.TB, method, path string, body, answer any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), requestTimeout)
	defer cancel()
	pod := &corev1.Pod{}
	must(t, k8s.Get(ctx, client.ObjectKey{Namespace: "monitoring", Name: "alertmanager-e2e-0"}, pod))
	content, err := json.Marshal(body)
	must(t, err)
	request, err := http.NewRequestWithContext(ctx, method, "http://"+pod.Status.PodIP+":9093/api/v2/"+path, bytes.NewReader(content))
	must(t, err)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	must(t, err)
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		reason, _ := io.ReadAll(response.Body)
		t.Fatalf("Alertmanager responds to %s %s: %s: %s", method, path, response.Status, reason)
	}
	if answer != nil {
		must(t, json.NewDecoder(response.Body).Decode(answer))
	}
}

// alertmanagerConfig is the configuration that Alertmanager runs with.
func alertmanagerConfig(t testing.TB) string {
	t.Helper()
	var status struct{ Config struct{ Original string } }
	askAlertmanager(t, http.MethodGet, "status", nil, &status)
	return status.Config.Original
}
