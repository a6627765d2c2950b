// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package extending adds a component and a dependency by descriptors alone: no other code
// of the operator may need to know the parts of a tracker. docs/extending.md describes
// the same additions.
package extending

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired/dashboards"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired/rules"
	"github.com/interview-tracker/interview-tracker-operator/internal/health"
	"github.com/interview-tracker/interview-tracker-operator/internal/observe"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
	"github.com/interview-tracker/interview-tracker-operator/internal/status"
)

const revisionAnnotation = "apps.interviewtracker.dev/rabbitmq-revision"

// extended is the default catalog with a worker without a port, which uses the
// dependencies, and with a RabbitMQ that is always external.
func extended() catalog.Catalog {
	c := catalog.Default()
	c.Components = append(c.Components, catalog.Component{
		Name:  "worker",
		Title: "worker",
		Spec: func(*v1alpha1.InterviewTrackerSpec) *v1alpha1.ComponentSpec {
			return &v1alpha1.ComponentSpec{Autoscaling: &v1alpha1.AutoscalingSpec{MinReplicas: new(int32(2)), MaxReplicas: 4}}
		},
		Optional:         true,
		UsesDependencies: true,
		Condition:        catalog.Condition{Type: "WorkerAvailable", Bad: "WorkerUnavailable", Good: "WorkerRecovered"},
		DefaultImage:     "interview-tracker-worker",
	})
	c.Dependencies = append(c.Dependencies, catalog.Dependency{
		Name:  "rabbitmq",
		Title: "RabbitMQ",
		Spec: func(*v1alpha1.InterviewTrackerSpec) *v1alpha1.DependencySpec {
			external := &v1alpha1.ExternalSpec{}
			external.SecretKeyRef.Name, external.SecretKeyRef.Key = "queue", "uri"
			return &v1alpha1.DependencySpec{External: external}
		},
		EnvURL:             "RABBITMQ_URL",
		Condition:          catalog.Condition{Type: "RabbitMQHealthy", Bad: "RabbitMQUnhealthy", Good: "RabbitMQRecovered"},
		RevisionAnnotation: revisionAnnotation,
	})
	return c
}

// A tracker whose spec has no worker has none of its objects.
func TestOmittedComponentHasNoObjects(t *testing.T) {
	c := extended()
	c.Components[len(c.Components)-1].Spec = func(*v1alpha1.InterviewTrackerSpec) *v1alpha1.ComponentSpec { return nil }
	for _, object := range buildWith(t, c).Objects {
		if object.GetLabels()[v1alpha1.LabelComponent] == "worker" {
			t.Errorf("%T %s is built", object, object.GetName())
		}
	}
}

func tracker() *v1alpha1.InterviewTracker {
	t := &v1alpha1.InterviewTracker{Spec: v1alpha1.InterviewTrackerSpec{Version: "1.0.0"}}
	t.Namespace, t.Name, t.UID, t.Generation = "people", "hiring", "uid", 1
	t.Status.ObservedGeneration = -1
	return t
}

// build returns the objects of a tracker of which nothing exists but the external Secret.
func build(t *testing.T) *desired.Output {
	t.Helper()
	return buildWith(t, extended())
}

func buildWith(t *testing.T, c catalog.Catalog) *desired.Output {
	t.Helper()
	s := &snapshot.Snapshot{
		NewPasswords: map[v1alpha1.Component]string{"database": "one", "redis": "two"},
		External:     map[v1alpha1.Component]snapshot.ExternalSecret{"rabbitmq": {Revision: "r1"}},
	}
	output, err := desired.Build(t.Context(), tracker(), s, c)
	if err != nil {
		t.Fatal(err)
	}
	return output
}

// find returns the object of a type and name among objects, or fails the test.
func find[T desired.Object](t *testing.T, objects []desired.Object, name string) T {
	t.Helper()
	var found T
	for _, object := range objects {
		if typed, ok := object.(T); ok && object.GetName() == name {
			return typed
		}
	}
	t.Fatalf("there is no %T %s", found, name)
	return found
}

