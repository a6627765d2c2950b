// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// RolloutSpec configures how new pod templates of the API and the frontend are rolled out.
// +kubebuilder:validation:XValidation:rule="!(self.?maxSurge.orValue(1) in [dyn(0), dyn('0%')] && self.?maxUnavailable.orValue(0) in [dyn(0), dyn('0%')])",message="maxSurge and maxUnavailable can't both be 0: no pod could be replaced; they default to 1 and 0"
// +kubebuilder:validation:XValidation:rule="has(self.progressDeadline) ? !self.progressDeadline.matches('^[0-9]+[smh]') || duration(self.progressDeadline).getSeconds() > self.?minReadySeconds.orValue(10) : self.?minReadySeconds.orValue(10) < 600",message="progressDeadline must be longer than minReadySeconds; they default to 10m and, in Production, to 10"
type RolloutSpec struct {
	// autoRollback makes the operator go back to the last good pod templates when new ones
	// fail: their pods are not ready within progressDeadline, one crashes, or they get worse
	// while they are observed. It keeps those until the spec has other ones. Defaults to true
	// in Production and to false otherwise.
	// +optional
	AutoRollback *bool `json:"autoRollback,omitempty"`

	// observe is how long new pods are observed after all are ready, before they count as
	// good: a duration from 0s to 24h. Defaults to 5m.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}(s|m|h))+$') && duration(self) <= duration('24h')",message="observe must be a duration from 0s to 24h, such as 5m"
	// +optional
	Observe *metav1.Duration `json:"observe,omitempty"`

	// maxSurge is how many pods may exist beyond the wanted number: a number up to 1000, or a
	// percentage such as 25%. Defaults to 1.
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MaxLength=4
	// +kubebuilder:validation:XValidation:rule="type(self) == int ? self >= 0 && self <= 1000 : string(self).matches('^([1-9]?[0-9]|100)%$')",message="maxSurge must be a number from 0 to 1000, or a percentage from 0% to 100%"
	// +optional
	MaxSurge *intstr.IntOrString `json:"maxSurge,omitempty"`

	// maxUnavailable is how many of the wanted pods may be missing: a number up to 1000, or a
	// percentage such as 25%. Defaults to 0: a broken template takes no working pod away.
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MaxLength=4
	// +kubebuilder:validation:XValidation:rule="type(self) == int ? self >= 0 && self <= 1000 : string(self).matches('^([1-9]?[0-9]|100)%$')",message="maxUnavailable must be a number from 0 to 1000, or a percentage from 0% to 100%"
	// +optional
	MaxUnavailable *intstr.IntOrString `json:"maxUnavailable,omitempty"`

	// minReadySeconds is how long a new pod must be ready before it replaces another one, in
	// seconds, from 0 to 3600. Defaults to 10 in Production and to 0 otherwise.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=3600
	// +optional
	MinReadySeconds *int32 `json:"minReadySeconds,omitempty"`

	// progressDeadline is how long a rollout may make no progress before it has failed: a
	// duration from 30s to 24h. Defaults to 10m.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}(s|m|h))+$') && duration(self) >= duration('30s') && duration(self) <= duration('24h')",message="progressDeadline must be a duration from 30s to 24h, such as 10m"
	// +optional
	ProgressDeadline *metav1.Duration `json:"progressDeadline,omitempty"`

	// prometheus names the Prometheus object of prometheus-operator that scrapes the tracker.
	// While new pods of the API are observed, their error ratio and latency there are compared
	// with those of the pods before. Defaults to no comparison.
	// +optional
	Prometheus *PrometheusReference `json:"prometheus,omitempty"`
}

// PrometheusReference names a Prometheus object of prometheus-operator.
type PrometheusReference struct {
	// namespace is the namespace of the object. Defaults to that of the tracker.
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([a-z0-9-]*[a-z0-9])?$')",message="namespace must be the name of a namespace: lower-case letters, digits and '-', starting and ending with a letter or digit"
	// +optional
	Namespace string `json:"namespace,omitempty"`

	// name is the name of the object.
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([a-z0-9-]*[a-z0-9])?$')",message="name must be the name of a Prometheus object: lower-case letters, digits and '-', starting and ending with a letter or digit"
	// +required
	Name string `json:"name"`
}

