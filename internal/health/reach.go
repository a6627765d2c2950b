// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"k8s.io/client-go/rest"
)

// Reach is how the poller reaches pods: Direct, or ThroughAPIServer.
type Reach interface {
	// to makes the route to one pod, for questions that take up to the timeout.
	to(pod Pod, timeout time.Duration) route
}

// route is the way to one pod. No two pods share connections to a pod.
type route struct {
	transport http.RoundTripper
	base      *url.URL
	// proxied tells that the API server passes on what the pod says, or answers in
	// its place.
	proxied bool
	// close drops the connections that are not in use, and those in use once they
	// no longer are.
	close func()
}

// maxHeaderBytes bounds the header of an answer. The contract asks for none.
const maxHeaderBytes = 8 << 10

// bufferBytes is the size of a connection's buffers: a question and most of an
// answer. There are thousands of connections.
const bufferBytes = 1 << 10

// Direct reaches pods at their own addresses.
func Direct() Reach { return direct{} }

type direct struct{}

func (direct) to(pod Pod, timeout time.Duration) route {
	// A transport of its own: a connection must not outlive the pod, whose address
	// the next one may get. A connection that is being made is not given up with the
	// question that wanted it, hence a limit of its own.
	transport := &http.Transport{
		Proxy:                  nil, // A proxy of the environment has no business here.
		DialContext:            (&net.Dialer{Timeout: timeout}).DialContext,
		DisableCompression:     true, // The limit is on what is sent, and must be on what is read.
		MaxIdleConnsPerHost:    1,
		MaxResponseHeaderBytes: maxHeaderBytes,
		ReadBufferSize:         bufferBytes,
		WriteBufferSize:        bufferBytes,
	}
	return route{
		transport: transport,
		base:      &url.URL{Scheme: "http", Host: net.JoinHostPort(pod.Address, strconv.Itoa(int(pod.Port))), Path: "/"},
		close:     transport.CloseIdleConnections,
	}
}

// ThroughAPIServer reaches pods through the API server's pod proxy, which asks for
// the right to get pods/proxy: for a mesh with mTLS, a policy that denies by
// default, or an operator outside the cluster.
func ThroughAPIServer(config *rest.Config) (Reach, error) {
	config = rest.CopyConfig(config)
	config.DisableCompression = true
	transport, err := rest.TransportFor(config)
	if err != nil {
		return nil, fmt.Errorf("making a client of the pod proxy: %w", err)
	}
	base, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return nil, fmt.Errorf("finding the pod proxy: %w", err)
	}
	return proxied{transport, base.JoinPath("/")}, nil
}

type proxied struct {
	transport http.RoundTripper
	base      *url.URL
}

func (p proxied) to(pod Pod, _ time.Duration) route {
	return route{
		transport: p.transport,
		base: p.base.JoinPath("api", "v1", "namespaces", url.PathEscape(pod.Namespace),
			"pods", url.PathEscape(fmt.Sprintf("http:%s:%d", pod.Name, pod.Port)), "proxy"),
		proxied: true,
		close:   func() {}, // The connections are the API server's, and those of all clients.
	}
}
