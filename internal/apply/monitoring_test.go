// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired"
	"github.com/interview-tracker/interview-tracker-operator/internal/grafana"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

var (
	serviceMonitorKind   = monitoringv1.SchemeGroupVersion.WithKind("ServiceMonitor")
	prometheusRuleKind   = monitoringv1.SchemeGroupVersion.WithKind("PrometheusRule")
	probeKind            = monitoringv1.SchemeGroupVersion.WithKind("Probe")
	grafanaDashboardKind = grafana.GroupVersion.WithKind("GrafanaDashboard")
)

// newMonitoringWorld is a world whose engine applies monitoring objects.
func newMonitoringWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	all := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		scheme.AddToScheme, apiextensionsv1.AddToScheme, monitoringv1.AddToScheme, monitoringv1alpha1.AddToScheme, grafana.AddToScheme,
		gatewayv1.Install,
	} {
		w.ok(add(all))
	}
	w.Client = must(client.New(config, client.Options{Scheme: all}))(t)
	counted := rest.CopyConfig(config)
	counted.Wrap(w.requests.wrap)
	w.engineClient = must(client.New(counted, client.Options{Scheme: all}))(t)
	w.live = w.engineClient
	w.restartMonitoring()
	return w
}

// restartMonitoring gives the test an engine that knows the optional kinds and
// remembers nothing.
func (w *world) restartMonitoring() {
	w.Helper()
	w.engine = apply.New(w.engineClient, w.live, w.clock)
	for crd, gvk := range map[string]schema.GroupVersionKind{
		"servicemonitors.monitoring.coreos.com":     serviceMonitorKind,
		"prometheusrules.monitoring.coreos.com":     prometheusRuleKind,
		"probes.monitoring.coreos.com":              probeKind,
		"grafanadashboards.grafana.integreatly.org": grafanaDashboardKind,
	} {
		var definition apiextensionsv1.CustomResourceDefinition
		w.ok(w.Get(w.Context(), client.ObjectKey{Name: crd}, &definition))
		w.ok(w.engine.SetSchema(gvk, definition.Spec.Versions[0].Schema.OpenAPIV3Schema))
	}
}

func (w *world) serviceMonitor() *monitoringv1.ServiceMonitor {
	return &monitoringv1.ServiceMonitor{
		TypeMeta:   typeMeta(monitoringv1.SchemeGroupVersion, "ServiceMonitor"),
		ObjectMeta: w.meta("hiring-api"),
		Spec: monitoringv1.ServiceMonitorSpec{
			Selector: metav1.LabelSelector{MatchLabels: map[string]string{"a": "b"}},
			Endpoints: []monitoringv1.Endpoint{{
				Port: "http", Path: "/metrics", Interval: "30s",
				// The API server adds the action to each.
				RelabelConfigs: []monitoringv1.RelabelConfig{{TargetLabel: "tracker", Replacement: new("hiring")}, {Action: "labeldrop", Regex: "x"}},
			}},
		},
	}
}

func (w *world) prometheusRule() *monitoringv1.PrometheusRule {
	rule := func(name, expr string) monitoringv1.Rule {
		return monitoringv1.Rule{
			Alert: name, Expr: intstr.FromString(expr), For: new(monitoringv1.Duration("1m30s")),
			Labels: map[string]string{"severity": "warning"}, Annotations: map[string]string{"summary": "{{ $labels.pod }}"},
		}
	}
	return &monitoringv1.PrometheusRule{
		TypeMeta:   typeMeta(monitoringv1.SchemeGroupVersion, "PrometheusRule"),
		ObjectMeta: w.meta("hiring"),
		Spec: monitoringv1.PrometheusRuleSpec{Groups: []monitoringv1.RuleGroup{
			{Name: "tracker", Rules: []monitoringv1.Rule{rule("A", "vector(1)"), rule("B", "1")}},
			{Name: "own", Interval: new(monitoringv1.Duration("1m")), Rules: []monitoringv1.Rule{{Record: "a:b", Expr: intstr.FromString("up")}}},
		}},
	}
}

