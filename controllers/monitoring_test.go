// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/transport"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/grafana"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

func TestMonitoringObjectsAreApplied(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), synthetic)
	o.ready(t, tracker)

	fetch(t, tracker, "hiring-api", &monitoringv1.ServiceMonitor{})
	fetch(t, tracker, "hiring", &monitoringv1.PrometheusRule{})
	fetch(t, tracker, "hiring-api", &monitoringv1.Probe{})
	fetch(t, tracker, "hiring-frontend", &monitoringv1.Probe{})
	fetch(t, tracker, "hiring-dashboard", &corev1.ConfigMap{})
	fetch(t, tracker, "hiring", &grafana.GrafanaDashboard{})
	if got := condition(tracker, v1alpha1.ConditionMonitoringReady); got != "True Applied" {
		t.Errorf("MonitoringReady is %s:\n%s", got, describe(tracker))
	}
	kinds := map[string]int{}
	for _, e := range tracker.Status.Applied() {
		kind, _ := e.Parse()
		kinds[kind.Kind]++
	}
	if kinds["ServiceMonitor"] != 2 || kinds["PrometheusRule"] != 1 || kinds["Probe"] != 2 || kinds["ConfigMap"] != 1 || kinds["GrafanaDashboard"] != 1 {
		t.Errorf("the inventory has %v", kinds)
	}
	for _, e := range o.events() {
		if strings.HasPrefix(e, "Warning") {
			t.Errorf("event %q", e)
		}
	}

	// What is no longer wanted goes, and what is changed by others is repaired.
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.Monitoring = &v1alpha1.MonitoringSpec{
			Alerts: &v1alpha1.AlertsSpec{Enabled: new(false)}, Dashboard: &v1alpha1.DashboardSpec{Enabled: new(false)},
		}
	})
	monitor := fetch(t, tracker, "hiring-api", &monitoringv1.ServiceMonitor{})
	monitor.Spec.Endpoints[0].Path = "/elsewhere"
	must(t, k8s.Update(t.Context(), monitor, client.FieldOwner("kubectl-edit")))
	o.until(t, tracker, "the objects are not pruned and repaired", func() bool {
		refresh(t, monitor)
		return !exists(t, tracker, "hiring", &monitoringv1.PrometheusRule{}) && !exists(t, tracker, "hiring-api", &monitoringv1.Probe{}) &&
			!exists(t, tracker, "hiring-dashboard", &corev1.ConfigMap{}) && !exists(t, tracker, "hiring", &grafana.GrafanaDashboard{}) &&
			monitor.Spec.Endpoints[0].Path == "/metrics"
	})
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.Monitoring.ServiceMonitor = &v1alpha1.ServiceMonitorSpec{Enabled: new(false)}
	})
	o.until(t, tracker, "that nothing is wanted is not reported", func() bool {
		return condition(tracker, v1alpha1.ConditionMonitoringReady) == "True Disabled" && len(tracker.Status.Applied()) > 0 &&
			!slices.ContainsFunc(tracker.Status.Applied(), isMonitoring)
	})
}

// createPrometheus makes a Prometheus object that selects by a label.
func createPrometheus(t *testing.T, ns string, namespaces *metav1.LabelSelector) *monitoringv1.Prometheus {
	t.Helper()
	selector := &metav1.LabelSelector{MatchLabels: map[string]string{"release": "stack"}}
	p := &monitoringv1.Prometheus{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "k8s"}}
	p.Spec.ServiceMonitorSelector, p.Spec.ServiceMonitorNamespaceSelector = selector, namespaces
	p.Spec.ProbeSelector, p.Spec.ProbeNamespaceSelector = &metav1.LabelSelector{}, namespaces
	p.Spec.RuleSelector, p.Spec.RuleNamespaceSelector = &metav1.LabelSelector{}, namespaces
	must(t, k8s.Create(t.Context(), p))
	t.Cleanup(func() { must(t, client.IgnoreNotFound(k8s.Delete(context.WithoutCancel(t.Context()), p))) })
	return p
}

