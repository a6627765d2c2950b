// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/yaml"
)

// rendered reads the object of a kind and name from what the operator renders.
func rendered(t *testing.T, kind, name string, into client.Object) {
	t.Helper()
	golden, err := os.ReadFile("../../internal/desired/testdata/traffic-ingress.out.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for document := range bytes.SplitSeq(golden, []byte("\n---\n")) {
		var meta metav1.PartialObjectMetadata
		if err := yaml.Unmarshal(document, &meta); err != nil {
			t.Fatal(err)
		}
		if meta.Kind == kind && meta.Name == name {
			if err := yaml.Unmarshal(document, into); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("no %s %s is rendered", kind, name)
}

// A proxy that drops what leads to no endpoint leads no request for what is denied to the frontend, as long as that
// Service selects its pods.
func TestDeniedIsNotDropped(t *testing.T) {
	page := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer page.Close()
	address, text, err := net.SplitHostPort(page.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	ingress, denied := &networkingv1.Ingress{}, &corev1.Service{}
	rendered(t, "Ingress", "hiring-frontend", ingress)
	rendered(t, "Service", "hiring-denied", denied)
	frontend := denied.DeepCopy()
	frontend.Name, frontend.Spec.Ports[0].TargetPort = "hiring-frontend", intstr.FromInt(port)

	for name, test := range map[string]struct {
		selector map[string]string
		want     int
	}{
		"it selects the frontend's pods": {denied.Spec.Selector, http.StatusBadGateway},
		"it selects none":                {nil, http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			denied := denied.DeepCopy()
			denied.Spec.Selector = test.selector
			objects := []client.Object{ingress.DeepCopy(), denied, frontend.DeepCopy()}
			for _, service := range []*corev1.Service{denied, frontend} {
				if service.Spec.Selector == nil {
					continue
				}
				objects = append(objects, &discoveryv1.EndpointSlice{
					ObjectMeta: metav1.ObjectMeta{
						Namespace: service.Namespace, Name: service.Name, Labels: map[string]string{discoveryv1.LabelServiceName: service.Name},
					},
					Ports:     []discoveryv1.EndpointPort{{Name: &service.Spec.Ports[0].Name, Port: &service.Spec.Ports[0].TargetPort.IntVal}},
					Endpoints: []discoveryv1.Endpoint{{Addresses: []string{address}}},
				})
			}
			scheme := runtime.NewScheme()
			for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, gatewayv1.Install} {
				if err := add(scheme); err != nil {
					t.Fatal(err)
				}
			}
			class := ""
			if ingress.Spec.IngressClassName != nil {
				class = *ingress.Spec.IngressClassName
			}
			p := &Proxy{Client: fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).Build(), Namespace: ingress.Namespace, Class: class}
			for path, want := range map[string]int{"/": http.StatusOK, "/health/ready": test.want, "/x/../api/health": test.want} {
				request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
				request.Host = ingress.Spec.Rules[0].Host
				answer := httptest.NewRecorder()
				if p.ServeHTTP(answer, request); answer.Code != want {
					t.Errorf("%s answers %d, want %d", path, answer.Code, want)
				}
			}
		})
	}
}
