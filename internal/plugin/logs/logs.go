// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package logs is kubectl tracker logs: the logs of all pods of a tracker, merged in the order of
// time, with JSON lines made readable.
package logs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/cli-runtime/pkg/printers"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/podlog"
)

const help = `Print the logs of all pods of the InterviewTracker NAME, merged in the order of time; without NAME, those of
all InterviewTrackers of the namespace.

Lines of JSON, which the programs of a tracker write, become

  TIME POD LEVEL EVENT KEY=VALUE …

with the time in UTC, and the pod as its component and the end of its name. Other lines, such as those of
Postgres, stay as they are behind the time and the pod. What a terminal would obey is taken out. With -o json,
lines are printed as the containers have written them, without time and pod; of JSON, what a terminal would
obey is escaped.

With -f, pods that start from now on are followed as well, and so is a container that starts again. A line then
waits up to 300 ms for an earlier one of another pod. The end of a line of more than 256 KiB is left out.

The logs may hold what the programs of a tracker have printed of their Secrets. To pass logs on, see kubectl
tracker report.

Permissions that it needs, in the namespace:
  list pods; with -f, also watch
  get pods/log

Exit codes: 0 when all logs were read, 1 when one could not be, or there are no pods.`

const examples = `  # The last 50 lines of each container, and what comes
  kubectl tracker logs hiring -f --tail 50

  # Why did the API restart?
  kubectl tracker logs hiring --component api --previous

  # The errors of the last hour
  kubectl tracker logs hiring --since 1h -o json | jq -R 'fromjson? | select(.level == "error")'`

// flags are the command's own.
type flags struct {
	components []string
	previous   bool
	follow     bool
	since      time.Duration
	tail       int64
	output     string
}

// NewCommand returns the command.
func NewCommand(config *genericclioptions.ConfigFlags, streams genericiooptions.IOStreams) *cobra.Command {
	var f flags
	var s show
	cmd := plugin.ForTrackers(config, &cobra.Command{
		Use:     "logs [NAME] [flags]",
		Short:   "Print the logs of all pods of a tracker, merged",
		Long:    help,
		Example: examples,
		PreRunE: func(*cobra.Command, []string) (err error) { s, err = f.show(); return err },
	}, func(ctx context.Context, reached *plugin.Cluster, name string) error {
		return run(ctx, reached, name, s, f.output == "json", streams)
	})
	cmd.Flags().StringSliceVarP(&f.components, "component", "c", nil, strings.Join(knownComponents(), ", ")+"; several with commas (default all)")
	cmd.Flags().BoolVarP(&f.previous, "previous", "p", false, "the logs of the containers' runs before the last restart")
	cmd.Flags().BoolVarP(&f.follow, "follow", "f", false, "print lines as they come")
	cmd.Flags().DurationVar(&f.since, "since", 0, "only lines that are not older, such as 10m")
	cmd.Flags().Int64Var(&f.tail, "tail", -1, "so many of the last lines of each container; -1 for all")
	cmd.Flags().StringVarP(&f.output, "output", "o", "", "json: print lines unchanged")
	plugin.CompleteFlag(cmd, "component", knownComponents())
	plugin.CompleteFlag(cmd, "output", []string{"json"})
	return cmd
}

// show is what the flags ask for.
func (f *flags) show() (show, error) {
	s := show{components: componentsOf(f.components), options: corev1.PodLogOptions{Follow: f.follow, Previous: f.previous}}
	switch {
	case f.output != "" && f.output != "json":
		return s, plugin.Usagef("-o %s: logs are printed for people, or unchanged with -o json", f.output)
	case f.follow && f.previous:
		return s, plugin.Usagef("--follow and --previous exclude each other: what has ended has no new lines")
	case f.since < 0:
		return s, plugin.Usagef("--since must not be negative")
	case f.tail < -1:
		return s, plugin.Usagef("--tail must be a number of lines, or -1 for all")
	}
	for _, component := range s.components {
		if len(validation.IsValidLabelValue(component)) > 0 || component == "" {
			return s, plugin.Usagef("there is no component %q: write one of %s", component, strings.Join(knownComponents(), ", "))
		}
	}
	if f.since > 0 {
		s.options.SinceSeconds = new(int64(math.Ceil(f.since.Seconds())))
	}
	if f.tail >= 0 {
		s.options.TailLines = new(f.tail)
	}
	return s, nil
}

