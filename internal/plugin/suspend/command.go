// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package suspend has the operator stop writing the objects of a tracker, and go on.
package suspend

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

const suspendHelp = `Have the operator stop writing the objects of a tracker, by spec.suspend: true. Its pods go on
running, and the operator goes on reporting its status.

If Argo CD or Flux applies the tracker, they undo this if spec.suspend is set in Git: a warning says so.

Exit codes: 0 when the tracker is suspended, or was; 1 when it can't be changed.

Permissions that it needs: get and patch interviewtrackers.`

const resumeHelp = `Have the operator write the objects of a suspended tracker again: what was changed in its spec,
or by hand in its objects, is applied and repaired at once.

If Argo CD or Flux applies the tracker, they undo this if spec.suspend is set in Git: a warning says so.

Exit codes: 0 when the tracker is not suspended any more, or was not; 1 when it can't be changed.

Permissions that it needs: get and patch interviewtrackers.`

// NewCommand returns kubectl tracker suspend.
func NewCommand(flags *genericclioptions.ConfigFlags, streams genericiooptions.IOStreams) *cobra.Command {
	return plugin.ForTracker(flags, &cobra.Command{
		Use: "suspend NAME", Short: "Have the operator stop writing the objects of a tracker", Long: suspendHelp,
	}, setting(true, streams))
}

// NewResumeCommand returns kubectl tracker resume.
func NewResumeCommand(flags *genericclioptions.ConfigFlags, streams genericiooptions.IOStreams) *cobra.Command {
	return plugin.ForTracker(flags, &cobra.Command{
		Use: "resume NAME", Short: "Have the operator write the objects of a suspended tracker again", Long: resumeHelp,
	}, setting(false, streams))
}

// setting sets spec.suspend, unless it is as wanted.
func setting(suspend bool, streams genericiooptions.IOStreams) plugin.RunFunc {
	return func(ctx context.Context, cluster *plugin.Cluster, name string) error {
		tracker, err := cluster.GetTracker(ctx, name)
		if err != nil {
			return err
		}
		if tracker.Spec.Suspend == suspend {
			_, err := fmt.Fprintf(streams.Out, "interviewtracker/%s is %s already\n", name, state(suspend))
			return err
		}
		var value any // nil removes the field.
		if suspend {
			value = true
		}
		if err := cluster.Merge(ctx, tracker.InterviewTracker, map[string]any{"spec": map[string]any{"suspend": value}}); err != nil {
			return fmt.Errorf("changing spec.suspend of InterviewTracker %s/%s: %w", cluster.Namespace, name, err)
		}
		plugin.WarnGitOps(streams.ErrOut, tracker, "spec.suspend")
		_, err = fmt.Fprintf(streams.Out, "interviewtracker/%s is %s\n", name, state(suspend))
		return err
	}
}

func state(suspend bool) string {
	if suspend {
		return "suspended"
	}
	return "not suspended"
}
