// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"maps"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

// The names of a component's port, and of the port of its metrics where that is another.
const (
	portName        = "http"
	metricsPortName = "metrics"
)

func (b *builder) deployment(c catalog.Component) *appsv1.Deployment {
	rollout := b.tracker.Spec.GetRollout()
	deployment := &appsv1.Deployment{
		TypeMeta:   typeMeta(appsv1.SchemeGroupVersion, "Deployment"),
		ObjectMeta: b.meta(c.Name),
		Spec: appsv1.DeploymentSpec{
			Replicas: new(c.Replicas(&b.tracker.Spec)),
			Selector: b.selector(c.Name),
			Template: b.componentTemplate(c),
			Strategy: appsv1.DeploymentStrategy{
				Type: appsv1.RollingUpdateDeploymentStrategyType,
				RollingUpdate: &appsv1.RollingUpdateDeployment{
					MaxUnavailable: rollout.MaxUnavailable,
					MaxSurge:       rollout.MaxSurge,
				},
			},
			MinReadySeconds:         *rollout.MinReadySeconds,
			ProgressDeadlineSeconds: new(int32(rollout.ProgressDeadline.Seconds())),
		},
	}
	template := &deployment.Spec.Template
	template.Spec.TerminationGracePeriodSeconds = new(c.Get(&b.tracker.Spec).GetTerminationGracePeriodSeconds())
	b.instrument(template, c.Name, attribute{"k8s.deployment.name", deployment.Name})
	b.inject(template)
	live := b.snapshot.Deployments[c.Name]
	if c.Get(&b.tracker.Spec).Autoscaling != nil {
		b.keepReplicas(deployment, live)
	}
	if c.UsesDependencies {
		b.markRevisions(deployment, live)
	}
	b.markRestart(deployment, live)
	return deployment
}

// markRestart makes the pods restart, once, when the tracker's annotation changes. Without it
// they keep the one that they have: a tool that removes what is not in Git restarts nothing.
func (b *builder) markRestart(deployment, live *appsv1.Deployment) {
	at := b.tracker.Annotations[v1alpha1.AnnotationRestartedAt]
	if at == "" && live != nil {
		if at = live.Spec.Template.Annotations[v1alpha1.AnnotationRestartedAt]; at != "" {
			b.derive(deployment, func(l *Live) { l.Observed = live.ResourceVersion })
		}
	}
	if at != "" {
		metav1.SetMetaDataAnnotation(&deployment.Spec.Template.ObjectMeta, v1alpha1.AnnotationRestartedAt, at)
	}
}

// keepReplicas restates the number of pods that the autoscaler, its owner, last
// wrote: leaving the field out would reset it to 1. What is written must be
// derived from the live object, so it is bound to that version of it. At 0 an
// autoscaler does nothing, so that number is not kept.
func (b *builder) keepReplicas(deployment, live *appsv1.Deployment) {
	if live == nil || live.Spec.Replicas == nil || *live.Spec.Replicas == 0 {
		return
	}
	b.derive(deployment, func(l *Live) { l.Observed = live.ResourceVersion })
	deployment.Spec.Replicas = new(*live.Spec.Replicas)
}

func (b *builder) componentTemplate(c catalog.Component) corev1.PodTemplateSpec {
	component := c.Get(&b.tracker.Spec)
	spec := b.podSpec(c.Name, nil)
	spec.Containers = []corev1.Container{b.componentContainer(c)}
	catalog.MountScratch(&spec, &spec.Containers[0], "tmp", "/tmp")
	spec.ImagePullSecrets = component.ImagePullSecrets
	spec.Tolerations = component.Tolerations
	spec.Affinity = component.Affinity
	spec.TopologySpreadConstraints = component.TopologySpreadConstraints
	// An empty list, written as such, spreads nothing.
	if spec.TopologySpreadConstraints == nil {
		spec.TopologySpreadConstraints = spread(b.selector(c.Name))
	}
	if component.NodeSelector != nil {
		spec.NodeSelector = plain(component.NodeSelector)
	}

	meta := metav1.ObjectMeta{Labels: plain(component.PodLabels)}
	maps.Copy(meta.Labels, b.labels(c.Name))
	if component.PodAnnotations != nil {
		meta.Annotations = plain(component.PodAnnotations)
	}
	return corev1.PodTemplateSpec{ObjectMeta: meta, Spec: spec}
}

