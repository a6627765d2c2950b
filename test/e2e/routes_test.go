//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/test/crds"
	"github.com/interview-tracker/interview-tracker-operator/test/proxy"
)

// installHTTPRoute installs the Gateway API's kind.
func installHTTPRoute() error {
	files, err := crds.Optional(context.Background())
	if err != nil {
		return err
	}
	i := slices.IndexFunc(files, func(file string) bool { return strings.HasSuffix(file, "_httproutes.yaml") })
	_, err = kubectl("apply", "--server-side", "-f", files[i])
	return err
}

// way is a way into the cluster: requests to any host go to the proxy.
type way struct {
	url     string // Without the host, such as https.
	browser *http.Client
}

// openWays runs a controller of class web and Gateway public, and returns the ways through it, by TLS and without.
func openWays(t *testing.T, ns string, trusted *x509.CertPool) (secure, plain way) {
	t.Helper()
	p := &proxy.Proxy{Client: k8s, Namespace: ns, Class: "web", Gateway: "public", Address: "127.0.0.1"}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { p.Run(ctx, func(err error) { t.Logf("the proxy's controller: %v", err) }) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	open := func(server *httptest.Server, start func(), scheme string) way {
		start()
		t.Cleanup(server.Close)
		return way{scheme, &http.Client{
			Timeout: requestTimeout,
			// What is refused must not be reached by a redirect.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport: &http.Transport{
				TLSClientConfig: &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12},
				DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
					return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
				},
			},
		}}
	}
	behindTLS, behindNone := httptest.NewUnstartedServer(p), httptest.NewUnstartedServer(p)
	behindTLS.TLS = &tls.Config{GetCertificate: p.Certificate, MinVersion: tls.VersionTLS12}
	return open(behindTLS, behindTLS.StartTLS, "https"), open(behindNone, behindNone.Start, "http")
}

// answers is what a path of a host answers. It is sent as it is written, with whatever dots and codes.
func (w way) answers(t *testing.T, host, path string) (status int, body string) {
	t.Helper()
	must(t, patiently(t, func() error {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"://"+host, http.NoBody)
		if err != nil {
			return err
		}
		request.URL.Opaque = "//" + host + path
		response, err := w.browser.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		content, err := io.ReadAll(response.Body)
		status, body = response.StatusCode, string(content)
		return err
	}))
	return status, body
}

// open checks that users reach what is for them, and nothing else.
func (w way) open(t *testing.T, tracker *v1alpha1.InterviewTracker, host string) {
	t.Helper()
	for path, text := range map[string]string{"/": "<html", "/api/positions": "[", "/status": "<html", "/sw.js": "cache"} {
		eventually(t, tracker, host+path+" does not answer", func() bool {
			status, body := w.answers(t, host, path)
			return status == http.StatusOK && strings.Contains(body, text)
		})
	}
	for _, path := range []string{
		"/health", "/health/", "/health/live", "/health/ready", "/health/detailed", "//health", "/HEALTH", "/%68ealth", "/%68%65alth/ready",
		"/x/../health", "/./health", "/health?x", "/health;x", "/health%2fready", "/positions/..%2fhealth",
		"/api/health", "/api/health/detailed", "/api//health", "/api/../health", "/api/positions/../../health", "/api/%68ealth",
		"/metrics", "/api/metrics", "//metrics", "/METRICS", "/debug/pprof/", "/api/debug/pprof/", "/api/users", "/api/openapi.json",
	} {
		if status, body := w.answers(t, host, path); status == http.StatusOK || strings.Contains(body, "healthy") {
			t.Errorf("%s%s answers %d: %.200s", host, path, status, body)
		}
	}
}

// issue writes a certificate of its own for a host into Secret web, and returns it.
func issue(t *testing.T, ns, host string, until time.Time) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{host}, NotBefore: until.Add(-90 * 24 * time.Hour), NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "web"}, Type: corev1.SecretTypeTLS,
		Data: map[string][]byte{
			corev1.TLSCertKey:       pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
			corev1.TLSPrivateKeyKey: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
		},
	}
	must(t, client.IgnoreNotFound(k8s.Delete(t.Context(), &corev1.Secret{ObjectMeta: secret.ObjectMeta})))
	must(t, k8s.Create(t.Context(), secret))
	certificate, err := x509.ParseCertificate(der)
	must(t, err)
	return certificate
}

