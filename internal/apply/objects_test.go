// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

func (w *world) meta(name string) metav1.ObjectMeta {
	component := v1alpha1.ComponentAPI
	if strings.Contains(name, "database") {
		component = v1alpha1.ComponentDatabase
	}
	return metav1.ObjectMeta{
		Namespace: w.owner.Namespace,
		Name:      name,
		Labels: map[string]string{
			v1alpha1.LabelTracker: w.owner.Name, v1alpha1.LabelComponent: string(component), "app.kubernetes.io/name": "interview-tracker",
		},
		OwnerReferences: []metav1.OwnerReference{
			*metav1.NewControllerRef(w.owner, v1alpha1.GroupVersion.WithKind(v1alpha1.Kind)),
		},
	}
}

func typeMeta(gv schema.GroupVersion, kind string) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: gv.String(), Kind: kind}
}

func (w *world) template() corev1.PodTemplateSpec {
	pod := map[string]string{"pod": "hiring-api"}
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: pod},
		Spec: corev1.PodSpec{
			AutomountServiceAccountToken: new(false),
			ServiceAccountName:           "hiring-api",
			SecurityContext:              &corev1.PodSecurityContext{RunAsNonRoot: new(true), FSGroup: new(int64(999))},
			ImagePullSecrets:             []corev1.LocalObjectReference{{Name: "registry"}},
			Tolerations:                  []corev1.Toleration{{Key: "dedicated", Operator: corev1.TolerationOpExists}},
			NodeSelector:                 map[string]string{"disk": "fast"},
			Affinity: &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{
				PreferredDuringSchedulingIgnoredDuringExecution: []corev1.WeightedPodAffinityTerm{{
					Weight: 50, PodAffinityTerm: corev1.PodAffinityTerm{
						TopologyKey: "zone", LabelSelector: &metav1.LabelSelector{MatchLabels: pod},
					},
				}},
			}},
			TopologySpreadConstraints: []corev1.TopologySpreadConstraint{{
				MaxSkew: 1, TopologyKey: "kubernetes.io/hostname", WhenUnsatisfiable: corev1.ScheduleAnyway,
				LabelSelector: &metav1.LabelSelector{MatchLabels: pod},
			}},
			InitContainers: []corev1.Container{{Name: "first", Image: "busybox", Command: []string{"true"}}},
			Containers: []corev1.Container{
				{
					Name: "api", Image: "api:1", Args: []string{"serve", "--fast"},
					Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8000}, {ContainerPort: 9000, Protocol: corev1.ProtocolUDP}},
					Env: []corev1.EnvVar{
						{Name: "PORT", Value: "8000"},
						{Name: "EMPTY"},
						{Name: "POD_IP", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "status.podIP"}}},
						{Name: "CPU", ValueFrom: &corev1.EnvVarSource{
							ResourceFieldRef: &corev1.ResourceFieldSelector{Resource: "limits.memory"},
						}},
						{Name: "URL", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
							LocalObjectReference: corev1.LocalObjectReference{Name: "hiring-database-credentials"}, Key: "url",
						}}},
					},
					EnvFrom: []corev1.EnvFromSource{{ConfigMapRef: &corev1.ConfigMapEnvSource{
						LocalObjectReference: corev1.LocalObjectReference{Name: "more"}, Optional: new(true),
					}}},
					Resources: corev1.ResourceRequirements{
						Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1000m")},
						Limits: corev1.ResourceList{
							corev1.ResourceCPU:    resource.MustParse("1.5001"),
							corev1.ResourceMemory: resource.MustParse("0.5Gi"),
						},
					},
					LivenessProbe: &corev1.Probe{
						PeriodSeconds: 5,
						ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{
							Path: "/health", Port: intstr.FromString("http"), HTTPHeaders: []corev1.HTTPHeader{{Name: "X", Value: "y"}},
						}},
					},
					ReadinessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: []string{"ready"}}}},
					SecurityContext: &corev1.SecurityContext{
						Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
						AllowPrivilegeEscalation: new(false),
						SeccompProfile:           &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
					},
					VolumeMounts: []corev1.VolumeMount{{Name: "tmp", MountPath: "/tmp"}, {Name: "all", MountPath: "/all", ReadOnly: true}},
				},
			},
			Volumes: []corev1.Volume{
				{Name: "tmp", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
				{Name: "small", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{
					Medium: corev1.StorageMediumMemory, SizeLimit: new(resource.MustParse("1024Mi")),
				}}},
				{Name: "all", VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{
					{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{Path: "token"}},
					{DownwardAPI: &corev1.DownwardAPIProjection{Items: []corev1.DownwardAPIVolumeFile{
						{Path: "labels", FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.labels"}},
					}}},
				}}}},
			},
		},
	}
}

