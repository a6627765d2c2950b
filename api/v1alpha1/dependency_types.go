// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/resource"
)

// DependencySpec is a database or a Redis: run by the operator, or by you.
// +kubebuilder:validation:XValidation:rule="has(self.managed) != has(self.external)",message="exactly one of managed and external must be written: 'managed: {}' to have one run for you, or 'external: {secretRef: {name: NAME, key: KEY}}' to use your own"
type DependencySpec struct {
	// managed is one that the operator runs as a StatefulSet of one pod. `{}` is a
	// complete one. To be omitted when external is written.
	// +optional
	Managed *ManagedSpec `json:"managed,omitempty"`

	// external is one that you run. To be omitted when managed is written.
	// +optional
	External *ExternalSpec `json:"external,omitempty"`
}

// ManagedSpec is a database or a Redis that the operator runs.
type ManagedSpec struct {
	// image is the whole image reference, of an image compatible with the
	// official one. When omitted, the operator's default (postgres:15 or redis:7
	// unless set by the operator's flags). The major version of Postgres can't
	// change while there are data.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:XValidation:rule="!self.matches('[[:space:]]|//')",message="image must be an image reference, such as postgres:15: it can't hold white space or '//'"
	// +optional
	Image string `json:"image,omitempty"`

	// storage is the volume that holds the data. When omitted, both its fields
	// have their defaults.
	// +optional
	Storage *StorageSpec `json:"storage,omitempty"`

	// resources are the container's requests and limits. When omitted, requests
	// of 100m CPU and 256Mi memory and a memory limit of 1Gi for the database;
	// 50m CPU, 64Mi and 256Mi for Redis.
	// +optional
	Resources *ResourcesSpec `json:"resources,omitempty"`

	// retention is what becomes of the data, and of the credentials that open
	// them, when the tracker is deleted or stops using them: Retain keeps both
	// for a later tracker of the same name, Delete deletes both.
	// Retain when omitted.
	// +optional
	Retention Retention `json:"retention,omitempty"`
}

// StorageSpec is the volume of a managed dependency.
type StorageSpec struct {
	// size is the volume's size. It can grow, where the storage class allows it,
	// and can't shrink. 10Gi for the database, 1Gi for Redis when omitted.
	// +kubebuilder:validation:XValidation:rule="string(self).size() <= 32 && isQuantity(string(self)) && quantity(string(self)).isGreaterThan(quantity('0'))",message="size must be a quantity greater than 0, such as 10Gi, of at most 32 characters"
	// +optional
	Size *resource.Quantity `json:"size,omitempty"`

	// storageClassName is the volume's StorageClass; it can't be changed.
	// The cluster's default class when omitted.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$')",message="storageClassName must be the name of a StorageClass: lower-case letters, digits, '-' and '.', starting and ending with a letter or digit"
	// +optional
	StorageClassName *string `json:"storageClassName,omitempty"`
}

// Retention is what becomes of data when their tracker goes.
// +kubebuilder:validation:Enum=Retain;Delete
type Retention string

// What can become of data.
const (
	// RetentionRetain keeps the data and their credentials.
	RetentionRetain Retention = "Retain"
	// RetentionDelete deletes the data and their credentials.
	RetentionDelete Retention = "Delete"
)

// ExternalSpec is a database or a Redis that you run.
type ExternalSpec struct {
	// secretRef names the Secret of this namespace that holds the URL, such as
	// postgres://user:password@host:5432/name or redis://:password@host:6379/0.
	// +required
	SecretRef SecretKeyRef `json:"secretRef"`
}

// SecretKeyRef names one key of a Secret of the tracker's namespace.
type SecretKeyRef struct {
	// name is the Secret's name.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$')",message="name must be the name of a Secret: lower-case letters, digits, '-' and '.', starting and ending with a letter or digit"
	// +required
	Name string `json:"name"`

	// key is the key in the Secret's data.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9._-]+$')",message="key must be a key of a Secret: letters, digits, '-', '_' and '.'"
	// +required
	Key string `json:"key"`
}
