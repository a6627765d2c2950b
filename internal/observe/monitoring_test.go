// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// cachedKinds are those that have a cache, and the fields that they declare, each KIND.FIELD.
type cachedKinds []string

func (k cachedKinds) Declares(gvk schema.GroupVersionKind, field string) bool {
	return sets.New(k...).Has(gvk.Kind + "." + field)
}

func (k cachedKinds) Kinds() (known sets.Set[string], unclear map[string]string, fixed bool) {
	return sets.New(k...), nil, false
}

func TestWhetherProbesRefuseRedirects(t *testing.T) {
	for declared, known := range map[bool]cachedKinds{true: {"Probe", "Probe.followRedirects"}, false: {"Probe", "Probe.jobName"}} {
		s := newSnapshot()
		(&Observer{Optional: known}).readMonitoring(t.Context(), newTracker(), s)
		if s.Monitoring.ProbesRefuseRedirects != declared {
			t.Errorf("of %v: %t", known, !declared)
		}
	}
}

func labelled(key, value string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: map[string]string{key: value}}
}

// An Alertmanager selects as a Prometheus does.
func TestHowPrometheusSelects(t *testing.T) {
	all, none := &metav1.LabelSelector{}, (*metav1.LabelSelector)(nil)
	invalid := &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "a", Operator: "?"}}}
	for name, test := range map[string]struct {
		in                   string // The object's namespace.
		byLabels, byName     *metav1.LabelSelector
		known                cachedKinds
		matches, inNamespace bool
	}{
		"an omitted label selector selects nothing":          {namespace, none, all, cachedKinds{"Prometheus", "Alertmanager", "Namespace"}, false, true},
		"an empty one selects all":                           {namespace, all, all, cachedKinds{"Prometheus", "Alertmanager", "Namespace"}, true, true},
		"labels match":                                       {namespace, labelled("release", "a"), all, cachedKinds{"Prometheus", "Alertmanager", "Namespace"}, true, true},
		"labels don't match":                                 {namespace, labelled("release", "b"), all, cachedKinds{"Prometheus", "Alertmanager", "Namespace"}, false, true},
		"an invalid selector selects nothing":                {namespace, invalid, invalid, cachedKinds{"Prometheus", "Alertmanager", "Namespace"}, false, false},
		"an omitted namespace selector: its own":             {namespace, all, none, cachedKinds{"Prometheus", "Alertmanager", "Namespace"}, true, true},
		"an omitted namespace selector: another":             {"monitoring", all, none, cachedKinds{"Prometheus", "Alertmanager", "Namespace"}, true, false},
		"the namespace's labels match":                       {"monitoring", all, labelled("team", "hr"), cachedKinds{"Prometheus", "Alertmanager", "Namespace"}, true, true},
		"the namespace's labels don't match":                 {"monitoring", all, labelled("team", "it"), cachedKinds{"Prometheus", "Alertmanager", "Namespace"}, true, false},
		"the namespace's labels may not be read":             {"monitoring", all, labelled("team", "it"), cachedKinds{"Prometheus", "Alertmanager"}, true, true},
		"the namespace may not be read, and it is another's": {"monitoring", all, none, cachedKinds{"Prometheus", "Alertmanager"}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := &monitoringv1.Prometheus{ObjectMeta: metav1.ObjectMeta{Namespace: test.in, Name: "k8s"}}
			p.Spec.ServiceMonitorSelector, p.Spec.ServiceMonitorNamespaceSelector = test.byLabels, test.byName
			p.Spec.ProbeSelector, p.Spec.ProbeNamespaceSelector = test.byLabels, test.byName
			p.Spec.RuleSelector, p.Spec.RuleNamespaceSelector = test.byLabels, test.byName
			a := &monitoringv1.Alertmanager{ObjectMeta: p.ObjectMeta}
			a.Spec.AlertmanagerConfigSelector, a.Spec.AlertmanagerConfigNamespaceSelector = test.byLabels, test.byName
			going := metav1.ObjectMeta{Namespace: "a", Name: "going", DeletionTimestamp: &metav1.Time{Time: time.Unix(1, 0)}, Finalizers: []string{"a/b"}}
			o := &Observer{Optional: test.known, Cached: monitoringReader(t, p, a,
				&monitoringv1.Prometheus{ObjectMeta: going}, &monitoringv1.Alertmanager{ObjectMeta: going})}
			s := newSnapshot()
			o.readMonitoring(t.Context(), newTracker(), s)
			if len(s.Monitoring.Prometheuses) != 1 || len(s.Monitoring.Alertmanagers) != 1 {
				t.Fatalf("%+v, %+v", s.Monitoring.Prometheuses, s.Monitoring.Alertmanagers)
			}
			selectors := maps.Clone(s.Monitoring.Prometheuses[0].Selectors)
			maps.Copy(selectors, s.Monitoring.Alertmanagers[0].Selectors)
			if len(selectors) != 4 {
				t.Errorf("the selectors are those of %v", sets.KeySet(selectors))
			}
			for kind, field := range map[string]string{
				"ServiceMonitor": "serviceMonitor", "PrometheusRule": "rule", "Probe": "probe", "AlertmanagerConfig": "alertmanagerConfig",
			} {
				got := selectors[kind]
				if got.Field != field+"Selector" || got.NamespaceField != field+"NamespaceSelector" {
					t.Errorf("the fields are %s and %s", got.Field, got.NamespaceField)
				}
				if got.Matches(map[string]string{"release": "a"}) != test.matches || got.NamespaceMatches != test.inNamespace {
					t.Errorf("%s: %+v", kind, got)
				}
				if got.Invalid != (test.byLabels == invalid) || got.NamespaceInvalid != (test.byName == invalid) {
					t.Errorf("%s: %+v", kind, got)
				}
				if (got.Written == "") != (test.byLabels == nil) || (got.NamespaceWritten == "") != (test.byName == nil) {
					t.Errorf("%s: %+v", kind, got)
				}
			}
		})
	}
}

