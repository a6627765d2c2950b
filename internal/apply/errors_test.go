// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"errors"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
