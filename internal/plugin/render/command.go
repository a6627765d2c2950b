// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package render prints, offline, the objects that the operator applies for trackers.
package render

import (
	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

const help = `Print, offline, the objects that the operator applies for the InterviewTrackers in FILE, as YAML.

They are the objects of new trackers, whatever exists in a cluster. A tracker that the API server would
refuse is refused with the same message, and so is any other kind of object; then nothing is printed, and
the exit status is 1.

With spec.migrations, the Job that migrates the database and the Deployment of the API come last of the
workloads: the operator creates them one after the other.

Monitoring objects of every kind come at the end; the operator creates those whose kind is installed.
Names in spec.monitoring.alerts that no alert has are reported in a comment.

What depends on the cluster is left out: owner references have an empty uid, and the credentials contain
the word ` + placeholder + ` in place of the password that the operator generates. The operator also stores a
hash of each object in its annotation ` + v1alpha1.AnnotationIntent + `.

Trackers that name no namespace get the one of -n, or else default; others must be of it.

Set images and allowed patches to the same values as the flags of your operator.`

// NewCommand returns kubectl tracker render.
func NewCommand(flags *genericclioptions.ConfigFlags, streams genericiooptions.IOStreams) *cobra.Command {
	var file plugin.File
	parts := catalog.Default()
	cmd := &cobra.Command{
		Use:   "render -f FILE",
		Short: "Print, offline, the objects that the operator applies for trackers in a file",
		Long:  help,
		Args:  plugin.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			in, err := file.Open(streams.In)
			if err != nil {
				return err
			}
			defer in.Close()
			return render(cmd.Context(), in, streams.Out, *flags.Namespace, parts)
		},
	}
	plugin.AddFileFlag(cmd, &file, &parts)
	return cmd
}
