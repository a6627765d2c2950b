// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package proxy is a small controller of one IngressClass and one Gateway for tests, with its own reverse proxy: it
// leads requests by the Ingresses and HTTPRoutes of one namespace, as their specifications say, and writes their status.
package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// Proxy is such a controller.
type Proxy struct {
	Client    client.Client
	Namespace string
	// Class and Gateway are what it takes Ingresses and HTTPRoutes of.
	Class, Gateway string
	// Address is what it reports of Ingresses: its own.
	Address string
}

// interval is the time between two looks at the objects.
const interval = 250 * time.Millisecond

// Run takes Ingresses and HTTPRoutes until the context ends. failed gets each error but conflicts.
func (p *Proxy) Run(ctx context.Context, failed func(error)) {
	for ctx.Err() == nil {
		if err := errors.Join(p.takeIngresses(ctx), p.takeRoutes(ctx)); err != nil && ctx.Err() == nil {
			failed(err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(interval):
		}
	}
}

func (p *Proxy) takeIngresses(ctx context.Context) error {
	ingresses, err := p.ingresses(ctx)
	for i := range ingresses {
		before := ingresses[i].DeepCopy()
		if len(before.Status.LoadBalancer.Ingress) > 0 {
			continue
		}
		ingresses[i].Status.LoadBalancer.Ingress = []networkingv1.IngressLoadBalancerIngress{{IP: p.Address}}
		err = errors.Join(err, client.IgnoreNotFound(p.Client.Status().Patch(ctx, &ingresses[i], client.MergeFrom(before))))
	}
	return err
}

// ingresses are those of the class.
func (p *Proxy) ingresses(ctx context.Context) ([]networkingv1.Ingress, error) {
	var list networkingv1.IngressList
	if err := p.Client.List(ctx, &list, client.InNamespace(p.Namespace)); err != nil {
		return nil, err
	}
	var taken []networkingv1.Ingress
	for _, ingress := range list.Items {
		if ptr.Deref(ingress.Spec.IngressClassName, "") == p.Class {
			taken = append(taken, ingress)
		}
	}
	return taken, nil
}

func (p *Proxy) takeRoutes(ctx context.Context) error {
	routes, err := p.routes(ctx)
	for i := range routes {
		before := routes[i].DeepCopy()
		if len(before.Status.Parents) > 0 {
			continue
		}
		condition := func(conditionType gatewayv1.RouteConditionType, reason gatewayv1.RouteConditionReason) metav1.Condition {
			return metav1.Condition{
				Type: string(conditionType), Status: metav1.ConditionTrue, Reason: string(reason),
				ObservedGeneration: before.Generation, LastTransitionTime: metav1.Now(),
			}
		}
		routes[i].Status.Parents = []gatewayv1.RouteParentStatus{{
			ParentRef: before.Spec.ParentRefs[0], ControllerName: "interviewtracker.dev/test-proxy",
			Conditions: []metav1.Condition{
				condition(gatewayv1.RouteConditionAccepted, gatewayv1.RouteReasonAccepted),
				condition(gatewayv1.RouteConditionResolvedRefs, gatewayv1.RouteReasonResolvedRefs),
			},
		}}
		err = errors.Join(err, client.IgnoreNotFound(p.Client.Status().Patch(ctx, &routes[i], client.MergeFrom(before))))
	}
	return err
}

// routes are those of the Gateway.
func (p *Proxy) routes(ctx context.Context) ([]gatewayv1.HTTPRoute, error) {
	var list gatewayv1.HTTPRouteList
	if err := p.Client.List(ctx, &list, client.InNamespace(p.Namespace)); err != nil {
		return nil, err
	}
	var taken []gatewayv1.HTTPRoute
	for _, route := range list.Items {
		if len(route.Spec.ParentRefs) > 0 && string(route.Spec.ParentRefs[0].Name) == p.Gateway {
			taken = append(taken, route)
		}
	}
	return taken, nil
}

// backend is where a prefix of paths leads: a port of a Service, by name or number.
type backend struct {
	prefix, service, port string
}

// ServeHTTP implements http.Handler. As real proxies do, it matches the path that a server would take a request's path
// for, with dots and double slashes resolved, and sends the request on as it came.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	backends, err := p.backends(r.Context(), host)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	found, target := backend{}, ""
	for _, b := range backends {
		clean := path.Clean("/" + r.URL.Path)
		matches := b.prefix == "/" || clean == b.prefix || strings.HasPrefix(clean, b.prefix+"/")
		if !matches || len(b.prefix) <= len(found.prefix) {
			continue
		}
		// As some real ones, it drops what leads to no endpoint.
		at, err := p.endpoint(r.Context(), b)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		if at != "" {
			found, target = b, at
		}
	}
	if target == "" {
		http.NotFound(w, r)
		return
	}
	forward := &httputil.ReverseProxy{Rewrite: func(request *httputil.ProxyRequest) {
		request.SetURL(&url.URL{Scheme: "http", Host: target})
		request.SetXForwarded()
		request.Out.Host = r.Host
	}}
	forward.ServeHTTP(w, r)
}

