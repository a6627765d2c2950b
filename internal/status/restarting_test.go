// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// ofRevision is the database's pod of a revision, in some state and of some age.
func ofRevision(revision string, in func(*corev1.Pod), age time.Duration) corev1.Pod {
	p := pod("hiring-database-0", "", in)
	p.Labels[appsv1.StatefulSetRevisionLabel] = revision
	p.CreationTimestamp = metav1.NewTime(t1.Add(-age))
	return p
}

// replacing makes the database's StatefulSet replace its pod.
func replacing(pods ...corev1.Pod) func(*Input) {
	return func(p *Input) {
		set := p.Snapshot.StatefulSets[v1alpha1.ComponentDatabase]
		set.Status.CurrentRevision, set.Status.UpdateRevision = "old", "new"
		p.Snapshot.Pods[v1alpha1.ComponentDatabase] = pods
	}
}

func rewritten(what string) func(*Input) {
	return func(p *Input) {
		p.Snapshot.Changed = map[v1alpha1.Component]string{v1alpha1.ComponentDatabase: what}
		p.Snapshot.StatefulSets[v1alpha1.ComponentDatabase].Generation++
	}
}

func endingPod(since time.Duration) func(*corev1.Pod) {
	return func(p *corev1.Pod) { p.DeletionTimestamp = new(metav1.NewTime(t1.Add(-since))) }
}

func TestPlannedRestart(t *testing.T) {
	const planned = "planned: resources changed; StatefulSet hiring-database restarts its pod"
	healthyBefore, unused := stored("True", "Healthy"), answers(says("a", unhealthy, healthy))
	before := func(p *Input) {
		stored("False", "Restarting")(p)
		p.Tracker.Status.Conditions[0].Message = planned
	}
	readySince := func(d time.Duration) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			isReadyPod(p)
			p.Status.Conditions[0].LastTransitionTime = metav1.NewTime(t1.Add(-d))
		}
	}
	longAgo := func(p *Input) {
		before := &p.Tracker.Status.Conditions[0]
		before.LastTransitionTime, p.Tracker.Status.ObservedGeneration = metav1.NewTime(t1.Add(-6*time.Minute)), p.Tracker.Generation
	}
	notReady := func(*corev1.Pod) {}
	restarted := func(p *corev1.Pod) {
		running(p)
		p.Status.ContainerStatuses[0].RestartCount = 1
	}
	probeFails := func(p *Input) {
		p.Snapshot.PodEvents["hiring-database-0"] = snapshot.PodEvent{Reason: "Unhealthy", Message: "rejecting connections"}
	}
	tests := map[string]struct {
		given   []func(*Input)
		want    string
		message string
	}{
		"the template has just been written": {
			[]func(*Input){healthyBefore, rewritten("resources")}, "False Restarting", planned,
		},
		"not observed yet": {
			[]func(*Input){before, func(p *Input) { p.Snapshot.StatefulSets[v1alpha1.ComponentDatabase].Generation = 9 }},
			"False Restarting", planned,
		},
		"the old pod has yet to go": {[]func(*Input){before, replacing(ofRevision("old", isReadyPod, time.Hour))}, "False Restarting", planned},
		"the old pod fails, and is not replaced": {
			[]func(*Input){before, replacing(ofRevision("old", waiting("ImagePullBackOff", "not found"), time.Hour)), failing, unused},
			"False DependencyDown", "can't be pulled",
		},
		"the old pod goes":            {[]func(*Input){before, replacing(ofRevision("old", endingPod(time.Minute), time.Hour))}, "False Restarting", planned},
		"between the pods":            {[]func(*Input){before, replacing(), failing, unused}, "False Restarting", planned},
		"the new pod starts":          {[]func(*Input){before, replacing(ofRevision("new", notReady, time.Minute)), failing, unused}, "False Restarting", planned},
		"it was down, and is changed": {[]func(*Input){stored("False", "DependencyDown"), rewritten("image")}, "False Restarting", "planned: image changed"},
		"another change before it is over": {
			[]func(*Input){before, replacing(ofRevision("new", notReady, time.Minute)), rewritten("image")}, "False Restarting", "planned: image changed",
		},
		"what changed is not known": {
			[]func(*Input){healthyBefore, replacing(ofRevision("new", notReady, time.Minute))}, "False Restarting", "planned: its template changed",
		},
		"a known cause": {
			[]func(*Input){before, replacing(ofRevision("new", waiting("ImagePullBackOff", "not found"), time.Minute)), failing, unused},
			"False DependencyDown", "can't be pulled",
		},
		"its probe fails until it has started": {
			[]func(*Input){before, replacing(ofRevision("new", running, time.Minute)), failing, unused, probeFails}, "False Restarting", planned,
		},
		"its probe has cost it a restart": {
			[]func(*Input){before, replacing(ofRevision("new", restarted, time.Minute)), failing, unused, probeFails},
			"False DependencyDown", "rejecting connections",
		},
		"no pod can be created": {
			[]func(*Input){before, replacing(), failing, unused, func(p *Input) {
				p.Snapshot.CreateFailures = map[v1alpha1.Component]string{v1alpha1.ComponentDatabase: "exceeded quota: q"}
			}},
			"False QuotaExceeded", "can't create a pod",
		},
		"the new pod takes too long": {
			[]func(*Input){before, replacing(ofRevision("new", notReady, 6*time.Minute)), failing, unused},
			"False DependencyDown", "pod hiring-database-0 is not ready",
		},
		"the old pod takes too long": {
			[]func(*Input){before, replacing(ofRevision("old", endingPod(6*time.Minute), time.Hour)), failing, unused},
			"False DependencyDown", "pod hiring-database-0 is being deleted and does not go",
		},
		"between the pods, before anything is reported": {
			[]func(*Input){healthyBefore, longAgo, replacing(), failing, unused}, "False Restarting", "planned: its template changed",
		},
		"no pod is created for too long": {
			[]func(*Input){before, longAgo, replacing(), failing, unused}, "False DependencyDown", "it does not exist",
		},
		"not observed for too long": {
			[]func(*Input){before, longAgo, replacing(), failing, unused, func(p *Input) {
				p.Snapshot.StatefulSets[v1alpha1.ComponentDatabase].Generation = 9
			}},
			"False Progressing", "has not seen its last change",
		},
		"the API has yet to connect again": {
			[]func(*Input){before, replacing(ofRevision("new", readySince(10*time.Second), time.Minute)), unused}, "False Restarting", planned,
		},
		"the API can't connect again": {
			[]func(*Input){before, replacing(ofRevision("new", readySince(time.Minute), 2*time.Minute)), unused}, "False ConnectionFailed", "no API pod can use it",
		},
		"over": {
			[]func(*Input){before, replacing(ofRevision("new", readySince(10*time.Second), time.Minute))}, "True Healthy", "the API's pods can use it",
		},
		"its first start": {
			[]func(*Input){stored("False", "Starting"), replacing(ofRevision("new", notReady, time.Minute)), rewritten("image")}, "False Starting", "",
		},
		"a pod that somebody deletes": {
			[]func(*Input){healthyBefore, databasePod(notReady), failing, unused}, "False DependencyDown", "",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t1}
			for _, change := range test.given {
				change(&p)
			}
			got := Compute(p)
			c := meta.FindStatusCondition(got.Conditions, v1alpha1.ConditionDatabaseHealthy)
			if s := string(c.Status) + " " + c.Reason; s != test.want || !strings.Contains(c.Message, test.message) {
				t.Errorf("DatabaseHealthy is %q (%s), want %q (%s)", s, c.Message, test.want, test.message)
			}
			if r := got.Conditions[0]; c.Status == metav1.ConditionFalse && (r.Reason != c.Reason || r.Message != c.Message) {
				t.Errorf("Ready is %s %s (%s), want what the database's condition says", r.Status, r.Reason, r.Message)
			}
		})
	}
}

