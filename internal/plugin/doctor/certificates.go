// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/interview-tracker/interview-tracker-operator/internal/observe"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

// expiresSoon is how long before its end a certificate is a warning.
const expiresSoon = 30 * 24 * time.Hour

// certificates is the check of the dates of the certificates that a tracker uses.
func certificates(f Facts, t *Tracker) findings {
	var found findings
	all := slices.DeleteFunc(slices.Clone(t.References), func(r Found) bool { return r.Holds != observe.HoldsCertificates })
	if t.Ingresses.Unread != "" {
		found.notChecked("", t.Ingresses.Unread)
	}
	seen := 0
	for _, r := range append(all, t.Ingresses.Value...) {
		if r.Unread != "" {
			found.notChecked("", r.Unread)
			continue
		}
		if !r.Exists && slices.ContainsFunc(t.Ingresses.Value, func(i Found) bool { return i.Field == r.Field }) {
			found.fail("create it, or correct the Ingress; with cert-manager, kubectl describe certificate says why it is missing",
				"%s %q does not exist: %s names it", r.Kind, r.Name, r.Field)
		}
		seen += len(r.Certificates)
		bundleDates(&found, f.Now, r)
	}
	if seen == 0 && len(found) == 0 {
		found.pass("the tracker names no certificate")
	}
	allValid(&found, seen)
	return found
}

const putCertificate = "put one there: docs/maintenance.md and docs/namespaced.md say how"

// operatorCertificates is the check of the certificates that the operators serve their metrics with and to. Most have none:
// without --metrics-cert-dir, an operator makes its own when it starts.
func operatorCertificates(f Facts) findings {
	var found findings
	seen := 0
	for i := range f.Operators.Value {
		for _, r := range f.Operators.Value[i].Certificates {
			switch {
			case r.Unread != "":
				found.notChecked("", r.Unread)
			case !r.Exists:
				found.fail(putCertificate, "%s %q does not exist: %s reads it", r.Kind, r.Name, r.Field)
			case len(r.Certificates) == 0:
				found.fail(putCertificate,
					"%s %q has no certificate under key %q, which %s reads", r.Kind, r.Name, r.Key, r.Field)
			}
			seen += len(r.Certificates)
			bundleDates(&found, f.Now, r)
		}
	}
	allValid(&found, seen)
	return found
}

// certificatesOf are the certificates that an operator serves its metrics with and to, as far as they are in volumes of Secrets
// and ConfigMaps.
func certificatesOf(o *Operator) []Reference {
	if !o.servesMetrics() {
		return nil
	}
	var all []Reference
	add := func(flag, file string, served bool) {
		if r := o.mounted(file); r != nil {
			r.Field, r.Holds, r.Served = "--"+flag+" of "+o.String(), observe.HoldsCertificates, served
			all = append(all, *r)
		}
	}
	add("metrics-cert-dir", path.Join(o.flag("metrics-cert-dir"), corev1.TLSCertKey), true)
	add("metrics-client-ca", path.Clean(o.flag("metrics-client-ca")), false)
	return all
}

// mounted is the key that a file of an operator is mounted from; nil when it is from no volume of a Secret or a ConfigMap.
func (o *Operator) mounted(file string) *Reference {
	c := o.container()
	if c == nil {
		return nil
	}
	var mount corev1.VolumeMount
	left := ""
	for _, m := range c.VolumeMounts {
		// The deepest mount hides what another one has there.
		inside, under := strings.CutPrefix(file+"/", path.Clean(m.MountPath)+"/")
		if under && (mount.Name == "" || len(inside) < len(left)) {
			mount, left = m, inside
		}
	}
	key := path.Join(mount.SubPath, left)
	for _, v := range o.Deployment.Spec.Template.Spec.Volumes {
		switch {
		case v.Name != mount.Name:
		case v.Secret != nil:
			return &Reference{Kind: kindSecret, Name: v.Secret.SecretName, Key: keyAt(key, v.Secret.Items)}
		case v.ConfigMap != nil:
			return &Reference{Kind: kindConfigMap, Name: v.ConfigMap.Name, Key: keyAt(key, v.ConfigMap.Items)}
		}
	}
	return nil
}

// keyAt is the key that is at a path of a volume.
func keyAt(at string, items []corev1.KeyToPath) string {
	for _, item := range items {
		if item.Path == at {
			return item.Key
		}
	}
	return at
}

// allValid says so of certificates, when there are some and nothing is found against them.
func allValid(found *findings, seen int) {
	if len(*found) == 0 && seen > 0 {
		found.pass("%s valid for more than %d days", plugin.Count(seen, "certificate"), int(expiresSoon.Hours()/24))
	}
}

// bundleDates is the check of the certificates of one key.
func bundleDates(found *findings, now time.Time, r Found) {
	others := slices.ContainsFunc(r.Certificates, func(c Certificate) bool { return now.Before(c.NotAfter) && !now.Before(c.NotBefore) })
	for _, c := range r.Certificates {
		dated(found, now, r.Reference, c, others)
	}
}

// dated is the check of one certificate of a bundle. others means that one of the bundle is valid: an
// authority that has expired does no harm beside its successor.
func dated(found *findings, now time.Time, r Reference, c Certificate, others bool) {
	invalid := Fail
	if others {
		invalid = Warn
	}
	what := fmt.Sprintf("certificate %q of %s %q, key %q (%s)", line(c.Subject), r.Kind, r.Name, r.Key, r.Field)
	remedy := fmt.Sprintf("renew it, and write the new one into %s %q", r.Kind, r.Name)
	switch left := c.NotAfter.Sub(now); {
	case left <= 0:
		found.add(invalid, remedy, "%s expired on %s", what, c.NotAfter.UTC().Format(time.DateOnly))
	case c.NotBefore.After(now):
		found.add(invalid, "wait, or correct the clock of who has issued it", "%s is not valid before %s", what, c.NotBefore.UTC().Format(time.RFC3339))
	case left < expiresSoon:
		found.warn(remedy, "%s expires on %s, in %s", what, c.NotAfter.UTC().Format(time.DateOnly), age(left))
	}
}
