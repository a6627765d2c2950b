// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package retry has migrations that have failed run again.
package retry

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

const help = `Have the migrations of a tracker run again that have failed for good: the operator deletes their Job,
and makes it again. Correct the cause first: kubectl tracker status shows it.

It asks the operator for it by the annotation ` + v1alpha1.AnnotationMigrationsRetriedAt + `
of the tracker, which is also what the action of Argo CD does.

Exit codes: 0 when the retry is asked for, which kubectl tracker status --watch shows; 1 when it can't be,
such as of migrations that have not failed.

Permissions that it needs: get and patch interviewtrackers.`

// NewCommand returns kubectl tracker retry-migrations.
func NewCommand(flags *genericclioptions.ConfigFlags, streams genericiooptions.IOStreams) *cobra.Command {
	return plugin.ForTracker(flags, &cobra.Command{
		Use:     "retry-migrations NAME",
		Short:   "Have migrations that have failed run again",
		Long:    help,
		Example: "  kubectl tracker retry-migrations hiring -n people",
	}, func(ctx context.Context, cluster *plugin.Cluster, name string) error {
		tracker, err := cluster.GetTracker(ctx, name)
		if err != nil {
			return err
		}
		if err := failed(tracker); err != nil {
			return err
		}
		if err := cluster.Request(ctx, tracker, v1alpha1.AnnotationMigrationsRetriedAt, time.Now()); err != nil {
			return err
		}
		_, err = fmt.Fprintf(streams.Out, "interviewtracker/%s retries its migrations\n", name)
		return err
	})
}

// failed returns an error unless the migrations of a tracker have failed for good.
func failed(tracker plugin.Tracker) error {
	c := meta.FindStatusCondition(tracker.Status.Conditions, v1alpha1.ConditionMigrationsComplete)
	has := tracker.Spec.Migrations != nil || tracker.Readable("spec.migrations") != nil
	switch {
	case !has:
		return fmt.Errorf("InterviewTracker %s/%s has no migrations that the operator runs: spec.migrations is not set", tracker.Namespace, tracker.Name)
	case c == nil:
		return fmt.Errorf("the migrations of InterviewTracker %s/%s have not failed: the operator has reported nothing of them yet", tracker.Namespace, tracker.Name)
	case c.Status != metav1.ConditionFalse || c.Reason != v1alpha1.ReasonFailed:
		return fmt.Errorf("the migrations of InterviewTracker %s/%s have not failed: %s is %s (%s): %s",
			tracker.Namespace, tracker.Name, c.Type, c.Status, c.Reason, words.Line(c.Message, plugin.MaxLine))
	}
	return nil
}
