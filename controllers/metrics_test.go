// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// registered registers an operator's metrics as the manager does.
func registered(t *testing.T, m *Metrics) prometheus.Gatherer {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	must(t, registry.Register(m))
	return registry
}

// series are all values by metric and labels, such as a{b="c",d="e"}.
func series(t *testing.T, from prometheus.Gatherer) map[string]float64 {
	t.Helper()
	families, err := from.Gather()
	must(t, err)
	all := map[string]float64{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			var labels []string
			for _, l := range metric.GetLabel() {
				labels = append(labels, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
			}
			value := metric.GetGauge().GetValue() + metric.GetCounter().GetValue()
			all[family.GetName()+"{"+strings.Join(labels, ",")+"}"] = value
		}
	}
	return all
}

func TestMetricsOfAStatus(t *testing.T) {
	m := newMetrics()
	registry := registered(t, m)
	hiring, other := &v1alpha1.InterviewTracker{}, &v1alpha1.InterviewTracker{}
	hiring.Namespace, hiring.Name = "a", "hiring"
	other.Namespace, other.Name, other.Spec.Suspend = "b", "hiring", true
	other.Spec.Environment = v1alpha1.Production

	m.set(hiring, v1alpha1.InterviewTrackerStatus{Conditions: []metav1.Condition{
		{Type: v1alpha1.ConditionReady, Status: metav1.ConditionFalse},
		{Type: v1alpha1.ConditionReconciling, Status: metav1.ConditionTrue},
	}}, nil, nil)
	unready := v1alpha1.InterviewTrackerStatus{
		Conditions: []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionUnknown}},
	}
	dependencies := map[string]v1alpha1.DependencyHealth{
		"database": v1alpha1.DependencyHealthy, "redis": v1alpha1.DependencyUnhealthy, "mail": v1alpha1.DependencyUnknown,
	}
	m.set(hiring, unready, dependencies, []journeyRun{
		{name: "new", interval: time.Minute, Journey: snapshot.Journey{Since: time.Unix(1000, 0)}},
		{name: "works", interval: time.Hour, Journey: snapshot.Journey{
			Since: time.Unix(2000, 0), Last: &snapshot.Run{Succeeded: true, Started: time.Unix(1993, 0), Finished: time.Unix(2000, 0)},
		}},
		{name: "fails", Journey: snapshot.Journey{
			Since: time.Unix(1000, 0), Last: &snapshot.Run{Started: time.Unix(3000, 0), Finished: time.Unix(3002, 0)},
		}},
	})
	m.set(hiring, unready, dependencies, nil) // What journeys have shown stays while the cluster can't be read.
	m.set(other, v1alpha1.InterviewTrackerStatus{
		Components: []v1alpha1.ComponentStatus{
			{Name: "api", Ready: "0/10"},
			{Name: "frontend", Ready: "2/3"},
			{Name: "worker", Ready: "0/0"},
		},
	}, map[string]v1alpha1.DependencyHealth{"database": v1alpha1.DependencyUnhealthy}, nil)
	want := map[string]float64{
		`interviewtracker_condition{name="hiring",namespace="a",status="True",type="Ready"}`:    0,
		`interviewtracker_condition{name="hiring",namespace="a",status="False",type="Ready"}`:   0,
		`interviewtracker_condition{name="hiring",namespace="a",status="Unknown",type="Ready"}`: 1,
		`interviewtracker_dependency_up{dependency="database",name="hiring",namespace="a"}`:     1,
		`interviewtracker_dependency_up{dependency="redis",name="hiring",namespace="a"}`:        0,
		`interviewtracker_dependency_up{dependency="database",name="hiring",namespace="b"}`:     0,
		`interviewtracker_ready_pods{component="api",name="hiring",namespace="b"}`:              0,
		`interviewtracker_ready_pods{component="frontend",name="hiring",namespace="b"}`:         2,
		`interviewtracker_suspended{name="hiring",namespace="a"}`:                               0,

		`interviewtracker_journey_last_run_timestamp_seconds{journey="new",name="hiring",namespace="a"}`:   1000,
		`interviewtracker_journey_interval_seconds{journey="new",name="hiring",namespace="a"}`:             60,
		`interviewtracker_journey_success{journey="works",name="hiring",namespace="a"}`:                    1,
		`interviewtracker_journey_duration_seconds{journey="works",name="hiring",namespace="a"}`:           7,
		`interviewtracker_journey_last_run_timestamp_seconds{journey="works",name="hiring",namespace="a"}`: 2000,
		`interviewtracker_journey_interval_seconds{journey="works",name="hiring",namespace="a"}`:           3600,
		`interviewtracker_journey_success{journey="fails",name="hiring",namespace="a"}`:                    0,
		`interviewtracker_journey_duration_seconds{journey="fails",name="hiring",namespace="a"}`:           2,
		`interviewtracker_journey_last_run_timestamp_seconds{journey="fails",name="hiring",namespace="a"}`: 3002,

		`interviewtracker_suspended{name="hiring",namespace="b"}`:      1,
		`interviewtracker_rollout_failed{name="hiring",namespace="b"}`: 0,
	}
	if diff := cmp.Diff(want, series(t, registry)); diff != "" {
		t.Errorf("of two statuses, the first of them set twice:\n%s", diff)
	}

	m.forget(client.ObjectKeyFromObject(hiring))
	maps.DeleteFunc(want, func(name string, _ float64) bool { return strings.Contains(name, `namespace="a"`) })
	if diff := cmp.Diff(want, series(t, registry)); diff != "" {
		t.Errorf("with one tracker forgotten:\n%s", diff)
	}
}

