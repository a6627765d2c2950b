// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package podlog finds and opens the logs of pods' containers.
package podlog

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"

	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

// Opener opens the log of a container.
type Opener func(ctx context.Context, namespace, pod string, options *corev1.PodLogOptions) (io.ReadCloser, error)

// Of returns what opens the logs of a cluster. It makes no request.
func Of(cluster *plugin.Cluster) (Opener, error) {
	config := rest.CopyConfig(cluster.Config)
	config.QPS, config.Burst = 50, 100 // One request per container, at once.
	clients, err := corev1client.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", config.Host, err)
	}
	return func(ctx context.Context, namespace, pod string, options *corev1.PodLogOptions) (io.ReadCloser, error) {
		return clients.Pods(namespace).GetLogs(pod, options).Stream(ctx)
	}, nil
}

// Container is a container of a pod, and the runs of it that have a log.
type Container struct {
	Name string
	// Latest is the run whose log is the container's. While the container waits to be started again, it is
	// the one that has ended.
	Latest *Run
	// Running means that the latest run goes on.
	Running bool
	// Previous is the last run that has ended, whose log is the previous one.
	Previous *Run
	// Reason is why there is no latest run.
	Reason string
}

// Run is a run of a container: with each restart begins another.
type Run struct {
	// ID identifies it among the container's runs: the runtime's, or the number of restarts before it has one. They are
	// not combined: the number stays the same while the container waits to be started again.
	ID      string
	Started time.Time
}

// Containers are those of a pod, as far as its status has them.
func Containers(pod *corev1.Pod) []Container {
	var all []Container
	for _, s := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses, pod.Status.EphemeralContainerStatuses) {
		c := Container{Name: s.Name}
		if ended := s.LastTerminationState.Terminated; ended != nil {
			c.Previous = run(s.RestartCount-1, ended.ContainerID, ended.StartedAt.Time)
		}
		switch state := s.State; {
		case state.Running != nil:
			c.Latest, c.Running = run(s.RestartCount, s.ContainerID, state.Running.StartedAt.Time), true
		case state.Terminated != nil:
			c.Latest = run(s.RestartCount, s.ContainerID, state.Terminated.StartedAt.Time)
		case c.Previous != nil:
			c.Latest = c.Previous
		case state.Waiting != nil && state.Waiting.Reason != "":
			c.Reason = state.Waiting.Reason
		default:
			c.Reason = "it has not started"
		}
		all = append(all, c)
	}
	return all
}

func run(restarts int32, id string, started time.Time) *Run {
	return &Run{ID: cmp.Or(id, strconv.Itoa(int(restarts))), Started: started}
}

// ReadLine reads a line without its end, of at most so many bytes, and returns how many more it has. One that
// breaks off with an error is left out.
func ReadLine(in *bufio.Reader, most int) (text []byte, left int64, err error) {
	for {
		piece, err := in.ReadSlice('\n')
		end := err == nil
		piece = bytes.TrimSuffix(piece, []byte("\n"))
		kept := min(len(piece), most-len(text))
		text = append(text, piece[:kept]...)
		left += int64(len(piece) - kept)
		switch {
		case end:
			return bytes.TrimSuffix(text, []byte("\r")), left, nil
		case errors.Is(err, io.EOF) && len(text) > 0:
			return text, left, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, 0, err
		}
	}
}
