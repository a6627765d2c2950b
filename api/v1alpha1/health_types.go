// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// MigrationsSpec configures a Job that migrates the database. It runs once for each
// image and command, also if the Job is deleted afterwards, with the image and the environment of the API. Until it has
// succeeded, the pods of the API keep their current template.
type MigrationsSpec struct {
	// command is the program that migrates the database, with its arguments, such as
	// ["/tracker", "migrate"]. It is not run in a shell. At most 64 items of at most
	// 4096 characters.
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MaxLength=4096
	// +required
	Command []string `json:"command"`

	// backoffLimit is the number of retries before the Job fails, from 0 to 100.
	// Defaults to 3.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	// +optional
	BackoffLimit *int32 `json:"backoffLimit,omitempty"`

	// activeDeadlineSeconds is the time that the Job can take, retries included, in
	// seconds, from 1 to 604800. Defaults to 600.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=604800
	// +optional
	ActiveDeadlineSeconds *int64 `json:"activeDeadlineSeconds,omitempty"`

	// backwardCompatible says that the last good version works with the migrated database, so that
	// the operator may go back to it (spec.rollout.autoRollback) after the Job has succeeded.
	// Defaults to false: what the Job did can't be undone.
	// +optional
	BackwardCompatible bool `json:"backwardCompatible,omitempty"`
}

// MigrationsStatus is the record of migrations that have run.
type MigrationsStatus struct {
	// job is the name of the Job that succeeded. It stands for the image and the command.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +required
	Job string `json:"job"`

	// jobUID is the Job's metadata.uid.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +required
	JobUID types.UID `json:"jobUID"`

	// database identifies the database that was migrated: the volume claim of a managed one,
	// and the address of an external one, without revealing it. In another database the
	// migrations run again. Empty when it was not known.
	// +kubebuilder:validation:MaxLength=63
	// +optional
	Database string `json:"database,omitempty"`

	// completedAt is the time at which the Job succeeded.
	// +required
	CompletedAt metav1.Time `json:"completedAt"`
}

// HealthSpec configures how the operator polls the API's pods for the health of their
// dependencies.
// +kubebuilder:validation:XValidation:rule="[self.?interval.orValue('10s'), self.?timeout.orValue('3s')].exists(d, !d.matches('^([0-9]{1,6}([.][0-9]+)?(ms|s|m|h))+$')) || duration(self.?timeout.orValue('3s')) <= duration(self.?interval.orValue('10s'))",message="timeout can't be longer than interval; they default to 3s and 10s"
type HealthSpec struct {
	// interval is the time between two polls of a pod, a duration from 1s to 10m, such
	// as 1m30s. Defaults to 10s.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}([.][0-9]+)?(ms|s|m|h))+$') && duration(self) >= duration('1s') && duration(self) <= duration('10m')",message="interval must be a duration from 1s to 10m, such as 10s"
	// +optional
	Interval *metav1.Duration `json:"interval,omitempty"`

	// timeout is the time after which a poll fails, a duration from 100ms to 1m, such
	// as 3s. It can't be longer than interval. Defaults to 3s.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}([.][0-9]+)?(ms|s|m|h))+$') && duration(self) >= duration('100ms') && duration(self) <= duration('1m')",message="timeout must be a duration from 100ms to 1m, such as 3s"
	// +optional
	Timeout *metav1.Duration `json:"timeout,omitempty"`

	// failureThreshold is the number of consecutive failed polls after which a
	// dependency is unhealthy, from 1 to 100. Defaults to 3.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	// +optional
	FailureThreshold int32 `json:"failureThreshold,omitempty"`

	// successThreshold is the number of consecutive successful polls after which a
	// dependency is healthy again, from 1 to 100. Defaults to 1.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	// +optional
	SuccessThreshold int32 `json:"successThreshold,omitempty"`
}
