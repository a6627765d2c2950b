// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"crypto/tls"
	"encoding/pem"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// publish has a tracker reached through an Ingress and a Gateway. The certificate is that of createCertificate.
func publish(tracker *v1alpha1.InterviewTracker) {
	tracker.Spec.Ingress = &v1alpha1.IngressSpec{
		ClassName: "web", Host: "example.com", TLS: &v1alpha1.IngressTLSSpec{SecretName: "web"},
		Annotations: map[string]v1alpha1.AnnotationValue{"haproxy.org/timeout-client": "10s"},
	}
	tracker.Spec.Gateway = &v1alpha1.GatewaySpec{
		ParentRefs: []v1alpha1.GatewayReference{{Namespace: "infra", Name: "public"}}, Hostnames: []v1alpha1.Host{"example.com"},
	}
}

// createCertificate makes Secret web, with a certificate for example.com.
func createCertificate(t *testing.T, ns string) {
	t.Helper()
	served := httptest.NewUnstartedServer(nil)
	served.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	served.StartTLS()
	defer served.Close()
	must(t, k8s.Create(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "web"},
		Data: map[string][]byte{
			corev1.TLSCertKey:       pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: served.Certificate().Raw}),
			corev1.TLSPrivateKeyKey: []byte("s3cr3t-key"),
		},
	}))
}

// admit reports of the Ingress and the HTTPRoute what controllers do that have taken them.
func admit(t *testing.T, tracker *v1alpha1.InterviewTracker, accepted metav1.ConditionStatus) {
	t.Helper()
	ingress := fetch(t, tracker, "hiring-frontend", &networkingv1.Ingress{})
	ingress.Status.LoadBalancer.Ingress = []networkingv1.IngressLoadBalancerIngress{{IP: "192.0.2.1"}}
	must(t, k8s.Status().Update(t.Context(), ingress))
	route := fetch(t, tracker, "hiring-frontend", &gatewayv1.HTTPRoute{})
	condition := func(conditionType gatewayv1.RouteConditionType, status metav1.ConditionStatus) metav1.Condition {
		return metav1.Condition{
			Type: string(conditionType), Status: status, Reason: "Told", Message: "no listener takes it", LastTransitionTime: metav1.Now(),
		}
	}
	route.Status.Parents = []gatewayv1.RouteParentStatus{{
		ParentRef:      route.Spec.ParentRefs[0],
		ControllerName: "example.com/gateway",
		Conditions: []metav1.Condition{
			condition(gatewayv1.RouteConditionAccepted, accepted), condition(gatewayv1.RouteConditionResolvedRefs, metav1.ConditionTrue),
		},
	}}
	must(t, k8s.Status().Update(t.Context(), route))
}

func routeReady(tracker *v1alpha1.InterviewTracker, want string) func() bool {
	return func() bool { return condition(tracker, v1alpha1.ConditionRouteReady) == want }
}

