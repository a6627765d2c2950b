// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/ownership"
)

func (b *builder) statefulSet(d catalog.Dependency, managed *v1alpha1.ManagedSpec) *appsv1.StatefulSet {
	set := &appsv1.StatefulSet{
		TypeMeta:   typeMeta(appsv1.SchemeGroupVersion, "StatefulSet"),
		ObjectMeta: b.meta(d.Name),
		Spec: appsv1.StatefulSetSpec{
			Replicas:    new(int32(1)),
			Selector:    b.selector(d.Name),
			ServiceName: b.tracker.ChildName(d.Name),
			// With OrderedReady, a pod that never gets ready blocks its own repair.
			PodManagementPolicy: appsv1.ParallelPodManagement,
			UpdateStrategy:      appsv1.StatefulSetUpdateStrategy{Type: appsv1.RollingUpdateStatefulSetStrategyType},
			Template:            b.dependencyTemplate(d, managed),
			VolumeClaimTemplates: []corev1.PersistentVolumeClaim{
				b.claimTemplate(d, managed),
			},
			PersistentVolumeClaimRetentionPolicy: &appsv1.StatefulSetPersistentVolumeClaimRetentionPolicy{
				WhenDeleted: appsv1.PersistentVolumeClaimRetentionPolicyType(managed.GetRetention()),
				WhenScaled:  appsv1.RetainPersistentVolumeClaimRetentionPolicyType,
			},
		},
	}
	// These can't be changed in place: they stay as they are.
	if live := b.snapshot.StatefulSets[d.Name]; live != nil {
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
func (b *builder) dependencyTemplate(d catalog.Dependency, managed *v1alpha1.ManagedSpec) corev1.PodTemplateSpec {
	m := d.Managed
	spec := b.podSpec(d.Name, new(m.User))
	spec.TerminationGracePeriodSeconds = new(m.TerminationGracePeriodSeconds)
	container := container(m.PortName, d.Resources(managed))
	container.Ports = containerPorts(m.PortName, m.Port)
	container.Image = d.Image(managed)
	container.ReadinessProbe = execProbe(m.Ready, dependencyFailureThreshold)
	container.StartupProbe = execProbe(m.Ready, dependencyStartupSeconds/dependencyPeriodSeconds)
	container.VolumeMounts = []corev1.VolumeMount{{Name: catalog.VolumeName, MountPath: m.DataPath}}
	m.Pod(&spec, &container, managed, b.tracker.CredentialsName(d.Name))
	catalog.MountScratch(&spec, &container, "tmp", "/tmp")
	spec.Containers = []corev1.Container{container}
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: b.selectorLabels(d.Name)},
		Spec:       spec,
	}
}

// VolumeExpansion is a volume claim that should request more than it does.
type VolumeExpansion struct {
	// Claim is the live claim, shared with the snapshot.
	Claim *corev1.PersistentVolumeClaim
	// Size is what it should request.
	Size resource.Quantity
}

// ClaimLabels is a volume claim that has lost its labels.
type ClaimLabels struct {
	// Claim is the live claim, shared with the snapshot.
	Claim *corev1.PersistentVolumeClaim
	// Labels are those that it should have.
	Labels map[string]string
}

// expandVolume requests a larger volume where the spec does: the StatefulSet's template
// can't be changed once it exists. A label that the claim has lost is set again.
func (b *builder) expandVolume(d catalog.Dependency, managed *v1alpha1.ManagedSpec) {
	claim := b.snapshot.Claims[d.Name]
	if claim == nil || claim.DeletionTimestamp != nil {
		return
	}
	size := d.StorageSize(managed)
	// A claim that is not bound can't be expanded; once it is, it is.
	grows := claim.Status.Phase != corev1.ClaimPending && size.Cmp(*claim.Spec.Resources.Requests.Storage()) > 0
	labels := b.selectorLabels(d.Name)
	labelled := claim.Labels[v1alpha1.LabelTracker] == b.tracker.Name
	switch set, credentials := b.snapshot.StatefulSets[d.Name], b.snapshot.Credentials[d.Name]; {
	case labelled && claim.Labels[v1alpha1.LabelComponent] == string(d.Name):
	case set != nil && credentials != nil && ownership.OfClaim(b.tracker, set, credentials, claim):
		b.output.LostLabels = append(b.output.LostLabels, ClaimLabels{Claim: claim, Labels: labels})
	case labelled:
	case set == nil || credentials == nil: // Whose data these are is not known yet.
		return
	case grows:
		b.output.UnsupportedChanges = append(b.output.UnsupportedChanges, fmt.Sprintf(
			"storage is not expanded to %s: PersistentVolumeClaim %s lacks the label %s=%s and can't be identified as this tracker's; "+
				"if it holds the tracker's data, set that label on it",
			size.String(), claim.Name, v1alpha1.LabelTracker, b.tracker.Name))
		return
	}
	b.refuseOtherVolume(d, managed, claim)
	if grows {
		b.output.VolumeExpansions = append(b.output.VolumeExpansions, VolumeExpansion{Claim: claim, Size: size})
	}
}

// refuseOtherVolume says what the spec wants of a volume that it can't become. No rule of
// admission does: it could only compare with the spec before, which may be what the cluster
// refused, and has to be taken back.
func (b *builder) refuseOtherVolume(d catalog.Dependency, managed *v1alpha1.ManagedSpec, claim *corev1.PersistentVolumeClaim) {
	refuse := func(format string, args ...any) {
		b.output.UnsupportedChanges = append(b.output.UnsupportedChanges, fmt.Sprintf(format, args...))
	}
	// A claim may be larger than the default: it was left behind by an earlier tracker.
	size, requested := d.StorageSize(managed), claim.Spec.Resources.Requests.Storage()
	written := managed.Storage != nil && managed.Storage.Size != nil
	if written && size.Cmp(*requested) < 0 {
		refuse("storage is not reduced to %s: PersistentVolumeClaim %s requests %s, and a volume can't shrink; "+
			"set spec.%s.managed.storage.size to %s or more", size.String(), claim.Name, requested.String(), d.Name, requested.String())
	}
	wanted, live := managed.GetStorageClassName(), claim.Spec.StorageClassName
	if wanted != nil && live != nil && *wanted != *live {
		refuse("storageClassName %s is not used: PersistentVolumeClaim %s has the class %s, and a volume can't move to another one; "+
			"set spec.%s.managed.storage.storageClassName to %s, or, if the claim holds no data, delete StatefulSet %s and the claim",
			*wanted, claim.Name, *live, d.Name, *live, b.tracker.ChildName(d.Name))
	}
}

// claimTemplate sets the fields that the API server would default: the template read
// back from a live StatefulSet then equals this one.
func (b *builder) claimTemplate(d catalog.Dependency, managed *v1alpha1.ManagedSpec) corev1.PersistentVolumeClaim {
	return corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{
			Name:   catalog.VolumeName,
			Labels: b.selectorLabels(d.Name),
		},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes:      []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			StorageClassName: managed.GetStorageClassName(),
			VolumeMode:       new(corev1.PersistentVolumeFilesystem),
			Resources: corev1.VolumeResourceRequirements{
				Requests: corev1.ResourceList{corev1.ResourceStorage: d.StorageSize(managed)},
			},
		},
		Status: corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimPending},
	}
}
