// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package notifications

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired/rules"
)

// Receivers are the names of the receivers that an alert with those labels reaches, in the
// order of the routes and each once. What mutes and inhibits alerts is not considered.
func Receivers(config monitoringv1alpha1.AlertmanagerConfigSpec, labels map[string]string) []string {
	var names []string
	if config.Route == nil {
		return nil
	}
	for _, name := range routed(config.Route, labels) {
		if name != none && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// routed walks a tree of routes as Alertmanager does: an alert takes the first child that
// matches, those after it only if that one says so, and the route itself if none matches.
func routed(route *monitoringv1alpha1.Route, labels map[string]string) []string {
	for _, m := range route.Matchers {
		if !matched(m, labels[m.Name]) {
			return nil
		}
	}
	children, err := route.ChildRoutes()
	if err != nil {
		return nil // prometheus-operator rejects the whole object
	}
	var names []string
	for i := range children {
		found := routed(&children[i], labels)
		names = append(names, found...)
		if len(found) > 0 && !children[i].Continue {
			break
		}
	}
	if len(names) == 0 {
		return []string{route.Receiver}
	}
	return names
}

// matched reports whether a label has a value that matches; that of a label that is missing
// is empty. An expression has to match all of the value.
func matched(m monitoringv1alpha1.Matcher, value string) bool {
	if m.MatchType == monitoringv1alpha1.MatchEqual {
		return value == m.Value
	}
	regex, err := regexp.Compile("^(?:" + m.Value + ")$")
	return err == nil && regex.MatchString(value)
}

// Unrouted are sentences about the alerts of a tracker that reach no receiver, and about
// levels that no alert reaches. Raised are those that its rules can raise; none can when it
// has none.
func Unrouted(t *v1alpha1.InterviewTracker, config monitoringv1alpha1.AlertmanagerConfigSpec, raised []rules.Raised) []string {
	if len(raised) == 0 {
		return []string{"no rule can raise an alert: enable spec.monitoring.alerts, or leave out spec.monitoring.notifications"}
	}
	var sentences []string
	for i, level := range t.Spec.GetNotifications().Escalation {
		found := false
		for _, severity := range []v1alpha1.Severity{v1alpha1.SeverityCritical, v1alpha1.SeverityWarning} {
			all, lost := namesOf(config, raised, label(i), string(severity))
			found = found || len(all) > 0 && slices.Contains(level.Severities, severity)
			if len(lost) > 0 {
				sentences = append(sentences, fmt.Sprintf("no receiver is notified of %s (%s) at %s", strings.Join(lost, ", "), severity, described(i, level)))
			}
		}
		if !found {
			var severities []string
			for _, severity := range level.Severities {
				severities = append(severities, string(severity))
			}
			sentences = append(sentences, fmt.Sprintf("%s, is notified of nothing: no enabled alert is %s",
				described(i, level), strings.Join(severities, " or ")))
		}
	}
	return sentences
}

// namesOf are the names of the alerts of a level and a severity, and of those that reach no
// receiver.
func namesOf(config monitoringv1alpha1.AlertmanagerConfigSpec, raised []rules.Raised, level, severity string) (all, lost []string) {
	for _, r := range raised {
		name := string(r.Name)
		if r.Labels[v1alpha1.LabelEscalationLevel] != level || r.Labels["severity"] != severity {
			continue
		}
		all = append(all, name)
		if len(Receivers(config, r.Labels)) == 0 && !slices.Contains(lost, name) {
			lost = append(lost, name)
		}
	}
	return all, lost
}

// described names a level, counted from 0, as people do.
func described(i int, level v1alpha1.EscalationLevel) string {
	return fmt.Sprintf("level %d, %s", i+1, level.Name)
}
