// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// InterviewTracker is one running Interview Position Tracker: an API, a
// frontend, a Postgres database and a Redis cache, with their health checks.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:shortName=itr,singular=interviewtracker
// +kubebuilder:subresource:status
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`,description="Whether the tracker works."
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`,description="Why the tracker does not work, as one word: the root cause."
// +kubebuilder:printcolumn:name="Version",type=string,JSONPath=`.status.version`,description="Version that all ready pods run; empty while they run different ones."
// +kubebuilder:printcolumn:name="API",type=string,JSONPath=`.status.components[?(@.name=="api")].ready`,description="Ready pods of the API, out of the desired ones."
// +kubebuilder:printcolumn:name="Frontend",type=string,JSONPath=`.status.components[?(@.name=="frontend")].ready`,description="Ready pods of the frontend, out of the desired ones."
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`,description="Time since the creation of the tracker."
// +kubebuilder:printcolumn:name="Desired Version",type=string,priority=1,JSONPath=`.spec.version`,description="Version that the pods should run."
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`,description="Why the tracker does not work, in one line that names the object at fault."
// +kubebuilder:validation:XValidation:rule="self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$') && self.metadata.name.size() <= 40",message="metadata.name must start with a letter, hold only lower-case letters, digits and '-', and be at most 40 characters long: the names of the objects made for it derive from it"
type InterviewTracker struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object metadata. The name must be a DNS-1035
	// label of at most 40 characters: the names of the objects made for the
	// tracker derive from it.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what the tracker should be. `{version: "1.0.0"}` is a complete one.
	// +required
	Spec InterviewTrackerSpec `json:"spec"`

	// status is what the operator last saw of the tracker.
	// +kubebuilder:default:={"observedGeneration":-1}
	// +optional
	Status InterviewTrackerStatus `json:"status,omitempty,omitzero"`
}

// InterviewTrackerList is a list of trackers.
//
// +kubebuilder:object:root=true
type InterviewTrackerList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	// items are the trackers.
	Items []InterviewTracker `json:"items"`
}

