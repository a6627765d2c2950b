// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// Monitoring is the monitoring that a tracker wants, and the result of applying it and the ways in.
type Monitoring struct {
	// Wanted are the objects that should exist, of the kinds that the cluster has.
	Wanted []MonitoringObject
	// Absent are the kinds that are wanted and that the cluster lacks, sorted.
	Absent []string
	// Unclear are the kinds that are wanted and may be absent, as that could not be
	// determined, sorted. The snapshot has why.
	Unclear []string
	// Applied reports that all of Wanted has been applied this time.
	Applied bool
	// Problem is why it could not be; nil when it was, or was not tried.
	Problem *Cause
	// Routing is why the ways in from outside could not be applied; nil when they were, or that was not
	// tried.
	Routing *Cause
	// Unrouted are which alerts reach no receiver, a sentence each.
	Unrouted []string
}

// MonitoringObject is an object by which a tracker is monitored.
type MonitoringObject struct {
	Kind, Name string
	Labels     map[string]string
}

// monitoringReady is MonitoringReady, which never gates Ready.
func monitoringReady(in Input) metav1.Condition {
	m := in.Monitoring.alone()
	switch {
	case in.Snapshot == nil:
		return unread(in)
	case in.Tracker.Spec.Suspend:
		return unknown(v1alpha1.ReasonSuspended,
			"spec.suspend is true: no monitoring object is written, and those of the current spec may not be applied")
	case m == nil:
		return notApplied(in, monitoringObjects)
	case len(m.Wanted)+len(m.Absent)+len(m.Unclear) == 0:
		return isTrue(v1alpha1.ReasonDisabled, "spec.monitoring enables no monitoring objects")
	case m.Problem != nil:
		return isFalse(m.Problem.Reason, "%s", m.Problem.Message)
	case len(m.Absent) > 0 && in.Snapshot.Monitoring.KindsFixed:
		return isFalse(v1alpha1.ReasonCRDNotInstalled,
			"the cluster lacks %s, or did when the operator started, which may not watch CustomResourceDefinitions: "+
				"install the CRDs of prometheus-operator, and restart the operator", and(m.Absent))
	case len(m.Absent) > 0:
		return isFalse(v1alpha1.ReasonCRDNotInstalled, "the cluster lacks %s: install the CRDs of prometheus-operator "+
			"(group monitoring.coreos.com), or disable in spec.monitoring what needs them", and(m.Absent))
	case len(m.Unclear) > 0:
		return unclear(m.Unclear, in.Snapshot.Monitoring.KindsUnclear)
	case !m.Applied && !monitoredBefore(in.Tracker, v1alpha1.ConditionMonitoringReady,
		v1alpha1.ReasonApplied, v1alpha1.ReasonSelected, v1alpha1.ReasonNotSelected, v1alpha1.ReasonUnknownAlert):
		return notApplied(in, monitoringObjects)
	}
	return observed(in, m.Wanted)
}

// observed is the condition once the monitoring objects are applied.
func observed(in Input, wanted []MonitoringObject) metav1.Condition {
	ready := selection(in, wanted)
	if ready.Status != metav1.ConditionTrue {
		return ready
	}
	if alerts := in.Tracker.Spec.UnknownAlerts(); len(alerts) > 0 {
		return isFalse(v1alpha1.ReasonUnknownAlert, "%s", strings.Join(alerts, "; "))
	}
	if in.Tracker.Spec.GetNotifications() == nil && *in.Tracker.Spec.GetAlerts().Enabled {
		ready.Message += unnotified
	}
	return ready
}

// unnotified says who is notified of the alerts of a tracker that doesn't say.
const unnotified = ". Only the cluster's own configuration of Alertmanager routes the alerts: spec.monitoring.notifications is not set"

// monitoringObjects is what sentences call them.
const monitoringObjects = "the monitoring objects"

// notApplied is the condition while some objects have not been applied, now or before, as the
// current spec wants them.
func notApplied(in Input, objects string) metav1.Condition {
	cause := cmp.Or(in.Stalled, in.Reconciling)
	if cause == nil {
		return unknown(v1alpha1.ReasonReconcileFailed, "%s are not applied yet", objects)
	}
	return unknown(cause.Reason, "%s wait for the tracker's other objects: %s", objects, cause.Message)
}

// monitoredBefore reports whether all monitoring objects of the current generation were
// applied before: then a condition of them has one of some reasons.
func monitoredBefore(t *v1alpha1.InterviewTracker, conditionType string, reasons ...string) bool {
	c := meta.FindStatusCondition(t.Status.Conditions, conditionType)
	return c != nil && t.Observed() && slices.Contains(reasons, c.Reason)
}

