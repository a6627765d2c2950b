// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// DependencySpec specifies a database or a Redis cache, either managed by the operator
// or external.
// +kubebuilder:validation:XValidation:rule="has(self.managed) != has(self.external)",message="exactly one of managed and external is required: write 'managed: {}' for one that the operator runs, or 'external: {secretKeyRef: {name: NAME, key: KEY}}' for your own"
type DependencySpec struct {
	// managed specifies one that the operator runs, as a StatefulSet with one pod. `{}` is
	// a complete configuration. Exactly one of managed and external is required.
	// +optional
	Managed *ManagedSpec `json:"managed,omitempty"`

	// external specifies one that you run. Exactly one of managed and external is
	// required.
	// +optional
	External *ExternalSpec `json:"external,omitempty"`

	// requirement specifies what its failure means: with Required, the tracker is not Ready
	// and its API not either; with Optional, the API serves without it, and the image has to
	// support the variable REDIS_REQUIRED. Only Redis can be Optional. Defaults to Required.
	// +optional
	Requirement Requirement `json:"requirement,omitempty"`
}

// Requirement specifies whether a tracker needs a dependency to work.
// +kubebuilder:validation:Enum=Required;Optional
type Requirement string

// What a tracker does without a dependency.
const (
	// RequirementRequired takes the API out of service.
	RequirementRequired Requirement = "Required"
	// RequirementOptional serves without it.
	RequirementOptional Requirement = "Optional"
)

// ManagedSpec configures a database or a Redis cache that the operator runs.
type ManagedSpec struct {
	// image is the full image reference, of at most 1024 characters, of an image that
	// is compatible with the official one. The major version of Postgres can't change
	// while there is data. Defaults to postgres:15 or redis:7, unless flags of the
	// operator set others.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:XValidation:rule="!self.matches('[[:space:]]|//')",message="image must be an image reference, such as postgres:15: it can't contain white space or '//'"
	// +optional
	Image string `json:"image,omitempty"`

	// storage configures the volume for the data. Defaults to the defaults of its
	// fields.
	// +optional
	Storage *StorageSpec `json:"storage,omitempty"`

	// resources are the resource requests and limits of the container. Defaults, for
	// the database, to requests of 100m CPU and 256Mi memory and a memory limit of 1Gi
	// and, for Redis, to 50m CPU, 64Mi memory and a limit of 256Mi.
	// +optional
	Resources *ResourcesSpec `json:"resources,omitempty"`

	// slowQueryThreshold is the time from which on the database logs a statement, without its
	// parameters: a duration from 1ms to 1h, such as 500ms. It can't be set for Redis.
	// Defaults to 1s.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}([.][0-9]+)?(ms|s|m|h))+$') && duration(self) >= duration('1ms') && duration(self) <= duration('1h')",message="slowQueryThreshold must be a duration from 1ms to 1h, such as 500ms"
	// +optional
	SlowQueryThreshold *metav1.Duration `json:"slowQueryThreshold,omitempty"`

	// retention specifies what happens to the data and its credentials when the tracker
	// is deleted or no longer uses them: Retain keeps both for a later tracker of the
	// same name, Delete deletes both. Defaults to Retain.
	// +optional
	Retention Retention `json:"retention,omitempty"`
}

// StorageSpec configures the volume of a managed dependency.
type StorageSpec struct {
	// size is the size of the volume, in whole bytes, at least 1Mi, such as 10Gi. It can
	// grow if the StorageClass allows that. A volume can't shrink: with a size below what
	// its PersistentVolumeClaim requests, the tracker is Stalled. Defaults to 10Gi for the
	// database and 1Gi for Redis.
	// +kubebuilder:validation:XValidation:rule="!string(self).matches('[eE].?[0-9]{3}') && isQuantity(string(self)) && quantity(string(self)).isGreaterThan(quantity('0'))",message="size must be a quantity greater than 0, such as 10Gi, of at most 32 characters"
	// +kubebuilder:validation:XValidation:rule="string(self).matches('[eE].?[0-9]{3}') || !isQuantity(string(self)) || !quantity(string(self)).isGreaterThan(quantity('0')) || !string(self).matches('[num]$|[eE]-|[.][0-9]*[1-9][0-9]*$') && !quantity(string(self)).isLessThan(quantity('1Mi'))",message="size must be a whole number of bytes, 1Mi or more: write Mi or Gi, such as 10Gi"
	// +optional
	Size *resource.Quantity `json:"size,omitempty"`

	// storageClassName is the name of the StorageClass of the volume. A volume can't move
	// to another class: with one that is not its PersistentVolumeClaim's, the tracker is
	// Stalled. Defaults to the default StorageClass of the cluster, or to that of the
	// volume that exists.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$')",message="storageClassName must be the name of a StorageClass: lower-case letters, digits, '-' and '.', starting and ending with a letter or digit"
	// +optional
	StorageClassName *string `json:"storageClassName,omitempty"`
}

// Retention specifies what happens to data when its tracker is deleted.
// +kubebuilder:validation:Enum=Retain;Delete
type Retention string

// What can become of data.
const (
	// RetentionRetain keeps the data and their credentials.
	RetentionRetain Retention = "Retain"
	// RetentionDelete deletes the data and their credentials.
	RetentionDelete Retention = "Delete"
)

// ExternalSpec specifies a database or a Redis cache that you run.
type ExternalSpec struct {
	// secretKeyRef selects the key of a Secret in the tracker's namespace that contains
	// the URL, such as postgres://user:password@host:5432/name or
	// redis://:password@host:6379/0.
	// +kubebuilder:validation:XValidation:rule="self.name.size() <= 253 && self.name.matches('^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$')",message="name must be the name of a Secret: at most 253 lower-case letters, digits, '-' and '.', starting and ending with a letter or digit",fieldPath=".name"
	// +kubebuilder:validation:XValidation:rule="self.key.size() <= 253 && self.key.matches('^[A-Za-z0-9._-]+$')",message="key must be a key of a Secret: at most 253 letters, digits, '-', '_' and '.'",fieldPath=".key"
	// +kubebuilder:validation:XValidation:rule="!has(self.optional)",message="optional can't be set: the API can't run without the URL",fieldPath=".optional"
	// +required
	SecretKeyRef corev1.SecretKeySelector `json:"secretKeyRef"`
}
