// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"cmp"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// GetEnvironment returns the environment, Development when omitted.
func (s *InterviewTrackerSpec) GetEnvironment() Environment {
	return cmp.Or(s.Environment, Development)
}

// GetLogLevel returns the log level: when omitted, the environment's.
func (s *InterviewTrackerSpec) GetLogLevel() LogLevel {
	if s.Logging != nil && s.Logging.Level != "" {
		return s.Logging.Level
	}
	switch s.GetEnvironment() {
	case Production:
		return LogLevelWarning
	case Staging:
		return LogLevelInfo
	default:
		return LogLevelDebug
	}
}

// GetLogFormat returns the log format, json when omitted.
func (s *InterviewTrackerSpec) GetLogFormat() LogFormat {
	if s.Logging == nil {
		return LogFormatJSON
	}
	return cmp.Or(s.Logging.Format, LogFormatJSON)
}

// GetTargetCPUUtilizationPercentage returns the average CPU use that the
// autoscaler aims at, in percent of the requests: 80 when omitted.
func (a *AutoscalingSpec) GetTargetCPUUtilizationPercentage() int32 {
	if a.TargetCPUUtilizationPercentage == nil {
		return 80
	}
	return *a.TargetCPUUtilizationPercentage
}

// GetStorageClassName returns the StorageClass of the volume, nil for the
// cluster's default class.
func (m *ManagedSpec) GetStorageClassName() *string {
	if m.Storage == nil {
		return nil
	}
	return m.Storage.StorageClassName
}

// GetRetention returns what happens to the data, Retain when omitted.
func (m *ManagedSpec) GetRetention() Retention {
	return cmp.Or(m.Retention, RetentionRetain)
}

// GetHealth returns how the API's pods are polled for the health of the dependencies,
// with every field set.
func (s *InterviewTrackerSpec) GetHealth() HealthSpec {
	written := ptr.Deref(s.Health, HealthSpec{})
	return HealthSpec{
		Interval:         cmp.Or(written.Interval, &metav1.Duration{Duration: 10 * time.Second}),
		Timeout:          cmp.Or(written.Timeout, &metav1.Duration{Duration: 3 * time.Second}),
		FailureThreshold: cmp.Or(written.FailureThreshold, 3),
		SuccessThreshold: cmp.Or(written.SuccessThreshold, 1),
	}
}

// GetBackoffLimit returns how many failed pods are replaced, 3 when omitted.
func (m *MigrationsSpec) GetBackoffLimit() int32 {
	return ptr.Deref(m.BackoffLimit, 3)
}

// GetActiveDeadlineSeconds returns how long the Job may take, 600 when omitted.
func (m *MigrationsSpec) GetActiveDeadlineSeconds() int64 {
	return ptr.Deref(m.ActiveDeadlineSeconds, 600)
}