// alone is the monitoring without the AlertmanagerConfig and the HTTPRoute, of which
// NotificationsReady and RouteReady report.
func (m *Monitoring) alone() *Monitoring {
	if m == nil {
		return nil
	}
	rest := *m
	others := func(kind string) bool { return kind == kinds.AlertmanagerConfig.Kind || kind == kinds.HTTPRoute.Kind }
	rest.Wanted = slices.DeleteFunc(slices.Clone(m.Wanted), func(o MonitoringObject) bool { return others(o.Kind) })
	rest.Absent, rest.Unclear = slices.DeleteFunc(slices.Clone(m.Absent), others), slices.DeleteFunc(slices.Clone(m.Unclear), others)
	return &rest
}

// unclear is the condition while it could not be determined whether the cluster has some
// kinds.
func unclear(which []string, why map[string]string) metav1.Condition {
	clauses := make([]string, len(which))
	for i, kind := range which {
		clauses[i] = fmt.Sprintf("could not determine whether the cluster has %s: %s", kind, why[kind])
	}
	return unknown(v1alpha1.ReasonReconcileFailed, "%s", strings.Join(clauses, "; "))
}

// labelFields are the fields of the spec that set the labels of monitoring objects.
var labelFields = map[string]string{
	kinds.ServiceMonitor.Kind:     "spec.monitoring.serviceMonitor.labels",
	kinds.PrometheusRule.Kind:     "spec.monitoring.alerts.labels",
	kinds.Probe.Kind:              "spec.monitoring.synthetic.labels",
	kinds.AlertmanagerConfig.Kind: "spec.monitoring.notifications.labels",
}

// selection is the condition by the Prometheus objects that the operator can see: each
// monitoring object should be selected by one of them.
func selection(in Input, wanted []MonitoringObject) metav1.Condition {
	seen := in.Snapshot.Monitoring
	selectable := slices.DeleteFunc(slices.Clone(wanted), func(o MonitoringObject) bool {
		return labelFields[o.Kind] == "" // No visible object selects ConfigMaps.
	})
	switch {
	case len(selectable) == 0:
		return isTrue(v1alpha1.ReasonApplied, "the monitoring objects are applied")
	case seen.KindsUnclear[kinds.Prometheus.Kind] != "":
		return unclear([]string{kinds.Prometheus.Kind}, seen.KindsUnclear)
	case len(seen.Prometheuses) == 0 && seen.Namespaced:
		return isTrue(v1alpha1.ReasonApplied,
			"the monitoring objects are applied; whether a Prometheus selects them is unknown: %s", seesNone(kinds.Prometheus.Kind))
	case len(seen.Prometheuses) == 0:
		return isTrue(v1alpha1.ReasonApplied, "the monitoring objects are applied; the operator sees no Prometheus object that could select them")
	}
	selecting, unselected := Selectors(selectable, seen.Prometheuses, kinds.Prometheus.Kind)
	if len(unselected) > 0 {
		return notSelected(unselected, seen.Namespaced, kinds.Prometheus.Kind)
	}
	selected := "the monitoring objects are selected by Prometheus " + and(selecting)
	return isTrue(v1alpha1.ReasonSelected, "%s", strings.Join(append([]string{selected}, blind(in)...), ". "))
}

// seesNone is why an operator that is limited to namespaces can't know which object of a kind
// selects monitoring objects.
func seesNone(kind string) string {
	return "the operator's namespaces have no " + kind + " object, and it may not list those of others"
}

// notSelected is the condition while none of the objects of a kind that the operator sees
// selects a monitoring object, for the reasons of some sentences.
func notSelected(why []string, namespaced bool, kind string) metav1.Condition {
	if namespaced {
		why = append(why, "The operator may not list the "+kind+" objects of other namespaces than its own, one of which may do so")
	}
	return isFalse(v1alpha1.ReasonNotSelected, "%s", strings.Join(why, ". "))
}

// Selectors returns which objects of a kind, such as Prometheus, select monitoring objects,
// and why none selects some of these, a sentence each.
func Selectors(wanted []MonitoringObject, by []snapshot.Selecting, kind string) (selecting, unselected []string) {
	found := sets.New[string]()
	for _, o := range wanted {
		selected := false
		for _, p := range by {
			if s := p.Selectors[o.Kind]; s.NamespaceMatches && s.Matches(o.Labels) {
				selected = true
				found.Insert(p.Namespace + "/" + p.Name)
			}
		}
		if !selected {
			unselected = append(unselected, rejections(o, by, kind))
		}
	}
	return sets.List(found), unselected
}

// noKubelet is what keeps alerts from the kubelet's metrics, and what to do.
const noKubelet = "no ServiceMonitor of the kubelet is visible; install kube-prometheus-stack, or scrape the kubelet's /metrics"

