// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/go-logr/logr/funcr"
	"k8s.io/apimachinery/pkg/types"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/klog/v2"
	"k8s.io/streaming/pkg/httpstream"

	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

// Forwarder forwards local ports to pods.
type Forwarder struct {
	Config *rest.Config
	Stderr io.Writer // what goes wrong with a connection is printed to it
}

// connectTimeout bounds how long a pod may take to be connected.
const connectTimeout = 30 * time.Second

// Forwarding is a local port that is forwarded to one of a pod.
type Forwarding struct {
	// Address is where the local port is, HOST:PORT.
	Address string
	// Port is the local port.
	Port uint16
	// Ended is closed when nothing is forwarded any more, and the local port is free: the context
	// or the connection to the pod has ended.
	Ended <-chan struct{}
}

// Forward forwards a free local port to one of a pod until the context ends, and returns its
// address, HOST:PORT.
func (f Forwarder) Forward(ctx context.Context, pod types.NamespacedName, port int32) (string, error) {
	forwarding, err := f.ForwardFrom(ctx, pod, 0, port)
	if err != nil {
		return "", err
	}
	return forwarding.Address, nil
}

// ForwardFrom forwards a local port, a free one if it is 0, to one of a pod, until the context or
// the connection ends.
func (f Forwarder) ForwardFrom(ctx context.Context, pod types.NamespacedName, local uint16, remote int32) (*Forwarding, error) {
	dialer, err := f.dialer(pod)
	if err != nil {
		return nil, err
	}
	until, cancel := context.WithCancel(ctx)
	until = klog.NewContext(until, funcr.New(func(_, args string) {
		fmt.Fprintln(f.Stderr, words.Line("forwarding a port to "+pod.String()+": "+args, MaxLine))
	}, funcr.Options{}))
	ready := make(chan struct{})
	ports, err := portforward.NewOnAddressesForStreamingWithContext(
		until, dialer, []string{"127.0.0.1"}, []string{fmt.Sprintf("%d:%d", local, remote)}, ready, io.Discard, io.Discard)
	if err != nil {
		cancel()
		return nil, err
	}
	failed := make(chan error, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer cancel()
		failed <- ports.ForwardPorts()
	}()
	timer := time.NewTimer(connectTimeout)
	defer timer.Stop()
	select {
	case <-ready:
	case err := <-failed:
		return nil, err
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-timer.C:
		cancel()
		return nil, fmt.Errorf("no connection within %s", connectTimeout)
	}
	forwarded, err := ports.GetPorts()
	if err != nil {
		cancel()
		return nil, err
	}
	port := forwarded[0].Local
	return &Forwarding{Address: fmt.Sprintf("127.0.0.1:%d", port), Port: port, Ended: ended}, nil
}

// dialer connects to the API server as kubectl does: by a WebSocket, or by SPDY if it, or a
// proxy on the way, takes none.
func (f Forwarder) dialer(pod types.NamespacedName) (httpstream.Dialer, error) {
	clients, err := corev1client.NewForConfig(f.Config)
	if err != nil {
		return nil, err
	}
	target := clients.RESTClient().Post().Resource("pods").Namespace(pod.Namespace).Name(pod.Name).SubResource("portforward").URL()
	transport, upgrader, err := spdy.RoundTripperFor(f.Config)
	if err != nil {
		return nil, err
	}
	bySPDY := spdy.NewDialerForStreaming(upgrader, &http.Client{Transport: transport}, http.MethodPost, target)
	byWebSocket, err := portforward.NewSPDYOverWebsocketDialerForStreaming(target, f.Config)
	if err != nil {
		return nil, err
	}
	return portforward.NewFallbackDialerForStreaming(byWebSocket, bySPDY, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	}), nil
}
