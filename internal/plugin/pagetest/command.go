// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package pagetest sends test alerts to the receivers of a tracker's alerts.
package pagetest

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

const help = `Send a harmless test alert of each severity to the receivers of a level of escalation of the InterviewTracker
NAME, through the Alertmanager that routes its alerts, and print which receivers Alertmanager says they reach.
Whoever receives one reads that it is a test. It ends by itself after 6 minutes.

The severities are those of the level. Levels are counted from 1, in the order of
spec.monitoring.notifications.escalation; a tracker without notifications has only level 1, of both severities,
critical and warning.

The Alertmanager is the one that selects the tracker's AlertmanagerConfig, or, for a tracker without
spec.monitoring.notifications, the only one of the cluster. Rules of Prometheus take no part: an alert of
the tracker itself waits for its rule to fire, and escalates; a test alert does neither. Alertmanager has to
serve HTTP without TLS and without a login.

The exit status is 0 when each severity reaches a receiver, and 1 otherwise. For a tracker with
spec.monitoring.notifications these are its own. A test alert that is silenced, inhibited or under
spec.maintenance is reported as such, and counts as reaching its receivers.

Permissions that it needs:
  get interviewtrackers and alertmanagerconfigs in the tracker's namespace
  list alertmanagers in all namespaces; with --alertmanager, get in its namespace
  list pods and create pods/portforward in the namespace of Alertmanager
  get the tracker's namespace (without it, each alertmanagerConfigNamespaceSelector counts as selecting it)`

// NewCommand returns kubectl tracker page-test.
func NewCommand(flags *genericclioptions.ConfigFlags, streams genericiooptions.IOStreams) *cobra.Command {
	var named string
	var alertmanager types.NamespacedName
	var level int
	cmd := plugin.ForTracker(flags, &cobra.Command{
		Use:   "page-test NAME",
		Short: "Send test alerts to the receivers of a level of escalation",
		Long:  help,
		PreRunE: func(*cobra.Command, []string) error {
			var valid bool
			if alertmanager, valid = namespacedName(named); !valid {
				return plugin.Usagef("--alertmanager must be NAMESPACE/NAME")
			}
			return nil
		},
	}, func(ctx context.Context, cluster *plugin.Cluster, name string) error {
		ctx, cancel := context.WithTimeout(ctx, pageTestTimeout)
		defer cancel()
		forwarder := plugin.Forwarder{Config: cluster.Config, Stderr: streams.ErrOut}
		test := pageTest{cluster: cluster, forward: forwarder.Forward, start: time.Now(), out: streams.Out}
		return test.run(ctx, name, alertmanager, level)
	})
	cmd.Flags().StringVar(&named, "alertmanager", "", "`NAMESPACE/NAME` of the Alertmanager to send to")
	cmd.Flags().IntVar(&level, "level", 1, "level `N` of escalation, whose receivers are tested")
	return cmd
}

// namespacedName reads NAMESPACE/NAME, or nothing.
func namespacedName(text string) (types.NamespacedName, bool) {
	namespace, name, _ := strings.Cut(text, "/")
	valid := text == "" || namespace != "" && name != "" && !strings.Contains(name, "/")
	return types.NamespacedName{Namespace: namespace, Name: name}, valid
}
