// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// traced is a tracker whose telemetry has headers in Secret otlp and, if given, a certificate.
func traced(ca *v1alpha1.CertificateSource) *v1alpha1.InterviewTracker {
	tracker := newTracker()
	tracker.Spec.Telemetry = &v1alpha1.TelemetrySpec{
		Endpoint: "https://otlp.example.com:4317",
		Headers: &v1alpha1.TelemetryHeaders{SecretKeyRef: corev1.SecretKeySelector{
			LocalObjectReference: corev1.LocalObjectReference{Name: "otlp"}, Key: "headers",
		}},
		CACertificate: ca,
	}
	return tracker
}

var (
	ofConfigMap = &v1alpha1.CertificateSource{ConfigMapKeyRef: &v1alpha1.KeyReference{Name: "ca", Key: "ca.crt"}}
	ofSecret    = &v1alpha1.CertificateSource{SecretKeyRef: &v1alpha1.KeyReference{Name: "ca", Key: "ca.crt"}}
)

// certificate is one in PEM.
func certificate(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: t0.Add(time.Hour), IsCA: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func configMap(key, value string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "ca"}, Data: map[string]string{key: value}}
}

func TestWhatTelemetryNames(t *testing.T) {
	pem := certificate(t)
	headers := secret("otlp", map[string]string{"headers": "api-key=s3cr3t"})
	const noCertificate = "there is no certificate in PEM: write one that begins with -----BEGIN CERTIFICATE-----"
	for name, test := range map[string]struct {
		tracker *v1alpha1.InterviewTracker
		objects []client.Object
		want    snapshot.Telemetry
	}{
		"no telemetry": {newTracker(), nil, snapshot.Telemetry{}},
		"all is fine, of a ConfigMap": {
			traced(ofConfigMap), []client.Object{headers, configMap("ca.crt", "# ours\n"+pem)}, snapshot.Telemetry{},
		},
		"all is fine, of binary data": {
			traced(ofConfigMap), []client.Object{headers, &corev1.ConfigMap{
				ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "ca"}, BinaryData: map[string][]byte{"ca.crt": []byte(pem)},
			}}, snapshot.Telemetry{},
		},
		"all is fine, of a Secret": {traced(ofSecret), []client.Object{headers, secret("ca", map[string]string{"ca.crt": pem})}, snapshot.Telemetry{}},
		"nothing exists, of a ConfigMap": {traced(ofConfigMap), nil, snapshot.Telemetry{
			Headers:       snapshot.SelectedKey{Problem: `Secret "otlp" does not exist`},
			CACertificate: snapshot.SelectedKey{Problem: `ConfigMap "ca" does not exist`},
		}},
		"nothing exists, of a Secret": {traced(ofSecret), nil, snapshot.Telemetry{
			Headers:       snapshot.SelectedKey{Problem: `Secret "otlp" does not exist`},
			CACertificate: snapshot.SelectedKey{Problem: `Secret "ca" does not exist`},
		}},
		"the keys are missing": {traced(ofConfigMap), []client.Object{secret("otlp", nil), configMap("other", pem)}, snapshot.Telemetry{
			Headers:       snapshot.SelectedKey{Problem: `Secret "otlp" has no key "headers"`},
			CACertificate: snapshot.SelectedKey{Problem: `ConfigMap "ca" has no key "ca.crt"`},
		}},
		"the keys are empty": {
			traced(ofConfigMap), []client.Object{secret("otlp", map[string]string{"headers": " \n"}), configMap("ca.crt", "")}, snapshot.Telemetry{
				Headers:       snapshot.SelectedKey{Problem: `Secret "otlp" has nothing under key "headers"`},
				CACertificate: snapshot.SelectedKey{Problem: `ConfigMap "ca" has nothing under key "ca.crt"`},
			},
		},
		"the values are others": {
			traced(ofSecret), []client.Object{secret("otlp", map[string]string{"headers": "s3cr3t"}), secret("ca", map[string]string{"ca.crt": "s3cr3t"})}, snapshot.Telemetry{
				Headers: snapshot.SelectedKey{
					Flaw: `Secret "otlp", key "headers": a header has no '=': write NAME=VALUE,NAME=VALUE, with %2C for a comma in a value`,
				},
				CACertificate: snapshot.SelectedKey{Flaw: `Secret "ca", key "ca.crt": ` + noCertificate},
			},
		},
		"the ConfigMap has another value": {traced(ofConfigMap), []client.Object{headers, configMap("ca.crt", "x")}, snapshot.Telemetry{
			CACertificate: snapshot.SelectedKey{Flaw: `ConfigMap "ca", key "ca.crt": ` + noCertificate},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			live, s := newReader(test.objects...), newSnapshot()
			o := &Observer{Cached: live, Live: live, Clock: clocktesting.NewFakePassiveClock(t0)}
			if err := o.readTelemetry(t.Context(), test.tracker, s); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, s.Telemetry); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Malformed headers are found, and no part of them is in the message.
func TestHeadersFlaws(t *testing.T) {
	for value, want := range map[string]string{ // what is said; nothing when empty
		"api-key=s3cr3t":                            "",
		"api-key=s3cr3t,x-scope=1":                  "",
		" api-key = s3cr3t , ":                      "",
		"api-key=s3cr3t\n":                          "",
		"Authorization=Basic czNjcjN0==":            "",
		"authorization=Bearer%20s3cr3t":             "",
		"api-key=":                                  "",
		"s3cr3t":                                    "a header has no '='",
		"api-key: s3cr3t":                           "a header has no '='",
		"a=s3cr3t;b,c":                              "a header has no '='",
		`"api-key=s3cr3t"`:                          "the name of a header has other characters",
		"=s3cr3t":                                   "the name of a header has other characters",
		"api key=s3cr3t":                            "the name of a header has other characters",
		"api-kéy=s3cr3t":                            "the name of a header has other characters",
		"api-key=50%s3cr3t":                         "a value has a '%' that encodes no character",
		"api-key=s3cr3t\nother=s3cr3t":              "a value has a line break",
		"api-key=s3cr3t%0Aother: s3cr3t":            "a value has a line break",
		"api-key=s3cr3t\x00":                        "a value has a line break",
		`{"api-key": "s3cr3t", "other": "x=s3cr3t"`: "a header has no '='",
	} {
		got := headersFlaw(value)
		if (got == "") != (want == "") || !strings.HasPrefix(got, want) {
			t.Errorf("%q: got %q, want %q", value, got, want)
		}
		for _, part := range []string{"s3cr3t", "api", "czNj"} {
			if strings.Contains(got, part) {
				t.Errorf("%q: the message has %q: %s", value, part, got)
			}
		}
	}
}

// Each version of a Secret is read once, its absence once, and a ConfigMap, which is not watched,
// once a minute.
func TestWhatTelemetryNamesIsReadOnce(t *testing.T) {
	clock := clocktesting.NewFakePassiveClock(t0)
	o, tracker := &Observer{Clock: clock}, traced(ofConfigMap)
	version := func(version string) client.Object {
		return secret("otlp", map[string]string{"headers": "a=b"}, func(s *corev1.Secret) { s.ResourceVersion = version })
	}
	first, second := version("1"), version("2")
	ca := configMap("ca.crt", certificate(t))
	look := func(what string, objects []client.Object, problems int, read ...string) {
		t.Helper()
		live, s := newReader(objects...), newSnapshot()
		o.Cached, o.Live = newReader(objects...), live
		err := o.readTelemetry(t.Context(), tracker, s)
		found := 0
		for _, k := range []snapshot.SelectedKey{s.Telemetry.Headers, s.Telemetry.CACertificate} {
			if k != (snapshot.SelectedKey{}) {
				found++
			}
		}
		if err != nil || found != problems || !slices.Equal(live.read, read) {
			t.Errorf("%s: error %v, read %q, want %q; found %v, want %d problems", what, err, live.read, read, s.Telemetry, problems)
		}
	}
	look("new telemetry", []client.Object{first, ca}, 0, "otlp", "ca")
	look("nothing has changed", []client.Object{first, ca}, 0)
	look("another version of the Secret", []client.Object{second, ca}, 0, "otlp")
	clock.SetTime(t0.Add(snapshot.ConfigMapAge - time.Second))
	look("the ConfigMap is gone, within a minute", []client.Object{second}, 0)
	clock.SetTime(t0.Add(snapshot.ConfigMapAge))
	look("the ConfigMap is gone, after a minute", []client.Object{second}, 1, "ca")
	look("it is back, within a minute", []client.Object{second, ca}, 1)
	clock.SetTime(t0.Add(2 * snapshot.ConfigMapAge))
	look("it is back, after a minute", []client.Object{second, ca}, 0, "ca")
	look("the Secret is gone", []client.Object{ca}, 1, "otlp")
	look("it is still gone", []client.Object{ca}, 1)
	tracker.Spec.Telemetry.Headers.SecretKeyRef.Key = "other"
	look("another key is named", []client.Object{second, ca}, 1, "otlp")
	tracker.Spec.Telemetry = nil
	look("telemetry is removed", []client.Object{second, ca}, 0)
	if len(o.telemetry.trackers) > 0 {
		t.Errorf("%v is remembered", o.telemetry.trackers)
	}
}

// What can't be read is an error, and the rest needn't be read again.
func TestTelemetryThatCannotBeRead(t *testing.T) {
	objects := []client.Object{secret("otlp", map[string]string{"headers": "a=b"}), configMap("ca.crt", certificate(t))}
	live := newReader(objects...)
	failing := &failingFor{live, "ca"}
	o := &Observer{Cached: newReader(objects...), Live: failing, Clock: clocktesting.NewFakePassiveClock(t0)}
	err := o.readTelemetry(t.Context(), traced(ofConfigMap), newSnapshot())
	if !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "ConfigMap ca") {
		t.Errorf("error %v", err)
	}
	failing.name = ""
	if err := o.readTelemetry(t.Context(), traced(ofConfigMap), newSnapshot()); err != nil || !slices.Equal(live.read, []string{"otlp", "ca"}) {
		t.Errorf("error %v, read %q", err, live.read)
	}
	o.Forget(client.ObjectKeyFromObject(newTracker()))
	if len(o.telemetry.trackers) > 0 {
		t.Errorf("%v is remembered", o.telemetry.trackers)
	}
}
