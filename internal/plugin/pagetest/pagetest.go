// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package pagetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

const (
	// testDuration is how long the test alerts fire. It is more than the default
	// group_interval: a group of alerts that has just been notified of is next looked at
	// when that has passed, and an alert that has ended by then is not sent.
	testDuration = 6 * time.Minute

	// pageTestTimeout bounds the whole command.
	pageTestTimeout = time.Minute

	// alertPageTest begins the names of the test alerts. The severity ends them: of alerts
	// with the same name, the critical one commonly inhibits the warning.
	alertPageTest = "TrackerPageTest"

	// labelPageTest is the label whose value is the start of the run. With the labels of an
	// earlier run, Alertmanager would take the alerts for those that it has notified of already.
	labelPageTest = "page_test"

	pageTestRunbook = "https://github.com/interview-tracker/interview-tracker-operator/blob/main/docs/incident-response.md#test-a-route"
)

// pageTest sends test alerts for a tracker.
type pageTest struct {
	cluster *plugin.Cluster
	// forward returns the address, HOST:PORT, at which a port of a pod can be reached until
	// the context ends.
	forward func(ctx context.Context, pod types.NamespacedName, port int32) (string, error)
	start   time.Time
	out     io.Writer
}

// run sends the alerts of a level, counted from 1, to the Alertmanager that is named, or else
// the one that the tracker's alerts are routed by, and prints whom they reach. That they don't
// is an error.
func (p pageTest) run(ctx context.Context, name string, alertmanagerName types.NamespacedName, number int) error {
	read, err := p.cluster.GetTracker(ctx, name)
	if err != nil {
		return err
	}
	if err := read.Readable("spec.monitoring"); err != nil {
		return err
	}
	tracker := read.InterviewTracker
	level, err := levelOf(tracker, number)
	if err != nil {
		return err
	}
	found, err := findAlertmanager(ctx, p.cluster.Client, tracker, alertmanagerName)
	if err != nil {
		return err
	}
	pod, err := readyPod(ctx, p.cluster.Client, found)
	if err != nil {
		return err
	}
	address, err := p.forward(ctx, client.ObjectKeyFromObject(pod), webPort(pod, found.Spec.PortName))
	if err != nil {
		return fmt.Errorf("forwarding a port to Pod %s/%s: %w", pod.Namespace, pod.Name, err)
	}
	alertmanager := newAlertmanager(address, found.Spec.RoutePrefix)

	p.print("Sending a test alert of each severity of %s, to Alertmanager %s/%s, by Pod %s.", level, found.Namespace, found.Name, pod.Name)
	if end := tracker.Spec.Maintenance.End(); hasNotifications(tracker) && p.start.Before(end) {
		p.print("Warning: spec.maintenance mutes the tracker's receivers until %s (%s).", end.Format(time.RFC3339), tracker.Spec.Maintenance.Reason)
	}
	if !hasNotifications(tracker) {
		p.print("The tracker has no spec.monitoring.notifications: Alertmanager's own configuration routes its alerts.")
	}
	alerts := testAlerts(tracker, level, p.start)
	if err := alertmanager.send(ctx, alerts); err != nil {
		return fmt.Errorf("sending the test alerts: %w", err)
	}
	routed, err := alertmanager.routed(ctx, alerts[0].Labels)
	if err != nil {
		return fmt.Errorf("reading where the test alerts are routed to: %w", err)
	}
	sending, err := alertmanager.sendingReceivers(ctx)
	if err != nil {
		return fmt.Errorf("reading the receivers of Alertmanager: %w", err)
	}

	results := report(tracker, level, routed, sending)
	for _, r := range results {
		p.print("%s: %s", r.severity, r.text)
	}
	p.print("The tests end at %s by themselves. Receivers that are sent resolutions get them within the group_interval of the route after that.",
		alerts[0].EndsAt.Format(time.RFC3339))
	return unreached(tracker, level, results)
}

// print prints a line as plain text.
func (p pageTest) print(format string, args ...any) {
	fmt.Fprintln(p.out, words.Line(fmt.Sprintf(format, args...), plugin.MaxLine))
}

func hasNotifications(tracker *v1alpha1.InterviewTracker) bool {
	return tracker.Spec.GetNotifications() != nil
}

// testLevel is the level whose receivers are tested.
type testLevel struct {
	number     int
	name       string
	severities []v1alpha1.Severity
}

// levelOf returns a level of a tracker, counted from 1. Without notifications there is one.
func levelOf(tracker *v1alpha1.InterviewTracker, number int) (testLevel, error) {
	if !hasNotifications(tracker) {
		if number != 1 {
			return testLevel{}, fmt.Errorf("InterviewTracker %s/%s has no level %d: without spec.monitoring.notifications, level 1 is the only one",
				tracker.Namespace, tracker.Name, number)
		}
		return testLevel{number: 1, severities: []v1alpha1.Severity{v1alpha1.SeverityCritical, v1alpha1.SeverityWarning}}, nil
	}
	levels := tracker.Spec.GetNotifications().Escalation
	if number < 1 || number > len(levels) {
		return testLevel{}, fmt.Errorf("InterviewTracker %s/%s has no level %d: spec.monitoring.notifications.escalation has %d, counted from 1",
			tracker.Namespace, tracker.Name, number, len(levels))
	}
	level := levels[number-1]
	return testLevel{number: number, name: level.Name, severities: level.Severities}, nil
}

