// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// InventoryEntry names an object of the tracker's namespace as Kind.group/name, or
// Kind/name for the core group.
// +kubebuilder:validation:MaxLength=571
type InventoryEntry string

// NewInventoryEntry returns the entry of an object.
func NewInventoryEntry(kind schema.GroupKind, name string) InventoryEntry {
	return InventoryEntry(kind.String() + "/" + name)
}

// Parse returns the kind and the name of the object.
func (e InventoryEntry) Parse() (kind schema.GroupKind, name string) {
	of, name, _ := strings.Cut(string(e), "/")
	return schema.ParseGroupKind(of), name
}
