// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// Component describes a part of the application that runs as a Deployment.
type Component struct {
	// Name is the component's name, which its objects and its container bear.
	Name v1alpha1.Component
	// Title is what a sentence calls it, such as API.
	Title string
	// Spec returns the component's field of a spec, nil when it is omitted.
	Spec func(*v1alpha1.InterviewTrackerSpec) *v1alpha1.ComponentSpec
	// Optional marks a component that a tracker has only if its spec has the field. The
	// others exist with their defaults when it is omitted.
	Optional bool
	// Primary marks the one component that answers for the application: the operator
	// polls its pods for the health of the dependencies, Prometheus scrapes them, and
	// the migrations run from its image, before its pods.
	Primary bool
	// Entry marks the one component that users open: their journeys go through it.
	Entry bool
	// UsesDependencies gives the pods the URLs of the dependencies, and replaces the pods
	// when a URL changes. Network policies let them reach the managed dependencies.
	UsesDependencies bool
	// Condition reports whether the component is available.
	Condition Condition
	// DefaultImage is the repository of the image, whose tag is spec.version.
	DefaultImage string
	// DefaultPort is the port that the container listens on. A component whose
	// DefaultPort is 0 has no port, and so neither a Service nor probes.
	DefaultPort int32
	// DefaultMetricsPort is the port of a component that serves Prometheus's metrics on one of
	// its own, which its users don't reach; 0 for none. The primary component is scraped at
	// its own port.
	DefaultMetricsPort int32
	// DefaultProbes are the health checks, with all fields but the port.
	DefaultProbes v1alpha1.ProbesSpec
	// DefaultResources are the requests and limits of the container.
	DefaultResources v1alpha1.ResourcesSpec
	// Env returns the environment variables that this component alone has. Optional.
	Env func(*v1alpha1.InterviewTracker) []corev1.EnvVar
	// Synthetic is what a blackbox exporter requests; nil for nothing.
	Synthetic *Synthetic
}

// Synthetic describes the synthetic monitoring of a component.
type Synthetic struct {
	// URL returns the field that replaces the URL of the Service, empty when omitted.
	URL func(*v1alpha1.SyntheticSpec) string
	// Paths are appended to the URL.
	Paths []string
}

// startup is the startup check of the API, and of another component once its spec
// overrides any field of one. The figures of all checks are those of the
// health-check specification, "Kubernetes Health Checks".
var startup = probe(contract.PathHealth, 10, 5, 3, 12)

func probe(path string, initialDelay, period, timeout, failures int32) *v1alpha1.ProbeSpec {
	return &v1alpha1.ProbeSpec{
		Path:                path,
		InitialDelaySeconds: &initialDelay,
		PeriodSeconds:       period,
		TimeoutSeconds:      timeout,
		FailureThreshold:    failures,
	}
}

func resources(cpuRequest, memoryRequest, memoryLimit string) v1alpha1.ResourcesSpec {
	return v1alpha1.ResourcesSpec{
		Requests: corev1.ResourceList{
			corev1.ResourceCPU:    resource.MustParse(cpuRequest),
			corev1.ResourceMemory: resource.MustParse(memoryRequest),
		},
		Limits: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse(memoryLimit)},
	}
}

// Get returns the component's field of a spec, an empty one when it is omitted. It must
// not be changed.
func (c Component) Get(spec *v1alpha1.InterviewTrackerSpec) *v1alpha1.ComponentSpec {
	return cmp.Or(c.Spec(spec), &v1alpha1.ComponentSpec{})
}

// Port returns the component's port, 0 for none.
func (c Component) Port(spec *v1alpha1.InterviewTrackerSpec) int32 {
	if c.DefaultPort == 0 {
		return 0
	}
	return cmp.Or(c.Get(spec).Port, c.DefaultPort)
}

