// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
)

// ComponentSpec configures the pods of the API or the frontend.
// +kubebuilder:validation:XValidation:rule="!has(self.autoscaling) || self.?replicas.orValue(1) > 0",message="replicas can't be 0 with autoscaling: to stop the component, remove autoscaling",fieldPath=".replicas"
// +kubebuilder:validation:XValidation:rule="!has(self.autoscaling) || !has(self.autoscaling.targetCPUUtilizationPercentage) && (has(self.autoscaling.targetMemoryUtilizationPercentage) || has(self.autoscaling.targetRequestsPerSecond)) || !has(self.resources) || ['cpu' in self.resources.?requests.orValue({}) ? string(self.resources.requests['cpu']) : 'cpu' in self.resources.?limits.orValue({}) ? string(self.resources.limits['cpu']) : '0'].all(q, q.matches('[eE].?[0-9]{3}') || !isQuantity(q) || quantity(q).isGreaterThan(quantity('0')))",message="autoscaling by CPU compares with the CPU request, and there is none: write resources.requests.cpu, such as 100m, or remove autoscaling",fieldPath=".resources"
// +kubebuilder:validation:XValidation:rule="!has(self.autoscaling) || !has(self.autoscaling.targetMemoryUtilizationPercentage) || !has(self.resources) || ['memory' in self.resources.?requests.orValue({}) ? string(self.resources.requests['memory']) : 'memory' in self.resources.?limits.orValue({}) ? string(self.resources.limits['memory']) : '0'].all(q, q.matches('[eE].?[0-9]{3}') || !isQuantity(q) || quantity(q).isGreaterThan(quantity('0')))",message="autoscaling by memory compares with the memory request, and there is none: write resources.requests.memory, such as 128Mi, or remove targetMemoryUtilizationPercentage",fieldPath=".resources"
type ComponentSpec struct {
	// image is the full image reference, of at most 1024 characters. Defaults to the
	// repository that the operator is configured with (interview-tracker-api or
	// interview-tracker-frontend, unless flags of the operator set others) with
	// spec.version as the tag.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:XValidation:rule="!self.matches('[[:space:]]|//')",message="image must be an image reference, such as registry.example.com/team/api:1.0.0: it can't contain white space or '//'"
	// +optional
	Image string `json:"image,omitempty"`

	// imagePullPolicy specifies when the image is pulled: Always, IfNotPresent or
	// Never. Defaults to Always for the tag latest and to IfNotPresent otherwise.
	// +kubebuilder:validation:Enum=Always;IfNotPresent;Never
	// +optional
	ImagePullPolicy corev1.PullPolicy `json:"imagePullPolicy,omitempty"`

	// imagePullSecrets reference Secrets in the tracker's namespace that are used to
	// pull the image. At most 6. Defaults to none.
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=6
	// +kubebuilder:validation:XValidation:rule="self.all(s, s.name.size() <= 253 && s.name.matches('^[a-z0-9.-]+$'))",message="imagePullSecrets has an invalid name: the name of a Secret has at most 253 lower-case letters, digits, '-' and '.'"
	// +optional
	ImagePullSecrets []corev1.LocalObjectReference `json:"imagePullSecrets,omitempty"`

	// port is the port that the container listens on and its Service exposes; the
	// container gets it in the variable PORT. It must be from 1024 to 65535, since the
	// container has no privileges. Defaults to 8000 for the API and 3000 for the
	// frontend.
	// +kubebuilder:validation:Minimum=1024
	// +kubebuilder:validation:Maximum=65535
	// +optional
	Port int32 `json:"port,omitempty"`

	// replicas is the number of pods, from 0 to 1000; 0 stops the component. With
	// autoscaling it is the default of minReplicas, and can't be 0. To scale the tracker
	// (kubectl scale, or an autoscaler of your own) sets that of the API. Defaults to 2 in
	// Production and 1 otherwise.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000
	// +optional
	Replicas *int32 `json:"replicas,omitempty"`

	// autoscaling specifies a HorizontalPodAutoscaler, which then sets the number of
	// pods. If resources are set, they must then have a request or limit of the CPU and
	// the memory that it compares with. Defaults to no autoscaling.
	// +optional
	Autoscaling *AutoscalingSpec `json:"autoscaling,omitempty"`

	// terminationGracePeriodSeconds is how long a pod may take to end before it is
	// killed, from 15 to 3600 seconds. The first 5 seconds of it the pod keeps running
	// unchanged, while traffic moves away from it. Defaults to 30.
	// +kubebuilder:validation:Minimum=15
	// +kubebuilder:validation:Maximum=3600
	// +optional
	TerminationGracePeriodSeconds *int64 `json:"terminationGracePeriodSeconds,omitempty"`

	// probes override the health checks field by field. Each omitted probe and field
	// has the default that is documented for the probe.
	// +optional
	Probes *ProbesSpec `json:"probes,omitempty"`

	// realUserMonitoring configures what the frontend's pages report of what their users
	// meet. It can't be set for the API. Defaults to the defaults of its fields.
	// +optional
	RealUserMonitoring *RealUserMonitoringSpec `json:"realUserMonitoring,omitempty"`

	// resources are the resource requests and limits of the container. Defaults to
	// requests of 100m CPU and 128Mi memory and a memory limit of 512Mi.
	// +optional
	Resources *ResourcesSpec `json:"resources,omitempty"`

	// env lists additional environment variables of the container. It can't set PORT,
	// METRICS_PORT, ENVIRONMENT, VERSION, LOG_LEVEL, LOG_FORMAT, DATABASE_URL, REDIS_URL,
	// REDIS_REQUIRED, API_URL and RUM_SAMPLE_RATIO, which the operator sets. At most 128 variables. Defaults to none.
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=128
	// +kubebuilder:validation:XValidation:rule="!self.exists(e, e.name in ['PORT', 'METRICS_PORT', 'ENVIRONMENT', 'VERSION', 'LOG_LEVEL', 'LOG_FORMAT', 'DATABASE_URL', 'REDIS_URL', 'REDIS_REQUIRED', 'API_URL', 'RUM_SAMPLE_RATIO'])",message="env can't set PORT, METRICS_PORT, ENVIRONMENT, VERSION, LOG_LEVEL, LOG_FORMAT, DATABASE_URL, REDIS_URL, REDIS_REQUIRED, API_URL or RUM_SAMPLE_RATIO: the operator sets them, from port, realUserMonitoring, spec.environment, spec.version, spec.logging, spec.database and spec.redis"
	// +optional
	Env []corev1.EnvVar `json:"env,omitempty"`

	// envFrom lists ConfigMaps and Secrets in the tracker's namespace whose keys become
	// environment variables of the container. At most 32 sources. Defaults to none.
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	// +optional
	EnvFrom []corev1.EnvFromSource `json:"envFrom,omitempty"`

	// nodeSelector lists labels that a node must have to run the pods. At most 32
	// labels. Defaults to none.
	// +mapType=atomic
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$'))",message="nodeSelector has an invalid key: a label name has at most 63 letters, digits, '-', '_' and '.', with an optional DNS prefix before a '/'"
	// +optional
	NodeSelector map[string]LabelValue `json:"nodeSelector,omitempty"`

	// tolerations allow the pods to run on nodes with matching taints. At most 32.
	// Defaults to none.
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	// +optional
	Tolerations []corev1.Toleration `json:"tolerations,omitempty"`

	// affinity specifies the scheduling constraints of the pods. Defaults to none.
	// +optional
	Affinity *corev1.Affinity `json:"affinity,omitempty"`

	// topologySpreadConstraints specify how the pods are spread across the cluster. At
	// most 8. Defaults to a preference for different nodes and zones.
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=8
	// +optional
	TopologySpreadConstraints []corev1.TopologySpreadConstraint `json:"topologySpreadConstraints,omitempty"`

	// podLabels are added to the labels of the pods. At most 32 labels. Defaults to
	// none.
	// +mapType=granular
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$'))",message="podLabels has an invalid key: a label name has at most 63 letters, digits, '-', '_' and '.', with an optional DNS prefix before a '/'"
	// +kubebuilder:validation:XValidation:rule="!self.exists(k, k.startsWith('app.kubernetes.io/') || k.startsWith('apps.interviewtracker.dev/'))",message="podLabels can't set labels under app.kubernetes.io/ or apps.interviewtracker.dev/: the operator sets them"
	// +optional
	PodLabels map[string]LabelValue `json:"podLabels,omitempty"`

	// podAnnotations are added to the annotations of the pods. At most 32 annotations
	// of at most 4096 characters. Defaults to none.
	// +mapType=granular
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$'))",message="podAnnotations has an invalid key: an annotation name has at most 63 letters, digits, '-', '_' and '.', with an optional DNS prefix before a '/'"
	// +kubebuilder:validation:XValidation:rule="!self.exists(k, k.startsWith('apps.interviewtracker.dev/'))",message="podAnnotations can't set annotations under apps.interviewtracker.dev/: the operator sets them"
	// +optional
	PodAnnotations map[string]AnnotationValue `json:"podAnnotations,omitempty"`
}

