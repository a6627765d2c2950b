// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package events is kubectl tracker events: the events of a tracker and of all of its objects, in one
// list.
package events

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/owned"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

const help = `Print the events of the InterviewTracker NAME and of all of its objects (workloads, pods, jobs, volume claims
and others), the newest last; without NAME, those of all InterviewTrackers of the namespace.

Times are in UTC. COUNT says how often an event has happened, and in which time. Events of pods that have gone
are found by the pod's name. Kubernetes keeps events for an hour, unless your cluster is set up otherwise.

With -w, events are printed as they come, also when their count rises.

Permissions that it needs, in the namespace:
  get interviewtrackers; list them to distinguish trackers whose names begin alike, and without NAME
  list events; with -w, also watch
  list the kinds of a tracker's objects: of those that you may not list, events are found by names

Exit codes: 0 also when there are no events, 1 when they can't be read.`

const examples = `  # What happened to hiring in the last hour?
  kubectl tracker events hiring

  # Watch a rollout
  kubectl tracker events hiring -w`

const (
	// pageSize bounds what one answer holds.
	pageSize = 500

	// relistAfter is how long to wait before events are listed again after a watch has ended.
	relistAfter = time.Second
)

// NewCommand returns the command.
func NewCommand(config *genericclioptions.ConfigFlags, streams genericiooptions.IOStreams) *cobra.Command {
	var follow bool
	var format plugin.Format
	cmd := plugin.ForTrackers(config, &cobra.Command{
		Use:     "events [NAME] [flags]",
		Short:   "Print the events of a tracker and of all of its objects",
		Long:    help,
		Example: examples,
		PreRunE: func(*cobra.Command, []string) error {
			if follow && format != "" {
				return plugin.Usagef("--watch and --output exclude each other: what is watched has no end")
			}
			return nil
		},
	}, func(ctx context.Context, cluster *plugin.Cluster, name string) error {
		return run(ctx, cluster, name, follow, format, streams)
	})
	cmd.Flags().BoolVarP(&follow, "watch", "w", false, "print events as they come")
	plugin.AddFormatFlag(cmd, &format)
	return cmd
}

// run prints the events of a tracker; without a name, of those of the namespace.
func run(ctx context.Context, cluster *plugin.Cluster, name string, follow bool, format plugin.Format, streams genericiooptions.IOStreams) error {
	s, err := scopeOf(ctx, cluster, name)
	if err != nil {
		return err
	}
	found, version, err := list(ctx, cluster)
	if err != nil {
		return err
	}
	p := &watcher{
		cluster: cluster, scope: s, errOut: streams.ErrOut, printed: map[types.UID]string{},
		table: &table{out: streams.Out, colors: plugin.ColorsFor(streams.Out)},
	}
	events := p.news(found)
	switch {
	case format != "":
		return format.Print(streams.Out, events)
	case len(events) == 0:
		fmt.Fprintf(streams.ErrOut, "no events of %s in namespace %s\n", described(name), cluster.Namespace)
	default:
		if err := p.table.print(events); err != nil {
			return err
		}
	}
	if !follow {
		return nil
	}
	return p.watch(ctx, version)
}

func described(name string) string {
	if name == "" {
		return "InterviewTrackers"
	}
	return "InterviewTracker " + name
}

// Read returns the events of a tracker as the API server has them, and of its objects.
func Read(ctx context.Context, cluster *plugin.Cluster, name string) ([]corev1.Event, error) {
	s, err := scopeOf(ctx, cluster, name)
	if err != nil {
		return nil, err
	}
	found, _, err := list(ctx, cluster)
	if err != nil {
		return nil, err
	}
	return s.choose(found), nil
}

func (s *scope) choose(found []corev1.Event) []corev1.Event {
	var chosen []corev1.Event
	for i := range found {
		if s.has(&found[i]) {
			chosen = append(chosen, found[i])
		}
	}
	return chosen
}

