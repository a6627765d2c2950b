// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/observe"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

// component is a component of the catalog.
type component = catalog.Component

// parts are the parts of a tracker.
var parts = catalog.Default()

// The kinds of objects that hold keys.
const (
	kindSecret    = "Secret"
	kindConfigMap = "ConfigMap"
)

// Reference is a key, or a whole object, that a tracker reads.
type Reference struct {
	// Field says where it is named, such as spec.database.external.
	Field string
	// Kind is Secret or ConfigMap.
	Kind, Name string
	// Key is the key; empty for the whole object.
	Key string
	// Optional means that it may be missing.
	Optional bool
	// Holds is what the value should be; empty for any.
	Holds observe.Holds
	// Served means that a server shows the first certificate to clients: those after it are of who has issued it.
	Served bool
	// Schemes are those that a URL should have, or begin with; none for any.
	Schemes []string
	// Types are those that a Secret should have; none for any.
	Types []corev1.SecretType
	// Managed is the dependency whose credentials the operator makes; empty for what others make.
	Managed v1alpha1.Component
	// Dispensable means that the tracker works without it.
	Dispensable bool
}

// Found is what the cluster has of a reference. It has nothing of a value.
type Found struct {
	Reference
	// Unread says why nothing is known; empty when it was read.
	Unread string
	// Exists reports whether the object exists, and HasKey whether it does and has the key, and something under it.
	Exists, HasKey bool
	// Flaw is what is wrong with the value, and what to do; empty when nothing is.
	Flaw string
	// Certificates are those in the value.
	Certificates []Certificate
}

// Certificate is when a certificate is valid.
type Certificate struct {
	// Subject is the common name, or else the first DNS name.
	Subject             string
	NotBefore, NotAfter time.Time
}

// referencesOf are the keys that a tracker reads.
func referencesOf(t *v1alpha1.InterviewTracker) []Reference {
	var all []Reference
	for _, d := range parts.Used(&t.Spec) {
		external := d.Get(&t.Spec).External
		if external != nil {
			all = append(all, Reference{
				Field: fmt.Sprintf("spec.%s.external", d.Name), Kind: kindSecret, Name: external.SecretKeyRef.Name, Key: external.SecretKeyRef.Key,
				Holds: observe.HoldsURL, Schemes: schemes[d.Name], Dispensable: d.Optional(&t.Spec),
			})
			continue
		}
		for _, key := range []string{catalog.KeyURL, catalog.KeyPassword} {
			all = append(all, Reference{
				Field: "the credentials of the managed " + d.Title, Kind: kindSecret, Name: t.CredentialsName(d.Name), Key: key,
				Managed: d.Name, Dispensable: d.Optional(&t.Spec),
			})
		}
	}
	for _, c := range parts.Present(&t.Spec) {
		all = append(all, ofComponent("spec."+string(c.Name), c.Get(&t.Spec))...)
	}
	for i, j := range t.Spec.GetJourneys() {
		all = append(all, ofEnv(fmt.Sprintf("spec.monitoring.journeys[%d]", i), j.Env)...)
	}
	return append(append(all, ofTelemetry(t.Spec.GetTelemetry())...), ofReceivers(t.Spec.GetNotifications())...)
}

// schemes are how the scheme of a dependency's URL begins: a driver may follow, as in postgresql+asyncpg.
var schemes = map[v1alpha1.Component][]string{
	v1alpha1.ComponentDatabase: {"postgres"},
	v1alpha1.ComponentRedis:    {"redis", "unix"},
}

// pullSecrets are the types of Secrets that open a registry.
var pullSecrets = []corev1.SecretType{corev1.SecretTypeDockerConfigJson, corev1.SecretTypeDockercfg}

func ofComponent(field string, spec *v1alpha1.ComponentSpec) []Reference {
	var all []Reference
	for _, secret := range spec.ImagePullSecrets {
		all = append(all, Reference{Field: field + ".imagePullSecrets", Kind: kindSecret, Name: secret.Name, Types: pullSecrets})
	}
	all = append(all, ofEnv(field, spec.Env)...)
	for _, from := range spec.EnvFrom {
		if r := from.SecretRef; r != nil {
			all = append(all, Reference{Field: field + ".envFrom", Kind: kindSecret, Name: r.Name, Optional: r.Optional != nil && *r.Optional})
		}
		if r := from.ConfigMapRef; r != nil {
			all = append(all, Reference{Field: field + ".envFrom", Kind: kindConfigMap, Name: r.Name, Optional: r.Optional != nil && *r.Optional})
		}
	}
	return all
}

