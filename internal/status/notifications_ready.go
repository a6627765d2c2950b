// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// notificationsEvents are the reasons of the events of NotificationsReady.
var notificationsEvents = catalog.Condition{Type: v1alpha1.ConditionNotificationsReady, Bad: "NotificationsNotReady", Good: "NotificationsRecovered"}

// notificationsReady is NotificationsReady, which never gates Ready: whether each alert
// reaches a receiver. It is absent when the spec has no notifications.
func notificationsReady(in Input) []metav1.Condition {
	spec := in.Tracker.Spec.GetNotifications()
	if spec == nil {
		return nil
	}
	return one(v1alpha1.ConditionNotificationsReady, routed(in, spec))
}

func routed(in Input, spec *v1alpha1.NotificationsSpec) metav1.Condition {
	m := in.Monitoring
	switch {
	case in.Snapshot == nil:
		return unread(in)
	case in.Tracker.Spec.Suspend:
		return unknown(v1alpha1.ReasonSuspended, "spec.suspend is true: the AlertmanagerConfig of the current spec may not be applied")
	case m == nil:
		return notApplied(in, monitoringObjects)
	}
	if flaws := routeFlaws(in, m, spec); len(flaws) > 0 {
		var sentences []string
		for _, flaw := range flaws {
			sentences = append(sentences, flaw.Message)
		}
		return isFalse(flaws[0].Reason, "%s", strings.Join(sentences, "; "))
	}
	switch {
	case slices.Contains(m.Unclear, kinds.AlertmanagerConfig.Kind):
		return unclear([]string{kinds.AlertmanagerConfig.Kind}, in.Snapshot.Monitoring.KindsUnclear)
	case m.Problem != nil:
		return isFalse(m.Problem.Reason, "%s", m.Problem.Message)
	case !m.Applied && !monitoredBefore(in.Tracker, v1alpha1.ConditionNotificationsReady, v1alpha1.ReasonRouted, v1alpha1.ReasonNotSelected,
		v1alpha1.ReasonSecretNotFound, v1alpha1.ReasonInvalidSecret, v1alpha1.ReasonNoRoute):
		return notApplied(in, monitoringObjects)
	}
	return selectedByAlertmanager(in, m)
}

// routeFlaws are what a person has to correct before each alert reaches a receiver.
func routeFlaws(in Input, m *Monitoring, spec *v1alpha1.NotificationsSpec) []Cause {
	var flaws []Cause
	if slices.Contains(m.Absent, kinds.AlertmanagerConfig.Kind) {
		what := "the cluster lacks AlertmanagerConfig: install the CRDs of prometheus-operator (group monitoring.coreos.com)"
		if in.Snapshot.Monitoring.KindsFixed {
			what += ", and restart the operator, which may not watch CustomResourceDefinitions"
		}
		flaws = append(flaws, Cause{v1alpha1.ReasonCRDNotInstalled, what})
	}
	flaws = append(flaws, secretFlaws(in, spec)...)
	for _, sentence := range m.Unrouted {
		flaws = append(flaws, Cause{v1alpha1.ReasonNoRoute, sentence})
	}
	return flaws
}

// secretFlaws are what is wrong with the Secrets of receivers, each of them once.
func secretFlaws(in Input, spec *v1alpha1.NotificationsSpec) []Cause {
	var flaws []Cause
	of, rejected := map[Cause][]string{}, false
	for _, r := range spec.Receivers {
		var flaw Cause
		switch found := in.Snapshot.Notifications[r.Name]; {
		case found.Problem != "":
			flaw, rejected = Cause{v1alpha1.ReasonSecretNotFound, found.Problem}, true
		case found.Flaw != "":
			flaw = Cause{v1alpha1.ReasonInvalidSecret, found.Flaw}
			rejected = rejected || r.Slack != nil || r.Webhook != nil // Keys and passwords are only used.
		default:
			continue
		}
		if of[flaw] == nil {
			flaws = append(flaws, flaw)
		}
		of[flaw] = append(of[flaw], r.Name)
	}
	for i, flaw := range flaws {
		flaws[i].Message += " (receiver " + and(of[flaw]) + ")"
	}
	if rejected {
		flaws[len(flaws)-1].Message += "; until then prometheus-operator rejects the AlertmanagerConfig, and no receiver of the tracker is notified"
	}
	return flaws
}

// selectedByAlertmanager is the condition by the Alertmanager objects that the operator can
// see: one of them should select the AlertmanagerConfig.
func selectedByAlertmanager(in Input, m *Monitoring) metav1.Condition {
	seen := in.Snapshot.Monitoring
	switch {
	case seen.KindsUnclear[kinds.Alertmanager.Kind] != "":
		return unclear([]string{kinds.Alertmanager.Kind}, seen.KindsUnclear)
	case len(seen.Alertmanagers) == 0 && seen.Namespaced:
		return isTrue(v1alpha1.ReasonRouted, "each alert reaches a receiver, if an Alertmanager selects the AlertmanagerConfig, which is unknown: %s",
			seesNone(kinds.Alertmanager.Kind))
	case len(seen.Alertmanagers) == 0:
		return isTrue(v1alpha1.ReasonRouted, "each alert reaches a receiver; the operator sees no Alertmanager object that could select the AlertmanagerConfig")
	}
	config := slices.DeleteFunc(slices.Clone(m.Wanted), func(o MonitoringObject) bool { return o.Kind != kinds.AlertmanagerConfig.Kind })
	selecting, unselected := Selectors(config, seen.Alertmanagers, kinds.Alertmanager.Kind)
	if len(unselected) > 0 {
		return notSelected(unselected, seen.Namespaced, kinds.Alertmanager.Kind)
	}
	return isTrue(v1alpha1.ReasonRouted, "each alert reaches a receiver, through Alertmanager %s", and(selecting))
}