func (w *world) probe() *monitoringv1.Probe {
	return &monitoringv1.Probe{
		TypeMeta:   typeMeta(monitoringv1.SchemeGroupVersion, "Probe"),
		ObjectMeta: w.meta("hiring-api"),
		Spec: monitoringv1.ProbeSpec{
			ProberSpec: monitoringv1.ProberSpec{URL: "blackbox:9115"},
			Targets: monitoringv1.ProbeTargets{StaticConfig: &monitoringv1.ProbeTargetStaticConfig{
				Targets: []string{"http://a/health"}, Labels: map[string]string{"tracker": "hiring"},
			}},
		},
	}
}

func (w *world) dashboard() *grafana.GrafanaDashboard {
	return &grafana.GrafanaDashboard{
		TypeMeta:   typeMeta(grafana.GroupVersion, "GrafanaDashboard"),
		ObjectMeta: w.meta("hiring"),
		Spec: grafana.GrafanaDashboardSpec{
			InstanceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"dashboards": "grafana"}},
			ConfigMapRef:     &grafana.ConfigMapKeyRef{Name: "hiring-dashboard", Key: "dashboard.json"},
		},
	}
}

func (w *world) configMap() *corev1.ConfigMap {
	return &corev1.ConfigMap{
		TypeMeta:   typeMeta(corev1.SchemeGroupVersion, "ConfigMap"),
		ObjectMeta: w.meta("hiring-dashboard"),
		Data:       map[string]string{"dashboard.json": "{}"},
	}
}

func (w *world) monitoring() []client.Object {
	return []client.Object{w.serviceMonitor(), w.prometheusRule(), w.probe(), w.configMap(), w.dashboard()}
}

func TestMonitoringObjectsCostOneWrite(t *testing.T) {
	w := newMonitoringWorld(t)
	w.writes(5, func() {
		if got := w.apply(w.monitoring()...); len(got.Inventory) != 5 || len(got.Events) > 0 {
			t.Errorf("inventory %v, events %v", got.Inventory, got.Events)
		}
	})
	w.writes(0, func() { w.apply(w.monitoring()...) })
	w.restartMonitoring()
	w.requests.reset()
	w.apply(w.monitoring()...)
	// The cached reads of this client are live ones: one for each, and no second.
	if reads, writes := w.requests.reset(); reads != 5 || writes != 0 {
		t.Errorf("after a restart, %d reads and %d writes", reads, writes)
	}
}

// digested gives the test an engine that reads monitoring objects through caches that
// hold a digest of their content, as the operator's do.
func (w *world) digested() cache.Cache {
	w.Helper()
	byObject := map[client.Object]cache.ByObject{}
	for _, k := range kinds.All() {
		if k.Bulky {
			byObject[k.New()] = cache.ByObject{Transform: k.Transform}
		}
	}
	c := w.cachedBy(w.engineClient.Scheme(), byObject)
	w.restartMonitoring()
	return c
}

