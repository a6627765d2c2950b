//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/test/pagers"
)

// The database stops: each level is notified of it in its time, and once, and each of its end.
func TestPaging(t *testing.T) {
	t.Parallel()
	localOnly(t)
	after := []time.Duration{40 * time.Second, 80 * time.Second, 120 * time.Second}
	p := page(t, levels(after...), nil)
	ready(t, p.InterviewTracker)
	scraped(t, p.InterviewTracker)
	rulesHealthy(t, p.InterviewTracker)

	stopped := time.Now()
	start := stop("hiring-database")(t, p.InterviewTracker)
	first := p.arrives(t, 2*time.Minute, false, p.firstLevel()...)
	for _, m := range first {
		t.Logf("the page by %s arrives %s after the database stopped", m.Via, m.At.Sub(stopped).Round(time.Second))
	}
	above := []string{p.slack("senior"), p.mail("manager"), p.slack("cto")}
	previous := first[0]
	for i, address := range above {
		m := p.arrives(t, 2*time.Minute, false, address)[0]
		t.Logf("level %d is paged %s after level 1", i+2, m.At.Sub(first[0].At).Round(time.Second))
		// The pages themselves may be closer: the first one may be late. Alertmanager shows times by the millisecond.
		waited := p.firing(t, strconv.Itoa(i+2)).Sub(p.firing(t, ""))
		if waited < after[i]-time.Millisecond || !m.At.After(previous.At) {
			t.Errorf("level %d is paged at %s, the one below it at %s; it fires %s after level 1, want %s", i+2, m.At, previous.At, waited, after[i])
		}
		previous = m
	}

	start()
	everybody := append(p.firstLevel(), above...)
	p.arrives(t, 3*time.Minute, true, everybody...)
	for _, address := range everybody {
		fired, resolved := p.got(address, false), p.got(address, true)
		// Alertmanager sends again what a new configuration, such as that of another test, interrupts: one of the two may
		// have come twice. A second route would send both twice.
		if len(once(fired)) != 1 || len(once(resolved)) != 1 || len(fired)+len(resolved) > 3 {
			t.Errorf("%d pages and %d ends of them arrive at %s, want one of each:\n%s", len(fired), len(resolved), address, texts(append(fired, resolved...)))
		}
		if fired[0].DedupKey != resolved[0].DedupKey {
			t.Errorf("what is resolved at %s is %q, want %q", address, resolved[0].DedupKey, fired[0].DedupKey)
		}
	}
	if refused := p.refused(); len(refused) > 0 {
		t.Errorf("messages were refused: %q", refused)
	}
}

// once leaves out what is the same as the message of a moment before it.
func once(all []pagers.Page) []pagers.Page {
	return slices.CompactFunc(slices.Clone(all), func(a, b pagers.Page) bool {
		return a.Text == b.Text && a.DedupKey == b.DedupKey && b.At.Sub(a.At).Abs() < time.Minute
	})
}

func texts(all []pagers.Page) string {
	var b strings.Builder
	for _, m := range all {
		b.WriteString(m.At.Format(time.TimeOnly) + " " + m.Text + "\n")
	}
	return b.String()
}

// During maintenance, alerts fire and no message is sent. It ends by itself, and what still fires is
// reported.
func TestMaintenance(t *testing.T) {
	t.Parallel()
	localOnly(t)
	p := page(t, levels(time.Hour), nil)
	ready(t, p.InterviewTracker)
	scraped(t, p.InterviewTracker)

	// At least two minutes more than Alertmanager may take to learn of it, for the alert to fire.
	until := time.Now().Add(loadTimeout + 2*time.Minute + 59*time.Second).Truncate(time.Minute)
	edit(t, p.InterviewTracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.Maintenance = &v1alpha1.MaintenanceSpec{Until: metav1.NewTime(until), Reason: "a new disk"}
	})
	eventually(t, p.InterviewTracker, "maintenance is not reported", func() bool {
		return is(p.InterviewTracker, v1alpha1.ConditionUnderMaintenance, "True "+v1alpha1.ReasonPagesMuted)
	})
	line, err := kubectl("-n", p.Namespace, "get", "itr", "-o", "wide")
	must(t, err)
	if want := "until " + until.UTC().Format(time.RFC3339) + ": a new disk"; !strings.Contains(line, want) {
		t.Errorf("kubectl get -o wide does not show %q:\n%s", want, line)
	}
	awaitWithin(t, loadTimeout, "Alertmanager does not learn of the maintenance", func() bool {
		return strings.Contains(alertmanagerConfig(t), p.Namespace+"/hiring/maintenance")
	})

	stop("hiring-database")(t, p.InterviewTracker)
	fires(t, p.InterviewTracker, v1alpha1.AlertDatabaseConnectionIssues, critical)
	eventually(t, p.InterviewTracker, "the operator does not report what is muted", func() bool {
		return slices.ContainsFunc(p.Status.Conditions, func(c metav1.Condition) bool {
			return c.Type == v1alpha1.ConditionDatabaseHealthy && c.Status == metav1.ConditionFalse
		})
	})
	// A page would come after 10 seconds.
	if left := time.Until(until); left < 20*time.Second {
		t.Fatalf("the alert fires %s before the end of the maintenance: too late to see that it is muted", left)
	}
	for _, m := range p.arrives(t, time.Until(until)+2*time.Minute, false, p.firstLevel()...) {
		if m.At.Before(until) {
			t.Errorf("the page by %s arrives at %s, in the maintenance until %s:\n%s", m.Via, m.At, until, m.Text)
		}
	}
	eventually(t, p.InterviewTracker, "the end of the maintenance is not reported", func() bool {
		return !is(p.InterviewTracker, v1alpha1.ConditionUnderMaintenance, "True "+v1alpha1.ReasonPagesMuted)
	})
}

