// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-logr/logr"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/transport"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// monitoringDefinitions are the CRDs of the optional kinds. Those of which the operator writes
// no objects, such as Prometheus, are without their schema, which costs the API server seconds.
func monitoringDefinitions(t *testing.T) []*apiextensionsv1.CustomResourceDefinition {
	t.Helper()
	var all []*apiextensionsv1.CustomResourceDefinition
	for _, file := range monitoringCRDs {
		text, err := os.ReadFile(file)
		must(t, err)
		crd := &apiextensionsv1.CustomResourceDefinition{}
		must(t, yaml.Unmarshal(text, crd))
		if k, _ := kinds.OfCRD(crd.Name); k.Phase == "" {
			open := &apiextensionsv1.JSONSchemaProps{Type: "object", XPreserveUnknownFields: new(true)}
			crd.Spec.Versions[0].Schema.OpenAPIV3Schema = open
		}
		all = append(all, crd)
	}
	return all
}

// installCRDs installs the optional kinds.
func installCRDs(t *testing.T) {
	t.Helper()
	for _, crd := range monitoringDefinitions(t) {
		must(t, ignoreExists(k8s.Create(t.Context(), crd)))
	}
	awaitCRDs(t)
}

// awaitCRDs waits until the API server can list objects of the optional kinds: one that is
// removed before that is removed minutes later.
func awaitCRDs(t *testing.T) {
	t.Helper()
	for _, k := range kinds.Optional() {
		eventually(t, k.Kind+" can't be listed", func() bool {
			return k8s.List(t.Context(), k.NewList(), client.InNamespace(metav1.NamespaceDefault)) == nil
		})
	}
}

// removeCRDs removes the optional kinds. Tests that do so don't run in parallel with
// others, and install them again when they end.
func removeCRDs(t *testing.T) {
	t.Helper()
	awaitCRDs(t)
	for _, crd := range monitoringDefinitions(t) {
		must(t, client.IgnoreNotFound(k8s.Delete(t.Context(), crd)))
	}
	for _, crd := range monitoringDefinitions(t) {
		eventually(t, crd.Name+" is not removed", func() bool {
			return apierrors.IsNotFound(k8s.Get(t.Context(), client.ObjectKeyFromObject(crd), crd.DeepCopy()))
		})
	}
}

// forOptional are those requests that are for objects of the optional kinds.
func forOptional(all []request) []request {
	return slices.DeleteFunc(slices.Clone(all), func(r request) bool {
		return !slices.ContainsFunc(kinds.Optional(), func(k kinds.Kind) bool { return strings.Contains(r.path, k.Group+"/") })
	})
}

// An operator that runs takes up the kinds when they come, and gives them up when they
// go; and requests nothing of them while they are missing.
func TestKindsComeAndGo(t *testing.T) {
	defer installCRDs(t)
	removeCRDs(t)
	ns, seen := namespace(t), &requests{}
	config := rest.CopyConfig(cluster)
	config.QPS = -1
	config.Wrap(seen.wrap)
	r := operate(t, ns, config, logr.Discard())
	tracker := create(t, ns, func(tracker *v1alpha1.InterviewTracker) {
		synthetic(tracker)
		publish(tracker)
		tracker.Spec.Ingress = nil
	})
	monitoringReady(t, tracker, "that the kinds are missing is not reported", "False CRDNotInstalled")
	if got := condition(tracker, v1alpha1.ConditionRouteReady); got != "False CRDNotInstalled" {
		t.Errorf("RouteReady is %s", got)
	}
	if got := message(tracker, v1alpha1.ConditionMonitoringReady); !strings.Contains(got, "Probe, PrometheusRule and ServiceMonitor") {
		t.Errorf("MonitoringReady says %q", got)
	}
	fetch(t, tracker, "hiring-dashboard", &corev1.ConfigMap{})
	if got := forOptional(seen.take()); len(got) > 0 {
		t.Errorf("kinds that were never there cost %v", got)
	}

	installCRDs(t)
	monitoringReady(t, tracker, "the kinds are not taken up", "True Applied")
	fetch(t, tracker, "hiring-api", &monitoringv1.ServiceMonitor{})
	fetch(t, tracker, "hiring", &monitoringv1.PrometheusRule{})
	fetch(t, tracker, "hiring-frontend", &gatewayv1.HTTPRoute{})
	p := createPrometheus(t, ns, nil)
	monitoringReady(t, tracker, "the Prometheus is not seen", "False NotSelected")
	must(t, k8s.Delete(t.Context(), p))
	monitoringReady(t, tracker, "that the Prometheus was deleted is not seen", "True Applied")
	removeCRDs(t)
	monitoringReady(t, tracker, "that the kinds were removed is not reported", "False CRDNotInstalled")
	unwatched(t, r)
	warned(t, ns)
	eventually(t, "the inventory has what is gone", func() bool {
		refresh(t, tracker)
		return !slices.ContainsFunc(tracker.Status.Applied(), isServiceMonitor)
	})
}

