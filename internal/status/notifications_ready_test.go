// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// notified is a tracker with two receivers, whose objects are applied.
func notified() Input {
	in := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t1, Monitoring: allApplied()}
	in.Tracker.Spec.Monitoring = &v1alpha1.MonitoringSpec{Notifications: &v1alpha1.NotificationsSpec{
		Receivers: []v1alpha1.Receiver{
			{Name: "chat", Slack: &v1alpha1.SlackReceiver{APIURL: v1alpha1.SecretKey{Name: "pagers", Key: "slack"}}},
			{Name: "pager", PagerDuty: &v1alpha1.PagerDutyReceiver{RoutingKey: v1alpha1.SecretKey{Name: "pagers", Key: "key"}}},
		},
		Escalation: []v1alpha1.EscalationLevel{{Name: "on-call engineer", Receivers: []string{"chat", "pager"}}},
	}}
	in.Monitoring.Wanted = append(in.Monitoring.Wanted, MonitoringObject{"AlertmanagerConfig", "hiring", map[string]string{"release": "stack"}})
	return in
}

// alertmanager is one that selects what bears a label release.
func alertmanager(name, release string) snapshot.Selecting {
	return snapshot.Selecting{Namespace: "monitoring", Name: name, Selectors: map[string]snapshot.Selector{"AlertmanagerConfig": {
		Field: "alertmanagerConfigSelector", Written: "release=" + release,
		NamespaceField: "alertmanagerConfigNamespaceSelector", NamespaceWritten: "<none>", NamespaceMatches: true,
		Matches: func(l map[string]string) bool { return l["release"] == release },
	}}}
}

