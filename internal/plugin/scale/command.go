// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package scale sets the number of pods of a component.
package scale

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

const help = `Set the number of pods of a component, by spec.COMPONENT.replicas of the tracker: the operator
undoes a change of its Deployment. 0 stops the component.

It refuses a component that is autoscaled: change its minReplicas and maxReplicas instead.

If Argo CD or Flux applies the tracker, they undo this if the number is set in Git: a warning says so.

Exit codes: 0 when the tracker has the number, 1 when it can't be changed, 2 for a component that
can't be scaled.

Permissions that it needs: get and patch interviewtrackers.`

// NewCommand returns kubectl tracker scale.
func NewCommand(flags *genericclioptions.ConfigFlags, streams genericiooptions.IOStreams) *cobra.Command {
	var component string
	var scaled catalog.Component
	var replicas int32
	cmd := plugin.ForTracker(flags, &cobra.Command{
		Use:     "scale NAME --component=COMPONENT --replicas=N",
		Short:   "Set the number of pods of a component",
		Long:    help,
		Example: "  kubectl tracker scale hiring -n people --component=api --replicas=3",
		PreRunE: func(cmd *cobra.Command, _ []string) (err error) {
			if scaled, err = find(component); err != nil {
				return err
			}
			if !cmd.Flags().Changed("replicas") || replicas < 0 {
				return plugin.Usagef("set --replicas to the number of pods, from 0 on")
			}
			return nil
		},
	}, func(ctx context.Context, cluster *plugin.Cluster, name string) error {
		return scale(ctx, cluster, streams, name, scaled, replicas)
	})
	cmd.Flags().StringVar(&component, "component", "", "`component` to scale: "+strings.Join(names(), " or "))
	cmd.Flags().Int32Var(&replicas, "replicas", 0, "number of pods")
	plugin.CompleteFlag(cmd, "component", names())
	return cmd
}

// names are the components that can be scaled.
func names() []string {
	var all []string
	for _, c := range catalog.Default().Components {
		all = append(all, string(c.Name))
	}
	return all
}

func find(name string) (catalog.Component, error) {
	for _, c := range catalog.Default().Components {
		if string(c.Name) == name {
			return c, nil
		}
	}
	if name == "" {
		return catalog.Component{}, plugin.Usagef("set --component to %s", strings.Join(names(), " or "))
	}
	return catalog.Component{}, plugin.Usagef("%q can't be scaled: set --component to %s", name, strings.Join(names(), " or "))
}

func scale(
	ctx context.Context, cluster *plugin.Cluster, streams genericiooptions.IOStreams, name string, component catalog.Component, replicas int32,
) error {
	tracker, err := cluster.GetTracker(ctx, name)
	if err != nil {
		return err
	}
	field := fmt.Sprintf("spec.%s.replicas", component.Name)
	if err := tracker.Readable(fmt.Sprintf("spec.%s", component.Name)); err != nil {
		return err
	}
	if err := autoscaled(tracker.InterviewTracker, component); err != nil {
		return err
	}
	before := component.Replicas(&tracker.Spec)
	if err := cluster.Merge(ctx, tracker.InterviewTracker, map[string]any{
		"metadata": map[string]any{"resourceVersion": tracker.ResourceVersion}, // What was decided from is as it was.
		"spec":     map[string]any{string(component.Name): map[string]any{"replicas": replicas}},
	}); err != nil {
		return fmt.Errorf("changing %s of InterviewTracker %s/%s: %w", field, cluster.Namespace, name, err)
	}
	plugin.WarnGitOps(streams.ErrOut, tracker, field)
	if tracker.Spec.Suspend {
		fmt.Fprintf(streams.ErrOut, "warning: the tracker is suspended: this is applied after kubectl tracker resume -n %s %s\n", cluster.Namespace, name)
	}
	_, err = fmt.Fprintf(streams.Out, "interviewtracker/%s: %s is %d, and was %d\n", name, field, replicas, before)
	return err
}

// autoscaled is the error of a component whose number of pods an autoscaler sets.
func autoscaled(tracker *v1alpha1.InterviewTracker, c catalog.Component) error {
	if c.Get(&tracker.Spec).Autoscaling == nil {
		return nil
	}
	return fmt.Errorf("the %s of InterviewTracker %s/%s is autoscaled from %d to %d pods: change minReplicas and maxReplicas in spec.%s.autoscaling",
		c.Title, tracker.Namespace, tracker.Name, c.Replicas(&tracker.Spec), c.MaxReplicas(&tracker.Spec), c.Name)
}
