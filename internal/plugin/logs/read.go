// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/podlog"
)

const (
	// maxLine bounds a line, in bytes: of a longer one, the end is left out.
	maxLine = 256 << 10

	// openTimeout bounds how long the first byte of an answer may take.
	openTimeout = 30 * time.Second
)

// errSlow is why a request is given up.
var errSlow = fmt.Errorf("no answer within %s", openTimeout)

// reopening is how often, and after how long, a log whose connection has failed is read on.
var reopening = wait.Backoff{Duration: 500 * time.Millisecond, Factor: 2, Jitter: 0.2, Steps: 6, Cap: 15 * time.Second}

// endingWithin is how long the pod's status may take to say that a container has ended, whose log has.
const endingWithin = 2 * time.Second

// opener opens the log of a container.
type opener func(ctx context.Context, pod string, options *corev1.PodLogOptions) (io.ReadCloser, error)

// reader reads the log of one source.
type reader struct {
	open    opener
	source  *source
	options corev1.PodLogOptions
	// runs reports whether the run of the source goes on, as far as is known.
	runs func(context.Context) bool
	// ending is how long to wait before that is asked.
	ending time.Duration
	// last is the time of the last line.
	last time.Time
}

// read reads the log, and passes on each line until yield returns false. A log that is followed is
// read on where a connection has failed, and where the kubelet has ended an answer, as it does when it starts again and
// after some hours, while the container runs.
func (r *reader) read(ctx context.Context, yield func(*line) bool) error {
	backoff := reopening
	for {
		before := r.last
		err := r.readOnce(ctx, yield)
		if ctx.Err() != nil || !r.options.Follow || err != nil && !worthRetrying(err) {
			return err
		}
		if err == nil || r.last.After(before) {
			backoff = reopening
		}
		pause := r.ending
		if err != nil {
			if backoff.Steps <= 1 {
				return err
			}
			pause = backoff.Step()
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
		if err == nil && !r.runs(ctx) {
			return nil
		}
	}
}

// worthRetrying reports whether an error may be one of the connection: the API server has given
// no answer of its own.
func worthRetrying(err error) bool {
	status := apierrors.APIStatus(nil)
	return !errors.As(err, &status) || apierrors.IsServerTimeout(err) || apierrors.IsTooManyRequests(err) || apierrors.IsServiceUnavailable(err)
}

func (r *reader) readOnce(ctx context.Context, yield func(*line) bool) error {
	options := r.options
	since := r.last
	if !since.IsZero() {
		// The API server takes whole seconds: lines that have been read come once more.
		options.SinceTime, options.SinceSeconds, options.TailLines = &metav1.Time{Time: since}, nil, nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	late := time.AfterFunc(openTimeout, func() { cancel(errSlow) })
	body, err := r.open(ctx, r.source.pod, &options)
	late.Stop()
	if err != nil {
		if cause := context.Cause(ctx); errors.Is(cause, errSlow) {
			err = cause
		}
		return fmt.Errorf("reading the log of container %s of pod %s: %w", r.source.container, r.source.pod, err)
	}
	defer body.Close()

	in := bufio.NewReader(body)
	for {
		text, left, err := podlog.ReadLine(in, maxLine)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the log of container %s of pod %s: %w", r.source.container, r.source.pod, err)
		}
		l := r.line(text, left)
		if !since.IsZero() && !l.at.After(since) {
			continue
		}
		if !yield(l) {
			return nil
		}
		r.last = l.at
	}
}

// line reads the time that the API server has set before a line.
func (r *reader) line(text []byte, left int64) *line {
	l := &line{at: r.last, source: r.source, text: string(text), left: left}
	if before, after, found := bytes.Cut(text, []byte(" ")); found {
		if at, err := time.Parse(time.RFC3339Nano, string(before)); err == nil {
			l.at, l.text = at, string(after)
		}
	}
	return l
}