// scopeOf reads what belongs to a tracker; without a name, to those of the namespace.
func scopeOf(ctx context.Context, cluster *plugin.Cluster, name string) (*scope, error) {
	s := &scope{name: name, owners: map[types.UID]string{}}
	all, err := cluster.ListTrackers(ctx, cluster.Namespace)
	if apierrors.IsForbidden(err) && name != "" {
		var one plugin.Tracker
		one, err = cluster.GetTracker(ctx, name)
		all = []plugin.Tracker{one}
	}
	if err != nil {
		return nil, err
	}
	for _, tracker := range all {
		s.owners[tracker.UID] = tracker.Name
		s.trackers = append(s.trackers, tracker.Name)
	}
	if len(s.trackers) == 0 || name != "" && !slices.Contains(s.trackers, name) {
		return nil, fmt.Errorf("there is no %s in namespace %s: see kubectl tracker status -A for those that there are", described(name), cluster.Namespace)
	}
	// Of the kinds that may not be listed, events are found by names.
	objects, _ := owned.List(ctx, cluster.Client, cluster.Namespace, "", owned.Metadata)
	for _, object := range objects {
		s.owners[object.GetUID()] = object.GetLabels()[v1alpha1.LabelTracker]
	}
	return s, nil
}

// list returns the events of the namespace, and the version of the list.
func list(ctx context.Context, cluster *plugin.Cluster) (events []corev1.Event, version string, err error) {
	next := ""
	for {
		var page corev1.EventList
		if err := cluster.Client.List(ctx, &page, client.InNamespace(cluster.Namespace), client.Limit(pageSize), client.Continue(next)); err != nil {
			return nil, "", fmt.Errorf("listing the events of namespace %s: %w", cluster.Namespace, err)
		}
		events = append(events, page.Items...)
		if next = page.Continue; next == "" {
			return events, page.ResourceVersion, nil
		}
	}
}

// watcher prints events as they come.
type watcher struct {
	cluster *plugin.Cluster
	scope   *scope
	table   *table
	errOut  io.Writer
	// printed has the version of each event in which it was printed.
	printed map[types.UID]string
}

// news returns those of the events that have not been printed, sorted.
func (p *watcher) news(found []corev1.Event) []Event {
	events := []Event{}
	for _, e := range p.scope.choose(found) {
		if p.printed[e.UID] == e.ResourceVersion {
			continue
		}
		p.printed[e.UID] = e.ResourceVersion
		events = append(events, Of(&e))
	}
	Sort(events)
	return events
}

// watch prints events until the context ends. Where a watch has ended, as it does after a while,
// the events are listed again.
func (p *watcher) watch(ctx context.Context, version string) error {
	for {
		changes, err := p.open(ctx, version)
		if apierrors.IsForbidden(err) {
			return fmt.Errorf("watching the events of namespace %s: %w", p.cluster.Namespace, err)
		}
		if err == nil {
			if err := p.printChanges(ctx, changes); err != nil {
				return err
			}
		}
		select {
		case <-time.After(relistAfter):
		case <-ctx.Done():
			return ctx.Err()
		}
		found, latest, err := list(ctx, p.cluster)
		if err != nil {
			fmt.Fprintln(p.errOut, words.Line("warning: "+err.Error(), plugin.MaxLine))
			continue
		}
		version = latest
		p.forget(found)
		if err := p.table.print(p.news(found)); err != nil {
			return err
		}
	}
}

func (p *watcher) open(ctx context.Context, version string) (watch.Interface, error) {
	since := &client.ListOptions{Raw: &metav1.ListOptions{ResourceVersion: version}}
	return p.cluster.Watch(ctx, &corev1.EventList{}, since, client.InNamespace(p.cluster.Namespace))
}

// printChanges prints the events of a watch until it ends. An error is one of printing.
func (p *watcher) printChanges(ctx context.Context, changes watch.Interface) error {
	defer changes.Stop()
	for {
		select {
		case change, open := <-changes.ResultChan():
			event, isEvent := change.Object.(*corev1.Event)
			switch {
			case !open || !isEvent:
				return nil
			case change.Type == watch.Deleted:
				delete(p.printed, event.UID)
				continue
			}
			if err := p.table.print(p.news([]corev1.Event{*event})); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// forget drops what is known of events that are no more.
func (p *watcher) forget(found []corev1.Event) {
	there := map[types.UID]bool{}
	for i := range found {
		there[found[i].UID] = true
	}
	for uid := range p.printed {
		if !there[uid] {
			delete(p.printed, uid)
		}
	}
}
