//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// standardClass is the cluster's default StorageClass, to make another one from.
func standardClass(t *testing.T) *storagev1.StorageClass {
	t.Helper()
	class := &storagev1.StorageClass{}
	must(t, k8s.Get(t.Context(), client.ObjectKey{Name: "standard"}, class))
	class.ObjectMeta = metav1.ObjectMeta{Name: class.Name}
	return class
}

// watchFewest watches how many replicas the frontend's Deployment is asked for.
// The function that it returns gives the least number, once it has seen the last.
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

// await waits until something holds that no tracker's status tells.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), 250*time.Millisecond, 2*time.Minute, true, func(context.Context) (bool, error) {
		return holds(), nil
	})
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// eventuallyGone waits until a tracker and what it controlled are gone.
func eventuallyGone(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), 250*time.Millisecond, 2*time.Minute, true, func(ctx context.Context) (bool, error) {
		err := k8s.Get(ctx, client.ObjectKeyFromObject(tracker), &v1alpha1.InterviewTracker{})
		if !apierrors.IsNotFound(err) {
			return false, err
		}
		for _, name := range []string{"hiring-api", "hiring-frontend"} {
			if exists(t, tracker, name, &appsv1.Deployment{}) || exists(t, tracker, name, &corev1.Service{}) {
				return false, nil
			}
		}
		for _, name := range []string{"hiring-database", "hiring-redis"} {
			if exists(t, tracker, name, &appsv1.StatefulSet{}) || exists(t, tracker, name+"-0", &corev1.Pod{}) {
				return false, nil
			}
		}
		return true, nil
	})
	if err != nil {
		t.Fatalf("it leaves something behind: %v", err)
	}
}
