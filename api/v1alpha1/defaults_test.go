// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEnvironmentDefaults(t *testing.T) {
	for _, tc := range []struct {
		environment, want Environment
		level             LogLevel
	}{
		{"", Development, LogLevelDebug},
		{Development, Development, LogLevelDebug},
		{Staging, Staging, LogLevelInfo},
		{Production, Production, LogLevelWarning},
	} {
		t.Run("environment "+string(tc.environment), func(t *testing.T) {
			spec := InterviewTrackerSpec{Environment: tc.environment}
			expect(t, "GetEnvironment", tc.want, spec.GetEnvironment())
			expect(t, "GetLogLevel", tc.level, spec.GetLogLevel())
			spec.Logging = &LoggingSpec{}
			expect(t, "GetLogLevel of an empty logging", tc.level, spec.GetLogLevel())
			spec.Logging.Level = LogLevelError
			expect(t, "GetLogLevel as written", LogLevelError, spec.GetLogLevel())
		})
	}
}

func TestGetLogFormat(t *testing.T) {
	for name, tc := range map[string]struct {
		logging *LoggingSpec
		want    LogFormat
	}{
		"omitted":       {nil, LogFormatJSON},
		"empty logging": {&LoggingSpec{}, LogFormatJSON},
		"written":       {&LoggingSpec{Format: LogFormatText}, LogFormatText},
	} {
		spec := InterviewTrackerSpec{Logging: tc.logging}
		expect(t, name, tc.want, spec.GetLogFormat())
	}
}

func TestGetTargetCPUUtilizationPercentage(t *testing.T) {
	expect(t, "omitted", 80, (&AutoscalingSpec{}).GetTargetCPUUtilizationPercentage())
	expect(t, "written", 55, (&AutoscalingSpec{TargetCPUUtilizationPercentage: new(int32(55))}).GetTargetCPUUtilizationPercentage())
}

func TestManagedDefaults(t *testing.T) {
	fast := "fast"
	if got := (&ManagedSpec{}).GetStorageClassName(); got != nil {
		t.Errorf("GetStorageClassName, omitted: got %s, want nil", *got)
	}
	if got := (&ManagedSpec{Storage: &StorageSpec{}}).GetStorageClassName(); got != nil {
		t.Errorf("GetStorageClassName, empty storage: got %s, want nil", *got)
	}
	expect(t, "GetStorageClassName, written", &fast, (&ManagedSpec{Storage: &StorageSpec{StorageClassName: &fast}}).GetStorageClassName())
	expect(t, "GetRetention, omitted", RetentionRetain, (&ManagedSpec{}).GetRetention())
	expect(t, "GetRetention, written", RetentionDelete, (&ManagedSpec{Retention: RetentionDelete}).GetRetention())
}

func expect[T any](t *testing.T, what string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
