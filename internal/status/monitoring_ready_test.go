// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"fmt"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// allApplied is all that can be wanted.
func allApplied() *Monitoring {
	labels := map[string]string{"release": "stack"}
	return &Monitoring{Applied: true, Wanted: []MonitoringObject{
		{"ServiceMonitor", "hiring-api", labels},
		{"PrometheusRule", "hiring", labels},
		{"Probe", "hiring-api", labels},
		{"ConfigMap", "hiring-dashboard", nil},
		{"GrafanaDashboard", "hiring", nil},
	}}
}

// prometheus is one that selects what bears a label release.
func prometheus(name, release string, change func(map[string]snapshot.Selector)) snapshot.Selecting {
	p := snapshot.Selecting{Namespace: "monitoring", Name: name, Selectors: map[string]snapshot.Selector{}}
	for kind, field := range map[string]string{"ServiceMonitor": "serviceMonitor", "PrometheusRule": "rule", "Probe": "probe"} {
		p.Selectors[kind] = snapshot.Selector{
			Field: field + "Selector", Written: "release=" + release, NamespaceField: field + "NamespaceSelector", NamespaceWritten: "<none>",
			Matches: func(l map[string]string) bool { return l["release"] == release }, NamespaceMatches: true,
		}
	}
	if change != nil {
		change(p.Selectors)
	}
	return p
}