// blind is which alerts can't see what they are about, as far as the operator can tell, and
// what to do: a Prometheus may be made to scrape by other objects than ServiceMonitors.
func blind(in Input) []string {
	alerts, seen := in.Tracker.Spec.GetAlerts(), in.Snapshot.Monitoring
	if !*alerts.Enabled {
		return nil
	}
	var sentences []string
	add := func(what, why string, affected ...v1alpha1.AlertName) {
		var enabled []string
		for _, name := range affected {
			if !slices.Contains(alerts.Disabled, name) {
				enabled = append(enabled, string(name))
			}
		}
		if len(enabled) > 0 {
			sentences = append(sentences, and(enabled)+" can't see "+what+": "+why)
		}
	}
	volumes := managedTitles(in)
	switch {
	case !seen.KubeletUnscraped:
	case alerts.MetricsSource == v1alpha1.MetricsSourceKubernetes:
		add("the containers", noKubelet+" and /metrics/cadvisor",
			v1alpha1.AlertHighMemoryUsage, v1alpha1.AlertHighCPUUsage, v1alpha1.AlertLowDiskSpace)
	case len(volumes) > 0:
		add("the volumes of the managed "+and(volumes), noKubelet, v1alpha1.AlertLowDiskSpace)
	}
	if seen.OperatorUnscraped {
		const noOperator = "no ServiceMonitor of the operator is visible; apply config/prometheus"
		add("the tracker's conditions", noOperator, ofConditions(in)...)
		if in.Tracker.Spec.GetAutoRollback() {
			add("the rollouts", noOperator, v1alpha1.AlertTrackerRolloutFailed)
		}
		if len(in.Tracker.Spec.GetJourneys()) > 0 {
			add("the journeys", noOperator, v1alpha1.AlertTrackerJourneyFailing, v1alpha1.AlertTrackerJourneyNotRunning)
		}
	}
	return sentences
}

// ofConditions are the alerts on the tracker's conditions.
func ofConditions(in Input) []v1alpha1.AlertName {
	all := []v1alpha1.AlertName{v1alpha1.AlertTrackerDependencyDown, v1alpha1.AlertTrackerDependencyUnknown, v1alpha1.AlertTrackerRolloutStuck}
	if len(in.Catalog.Optional(&in.Tracker.Spec)) > 0 {
		all = append(all, v1alpha1.AlertTrackerOptionalDependencyDown)
	}
	return all
}

// managedTitles are the dependencies that the operator runs, as sentences call them.
func managedTitles(in Input) []string {
	var titles []string
	for _, d := range in.Catalog.Dependencies {
		if d.ManagedSpec(&in.Tracker.Spec) != nil {
			titles = append(titles, d.Title)
		}
	}
	return titles
}

// rejections is why no object of a kind selects a monitoring object.
func rejections(o MonitoringObject, by []snapshot.Selecting, kind string) string {
	var clauses []string
	for _, p := range by[:min(len(by), maxNames)] {
		clauses = append(clauses, fmt.Sprintf("%s %s/%s: %s", kind, p.Namespace, p.Name, rejection(o, p.Selectors[o.Kind])))
	}
	if rest := len(by) - maxNames; rest > 0 {
		clauses = append(clauses, fmt.Sprintf("and %d more", rest))
	}
	return strings.Join(clauses, "; ")
}

// rejection is why an object does not select a monitoring object, and what to
// change.
func rejection(o MonitoringObject, s snapshot.Selector) string {
	switch {
	case s.Invalid:
		return fmt.Sprintf("%s is not a valid selector and selects nothing: correct it there", s.Field)
	case s.Written == "":
		return fmt.Sprintf("%s is omitted and selects nothing: set one that selects %s %s", s.Field, o.Kind, o.Name)
	case !s.Matches(o.Labels):
		return fmt.Sprintf("%s (%s) does not match the labels of %s %s: add them in %s", s.Field, s.Written, o.Kind, o.Name, labelFields[o.Kind])
	case s.NamespaceInvalid:
		return fmt.Sprintf("%s is not a valid selector and selects no namespace: correct it there", s.NamespaceField)
	case s.NamespaceWritten == "":
		return fmt.Sprintf("%s is omitted and selects only its own namespace: set one that selects that of %s %s", s.NamespaceField, o.Kind, o.Name)
	default:
		return fmt.Sprintf("%s (%s) does not match the labels of the namespace of %s %s: add them there", s.NamespaceField, s.NamespaceWritten, o.Kind, o.Name)
	}
}

// and joins a few names of many, such as "a, b and c".
func and(all []string) string {
	last := len(all) - 1
	if last < 1 || len(all) > maxNames {
		return names(all)
	}
	return strings.Join(all[:last], ", ") + " and " + all[last]
}