// warned checks that the only warnings of trackers are about a Prometheus that doesn't select, and HTTPRoute that is missing. The API server, for
// one, has warnings of its own.
func warned(t *testing.T, ns string) {
	t.Helper()
	var events corev1.EventList
	must(t, k8s.List(t.Context(), &events, client.InNamespace(ns)))
	for _, e := range events.Items {
		ours := e.InvolvedObject.Kind == v1alpha1.Kind
		expected := strings.HasPrefix(e.Message, v1alpha1.ReasonNotSelected) || e.Reason == "RouteNotReady" && strings.HasPrefix(e.Message, v1alpha1.ReasonCRDNotInstalled)
		if ours && e.Type == corev1.EventTypeWarning && !expected {
			t.Errorf("event %s: %s", e.Reason, e.Message)
		}
	}
}

// unwatched waits until no optional kind is watched.
func unwatched(t *testing.T, r *Reconciler) {
	t.Helper()
	for _, k := range kinds.Optional() {
		eventually(t, k.Kind+" is still watched", func() bool {
			var ended *cache.ErrResourceNotCached
			return errors.As(r.Client.List(t.Context(), k.NewList()), &ended)
		})
	}
}

// monitoringReady waits until MonitoringReady is as wanted, such as "True Applied".
func monitoringReady(t *testing.T, tracker *v1alpha1.InterviewTracker, what, want string) {
	t.Helper()
	eventually(t, what, func() bool {
		refresh(t, tracker)
		return condition(tracker, v1alpha1.ConditionMonitoringReady) == want
	})
}

// refuse answers requests for a path with 403 while they are to be refused.
func refuse(suffix string, refused *atomic.Bool) transport.WrapperFunc {
	return answer(http.StatusForbidden, metav1.StatusReasonForbidden, func(q *http.Request) bool {
		return strings.HasSuffix(q.URL.Path, suffix) && refused.Load()
	})
}

// A kind that can't be watched keeps nothing else waiting, is not called absent, and is
// tried again.
func TestAKindThatCannotBeWatchedKeepsNothingElse(t *testing.T) {
	t.Parallel()
	var refused atomic.Bool
	refused.Store(true)
	o := start(t, refuse("/servicemonitors", &refused))
	if err := o.CachesSynced(o.manager)(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil)); err != nil {
		t.Errorf("the operator is not ready: %v", err)
	}
	tracker := create(t, namespace(t), synthetic)
	o.until(t, tracker, "it is not reported", func() bool {
		return condition(tracker, v1alpha1.ConditionMonitoringReady) == "Unknown ReconcileFailed" && exists(t, tracker, "hiring", &monitoringv1.PrometheusRule{})
	})
	if got := message(tracker, v1alpha1.ConditionMonitoringReady); !strings.Contains(got, "whether the cluster has ServiceMonitor: ") || !strings.Contains(got, "out of order") {
		t.Errorf("MonitoringReady says %q", got)
	}
	o.settle(t, tracker)
	// What is pruned doesn't wait for the kind either.
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Monitoring = nil })
	o.until(t, tracker, "the Probes are not pruned", func() bool { return !exists(t, tracker, "hiring-api", &monitoringv1.Probe{}) })
	o.settle(t, tracker)
	if got := condition(tracker, v1alpha1.ConditionMonitoringReady); got != "Unknown ReconcileFailed" {
		t.Errorf("MonitoringReady is %s, as if the phase had timed out", got)
	}
	refused.Store(false)
	o.until(t, tracker, "the kind is not tried again", func() bool {
		return condition(tracker, v1alpha1.ConditionMonitoringReady) == "True Applied"
	})
}

