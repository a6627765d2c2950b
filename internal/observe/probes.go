// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// maxEvents bounds how many of a pod's Events are read.
const maxEvents = 16

// readProbeFailures reads what the kubelet says of a pod that runs and is not
// ready. Its words stand only in Events, which nothing else tells of: so they
// are read for one pod of a component, and only until the status has them.
func (o *Observer) readProbeFailures(ctx context.Context, t *v1alpha1.InterviewTracker, s *snapshot.Snapshot) error {
	conditions := map[v1alpha1.Component]string{
		v1alpha1.ComponentAPI:      v1alpha1.ConditionAPIAvailable,
		v1alpha1.ComponentFrontend: v1alpha1.ConditionFrontendAvailable,
		v1alpha1.ComponentDatabase: v1alpha1.ConditionDatabaseHealthy,
		v1alpha1.ComponentRedis:    v1alpha1.ConditionRedisHealthy,
	}
	for c, conditionType := range conditions {
		pod := o.runningUnready(s.Pods[c])
		if pod == nil {
			continue
		}
		if known := knownFailure(t, conditionType, pod.Name); known != "" {
			s.ProbeFailures[pod.Name] = known
			continue
		}
		words, err := o.probeFailure(ctx, pod)
		if err != nil {
			return err
		}
		if words != "" {
			s.ProbeFailures[pod.Name] = words
		}
	}
	return nil
}

// patience is for how long a container may run without being ready before the
// kubelet's words about it matter: failing a first probe is part of starting.
const patience = 10 * time.Second

// runningUnready is the youngest pod of which a container runs and isn't ready,
// though it has started; nil when there is none. Failures of the startup probe
// are routine until it has cost the container a restart.
func (o *Observer) runningUnready(pods []corev1.Pod) *corev1.Pod {
	var found *corev1.Pod
	for i := range pods {
		unready := slices.ContainsFunc(pods[i].Status.ContainerStatuses, func(c corev1.ContainerStatus) bool {
			starting := c.RestartCount == 0 && (c.Started == nil || !*c.Started)
			return c.State.Running != nil && !c.Ready && !starting && o.Clock.Since(c.State.Running.StartedAt.Time) > patience
		})
		if unready && pods[i].DeletionTimestamp == nil &&
			(found == nil || found.CreationTimestamp.Before(&pods[i].CreationTimestamp)) {
			found = &pods[i]
		}
	}
	return found
}

// knownFailure is what the stored status says of a pod's failing probe.
func knownFailure(t *v1alpha1.InterviewTracker, conditionType, pod string) string {
	c := meta.FindStatusCondition(t.Status.Conditions, conditionType)
	if c == nil || c.ObservedGeneration != t.Generation || !strings.HasPrefix(c.Message, "pod "+pod+",") {
		return ""
	}
	_, words, _ := strings.Cut(c.Message, snapshot.NotReady)
	return words
}

// probeFailure is the last that the kubelet said of a failing probe of a pod's
// present container; empty when it has said nothing.
func (o *Observer) probeFailure(ctx context.Context, pod *corev1.Pod) (string, error) {
	var events corev1.EventList
	err := o.Live.List(ctx, &events, client.InNamespace(pod.Namespace), client.Limit(maxEvents),
		client.MatchingFields{"involvedObject.uid": string(pod.UID), "reason": "Unhealthy"})
	if err != nil {
		return "", fmt.Errorf("reading the events of pod %s: %w", pod.Name, err)
	}
	if len(events.Items) == 0 {
		return "", nil
	}
	latest := slices.MaxFunc(events.Items, func(a, b corev1.Event) int {
		return cmp.Compare(a.LastTimestamp.UnixNano(), b.LastTimestamp.UnixNano())
	})
	return latest.Message, nil
}
