// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

// What holds the pod of a managed dependency back, though nothing is wrong with it.
func TestStatefulSetsThatHoldTheirPodBack(t *testing.T) {
	partition := appsv1.StatefulSetUpdateStrategy{RollingUpdate: &appsv1.RollingUpdateStatefulSetStrategy{Partition: new(int32(1))}}
	held := "StatefulSet hiring-database keeps pod hiring-database-0 on its previous template (spec.updateStrategy"
	for name, tc := range map[string]struct {
		change func(in *Input, set *appsv1.StatefulSet)
		want   string
	}{
		"no pod is of an older revision": {
			func(in *Input, set *appsv1.StatefulSet) {
				set.Spec.UpdateStrategy = partition
				in.Snapshot.Pods[v1alpha1.ComponentDatabase][0].Labels[appsv1.StatefulSetRevisionLabel] = "2"
			},
			"True Healthy: the API's pods can use it",
		},
		"an update": {
			func(*Input, *appsv1.StatefulSet) {},
			"False Restarting: planned: its template changed; StatefulSet hiring-database restarts its pod",
		},
		"a partition": {
			func(_ *Input, set *appsv1.StatefulSet) { set.Spec.UpdateStrategy = partition },
			"False Paused: " + held + ".rollingUpdate.partition): run kubectl patch statefulset/hiring-database -n default " +
				`--type=merge -p '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":0}}}}'`,
		},
		"a partition of a patch": {
			func(in *Input, set *appsv1.StatefulSet) {
				set.Spec.UpdateStrategy = partition
				in.Tracker.Spec.Patches = []v1alpha1.Patch{{Patch: "spec: {updateStrategy: {rollingUpdate: {partition: 1}}}"}}
			},
			"False Paused: " + held + ".rollingUpdate.partition): take partition out of spec.patches",
		},
		"updates on deletion": {
			func(_ *Input, set *appsv1.StatefulSet) {
				set.Spec.UpdateStrategy.Type = appsv1.OnDeleteStatefulSetStrategyType
			},
			"False Paused: " + held + " is OnDelete): delete the pod when it may restart",
		},
		"no pod so far": {
			func(in *Input, set *appsv1.StatefulSet) {
				set.Generation, in.Snapshot.Pods[v1alpha1.ComponentDatabase] = 2, nil
			},
			"False Progressing: StatefulSet hiring-database has no pod yet",
		},
		"a controller that does nothing": {
			func(in *Input, set *appsv1.StatefulSet) {
				set.Generation, in.Snapshot.Pods[v1alpha1.ComponentDatabase] = 2, nil
				in.Tracker.Status = Compute(*in)
				in.Now = t1
			},
			"False Progressing: StatefulSet hiring-database has no pod yet; " +
				"the cluster's StatefulSet controller has not seen its last change: look at kube-controller-manager",
		},
		"a controller that has yet to see its change": {
			func(_ *Input, set *appsv1.StatefulSet) { set.Spec.UpdateStrategy, set.Generation = partition, 2 },
			"False Progressing: StatefulSet hiring-database: its pod does not run its new template yet",
		},
		"no replicas": {
			func(in *Input, set *appsv1.StatefulSet) {
				set.Spec.Replicas, in.Snapshot.Pods[v1alpha1.ComponentDatabase] = new(int32(0)), nil
			},
			"False DependencyDown: StatefulSet hiring-database is scaled to 0 (spec.replicas): " +
				"run kubectl scale statefulset/hiring-database -n default --replicas=1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t0}
			in.Tracker.Status = Compute(in)
			set := in.Snapshot.StatefulSets[v1alpha1.ComponentDatabase]
			set.Namespace, set.Status.UpdateRevision = "default", "2"
			in.Snapshot.Pods[v1alpha1.ComponentDatabase] = []corev1.Pod{pod("hiring-database-0", "", isReadyPod)}
			tc.change(&in, set)
			got := meta.FindStatusCondition(Compute(in).Conditions, v1alpha1.ConditionDatabaseHealthy)
			if s := string(got.Status) + " " + got.Reason + ": " + got.Message; s != tc.want {
				t.Errorf("got  %s,\nwant %s", s, tc.want)
			}
		})
	}
}
