// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"errors"
	"strings"
	"testing"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired"
	"github.com/interview-tracker/interview-tracker-operator/internal/status"
)

// What fails for a moment is tried again soon, although another object waits for a person.
func TestFailureBesideARefusalIsRetried(t *testing.T) {
	refusal := &apply.InvalidError{Kind: "Service", Name: "hiring-api", Err: errors.New("refused")}
	conflict := &apply.ConflictError{Kind: "Service", Name: "hiring-frontend"}
	for name, test := range map[string]struct {
		other   error
		retried bool
	}{
		"a failed write":                      {&apply.WriteError{Kind: "Deployment", Name: "hiring-api", Err: errors.New("timed out")}, true},
		"an object that is being deleted":     {&apply.PendingError{Kind: "Deployment", Name: "hiring-api"}, true},
		"another one that waits for a person": {conflict, false},
		"nothing":                             {nil, false},
	} {
		s := &scope{tracker: &v1alpha1.InterviewTracker{}}
		r := resultOf(s, apply.MostSevere([]error{refusal, test.other}))
		if _, err := r.requeue(r.retryAfter); r.stalled == nil || (err != nil) != test.retried {
			t.Errorf("%s: stalled: %v, error for the queue: %v", name, r.stalled, err)
		}
	}
}

// Unsupported changes are reported together with an object that is refused.
func TestUnsupportedChangesBesideARefusal(t *testing.T) {
	s := &scope{tracker: &v1alpha1.InterviewTracker{}, wanted: &desired.Output{UnsupportedChanges: []string{"storage is not reduced"}}}
	for name, test := range map[string]struct {
		err  error
		want status.Cause
	}{
		"alone":     {nil, status.Cause{Reason: v1alpha1.ReasonUnsupportedChange, Message: "storage is not reduced"}},
		"a refusal": {&apply.InvalidError{Kind: "Service", Name: "a", Err: errors.New("no")}, status.Cause{Reason: v1alpha1.ReasonInvalidSpec}},
	} {
		got := resultOf(s, test.err).stalled
		if got == nil || got.Reason != test.want.Reason || !strings.HasSuffix(got.Message, "storage is not reduced") {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
