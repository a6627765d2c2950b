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
)

const (
	// maxLogLines and maxLog bound a log: its last lines, and their last bytes.
	maxLogLines = 2000
	maxLog      = 512 << 10

	// logTimeout bounds the reading of a log.
	logTimeout = 30 * time.Second
)

// logRun is a run of a container that has a log.
type logRun struct {
	container string
	previous  bool
	started   time.Time
}

// file is the path of the run's log.
func (r logRun) file(pod string) string {
	name := "logs/" + pod + "/" + r.container
	if r.previous {
		name += ".previous"
	}
	return name + ".log"
}

// runsOf returns the runs of a pod's containers that have a log.
func runsOf(pod *corev1.Pod) []logRun {
	var runs []logRun
	for _, statuses := range [][]corev1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses, pod.Status.EphemeralContainerStatuses} {
		for i := range statuses {
			runs = append(runs, runsOfContainer(&statuses[i])...)
		}
	}
	return runs
}

func runsOfContainer(s *corev1.ContainerStatus) []logRun {
	var runs []logRun
	ended := s.LastTerminationState.Terminated
	switch {
	case s.State.Running != nil:
		runs = append(runs, logRun{container: s.Name, started: s.State.Running.StartedAt.Time})
	case s.State.Terminated != nil:
		runs = append(runs, logRun{container: s.Name, started: s.State.Terminated.StartedAt.Time})
	case ended != nil: // It waits to be started again, and the log is that of the run before.
		return append(runs, logRun{container: s.Name, started: ended.StartedAt.Time})
	}
	if ended != nil {
		runs = append(runs, logRun{container: s.Name, previous: true, started: ended.StartedAt.Time})
	}
	return runs
}

// opener opens the log of a container.
type opener func(ctx context.Context, namespace, pod string, options *corev1.PodLogOptions) (io.ReadCloser, error)

// readLog reads the end of a log. A note at its beginning says that there is more.
func readLog(ctx context.Context, open opener, pod *corev1.Pod, r logRun) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	body, err := open(ctx, pod.Namespace, pod.Name, &corev1.PodLogOptions{
		Container: r.container, Previous: r.previous, Timestamps: true, TailLines: new(int64(maxLogLines)),
	})
	if err != nil {
		return nil, err
	}
	defer body.Close()
	log := &lastLines{}
	err = log.read(body)
	content := log.content()
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
	reader := bufio.NewReaderSize(in, maxMasked/2)
	inLine := false
	for {
		piece, err := reader.ReadSlice('\n')
		switch {
		case len(piece) == 0:
		case inLine: // The end of a line that is too long.
		default:
			l.add(piece)
		}
		inLine = errors.Is(err, bufio.ErrBufferFull)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !inLine {
			return err
		}
	}
}

func (l *lastLines) add(line []byte) {
	kept := append([]byte(nil), line...)
	if len(kept) == maxMasked/2 && kept[len(kept)-1] != '\n' {
		// Not within a word: a few characters of a secret are not known as such.
		kept = kept[:max(bytes.LastIndexByte(kept, ' '), 0)]
		kept = append(kept, "… (cut off)"...)
	}
	if !bytes.HasSuffix(kept, []byte("\n")) {
		kept = append(kept, '\n')
	}
	l.lines = append(l.lines, kept)
	l.size += len(kept)
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
func (b *bundle) addLogs(ctx context.Context, open opener, folder string, pods []corev1.Pod, withheld func(*corev1.Pod, time.Time) string) {
	for i := range pods {
		pod := &pods[i]
		for _, r := range runsOf(pod) {
			path := folder + r.file(pod.Name)
			if reason := withheld(pod, r.started); reason != "" {
				b.withhold(path, reason)
				continue
			}
			content, err := readLog(ctx, open, pod, r)
			if apierrors.IsNotFound(err) || apierrors.IsBadRequest(err) {
				b.problem("%s: the log has gone: %s", path, err)
				continue
			}
			if err != nil {
				b.problem("%s: %s", path, err)
				continue
			}
			b.add(path, content)
		}
	}
}
