// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package v1alpha1 is the API of the Interview Tracker operator.
//
// No default is ever written into a spec, neither by the CRD nor by the
// operator: the getters of this package return the defaults of omitted fields.
//
// +kubebuilder:object:generate=true
// +groupName=apps.interviewtracker.dev
package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the group and version of this package's kinds.
var GroupVersion = schema.GroupVersion{Group: "apps.interviewtracker.dev", Version: "v1alpha1"}

// Kind is the kind of the resource that a user writes.
const Kind = "InterviewTracker"

// AddToScheme registers this package's kinds.
func AddToScheme(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion, &InterviewTracker{}, &InterviewTrackerList{})
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}