func TestNotificationsReady(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Input)
		want   string // Empty when there is no such condition.
		says   []string
	}{
		"no notifications": {change: func(in *Input) { in.Tracker.Spec.Monitoring = nil }},
		"no Alertmanager can be seen in its namespaces": {
			change: func(in *Input) { in.Snapshot.Monitoring.Namespaced = true }, want: "True Routed",
			says: []string{"is unknown: the operator's namespaces have no Alertmanager object, and it may not list those of others"},
		},
		"no Alertmanager can be seen": {want: "True Routed", says: []string{"the operator sees no Alertmanager object"}},
		"selected": {
			change: func(in *Input) {
				in.Snapshot.Monitoring.Alertmanagers = []snapshot.Selecting{alertmanager("a", "other"), alertmanager("main", "stack")}
			},
			want: "True Routed", says: []string{"through Alertmanager monitoring/main"},
		},
		"not selected": {
			change: func(in *Input) {
				in.Snapshot.Monitoring.Alertmanagers = []snapshot.Selecting{alertmanager("main", "other")}
			},
			want: "False NotSelected",
			says: []string{"Alertmanager monitoring/main: alertmanagerConfigSelector (release=other) does not match the labels of AlertmanagerConfig hiring: " +
				"add them in spec.monitoring.notifications.labels"},
		},
		"the kind is absent": {
			change: func(in *Input) { in.Monitoring.Absent = []string{"AlertmanagerConfig"} },
			want:   "False CRDNotInstalled", says: []string{"the cluster lacks AlertmanagerConfig: install the CRDs of prometheus-operator"},
		},
		"the kind is absent, and it would not be noticed": {
			change: func(in *Input) {
				in.Monitoring.Absent, in.Snapshot.Monitoring.KindsFixed = []string{"AlertmanagerConfig"}, true
			},
			want: "False CRDNotInstalled", says: []string{"restart the operator"},
		},
		"it is not known whether there is the kind": {
			change: func(in *Input) {
				in.Monitoring.Unclear = []string{"AlertmanagerConfig"}
				in.Snapshot.Monitoring.KindsUnclear = map[string]string{"AlertmanagerConfig": "forbidden"}
			},
			want: "Unknown ReconcileFailed", says: []string{"AlertmanagerConfig: forbidden"},
		},
		"it is not known whether there are Alertmanagers": {
			change: func(in *Input) {
				in.Snapshot.Monitoring.KindsUnclear = map[string]string{"Alertmanager": "forbidden"}
			},
			want: "Unknown ReconcileFailed", says: []string{"Alertmanager: forbidden"},
		},
		"a Secret and a route are missing, and a value is none": {
			change: func(in *Input) {
				in.Snapshot.Notifications = map[string]snapshot.SelectedKey{
					"chat": {Problem: `Secret "pagers" has no key "slack"`}, "pager": {Flaw: `Secret "pagers", key "key": the value ends with a line break`},
				}
				in.Monitoring.Unrouted = []string{"no receiver is notified of LowDiskSpace"}
			},
			want: "False SecretNotFound", says: []string{
				`Secret "pagers" has no key "slack" (receiver chat)`, `the value ends with a line break (receiver pager)`, "no receiver is notified of LowDiskSpace",
			},
		},
		"one Secret of two receivers": {
			change: func(in *Input) {
				missing := snapshot.SelectedKey{Problem: `Secret "pagers" does not exist`}
				in.Snapshot.Notifications = map[string]snapshot.SelectedKey{"chat": missing, "pager": missing}
			},
			want: "False SecretNotFound", says: []string{
				`Secret "pagers" does not exist (receiver chat and pager); until then prometheus-operator rejects the AlertmanagerConfig, ` +
					`and no receiver of the tracker is notified`,
			},
		},
		"a value is none": {
			change: func(in *Input) { in.Snapshot.Notifications = map[string]snapshot.SelectedKey{"pager": {Flaw: "x"}} },
			want:   "False InvalidSecret", says: []string{"x (receiver pager)"},
		},
		"no route": {
			change: func(in *Input) { in.Monitoring.Unrouted = []string{"no receiver is notified of LowDiskSpace"} },
			want:   "False NoRoute", says: []string{"LowDiskSpace"},
		},
		"refused": {
			change: func(in *Input) {
				in.Monitoring.Applied, in.Monitoring.Problem = false, &Cause{v1alpha1.ReasonNameConflict, "AlertmanagerConfig hiring exists"}
			},
			want: "False NameConflict", says: []string{"AlertmanagerConfig hiring exists"},
		},
		"not applied yet": {change: func(in *Input) { in.Monitoring.Applied = false }, want: "Unknown ReconcileFailed", says: []string{"not applied yet"}},
		"applied before": {
			change: func(in *Input) {
				in.Monitoring.Applied = false
				in.Tracker.Status.ObservedGeneration = in.Tracker.Generation
				in.Tracker.Status.Conditions = []metav1.Condition{{
					Type: v1alpha1.ConditionNotificationsReady, Status: "False", Reason: "NotSelected",
				}}
			},
			want: "True Routed",
		},
		"suspended": {change: func(in *Input) { in.Tracker.Spec.Suspend = true }, want: "Unknown Suspended", says: []string{"spec.suspend is true"}},
		"unread":    {change: func(in *Input) { in.Snapshot = nil }, want: "Unknown ReconcileFailed", says: []string{"could not be read"}},
		"not built": {change: func(in *Input) { in.Monitoring = nil }, want: "Unknown ReconcileFailed", says: []string{"not applied yet"}},
	} {
		t.Run(name, func(t *testing.T) {
			in := notified()
			if test.change != nil {
				test.change(&in)
			}
			conditions := Compute(in).Conditions
			c := meta.FindStatusCondition(conditions, v1alpha1.ConditionNotificationsReady)
			if test.want == "" || c == nil {
				if test.want != "" || c != nil {
					t.Fatalf("the condition is %v, want %q", c, test.want)
				}
				return
			}
			if got := string(c.Status) + " " + c.Reason; got != test.want {
				t.Errorf("got %s (%s), want %s", got, c.Message, test.want)
			}
			for _, words := range test.says {
				if !strings.Contains(c.Message, words) {
					t.Errorf("the message lacks %q: %s", words, c.Message)
				}
			}
			if ready := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady); in.Snapshot != nil && !in.Tracker.Spec.Suspend && ready.Status != "True" {
				t.Errorf("Ready is %s: %s", ready.Status, ready.Message)
			}
		})
	}
}

