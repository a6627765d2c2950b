// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// The keys of a credentials Secret.
const (
	keyUsername  = "username"
	keyPassword  = "password"
	keyURL       = "url"
	keyRedisConf = "redis.conf"
)

// credentials is the Secret that opens a managed dependency. It is written once
// and is immutable; where it exists, only its metadata are rendered. Under
// Retain it lives as long as the data: nothing owns it, and no label tempts a
// GitOps tool to prune it.
func (b *builder) credentials(d dependency, managed *v1alpha1.ManagedSpec) (*corev1.Secret, error) {
	secret := &corev1.Secret{
		TypeMeta:   typeMeta(corev1.SchemeGroupVersion, "Secret"),
		ObjectMeta: b.meta(d.component),
	}
	secret.Name = b.tracker.CredentialsName(d.component)
	if managed.GetRetention() == v1alpha1.RetentionRetain {
		secret.OwnerReferences = nil
		secret.Labels = b.selectorLabels(d.component)
		secret.Annotations = map[string]string{v1alpha1.AnnotationRetainedFor: b.tracker.Name}
	}
	if live := b.snapshot.Credentials[d.component]; live != nil {
		if revision := live.Annotations[v1alpha1.AnnotationCredentialsRevision]; revision != "" {
			metav1.SetMetaDataAnnotation(&secret.ObjectMeta, v1alpha1.AnnotationCredentialsRevision, revision)
		}
		return secret, nil
	}

	password := b.snapshot.NewPasswords[d.component]
	if password == "" {
		return nil, fmt.Errorf("making the Secret %s: %w", secret.Name, ErrNoPassword)
	}
	metav1.SetMetaDataAnnotation(&secret.ObjectMeta, v1alpha1.AnnotationCredentialsRevision, passwordRevision(password))
	secret.Type = corev1.SecretTypeOpaque
	secret.Immutable = new(true)
	secret.Data = d.secrets(b.tracker.ChildName(d.component), password)
	return secret, nil
}
