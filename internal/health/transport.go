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

// Transport is how the poller connects to pods: Direct or ThroughAPIServer.
type Transport interface {
	// routeTo returns the route to one pod, for polls that take up to the timeout.
	routeTo(pod Pod, timeout time.Duration) route
}

// route is the way to one pod. Pods don't share connections.
type route struct {
	http.RoundTripper
	base *url.URL
	// proxied is true if the API server forwards the pod's responses, or responds in
	// its place.
	proxied bool
	// close closes idle connections now, and those in use after their request.
	close func()
}

// maxHeaderBytes limits the header of a response. The contract needs no header field.
const maxHeaderBytes = 8 << 10

// bufferBytes is the size of a connection's buffers, enough for a request and most of
// a response. There are thousands of connections.
const bufferBytes = 1 << 10

// Direct connects to pods at their IP addresses.
func Direct() Transport { return direct{} }

type direct struct{}

func (direct) routeTo(pod Pod, timeout time.Duration) route {
	// Each pod has its own http.Transport: a connection must not outlive its pod,
	// because another pod may get the same address. A connection that is being
	// established outlives the request that it was for, so it has its own timeout.
	transport := &http.Transport{
		Proxy:                  nil, // Pods are not reached through a proxy of the environment.
		DialContext:            (&net.Dialer{Timeout: timeout}).DialContext,
		DisableCompression:     true, // The size limit applies to both the bytes received and the bytes parsed.
		MaxIdleConnsPerHost:    1,
		MaxResponseHeaderBytes: maxHeaderBytes,
		ReadBufferSize:         bufferBytes,
		WriteBufferSize:        bufferBytes,
	}
	return route{
		RoundTripper: transport,
		base:         &url.URL{Scheme: "http", Host: net.JoinHostPort(pod.Address, strconv.Itoa(int(pod.Port))), Path: "/"},
		close:        transport.CloseIdleConnections,
	}
}

// ThroughAPIServer connects to pods through the API server's pod proxy, for service
// meshes with mTLS, network policies that deny by default, or an operator outside the
// cluster. It needs the right to get pods/proxy.
func ThroughAPIServer(config *rest.Config) (Transport, error) {
	config = rest.CopyConfig(config)
	config.DisableCompression = true
	transport, err := rest.TransportFor(config)
	if err != nil {
		return nil, fmt.Errorf("creating a client for the pod proxy: %w", err)
	}
	base, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return nil, fmt.Errorf("parsing the API server's address: %w", err)
	}
	return podProxy{transport, base.JoinPath("/")}, nil
}

type podProxy struct {
	transport http.RoundTripper
	base      *url.URL
}

func (p podProxy) routeTo(pod Pod, _ time.Duration) route {
	return route{
		RoundTripper: p.transport,
		base: p.base.JoinPath("api", "v1", "namespaces", url.PathEscape(pod.Namespace),
			"pods", url.PathEscape(fmt.Sprintf("http:%s:%d", pod.Name, pod.Port)), "proxy"),
		proxied: true,
		close:   func() {}, // All clients share the connections to the API server.
	}
}
