// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	appsv1 "k8s.io/api/apps/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/password"
)

// markRevisions makes the pods of a component restart, once, when the URL of a
// dependency changes: they read it when they start. While there is no URL they
// keep the annotation that they have: no pod is replaced because a Secret is gone. What
// is derived from the live object in this way is bound to that version of it.
func (b *builder) markRevisions(deployment, live *appsv1.Deployment) {
	for _, d := range b.catalog.Used(&b.tracker.Spec) {
		revision := b.revision(d, live != nil)
		if revision == "" && live != nil {
			revision = live.Spec.Template.Annotations[d.RevisionAnnotation]
			deployment.ResourceVersion = live.ResourceVersion
		}
		if revision == "" {
			continue
		}
		if deployment.Spec.Template.Annotations == nil {
			deployment.Spec.Template.Annotations = map[string]string{}
		}
		deployment.Spec.Template.Annotations[d.RevisionAnnotation] = revision
	}
}

// revision identifies the URL of a dependency; empty when there is none. That of
// credentials which the operator made is an annotation of theirs.
func (b *builder) revision(d catalog.Dependency, deployed bool) string {
	if d.ManagedSpec(&b.tracker.Spec) == nil {
		return b.snapshot.External[d.Name].Revision
	}
	if live := b.snapshot.Credentials[d.Name]; live != nil {
		return live.Annotations[v1alpha1.AnnotationCredentialsRevision]
	}
	if b.snapshot.CredentialsLost(d.Name) || deployed {
		return "" // The pods that run are replaced when the new credentials exist.
	}
	return password.Revision(b.snapshot.NewPasswords[d.Name])
}
