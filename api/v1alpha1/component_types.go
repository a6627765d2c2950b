// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
)

// ComponentSpec is the pods of the API or the frontend.
// +kubebuilder:validation:XValidation:rule="!has(self.autoscaling) || self.?replicas.orValue(1) > 0",message="replicas can't be 0 with autoscaling: to stop the component, remove autoscaling",fieldPath=".replicas"
type ComponentSpec struct {
	// image is the whole image reference. When omitted, it is the operator's
	// default repository for the component (interview-tracker-api or
	// interview-tracker-frontend unless set by the operator's flags) with
	// spec.version as its tag.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:XValidation:rule="!self.matches('[[:space:]]|//')",message="image must be an image reference, such as registry.example.com/team/api:1.0.0: it can't hold white space or '//'"
	// +optional
	Image string `json:"image,omitempty"`

	// imagePullPolicy is Always, IfNotPresent or Never. When omitted, Kubernetes
	// chooses: Always for the tag latest, IfNotPresent otherwise.
	// +kubebuilder:validation:Enum=Always;IfNotPresent;Never
	// +optional
	ImagePullPolicy corev1.PullPolicy `json:"imagePullPolicy,omitempty"`

	// imagePullSecrets name Secrets of this namespace for pulling the image.
	// None when omitted.
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	// +optional
	ImagePullSecrets []ObjectName `json:"imagePullSecrets,omitempty"`

	// port is the port that the container listens on, given to it as PORT, and
	// the port of its Service; from 1024, since the container has no privileges.
	// 8000 for the API and 3000 for the frontend when omitted.
	// +kubebuilder:validation:Minimum=1024
	// +kubebuilder:validation:Maximum=65535
	// +optional
	Port int32 `json:"port,omitempty"`

	// replicas is the number of pods; with autoscaling, what minReplicas is when
	// omitted. 2 in Production, 1 elsewhere, when omitted. 0 stops the component,
	// and can't be combined with autoscaling.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000
	// +optional
	Replicas *int32 `json:"replicas,omitempty"`

	// autoscaling hands the number of pods to a HorizontalPodAutoscaler.
	// No autoscaling when omitted.
	// +optional
	Autoscaling *AutoscalingSpec `json:"autoscaling,omitempty"`

	// probes override the health checks field by field. An omitted check, and an
	// omitted field of one, is as the description of the check says.
	// +optional
	Probes *ProbesSpec `json:"probes,omitempty"`

	// resources are the container's requests and limits. When omitted, requests
	// of 100m CPU and 128Mi memory, and a memory limit of 512Mi.
	// +optional
	Resources *ResourcesSpec `json:"resources,omitempty"`

	// env are further environment variables of the container. PORT, ENVIRONMENT,
	// VERSION, LOG_LEVEL, LOG_FORMAT, DATABASE_URL, REDIS_URL and API_URL are set
	// by the operator and can't stand here. None when omitted.
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=128
	// +kubebuilder:validation:XValidation:rule="!self.exists(e, e.name in ['PORT', 'ENVIRONMENT', 'VERSION', 'LOG_LEVEL', 'LOG_FORMAT', 'DATABASE_URL', 'REDIS_URL', 'API_URL'])",message="env can't set PORT, ENVIRONMENT, VERSION, LOG_LEVEL, LOG_FORMAT, DATABASE_URL, REDIS_URL or API_URL: the operator sets them, from port, spec.environment, spec.version, spec.logging, spec.database and spec.redis"
	// +optional
	Env []corev1.EnvVar `json:"env,omitempty"`

	// envFrom are ConfigMaps and Secrets of this namespace whose keys become
	// environment variables. None when omitted.
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	// +optional
	EnvFrom []corev1.EnvFromSource `json:"envFrom,omitempty"`

	// nodeSelector restricts the nodes by label. Any node when omitted.
	// +mapType=atomic
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$'))",message="nodeSelector has a key that is no label name: at most 63 letters, digits, '-', '_' and '.', with an optional DNS prefix before a '/'"
	// +optional
	NodeSelector map[string]LabelValue `json:"nodeSelector,omitempty"`

	// tolerations let the pods run on tainted nodes. None when omitted.
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	// +optional
	Tolerations []corev1.Toleration `json:"tolerations,omitempty"`

	// affinity is the pods' scheduling affinity. None when omitted.
	// +optional
	Affinity *corev1.Affinity `json:"affinity,omitempty"`

	// topologySpreadConstraints spread the pods. When omitted, pods prefer
	// different nodes and zones.
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=8
	// +optional
	TopologySpreadConstraints []corev1.TopologySpreadConstraint `json:"topologySpreadConstraints,omitempty"`

	// podLabels are further labels of the pods. None when omitted.
	// +mapType=granular
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$'))",message="podLabels has a key that is no label name: at most 63 letters, digits, '-', '_' and '.', with an optional DNS prefix before a '/'"
	// +kubebuilder:validation:XValidation:rule="!self.exists(k, k.startsWith('app.kubernetes.io/') || k.startsWith('apps.interviewtracker.dev/'))",message="podLabels can't set labels under app.kubernetes.io/ or apps.interviewtracker.dev/: the operator sets them"
	// +optional
	PodLabels map[string]LabelValue `json:"podLabels,omitempty"`

	// podAnnotations are further annotations of the pods. None when omitted.
	// +mapType=granular
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$'))",message="podAnnotations has a key that is no annotation name: at most 63 letters, digits, '-', '_' and '.', with an optional DNS prefix before a '/'"
	// +kubebuilder:validation:XValidation:rule="!self.exists(k, k.startsWith('apps.interviewtracker.dev/'))",message="podAnnotations can't set annotations under apps.interviewtracker.dev/: the operator sets them"
	// +optional
	PodAnnotations map[string]AnnotationValue `json:"podAnnotations,omitempty"`
}

