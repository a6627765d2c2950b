// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package optionalkinds

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apiextensions-apiserver/pkg/apihelpers"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// crd is a CustomResourceDefinition as it was last read.
type crd struct {
	uid             types.UID
	resourceVersion string
	generation      int64
}

// requestTimeout bounds each request of a sync.
const requestTimeout = 5 * time.Second

// sync watches a kind if the cluster serves it, and ends its watches if not.
func (w *Watcher) sync(ctx context.Context, k kinds.Kind) error {
	if w.fixed {
		return w.detect(ctx, k)
	}
	cached := kinds.Metadata(kinds.CustomResourceDefinition)
	err := w.others.Get(ctx, client.ObjectKey{Name: k.CRD()}, cached)
	if apierrors.IsNotFound(err) {
		delete(w.crds, k.CRD())
		return w.stop(ctx, k, state{})
	}
	if err != nil {
		return fmt.Errorf("reading the CustomResourceDefinition: %w", err)
	}
	before := w.crds[k.CRD()]
	order, err := resourceversion.CompareResourceVersion(cached.ResourceVersion, before.resourceVersion)
	if err == nil && order <= 0 && cached.UID == before.uid {
		return nil // This version, or a later one, was read.
	}
	bound, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	definition := &apiextensionsv1.CustomResourceDefinition{}
	err = w.live.Get(bound, client.ObjectKey{Name: k.CRD()}, definition)
	if apierrors.IsNotFound(err) {
		return w.stop(ctx, k, state{}) // The watch has yet to report it.
	}
	if err != nil {
		return fmt.Errorf("reading the CustomResourceDefinition: %w", err)
	}
	schema, served := servedBy(definition, k)
	if another := before.uid != "" && before.uid != definition.UID; !served || another {
		if err := w.stop(ctx, k, state{}); err != nil {
			return err
		}
	}
	if served {
		if err := w.start(ctx, k, schema, before.generation != definition.Generation); err != nil {
			return err
		}
	}
	w.crds[k.CRD()] = crd{definition.UID, definition.ResourceVersion, definition.Generation}
	return nil
}

// detect looks a kind up by its first object, where CustomResourceDefinitions may not be
// read.
func (w *Watcher) detect(ctx context.Context, k kinds.Kind) error {
	bound, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	err := w.live.List(bound, k.NewList(), client.InNamespace(w.namespaces[0]), client.Limit(1))
	if apierrors.IsNotFound(err) {
		return w.stop(ctx, k, state{})
	}
	if err != nil {
		return fmt.Errorf("listing %s: %w", k.Plural, err)
	}
	return w.start(ctx, k, nil, true)
}

// servedBy reports whether a CustomResourceDefinition serves a kind in our version, and
// is not being deleted; and returns that version's schema.
func servedBy(definition *apiextensionsv1.CustomResourceDefinition, k kinds.Kind) (*apiextensionsv1.JSONSchemaProps, bool) {
	established := apihelpers.IsCRDConditionTrue(definition, apiextensionsv1.Established)
	if !established || definition.DeletionTimestamp != nil || !apihelpers.HasServedCRDVersion(definition, k.Version) {
		return nil, false
	}
	validation, err := apihelpers.GetSchemaForVersion(definition, k.Version)
	if err != nil || validation == nil {
		return nil, true
	}
	return validation.OpenAPIV3Schema, true
}