// Each is seen without the other, by namespace and name.
func TestPrometheusAndAlertmanagerAreSeenAlone(t *testing.T) {
	var all []client.Object
	for _, name := range []string{"b", "a"} {
		all = append(all, &monitoringv1.Prometheus{ObjectMeta: metav1.ObjectMeta{Namespace: "monitoring", Name: name}},
			&monitoringv1.Alertmanager{ObjectMeta: metav1.ObjectMeta{Namespace: "monitoring", Name: name}})
	}
	all = append(all, &monitoringv1.Alertmanager{ObjectMeta: metav1.ObjectMeta{Namespace: "alerts", Name: "z"}})
	names := func(found []snapshot.Selecting) (all []string) {
		for _, s := range found {
			all = append(all, s.Namespace+"/"+s.Name)
		}
		return all
	}
	for known, want := range map[string][2][]string{
		"Prometheus":   {{"monitoring/a", "monitoring/b"}, nil},
		"Alertmanager": {nil, {"alerts/z", "monitoring/a", "monitoring/b"}},
	} {
		s := newSnapshot()
		(&Observer{Cached: monitoringReader(t, all...), Optional: cachedKinds{known}}).readMonitoring(t.Context(), newTracker(), s)
		got := [2][]string{names(s.Monitoring.Prometheuses), names(s.Monitoring.Alertmanagers)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("with %s alone (-want +got):\n%s", known, diff)
		}
	}
}

// What is not scraped is told only where the ServiceMonitors of others can be seen.
func TestWhatIsScraped(t *testing.T) {
	monitor := func(selects string) client.Object {
		m := &monitoringv1.ServiceMonitor{ObjectMeta: metav1.ObjectMeta{Namespace: "monitoring", Name: selects + "-metrics"}}
		m.Spec.Selector = *labelled("app.kubernetes.io/name", selects)
		return m
	}
	both := cachedKinds{"Prometheus", "ServiceMonitor"}
	trackers := monitor("kubelet")
	trackers.SetLabels(map[string]string{v1alpha1.LabelTracker: "hiring"})
	for name, test := range map[string]struct {
		known             cachedKinds
		monitors          []client.Object
		kubelet, operator bool // Whether they are unscraped.
	}{
		"nothing":                {both, []client.Object{monitor("app")}, true, true},
		"a tracker's":            {both, []client.Object{trackers}, true, true},
		"the kubelet":            {both, []client.Object{monitor("app"), monitor("kubelet")}, false, true},
		"the operator":           {both, []client.Object{monitor("interview-tracker-operator")}, true, false},
		"there is no Prometheus": {cachedKinds{"ServiceMonitor"}, nil, false, false},
		"none can be seen":       {cachedKinds{"Prometheus"}, nil, false, false},
	} {
		s := newSnapshot()
		(&Observer{Cached: monitoringReader(t, test.monitors...), Optional: test.known}).readMonitoring(t.Context(), newTracker(), s)
		limited := newSnapshot()
		(&Observer{Cached: monitoringReader(t, test.monitors...), Optional: test.known, Namespaced: true}).readMonitoring(t.Context(), newTracker(), limited)
		if limited.Monitoring.KubeletUnscraped || limited.Monitoring.OperatorUnscraped || !limited.Monitoring.Namespaced {
			t.Errorf("%s, in some namespaces: %+v", name, limited.Monitoring)
		}
		if s.Monitoring.KubeletUnscraped != test.kubelet || s.Monitoring.OperatorUnscraped != test.operator {
			t.Errorf("%s: kubelet %t, operator %t", name, s.Monitoring.KubeletUnscraped, s.Monitoring.OperatorUnscraped)
		}
	}
}

// A cache that has just been stopped fails nothing.
func TestKindsThatGoFailNothing(t *testing.T) {
	for name, o := range map[string]*Observer{
		"unknown": {Cached: broken(), Optional: cachedKinds{"ServiceMonitor"}},
		"gone":    {Cached: broken(), Optional: cachedKinds{"ServiceMonitor", "Prometheus", "Alertmanager", "Namespace"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSnapshot()
			o.readMonitoring(t.Context(), newTracker(), s)
			if !s.Monitoring.Kinds.Has("ServiceMonitor") || len(s.Monitoring.Prometheuses)+len(s.Monitoring.Alertmanagers) > 0 {
				t.Errorf("%+v", s.Monitoring)
			}
		})
	}
}

// monitoringReader holds objects of the kinds for monitoring, and the tracker's namespace.
func monitoringReader(t *testing.T, objects ...client.Object) client.Reader {
	t.Helper()
	all := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{scheme.AddToScheme, monitoringv1.AddToScheme} {
		if err := add(all); err != nil {
			t.Fatal(err)
		}
	}
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace, Labels: map[string]string{"team": "hr"}}}
	return fake.NewClientBuilder().WithScheme(all).WithObjects(append(objects, ns)...).Build()
}
