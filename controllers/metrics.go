// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// Metrics are the statuses of all trackers as they were last computed, and counts of
// what was done with their children, as a Prometheus collector. docs/metrics.md lists
// them.
type Metrics struct {
	children *prometheus.CounterVec

	mu       sync.Mutex
	trackers map[types.NamespacedName]lastStatus
}

// lastStatus is what the series of a tracker are made of.
type lastStatus struct {
	suspended    bool
	autoRollback bool
	status       v1alpha1.InterviewTrackerStatus
	dependencies map[string]v1alpha1.DependencyHealth
	journeys     []journeyRun
}

// journeyRun is what the series of a journey are made of.
type journeyRun struct {
	name string
	// interval is the longest time between two runs; 0 if it is not known.
	interval time.Duration
	snapshot.Journey
}

var (
	conditionDesc = prometheus.NewDesc(promql.Condition,
		"The conditions of a tracker: 1 for the status that a condition has, 0 for those that it hasn't.",
		[]string{"namespace", "name", "type", "status"}, nil)
	dependencyUpDesc = prometheus.NewDesc(promql.DependencyUp,
		"Whether a dependency of a tracker is healthy (1) or unhealthy (0); absent while that is unknown.",
		[]string{"namespace", "name", "dependency"}, nil)
	readyPodsDesc = prometheus.NewDesc(promql.ReadyPods,
		"How many pods of a component of a tracker are ready; absent for a component that is to have none.",
		[]string{"namespace", "name", "component"}, nil)
	suspendedDesc = prometheus.NewDesc(promql.Suspended,
		"Whether a tracker is suspended (1) or not (0).",
		[]string{"namespace", "name"}, nil)
	rolloutFailedDesc = prometheus.NewDesc(promql.RolloutFailed,
		"Whether the pod templates of a tracker's spec have failed (1) or not (0); absent unless spec.rollout.autoRollback is true.",
		[]string{"namespace", "name"}, nil)
	journeySuccessDesc = prometheus.NewDesc(promql.JourneySuccess,
		"Whether the last run of a journey of a tracker succeeded (1) or failed (0); absent before the first has ended.",
		[]string{"namespace", "name", "journey"}, nil)
	journeyDurationDesc = prometheus.NewDesc(promql.JourneyDuration,
		"How long the last run of a journey of a tracker took, in seconds; absent before the first has ended.",
		[]string{"namespace", "name", "journey"}, nil)
	journeyLastRunDesc = prometheus.NewDesc(promql.JourneyLastRun,
		"When the last run of a journey of a tracker ended, in seconds since 1970; before the first, when the journey was created.",
		[]string{"namespace", "name", "journey"}, nil)
	journeyIntervalDesc = prometheus.NewDesc(promql.JourneyInterval,
		"The longest time between the starts of two runs of a journey of a tracker, by its schedule, in seconds.",
		[]string{"namespace", "name", "journey"}, nil)
)

func newMetrics() *Metrics {
	return &Metrics{
		children: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: promql.Children,
			Help: "Children of trackers that were applied (created or changed), skipped (left as they were), repaired and pruned.",
		}, []string{"action", "kind"}),
		trackers: map[types.NamespacedName]lastStatus{},
	}
}

// Describe sends the descriptions of all metrics.
func (m *Metrics) Describe(ch chan<- *prometheus.Desc) {
	ch <- conditionDesc
	ch <- dependencyUpDesc
	ch <- readyPodsDesc
	ch <- suspendedDesc
	ch <- rolloutFailedDesc
	ch <- journeySuccessDesc
	ch <- journeyDurationDesc
	ch <- journeyLastRunDesc
	ch <- journeyIntervalDesc
	m.children.Describe(ch)
}

// Collect sends all metrics.
func (m *Metrics) Collect(ch chan<- prometheus.Metric) {
	m.children.Collect(ch)
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, t := range m.trackers {
		collectConditions(ch, name, t.status.Conditions)
		collectDependencies(ch, name, t.dependencies)
		collectComponents(ch, name, t.status.Components)
		collectJourneys(ch, name, t.journeys)
		ch <- prometheus.MustNewConstMetric(suspendedDesc, prometheus.GaugeValue, oneIf(t.suspended), name.Namespace, name.Name)
		if t.autoRollback {
			ch <- prometheus.MustNewConstMetric(rolloutFailedDesc, prometheus.GaugeValue, oneIf(rolloutFailed(t.status.Conditions)),
				name.Namespace, name.Name)
		}
	}
}