func TestObjectsOfTheComponent(t *testing.T) {
	objects := build(t).Objects
	deployment := find[*appsv1.Deployment](t, objects, "hiring-worker")
	find[*corev1.ServiceAccount](t, objects, "hiring-worker")
	find[*policyv1.PodDisruptionBudget](t, objects, "hiring-worker")
	find[*autoscalingv2.HorizontalPodAutoscaler](t, objects, "hiring-worker")
	for _, object := range objects {
		if _, ok := object.(*corev1.Service); ok && object.GetName() == "hiring-worker" {
			t.Error("a component without a port has a Service")
		}
	}
	container := deployment.Spec.Template.Spec.Containers[0]
	if container.Name != "worker" || container.Image != "interview-tracker-worker:1.0.0" {
		t.Errorf("the container is %s of image %s", container.Name, container.Image)
	}
	if container.Ports != nil || container.LivenessProbe != nil || container.ReadinessProbe != nil || container.StartupProbe != nil {
		t.Error("a component without a port has ports or probes")
	}
	var env []string
	for _, variable := range container.Env {
		env = append(env, variable.Name)
	}
	want := []string{"ENVIRONMENT", "VERSION", "LOG_LEVEL", "LOG_FORMAT", "DATABASE_URL", "REDIS_URL", "RABBITMQ_URL"}
	if !slices.Equal(env, want) {
		t.Errorf("the environment is %q, want %q", env, want)
	}
	find[*appsv1.Deployment](t, objects, "hiring-api")
}

func TestObjectsUseTheDependency(t *testing.T) {
	objects := build(t).Objects
	for _, name := range []string{"hiring-api", "hiring-worker"} {
		template := find[*appsv1.Deployment](t, objects, name).Spec.Template
		i := slices.IndexFunc(template.Spec.Containers[0].Env, func(e corev1.EnvVar) bool { return e.Name == "RABBITMQ_URL" })
		if i < 0 {
			t.Fatalf("%s has no RABBITMQ_URL", name)
		}
		ref := template.Spec.Containers[0].Env[i].ValueFrom.SecretKeyRef
		if ref.Name != "queue" || ref.Key != "uri" {
			t.Errorf("%s: RABBITMQ_URL comes from %s of %s", name, ref.Key, ref.Name)
		}
		if got := template.Annotations[revisionAnnotation]; got != "r1" {
			t.Errorf("%s: its pods have revision %q", name, got)
		}
	}
	frontend := find[*appsv1.Deployment](t, objects, "hiring-frontend").Spec.Template
	for _, variable := range frontend.Spec.Containers[0].Env {
		if variable.Name == "RABBITMQ_URL" {
			t.Error("the frontend has RABBITMQ_URL")
		}
	}
	for _, object := range objects {
		if strings.Contains(object.GetName(), "rabbitmq") {
			t.Errorf("there is %T %s of an external dependency", object, object.GetName())
		}
	}
}

// polled answers as pods that can use all dependencies.
type polled struct{ unhealthy string }

func (p polled) Observe(client.ObjectKey, health.PollTarget) snapshot.Application {
	answer := snapshot.PodAnswer{Pod: "hiring-api-a", Answered: true, Migrations: "complete"}
	for _, name := range []string{"database", "redis", "rabbitmq"} {
		h := v1alpha1.DependencyHealthy
		if name == p.unhealthy {
			h = v1alpha1.DependencyUnhealthy
		}
		answer.Dependencies = append(answer.Dependencies, snapshot.DependencyAnswer{Name: name, Health: h})
	}
	return snapshot.Application{Settled: true, Pods: []snapshot.PodAnswer{answer}}
}

type noKinds struct{}

func (noKinds) Declares(schema.GroupVersionKind, string) bool { return false }

func (noKinds) Kinds() (sets.Set[string], map[string]string, bool) { return nil, nil, false }