// What could not be found out when the operator started is neither said to be absent,
// nor deleted when it is found.
func TestAKindThatIsFoundLateLosesNothing(t *testing.T) {
	t.Parallel()
	tracker := create(t, namespace(t), nil)
	first := start(t)
	first.ready(t, tracker)
	before := fetch(t, tracker, "hiring-api", &monitoringv1.ServiceMonitor{})

	var refused atomic.Bool
	refused.Store(true)
	second := start(t, refuse("/servicemonitors.monitoring.coreos.com", &refused))
	second.requests.take()
	said := map[string]bool{}
	saw := func(want string) func() bool {
		return func() bool {
			said[condition(tracker, v1alpha1.ConditionMonitoringReady)] = true
			if !slices.ContainsFunc(tracker.Status.Applied(), isServiceMonitor) {
				t.Error("the inventory has lost the ServiceMonitor")
			}
			return said[want]
		}
	}
	second.until(t, tracker, "that it can't be found out is not reported", saw("Unknown ReconcileFailed"))
	refused.Store(false)
	delete(said, "True Applied")
	second.until(t, tracker, "the kind is not found", saw("True Applied"))
	if said["False CRDNotInstalled"] {
		t.Error("the kind is said to be absent")
	}
	for _, r := range second.requests.take() {
		if r.verb == http.MethodDelete || strings.HasSuffix(r.path, "/hiring-api") && strings.Contains(r.path, "servicemonitors") {
			t.Errorf("it requested %s", r)
		}
	}
	if after := fetch(t, tracker, "hiring-api", &monitoringv1.ServiceMonitor{}); after.UID != before.UID {
		t.Error("the ServiceMonitor was replaced")
	}
	for _, e := range second.events() {
		if strings.HasPrefix(e, "Warning") {
			t.Errorf("event %q", e)
		}
	}
}

// With rights in one namespace alone, the kinds are those of the operator's start, and
// those that go are given up.
func TestKindsAreFoundWithoutTheRightToWatchCRDs(t *testing.T) {
	defer installCRDs(t)
	ns := namespace(t)
	rights, seen, logs := grant(t, ns), &requests{}, &logBuffer{}
	config := rest.CopyConfig(cluster)
	config.Impersonate = rest.ImpersonationConfig{UserName: rights.user}
	config.Wrap(seen.wrap)
	r := operate(t, ns, config, logs.logger())
	tracker := create(t, ns, synthetic)
	monitoringReady(t, tracker, "the monitoring objects are not applied", "True Applied")
	fetch(t, tracker, "hiring-api", &monitoringv1.Probe{})
	if got := slices.DeleteFunc(seen.take(), func(r request) bool {
		return !strings.Contains(r.path, "customresourcedefinitions") && r.path != "/api/v1/namespaces"
	}); len(got) > 0 {
		t.Errorf("it requested %v", got)
	}
	if got := logs.String(); !strings.Contains(got, "CustomResourceDefinitions may not be watched") {
		t.Errorf("the log does not say so:\n%s", got)
	}

	removeCRDs(t)
	monitoringReady(t, tracker, "that the kinds have gone is not reported", "False CRDNotInstalled")
	eventually(t, "not all of them are given up", func() bool {
		refresh(t, tracker)
		return strings.Contains(message(tracker, v1alpha1.ConditionMonitoringReady), "lacks Probe, PrometheusRule and ServiceMonitor, or did when the operator started")
	})
	unwatched(t, r)
	if got := condition(tracker, "Stalled") + condition(tracker, "Reconciling"); got != "absentTrue Progressing" {
		t.Errorf("the tracker is affected:\n%s", describe(tracker))
	}
}

// Without the kinds a tracker is as ready as any other.
func TestATrackerIsReadyWithoutTheKinds(t *testing.T) {
	defer installCRDs(t)
	removeCRDs(t)
	o := start(t)
	o.frozenClock() // Progress that takes long is reported in between.
	tracker := create(t, namespace(t), synthetic)
	o.requests.take()
	o.ready(t, tracker)
	children := len(tracker.Status.Applied())
	if got := writes(o.requests.take()); len(got) > children+2 {
		t.Errorf("%d writes for %d children:\n%v", len(got), children, got)
	}
	if got := condition(tracker, v1alpha1.ConditionMonitoringReady); got != "False CRDNotInstalled" {
		t.Errorf("MonitoringReady is %s", got)
	}
	for _, e := range o.events() {
		if strings.HasPrefix(e, "Warning") {
			t.Errorf("event %q", e)
		}
	}
	// The kinds come, and one reconciliation does the rest.
	installCRDs(t)
	o.until(t, tracker, "the kinds are not taken up", func() bool {
		return condition(tracker, v1alpha1.ConditionMonitoringReady) == "True Applied"
	})
	o.settle(t, tracker)
	second := start(t)
	second.requests.take()
	second.once(t, tracker)
	if got := notWatches(second.requests.take()); len(got) > 0 {
		t.Errorf("a restarted operator made %v", got)
	}
}

func isServiceMonitor(e v1alpha1.InventoryEntry) bool {
	kind, _ := e.Parse()
	return kind.Kind == "ServiceMonitor"
}