// Each tracker of the cluster sees the Prometheus: no other test runs in parallel.
func TestWhatNoPrometheusSelectsIsReported(t *testing.T) {
	o := start(t)
	ns := namespace(t)
	p := createPrometheus(t, namespace(t), &metav1.LabelSelector{MatchLabels: map[string]string{"watched": "yes"}})
	tracker := create(t, ns, nil)
	o.ready(t, tracker)
	o.events()
	says := func(texts ...string) func() bool {
		return func() bool {
			got := message(tracker, v1alpha1.ConditionMonitoringReady)
			return !slices.ContainsFunc(texts, func(s string) bool { return !strings.Contains(got, s) })
		}
	}
	o.until(t, tracker, "the selectors are not named", says("Prometheus "+p.Namespace+"/k8s", "serviceMonitorSelector (release=stack)",
		"ServiceMonitor hiring-api", "spec.monitoring.serviceMonitor.labels", "ruleNamespaceSelector (watched=yes)"))
	if got := condition(tracker, v1alpha1.ConditionMonitoringReady); got != "False NotSelected" {
		t.Errorf("MonitoringReady is %s", got)
	}

	labelled := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ns}}
	refresh(t, labelled)
	labelled.Labels["watched"] = "yes"
	must(t, k8s.Update(t.Context(), labelled))
	o.until(t, tracker, "the namespace is still said not to match", func() bool { return !says("ruleNamespaceSelector")() })

	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.Monitoring = &v1alpha1.MonitoringSpec{ServiceMonitor: &v1alpha1.ServiceMonitorSpec{Labels: map[string]v1alpha1.LabelValue{"release": "stack"}}}
	})
	o.until(t, tracker, "that it is selected is not reported", func() bool {
		return condition(tracker, v1alpha1.ConditionMonitoringReady) == "True Selected" && says(p.Namespace+"/k8s")()
	})
	o.until(t, tracker, "it is not ready", func() bool { return condition(tracker, v1alpha1.ConditionReady) == "True Ready" })
	if got := o.events(); !slices.ContainsFunc(got, func(e string) bool { return strings.HasPrefix(e, "Normal MonitoringRecovered") }) {
		t.Errorf("events %q", got)
	}

	// The ServiceMonitors of others show what its alerts don't see.
	const disk, conditions = "LowDiskSpace can't see the volumes", "TrackerRolloutStuck can't see the tracker's conditions"
	o.until(t, tracker, "blind alerts are not reported", says(disk, conditions))
	for target, gone := range map[string]string{"kubelet": disk, "interview-tracker-operator": conditions} {
		scraping := &monitoringv1.ServiceMonitor{ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: target + "-metrics"}}
		scraping.Spec.Selector.MatchLabels = map[string]string{"app.kubernetes.io/name": target}
		scraping.Spec.Endpoints = []monitoringv1.Endpoint{{Port: "metrics"}}
		must(t, k8s.Create(t.Context(), scraping))
		t.Cleanup(func() { must(t, client.IgnoreNotFound(k8s.Delete(context.WithoutCancel(t.Context()), scraping))) })
		o.until(t, tracker, "it is still reported that "+gone, func() bool { return !says(gone)() })
		must(t, k8s.Delete(t.Context(), scraping))
		o.until(t, tracker, "it is not reported again that "+gone, says(gone))
	}

	refresh(t, p)
	p.Spec.RuleSelector = nil
	must(t, k8s.Update(t.Context(), p))
	o.until(t, tracker, "that a selector is gone is not reported", says("ruleSelector is omitted"))
	must(t, k8s.Delete(t.Context(), p))
	o.until(t, tracker, "that the Prometheus is gone is not reported", func() bool {
		return condition(tracker, v1alpha1.ConditionMonitoringReady) == "True Applied"
	})
}

// What refuses a monitoring object keeps nothing else from being applied and pruned.
func TestARefusedMonitoringObjectKeepsNothingElse(t *testing.T) {
	t.Parallel()
	o := start(t)
	ns := namespace(t)
	forbid(t, ns, "no rules are allowed here", &monitoringv1.PrometheusRule{ObjectMeta: metav1.ObjectMeta{Name: "hiring"}})
	tracker := create(t, ns, synthetic)
	o.until(t, tracker, "the refusal is not reported", func() bool {
		return condition(tracker, v1alpha1.ConditionMonitoringReady) == "False InvalidRule"
	})
	if got := message(tracker, v1alpha1.ConditionMonitoringReady); !strings.Contains(got, "no rules are allowed here") {
		t.Errorf("MonitoringReady says %q", got)
	}
	bringUp(t, tracker)
	o.until(t, tracker, "it is not ready", func() bool { return condition(tracker, v1alpha1.ConditionReady) == "True Ready" })
	fetch(t, tracker, "hiring-api", &monitoringv1.ServiceMonitor{})
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Monitoring = nil })
	o.until(t, tracker, "the Probes are not pruned", func() bool { return !exists(t, tracker, "hiring-api", &monitoringv1.Probe{}) })
	o.requests.take()
	for range 10 {
		o.once(t, tracker)
	}
	if got := writes(o.requests.take()); len(got) > 0 {
		t.Errorf("what was refused is requested again and again: %v", got)
	}
	refresh(t, tracker)
	if condition(tracker, v1alpha1.ConditionReady) != "True Ready" || condition(tracker, "Stalled") != "absent" || condition(tracker, "Reconciling") != "absent" {
		t.Errorf("the tracker is affected:\n%s", describe(tracker))
	}
}

