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

// Transport is how the poller connects to pods: Direct or ThroughAPIServer.
type Transport interface {
	// routeTo returns the route to one pod.
	routeTo(pod Pod) route
}

// route is the way to one pod. Pods don't share connections.
type route struct {
	client
	base *url.URL
	// proxied is true if the API server forwards the pod's responses, or responds in
	// its place.
	proxied bool
}

// client sends the requests to one pod. It does not follow redirects.
type client interface {
	// get returns the status code and up to maxBodyBytes+1 bytes of the body.
	get(request *http.Request) (code int, body []byte, err error)
	// close closes the connection if it is idle, otherwise after its request.
	close()
}

// Direct connects to pods at their IP addresses.
func Direct() Transport { return direct{} }

type direct struct{}

func (direct) routeTo(pod Pod) route {
	address := net.JoinHostPort(pod.Address, strconv.Itoa(int(pod.Port)))
	return route{
		client: &connection{address: address},
		base:   &url.URL{Scheme: "http", Host: address, Path: "/"},
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

func (p podProxy) routeTo(pod Pod) route {
	return route{
		client: p,
		base: p.base.JoinPath("api", "v1", "namespaces", url.PathEscape(pod.Namespace),
			"pods", url.PathEscape(fmt.Sprintf("http:%s:%d", pod.Name, pod.Port)), "proxy"),
		proxied: true,
	}
}

func (p podProxy) get(request *http.Request) (code int, body []byte, err error) {
	response, err := p.transport.RoundTrip(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	body, err = readBody(response.Body)
	return response.StatusCode, body, err
}

func (podProxy) close() {} // All clients share the connections to the API server.
