// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// Every object that a managed dependency has is kept while it is used after the spec no
// longer has it, and the data that it leaves behind are named.
func TestFormerDependencyIsKeptWhole(t *testing.T) {
	managed := build(t, newTracker(), nothing())
	var want []Key
	for _, o := range managed.Objects {
		if o.GetLabels()[v1alpha1.LabelComponent] == string(v1alpha1.ComponentDatabase) {
			want = append(want, KeyOf(o))
		}
	}
	external := newTracker(func(t *v1alpha1.InterviewTracker) {
		t.Spec.Database = &v1alpha1.DependencySpec{External: &v1alpha1.ExternalSpec{}}
	})
	s := nothing()
	s.Former = map[v1alpha1.Component]snapshot.Former{v1alpha1.ComponentDatabase: {
		StatefulSet: &appsv1.StatefulSet{},
		Claim:       &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "data-hiring-database-0"}},
	}}
	s.Deployments = map[v1alpha1.Component]*appsv1.Deployment{v1alpha1.ComponentAPI: {Spec: appsv1.DeploymentSpec{Replicas: new(int32(1))}}}
	output, err := Build(t.Context(), external, s, catalog.Default())
	if err != nil {
		t.Fatal(err)
	}
	var got []Key
	for _, o := range output.Former {
		got = append(got, KeyOf(o))
	}
	if !slices.Equal(got, want) || len(output.DataKept) > 0 {
		t.Errorf("kept are %v, want %v; %q", got, want, output.DataKept)
	}

	s.Deployments[v1alpha1.ComponentAPI].Spec.Replicas = new(int32(0))
	if output, err = Build(t.Context(), external, s, catalog.Default()); err != nil {
		t.Fatal(err)
	}
	if len(output.Former) > 0 || len(output.DataKept) != 1 || !strings.HasPrefix(output.DataKept[0],
		"PersistentVolumeClaim data-hiring-database-0 keeps the data of the former managed database") {
		t.Errorf("kept are %v; %q", output.Former, output.DataKept)
	}
}
