// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package doctor is kubectl tracker doctor: the checks that an expert would make, in order, each with what to
// do. Gather reads the cluster as the user, Diagnose decides, Print shows.
package doctor

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

// timeout bounds all requests together.
const timeout = 3 * time.Minute

const help = `Check the operator and InterviewTrackers as an expert would, in order, each check with what to do: the
CustomResourceDefinition and the operator, its rights and certificates, the Secrets and ConfigMaps that the spec
names, volumes, monitoring, start-up times, pods, what they use, certificates and NetworkPolicies.

Without NAME, all trackers of the namespace are checked; without any, the operator alone. At most %d trackers
are checked at once.

It reads with your own rights and writes nothing; of Secrets, no value is printed. What you may not read is
"not checked", with why. For the rights of the operator and of Prometheus it needs to impersonate their service
accounts, or to create subjectaccessreviews; for the targets of Prometheus, to get services/proxy in its
namespace. An operator in another namespace than interview-tracker-system is known by the bindings of its roles:
it needs to list clusterrolebindings and rolebindings, or --operator-namespace.

Permissions that it needs: get interviewtrackers; without NAME, list interviewtrackers. It checks more with more: list
pods, persistentvolumeclaims, networkpolicies and ingresses, and get secrets and configmaps, in the namespace; list
networkpolicies, and get the secrets or configmaps of its certificates, in the namespace of the operator.

The exit status is 0 when each check passes, warns or could not be made, 1 when at least one fails, and 2 when
the command line is not valid, the cluster can't be reached, or there is no such tracker.`

const example = `  # Check all trackers of the namespace, and the operator
  kubectl tracker doctor

  # Check one tracker, and print what is wrong as JSON
  kubectl tracker doctor hiring -n team -o json | jq '.checks[] | select(.result == "fail")'`

// The exit codes.
const (
	// codeFailed is the one when a check fails.
	codeFailed = 1
	// codeUnchecked is the one when no check could be made.
	codeUnchecked = 2
)

// NewCommand returns kubectl tracker doctor. The version of the plugin is that of the root command.
func NewCommand(flags *genericclioptions.ConfigFlags, streams genericiooptions.IOStreams) *cobra.Command {
	var o Options
	var everywhere bool
	var format plugin.Format
	cmd := plugin.FailWith(codeUnchecked, plugin.ForTrackers(flags, &cobra.Command{
		Use:     "doctor [NAME] [flags]",
		Short:   "Check the operator and trackers, and say what to do",
		Long:    fmt.Sprintf(help, maxTrackers),
		Example: example,
		PreRunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 && everywhere {
				return plugin.Usagef("a tracker is in one namespace: write NAME and -n, or -A alone")
			}
			o.Version, _, _ = strings.Cut(cmd.Root().Version, " ") // A commit may follow.
			return nil
		},
	}, func(ctx context.Context, cluster *plugin.Cluster, name string) error {
		o.Name, o.Now = name, time.Now()
		if !everywhere {
			o.Namespace = cluster.Namespace
		}
		return run(ctx, cluster, o, format, streams.Out)
	}))
	cmd.Flags().BoolVarP(&everywhere, "all-namespaces", "A", false, "check the trackers of all namespaces")
	cmd.Flags().StringVar(&o.OperatorNamespace, "operator-namespace", "", "`namespace` of the operator (default: any that you may list deployments in)")
	plugin.AddFormatFlag(cmd, &format)
	return cmd
}

// run makes the checks, prints them, and returns an error if one fails.
func run(ctx context.Context, cluster *plugin.Cluster, o Options, format plugin.Format, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	facts, err := Gather(ctx, cluster, o)
	if err != nil {
		return err
	}
	checks := Diagnose(facts)
	if format != "" {
		err = format.Print(out, NewReport(checks))
	} else {
		err = Print(out, checks, plugin.ColorsFor(out))
	}
	if err == nil && Failed(checks) {
		err = &plugin.ExitError{Code: codeFailed} // What there is to say has been printed.
	}
	return err
}
