// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package wait waits for a tracker to be in a state.
package wait

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/status"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

const help = `Wait until a tracker is

  ready      its components and the dependencies that it requires work, for its current spec, and the pods
             have been replaced that kubectl tracker restart replaces
  healthy    it is ready, and nothing else is wrong: monitoring, notifications, journeys, telemetry,
             autoscaling, its optional and other dependencies, its data
  suspended  the operator has seen spec.suspend, and writes nothing

What it waits for is printed on the standard error whenever that changes.

Exit codes: 0 when the tracker is in the state; 1 when it is not by the end of --timeout, with what
blocks it, at once when its last change was rolled back, or when it is deleted or can't be read;
2 for a command line that is not valid.

Permissions that it needs: get interviewtrackers. To see that a restart is done, get deployments and
statefulsets.`

// interval is the time between two looks.
const interval = time.Second

// The states that can be waited for.
const (
	ready     = "ready"
	healthy   = "healthy"
	suspended = "suspended"
)

var states = []string{ready, healthy, suspended}

// NewCommand returns kubectl tracker wait.
func NewCommand(flags *genericclioptions.ConfigFlags, streams genericiooptions.IOStreams) *cobra.Command {
	var state string
	var timeout time.Duration
	cmd := plugin.ForTracker(flags, &cobra.Command{
		Use:     "wait NAME --for=" + strings.Join(states, "|"),
		Short:   "Wait until a tracker is ready, healthy or suspended",
		Long:    help,
		Example: "  kubectl tracker wait hiring -n people --for=ready --timeout=10m",
		PreRunE: func(*cobra.Command, []string) error {
			if !slices.Contains(states, state) {
				return plugin.Usagef("set --for to one of %s", strings.Join(states, ", "))
			}
			if timeout < 0 {
				return plugin.Usagef("--timeout can't be negative")
			}
			return nil
		},
	}, func(ctx context.Context, cluster *plugin.Cluster, name string) error {
		get := func(ctx context.Context) (plugin.Tracker, error) { return cluster.GetTracker(ctx, name) }
		rolled := func(ctx context.Context, tracker plugin.Tracker) (blocked, unseen string, err error) {
			return rollouts(ctx, cluster, tracker, state == healthy)
		}
		w := waiter{state: state, timeout: timeout, every: interval, progress: streams.ErrOut, get: get, rollouts: rolled, now: metav1.Now}
		if err := w.wait(ctx); err != nil {
			return err
		}
		_, err := io.WriteString(streams.Out, reached(name, state))
		return err
	})
	cmd.Flags().StringVar(&state, "for", "", "`state` to wait for: "+strings.Join(states, ", "))
	cmd.Flags().DurationVar(&timeout, "timeout", 5*time.Minute, "`time` to wait for, such as 90s; 0 looks once")
	plugin.CompleteFlag(cmd, "for", states)
	return cmd
}

// reached is the line that is printed once a tracker is in a state.
func reached(name, state string) string {
	return fmt.Sprintf("interviewtracker/%s is %s\n", name, state)
}

// waiter waits for a state.
type waiter struct {
	state          string
	timeout, every time.Duration
	progress       io.Writer
	get            func(context.Context) (plugin.Tracker, error)
	// rollouts returns what has yet to replace its pods, or why that can't be known.
	rollouts func(context.Context, plugin.Tracker) (blocked, unseen string, err error)
	now      func() metav1.Time
}

// wait returns nil once the tracker is in the state, and otherwise what blocks it.
func (w waiter) wait(ctx context.Context) error {
	looks := ctx
	if w.timeout > 0 { // Of a single look, each request has its own limit.
		var cancel context.CancelFunc
		looks, cancel = context.WithTimeout(ctx, w.timeout)
		defer cancel()
	}
	ticker := time.NewTicker(w.every)
	defer ticker.Stop()
	last := ""
	for {
		blocked, err := w.look(looks)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil && blocked == "":
			return nil
		case looks.Err() != nil:
			return w.failure(cmp.Or(blocked, last, "the API server has not answered"))
		case err != nil && final(err):
			return err
		case err != nil:
			blocked = err.Error()
		}
		if blocked != last {
			fmt.Fprintf(w.progress, "waiting for it to be %s: %s\n", w.state, words.Line(blocked, plugin.MaxLine))
			last = blocked
		}
		if w.timeout == 0 {
			return w.failure(blocked)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-looks.Done():
			return w.failure(blocked)
		case <-ticker.C:
		}
	}
}