func (b *builder) componentContainer(c catalog.Component) corev1.Container {
	spec := &b.tracker.Spec
	component, probes := c.Get(spec), c.Probes(spec)
	container := container(string(c.Name), c.Resources(spec))
	if port := c.Port(spec); port != 0 {
		container.Ports = containerPorts(portName, port)
	}
	container.Image = c.Image(spec)
	container.ImagePullPolicy = component.ImagePullPolicy
	container.LivenessProbe = httpProbe(probes.Liveness)
	container.ReadinessProbe = httpProbe(probes.Readiness)
	container.StartupProbe = httpProbe(probes.Startup)
	container.Env = append(b.catalog.Environment(c, b.tracker), component.Env...)
	container.EnvFrom = component.EnvFrom
	return container
}

// plain is a map with strings for values.
func plain[V ~string](in map[string]V) map[string]string {
	out := make(map[string]string, len(in))
	for key, value := range in {
		out[key] = string(value)
	}
	return out
}

func (b *builder) horizontalPodAutoscaler(
	c catalog.Component, autoscaling *v1alpha1.AutoscalingSpec,
) *autoscalingv2.HorizontalPodAutoscaler {
	return &autoscalingv2.HorizontalPodAutoscaler{
		TypeMeta:   typeMeta(autoscalingv2.SchemeGroupVersion, "HorizontalPodAutoscaler"),
		ObjectMeta: b.meta(c.Name),
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{
				APIVersion: appsv1.SchemeGroupVersion.String(),
				Kind:       "Deployment",
				Name:       b.tracker.ChildName(c.Name),
			},
			MinReplicas: new(c.Replicas(&b.tracker.Spec)),
			MaxReplicas: autoscaling.MaxReplicas,
			Metrics:     scalingMetrics(autoscaling),
			Behavior:    scalingBehavior(autoscaling.Behavior),
		},
	}
}

func scalingMetrics(autoscaling *v1alpha1.AutoscalingSpec) (metrics []autoscalingv2.MetricSpec) {
	for _, use := range []struct {
		resource corev1.ResourceName
		target   *int32
	}{
		{corev1.ResourceCPU, autoscaling.GetTargetCPUUtilizationPercentage()},
		{corev1.ResourceMemory, autoscaling.TargetMemoryUtilizationPercentage},
	} {
		if use.target != nil {
			metrics = append(metrics, autoscalingv2.MetricSpec{
				Type: autoscalingv2.ResourceMetricSourceType,
				Resource: &autoscalingv2.ResourceMetricSource{
					Name:   use.resource,
					Target: autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: use.target},
				},
			})
		}
	}
	if autoscaling.TargetRequestsPerSecond != nil {
		metrics = append(metrics, autoscalingv2.MetricSpec{
			Type: autoscalingv2.PodsMetricSourceType,
			Pods: &autoscalingv2.PodsMetricSource{
				Metric: autoscalingv2.MetricIdentifier{Name: v1alpha1.RequestsMetric},
				Target: autoscalingv2.MetricTarget{
					Type:         autoscalingv2.AverageValueMetricType,
					AverageValue: resource.NewQuantity(int64(*autoscaling.TargetRequestsPerSecond), resource.DecimalSI),
				},
			},
		})
	}
	return metrics
}

func scalingBehavior(behavior *v1alpha1.ScalingBehavior) *autoscalingv2.HorizontalPodAutoscalerBehavior {
	if behavior == nil {
		return nil
	}
	return &autoscalingv2.HorizontalPodAutoscalerBehavior{
		ScaleUp:   scalingRules(behavior.ScaleUp),
		ScaleDown: scalingRules(behavior.ScaleDown),
	}
}

func scalingRules(rules *v1alpha1.ScalingRules) *autoscalingv2.HPAScalingRules {
	if rules == nil {
		return nil
	}
	scaling := &autoscalingv2.HPAScalingRules{StabilizationWindowSeconds: rules.StabilizationWindowSeconds}
	if rules.SelectPolicy != "" {
		scaling.SelectPolicy = &rules.SelectPolicy
	}
	for _, policy := range rules.Policies {
		scaling.Policies = append(scaling.Policies, autoscalingv2.HPAScalingPolicy(policy))
	}
	return scaling
}

// podDisruptionBudget lets nodes be drained one pod of the component at a time,
// and pods that are not ready at any time: an outage of the database makes all
// of them unready, and must not block drains.
func (b *builder) podDisruptionBudget(c catalog.Component) *policyv1.PodDisruptionBudget {
	return &policyv1.PodDisruptionBudget{
		TypeMeta:   typeMeta(policyv1.SchemeGroupVersion, "PodDisruptionBudget"),
		ObjectMeta: b.meta(c.Name),
		Spec: policyv1.PodDisruptionBudgetSpec{
			Selector:                   b.selector(c.Name),
			MaxUnavailable:             new(intstr.FromInt32(1)),
			UnhealthyPodEvictionPolicy: new(policyv1.AlwaysAllow),
		},
	}
}