func ofEnv(field string, env []corev1.EnvVar) []Reference {
	var all []Reference
	for _, e := range env {
		if e.ValueFrom == nil {
			continue
		}
		if r := e.ValueFrom.SecretKeyRef; r != nil {
			all = append(all, Reference{Field: field + ".env", Kind: kindSecret, Name: r.Name, Key: r.Key, Optional: r.Optional != nil && *r.Optional})
		}
		if r := e.ValueFrom.ConfigMapKeyRef; r != nil {
			all = append(all, Reference{Field: field + ".env", Kind: kindConfigMap, Name: r.Name, Key: r.Key, Optional: r.Optional != nil && *r.Optional})
		}
	}
	return all
}

func ofTelemetry(spec *v1alpha1.TelemetrySpec) []Reference {
	if spec == nil {
		return nil
	}
	var all []Reference
	if spec.Headers != nil {
		r := spec.Headers.SecretKeyRef
		all = append(all, Reference{Field: "spec.telemetry.headers", Kind: kindSecret, Name: r.Name, Key: r.Key, Holds: observe.HoldsHeaders})
	}
	if ca := spec.CACertificate; ca != nil {
		if r := ca.SecretKeyRef; r != nil {
			all = append(all, Reference{
				Field: "spec.telemetry.caCertificate", Kind: kindSecret, Name: r.Name, Key: r.Key, Holds: observe.HoldsCertificates,
			})
		}
		if r := ca.ConfigMapKeyRef; r != nil {
			all = append(all, Reference{
				Field: "spec.telemetry.caCertificate", Kind: kindConfigMap, Name: r.Name, Key: r.Key, Holds: observe.HoldsCertificates,
			})
		}
	}
	return all
}

func ofReceivers(spec *v1alpha1.NotificationsSpec) []Reference {
	if spec == nil {
		return nil
	}
	var all []Reference
	for i := range spec.Receivers {
		receiver := &spec.Receivers[i]
		key := receiver.SecretKey()
		if key == nil {
			continue
		}
		holds := observe.HoldsWord
		if receiver.Slack != nil || receiver.Webhook != nil {
			holds = observe.HoldsAddress
		}
		all = append(all, Reference{
			Field: "receiver " + receiver.Name + " of spec.monitoring.notifications", Kind: kindSecret, Name: key.Name, Key: key.Key, Holds: holds,
		})
	}
	return all
}

// examine is what there is of a reference in the data of its object.
func examine(r Reference, kind corev1.SecretType, data map[string][]byte) Found {
	found := Found{Reference: r, Exists: true, HasKey: true}
	if len(r.Types) > 0 && !slices.Contains(r.Types, kind) {
		found.Flaw = fmt.Sprintf("is of type %s, and a pull secret of type %s: create it by kubectl create secret docker-registry", kind, r.Types[0])
	}
	if r.Key == "" {
		return found
	}
	value, there := data[r.Key]
	if found.HasKey = there && len(bytes.TrimSpace(value)) > 0; !found.HasKey {
		return found
	}
	found.Flaw = observe.Flaw(r.Holds, value)
	if found.Flaw == "" && r.Holds == observe.HoldsURL && len(r.Schemes) > 0 && !hasScheme(value, r.Schemes) {
		found.Flaw = "does not begin with " + r.Schemes[0] + "://: see that it is the URL of the right server"
	}
	if r.Holds == observe.HoldsCertificates {
		found.Certificates = certificatesIn(value)
		if r.Served && len(found.Certificates) > 1 {
			found.Certificates = found.Certificates[:1]
		}
	}
	return found
}

func hasScheme(value []byte, schemes []string) bool {
	parsed, err := url.Parse(strings.TrimSpace(string(value)))
	return err == nil && slices.ContainsFunc(schemes, func(s string) bool { return strings.HasPrefix(parsed.Scheme, s) })
}

// maxCertificates bounds the certificates of a bundle that are looked at.
const maxCertificates = 500

