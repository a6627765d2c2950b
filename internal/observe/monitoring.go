// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"cmp"
	"context"
	"slices"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/selection"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// Optional lists which of the kinds that a cluster may lack have a cache: those of
// monitoring objects, Prometheus, and with it Namespace.
type Optional interface {
	// Kinds returns them; unclear, those of which it could not be determined, with why;
	// and fixed, when kinds that are installed later are not noticed.
	Kinds() (known sets.Set[string], unclear map[string]string, fixed bool)
	// Declares reports whether the spec of a known kind has a field.
	Declares(k schema.GroupVersionKind, field string) bool
}

// readMonitoring reads what the cluster has for monitoring. A cache that can't be read
// has just been stopped, as its kind was deleted: then no object of it exists.
func (o *Observer) readMonitoring(ctx context.Context, t *v1alpha1.InterviewTracker, s *snapshot.Snapshot) {
	s.Monitoring.Kinds, s.Monitoring.KindsUnclear, s.Monitoring.KindsFixed = o.Optional.Kinds()
	s.Monitoring.Namespaced = o.Namespaced
	s.Monitoring.ProbesRefuseRedirects = o.Optional.Declares(kinds.Probe, "followRedirects")
	matches := o.namespaceMatcher(ctx, t.Namespace, s)
	var prometheuses monitoringv1.PrometheusList
	if s.Monitoring.Kinds.Has(kinds.Prometheus.Kind) {
		o.readTargets(ctx, s)
		_ = o.Cached.List(ctx, &prometheuses, client.UnsafeDisableDeepCopy) // See above: then there is none.
	}
	var alertmanagers monitoringv1.AlertmanagerList
	if s.Monitoring.Kinds.Has(kinds.Alertmanager.Kind) {
		_ = o.Cached.List(ctx, &alertmanagers, client.UnsafeDisableDeepCopy) // As above.
	}
	for i := range prometheuses.Items {
		if p := &prometheuses.Items[i]; p.DeletionTimestamp == nil {
			s.Monitoring.Prometheuses = append(s.Monitoring.Prometheuses, prometheus(p, t.Namespace, matches))
		}
	}
	for i := range alertmanagers.Items {
		if a := &alertmanagers.Items[i]; a.DeletionTimestamp == nil {
			s.Monitoring.Alertmanagers = append(s.Monitoring.Alertmanagers, alertmanager(a, t.Namespace, matches))
		}
	}
	for _, found := range [][]snapshot.Selecting{s.Monitoring.Prometheuses, s.Monitoring.Alertmanagers} {
		slices.SortFunc(found, func(a, b snapshot.Selecting) int {
			return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
		})
	}
}

// namespaceMatcher returns whether a selector selects a namespace by its labels.
func (o *Observer) namespaceMatcher(ctx context.Context, name string, s *snapshot.Snapshot) func(*metav1.LabelSelector) bool {
	namespace := kinds.Metadata(kinds.Namespace)
	if !s.Monitoring.Kinds.Has(kinds.Namespace.Kind) || o.Cached.Get(ctx, client.ObjectKey{Name: name}, namespace) != nil {
		return func(*metav1.LabelSelector) bool { return true } // The labels can't be read: assume a match.
	}
	return func(selector *metav1.LabelSelector) bool {
		return matcher(selector).Matches(labels.Set(namespace.Labels))
	}
}

// noTrackers selects the objects that belong to no tracker: of ServiceMonitors, there may be
// thousands that do.
var noTrackers = func() client.MatchingLabelsSelector {
	without, err := labels.NewRequirement(v1alpha1.LabelTracker, selection.DoesNotExist, nil)
	utilruntime.Must(err)
	return client.MatchingLabelsSelector{Selector: labels.NewSelector().Add(*without)}
}()

// readTargets reads which targets beside the tracker's own no ServiceMonitor scrapes.
func (o *Observer) readTargets(ctx context.Context, s *snapshot.Snapshot) {
	var found monitoringv1.ServiceMonitorList
	if o.Namespaced {
		return // Both may be scraped by one of another namespace.
	}
	if !s.Monitoring.Kinds.Has(kinds.ServiceMonitor.Kind) || o.Cached.List(ctx, &found, noTrackers, client.UnsafeDisableDeepCopy) != nil {
		return
	}
	unscraped := func(target string) bool {
		return !slices.ContainsFunc(found.Items, func(m monitoringv1.ServiceMonitor) bool { return kinds.Scrapes(&m, target) })
	}
	s.Monitoring.KubeletUnscraped, s.Monitoring.OperatorUnscraped = unscraped(kinds.TargetKubelet), unscraped(kinds.TargetOperator)
}

// prometheus is a Prometheus object in relation to a namespace. matches reports whether
// a selector selects the labels of that namespace.
func prometheus(p *monitoringv1.Prometheus, namespace string, matches func(*metav1.LabelSelector) bool) snapshot.Selecting {
	own := p.Namespace == namespace
	return snapshot.Selecting{Namespace: p.Namespace, Name: p.Name, Selectors: map[string]snapshot.Selector{
		kinds.ServiceMonitor.Kind: selector("serviceMonitor", p.Spec.ServiceMonitorSelector, p.Spec.ServiceMonitorNamespaceSelector, own, matches),
		kinds.PrometheusRule.Kind: selector("rule", p.Spec.RuleSelector, p.Spec.RuleNamespaceSelector, own, matches),
		kinds.Probe.Kind:          selector("probe", p.Spec.ProbeSelector, p.Spec.ProbeNamespaceSelector, own, matches),
	}}
}

// alertmanager is an Alertmanager object in relation to a namespace, as prometheus is.
func alertmanager(a *monitoringv1.Alertmanager, namespace string, matches func(*metav1.LabelSelector) bool) snapshot.Selecting {
	return snapshot.Selecting{Namespace: a.Namespace, Name: a.Name, Selectors: map[string]snapshot.Selector{
		kinds.AlertmanagerConfig.Kind: selector("alertmanagerConfig", a.Spec.AlertmanagerConfigSelector,
			a.Spec.AlertmanagerConfigNamespaceSelector, a.Namespace == namespace, matches),
	}}
}

// selector is a pair of selectors of an object that may be in the tracker's own namespace.
func selector(field string, byLabels, byNamespace *metav1.LabelSelector, own bool, matches func(*metav1.LabelSelector) bool) snapshot.Selector {
	selects := byNamespace != nil && matches(byNamespace)
	if byNamespace == nil { // Then it selects in its own.
		selects = own
	}
	return snapshot.Selector{
		Field:            field + "Selector",
		NamespaceField:   field + "NamespaceSelector",
		Written:          written(byLabels),
		NamespaceWritten: written(byNamespace),
		Invalid:          invalid(byLabels),
		NamespaceInvalid: invalid(byNamespace),
		Matches:          func(l map[string]string) bool { return matcher(byLabels).Matches(labels.Set(l)) },
		NamespaceMatches: selects,
	}
}

// matcher is a compiled selector. One that is omitted, or not valid, selects nothing.
func matcher(selector *metav1.LabelSelector) labels.Selector {
	m, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		return labels.Nothing()
	}
	return m
}

// invalid reports that a selector is not valid, such as one with an unknown operator.
func invalid(selector *metav1.LabelSelector) bool {
	_, err := metav1.LabelSelectorAsSelector(selector)
	return err != nil
}

// written is a selector in one line, "" when it is omitted.
func written(selector *metav1.LabelSelector) string {
	if selector == nil {
		return ""
	}
	return metav1.FormatLabelSelector(selector)
}
