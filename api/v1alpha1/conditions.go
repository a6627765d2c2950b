// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// ConditionReady is the summary, and the first of the conditions. It is True
// when Stalled is absent and the conditions that gate it (MigrationsComplete,
// DatabaseHealthy, RedisHealthy, APIAvailable, FrontendAvailable) are true for the
// tracker's current generation; otherwise it carries the reason and the message of
// the first that is not, in the order Stalled, MigrationsComplete,
// DatabaseHealthy, RedisHealthy, APIAvailable, FrontendAvailable: the root, not
// the symptom. What is False comes before what is Unknown.
const (
	ConditionReady = "Ready"

	// ReasonReady surfaces when everything works.
	ReasonReady = "Ready"
	// ReasonSuspended surfaces, with status Unknown, when spec.suspend keeps the
	// current generation from being applied.
	ReasonSuspended = "Suspended"
	// ReasonReconcileFailed surfaces, on Reconciling and Ready, when a request to
	// the API server failed and is retried.
	ReasonReconcileFailed = "ReconcileFailed"
)

// ConditionAPIAvailable and ConditionFrontendAvailable are True when the
// component's Deployment has observed its generation and has its replicas.
const (
	ConditionAPIAvailable      = "APIAvailable"
	ConditionFrontendAvailable = "FrontendAvailable"

	// ReasonAvailable surfaces when all wanted pods are up to date and available.
	ReasonAvailable = "Available"
	// ReasonProgressing surfaces while pods start and nothing is known to be wrong.
	ReasonProgressing = "Progressing"
	// ReasonImagePullFailed surfaces when a pod's image can't be pulled.
	ReasonImagePullFailed = "ImagePullFailed"
	// ReasonCrashLooping surfaces when a container keeps exiting.
	ReasonCrashLooping = "CrashLooping"
	// ReasonOOMKilled surfaces when a container was ended for lack of memory.
	ReasonOOMKilled = "OOMKilled"
	// ReasonConfigError surfaces when a container can't be made from its
	// configuration, such as for a missing ConfigMap or Secret.
	ReasonConfigError = "ConfigError"
	// ReasonProbeFailing surfaces when a container runs but fails a probe.
	ReasonProbeFailing = "ProbeFailing"
	// ReasonUnschedulable surfaces when no node can take a pod.
	ReasonUnschedulable = "Unschedulable"
	// ReasonEvicted surfaces when a node evicted a pod.
	ReasonEvicted = "Evicted"
	// ReasonQuotaExceeded surfaces when a quota forbids a pod.
	ReasonQuotaExceeded = "QuotaExceeded"
	// ReasonProgressDeadlineExceeded surfaces when a rollout has made no progress
	// for the Deployment's progress deadline, for no cause named above.
	ReasonProgressDeadlineExceeded = "ProgressDeadlineExceeded"
)

// ConditionMigrationsComplete is True when the database's migrations for the
// current version have been applied: when the Job of spec.migrations succeeded, or
// without that, when the API's pods of the current template say so. Absent when
// the API has no pods that could say so and spec.migrations is omitted. A pod of the
// Job that can't start gives its own reason, such as ImagePullFailed.
const (
	ConditionMigrationsComplete = "MigrationsComplete"

	// ReasonComplete surfaces when the migrations have been applied.
	ReasonComplete = "Complete"
	// ReasonRunning surfaces while the migrations are being applied, or wait for
	// the database.
	ReasonRunning = "Running"
	// ReasonFailed surfaces when the Job of the migrations has failed for good.
	ReasonFailed = "Failed"
)

