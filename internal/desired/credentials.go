// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"fmt"

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
		if revision := live.Annotations[v1alpha1.AnnotationCredentialsRevision]; revision != "" {
			metav1.SetMetaDataAnnotation(&secret.ObjectMeta, v1alpha1.AnnotationCredentialsRevision, revision)
		}
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