func TestMonitoringReady(t *testing.T) {
	changed := func(kind string, change func(*snapshot.Selector)) func(map[string]snapshot.Selector) {
		return func(all map[string]snapshot.Selector) {
			s := all[kind]
			change(&s)
			all[kind] = s
		}
	}
	elsewhere := func(written string) func(*snapshot.Selector) {
		return func(s *snapshot.Selector) { s.NamespaceMatches, s.NamespaceWritten = false, written }
	}
	for name, test := range map[string]struct {
		change       func(*Input)
		prometheuses []snapshot.Selecting
		want         string
		says         []string
	}{
		"no Prometheus can be seen": {want: "True Applied", says: []string{"the operator sees no Prometheus object"}},
		"no Prometheus can be seen in its namespaces": {
			change: func(p *Input) { p.Snapshot.Monitoring.Namespaced = true },
			want:   "True Applied",
			says:   []string{"is unknown: the operator's namespaces have no Prometheus object, and it may not list those of others"},
		},
		"none in its namespaces selects": {
			change:       func(p *Input) { p.Snapshot.Monitoring.Namespaced = true },
			prometheuses: []snapshot.Selecting{prometheus("k8s", "other", nil)}, want: "False NotSelected",
			says: []string{"Prometheus monitoring/k8s: ", "may not list the Prometheus objects of other namespaces than its own, one of which may do so"},
		},
		"only a dashboard is wanted": {
			change:       func(p *Input) { p.Monitoring.Wanted = p.Monitoring.Wanted[3:] },
			prometheuses: []snapshot.Selecting{prometheus("k8s", "other", nil)}, want: "True Applied",
		},
		"nothing is wanted": {change: func(p *Input) { p.Monitoring = &Monitoring{Applied: true} }, want: "True Disabled", says: []string{"spec.monitoring"}},
		"selected":          {prometheuses: []snapshot.Selecting{prometheus("k8s", "stack", nil)}, want: "True Selected", says: []string{"by Prometheus monitoring/k8s"}},
		"each by another": {
			prometheuses: []snapshot.Selecting{
				prometheus("a", "stack", changed("PrometheusRule", elsewhere("x=y"))),
				prometheus("b", "other", changed("PrometheusRule", func(s *snapshot.Selector) { s.Matches = func(map[string]string) bool { return true } })),
				prometheus("c", "other", nil),
			},
			want: "True Selected", says: []string{"by Prometheus monitoring/a and monitoring/b"},
		},
		"the labels don't match": {
			prometheuses: []snapshot.Selecting{prometheus("k8s", "other", nil)}, want: "False NotSelected",
			says: []string{
				"Prometheus monitoring/k8s: serviceMonitorSelector (release=other) does not match the labels of ServiceMonitor hiring-api: add them in spec.monitoring.serviceMonitor.labels",
				"ruleSelector (release=other)", "spec.monitoring.alerts.labels", "probeSelector (release=other)", "spec.monitoring.synthetic.labels",
			},
		},
		"a selector is omitted": {
			prometheuses: []snapshot.Selecting{prometheus("k8s", "stack", changed("Probe", func(s *snapshot.Selector) {
				s.Written, s.Matches = "", func(map[string]string) bool { return false }
			}))},
			want: "False NotSelected", says: []string{"probeSelector is omitted and selects nothing"},
		},
		"a selector is not valid": {
			prometheuses: []snapshot.Selecting{prometheus("k8s", "stack", changed("Probe", func(s *snapshot.Selector) {
				s.Written, s.Invalid, s.Matches = "<error>", true, func(map[string]string) bool { return false }
			}))},
			want: "False NotSelected", says: []string{"Prometheus monitoring/k8s: probeSelector is not a valid selector and selects nothing: correct it there"},
		},
		"a selector of namespaces is not valid": {
			prometheuses: []snapshot.Selecting{prometheus("k8s", "stack", changed("Probe", func(s *snapshot.Selector) {
				s.NamespaceWritten, s.NamespaceInvalid, s.NamespaceMatches = "<error>", true, false
			}))},
			want: "False NotSelected", says: []string{"Prometheus monitoring/k8s: probeNamespaceSelector is not a valid selector"},
		},
		"the namespace does not match": {
			prometheuses: []snapshot.Selecting{prometheus("k8s", "stack", changed("PrometheusRule", elsewhere("team=it")))},
			want:         "False NotSelected", says: []string{"ruleNamespaceSelector (team=it) does not match the labels of the namespace"},
		},
		"its own namespace alone": {
			prometheuses: []snapshot.Selecting{prometheus("k8s", "stack", changed("PrometheusRule", elsewhere("")))},
			want:         "False NotSelected", says: []string{"ruleNamespaceSelector is omitted and selects only its own namespace"},
		},
		"many that don't select": {
			prometheuses: []snapshot.Selecting{prometheus("a", "b", nil), prometheus("b", "b", nil), prometheus("c", "b", nil), prometheus("d", "b", nil)},
			want:         "False NotSelected", says: []string{"monitoring/c", "and 1 more"},
		},
		"kinds are absent": {
			change:       func(p *Input) { p.Monitoring.Absent = []string{"PrometheusRule", "ServiceMonitor"} },
			prometheuses: []snapshot.Selecting{prometheus("k8s", "other", nil)},
			want:         "False CRDNotInstalled", says: []string{"lacks PrometheusRule and ServiceMonitor", "install the CRDs of prometheus-operator"},
		},
		"kinds are absent, and it would not be noticed": {
			change: func(p *Input) {
				p.Monitoring.Absent, p.Snapshot.Monitoring.KindsFixed = []string{"Probe"}, true
			},
			want: "False CRDNotInstalled", says: []string{"restart the operator"},
		},
		"of a kind it can't be determined": {
			change: func(p *Input) {
				p.Monitoring.Unclear = []string{"GrafanaDashboard", "Probe"}
				p.Snapshot.Monitoring.KindsUnclear = map[string]string{"Probe": "away", "GrafanaDashboard": "forbidden"}
			},
			want: "Unknown ReconcileFailed", says: []string{"whether the cluster has GrafanaDashboard: forbidden; ", "the cluster has Probe: away"},
		},
		"of a kind it can't be determined, and another is absent": {
			change: func(p *Input) {
				p.Monitoring.Unclear, p.Monitoring.Absent = []string{"Probe"}, []string{"ServiceMonitor"}
			},
			want: "False CRDNotInstalled", says: []string{"lacks ServiceMonitor:"},
		},
		"whether there is a Prometheus can't be determined": {
			change: func(p *Input) { p.Snapshot.Monitoring.KindsUnclear = map[string]string{"Prometheus": "away"} },
			want:   "Unknown ReconcileFailed", says: []string{"the cluster has Prometheus: away"},
		},
		"nor does it matter": {
			change: func(p *Input) {
				p.Snapshot.Monitoring.KindsUnclear = map[string]string{"Prometheus": "away", "Probe": "away"}
				p.Monitoring.Wanted = p.Monitoring.Wanted[3:]
			},
			want: "True Applied",
		},
		"an alert is unknown": {
			change: func(p *Input) { disable(p, "Old") },
			want:   "False UnknownAlert", says: []string{`spec.monitoring.alerts.disabled names unknown alerts: "Old"`},
		},
		"an alert is unknown, and no Prometheus selects an object": {
			change: func(p *Input) {
				disable(p, "Old")
				p.Snapshot.Monitoring.Prometheuses = []snapshot.Selecting{{Name: "main"}}
			},
			want: "False NotSelected",
		},
		"an alert is unknown, and an object can't be applied": {
			change: func(p *Input) {
				disable(p, "Old")
				p.Monitoring.Applied, p.Monitoring.Problem = false, &Cause{"NameConflict", "taken"}
			},
			want: "False NameConflict",
		},
		"an object can't be applied": {
			change: func(p *Input) { p.Monitoring.Applied, p.Monitoring.Problem = false, &Cause{"NameConflict", "taken"} },
			want:   "False NameConflict", says: []string{"taken"},
		},
		"the tracker's own objects can't be applied": {
			change: func(p *Input) { p.Monitoring.Applied, p.Reconciling = false, &Cause{"ReconcileFailed", "away"} },
			want:   "Unknown ReconcileFailed", says: []string{"wait for the tracker's other objects: away"},
		},
		"they can't, and the others were": {
			change: func(p *Input) {
				p.Monitoring.Applied, p.Reconciling = false, &Cause{"ReconcileFailed", "away"}
				p.Tracker.Status = appliedOf(p.Tracker.Generation, v1alpha1.ReasonSelected)
			},
			want: "True Applied",
		},
		"they can't, and the others were, and are not selected": {
			change: func(p *Input) {
				p.Monitoring.Applied, p.Reconciling = false, &Cause{"ReconcileFailed", "away"}
				p.Tracker.Status = appliedOf(p.Tracker.Generation, v1alpha1.ReasonSelected)
			},
			prometheuses: []snapshot.Selecting{prometheus("k8s", "other", nil)}, want: "False NotSelected",
		},
		"they can't, and the others were of an earlier spec": {
			change: func(p *Input) {
				p.Monitoring.Applied, p.Reconciling = false, &Cause{"ReconcileFailed", "away"}
				p.Tracker.Status = appliedOf(p.Tracker.Generation-1, v1alpha1.ReasonSelected)
			},
			want: "Unknown ReconcileFailed",
		},
		"they can't, and neither could the others": {
			change: func(p *Input) {
				p.Monitoring.Applied, p.Reconciling = false, &Cause{"ReconcileFailed", "away"}
				p.Tracker.Status = appliedOf(p.Tracker.Generation, v1alpha1.ReasonNameConflict)
			},
			want: "Unknown ReconcileFailed",
		},
		"the spec can't be built": {
			change: func(p *Input) { p.Monitoring, p.Stalled = nil, &Cause{"InvalidPatch", "spec.patches[0]"} },
			want:   "Unknown InvalidPatch", says: []string{"spec.patches[0]"},
		},
		"suspended": {
			change: func(p *Input) {
				p.Tracker.Spec.Suspend, p.Monitoring = true, nil
				p.Tracker.Status = appliedOf(p.Tracker.Generation, v1alpha1.ReasonSelected)
			},
			prometheuses: []snapshot.Selecting{prometheus("k8s", "stack", nil)},
			want:         "Unknown Suspended", says: []string{"spec.suspend is true: no monitoring object is written"},
		},
		"nothing can be read": {
			change: func(p *Input) { p.Snapshot, p.Reconciling = nil, &Cause{"ReconcileFailed", "away"} },
			want:   "Unknown ReconcileFailed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Monitoring: allApplied(), Now: t0}
			p.Snapshot.Monitoring.Prometheuses = test.prometheuses
			if test.change != nil {
				test.change(&p)
			}
			next := Compute(p)
			got := meta.FindStatusCondition(next.Conditions, v1alpha1.ConditionMonitoringReady)
			if s := string(got.Status) + " " + got.Reason; s != test.want {
				t.Errorf("%s: %s, want %s", s, got.Message, test.want)
			}
			for _, text := range test.says {
				if !strings.Contains(got.Message, text) {
					t.Errorf("%q does not say %q", got.Message, text)
				}
			}
			if again := Compute(p); meta.FindStatusCondition(again.Conditions, v1alpha1.ConditionMonitoringReady).Message != got.Message {
				t.Error("the message varies")
			}
			ready := meta.FindStatusCondition(next.Conditions, v1alpha1.ConditionReady)
			if p.Snapshot != nil && p.Stalled == nil && !p.Failed && !p.Tracker.Spec.Suspend && ready.Status != metav1.ConditionTrue {
				t.Errorf("Ready is gated: %+v", ready)
			}
		})
	}
}

