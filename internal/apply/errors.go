// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/cache"
)

// ConflictError says that an object of a child's name exists and is not the
// tracker's. It is left alone; the conflict clears when the object goes.
type ConflictError struct {
	Kind, Name string
	// Controller says who controls the object, such as «Tracker other».
	// Empty when nobody does.
	Controller string
}

func (e *ConflictError) Error() string {
	controller := e.Controller
	if controller == "" {
		controller = "nobody"
	}
	return fmt.Sprintf("%s %q exists and is not controlled by this tracker: it is controlled by %s", e.Kind, e.Name, controller)
}

// PendingError says that a child has to wait for something that passes by
// itself within moments: a deletion, or a cache that lags. It is no failure.
type PendingError struct {
	Kind, Name string
	// Reason says what it waits for.
	Reason string
	// Stale tells that the pass was based on what is no longer so: it is to be made
	// again, and there is nothing to tell.
	Stale bool
}

func (e *PendingError) Error() string {
	return fmt.Sprintf("%s %q waits: %s", e.Kind, e.Name, e.Reason)
}

// InvalidError says that the API server refuses a child as it is. It waits for
// the tracker's spec to change.
type InvalidError struct {
	Kind, Name string
	Err        error
}

func (e *InvalidError) Error() string {
	return fmt.Sprintf("%s %q is refused: %v", e.Kind, e.Name, e.Err)
}

func (e *InvalidError) Unwrap() error { return e.Err }

// refused turns the API server's answer to a write into the error that the
// caller can act on.
func refused(kind, name string, err error) error {
	switch {
	case apierrors.IsConflict(err), apierrors.IsAlreadyExists(err):
		return &PendingError{kind, name, "it has changed since it was read", true}
	case apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		return &PendingError{kind, name, "its namespace is being deleted, and the tracker with it", false}
	case apierrors.IsForbidden(err) && strings.Contains(err.Error(), kindTerminating):
		return &PendingError{kind, name, kindGoes, false}
	case apierrors.IsInvalid(err), apierrors.IsBadRequest(err):
		return &InvalidError{kind, name, err}
	default:
		return fmt.Errorf("write %s %q: %w", kind, name, err)
	}
}

// kindTerminating is how the API server refuses to create an object while the
// CustomResourceDefinition of its kind is being deleted. No cause stands for it.
const kindTerminating = "while custom resource definition is terminating"

// kindGoes is what a child waits for whose kind the cluster is losing.
const kindGoes = "the CustomResourceDefinition of its kind is being deleted"

// notCached tells that a read failed as there is no cache of the kind any more.
func notCached(err error) bool { return is[*cache.ErrResourceNotCached](err) }

// unreachable tells whether going on with the other children is of no use: the
// time is up, or the API server did not answer at all.
func unreachable(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return true
	}
	var answer apierrors.APIStatus
	return severity(err) == severityRetry && !errors.As(err, &answer)
}

const (
	severityPending = iota
	severityRetry
	severityInvalid
	severityConflict
)

func severity(err error) int {
	switch {
	case is[*ConflictError](err):
		return severityConflict
	case is[*InvalidError](err):
		return severityInvalid
	case is[*PendingError](err):
		return severityPending
	default:
		return severityRetry
	}
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// mostSevere returns the error that a person has to know first: what waits for a
// person before what is retried, and that before what passes by itself; among
// equals the first child's. It is nil when there is none.
func mostSevere(errs []error) error {
	if len(errs) == 0 {
		return nil
	}
	return slices.MaxFunc(errs, func(a, b error) int { return severity(a) - severity(b) })
}
