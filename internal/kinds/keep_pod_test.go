// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package kinds

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Who keeps a pod is kept, and no more of it than a message names.
func TestWhoKeepsAPod(t *testing.T) {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Name: "a", DeletionTimestamp: new(metav1.Now()),
		OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Name: "a", Controller: new(true)}},
	}}
	pod.Spec.NodeName, pod.Spec.SchedulerName = "node-1", "other"
	for i := range 3 * maxNamed {
		name := fmt.Sprintf("example.com/%02d", i)
		pod.Finalizers = append(pod.Finalizers, name)
		pod.Spec.SchedulingGates = append(pod.Spec.SchedulingGates, corev1.PodSchedulingGate{Name: name})
		pod.Spec.ReadinessGates = append(pod.Spec.ReadinessGates, corev1.PodReadinessGate{ConditionType: corev1.PodConditionType(name)})
	}
	kept := keepPod(keepPod(pod))
	if kept.DeletionTimestamp == nil || kept.Spec.NodeName != "node-1" || kept.Spec.SchedulerName != "other" {
		t.Errorf("deleted at %v, on %q, by %q", kept.DeletionTimestamp, kept.Spec.NodeName, kept.Spec.SchedulerName)
	}
	for what, n := range map[string]int{
		"finalizers": len(kept.Finalizers), "scheduling gates": len(kept.Spec.SchedulingGates), "readiness gates": len(kept.Spec.ReadinessGates),
	} {
		if n != maxNamed {
			t.Errorf("%d %s", n, what)
		}
	}
}
