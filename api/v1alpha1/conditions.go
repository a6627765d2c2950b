// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// ConditionReady is the summary, and the first of the conditions. It is True
// when Stalled is absent and the conditions that gate it (MigrationsComplete,
// DatabaseHealthy, RedisHealthy, APIAvailable, FrontendAvailable) are True for the
// tracker's current generation. Otherwise it has the reason and the message of the first
// that is not True, in the order Stalled, MigrationsComplete, DatabaseHealthy,
// RedisHealthy, APIAvailable, FrontendAvailable: the root cause, not the symptom. A False
// condition comes before an Unknown one. RedisHealthy does not gate it while
// spec.redis.requirement is Optional: then the message says if Redis is down.
const (
	ConditionReady = "Ready"

	// ReasonReady surfaces when everything works that the tracker requires.
	ReasonReady = "Ready"
	// ReasonSuspended surfaces, with status Unknown, when spec.suspend keeps the
	// current generation from being applied.
	ReasonSuspended = "Suspended"
	// ReasonRolledBack surfaces, on Stalled and Ready, when new pod templates have failed and the
	// last good ones run in their place (spec.rollout.autoRollback).
	ReasonRolledBack = "RolledBack"
	// ReasonRollbackBlocked surfaces, on Stalled and Ready, when new pod templates have failed and
	// the operator can't go back to the last good ones, such as after migrations.
	ReasonRollbackBlocked = "RollbackBlocked"
	// ReasonReconcileFailed surfaces, on Reconciling and Ready, when a request to
	// the API server failed and is retried.
	ReasonReconcileFailed = "ReconcileFailed"
)

// ConditionAPIAvailable and ConditionFrontendAvailable are True when all pods of the
// component's Deployment have its current template, and it has its replicas.
const (
	ConditionAPIAvailable      = "APIAvailable"
	ConditionFrontendAvailable = "FrontendAvailable"

	// ReasonAvailable surfaces when all wanted pods are up to date and available, or all
	// that were wanted before an autoscaler wanted more.
	ReasonAvailable = "Available"
	// ReasonProgressing surfaces while pods start and no problem is found.
	ReasonProgressing = "Progressing"
	// ReasonImagePullFailed surfaces when a pod's image can't be pulled.
	ReasonImagePullFailed = "ImagePullFailed"
	// ReasonCrashLooping surfaces when a container keeps exiting.
	ReasonCrashLooping = "CrashLooping"
	// ReasonOOMKilled surfaces when a container exceeded its memory limit and was killed.
	ReasonOOMKilled = "OOMKilled"
	// ReasonConfigError surfaces when a container can't be created from its
	// configuration, such as because of a missing ConfigMap or Secret.
	ReasonConfigError = "ConfigError"
	// ReasonProbeFailing surfaces when a container runs but fails a probe.
	ReasonProbeFailing = "ProbeFailing"
	// ReasonUnschedulable surfaces when no node can take a pod.
	ReasonUnschedulable = "Unschedulable"
	// ReasonSchedulingGated surfaces when a pod is not scheduled, as somebody has set a
	// scheduling gate and has not removed it.
	ReasonSchedulingGated = "SchedulingGated"
	// ReasonReadinessGateNotReady surfaces when a pod's containers are ready, and one of its
	// readiness gates is not True.
	ReasonReadinessGateNotReady = "ReadinessGateNotReady"
	// ReasonNodeNotReady surfaces when a pod's node does not respond.
	ReasonNodeNotReady = "NodeNotReady"
	// ReasonTerminating surfaces when a pod is being deleted and does not go, because of a
	// finalizer or of its node.
	ReasonTerminating = "Terminating"
	// ReasonEvicted surfaces when a pod was ended as a whole: by its node, or to make room
	// for another one.
	ReasonEvicted = "Evicted"
	// ReasonQuotaExceeded surfaces when a quota forbids a pod.
	ReasonQuotaExceeded = "QuotaExceeded"
	// ReasonServiceMisrouted surfaces when pods are ready, and the component's Service
	// leads to none of them, or to a port that is not the component's own.
	ReasonServiceMisrouted = "ServiceMisrouted"
	// ReasonProgressDeadlineExceeded surfaces when a rollout has made no progress
	// within the progress deadline of the Deployment, for none of the reasons above.
	ReasonProgressDeadlineExceeded = "ProgressDeadlineExceeded"
	// ReasonPaused surfaces when somebody keeps the pods from the current template: the
	// Deployment is paused, the Job of the migrations is suspended, or the update strategy
	// of a managed dependency's StatefulSet holds its pod back.
	ReasonPaused = "Paused"
)

