// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// The component sets the manager's flag and grants the right that it needs;
// config/default does neither.
func TestPollThroughAPIServerComponent(t *testing.T) {
	plain, err := build(filepath.Join("..", "..", "config", "default"))
	must(t, err)
	if got := deployedOptions(t, plain).pollThrough; got != pollThroughPodIP {
		t.Errorf("config/default polls through %s", got)
	}
	if mayProxy(t) {
		t.Error("config/default grants the right to get pods/proxy")
	}

	objects, err := build(overlay(t, "poll-through-api-server"))
	must(t, err)
	if got := deployedOptions(t, objects).pollThrough; got != pollThroughAPIServer {
		t.Errorf("the component polls through %s", got)
	}
	for _, object := range objects {
		if object.GetName() != "interview-tracker-operator-pod-proxy" {
			continue
		}
		must(t, k8s.Create(t.Context(), object))
		defer func() { must(t, k8s.Delete(t.Context(), object)) }()
	}
	eventually(t, "the component doesn't grant the right to get pods/proxy", func() bool { return mayProxy(t) })
}

// overlay writes a kustomization of config/default and a component.
func overlay(t *testing.T, component string) string {
	t.Helper()
	return kustomization(t, "resources: [CONFIG/default]\ncomponents: [CONFIG/"+component+"]\n")
}

// kustomization writes one, in which CONFIG is the folder config.
func kustomization(t *testing.T, content string) string {
	t.Helper()
	folder := t.TempDir()
	config, err := filepath.Abs(filepath.Join("..", "..", "config"))
	must(t, err)
	config, err = filepath.Rel(folder, config) // kustomize accepts no absolute paths.
	must(t, err)
	must(t, os.WriteFile(filepath.Join(folder, "kustomization.yaml"), []byte(strings.ReplaceAll(content, "CONFIG", config)), 0o600))
	return folder
}

// deployedOptions parses the arguments of the manager's Deployment.
func deployedOptions(t *testing.T, objects []*unstructured.Unstructured) options {
	t.Helper()
	for _, object := range objects {
		if object.GetKind() != "Deployment" {
			continue
		}
		var d appsv1.Deployment
		must(t, runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &d))
		o, err := parse(d.Spec.Template.Spec.Containers[0].Args)
		must(t, err)
		return o
	}
	t.Fatal("no Deployment found")
	return options{}
}

// mayProxy reports whether the operator may get pods/proxy.
func mayProxy(t *testing.T) bool {
	t.Helper()
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User:               "system:serviceaccount:" + operator.Namespace + ":" + operator.Name,
		ResourceAttributes: &authorizationv1.ResourceAttributes{Namespace: "people", Verb: "get", Resource: "pods", Subresource: "proxy"},
	}}
	must(t, k8s.Create(t.Context(), review))
	return review.Status.Allowed
}
