// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"fmt"
	"net/http"
	"slices"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// servedBy tells whether a CustomResourceDefinition, nil when there is none, serves
// the kind in our version and will go on doing so; and the schema of that.
func servedBy(crd *apiextensionsv1.CustomResourceDefinition, k kinds.Kind) (*apiextensionsv1.JSONSchemaProps, bool) {
	if crd == nil || crd.DeletionTimestamp != nil {
		return nil, false
	}
	established := slices.ContainsFunc(crd.Status.Conditions, func(c apiextensionsv1.CustomResourceDefinitionCondition) bool {
		return c.Type == apiextensionsv1.Established && c.Status == apiextensionsv1.ConditionTrue
	})
	i := slices.IndexFunc(crd.Spec.Versions, func(v apiextensionsv1.CustomResourceDefinitionVersion) bool {
		return v.Name == k.Version && v.Served
	})
	if !established || i < 0 {
		return nil, false
	}
	if s := crd.Spec.Versions[i].Schema; s != nil {
		return s.OpenAPIV3Schema, true
	}
	return nil, true
}

// Mapper returns the manager's REST mapper. It knows the optional kinds by heart, be
// they there or not: their names and scope are part of what their version is, so that
// there is nothing to find out when they come, and nothing to forget when they go. The
// others it looks up.
func Mapper(config *rest.Config, c *http.Client) (meta.RESTMapper, error) {
	dynamic, err := apiutil.NewDynamicRESTMapper(config, c)
	if err != nil {
		return nil, fmt.Errorf("making the REST mapper: %w", err)
	}
	fixed := meta.NewDefaultRESTMapper(nil)
	for _, k := range kinds.Optional() {
		resources := k.GroupVersion().WithResource(k.Plural)
		fixed.AddSpecific(k.GroupVersionKind, resources, resources, meta.RESTScopeNamespace)
	}
	return meta.FirstHitRESTMapper{MultiRESTMapper: meta.MultiRESTMapper{fixed, dynamic}}, nil
}