// backends are those of a host.
func (p *Proxy) backends(ctx context.Context, host string) ([]backend, error) {
	ingresses, err := p.ingresses(ctx)
	if err != nil {
		return nil, err
	}
	routes, err := p.routes(ctx)
	if err != nil {
		return nil, err
	}
	var all []backend
	for _, ingress := range ingresses {
		for _, rule := range ingress.Spec.Rules {
			if rule.Host != host || rule.HTTP == nil {
				continue
			}
			for _, path := range rule.HTTP.Paths {
				port := path.Backend.Service.Port
				name := port.Name
				if name == "" {
					name = strconv.Itoa(int(port.Number))
				}
				all = append(all, backend{path.Path, path.Backend.Service.Name, name})
			}
		}
	}
	for _, route := range routes {
		for _, name := range route.Spec.Hostnames {
			if string(name) != host {
				continue
			}
			for _, rule := range route.Spec.Rules {
				for _, match := range rule.Matches {
					to := rule.BackendRefs[0]
					all = append(all, backend{*match.Path.Value, string(to.Name), strconv.Itoa(int(*to.Port))})
				}
			}
		}
	}
	return all, nil
}

// endpoint is the address of a pod that a Service leads to; empty when it leads to none.
func (p *Proxy) endpoint(ctx context.Context, to backend) (string, error) {
	service := &corev1.Service{}
	if err := p.Client.Get(ctx, client.ObjectKey{Namespace: p.Namespace, Name: to.service}, service); err != nil {
		return "", err
	}
	var slices discoveryv1.EndpointSliceList
	err := p.Client.List(ctx, &slices, client.InNamespace(p.Namespace), client.MatchingLabels{discoveryv1.LabelServiceName: to.service})
	if err != nil {
		return "", err
	}
	for _, port := range service.Spec.Ports {
		if port.Name != to.port && strconv.Itoa(int(port.Port)) != to.port {
			continue
		}
		for _, slice := range slices.Items {
			for _, at := range slice.Ports {
				for _, endpoint := range slice.Endpoints {
					if ptr.Deref(at.Name, "") == port.Name && ptr.Deref(endpoint.Conditions.Ready, true) {
						return net.JoinHostPort(endpoint.Addresses[0], strconv.Itoa(int(*at.Port))), nil
					}
				}
			}
		}
	}
	return "", nil
}

// Certificate is that of a host, for tls.Config.GetCertificate.
func (p *Proxy) Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	ingresses, err := p.ingresses(hello.Context())
	if err != nil {
		return nil, err
	}
	for _, ingress := range ingresses {
		for _, of := range ingress.Spec.TLS {
			if of.Hosts[0] != hello.ServerName {
				continue
			}
			secret := &corev1.Secret{}
			if err := p.Client.Get(hello.Context(), client.ObjectKey{Namespace: p.Namespace, Name: of.SecretName}, secret); err != nil {
				return nil, err
			}
			pair, err := tls.X509KeyPair(secret.Data[corev1.TLSCertKey], secret.Data[corev1.TLSPrivateKeyKey])
			return &pair, err
		}
	}
	return nil, fmt.Errorf("no certificate for %s", hello.ServerName)
}