// run prints the logs of a tracker; without a name, of those of the namespace.
func run(ctx context.Context, reached *plugin.Cluster, name string, s show, unchanged bool, streams genericiooptions.IOStreams) error {
	s.withTracker = name == ""
	c, err := reach(reached, name)
	if err != nil {
		return err
	}
	all, _, err := c.list(ctx)
	if err != nil {
		return err
	}
	pods := choose(all, s.components)
	if len(pods) == 0 && !s.options.Follow {
		return noPods(ctx, reached, name, s.components, all)
	}
	p := &printer{out: streams.Out, unchanged: unchanged, color: printers.AllowsColorOutput(streams.Out)}
	collector := newCollector(c, s, p, streams.ErrOut)
	var sources []*source
	for i := range pods {
		found, waiting := sourcesOf(&pods[i], s.options.Previous)
		for _, w := range waiting {
			collector.warn(w)
		}
		sources = append(sources, found...)
	}
	if len(sources) == 0 && s.options.Previous {
		return errors.New("no container has started again, so that there are no previous logs: leave out --previous")
	}
	return collector.run(ctx, sources)
}

// reach returns what is read of a cluster.
func reach(reached *plugin.Cluster, name string) (cluster, error) {
	open, err := podlog.Of(reached)
	if err != nil {
		return cluster{}, err
	}
	selected, err := selector(name)
	if err != nil {
		return cluster{}, err
	}
	options := []client.ListOption{client.InNamespace(reached.Namespace), client.MatchingLabelsSelector{Selector: selected}}
	return cluster{
		list: func(ctx context.Context) ([]corev1.Pod, string, error) {
			var pods corev1.PodList
			if err := reached.Client.List(ctx, &pods, options...); err != nil {
				return nil, "", fmt.Errorf("listing the pods of namespace %s: %w", reached.Namespace, err)
			}
			return pods.Items, pods.ResourceVersion, nil
		},
		watch: func(ctx context.Context, version string) (watch.Interface, error) {
			since := &client.ListOptions{Raw: &metav1.ListOptions{ResourceVersion: version}}
			return reached.Watch(ctx, &corev1.PodList{}, append([]client.ListOption{since}, options...)...)
		},
		open: func(ctx context.Context, pod string, options *corev1.PodLogOptions) (io.ReadCloser, error) {
			return open(ctx, reached.Namespace, pod, options)
		},
	}, nil
}

// selector selects the pods of a tracker, or of all.
func selector(name string) (labels.Selector, error) {
	operator, values := selection.Equals, []string{name}
	if name == "" {
		operator, values = selection.Exists, nil
	}
	requirement, err := labels.NewRequirement(v1alpha1.LabelTracker, operator, values)
	if err != nil {
		return nil, plugin.Usagef("%q can't be the name of an InterviewTracker: %w", name, err)
	}
	return labels.NewSelector().Add(*requirement), nil
}

// noPods says why there is nothing to print.
func noPods(ctx context.Context, reached *plugin.Cluster, name string, components []string, all []corev1.Pod) error {
	if len(all) > 0 {
		return fmt.Errorf("no pods of component %s: there are pods of %s", strings.Join(components, ", "), strings.Join(componentsIn(all), ", "))
	}
	if name == "" {
		return fmt.Errorf("no InterviewTracker has pods in namespace %s: choose another one with -n", reached.Namespace)
	}
	if _, err := reached.GetTracker(ctx, name); apierrors.IsNotFound(err) || meta.IsNoMatchError(err) {
		return err
	}
	return fmt.Errorf("InterviewTracker %s/%s has no pods: see kubectl tracker status %[2]s", reached.Namespace, name)
}
