// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// InterviewTracker is a running Interview Position Tracker: an API, a frontend, a
// Postgres database and a Redis cache, with their health checks.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:shortName=itr,singular=interviewtracker
// +kubebuilder:subresource:status
// +kubebuilder:subresource:scale:specpath=.spec.api.replicas,statuspath=.status.replicas,selectorpath=.status.selector
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`,description="Whether the tracker works."
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`,description="Why the tracker does not work, as one word: the root cause."
// +kubebuilder:printcolumn:name="Version",type=string,JSONPath=`.status.version`,description="Version that all ready pods run; empty while they run different ones."
// +kubebuilder:printcolumn:name="Desired",type=string,JSONPath=`.spec.version`,description="Version that the pods should run."
// +kubebuilder:printcolumn:name="API",type=string,JSONPath=`.status.components[?(@.name=="api")].ready`,description="Ready pods of the API, out of the desired ones."
// +kubebuilder:printcolumn:name="Frontend",type=string,JSONPath=`.status.components[?(@.name=="frontend")].ready`,description="Ready pods of the frontend, out of the desired ones."
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`,description="Time since the creation of the tracker."
// +kubebuilder:printcolumn:name="Maintenance",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="UnderMaintenance")].message`,description="Until when notifications are muted, and why; empty when they are not."
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`,description="Why the tracker does not work, in one line that names the object at fault."
// +kubebuilder:validation:XValidation:rule="self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$') && self.metadata.name.size() <= 40",message="metadata.name must start with a letter, contain only lower-case letters, digits and '-', and be at most 40 characters long: the names of its objects derive from it"
// +kubebuilder:validation:XValidation:rule="!has(self.spec.monitoring) || !has(self.spec.monitoring.journeys) || self.spec.monitoring.journeys.all(j, self.metadata.name.size() + j.name.size() <= 43)",message="the name of a journey and metadata.name can have at most 43 characters together: the name of its CronJob derives from them"
type InterviewTracker struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object metadata. The name must be a DNS-1035 label of at
	// most 40 characters: the names of the objects that the operator creates derive
	// from it.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is the desired state of the tracker. `{version: "1.0.0"}` is a complete
	// spec.
	// +required
	Spec InterviewTrackerSpec `json:"spec"`

	// status is the state of the tracker that the operator last observed.
	// +kubebuilder:default:={"observedGeneration":-1}
	// +optional
	Status InterviewTrackerStatus `json:"status,omitempty,omitzero"`
}

// Observed reports whether the status describes the current spec.
func (t *InterviewTracker) Observed() bool { return t.Status.ObservedGeneration == t.Generation }

// InterviewTrackerList is a list of InterviewTrackers.
//
// +kubebuilder:object:root=true
type InterviewTrackerList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	// items is the list of InterviewTrackers.
	Items []InterviewTracker `json:"items"`
}

// InterviewTrackerSpec is the desired state of a tracker.
//
// The validation rules that span several fields are on this type. They take defaults
// into account.
//
// +kubebuilder:validation:XValidation:rule="self.?environment.orValue('Development') == 'Development' || has(self.database)",message="spec.database is required in Staging and Production: write 'database: {managed: {}}' for one that the operator runs, or 'database: {external: {secretKeyRef: {name: NAME, key: KEY}}}' for your own",fieldPath=".database",reason=FieldValueRequired
// +kubebuilder:validation:XValidation:rule="self.?environment.orValue('Development') == 'Development' || has(self.redis)",message="spec.redis is required in Staging and Production: write 'redis: {managed: {}}' for one that the operator runs, or 'redis: {external: {secretKeyRef: {name: NAME, key: KEY}}}' for your own",fieldPath=".redis",reason=FieldValueRequired
// +kubebuilder:validation:XValidation:rule="!has(self.api) || !has(self.api.autoscaling) || self.api.autoscaling.?minReplicas.orValue(self.api.?replicas.orValue(self.?environment.orValue('Development') == 'Production' ? 2 : 1)) <= self.api.autoscaling.maxReplicas",message="spec.api.autoscaling.minReplicas can't be greater than maxReplicas; it defaults to spec.api.replicas, or else to 2 in Production and 1 otherwise",fieldPath=".api.autoscaling"
// +kubebuilder:validation:XValidation:rule="!has(self.frontend) || !has(self.frontend.autoscaling) || self.frontend.autoscaling.?minReplicas.orValue(self.frontend.?replicas.orValue(self.?environment.orValue('Development') == 'Production' ? 2 : 1)) <= self.frontend.autoscaling.maxReplicas",message="spec.frontend.autoscaling.minReplicas can't be greater than maxReplicas; it defaults to spec.frontend.replicas, or else to 2 in Production and 1 otherwise",fieldPath=".frontend.autoscaling"
// +kubebuilder:validation:XValidation:rule="!has(self.maintenance) || has(self.monitoring) && has(self.monitoring.notifications)",message="spec.maintenance mutes the receivers of spec.monitoring.notifications, which is not set: set it, or silence the alerts in Alertmanager",fieldPath=".maintenance"
type InterviewTrackerSpec struct {
	// environment selects the defaults of the log level and of the number of replicas:
	// Development (DEBUG, 1 replica), Staging (INFO, 1 replica) or Production (WARNING,
	// 2 replicas). In Staging and Production database and redis are required. Defaults
	// to Development.
	// +optional
	Environment Environment `json:"environment,omitempty"`

	// version is the version of the application: the image tag of the API and the
	// frontend, unless they set image, and the version that the application reports. It
	// must be a valid image tag and a valid label value, of at most 63 characters. Write
	// it in quotes, such as "1.0": without them, YAML reads a number.
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$')",message="spec.version must be a valid image tag and label value: letters, digits, '_', '.' and '-', starting and ending with a letter or digit"
	// +required
	Version string `json:"version"`

	// api configures the pods of the API. Defaults to the defaults of its fields.
	// +kubebuilder:validation:XValidation:rule="!has(self.realUserMonitoring)",message="spec.api.realUserMonitoring can't be set: it is about the pages of the frontend; write it under spec.frontend",fieldPath=".realUserMonitoring"
	// +kubebuilder:validation:XValidation:rule="(self.?probes.?liveness.?path.hasValue() ? self.probes.liveness.path : '/health/live').find('^[^?]*[^?/]') != (self.?probes.?readiness.?path.hasValue() ? self.probes.readiness.path : '/health/ready').find('^[^?]*[^?/]')",message="spec.api.probes.liveness.path must differ from the readiness path, apart from a query or a final '/': readiness fails when the database does, and as a liveness check it would restart every API pod in an outage; they default to /health/live and /health/ready",fieldPath=".probes"
	// +optional
	API *ComponentSpec `json:"api,omitempty"`

	// frontend configures the pods of the frontend. Defaults to the defaults of its
	// fields.
	// +optional
	Frontend *ComponentSpec `json:"frontend,omitempty"`

	// database specifies the Postgres database, either managed by the operator or
	// external. Defaults to a managed one in Development; required in Staging and
	// Production.
	// +kubebuilder:validation:XValidation:rule="self.?requirement.orValue('Required') != 'Optional'",message="spec.database.requirement can't be Optional: nothing can be read or stored without the database; only spec.redis can be Optional",fieldPath=".requirement"
	// +optional
	Database *DependencySpec `json:"database,omitempty"`

	// redis specifies the Redis cache, either managed by the operator or external.
	// Defaults to a managed one in Development; required in Staging and Production.
	// +kubebuilder:validation:XValidation:rule="!self.?managed.?slowQueryThreshold.hasValue()",message="spec.redis.managed.slowQueryThreshold can't be set: it is about the database; write it under spec.database.managed",fieldPath=".managed"
	// +optional
	Redis *DependencySpec `json:"redis,omitempty"`

	// migrations specifies a Job that migrates the database before the API's pods run
	// another image. Defaults to none: the application then migrates the database when
	// it starts, and reports on its readiness endpoint when it has.
	// +optional
	Migrations *MigrationsSpec `json:"migrations,omitempty"`

	// rollout configures how new pod templates of the API and the frontend are rolled out, and
	// when the operator goes back to the last good ones. Defaults to the defaults of its fields.
	// +optional
	Rollout *RolloutSpec `json:"rollout,omitempty"`

	// health configures how the operator polls the API's pods for the health of their
	// dependencies. Defaults to the defaults of its fields.
	// +optional
	Health *HealthSpec `json:"health,omitempty"`

	// logging configures the logs of the API and the frontend. Defaults to the defaults
	// of its fields.
	// +optional
	Logging *LoggingSpec `json:"logging,omitempty"`

	// telemetry specifies where the API and the frontend send traces. Defaults to nowhere.
	// +optional
	Telemetry *TelemetrySpec `json:"telemetry,omitempty"`

	// monitoring configures scraping, alerts, the dashboard and synthetic probes, for
	// prometheus-operator and Grafana. Defaults to the defaults of its fields.
	// +optional
	Monitoring *MonitoringSpec `json:"monitoring,omitempty"`

	// ingress makes an Ingress through which users reach the frontend. Defaults to none.
	// +optional
	Ingress *IngressSpec `json:"ingress,omitempty"`

	// gateway makes an HTTPRoute of the Gateway API through which users reach the frontend.
	// Defaults to none.
	// +optional
	Gateway *GatewaySpec `json:"gateway,omitempty"`

	// diagnostics configures what the status shows of the pods. Defaults to the defaults
	// of its fields.
	// +optional
	Diagnostics *DiagnosticsSpec `json:"diagnostics,omitempty"`

	// patches are kustomize patches that the operator applies, in this order, to the
	// objects that it renders, for settings that have no field of their own. A patch
	// must match an object. It can change labels of all objects but Secrets, except those
	// under app.kubernetes.io/ and the operator's own, annotations of workloads, what is in pod templates, except the service account,
	// and of other fields those that are harmless to others, such as a Service's session
	// affinity; the operator's flag --allow-patches adds fields. Pods must still meet the Pod
	// Security Standard "restricted" and have their containers. All patches together may have
	// 256 KiB and set or copy 1000 values, each counted for every object that it is set in, without
	// YAML's anchors and aliases. At most 32 patches. Defaults to none.
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	// +optional
	Patches []Patch `json:"patches,omitempty"`

	// maintenance mutes the receivers of spec.monitoring.notifications until a time. Defaults
	// to none.
	// +optional
	Maintenance *MaintenanceSpec `json:"maintenance,omitempty"`

	// suspend stops the operator from writing the objects of this tracker. The operator
	// still reports their health. Defaults to false.
	// +optional
	Suspend bool `json:"suspend,omitempty"`
}

// DiagnosticsSpec configures what the status shows of the pods.
type DiagnosticsSpec struct {
	// lastWords lets the status and the events show the last output of a container, and
	// that of its probes, also if its pod reads Secrets other than those of the database
	// and Redis. More people may read a status than Secrets, and the operator masks only
	// the passwords of the database and Redis in it. Defaults to false: the output of such
	// a pod is withheld, and `kubectl logs` shows it.
	// +optional
	LastWords bool `json:"lastWords,omitempty"`
}

// Environment is the purpose of a tracker, which selects several defaults.
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

// LoggingSpec configures the logs of the API and the frontend.
type LoggingSpec struct {
	// level is the least severe level that is logged: DEBUG, INFO, WARNING or ERROR.
	// Defaults to DEBUG in Development, INFO in Staging and WARNING in Production.
	// +optional
	Level LogLevel `json:"level,omitempty"`

	// format is the format of a log line: json, one JSON object per line, or text.
	// Defaults to json.
	// +optional
	Format LogFormat `json:"format,omitempty"`
}

// LogLevel is a log level of the application.
// +kubebuilder:validation:Enum=DEBUG;INFO;WARNING;ERROR
type LogLevel string

// The log levels, from the least severe up.
const (
	LogLevelDebug   LogLevel = "DEBUG"
	LogLevelInfo    LogLevel = "INFO"
	LogLevelWarning LogLevel = "WARNING"
	LogLevelError   LogLevel = "ERROR"
)

// LogFormat is the format of a log line.
// +kubebuilder:validation:Enum=json;text
type LogFormat string

// The log formats.
const (
	LogFormatJSON LogFormat = "json"
	LogFormatText LogFormat = "text"
)

// Patch is a kustomize patch for the rendered objects.
type Patch struct {
	// target selects the objects to patch. It is required for a JSON patch. Defaults to
	// the object that a strategic merge patch names.
	// +optional
	Target *PatchTarget `json:"target,omitempty"`

	// patch is a strategic merge patch, or a list of JSON patch (RFC 6902) operations,
	// in YAML or JSON. At most 16384 characters.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=16384
	// +required
	Patch string `json:"patch"`
}

// PatchTarget selects rendered objects. An omitted field matches everything.
// +kubebuilder:validation:XValidation:rule="has(self.group) || has(self.version) || has(self.kind) || has(self.name) || has(self.labelSelector)",message="target must have at least one of group, version, kind, name and labelSelector, such as 'kind: Deployment'"
type PatchTarget struct {
	// group is the API group, such as apps. Defaults to any group.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +optional
	Group string `json:"group,omitempty"`

	// version is the API version, such as v1. Defaults to any version.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +optional
	Version string `json:"version,omitempty"`

	// kind is the kind, such as Deployment. Defaults to any kind.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +optional
	Kind string `json:"kind,omitempty"`

	// name is the name of the object, such as hiring-api. As in kustomize, it is an
	// anchored regular expression. Defaults to any name.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +optional
	Name string `json:"name,omitempty"`

	// labelSelector selects objects by label, such as
	// apps.interviewtracker.dev/component=api. Defaults to any labels.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	LabelSelector string `json:"labelSelector,omitempty"`
}

// InterviewTrackerStatus is the observed state of a tracker.
type InterviewTrackerStatus struct {
	// observedGeneration is the metadata.generation that the status describes; -1
	// before the operator has observed the tracker.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// conditions report whether the tracker works and, if not, why. Ready, the summary,
	// comes first.
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

	// replicas is the number of pods of the API that exist: what the scale subresource, which
	// sets spec.api.replicas, reports.
	// +optional
	Replicas int32 `json:"replicas,omitempty"`

	// selector is the label selector of the API's pods, for autoscalers that scale the tracker.
	// +kubebuilder:validation:MaxLength=256
	// +optional
	Selector string `json:"selector,omitempty"`

	// version is the version that all ready pods of all components run. It is empty
	// while they run different versions and while none is ready.
	// +kubebuilder:validation:MaxLength=63
	// +optional
	Version string `json:"version,omitempty"`

	// dependencies report the health of the services that the application says it depends on,
	// other than those that have a condition, such as DatabaseHealthy.
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	// +optional
	Dependencies []DependencyStatus `json:"dependencies,omitempty"`

	// volumes are where the managed dependencies have their data, so that their loss is noticed,
	// one line each: "database: claim UID, volume NAME" and, if another volume had the data
	// before, "replaced NAME at TIME".
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	// +optional
	Volumes []VolumeRecord `json:"volumes,omitempty"`

	// migrations is the record of the Job of spec.migrations that last succeeded: what it
	// did is not done again when the Job is deleted. It goes with spec.migrations.
	// +optional
	Migrations *MigrationsStatus `json:"migrations,omitempty"`

	// rollout is what the operator remembers of rollouts, to go back to good pod templates. It is
	// absent unless spec.rollout.autoRollback is true.
	// +optional
	Rollout *RolloutStatus `json:"rollout,omitempty"`

	// inventory lists the objects that the operator applied, one line for each API group:
	// "apps: Deployment/hiring-api, Deployment/hiring-frontend". It is a report: the operator
	// never deletes an object because of it.
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=128
	// +optional
	Inventory []InventoryLine `json:"inventory,omitempty"`
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

	// image is the image in the current template, where it is not the one that the spec names.
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	Image string `json:"image,omitempty"`

	// version is the version that all ready pods of the component run, where the components run
	// different ones; otherwise status.version has it. It is also empty while the component's pods
	// run different versions.
	// +kubebuilder:validation:MaxLength=63
	// +optional
	Version string `json:"version,omitempty"`
}

// ReadyPods is the number of ready pods.
func (c *ComponentStatus) ReadyPods() int32 {
	ready, _, _ := strings.Cut(c.Ready, "/")
	n, err := strconv.ParseInt(ready, 10, 32)
	if err != nil {
		return 0 // It has not been reported.
	}
	return int32(n)
}

// DependencyHealth is the health of a dependency.
// +kubebuilder:validation:Enum=Healthy;Unhealthy;Unknown
type DependencyHealth string

// What a dependency's health can be.
const (
	DependencyHealthy   DependencyHealth = "Healthy"
	DependencyUnhealthy DependencyHealth = "Unhealthy"
	DependencyUnknown   DependencyHealth = "Unknown"
)

// DependencyStatus reports the health of a service that the API depends on.
type DependencyStatus struct {
	// name is the name of the dependency, such as database or redis.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +required
	Name string `json:"name"`

	// health is Healthy, Unhealthy or Unknown.
	// +required
	Health DependencyHealth `json:"health"`

	// reason is the cause as one word, as in a condition.
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	Reason string `json:"reason,omitempty"`

	// message is the cause as one line.
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	Message string `json:"message,omitempty"`

	// lastTransitionTime is the time at which health last changed.
	// +required
	LastTransitionTime metav1.Time `json:"lastTransitionTime"`

	// volume is what status.volumes had here before: it is still read, and not written any more.
	// +optional
	Volume *VolumeStatus `json:"volume,omitempty"`
}

// VolumeStatus identifies the volume of a managed dependency.
type VolumeStatus struct {
	// claimUID is the metadata.uid of the PersistentVolumeClaim.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +required
	ClaimUID string `json:"claimUID"`

	// name is the name of the PersistentVolume that the claim is bound to.
	// +kubebuilder:validation:MaxLength=253
	// +optional
	Name string `json:"name,omitempty"`

	// replaced is the volume that the data were on before the claim was replaced. It is empty
	// once that has been acknowledged, or when the data are back.
	// +optional
	Replaced *ReplacedVolume `json:"replaced,omitempty"`
}

// ReplacedVolume is a volume whose claim was replaced by another one.
type ReplacedVolume struct {
	// name is the name of the PersistentVolume, if it is known.
	// +kubebuilder:validation:MaxLength=253
	// +optional
	Name string `json:"name,omitempty"`

	// time is when the operator noticed it.
	// +required
	Time metav1.Time `json:"time"`
}