func (w *world) deployment() *appsv1.Deployment {
	template := w.template()
	return &appsv1.Deployment{
		TypeMeta:   typeMeta(appsv1.SchemeGroupVersion, "Deployment"),
		ObjectMeta: w.meta("hiring-api"),
		Spec: appsv1.DeploymentSpec{
			Replicas: new(int32(2)),
			Selector: &metav1.LabelSelector{MatchLabels: template.Labels},
			Template: template,
			Strategy: appsv1.DeploymentStrategy{RollingUpdate: &appsv1.RollingUpdateDeployment{
				MaxUnavailable: new(intstr.FromInt32(0)), MaxSurge: new(intstr.FromString("25%")),
			}},
		},
	}
}

func (w *world) statefulSet() *appsv1.StatefulSet {
	template := w.template()
	return &appsv1.StatefulSet{
		TypeMeta:   typeMeta(appsv1.SchemeGroupVersion, "StatefulSet"),
		ObjectMeta: w.meta("hiring-database"),
		Spec: appsv1.StatefulSetSpec{
			ServiceName: "hiring-database",
			Selector:    &metav1.LabelSelector{MatchLabels: template.Labels},
			Template:    template,
			PersistentVolumeClaimRetentionPolicy: &appsv1.StatefulSetPersistentVolumeClaimRetentionPolicy{
				WhenDeleted: appsv1.RetainPersistentVolumeClaimRetentionPolicyType,
			},
			VolumeClaimTemplates: []corev1.PersistentVolumeClaim{{
				ObjectMeta: metav1.ObjectMeta{Name: "data", Labels: map[string]string{v1alpha1.LabelTracker: w.owner.Name}},
				Spec: corev1.PersistentVolumeClaimSpec{
					AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
					Resources: corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{
						corev1.ResourceStorage: resource.MustParse("1024Mi"),
					}},
				},
			}},
		},
	}
}

func (w *world) job() *batchv1.Job {
	template := w.template()
	template.Spec.RestartPolicy = corev1.RestartPolicyNever
	return &batchv1.Job{
		TypeMeta:   typeMeta(batchv1.SchemeGroupVersion, "Job"),
		ObjectMeta: w.meta("hiring-migrate-1"),
		Spec: batchv1.JobSpec{
			BackoffLimit: new(int32(3)), ActiveDeadlineSeconds: new(int64(600)), PodReplacementPolicy: new(batchv1.Failed),
			Template: template,
		},
	}
}

func (w *world) service() *corev1.Service {
	return &corev1.Service{
		TypeMeta:   typeMeta(corev1.SchemeGroupVersion, "Service"),
		ObjectMeta: w.meta("hiring-api"),
		Spec: corev1.ServiceSpec{
			Selector: map[string]string{"pod": "hiring-api"},
			Ports: []corev1.ServicePort{
				{Name: "http", Port: 8000, TargetPort: intstr.FromString("http")},
				{Name: "dns", Port: 53, Protocol: corev1.ProtocolUDP, TargetPort: intstr.FromInt32(5353)},
				{Name: "plain", Port: 9000},
			},
		},
	}
}