// LabelValue is the value of a label.
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:XValidation:rule="self.matches('^([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?$')",message="a label's value must contain only letters, digits, '-', '_' and '.', starting and ending with a letter or digit, or be empty"
type LabelValue string

// AnnotationValue is the value of an annotation.
// +kubebuilder:validation:MaxLength=4096
type AnnotationValue string

// ResourcesSpec specifies the resource requests and limits of a container.
// +kubebuilder:validation:XValidation:rule="['cpu', 'memory'].all(r, !(r in self.?requests.orValue({})) || !(r in self.?limits.orValue({})) || [string(self.requests[r]), string(self.limits[r])].exists(q, q.matches('[eE].?[0-9]{3}') || !isQuantity(q)) || quantity(string(self.requests[r])).compareTo(quantity(string(self.limits[r]))) <= 0)",message="requests of cpu and memory can't be greater than their limits"
type ResourcesSpec struct {
	// requests are the minimum amounts of resources that the container gets, by
	// resource name, such as cpu: 500m. Each is a quantity of at most 32 characters, with
	// an exponent of at most 2 digits. Write a decimal fraction in quotes, such as "0.5".
	// Memory and storage are whole bytes, 0 or at least 1Mi. Defaults to limits, where
	// these are set.
	// +kubebuilder:validation:MaxProperties=16
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$'))",message="requests has an invalid key: a resource name, such as cpu, has at most 63 letters, digits, '-', '_' and '.', with an optional DNS prefix before a '/'"
	// +kubebuilder:validation:XValidation:rule="!('memory' in self) || [string(self['memory'])].all(q, !q.matches('[num]$|[eE]-|[.][0-9]*[1-9][0-9]*$') && (q.matches('^0[A-Z]?i?$|[eE].?[0-9]{3}') || !isQuantity(q) || !quantity(q).isLessThan(quantity('1Mi'))))",message="memory must be a whole number of bytes, 1Mi or more: write Mi or Gi, such as 512Mi",messageExpression="'memory is ' + string(self['memory']) + ': memory must be a whole number of bytes, 1Mi or more: write Mi or Gi, such as 512Mi'",fieldPath=".memory"
	// +kubebuilder:validation:XValidation:rule="!('ephemeral-storage' in self) || [string(self['ephemeral-storage'])].all(q, !q.matches('[num]$|[eE]-|[.][0-9]*[1-9][0-9]*$') && (q.matches('^0[A-Z]?i?$|[eE].?[0-9]{3}') || !isQuantity(q) || !quantity(q).isLessThan(quantity('1Mi'))))",message="ephemeral-storage must be a whole number of bytes, 1Mi or more: write Mi or Gi, such as 1Gi",messageExpression="'ephemeral-storage is ' + string(self['ephemeral-storage']) + ': ephemeral-storage must be a whole number of bytes, 1Mi or more: write Mi or Gi, such as 1Gi'",fieldPath=".ephemeral-storage"
	// +kubebuilder:validation:XValidation:rule="!self.exists(k, k.matches('^(storage|hugepages-.+)$') && string(self[k]).matches('[num]$|[eE]-|[.][0-9]*[1-9][0-9]*$'))",message="storage and hugepages must be a whole number of bytes: write Mi or Gi, such as 4Mi"
	// +optional
	Requests corev1.ResourceList `json:"requests,omitempty"`

	// limits are the maximum amounts of resources that the container can use, by
	// resource name, such as memory: 512Mi. Each is a quantity of at most 32 characters,
	// with an exponent of at most 2 digits. Write a decimal fraction in quotes, such as
	// "0.5". Memory and storage are whole bytes, 0 or at least 1Mi. Defaults to no limit.
	// +kubebuilder:validation:MaxProperties=16
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$'))",message="limits has an invalid key: a resource name, such as cpu, has at most 63 letters, digits, '-', '_' and '.', with an optional DNS prefix before a '/'"
	// +kubebuilder:validation:XValidation:rule="!('memory' in self) || [string(self['memory'])].all(q, !q.matches('[num]$|[eE]-|[.][0-9]*[1-9][0-9]*$') && (q.matches('^0[A-Z]?i?$|[eE].?[0-9]{3}') || !isQuantity(q) || !quantity(q).isLessThan(quantity('1Mi'))))",message="memory must be a whole number of bytes, 1Mi or more: write Mi or Gi, such as 512Mi",messageExpression="'memory is ' + string(self['memory']) + ': memory must be a whole number of bytes, 1Mi or more: write Mi or Gi, such as 512Mi'",fieldPath=".memory"
	// +kubebuilder:validation:XValidation:rule="!('ephemeral-storage' in self) || [string(self['ephemeral-storage'])].all(q, !q.matches('[num]$|[eE]-|[.][0-9]*[1-9][0-9]*$') && (q.matches('^0[A-Z]?i?$|[eE].?[0-9]{3}') || !isQuantity(q) || !quantity(q).isLessThan(quantity('1Mi'))))",message="ephemeral-storage must be a whole number of bytes, 1Mi or more: write Mi or Gi, such as 1Gi",messageExpression="'ephemeral-storage is ' + string(self['ephemeral-storage']) + ': ephemeral-storage must be a whole number of bytes, 1Mi or more: write Mi or Gi, such as 1Gi'",fieldPath=".ephemeral-storage"
	// +kubebuilder:validation:XValidation:rule="!self.exists(k, k.matches('^(storage|hugepages-.+)$') && string(self[k]).matches('[num]$|[eE]-|[.][0-9]*[1-9][0-9]*$'))",message="storage and hugepages must be a whole number of bytes: write Mi or Gi, such as 4Mi"
	// +optional
	Limits corev1.ResourceList `json:"limits,omitempty"`
}