// ObjectName names an object of the tracker's namespace.
type ObjectName struct {
	// name is the object's name.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$')",message="name must be the name of an object: lower-case letters, digits, '-' and '.', starting and ending with a letter or digit"
	// +required
	Name string `json:"name"`
}

// LabelValue is the value of a label.
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:XValidation:rule="self.matches('^([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?$')",message="a label's value must hold only letters, digits, '-', '_' and '.', starting and ending with a letter or digit, or be empty"
type LabelValue string

// AnnotationValue is the value of an annotation.
// +kubebuilder:validation:MaxLength=4096
type AnnotationValue string

// ResourcesSpec is what a container asks for and may use at most.
// +kubebuilder:validation:XValidation:rule="['cpu', 'memory'].all(r, !(r in self.?requests.orValue({})) || !(r in self.?limits.orValue({})) || quantity(string(self.requests[r])).compareTo(quantity(string(self.limits[r]))) <= 0)",message="requests of cpu and memory can't be greater than their limits"
type ResourcesSpec struct {
	// requests is what is set aside for the container, by resource name; a
	// fraction is written in quotes ("0.5") or otherwise (500m). Nothing but what
	// Kubernetes derives from limits when omitted.
	// +kubebuilder:validation:MaxProperties=16
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$'))",message="requests has a key that is no resource name, such as cpu or memory: at most 63 letters, digits, '-', '_' and '.', with an optional DNS prefix before a '/'"
	// +optional
	Requests corev1.ResourceList `json:"requests,omitempty"`

	// limits is what the container may use at most, by resource name; a fraction
	// is written in quotes ("0.5") or otherwise (500m). No limit when omitted.
	// +kubebuilder:validation:MaxProperties=16
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$'))",message="limits has a key that is no resource name, such as cpu or memory: at most 63 letters, digits, '-', '_' and '.', with an optional DNS prefix before a '/'"
	// +optional
	Limits corev1.ResourceList `json:"limits,omitempty"`
}

