// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package gitops

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
	"github.com/interview-tracker/interview-tracker-operator/internal/status"
)

// The operator's own function computes the statuses, for every state of the cluster combined
// with every result of a reconcile.
func TestEveryComputedStatus(t *testing.T) {
	overrides := customizations(t)
	cause := func(reason string) *status.Cause {
		return &status.Cause{Reason: reason, Message: "the words of " + reason}
	}
	seen := map[string]int{}
	for clusterName, cluster := range clusters() {
		for passName, change := range map[string]func(*status.Input){
			"settled":   func(*status.Input) {},
			"stalled":   func(p *status.Input) { p.Stalled, p.Failed = cause(v1alpha1.ReasonNameConflict), true },
			"failed":    func(p *status.Input) { p.Reconciling, p.Failed = cause(v1alpha1.ReasonReconcileFailed), true },
			"waiting":   func(p *status.Input) { p.Reconciling, p.Failed = cause(v1alpha1.ReasonAwaitingGarbageCollection), true },
			"contested": func(p *status.Input) { p.Reconciling = cause(v1alpha1.ReasonRepairContested) },
			"refused and contested": func(p *status.Input) {
				p.Stalled, p.Reconciling = cause(v1alpha1.ReasonUnsupportedChange), cause(v1alpha1.ReasonRepairContested)
			},
			"suspended": func(p *status.Input) { p.Tracker.Spec.Suspend = true },
		} {
			for _, wasReady := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, %s, was ready: %t", clusterName, passName, wasReady), func(t *testing.T) {
					tracker := withConditions(nil, -1, false)
					if wasReady {
						tracker.Status = status.Compute(status.Input{Catalog: catalog.Default(), Tracker: tracker, Snapshot: working(), Now: metav1.Now()})
					}
					p := status.Input{Catalog: catalog.Default(), Tracker: tracker, Snapshot: cluster(), Now: metav1.NewTime(time.Now().Add(time.Minute))}
					change(&p)
					if p.Snapshot == nil && p.Reconciling == nil {
						p.Reconciling, p.Failed = cause(v1alpha1.ReasonReconcileFailed), true
					}
					tracker.Status = status.Compute(p)
					kstatus, argo := evaluate(t, overrides, generic(t, tracker))
					seen[kstatus+" "+string(argo.Status)]++

					// A new generation that the operator has not observed yet.
					tracker.Generation++
					if kstatus, argo := evaluate(t, overrides, generic(t, tracker)); kstatus != "InProgress" || argo.Status != "Progressing" {
						t.Errorf("of an unobserved generation, kstatus is %s and Argo CD %s", kstatus, argo.Status)
					}
				})
			}
		}
	}
	for _, want := range []string{
		"Current Healthy", "Failed Degraded", "InProgress Degraded", "InProgress Progressing", "InProgress Suspended",
	} {
		if seen[want] == 0 {
			t.Errorf("no computed status is %q; there are %v", want, seen)
		}
	}
}

// Neither tool waits for the monitoring, or calls a tracker unhealthy because of it.
func TestMonitoringIsIgnored(t *testing.T) {
	overrides := customizations(t)
	for _, reason := range []string{v1alpha1.ReasonCRDNotInstalled, v1alpha1.ReasonNotSelected, v1alpha1.ReasonInvalidRule, v1alpha1.ReasonUnknownAlert, v1alpha1.ReasonReconcileFailed} {
		tracker := withConditions(nil, -1, false)
		tracker.Status = status.Compute(status.Input{Catalog: catalog.Default(), Tracker: tracker, Snapshot: working(), Now: metav1.Now(), Monitoring: &status.Monitoring{
			Wanted: []status.MonitoringObject{{Kind: "ServiceMonitor", Name: "hiring-api"}}, Problem: &status.Cause{Reason: reason, Message: "text"},
		}})
		if kstatus, argo := evaluate(t, overrides, generic(t, tracker)); kstatus != "Current" || argo.Status != "Healthy" {
			t.Errorf("MonitoringReady is False, %s: kstatus is %s and Argo CD %s", reason, kstatus, argo.Status)
		}
	}
}