// A planned restart is announced, and is no outage: neither is what fails because of it.
func TestPlannedRestartIsAnnounced(t *testing.T) {
	p := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t0}
	p.Tracker.Status = Compute(p)
	var emitted Emitted
	var got []Event
	step := func(change ...func(*Input)) {
		p.Now = metav1.NewTime(p.Now.Add(10 * time.Second))
		p.Snapshot = working()
		for _, c := range change {
			c(&p)
		}
		next := Compute(p)
		var events []Event
		events, emitted = Transitions(catalog.Default(), &v1alpha1.InterviewTrackerSpec{}, p.Tracker.Status, next, emitted)
		got = append(got, events...)
		if reconciling := meta.FindStatusCondition(next.Conditions, v1alpha1.ConditionReconciling); len(change) > 0 && reconciling == nil {
			t.Error("Reconciling is absent")
		}
		p.Tracker.Status = next
	}
	unready := func(p *Input) {
		rollingOut(p.Snapshot, pod("hiring-api-new-a", "new", running))
		p.Snapshot.PodEvents["hiring-api-new-a"] = snapshot.PodEvent{Reason: "Unhealthy", Message: "503"}
	}
	step(rewritten("resources"))
	step(replacing(), failing)
	step(replacing(ofRevision("new", running, 0)), failing, unready)
	step()
	want := []Event{
		{"Normal", "Restarting", "planned: resources changed; StatefulSet hiring-database restarts its pod"},
		{"Normal", "Ready", "all components and dependencies work"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What is left of a former managed dependency is said, once, whatever is said beside it.
func TestFormerDependencyIsNamed(t *testing.T) {
	set := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Name: "hiring-database"}}
	claim := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "data-hiring-database-0"}}
	const stays = "; the former managed database, StatefulSet hiring-database, stays until all pods of Deployment hiring-api " +
		"have its current template and are available"
	const left = "; the former managed database has left its data in PersistentVolumeClaim data-hiring-database-0"
	surge := func(p *Input) { p.Snapshot.Deployments[v1alpha1.ComponentAPI].Status.Replicas = 2 }
	as := func(former snapshot.Former) func(*Input) {
		return func(p *Input) {
			p.Snapshot.Former = map[v1alpha1.Component]snapshot.Former{v1alpha1.ComponentDatabase: former}
		}
	}
	p := Input{Catalog: catalog.Default(), Tracker: tracker(), Now: t1}
	for _, test := range []struct {
		given []func(*Input)
		want  string
	}{
		{[]func(*Input){as(snapshot.Former{StatefulSet: set, Claim: claim}), surge}, canUse + stays},
		{[]func(*Input){as(snapshot.Former{StatefulSet: set, Claim: claim}), surge, unsettled}, canUse + stays},
		{[]func(*Input){as(snapshot.Former{Claim: claim}), unsettled}, canUse + left},
		{[]func(*Input){as(snapshot.Former{Claim: claim})}, canUse + left},
		{[]func(*Input){unsettled}, canUse},
	} {
		p.Snapshot = working()
		externalDatabase(&p)
		for _, change := range test.given {
			change(&p)
		}
		p.Tracker.Status = Compute(p)
		if got := ptr.Deref(meta.FindStatusCondition(p.Tracker.Status.Conditions, v1alpha1.ConditionDatabaseHealthy), metav1.Condition{}).Message; got != test.want {
			t.Errorf("the message is %q, want %q", got, test.want)
		}
	}
}
