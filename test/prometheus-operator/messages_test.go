// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package prometheusoperator

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/inhibit"
	"github.com/prometheus/alertmanager/template"
	"github.com/prometheus/alertmanager/types"
	"github.com/prometheus/common/model"
)

var update = flag.Bool("update", false, "rewrite testdata/messages.txt")

// messages are the templates of a receiver, each with its name.
func messages(receiver config.Receiver) [][2]string {
	var all [][2]string
	for _, c := range receiver.SlackConfigs {
		all = append(all, [][2]string{
			{"channel", c.Channel}, {"color", c.Color}, {"title", c.Title}, {"title link", c.TitleLink}, {"fallback", c.Fallback}, {"text", c.Text},
		}...)
	}
	for _, c := range receiver.EmailConfigs {
		all = append(all, [][2]string{{"to", c.To}, {"from", c.From}, {"subject", c.Headers["Subject"]}, {"text", c.Text}}...)
	}
	for _, c := range receiver.PagerdutyConfigs {
		all = append(all, [][2]string{
			{"description", c.Description}, {"severity", c.Severity}, {"class", c.Class}, {"component", c.Component}, {"group", c.Group}, {"client", c.Client},
		}...)
		for _, key := range []string{"tracker", "level", "firing", "resolved"} {
			all = append(all, [2]string{key, c.Details[key]})
		}
		for _, link := range c.Links {
			all = append(all, [2]string{link.Text, link.Href})
		}
	}
	return all
}

// templates are Alertmanager's.
func templates(t *testing.T) *template.Template {
	t.Helper()
	loaded, err := template.FromGlobs(nil)
	if err != nil {
		t.Fatal(err)
	}
	loaded.ExternalURL = &url.URL{Scheme: "http", Host: "alertmanager.example.com"}
	return loaded
}

// firing is an alert of the tracker's that has begun to fire.
func firing(name, severity, level, summary string) *types.Alert {
	alert := &types.Alert{Alert: model.Alert{
		Labels: model.LabelSet{"alertname": model.LabelValue(name), "severity": model.LabelValue(severity), "namespace": "people", "tracker": "hiring"},
		Annotations: model.LabelSet{
			"summary": model.LabelValue(summary), "description": "What is wrong.", "runbook_url": model.LabelValue("https://runbooks.example.com/" + name + ".md"),
		},
		StartsAt: time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC),
		EndsAt:   time.Now().Add(time.Hour),
	}}
	if level != "" {
		alert.Labels["escalation_level"] = model.LabelValue(level)
	}
	return alert
}

func resolved(alert *types.Alert) *types.Alert {
	alert.EndsAt = alert.StartsAt.Add(time.Minute)
	return alert
}

// groupLabels are those by which alerts are grouped that an alert has.
func groupLabels(alert *types.Alert) model.LabelSet {
	set := model.LabelSet{}
	for _, name := range []model.LabelName{"namespace", "tracker", "severity", "escalation_level"} {
		if value, found := alert.Labels[name]; found {
			set[name] = value
		}
	}
	return set
}

func execute(t *testing.T, loaded *template.Template, text string, alerts ...*types.Alert) string {
	t.Helper()
	got, err := loaded.ExecuteTextString(text, loaded.Data("a receiver", groupLabels(alerts[0]), alerts...))
	if err != nil {
		t.Fatalf("%q: %s", text, err)
	}
	return got
}