// A silence of the alert that was paged matches each level above it.
func TestSilenceStopsEscalation(t *testing.T) {
	t.Parallel()
	localOnly(t)
	p := page(t, levels(30*time.Second, time.Minute), nil)
	ready(t, p.InterviewTracker)
	scraped(t, p.InterviewTracker)
	rulesHealthy(t, p.InterviewTracker)

	stop("hiring-database")(t, p.InterviewTracker)
	paged := p.arrives(t, 2*time.Minute, false, hook(p.Namespace))[0]
	type matcher struct {
		Name    string `json:"name"`
		Value   string `json:"value"`
		IsRegex bool   `json:"isRegex"`
		IsEqual bool   `json:"isEqual"`
	}
	var matchers []matcher
	for name, value := range paged.Alerts[0].Labels {
		matchers = append(matchers, matcher{Name: name, Value: value, IsEqual: true})
	}
	var silence struct{ SilenceID string }
	askAlertmanager(t, http.MethodPost, "silences", map[string]any{
		"matchers": matchers, "startsAt": time.Now(), "endsAt": time.Now().Add(time.Hour), "createdBy": "e2e", "comment": "Someone works on it.",
	}, &silence)

	p.escalates(t, "2")
	// Level 3 fires half a minute later, when a page to level 2 would have arrived.
	p.escalates(t, "3")
	expired := time.Now()
	askAlertmanager(t, http.MethodDelete, "silence/"+silence.SilenceID, nil, nil)
	// The page to level 3, which arrives now, shows that nothing else held it back.
	if m := p.arrives(t, 3*time.Minute, false, p.mail("manager"))[0]; m.At.Before(expired) {
		t.Errorf("level 3 was paged at %s, before the silence ended at %s", m.At, expired)
	}
	if got := p.got(p.slack("senior"), false); len(got) > 0 && got[0].At.Before(expired) {
		t.Errorf("level 2 was paged in spite of the silence:\n%s", texts(got))
	}
}

// The watchdog reaches its webhook, and no maintenance mutes it.
func TestWatchdog(t *testing.T) {
	t.Parallel()
	localOnly(t)
	p := page(t, levels(), func(s *v1alpha1.InterviewTrackerSpec) {
		s.Monitoring.Notifications.Watchdog = &v1alpha1.WatchdogSpec{Receiver: "status-page"}
		s.Maintenance = &v1alpha1.MaintenanceSpec{Until: metav1.NewTime(time.Now().Add(time.Hour)), Reason: "a new disk"}
	})
	awaitWithin(t, loadTimeout, "the watchdog does not reach its webhook", func() bool {
		for _, m := range p.got(hook(p.Namespace), false) {
			if m.Alerts[0].Labels["alertname"] == string(v1alpha1.AlertTrackerWatchdog) {
				return true
			}
		}
		return false
	})
	var known []struct{ Receivers []struct{ Name string } }
	filter := url.Values{"filter": {`alertname="` + string(v1alpha1.AlertTrackerWatchdog) + `"`, `namespace="` + p.Namespace + `"`}}
	askAlertmanager(t, http.MethodGet, "alerts?"+filter.Encode(), nil, &known)
	if len(known) != 1 || len(known[0].Receivers) != 1 || known[0].Receivers[0].Name != p.Namespace+"/hiring/status-page" {
		t.Errorf("Alertmanager notifies %v of it", known)
	}
}
