// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package wait

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/test/golden"
	"github.com/interview-tracker/interview-tracker-operator/test/scenarios"
)

// tracker is one of the generation 2 that an operator has seen, with conditions.
func tracker(conditions ...metav1.Condition) plugin.Tracker {
	t := &v1alpha1.InterviewTracker{ObjectMeta: metav1.ObjectMeta{Generation: 2}}
	t.Spec.Version = "1.0.0"
	t.Status.ObservedGeneration, t.Status.Conditions = 2, conditions
	return plugin.Tracker{InterviewTracker: t}
}

func condition(name string, status metav1.ConditionStatus, reason string) metav1.Condition {
	return metav1.Condition{Type: name, Status: status, Reason: reason, Message: "so it is"}
}

// noon is the time of all tests.
func noon() metav1.Time { return metav1.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC) }

func TestBlocks(t *testing.T) {
	works := condition(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady)
	stale := tracker(works)
	stale.Generation = 3
	asked := tracker(works)
	asked.Spec.Suspend = true
	other := tracker(works)
	other.Status.Dependencies = []v1alpha1.DependencyStatus{{Name: "search", Health: v1alpha1.DependencyUnhealthy, Reason: "ConnectionFailed"}}
	for name, test := range map[string]struct {
		tracker                   plugin.Tracker
		ready, healthy, suspended string
	}{
		"ready": {tracker(works), "", "", "spec.suspend is not set: kubectl tracker suspend sets it"},
		"stale": {
			stale, "the operator has not looked at the last change yet (generation 3; it has seen 2)",
			"the operator has not looked at the last change yet (generation 3; it has seen 2)", "spec.suspend is not set: kubectl tracker suspend sets it",
		},
		"suspended": {asked, "it is Suspended", "it is Suspended", ""},
		"data loss": {
			tracker(works, condition(v1alpha1.ConditionDataLoss, metav1.ConditionTrue, v1alpha1.ReasonClaimLost)), "",
			"DataLoss is True (ClaimLost): so it is", "spec.suspend is not set: kubectl tracker suspend sets it",
		},
		"maintenance": {
			tracker(works, condition(v1alpha1.ConditionUnderMaintenance, metav1.ConditionTrue, v1alpha1.ReasonPagesMuted)), "", "",
			"spec.suspend is not set: kubectl tracker suspend sets it",
		},
		"another dependency": {other, "", "search is ConnectionFailed", "spec.suspend is not set: kubectl tracker suspend sets it"},
	} {
		t.Run(name, func(t *testing.T) {
			for state, want := range map[string]string{ready: test.ready, healthy: test.healthy, suspended: test.suspended} {
				if got := blocks(state, test.tracker, noon()); got != want {
					t.Errorf("%s: got %q, want %q", state, got, want)
				}
			}
		})
	}
}

func TestWaitPrintsWhatChanges(t *testing.T) {
	starting := condition(v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonStarting)
	answers := []struct {
		tracker plugin.Tracker
		err     error
	}{
		{tracker: tracker(starting)},
		{tracker: tracker(starting)},
		{err: errors.New("no \x1b[31mroute")},
		{tracker: tracker(condition(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady))},
	}
	var progress bytes.Buffer
	w := waiter{state: ready, timeout: time.Minute, every: time.Millisecond, progress: &progress, now: noon, get: func(context.Context) (plugin.Tracker, error) {
		answer := answers[0]
		answers = answers[1:]
		return answer.tracker, answer.err
	}}
	if err := w.wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := "waiting for it to be ready: Ready is False (Starting): so it is\nwaiting for it to be ready: no route\n"
	if progress.String() != want {
		t.Errorf("printed %q", progress.String())
	}
}

// The last line of each recorded tracker, for each state, when it is looked at once.
func TestEachRecordedScenario(t *testing.T) {
	var lines strings.Builder
	scenarios.Each(t, func(t *testing.T, object *unstructured.Unstructured) {
		recorded, err := plugin.Decode(object)
		if err != nil {
			t.Fatal(err)
		}
		now := recorded.CreationTimestamp
		for _, c := range recorded.Status.Conditions {
			now = metav1.NewTime(slices.MaxFunc([]time.Time{now.Time, c.LastTransitionTime.Time}, time.Time.Compare))
		}
		lines.WriteString(path.Base(t.Name()) + "\n")
		for _, state := range states {
			last := reached(recorded.Name, state)
			w := waiter{
				state: state, progress: io.Discard, every: time.Hour,
				get: func(context.Context) (plugin.Tracker, error) { return recorded, nil },
				now: func() metav1.Time { return metav1.NewTime(now.Add(time.Minute)) },
			}
			if err := w.wait(t.Context()); err != nil {
				last = "error: " + err.Error() + "\n"
			}
			lines.WriteString("  " + last)
		}
	})
	golden.Compare(t, "scenarios.txt", lines.String())
}

func TestWaitEnds(t *testing.T) {
	gone := apierrors.NewNotFound(schema.GroupResource{Resource: "interviewtrackers"}, "hiring")
	w := waiter{state: ready, timeout: time.Minute, every: time.Millisecond, progress: &bytes.Buffer{}, now: noon, get: func(context.Context) (plugin.Tracker, error) {
		return plugin.Tracker{}, gone
	}}
	if err := w.wait(t.Context()); !apierrors.IsNotFound(err) {
		t.Errorf("got %v", err)
	}
	w.timeout = 5 * time.Millisecond
	w.get = func(context.Context) (plugin.Tracker, error) { return tracker(), nil }
	if err := w.wait(t.Context()); err == nil || err.Error() != "the tracker is not ready after 5ms: it is Progressing; kubectl tracker status shows more" {
		t.Errorf("got %v", err)
	}
}
