// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"fmt"
	"maps"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

func (b *builder) deployment(c v1alpha1.Component) *appsv1.Deployment {
	deployment := &appsv1.Deployment{
		TypeMeta:   typeMeta(appsv1.SchemeGroupVersion, "Deployment"),
		ObjectMeta: b.meta(c),
		Spec: appsv1.DeploymentSpec{
			Replicas: new(b.tracker.Spec.GetReplicas(c)),
			Selector: b.selector(c),
			Template: b.componentTemplate(c),
			Strategy: appsv1.DeploymentStrategy{
				Type: appsv1.RollingUpdateDeploymentStrategyType,
				// A broken version takes no working pod away.
				RollingUpdate: &appsv1.RollingUpdateDeployment{
					MaxUnavailable: new(intstr.FromInt32(0)),
					MaxSurge:       new(intstr.FromInt32(1)),
				},
			},
		},
	}
	if b.tracker.Spec.GetComponent(c).Autoscaling != nil {
		keepReplicas(deployment, b.snapshot.Deployments[c])
	}
	if c == v1alpha1.ComponentAPI {
		b.markRevisions(deployment)
	}
	return deployment
}

// keepReplicas restates the number of pods that the autoscaler, its owner, last
// wrote: leaving the field out would reset it to 1. What is written must be
// derived from what is there, so it is bound to that version of it. At 0 an
// autoscaler does nothing for ever, so that number is not kept.
func keepReplicas(deployment, live *appsv1.Deployment) {
	if live == nil || live.Spec.Replicas == nil || *live.Spec.Replicas == 0 {
		return
	}
	deployment.ResourceVersion = live.ResourceVersion
	deployment.Spec.Replicas = new(*live.Spec.Replicas)
}

func (b *builder) componentTemplate(c v1alpha1.Component) corev1.PodTemplateSpec {
	component := b.tracker.Spec.GetComponent(c)
	spec := b.podSpec(c, nil)
	spec.Containers = []corev1.Container{b.componentContainer(c, component)}
	mountScratch(&spec, &spec.Containers[0], "tmp", "/tmp")
	spec.ImagePullSecrets = component.ImagePullSecrets
	spec.Tolerations = component.Tolerations
	spec.Affinity = component.Affinity
	spec.TopologySpreadConstraints = component.TopologySpreadConstraints
	// An empty list, written as such, spreads nothing.
	if spec.TopologySpreadConstraints == nil {
		spec.TopologySpreadConstraints = spread(b.selector(c))
	}
	if component.NodeSelector != nil {
		spec.NodeSelector = plain(component.NodeSelector)
	}

	meta := metav1.ObjectMeta{Labels: plain(component.PodLabels)}
	maps.Copy(meta.Labels, b.labels(c))
	if component.PodAnnotations != nil {
		meta.Annotations = plain(component.PodAnnotations)
	}
	return corev1.PodTemplateSpec{ObjectMeta: meta, Spec: spec}
}

func (b *builder) componentContainer(c v1alpha1.Component, component *v1alpha1.ComponentSpec) corev1.Container {
	probes := b.tracker.Spec.GetProbes(c)
	container := b.container(c, string(c), "http", b.tracker.Spec.GetPort(c))
	container.Image = b.image(c, component.Image)
	container.ImagePullPolicy = component.ImagePullPolicy
	container.LivenessProbe = httpProbe(probes.Liveness)
	container.ReadinessProbe = httpProbe(probes.Readiness)
	container.StartupProbe = httpProbe(probes.Startup)
	container.Env = append(b.environment(c), component.Env...)
	container.EnvFrom = component.EnvFrom
	return container
}

// environment is what the operator tells the application.
func (b *builder) environment(c v1alpha1.Component) []corev1.EnvVar {
	spec := &b.tracker.Spec
	env := []corev1.EnvVar{
		envValue(contract.EnvPort, strconv.Itoa(int(spec.GetPort(c)))),
		envValue(contract.EnvEnvironment, strings.ToLower(string(spec.GetEnvironment()))),
		envValue(contract.EnvVersion, spec.Version),
		envValue(contract.EnvLogLevel, string(spec.GetLogLevel())),
		envValue(contract.EnvLogFormat, string(spec.GetLogFormat())),
	}
	if c == v1alpha1.ComponentFrontend {
		api := v1alpha1.ComponentAPI
		return append(env, envValue(contract.EnvAPIURL, fmt.Sprintf("http://%s:%d", b.tracker.ChildName(api), spec.GetPort(api))))
	}
	return append(env,
		b.dependencyURL(contract.EnvDatabaseURL, v1alpha1.ComponentDatabase),
		b.dependencyURL(contract.EnvRedisURL, v1alpha1.ComponentRedis),
	)
}

// dependencyURL is where the API finds the database or Redis.
func (b *builder) dependencyURL(name string, c v1alpha1.Component) corev1.EnvVar {
	if external := b.tracker.Spec.GetDependency(c).External; external != nil {
		return envSecret(name, external.SecretKeyRef.Name, external.SecretKeyRef.Key)
	}
	return envSecret(name, b.tracker.CredentialsName(c), keyURL)
}

// plain is a map with strings for values.
func plain[V ~string](in map[string]V) map[string]string {
	out := make(map[string]string, len(in))
	for key, value := range in {
		out[key] = string(value)
	}
	return out
}
