// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"slices"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestChangedConditions(t *testing.T) {
	before := []metav1.Condition{
		{Type: "Ready", Status: "True"}, {Type: "APIAvailable", Status: "True"}, {Type: "Stalled", Status: "True"},
	}
	after := []metav1.Condition{
		{Type: "Ready", Status: "True", Message: "other"}, {Type: "APIAvailable", Status: "True"}, {Type: "Reconciling", Status: "True"},
	}
	want := []string{"Ready", "Reconciling", "Stalled"}
	if got := changedConditions(before, after); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := changedConditions(after, after); len(got) != 0 {
		t.Errorf("%q of equal conditions", got)
	}
}
