// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/ownership"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// certificateKey identifies a certificate and what it should be for.
type certificateKey struct{ secret, host string }

// certificateReading is what one version of a Secret said of such a certificate. It is cached, never with the
// certificate or its key.
type certificateReading struct {
	resourceVersion string    // Of the Secret when it was last requested; empty when there was none.
	due             time.Time // When one is read again that could not be read, unless it changes before.
	found           snapshot.Certificate
}

// readRoutes reads the ways in from outside. After readMonitoring, which reads which kinds there are.
func (o *Observer) readRoutes(ctx context.Context, t *v1alpha1.InterviewTracker, s *snapshot.Snapshot) error {
	o.readCertificate(ctx, t, s)
	for _, c := range o.Catalog.Present(&t.Spec) {
		if !c.Entry {
			continue
		}
		if t.Spec.Ingress != nil {
			ingress := &networkingv1.Ingress{}
			found, err := o.get(ctx, t, t.ChildName(c.Name), ingress)
			if err != nil {
				return err
			}
			if found && ownership.Of(t, kinds.Ingress.Kind, ingress) == ownership.Controlled {
				s.Routes.Ingress = ingress
			}
		}
		if t.Spec.Gateway != nil && s.Monitoring.Kinds.Has(kinds.HTTPRoute.Kind) {
			route := &gatewayv1.HTTPRoute{}
			// A cache that can't be read has just been stopped, as its kind was deleted.
			found, err := o.get(ctx, t, t.ChildName(c.Name), route)
			if err == nil && found && ownership.Of(t, kinds.HTTPRoute.Kind, route) == ownership.Controlled {
				s.Routes.HTTPRoute = route
			}
		}
	}
	return nil
}

// readCertificate looks at the certificate of the Ingress. Nothing but RouteReady depends on it, so one that can't be
// read stops nothing: what an earlier version said of it stays.
func (o *Observer) readCertificate(ctx context.Context, t *v1alpha1.InterviewTracker, s *snapshot.Snapshot) {
	name := t.CertificateSecret()
	if name == "" {
		o.certificates.keep(t, nil)
		return
	}
	k := certificateKey{name, string(t.Spec.Ingress.Host)}
	r, read := o.certificates.of(t)[k]
	secret, changed, err := o.readChanged(ctx, t, k.secret, read && !o.isDue(r.due), r.resourceVersion)
	switch {
	case err != nil:
		logf.FromContext(ctx).Info("Could not read the certificate of spec.ingress", "exception", err.Error())
		r.resourceVersion, r.due = o.secretVersion(ctx, t, k.secret), o.Clock.Now().Add(flawedAge)
		if !read {
			why := cmp.Or(string(apierrors.ReasonForError(err)), "the request failed")
			r.found.Unread = fmt.Sprintf("Secret %q can't be read: %s", k.secret, why)
		}
	case !changed:
	case secret == nil:
		r = certificateReading{found: snapshot.Certificate{SelectedKey: snapshot.SelectedKey{Problem: missing(k.secret)}}}
	default:
		r = certificateReading{resourceVersion: secret.ResourceVersion, found: k.examine(secret.Data)}
	}
	o.certificates.keep(t, map[certificateKey]certificateReading{k: r})
	s.Routes.Certificate, s.Routes.Due = r.found, r.due
}

// examine reads the first certificate of a Secret, which is that of the server, and nothing else of it.
func (k certificateKey) examine(data map[string][]byte) snapshot.Certificate {
	flawed := func(key snapshot.SelectedKey) snapshot.Certificate { return snapshot.Certificate{SelectedKey: key} }
	text, there := data[corev1.TLSCertKey]
	switch {
	case !there:
		return flawed(snapshot.SelectedKey{Problem: keyMissing(k.secret, corev1.TLSCertKey)})
	case len(text) == 0:
		return flawed(snapshot.SelectedKey{Problem: keyEmpty(k.secret, corev1.TLSCertKey)})
	case len(data[corev1.TLSPrivateKeyKey]) == 0:
		return flawed(snapshot.SelectedKey{Problem: keyMissing(k.secret, corev1.TLSPrivateKeyKey)})
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" {
		return flawed(snapshot.SelectedKey{Flaw: fmt.Sprintf("Secret %q, key %q: it does not begin with a certificate in PEM", k.secret, corev1.TLSCertKey)})
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return flawed(snapshot.SelectedKey{Flaw: fmt.Sprintf("Secret %q, key %q: its first certificate can't be parsed", k.secret, corev1.TLSCertKey)})
	}
	return snapshot.Certificate{
		NotForHost: certificate.VerifyHostname(k.host) != nil,
		NotBefore:  certificate.NotBefore, NotAfter: certificate.NotAfter,
	}
}
