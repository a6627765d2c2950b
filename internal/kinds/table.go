// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package kinds

import (
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/grafana"
)

// The kinds that are referred to one by one.
var (
	Secret                   = corev1.SchemeGroupVersion.WithKind("Secret")
	ConfigMap                = corev1.SchemeGroupVersion.WithKind("ConfigMap")
	Namespace                = corev1.SchemeGroupVersion.WithKind("Namespace")
	CustomResourceDefinition = apiextensionsv1.SchemeGroupVersion.WithKind("CustomResourceDefinition")
	ServiceMonitor           = monitoringv1.SchemeGroupVersion.WithKind(monitoringv1.ServiceMonitorsKind)
	PrometheusRule           = monitoringv1.SchemeGroupVersion.WithKind(monitoringv1.PrometheusRuleKind)
	Probe                    = monitoringv1.SchemeGroupVersion.WithKind(monitoringv1.ProbesKind)
	Prometheus               = monitoringv1.SchemeGroupVersion.WithKind(monitoringv1.PrometheusesKind)
	Alertmanager             = monitoringv1.SchemeGroupVersion.WithKind(monitoringv1.AlertmanagersKind)
	// AlertmanagerConfig is of version v1alpha1, which each prometheus-operator serves: v1beta1
	// needs another definition of the kind, and a webhook that converts.
	AlertmanagerConfig = monitoringv1alpha1.SchemeGroupVersion.WithKind(monitoringv1alpha1.AlertmanagerConfigKind)
	Ingress            = networkingv1.SchemeGroupVersion.WithKind("Ingress")
	HTTPRoute          = schema.GroupVersion(gatewayv1.GroupVersion).WithKind("HTTPRoute")
	GrafanaDashboard   = grafana.GroupVersion.WithKind("GrafanaDashboard")
)

