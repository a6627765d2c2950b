// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
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
	m.Pod(&spec, &container, b.tracker.CredentialsName(d.Name))
	catalog.MountScratch(&spec, &container, "tmp", "/tmp")
	spec.Containers = []corev1.Container{container}
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: b.selectorLabels(d.Name)},
		Spec:       spec,
	}
}