// RolloutStatus is what the operator remembers of rollouts while spec.rollout.autoRollback is
// true.
type RolloutStatus struct {
	// good are the pod templates that the operator goes back to.
	// +optional
	Good *GoodTemplates `json:"good,omitempty"`

	// candidate are new pod templates that have yet to prove good.
	// +optional
	Candidate *CandidateTemplates `json:"candidate,omitempty"`

	// refused are the pod templates of the current spec that have failed, and in place of which
	// the good ones run.
	// +optional
	Refused *RefusedTemplates `json:"refused,omitempty"`
}

// GoodTemplates are pod templates that have worked.
type GoodTemplates struct {
	// version is the version of the application.
	// +kubebuilder:validation:MaxLength=63
	// +required
	Version string `json:"version"`

	// digest stands for the pod templates.
	// +kubebuilder:validation:MaxLength=64
	// +required
	Digest string `json:"digest"`

	// migrationJob is the name of the Job of spec.migrations that had run for them. It is empty
	// without spec.migrations.
	// +kubebuilder:validation:MaxLength=253
	// +optional
	MigrationJob string `json:"migrationJob,omitempty"`

	// migratedBy is the name of a later Job that has migrated the database, or is about to, so that
	// they may not work any more. It is empty with spec.migrations.backwardCompatible.
	// +kubebuilder:validation:MaxLength=253
	// +optional
	MigratedBy string `json:"migratedBy,omitempty"`

	// replicaSets are those that have the pod templates.
	// +listType=map
	// +listMapKey=component
	// +kubebuilder:validation:MaxItems=16
	// +optional
	ReplicaSets []ReplicaSetReference `json:"replicaSets,omitempty"`
}

// ReplicaSetReference names a ReplicaSet of a component.
type ReplicaSetReference struct {
	// component is api or frontend.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +required
	Component Component `json:"component"`

	// name is the name of the ReplicaSet.
	// +kubebuilder:validation:MaxLength=253
	// +required
	Name string `json:"name"`

	// uid is its metadata.uid.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=63
	// +required
	UID types.UID `json:"uid"`
}

// CandidateTemplates are pod templates that have yet to prove good.
type CandidateTemplates struct {
	// version is the version of the application.
	// +kubebuilder:validation:MaxLength=63
	// +required
	Version string `json:"version"`

	// digest stands for the pod templates.
	// +kubebuilder:validation:MaxLength=64
	// +required
	Digest string `json:"digest"`

	// since is from when on what happens to their pods is held against them: since their rollout
	// began or, if later, shortly after the end of the last outage of a dependency. It is absent
	// during one.
	// +optional
	Since *metav1.Time `json:"since,omitempty"`

	// readySince is from when on all their pods have been ready. It is absent before, and when one
	// fails.
	// +optional
	ReadySince *metav1.Time `json:"readySince,omitempty"`

	// failure is why they have failed, although the operator can't go back. Empty when they have not.
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	Failure string `json:"failure,omitempty"`
}

// RefusedTemplates are pod templates that have failed.
type RefusedTemplates struct {
	// version is the version of the application.
	// +kubebuilder:validation:MaxLength=63
	// +required
	Version string `json:"version"`

	// digest stands for the pod templates.
	// +kubebuilder:validation:MaxLength=64
	// +required
	Digest string `json:"digest"`

	// generation is the last metadata.generation of the tracker that had them.
	// +required
	Generation int64 `json:"generation"`

	// message says why they failed.
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	Message string `json:"message,omitempty"`

	// time is when they failed.
	// +required
	Time metav1.Time `json:"time"`
}

// Refuses reports whether the tracker's pod templates, for which a digest stands, have failed, so
// that the good ones stay in their place. While the spec stays the same, so do its templates, even
// if another version of the operator makes others of it.
func (t *InterviewTracker) Refuses(templates string) bool {
	r := t.Status.Rollout
	return t.Spec.GetAutoRollback() && r != nil && r.Refused != nil && r.Good != nil &&
		(r.Refused.Digest == templates || r.Refused.Generation == t.Generation)
}
