// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package snapshot is the value between reading the cluster and deciding: the state of
// one tracker's objects at one moment.
package snapshot

import (
	"cmp"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// Snapshot is what the cluster showed of one tracker. Its objects are shared
// with the cache they came from: they must not be changed.
type Snapshot struct {
	// Deployments are those of the components, where they exist and the tracker controls
	// them.
	Deployments map[v1alpha1.Component]*appsv1.Deployment
	// StatefulSets are those of the managed dependencies, where they exist and
	// the tracker controls them.
	StatefulSets map[v1alpha1.Component]*appsv1.StatefulSet
	// ReplicaSets are those that a Deployment above controls, in no order.
	ReplicaSets map[v1alpha1.Component][]appsv1.ReplicaSet
	// Good are the ReplicaSets of the pod templates that the operator goes back to, as far as they
	// exist, while the spec's own are refused.
	Good map[v1alpha1.Component]*appsv1.ReplicaSet
	// Pods are those that the objects above control, by name. What their containers said
	// is masked or withheld, and empty where it explains nothing.
	Pods map[v1alpha1.Component][]corev1.Pod
	// EndpointSlices are those of the components' Services, where the cluster has any, in
	// no order.
	EndpointSlices map[v1alpha1.Component][]discoveryv1.EndpointSlice
	// Autoscalers are those of the components, where they exist and the tracker controls
	// them.
	Autoscalers map[v1alpha1.Component]*autoscalingv2.HorizontalPodAutoscaler
	// Claims are the volume claims of the managed dependencies, where they exist:
	// left behind by an earlier tracker of the same name, or being deleted, included.
	Claims map[v1alpha1.Component]*corev1.PersistentVolumeClaim
	// Credentials are the metadata of the credentials Secrets that this tracker
	// may use: those that it controls, and those retained for its name.
	Credentials map[v1alpha1.Component]*metav1.PartialObjectMetadata
	// NewPasswords are fresh random passwords, for credentials that don't exist.
	NewPasswords map[v1alpha1.Component]string
	// Former are the managed dependencies that the spec no longer has, where anything of them
	// is left.
	Former map[v1alpha1.Component]Former
	// Changed is what the operator has just changed of the pod template of a managed
	// dependency, such as "image and resources".
	Changed map[v1alpha1.Component]string
	// External are the Secrets of the external dependencies, as far as the API's
	// pods use them.
	External map[v1alpha1.Component]ExternalSecret
	// MigrationJob is the Job of spec.migrations for the current image and command,
	// where it exists and the tracker controls it, unless it succeeded in another
	// database or is to be tried again. Its pods are among Pods.
	MigrationJob *batchv1.Job
	// FormerMigrations reports that there is such a Job, which succeeded in another
	// database, or failed and is to be tried again: it has to go before the migrations run.
	FormerMigrations bool
	// EndedMigrationJob is the Job that MigrationJob would be, if it is gone, had succeeded,
	// and is not recorded.
	EndedMigrationJob *batchv1.Job
	// MigrationRecord is what the status says of the current migrations: that they ran in
	// this database. nil when it says nothing of them.
	MigrationRecord *v1alpha1.MigrationsStatus
	// CreateFailures are the API server's messages about a pod of a managed dependency or
	// of the migrations that can't be created.
	CreateFailures map[v1alpha1.Component]string
	// OlderMigrations name the Jobs and the pods of other versions' migrations that
	// may still be running, such as "pod hiring-migrate-0123456789-abcde", sorted.
	OlderMigrations []string
	// PodEvents are the latest warnings about pods that don't run or are not ready, by pod
	// name, each not older than the state that it explains.
	PodEvents map[string]PodEvent
	// Application is what the API's pods report about the dependencies.
	Application Application
	// Journeys are the journeys of the spec that have a CronJob, by name. The pods of their last and
	// their current run are among Pods.
	Journeys map[string]Journey
	// Notifications are the keys of Secrets that receivers read, by the receiver's name.
	Notifications map[string]SelectedKey
	// Telemetry is what spec.telemetry names.
	Telemetry Telemetry
	// Routes are the ways in from outside.
	Routes Routes
	// Monitoring is what the cluster has for monitoring.
	Monitoring Monitoring
	// Comparison is that of spec.rollout.prometheus; nil when none is asked for, or new pods of
	// the API are not observed.
	Comparison *Comparison
}

// PodEvent is an Event about a pod.
type PodEvent struct {
	// Reason is the Event's, such as Unhealthy or FailedMount.
	Reason string
	// Container is the name of the container that it is about; empty if it is about none.
	Container string
	// Message is the Event's, masked or withheld.
	Message string
}

// ExternalSecret is the Secret that holds an external dependency's URL.
type ExternalSecret struct {
	// Problem is what is missing, such as `Secret "a" does not exist`; empty when nothing
	// is.
	Problem string
	// Flaw is what is obviously wrong with the URL, such as a line break at its end, and what
	// to do; empty when nothing is. It has nothing of the URL.
	Flaw string
	// UID is that of the Secret. Empty when there is a Problem.
	UID types.UID
	// Revision identifies the URL without revealing it: it changes when, and only
	// when, the URL does. Empty when there is a Problem.
	Revision string
	// Address identifies in the same way what the URL leads to, such as one database of one
	// server: it stays the same when the user, the password or a parameter changes.
	Address string
}

// SelectedKey is a key of a Secret or a ConfigMap that the spec selects for others than the API,
// such as a receiver of notifications.
type SelectedKey struct {
	// Problem is what is missing, such as `Secret "a" does not exist`; empty when nothing
	// is.
	Problem string
	// Flaw is what is obviously wrong with the value, and what to do; empty when nothing is.
	// It has nothing of the value.
	Flaw string
	// Unread says why nothing is known of it, such as `Secret "a" can't be read: Forbidden`; empty
	// when it has been read.
	Unread string
}

// Telemetry is what spec.telemetry names.
type Telemetry struct {
	// Headers is the key of the headers.
	Headers SelectedKey
	// CACertificate is the key of the certificate.
	CACertificate SelectedKey
	// Due is when a key is read again that is not watched, or could not be read; zero when there
	// is none.
	Due time.Time
}

// Routes are the ways in from outside.
type Routes struct {
	// Ingress and HTTPRoute are those of the tracker, where they exist and the tracker controls
	// them.
	Ingress   *networkingv1.Ingress
	HTTPRoute *gatewayv1.HTTPRoute
	// Certificate is that of the Ingress, the zero value when it has none.
	Certificate Certificate
	// Due is when the certificate is read again that could not be read; zero when it was.
	Due time.Time
}

// Certificate is what matters of the certificate of a host.
type Certificate struct {
	SelectedKey
	// NotForHost reports that it is not one for the host.
	NotForHost bool
	// NotBefore and NotAfter are when it is valid; zero when it is not known.
	NotBefore, NotAfter time.Time
}

// CredentialsLost reports whether a managed dependency has data that nothing can
// open: a new password would not fit them.
func (s *Snapshot) CredentialsLost(c v1alpha1.Component) bool {
	return s.Claims[c] != nil && s.Credentials[c] == nil
}

// TemplateObserved reports whether the revision of a Deployment, which must exist, is that of
// its current template. It is not before the Deployment's controller has seen the template,
// and while the Deployment is paused; but any other change, such as of the number of pods,
// leaves the template as it is.
func (s *Snapshot) TemplateObserved(c v1alpha1.Component) bool {
	d := s.Deployments[c]
	if d.Status.ObservedGeneration >= d.Generation && !d.Spec.Paused {
		return true
	}
	rs := s.replicaSetOfRevision(c)
	return rs != nil && kinds.SameTemplate(d, rs)
}

// replicaSetOfRevision is the ReplicaSet of a Deployment's revision; nil when there is none.
func (s *Snapshot) replicaSetOfRevision(c v1alpha1.Component) *appsv1.ReplicaSet {
	const revision = "deployment.kubernetes.io/revision"
	return s.replicaSet(c, func(rs *appsv1.ReplicaSet) bool {
		return rs.Annotations[revision] == s.Deployments[c].Annotations[revision]
	})
}

// currentReplicaSet is the ReplicaSet of a Deployment's template; nil when there is none. When a
// template comes back, its controller reports that it has seen it before it sets the revision.
func (s *Snapshot) currentReplicaSet(c v1alpha1.Component) *appsv1.ReplicaSet {
	same := func(rs *appsv1.ReplicaSet) bool { return kinds.SameTemplate(s.Deployments[c], rs) }
	current := s.replicaSetOfRevision(c)
	if current != nil && same(current) {
		return current
	}
	return cmp.Or(s.replicaSet(c, same), current)
}

func (s *Snapshot) replicaSet(c v1alpha1.Component, is func(*appsv1.ReplicaSet) bool) *appsv1.ReplicaSet {
	i := slices.IndexFunc(s.ReplicaSets[c], func(rs appsv1.ReplicaSet) bool { return is(&rs) })
	if i < 0 {
		return nil
	}
	return &s.ReplicaSets[c][i]
}

// IsFormer reports whether a ReplicaSet of that name is one of a Deployment's earlier templates.
func (s *Snapshot) IsFormer(c v1alpha1.Component, name string) bool {
	if current := s.currentReplicaSet(c); current != nil && current.Name == name {
		return false
	}
	return s.replicaSet(c, func(rs *appsv1.ReplicaSet) bool { return rs.Name == name }) != nil
}

// ReplicaFailure is why the pods of a Deployment's current template can't be created; empty when
// they can. The Deployment's own condition may be that of an earlier template, whose ReplicaSet
// still tries.
func (s *Snapshot) ReplicaFailure(c v1alpha1.Component) string {
	if rs := s.currentReplicaSet(c); rs != nil {
		for _, failure := range rs.Status.Conditions {
			if failure.Type == appsv1.ReplicaSetReplicaFailure {
				return failure.Message
			}
		}
	}
	return ""
}

// CurrentPods are the pods of a Deployment's current template.
func (s *Snapshot) CurrentPods(c v1alpha1.Component) []corev1.Pod {
	if s.Deployments[c] == nil || !s.TemplateObserved(c) {
		return nil
	}
	var hash string
	if rs := s.currentReplicaSet(c); rs != nil {
		hash = rs.Labels[appsv1.DefaultDeploymentUniqueLabelKey]
	}
	var pods []corev1.Pod
	for _, pod := range s.Pods[c] {
		if pod.Labels[appsv1.DefaultDeploymentUniqueLabelKey] == hash {
			pods = append(pods, pod)
		}
	}
	return pods
}

// CurrentNames are the names of the pods of a Deployment's current template.
func (s *Snapshot) CurrentNames(c v1alpha1.Component) sets.Set[string] {
	names := sets.New[string]()
	for _, pod := range s.CurrentPods(c) {
		names.Insert(pod.Name)
	}
	return names
}

// Refresh replaces what was read of an object by the server's answer to one of the
// operator's own writes: the status of a Deployment that was just changed must not come
// from the pods that it had.
func (s *Snapshot) Refresh(written metav1.Object) {
	c := v1alpha1.Component(written.GetLabels()[v1alpha1.LabelComponent])
	switch object := written.(type) {
	case *appsv1.Deployment:
		s.Deployments[c] = object
	case *appsv1.StatefulSet:
		if before := s.StatefulSets[c]; before != nil {
			s.Changed[c] = changeOf(before.Spec.Template, object.Spec.Template)
		}
		s.StatefulSets[c] = object
	case *batchv1.Job: // The operator writes no other.
		s.MigrationJob = object
	}
}

// JobCondition is a Job's condition of the given type, if it is true; nil when it
// is not, or there is no Job.
func JobCondition(job *batchv1.Job, t batchv1.JobConditionType) *batchv1.JobCondition {
	if job == nil {
		return nil
	}
	for i := range job.Status.Conditions {
		if c := &job.Status.Conditions[i]; c.Type == t && c.Status == corev1.ConditionTrue {
			return c
		}
	}
	return nil
}

func (s *Snapshot) anyReady(c v1alpha1.Component) bool {
	for i := range s.Pods[c] {
		if PodReady(&s.Pods[c][i]) {
			return true
		}
	}
	return false
}

// PodEnded reports whether all containers of a pod have ended for good.
func PodEnded(pod corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}

// PodReady reports whether a pod is ready and not being deleted.
func PodReady(pod *corev1.Pod) bool {
	if pod.DeletionTimestamp != nil {
		return false
	}
	ready := PodCondition(pod, corev1.PodReady)
	return ready != nil && ready.Status == corev1.ConditionTrue
}

// PodCondition is a pod's condition of the given type, whatever its status; nil when it has none.
func PodCondition(pod *corev1.Pod, t corev1.PodConditionType) *corev1.PodCondition {
	for i := range pod.Status.Conditions {
		if c := &pod.Status.Conditions[i]; c.Type == t {
			return c
		}
	}
	return nil
}

// Application is what the API's pods last reported about the dependencies. It holds
// nothing that changes while their state doesn't.
type Application struct {
	// Settled reports that enough is known for a status: every pod has been polled often
	// enough since the operator started to, or the time for it has passed, and some pod
	// responds or none does. Until then the stored status is kept.
	Settled bool
	// Overdue reports that it counts as settled because it has taken too long.
	Overdue bool
	// Pods are the pods that are polled, by name.
	Pods []PodAnswer
	// Failing are the names of the dependencies that no answering pod could use when
	// it was last polled, sorted: the first sign of an outage, which no threshold has
	// confirmed.
	Failing []string
	// Hanging reports that no pod responds promptly that is polled because the kubelet's
	// view of it or of a managed dependency has changed: it waits for what is gone.
	Hanging bool
}

// PodAnswer is what one pod of the API reports.
type PodAnswer struct {
	// Pod is the pod's name.
	Pod string
	// Failure is why the pod gives no answer that can be used, a message that stays the
	// same while the cause does. Empty when it responds, or has not been polled often
	// enough.
	Failure string
	// Answered reports that the pod has responded, and still does.
	Answered bool
	// Dependencies are those that the pod reports, by name. Empty with a Failure.
	Dependencies []DependencyAnswer
	// Migrations is contract.StatusComplete or contract.StatusPending; empty when
	// the pod has not reported them.
	Migrations contract.Status
}

// Health is what the pod reports about a dependency; empty when it does not.
func (p PodAnswer) Health(name string) v1alpha1.DependencyHealth {
	for _, d := range p.Dependencies {
		if d.Name == name {
			return d.Health
		}
	}
	return ""
}

// DependencyAnswer is what a pod reports about one dependency.
type DependencyAnswer struct {
	// Name is the dependency's name, such as contract.Database.
	Name string
	// Health is Healthy or Unhealthy once the thresholds have been met, and Unknown
	// before.
	Health v1alpha1.DependencyHealth
	// Error is why it is Unhealthy, contract.ErrorOther if the pod does not tell; empty
	// otherwise.
	Error contract.ErrorClass
}

// Error is why the pod can't use a dependency; empty when it can, or does not report it.
func (p PodAnswer) Error(name string) contract.ErrorClass {
	for _, d := range p.Dependencies {
		if d.Name == name {
			return d.Error
		}
	}
	return ""
}

// Monitoring is what the cluster has for monitoring, and which other optional kinds.
type Monitoring struct {
	// Kinds are the optional kinds that the cluster has, such as ServiceMonitor.
	Kinds sets.Set[string]
	// KindsUnclear are the optional kinds of which it could not be determined whether the
	// cluster has them, with why. They are not among Kinds.
	KindsUnclear map[string]string
	// KindsFixed reports that Kinds are those of the operator's start: it may not watch
	// for others.
	KindsFixed bool
	// ProbesRefuseRedirects reports that a Probe has the field followRedirects, as in later
	// versions of prometheus-operator.
	ProbesRefuseRedirects bool
	// Namespaced reports that the operator sees these kinds in some namespaces alone.
	Namespaced bool
	// Prometheuses and Alertmanagers are the objects of these kinds that the operator can
	// see, by namespace and name.
	Prometheuses, Alertmanagers []Selecting
	// KubeletUnscraped and OperatorUnscraped report that no ServiceMonitor scrapes the kubelet,
	// or the operator itself. They are false where the operator can't see those of all
	// namespaces, be there any or not.
	KubeletUnscraped, OperatorUnscraped bool
}

// Selecting is an object that selects monitoring objects, such as a Prometheus, in relation to a
// tracker's namespace.
type Selecting struct {
	// Namespace and Name are the object's.
	Namespace, Name string
	// Selectors are how it selects the objects of a kind, by the kind.
	Selectors map[string]Selector
}

// Selector is how such an object selects the objects of one kind.
type Selector struct {
	// Field is the label selector's field, such as serviceMonitorSelector; Written is
	// its text, such as release=a, and empty when it is omitted.
	Field, Written string
	// Matches reports whether labels are selected; never when the field is omitted.
	Matches func(labels map[string]string) bool
	// NamespaceField is the field that selects namespaces, and NamespaceWritten what it
	// says, empty when it is omitted.
	NamespaceField, NamespaceWritten string
	// Invalid and NamespaceInvalid report that the selector is not valid.
	Invalid, NamespaceInvalid bool
	// NamespaceMatches reports whether the tracker's namespace is selected.
	NamespaceMatches bool
}