// MetricsPort returns the port at which Prometheus scrapes the component beside its own, 0
// for none. It is never the component's own.
func (c Component) MetricsPort(spec *v1alpha1.InterviewTrackerSpec) int32 {
	if c.DefaultMetricsPort != 0 && c.DefaultMetricsPort == c.Port(spec) {
		return c.DefaultMetricsPort + 1
	}
	return c.DefaultMetricsPort
}

// Image returns the whole reference of the component's image.
func (c Component) Image(spec *v1alpha1.InterviewTrackerSpec) string {
	return cmp.Or(c.Get(spec).Image, c.DefaultImage+":"+spec.Version)
}

// Resources returns the requests and limits of the component's container.
func (c Component) Resources(spec *v1alpha1.InterviewTrackerSpec) v1alpha1.ResourcesSpec {
	return *cmp.Or(c.Get(spec).Resources, &c.DefaultResources).DeepCopy()
}

// Replicas returns the number of pods; with autoscaling, the least number.
func (c Component) Replicas(spec *v1alpha1.InterviewTrackerSpec) int32 {
	component := c.Get(spec)
	switch {
	case component.Autoscaling != nil && component.Autoscaling.MinReplicas != nil:
		return *component.Autoscaling.MinReplicas
	case component.Replicas != nil && component.Autoscaling != nil:
		return max(*component.Replicas, 1)
	case component.Replicas != nil:
		return *component.Replicas
	case spec.GetEnvironment() == v1alpha1.Production:
		return 2
	default:
		return 1
	}
}

// MaxReplicas returns the greatest number of pods.
func (c Component) MaxReplicas(spec *v1alpha1.InterviewTrackerSpec) int32 {
	if autoscaling := c.Get(spec).Autoscaling; autoscaling != nil {
		return autoscaling.MaxReplicas
	}
	return c.Replicas(spec)
}

// Probes returns the component's health checks with every field set, nil for those that
// it does not have.
func (c Component) Probes(spec *v1alpha1.InterviewTrackerSpec) v1alpha1.ProbesSpec {
	port := c.Port(spec)
	if port == 0 {
		return v1alpha1.ProbesSpec{}
	}
	defaults, overrides := c.DefaultProbes, cmp.Or(c.Get(spec).Probes, &v1alpha1.ProbesSpec{})
	if overrides.Startup != nil {
		defaults.Startup = cmp.Or(defaults.Startup, startup)
	}
	return v1alpha1.ProbesSpec{
		Liveness:  merged(defaults.Liveness, overrides.Liveness, port),
		Readiness: merged(defaults.Readiness, overrides.Readiness, port),
		Startup:   merged(defaults.Startup, overrides.Startup, port),
	}
}

func merged(base, override *v1alpha1.ProbeSpec, port int32) *v1alpha1.ProbeSpec {
	if base == nil {
		return nil
	}
	override = cmp.Or(override, &v1alpha1.ProbeSpec{})
	return &v1alpha1.ProbeSpec{
		Path:                cmp.Or(override.Path, base.Path),
		Port:                cmp.Or(override.Port, port),
		InitialDelaySeconds: new(*cmp.Or(override.InitialDelaySeconds, base.InitialDelaySeconds)),
		PeriodSeconds:       cmp.Or(override.PeriodSeconds, base.PeriodSeconds),
		TimeoutSeconds:      cmp.Or(override.TimeoutSeconds, base.TimeoutSeconds),
		FailureThreshold:    cmp.Or(override.FailureThreshold, base.FailureThreshold),
	}
}

// Kubernetes names a pod DEPLOYMENT-HASH-RANDOM. It cuts what stands before RANDOM, the
// last hyphen included, to maxPodPrefix characters; a HASH has at most maxTemplateHash.
const (
	maxPodPrefix    = 58
	maxTemplateHash = 10
)

// PodPattern returns a regular expression that matches, as a whole, the names of the
// component's pods and of no others in the namespace, be they of a tracker that is called
// TRACKER-COMPONENT.
func (c Component) PodPattern(t *v1alpha1.InterviewTracker) string {
	return regexp.QuoteMeta(t.Name) + "-" + c.podSuffix(t)
}