// AutoscalingSpec configures a HorizontalPodAutoscaler. With several targets, the one that
// asks for the most pods decides.
type AutoscalingSpec struct {
	// minReplicas is the minimum number of pods, from 1 to 1000. Defaults to replicas,
	// or to the default of replicas.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	// +optional
	MinReplicas *int32 `json:"minReplicas,omitempty"`

	// maxReplicas is the maximum number of pods, from 1 to 1000. It can't be less than
	// minReplicas.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	// +required
	MaxReplicas int32 `json:"maxReplicas"`

	// targetCPUUtilizationPercentage is the target average CPU utilization of the pods,
	// in percent of their CPU requests, from 1 to 1000. Defaults to 80 without another
	// target, and to none with one.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	// +optional
	TargetCPUUtilizationPercentage *int32 `json:"targetCPUUtilizationPercentage,omitempty"`

	// targetMemoryUtilizationPercentage is the target average memory utilization of the
	// pods, in percent of their memory requests, from 1 to 1000. Defaults to none.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	// +optional
	TargetMemoryUtilizationPercentage *int32 `json:"targetMemoryUtilizationPercentage,omitempty"`

	// targetRequestsPerSecond is the target average number of requests a second of a pod,
	// from 1 to 1000000. It is the metric http_requests_per_second of the pods, which a
	// metrics adapter has to serve. Defaults to none.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000
	// +optional
	TargetRequestsPerSecond *int32 `json:"targetRequestsPerSecond,omitempty"`

	// behavior specifies how fast the number of pods may change. Defaults to Kubernetes'
	// own: up at once, and down after 5 minutes.
	// +optional
	Behavior *ScalingBehavior `json:"behavior,omitempty"`
}

