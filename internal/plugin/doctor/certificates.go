// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"fmt"
	"slices"
	"time"

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
		others := slices.ContainsFunc(r.Certificates, func(c Certificate) bool { return f.Now.Before(c.NotAfter) && !f.Now.Before(c.NotBefore) })
		for _, c := range r.Certificates {
			seen++
			dated(&found, f.Now, r.Reference, c, others)
		}
	}
	switch {
	case len(found) > 0:
	case seen == 0:
		found.pass("the tracker names no certificate")
	default:
		found.pass("%s valid for more than %d days", plugin.Count(seen, "certificate"), int(expiresSoon.Hours()/24))
	}
	return found
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
