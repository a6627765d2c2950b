// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// InventoryEntry names an object of the tracker's namespace as Kind.group/name, or
// Kind/name for the core group.
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

// InventoryLine names the objects of one API group: "apps: Deployment/hiring-api,
// StatefulSet/hiring-redis". The core group is called core.
// +kubebuilder:validation:MaxLength=32768
type InventoryLine string

const coreGroup = "core"

// NewInventory returns the lines of a list of entries, both sorted. That of no entries is empty,
// not nil.
func NewInventory(entries []InventoryEntry) []InventoryLine {
	objects := map[string][]string{}
	for _, e := range entries {
		kind, name := e.Parse()
		group := kind.Group
		if group == "" {
			group = coreGroup
		}
		objects[group] = append(objects[group], kind.Kind+"/"+name)
	}
	lines := make([]InventoryLine, 0, len(objects))
	for group, named := range objects {
		slices.Sort(named)
		lines = append(lines, InventoryLine(group+": "+strings.Join(slices.Compact(named), ", ")))
	}
	slices.Sort(lines)
	return lines
}

// Applied are the objects that the operator applied, by the inventory. Earlier versions of the
// operator wrote one entry a line.
func (s *InterviewTrackerStatus) Applied() []InventoryEntry {
	var entries []InventoryEntry
	for _, line := range s.Inventory {
		group, objects, grouped := strings.Cut(string(line), ": ")
		if !grouped {
			entries = append(entries, InventoryEntry(line))
			continue
		}
		if group == coreGroup {
			group = ""
		}
		for object := range strings.SplitSeq(objects, ", ") {
			kind, name, _ := strings.Cut(object, "/")
			entries = append(entries, NewInventoryEntry(schema.GroupKind{Group: group, Kind: kind}, name))
		}
	}
	return entries
}
