// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"encoding/json"
	"fmt"
	"sync"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/kube-openapi/pkg/validation/spec"
)

// optionalTypes are the types of the optional kinds, also of those that the cluster no
// longer has.
type optionalTypes struct {
	mu    sync.RWMutex
	types map[schema.GroupVersionKind]managedfields.TypeConverter
	// changes is how often one of them was set.
	changes int
}

// count is how often the types have changed.
func (o *optionalTypes) count() int {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.changes
}

// SetSchema sets the schema by which the objects of an optional kind are compared, which
// is needed before they can be applied. A nil schema takes every list of it as a
// whole. The engine's client must be able to read the kind from its cache.
func (e *Engine) SetSchema(gvk schema.GroupVersionKind, s *apiextensionsv1.JSONSchemaProps) error {
	types := managedfields.NewDeducedTypeConverter()
	if s != nil {
		var err error
		if types, err = typesOf(gvk, s); err != nil {
			return fmt.Errorf("read the schema of %s: %w", gvk.Kind, err)
		}
	}
	e.optional.mu.Lock()
	defer e.optional.mu.Unlock()
	e.optional.types[gvk] = types
	e.optional.changes++
	return nil
}

// of returns the types of a kind, if it is an optional one.
func (o *optionalTypes) of(gvk schema.GroupVersionKind) (managedfields.TypeConverter, bool) {
	o.mu.RLock()
	defer o.mu.RUnlock()
	types, ok := o.types[gvk]
	return types, ok
}

// typesFor are the types that a child of a kind is compared by.
func (e *Engine) typesFor(gvk schema.GroupVersionKind) managedfields.TypeConverter {
	if types, ok := e.optional.of(gvk); ok {
		return types
	}
	return e.types
}

// metadataSchema is what matters of ObjectMeta: a CRD's own schema says nothing of it.
const metadataSchema = `{
	"type": "object",
	"x-kubernetes-preserve-unknown-fields": true,
	"properties": {
		"ownerReferences": {
			"type": "array",
			"x-kubernetes-list-type": "map",
			"x-kubernetes-list-map-keys": ["uid"],
			"items": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {"uid": {"type": "string"}}}
		}
	}
}`

// typesOf turns a CRD's schema into that by which the API server merges the kind.
func typesOf(gvk schema.GroupVersionKind, s *apiextensionsv1.JSONSchemaProps) (managedfields.TypeConverter, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	root, metadata := spec.Schema{}, spec.Schema{}
	if err := json.Unmarshal(text, &root); err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(metadataSchema), &metadata); err != nil {
		return nil, err
	}
	root.SetProperty("metadata", metadata)
	root.SetProperty("apiVersion", *spec.StringProperty())
	root.SetProperty("kind", *spec.StringProperty())
	root.AddExtension("x-kubernetes-group-version-kind", []any{
		map[string]any{"group": gvk.Group, "version": gvk.Version, "kind": gvk.Kind},
	})
	return managedfields.NewTypeConverter(map[string]*spec.Schema{gvk.Kind: &root}, false)
}
