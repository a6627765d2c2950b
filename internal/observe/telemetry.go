// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	logf "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// telemetryKey identifies a key that spec.telemetry selects.
type telemetryKey struct {
	kind, name, key string
	// holds is what it should hold.
	holds Holds
}

// The kinds of objects that spec.telemetry selects keys of.
const (
	kindSecret    = "Secret"
	kindConfigMap = "ConfigMap"
)

// For how long what was read of a ConfigMap of others holds: they are not watched.
const (
	flawlessAge = time.Hour
	flawedAge   = time.Minute
)

// telemetryReading is what one version of an object said of such a key. It is cached, never with
// the data.
type telemetryReading struct {
	resourceVersion string // Of a Secret; empty when there is none.
	generation      int64  // Of the tracker, when a ConfigMap was read.
	// due is when a ConfigMap, or what could not be read, is read again.
	due   time.Time
	found snapshot.SelectedKey
}

// readTelemetry looks at the keys that spec.telemetry selects.
func (o *Observer) readTelemetry(ctx context.Context, t *v1alpha1.InterviewTracker, s *snapshot.Snapshot) {
	before, now := o.telemetry.of(t), map[telemetryKey]telemetryReading{}
	defer func() { o.telemetry.keep(t, now) }()
	spec := t.Spec.GetTelemetry()
	if spec == nil {
		return
	}
	look := func(k telemetryKey) snapshot.SelectedKey {
		earlier, read := before[k]
		r := o.lookAt(ctx, t, k, earlier, read)
		now[k] = r
		if due := s.Telemetry.Due; !r.due.IsZero() && (due.IsZero() || r.due.Before(due)) {
			s.Telemetry.Due = r.due
		}
		return r.found
	}
	if spec.Headers != nil {
		ref := spec.Headers.SecretKeyRef
		s.Telemetry.Headers = look(telemetryKey{kindSecret, ref.Name, ref.Key, HoldsHeaders})
	}
	if ca := spec.CACertificate; ca != nil {
		k := telemetryKey{kind: kindSecret, holds: HoldsCertificates}
		switch {
		case ca.SecretKeyRef != nil:
			k.name, k.key = ca.SecretKeyRef.Name, ca.SecretKeyRef.Key
		case ca.ConfigMapKeyRef != nil:
			k.kind, k.name, k.key = kindConfigMap, ca.ConfigMapKeyRef.Name, ca.ConfigMapKeyRef.Key
		}
		s.Telemetry.CACertificate = look(k)
	}
}

// lookAt reads a key. Nothing but TelemetryReady depends on it, so one that can't be read stops
// nothing: what an earlier version said of it stays.
func (o *Observer) lookAt(
	ctx context.Context, t *v1alpha1.InterviewTracker, k telemetryKey, before telemetryReading, read bool,
) telemetryReading {
	r, err := o.readTelemetryKey(ctx, t, k, before, read)
	if err == nil {
		return r
	}
	logf.FromContext(ctx).Info("Could not read what spec.telemetry names", "exception", err.Error())
	if !read {
		why := cmp.Or(string(apierrors.ReasonForError(err)), "the request failed")
		before.found.Unread = fmt.Sprintf("%s %q can't be read: %s", k.kind, k.name, why)
	}
	if k.kind == kindSecret {
		before.resourceVersion = o.secretVersion(ctx, t, k.name)
	}
	before.generation, before.due = t.Generation, o.Clock.Now().Add(flawedAge)
	return before
}

// isDue reports whether the time has come to read again what could not be read; never for none.
func (o *Observer) isDue(at time.Time) bool { return !at.IsZero() && !o.Clock.Now().Before(at) }

func (o *Observer) readTelemetryKey(
	ctx context.Context, t *v1alpha1.InterviewTracker, k telemetryKey, before telemetryReading, read bool,
) (telemetryReading, error) {
	if k.kind == kindConfigMap {
		return o.readConfigMapKey(ctx, t, k, before, read)
	}
	secret, changed, err := o.readChanged(ctx, t, k.name, read && !o.isDue(before.due), before.resourceVersion)
	switch {
	case err != nil:
		return telemetryReading{}, err
	case !changed:
		return before, nil
	case secret == nil:
		return telemetryReading{found: snapshot.SelectedKey{Problem: missing(k.name)}}, nil
	}
	value, there := secret.Data[k.key]
	return telemetryReading{resourceVersion: secret.ResourceVersion, found: k.examine(value, there)}, nil
}

// readConfigMapKey reads a ConfigMap of others when it is due, or the tracker has been changed.
func (o *Observer) readConfigMapKey(
	ctx context.Context, t *v1alpha1.InterviewTracker, k telemetryKey, before telemetryReading, read bool,
) (telemetryReading, error) {
	now := o.Clock.Now()
	if read && before.generation == t.Generation && now.Before(before.due) {
		return before, nil
	}
	config := &corev1.ConfigMap{}
	exists, err := o.getLive(ctx, t, k.name, config)
	if err != nil {
		return telemetryReading{}, err
	}
	value, there := config.BinaryData[k.key]
	if text, written := config.Data[k.key]; written {
		value, there = []byte(text), true
	}
	found := k.examine(value, there)
	if !exists {
		found.Problem = fmt.Sprintf("ConfigMap %q does not exist", k.name)
	}
	age := flawlessAge
	if found != (snapshot.SelectedKey{}) {
		age = flawedAge
	}
	return telemetryReading{generation: t.Generation, due: now.Add(age), found: found}, nil
}

// examine is what is wrong with a value. Nothing of the value is in the answer.
func (k telemetryKey) examine(value []byte, there bool) snapshot.SelectedKey {
	of := fmt.Sprintf("%s %q", k.kind, k.name)
	if !there {
		return snapshot.SelectedKey{Problem: fmt.Sprintf("%s has no key %q", of, k.key)}
	}
	if strings.TrimSpace(string(value)) == "" {
		return snapshot.SelectedKey{Problem: fmt.Sprintf("%s has nothing under key %q", of, k.key)}
	}
	flaw := Flaw(k.holds, value)
	if flaw == "" {
		return snapshot.SelectedKey{}
	}
	return snapshot.SelectedKey{Flaw: fmt.Sprintf("%s, key %q: %s", of, k.key, flaw)}
}
