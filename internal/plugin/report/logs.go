// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package report

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

	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/podlog"
)

const (
	// maxLogLines and maxLog bound a log: its last lines, and their last bytes.
	maxLogLines = 2000
	maxLog      = 512 << 10

	// logTimeout bounds the reading of a log.
	logTimeout = 30 * time.Second
)

// log is that of a container: of its latest run, or of the one before.
type log struct {
	pod       *corev1.Pod
	container string
	previous  bool
}

// file is the path of the log.
func (l log) file() string {
	name := "logs/" + l.pod.Name + "/" + l.container
	if l.previous {
		name += ".previous"
	}
	return name + ".log"
}

// read reads the end of a log. A note at its beginning says that there is more.
func (l log) read(ctx context.Context, open podlog.Opener) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	body, err := open(ctx, l.pod.Namespace, l.pod.Name, &corev1.PodLogOptions{
		Container: l.container, Previous: l.previous, Timestamps: true, TailLines: new(int64(maxLogLines)),
	})
	if err != nil {
		return nil, err
	}
	defer body.Close()
	last := &lastLines{}
	err = last.read(body)
	content := last.content()
	if err != nil && len(content) == 0 {
		return nil, err
	}
	if err != nil {
		content = fmt.Appendf(content, "(the rest could not be read: %s)\n", err)
	}
	return content, nil
}

// lastLines keeps the last lines of a log.
type lastLines struct {
	lines [][]byte
	count int
	size  int
}

func (l *lastLines) read(in io.Reader) error {
	reader := bufio.NewReader(in)
	for {
		line, left, err := podlog.ReadLine(reader, maxMasked/2)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if left > 0 {
			// Not within a word: a few characters of a secret are not known as such.
			line = append(line[:max(bytes.LastIndexByte(line, ' '), 0)], "… (cut off)"...)
		}
		l.add(append(line, '\n'))
	}
}

func (l *lastLines) add(line []byte) {
	l.lines = append(l.lines, line)
	l.size += len(line)
	l.count++
	for l.size > maxLog {
		l.size -= len(l.lines[0])
		l.lines = l.lines[1:]
	}
}

func (l *lastLines) content() []byte {
	var out []byte
	if l.count >= maxLogLines || len(l.lines) < l.count {
		out = fmt.Appendf(out, "(the last %d lines of a longer log)\n", len(l.lines))
	}
	for _, line := range l.lines {
		out = append(out, line...)
	}
	return out
}

// addLogs adds the logs of pods, of which withheld says why one must not be added.
func (b *bundle) addLogs(ctx context.Context, open podlog.Opener, folder string, pods []corev1.Pod, withheld func(*corev1.Pod, time.Time) string) {
	for i := range pods {
		add := func(l log, run *podlog.Run) {
			if run != nil {
				b.addLog(ctx, open, folder+l.file(), l, withheld(l.pod, run.Started))
			}
		}
		for _, c := range podlog.Containers(&pods[i]) {
			add(log{pod: &pods[i], container: c.Name}, c.Latest)
			if c.Previous != c.Latest {
				add(log{pod: &pods[i], container: c.Name, previous: true}, c.Previous)
			}
		}
	}
}

// addLog adds a log, unless there is a reason to withhold it.
func (b *bundle) addLog(ctx context.Context, open podlog.Opener, path string, l log, withheld string) {
	if withheld != "" {
		b.withhold(path, withheld)
		return
	}
	content, err := l.read(ctx, open)
	switch {
	case apierrors.IsNotFound(err) || apierrors.IsBadRequest(err):
		b.problem("%s: the log has gone: %s", path, err)
	case err != nil:
		b.problem("%s: %s", path, err)
	default:
		b.add(path, content)
	}
}
