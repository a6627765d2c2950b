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

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// Monitoring is what a tracker asks for to be monitored, and what came of it.
type Monitoring struct {
	// Wanted are the objects that should exist, of the kinds that the cluster knows.
	Wanted []MonitoringObject
	// Absent are the kinds that are wanted and that the cluster does not know, sorted.
	Absent []string
	// Unclear are the kinds that are wanted and of which it can't be told whether the
	// cluster knows them, sorted. The snapshot has why.
	Unclear []string
	// Applied tells that this pass applied all of Wanted.
	Applied bool
	// Problem is why it could not; nil when it did, or did not try.
	Problem *Cause
}

// MonitoringObject is an object by which a tracker is monitored.
type MonitoringObject struct {
	Kind, Name string
	Labels     map[string]string
}

// monitoring is MonitoringReady, which never gates Ready.
func monitoring(p Pass) metav1.Condition {
	const conditionType = v1alpha1.ConditionMonitoringReady
	m := p.Monitoring
	switch {
	case p.Snapshot == nil:
		return unknown(conditionType, v1alpha1.ReasonReconcileFailed, "the tracker's objects could not be read")
	case p.Tracker.Spec.Suspend:
		return unknown(conditionType, v1alpha1.ReasonSuspended,
			"spec.suspend is true: no monitoring object is written, and those of the current spec may not be applied")
	case m == nil:
		return notApplied(p)
	case len(m.Wanted)+len(m.Absent)+len(m.Unclear) == 0:
		return isTrue(conditionType, v1alpha1.ReasonDisabled, "spec.monitoring asks for no monitoring objects")
	case m.Problem != nil:
		return isFalse(conditionType, m.Problem.Reason, m.Problem.Message)
	case len(m.Absent) > 0:
		return isFalse(conditionType, v1alpha1.ReasonCRDNotInstalled, absent(m.Absent, p.Snapshot.Monitoring.KindsFixed))
	case len(m.Unclear) > 0:
		return unclear(m.Unclear, p.Snapshot.Monitoring.KindsUnclear)
	case !m.Applied && !monitoredBefore(p.Tracker):
		return notApplied(p)
	}
	ready := selection(m.Wanted, p.Snapshot.Monitoring)
	if unknown := p.Tracker.Spec.UnknownAlerts(); ready.Status == metav1.ConditionTrue && len(unknown) > 0 {
		return isFalse(conditionType, v1alpha1.ReasonUnknownAlert, strings.Join(unknown, "; "))
	}
	return ready
}

// notApplied is said when the pass did not come to the monitoring objects, and no
// earlier one applied them as they should be now.
func notApplied(p Pass) metav1.Condition {
	const conditionType = v1alpha1.ConditionMonitoringReady
	cause := cmp.Or(p.Stalled, p.Reconciling)
	if cause == nil {
		return unknown(conditionType, v1alpha1.ReasonReconcileFailed, "the monitoring objects have yet to be applied")
	}
	return unknown(conditionType, cause.Reason, "the monitoring objects wait for the tracker's own: "+cause.Message)
}

// monitoredBefore tells whether an earlier pass applied all monitoring objects of the
// current generation: then one that does not come to them changes nothing of that.
func monitoredBefore(t *v1alpha1.InterviewTracker) bool {
	c := meta.FindStatusCondition(t.Status.Conditions, v1alpha1.ConditionMonitoringReady)
	if c == nil || c.ObservedGeneration != t.Generation {
		return false
	}
	return slices.Contains([]string{
		v1alpha1.ReasonApplied, v1alpha1.ReasonSelected, v1alpha1.ReasonNotSelected, v1alpha1.ReasonUnknownAlert,
	}, c.Reason)
}

// absent says what to do about kinds that the cluster does not know.
func absent(kinds []string, fixed bool) string {
	what := and(kinds)
	if fixed {
		return fmt.Sprintf("the cluster does not know %s, or has come to since the operator started, which may not watch CustomResourceDefinitions: "+
			"install the CRDs of prometheus-operator, and restart the operator", what)
	}
	return fmt.Sprintf("the cluster does not know %s: install the CRDs of prometheus-operator (group monitoring.coreos.com), "+
		"or turn off in spec.monitoring what needs them", what)
}