// certificatesIn are the certificates of a bundle in PEM.
func certificatesIn(bundle []byte) []Certificate {
	var all []Certificate
	for block, rest := pem.Decode(bundle); block != nil && len(all) < maxCertificates; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			continue
		}
		subject := certificate.Subject.CommonName
		if subject == "" && len(certificate.DNSNames) > 0 {
			subject = certificate.DNSNames[0]
		}
		all = append(all, Certificate{Subject: subject, NotBefore: certificate.NotBefore, NotAfter: certificate.NotAfter})
	}
	return all
}

// references is the check of the Secrets and ConfigMaps that a tracker names.
func references(t *Tracker) findings {
	var found findings
	good := 0
	for i := range t.References {
		r := &t.References[i]
		lacks := Fail
		if r.Dispensable {
			lacks = Warn
		}
		lacking := fmt.Sprintf("%s %q does not exist", r.Kind, r.Name)
		if r.Exists {
			lacking = fmt.Sprintf("%s %q has nothing under key %q", r.Kind, r.Name, r.Key)
		}
		switch {
		case r.Unread != "":
			found.notChecked("run the check as somebody who may read it", r.Unread)
		case !r.HasKey && r.Optional:
			good++
		case !r.HasKey && r.Managed != "":
			found.add(lacks, credentialsRemedy(t, r.Managed), "%s: %s", lacking, r.Field)
		case !r.HasKey:
			found.add(lacks, create(t.Object.Namespace, r)+thenRestart(t, r), "%s, and %s names it", lacking, r.Field)
		case r.Flaw != "":
			found.add(lacks, "correct it: what is written after the colon says how"+thenRestart(t, r),
				"%s %q%s of %s: it %s", r.Kind, r.Name, underKey(r.Key), r.Field, r.Flaw)
		default:
			good++
		}
	}
	if len(found) == 0 {
		found.pass("what the spec names is there (%s)", plugin.Count(good, "reference"))
	}
	return found
}

// thenRestart says how to have pods read what they have started without.
func thenRestart(t *Tracker, r *Found) string {
	if !strings.HasPrefix(r.Field, "spec.telemetry.") {
		return ""
	}
	return fmt.Sprintf("; then restart the pods: kubectl tracker restart -n %s %s", t.Object.Namespace, t.Object.Name)
}

func underKey(key string) string {
	if key == "" {
		return ""
	}
	return fmt.Sprintf(", key %q,", key)
}

// create says how to create what is missing.
func create(namespace string, r *Found) string {
	switch {
	case !isName(r.Name), r.Key != "" && len(validation.IsConfigMapKey(r.Key)) > 0:
		return fmt.Sprintf("correct %s: no %s can have this name or key", r.Field, r.Kind)
	case len(r.Types) > 0:
		const command = "kubectl create secret docker-registry -n %s %s --docker-server=… --docker-username=… --docker-password=…"
		return fmt.Sprintf("create it: "+command, namespace, r.Name)
	case r.Kind == kindConfigMap && r.Key != "":
		return fmt.Sprintf("create it: kubectl create configmap -n %s %s --from-file=%s=FILE", namespace, r.Name, r.Key)
	case r.Kind == kindConfigMap:
		return fmt.Sprintf("create it: kubectl create configmap -n %s %s", namespace, r.Name)
	case r.Exists:
		return fmt.Sprintf("add the key: kubectl edit secret -n %s %s, under stringData", namespace, r.Name)
	case r.Key != "":
		return fmt.Sprintf("create it: kubectl create secret generic -n %s %s --from-literal=%s=…", namespace, r.Name, r.Key)
	}
	return fmt.Sprintf("create it: kubectl create secret generic -n %s %s", namespace, r.Name)
}

// credentialsRemedy says what to do without the credentials of a managed dependency.
func credentialsRemedy(t *Tracker, dependency v1alpha1.Component) string {
	claim := catalog.ClaimName(t.Object, dependency)
	if slices.ContainsFunc(t.Claims.Value, func(c corev1.PersistentVolumeClaim) bool { return c.Name == claim }) {
		return fmt.Sprintf("restore the Secret from a backup: the data of PersistentVolumeClaim %s need it (docs/recovery.md)", claim)
	}
	return "the operator creates it: see the checks of the operator, and Status"
}
