// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"slices"
	"sync"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
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
