// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

func TestPostgresMajorIsGuarded(t *testing.T) {
	const database = v1alpha1.ComponentDatabase
	tests := map[string]struct {
		image      string
		patched    bool   // the image comes from a patch
		data       bool   // a volume claim exists
		annotation string // of live credentials
		live       string // the image of a live StatefulSet
		wantImage  string // "" for no StatefulSet
		wantMajor  string // the annotation
		refused    bool
	}{
		"new":                        {image: "postgres:16", wantImage: "postgres:16", wantMajor: "16"},
		"new, unknown":               {image: "postgres@sha256:01", wantImage: "postgres@sha256:01"},
		"no data yet":                {image: "postgres:16", annotation: "15", live: "postgres:15", wantImage: "postgres:16", wantMajor: "16"},
		"minor version":              {image: "postgres:15.9", data: true, annotation: "15", live: "postgres:15.4", wantImage: "postgres:15.9", wantMajor: "15"},
		"major version":              {image: "postgres:16", data: true, annotation: "15", live: "postgres:15.4", wantImage: "postgres:15.4", wantMajor: "15", refused: true},
		"by a patch":                 {image: "postgres:16", patched: true, data: true, annotation: "15", live: "postgres:15.4", wantImage: "postgres:15.4", wantMajor: "15", refused: true},
		"back":                       {image: "postgres:14", data: true, annotation: "15", live: "postgres:15", wantImage: "postgres:15", wantMajor: "15", refused: true},
		"retained data":              {image: "postgres:16", data: true, annotation: "15", wantMajor: "15", refused: true},
		"known by the live image":    {image: "postgres:16", data: true, live: "postgres:15", wantImage: "postgres:15", wantMajor: "15", refused: true},
		"the annotation comes first": {image: "postgres:15", data: true, annotation: "15", live: "postgres:16", wantImage: "postgres:15", wantMajor: "15"},
		"unknown wanted":             {image: "postgres@sha256:01", data: true, annotation: "15", live: "postgres:15", wantImage: "postgres@sha256:01", wantMajor: "15"},
		"unknown data":               {image: "postgres:16", data: true, live: "postgres@sha256:01", wantImage: "postgres:16"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			tracker := newTracker(func(t *v1alpha1.InterviewTracker) {
				if test.patched {
					t.Spec.Patches = []v1alpha1.Patch{{
						Target: &v1alpha1.PatchTarget{Name: "hiring-database", Kind: "StatefulSet"},
						Patch:  `[{op: replace, path: /spec/template/spec/containers/0/image, value: "` + test.image + `"}]`,
					}}
					return
				}
				t.Spec.Database = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{Image: test.image}}
			})
			output := build(t, tracker, postgresSnapshot(test.data, test.annotation, test.live))

			var image, major string
			for _, object := range output.Objects {
				switch o := object.(type) {
				case *appsv1.StatefulSet:
					if o.Labels[v1alpha1.LabelComponent] == string(database) {
						image = o.Spec.Template.Spec.Containers[0].Image
					}
				case *corev1.Secret:
					if o.Labels[v1alpha1.LabelComponent] == string(database) {
						major = o.Annotations[v1alpha1.AnnotationPostgresMajor]
					}
				}
			}
			if image != test.wantImage || major != test.wantMajor {
				t.Errorf("got image %q, major %q, want %q, %q", image, major, test.wantImage, test.wantMajor)
			}
			if refused := len(output.UnsupportedChanges) > 0; refused != test.refused {
				t.Errorf("unsupported changes: %q", output.UnsupportedChanges)
			}
			for _, change := range output.UnsupportedChanges {
				if !strings.Contains(change, test.image) || !strings.Contains(change, "dump") {
					t.Errorf("the message does not say what to do: %s", change)
				}
			}
		})
	}
}

func postgresSnapshot(data bool, annotation, live string) *snapshot.Snapshot {
	seen := nothing()
	if data {
		claim := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{v1alpha1.LabelTracker: "hiring"}}}
		seen.Claims = map[v1alpha1.Component]*corev1.PersistentVolumeClaim{v1alpha1.ComponentDatabase: claim}
	}
	if data || annotation != "" {
		credentials := &metav1.PartialObjectMetadata{}
		if annotation != "" {
			credentials.Annotations = map[string]string{v1alpha1.AnnotationPostgresMajor: annotation}
		}
		seen.Credentials = map[v1alpha1.Component]*metav1.PartialObjectMetadata{v1alpha1.ComponentDatabase: credentials}
	}
	if live != "" {
		set := &appsv1.StatefulSet{}
		set.Spec.Template.Spec.Containers = []corev1.Container{{Name: "postgres", Image: live}}
		seen.StatefulSets = map[v1alpha1.Component]*appsv1.StatefulSet{v1alpha1.ComponentDatabase: set}
	}
	return seen
}
