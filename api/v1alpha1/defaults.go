// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"cmp"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// The numbers of the probes are those of the health-check specification,
// section "Kubernetes Health Checks".

var apiProbes = ProbesSpec{
	Liveness:  probe("/health/live", 30, 10, 5, 3),
	Readiness: probe("/health/ready", 5, 5, 3, 3),
	Startup:   probe("/health", 10, 5, 3, 12),
}

var frontendProbes = ProbesSpec{
	Liveness:  probe("/health", 10, 10, 5, 3),
	Readiness: probe("/health", 5, 5, 3, 3),
}

func probe(path string, initialDelay, period, timeout, failures int32) *ProbeSpec {
	return &ProbeSpec{
		Path:                path,
		InitialDelaySeconds: &initialDelay,
		PeriodSeconds:       period,
		TimeoutSeconds:      timeout,
		FailureThreshold:    failures,
	}
}

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

// GetComponent returns what the spec says of the API or the frontend, an empty
// ComponentSpec when it says nothing. It must not be changed.
func (s *InterviewTrackerSpec) GetComponent(c Component) *ComponentSpec {
	component := s.API
	if c == ComponentFrontend {
		component = s.Frontend
	}
	if component == nil {
		return &ComponentSpec{}
	}
	return component
}

// GetPort returns the port of the API (8000 when omitted) or the frontend (3000).
func (s *InterviewTrackerSpec) GetPort(c Component) int32 {
	if c == ComponentFrontend {
		return cmp.Or(s.GetComponent(c).Port, 3000)
	}
	return cmp.Or(s.GetComponent(c).Port, 8000)
}

// GetReplicas returns the number of pods of the API or the frontend; with
// autoscaling, the least number.
func (s *InterviewTrackerSpec) GetReplicas(c Component) int32 {
	component := s.GetComponent(c)
	switch {
	case component.Autoscaling != nil && component.Autoscaling.MinReplicas != nil:
		return *component.Autoscaling.MinReplicas
	case component.Replicas != nil && component.Autoscaling != nil:
		return max(*component.Replicas, 1)
	case component.Replicas != nil:
		return *component.Replicas
	case s.GetEnvironment() == Production:
		return 2
	default:
		return 1
	}
}

// GetTargetCPUUtilizationPercentage returns the average CPU use that the
// autoscaler aims at, in percent of the requests: 80 when omitted.
func (a *AutoscalingSpec) GetTargetCPUUtilizationPercentage() int32 {
	if a.TargetCPUUtilizationPercentage == nil {
		return 80
	}
	return *a.TargetCPUUtilizationPercentage
}

// GetProbes returns the health checks of the API or the frontend with every
// field filled in. Startup is nil for a frontend whose spec doesn't write one.
func (s *InterviewTrackerSpec) GetProbes(c Component) ProbesSpec {
	defaults := apiProbes
	if c == ComponentFrontend {
		defaults = frontendProbes
	}
	overrides := s.GetComponent(c).Probes
	if overrides == nil {
		overrides = &ProbesSpec{}
	}
	if defaults.Startup == nil && overrides.Startup != nil {
		defaults.Startup = apiProbes.Startup
	}
	port := s.GetPort(c)
	return ProbesSpec{
		Liveness:  merged(defaults.Liveness, overrides.Liveness, port),
		Readiness: merged(defaults.Readiness, overrides.Readiness, port),
		Startup:   merged(defaults.Startup, overrides.Startup, port),
	}
}

func merged(base, override *ProbeSpec, port int32) *ProbeSpec {
	if base == nil {
		return nil
	}
	if override == nil {
		override = &ProbeSpec{}
	}
	return &ProbeSpec{
		Path:                cmp.Or(override.Path, base.Path),
		Port:                cmp.Or(override.Port, port),
		InitialDelaySeconds: new(*cmp.Or(override.InitialDelaySeconds, base.InitialDelaySeconds)),
		PeriodSeconds:       cmp.Or(override.PeriodSeconds, base.PeriodSeconds),
		TimeoutSeconds:      cmp.Or(override.TimeoutSeconds, base.TimeoutSeconds),
		FailureThreshold:    cmp.Or(override.FailureThreshold, base.FailureThreshold),
	}
}

// GetResources returns the resources of a container, when omitted those that the
// component's field documents.
func (s *InterviewTrackerSpec) GetResources(c Component) ResourcesSpec {
	var written *ResourcesSpec
	defaults := resources("100m", "128Mi", "512Mi")
	switch c {
	case ComponentDatabase, ComponentRedis:
		defaults = resources("100m", "256Mi", "1Gi")
		if c == ComponentRedis {
			defaults = resources("50m", "64Mi", "256Mi")
		}
		if managed := s.GetManaged(c); managed != nil {
			written = managed.Resources
		}
	default:
		written = s.GetComponent(c).Resources
	}
	if written != nil {
		return *written
	}
	return defaults
}

func resources(cpuRequest, memoryRequest, memoryLimit string) ResourcesSpec {
	return ResourcesSpec{
		Requests: corev1.ResourceList{
			corev1.ResourceCPU:    resource.MustParse(cpuRequest),
			corev1.ResourceMemory: resource.MustParse(memoryRequest),
		},
		Limits: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse(memoryLimit)},
	}
}

// GetDependency returns what the spec says of the database or of Redis: a
// managed one, with its defaults, when it says nothing.
func (s *InterviewTrackerSpec) GetDependency(c Component) DependencySpec {
	dependency := s.Database
	if c == ComponentRedis {
		dependency = s.Redis
	}
	if dependency == nil {
		return DependencySpec{Managed: &ManagedSpec{}}
	}
	return *dependency
}

// GetManaged returns what the spec says of a managed database or Redis, nil
// when it is external.
func (s *InterviewTrackerSpec) GetManaged(c Component) *ManagedSpec {
	return s.GetDependency(c).Managed
}

// GetStorageSize returns the size of a managed dependency's volume, when omitted
// 10Gi for the database and 1Gi for Redis.
func (s *InterviewTrackerSpec) GetStorageSize(c Component) resource.Quantity {
	if managed := s.GetManaged(c); managed != nil && managed.Storage != nil && managed.Storage.Size != nil {
		return *managed.Storage.Size
	}
	if c == ComponentRedis {
		return resource.MustParse("1Gi")
	}
	return resource.MustParse("10Gi")
}

// GetStorageClassName returns the StorageClass of the volume, nil for the
// cluster's default class.
func (m *ManagedSpec) GetStorageClassName() *string {
	if m.Storage == nil {
		return nil
	}
	return m.Storage.StorageClassName
}

// GetRetention returns what becomes of the data, Retain when omitted.
func (m *ManagedSpec) GetRetention() Retention {
	return cmp.Or(m.Retention, RetentionRetain)
}

// GetHealth returns how the operator polls the API's pods, with
// every field filled in.
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
