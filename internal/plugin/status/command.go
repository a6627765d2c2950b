// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package status shows in what state trackers are: the worst thing first, then the parts of each,
// and what their API's pods say of the dependencies at that moment.
package status

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

const help = `Show in what state a tracker is: the worst thing first and what to do about it, then its
components, dependencies and pods, its monitoring and what drifts, and the last events.

The response times of dependencies are asked of the API's pods at that moment, through the API
server. Without the right to get pods/proxy, dependencies are as the operator's status says.

Without NAME, the only tracker of the namespace is shown; of several, a line each, the worst first.

With -o json and yaml, the tracker that is named is printed; without NAME a list, "items", however many
there are.

With --watch, it is shown again at each change until you interrupt it. On a terminal, the page is
drawn in place; otherwise each change is printed.

The exit code is 0 when the state was shown, whatever it is: kubectl tracker wait has one that
depends on it. It is 1 when the tracker can't be read, and 2 for a command line that is not valid.

Permissions that it needs: get or list interviewtrackers. It shows more with list on pods and
events, and get on pods/proxy.`

const examples = `  kubectl tracker status hiring -n people
  kubectl tracker status -A
  kubectl tracker status hiring -o json
  kubectl tracker status -A -o json | jq -r '.items[] | select(.state != "Ready").name'`

// options are the command's flags.
type options struct {
	allNamespaces, watch bool
	format               plugin.Format
}

// NewCommand returns kubectl tracker status.
func NewCommand(flags *genericclioptions.ConfigFlags, streams genericiooptions.IOStreams) *cobra.Command {
	var o options
	cmd := plugin.ForTrackers(flags, &cobra.Command{
		Use:     "status [NAME]",
		Short:   "Show in what state trackers are, the worst thing first",
		Long:    help,
		Example: examples,
		PreRunE: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 && o.allNamespaces {
				return plugin.Usagef("a tracker's name and --all-namespaces can't be used together")
			}
			if o.watch && o.format != "" {
				return plugin.Usagef("--watch and --output can't be used together")
			}
			return nil
		},
	}, func(ctx context.Context, cluster *plugin.Cluster, name string) error {
		view := func(ctx context.Context) (screen, error) { return look(ctx, cluster, name, o, metav1.Now()) }
		if o.watch {
			return follow(ctx, streams.Out, view, interval)
		}
		shown, err := view(ctx)
		if err != nil {
			return err
		}
		return shown.print(streams.Out, o.format)
	})
	cmd.Flags().BoolVarP(&o.allNamespaces, "all-namespaces", "A", false, "show the trackers of all namespaces")
	cmd.Flags().BoolVarP(&o.watch, "watch", "w", false, "show it again at each change")
	plugin.AddFormatFlag(cmd, &o.format)
	return cmd
}

// screen is what the command shows at one moment: one tracker, or a line each of several.
type screen struct {
	reports []Report
	// table is set for a line each.
	table, namespaces bool
	// one is set for a tracker that was named. As data, all others are a list, however many there are.
	one bool
	now metav1.Time
}

// Text is what the command prints of one tracker, without colors. edit changes events before they are shown.
func Text(ctx context.Context, cluster *plugin.Cluster, tracker plugin.Tracker, now metav1.Time, edit func(*corev1.Event)) string {
	f := gather(ctx, cluster, tracker, now)
	for i := range f.events {
		edit(&f.events[i])
	}
	return screen{reports: []Report{newReport(f)}, now: now}.text(plugin.Colors{}, false)
}

// look reads what there is to show.
func look(ctx context.Context, cluster *plugin.Cluster, name string, o options, now metav1.Time) (screen, error) {
	s := screen{namespaces: o.allNamespaces, one: name != "", now: now}
	var trackers []plugin.Tracker
	if name != "" {
		tracker, err := cluster.GetTracker(ctx, name)
		if err != nil {
			return s, err
		}
		trackers = []plugin.Tracker{tracker}
	} else {
		namespace := cluster.Namespace
		if o.allNamespaces {
			namespace = ""
		}
		var err error
		if trackers, err = cluster.ListTrackers(ctx, namespace); err != nil {
			return s, err
		}
		if len(trackers) == 0 {
			return s, fmt.Errorf("there is no InterviewTracker in %s", cmp.Or(namespaceText(namespace), "any namespace"))
		}
	}
	if len(trackers) == 1 {
		s.reports = []Report{newReport(gather(ctx, cluster, trackers[0], now))}
		return s, nil
	}
	s.table = true
	for _, tracker := range trackers {
		s.reports = append(s.reports, newReport(facts{tracker: tracker, eventsUnread: "events are read only where one tracker is shown", now: now}))
	}
	sortWorstFirst(s.reports)
	return s, nil
}

func namespaceText(namespace string) string {
	if namespace == "" {
		return ""
	}
	return "namespace " + namespace + " (-A shows those of all namespaces)"
}

// sortWorstFirst orders trackers.
func sortWorstFirst(reports []Report) { slices.SortStableFunc(reports, worstFirst) }

func worstFirst(a, b Report) int {
	return cmp.Or(
		cmp.Compare(slices.Index(statesWorstFirst, a.State), slices.Index(statesWorstFirst, b.State)),
		cmp.Compare(levelIndex(a), levelIndex(b)),
		cmp.Compare(a.Namespace, b.Namespace),
		cmp.Compare(a.Name, b.Name),
	)
}

func levelIndex(r Report) int {
	levels := []Level{LevelBroken, LevelWarning, LevelWaiting, LevelNote}
	if worst := r.worst(); worst != nil {
		return slices.Index(levels, worst.Level)
	}
	return len(levels)
}

// print prints a screen in a format.
func (s screen) print(w io.Writer, format plugin.Format) error {
	switch {
	case format != "" && !s.one:
		return format.Print(w, map[string]any{"items": s.reports})
	case format != "":
		return format.Print(w, s.reports[0])
	}
	_, err := io.WriteString(w, s.text(plugin.ColorsFor(w), false))
	return err
}

// text is a screen for people; still, without what changes by itself.
func (s screen) text(colors plugin.Colors, still bool) string {
	p := &page{colors: colors, now: s.now, still: still}
	if s.table {
		p.summary(s.reports, s.namespaces)
	} else {
		p.report(s.reports[0])
	}
	return p.text.String()
}