func TestDigestsAreEnoughForUnchangedObjects(t *testing.T) {
	w := newMonitoringWorld(t)
	c := w.digested()
	none := func() {
		t.Helper()
		w.requests.reset()
		if got := w.apply(w.monitoring()...); got.Counts.Of(apply.Skipped) != 5 || got.Lagging {
			t.Errorf("%+v", got)
		}
		if reads, writes := w.requests.reset(); reads != 0 || writes != 0 {
			t.Errorf("%d reads and %d writes", reads, writes)
		}
	}
	w.apply(w.monitoring()...)
	w.caughtUp(c, w.monitoring()...)
	for _, object := range w.monitoring() {
		w.ok(c.Get(t.Context(), client.ObjectKeyFromObject(object), object))
		if bytes := must(json.Marshal(object))(t); strings.Contains(string(bytes), "vector") || len(bytes) > 1500 {
			t.Errorf("the cache holds %s", bytes)
		}
	}
	none()
	// The API server has set defaults in the ServiceMonitor and the Probe: their content
	// differs, and is read once after a restart.
	w.restartMonitoring()
	w.requests.reset()
	w.apply(w.monitoring()...)
	if reads, writes := w.requests.reset(); reads != 2 || writes != 0 {
		t.Errorf("after a restart, %d reads and %d writes", reads, writes)
	}
	none()

	// Others' labels cost nothing, and others' content one read.
	edit(w, w.prometheusRule(), "kubectl-label", func(r *monitoringv1.PrometheusRule) { r.Labels["theirs"] = "true" })
	w.caughtUp(c, w.prometheusRule())
	none()
	edit(w, w.prometheusRule(), "kubectl-edit", func(r *monitoringv1.PrometheusRule) {
		r.Spec.Groups = append(r.Spec.Groups, monitoringv1.RuleGroup{Name: "theirs", Rules: []monitoringv1.Rule{{Record: "c:d", Expr: intstr.FromString("up")}}})
	})
	w.caughtUp(c, w.prometheusRule())
	w.requests.reset()
	w.apply(w.monitoring()...)
	if reads, writes := w.requests.reset(); reads != 1 || writes != 0 {
		t.Errorf("%d reads and %d writes", reads, writes)
	}
	none()
	edit(w, w.prometheusRule(), "kubectl-label", func(r *monitoringv1.PrometheusRule) { r.Labels["theirs"] = "false" })
	w.caughtUp(c, w.prometheusRule())
	none()

	// Drift costs one read and one write, and is named.
	edit(w, w.prometheusRule(), "kubectl-edit", func(r *monitoringv1.PrometheusRule) {
		r.Spec.Groups[0].Rules[0].Expr = intstr.FromString("vector(0)")
	})
	edit(w, w.configMap(), "kubectl-edit", func(m *corev1.ConfigMap) { m.Labels[v1alpha1.LabelTracker+"-x"], m.Data["dashboard.json"] = "y", "[]" })
	w.caughtUp(c, w.prometheusRule(), w.configMap())
	w.requests.reset()
	got := w.apply(w.monitoring()...)
	if reads, writes := w.requests.reset(); reads != 2 || writes != 2 {
		t.Errorf("%d reads and %d writes", reads, writes)
	}
	if len(got.Events) != 2 || !strings.Contains(got.Events[0].Message, `spec.groups[name="tracker"].rules was changed by kubectl-edit`) ||
		!strings.Contains(got.Events[1].Message, `data["dashboard.json"] was changed by kubectl-edit`) {
		t.Errorf("events %v", got.Events)
	}
	w.caughtUp(c, w.monitoring()...)
	none()

	// So does a new intent, less the read of the managedFields that only a repair needs.
	changed := w.configMap()
	changed.Data["dashboard.json"] = "[1]"
	w.writes(1, func() { w.apply(changed) })
}

// What the operator builds states the defaults of the CRDs, so that a restart costs no
// request.
func TestDigestsAreEnoughAfterARestart(t *testing.T) {
	w := newMonitoringWorld(t)
	c := w.digested()
	w.owner.Spec = v1alpha1.InterviewTrackerSpec{Version: "1.0.0", Monitoring: &v1alpha1.MonitoringSpec{
		Synthetic: &v1alpha1.SyntheticSpec{ProberAddress: "blackbox:9115"},
		Dashboard: &v1alpha1.DashboardSpec{},
	}}
	s := &snapshot.Snapshot{NewPasswords: map[v1alpha1.Component]string{v1alpha1.ComponentDatabase: password, v1alpha1.ComponentRedis: password}}
	s.Monitoring.Kinds = sets.New(serviceMonitorKind.Kind, prometheusRuleKind.Kind, probeKind.Kind, grafanaDashboardKind.Kind)
	output := must(desired.Build(t.Context(), w.owner, s, catalog.Default()))(t)
	var children []client.Object
	built := sets.New[string]()
	for _, object := range output.Monitoring {
		children = append(children, object)
		built.Insert(object.GetObjectKind().GroupVersionKind().Kind)
	}
	if !built.HasAll("ConfigMap", "ServiceMonitor", "PrometheusRule", "Probe") {
		t.Errorf("only %v are built", sets.List(built))
	}
	w.apply(children...)
	var copies []client.Object
	for _, child := range children {
		object, _ := child.DeepCopyObject().(client.Object)
		copies = append(copies, object)
	}
	w.caughtUp(c, copies...)
	w.restartMonitoring()
	w.requests.reset()
	w.apply(children...)
	if reads, writes := w.requests.reset(); reads != 0 || writes != 0 {
		t.Errorf("%d reads and %d writes", reads, writes)
	}
}

