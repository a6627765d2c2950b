// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"net/http"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// A CRD that says that it is established, and is not to stay, serves nothing.
func TestServed(t *testing.T) {
	kind := kinds.Optional()[0]
	established := []apiextensionsv1.CustomResourceDefinitionCondition{{Type: apiextensionsv1.Established, Status: apiextensionsv1.ConditionTrue}}
	versions := []apiextensionsv1.CustomResourceDefinitionVersion{{Name: "v1", Served: true}, {Name: "v2"}}
	for name, c := range map[string]struct {
		change func(*apiextensionsv1.CustomResourceDefinition)
		want   bool
	}{
		"served":          {func(*apiextensionsv1.CustomResourceDefinition) {}, true},
		"another version": {func(crd *apiextensionsv1.CustomResourceDefinition) { crd.Spec.Versions = crd.Spec.Versions[1:] }, false},
		"not served":      {func(crd *apiextensionsv1.CustomResourceDefinition) { crd.Spec.Versions[0].Served = false }, false},
		"not established": {func(crd *apiextensionsv1.CustomResourceDefinition) {
			crd.Status.Conditions[0].Status = apiextensionsv1.ConditionFalse
		}, false},
		"new":     {func(crd *apiextensionsv1.CustomResourceDefinition) { crd.Status.Conditions = nil }, false},
		"deleted": {func(crd *apiextensionsv1.CustomResourceDefinition) { crd.DeletionTimestamp = &metav1.Time{} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			crd := (&apiextensionsv1.CustomResourceDefinition{
				Spec:   apiextensionsv1.CustomResourceDefinitionSpec{Versions: versions},
				Status: apiextensionsv1.CustomResourceDefinitionStatus{Conditions: established},
			}).DeepCopy()
			c.change(crd)
			if _, got := servedBy(crd, kind); got != c.want {
				t.Errorf("served: %t", got)
			}
		})
	}
	if _, served := servedBy(nil, kind); served {
		t.Error("a CRD that is not there serves the kind")
	}
}

// The mapper knows the optional kinds without asking, and asks for the others.
func TestMapperAsksForNothingOptional(t *testing.T) {
	seen := &requests{}
	config := rest.CopyConfig(cluster)
	config.Wrap(seen.wrap)
	c, err := rest.HTTPClientFor(config)
	must(t, err)
	mapper, err := Mapper(config, c)
	must(t, err)
	for _, k := range kinds.Optional() {
		mapping, err := mapper.RESTMapping(k.GroupKind(), k.Version)
		must(t, err)
		if mapping.Resource.Resource != k.Plural || mapping.Scope.Name() != "namespace" {
			t.Errorf("%s is mapped to %v", k.Kind, mapping)
		}
	}
	if got := seen.take(); len(got) > 0 {
		t.Errorf("it asked for %v", got)
	}
	if _, err := mapper.RESTMapping(appsv1.SchemeGroupVersion.WithKind("Deployment").GroupKind(), "v1"); err != nil {
		t.Error(err)
	}
	if got := seen.take(); !slices.ContainsFunc(got, func(r request) bool { return r.verb == http.MethodGet }) {
		t.Error("it did not ask")
	}
}
