// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/ownership"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// dependency is what differs between the managed database and Redis.
type dependency struct {
	component v1alpha1.Component
	portName  string
	port      int32
	// pod fills in what is particular to the container.
	pod func(*builder, *corev1.PodSpec, *corev1.Container)
	// secrets are the data of its credentials.
	secrets func(host, password string) map[string][]byte
}

var dependencies = []dependency{postgres, redis}

// dataUser is the user and group of Postgres and Redis in the official images.
const dataUser int64 = 999

func (b *builder) statefulSet(d dependency, managed *v1alpha1.ManagedSpec) *appsv1.StatefulSet {
	set := &appsv1.StatefulSet{
		TypeMeta:   typeMeta(appsv1.SchemeGroupVersion, "StatefulSet"),
		ObjectMeta: b.meta(d.component),
		Spec: appsv1.StatefulSetSpec{
			Replicas:    new(int32(1)),
			Selector:    b.selector(d.component),
			ServiceName: b.tracker.ChildName(d.component),
			// With OrderedReady, a pod that never gets ready blocks its own repair.
			PodManagementPolicy: appsv1.ParallelPodManagement,
			UpdateStrategy:      appsv1.StatefulSetUpdateStrategy{Type: appsv1.RollingUpdateStatefulSetStrategyType},
			Template:            b.dependencyTemplate(d, managed),
			VolumeClaimTemplates: []corev1.PersistentVolumeClaim{
				b.claimTemplate(d.component, managed),
			},
			PersistentVolumeClaimRetentionPolicy: &appsv1.StatefulSetPersistentVolumeClaimRetentionPolicy{
				WhenDeleted: appsv1.PersistentVolumeClaimRetentionPolicyType(managed.GetRetention()),
				WhenScaled:  appsv1.RetainPersistentVolumeClaimRetentionPolicyType,
			},
		},
	}
	// These can't be changed in place; whatever made them, they stay.
	if live := b.snapshot.StatefulSets[d.component]; live != nil {
		spec := live.Spec.DeepCopy()
		set.Spec.Selector = spec.Selector
		set.Spec.ServiceName = spec.ServiceName
		set.Spec.PodManagementPolicy = spec.PodManagementPolicy
		set.Spec.VolumeClaimTemplates = spec.VolumeClaimTemplates
	}
	return set
}

// dependencyTemplate depends on nothing of the application: a new version of it
// must not restart its database.
func (b *builder) dependencyTemplate(d dependency, managed *v1alpha1.ManagedSpec) corev1.PodTemplateSpec {
	spec := b.podSpec(d.component, new(dataUser))
	container := b.container(d.component, d.portName, d.portName, d.port)
	container.Image = b.image(d.component, managed.Image)
	d.pod(b, &spec, &container)
	spec.Containers = []corev1.Container{container}
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: b.selectorLabels(d.component)},
		Spec:       spec,
	}
}

// claimTemplate writes out what the API server would fill in: the template read
// back from a live StatefulSet is then no other than this.
func (b *builder) claimTemplate(c v1alpha1.Component, managed *v1alpha1.ManagedSpec) corev1.PersistentVolumeClaim {
	return corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{
			Name:   snapshot.VolumeName,
			Labels: b.selectorLabels(c),
		},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes:      []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			StorageClassName: managed.GetStorageClassName(),
			VolumeMode:       new(corev1.PersistentVolumeFilesystem),
			Resources: corev1.VolumeResourceRequirements{
				Requests: corev1.ResourceList{corev1.ResourceStorage: b.tracker.Spec.GetStorageSize(c)},
			},
		},
		Status: corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimPending},
	}
}

// growClaim expands the volume where the spec does: the StatefulSet's template can't be
// changed once it exists. A label that the claim has lost is set again.
func (b *builder) growClaim(c v1alpha1.Component) {
	claim := b.snapshot.Claims[c]
	if claim == nil || claim.DeletionTimestamp != nil {
		return
	}
	size := b.tracker.Spec.GetStorageSize(c)
	grows := size.Cmp(*claim.Spec.Resources.Requests.Storage()) > 0
	labels := b.selectorLabels(c)
	if claim.Labels[v1alpha1.LabelTracker] == "" {
		switch set, credentials := b.snapshot.StatefulSets[c], b.snapshot.Credentials[c]; {
		case set == nil || credentials == nil: // Whose data these are is not known yet.
			return
		case ownership.OfClaim(b.tracker, set, credentials, claim):
			b.output.LostLabels = append(b.output.LostLabels, ClaimLabels{Claim: claim, Labels: labels})
		case grows:
			b.output.Refusals = append(b.output.Refusals, fmt.Sprintf(
				"storage is not expanded to %s: PersistentVolumeClaim %s has no label %s and can't be identified as this tracker's; "+
					"if it holds the tracker's data, set %s=%s on it",
				size.String(), claim.Name, v1alpha1.LabelTracker, v1alpha1.LabelTracker, b.tracker.Name))
			return
		}
	}
	if grows {
		b.output.Growths = append(b.output.Growths, ClaimGrowth{Claim: claim, Size: size})
	}
}
