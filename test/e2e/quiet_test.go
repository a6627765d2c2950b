//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// quiet is for how long the requests about a healthy tracker are counted.
const quiet = 10 * time.Minute

// A healthy tracker causes no requests to the API server although its pods are polled all
// the time.
func TestQuietTracker(t *testing.T) {
	localOnly(t)
	ns := namespace(t)
	began, err := auditEnd()
	must(t, err)
	start := time.Now()
	tracker := create(t, ns, "hiring", func(s *v1alpha1.InterviewTrackerSpec) {
		// That the machine is busy must be no news of the tracker.
		s.Health = patientPolls()
		s.API, s.Frontend = &v1alpha1.ComponentSpec{Probes: patientProbes()}, &v1alpha1.ComponentSpec{Probes: patientProbes()}
	})
	ready(t, tracker)
	settle(t, ns, began)
	costs(t, tracker, began, time.Since(start))
	// Only now: beside others, its pods might wait for room on the node, which is more to report.
	t.Parallel()
	ready(t, tracker) // Again: the tests that ran first may have drained the node.
	settled := settle(t, ns, began)

	err = wait.PollUntilContextTimeout(t.Context(), time.Second, quiet, false, func(context.Context) (bool, error) {
		refresh(t, tracker)
		return !is(tracker, "Ready", "True Ready"), nil
	})
	if !wait.Interrupted(err) {
		t.Fatalf("the tracker does not stay Ready: %v\n%s", err, describe(tracker))
	}
	for _, r := range requestsIn(t, ns, settled) {
		t.Errorf("an unnecessary request: %s %s %s: %d %s", r.Verb, r.resource(), r.ObjectRef.Name, r.ResponseStatus.Code, r.RequestObject)
	}
}

// routine are the reasons of a tracker that starts without a problem.
var routine = []string{v1alpha1.ReasonProgressing, v1alpha1.ReasonStarting, v1alpha1.ReasonRunning}

// mostStatuses is how many status writes may follow each other at once, whatever they report.
const mostStatuses = 10

// costs checks the number of requests of a new tracker until it has settled: one write for
// each of its objects, two for its status, one more for each half minute of progress, and
// two for each status that reports a problem. Events are not counted.
func costs(t *testing.T, tracker *v1alpha1.InterviewTracker, began int64, took time.Duration) {
	t.Helper()
	var writes []string
	statuses, problems := 0, 0
	for _, r := range requestsIn(t, tracker.Namespace, began) {
		if r.Verb == "get" || r.Verb == "list" || r.resource() == "/events" {
			continue
		}
		writes = append(writes, fmt.Sprintf("%s %s %s %s", r.Verb, r.resource(), r.ObjectRef.Name, r.RequestObject))
		if r.ObjectRef.Subresource != "status" {
			continue
		}
		statuses++
		var written struct {
			Status v1alpha1.InterviewTrackerStatus
		}
		must(t, json.Unmarshal(r.RequestObject, &written))
		isProblem := func(c metav1.Condition) bool {
			return c.Type != v1alpha1.ConditionMonitoringReady && c.Status == metav1.ConditionFalse && !slices.Contains(routine, c.Reason)
		}
		if slices.ContainsFunc(written.Status.Conditions, isProblem) {
			problems++
		}
	}
	most := len(tracker.Status.Applied()) + 2 + int(took/(30*time.Second)) + 2*problems
	t.Logf("%d objects, %d writes in %s", len(tracker.Status.Applied()), len(writes), took.Round(time.Second))
	if len(writes) > most || statuses > mostStatuses {
		t.Errorf("%d writes, want at most %d:\n%s", len(writes), most, strings.Join(writes, "\n"))
	}
}

// settle waits until the operator sends no more requests in a namespace, of which the first
// is after an offset of the audit log, and returns the log's end.
func settle(t *testing.T, ns string, began int64) (end int64) {
	t.Helper()
	if len(requestsIn(t, ns, began)) == 0 {
		t.Fatal("the audit log has no request of the operator: it would have none later either")
	}
	err := wait.PollUntilContextTimeout(t.Context(), 2*time.Second, 2*time.Minute, true, func(context.Context) (bool, error) {
		from := end
		var err error
		if end, err = auditEnd(); err != nil || from == 0 {
			return false, err
		}
		return len(requestsIn(t, ns, from)) == 0, nil
	})
	if err != nil {
		t.Fatalf("the requests do not end: %v", err)
	}
	return end
}

// requestsIn are the operator's requests in a namespace since an offset of the audit log,
// without watches.
func requestsIn(t *testing.T, ns string, offset int64) []request {
	t.Helper()
	var all []request
	must(t, readAudit(offset, operator, func(r *request) {
		if r.ObjectRef.Namespace == ns && r.Verb != "watch" && r.Stage == "ResponseComplete" {
			all = append(all, *r)
		}
	}))
	return all
}
