// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
)

// retain turns credentials into those that outlive their tracker.
func (w *world) retain(secret *corev1.Secret) *corev1.Secret {
	secret.OwnerReferences = nil
	secret.Annotations = map[string]string{v1alpha1.AnnotationRetainedFor: w.owner.Name}
	return secret
}

// checkPassword checks that the live Secret still holds the first password.
func (w *world) checkPassword() *corev1.Secret {
	w.Helper()
	secret := get(w, w.secret().Name, &corev1.Secret{})
	if string(secret.Data["password"]) != password || secret.Type != corev1.SecretTypeOpaque || !*secret.Immutable {
		w.Errorf("the Secret has type %s, immutable %v and keys %v", secret.Type, secret.Immutable, secret.Data)
	}
	return secret
}

func TestExistingSecretKeepsItsData(t *testing.T) {
	w := newWorld(t)
	w.apply(w.newSecret())
	w.writes(0, func() { w.apply(w.secret()) })

	// New data for it, from a cache that did not show it, are not written.
	other := w.newSecret()
	other.Data["password"] = []byte("another")
	other.Labels["more"] = "yes"
	w.writes(1, func() { w.apply(other) })
	w.checkPassword()
	w.restart()

	w.writes(1, func() { w.apply(w.secret()) })
	if secret := w.checkPassword(); secret.Labels["more"] != "" {
		t.Error("the label is still there")
	}
}

func TestSecretChangesBetweenDeleteAndRetain(t *testing.T) {
	w := newWorld(t)
	w.apply(w.newSecret())
	for range 2 {
		w.writes(1, func() { w.apply(w.retain(w.secret())) })
		if secret := w.checkPassword(); len(secret.OwnerReferences) != 0 {
			t.Errorf("owners %v are still there", secret.OwnerReferences)
		}
		w.writes(1, func() { w.apply(w.secret()) })
		if secret := w.checkPassword(); !metav1.IsControlledBy(secret, w.owner) || secret.Annotations[v1alpha1.AnnotationRetainedFor] != "" {
			t.Errorf("owners %v, annotations %v", secret.OwnerReferences, secret.Annotations)
		}
	}
}

func TestRetainedCredentialsAreAdopted(t *testing.T) {
	w := newWorld(t)
	w.apply(w.retain(w.newSecret()))
	w.ok(w.Delete(t.Context(), w.owner)) // A later tracker of the same name.
	w.owner = &v1alpha1.InterviewTracker{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: w.owner.Name}, Spec: v1alpha1.InterviewTrackerSpec{Version: "1"},
	}
	w.ok(w.Create(t.Context(), w.owner))
	w.restart()
	w.writes(0, func() { w.apply(w.retain(w.secret())) })
	w.writes(1, func() { w.apply(w.secret()) })
	if !metav1.IsControlledBy(w.checkPassword(), w.owner) {
		t.Error("the Secret is not the new tracker's")
	}
}

func TestOnlyRetainedCredentialsOfTheSameNameAreAdopted(t *testing.T) {
	for name, change := range map[string]func(*world, *corev1.Secret) client.Object{
		"no annotation": func(_ *world, s *corev1.Secret) client.Object { s.Annotations = nil; return s },
		"another tracker's": func(_ *world, s *corev1.Secret) client.Object {
			s.Annotations[v1alpha1.AnnotationRetainedFor] = "other"
			return s
		},
		"another controller": func(_ *world, s *corev1.Secret) client.Object {
			return controlledBy(s, "v1", "Pod", "p", "1")
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			theirs := change(w, w.retain(w.newSecret()))
			w.ok(w.Create(t.Context(), theirs))
			unchanged := w.unchanged(theirs)
			fails[*apply.ConflictError](w, w.retain(w.secret()))
			unchanged()
		})
	}
	t.Run("another kind", func(t *testing.T) {
		w := newWorld(t)
		theirs := w.service()
		theirs.OwnerReferences = nil
		theirs.Annotations = map[string]string{v1alpha1.AnnotationRetainedFor: w.owner.Name}
		w.ok(w.Create(t.Context(), theirs))
		fails[*apply.ConflictError](w, w.service())
	})
}

// The only copy of a password may have lost its label, also at the hands of an earlier
// tracker's administrator: it is used, and labelled again.
func TestRetainedCredentialsThatLostTheirLabelAreRepaired(t *testing.T) {
	w := newWorld(t)
	w.apply(w.retain(w.newSecret()))
	for _, restart := range []func(){func() {}, w.restart, func() { w.owner.UID = "uid-of-the-next"; w.restart() }} {
		edit(w, w.secret(), "kubectl-label", func(s *corev1.Secret) { delete(s.Labels, v1alpha1.LabelTracker) })
		restart()
		w.writes(1, func() {
			got := w.apply(w.retain(w.secret()))
			if len(got.Events) != 1 || !strings.Contains(got.Events[0].Message, `metadata.labels["`+v1alpha1.LabelTracker+`"] was removed`) {
				t.Errorf("events %v", got.Events)
			}
		})
		if secret := w.checkPassword(); secret.Labels[v1alpha1.LabelTracker] != w.owner.Name {
			t.Errorf("labels %v", secret.Labels)
		}
	}
}

func TestSecretWithoutDataIsNotCreated(t *testing.T) {
	w := newWorld(t)
	w.writes(0, func() { fails[*apply.PendingError](w, w.secret()) })
}

func TestNoSecretBytesInErrorsAndHashes(t *testing.T) {
	w := newWorld(t)
	bad := w.newSecret()
	bad.Data["no key!"] = []byte(password)
	if err := failure[*apply.InvalidError](w, bad); strings.Contains(err.Error(), password) {
		t.Error(err)
	}
	one, two := w.newSecret(), w.newSecret()
	two.Data["password"] = []byte("another")
	a, b := must(w.engine.NewIntent(one))(t), must(w.engine.NewIntent(two))(t)
	if a.Hash() != b.Hash() {
		t.Error("the hash depends on the data")
	}
}
