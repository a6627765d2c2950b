// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/health"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// poller records its poll target.
type poller struct {
	tracker types.NamespacedName
	target  health.PollTarget
	answer  snapshot.Application
}

func (p *poller) Observe(tracker types.NamespacedName, target health.PollTarget) snapshot.Application {
	p.tracker, p.target = tracker, target
	return p.answer
}

// apiPod is a ready pod of the API, of the template that a hash stands for.
func apiPod(name, hash string, changes ...func(*corev1.Pod)) corev1.Pod {
	pod := corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace, Name: name, UID: types.UID(name), Labels: map[string]string{appsv1.DefaultDeploymentUniqueLabelKey: hash},
		},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "api", Ports: []corev1.ContainerPort{{ContainerPort: 8000}}}}},
		Status: corev1.PodStatus{
			Phase: corev1.PodRunning, PodIP: "10.1.2.3",
			Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}},
		},
	}
	for _, change := range changes {
		change(&pod)
	}
	return pod
}

// rolling is a snapshot in which the API's template "new" follows "old".
func rolling(pods ...corev1.Pod) *snapshot.Snapshot {
	const revision = "deployment.kubernetes.io/revision"
	replicaSet := func(hash, n string) appsv1.ReplicaSet {
		return appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{
			Labels: map[string]string{appsv1.DefaultDeploymentUniqueLabelKey: hash}, Annotations: map[string]string{revision: n},
		}}
	}
	s := newSnapshot()
	s.Deployments[v1alpha1.ComponentAPI] = &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{revision: "2"}}}
	s.ReplicaSets[v1alpha1.ComponentAPI] = []appsv1.ReplicaSet{replicaSet("old", "1"), replicaSet("new", "2")}
	s.Pods[v1alpha1.ComponentAPI] = pods
	return s
}