// table holds the kinds. A patch changes what is harmless to others than the tracker's
// users: the operator has rights that the author of a tracker may not have, such as to
// publish a Service, and so have Prometheus and Grafana: which targets they scrape, what
// they send along and which series bear whose name is not the author's choice. An
// administrator may allow more, but neither which pods an object selects nor whom they act
// as, nor what would lose data.
var table = []Kind{
	{
		GroupVersionKind: v1alpha1.GroupVersion.WithKind(v1alpha1.Kind), Plural: "interviewtrackers",
		object: &v1alpha1.InterviewTracker{}, list: &v1alpha1.InterviewTrackerList{},
		CacheAll: true, Keep: keep(keepTracker),
	},

	// The application, in the order in which it is pruned: what acts on pods before what
	// runs them, credentials last.
	{
		GroupVersionKind: autoscalingv2.SchemeGroupVersion.WithKind("HorizontalPodAutoscaler"), Plural: "horizontalpodautoscalers",
		object: &autoscalingv2.HorizontalPodAutoscaler{}, list: &autoscalingv2.HorizontalPodAutoscalerList{},
		Phase:     Application,
		Patchable: append(labels, "spec.minReplicas", "spec.maxReplicas", "spec.behavior"),
		Fixed:     []string{"spec.scaleTargetRef"},
	},
	{
		GroupVersionKind: policyv1.SchemeGroupVersion.WithKind("PodDisruptionBudget"), Plural: "poddisruptionbudgets",
		object: &policyv1.PodDisruptionBudget{}, list: &policyv1.PodDisruptionBudgetList{},
		// A budget that allows no eviction would keep nodes from being drained.
		Phase: Application, Patchable: annotated, Fixed: []string{"spec.selector"},
	},
	{
		GroupVersionKind: batchv1.SchemeGroupVersion.WithKind("Job"), Plural: "jobs",
		object: &batchv1.Job{}, list: &batchv1.JobList{},
		Phase:     Application,
		Patchable: append(inTemplates, "spec.backoffLimit", "spec.activeDeadlineSeconds", "spec.podFailurePolicy"),
		Fixed: append([]string{
			"spec.selector",
			"spec.manualSelector",
			// Two pods would migrate at the same time, or one after the other.
			"spec.parallelism",
			"spec.completions",
			"spec.completionMode",
			// The Job is the record of its success: without it the migrations run again.
			"spec.ttlSecondsAfterFinished",
		}, fixedInPods...),
	},
	{
		GroupVersionKind: appsv1.SchemeGroupVersion.WithKind("Deployment"), Plural: "deployments",
		object: &appsv1.Deployment{}, list: &appsv1.DeploymentList{},
		Phase: Application, Keep: keepPacked,
		Patchable: append(inTemplates, "spec.replicas", "spec.strategy", "spec.minReadySeconds", "spec.progressDeadlineSeconds",
			"spec.revisionHistoryLimit", "spec.paused"),
		Fixed: append([]string{"spec.selector"}, fixedInPods...),
	},
	{
		GroupVersionKind: appsv1.SchemeGroupVersion.WithKind("StatefulSet"), Plural: "statefulsets",
		object: &appsv1.StatefulSet{}, list: &appsv1.StatefulSetList{},
		Phase: Application, Keep: keepPacked,
		Patchable: append(inTemplates, "spec.updateStrategy", "spec.minReadySeconds", "spec.revisionHistoryLimit"),
		Fixed: append([]string{
			"spec.selector",
			"spec.serviceName",
			"spec.podManagementPolicy",
			"spec.ordinals",
			"spec.volumeClaimTemplates",
			"spec.persistentVolumeClaimRetentionPolicy",
			// Two of them would be two databases behind one name.
			"spec.replicas",
		}, fixedInPods...),
	},
	{
		GroupVersionKind: corev1.SchemeGroupVersion.WithKind("Service"), Plural: "services",
		object: &corev1.Service{}, list: &corev1.ServiceList{},
		Phase: Application,
		Patchable: append(labels, "spec.sessionAffinity", "spec.sessionAffinityConfig", "spec.internalTrafficPolicy",
			"spec.trafficDistribution", "spec.ipFamilyPolicy"),
		Fixed: []string{"spec.selector"},
	},
	{
		GroupVersionKind: networkingv1.SchemeGroupVersion.WithKind("NetworkPolicy"), Plural: "networkpolicies",
		object: &networkingv1.NetworkPolicy{}, list: &networkingv1.NetworkPolicyList{},
		Phase: Application, Patchable: annotated, Fixed: []string{"spec.podSelector"},
	},
	{
		GroupVersionKind: corev1.SchemeGroupVersion.WithKind("ServiceAccount"), Plural: "serviceaccounts",
		object: &corev1.ServiceAccount{}, list: &corev1.ServiceAccountList{},
		Phase: Application, Patchable: append(labels, "imagePullSecrets"), Fixed: []string{"automountServiceAccountToken"},
	},
	{
		// Of no Secret do the caches hold the data. All are watched, as a tracker may name
		// any of its namespace.
		GroupVersionKind: Secret, Plural: "secrets",
		object: Metadata(Secret), list: metadataList(Secret),
		Phase: Application, CacheAll: true, Keep: keep(keepSecret),
	},

	// What the application's objects bring along: only watched, and claims grown.
	{
		GroupVersionKind: appsv1.SchemeGroupVersion.WithKind("ReplicaSet"), Plural: "replicasets",
		object: &appsv1.ReplicaSet{}, list: &appsv1.ReplicaSetList{},
		Keep: keep(keepReplicaSet),
	},
	{
		GroupVersionKind: corev1.SchemeGroupVersion.WithKind("Pod"), Plural: "pods",
		object: &corev1.Pod{}, list: &corev1.PodList{},
		Keep: keep(keepPod),
	},
	{
		GroupVersionKind: corev1.SchemeGroupVersion.WithKind("PersistentVolumeClaim"), Plural: "persistentvolumeclaims",
		object: &corev1.PersistentVolumeClaim{}, list: &corev1.PersistentVolumeClaimList{},
		Keep: keep(keepClaim),
	},
	{
		// Kubernetes gives them the labels of their Service.
		GroupVersionKind: discoveryv1.SchemeGroupVersion.WithKind("EndpointSlice"), Plural: "endpointslices",
		object: &discoveryv1.EndpointSlice{}, list: &discoveryv1.EndpointSliceList{},
		Keep: keep(keepEndpointSlice),
	},

	// The ways in, which somebody else may refuse or already use, without any harm to what runs.
	// By annotations, proxies and others do what an author may not: spec.ingress has some of them.
	{
		GroupVersionKind: Ingress, Plural: "ingresses",
		object: &networkingv1.Ingress{}, list: &networkingv1.IngressList{},
		Phase: Traffic, Patchable: labels, Fixed: []string{"spec"},
	},
	{
		GroupVersionKind: HTTPRoute, Plural: "httproutes",
		object: &gatewayv1.HTTPRoute{}, list: &gatewayv1.HTTPRouteList{},
		Phase: Traffic, Optional: true, Patchable: labels, Fixed: []string{"spec"},
	},

	// Monitoring.
	{
		// The journeys, which may fail to be applied without any harm to the application.
		GroupVersionKind: batchv1.SchemeGroupVersion.WithKind("CronJob"), Plural: "cronjobs",
		object: &batchv1.CronJob{}, list: &batchv1.CronJobList{},
		Phase: Monitoring,
		Patchable: append(annotated, "spec.suspend", "spec.startingDeadlineSeconds", "spec.jobTemplate.metadata.labels",
			"spec.jobTemplate.metadata.annotations", "spec.jobTemplate.spec.template.metadata.labels",
			"spec.jobTemplate.spec.template.metadata.annotations", "spec.jobTemplate.spec.template.spec"),
		Fixed: []string{
			// Two runs of a journey would remove one another's records.
			"spec.concurrencyPolicy",
			// The operator reads how a run has ended from its Job.
			"spec.successfulJobsHistoryLimit",
			"spec.failedJobsHistoryLimit",
			"spec.jobTemplate.spec.ttlSecondsAfterFinished",
			"spec.jobTemplate.spec.template.spec.serviceAccountName",
			"spec.jobTemplate.spec.template.spec.serviceAccount",
			"spec.jobTemplate.spec.template.spec.automountServiceAccountToken",
		},
	},
	{
		GroupVersionKind: ConfigMap, Plural: "configmaps",
		object: &corev1.ConfigMap{}, list: &corev1.ConfigMapList{},
		Phase: Monitoring, Bulky: true, Keep: keepDigest, Patchable: labels,
	},
	{
		// All are watched, as those of others show whether Prometheus has what the alerts read
		// beside a tracker's own metrics.
		GroupVersionKind: ServiceMonitor, Plural: monitoringv1.ServiceMonitorName,
		object: &monitoringv1.ServiceMonitor{}, list: &monitoringv1.ServiceMonitorList{},
		Phase: Monitoring, Optional: true, CacheAll: true, Bulky: true, Keep: keepDigest,
		Patchable: labels, Fixed: []string{"spec.selector", "spec.namespaceSelector"},
	},
	custom(PrometheusRule, monitoringv1.PrometheusRuleName, &monitoringv1.PrometheusRule{}, &monitoringv1.PrometheusRuleList{}),
	custom(Probe, monitoringv1.ProbeName, &monitoringv1.Probe{}, &monitoringv1.ProbeList{}),
	custom(AlertmanagerConfig, monitoringv1alpha1.AlertmanagerConfigName,
		&monitoringv1alpha1.AlertmanagerConfig{}, &monitoringv1alpha1.AlertmanagerConfigList{}),
	custom(GrafanaDashboard, "grafanadashboards", &grafana.GrafanaDashboard{}, &grafana.GrafanaDashboardList{}),

	// Which of the monitoring objects a Prometheus or an Alertmanager selects: by its
	// selectors, and by the labels of namespaces.
	{
		GroupVersionKind: Prometheus, Plural: monitoringv1.PrometheusName,
		object: &monitoringv1.Prometheus{}, list: &monitoringv1.PrometheusList{},
		Optional: true, CacheAll: true, Keep: keep(keepPrometheus),
	},
	{
		GroupVersionKind: Alertmanager, Plural: monitoringv1.AlertmanagerName,
		object: &monitoringv1.Alertmanager{}, list: &monitoringv1.AlertmanagerList{},
		Optional: true, CacheAll: true, Keep: keep(keepAlertmanager),
	},
	{
		GroupVersionKind: Namespace, Plural: "namespaces",
		object: Metadata(Namespace), list: metadataList(Namespace),
		WatchedWith: []schema.GroupVersionKind{Prometheus, Alertmanager}, CacheAll: true, Keep: keep(keepNamespace),
	},

	// Which of the optional kinds the cluster has.
	{
		GroupVersionKind: CustomResourceDefinition, Plural: "customresourcedefinitions",
		object: Metadata(CustomResourceDefinition), list: metadataList(CustomResourceDefinition),
		CacheAll: true, Keep: keep(keepCRD),
	},
}

// custom is the row of a kind of monitoring objects that a cluster may lack.
func custom(gvk schema.GroupVersionKind, plural string, object Object, list List) Kind {
	return Kind{
		GroupVersionKind: gvk, Plural: plural, object: object, list: list,
		Phase: Monitoring, Optional: true, Bulky: true, Keep: keepDigest, Patchable: labels,
	}
}

// Metadata returns an object of a kind whose metadata alone are to be read.
func Metadata(gvk schema.GroupVersionKind) *metav1.PartialObjectMetadata {
	object := &metav1.PartialObjectMetadata{}
	object.SetGroupVersionKind(gvk)
	return object
}

func metadataList(gvk schema.GroupVersionKind) *metav1.PartialObjectMetadataList {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
	return list
}