// ConditionMigrationsComplete is True when the database's migrations for the
// current version have been applied: when the Job of spec.migrations succeeded, or
// without that, when the API's pods of the current template report so. It is absent when
// spec.migrations is omitted and the API has no pods that could report it. If a pod of
// the Job can't start, the condition has the pod's reason, such as ImagePullFailed.
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
// dependency works: according to the API's pods and, for a managed dependency, to the
// kubelet.
const (
	ConditionDatabaseHealthy = "DatabaseHealthy"
	ConditionRedisHealthy    = "RedisHealthy"

	// ReasonHealthy surfaces when the dependency works.
	ReasonHealthy = "Healthy"
	// ReasonStarting surfaces while a managed dependency starts for the first time.
	ReasonStarting = "Starting"
	// ReasonRestarting surfaces while a managed dependency's pod is replaced because its
	// template has changed: planned work, and no outage.
	ReasonRestarting = "Restarting"
	// ReasonDependencyDown surfaces when a managed dependency's pod is not ready,
	// and the API's pods can't use it either.
	ReasonDependencyDown = "DependencyDown"
	// ReasonConnectionFailed surfaces when the API's pods can't use the dependency,
	// although its own pod is ready: wrong credentials, or a problem of the network. The
	// message says which, if they do. During a rollout, the pods of the new template count.
	ReasonConnectionFailed = "ConnectionFailed"
	// ReasonPartiallyReachable surfaces when some of the API's pods can't use the
	// dependency and others can.
	ReasonPartiallyReachable = "PartiallyReachable"
	// ReasonSecretNotFound surfaces when the Secret of an external dependency, of a receiver,
	// of spec.telemetry or of spec.ingress, or the key in it, does not exist.
	ReasonSecretNotFound = "SecretNotFound"
	// ReasonInvalidURL surfaces when the API's pods can't use an external dependency, or
	// have not yet, and the URL in its Secret is not a proper one, such as one that ends
	// with a line break.
	ReasonInvalidURL = "InvalidURL"
	// ReasonCredentialsLost surfaces when the data of a managed dependency exists and
	// the Secret with its credentials does not.
	ReasonCredentialsLost = "CredentialsLost"
	// ReasonVolumePending surfaces when a managed dependency's volume claim is not
	// bound.
	ReasonVolumePending = "VolumePending"
	// ReasonUnknown surfaces, with status Unknown, when no API pod responds and
	// there is no other source.
	ReasonUnknown = "Unknown"
)

// ConditionMonitoringReady is True when the monitoring objects are applied and, where
// Prometheus objects can be seen, each of them is selected by one. It never gates Ready.
// If an object can't be applied, the condition has the reason, such as NameConflict.
const (
	ConditionMonitoringReady = "MonitoringReady"

	// ReasonApplied surfaces when the monitoring objects are applied, and the
	// operator sees no Prometheus object.
	ReasonApplied = "Applied"
	// ReasonSelected surfaces when a Prometheus object selects the monitoring objects.
	ReasonSelected = "Selected"
	// ReasonDisabled surfaces when the spec disables all monitoring objects.
	ReasonDisabled = "Disabled"
	// ReasonCRDNotInstalled surfaces when a kind of monitoring object that the
	// spec enables, or HTTPRoute, is not installed in the cluster. It clears when the kind is installed.
	ReasonCRDNotInstalled = "CRDNotInstalled"
	// ReasonNotSelected surfaces when the operator sees Prometheus objects, and none
	// selects a monitoring object.
	ReasonNotSelected = "NotSelected"
	// ReasonUnknownAlert surfaces when the monitoring objects are applied, and
	// spec.monitoring.alerts names alerts that do not exist.
	ReasonUnknownAlert = "UnknownAlert"
	// ReasonInvalidRule surfaces when the API server refuses a monitoring object.
	ReasonInvalidRule = "InvalidRule"
)

