// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// labelVersion is the label of a pod that holds the version that it runs.
const labelVersion = "app.kubernetes.io/version"

// components returns status.components: the components whose Deployment exists.
func components(in Input, previous []v1alpha1.ComponentStatus) []v1alpha1.ComponentStatus {
	var all []v1alpha1.ComponentStatus
	for _, c := range in.Catalog.Present(&in.Tracker.Spec) {
		if d := in.Snapshot.Deployments[c.Name]; d != nil {
			all = append(all, componentStatus(c.Name, d, in.Snapshot.Pods[c.Name], previous))
		}
	}
	return all
}

func componentStatus(c v1alpha1.Component, d *appsv1.Deployment, pods []corev1.Pod, previous []v1alpha1.ComponentStatus) v1alpha1.ComponentStatus {
	next := v1alpha1.ComponentStatus{
		Name:            c,
		Ready:           fmt.Sprintf("%d/%d", d.Status.ReadyReplicas, wanted(d)),
		Replicas:        d.Status.Replicas,
		ReadyReplicas:   d.Status.ReadyReplicas,
		UpdatedReplicas: d.Status.UpdatedReplicas,
		Image:           image(d),
	}
	versions, ready := sets.New[string](), 0
	for i := range pods {
		if snapshot.PodReady(&pods[i]) {
			versions.Insert(pods[i].Labels[labelVersion])
			ready++
		}
	}
	if ready == int(d.Status.ReadyReplicas) {
		next.Version = only(versions)
		return next
	}
	// The caches of pods and of Deployments are apart for a moment. To change the version
	// now and the counts next would cost a write of the status more.
	for _, before := range previous {
		if before.Name == c {
			next.Version = before.Version
		}
	}
	return next
}

// image is what the component's own container runs: a patch may have put others
// beside it.
func image(d *appsv1.Deployment) string {
	for _, c := range d.Spec.Template.Spec.Containers {
		if c.Name == d.Labels[v1alpha1.LabelComponent] {
			return c.Image
		}
	}
	return ""
}

// version returns status.version, from the versions of the components that have ready pods.
func version(components []v1alpha1.ComponentStatus) string {
	versions := sets.New[string]()
	for _, c := range components {
		if c.ReadyReplicas > 0 {
			versions.Insert(c.Version)
		}
	}
	return only(versions)
}

// only returns the version if there is exactly one, or else "".
func only(versions sets.Set[string]) string {
	if versions.Len() != 1 {
		return ""
	}
	return versions.UnsortedList()[0]
}