func TestAMonitoringObjectOfAnotherOwnerIsLeftAlone(t *testing.T) {
	t.Parallel()
	o := start(t)
	ns := namespace(t)
	foreign := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "hiring-dashboard"}, Data: map[string]string{"a": "b"}}
	must(t, k8s.Create(t.Context(), foreign))
	tracker := create(t, ns, nil)
	o.until(t, tracker, "the conflict is not reported", func() bool {
		return condition(tracker, v1alpha1.ConditionMonitoringReady) == "False NameConflict"
	})
	bringUp(t, tracker)
	o.until(t, tracker, "it is not ready", func() bool { return condition(tracker, v1alpha1.ConditionReady) == "True Ready" })
	fetch(t, tracker, "hiring-api", &monitoringv1.ServiceMonitor{})
	refresh(t, foreign)
	if len(foreign.Data) != 1 || condition(tracker, "Stalled") != "absent" {
		t.Errorf("%v; the status is\n%s", foreign.Data, describe(tracker))
	}
	must(t, k8s.Delete(t.Context(), foreign))
	o.until(t, tracker, "the conflict does not clear", func() bool {
		return condition(tracker, v1alpha1.ConditionMonitoringReady) == "True Applied"
	})
}

// failing answers requests with 500.
func failing(which func(*http.Request) bool) transport.WrapperFunc {
	return answer(http.StatusInternalServerError, metav1.StatusReasonInternalError, which)
}

// answer has requests not reach the API server, and be answered so.
func answer(code int, reason metav1.StatusReason, which func(*http.Request) bool) transport.WrapperFunc {
	return func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(q *http.Request) (*http.Response, error) {
			if !which(q) {
				return next.RoundTrip(q)
			}
			status := fmt.Sprintf(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":%q,"code":%d,"message":"out of order"}`, reason, code)
			return &http.Response{
				StatusCode: code, Header: http.Header{"Content-Type": {"application/json"}},
				Body: io.NopCloser(strings.NewReader(status)), Request: q,
			}, nil
		})
	}
}

// Monitoring objects that can't be applied are tried again ever more rarely, and leave
// the tracker the pace of its own.
func TestMonitoringThatFailsHasAPaceOfItsOwn(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	o := start(t, failing(func(q *http.Request) bool {
		return broken.Load() && q.Method == http.MethodPatch && strings.Contains(q.URL.Path, "/prometheusrules/")
	}))
	tracker := create(t, namespace(t), nil)
	o.observed(t, tracker)
	o.settle(t, tracker)
	broken.Store(true)
	must(t, k8s.Delete(t.Context(), fetch(t, tracker, "hiring", &monitoringv1.PrometheusRule{})))
	o.until(t, tracker, "the failure is not reported", func() bool {
		return condition(tracker, v1alpha1.ConditionMonitoringReady) == "False ReconcileFailed"
	})
	eventually(t, "the caches don't hold the status", func() bool {
		cached := &v1alpha1.InterviewTracker{}
		must(t, o.Client.Get(t.Context(), client.ObjectKeyFromObject(tracker), cached))
		return cached.ResourceVersion == tracker.ResourceVersion
	})

	pace := clocktesting.NewFakePassiveClock(time.Now())
	o.monitoring.retries = newBackOff[types.NamespacedName](pace)
	logs := &logBuffer{}
	ctx := log.IntoContext(t.Context(), logs.logger())
	var waits []time.Duration
	for range 7 {
		result, err := o.Reconcile(ctx, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(tracker)})
		must(t, err)
		waits = append(waits, result.RequeueAfter)
		pace.SetTime(pace.Now().Add(o.monitoring.retries.When(client.ObjectKeyFromObject(tracker))))
	}
	want := []time.Duration{firstRetry, 2 * firstRetry, 4 * firstRetry, 8 * firstRetry, 16 * firstRetry, unreadyRecheck, unreadyRecheck}
	if !slices.Equal(waits, want) {
		t.Errorf("it looks again after %v, want %v", waits, want)
	}
	if got := strings.Count(logs.String(), "Applying the objects of a phase failed"); got != len(waits) {
		t.Errorf("%d failures are logged %d times:\n%s", len(waits), got, logs)
	}

	broken.Store(false)
	o.until(t, tracker, "it does not recover", func() bool {
		return condition(tracker, v1alpha1.ConditionMonitoringReady) == "True Applied"
	})
	if n := o.monitoring.retries.NumRequeues(client.ObjectKeyFromObject(tracker)); n != 0 {
		t.Errorf("%d failures are remembered", n)
	}
}

