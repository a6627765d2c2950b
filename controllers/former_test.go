// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// uids are the UIDs of what the tracker's managed dependencies consist of, by kind and name;
// what is gone has none.
func uids(t *testing.T, tracker *v1alpha1.InterviewTracker) map[string]types.UID {
	t.Helper()
	all := map[string]types.UID{}
	for _, c := range []v1alpha1.Component{v1alpha1.ComponentDatabase, v1alpha1.ComponentRedis} {
		name := tracker.ChildName(c)
		for kind, object := range map[string]client.Object{
			"StatefulSet": &appsv1.StatefulSet{}, "Service": &corev1.Service{},
			"ServiceAccount": &corev1.ServiceAccount{}, "NetworkPolicy": &networkingv1.NetworkPolicy{},
		} {
			if exists(t, tracker, name, object) {
				all[kind+" "+name] = object.GetUID()
			}
		}
		if secret := (&corev1.Secret{}); exists(t, tracker, tracker.CredentialsName(c), secret) {
			all["Secret "+secret.Name] = secret.UID
		}
	}
	return all
}

// changeOver makes the tracker use external dependencies, or managed ones, and waits until
// its API has the template for it.
func (o *operator) changeOver(t *testing.T, tracker *v1alpha1.InterviewTracker, external bool) {
	t.Helper()
	secret := tracker.CredentialsName(v1alpha1.ComponentDatabase)
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.Database, s.Redis = nil, deletedRedis()
		if external {
			changed := tracker.DeepCopy()
			useExternal(changed)
			s.Database, s.Redis, secret = changed.Spec.Database, changed.Spec.Redis, tracker.Name+"-postgres"
		}
	})
	o.until(t, tracker, "the API does not get the template", func() bool {
		env := fetch(t, tracker, "hiring-api", &appsv1.Deployment{}).Spec.Template.Spec.Containers[0].Env
		return slices.ContainsFunc(env, func(v corev1.EnvVar) bool {
			return v.Name == "DATABASE_URL" && v.ValueFrom.SecretKeyRef.Name == secret
		})
	})
	o.settle(t, tracker)
}

func deletedRedis() *v1alpha1.DependencySpec {
	return &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{Retention: v1alpha1.RetentionDelete}}
}

// The former dependencies serve the pods of the former template until those of the new one
// are available. With a URL that is wrong they never are: the way back is open.
func TestFormerDependenciesStayUntilNothingUsesThem(t *testing.T) {
	t.Parallel()
	o := start(t)
	ns := namespace(t)
	createSecret(t, ns, "hiring-postgres", "url", "postgres://nowhere.example.com/db")
	createSecret(t, ns, "hiring-redis", "url", "redis://nowhere.example.com")
	tracker := create(t, ns, func(tracker *v1alpha1.InterviewTracker) { tracker.Spec.Redis = deletedRedis() })
	o.ready(t, tracker)
	before := uids(t, tracker)
	if len(before) != 10 {
		t.Fatalf("the dependencies are %v", before)
	}
	stay := func(when string) {
		t.Helper()
		o.settle(t, tracker)
		for name, uid := range before {
			if got := uids(t, tracker)[name]; got != uid {
				t.Errorf("%s, %s is %q, and was %q", when, name, got, uid)
			}
		}
		if !slices.Contains(tracker.Status.Applied(), "StatefulSet.apps/hiring-database") {
			t.Errorf("%s, the inventory is %v", when, tracker.Status.Applied())
		}
	}
	stays := "StatefulSet hiring-database, stays until all pods of Deployment hiring-api have its current template and are available"

	o.changeOver(t, tracker, true)
	stay("before the rollout has begun")
	if got := message(tracker, "DatabaseHealthy"); !strings.Contains(got, stays) {
		t.Errorf("DatabaseHealthy does not say so: %q", got)
	}
	d := fetch(t, tracker, "hiring-api", &appsv1.Deployment{})
	d.Status = appsv1.DeploymentStatus{ObservedGeneration: d.Generation, Replicas: 2, UpdatedReplicas: 1, ReadyReplicas: 1, AvailableReplicas: 1}
	must(t, k8s.Status().Update(t.Context(), d))
	stay("while the new pod is not available")

	o.changeOver(t, tracker, false)
	bringUp(t, tracker)
	o.until(t, tracker, "it does not work again", func() bool { return condition(tracker, "Ready") == "True Ready" })
	stay("after the way back")

	o.changeOver(t, tracker, true)
	rollOut(t, tracker, v1alpha1.ComponentAPI)
	o.events()
	o.until(t, tracker, "the former dependencies stay", func() bool {
		return len(uids(t, tracker)) == 1 && !slices.Contains(tracker.Status.Applied(), "StatefulSet.apps/hiring-database")
	})
	o.settle(t, tracker)
	if got := uids(t, tracker); got["Secret hiring-database-credentials"] == "" {
		t.Errorf("what is left is %v, want the password of the data that are kept", got)
	}
	const kept = "Normal DataKept PersistentVolumeClaim data-hiring-database-0 keeps the data of the former managed database, " +
		"and Secret hiring-database-credentials its password"
	if events := o.events(); !slices.Contains(events, kept) {
		t.Errorf("no event names the data that are left: %q", events)
	}
	if got := message(tracker, "DatabaseHealthy"); !strings.Contains(got, "has left its data in PersistentVolumeClaim data-hiring-database-0") {
		t.Errorf("DatabaseHealthy does not name the data: %q", got)
	}
}

// With no pods that could use it, a former dependency goes at once.
func TestFormerDependenciesGoWithoutPods(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), func(tracker *v1alpha1.InterviewTracker) {
		tracker.Spec.API, tracker.Spec.Redis = &v1alpha1.ComponentSpec{Replicas: new(int32(0))}, deletedRedis()
	})
	o.ready(t, tracker)
	o.changeOver(t, tracker, true)
	rollOut(t, tracker, v1alpha1.ComponentAPI)
	o.until(t, tracker, "the former dependencies stay", func() bool { return len(uids(t, tracker)) == 1 })
}

// A change of a dependency's template is a restart, and announced.
func TestPlannedRestartIsAnnounced(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), nil)
	o.ready(t, tracker)
	o.events()
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.Database = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{Image: "postgres:15.1-alpine"}}
	})
	const planned = "planned: image changed; StatefulSet hiring-database restarts its pod"
	o.until(t, tracker, "the restart is not reported", func() bool {
		return condition(tracker, "Ready") == "False Restarting" && message(tracker, "Ready") == planned
	})
	o.settle(t, tracker)
	if got := condition(tracker, "DatabaseHealthy"); got != "False Restarting" {
		t.Errorf("before it is observed, DatabaseHealthy is %q", got)
	}
	events := o.events()
	if !slices.Contains(events, "Normal Restarting "+planned) || slices.ContainsFunc(events, func(e string) bool { return strings.HasPrefix(e, "Warning") }) {
		t.Errorf("the events are %q", events)
	}
	bringUp(t, tracker)
	o.until(t, tracker, "it does not work again", func() bool { return condition(tracker, "Ready") == "True Ready" })
}