func collectConditions(ch chan<- prometheus.Metric, tracker types.NamespacedName, conditions []metav1.Condition) {
	for _, c := range conditions {
		for _, status := range []metav1.ConditionStatus{metav1.ConditionTrue, metav1.ConditionFalse, metav1.ConditionUnknown} {
			ch <- prometheus.MustNewConstMetric(conditionDesc, prometheus.GaugeValue, oneIf(c.Status == status),
				tracker.Namespace, tracker.Name, c.Type, string(status))
		}
	}
}

func collectDependencies(ch chan<- prometheus.Metric, tracker types.NamespacedName, dependencies map[string]v1alpha1.DependencyHealth) {
	up := map[v1alpha1.DependencyHealth]float64{v1alpha1.DependencyHealthy: 1, v1alpha1.DependencyUnhealthy: 0}
	for name, health := range dependencies {
		if value, ok := up[health]; ok {
			ch <- prometheus.MustNewConstMetric(dependencyUpDesc, prometheus.GaugeValue, value,
				tracker.Namespace, tracker.Name, name)
		}
	}
}

func collectComponents(ch chan<- prometheus.Metric, tracker types.NamespacedName, components []v1alpha1.ComponentStatus) {
	for _, c := range components {
		if strings.HasSuffix(c.Ready, "/0") { // None is wanted: it is no outage that none is ready.
			continue
		}
		ch <- prometheus.MustNewConstMetric(readyPodsDesc, prometheus.GaugeValue, float64(c.ReadyPods()),
			tracker.Namespace, tracker.Name, string(c.Name))
	}
}

func collectJourneys(ch chan<- prometheus.Metric, tracker types.NamespacedName, journeys []journeyRun) {
	for _, j := range journeys {
		send := func(desc *prometheus.Desc, value float64) {
			ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, tracker.Namespace, tracker.Name, j.name)
		}
		if last := j.Last; last != nil {
			send(journeySuccessDesc, oneIf(last.Succeeded))
			send(journeyDurationDesc, last.Finished.Sub(last.Started).Seconds())
		}
		send(journeyLastRunDesc, float64(j.LastEnd().Unix()))
		if j.interval > 0 {
			send(journeyIntervalDesc, j.interval.Seconds())
		}
	}
}

// rolloutFailed reports whether the operator has gone back to good pod templates, or can't.
func rolloutFailed(conditions []metav1.Condition) bool {
	stalled := meta.FindStatusCondition(conditions, v1alpha1.ConditionStalled)
	return stalled != nil && (stalled.Reason == v1alpha1.ReasonRolledBack || stalled.Reason == v1alpha1.ReasonRollbackBlocked)
}

func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// set replaces the status of a tracker with the health of its dependencies, and what its journeys
// have shown unless that is nil: not known.
func (m *Metrics) set(
	t *v1alpha1.InterviewTracker, status v1alpha1.InterviewTrackerStatus, dependencies map[string]v1alpha1.DependencyHealth, journeys []journeyRun,
) {
	m.mu.Lock()
	defer m.mu.Unlock()
	name := client.ObjectKeyFromObject(t)
	if journeys == nil {
		journeys = m.trackers[name].journeys
	}
	m.trackers[name] = lastStatus{t.Spec.Suspend, t.Spec.GetAutoRollback(), status, dependencies, journeys}
}

// journeyRuns are the journeys of a tracker that have a CronJob; nil if the cluster could not be read.
func journeyRuns(t *v1alpha1.InterviewTracker, s *snapshot.Snapshot) []journeyRun {
	if s == nil {
		return nil
	}
	runs := []journeyRun{}
	spec := t.Spec.GetJourneys()
	for i := range spec {
		if journey, exists := s.Journeys[spec[i].Name]; exists {
			runs = append(runs, journeyRun{spec[i].Name, desired.JourneyGap(t, &spec[i]), journey})
		}
	}
	return runs
}

// forget drops the series of a tracker that is gone.
func (m *Metrics) forget(tracker types.NamespacedName) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.trackers, tracker)
}

// count adds what a step did with the children.
func (m *Metrics) count(counts apply.Counts) {
	for c, n := range counts {
		m.children.WithLabelValues(string(c.Action), c.Kind).Add(float64(n))
	}
}
