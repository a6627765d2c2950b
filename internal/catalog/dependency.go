// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"cmp"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// Dependency describes something that the components use by a URL.
type Dependency struct {
	// Name is the dependency's name: that of its field of the spec, of its objects, of
	// its record in status.volumes and in the answers of the primary component's pods.
	Name v1alpha1.Component
	// Title is what a sentence calls it, such as Redis.
	Title string
	// Spec returns the dependency's field of a spec, nil when it is omitted.
	Spec func(*v1alpha1.InterviewTrackerSpec) *v1alpha1.DependencySpec
	// EnvURL is the environment variable that holds its URL.
	EnvURL string
	// EnvRequired is the environment variable that is false while the dependency is optional;
	// empty for one that can't be.
	EnvRequired string
	// Condition reports whether the dependency works.
	Condition Condition
	// RevisionAnnotation is the annotation of the components' pods that changes when the
	// URL does.
	RevisionAnnotation string
	// Migrated marks the dependency that the migrations change: they begin when it is
	// ready.
	Migrated bool
	// Managed is how the operator runs the dependency. nil for one that is always
	// external, which a tracker uses only if its spec says where it is.
	Managed *Managed
}

// Managed describes a dependency that the operator runs: a StatefulSet of one pod of one
// container, a volume, and credentials.
type Managed struct {
	// DefaultImage is the whole reference of the image.
	DefaultImage string
	// PortName is the name of the port and of the container.
	PortName string
	// Port is the port that the container listens on.
	Port int32
	// User is the user and the group that the container runs as.
	User int64
	// DataPath is the folder of the container that the volume is mounted at.
	DataPath string
	// DefaultStorageSize is the size of the volume.
	DefaultStorageSize resource.Quantity
	// DefaultResources are the requests and limits of the container.
	DefaultResources v1alpha1.ResourcesSpec
	// TerminationGracePeriodSeconds is how long the container may take to stop.
	TerminationGracePeriodSeconds int64
	// Ready is a command that succeeds in the container once it can be used.
	Ready []string
	// Pod completes the pod and its container, which have all of the above, the security
	// context and a folder /tmp. credentials is the name of the Secret.
	Pod func(spec *corev1.PodSpec, container *corev1.Container, managed *v1alpha1.ManagedSpec, credentials string)
	// Credentials returns the data of the Secret: KeyURL, and what Pod refers to.
	Credentials func(host, password string) map[string][]byte
	// Format describes data that not every version of the image can open. nil for data
	// that every version can.
	Format *Format
}

// Format describes the format of the data on a volume.
type Format struct {
	// Product is what a sentence calls the program that reads the format.
	Product string
	// Annotation is the annotation of the credentials that holds the version of the
	// format of the data.
	Annotation string
	// Version returns the version that an image reads and writes, empty if its name
	// does not say.
	Version func(image string) string
}

// The keys that the Secret of every managed dependency has: all that is secret in it.
const (
	KeyURL      = "url"
	KeyPassword = "password"
)

// officialUser is the user and group of Postgres and Redis in the official images.
const officialUser int64 = 999

// VolumeName is the name of the volume that holds the data of a managed dependency.
const VolumeName = "data"

// Get returns the dependency's field of a spec: when it is omitted, a managed one if the
// operator can run it, and otherwise the zero value, of a dependency that is not used.
func (d Dependency) Get(spec *v1alpha1.InterviewTrackerSpec) v1alpha1.DependencySpec {
	if written := d.Spec(spec); written != nil {
		return *written
	}
	if d.Managed != nil {
		return v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{}}
	}
	return v1alpha1.DependencySpec{}
}

// Optional reports whether a tracker works without the dependency.
func (d Dependency) Optional(spec *v1alpha1.InterviewTrackerSpec) bool {
	written := d.Get(spec)
	return d.EnvRequired != "" && written.GetRequirement() == v1alpha1.RequirementOptional
}

// ManagedSpec returns the field managed of the dependency, nil when it is external.
func (d Dependency) ManagedSpec(spec *v1alpha1.InterviewTrackerSpec) *v1alpha1.ManagedSpec {
	return d.Get(spec).Managed
}

// Image returns the whole reference of a managed dependency's image.
func (d Dependency) Image(managed *v1alpha1.ManagedSpec) string {
	return cmp.Or(managed.Image, d.Managed.DefaultImage)
}

// Resources returns the requests and limits of a managed dependency's container.
func (d Dependency) Resources(managed *v1alpha1.ManagedSpec) v1alpha1.ResourcesSpec {
	return *cmp.Or(managed.Resources, &d.Managed.DefaultResources).DeepCopy()
}

// StorageSize returns the size of a managed dependency's volume.
func (d Dependency) StorageSize(managed *v1alpha1.ManagedSpec) resource.Quantity {
	if managed.Storage != nil && managed.Storage.Size != nil {
		return *managed.Storage.Size
	}
	return d.Managed.DefaultStorageSize
}

// URL is the environment variable that holds the URL of a dependency that a tracker uses: a
// key of a Secret. Pods start without the Secret of an optional one.
func (d Dependency) URL(t *v1alpha1.InterviewTracker) corev1.EnvVar {
	variable := envSecret(d.EnvURL, t.CredentialsName(d.Name), KeyURL)
	if external := d.Get(&t.Spec).External; external != nil {
		variable = envSecret(d.EnvURL, external.SecretKeyRef.Name, external.SecretKeyRef.Key)
	}
	if d.Optional(&t.Spec) {
		variable.ValueFrom.SecretKeyRef.Optional = new(true)
	}
	return variable
}
