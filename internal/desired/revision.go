// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"crypto/sha256"
	"encoding/hex"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// revisionAnnotations are where the API's pods bear the revision of a dependency's
// URL.
var revisionAnnotations = map[v1alpha1.Component]string{
	v1alpha1.ComponentDatabase: v1alpha1.AnnotationDatabaseRevision,
	v1alpha1.ComponentRedis:    v1alpha1.AnnotationRedisRevision,
}

// markRevisions makes the API's pods restart, once, when the URL of a dependency
// changes: they read it when they start. While there is no URL they
// keep the mark that they bear: no pod goes because a Secret went. What is so
// derived from the live object is bound to that version of it.
func (b *builder) markRevisions(deployment *appsv1.Deployment) {
	live := b.snapshot.Deployments[v1alpha1.ComponentAPI]
	for c, annotation := range revisionAnnotations {
		revision := b.revision(c)
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

// revision stands for the URL of a dependency; empty when there is none. That of
// credentials which the operator made stands beside them.
func (b *builder) revision(c v1alpha1.Component) string {
	if b.tracker.Spec.GetManaged(c) == nil {
		return b.snapshot.External[c].Revision
	}
	if live := b.snapshot.Credentials[c]; live != nil {
		return live.Annotations[v1alpha1.AnnotationCredentialsRevision]
	}
	if b.snapshot.CredentialsLost(c) || b.snapshot.Deployments[v1alpha1.ComponentAPI] != nil {
		return "" // Pods that run roll when the new credentials are there.
	}
	return passwordRevision(b.snapshot.NewPasswords[c])
}

// passwordRevision stands for a password that the operator made: nobody guesses
// one of its hundred and more random bits.
func passwordRevision(password string) string {
	sum := sha256.Sum256([]byte(password))
	return hex.EncodeToString(sum[:8])
}