func (l testLevel) String() string {
	if l.name == "" {
		return fmt.Sprintf("level %d", l.number)
	}
	return fmt.Sprintf("level %d, %s", l.number, l.name)
}

// testAlerts returns an alert of each severity of a level, as the tracker's rules would raise
// it.
func testAlerts(tracker *v1alpha1.InterviewTracker, level testLevel, start time.Time) []sentAlert {
	start = start.UTC().Truncate(time.Second)
	var alerts []sentAlert
	for _, severity := range level.severities {
		labels := map[string]string{
			"alertname":   testName(severity),
			"namespace":   tracker.Namespace,
			"tracker":     tracker.Name,
			"severity":    string(severity),
			labelPageTest: start.Format(time.RFC3339),
		}
		if level.number > 1 {
			labels[v1alpha1.LabelEscalationLevel] = strconv.Itoa(level.number)
		}
		alerts = append(alerts, sentAlert{
			Labels: labels,
			Annotations: map[string]string{
				"summary": "TEST: this is a test of notifications, no action is needed",
				"description": fmt.Sprintf("A test of the notifications of InterviewTracker %s/%s (%s), sent at %s by kubectl tracker page-test.",
					tracker.Namespace, tracker.Name, level, start.Format(time.RFC3339)),
				"runbook_url": pageTestRunbook,
			},
			StartsAt: start,
			EndsAt:   start.Add(testDuration),
		})
	}
	return alerts
}

// testName is the name of the test alert of a severity, such as TrackerPageTestCritical.
func testName(severity v1alpha1.Severity) string {
	return alertPageTest + strings.ToUpper(string(severity[:1])) + string(severity[1:])
}

// result says what happens to the test alert of a severity.
type result struct {
	severity v1alpha1.Severity
	text     string
	// reached reports that a receiver gets it: one of the tracker's own, if it has any.
	reached bool
}

// report says what happens to each test alert. sending has the receivers that send anything.
func report(tracker *v1alpha1.InterviewTracker, level testLevel, routed []routedAlert, sending sets.Set[string]) []result {
	results := make([]result, 0, len(level.severities))
	for _, severity := range level.severities {
		i := slices.IndexFunc(routed, func(a routedAlert) bool { return a.Labels["alertname"] == testName(severity) })
		if i < 0 {
			results = append(results, result{severity: severity, text: "Alertmanager has taken the alert, and does not show it"})
			continue
		}
		results = append(results, reportOne(tracker, severity, routed[i], sending))
	}
	return results
}

func reportOne(tracker *v1alpha1.InterviewTracker, severity v1alpha1.Severity, alert routedAlert, sending sets.Set[string]) result {
	r := result{severity: severity}
	var names []string
	for _, receiver := range alert.Receivers {
		// prometheus-operator calls a receiver of an AlertmanagerConfig NAMESPACE/NAME/RECEIVER.
		name, own := strings.CutPrefix(receiver.Name, tracker.Namespace+"/"+tracker.Name+"/")
		switch {
		case !sending.Has(receiver.Name):
			name += " (which sends nothing)"
		case own || !hasNotifications(tracker):
			r.reached = true
		}
		names = append(names, name)
	}
	r.text = "reaches " + strings.Join(names, ", ")
	if len(names) == 0 {
		r.text = "reaches no receiver"
	}
	if by := alert.Status.SilencedBy; len(by) > 0 {
		r.text += "; not sent now, as it is silenced by " + strings.Join(by, ", ")
	}
	if by := alert.Status.InhibitedBy; len(by) > 0 {
		r.text += "; not sent now, as it is inhibited by the alert " + strings.Join(by, ", ")
	}
	return r
}

// unreached is an error when a test alert reaches no receiver.
func unreached(tracker *v1alpha1.InterviewTracker, level testLevel, results []result) error {
	var lost []string
	for _, r := range results {
		if !r.reached {
			lost = append(lost, string(r.severity))
		}
	}
	if len(lost) == 0 {
		return nil
	}
	severity := strings.Join(lost, " and ")
	if !hasNotifications(tracker) {
		return errors.New("alerts of severity " + severity + " reach no receiver that sends anything: write spec.monitoring.notifications, " +
			"or change the routes of Alertmanager's own configuration")
	}
	return fmt.Errorf("alerts of level %d, severity %s, reach none of the tracker's receivers: the condition %s says what is wrong "+
		"(kubectl describe interviewtracker -n %s %s)", level.number, severity, v1alpha1.ConditionNotificationsReady, tracker.Namespace, tracker.Name)
}

// webPort is the port of Alertmanager's API.
func webPort(pod *corev1.Pod, portName string) int32 {
	if portName == "" {
		portName = "web"
	}
	for _, container := range pod.Spec.Containers {
		for _, port := range container.Ports {
			if port.Name == portName {
				return port.ContainerPort
			}
		}
	}
	return 9093 // It has no named port when it listens on the loopback interface alone.
}