func TestPolledPods(t *testing.T) {
	const port = 9000 // that of the spec
	current := health.Pod{UID: "a", Namespace: namespace, Name: "a", Address: "10.1.2.3", Port: 8000, Ready: true, Migrations: true}
	unready := func(p *corev1.Pod) { p.Status.Conditions[0].Status = corev1.ConditionFalse }
	with := func(change func(*health.Pod)) *health.Pod {
		pod := current
		change(&pod)
		return &pod
	}
	for name, test := range map[string]struct {
		pod        corev1.Pod
		migrations *v1alpha1.MigrationsSpec
		want       *health.Pod // nil is none
	}{
		"ready":     {pod: apiPod("a", "new"), want: &current},
		"not ready": {pod: apiPod("a", "new", unready), want: with(func(p *health.Pod) { p.Ready = false })},
		"not said to be ready": {
			pod:  apiPod("a", "new", func(p *corev1.Pod) { p.Status.Conditions = nil }),
			want: with(func(p *health.Pod) { p.Ready = false }),
		},
		"pending":   {pod: apiPod("a", "new", func(p *corev1.Pod) { p.Status.Phase = corev1.PodPending })},
		"succeeded": {pod: apiPod("a", "new", func(p *corev1.Pod) { p.Status.Phase = corev1.PodSucceeded })},
		"failed":    {pod: apiPod("a", "new", func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed })},
		"unknown":   {pod: apiPod("a", "new", func(p *corev1.Pod) { p.Status.Phase = corev1.PodUnknown })},
		"terminating": {
			pod: apiPod("a", "new", func(p *corev1.Pod) { p.DeletionTimestamp = new(metav1.Now()) }),
		},
		"without an address": {pod: apiPod("a", "new", func(p *corev1.Pod) { p.Status.PodIP = "" })},
		"with an IPv6 address": {
			pod:  apiPod("a", "new", func(p *corev1.Pod) { p.Status.PodIP = "fd00::7" }),
			want: with(func(p *health.Pod) { p.Address = "fd00::7" }),
		},
		"of an older template, which listens elsewhere": {
			pod:  apiPod("a", "old", func(p *corev1.Pod) { p.Spec.Containers[0].Ports[0].ContainerPort = 8888 }),
			want: with(func(p *health.Pod) { p.Port, p.Migrations = 8888, false }),
		},
		"with a container beside it": {
			pod: apiPod("a", "new", func(p *corev1.Pod) {
				sidecar := corev1.Container{Name: "proxy", Ports: []corev1.ContainerPort{{ContainerPort: 15001}}}
				p.Spec.Containers = append([]corev1.Container{sidecar}, p.Spec.Containers...)
			}),
			want: &current,
		},
		"that names no port": {
			pod:  apiPod("a", "new", func(p *corev1.Pod) { p.Spec.Containers[0].Ports = nil }),
			want: with(func(p *health.Pod) { p.Port = port }),
		},
		"with migrations by a Job": {
			pod: apiPod("a", "new"), migrations: &v1alpha1.MigrationsSpec{}, want: with(func(p *health.Pod) { p.Migrations = false }),
		},
	} {
		t.Run(name, func(t *testing.T) {
			tracker := newTracker()
			tracker.Spec.API = &v1alpha1.ComponentSpec{Port: port}
			tracker.Spec.Migrations = test.migrations
			var want []health.Pod
			if test.want != nil {
				want = []health.Pod{*test.want}
			}
			if diff := cmp.Diff(want, pods(tracker, rolling(test.pod), catalog.Default().Primary())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The target has the numbers of the spec, or their defaults, and the answer is returned.
func TestQuestion(t *testing.T) {
	seconds := func(n int) *metav1.Duration { return &metav1.Duration{Duration: time.Duration(n) * time.Second} }
	for name, test := range map[string]struct {
		spec *v1alpha1.HealthSpec
		want health.PollTarget
	}{
		"defaults": {nil, health.PollTarget{Interval: 10 * time.Second, Timeout: 3 * time.Second, FailureThreshold: 3, SuccessThreshold: 1}},
		"written": {
			&v1alpha1.HealthSpec{Interval: seconds(30), Timeout: seconds(5), FailureThreshold: 2, SuccessThreshold: 4},
			health.PollTarget{Interval: 30 * time.Second, Timeout: 5 * time.Second, FailureThreshold: 2, SuccessThreshold: 4},
		},
	} {
		t.Run(name, func(t *testing.T) {
			tracker, s, p := newTracker(), newSnapshot(), &poller{answer: snapshot.Application{Settled: true}}
			tracker.Spec.Health = test.spec
			o := &Observer{Catalog: catalog.Default(), Application: p}
			o.readApplication(tracker, s)
			if diff := cmp.Diff(test.want, p.target); diff != "" || p.tracker != (types.NamespacedName{Namespace: namespace, Name: "hiring"}) {
				t.Errorf("of %s: %s", p.tracker, diff)
			}
			if !s.Application.Settled {
				t.Error("the answer is lost")
			}
		})
	}
}

// The kubelet's view changes when the readiness of a dependency's pod does, and
// with the pod, and with nothing else.
func TestKubeletView(t *testing.T) {
	view := func(database, redis []corev1.Pod) string {
		s := newSnapshot()
		s.Pods[v1alpha1.ComponentDatabase], s.Pods[v1alpha1.ComponentRedis] = database, redis
		return kubeletView(s, catalog.Default())
	}
	unready := func(p *corev1.Pod) { p.Status.Conditions[0].Status = corev1.ConditionFalse }
	redis := []corev1.Pod{apiPod("redis", "")}
	both := view([]corev1.Pod{apiPod("database", "")}, redis)
	relabelled := apiPod("database", "another")
	if got := view([]corev1.Pod{relabelled}, redis); got != both {
		t.Errorf("a label changed the view from %q to %q", both, got)
	}
	for name, other := range map[string]string{
		"the database isn't ready": view([]corev1.Pod{apiPod("database", "", unready)}, redis),
		"the database is away":     view(nil, redis),
		"its pod is a new one":     view([]corev1.Pod{apiPod("database-2", "")}, redis),
		"Redis is away":            view([]corev1.Pod{apiPod("database", "")}, nil),
	} {
		if other == both {
			t.Errorf("%s, and the view stays %q", name, both)
		}
	}
}