// A change of the file is a change of what people read at night.
func TestMessages(t *testing.T) {
	const path = "testdata/messages.txt"
	withDashboard := firing("HighErrorRate", "critical", "", "High error rate detected")
	withDashboard.Annotations["dashboard_url"] = "https://grafana.example.com/d/hiring"
	groups := []struct {
		name   string
		alerts []*types.Alert
	}{
		{"two alerts", []*types.Alert{withDashboard, firing("TrackerDependencyDown", "critical", "", "A dependency is down")}},
		{"escalated", []*types.Alert{firing("HighErrorRate", "critical", "4", "High error rate detected")}},
		{"resolved", []*types.Alert{resolved(firing("HighResponseTime", "warning", "", "High response time detected"))}},
	}
	loaded, tmpl := load(t, "0.28.1", strategies[0], readConfig(t, "escalation.out.yaml")), templates(t)
	var got strings.Builder
	for _, group := range groups {
		for _, receiver := range loaded.Receivers {
			for _, part := range messages(receiver) {
				fmt.Fprintf(&got, "# %s, %s, %s\n%s\n", group.name, receiver.Name, part[0], execute(t, tmpl, part[1], group.alerts...))
			}
		}
	}
	if *update {
		if err := os.WriteFile(path, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("the messages are not those of %s; see the difference by -update. They are:\n%s", path, got.String())
	}
}

// A message has as many alerts as can be read, and says how many there are beyond.
func TestManyAlerts(t *testing.T) {
	loaded, tmpl := load(t, "0.28.1", strategies[0], readConfig(t, "escalation.out.yaml")), templates(t)
	var alerts []*types.Alert
	for range 12 {
		alerts = append(alerts, firing("TrackerRestarting", "warning", "", "An API pod keeps restarting"))
	}
	for _, receiver := range loaded.Receivers {
		for _, part := range messages(receiver) {
			if part[0] != "text" && part[0] != "firing" {
				continue
			}
			got := execute(t, tmpl, part[1], alerts...)
			if strings.Count(got, "What is wrong.") != 10 || !strings.HasSuffix(got, "and 2 more") {
				t.Errorf("%s, %s:\n%s", receiver.Name, part[0], got)
			}
		}
	}
}

// What alerts say is text, also where a message has links.
func TestHostileAnnotations(t *testing.T) {
	loaded, tmpl := load(t, "0.28.1", strategies[0], readConfig(t, "escalation.out.yaml")), templates(t)
	const hostile = `<!channel> {{ .Status }} <https://evil.example.com|Runbook> & "`
	alert := firing("HighErrorRate", "critical", "", hostile)
	alert.Annotations["description"] = hostile
	alert.Annotations["runbook_url"] = "https://runbooks.example.com/x|y>z<!here>"
	for _, receiver := range loaded.Receivers {
		for _, part := range messages(receiver) {
			got := execute(t, tmpl, part[1], alert)
			switch {
			case receiver.SlackConfigs == nil && (part[0] == "text" || part[0] == "firing") && strings.Count(got, hostile) != 2:
				t.Errorf("%s, %s lacks the text:\n%s", receiver.Name, part[0], got)
			case receiver.SlackConfigs != nil && part[0] == "text" &&
				(strings.Contains(got, "<!") || strings.Count(got, "<") != 1 || strings.Count(got, "|") != 3 || !strings.Contains(got, "{{ .Status }}")):
				t.Errorf("%s, %s:\n%s", receiver.Name, part[0], got)
			}
		}
	}
}

// Names that users write, also those that the schema refuses, are text.
func TestHostileNames(t *testing.T) {
	tmpl, tried := templates(t), 0
	for _, seed := range seeds() {
		for i, c := range cases(t, seed, 20) {
			loaded := load(t, "0.28.1", strategies[0], c.Config)
			for n, level := range c.Levels {
				label := ""
				if n > 0 {
					label = strconv.Itoa(n + 1)
				}
				want := fmt.Sprintf("[FIRING] people/hiring: Summary (critical, level %d, %s)", n+1, level)
				for _, receiver := range loaded.Receivers {
					for _, part := range messages(receiver) {
						got := execute(t, tmpl, part[1], firing("HighErrorRate", "critical", label, "Summary"))
						if !slices.Contains([]string{"title", "fallback", "subject", "description"}, part[0]) {
							continue
						}
						tried++
						if got != want {
							t.Fatalf("seed %d, case %d, %s: %q, want %q", seed, i, part[0], got, want)
						}
					}
				}
			}
		}
	}
	if tried == 0 {
		t.Error("no case has a message")
	}
}

// Alertmanager has the inhibition rules that the operator means.
func TestInhibition(t *testing.T) {
	each(t, readConfig(t, "escalation.out.yaml"), func(t *testing.T, loaded *config.Config) {
		for _, c := range []struct {
			source, target *types.Alert
			want           bool
		}{
			{firing("HighErrorRate", "critical", "", ""), firing("HighErrorRate", "warning", "", ""), true},
			{firing("HighErrorRate", "warning", "", ""), firing("HighErrorRate", "critical", "", ""), false},
			{firing("TrackerAPIDown", "critical", "3", ""), firing("HighErrorRate", "critical", "3", ""), true},
			{firing("TrackerAPIDown", "critical", "", ""), firing("HighErrorRate", "critical", "3", ""), false},
			{firing("HighErrorRate", "critical", "", ""), firing("TrackerAPIDown", "critical", "", ""), false},
			{firing("HighErrorRate", "critical", "2", ""), firing("HighErrorRate", "critical", "", ""), false},
			{firing("HighErrorRate", "critical", "", ""), firing("HighErrorRate", "critical", "2", ""), false},
			{firing("HighErrorRate", "critical", "2", ""), firing("HighMemoryUsage", "critical", "", ""), false},
			{firing("HighErrorRate", "critical", "2", ""), firing("HighErrorRate", "critical", "2", ""), false},
		} {
			if got := inhibits(loaded, c.source.Labels, c.target.Labels); got != c.want {
				t.Errorf("%v inhibits %v: %t", c.source.Labels, c.target.Labels, got)
			}
		}
	})
}

func inhibits(loaded *config.Config, source, target model.LabelSet) bool {
	return slices.ContainsFunc(loaded.InhibitRules, func(written config.InhibitRule) bool {
		rule := inhibit.NewInhibitRule(written)
		for name := range rule.Equal {
			if source[name] != target[name] {
				return false
			}
		}
		return rule.SourceMatchers.Matches(source) && rule.TargetMatchers.Matches(target)
	})
}
