// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"slices"
	"sync"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	scaleclient "k8s.io/client-go/scale"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// watchReplicas records every number of replicas that the API's Deployment ever
// wants. The function that it returns waits for the last change and gives them,
// repetitions left out.
func watchReplicas(t *testing.T, tracker *v1alpha1.InterviewTracker) func() []int32 {
	t.Helper()
	watching, err := client.NewWithWatch(cluster, client.Options{Scheme: Scheme()})
	must(t, err)
	w, err := watching.Watch(t.Context(), &appsv1.DeploymentList{}, client.InNamespace(tracker.Namespace))
	must(t, err)

	var mu sync.Mutex
	var all []int32
	var last string
	changed := sync.NewCond(&mu)
	go func() {
		for event := range w.ResultChan() {
			d, ok := event.Object.(*appsv1.Deployment)
			if !ok || d.Name != "hiring-api" {
				continue
			}
			mu.Lock()
			all, last = append(all, *d.Spec.Replicas), d.ResourceVersion
			changed.Broadcast()
			mu.Unlock()
		}
	}()
	return func() []int32 {
		now := fetch(t, tracker, "hiring-api", &appsv1.Deployment{}).ResourceVersion
		mu.Lock()
		for last != now {
			changed.Wait()
		}
		mu.Unlock()
		w.Stop()
		return slices.Compact(all)
	}
}

// An autoscaler of one's own, such as KEDA's, scales the tracker by the scale subresource, and nothing
// undoes that.
func TestTrackerIsScaled(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), nil)
	o.ready(t, tracker)
	discoverer, err := discovery.NewDiscoveryClientForConfig(cluster)
	must(t, err)
	getter, err := scaleclient.NewForConfig(cluster, k8s.RESTMapper(), dynamic.LegacyAPIPathResolverFunc,
		scaleclient.NewDiscoveryScaleKindResolver(discoverer))
	must(t, err)
	scales, gvr := getter.Scales(tracker.Namespace), v1alpha1.GroupVersion.WithResource("interviewtrackers")
	get := func() *autoscalingv1.Scale {
		t.Helper()
		s, err := scales.Get(t.Context(), gvr.GroupResource(), tracker.Name, metav1.GetOptions{})
		must(t, err)
		return s
	}
	scaled := func(want int32) {
		t.Helper()
		o.ready(t, tracker)
		if got := *fetch(t, tracker, "hiring-api", &appsv1.Deployment{}).Spec.Replicas; got != want {
			t.Errorf("%d replicas, want %d", got, want)
		}
		if s := get(); s.Spec.Replicas != want || s.Status.Replicas != want {
			t.Errorf("the scale is %d, and %d are there, want %d", s.Spec.Replicas, s.Status.Replicas, want)
		}
	}

	// docs/scaling.md says so.
	if s, err := scales.Get(t.Context(), gvr.GroupResource(), tracker.Name, metav1.GetOptions{}); err == nil {
		t.Errorf("a tracker whose spec has no number has the scale %+v", s.Spec)
	}
	_, err = scales.Patch(t.Context(), gvr, tracker.Name, types.MergePatchType, []byte(`{"spec":{"replicas":3}}`), metav1.PatchOptions{})
	must(t, err)
	scaled(3)
	selector, err := labels.Parse(get().Status.Selector)
	must(t, err)
	if template := fetch(t, tracker, "hiring-api", &appsv1.Deployment{}).Spec.Template; !selector.Matches(labels.Set(template.Labels)) {
		t.Errorf("the selector %q does not match the API's pods", selector)
	}

	larger := get()
	larger.Spec.Replicas = 5
	_, err = scales.Update(t.Context(), gvr.GroupResource(), larger, metav1.UpdateOptions{FieldManager: "kube-controller-manager"})
	must(t, err)
	o.until(t, tracker, "the pods that are missing are not reported", func() bool {
		if condition(tracker, "Ready") != "True Ready" {
			t.Fatalf("Ready flips:\n%s", describe(tracker))
		}
		return message(tracker, "APIAvailable") == "3 of 5 pods are ready, after scaling"
	})
	scaled(5)
	// GitOps applies what has no number.
	must(t, k8s.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(&unstructured.Unstructured{Object: map[string]any{
		"apiVersion": v1alpha1.GroupVersion.String(), "kind": "InterviewTracker",
		"metadata": map[string]any{"namespace": tracker.Namespace, "name": tracker.Name},
		"spec":     map[string]any{"version": "1.1.0"},
	}}), client.FieldOwner("argocd-controller"), client.ForceOwnership))
	scaled(5)
	scale(t, tracker, 7)
	o.until(t, tracker, "the scale of the Deployment is not undone", func() bool {
		return *fetch(t, tracker, "hiring-api", &appsv1.Deployment{}).Spec.Replicas == 5
	})
	scaled(5)
}
