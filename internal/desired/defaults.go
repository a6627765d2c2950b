// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"github.com/distribution/reference"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// writeDefaults writes out, as the API server would fill them in, the fields whose default
// depends on another field. What the API server fills in stays when that other field
// changes, as nobody owns it: the next image has the policy of the last one, and another strategy
// is refused for the sake of what belongs to the last one.
func (b *builder) writeDefaults() {
	for _, object := range b.output.Objects {
		switch o := object.(type) {
		case *appsv1.Deployment:
			writeStrategy(&o.Spec.Strategy)
			writePreStop(&o.Spec.Template.Spec, o.Spec.Selector.MatchLabels[v1alpha1.LabelComponent])
		case *networkingv1.NetworkPolicy:
			writePolicyTypes(&o.Spec)
		}
		if template := templateOf(object); template != nil {
			writePullPolicies(&template.Spec)
		}
	}
}

func writePullPolicies(spec *corev1.PodSpec) {
	for _, containers := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range containers {
			if c := &containers[i]; c.ImagePullPolicy == "" {
				c.ImagePullPolicy = pullPolicy(c.Image)
			}
		}
	}
}

// pullPolicy is the policy of an image that has none: Always for the tag latest, also when
// neither a tag nor a digest is there, and else IfNotPresent.
func pullPolicy(image string) corev1.PullPolicy {
	named, err := reference.ParseNormalizedNamed(image)
	if err != nil {
		return corev1.PullIfNotPresent
	}
	if tagged, ok := reference.TagNameOnly(named).(reference.Tagged); ok && tagged.Tag() == "latest" {
		return corev1.PullAlways
	}
	return corev1.PullIfNotPresent
}

const (
	// preStopSeconds is how long a component's pod that is being deleted keeps running as it
	// is: until no node and no ingress controller sends it new requests. Few images do so by
	// themselves when they get the signal to end.
	preStopSeconds = 5
	// minGracePeriodSeconds is the least grace period that the CRD admits. Of a shorter one, which
	// a patch may set, no time is taken.
	minGracePeriodSeconds = 15
)

// writePreStop delays the signal to a component's container, unless a patch says what else comes
// before it. The kubelet itself waits: the image needs no program for it.
func writePreStop(spec *corev1.PodSpec, component string) {
	if ptr.Deref(spec.TerminationGracePeriodSeconds, corev1.DefaultTerminationGracePeriodSeconds) < minGracePeriodSeconds {
		return
	}
	for i := range spec.Containers {
		c := &spec.Containers[i]
		if c.Name != component || c.Lifecycle != nil && c.Lifecycle.PreStop != nil {
			continue
		}
		if c.Lifecycle == nil {
			c.Lifecycle = &corev1.Lifecycle{}
		}
		c.Lifecycle.PreStop = &corev1.LifecycleHandler{Sleep: &corev1.SleepAction{Seconds: preStopSeconds}}
	}
}

func writeStrategy(s *appsv1.DeploymentStrategy) {
	if s.Type == "" {
		s.Type = appsv1.RollingUpdateDeploymentStrategyType
	}
	if s.Type != appsv1.RollingUpdateDeploymentStrategyType {
		return
	}
	if s.RollingUpdate == nil {
		s.RollingUpdate = &appsv1.RollingUpdateDeployment{}
	}
	for _, share := range []**intstr.IntOrString{&s.RollingUpdate.MaxUnavailable, &s.RollingUpdate.MaxSurge} {
		if *share == nil {
			*share = new(intstr.FromString("25%"))
		}
	}
}

func writePolicyTypes(s *networkingv1.NetworkPolicySpec) {
	if len(s.PolicyTypes) > 0 {
		return
	}
	s.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
	if len(s.Egress) > 0 {
		s.PolicyTypes = append(s.PolicyTypes, networkingv1.PolicyTypeEgress)
	}
}
