// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/internal/decodable"
)

// A namespace that goes takes the tracker along: nothing failed.
func TestTerminatingNamespaceIsPending(t *testing.T) {
	forbidden := apierrors.NewForbidden(corev1.Resource("services"), "hiring-api", errors.New("being terminated"))
	forbidden.ErrStatus.Details.Causes = []metav1.StatusCause{{Type: corev1.NamespaceTerminatingCause}}
	var pending *PendingError
	if err := refused("Service", "hiring-api", forbidden); !errors.As(err, &pending) || pending.Stale {
		t.Errorf("got %#v, want a PendingError that is not stale", err)
	}
}

// Other children are tried after every answer, whatever it is, and not after none.
func TestUnreachable(t *testing.T) {
	undecodable := fmt.Errorf("ServiceMonitor a/b can't be decoded: %w", &decodable.Error{Field: "spec", Err: errors.ErrUnsupported})
	for name, test := range map[string]struct {
		err  error
		want bool
	}{
		"no connection":             {&url.Error{Op: "Patch", Err: errors.New("connection refused")}, true},
		"an answer that is refused": {&url.Error{Op: "Get", Err: undecodable}, false},
		"an error of the server":    {&WriteError{"Service", "a", apierrors.NewInternalError(errors.New("webhook"))}, false},
		"an object of its own":      {errors.New("convert hiring-api: no"), false},
	} {
		if got := unreachable(t.Context(), fmt.Errorf("read: %w", test.err)); got != test.want {
			t.Errorf("%s: unreachable: %t", name, got)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if !unreachable(ended, errors.New("any")) {
		t.Error("the time is up, and others are tried")
	}
}

// The message is the most severe error's, and names the objects of others that don't only wait.
func TestMostSevereNamesTheOthers(t *testing.T) {
	quota := errors.New("exceeded quota: none")
	service := &WriteError{"Service", "hiring-api", quota}
	waits := &PendingError{"Secret", "hiring-redis-credentials", "it is being deleted", false}
	claim := &InvalidError{"PersistentVolumeClaim", "data-hiring-database-0", errors.New("it can't grow")}
	conflict := &ConflictError{Kind: "ServiceAccount", Name: "hiring-frontend"}
	many := []error{claim}
	for i := range 9 {
		many = append(many, &WriteError{"Job", strconv.Itoa(i), quota})
	}
	const grown = `the API server rejects PersistentVolumeClaim "data-hiring-database-0": it can't grow`
	for name, test := range map[string]struct {
		errs []error
		want string
	}{
		"one":             {[]error{nil, claim, nil}, grown},
		"two":             {[]error{service, claim}, grown + "; not applied either: Service hiring-api"},
		"one that waits":  {[]error{waits, claim}, grown},
		"of steps":        {[]error{MostSevere([]error{service, claim}), service, MostSevere([]error{waits, claim})}, grown + "; not applied either: Service hiring-api"},
		"many":            {many, grown + "; not applied either: Job 0, Job 1, Job 2, Job 3, 5 more"},
		"with a conflict": {[]error{service, claim, conflict}, conflict.Error() + "; not applied either: PersistentVolumeClaim data-hiring-database-0, Service hiring-api"},
	} {
		if got := MostSevere(test.errs).Error(); got != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, test.want)
		}
	}
	if err := MostSevere([]error{nil}); err != nil {
		t.Error(err)
	}
	if err := MostSevere([]error{service, waits, claim}); !is[*InvalidError](err) || is[*PendingError](err) {
		t.Errorf("%#v is not as severe as its most severe part", err)
	}
}