// look returns what keeps the tracker from the state, empty when it is in it.
func (w waiter) look(ctx context.Context) (blocked string, err error) {
	tracker, err := w.get(ctx)
	if err != nil {
		return "", err
	}
	blocked = blocks(w.state, tracker, w.now())
	switch {
	case w.state == suspended:
		return blocked, nil
	case rolledBack(tracker.InterviewTracker):
		return "", fmt.Errorf("the tracker %w %s: %s", errRolledBack, w.state, blocked)
	case blocked != "":
		return blocked, nil
	}
	blocked, unseen, err := w.rollouts(ctx, tracker)
	if blocked == "" && err == nil && unseen != "" {
		fmt.Fprintln(w.progress, words.Line(unseen, plugin.MaxLine))
	}
	return blocked, err
}

func (w waiter) failure(blocked string) error {
	return fmt.Errorf("the tracker is not %s after %s: %s; kubectl tracker status shows more", w.state, w.timeout, blocked)
}

// errRolledBack is that only another change of the spec helps.
var errRolledBack = errors.New("does not become")

// rolledBack reports whether the last change of a tracker was taken back.
func rolledBack(tracker *v1alpha1.InterviewTracker) bool {
	stalled := meta.FindStatusCondition(tracker.Status.Conditions, v1alpha1.ConditionStalled)
	return tracker.Status.ObservedGeneration == tracker.Generation && stalled != nil && stalled.Reason == v1alpha1.ReasonRolledBack
}

// final reports whether another try can't succeed.
func final(err error) bool {
	status := apierrors.APIStatus(nil)
	return errors.Is(err, errRolledBack) || meta.IsNoMatchError(err) || errors.As(err, &status) &&
		(apierrors.IsNotFound(err) || apierrors.IsForbidden(err) || apierrors.IsUnauthorized(err))
}

// blocks is what keeps a tracker from a state, empty when it is in it.
func blocks(state string, tracker plugin.Tracker, now metav1.Time) string {
	if state == suspended {
		return blocksSuspended(tracker.InterviewTracker)
	}
	report := status.Judge(tracker, now)
	if report.State != status.StateReady {
		return because(report, func(status.Problem) bool { return true })
	}
	if state == ready {
		return ""
	}
	if slices.ContainsFunc(report.Problems, matters) {
		return because(report, matters)
	}
	for _, d := range tracker.Status.Dependencies {
		if d.Health == v1alpha1.DependencyUnhealthy {
			return fmt.Sprintf("%s is %s", d.Name, cmp.Or(d.Reason, string(d.Health)))
		}
	}
	return ""
}

func matters(p status.Problem) bool { return p.Level != status.LevelNote }

// because is the worst problem that counts.
func because(report status.Report, counts func(status.Problem) bool) string {
	i := slices.IndexFunc(report.Problems, counts)
	if i < 0 {
		return "it is " + string(report.State)
	}
	p := report.Problems[i]
	if p.Condition == "" {
		return p.Message
	}
	return fmt.Sprintf("%s is %s (%s): %s", p.Condition, p.Status, p.Reason, p.Message)
}

func blocksSuspended(tracker *v1alpha1.InterviewTracker) string {
	switch {
	case !tracker.Spec.Suspend:
		return "spec.suspend is not set: kubectl tracker suspend sets it"
	case tracker.Status.ObservedGeneration != tracker.Generation:
		return "the operator has not seen the last change yet"
	}
	return ""
}
