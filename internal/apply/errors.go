// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/cache"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/decodable"
)

// ConflictError means that an object of a child's name exists and is not the
// tracker's. It is left alone; the conflict ends when the object is deleted.
type ConflictError struct {
	Kind, Name string
	// Controller is the object's controller, such as "InterviewTracker other"; empty when
	// it has none.
	Controller string
}

func (e *ConflictError) Error() string {
	advice := "delete it if nothing needs it, or recreate it under another name"
	if e.Controller == "" {
		advice = "if it was this tracker's, set the labels that it has lost (docs/recovery.md); otherwise " + advice
	}
	if e.Kind == "Secret" { // It may be the only copy of a password.
		advice = "if it has the password of this tracker's data, set its annotation " + v1alpha1.AnnotationRetainedFor +
			" to the tracker's name; otherwise recreate it under another name"
	}
	if e.Controller == "" {
		return fmt.Sprintf("%s %q exists and does not belong to this tracker: it has no controller; %s", e.Kind, e.Name, advice)
	}
	return fmt.Sprintf("%s %q exists and does not belong to this tracker: its controller is %s; %s", e.Kind, e.Name, e.Controller, advice)
}

// PendingError means that a child has to wait for something that ends by
// itself within moments: a deletion, or a cache that lags. It is not a failure.
type PendingError struct {
	Kind, Name string
	// Reason is what it waits for.
	Reason string
	// Stale means that the decision was based on an older version of the cluster: it is to
	// be made again, and there is nothing to report.
	Stale bool
}

func (e *PendingError) Error() string {
	return fmt.Sprintf("%s %q waits: %s", e.Kind, e.Name, e.Reason)
}

// InvalidError means that the API server refuses a child as it is. It waits for
// the tracker's spec to change.
type InvalidError struct {
	Kind, Name string
	Err        error
}

func (e *InvalidError) Error() string {
	return fmt.Sprintf("the API server rejects %s %q: %v", e.Kind, e.Name, e.Err)
}

func (e *InvalidError) Unwrap() error { return e.Err }

// WriteError means that a write of a child failed for another cause, and is retried.
type WriteError struct {
	Kind, Name string
	Err        error
}

func (e *WriteError) Error() string { return fmt.Sprintf("write %s %q: %v", e.Kind, e.Name, e.Err) }

func (e *WriteError) Unwrap() error { return e.Err }

// refused turns the API server's answer to a write into the error that the
// caller can act on.
func refused(kind, name string, err error) error {
	switch {
	case apierrors.IsConflict(err), apierrors.IsAlreadyExists(err):
		return &PendingError{kind, name, changedSinceRead, true}
	case apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		return &PendingError{kind, name, "its namespace is being deleted, and the tracker with it", false}
	case apierrors.IsForbidden(err) && strings.Contains(err.Error(), kindTerminating):
		return &PendingError{kind, name, kindGoes, false}
	case apierrors.IsInvalid(err), apierrors.IsBadRequest(err):
		return &InvalidError{kind, name, err}
	default:
		return &WriteError{kind, name, err}
	}
}

// changedSinceRead is what a child waits for whose cache lags.
const changedSinceRead = "it has changed since it was read"

// kindTerminating is how the API server refuses to create an object while the
// CustomResourceDefinition of its kind is being deleted. No cause stands for it.
const kindTerminating = "while custom resource definition is terminating"

// kindGoes is what a child waits for while its kind is being removed.
const kindGoes = "the CustomResourceDefinition of its kind is being deleted"

// notCached reports whether a read failed because the kind is no longer cached.
func notCached(err error) bool { return is[*cache.ErrResourceNotCached](err) }

// isStale reports whether an error is a *PendingError that is stale.
func isStale(err error) bool {
	pending, ok := errors.AsType[*PendingError](err)
	return ok && pending.Stale
}

// unreachable reports whether trying the other children is pointless: the time is up, or
// the API server did not answer at all. (An answer that can't be decoded is one.)
func unreachable(ctx context.Context, err error) bool {
	return ctx.Err() != nil || is[*url.Error](err) && !is[*decodable.Error](err)
}

const (
	severityPending = iota
	severityRetry
	severityInvalid
	severityConflict
	severityOutdated
)

func severity(err error) int {
	switch {
	case is[*OutdatedError](err):
		return severityOutdated
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

// severalError is what went wrong with several objects. It is the first, the most severe one,
// to whoever asks for a type.
type severalError struct{ errs []error }

func (e *severalError) Unwrap() error { return e.errs[0] }

// Retryable reports whether an error is, beside what waits for a person, about an object that
// may succeed when it is tried again.
func Retryable(err error) bool {
	several, ok := errors.AsType[*severalError](err)
	return ok && slices.ContainsFunc(several.errs, func(e error) bool { return severity(e) <= severityRetry })
}

// maxOthers is how many other objects a message names.
const maxOthers = 4

// Error names the other objects. Those that only wait are left out: they come and go.
func (e *severalError) Error() string {
	var others []string
	for _, err := range e.errs[1:] {
		if name := objectOf(err); name != "" && name != objectOf(e.errs[0]) && !slices.Contains(others, name) {
			others = append(others, name)
		}
	}
	if more := len(others) - maxOthers; more > 0 {
		others = append(others[:maxOthers], fmt.Sprintf("%d more", more))
	}
	if len(others) == 0 {
		return e.errs[0].Error()
	}
	return fmt.Sprintf("%v; not applied either: %s", e.errs[0], strings.Join(others, ", "))
}

// objectOf names the object that an error is about, such as "Service hiring-api"; empty if
// it is about none, or if that only waits.
func objectOf(err error) string {
	if conflict, ok := errors.AsType[*ConflictError](err); ok {
		return conflict.Kind + " " + conflict.Name
	}
	if invalid, ok := errors.AsType[*InvalidError](err); ok {
		return invalid.Kind + " " + invalid.Name
	}
	if write, ok := errors.AsType[*WriteError](err); ok {
		return write.Kind + " " + write.Name
	}
	return ""
}

// MostSevere returns the error to report: that nothing more may be written before one
// that waits for a person, that before one that is retried, and that before one that ends
// by itself; among equals the first child's. Its message names the objects of the others. It
// is nil when there is none.
func MostSevere(errs []error) error {
	var all []error
	for _, err := range errs {
		if several, ok := errors.AsType[*severalError](err); ok {
			all = append(all, several.errs...)
		} else if err != nil {
			all = append(all, err)
		}
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	slices.SortStableFunc(all, func(a, b error) int { return severity(b) - severity(a) })
	return &severalError{all}
}