// The script and the operator's events agree on which reasons are routine.
func TestRoutineReasons(t *testing.T) {
	overrides := customizations(t)
	for _, reason := range reasons(t) {
		after := withConditions([]metav1.Condition{
			{Type: v1alpha1.ConditionReady, Status: metav1.ConditionFalse, Reason: reason, Message: "text"},
			{Type: v1alpha1.ConditionFrontendAvailable, Status: metav1.ConditionFalse, Reason: reason, Message: "text"},
		}, 3, false)
		want := "Progressing"
		if events, _ := status.Transitions(catalog.Default(), &v1alpha1.InterviewTrackerSpec{}, v1alpha1.InterviewTrackerStatus{}, after.Status, nil); len(events) > 0 {
			want = "Degraded"
		}
		if got := healthOf(t, overrides, generic(t, after)); string(got.Status) != want {
			t.Errorf("Ready is False, reason %s: Argo CD is %s, want %s", reason, got.Status, want)
		}
	}
}

// reasons are the values of all Reason constants of the API.
func reasons(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../api/v1alpha1/conditions.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Reason") {
			return true
		}
		literal, ok := spec.Values[0].(*ast.BasicLit)
		if !ok {
			t.Fatalf("%s is not a literal", spec.Names[0])
		}
		reason, err := strconv.Unquote(literal.Value)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, reason)
		return false
	})
	if len(all) < 20 {
		t.Fatalf("only %d reasons found: %q", len(all), all)
	}
	return all
}

// clusters are states of the cluster; nil if it can't be read.
func clusters() map[string]func() *snapshot.Snapshot {
	changed := func(change func(*snapshot.Snapshot)) func() *snapshot.Snapshot {
		return func() *snapshot.Snapshot {
			s := working()
			change(s)
			return s
		}
	}
	return map[string]func() *snapshot.Snapshot{
		"working": working,
		"unread":  func() *snapshot.Snapshot { return nil },
		"empty":   changed(func(s *snapshot.Snapshot) { *s = snapshot.Snapshot{} }),
		"no pods": changed(func(s *snapshot.Snapshot) { clear(s.Pods); s.Application.Pods = nil }),
		"database": changed(func(s *snapshot.Snapshot) {
			s.Pods[v1alpha1.ComponentDatabase] = []corev1.Pod{pod("hiring-database-0", false)}
		}),
		"credentials lost": changed(func(s *snapshot.Snapshot) {
			s.Claims = map[v1alpha1.Component]*corev1.PersistentVolumeClaim{v1alpha1.ComponentDatabase: {}}
		}),
		"rolling out": changed(func(s *snapshot.Snapshot) {
			s.Deployments[v1alpha1.ComponentAPI].Status.AvailableReplicas = 0
		}),
		"image": changed(func(s *snapshot.Snapshot) {
			s.Deployments[v1alpha1.ComponentFrontend].Status.AvailableReplicas = 0
			p := pod("hiring-frontend-a", false)
			p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "frontend", State: corev1.ContainerState{
				Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff", Message: "not found"},
			}}}
			s.Pods[v1alpha1.ComponentFrontend] = []corev1.Pod{p}
		}),
	}
}

// working is the snapshot of a healthy tracker.
func working() *snapshot.Snapshot {
	s := &snapshot.Snapshot{
		Deployments:  map[v1alpha1.Component]*appsv1.Deployment{},
		StatefulSets: map[v1alpha1.Component]*appsv1.StatefulSet{},
		Pods:         map[v1alpha1.Component][]corev1.Pod{},
		Application: snapshot.Application{Settled: true, Pods: []snapshot.PodAnswer{{
			Pod: "hiring-api-a", Answered: true,
			Dependencies: []snapshot.DependencyAnswer{
				{Name: string(v1alpha1.ComponentDatabase), Health: v1alpha1.DependencyHealthy},
				{Name: string(v1alpha1.ComponentRedis), Health: v1alpha1.DependencyHealthy},
			},
			Migrations: contract.StatusComplete,
		}}},
	}
	for _, c := range []v1alpha1.Component{v1alpha1.ComponentAPI, v1alpha1.ComponentFrontend} {
		s.Deployments[c] = &appsv1.Deployment{
			ObjectMeta: metav1.ObjectMeta{Name: "hiring-" + string(c), Generation: 1},
			Status:     appsv1.DeploymentStatus{ObservedGeneration: 1, Replicas: 1, UpdatedReplicas: 1, ReadyReplicas: 1, AvailableReplicas: 1},
		}
		s.Pods[c] = []corev1.Pod{pod("hiring-"+string(c)+"-a", true)}
	}
	for _, c := range []v1alpha1.Component{v1alpha1.ComponentDatabase, v1alpha1.ComponentRedis} {
		s.StatefulSets[c] = &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Name: "hiring-" + string(c)}}
		s.Pods[c] = []corev1.Pod{pod("hiring-"+string(c)+"-0", true)}
	}
	return s
}

func pod(name string, ready bool) corev1.Pod {
	p := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if ready {
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	}
	return p
}
