// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package notifications

import (
	"fmt"
	"strings"

	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	corev1 "k8s.io/api/core/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// shown is how many alerts of a group a message has in full: Slack cuts off what is long.
const shown = 10

// client is whom PagerDuty shows as the sender.
const client = "Interview Tracker operator"

// The parts of messages, which are templates of Alertmanager. A group is one of alerts of
// the same severity and level.
const (
	state   = `[{{ .Status | toUpper }}]`
	firing  = `{{ if eq .Status "firing" }}`
	summary = `{{ with .CommonAnnotations.summary }}{{ . }}{{ else }}{{ len .Alerts }} alerts{{ end }}`
	// The alerts of a group may have runbooks of their own, of which a link can be one.
	runbook   = `{{ (index .Alerts 0).Annotations.runbook_url }}`
	dashboard = `{{ (index .Alerts 0).Annotations.dashboard_url }}`
)

// receiver is one of the receivers.
func (b *builder) receiver(r v1alpha1.Receiver) monitoringv1alpha1.Receiver {
	out := monitoringv1alpha1.Receiver{Name: r.Name}
	switch {
	case r.Slack != nil:
		out.SlackConfigs = []monitoringv1alpha1.SlackConfig{b.slack(r)}
	case r.Email != nil:
		out.EmailConfigs = []monitoringv1alpha1.EmailConfig{b.email(r)}
	case r.PagerDuty != nil:
		out.PagerDutyConfigs = []monitoringv1alpha1.PagerDutyConfig{b.pagerDuty(r)}
	case r.Webhook != nil:
		// The message is Alertmanager's own JSON, with all labels and annotations.
		out.WebhookConfigs = []monitoringv1alpha1.WebhookConfig{{
			SendResolved: r.SendResolved,
			URLSecret:    secretKey(r.Webhook.URL),
			HTTPConfig:   noRedirects(),
		}}
	}
	return out
}

func (b *builder) slack(r v1alpha1.Receiver) monitoringv1alpha1.SlackConfig {
	return monitoringv1alpha1.SlackConfig{
		SendResolved: r.SendResolved,
		APIURL:       secretKey(r.Slack.APIURL),
		Channel:      new(literal(r.Slack.Channel)),
		Color:        new(firing + `{{ if eq .GroupLabels.severity "critical" }}danger{{ else }}warning{{ end }}{{ else }}good{{ end }}`),
		Title:        new(b.title()),
		TitleLink:    runbook,
		Fallback:     new(b.title()),
		Text:         new(b.slackText()),
		HTTPConfig:   noRedirects(),
	}
}

func (b *builder) email(r v1alpha1.Receiver) monitoringv1alpha1.EmailConfig {
	out := monitoringv1alpha1.EmailConfig{
		SendResolved: r.SendResolved,
		To:           new(literal(r.Email.To)),
		From:         new(literal(r.Email.From)),
		Smarthost:    new(r.Email.Smarthost),
		RequireTLS:   r.Email.RequireTLS,
		Headers:      []monitoringv1alpha1.KeyValue{{Key: "Subject", Value: b.title()}},
		HTML:         new(""), // Alertmanager's own page would be shown instead of the text
		Text:         new(b.text(".Alerts")),
	}
	if r.Email.Password != nil {
		out.AuthUsername, out.AuthPassword = &r.Email.Username, secretKey(*r.Email.Password)
	}
	return out
}

func (b *builder) pagerDuty(r v1alpha1.Receiver) monitoringv1alpha1.PagerDutyConfig {
	return monitoringv1alpha1.PagerDutyConfig{
		SendResolved: r.SendResolved,
		RoutingKey:   secretKey(r.PagerDuty.RoutingKey),
		Client:       new(client),
		Description:  new(b.title()),
		Severity:     new(`{{ if eq .GroupLabels.severity "critical" }}critical{{ else }}warning{{ end }}`),
		Class:        new(`{{ .CommonLabels.alertname }}`),
		Component:    new(literal(b.tracker.Name)),
		Group:        new(literal(b.tracker.Namespace)),
		Details: []monitoringv1alpha1.KeyValue{
			{Key: "firing", Value: b.text(".Alerts.Firing")},
			{Key: "resolved", Value: b.text(".Alerts.Resolved")},
			{Key: "tracker", Value: b.name()},
			{Key: "level", Value: b.level()},
		},
		// Alertmanager leaves out a link that is empty.
		PagerDutyLinkConfigs: []monitoringv1alpha1.PagerDutyLinkConfig{
			{Href: new(runbook), Text: new("Runbook")},
			{Href: new(dashboard), Text: new("Dashboard")},
		},
		HTTPConfig: noRedirects(),
	}
}

// title is one line about a group.
func (b *builder) title() string {
	return state + " " + b.name() + ": " + summary + " ({{ .GroupLabels.severity }}, " + b.level() + ")"
}

// name is the tracker's.
func (b *builder) name() string { return literal(b.tracker.Namespace + "/" + b.tracker.Name) }

// level names the level of a group.
func (b *builder) level() string {
	var text strings.Builder
	for i, level := range b.spec.Escalation {
		fmt.Fprintf(&text, `{{ if eq .GroupLabels.escalation_level %q }}%s{{ end }}`, label(i), literal(described(i, level)))
	}
	return text.String()
}

// text has some of the alerts of a group in full, for those who read plain text.
func (b *builder) text(alerts string) string {
	return each(alerts, `[{{ .Status | toUpper }}] {{ .Annotations.summary }}
{{ .Annotations.description }}
Tracker: `+b.name()+`
Alert: {{ .Labels.alertname }} ({{ .Labels.severity }})
Since: {{ .StartsAt.UTC.Format "2006-01-02 15:04:05 UTC" }}
Runbook: {{ .Annotations.runbook_url }}
{{ with .Annotations.dashboard_url }}Dashboard: {{ . }}
{{ end }}
`)
}

// slackText is that of Slack, which has links, and takes some characters for more than text.
func (b *builder) slackText() string {
	link := func(annotation, text string) string {
		return `{{ with .Annotations.` + annotation + ` }} <` + escaped(`reReplaceAll "[|]" "%7C" .`) + `|` + text + `>{{ end }}`
	}
	return each(".Alerts", `*[{{ .Status | toUpper }}] `+escaped(".Annotations.summary")+`* ({{ .Labels.alertname }})
`+escaped(".Annotations.description")+`
`+b.name()+` since {{ .StartsAt.UTC.Format "2006-01-02 15:04:05 UTC" }}`+link("runbook_url", "Runbook")+link("dashboard_url", "Dashboard")+`
`)
}

// each has a part for each alert of a list, and the number of those beyond the limit.
func each(alerts, part string) string {
	return fmt.Sprintf(`{{ range $i, $alert := %[1]s }}{{ if lt $i %[2]d }}%[3]s{{ end }}{{ end }}`+
		`{{ if gt (len %[1]s) %[2]d }}and {{ len (slice %[1]s %[2]d) }} more{{ end }}`, alerts, shown, part)
}

// escaped is a template of a text in which Slack finds no links, channels or people.
func escaped(text string) string {
	return `{{ reReplaceAll ">" "&gt;" (reReplaceAll "<" "&lt;" (reReplaceAll "&" "&amp;" (` + text + `))) }}`
}

// literal is a text as a template that expands to it, whatever stands beside it. Neither
// Alertmanager nor prometheus-operator's reloader, which replaces $(NAME) by a variable of
// its environment, finds anything in it.
func literal(text string) string {
	return strings.NewReplacer(`{`, `{{ "{" }}`, `$`, `{{ "$" }}`).Replace(text)
}

func secretKey(key v1alpha1.SecretKey) *corev1.SecretKeySelector {
	return &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: key.Name}, Key: key.Key}
}

// noRedirects keeps a receiver from leading Alertmanager, which reaches what others don't,
// to another address.
func noRedirects() *monitoringv1alpha1.HTTPConfig {
	return &monitoringv1alpha1.HTTPConfig{FollowRedirects: new(false)}
}
