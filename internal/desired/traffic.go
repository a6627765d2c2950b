// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"net/url"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// denied are the paths, with all below them, that are not for users: those of the entry, and those of the API, for a
// frontend that forwards whatever is under /api.
var denied = []string{
	contract.PathHealth, contract.PathMetrics, "/debug",
	"/api" + contract.PathHealth, "/api" + contract.PathMetrics, "/api/debug",
}

// annotationClusterIssuer makes cert-manager issue the certificate of an Ingress.
const annotationClusterIssuer = "cert-manager.io/cluster-issuer"

// addTraffic adds the ways in from outside: all leads to the entry, which forwards the API's paths that are for users.
// Neither an Ingress nor an HTTPRoute can refuse a path. So what is denied leads to a Service that refuses connections.
func (b *builder) addTraffic() {
	spec := &b.tracker.Spec
	entry, ok := b.entry()
	if !ok || len(spec.Hosts()) == 0 {
		return
	}
	b.add(b.deniedService(entry))
	if spec.Ingress != nil {
		b.add(b.ingress(entry, spec.Ingress))
	}
	if spec.Gateway != nil {
		b.add(b.httpRoute(entry, spec.Gateway))
	}
}

// entry is the component that users reach the tracker through, and whether there is one.
func (b *builder) entry() (catalog.Component, bool) {
	present := b.catalog.Present(&b.tracker.Spec)
	i := slices.IndexFunc(present, func(c catalog.Component) bool { return c.Entry })
	if i < 0 {
		return catalog.Component{}, false
	}
	return present[i], true
}

// deniedPart takes the place of a component in the name and the labels of the Service of what is denied.
const deniedPart v1alpha1.Component = "denied"

// deniedPort is one that nothing listens on: a component's own ports are higher.
const deniedPort = 1

// deniedService leads to a port of the entry's pods that nothing listens on: proxies answer for it with an error. It has
// endpoints as long as the entry has: without any, some proxies drop the path, and lead it where all others lead. Its
// slices inherit its labels, and so are no component's.
func (b *builder) deniedService(entry catalog.Component) *corev1.Service {
	service := b.service(entry.Name, portName, entry.Port(&b.tracker.Spec))
	service.ObjectMeta = b.meta(deniedPart)
	service.Spec.Ports[0].TargetPort = intstr.FromInt32(deniedPort)
	return service
}

func (b *builder) ingress(entry catalog.Component, spec *v1alpha1.IngressSpec) *networkingv1.Ingress {
	meta := b.meta(entry.Name)
	meta.Annotations = plain(spec.Annotations)
	path := func(path, service string) networkingv1.HTTPIngressPath {
		return networkingv1.HTTPIngressPath{
			Path: path, PathType: new(networkingv1.PathTypePrefix),
			Backend: networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{
				Name: service, Port: networkingv1.ServiceBackendPort{Name: portName},
			}},
		}
	}
	var paths []networkingv1.HTTPIngressPath
	for _, prefix := range denied {
		paths = append(paths, path(prefix, b.tracker.ChildName(deniedPart)))
	}
	paths = append(paths, path("/", b.tracker.ChildName(entry.Name)))
	ingress := &networkingv1.Ingress{
		TypeMeta:   typeMeta(networkingv1.SchemeGroupVersion, "Ingress"),
		ObjectMeta: meta,
		Spec: networkingv1.IngressSpec{Rules: []networkingv1.IngressRule{{
			Host:             string(spec.Host),
			IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{Paths: paths}},
		}}},
	}
	if spec.ClassName != "" {
		ingress.Spec.IngressClassName = &spec.ClassName
	}
	if secret := b.tracker.CertificateSecret(); secret != "" {
		ingress.Spec.TLS = []networkingv1.IngressTLS{{Hosts: []string{string(spec.Host)}, SecretName: secret}}
		if issuer := spec.TLS.ClusterIssuer; issuer != "" {
			ingress.Annotations[annotationClusterIssuer] = issuer
		}
	}
	return ingress
}

func (b *builder) httpRoute(entry catalog.Component, spec *v1alpha1.GatewaySpec) *gatewayv1.HTTPRoute {
	rule := func(service string, paths ...string) gatewayv1.HTTPRouteRule {
		rule := gatewayv1.HTTPRouteRule{BackendRefs: []gatewayv1.HTTPBackendRef{{BackendRef: gatewayv1.BackendRef{
			BackendObjectReference: gatewayv1.BackendObjectReference{
				Group: new(gatewayv1.Group("")), Kind: new(gatewayv1.Kind("Service")),
				Name: gatewayv1.ObjectName(service), Port: new(entry.Port(&b.tracker.Spec)),
			},
			Weight: new(int32(1)),
		}}}}
		for _, path := range paths {
			rule.Matches = append(rule.Matches, gatewayv1.HTTPRouteMatch{Path: &gatewayv1.HTTPPathMatch{
				Type: new(gatewayv1.PathMatchPathPrefix), Value: new(path),
			}})
		}
		return rule
	}
	route := &gatewayv1.HTTPRoute{
		TypeMeta:   typeMeta(kinds.HTTPRoute.GroupVersion(), kinds.HTTPRoute.Kind),
		ObjectMeta: b.meta(entry.Name),
		Spec: gatewayv1.HTTPRouteSpec{Rules: []gatewayv1.HTTPRouteRule{
			rule(b.tracker.ChildName(deniedPart), denied...),
			rule(b.tracker.ChildName(entry.Name), "/"),
		}},
	}
	for _, host := range spec.Hostnames {
		route.Spec.Hostnames = append(route.Spec.Hostnames, gatewayv1.Hostname(host))
	}
	for _, ref := range spec.ParentRefs {
		route.Spec.ParentRefs = append(route.Spec.ParentRefs, parentReference(ref))
	}
	return route
}

// parentReference is a reference to a Gateway, with the defaults that the API server would add to the list, which is
// compared as a whole.
func parentReference(ref v1alpha1.GatewayReference) gatewayv1.ParentReference {
	parent := gatewayv1.ParentReference{
		Group: new(gatewayv1.Group(gatewayv1.GroupName)), Kind: new(gatewayv1.Kind("Gateway")), Name: gatewayv1.ObjectName(ref.Name),
	}
	if ref.Namespace != "" {
		parent.Namespace = new(gatewayv1.Namespace(ref.Namespace))
	}
	if ref.SectionName != "" {
		parent.SectionName = new(gatewayv1.SectionName(ref.SectionName))
	}
	if ref.Port != 0 {
		parent.Port = &ref.Port
	}
	return parent
}

// reachable are paths of the entry as they can be requested at a URL: where it leads through the tracker's own way in, the
// first page stands for what is denied there.
func (b *builder) reachable(at string, paths []string) []string {
	parsed, err := url.Parse(at)
	if err != nil || !slices.Contains(b.tracker.Spec.Hosts(), v1alpha1.Host(strings.ToLower(parsed.Hostname()))) {
		return paths
	}
	var all []string
	for _, path := range paths {
		if slices.ContainsFunc(denied, func(prefix string) bool { return path == prefix || strings.HasPrefix(path, prefix+"/") }) {
			path = "/"
		}
		if !slices.Contains(all, path) {
			all = append(all, path)
		}
	}
	return all
}