// ConditionDatabaseHealthy and ConditionRedisHealthy are True when the
// dependency works: for the API's pods, which are asked, and for the kubelet,
// where the operator runs the dependency.
const (
	ConditionDatabaseHealthy = "DatabaseHealthy"
	ConditionRedisHealthy    = "RedisHealthy"

	// ReasonHealthy surfaces when the dependency works.
	ReasonHealthy = "Healthy"
	// ReasonStarting surfaces while a managed dependency starts for the first time.
	ReasonStarting = "Starting"
	// ReasonDependencyDown surfaces when a managed dependency's pod is not ready,
	// and the API's pods can't use it either.
	ReasonDependencyDown = "DependencyDown"
	// ReasonConnectionFailed surfaces when the API's pods can't use the dependency,
	// though it runs as far as the operator can see: credentials or the network.
	ReasonConnectionFailed = "ConnectionFailed"
	// ReasonPartiallyReachable surfaces when some of the API's pods can't use the
	// dependency and others can.
	ReasonPartiallyReachable = "PartiallyReachable"
	// ReasonSecretNotFound surfaces when the Secret of an external dependency, or
	// the key in it, does not exist.
	ReasonSecretNotFound = "SecretNotFound"
	// ReasonCredentialsLost surfaces when a managed dependency's data exist and
	// the Secret that opens them does not.
	ReasonCredentialsLost = "CredentialsLost"
	// ReasonVolumePending surfaces when a managed dependency's volume claim is not
	// bound.
	ReasonVolumePending = "VolumePending"
	// ReasonUnknown surfaces, with status Unknown, when no API pod answers and
	// nothing else tells.
	ReasonUnknown = "Unknown"
)

// ConditionMonitoringReady is True when the monitoring objects are applied and, where
// Prometheus objects can be seen, each of them is selected by one. It never gates Ready.
// What keeps an object from being applied gives its own reason, such as NameConflict.
const (
	ConditionMonitoringReady = "MonitoringReady"

	// ReasonApplied surfaces when the monitoring objects are applied, and no
	// Prometheus object can be seen that should select them.
	ReasonApplied = "Applied"
	// ReasonSelected surfaces when a Prometheus object selects the monitoring objects.
	ReasonSelected = "Selected"
	// ReasonDisabled surfaces when the spec asks for no monitoring objects.
	ReasonDisabled = "Disabled"
	// ReasonCRDNotInstalled surfaces when the cluster doesn't know a kind of
	// monitoring object that is wanted. It clears by itself when it does.
	ReasonCRDNotInstalled = "CRDNotInstalled"
	// ReasonNotSelected surfaces when Prometheus objects can be seen and none selects
	// a monitoring object.
	ReasonNotSelected = "NotSelected"
	// ReasonInvalidRule surfaces when the API server refuses a monitoring object.
	ReasonInvalidRule = "InvalidRule"
)

// ConditionReconciling is True while the cluster is being brought to the spec,
// and absent otherwise. Its meaning is kstatus's.
const (
	ConditionReconciling = "Reconciling"

	// ReasonRepairContested surfaces when something else keeps changing a field
	// that the operator owns; repairs then happen less often.
	ReasonRepairContested = "RepairContested"
	// ReasonAwaitingGarbageCollection surfaces while an object of a deleted
	// tracker of the same name has yet to go.
	ReasonAwaitingGarbageCollection = "AwaitingGarbageCollection"
)

// ConditionStalled is True when only a change by a person can help, and absent
// otherwise. Its meaning is kstatus's.
const (
	ConditionStalled = "Stalled"

	// ReasonNameConflict surfaces when an object has a name that the tracker
	// needs and is not the tracker's. It clears by itself when the object goes.
	ReasonNameConflict = "NameConflict"
	// ReasonInvalidPatch surfaces when an entry of spec.patches can't be applied.
	ReasonInvalidPatch = "InvalidPatch"
	// ReasonInvalidSpec surfaces when the spec, or an object rendered from it, is
	// refused.
	ReasonInvalidSpec = "InvalidSpec"
	// ReasonUnsupportedChange surfaces when the spec asks for a change that would
	// lose data, such as another major version of Postgres over existing data.
	ReasonUnsupportedChange = "UnsupportedChange"
)
