// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package kinds

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Paths are fields, such as spec.type, by kind.
type Paths map[string][]string

// The fields that every patch may change: labels of every object, annotations of those for
// which no controller does what the author of a tracker might not be allowed to do. (Clouds
// open load balancers and hand out roles by the annotations of Services and ServiceAccounts;
// adapters of metrics request URLs by those of autoscalers; others copy ConfigMaps to all
// namespaces, put dashboards anywhere in Grafana's file system, and have rules query the data
// of others by those of monitoring objects.)
var (
	labels      = []string{"metadata.labels"}
	annotated   = slices.Clip([]string{"metadata.labels", "metadata.annotations"})
	inTemplates = slices.Clip(slices.Concat(annotated, []string{
		"spec.template.metadata.labels", "spec.template.metadata.annotations",
		// As far as Pod Security's "restricted" goes, and without fixedInPods.
		"spec.template.spec",
	}))
)

// fixedInPods are the fixed fields of what has a pod template.
var fixedInPods = []string{
	"spec.template.spec.serviceAccountName",
	"spec.template.spec.serviceAccount",
	"spec.template.spec.automountServiceAccountToken",
}

// MetadataFields are the places of metadata in an object: its own, that of its pods, and, of a CronJob,
// those of its Jobs and their pods.
var MetadataFields = []string{
	"metadata", "spec.template.metadata", "spec.jobTemplate.metadata", "spec.jobTemplate.spec.template.metadata",
}

// fixed are the fields of every kind that no patch may change; of metadata all are but the
// labels and annotations.
var fixed = []string{"apiVersion", "kind", "status"}

// FixedFields are the fields of the kind's objects, other than their metadata, that no patch
// may change, whatever is allowed: what identifies the objects and those that they select,
// whom pods act as, and what would lose data.
func (k Kind) FixedFields() []string { return slices.Concat(fixed, k.Fixed) }

// MayPatch reports whether a patch may change a field of the kind's objects, given by the
// names on the way to it. Allowed are fields beside those of the table.
func (k Kind) MayPatch(field []string, allowed Paths) bool {
	return slices.ContainsFunc(slices.Concat(k.Patchable, allowed[k.Kind]), func(path string) bool {
		return within(field, path)
	})
}

// within reports whether a field is at or under a path.
func within(field []string, path string) bool {
	names := strings.Split(path, ".")
	return len(field) >= len(names) && slices.Equal(field[:len(names)], names)
}

// Field is the longest part of a way into the kind's objects that only names fields of
// structs, such as metadata.labels for the way to a label.
func (k Kind) Field(way []string) []string {
	t := reflect.TypeOf(k.object)
	for i, name := range way {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		next, ok := fieldType(t, name)
		if !ok {
			return way[:i]
		}
		t = next
	}
	return way
}

// fieldType is the type of a struct's field, by its name in JSON.
func fieldType(t reflect.Type, name string) (reflect.Type, bool) {
	if t.Kind() != reflect.Struct || name == "" {
		return nil, false
	}
	for field := range t.Fields() {
		tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case tag == name:
			return field.Type, true
		case tag == "" && field.Anonymous: // Inlined.
			if found, ok := fieldType(field.Type, name); ok {
				return found, true
			}
		}
	}
	return nil, false
}

// Add adds the fields of a comma-separated list such as Service/spec.type,Job/spec.suspend.
func (p Paths) Add(list string) error {
	for entry := range strings.SplitSeq(list, ",") {
		entry = strings.TrimSpace(entry)
		name, path, ok := strings.Cut(entry, "/")
		if !ok {
			return fmt.Errorf("%q is not KIND/FIELD, such as Service/spec.type", entry)
		}
		kind, ok := find(func(k Kind) bool { return k.Kind == name && len(k.Patchable) > 0 })
		if !ok {
			return fmt.Errorf("%q: no object of kind %q can be patched", entry, name)
		}
		if err := kind.checkPath(path); err != nil {
			return fmt.Errorf("%q: %w", entry, err)
		}
		p[name] = append(p[name], path)
	}
	return nil
}

// checkPath refuses a path that is no field of the kind, or that is or holds a fixed one.
func (k Kind) checkPath(path string) error {
	names := strings.Split(path, ".")
	if !slices.Equal(k.Field(names), names) {
		return fmt.Errorf("%s has no field %q", k.Kind, path)
	}
	for _, fixed := range k.FixedFields() {
		if within(names, fixed) {
			return fmt.Errorf("%s can never be changed by a patch", fixed)
		}
		if within(strings.Split(fixed, "."), path) {
			return fmt.Errorf("it holds %s, which can never be changed by a patch; name the fields beside that", fixed)
		}
	}
	for _, metadata := range MetadataFields {
		open := path == metadata+".labels" || path == metadata+".annotations"
		if within(names, metadata) && !open || within(strings.Split(metadata, "."), path) {
			return fmt.Errorf("of %s, only labels and annotations can be changed by a patch", metadata)
		}
	}
	return nil
}