// ConditionNotificationsReady is True when each alert of the tracker reaches a receiver of
// spec.monitoring.notifications, at each level that notifies of its severity, and absent
// without that field. It never gates Ready. Beside its own reasons it has SecretNotFound,
// NotSelected, CRDNotInstalled and those of MonitoringReady for an object that
// can't be applied.
const (
	ConditionNotificationsReady = "NotificationsReady"

	// ReasonRouted surfaces when each alert reaches a receiver.
	ReasonRouted = "Routed"
	// ReasonNoRoute surfaces when an alert reaches no receiver.
	ReasonNoRoute = "NoRoute"
	// ReasonInvalidSecret surfaces when what a Secret holds for a receiver is not a URL, or not
	// the key or password that it should be, and when what it holds for spec.telemetry are not
	// headers.
	ReasonInvalidSecret = "InvalidSecret"
)

// ConditionUnderMaintenance is True until the time of spec.maintenance, and absent
// otherwise.
const (
	ConditionUnderMaintenance = "UnderMaintenance"

	// ReasonPagesMuted surfaces while notifications of the tracker's alerts are muted.
	ReasonPagesMuted = "PagesMuted"
)

// ConditionJourneysPassing is True when the last run of each of spec.monitoring.journeys
// succeeded, Unknown while one has not run yet, and absent without that field. It never gates
// Ready.
const (
	ConditionJourneysPassing = "JourneysPassing"

	// ReasonPassing surfaces when the last run of each journey succeeded.
	ReasonPassing = "Passing"
	// ReasonJourneyFailed surfaces when the last run of a journey failed.
	ReasonJourneyFailed = "JourneyFailed"
	// ReasonNotRunYet surfaces, with status Unknown, while a journey has not run.
	ReasonNotRunYet = "NotRunYet"
)

// ConditionTelemetryReady is True when what spec.telemetry names exists and can be used: the key
// of the headers, and that of the certificate. It is absent without that field, never gates
// Ready, and says nothing of whether the endpoint takes what the pods send. Beside its own
// reasons it has SecretNotFound and InvalidSecret.
const (
	ConditionTelemetryReady = "TelemetryReady"

	// ReasonConfigured surfaces when nothing that spec.telemetry names is missing or malformed.
	ReasonConfigured = "Configured"
	// ReasonConfigMapNotFound surfaces when the ConfigMap of the certificate, or the key in it,
	// does not exist.
	ReasonConfigMapNotFound = "ConfigMapNotFound"
	// ReasonInvalidCertificate surfaces when the key of a certificate has none in PEM, or one that is
	// not valid yet.
	ReasonInvalidCertificate = "InvalidCertificate"
)

