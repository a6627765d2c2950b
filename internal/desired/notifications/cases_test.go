// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package notifications

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

var (
	casesPath = flag.String("cases", "", "the file to which TestWriteCases writes (default a temporary one)")
	seed      = flag.Int64("seed", 1, "of the cases that TestWriteCases writes")
	count     = flag.Int("count-of-cases", 100, "how many cases TestWriteCases writes")
)

// randomCase is a tracker at random, and what it makes of alerts at random.
type randomCase struct {
	Config *monitoringv1alpha1.AlertmanagerConfig `json:"config"`
	// Until is the end of maintenance; zero when there is none.
	Until time.Time `json:"until"`
	// Levels are the names of the levels.
	Levels []string    `json:"levels"`
	Alerts []alertCase `json:"alerts"`
}

// alertCase is an alert, and the receivers that it should reach.
type alertCase struct {
	Labels    map[string]string `json:"labels"`
	Receivers []string          `json:"receivers"`
}

// The cases are for test/prometheus-operator, a module that can't import this package: it
// compares them with what prometheus-operator and Alertmanager make of them.
func TestWriteCases(t *testing.T) {
	random := rand.New(rand.NewSource(*seed))
	var cases []randomCase
	for range *count {
		tracker := randomTracker(random)
		c := randomCase{
			Config: &monitoringv1alpha1.AlertmanagerConfig{ObjectMeta: tracker.ObjectMeta, Spec: Build(tracker)},
			Until:  tracker.Spec.Maintenance.End(),
		}
		for _, level := range tracker.Spec.Monitoring.Notifications.Escalation {
			c.Levels = append(c.Levels, level.Name)
		}
		for range 20 {
			labels := randomLabels(random)
			reached := Receivers(c.Config.Spec, labels)
			for _, name := range reached {
				if !slices.ContainsFunc(tracker.Spec.Monitoring.Notifications.Receivers, func(r v1alpha1.Receiver) bool { return r.Name == name }) {
					t.Errorf("%v reaches %q, which is none of the receivers", labels, name)
				}
			}
			c.Alerts = append(c.Alerts, alertCase{labels, reached})
		}
		cases = append(cases, c)
	}
	text, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cmp.Or(*casesPath, filepath.Join(t.TempDir(), "cases.json")), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// hostile are texts that a template, YAML or Slack could take for more than text. The schema
// refuses most of them.
var hostile = []string{
	"on-call engineer", "CTO/VP Engineering", `{{`, `}}`, `{`, `{{{`, `{{ .Status }}`, `{{ template "slack.default.title" . }}`, `"`, "`", `\`, `'`,
	`$(POD_NAME)`, `$`, `$$(A)`, `{{/*`, `*/}}`, "{{- \"x\" -}}", "a: b", "#", "<!channel>", "&amp;", "%s", `{{ "{" }}`, "é\u2028",
}

func randomTracker(random *rand.Rand) *v1alpha1.InterviewTracker {
	t := &v1alpha1.InterviewTracker{ObjectMeta: metav1.ObjectMeta{Namespace: "people", Name: "hiring"}}
	text := func() string { return hostile[random.Intn(len(hostile))] }
	spec := &v1alpha1.NotificationsSpec{}
	for i := range 1 + random.Intn(16) {
		r := v1alpha1.Receiver{Name: fmt.Sprintf("receiver-%d", i), Severities: randomSeverities(random)}
		key := v1alpha1.SecretKey{Name: "notifications", Key: "url"}
		switch random.Intn(4) {
		case 0:
			r.Slack = &v1alpha1.SlackReceiver{Channel: text(), APIURL: key}
		case 1:
			r.Email = &v1alpha1.EmailReceiver{To: text(), From: text(), Smarthost: "smtp.company.com:587"}
		case 2:
			r.PagerDuty = &v1alpha1.PagerDutyReceiver{RoutingKey: key}
		case 3:
			r.Webhook = &v1alpha1.WebhookReceiver{URL: key}
			if random.Intn(2) == 0 {
				spec.Watchdog = &v1alpha1.WatchdogSpec{Receiver: r.Name}
			}
		}
		spec.Receivers = append(spec.Receivers, r)
	}
	for i := range 1 + random.Intn(8) {
		level := v1alpha1.EscalationLevel{Name: text(), After: &metav1.Duration{Duration: time.Duration(i) * time.Minute}, Severities: randomSeverities(random)}
		for _, r := range spec.Receivers {
			if random.Intn(3) == 0 {
				level.Receivers = append(level.Receivers, r.Name)
			}
		}
		spec.Escalation = append(spec.Escalation, level)
	}
	t.Spec.Monitoring = &v1alpha1.MonitoringSpec{Notifications: spec}
	if random.Intn(2) == 0 {
		t.Spec.Maintenance = &v1alpha1.MaintenanceSpec{Until: metav1.NewTime(randomTime(random))}
	}
	return t
}

func randomSeverities(random *rand.Rand) []v1alpha1.Severity {
	return [][]v1alpha1.Severity{
		nil, {v1alpha1.SeverityCritical}, {v1alpha1.SeverityWarning}, {v1alpha1.SeverityWarning, v1alpha1.SeverityCritical},
	}[random.Intn(4)]
}

// randomTime is often at the boundary of a day, a month or a year.
func randomTime(random *rand.Rand) time.Time {
	at := time.Date(1999+random.Intn(1003), time.Month(1+random.Intn(12)), 1+random.Intn(31), random.Intn(24), random.Intn(60), random.Intn(60), 0, time.UTC)
	switch random.Intn(5) {
	case 0:
		return time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
	case 1:
		return time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC)
	case 2:
		return time.Date(at.Year(), time.January, 1, 0, 0, 0, 0, time.UTC)
	}
	return at
}

// randomLabels are those of an alert, of this tracker or another. An empty value is that of
// a label that is missing.
func randomLabels(random *rand.Rand) map[string]string {
	labels := map[string]string{}
	for _, label := range [][]string{
		{"namespace", "people", "people", "people", "people", "other", "people2", ""},
		{"tracker", "hiring", "hiring", "hiring", "hiring", "other", "xhiring", ""},
		{"severity", "critical", "critical", "warning", "warning", "none", "criticality", ""},
		{v1alpha1.LabelEscalationLevel, "", "", "", "2", "3", "4", "5", "6", "7", "8", "9", "1", "22"},
		{"alertname", "HighErrorRate", "TrackerAPIDown", "TrackerWatchdog", ""},
	} {
		if value := label[1+random.Intn(len(label)-1)]; value != "" {
			labels[label[0]] = value
		}
	}
	return labels
}
