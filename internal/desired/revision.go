// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	appsv1 "k8s.io/api/apps/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// revisionAnnotations are where the API's pods bear the revision of an external
// dependency's URL.
var revisionAnnotations = map[v1alpha1.Component]string{
	v1alpha1.ComponentDatabase: v1alpha1.AnnotationDatabaseRevision,
	v1alpha1.ComponentRedis:    v1alpha1.AnnotationRedisRevision,
}

// markRevisions makes the API's pods restart, once, when the URL of an external
// dependency changes: they read it when they start. While there is no URL they
// keep the mark that they bear: no pod goes because a Secret went. What is so
// derived from the live object is bound to that version of it.
func (b *builder) markRevisions(deployment *appsv1.Deployment) {
	live := b.snapshot.Deployments[v1alpha1.ComponentAPI]
	for c, annotation := range revisionAnnotations {
		if b.tracker.Spec.GetDependency(c).External == nil {
			continue
		}
		revision := b.snapshot.External[c].Revision
		if revision == "" && live != nil {
			revision = live.Spec.Template.Annotations[annotation]
			deployment.ResourceVersion = live.ResourceVersion
		}
		if revision == "" {
			continue
		}
		if deployment.Spec.Template.Annotations == nil {
			deployment.Spec.Template.Annotations = map[string]string{}
		}
		deployment.Spec.Template.Annotations[annotation] = revision
	}
}
