// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"fmt"
	"io"
	"net/http"

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

// Forward forwards a local port to one of a pod until the context ends, and returns its
// address, HOST:PORT.
func (f Forwarder) Forward(ctx context.Context, pod types.NamespacedName, port int32) (string, error) {
	dialer, err := f.dialer(pod)
	if err != nil {
		return "", err
	}
	ctx = klog.NewContext(ctx, funcr.New(func(_, args string) {
		fmt.Fprintln(f.Stderr, words.Line("forwarding a port to "+pod.String()+": "+args, MaxLine))
	}, funcr.Options{}))
	ready := make(chan struct{})
	ports, err := portforward.NewOnAddressesForStreamingWithContext(
		ctx, dialer, []string{"127.0.0.1"}, []string{fmt.Sprintf("0:%d", port)}, ready, io.Discard, io.Discard)
	if err != nil {
		return "", err
	}
	ended := make(chan error, 1)
	go func() { ended <- ports.ForwardPorts() }()
	select {
	case <-ready:
	case err := <-ended:
		return "", err
	case <-ctx.Done():
		return "", ctx.Err()
	}
	forwarded, err := ports.GetPorts()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("127.0.0.1:%d", forwarded[0].Local), nil
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
