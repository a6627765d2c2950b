// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package notifications

import (
	"regexp"
	"strings"
	"testing"
	"text/template"
	"unicode/utf8"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// FuzzTemplates writes any text wherever a text of the resource gets into a template, also
// what the schema refuses: it comes out as it is, and nothing in it is evaluated. With
// Alertmanager's own templates, test/prometheus-operator does the same.
func FuzzTemplates(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	environment := regexp.MustCompile(`\$\([a-zA-Z_0-9]+\)`)
	functions := template.FuncMap{
		"toUpper": strings.ToUpper,
		"reReplaceAll": func(pattern, replacement, text string) string {
			return regexp.MustCompile(pattern).ReplaceAllString(text, replacement)
		},
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return // can't come from the API server
		}
		tracker := escalating(t)
		tracker.Namespace, tracker.Name = text, text
		spec := tracker.Spec.Monitoring.Notifications
		spec.Escalation[0].Name = text
		spec.Receivers[0].Slack.Channel = text
		spec.Receivers[1].Email.To = text
		config := Build(tracker)
		slack, mail, pager := config.Receivers[1].SlackConfigs[0], config.Receivers[2].EmailConfigs[0], config.Receivers[3].PagerDutyConfigs[0]
		level, name := "level 1, "+text, text+"/"+text
		for written, want := range map[string]string{
			*slack.Channel:         text,
			*slack.Title:           "[] " + name + ": 0 alerts (, " + level + ")",
			*mail.To:               text,
			*pager.Component:       text,
			pager.Details[2].Value: name,
			pager.Details[3].Value: level,
		} {
			if environment.MatchString(written) {
				t.Errorf("%q names a variable of the environment", written)
			}
			parsed, err := template.New("").Option("missingkey=zero").Funcs(functions).Parse(written)
			if err != nil {
				t.Fatalf("%q: %v", written, err)
			}
			var got strings.Builder
			err = parsed.Execute(&got, map[string]any{
				"Status": "", "Alerts": []string{}, "GroupLabels": map[string]string{}, "CommonAnnotations": map[string]string{},
			})
			if err != nil || got.String() != want {
				t.Errorf("%q is %q, want %q: %v", written, got.String(), want, err)
			}
		}
	})
}

// A name decides neither which routes there are nor whose alerts they take.
func FuzzRoutes(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || text == "hiring" {
			return
		}
		tracker := escalating(t)
		tracker.Name = text
		config := Build(tracker)
		if got := Receivers(config, alert(v1alpha1.AlertHighErrorRate, "critical", "")); got != nil {
			t.Errorf("%q has the alerts of another tracker sent to %v", text, got)
		}
		if got := Receivers(config, alert(v1alpha1.AlertHighErrorRate, "critical", "", "tracker", text)); len(got) != 4 {
			t.Errorf("%q has its own alerts sent to %v", text, got)
		}
	})
}
