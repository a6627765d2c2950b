// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/password"
)

// credentials is the Secret that opens a managed dependency. It is written once
// and is immutable; where it exists, only its metadata are rendered. Under
// Retain it lives as long as the data: it has no owner, and no label by which a
// GitOps tool would prune it.
func (b *builder) credentials(d catalog.Dependency, managed *v1alpha1.ManagedSpec) (*corev1.Secret, error) {
	secret := &corev1.Secret{
		TypeMeta:   typeMeta(corev1.SchemeGroupVersion, "Secret"),
		ObjectMeta: b.meta(d.Name),
	}
	secret.Name = b.tracker.CredentialsName(d.Name)
	if managed.GetRetention() == v1alpha1.RetentionRetain {
		secret.OwnerReferences = nil
		secret.Labels = b.selectorLabels(d.Name)
		secret.Annotations = map[string]string{v1alpha1.AnnotationRetainedFor: b.tracker.Name}
	}
	if live := b.snapshot.Credentials[d.Name]; live != nil {
		if revision := b.credentialsRevision(d, live); revision != "" {
			metav1.SetMetaDataAnnotation(&secret.ObjectMeta, v1alpha1.AnnotationCredentialsRevision, revision)
		}
		b.derive(secret, func(l *Live) { l.KeepData = true })
		return secret, nil
	}

	fresh := b.snapshot.NewPasswords[d.Name]
	if fresh == "" {
		return nil, fmt.Errorf("making the Secret %s: %w", secret.Name, ErrNoPassword)
	}
	metav1.SetMetaDataAnnotation(&secret.ObjectMeta, v1alpha1.AnnotationCredentialsRevision, password.Revision(fresh))
	secret.Type = corev1.SecretTypeOpaque
	secret.Immutable = new(true)
	secret.Data = d.Managed.Credentials(b.tracker.ChildName(d.Name), fresh)
	return secret, nil
}

// credentialsRevision is what the pods bear as the revision of credentials. If the
// annotation was removed from those, the pods still have it.
func (b *builder) credentialsRevision(d catalog.Dependency, credentials metav1.Object) string {
	if revision := credentials.GetAnnotations()[v1alpha1.AnnotationCredentialsRevision]; revision != "" {
		return revision
	}
	if primary := b.snapshot.Deployments[b.catalog.Primary().Name]; primary != nil {
		return primary.Spec.Template.Annotations[d.RevisionAnnotation]
	}
	return ""
}

// markRevisions makes the pods of a component restart, once, when the URL of a
// dependency changes: they read it when they start. While there is no URL they
// keep the annotation that they have: no pod is replaced because a Secret is gone. What
// is derived from the live object in this way is bound to that version of it.
func (b *builder) markRevisions(deployment, live *appsv1.Deployment) {
	for _, d := range b.catalog.Used(&b.tracker.Spec) {
		revision := b.revision(d, live != nil)
		if revision == "" && live != nil {
			revision = live.Spec.Template.Annotations[d.RevisionAnnotation]
			b.derive(deployment, func(l *Live) { l.Observed = live.ResourceVersion })
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
// credentials which the operator made is an annotation of theirs. Pods that can do without an
// external dependency may have started while its Secret was gone: another Secret replaces them even
// if its URL is the same.
func (b *builder) revision(d catalog.Dependency, deployed bool) string {
	if d.ManagedSpec(&b.tracker.Spec) == nil {
		external := b.snapshot.External[d.Name]
		if d.Optional(&b.tracker.Spec) && external.UID != "" {
			return external.Revision + "-" + string(external.UID)
		}
		return external.Revision
	}
	if live := b.snapshot.Credentials[d.Name]; live != nil {
		return b.credentialsRevision(d, live)
	}
	if b.snapshot.CredentialsLost(d.Name) || deployed {
		return "" // The pods that run are replaced when the new credentials exist.
	}
	return password.Revision(b.snapshot.NewPasswords[d.Name])
}