// unclear says why it can't be told whether the cluster knows some kinds.
func unclear(kinds []string, why map[string]string) metav1.Condition {
	clauses := make([]string, len(kinds))
	for i, kind := range kinds {
		clauses[i] = fmt.Sprintf("it can't be told whether the cluster knows %s: %s", kind, why[kind])
	}
	return unknown(v1alpha1.ConditionMonitoringReady, v1alpha1.ReasonReconcileFailed, strings.Join(clauses, "; "))
}

// labelFields are where the labels of monitoring objects are written.
var labelFields = map[string]string{
	"ServiceMonitor": "spec.monitoring.serviceMonitor.labels",
	"PrometheusRule": "spec.monitoring.alerts.labels",
	"Probe":          "spec.monitoring.synthetic.labels",
}

// prometheusKind is the kind of what selects monitoring objects.
const prometheusKind = "Prometheus"

// selection judges by the Prometheus objects that can be seen: each monitoring object
// should be selected by one of them.
func selection(wanted []MonitoringObject, seen snapshot.Monitoring) metav1.Condition {
	const conditionType = v1alpha1.ConditionMonitoringReady
	prometheuses := seen.Prometheuses
	var unselected []string
	selecting := make([]bool, len(prometheuses))
	selectable := false
	for _, o := range wanted {
		if labelFields[o.Kind] == "" {
			continue // Nothing selects ConfigMaps that could be seen.
		}
		selectable = true
		selected := false
		for i, p := range prometheuses {
			if s := p.Selectors[o.Kind]; s.NamespaceMatches && s.Matches(o.Labels) {
				selected, selecting[i] = true, true
			}
		}
		if !selected {
			unselected = append(unselected, rejections(o, prometheuses))
		}
	}
	switch {
	case !selectable:
		return isTrue(conditionType, v1alpha1.ReasonApplied, "the monitoring objects are applied")
	case seen.KindsUnclear[prometheusKind] != "":
		return unclear([]string{prometheusKind}, seen.KindsUnclear)
	case len(prometheuses) == 0:
		return isTrue(conditionType, v1alpha1.ReasonApplied, "the monitoring objects are applied; no Prometheus object can be seen that should select them")
	case len(unselected) > 0:
		return isFalse(conditionType, v1alpha1.ReasonNotSelected, strings.Join(unselected, ". "))
	}
	var names []string
	for i, p := range prometheuses {
		if selecting[i] {
			names = append(names, p.Namespace+"/"+p.Name)
		}
	}
	return isTrue(conditionType, v1alpha1.ReasonSelected, "the monitoring objects are selected by Prometheus "+and(names))
}

// rejections says why no Prometheus object selects a monitoring object.
func rejections(o MonitoringObject, prometheuses []snapshot.Prometheus) string {
	var clauses []string
	for _, p := range prometheuses[:min(len(prometheuses), maxNames)] {
		clauses = append(clauses, fmt.Sprintf("Prometheus %s/%s: %s", p.Namespace, p.Name, rejection(o, p.Selectors[o.Kind])))
	}
	if rest := len(prometheuses) - maxNames; rest > 0 {
		clauses = append(clauses, fmt.Sprintf("and %d more", rest))
	}
	return strings.Join(clauses, "; ")
}

// rejection says why a Prometheus object does not select a monitoring object, and what
// to write.
func rejection(o MonitoringObject, s snapshot.Selector) string {
	switch {
	case s.Invalid:
		return fmt.Sprintf("its %s is no valid selector, which selects nothing: correct it there", s.Field)
	case s.Written == "":
		return fmt.Sprintf("%s is omitted, which selects nothing: write one that selects %s %s", s.Field, o.Kind, o.Name)
	case !s.Matches(o.Labels):
		return fmt.Sprintf("%s (%s) does not match the labels of %s %s: add them in %s", s.Field, s.Written, o.Kind, o.Name, labelFields[o.Kind])
	case s.NamespaceInvalid:
		return fmt.Sprintf("its %s is no valid selector, which selects no namespace: correct it there", s.NamespaceField)
	case s.NamespaceWritten == "":
		return fmt.Sprintf("%s is omitted, which selects its own namespace alone: write one that selects that of %s %s", s.NamespaceField, o.Kind, o.Name)
	default:
		return fmt.Sprintf("%s (%s) does not match the labels of the namespace of %s %s: add them there", s.NamespaceField, s.NamespaceWritten, o.Kind, o.Name)
	}
}

// and joins a few names of many, such as «a, b and c».
func and(all []string) string {
	if rest := len(all) - maxNames; rest > 0 {
		return names(all)
	}
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	last := len(all) - 1
	return strings.Join(all[:last], ", ") + " and " + all[last]
}