// ScalingBehavior is the behavior of a HorizontalPodAutoscaler.
type ScalingBehavior struct {
	// scaleUp specifies how pods are added. Defaults to the greater of 4 pods and 100%
	// every 15 seconds, without stabilization.
	// +optional
	ScaleUp *ScalingRules `json:"scaleUp,omitempty"`

	// scaleDown specifies how pods are removed. Defaults to all that are too many, after
	// a stabilization of 300 seconds.
	// +optional
	ScaleDown *ScalingRules `json:"scaleDown,omitempty"`
}

// ScalingRules limit the changes in one direction.
type ScalingRules struct {
	// stabilizationWindowSeconds is how long past recommendations are considered, from 0
	// to 3600 seconds. Defaults to 0 for scaleUp and 300 for scaleDown.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=3600
	// +optional
	StabilizationWindowSeconds *int32 `json:"stabilizationWindowSeconds,omitempty"`

	// selectPolicy is which of the policies decides: Max, Min, or Disabled, with which
	// the number never changes in this direction. Defaults to Max.
	// +kubebuilder:validation:Enum=Max;Min;Disabled
	// +optional
	SelectPolicy autoscalingv2.ScalingPolicySelect `json:"selectPolicy,omitempty"`

	// policies list the changes that are allowed in a time. 1 to 16 policies. Defaults to
	// those of the direction.
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	// +optional
	Policies []ScalingPolicy `json:"policies,omitempty"`
}