// running returns the snapshot of a tracker all of whose components run, read from a
// cluster that has them.
func running(t *testing.T, available int32, application observe.Application) *snapshot.Snapshot {
	t.Helper()
	owned := func(name string, labels map[string]string) metav1.ObjectMeta {
		return metav1.ObjectMeta{
			Namespace: "people", Name: name, UID: "1", Labels: labels, Generation: 1,
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(tracker(), v1alpha1.GroupVersion.WithKind(v1alpha1.Kind))},
		}
	}
	objects := []client.Object{
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "people", Name: "queue"}, Data: map[string][]byte{"uri": []byte("amqp://queue")}},
	}
	for _, c := range extended().Components {
		d := &appsv1.Deployment{ObjectMeta: owned("hiring-"+string(c.Name), map[string]string{
			v1alpha1.LabelTracker: "hiring", v1alpha1.LabelComponent: string(c.Name),
		})}
		d.Spec.Replicas = new(int32(1))
		d.Spec.Template.Spec.Containers = []corev1.Container{{Name: string(c.Name), Image: string(c.Name) + ":1.0.0"}}
		d.Status = appsv1.DeploymentStatus{ObservedGeneration: 1, Replicas: 1, UpdatedReplicas: 1, ReadyReplicas: 1, AvailableReplicas: 1}
		if c.Name == "worker" {
			d.Status.AvailableReplicas = available
		}
		objects = append(objects, d)
		if c.Primary {
			objects = append(objects, pod(d)...)
		}
	}
	reader := fake.NewClientBuilder().WithObjects(objects...).Build()
	o := &observe.Observer{
		Cached: reader, Live: reader, Optional: noKinds{}, Application: application,
		Clock: clock.RealClock{}, Catalog: extended(),
	}
	s, err := o.Observe(t.Context(), external())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// pod returns the pod of a Deployment's current template, and its ReplicaSet.
func pod(d *appsv1.Deployment) []client.Object {
	const revision = "deployment.kubernetes.io/revision"
	meta := func(name string, owner metav1.OwnerReference) metav1.ObjectMeta {
		labels := maps.Clone(d.Labels)
		labels[appsv1.DefaultDeploymentUniqueLabelKey] = "1"
		owner.UID, owner.Controller = "1", new(true)
		return metav1.ObjectMeta{
			Namespace: d.Namespace, Name: name, UID: "1", Labels: labels, Annotations: d.Annotations, OwnerReferences: []metav1.OwnerReference{owner},
		}
	}
	d.Annotations = map[string]string{revision: "1"}
	return []client.Object{
		&appsv1.ReplicaSet{ObjectMeta: meta(d.Name+"-1", metav1.OwnerReference{APIVersion: "apps/v1", Kind: "Deployment", Name: d.Name})},
		&corev1.Pod{ObjectMeta: meta(d.Name+"-a", metav1.OwnerReference{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: d.Name + "-1"})},
	}
}

// external is a tracker of which the operator runs no dependency.
func external() *v1alpha1.InterviewTracker {
	result := tracker()
	ref := &v1alpha1.ExternalSpec{}
	ref.SecretKeyRef.Name, ref.SecretKeyRef.Key = "queue", "uri"
	result.Spec.Database = &v1alpha1.DependencySpec{External: ref}
	result.Spec.Redis = &v1alpha1.DependencySpec{External: ref}
	return result
}

func compute(s *snapshot.Snapshot) v1alpha1.InterviewTrackerStatus {
	return status.Compute(status.Input{Tracker: external(), Catalog: extended(), Snapshot: s, Now: metav1.NewTime(time.Unix(0, 0))})
}