// Users reach a tracker through an Ingress and a Gateway: its pages, and what these request of the API, but neither
// health nor metrics. The status says so, until when the certificate is valid, and what is wrong.
func TestRoutes(t *testing.T) {
	localOnly(t)
	t.Parallel()
	ns := namespace(t)
	const host, other = "hiring.example.com", "jobs.example.com"
	until := time.Now().Add(60 * 24 * time.Hour)
	trusted := x509.NewCertPool()
	trusted.AddCert(issue(t, ns, host, until))
	secure, plain := openWays(t, ns, trusted)
	tracker := create(t, ns, "hiring", func(s *v1alpha1.InterviewTrackerSpec) {
		s.API, s.Health = &v1alpha1.ComponentSpec{Probes: patientProbes()}, patientPolls()
		s.Ingress = &v1alpha1.IngressSpec{ClassName: "web", Host: host, TLS: &v1alpha1.IngressTLSSpec{SecretName: "web"}}
		s.Gateway = &v1alpha1.GatewaySpec{ParentRefs: []v1alpha1.GatewayReference{{Name: "public"}}, Hostnames: []v1alpha1.Host{other}}
	})
	ready(t, tracker)
	reports := func(what, want string, texts ...string) {
		t.Helper()
		eventually(t, tracker, what+" is not reported", func() bool {
			c := meta.FindStatusCondition(tracker.Status.Conditions, v1alpha1.ConditionRouteReady)
			return is(tracker, v1alpha1.ConditionRouteReady, want) &&
				!slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(c.Message, text) })
		})
		if !is(tracker, v1alpha1.ConditionReady, "True Ready") {
			t.Errorf("%s: it is not Ready:\n%s", what, describe(tracker))
		}
	}
	reports("that all is well", "True Admitted", "https://"+host+" leads to the frontend, at 127.0.0.1",
		"the certificate is valid until "+until.UTC().Format("2006-01-02 15:04 UTC"), other+" leads to the frontend, through Gateway "+ns+"/public")
	secure.open(t, tracker, host)
	plain.open(t, tracker, other)

	issue(t, ns, host, time.Now().Add(-time.Hour))
	reports("an expired certificate", "False CertificateExpired", `Secret "web" expired at`)
	record(t, "certificate-expired", tracker)
	issue(t, ns, "other.example.com", until)
	reports("a certificate for another host", "False CertificateMismatch", "is not for the host "+host)
	issue(t, ns, host, until)
	reports("that it is repaired", "True Admitted")

	ingress, route := fetch(t, tracker, "hiring-frontend", &networkingv1.Ingress{}), fetch(t, tracker, "hiring-frontend", &gatewayv1.HTTPRoute{})
	for object, patch := range map[client.Object]string{
		ingress: `[{"op": "remove", "path": "/spec/rules/0/http/paths/0"}]`, route: `[{"op": "remove", "path": "/spec/rules/0"}]`,
	} {
		must(t, k8s.Patch(t.Context(), object, client.RawPatch(types.JSONPatchType, []byte(patch))))
	}
	await(t, "what somebody has changed of them is not repaired", func() bool {
		ingress, route := fetch(t, tracker, ingress.Name, &networkingv1.Ingress{}), fetch(t, tracker, route.Name, &gatewayv1.HTTPRoute{})
		return ingress.Spec.Rules[0].HTTP.Paths[0].Path == "/health" && len(route.Spec.Rules) == 2
	})

	// A route that a controller has taken shows no longer who may take the next one: they are made again.
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Ingress, s.Gateway = nil, nil })
	eventually(t, tracker, "the Ingress is not deleted", func() bool {
		return !exists(t, tracker, "hiring-frontend", &networkingv1.Ingress{}) && !exists(t, tracker, "hiring-denied", &corev1.Service{})
	})
	if status, _ := plain.answers(t, other, "/"); status != http.StatusNotFound {
		t.Errorf("without spec.gateway, the host answers %d", status)
	}
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.Ingress = &v1alpha1.IngressSpec{ClassName: "wbe", Host: host}
		s.Gateway = &v1alpha1.GatewaySpec{ParentRefs: []v1alpha1.GatewayReference{{Name: "pbulic"}}, Hostnames: []v1alpha1.Host{other}}
	})
	reports("that no controller takes them", "False NotAdmitted", `IngressClass "wbe"`, "Gateway "+ns+"/pbulic")
}
