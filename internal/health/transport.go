// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"

	"k8s.io/client-go/rest"
)

// maxHeaderBytes limits the header of a response, informational ones included. The
// contract needs no header field.
const maxHeaderBytes = 8 << 10

// Transport is how the poller connects to pods: Direct or ThroughAPIServer.
type Transport interface {
	// routeTo returns the route to one pod.
	routeTo(pod Pod) route
}

// route is the way to one pod. It does not follow redirects.
type route struct {
	http.RoundTripper
	base *url.URL
	// proxied is true if the API server forwards the pod's responses, or responds in
	// its place.
	proxied bool
}

// Direct connects to pods at their IP addresses. Each request has its own connection: a
// kept one would cost memory between polls, and could outlive its pod, whose address
// another pod may get.
func Direct() Transport {
	return direct{&http.Transport{
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxHeaderBytes,
	}}
}

type direct struct{ http.RoundTripper }

func (d direct) routeTo(pod Pod) route {
	address := net.JoinHostPort(pod.Address, strconv.Itoa(int(pod.Port)))
	return route{RoundTripper: d, base: &url.URL{Scheme: "http", Host: address, Path: "/"}}
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
	http.RoundTripper
	base *url.URL
}

func (p podProxy) routeTo(pod Pod) route {
	return route{
		RoundTripper: p,
		base: p.base.JoinPath("api", "v1", "namespaces", url.PathEscape(pod.Namespace),
			"pods", url.PathEscape(fmt.Sprintf("http:%s:%d", pod.Name, pod.Port)), "proxy"),
		proxied: true,
	}
}