func TestRuleGroupIsRepairedAndOthersAreKept(t *testing.T) {
	w := newMonitoringWorld(t)
	w.apply(w.monitoring()...)
	edit(w, w.prometheusRule(), "kubectl-edit", func(r *monitoringv1.PrometheusRule) {
		r.Spec.Groups[0].Rules[0].Expr = intstr.FromString("vector(0)")
		r.Spec.Groups = append(r.Spec.Groups, monitoringv1.RuleGroup{Name: "theirs", Rules: []monitoringv1.Rule{{Record: "c:d", Expr: intstr.FromString("up")}}})
		r.Labels["theirs"] = "true"
	})
	w.writes(1, func() {
		got := w.apply(w.monitoring()...)
		if len(got.Events) != 1 || !strings.Contains(got.Events[0].Message, `spec.groups[name="tracker"].rules was changed by kubectl-edit`) {
			t.Errorf("events %v", got.Events)
		}
	})
	r := get(w, "hiring", &monitoringv1.PrometheusRule{})
	if r.Spec.Groups[0].Rules[0].Expr.String() != "vector(1)" || len(r.Spec.Groups) != 3 || r.Labels["theirs"] != "true" {
		t.Errorf("%+v, labels %v", r.Spec.Groups, r.Labels)
	}
	// What we no longer want goes.
	fewer := w.prometheusRule()
	fewer.Spec.Groups = fewer.Spec.Groups[:1]
	w.writes(1, func() { w.apply(fewer) })
	if r = get(w, "hiring", r); len(r.Spec.Groups) != 2 {
		t.Errorf("%d groups", len(r.Spec.Groups))
	}
}

func TestDriftOfOneFieldOfAMonitoringObjectIsRepaired(t *testing.T) {
	w := newMonitoringWorld(t)
	w.apply(w.monitoring()...)
	edit(w, w.serviceMonitor(), "kubectl-edit", func(m *monitoringv1.ServiceMonitor) {
		m.Spec.Endpoints[0].Interval = "5m"
		m.Spec.JobLabel = "theirs"
	})
	edit(w, w.configMap(), "kubectl-edit", func(m *corev1.ConfigMap) { m.Data["dashboard.json"] = "[]" })
	edit(w, w.dashboard(), "kubectl-edit", func(d *grafana.GrafanaDashboard) { d.Spec.ConfigMapRef.Name = "other" })
	w.writes(3, func() { w.apply(w.monitoring()...) })
	w.writes(0, func() { w.apply(w.monitoring()...) })
	m := get(w, "hiring-api", &monitoringv1.ServiceMonitor{})
	if m.Spec.Endpoints[0].Interval != "30s" || m.Spec.JobLabel != "theirs" {
		t.Errorf("%+v", m.Spec)
	}
}

// A field that the cluster's CRD does not have is named, before anything is sent.
func TestFieldMissingFromCRDIsRefused(t *testing.T) {
	w := newMonitoringWorld(t)
	w.ok(w.engine.SetSchema(serviceMonitorKind, &apiextensionsv1.JSONSchemaProps{Type: "object", Properties: map[string]apiextensionsv1.JSONSchemaProps{
		"spec": {Type: "object", Properties: map[string]apiextensionsv1.JSONSchemaProps{"endpoints": {
			Type: "array", Items: &apiextensionsv1.JSONSchemaPropsOrArray{Schema: &apiextensionsv1.JSONSchemaProps{Type: "object"}},
		}}},
	}}))
	w.writes(1, func() {
		got, err := w.engine.Apply(t.Context(), w.owner, wanted(w.serviceMonitor(), w.configMap()))
		if err == nil || !strings.Contains(err.Error(), "spec.selector") || len(got.Inventory) != 1 {
			t.Errorf("%v, inventory %v", err, got.Inventory)
		}
	})
}

