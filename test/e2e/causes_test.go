//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// Each cause shows in one line of kubectl get, naming the pod and what is wrong.
func TestCauses(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "garbage"},
		StringData: map[string]string{"url": "garbage://user:sesame@nowhere"},
	}
	must(t, k8s.Create(t.Context(), secret))
	tracker := create(t, ns, "hiring", nil)
	ready(t, tracker)

	causes := []struct {
		reason, message string
		api             *v1alpha1.ComponentSpec
		database        *v1alpha1.DependencySpec
	}{
		{reason: "Unschedulable", message: "can't be scheduled", api: &v1alpha1.ComponentSpec{
			NodeSelector: map[string]v1alpha1.LabelValue{"example.com/no": "such-node"},
		}},
		{reason: "ConfigError", message: `configmap "missing" not found`, api: &v1alpha1.ComponentSpec{
			EnvFrom: []corev1.EnvFromSource{{ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "missing"}}}},
		}},
		{reason: "ProbeFailing", message: "404", api: &v1alpha1.ComponentSpec{
			Probes: &v1alpha1.ProbesSpec{Readiness: &v1alpha1.ProbeSpec{Path: "/no/such/path"}},
		}},
		{reason: "CrashLooping", message: "exited with code 1", database: &v1alpha1.DependencySpec{
			External: &v1alpha1.ExternalSpec{SecretRef: v1alpha1.SecretKeyRef{Name: "garbage", Key: "url"}},
		}},
	}
	for _, c := range causes {
		t.Run(c.reason, func(t *testing.T) {
			edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.API, s.Database = c.api, c.database })
			eventually(t, tracker, "the cause is not told", func() bool { return is(tracker, "Ready", "False "+c.reason) })
			out, err := kubectl("-n", ns, "get", "itr", "-o", "wide")
			must(t, err)
			if !strings.Contains(out, "pod hiring-api-") || !strings.Contains(out, c.message) {
				t.Errorf("the line names not the pod or the cause:\n%s", out)
			}
			if strings.Contains(out, "sesame") {
				t.Error("a password is shown")
			}
		})
	}
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.API, s.Database = nil, nil })
	ready(t, tracker)
}

func TestQuotaExceeded(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	must(t, k8s.Create(t.Context(), &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "small"},
		Spec:       corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{corev1.ResourcePods: resource.MustParse("0")}},
	}))
	tracker := create(t, ns, "hiring", nil)
	eventually(t, tracker, "the quota is not told", func() bool {
		return is(tracker, "APIAvailable", "False QuotaExceeded") && strings.Contains(describe(tracker), "small")
	})
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
