// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/ownership"
	"github.com/interview-tracker/interview-tracker-operator/internal/password"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// readData reads a managed dependency's volume claim and the Secret that opens it, and
// makes a new password where neither exists. It costs a new tracker one request: that
// there is no claim has to be confirmed, as the caches hold no claim without our label,
// and a new password would not open its data. The Secret need not be confirmed before
// that: its creation fails if it exists.
func (o *Observer) readData(ctx context.Context, t *v1alpha1.InterviewTracker, c v1alpha1.Component, s *snapshot.Snapshot) error {
	confirmed, err := o.readCredentials(ctx, t, c, s)
	if err != nil {
		return err
	}
	if err := o.readClaim(ctx, t, c, s); err != nil {
		return err
	}
	if s.CredentialsLost(c) && !confirmed {
		if err := o.confirmCredentials(ctx, t, c, s); err != nil {
			return err
		}
	}
	if s.Claims[c] == nil && s.Credentials[c] == nil {
		s.NewPasswords[c] = password.New()
	}
	return nil
}

// readCredentials reads the Secret that opens a managed dependency's data, and reports
// whether the API server has confirmed the result.
func (o *Observer) readCredentials(
	ctx context.Context, t *v1alpha1.InterviewTracker, c v1alpha1.Component, s *snapshot.Snapshot,
) (confirmed bool, err error) {
	secret := kinds.Metadata(kinds.Secret)
	found, err := o.get(ctx, t, t.CredentialsName(c), secret)
	if err != nil {
		return false, err
	}
	// The caches hold nothing of a Secret without our label but that it exists.
	if found && secret.Labels[v1alpha1.LabelTracker] == "" || !found && applied(t, kinds.Secret.Kind, t.CredentialsName(c)) {
		return true, o.confirmCredentials(ctx, t, c, s)
	}
	if found && ownership.Of(t, kinds.Secret.Kind, secret).Manageable() {
		s.Credentials[c] = secret
	}
	return found, nil
}

// confirmCredentials reads the Secret from the API server.
func (o *Observer) confirmCredentials(ctx context.Context, t *v1alpha1.InterviewTracker, c v1alpha1.Component, s *snapshot.Snapshot) error {
	secret := kinds.Metadata(kinds.Secret)
	found, err := o.getLive(ctx, t, t.CredentialsName(c), secret)
	if found && ownership.Of(t, kinds.Secret.Kind, secret).Manageable() {
		s.Credentials[c] = secret
	}
	return err
}

// recordedClaim is the UID of the volume claim that the status has of a dependency; empty when
// it has none.
func recordedClaim(t *v1alpha1.InterviewTracker, c v1alpha1.Component) string {
	if volume := t.Status.Volume(string(c)); volume != nil {
		return volume.ClaimUID
	}
	return ""
}

// readClaim reads the volume claim of a managed dependency. The caches don't hold one
// that has lost our label, so that the API server has to confirm that there is none: for
// a pod that runs it exists, and where there is no StatefulSet it may be left from an
// earlier tracker.
func (o *Observer) readClaim(ctx context.Context, t *v1alpha1.InterviewTracker, c v1alpha1.Component, s *snapshot.Snapshot) error {
	claim := &corev1.PersistentVolumeClaim{}
	found, err := o.get(ctx, t, catalog.ClaimName(t, c), claim)
	runs := slices.ContainsFunc(s.Pods[c], func(pod corev1.Pod) bool { return pod.Status.Phase == corev1.PodRunning })
	missing := !found && (runs || s.StatefulSets[c] == nil || s.Credentials[c] == nil)
	// Another claim than the recorded one may be an older one, of which the caches have not
	// seen the end: that its data were lost would stay in the status.
	recorded := recordedClaim(t, c)
	another := found && recorded != "" && recorded != string(claim.UID)
	if err == nil && (missing || another) {
		claim = &corev1.PersistentVolumeClaim{}
		found, err = o.getLive(ctx, t, catalog.ClaimName(t, c), claim)
	}
	if found {
		s.Claims[c] = claim
	}
	return err
}
