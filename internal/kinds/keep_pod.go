// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package kinds

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// keepPod keeps of a pod whose it is, where its containers listen, which Secrets they read,
// how they are, and who keeps the pod from running or from going.
func keepPod(pod *corev1.Pod) *corev1.Pod {
	kept := &corev1.Pod{ObjectMeta: belonging(pod)}
	if metav1.GetControllerOfNoCopy(pod) == nil {
		kept.Status.Phase = pod.Status.Phase
		return kept
	}
	kept.Finalizers = first(pod.Finalizers)
	kept.Spec.NodeName, kept.Spec.SchedulerName = pod.Spec.NodeName, pod.Spec.SchedulerName
	kept.Spec.SchedulingGates, kept.Spec.ReadinessGates = first(pod.Spec.SchedulingGates), first(pod.Spec.ReadinessGates)
	for i := range pod.Spec.Containers {
		c := keepSecretsOf(&pod.Spec.Containers[i])
		c.Ports = pod.Spec.Containers[i].Ports
		kept.Spec.Containers = append(kept.Spec.Containers, c)
	}
	for i := range pod.Spec.InitContainers {
		if c := keepSecretsOf(&pod.Spec.InitContainers[i]); len(c.Env)+len(c.EnvFrom) > 0 {
			kept.Spec.InitContainers = append(kept.Spec.InitContainers, c)
		}
	}
	for i := range pod.Spec.Volumes {
		if v, has := keepSecretsIn(&pod.Spec.Volumes[i]); has {
			kept.Spec.Volumes = append(kept.Spec.Volumes, v)
		}
	}
	if secretsRead(&kept.Spec) > maxSecrets {
		for i := range kept.Spec.Containers {
			kept.Spec.Containers[i].Env, kept.Spec.Containers[i].EnvFrom = nil, nil
		}
		kept.Spec.InitContainers = nil
		kept.Spec.Volumes = []corev1.Volume{{VolumeSource: corev1.VolumeSource{CSI: &corev1.CSIVolumeSource{}}}}
	}
	kept.Status = corev1.PodStatus{
		Phase: pod.Status.Phase, Reason: pod.Status.Reason, Message: pod.Status.Message, PodIP: pod.Status.PodIP,
		Conditions:            pod.Status.Conditions,
		InitContainerStatuses: keepStatuses(pod.Status.InitContainerStatuses),
		ContainerStatuses:     keepStatuses(pod.Status.ContainerStatuses),
	}
	return kept
}

// maxNamed is how many finalizers or gates the caches keep of a pod: a message names no more.
const maxNamed = 8

func first[T any](all []T) []T {
	return slices.Clone(all[:min(len(all), maxNamed)])
}

// keepSecretsOf keeps of a container its name, and which Secrets become environment
// variables of it.
func keepSecretsOf(c *corev1.Container) corev1.Container {
	kept := corev1.Container{Name: c.Name}
	for i := range c.Env {
		if from := c.Env[i].ValueFrom; from != nil && from.SecretKeyRef != nil {
			variable := corev1.EnvVar{ValueFrom: from}
			if len(c.Env[i].Name) <= maxOwn {
				variable.Name = c.Env[i].Name
			}
			kept.Env = append(kept.Env, variable)
		}
	}
	for _, from := range c.EnvFrom {
		if from.SecretRef != nil {
			kept.EnvFrom = append(kept.EnvFrom, corev1.EnvFromSource{SecretRef: from.SecretRef})
		}
	}
	return kept
}

// keepSecretsIn keeps of a volume which Secrets and tokens it has, and that a driver mounts
// it; has is false if it has none of these.
func keepSecretsIn(v *corev1.Volume) (kept corev1.Volume, has bool) {
	kept.Name = v.Name
	switch {
	case v.Secret != nil:
		kept.Secret = &corev1.SecretVolumeSource{SecretName: v.Secret.SecretName, Items: keepKeys(v.Secret.Items)}
	case v.CSI != nil:
		kept.CSI = &corev1.CSIVolumeSource{Driver: v.CSI.Driver}
	case v.FlexVolume != nil:
		kept.FlexVolume = &corev1.FlexVolumeSource{Driver: v.FlexVolume.Driver}
	case v.Projected != nil:
		kept.Projected = &corev1.ProjectedVolumeSource{}
		for _, source := range v.Projected.Sources {
			var s corev1.VolumeProjection
			switch {
			case source.Secret != nil:
				s.Secret = &corev1.SecretProjection{LocalObjectReference: source.Secret.LocalObjectReference, Items: keepKeys(source.Secret.Items)}
			case source.ServiceAccountToken != nil:
				s.ServiceAccountToken = &corev1.ServiceAccountTokenProjection{}
			case source.PodCertificate != nil:
				s.PodCertificate = &corev1.PodCertificateProjection{}
			default:
				continue
			}
			kept.Projected.Sources = append(kept.Projected.Sources, s)
		}
		return kept, len(kept.Projected.Sources) > 0
	default:
		return kept, false
	}
	return kept, true
}

func keepKeys(items []corev1.KeyToPath) []corev1.KeyToPath {
	var kept []corev1.KeyToPath
	for _, item := range items {
		kept = append(kept, corev1.KeyToPath{Key: item.Key})
	}
	return kept
}

// maxSecrets is how many references to Secrets the caches keep of a pod. One that has more
// counts as one with a volume of which it is not known what is in it.
const maxSecrets = 64

// secretsRead is the number of references to Secrets that are kept of a pod.
func secretsRead(spec *corev1.PodSpec) int {
	n := 0
	for _, c := range slices.Concat(spec.InitContainers, spec.Containers) {
		n += len(c.Env) + len(c.EnvFrom)
	}
	for i := range spec.Volumes {
		n++
		if secret := spec.Volumes[i].Secret; secret != nil {
			n += len(secret.Items)
		}
		if projected := spec.Volumes[i].Projected; projected != nil {
			for _, source := range projected.Sources {
				n++
				if source.Secret != nil {
					n += len(source.Secret.Items)
				}
			}
		}
	}
	return n
}

func keepStatuses(all []corev1.ContainerStatus) []corev1.ContainerStatus {
	kept := make([]corev1.ContainerStatus, len(all))
	for i, c := range all {
		kept[i] = corev1.ContainerStatus{
			Name: c.Name, Image: c.Image, Ready: c.Ready, Started: c.Started, RestartCount: c.RestartCount,
			State: c.State, LastTerminationState: c.LastTerminationState,
		}
	}
	return kept
}
