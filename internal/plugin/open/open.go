// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package open is kubectl tracker open: it forwards a local port to a tracker's frontend, and opens
// that in the browser.
package open

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

const help = `Forward a free port of this machine's 127.0.0.1 to a pod of the frontend of the InterviewTracker NAME, print the
address, and open it in the browser, until Ctrl-C. Without NAME, the only InterviewTracker of the namespace is opened.

When the pod goes away, as in a rollout, another pod is connected to the same port; requests that are under way
fail. Whoever can log in to this machine can use the port while it is open.

Permissions that it needs, in the namespace:
  get interviewtrackers; without NAME, list
  list pods
  create pods/portforward

Exit codes: 1 when no pod is ready at the beginning, or can't be reached; 130 after Ctrl-C.`

const examples = `  # Open hiring in the browser
  kubectl tracker open hiring

  # Only print the address
  kubectl tracker open hiring --no-browser`

// NewCommand returns the command.
func NewCommand(config *genericclioptions.ConfigFlags, streams genericiooptions.IOStreams) *cobra.Command {
	var noBrowser bool
	cmd := plugin.ForTrackers(config, &cobra.Command{
		Use:     "open [NAME] [flags]",
		Short:   "Open the frontend of a tracker in the browser",
		Long:    help,
		Example: examples,
	}, func(ctx context.Context, cluster *plugin.Cluster, name string) error {
		name, err := nameOf(ctx, cluster, name)
		if err != nil {
			return err
		}
		show := func(ctx context.Context, address string) { openBrowser(ctx, address, streams.ErrOut) }
		if noBrowser {
			show = func(context.Context, string) {}
		}
		return run(ctx, cluster, name, show, streams)
	})
	cmd.Flags().BoolVar(&noBrowser, "no-browser", false, "only print the address")
	return cmd
}

// nameOf returns the name of the tracker to open, which exists.
func nameOf(ctx context.Context, cluster *plugin.Cluster, name string) (string, error) {
	if name != "" {
		_, err := cluster.GetTracker(ctx, name)
		return name, err
	}
	all, err := cluster.ListTrackers(ctx, cluster.Namespace)
	if err != nil {
		return "", err
	}
	return only(all, cluster.Namespace)
}

func only(all []plugin.Tracker, namespace string) (string, error) {
	var names []string
	for _, tracker := range all {
		names = append(names, tracker.Name)
	}
	switch len(names) {
	case 0:
		return "", fmt.Errorf("no InterviewTracker in namespace %s: choose another one with -n", namespace)
	case 1:
		return names[0], nil
	default:
		return "", plugin.Usagef("namespace %s has several InterviewTrackers: name one of %s", namespace, strings.Join(names, ", "))
	}
}

// run forwards a port to a tracker's frontend until the context ends.
func run(
	ctx context.Context, cluster *plugin.Cluster, name string, show func(context.Context, string), streams genericiooptions.IOStreams,
) error {
	labels := client.MatchingLabels{v1alpha1.LabelTracker: name, v1alpha1.LabelComponent: string(v1alpha1.ComponentFrontend)}
	k := &keeper{
		pods: func(ctx context.Context) ([]corev1.Pod, error) {
			var pods corev1.PodList
			if err := cluster.Client.List(ctx, &pods, client.InNamespace(cluster.Namespace), labels); err != nil {
				return nil, fmt.Errorf("listing the frontend's pods of InterviewTracker %s/%s: %w", cluster.Namespace, name, err)
			}
			return pods.Items, nil
		},
		forward: plugin.Forwarder{Config: cluster.Config, Stderr: streams.ErrOut}.ForwardFrom,
		opened: func(address string) {
			address = "http://" + address + "/"
			fmt.Fprintln(streams.Out, address)
			show(ctx, address)
		},
		pause: func(ctx context.Context, d time.Duration) error {
			select {
			case <-time.After(d):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		},
		now:    time.Now,
		errOut: streams.ErrOut,
	}
	err := k.run(ctx)
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("opening InterviewTracker %s/%s: %w: see kubectl tracker status %[2]s", cluster.Namespace, name, err)
	}
	return err
}

// openBrowser opens an address in the browser. That there is none is said.
func openBrowser(ctx context.Context, address string, errOut io.Writer) {
	command := browser(runtime.GOOS, address, os.Getenv)
	if command == nil {
		fmt.Fprintln(errOut, "no desktop was found: open the address in a browser")
		return
	}
	// The browser stays when the command ends.
	opening := exec.CommandContext(context.WithoutCancel(ctx), command[0], command[1:]...) //nolint:gosec // a fixed program, and our own address
	go func() {
		if err := opening.Run(); err != nil {
			fmt.Fprintln(errOut, words.Line("no browser could be opened ("+err.Error()+"): open the address in one", plugin.MaxLine))
		}
	}()
}