func (w *world) serviceAccount() *corev1.ServiceAccount {
	return &corev1.ServiceAccount{
		TypeMeta:                     typeMeta(corev1.SchemeGroupVersion, "ServiceAccount"),
		ObjectMeta:                   w.meta("hiring-api"),
		AutomountServiceAccountToken: new(false),
	}
}

func (w *world) disruptionBudget() *policyv1.PodDisruptionBudget {
	return &policyv1.PodDisruptionBudget{
		TypeMeta:   typeMeta(policyv1.SchemeGroupVersion, "PodDisruptionBudget"),
		ObjectMeta: w.meta("hiring-api"),
		Spec: policyv1.PodDisruptionBudgetSpec{
			MaxUnavailable:             new(intstr.FromInt32(1)),
			Selector:                   &metav1.LabelSelector{MatchLabels: map[string]string{"pod": "hiring-api"}},
			UnhealthyPodEvictionPolicy: new(policyv1.AlwaysAllow),
		},
	}
}

func (w *world) autoscaler() *autoscalingv2.HorizontalPodAutoscaler {
	return &autoscalingv2.HorizontalPodAutoscaler{
		TypeMeta:   typeMeta(autoscalingv2.SchemeGroupVersion, "HorizontalPodAutoscaler"),
		ObjectMeta: w.meta("hiring-api"),
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "hiring-frontend"},
			MinReplicas:    new(int32(2)),
			MaxReplicas:    5,
			Metrics: []autoscalingv2.MetricSpec{
				{Type: autoscalingv2.ResourceMetricSourceType, Resource: &autoscalingv2.ResourceMetricSource{
					Name: corev1.ResourceCPU,
					Target: autoscalingv2.MetricTarget{
						Type: autoscalingv2.UtilizationMetricType, AverageUtilization: new(int32(80)),
					},
				}},
				{Type: autoscalingv2.ResourceMetricSourceType, Resource: &autoscalingv2.ResourceMetricSource{
					Name: corev1.ResourceMemory,
					Target: autoscalingv2.MetricTarget{
						Type: autoscalingv2.AverageValueMetricType, AverageValue: new(resource.MustParse("1000Mi")),
					},
				}},
			},
		},
	}
}

func (w *world) networkPolicy() *networkingv1.NetworkPolicy {
	return &networkingv1.NetworkPolicy{
		TypeMeta:   typeMeta(networkingv1.SchemeGroupVersion, "NetworkPolicy"),
		ObjectMeta: w.meta("hiring-database"),
		Spec: networkingv1.NetworkPolicySpec{
			PodSelector: metav1.LabelSelector{MatchLabels: map[string]string{"pod": "hiring-database"}},
			Ingress: []networkingv1.NetworkPolicyIngressRule{{
				From:  []networkingv1.NetworkPolicyPeer{{PodSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"pod": "hiring-api"}}}},
				Ports: []networkingv1.NetworkPolicyPort{{Port: new(intstr.FromInt32(5432))}},
			}},
		},
	}
}

const password = "s3cr3t-w0rds"

// newSecret is credentials as they are made, with their data.
func (w *world) newSecret() *corev1.Secret {
	secret := w.secret()
	secret.Type = corev1.SecretTypeOpaque
	secret.Immutable = new(true)
	secret.Data = map[string][]byte{"password": []byte(password)}
	return secret
}

// secret is credentials that exist: their metadata.
func (w *world) secret() *corev1.Secret {
	return &corev1.Secret{
		TypeMeta:   typeMeta(corev1.SchemeGroupVersion, "Secret"),
		ObjectMeta: w.meta("hiring-database-credentials"),
	}
}

// children is one object of each kind.
func (w *world) children() []client.Object {
	return []client.Object{
		w.newSecret(), w.serviceAccount(), w.service(), w.networkPolicy(), w.statefulSet(), w.job(), w.deployment(),
		w.disruptionBudget(), w.autoscaler(),
	}
}