// InterviewTrackerSpec is what a tracker should be.
//
// The rules that span several fields stand here, with defaults counted in.
//
// +kubebuilder:validation:XValidation:rule="self.?environment.orValue('Development') == 'Development' || has(self.database)",message="spec.database must be chosen in Staging and Production: write 'database: {managed: {}}' to have one run for you, or 'database: {external: {secretRef: {name: NAME, key: KEY}}}' to use your own",fieldPath=".database",reason=FieldValueRequired
// +kubebuilder:validation:XValidation:rule="self.?environment.orValue('Development') == 'Development' || has(self.redis)",message="spec.redis must be chosen in Staging and Production: write 'redis: {managed: {}}' to have one run for you, or 'redis: {external: {secretRef: {name: NAME, key: KEY}}}' to use your own",fieldPath=".redis",reason=FieldValueRequired
// +kubebuilder:validation:XValidation:rule="!has(self.api) || !has(self.api.autoscaling) || self.api.autoscaling.?minReplicas.orValue(self.api.?replicas.orValue(self.?environment.orValue('Development') == 'Production' ? 2 : 1)) <= self.api.autoscaling.maxReplicas",message="spec.api.autoscaling.minReplicas must not be greater than maxReplicas; when omitted, it is spec.api.replicas, or else 2 in Production and 1 elsewhere",fieldPath=".api.autoscaling"
// +kubebuilder:validation:XValidation:rule="!has(self.frontend) || !has(self.frontend.autoscaling) || self.frontend.autoscaling.?minReplicas.orValue(self.frontend.?replicas.orValue(self.?environment.orValue('Development') == 'Production' ? 2 : 1)) <= self.frontend.autoscaling.maxReplicas",message="spec.frontend.autoscaling.minReplicas must not be greater than maxReplicas; when omitted, it is spec.frontend.replicas, or else 2 in Production and 1 elsewhere",fieldPath=".frontend.autoscaling"
// +kubebuilder:validation:XValidation:rule="self.?database.?external.hasValue() || oldSelf.?database.?external.hasValue() || quantity(self.?database.?managed.?storage.?size.hasValue() ? string(self.database.managed.storage.size) : '10Gi').compareTo(quantity(oldSelf.?database.?managed.?storage.?size.hasValue() ? string(oldSelf.database.managed.storage.size) : '10Gi')) >= 0",message="spec.database.managed.storage.size can't shrink: write the size that it had, or more; when omitted, it is 10Gi",fieldPath=".database"
// +kubebuilder:validation:XValidation:rule="self.?redis.?external.hasValue() || oldSelf.?redis.?external.hasValue() || quantity(self.?redis.?managed.?storage.?size.hasValue() ? string(self.redis.managed.storage.size) : '1Gi').compareTo(quantity(oldSelf.?redis.?managed.?storage.?size.hasValue() ? string(oldSelf.redis.managed.storage.size) : '1Gi')) >= 0",message="spec.redis.managed.storage.size can't shrink: write the size that it had, or more; when omitted, it is 1Gi",fieldPath=".redis"
// +kubebuilder:validation:XValidation:rule=`self.?database.?external.hasValue() || oldSelf.?database.?external.hasValue() || (self.?database.?managed.?storage.?storageClassName.hasValue() ? self.database.managed.storage.storageClassName : "") == (oldSelf.?database.?managed.?storage.?storageClassName.hasValue() ? oldSelf.database.managed.storage.storageClassName : "")`,message="spec.database.managed.storage.storageClassName can't be changed, since a volume can't move to another class: leave it as it was, omitted if it was omitted",fieldPath=".database"
// +kubebuilder:validation:XValidation:rule=`self.?redis.?external.hasValue() || oldSelf.?redis.?external.hasValue() || (self.?redis.?managed.?storage.?storageClassName.hasValue() ? self.redis.managed.storage.storageClassName : "") == (oldSelf.?redis.?managed.?storage.?storageClassName.hasValue() ? oldSelf.redis.managed.storage.storageClassName : "")`,message="spec.redis.managed.storage.storageClassName can't be changed, since a volume can't move to another class: leave it as it was, omitted if it was omitted",fieldPath=".redis"
type InterviewTrackerSpec struct {
	// environment sets the log level and the number of replicas when these are
	// omitted: Development DEBUG and 1, Staging INFO and 1, Production WARNING
	// and 2. In Staging and Production database and redis must be chosen.
	// Development when omitted.
	// +optional
	Environment Environment `json:"environment,omitempty"`

	// version is the image tag of both components, unless a component names an
	// image, and what the application reports as its version.
	// It must be a valid image tag and a valid label value.
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$')",message="spec.version must be usable as an image tag and a label value: letters, digits, '_', '.' and '-', starting and ending with a letter or digit"
	// +required
	Version string `json:"version"`

	// api is the API's pods. When omitted, all its fields have their defaults.
	// +kubebuilder:validation:XValidation:rule="(self.?probes.?liveness.?path.hasValue() ? self.probes.liveness.path : '/health/live').find('^[^?]*[^?/]') != (self.?probes.?readiness.?path.hasValue() ? self.probes.readiness.path : '/health/ready').find('^[^?]*[^?/]')",message="spec.api.probes.liveness.path must differ from the readiness path, apart from a query or a final '/': readiness fails when the database does, and as a liveness check it would restart every API pod in an outage; when omitted, they are /health/live and /health/ready",fieldPath=".probes"
	// +optional
	API *ComponentSpec `json:"api,omitempty"`

	// frontend is the frontend's pods. When omitted, all its fields have their
	// defaults.
	// +optional
	Frontend *ComponentSpec `json:"frontend,omitempty"`

	// database is the Postgres database: exactly one of managed (the operator
	// runs it) and external (you do). Managed when omitted in Development;
	// must be chosen in Staging and Production.
	// +optional
	Database *DependencySpec `json:"database,omitempty"`

	// redis is the Redis cache: exactly one of managed (the operator runs it)
	// and external (you do). Managed when omitted in Development; must be
	// chosen in Staging and Production.
	// +optional
	Redis *DependencySpec `json:"redis,omitempty"`

	// migrations runs the database's migrations in a Job before the API's pods run
	// another image. When omitted, the application migrates by itself when it
	// starts, and its readiness tells when it has.
	// +optional
	Migrations *MigrationsSpec `json:"migrations,omitempty"`

	// health is how the API's pods are asked about what they depend on. When
	// omitted, all its fields have their defaults.
	// +optional
	Health *HealthSpec `json:"health,omitempty"`

	// logging is how the API and the frontend log. When omitted, both its fields
	// have their defaults.
	// +optional
	Logging *LoggingSpec `json:"logging,omitempty"`

	// monitoring is how the tracker is monitored: scraping, alerts, a dashboard and
	// synthetic probes, for prometheus-operator and Grafana. When omitted, all its
	// fields have their defaults.
	// +optional
	Monitoring *MonitoringSpec `json:"monitoring,omitempty"`

	// patches are kustomize patches, applied in this order to the objects that
	// the operator renders, for what has no field of its own. A patch must match
	// an object, and can't change names, namespaces, kinds, owner references,
	// selectors or service accounts; pods must still pass Pod Security's
	// "restricted". None when omitted.
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	// +optional
	Patches []Patch `json:"patches,omitempty"`

	// suspend stops the operator from writing any object of this tracker, while
	// its health goes on being reported. false when omitted.
	// +optional
	Suspend bool `json:"suspend,omitempty"`
}