// The application's objects are pruned before the monitoring phase, which is reached
// although that fails.
func TestPruningThatFailsKeepsNoMonitoring(t *testing.T) {
	t.Parallel()
	autoscaled := func(tracker *v1alpha1.InterviewTracker) {
		tracker.Spec.API = &v1alpha1.ComponentSpec{Autoscaling: &v1alpha1.AutoscalingSpec{MaxReplicas: 3}}
	}
	deletes := func(q *http.Request) bool { return q.Method == http.MethodDelete }
	o := start(t, failing(deletes))
	tracker := create(t, namespace(t), autoscaled)
	o.observed(t, tracker)
	o.settle(t, tracker)
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.API.Autoscaling = nil
		s.Monitoring = &v1alpha1.MonitoringSpec{ServiceMonitor: &v1alpha1.ServiceMonitorSpec{Labels: map[string]v1alpha1.LabelValue{"release": "stack"}}}
	})
	o.requests.take()
	eventually(t, "the pruning that fails is not reported", func() bool {
		_, _ = o.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(tracker)})
		refresh(t, tracker)
		return tracker.Status.ObservedGeneration == tracker.Generation && condition(tracker, "Reconciling") == "True ReconcileFailed"
	})
	if got := fetch(t, tracker, "hiring-api", &monitoringv1.ServiceMonitor{}).Labels["release"]; got != "stack" {
		t.Error("the ServiceMonitor is not applied")
	}
	if got := condition(tracker, v1alpha1.ConditionMonitoringReady); got != "True Applied" {
		t.Errorf("MonitoringReady is %s:\n%s", got, describe(tracker))
	}
	all := writes(o.requests.take())
	pruned := slices.IndexFunc(all, func(r request) bool { return strings.Contains(r.path, "horizontalpodautoscalers") })
	monitored := slices.IndexFunc(all, func(r request) bool { return strings.Contains(r.path, "servicemonitors") })
	if pruned < 0 || monitored < pruned {
		t.Errorf("the order is %v", all)
	}
}

func TestSuspendedMonitoringIsTruthful(t *testing.T) {
	t.Parallel()
	o := start(t)
	ns := namespace(t)
	tracker := create(t, ns, nil)
	o.ready(t, tracker)
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Suspend = true })
	o.observed(t, tracker)
	if got := condition(tracker, v1alpha1.ConditionMonitoringReady); got != "Unknown Suspended" {
		t.Errorf("MonitoringReady is %s:\n%s", got, describe(tracker))
	}
	for _, e := range o.events() {
		if strings.HasPrefix(e, "Warning") {
			t.Errorf("event %q", e)
		}
	}
	never := create(t, ns, func(tracker *v1alpha1.InterviewTracker) { tracker.Name, tracker.Spec.Suspend = "never", true })
	o.observed(t, never)
	if got := condition(never, v1alpha1.ConditionMonitoringReady); got != "Unknown Suspended" {
		t.Errorf("MonitoringReady is %s:\n%s", got, describe(never))
	}
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Suspend = false })
	o.until(t, tracker, "it is not taken up again", func() bool {
		return condition(tracker, v1alpha1.ConditionMonitoringReady) == "True Applied"
	})
}

// isMonitoring reports whether an object is one of the monitoring phase.
func isMonitoring(e v1alpha1.InventoryEntry) bool {
	kind, _ := e.Parse()
	k, _ := kinds.Of(kind)
	return k.Phase == kinds.Monitoring
}

