// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

// An object that the API server refuses stops only what depends on it. Pods depend on the
// Secrets that they read. Of what is to be deleted, the former managed dependencies are still
// in use as long as a component that uses dependencies could not be changed, and so could not
// be taken off them. Nothing else waits: what is no longer wanted of a component serves none of
// what is wanted.

// SecretsOf returns the names of the Secrets that the pods of an object read.
func SecretsOf(object Object) []string {
	template := templateOf(object)
	if template == nil {
		return nil
	}
	var names []string
	for _, containers := range [][]corev1.Container{template.Spec.InitContainers, template.Spec.Containers} {
		for i := range containers {
			for _, e := range containers[i].Env {
				if from := e.ValueFrom; from != nil && from.SecretKeyRef != nil {
					names = append(names, from.SecretKeyRef.Name)
				}
			}
		}
	}
	for _, v := range template.Spec.Volumes {
		if v.Secret != nil {
			names = append(names, v.Secret.SecretName)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// InUse returns the former managed dependencies that pods may still use, when some of the
// tracker's objects could not be applied.
func InUse[O Object](t *v1alpha1.InterviewTracker, c catalog.Catalog, unapplied []O) []v1alpha1.Component {
	if !slices.ContainsFunc(unapplied, func(o O) bool { return usesDependencies(c, o) }) {
		return nil
	}
	var former []v1alpha1.Component
	for _, d := range c.Dependencies {
		if d.ManagedSpec(&t.Spec) == nil {
			former = append(former, d.Name)
		}
	}
	return former
}

// usesDependencies reports whether the pods of an object have the URLs of the dependencies.
func usesDependencies(c catalog.Catalog, object Object) bool {
	of := v1alpha1.Component(object.GetLabels()[v1alpha1.LabelComponent])
	return templateOf(object) != nil && (of == v1alpha1.ComponentMigrate ||
		slices.ContainsFunc(c.Components, func(c catalog.Component) bool { return c.Name == of && c.UsesDependencies }))
}