// ScalingPolicy is a change that is allowed in a time.
type ScalingPolicy struct {
	// type is the unit of value: Pods or Percent of the pods.
	// +kubebuilder:validation:Enum=Pods;Percent
	// +required
	Type autoscalingv2.HPAScalingPolicyType `json:"type"`

	// value is the greatest change in the time, from 1 to 1000000.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000
	// +required
	Value int32 `json:"value"`

	// periodSeconds is the time, from 1 to 1800 seconds.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1800
	// +required
	PeriodSeconds int32 `json:"periodSeconds"`
}

// ProbesSpec overrides the health checks of one component. Each is an HTTP GET request
// that succeeds with a status from 200 to 399.
type ProbesSpec struct {
	// liveness restarts a container that no longer responds. Its path must not depend
	// on the database or Redis: an outage of these would restart all pods. The defaults
	// of its fields are:
	// - API: path /health/live, port 8000, initialDelaySeconds 30, periodSeconds 10,
	//   timeoutSeconds 5, failureThreshold 3
	// - frontend: path /health, port 3000, initialDelaySeconds 10, periodSeconds 10,
	//   timeoutSeconds 5, failureThreshold 3
	// +optional
	Liveness *ProbeSpec `json:"liveness,omitempty"`

	// readiness removes a pod from the endpoints of its Service while it can't serve
	// requests, which includes outages of its dependencies. The defaults of its fields
	// are:
	// - API: path /health/ready, port 8000, initialDelaySeconds 5, periodSeconds 5,
	//   timeoutSeconds 3, failureThreshold 3
	// - frontend: path /health, port 3000, initialDelaySeconds 5, periodSeconds 5,
	//   timeoutSeconds 3, failureThreshold 3
	// +optional
	Readiness *ProbeSpec `json:"readiness,omitempty"`

	// startup delays the other two probes until the application has started. The
	// defaults of its fields are:
	// - API: path /health, port 8000, initialDelaySeconds 10, periodSeconds 5,
	//   timeoutSeconds 3, failureThreshold 12
	// - frontend: no startup probe; if one is set, the values of the API with port 3000
	// +optional
	Startup *ProbeSpec `json:"startup,omitempty"`
}

// ProbeSpec overrides fields of a probe. An omitted field has the default that is
// documented for the probe.
type ProbeSpec struct {
	// path is the URL path of the request, which starts with a slash and can include a
	// query, of at most 256 characters. Defaults to the value of the probe.
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:XValidation:rule="self.matches('^/[!$-~]*$') && !self.contains('//')",message="path must begin with '/' and contain neither white space, '#', quotation marks nor '//', such as /health/live"
	// +optional
	Path string `json:"path,omitempty"`

	// port is the port of the container that the request is sent to, from 1 to 65535.
	// Defaults to the port of the component.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	// +optional
	Port int32 `json:"port,omitempty"`

	// initialDelaySeconds is the time from the start of the container to the first
	// probe, in seconds, from 0 to 3600. Defaults to the value of the probe.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=3600
	// +optional
	InitialDelaySeconds *int32 `json:"initialDelaySeconds,omitempty"`

	// periodSeconds is the time between two probes, in seconds, from 1 to 3600.
	// Defaults to the value of the probe.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=3600
	// +optional
	PeriodSeconds int32 `json:"periodSeconds,omitempty"`

	// timeoutSeconds is the time after which a probe fails, in seconds, from 1 to 3600.
	// Defaults to the value of the probe.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=3600
	// +optional
	TimeoutSeconds int32 `json:"timeoutSeconds,omitempty"`

	// failureThreshold is the number of consecutive failures after which the probe is
	// considered failed, from 1 to 1000. Defaults to the value of the probe.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	// +optional
	FailureThreshold int32 `json:"failureThreshold,omitempty"`
}
