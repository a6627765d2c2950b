// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"bytes"
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// reading is what one version of a Secret said of one key. It is cached, never with the
// Secret's data, so that each version of a Secret is read once.
type reading struct {
	ref             corev1.SecretKeySelector
	resourceVersion string // Empty when there is no Secret.
	found           snapshot.ExternalSecret
}

// readExternal looks at the Secrets of the external dependencies.
func (o *Observer) readExternal(ctx context.Context, t *v1alpha1.InterviewTracker, s *snapshot.Snapshot) error {
	before, now := o.external.of(t), map[v1alpha1.Component]reading{}
	// Also when one can't be read: the other needn't be read again.
	defer func() { o.external.keep(t, now) }()
	s.External = map[v1alpha1.Component]snapshot.ExternalSecret{}
	for _, d := range o.Catalog.Dependencies {
		external := d.Get(&t.Spec).External
		if external == nil {
			continue
		}
		r, err := o.readSecret(ctx, t, d.Name, external.SecretKeyRef, before[d.Name])
		if err != nil {
			return err
		}
		now[d.Name], s.External[d.Name] = r, r.found
	}
	return nil
}

// readSecret looks at the Secret of one dependency.
func (o *Observer) readSecret(
	ctx context.Context, t *v1alpha1.InterviewTracker, c v1alpha1.Component, ref corev1.SecretKeySelector, before reading,
) (reading, error) {
	secret, changed, err := o.readChanged(ctx, t, ref.Name, before.ref == ref, before.resourceVersion)
	switch {
	case err != nil:
		return reading{}, err
	case !changed:
		return before, nil
	case secret == nil:
		return reading{ref: ref, found: snapshot.ExternalSecret{Problem: missing(ref.Name)}}, nil
	}
	found, err := examine(secret, ref.Key, string(t.UID)+"/"+string(c))
	return reading{ref, secret.ResourceVersion, found}, err
}

// readChanged looks at the metadata of a Secret in the caches and, unless it has been read
// and these are of the version that was, at its data by one request. The Secret is nil when
// it has not changed, or does not exist. One that is missing is requested once too: one that
// was created just before its tracker may not have reached the caches.
func (o *Observer) readChanged(
	ctx context.Context, t *v1alpha1.InterviewTracker, name string, read bool, version string,
) (secret *corev1.Secret, changed bool, err error) {
	metadata := kinds.Metadata(kinds.Secret)
	if _, err := o.get(ctx, t, name, metadata); err != nil {
		return nil, false, err
	}
	if read && version == metadata.ResourceVersion {
		return nil, false, nil
	}
	secret = &corev1.Secret{}
	err = o.Live.Get(ctx, client.ObjectKey{Namespace: t.Namespace, Name: name}, secret)
	if apierrors.IsNotFound(err) {
		return nil, true, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("reading Secret %s: %w", name, err)
	}
	return secret, true, nil
}

// secretVersion is the version of a Secret in the caches; empty when they have none.
func (o *Observer) secretVersion(ctx context.Context, t *v1alpha1.InterviewTracker, name string) string {
	metadata := kinds.Metadata(kinds.Secret)
	if found, err := o.get(ctx, t, name, metadata); err != nil || !found {
		return ""
	}
	return metadata.ResourceVersion
}

func missing(secret string) string { return fmt.Sprintf("Secret %q does not exist", secret) }

func keyMissing(secret, key string) string {
	return fmt.Sprintf("Secret %q has no key %q", secret, key)
}

func keyEmpty(secret, key string) string {
	return fmt.Sprintf("Secret %q has nothing under key %q", secret, key)
}

// examine returns what a Secret has under a key.
func examine(secret *corev1.Secret, key, salt string) (snapshot.ExternalSecret, error) {
	url, there := secret.Data[key]
	switch {
	case !there:
		return snapshot.ExternalSecret{Problem: keyMissing(secret.Name, key)}, nil
	case len(bytes.TrimSpace(url)) == 0:
		return snapshot.ExternalSecret{Problem: keyEmpty(secret.Name, key)}, nil
	}
	flaw := urlFlaw(url)
	if flaw != "" {
		flaw = fmt.Sprintf("Secret %q, key %q: the URL %s", secret.Name, key, flaw)
	}
	r, err := revision(url, salt)
	if err != nil {
		return snapshot.ExternalSecret{}, fmt.Errorf("reading Secret %s: %w", secret.Name, err)
	}
	a, err := revision(address(url), salt+"/address")
	if err != nil {
		return snapshot.ExternalSecret{}, fmt.Errorf("reading Secret %s: %w", secret.Name, err)
	}
	return snapshot.ExternalSecret{UID: secret.UID, Revision: r, Address: a, Flaw: flaw}, nil
}

// address is a URL without user, password, parameters and surrounding blanks. The URL need
// not be valid: one of several hosts is none to a parser.
func address(url []byte) []byte {
	scheme, rest, found := bytes.Cut(bytes.TrimSpace(url), []byte("://"))
	if !found {
		return scheme
	}
	rest, _, _ = bytes.Cut(rest, []byte("?"))
	rest = rest[bytes.LastIndexByte(rest, '@')+1:]
	return slices.Concat(scheme, []byte("://"), rest)
}

// The work that goes into a revision, a few hundredths of a second, and its length
// in bytes.
const (
	revisionIterations = 100_000
	revisionLength     = 16
)

// revision identifies a URL in an annotation of pods, which more people may read
// than may read the Secret. Most of a URL is known or easily guessed, and its
// password may be a poor one: a plain hash would let every reader try millions of
// passwords a second. So each try costs what storing a password with PBKDF2 costs,
// and by the salt each dependency of each tracker has to be tried by itself.
func revision(url []byte, salt string) (string, error) {
	key, err := pbkdf2.Key(sha256.New, string(url), []byte(salt), revisionIterations, revisionLength)
	return hex.EncodeToString(key), err
}