// Alerts that can never fire are told, with what they need, and make nothing False: Prometheus
// may have it in a way that can't be seen.
func TestBlindAlertsAreTold(t *testing.T) {
	const (
		selected = "the monitoring objects are selected by Prometheus monitoring/k8s"
		kubelet  = "no ServiceMonitor of the kubelet is visible; install kube-prometheus-stack, or scrape the kubelet's /metrics"
		operator = "no ServiceMonitor of the operator is visible; apply config/prometheus"
	)
	external := func() *v1alpha1.DependencySpec { return &v1alpha1.DependencySpec{External: &v1alpha1.ExternalSpec{}} }
	disabled := func(names ...v1alpha1.AlertName) *v1alpha1.AlertsSpec { return &v1alpha1.AlertsSpec{Disabled: names} }
	for name, test := range map[string]struct {
		kubelet, operator bool // Whether they are unscraped.
		alerts            *v1alpha1.AlertsSpec
		change            func(*v1alpha1.InterviewTrackerSpec)
		want              string
	}{
		"all is scraped": {want: selected},
		"nothing is": {kubelet: true, operator: true, want: selected + ". LowDiskSpace can't see the volumes of the managed database and Redis: " + kubelet +
			". TrackerDependencyDown, TrackerDependencyUnknown and TrackerRolloutStuck can't see the tracker's conditions: " + operator},
		"an optional Redis": {
			operator: true, change: func(s *v1alpha1.InterviewTrackerSpec) {
				s.Redis = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{}, Requirement: v1alpha1.RequirementOptional}
			},
			want: selected + ". TrackerDependencyDown, TrackerDependencyUnknown, TrackerRolloutStuck and 1 more can't see the tracker's conditions: " + operator,
		},
		"one volume": {
			kubelet: true, change: func(s *v1alpha1.InterviewTrackerSpec) { s.Database = external() },
			want: selected + ". LowDiskSpace can't see the volumes of the managed Redis: " + kubelet,
		},
		"no volumes": {
			kubelet: true, change: func(s *v1alpha1.InterviewTrackerSpec) { s.Database, s.Redis = external(), external() }, want: selected,
		},
		"metrics of Kubernetes": {
			kubelet: true, alerts: &v1alpha1.AlertsSpec{MetricsSource: v1alpha1.MetricsSourceKubernetes},
			change: func(s *v1alpha1.InterviewTrackerSpec) { s.Database, s.Redis = external(), external() },
			want:   selected + ". HighMemoryUsage, HighCPUUsage and LowDiskSpace can't see the containers: " + kubelet + " and /metrics/cadvisor",
		},
		"without the disabled ones": {
			kubelet: true, operator: true, alerts: disabled("LowDiskSpace", "TrackerDependencyUnknown"),
			want: selected + ". TrackerDependencyDown and TrackerRolloutStuck can't see the tracker's conditions: " + operator,
		},
		"all are disabled": {
			kubelet: true, operator: true, alerts: disabled("LowDiskSpace", "TrackerDependencyDown", "TrackerDependencyUnknown", "TrackerRolloutStuck"),
			want: selected,
		},
		"there are no rules": {kubelet: true, operator: true, alerts: &v1alpha1.AlertsSpec{Enabled: new(false)}, want: selected},
		"rollouts, and the operator is not scraped": {
			operator: true, alerts: disabled("TrackerDependencyDown", "TrackerDependencyUnknown", "TrackerRolloutStuck"),
			change: func(spec *v1alpha1.InterviewTrackerSpec) {
				spec.Rollout = &v1alpha1.RolloutSpec{AutoRollback: new(true)}
			},
			want: selected + ". TrackerRolloutFailed can't see the rollouts: " + operator,
		},
		"journeys, and the operator is not scraped": {
			operator: true, alerts: disabled("TrackerDependencyDown", "TrackerDependencyUnknown", "TrackerRolloutStuck"),
			change: func(spec *v1alpha1.InterviewTrackerSpec) {
				spec.Monitoring.Journeys = []v1alpha1.JourneySpec{{Name: "hiring", Schedule: "* * * * *"}}
			},
			want: selected + ". TrackerJourneyFailing and TrackerJourneyNotRunning can't see the journeys: " + operator,
		},
	} {
		p := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Monitoring: allApplied(), Now: t0}
		p.Tracker.Spec.Monitoring = &v1alpha1.MonitoringSpec{Alerts: test.alerts, Notifications: &v1alpha1.NotificationsSpec{}}
		p.Snapshot.Monitoring.Prometheuses = []snapshot.Selecting{prometheus("k8s", "stack", nil)}
		p.Snapshot.Monitoring.KubeletUnscraped, p.Snapshot.Monitoring.OperatorUnscraped = test.kubelet, test.operator
		if test.change != nil {
			test.change(&p.Tracker.Spec)
		}
		if got := monitoringReady(p); got.Status != metav1.ConditionTrue || got.Reason != v1alpha1.ReasonSelected || got.Message != test.want {
			t.Errorf("%s: got  %s %s: %s\nwant %s", name, got.Status, got.Reason, got.Message, test.want)
		}
	}
}