// Environment is what a tracker is for; it sets several defaults.
// +kubebuilder:validation:Enum=Development;Staging;Production
type Environment string

// The environments, with the defaults that they set.
const (
	// Development logs at DEBUG and runs one replica.
	Development Environment = "Development"
	// Staging logs at INFO and runs one replica.
	Staging Environment = "Staging"
	// Production logs at WARNING and runs two replicas.
	Production Environment = "Production"
)

// LoggingSpec is how the API and the frontend log.
type LoggingSpec struct {
	// level is the least severe level that is logged.
	// DEBUG in Development, INFO in Staging, WARNING in Production when omitted.
	// +optional
	Level LogLevel `json:"level,omitempty"`

	// format is one JSON object a line, or text for people. json when omitted.
	// +optional
	Format LogFormat `json:"format,omitempty"`
}

// LogLevel is a log level, in the application's own words.
// +kubebuilder:validation:Enum=DEBUG;INFO;WARNING;ERROR
type LogLevel string

// The log levels, from the least severe up.
const (
	LogLevelDebug   LogLevel = "DEBUG"
	LogLevelInfo    LogLevel = "INFO"
	LogLevelWarning LogLevel = "WARNING"
	LogLevelError   LogLevel = "ERROR"
)

// LogFormat is how a log line is written.
// +kubebuilder:validation:Enum=json;text
type LogFormat string

// The log formats.
const (
	LogFormatJSON LogFormat = "json"
	LogFormatText LogFormat = "text"
)

// Patch is one kustomize patch over the rendered objects.
type Patch struct {
	// target selects the objects to patch. Needed for a JSON patch; a strategic
	// merge patch names its object itself when target is omitted.
	// +optional
	Target *PatchTarget `json:"target,omitempty"`

	// patch is a strategic merge patch or a list of JSON patch (RFC 6902)
	// operations, as YAML or JSON.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=16384
	// +required
	Patch string `json:"patch"`
}