// The ways in are applied, what controllers report of them is reported, and what others change is repaired; once
// nothing changes, they cost no request.
func TestRoutesAreApplied(t *testing.T) {
	t.Parallel()
	o := start(t)
	ns := namespace(t)
	tracker := create(t, ns, publish)
	o.ready(t, tracker)
	o.until(t, tracker, "the missing certificate is not reported", routeReady(tracker, "False SecretNotFound"))
	createCertificate(t, ns)
	o.until(t, tracker, "that no controller has taken them yet is not reported", routeReady(tracker, "False Progressing"))
	admit(t, tracker, metav1.ConditionFalse)
	o.until(t, tracker, "the refusal is not reported", routeReady(tracker, "False RouteRejected"))
	if got := message(tracker, v1alpha1.ConditionRouteReady); !strings.Contains(got, "Gateway infra/public") || !strings.Contains(got, "no listener takes it") {
		t.Errorf("RouteReady says %q", got)
	}
	admit(t, tracker, metav1.ConditionTrue)
	o.until(t, tracker, "that they are admitted is not reported", routeReady(tracker, "True Admitted"))
	if got := message(tracker, v1alpha1.ConditionRouteReady); !strings.Contains(got, "at 192.0.2.1; the certificate is valid until 2") {
		t.Errorf("RouteReady says %q", got)
	}
	if got := condition(tracker, v1alpha1.ConditionReady); got != "True Ready" {
		t.Errorf("Ready is %s", got)
	}
	inventory := tracker.Status.Applied()
	for _, entry := range []v1alpha1.InventoryEntry{"Ingress.networking.k8s.io/hiring-frontend", "HTTPRoute.gateway.networking.k8s.io/hiring-frontend", "Service/hiring-denied"} {
		if !slices.Contains(inventory, entry) {
			t.Errorf("the inventory lacks %s: %v", entry, inventory)
		}
	}
	o.settle(t, tracker)
	o.requests.take()
	for range 3 {
		o.once(t, tracker)
	}
	if got := notWatches(o.requests.take()); len(got) > 0 {
		t.Errorf("a tracker that doesn't change costs %v", got)
	}

	ingress, route := fetch(t, tracker, "hiring-frontend", &networkingv1.Ingress{}), fetch(t, tracker, "hiring-frontend", &gatewayv1.HTTPRoute{})
	ingress.Spec.Rules[0].HTTP.Paths = ingress.Spec.Rules[0].HTTP.Paths[:1]
	must(t, k8s.Update(t.Context(), ingress, client.FieldOwner("kubectl-edit")))
	route.Spec.Hostnames[0] = "other.example.com"
	must(t, k8s.Update(t.Context(), route, client.FieldOwner("kubectl-edit")))
	o.until(t, tracker, "they are not repaired", func() bool {
		refresh(t, ingress)
		refresh(t, route)
		return len(ingress.Spec.Rules[0].HTTP.Paths) > 1 && route.Spec.Hostnames[0] == "example.com"
	})

	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Suspend = true })
	o.until(t, tracker, "that it is suspended is not reported", routeReady(tracker, "Unknown Suspended"))
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Suspend, s.Ingress, s.Gateway = false, nil, nil })
	o.until(t, tracker, "they are not pruned", func() bool {
		return !exists(t, tracker, "hiring-frontend", &networkingv1.Ingress{}) && !exists(t, tracker, "hiring-frontend", &gatewayv1.HTTPRoute{}) &&
			!exists(t, tracker, "hiring-denied", &corev1.Service{}) && condition(tracker, v1alpha1.ConditionRouteReady) == "absent"
	})
}

// An Ingress of somebody else is left alone, and keeps the tracker from nothing else.
func TestIngressOfAnother(t *testing.T) {
	t.Parallel()
	o := start(t)
	ns := namespace(t)
	theirs := &networkingv1.Ingress{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "hiring-frontend"},
		Spec: networkingv1.IngressSpec{DefaultBackend: &networkingv1.IngressBackend{
			Service: &networkingv1.IngressServiceBackend{Name: "theirs", Port: networkingv1.ServiceBackendPort{Number: 80}},
		}},
	}
	must(t, k8s.Create(t.Context(), theirs))
	tracker := create(t, ns, nil)
	o.ready(t, tracker)
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { publish(tracker); *s = tracker.Spec })
	o.until(t, tracker, "the conflict is not reported", routeReady(tracker, "False NameConflict"))
	if got := message(tracker, v1alpha1.ConditionRouteReady); !strings.Contains(got, "Ingress") || !strings.Contains(got, "hiring-frontend") {
		t.Errorf("RouteReady says %q", got)
	}
	if got := condition(tracker, v1alpha1.ConditionReady) + ", " + condition(tracker, v1alpha1.ConditionMonitoringReady); got != "True Ready, True Applied" {
		t.Errorf("Ready and MonitoringReady are %s:\n%s", got, describe(tracker))
	}
	before := theirs.ResourceVersion
	if refresh(t, theirs); theirs.ResourceVersion != before {
		t.Error("it was changed")
	}
	must(t, k8s.Delete(t.Context(), theirs))
	o.gone(t, theirs)
	o.until(t, tracker, "it is not made once the name is free", func() bool { return exists(t, tracker, "hiring-frontend", &networkingv1.Ingress{}) })
}

// What a cluster refuses, such as by a webhook or because of two references to one Gateway, keeps the tracker from
// nothing else.
func TestRefusedRoute(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), func(tracker *v1alpha1.InterviewTracker) {
		publish(tracker)
		tracker.Spec.Ingress = nil
		tracker.Spec.Gateway.ParentRefs = append(tracker.Spec.Gateway.ParentRefs, tracker.Spec.Gateway.ParentRefs[0])
	})
	o.ready(t, tracker)
	o.until(t, tracker, "the refusal is not reported", routeReady(tracker, "False InvalidSpec"))
	if got := message(tracker, v1alpha1.ConditionRouteReady); !strings.Contains(got, kinds.HTTPRoute.Kind) {
		t.Errorf("RouteReady says %q", got)
	}
	if got := condition(tracker, v1alpha1.ConditionReady) + ", " + condition(tracker, v1alpha1.ConditionMonitoringReady); got != "True Ready, True Applied" {
		t.Errorf("Ready and MonitoringReady are %s:\n%s", got, describe(tracker))
	}
}