// AutoscalingSpec is how a HorizontalPodAutoscaler sets the number of pods.
type AutoscalingSpec struct {
	// minReplicas is the least number of pods. replicas when omitted, or else its
	// default.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	// +optional
	MinReplicas *int32 `json:"minReplicas,omitempty"`

	// maxReplicas is the greatest number of pods.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	// +required
	MaxReplicas int32 `json:"maxReplicas"`

	// targetCPUUtilizationPercentage is the average CPU use aimed at, in percent
	// of the pods' CPU requests. 80 when omitted.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	// +optional
	TargetCPUUtilizationPercentage *int32 `json:"targetCPUUtilizationPercentage,omitempty"`
}

// ProbesSpec overrides the health checks of one component. Each is an HTTP GET
// that succeeds on a status from 200 to 399.
type ProbesSpec struct {
	// liveness restarts a container that hangs. It must never look at the
	// database or Redis: an outage of these would restart every pod.
	// When it, or a field of it, is omitted:
	// - API: path /health/live, port 8000, initialDelaySeconds 30,
	//   periodSeconds 10, timeoutSeconds 5, failureThreshold 3
	// - frontend: path /health, port 3000, initialDelaySeconds 10,
	//   periodSeconds 10, timeoutSeconds 5, failureThreshold 3
	// +optional
	Liveness *ProbeSpec `json:"liveness,omitempty"`

	// readiness takes a pod out of its Service while it can't serve, which is
	// also when its dependencies fail.
	// When it, or a field of it, is omitted:
	// - API: path /health/ready, port 8000, initialDelaySeconds 5,
	//   periodSeconds 5, timeoutSeconds 3, failureThreshold 3
	// - frontend: path /health, port 3000, initialDelaySeconds 5,
	//   periodSeconds 5, timeoutSeconds 3, failureThreshold 3
	// +optional
	Readiness *ProbeSpec `json:"readiness,omitempty"`

	// startup holds back the other two until the application has started.
	// When it, or a field of it, is omitted:
	// - API: path /health, port 8000, initialDelaySeconds 10,
	//   periodSeconds 5, timeoutSeconds 3, failureThreshold 12
	// - frontend: no such check; once written, the numbers of the API on
	//   port 3000
	// +optional
	Startup *ProbeSpec `json:"startup,omitempty"`
}

// ProbeSpec overrides fields of one health check; an omitted field keeps the
// value that the description of the check gives.
type ProbeSpec struct {
	// path is the URL path that is asked for, beginning with a slash; a query may
	// follow. The check's own when omitted: see liveness, readiness and startup.
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:XValidation:rule="self.matches('^/[!$-~]*$') && !self.contains('//')",message="path must begin with '/' and hold neither white space, '#', quotation marks nor '//', such as /health/live"
	// +optional
	Path string `json:"path,omitempty"`

	// port is the container's port that is asked. The component's port when
	// omitted.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	// +optional
	Port int32 `json:"port,omitempty"`

	// initialDelaySeconds is the time from the container's start to the first
	// check, in seconds. The check's own when omitted: see liveness, readiness and
	// startup.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=3600
	// +optional
	InitialDelaySeconds *int32 `json:"initialDelaySeconds,omitempty"`

	// periodSeconds is the time between checks, in seconds. The check's own when
	// omitted: see liveness, readiness and startup.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=3600
	// +optional
	PeriodSeconds int32 `json:"periodSeconds,omitempty"`

	// timeoutSeconds is the time after which a check has failed, in seconds. The
	// check's own when omitted: see liveness, readiness and startup.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=3600
	// +optional
	TimeoutSeconds int32 `json:"timeoutSeconds,omitempty"`

	// failureThreshold is the number of failures in a row that count. The check's
	// own when omitted: see liveness, readiness and startup.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	// +optional
	FailureThreshold int32 `json:"failureThreshold,omitempty"`
}
