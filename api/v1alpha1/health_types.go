// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// MigrationsSpec is a Job that migrates the database. It runs once for each image
// and command, from the API's image and with the API's environment. Until it has
// succeeded, the API's pods keep the template that they have.
type MigrationsSpec struct {
	// command is the program that migrates and its arguments, such as
	// ["/tracker", "migrate"]. It is not run in a shell.
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MaxLength=4096
	// +required
	Command []string `json:"command"`

	// backoffLimit is how many failed pods are replaced before the Job fails.
	// 3 when omitted.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	// +optional
	BackoffLimit *int32 `json:"backoffLimit,omitempty"`

	// activeDeadlineSeconds is how long the Job may take, retries included, in
	// seconds. 600 when omitted.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=604800
	// +optional
	ActiveDeadlineSeconds *int64 `json:"activeDeadlineSeconds,omitempty"`
}

// HealthSpec is how the API's pods are asked about what they depend on.
// +kubebuilder:validation:XValidation:rule="[self.?interval.orValue('10s'), self.?timeout.orValue('3s')].exists(d, !d.matches('^([0-9]{1,6}([.][0-9]+)?(ms|s|m|h))+$')) || duration(self.?timeout.orValue('3s')) <= duration(self.?interval.orValue('10s'))",message="timeout can't be longer than interval; when omitted, they are 3s and 10s"
type HealthSpec struct {
	// interval is the time between two questions to the same pod, such as 10s or
	// 1m30s, from 1s to 10m. 10s when omitted.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}([.][0-9]+)?(ms|s|m|h))+$') && duration(self) >= duration('1s') && duration(self) <= duration('10m')",message="interval must be a duration from 1s to 10m, such as 10s"
	// +optional
	Interval *metav1.Duration `json:"interval,omitempty"`

	// timeout is how long a pod may take to answer, such as 3s, from 100ms to 1m.
	// 3s when omitted.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}([.][0-9]+)?(ms|s|m|h))+$') && duration(self) >= duration('100ms') && duration(self) <= duration('1m')",message="timeout must be a duration from 100ms to 1m, such as 3s"
	// +optional
	Timeout *metav1.Duration `json:"timeout,omitempty"`

	// failureThreshold is how many bad answers in a row make a dependency
	// unhealthy. 3 when omitted.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	// +optional
	FailureThreshold int32 `json:"failureThreshold,omitempty"`

	// successThreshold is how many good answers in a row make it healthy again.
	// 1 when omitted.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	// +optional
	SuccessThreshold int32 `json:"successThreshold,omitempty"`
}