// appliedOf is a status whose MonitoringReady describes a generation.
func appliedOf(generation int64, reason string) v1alpha1.InterviewTrackerStatus {
	return v1alpha1.InterviewTrackerStatus{ObservedGeneration: generation, Conditions: []metav1.Condition{{
		Type: v1alpha1.ConditionMonitoringReady, Reason: reason,
	}}}
}

// with is a status with one MonitoringReady.
func with(s metav1.ConditionStatus, reason string) v1alpha1.InterviewTrackerStatus {
	return v1alpha1.InterviewTrackerStatus{Conditions: []metav1.Condition{
		{Type: v1alpha1.ConditionReady, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonProgressing},
		{Type: v1alpha1.ConditionMonitoringReady, Status: s, Reason: reason, Message: "so", LastTransitionTime: t0},
	}}
}

func TestMonitoringIsToldInEvents(t *testing.T) {
	applied := with(metav1.ConditionTrue, v1alpha1.ReasonApplied)
	absent := with(metav1.ConditionFalse, v1alpha1.ReasonCRDNotInstalled)
	notSelected := with(metav1.ConditionFalse, v1alpha1.ReasonNotSelected)
	suspended := with(metav1.ConditionUnknown, v1alpha1.ReasonSuspended)
	stalled := with(metav1.ConditionUnknown, v1alpha1.ReasonInvalidPatch)
	stalled.Conditions = append(stalled.Conditions, metav1.Condition{Type: v1alpha1.ConditionAPIAvailable, Status: metav1.ConditionTrue})
	for name, test := range map[string]struct {
		before, after v1alpha1.InterviewTrackerStatus
		want          string
	}{
		"kinds that a cluster may lack are no news": {v1alpha1.InterviewTrackerStatus{}, absent, "[]"},
		"nor when they go":                          {applied, absent, "[]"},
		"nor when they come":                        {absent, applied, "[]"},
		"not selected":                              {applied, notSelected, "[{Warning MonitoringNotReady NotSelected: so}]"},
		"not selected at first":                     {v1alpha1.InterviewTrackerStatus{}, notSelected, "[{Warning MonitoringNotReady NotSelected: so}]"},
		"selected again":                            {notSelected, applied, "[{Normal MonitoringRecovered so, after 0s of NotSelected}]"},
		"suspended is no news":                      {applied, suspended, "[]"},
		"nor what keeps the tracker's own":          {applied, stalled, "[]"},
		"the same":                                  {notSelected, notSelected, "[]"},
	} {
		t.Run(name, func(t *testing.T) {
			events, _ := Transitions(catalog.Default(), &v1alpha1.InterviewTrackerSpec{}, test.before, test.after, nil)
			if got := fmt.Sprint(events); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

// What a person should know of the monitoring does not wait for a rollout; that it
// stands costs no write.
func TestMonitoringAndProgress(t *testing.T) {
	applied, refused := with(metav1.ConditionTrue, v1alpha1.ReasonApplied), with(metav1.ConditionFalse, v1alpha1.ReasonInvalidRule)
	if OnlyProgress(catalog.Default(), &v1alpha1.InterviewTrackerSpec{}, applied, refused) {
		t.Error("a refusal waits")
	}
	more := with(metav1.ConditionFalse, v1alpha1.ReasonInvalidRule)
	meta.FindStatusCondition(more.Conditions, v1alpha1.ConditionMonitoringReady).Message = "another rule, too"
	if OnlyProgress(catalog.Default(), &v1alpha1.InterviewTrackerSpec{}, refused, more) {
		t.Error("another refusal waits")
	}
	for _, s := range []v1alpha1.InterviewTrackerStatus{applied, refused, with(metav1.ConditionFalse, v1alpha1.ReasonCRDNotInstalled)} {
		if !OnlyProgress(catalog.Default(), &v1alpha1.InterviewTrackerSpec{}, s, s) {
			t.Errorf("%+v does not wait", s.Conditions)
		}
	}
}

// disable names an alert in spec.monitoring.alerts.disabled.
func disable(p *Input, name v1alpha1.AlertName) {
	p.Tracker.Spec.Monitoring = &v1alpha1.MonitoringSpec{Alerts: &v1alpha1.AlertsSpec{Disabled: []v1alpha1.AlertName{name}}}
}