// Of a kind that nothing was built of, as it was not known then, nothing is pruned,
// whatever the engine has learnt since.
func TestOnlyBuiltKindsArePruned(t *testing.T) {
	w := newMonitoringWorld(t)
	w.apply(w.monitoring()...)
	prune := func(built ...schema.GroupVersionKind) {
		t.Helper()
		of := slices.DeleteFunc(kinds.In(kinds.Monitoring), func(k kinds.Kind) bool {
			return k.Optional && !slices.Contains(built, k.GroupVersionKind)
		})
		if _, err := w.engine.Prune(t.Context(), w.owner, of, nil); err != nil {
			t.Error(err)
		}
	}
	w.ok(w.engine.SetSchema(probeKind, nil))
	w.writes(4, func() { prune(serviceMonitorKind, prometheusRuleKind, grafanaDashboardKind) })
	get(w, "hiring-api", &monitoringv1.Probe{})
	w.writes(1, func() { prune(probeKind) })
}

// Without a schema every list counts as a whole; nothing else changes.
func TestKindWithoutSchemaIsApplied(t *testing.T) {
	w := newMonitoringWorld(t)
	for _, gvk := range []schema.GroupVersionKind{serviceMonitorKind, prometheusRuleKind, probeKind, grafanaDashboardKind} {
		w.ok(w.engine.SetSchema(gvk, nil))
	}
	w.writes(5, func() { w.apply(w.monitoring()...) })
	w.writes(0, func() { w.apply(w.monitoring()...) })
	edit(w, w.prometheusRule(), "kubectl-edit", func(r *monitoringv1.PrometheusRule) { r.Spec.Groups[0].Rules[0].Expr = intstr.FromString("0") })
	w.writes(1, func() { w.apply(w.monitoring()...) })
}

// While a cluster loses a kind, and when it has, nothing is wrong with its objects.
func TestChildOfRemovedKindIsPending(t *testing.T) {
	w := newMonitoringWorld(t)
	definition := &apiextensionsv1.CustomResourceDefinition{}
	w.ok(w.Get(w.Context(), client.ObjectKey{Name: "probes.monitoring.coreos.com"}, definition))
	held := w.probe()
	held.Name, held.Finalizers = "held", []string{"test/held"}
	w.ok(w.Create(w.Context(), held))
	w.ok(w.Delete(w.Context(), definition))
	pending := func() bool {
		_, err := w.engine.Apply(w.Context(), w.owner, wanted(w.probe()))
		var pending *apply.PendingError
		return errors.As(err, &pending) && !pending.Stale && strings.Contains(err.Error(), "CustomResourceDefinition")
	}
	w.eventually(pending)

	// The API server is changing it too: it is being deleted with its kind.
	w.ok(w.Patch(w.Context(), held, client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`))))
	w.eventually(func() bool {
		return apierrors.IsNotFound(w.Get(w.Context(), client.ObjectKeyFromObject(definition), definition.DeepCopy()))
	})
	w.eventually(func() bool {
		return apierrors.IsNotFound(w.List(w.Context(), &monitoringv1.ProbeList{}))
	})
	if !pending() {
		t.Error("that the kind has gone is an error")
	}

	again := &apiextensionsv1.CustomResourceDefinition{ObjectMeta: metav1.ObjectMeta{Name: definition.Name, Annotations: definition.Annotations}, Spec: definition.Spec}
	w.ok(w.Create(w.Context(), again))
	w.eventually(func() bool {
		_, err := w.engine.Apply(w.Context(), w.owner, wanted(w.probe()))
		return err == nil
	})
}
