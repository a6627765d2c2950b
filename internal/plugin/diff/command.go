// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package diff shows what the operator would change for trackers as they are in a file: it
// observes, builds and applies as the operator does, by dry runs.
package diff

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

// The exit codes, which are those of kubectl diff.
const (
	codeDifferent = 1
	codeFailure   = 2
)

const help = `Show what would change if the InterviewTrackers in FILE were applied: the trackers themselves, the objects
that the operator would create, change and delete for them, and which pods would be replaced.

The objects are built as the operator builds them, from the file and from what exists, and each is sent to
the API server as a dry run: nothing is written. The values of Secrets are not shown. With spec.migrations,
what follows after them is shown too.

The tracker is compared as kubectl apply would change it, or with --server-side as kubectl apply
--server-side would. Objects of other kinds in the file are left out: see kubectl diff.

Permissions that it needs, in the tracker's namespace: get and patch interviewtrackers, or get and
create interviewtrackers that are new; to read and write what the operator writes there, as the role edit of Kubernetes has them, and monitoring objects where
their kinds are installed. An object that you may not write is not compared, which is an error.

Set images and allowed patches to the same values as the flags of your operator. One of another version than
this program may build other objects: see kubectl tracker version.

With -o json or yaml, it prints one object: in items, for each tracker of the file, its namespace and name,
whether it is different, the changes (action is create, change or delete; apiVersion, kind, namespace, name;
diff is the text that is shown otherwise), the effects on pods (kind and name of what they belong to; action is
replace, delete, add or run; pods is how many; causes are the fields because of which; message) and the notes.

The exit status is 0 without a difference, 1 with one, and 2 after an error, also if there are differences.`

// NewCommand returns kubectl tracker diff.
func NewCommand(flags *genericclioptions.ConfigFlags, streams genericiooptions.IOStreams) *cobra.Command {
	var file plugin.File
	o := options{catalog: catalog.Default()}
	cmd := plugin.FailWith(codeFailure, &cobra.Command{
		Use:   "diff -f FILE",
		Short: "Show what the operator would change for trackers in a file",
		Long:  help,
		Example: `  kubectl tracker diff -f tracker.yaml
  kustomize build overlays/production | kubectl tracker diff -f -`,
		Args: plugin.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			in, err := file.Open(streams.In)
			if err != nil {
				return err
			}
			defer in.Close()
			cluster, err := plugin.Connect(flags)
			if err != nil {
				return err
			}
			different, err := compare(cmd.Context(), cluster, in, *flags.Namespace, streams, o)
			if err == nil && different {
				err = &plugin.ExitError{Code: codeDifferent}
			}
			return err
		},
	})
	plugin.AddFileFlag(cmd, &file, &o.catalog)
	cmd.Flags().BoolVar(&o.serverSide, "server-side", false, "compare the tracker as kubectl apply --server-side would change it")
	cmd.Flags().BoolVar(&o.forceConflicts, "force-conflicts", false, "with --server-side: also change fields that others manage")
	plugin.AddFormatFlag(cmd, &o.format)
	return cmd
}

// options are how trackers are compared.
type options struct {
	catalog                    catalog.Catalog
	serverSide, forceConflicts bool
	format                     plugin.Format
}

// compare compares the trackers that it reads, all of which are of a namespace if one is given.
func compare(ctx context.Context, cluster *plugin.Cluster, in io.Reader, only string, streams genericiooptions.IOStreams, o options) (bool, error) {
	trackers, others, err := read(in, cluster.Namespace, only)
	if err != nil {
		return false, err
	}
	for _, other := range others {
		fmt.Fprintf(streams.ErrOut, "left out: %s: kubectl diff compares it\n", visible(other))
	}
	s, err := newSession(ctx, cluster, o)
	if err != nil {
		return false, err
	}
	var previews []*preview
	var failures []error
	for _, wanted := range trackers {
		p, err := s.preview(ctx, wanted)
		if err != nil {
			failures = append(failures, fmt.Errorf("%s %s: %w", wanted.GetKind(), wanted.GetName(), err))
			continue
		}
		previews = append(previews, p)
		failures = append(failures, p.failures...)
		if o.format == "" {
			if _, err := io.WriteString(streams.Out, paint(p.text(), plugin.ColorsFor(streams.Out))); err != nil {
				return false, err
			}
		}
	}
	if o.format != "" {
		failures = append(failures, o.format.Print(streams.Out, dataOf(previews)))
	}
	return slices.ContainsFunc(previews, (*preview).different), errors.Join(failures...)
}