// That the cluster lacks AlertmanagerConfig is reported once.
func TestMonitoringReadyLeavesOutNotifications(t *testing.T) {
	in := notified()
	in.Monitoring.Absent, in.Monitoring.Unclear = []string{"AlertmanagerConfig"}, []string{"AlertmanagerConfig"}
	if c := monitoringReady(in); c.Reason != v1alpha1.ReasonApplied || strings.Contains(c.Message, "is not set") {
		t.Errorf("got %s: %s", c.Reason, c.Message)
	}
	in.Tracker.Spec.Monitoring.Notifications = nil
	if c := monitoringReady(in); !strings.Contains(c.Message, "spec.monitoring.notifications is not set") {
		t.Errorf("nothing says that nobody may be notified: %s", c.Message)
	}
	in.Tracker.Spec.Monitoring.Alerts = &v1alpha1.AlertsSpec{Enabled: new(false)}
	if c := monitoringReady(in); strings.Contains(c.Message, "is not set") {
		t.Errorf("there are no alerts: %s", c.Message)
	}
}

func TestUnderMaintenance(t *testing.T) {
	now := time.Date(2026, 1, 2, 15, 0, 30, 0, time.UTC)
	for until, want := range map[string]string{
		"2026-01-02T15:00:00Z":      "",
		"2026-01-02T15:00:10Z":      "until 2026-01-02T15:01:00Z: new disks",
		"2026-01-02T15:01:00Z":      "until 2026-01-02T15:01:00Z: new disks",
		"2026-01-02T17:00:00+01:00": "until 2026-01-02T16:00:00Z: new disks",
	} {
		in := notified()
		in.Now = metav1.NewTime(now)
		end, err := time.Parse(time.RFC3339, until)
		if err != nil {
			t.Fatal(err)
		}
		in.Tracker.Spec.Maintenance = &v1alpha1.MaintenanceSpec{Until: metav1.NewTime(end), Reason: "new disks"}
		status := Compute(in)
		c := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionUnderMaintenance)
		wait := RecheckAfter(in.Tracker, v1alpha1.InterviewTrackerStatus{}, in.Snapshot, Rollout{}, now)
		if want == "" {
			if c != nil || wait != 0 {
				t.Errorf("until %s: got %v, and to look again after %s", until, c, wait)
			}
			continue
		}
		if c == nil || c.Status != metav1.ConditionTrue || c.Reason != v1alpha1.ReasonPagesMuted || c.Message != want {
			t.Errorf("until %s: got %v", until, c)
		}
		if end := now.Add(wait); end.Second() != 0 || end.Before(now) {
			t.Errorf("until %s: looked at again at %s", until, end)
		}
		in.Tracker.Spec.Suspend = true
		c = meta.FindStatusCondition(Compute(in).Conditions, v1alpha1.ConditionUnderMaintenance)
		if c == nil || c.Status != metav1.ConditionUnknown || c.Reason != v1alpha1.ReasonSuspended || !strings.HasPrefix(c.Message, want) {
			t.Errorf("until %s, suspended: got %v", until, c)
		}
		in.Tracker.Spec.Suspend = false
		in.Now = metav1.NewTime(now.Add(wait))
		if ended := meta.FindStatusCondition(Compute(in).Conditions, v1alpha1.ConditionUnderMaintenance); ended != nil {
			t.Errorf("until %s: it has not ended when it was looked at again: %v", until, ended)
		}
		after := Compute(in)
		for what, events := range map[string][]Event{
			"PagesMuted": maintenanceEvents(after, status), "MaintenanceEnded": maintenanceEvents(status, after),
		} {
			if len(events) != 1 || events[0].Reason != what {
				t.Errorf("the events are %v, want %s", events, what)
			}
		}
		if events := maintenanceEvents(status, status); len(events) > 0 {
			t.Errorf("nothing changed, and the events are %v", events)
		}
	}
}
