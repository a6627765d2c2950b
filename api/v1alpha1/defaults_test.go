// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

func TestEnvironmentDefaults(t *testing.T) {
	for _, tc := range []struct {
		environment, want Environment
		level             LogLevel
		replicas          int32
	}{
		{"", Development, LogLevelDebug, 1},
		{Development, Development, LogLevelDebug, 1},
		{Staging, Staging, LogLevelInfo, 1},
		{Production, Production, LogLevelWarning, 2},
	} {
		t.Run("environment "+string(tc.environment), func(t *testing.T) {
			spec := InterviewTrackerSpec{Environment: tc.environment}
			expect(t, "GetEnvironment", tc.want, spec.GetEnvironment())
			expect(t, "GetLogLevel", tc.level, spec.GetLogLevel())
			for _, c := range []Component{ComponentAPI, ComponentFrontend} {
				expect(t, "GetReplicas of "+string(c), tc.replicas, spec.GetReplicas(c))
			}
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

func TestComponentDefaults(t *testing.T) {
	var empty InterviewTrackerSpec
	expect(t, "an omitted api", &ComponentSpec{}, empty.GetComponent(ComponentAPI))
	expect(t, "an omitted frontend", &ComponentSpec{}, empty.GetComponent(ComponentFrontend))
	expect(t, "the API's port", 8000, empty.GetPort(ComponentAPI))
	expect(t, "the frontend's port", 3000, empty.GetPort(ComponentFrontend))

	written := InterviewTrackerSpec{API: &ComponentSpec{Port: 8080}, Frontend: &ComponentSpec{Port: 8081}}
	expect(t, "the written api", written.API, written.GetComponent(ComponentAPI))
	expect(t, "the written frontend", written.Frontend, written.GetComponent(ComponentFrontend))
	expect(t, "the API's written port", 8080, written.GetPort(ComponentAPI))
	expect(t, "the frontend's written port", 8081, written.GetPort(ComponentFrontend))
}

func TestGetReplicas(t *testing.T) {
	for name, tc := range map[string]struct {
		component ComponentSpec
		want      int32
	}{
		"written":                             {ComponentSpec{Replicas: new(int32(5))}, 5},
		"none":                                {ComponentSpec{Replicas: new(int32(0))}, 0},
		"autoscaling, nothing written":        {ComponentSpec{Autoscaling: &AutoscalingSpec{MaxReplicas: 9}}, 2},
		"autoscaling, minReplicas written":    {ComponentSpec{Autoscaling: &AutoscalingSpec{MinReplicas: new(int32(3)), MaxReplicas: 9}}, 3},
		"autoscaling, replicas written":       {ComponentSpec{Replicas: new(int32(5)), Autoscaling: &AutoscalingSpec{MaxReplicas: 9}}, 5},
		"autoscaling, replicas written as 0":  {ComponentSpec{Replicas: new(int32(0)), Autoscaling: &AutoscalingSpec{MaxReplicas: 9}}, 1},
		"autoscaling, minReplicas before all": {ComponentSpec{Replicas: new(int32(5)), Autoscaling: &AutoscalingSpec{MinReplicas: new(int32(3))}}, 3},
	} {
		spec := InterviewTrackerSpec{Environment: Production, API: &tc.component}
		expect(t, name, tc.want, spec.GetReplicas(ComponentAPI))
	}
}

func TestGetTargetCPUUtilizationPercentage(t *testing.T) {
	expect(t, "omitted", 80, (&AutoscalingSpec{}).GetTargetCPUUtilizationPercentage())
	expect(t, "written", 55, (&AutoscalingSpec{TargetCPUUtilizationPercentage: new(int32(55))}).GetTargetCPUUtilizationPercentage())
}

func TestGetResources(t *testing.T) {
	var empty InterviewTrackerSpec
	for component, want := range map[Component][3]string{
		ComponentAPI:      {"100m", "128Mi", "512Mi"},
		ComponentFrontend: {"100m", "128Mi", "512Mi"},
		ComponentDatabase: {"100m", "256Mi", "1Gi"},
		ComponentRedis:    {"50m", "64Mi", "256Mi"},
	} {
		expect(t, "omitted for "+string(component), ResourcesSpec{
			Requests: corev1.ResourceList{
				corev1.ResourceCPU:    resource.MustParse(want[0]),
				corev1.ResourceMemory: resource.MustParse(want[1]),
			},
			Limits: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse(want[2])},
		}, empty.GetResources(component))
	}

	// A written value replaces the default as a whole: an empty one has no requests.
	mine := ResourcesSpec{Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("3")}}
	spec := InterviewTrackerSpec{
		API:      &ComponentSpec{Resources: &mine},
		Frontend: &ComponentSpec{Resources: &ResourcesSpec{}},
		Database: &DependencySpec{Managed: &ManagedSpec{Resources: &mine}},
		Redis:    &DependencySpec{External: &ExternalSpec{}},
	}
	expect(t, "written for the API", mine, spec.GetResources(ComponentAPI))
	expect(t, "empty for the frontend", ResourcesSpec{}, spec.GetResources(ComponentFrontend))
	expect(t, "written for the database", mine, spec.GetResources(ComponentDatabase))
}

func TestDependencyDefaults(t *testing.T) {
	var empty InterviewTrackerSpec
	external := DependencySpec{External: &ExternalSpec{SecretKeyRef: corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "mine"}, Key: "url"}}}
	for component, defaultSize := range map[Component]string{ComponentDatabase: "10Gi", ComponentRedis: "1Gi"} {
		t.Run(string(component), func(t *testing.T) {
			expect(t, "omitted", DependencySpec{Managed: &ManagedSpec{}}, empty.GetDependency(component))
			expect(t, "GetManaged, omitted", &ManagedSpec{}, empty.GetManaged(component))

			written := InterviewTrackerSpec{Database: &external, Redis: &external}
			expect(t, "external", external, written.GetDependency(component))
			if got := written.GetManaged(component); got != nil {
				t.Errorf("GetManaged of an external one: got %v, want nil", got)
			}

			for name, tc := range map[string]struct {
				storage *StorageSpec
				want    string
			}{
				"omitted":       {nil, defaultSize},
				"empty storage": {&StorageSpec{}, defaultSize},
				"written":       {&StorageSpec{Size: new(resource.MustParse("3Ti"))}, "3Ti"},
			} {
				managed := DependencySpec{Managed: &ManagedSpec{Storage: tc.storage}}
				spec := InterviewTrackerSpec{Database: &managed, Redis: &managed}
				expect(t, "GetStorageSize, "+name, resource.MustParse(tc.want), spec.GetStorageSize(component))
			}
			expect(t, "GetStorageSize, no managed", resource.MustParse(defaultSize), empty.GetStorageSize(component))
		})
	}
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