func TestConditionsGateReady(t *testing.T) {
	for name, test := range map[string]struct {
		available int32
		unhealthy string
		condition string
		event     string
		reason    string // Ready's
	}{
		"all work":                 {available: 1, reason: v1alpha1.ReasonReady},
		"the worker does not run":  {condition: "WorkerAvailable", reason: v1alpha1.ReasonProgressing},
		"RabbitMQ can't be used":   {available: 1, unhealthy: "rabbitmq", condition: "RabbitMQHealthy", event: "RabbitMQUnhealthy", reason: v1alpha1.ReasonConnectionFailed},
		"the database is down too": {unhealthy: "database", condition: "WorkerAvailable", event: "DatabaseUnhealthy", reason: v1alpha1.ReasonConnectionFailed},
	} {
		t.Run(name, func(t *testing.T) {
			got := compute(running(t, test.available, polled{test.unhealthy}))
			if ready := meta.FindStatusCondition(got.Conditions, v1alpha1.ConditionReady); ready == nil || ready.Reason != test.reason {
				t.Errorf("Ready is %+v, want reason %s", ready, test.reason)
			}
			for _, conditionType := range []string{"WorkerAvailable", "RabbitMQHealthy"} {
				c := meta.FindStatusCondition(got.Conditions, conditionType)
				if c == nil || (c.Status == metav1.ConditionTrue) == (conditionType == test.condition) {
					t.Errorf("%s is %+v", conditionType, c)
				}
			}
			if len(got.Dependencies) > 0 {
				t.Errorf("status.dependencies repeats the conditions: %+v", got.Dependencies)
			}
			if i := slices.IndexFunc(got.Components, func(c v1alpha1.ComponentStatus) bool { return c.Name == "worker" && c.Ready == "1/1" }); i != 2 {
				t.Errorf("status.components is %+v", got.Components)
			}
			events, _ := status.Transitions(extended(), &v1alpha1.InterviewTrackerSpec{}, v1alpha1.InterviewTrackerStatus{}, got, nil)
			emitted := slices.ContainsFunc(events, func(e status.Event) bool { return e.Reason == test.event })
			if test.event != "" && !emitted {
				t.Errorf("events: %+v, want %s", events, test.event)
			}
		})
	}
}

func TestRecoveryIsAnEvent(t *testing.T) {
	down := compute(running(t, 1, polled{"rabbitmq"}))
	events, _ := status.Transitions(extended(), &v1alpha1.InterviewTrackerSpec{}, down, compute(running(t, 1, polled{})), nil)
	if !slices.ContainsFunc(events, func(e status.Event) bool { return e.Reason == "RabbitMQRecovered" }) {
		t.Errorf("events: %+v", events)
	}
}

func TestRulesCoverTheParts(t *testing.T) {
	spec := rules.Build(tracker(), extended(), v1alpha1.ResourcesSpec{})
	want := map[string]string{
		"TrackerRolloutStuck":      `type=~"APIAvailable|FrontendAvailable|WorkerAvailable|MigrationsComplete"`,
		"TrackerDependencyUnknown": `type=~"DatabaseHealthy|RedisHealthy|RabbitMQHealthy"`,
	}
	for _, group := range spec.Groups {
		for _, rule := range group.Rules {
			if matcher, ok := want[rule.Alert]; ok && strings.Contains(rule.Expr.String(), matcher) {
				delete(want, rule.Alert)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("these alerts lack their matcher: %v", want)
	}
}

// The panels of conditions, dependencies and containers are not confined to known parts;
// the pods of the worker match.
func TestPanelsCoverTheParts(t *testing.T) {
	pods := regexp.MustCompile("^(?:" + extended().PodPattern(tracker()) + ")$")
	for name, want := range map[string]bool{
		"hiring-worker-5d4f8c7b9-abcde": true, "hiring-api-5d4f8c7b9-abcde": true, "hiring-rabbitmq-0": false,
	} {
		if pods.MatchString(name) != want {
			t.Errorf("%s: matched is %t, want %t", name, !want, want)
		}
	}
	panels := map[string]string{"Containers": "worker", "Conditions": "interviewtracker_condition{", "Dependencies": "interviewtracker_dependency_up{"}
	for _, q := range dashboards.Tracker(tracker(), extended()).Queries() {
		if part, ok := panels[q.Panel]; ok && strings.Contains(q.Expr, part) && !strings.Contains(q.Expr, "Healthy") {
			delete(panels, q.Panel)
		}
	}
	if len(panels) > 0 {
		t.Errorf("no query for %v", panels)
	}
}
