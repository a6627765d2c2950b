// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package open

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

const (
	// checkEvery is how often the pod is looked at: a connection to a pod that has gone may stay.
	checkEvery = 2 * time.Second

	// steady is how long a connection lasts after which the next failure is the first again.
	steady = time.Minute
)

// reconnecting is how long to wait before another connection, after one has ended.
var reconnecting = wait.Backoff{Duration: 500 * time.Millisecond, Factor: 2, Jitter: 0.2, Steps: 10, Cap: 15 * time.Second}

// portName is the name of the port that a component serves at.
const portName = "http"

// keeper keeps a local port connected to a pod of a tracker's frontend.
type keeper struct {
	// pods returns the pods of the frontend.
	pods func(context.Context) ([]corev1.Pod, error)
	// forward forwards a local port to one of a pod, until the context ends or the connection does.
	// Port 0 is a free one.
	forward func(ctx context.Context, pod types.NamespacedName, local uint16, remote int32) (*plugin.Forwarding, error)
	// opened is called with the address, once.
	opened func(address string)
	// pause waits, or returns an error when the context ends.
	pause  func(context.Context, time.Duration) error
	now    func() time.Time
	errOut io.Writer
}

// run keeps the port connected until the context ends. That no connection can be made at the
// beginning is an error.
func (k *keeper) run(ctx context.Context) error {
	pods, err := k.pods(ctx)
	if err != nil {
		return err
	}
	pod := choose(pods)
	if pod == nil {
		return errNoneReady
	}
	c, err := k.connect(ctx, pod, 0)
	if err != nil {
		return err
	}
	k.opened(c.Address)
	backoff := reconnecting
	for {
		since := k.now()
		k.say("connected to pod %s", pod.Name)
		reason := k.hold(ctx, pod, c)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		k.say("%s: connecting to another pod", reason)
		if k.now().Sub(since) >= steady {
			backoff = reconnecting
		}
		if pod, c, err = k.reconnect(ctx, &backoff, c.Port); err != nil {
			return err
		}
	}
}

// reconnect connects the port again, as soon as a pod is ready.
func (k *keeper) reconnect(ctx context.Context, backoff *wait.Backoff, port uint16) (*corev1.Pod, *connection, error) {
	said := ""
	for {
		if err := k.pause(ctx, backoff.Step()); err != nil {
			return nil, nil, err
		}
		pod, c, err := k.tryAgain(ctx, port)
		if err == nil {
			return pod, c, nil
		}
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		if err.Error() != said { // Once for each reason.
			said = err.Error()
			k.say("not yet: %s", said)
		}
	}
}

var errNoneReady = errors.New("no pod of the frontend is ready")

func (k *keeper) tryAgain(ctx context.Context, port uint16) (*corev1.Pod, *connection, error) {
	pods, err := k.pods(ctx)
	if err != nil {
		return nil, nil, err
	}
	pod := choose(pods)
	if pod == nil {
		return nil, nil, errNoneReady
	}
	c, err := k.connect(ctx, pod, port)
	return pod, c, err
}

// connection is a forwarding, and what ends it.
type connection struct {
	*plugin.Forwarding
	end context.CancelFunc
}

func (k *keeper) connect(ctx context.Context, pod *corev1.Pod, local uint16) (*connection, error) {
	remote := portOf(pod)
	if remote == 0 {
		return nil, fmt.Errorf("pod %s/%s has no port named %s", pod.Namespace, pod.Name, portName)
	}
	ctx, end := context.WithCancel(ctx)
	forwarding, err := k.forward(ctx, types.NamespacedName{Namespace: pod.Namespace, Name: pod.Name}, local, remote)
	if err != nil {
		end()
		return nil, fmt.Errorf("forwarding a port to pod %s/%s: %w", pod.Namespace, pod.Name, err)
	}
	return &connection{Forwarding: forwarding, end: end}, nil
}

// hold waits until the connection, the pod or the context ends, and says which.
func (k *keeper) hold(ctx context.Context, pod *corev1.Pod, c *connection) string {
	defer func() {
		c.end()
		<-c.Ended // The local port is free again.
	}()
	checks := time.NewTicker(checkEvery)
	defer checks.Stop()
	for {
		select {
		case <-c.Ended:
			return "the connection to pod " + pod.Name + " has ended"
		case <-ctx.Done():
			return ""
		case <-checks.C:
			// While the pods can't be read, the connection may still work.
			if pods, err := k.pods(ctx); err == nil && !isThere(pods, pod) {
				return "pod " + pod.Name + " is going away"
			}
		}
	}
}

// say prints what happens, beside the address.
func (k *keeper) say(format string, args ...any) {
	fmt.Fprintln(k.errOut, words.Line(fmt.Sprintf(format, args...), plugin.MaxLine))
}