// A rollout has failed whether or not the operator could go back.
func TestMetricOfAFailedRollout(t *testing.T) {
	m := newMetrics()
	registry := registered(t, m)
	tracker := &v1alpha1.InterviewTracker{}
	tracker.Namespace, tracker.Name, tracker.Spec.Environment = "a", "hiring", v1alpha1.Production
	for reason, want := range map[string]float64{
		v1alpha1.ReasonRolledBack: 1, v1alpha1.ReasonRollbackBlocked: 1, v1alpha1.ReasonInvalidSpec: 0,
	} {
		m.set(tracker, v1alpha1.InterviewTrackerStatus{Conditions: []metav1.Condition{
			{Type: v1alpha1.ConditionStalled, Status: metav1.ConditionTrue, Reason: reason},
		}}, nil, nil)
		if got, exists := series(t, registry)[`interviewtracker_rollout_failed{name="hiring",namespace="a"}`]; !exists || got != want {
			t.Errorf("%s: it is %v, exists: %t", reason, got, exists)
		}
	}
}

func TestMetricsFollowATracker(t *testing.T) {
	t.Parallel()
	o := start(t)
	registry := registered(t, o.Metrics)
	tracker := create(t, namespace(t), nil)
	ready := func(status string) string {
		return fmt.Sprintf(`interviewtracker_condition{name="hiring",namespace=%q,status=%q,type="Ready"}`, tracker.Namespace, status)
	}
	up := fmt.Sprintf(`interviewtracker_dependency_up{dependency="database",name="hiring",namespace=%q}`, tracker.Namespace)
	deployments := func(action string) string {
		return fmt.Sprintf(`interviewtracker_children_total{action=%q,kind="Deployment"}`, action)
	}
	check := func(when string, want map[string]float64) {
		t.Helper()
		got := series(t, registry)
		for name, value := range want {
			if v, exists := got[name]; !exists || v != value {
				t.Errorf("%s, %s is %v (exists: %t), want %v", when, name, v, exists, value)
			}
		}
	}

	o.observed(t, tracker)
	check("after the first reconciliation", map[string]float64{
		ready("True"): 0, ready("False"): 1, ready("Unknown"): 0, up: 0, deployments("applied"): 2,
	})
	o.ready(t, tracker)
	check("when it works", map[string]float64{
		ready("True"): 1, ready("False"): 0, ready("Unknown"): 0, up: 1, deployments("applied"): 2,
	})
	families, err := registry.Gather()
	must(t, err)
	docs, err := os.ReadFile("../docs/metrics.md")
	must(t, err)
	for _, family := range families {
		if !strings.Contains(string(docs), "| `"+family.GetName()+"` |") {
			t.Errorf("docs/metrics.md does not list %s", family.GetName())
		}
	}
	if problems, err := promlint.NewWithMetricFamilies(families).Lint(); err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}

	d := fetch(t, tracker, "hiring-api", &appsv1.Deployment{})
	must(t, k8s.Patch(t.Context(), d, client.RawPatch(types.MergePatchType, []byte(`{"spec":{"replicas":5}}`))))
	o.until(t, tracker, "the replicas are not repaired", func() bool {
		refresh(t, d)
		return *d.Spec.Replicas == 1
	})
	check("after a repair", map[string]float64{deployments("repaired"): 1, deployments("applied"): 2})

	deleteWithChildren(t, tracker)
	err = wait.PollUntilContextTimeout(t.Context(), 20*time.Millisecond, patience, true, func(ctx context.Context) (bool, error) {
		if _, err := o.Reconcile(ctx, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(tracker)}); err != nil {
			return false, err
		}
		_, stands := series(t, registry)[ready("True")]
		return !stands, nil
	})
	if err != nil {
		t.Errorf("the series of a deleted tracker stay: %v", err)
	}
	check("after the deletion", map[string]float64{deployments("applied"): 2})
}