// PatchTarget selects rendered objects; an omitted field matches everything.
// +kubebuilder:validation:XValidation:rule="has(self.group) || has(self.version) || has(self.kind) || has(self.name) || has(self.labelSelector)",message="target must hold at least one of group, version, kind, name and labelSelector, such as 'kind: Deployment'"
type PatchTarget struct {
	// group is the API group, such as apps. Any group when omitted.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +optional
	Group string `json:"group,omitempty"`

	// version is the API version, such as v1. Any version when omitted.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +optional
	Version string `json:"version,omitempty"`

	// kind is the kind, such as Deployment. Any kind when omitted.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +optional
	Kind string `json:"kind,omitempty"`

	// name is the object's name, such as hiring-api; as in kustomize, an
	// anchored regular expression. Any name when omitted.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +optional
	Name string `json:"name,omitempty"`

	// labelSelector selects by label, such as
	// apps.interviewtracker.dev/component=api. Any labels when omitted.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	LabelSelector string `json:"labelSelector,omitempty"`
}

// InterviewTrackerStatus is what the operator last saw of a tracker.
type InterviewTrackerStatus struct {
	// observedGeneration is the metadata.generation that this status is about;
	// -1 before the operator has seen the tracker.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// conditions say whether the tracker works and, if not, why. Ready, the
	// summary, comes first.
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// components report the pods of the API and the frontend.
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	// +optional
	Components []ComponentStatus `json:"components,omitempty"`

	// version is the version that all ready pods of all components run. It is empty
	// while they run different versions and while none is ready.
	// +kubebuilder:validation:MaxLength=63
	// +optional
	Version string `json:"version,omitempty"`

	// dependencies is the health of what the API depends on.
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	// +optional
	Dependencies []DependencyStatus `json:"dependencies,omitempty"`

	// inventory lists the objects that the operator applied, as Kind.group/name, or
	// Kind/name for the core group: Deployment.apps/hiring-api, Service/hiring-api. It is
	// a report: the operator never deletes an object because of it.
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=128
	// +optional
	Inventory []InventoryEntry `json:"inventory,omitempty"`
}

// ComponentStatus reports the pods of a component.
type ComponentStatus struct {
	// name is the name of the component: api or frontend.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +required
	Name Component `json:"name"`

	// ready is the number of ready pods out of the desired ones, such as 1/2.
	// +kubebuilder:validation:MaxLength=32
	// +optional
	Ready string `json:"ready,omitempty"`

	// replicas is the number of pods that exist.
	// +optional
	Replicas int32 `json:"replicas"`

	// readyReplicas is the number of pods that are ready.
	// +optional
	ReadyReplicas int32 `json:"readyReplicas"`

	// updatedReplicas is the number of pods of the current template.
	// +optional
	UpdatedReplicas int32 `json:"updatedReplicas"`

	// image is the image in the current template.
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	Image string `json:"image,omitempty"`

	// version is the version that all ready pods of the component run. It is empty
	// while they run different versions and while none is ready.
	// +kubebuilder:validation:MaxLength=63
	// +optional
	Version string `json:"version,omitempty"`
}

// DependencyHealth is the health of one dependency.
// +kubebuilder:validation:Enum=Healthy;Unhealthy;Unknown
type DependencyHealth string

// What a dependency's health can be.
const (
	DependencyHealthy   DependencyHealth = "Healthy"
	DependencyUnhealthy DependencyHealth = "Unhealthy"
	DependencyUnknown   DependencyHealth = "Unknown"
)

// DependencyStatus is the health of something that the API depends on.
type DependencyStatus struct {
	// name is the dependency's name, such as database or redis.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +required
	Name string `json:"name"`

	// health is Healthy, Unhealthy or Unknown.
	// +required
	Health DependencyHealth `json:"health"`

	// reason is the cause in one word, as in the dependency's condition.
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	Reason string `json:"reason,omitempty"`

	// message is the cause in one line.
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	Message string `json:"message,omitempty"`

	// lastTransitionTime is when health last changed.
	// +required
	LastTransitionTime metav1.Time `json:"lastTransitionTime"`
}
