// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// podOf is a pod that runs a version.
func podOf(version string, isReady bool) corev1.Pod {
	return pod("hiring-api-1", "", func(p *corev1.Pod) {
		p.Labels = map[string]string{labelVersion: version}
		if isReady {
			isReadyPod(p)
		}
	})
}

func TestComponents(t *testing.T) {
	terminating := podOf("1.0.0", true)
	terminating.DeletionTimestamp = &metav1.Time{}
	for name, tc := range map[string]struct {
		ready    int32
		pods     []corev1.Pod
		previous string
		want     string
	}{
		"all ready pods run one version":             {2, []corev1.Pod{podOf("1.0.0", true), podOf("1.0.0", true)}, "", "1.0.0"},
		"a pod that is not ready runs another":       {1, []corev1.Pod{podOf("1.0.0", true), podOf("2.0.0", false)}, "", "1.0.0"},
		"a pod that terminates runs another":         {1, []corev1.Pod{terminating, podOf("2.0.0", true)}, "1.0.0", "2.0.0"},
		"ready pods run two versions":                {2, []corev1.Pod{podOf("1.0.0", true), podOf("2.0.0", true)}, "1.0.0", ""},
		"a ready pod has no version":                 {2, []corev1.Pod{podOf("", true), podOf("2.0.0", true)}, "2.0.0", ""},
		"no pod is ready":                            {0, []corev1.Pod{podOf("1.0.0", false)}, "1.0.0", ""},
		"there is no pod":                            {0, nil, "1.0.0", ""},
		"the Deployment counts a pod not yet seen":   {2, []corev1.Pod{podOf("2.0.0", true)}, "1.0.0", "1.0.0"},
		"the Deployment does not count a pod so far": {0, []corev1.Pod{podOf("2.0.0", true)}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{v1alpha1.LabelComponent: "api"}}}
			d.Spec.Replicas = new(int32(3))
			d.Spec.Template.Spec.Containers = []corev1.Container{{Name: "sidecar", Image: "other"}, {Name: "api", Image: "api:2"}}
			d.Status = appsv1.DeploymentStatus{Replicas: 4, ReadyReplicas: tc.ready, UpdatedReplicas: 1}
			s := &snapshot.Snapshot{
				Deployments: map[v1alpha1.Component]*appsv1.Deployment{v1alpha1.ComponentAPI: d},
				Pods:        map[v1alpha1.Component][]corev1.Pod{v1alpha1.ComponentAPI: tc.pods},
			}
			previous := []v1alpha1.ComponentStatus{{Name: v1alpha1.ComponentFrontend, Version: "0"}, {Name: v1alpha1.ComponentAPI, Version: tc.previous}}
			want := []v1alpha1.ComponentStatus{{
				Name: v1alpha1.ComponentAPI, Ready: string('0'+tc.ready) + "/3", Replicas: 4, ReadyReplicas: tc.ready, UpdatedReplicas: 1,
				Image: "api:2", Version: tc.want,
			}}
			if diff := cmp.Diff(want, components(Input{Tracker: &v1alpha1.InterviewTracker{}, Catalog: catalog.Default(), Snapshot: s}, previous)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestVersion(t *testing.T) {
	component := func(ready int32, version string) v1alpha1.ComponentStatus {
		return v1alpha1.ComponentStatus{ReadyReplicas: ready, Version: version}
	}
	for name, tc := range map[string]struct {
		components []v1alpha1.ComponentStatus
		want       string
	}{
		"both run one version":             {[]v1alpha1.ComponentStatus{component(2, "1.0.0"), component(1, "1.0.0")}, "1.0.0"},
		"they run two versions":            {[]v1alpha1.ComponentStatus{component(2, "1.0.0"), component(1, "2.0.0")}, ""},
		"one is between two versions":      {[]v1alpha1.ComponentStatus{component(2, ""), component(1, "2.0.0")}, ""},
		"one has no ready pod":             {[]v1alpha1.ComponentStatus{component(0, ""), component(1, "2.0.0")}, "2.0.0"},
		"neither has a ready pod":          {[]v1alpha1.ComponentStatus{component(0, ""), component(0, "")}, ""},
		"there is no component":            {nil, ""},
		"the only one is between versions": {[]v1alpha1.ComponentStatus{component(2, "")}, ""},
	} {
		if got := version(tc.components); got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}
