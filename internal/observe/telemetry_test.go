// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"encoding/pem"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// traced is a tracker whose telemetry has headers in Secret otlp and, if given, a certificate.
func traced(ca *v1alpha1.CertificateSource) *v1alpha1.InterviewTracker {
	tracker := newTracker()
	tracker.Spec.Telemetry = &v1alpha1.TelemetrySpec{
		Endpoint:      "https://otlp.example.com:4317",
		Headers:       &v1alpha1.TelemetryHeaders{SecretKeyRef: v1alpha1.KeyReference{Name: "otlp", Key: "headers"}},
		CACertificate: ca,
	}
	return tracker
}

var (
	ofConfigMap = &v1alpha1.CertificateSource{ConfigMapKeyRef: &v1alpha1.KeyReference{Name: "ca", Key: "ca.crt"}}
	ofSecret    = &v1alpha1.CertificateSource{SecretKeyRef: &v1alpha1.KeyReference{Name: "ca", Key: "ca.crt"}}
)

// certificate is one in PEM.
func certificate() string {
	served := httptest.NewTLSServer(nil)
	defer served.Close()
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: served.Certificate().Raw}))
}

func configMap(key, value string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "ca"}, Data: map[string]string{key: value}}
}

func TestWhatTelemetryNames(t *testing.T) {
	ca := certificate()
	headers := secret("otlp", map[string]string{"headers": "api-key=s3cr3t"})
	const noCertificate = "there is no certificate in PEM: write one that begins with -----BEGIN CERTIFICATE-----"
	for name, test := range map[string]struct {
		tracker *v1alpha1.InterviewTracker
		objects []client.Object
		want    snapshot.Telemetry
	}{
		"no telemetry": {newTracker(), nil, snapshot.Telemetry{}},
		"all is fine, of a ConfigMap": {
			traced(ofConfigMap), []client.Object{headers, configMap("ca.crt", "# ours\n"+ca)}, snapshot.Telemetry{},
		},
		"all is fine, of binary data": {
			traced(ofConfigMap), []client.Object{headers, &corev1.ConfigMap{
				ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "ca"}, BinaryData: map[string][]byte{"ca.crt": []byte(ca)},
			}}, snapshot.Telemetry{},
		},
		"all is fine, of a Secret": {traced(ofSecret), []client.Object{headers, secret("ca", map[string]string{"ca.crt": ca})}, snapshot.Telemetry{}},
		"nothing exists, of a ConfigMap": {traced(ofConfigMap), nil, snapshot.Telemetry{
			Headers:       snapshot.SelectedKey{Problem: `Secret "otlp" does not exist`},
			CACertificate: snapshot.SelectedKey{Problem: `ConfigMap "ca" does not exist`},
		}},
		"nothing exists, of a Secret": {traced(ofSecret), nil, snapshot.Telemetry{
			Headers:       snapshot.SelectedKey{Problem: `Secret "otlp" does not exist`},
			CACertificate: snapshot.SelectedKey{Problem: `Secret "ca" does not exist`},
		}},
		"the keys are missing": {traced(ofConfigMap), []client.Object{secret("otlp", nil), configMap("other", ca)}, snapshot.Telemetry{
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
			o.readTelemetry(t.Context(), test.tracker, s)
			if diff := cmp.Diff(test.want, s.Telemetry, cmpopts.IgnoreFields(snapshot.Telemetry{}, "Due")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Each version of a Secret is read once, its absence once, and a ConfigMap, which is not watched,
// once a minute, or once an hour when nothing is wrong with it.
func TestWhatTelemetryNamesIsReadOnce(t *testing.T) {
	clock := clocktesting.NewFakePassiveClock(t0)
	o, tracker := &Observer{Clock: clock}, traced(ofConfigMap)
	version := func(version string) client.Object {
		return secret("otlp", map[string]string{"headers": "a=b"}, func(s *corev1.Secret) { s.ResourceVersion = version })
	}
	first, second := version("1"), version("2")
	ca := configMap("ca.crt", certificate())
	look := func(what string, objects []client.Object, problems int, due time.Time, read ...string) {
		t.Helper()
		live, s := newReader(objects...), newSnapshot()
		o.Cached, o.Live = newReader(objects...), live
		o.readTelemetry(t.Context(), tracker, s)
		found := 0
		for _, k := range []snapshot.SelectedKey{s.Telemetry.Headers, s.Telemetry.CACertificate} {
			if k != (snapshot.SelectedKey{}) {
				found++
			}
		}
		if found != problems || !slices.Equal(live.read, read) {
			t.Errorf("%s: read %q, want %q; found %v, want %d problems", what, live.read, read, s.Telemetry, problems)
		}
		if !s.Telemetry.Due.Equal(due) {
			t.Errorf("%s: read again at %s, want %s", what, s.Telemetry.Due, due)
		}
	}
	hour, minute := t0.Add(time.Hour), t0.Add(time.Hour+time.Minute)
	look("new telemetry", []client.Object{first, ca}, 0, hour, "otlp", "ca")
	look("nothing has changed", []client.Object{first, ca}, 0, hour)
	look("another version of the Secret", []client.Object{second, ca}, 0, hour, "otlp")
	clock.SetTime(hour.Add(-time.Second))
	look("the ConfigMap is gone, within an hour", []client.Object{second}, 0, hour)
	clock.SetTime(hour)
	look("the ConfigMap is gone, after an hour", []client.Object{second}, 1, minute, "ca")
	clock.SetTime(minute.Add(-time.Second))
	look("it is back, within a minute", []client.Object{second, ca}, 1, minute)
	clock.SetTime(minute)
	hour = minute.Add(time.Hour)
	look("it is back, after a minute", []client.Object{second, ca}, 0, hour, "ca")
	tracker.Generation++
	look("the tracker has been changed", []client.Object{second, ca}, 0, hour, "ca")
	look("the Secret is gone", []client.Object{ca}, 1, hour, "otlp")
	look("it is still gone", []client.Object{ca}, 1, hour)
	tracker.Spec.Telemetry.Headers.SecretKeyRef.Key = "other"
	look("another key is named", []client.Object{second, ca}, 1, hour, "otlp")
	tracker.Spec.Telemetry = nil
	look("telemetry is removed", []client.Object{second, ca}, 0, time.Time{})
	if len(o.telemetry.trackers) > 0 {
		t.Errorf("%v is remembered", o.telemetry.trackers)
	}
}

// What can't be read stops nothing: what was read of it before holds, and it is read again.
func TestTelemetryThatCannotBeRead(t *testing.T) {
	forbidden := apierrors.NewForbidden(schema.GroupResource{Resource: "configmaps"}, "ca", errors.New("s3cr3t"))
	for name, test := range map[string]struct {
		ca     *v1alpha1.CertificateSource
		object client.Object
		err    error
		want   string
	}{
		"a ConfigMap, forbidden": {ofConfigMap, configMap("ca.crt", certificate()), forbidden, `ConfigMap "ca" can't be read: Forbidden`},
		"a ConfigMap, no answer": {ofConfigMap, configMap("ca.crt", certificate()), errBroken, `ConfigMap "ca" can't be read: the request failed`},
		"a Secret":               {ofSecret, secret("ca", map[string]string{"ca.crt": certificate()}), errBroken, `Secret "ca" can't be read: the request failed`},
	} {
		t.Run(name, func(t *testing.T) {
			headers := secret("otlp", map[string]string{"headers": "a=b"})
			clock := clocktesting.NewFakePassiveClock(t0)
			o, tracker := &Observer{Clock: clock}, traced(test.ca)
			tracker.Generation = 7
			look := func(what string, err error, want string, objects ...client.Object) {
				t.Helper()
				s := newSnapshot()
				o.Cached, o.Live = newReader(objects...), &failingFor{Reader: newReader(objects...), name: "ca", err: err}
				o.readTelemetry(t.Context(), tracker, s)
				if got := s.Telemetry.CACertificate.Unread + s.Telemetry.CACertificate.Problem; got != want || s.Telemetry.Headers != (snapshot.SelectedKey{}) {
					t.Errorf("%s: got %v, want %q", what, s.Telemetry, want)
				}
				if due := s.Telemetry.Due; err != nil && !due.Equal(clock.Now().Add(time.Minute)) {
					t.Errorf("%s: read again at %s", what, due)
				}
			}
			look("the first time", test.err, test.want, headers, test.object)
			clock.SetTime(t0.Add(time.Minute))
			look("the second time", test.err, test.want, headers, test.object)
			clock.SetTime(t0.Add(2 * time.Minute))
			look("it can be read", nil, "", headers, test.object)
			clock.SetTime(t0.Add(2 * time.Hour))
			test.object.SetResourceVersion("another")
			look("again it can't", test.err, "", headers, test.object)
			clock.SetTime(t0.Add(3 * time.Hour))
			look("it is gone", nil, fmt.Sprintf("%s \"ca\" does not exist", strings.Fields(test.want)[0]), headers)
		})
	}
}

// What can't be read is requested once a minute.
func TestWhatCannotBeReadIsRequestedOnceAMinute(t *testing.T) {
	for name, ca := range map[string]*v1alpha1.CertificateSource{"ConfigMap": ofConfigMap, "Secret": ofSecret} {
		t.Run(name, func(t *testing.T) {
			cached := []client.Object{
				secret("otlp", map[string]string{"headers": "a=b"}), secret("ca", map[string]string{"ca.crt": certificate()}),
			}
			clock := clocktesting.NewFakePassiveClock(t0)
			live := &failingFor{Reader: newReader(cached...), name: "ca", err: errBroken}
			o, tracker := &Observer{Clock: clock, Cached: newReader(cached...), Live: live}, traced(ca)
			tracker.Generation = 7
			for minute := range 3 {
				clock.SetTime(t0.Add(time.Duration(minute) * time.Minute))
				for range 5 {
					o.readTelemetry(t.Context(), tracker, newSnapshot())
				}
				if live.failed != minute+1 {
					t.Errorf("it was requested %d times in %d minutes", live.failed, minute+1)
				}
			}
			o.Forget(client.ObjectKeyFromObject(tracker))
			if len(o.telemetry.trackers) > 0 {
				t.Errorf("%v is remembered", o.telemetry.trackers)
			}
		})
	}
}
