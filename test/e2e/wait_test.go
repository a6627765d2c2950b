//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// standardClass is the cluster's default StorageClass, as a template for another one.
func standardClass(t *testing.T) *storagev1.StorageClass {
	t.Helper()
	class := &storagev1.StorageClass{}
	must(t, k8s.Get(t.Context(), client.ObjectKey{Name: "standard"}, class))
	class.ObjectMeta = metav1.ObjectMeta{Name: class.Name}
	return class
}

// scale scales a Deployment like kubectl scale.
func scale(t *testing.T, tracker *v1alpha1.InterviewTracker, name string, replicas int32) {
	t.Helper()
	d := fetch(t, tracker, name, &appsv1.Deployment{})
	body := &autoscalingv1.Scale{Spec: autoscalingv1.ScaleSpec{Replicas: replicas}}
	must(t, k8s.SubResource("scale").Update(t.Context(), d, client.WithSubResourceBody(body)))
}

// watchFewest watches spec.replicas of the frontend's Deployment. The returned function
// returns their minimum, including the latest.
func watchFewest(t *testing.T, tracker *v1alpha1.InterviewTracker) func() int32 {
	t.Helper()
	watching, err := client.NewWithWatch(config, client.Options{Scheme: k8s.Scheme()})
	must(t, err)
	w, err := watching.Watch(t.Context(), &appsv1.DeploymentList{}, client.InNamespace(tracker.Namespace))
	must(t, err)
	var mu sync.Mutex
	fewest, generation := int32(1<<30), int64(0)
	go func() {
		for event := range w.ResultChan() {
			if d, ok := event.Object.(*appsv1.Deployment); ok && d.Name == "hiring-frontend" {
				mu.Lock()
				fewest, generation = min(fewest, *d.Spec.Replicas), d.Generation
				mu.Unlock()
			}
		}
	}()
	return func() int32 {
		defer w.Stop()
		last := fetch(t, tracker, "hiring-frontend", &appsv1.Deployment{}).Generation
		eventually(t, tracker, "the watch does not catch up", func() bool {
			mu.Lock()
			defer mu.Unlock()
			return generation >= last
		})
		mu.Lock()
		defer mu.Unlock()
		return fewest
	}
}

// await waits for a condition that is not in a tracker's status.
func await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	awaitWithin(t, 2*time.Minute, what, condition)
}

func awaitWithin(t testing.TB, timeout time.Duration, what string, condition func() bool) {
	t.Helper()
	if !within(t, timeout, condition) {
		t.Fatalf("%s within %s", what, timeout)
	}
}

// within reports whether a condition becomes true in time.
func within(t testing.TB, timeout time.Duration, condition func() bool) bool {
	t.Helper()
	return wait.PollUntilContextTimeout(t.Context(), 250*time.Millisecond, timeout, true, func(context.Context) (bool, error) {
		return condition(), nil
	}) == nil
}

// labelled are the kinds of objects with a tracker's label: those that the operator creates,
// and those that Kubernetes creates from them.
var labelled = []schema.GroupVersionKind{
	appsv1.SchemeGroupVersion.WithKind("Deployment"),
	appsv1.SchemeGroupVersion.WithKind("StatefulSet"),
	appsv1.SchemeGroupVersion.WithKind("ReplicaSet"),
	appsv1.SchemeGroupVersion.WithKind("ControllerRevision"),
	batchv1.SchemeGroupVersion.WithKind("Job"),
	corev1.SchemeGroupVersion.WithKind("Pod"),
	corev1.SchemeGroupVersion.WithKind("ConfigMap"),
	corev1.SchemeGroupVersion.WithKind("Service"),
	corev1.SchemeGroupVersion.WithKind("ServiceAccount"),
	corev1.SchemeGroupVersion.WithKind("Secret"),
	corev1.SchemeGroupVersion.WithKind("PersistentVolumeClaim"),
	discoveryv1.SchemeGroupVersion.WithKind("EndpointSlice"),
	policyv1.SchemeGroupVersion.WithKind("PodDisruptionBudget"),
	autoscalingv2.SchemeGroupVersion.WithKind("HorizontalPodAutoscaler"),
	networkingv1.SchemeGroupVersion.WithKind("NetworkPolicy"),
	networkingv1.SchemeGroupVersion.WithKind("Ingress"),
}

// belongings are the objects with a tracker's label as KIND NAME, sorted.
func belongings(t *testing.T, tracker *v1alpha1.InterviewTracker) []string {
	t.Helper()
	var all []string
	gvks := slices.Clone(labelled)
	for _, k := range kinds.Optional() {
		gvks = append(gvks, k.GroupVersionKind)
	}
	for _, gvk := range gvks {
		list := &metav1.PartialObjectMetadataList{}
		list.SetGroupVersionKind(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
		err := patiently(t, func() error {
			return k8s.List(t.Context(), list, client.InNamespace(tracker.Namespace), client.MatchingLabels{v1alpha1.LabelTracker: tracker.Name})
		})
		if meta.IsNoMatchError(err) {
			continue // A monitoring kind that the cluster lacks.
		}
		must(t, err)
		for i := range list.Items {
			all = append(all, gvk.Kind+" "+list.Items[i].Name)
		}
	}
	slices.Sort(all)
	return all
}

// eventuallyGone waits until a tracker is deleted with all of its objects except the
// retained data and their credentials.
func eventuallyGone(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	var retained []string
	for _, d := range catalog.Default().Dependencies {
		if managed := d.ManagedSpec(&tracker.Spec); managed != nil && managed.GetRetention() == v1alpha1.RetentionRetain {
			retained = append(retained, "PersistentVolumeClaim "+catalog.ClaimName(tracker, d.Name), "Secret "+tracker.CredentialsName(d.Name))
		}
	}
	slices.Sort(retained)
	var left []string
	gone := within(t, 4*time.Minute, func() bool {
		if exists(t, tracker, tracker.Name, &v1alpha1.InterviewTracker{}) {
			return false
		}
		left = belongings(t, tracker)
		return slices.Equal(left, retained)
	})
	if !gone {
		t.Fatalf("the tracker still exists, or other objects than %q do: %q", retained, left)
	}
}
