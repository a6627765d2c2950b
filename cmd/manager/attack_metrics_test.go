// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"strings"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	authenticationclient "k8s.io/client-go/kubernetes/typed/authentication/v1"
)

type countingReviews struct {
	authenticationclient.TokenReviewInterface
	bytes int
}

func (c *countingReviews) Create(
	_ context.Context, r *authenticationv1.TokenReview, _ metav1.CreateOptions,
) (*authenticationv1.TokenReview, error) {
	c.bytes += len(r.Spec.Token)
	return r, nil
}

// Ten times a second, the API server may be sent what a made-up token holds: it must not be a megabyte.
func TestAttackLongTokens(t *testing.T) {
	reviews := &countingReviews{}
	tokens := newTokens(reviews)
	_, ok, err := tokens.authenticate(t.Context(), strings.Repeat("x", 1<<20-1000), "10.0.0.1")
	if ok || err != nil || reviews.bytes > 32<<10 {
		t.Errorf("%t, %v, and %d bytes are sent to the API server", ok, err, reviews.bytes)
	}
}
