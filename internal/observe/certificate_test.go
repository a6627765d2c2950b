// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"encoding/pem"
	"errors"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// reachedAt is a tracker with an Ingress of a host, and a certificate in Secret web.
func reachedAt(host v1alpha1.Host) *v1alpha1.InterviewTracker {
	tracker := newTracker()
	tracker.Spec.Ingress = &v1alpha1.IngressSpec{Host: host, TLS: &v1alpha1.IngressTLSSpec{SecretName: "web"}}
	return tracker
}

func TestWhatACertificateIsFor(t *testing.T) {
	served := httptest.NewTLSServer(nil) // Its certificate is one for example.com.
	defer served.Close()
	leaf := served.Certificate()
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Raw}))
	tls := func(certificate string) []client.Object {
		return []client.Object{secret("web", map[string]string{"tls.crt": certificate, "tls.key": "k"})}
	}
	flawed := func(key snapshot.SelectedKey) snapshot.Certificate { return snapshot.Certificate{SelectedKey: key} }
	const key = `Secret "web", key "tls.crt": `
	for name, test := range map[string]struct {
		host    v1alpha1.Host
		objects []client.Object
		want    snapshot.Certificate
	}{
		"of the host":        {"example.com", tls("# ours\n" + text), snapshot.Certificate{NotBefore: leaf.NotBefore, NotAfter: leaf.NotAfter}},
		"with a chain":       {"example.com", tls(text + "-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n"), snapshot.Certificate{NotBefore: leaf.NotBefore, NotAfter: leaf.NotAfter}},
		"of another host":    {"other.org", tls(text), snapshot.Certificate{NotForHost: true, NotBefore: leaf.NotBefore, NotAfter: leaf.NotAfter}},
		"no Secret":          {"example.com", nil, flawed(snapshot.SelectedKey{Problem: `Secret "web" does not exist`})},
		"no certificate":     {"example.com", []client.Object{secret("web", map[string]string{"a": "b"})}, flawed(snapshot.SelectedKey{Problem: `Secret "web" has no key "tls.crt"`})},
		"an empty one":       {"example.com", tls(""), flawed(snapshot.SelectedKey{Problem: `Secret "web" has nothing under key "tls.crt"`})},
		"no key":             {"example.com", []client.Object{secret("web", map[string]string{"tls.crt": text})}, flawed(snapshot.SelectedKey{Problem: `Secret "web" has no key "tls.key"`})},
		"not in PEM":         {"example.com", tls("s3cr3t"), flawed(snapshot.SelectedKey{Flaw: key + "it does not begin with a certificate in PEM"})},
		"a private key":      {"example.com", tls("-----BEGIN PRIVATE KEY-----\nYQ==\n-----END PRIVATE KEY-----\n"), flawed(snapshot.SelectedKey{Flaw: key + "it does not begin with a certificate in PEM"})},
		"an unparseable one": {"example.com", tls("-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n"), flawed(snapshot.SelectedKey{Flaw: key + "its first certificate can't be parsed"})},
	} {
		t.Run(name, func(t *testing.T) {
			live, s := newReader(test.objects...), newSnapshot()
			o := &Observer{Cached: live, Live: live, Clock: clocktesting.NewFakePassiveClock(t0)}
			o.readCertificate(t.Context(), reachedAt(test.host), s)
			if diff := cmp.Diff(test.want, s.Routes.Certificate); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Each version of a Secret is read once, and its absence once. One that can't be read is read again after a while, or
// once it changes, and what was read of it before holds.
func TestCertificateIsReadOnce(t *testing.T) {
	clock := clocktesting.NewFakePassiveClock(t0)
	o, tracker := &Observer{Clock: clock}, reachedAt("example.com")
	version := func(version string) client.Object {
		return secret("web", map[string]string{"tls.crt": certificate(), "tls.key": "k"}, func(s *corev1.Secret) { s.ResourceVersion = version })
	}
	first, second := version("1"), version("2")
	look := func(what string, object client.Object, err error, want string, requests int) {
		t.Helper()
		var objects []client.Object
		if object != nil {
			objects = append(objects, object)
		}
		live, s := newReader(objects...), newSnapshot()
		o.Cached, o.Live = newReader(objects...), live
		failing := &failingFor{Reader: live, name: "web", err: err}
		o.Live = failing
		o.readCertificate(t.Context(), tracker, s)
		got := s.Routes.Certificate.Problem + s.Routes.Certificate.Unread
		if all := len(live.read) + failing.failed; got != want || all != requests || (err != nil) == s.Routes.Due.IsZero() {
			t.Errorf("%s: %q after %d requests, want %q after %d; due %s", what, got, all, want, requests, s.Routes.Due)
		}
	}
	later := func() { clock.SetTime(clock.Now().Add(flawedAge)) }
	const unread = `Secret "web" can't be read: the request failed`
	look("it can't be read", first, errBroken, unread, 1)
	look("nothing has changed, and it is not due", first, errBroken, unread, 0)
	look("another version, which can't be read", second, errBroken, unread, 1)
	later()
	look("it is due", second, errBroken, unread, 1)
	later()
	look("it can be read", first, nil, "", 1)
	look("nothing has changed", first, nil, "", 0)
	look("another version", second, nil, "", 1)
	look("another one, which can't be read", first, errors.New("away"), "", 1)
	look("still so", first, errors.New("away"), "", 0)
	later()
	look("it can again", first, nil, "", 1)
	look("it is gone", nil, nil, `Secret "web" does not exist`, 1)
	look("it is still gone", nil, nil, `Secret "web" does not exist`, 0)
	tracker.Spec.Ingress.Host = "www.example.com"
	look("for another host", first, nil, "", 1)
	tracker.Spec.Ingress.TLS = nil
	look("without TLS", first, nil, "", 0)
	if len(o.certificates.trackers) > 0 {
		t.Errorf("%v is remembered", o.certificates.trackers)
	}
}
