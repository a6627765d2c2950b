// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

const (
	// settle is how long a line waits for an earlier one of another pod, while logs are followed.
	settle = 300 * time.Millisecond
	// settleAtOnce is the same while they are read once: all lines are there, and a node may be slow.
	settleAtOnce = 10 * time.Second

	// relistAfter is how long to wait before pods are listed again after a watch has ended.
	relistAfter = time.Second
)

// cluster is what is read.
type cluster struct {
	// list returns the pods of the trackers, and the version of the list.
	list func(context.Context) (pods []corev1.Pod, version string, err error)
	// watch reports the pods that change after a version of the list.
	watch func(ctx context.Context, version string) (watch.Interface, error)
	open  opener
}

// show is what is shown of the logs.
type show struct {
	components  []string
	withTracker bool
	options     corev1.PodLogOptions
}

// collector prints the logs of sources, merged.
type collector struct {
	cluster cluster
	show    show
	printer *printer
	warning sync.Mutex // of warn
	errOut  io.Writer
	settle  time.Duration
	ending  time.Duration
	relist  time.Duration

	merger *merger
	// given has what the streams give, and taken says to each that its line has been printed.
	given  chan given
	taken  map[int]chan struct{}
	failed bool
}

// given is a line of a stream, or its end.
type given struct {
	stream int
	line   *line
	err    error
}

func newCollector(c cluster, s show, p *printer, errOut io.Writer) *collector {
	wait := settleAtOnce
	if s.options.Follow {
		wait = settle
	}
	return &collector{
		cluster: c, show: s, printer: p, errOut: errOut, settle: wait, ending: endingWithin, relist: relistAfter,
		merger: newMerger(), given: make(chan given), taken: map[int]chan struct{}{},
	}
}

// run prints the logs of sources until they end; when they are followed, also those of sources
// that begin later, until the context ends.
func (c *collector) run(ctx context.Context, sources []*source) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var begun chan *source
	if c.show.options.Follow {
		begun = make(chan *source)
		go c.discover(ctx, sources, begun)
	}
	count := 0
	for _, s := range sources {
		c.start(ctx, count, s, false)
		count++
	}
	var timer <-chan time.Time
	for {
		if err := c.printAll(); err != nil {
			return fmt.Errorf("writing the logs: %w", err)
		}
		if len(c.taken) == 0 && !c.show.options.Follow {
			return c.result()
		}
		switch {
		case !c.merger.waits():
			timer = nil
		case timer == nil:
			timer = time.After(c.settle)
		}
		select {
		case g := <-c.given:
			c.accept(g)
		case s := <-begun:
			c.start(ctx, count, s, true)
			count++
		case <-timer:
			c.merger.stopWaiting()
			timer = nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// result is an error when a log could not be read, which has been printed.
func (c *collector) result() error {
	if c.failed {
		return &plugin.ExitError{Code: plugin.CodeFailure}
	}
	return nil
}

func (c *collector) printAll() error {
	for {
		l, stream := c.merger.take()
		if l == nil {
			return nil
		}
		if err := c.printer.print(l); err != nil {
			return err
		}
		c.taken[stream] <- struct{}{}
	}
}

func (c *collector) accept(g given) {
	if g.line != nil {
		c.merger.offer(g.stream, g.line)
		return
	}
	c.merger.end(g.stream)
	delete(c.taken, g.stream)
	// Of a pod that has gone while its log was followed, there is nothing more to say.
	if g.err != nil && (!c.show.options.Follow || !apierrors.IsNotFound(g.err)) {
		c.failed = true
		c.warn(g.err.Error())
	}
}

// warn is also called beside run.
func (c *collector) warn(text string) {
	c.warning.Lock()
	defer c.warning.Unlock()
	fmt.Fprintln(c.errOut, words.Line(text, plugin.MaxLine))
}

// start reads the log of a source. Of one that has begun since, all lines are new.
func (c *collector) start(ctx context.Context, stream int, s *source, begun bool) {
	c.merger.add(stream)
	taken := make(chan struct{}, 1) // A stream that the context has ended takes none.
	c.taken[stream] = taken
	s.withTracker = c.show.withTracker
	c.printer.widen(s)
	options := c.show.options
	options.Container, options.Timestamps = s.container, true
	if begun {
		options.SinceSeconds, options.TailLines = nil, nil
	}
	r := &reader{
		open: c.cluster.open, source: s, options: options, ending: c.ending,
		runs: func(ctx context.Context) bool { return c.runs(ctx, s) },
	}
	go func() {
		give := func(g given) bool {
			select {
			case c.given <- g:
				return true
			case <-ctx.Done():
				return false
			}
		}
		err := r.read(ctx, func(l *line) bool {
			if !give(given{stream: stream, line: l}) {
				return false
			}
			select {
			case <-taken:
				return true
			case <-ctx.Done():
				return false
			}
		})
		give(given{stream: stream, err: err})
	}()
}

// runs reports whether the run of a container goes on. What can't be read may.
func (c *collector) runs(ctx context.Context, s *source) bool {
	pods, _, err := c.cluster.list(ctx)
	if err != nil {
		return true
	}
	return slices.ContainsFunc(pods, func(pod corev1.Pod) bool {
		sources, _ := sourcesOf(&pod, false)
		return slices.ContainsFunc(sources, func(other *source) bool { return other.id == s.id && other.running })
	})
}

// discover passes on the sources that begin, as pods and containers come and start again.
func (c *collector) discover(ctx context.Context, known []*source, begun chan<- *source) {
	seen := map[string]bool{}
	for _, s := range known {
		seen[s.id] = true
	}
	found := func(pods ...corev1.Pod) {
		for i := range pods {
			sources, _ := sourcesOf(&pods[i], false)
			for _, s := range sources {
				if seen[s.id] {
					continue
				}
				seen[s.id] = true
				select {
				case begun <- s:
				case <-ctx.Done():
				}
			}
		}
	}
	warned := map[string]bool{}
	for ctx.Err() == nil {
		err := c.watchOnce(ctx, found)
		if apierrors.IsForbidden(err) {
			c.warn("pods that start from now on are not followed: " + err.Error())
			return
		}
		if !errors.Is(err, errWatchEnded) && ctx.Err() == nil && !warned[err.Error()] {
			warned[err.Error()] = true
			c.warn("pods that start are noticed once this works again: " + err.Error())
		}
		select {
		case <-time.After(c.relist):
		case <-ctx.Done():
		}
	}
}

// errWatchEnded is that of a watch that the API server has ended, as it does after a while.
var errWatchEnded = errors.New("the watch has ended")

func (c *collector) watchOnce(ctx context.Context, found func(...corev1.Pod)) error {
	pods, version, err := c.cluster.list(ctx)
	if err != nil {
		return err
	}
	found(choose(pods, c.show.components)...)
	changes, err := c.cluster.watch(ctx, version)
	if err != nil {
		return err
	}
	defer changes.Stop()
	for {
		select {
		case change, open := <-changes.ResultChan():
			pod, isPod := change.Object.(*corev1.Pod)
			if change.Type == watch.Error {
				if err := apierrors.FromObject(change.Object); !apierrors.IsResourceExpired(err) && !apierrors.IsGone(err) {
					return fmt.Errorf("watching the pods: %w", err)
				}
			}
			if !open || !isPod {
				return errWatchEnded
			}
			if change.Type != watch.Deleted {
				found(choose([]corev1.Pod{*pod}, c.show.components)...)
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