// ConditionRouteReady is True when a controller has taken the Ingress of spec.ingress and the
// HTTPRoute of spec.gateway, and the certificate is one for the host, as far as the operator can
// see. It is absent without both fields, and never gates Ready. Beside its own reasons it has
// SecretNotFound, InvalidCertificate, CRDNotInstalled, InvalidSpec, Progressing in the first
// minute, and those of MonitoringReady for an object that can't be applied.
const (
	ConditionRouteReady = "RouteReady"

	// ReasonAdmitted surfaces when requests from outside are led to the frontend.
	ReasonAdmitted = "Admitted"
	// ReasonNotAdmitted surfaces when no controller has taken the Ingress or the HTTPRoute.
	ReasonNotAdmitted = "NotAdmitted"
	// ReasonRouteRejected surfaces when a Gateway does not accept the HTTPRoute, or can't
	// resolve what it refers to.
	ReasonRouteRejected = "RouteRejected"
	// ReasonCertificateMismatch surfaces when the certificate is not for the host.
	ReasonCertificateMismatch = "CertificateMismatch"
	// ReasonCertificateExpired surfaces when the certificate has expired.
	ReasonCertificateExpired = "CertificateExpired"
	// ReasonCertificateExpiring surfaces when the certificate expires within 14 days, or within
	// a sixth of its lifetime if that is shorter.
	ReasonCertificateExpiring = "CertificateExpiring"
)

// ConditionAutoscalingReady is True when the autoscalers can scale their components, and
// absent when the spec has no autoscaling. It never gates Ready.
const (
	ConditionAutoscalingReady = "AutoscalingReady"

	// ReasonScalingActive surfaces when each autoscaler can scale its component.
	ReasonScalingActive = "ScalingActive"
	// ReasonMetricsUnavailable surfaces when an autoscaler has had no metrics to scale by
	// for some minutes.
	ReasonMetricsUnavailable = "MetricsUnavailable"
	// ReasonRequestMissing surfaces when a container has no CPU or memory request that an
	// autoscaler could compare its use with.
	ReasonRequestMissing = "RequestMissing"
	// ReasonScalingFailed surfaces when an autoscaler can't read or change the number of
	// pods.
	ReasonScalingFailed = "ScalingFailed"
)

// ConditionDataLoss is True while data of a managed dependency are about to be lost, or are
// lost, and absent otherwise. It never gates Ready: the application may work without them.
const (
	ConditionDataLoss = "DataLoss"

	// ReasonClaimTerminating surfaces while a PersistentVolumeClaim is deleted as soon as no
	// pod uses it: the data can still be saved.
	ReasonClaimTerminating = "ClaimTerminating"
	// ReasonClaimLost surfaces when the PersistentVolume of a PersistentVolumeClaim is gone.
	ReasonClaimLost = "ClaimLost"
	// ReasonClaimReplaced surfaces when a PersistentVolumeClaim has been replaced by another
	// one without its data, until that has AnnotationDataLossAcknowledged.
	ReasonClaimReplaced = "ClaimReplaced"
)

// ConditionReconciling is True while the operator makes the cluster match the spec,
// and absent otherwise, as kstatus defines it.
const (
	ConditionReconciling = "Reconciling"

	// ReasonRepairContested surfaces when another field manager keeps changing a field
	// that the operator owns. The operator then repairs it less often.
	ReasonRepairContested = "RepairContested"
	// ReasonAwaitingGarbageCollection surfaces while an object of a deleted
	// tracker of the same name still exists.
	ReasonAwaitingGarbageCollection = "AwaitingGarbageCollection"
	// ReasonCacheLagging surfaces when the operator's caches have been older than what it
	// wrote, or than the tracker, for half a minute.
	ReasonCacheLagging = "CacheLagging"
)

// ConditionStalled is True when a person must change something, and absent otherwise, as
// kstatus defines it.
const (
	ConditionStalled = "Stalled"

	// ReasonNameConflict surfaces when an object that the tracker does not control
	// has a name that the tracker needs. It clears when that object is deleted.
	ReasonNameConflict = "NameConflict"
	// ReasonInvalidPatch surfaces when an entry of spec.patches can't be applied.
	ReasonInvalidPatch = "InvalidPatch"
	// ReasonInvalidSpec surfaces when the spec, or an object rendered from it, is
	// invalid.
	ReasonInvalidSpec = "InvalidSpec"
	// ReasonUnsupportedChange surfaces when a change of the spec would lose data, such as another major version of Postgres over existing data.
	ReasonUnsupportedChange = "UnsupportedChange"
)
