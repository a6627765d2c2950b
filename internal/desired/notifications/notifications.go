// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package notifications turns spec.monitoring.notifications into an AlertmanagerConfig, and
// says which of its receivers an alert reaches. Like its parent it is pure.
package notifications

import (
	"encoding/json"
	"slices"
	"strconv"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// none is the receiver of alerts that no route takes: it sends nothing. The schema has no
// receiver of this name.
const none = "none"

// maintenance is the mute time interval of spec.maintenance.
const maintenance = "maintenance"

// The times of routes.
const (
	// groupWait is how long the first notification waits for other alerts of the same
	// evaluation, which arrive in one request or two.
	groupWait = "10s"
	// groupInterval is how long further alerts of a group wait, and its end.
	groupInterval = "1m"
	// repeatCritical is how often those who are called are reminded of what still fires. It is
	// also how long Alertmanager may take to notify of an alert that comes again after its end
	// was muted or inhibited, which it does not notice.
	repeatCritical = "1h"
	// repeatWarning has warnings repeated with each shift.
	repeatWarning = "12h"
	// heartbeat is how often the watchdog's receiver is notified: the group is looked at so
	// often.
	heartbeat = "5m"
	// heartbeatRepeat is shorter, as Alertmanager would leave out each second look if the last
	// notification was not quite so long ago.
	heartbeatRepeat = "4m"
)

// Build returns the AlertmanagerConfig of a tracker that has spec.monitoring.notifications.
// It depends on nothing else: the time at which maintenance ends is part of it.
func Build(t *v1alpha1.InterviewTracker) monitoringv1alpha1.AlertmanagerConfigSpec {
	b := &builder{tracker: t, spec: t.Spec.GetNotifications(), muted: mutedUntil(t.Spec.Maintenance.End())}
	receivers := []monitoringv1alpha1.Receiver{{Name: none}}
	for _, r := range b.spec.Receivers {
		receivers = append(receivers, b.receiver(r))
	}
	config := monitoringv1alpha1.AlertmanagerConfigSpec{
		Route: &monitoringv1alpha1.Route{
			Receiver:      none,
			GroupBy:       []string{"namespace", promql.Tracker, "severity", v1alpha1.LabelEscalationLevel},
			GroupWait:     duration(groupWait),
			GroupInterval: duration(groupInterval),
			Matchers:      b.self(),
			Routes:        b.routes(),
		},
		Receivers:    receivers,
		InhibitRules: b.inhibitRules(),
	}
	if len(b.muted) > 0 {
		config.MuteTimeIntervals = []monitoringv1alpha1.MuteTimeInterval{{Name: maintenance, TimeIntervals: b.muted}}
	}
	return config
}

// builder holds what one Build works on.
type builder struct {
	tracker *v1alpha1.InterviewTracker
	spec    *v1alpha1.NotificationsSpec
	// muted is when the tracker is under maintenance.
	muted []monitoringv1alpha1.TimeInterval
}

// self matches the tracker's alerts. prometheus-operator adds the namespace only by default:
// an Alertmanager may be configured otherwise.
func (b *builder) self() []monitoringv1alpha1.Matcher {
	return []monitoringv1alpha1.Matcher{equal("namespace", b.tracker.Namespace), equal(promql.Tracker, b.tracker.Name)}
}

// routes are those of the receivers, each of which an alert may take: the names of two
// levels may be those of the same receiver.
func (b *builder) routes() []apiextensionsv1.JSON {
	var all []apiextensionsv1.JSON
	if b.spec.Watchdog != nil {
		all = append(all, b.encoded(monitoringv1alpha1.Route{
			Receiver:       b.spec.Watchdog.Receiver,
			GroupWait:      duration("0s"),
			GroupInterval:  duration(heartbeat),
			RepeatInterval: duration(heartbeatRepeat),
			Matchers:       []monitoringv1alpha1.Matcher{equal("alertname", string(v1alpha1.AlertTrackerWatchdog))},
		}))
	}
	for i, level := range b.spec.Escalation {
		for _, r := range b.spec.Receivers {
			if !slices.Contains(level.Receivers, r.Name) {
				continue
			}
			for _, severity := range level.Severities {
				if slices.Contains(r.Severities, severity) {
					all = append(all, b.encoded(b.route(i, severity, r.Name)))
				}
			}
		}
	}
	return all
}

// route is that of the alerts of a severity to a receiver of a level, counted from 0.
func (b *builder) route(level int, severity v1alpha1.Severity, receiver string) monitoringv1alpha1.Route {
	route := monitoringv1alpha1.Route{
		Receiver:       receiver,
		RepeatInterval: duration(repeat(severity)),
		Matchers:       []monitoringv1alpha1.Matcher{equal(v1alpha1.LabelEscalationLevel, label(level)), equal("severity", string(severity))},
		Continue:       true,
	}
	if len(b.muted) > 0 {
		route.MuteTimeIntervals = []string{maintenance}
	}
	return route
}

// repeat is how often receivers are reminded of alerts of a severity.
func repeat(severity v1alpha1.Severity) string {
	if severity == v1alpha1.SeverityCritical {
		return repeatCritical
	}
	return repeatWarning
}

// label is the value of v1alpha1.LabelEscalationLevel of a level, counted from 0. Alerts of
// the first one lack the label, which a matcher of the empty value matches.
func label(level int) string {
	if level == 0 {
		return ""
	}
	return strconv.Itoa(level + 1)
}

func (b *builder) encoded(route monitoringv1alpha1.Route) apiextensionsv1.JSON {
	raw, err := json.Marshal(route)
	if err != nil {
		panic(err) // a Route has only texts, numbers and lists of them
	}
	return apiextensionsv1.JSON{Raw: raw}
}

func equal(name, value string) monitoringv1alpha1.Matcher {
	return monitoringv1alpha1.Matcher{Name: name, Value: value, MatchType: monitoringv1alpha1.MatchEqual}
}

func matches(name, regex string) monitoringv1alpha1.Matcher {
	return monitoringv1alpha1.Matcher{Name: name, Value: regex, MatchType: monitoringv1alpha1.MatchRegexp}
}

func duration(d string) *monitoringv1.NonEmptyDuration {
	return new(monitoringv1.NonEmptyDuration(d))
}
