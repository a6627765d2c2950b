// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// JourneySpec is a user's journey through the tracker, run again and again: a container that
// ends with exit code 0 when the journey works.
// +kubebuilder:validation:XValidation:rule="has(self.schedule) != has(self.interval)",message="exactly one of schedule and interval is required: write 'interval: 5m', or a cron schedule such as 'schedule: \"0 6 * * 1-5\"'"
type JourneySpec struct {
	// name is the name of the journey, such as schedule-interview: a DNS label that begins
	// with a letter. Together with the tracker's name it can have at most 43 characters. It
	// can't begin with journey- or contain -journey-.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=30
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",message="name must contain only lower-case letters, digits and '-', start with a letter and end with a letter or digit"
	// +kubebuilder:validation:XValidation:rule="!('-' + self).contains('-journey-')",message="name can't begin with 'journey-' or contain '-journey-': its CronJob, TRACKER-journey-NAME, could have the name of another tracker's"
	// +required
	Name string `json:"name"`

	// interval is the time between two runs, such as 5m: 1m to 6m, 10m, 12m, 15m, 20m, 30m,
	// 1h to 4h, 6h, 8h, 12h or 24h, which divide an hour or a day. Exactly one of schedule
	// and interval is required.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="self.matches('^(([1-6]|10|12|15|20|30)m(0s)?|([1-4]|6|8|12|24)h(0m0s)?)$')",message="interval must divide an hour or a day: 1m to 6m, 10m, 12m, 15m, 20m, 30m, 1h to 4h, 6h, 8h, 12h or 24h; for other times, write schedule"
	// +optional
	Interval *metav1.Duration `json:"interval,omitempty"`

	// schedule is when the journey runs, in UTC: the five fields of cron, such as
	// "0 6 * * 1-5". Exactly one of schedule and interval is required.
	// +kubebuilder:validation:MaxLength=100
	// +kubebuilder:validation:XValidation:rule="self.matches('^[0-9*,/-]+ [0-9*,/-]+ [0-9*?,/-]+ [0-9A-Za-z*,/-]+ [0-9A-Za-z*?,/-]+$')",message="schedule must be the five fields of cron, separated by one space, such as '0 6 * * 1-5'"
	// +optional
	Schedule string `json:"schedule,omitempty"`

	// image is the full image reference, of at most 1024 characters. Defaults to the image
	// of the frontend, which must then be the reference image, or command be set.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:XValidation:rule="!self.matches('[[:space:]]|//')",message="image must be an image reference, such as registry.example.com/team/journey:1.0.0: it can't contain white space or '//'"
	// +optional
	Image string `json:"image,omitempty"`

	// command is the command of the container. Defaults to that of the image, or, when image
	// is omitted, to /tracker journey.
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MaxLength=4096
	// +optional
	Command []string `json:"command,omitempty"`

	// timeout is the time after which a run has failed, a duration from 1s to 30m, such as
	// 1m. Defaults to 1m.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}([.][0-9]+)?(ms|s|m|h))+$') && duration(self) >= duration('1s') && duration(self) <= duration('30m')",message="timeout must be a duration from 1s to 30m, such as 1m"
	// +optional
	Timeout *metav1.Duration `json:"timeout,omitempty"`

	// env lists environment variables of the container, besides FRONTEND_URL and JOURNEY_NAME,
	// which the operator sets. At most 64 variables. Defaults to none.
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:XValidation:rule="!self.exists(e, e.name in ['FRONTEND_URL', 'JOURNEY_NAME'])",message="env can't set FRONTEND_URL and JOURNEY_NAME: the operator sets them"
	// +optional
	Env []corev1.EnvVar `json:"env,omitempty"`
}