// NotificationsReady follows whether the cluster has AlertmanagerConfig, and which Alertmanager
// selects it. Each tracker of the cluster sees the Alertmanager, and lacks the kinds that are
// removed: no other test runs in parallel.
func TestNotificationsFollowTheCluster(t *testing.T) {
	defer installCRDs(t)
	removeCRDs(t)
	o := start(t)
	ns := namespace(t)
	createPages(t, ns, "hiring", "a")
	tracker := create(t, ns, notify)
	o.ready(t, tracker)
	reports := func(want string, texts ...string) {
		t.Helper()
		o.until(t, tracker, "NotificationsReady is not "+want, func() bool {
			got := message(tracker, v1alpha1.ConditionNotificationsReady)
			return condition(tracker, v1alpha1.ConditionNotificationsReady) == want &&
				!slices.ContainsFunc(texts, func(s string) bool { return !strings.Contains(got, s) })
		})
	}
	reports("False CRDNotInstalled", "AlertmanagerConfig")
	installCRDs(t)
	reports("True Routed")
	fetch(t, tracker, "hiring", &monitoringv1alpha1.AlertmanagerConfig{})

	a := &monitoringv1.Alertmanager{ObjectMeta: metav1.ObjectMeta{Namespace: namespace(t), Name: "main"}}
	a.Spec.AlertmanagerConfigSelector = &metav1.LabelSelector{MatchLabels: map[string]string{"release": "stack"}}
	a.Spec.AlertmanagerConfigNamespaceSelector = &metav1.LabelSelector{}
	must(t, k8s.Create(t.Context(), a))
	t.Cleanup(func() { must(t, client.IgnoreNotFound(k8s.Delete(context.WithoutCancel(t.Context()), a))) })
	reports("False NotSelected", a.Namespace+"/main", "alertmanagerConfigSelector (release=stack)", "spec.monitoring.notifications.labels")
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.Monitoring.Notifications.Labels = map[string]v1alpha1.LabelValue{"release": "stack"}
	})
	reports("True Routed", a.Namespace+"/main")
	notifiesOf := func(severities ...v1alpha1.Severity) {
		edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
			s.Monitoring.Notifications.Escalation[0].Severities = severities
		})
	}
	notifiesOf(v1alpha1.SeverityCritical)
	reports("False NoRoute", "no receiver is notified of", "(warning) at level 1, on-call engineer")
	notifiesOf()
	reports("True Routed")
	a.Spec.AlertmanagerConfigNamespaceSelector = nil
	must(t, k8s.Update(t.Context(), a))
	reports("False NotSelected", "alertmanagerConfigNamespaceSelector")
	o.settle(t, tracker)
	removeCRDs(t)
	reports("False CRDNotInstalled", "AlertmanagerConfig")
	o.ready(t, tracker)
}

// Maintenance costs nothing while it lasts, and one write of the status when it ends: the
// AlertmanagerConfig has had its end from the beginning.
func TestMaintenanceEndsByItself(t *testing.T) {
	t.Parallel()
	o := start(t)
	clock := o.frozenClock()
	ns := namespace(t)
	createPages(t, ns, "hiring", "a")
	end := clock.Now().Truncate(time.Minute).Add(time.Hour)
	tracker := create(t, ns, func(tracker *v1alpha1.InterviewTracker) {
		notify(tracker)
		tracker.Spec.Maintenance = &v1alpha1.MaintenanceSpec{Until: metav1.NewTime(end), Reason: "new disks"}
	})
	o.ready(t, tracker)
	o.until(t, tracker, "the monitoring objects are not applied", func() bool {
		return condition(tracker, v1alpha1.ConditionNotificationsReady) == "True Routed"
	})
	o.settle(t, tracker)
	if got := condition(tracker, v1alpha1.ConditionUnderMaintenance); got != "True PagesMuted" {
		t.Fatalf("UnderMaintenance is %q", got)
	}
	before := &monitoringv1alpha1.AlertmanagerConfig{}
	fetch(t, tracker, "hiring", before)

	o.requests.take()
	for range 10 {
		if after := o.once(t, tracker).RequeueAfter; after <= 0 || after > end.Sub(clock.Now()) {
			t.Fatalf("maintenance ends in %s, and the tracker is looked at again after %s", end.Sub(clock.Now()), after)
		}
	}
	if got := notWatches(o.requests.take()); len(got) > 0 {
		t.Errorf("nothing has changed, and ten reconciles cost %v", got)
	}
	clock.SetTime(end)
	o.once(t, tracker)
	refresh(t, tracker)
	if got := condition(tracker, v1alpha1.ConditionUnderMaintenance); got != "absent" {
		t.Errorf("maintenance has ended, and UnderMaintenance is %q", got)
	}
	after := &monitoringv1alpha1.AlertmanagerConfig{}
	fetch(t, tracker, "hiring", after)
	if before.ResourceVersion != after.ResourceVersion {
		t.Error("the end of maintenance has written the AlertmanagerConfig")
	}
}