func (c Component) podSuffix(t *v1alpha1.InterviewTracker) string {
	suffix := regexp.QuoteMeta(string(c.Name)) + "-[a-z0-9]+"
	if len(t.ChildName(c.Name))+len("-")+maxTemplateHash+len("-") > maxPodPrefix {
		return suffix + "(-[a-z0-9]{5})?"
	}
	return suffix + "-[a-z0-9]{5}"
}

// PodPattern is the same for all pods of the components and the managed dependencies.
func (c Catalog) PodPattern(t *v1alpha1.InterviewTracker) string {
	var suffixes []string
	for _, component := range c.Components {
		suffixes = append(suffixes, component.podSuffix(t))
	}
	for _, d := range c.Dependencies {
		if d.Managed != nil {
			suffixes = append(suffixes, regexp.QuoteMeta(string(d.Name))+"-0")
		}
	}
	return regexp.QuoteMeta(t.Name) + "-(" + strings.Join(suffixes, "|") + ")"
}

// ClaimName returns the name of the volume claim that the StatefulSet of a managed
// dependency makes: VOLUME-POD.
func ClaimName(t *v1alpha1.InterviewTracker, dependency v1alpha1.Component) string {
	return VolumeName + "-" + t.ChildName(dependency) + "-0"
}

// ClaimPattern returns a regular expression that matches, as a whole, the names of the
// volume claims of a tracker's managed dependencies; empty when it has none.
func (c Catalog) ClaimPattern(t *v1alpha1.InterviewTracker) string {
	var claims []string
	for _, d := range c.Dependencies {
		if d.ManagedSpec(&t.Spec) != nil {
			claims = append(claims, regexp.QuoteMeta(ClaimName(t, d.Name)))
		}
	}
	return strings.Join(claims, "|")
}

// Environment returns the environment variables that the operator sets for a component.
func (c Catalog) Environment(component Component, t *v1alpha1.InterviewTracker) []corev1.EnvVar {
	var env []corev1.EnvVar
	if port := component.Port(&t.Spec); port != 0 {
		env = append(env, envValue(contract.EnvPort, strconv.Itoa(int(port))))
	}
	// The default is not written: pods that have it need no new template.
	if port := component.MetricsPort(&t.Spec); port != component.DefaultMetricsPort {
		env = append(env, envValue(contract.EnvMetricsPort, strconv.Itoa(int(port))))
	}
	env = append(env,
		envValue(contract.EnvEnvironment, strings.ToLower(string(t.Spec.GetEnvironment()))),
		envValue(contract.EnvVersion, t.Spec.Version),
		envValue(contract.EnvLogLevel, string(t.Spec.GetLogLevel())),
		envValue(contract.EnvLogFormat, string(t.Spec.GetLogFormat())),
	)
	if component.Env != nil {
		env = append(env, component.Env(t)...)
	}
	if component.UsesDependencies {
		for _, d := range c.Used(&t.Spec) {
			env = append(env, d.URL(t))
			if d.Optional(&t.Spec) {
				env = append(env, envValue(d.EnvRequired, "false"))
			}
		}
	}
	return env
}

func envValue(name, value string) corev1.EnvVar {
	return corev1.EnvVar{Name: name, Value: value}
}

func envSecret(name, secret, key string) corev1.EnvVar {
	return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
		LocalObjectReference: corev1.LocalObjectReference{Name: secret},
		Key:                  key,
	}}}
}

// MountScratch gives a container an empty, writable folder.
func MountScratch(spec *corev1.PodSpec, container *corev1.Container, name, path string) {
	container.VolumeMounts = append(container.VolumeMounts, corev1.VolumeMount{Name: name, MountPath: path})
	spec.Volumes = append(spec.Volumes, corev1.Volume{
		Name:         name,
		VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}},
	})
}
