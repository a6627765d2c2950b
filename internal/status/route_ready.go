// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

// routeEvents are the reasons of the events of RouteReady.
var routeEvents = catalog.Condition{Type: v1alpha1.ConditionRouteReady, Bad: "RouteNotReady", Good: "RouteRecovered"}

const (
	// routePatience is how long a controller may take to report that it has taken an Ingress or an HTTPRoute.
	routePatience = time.Minute
	// issuePatience is how long cert-manager may take to issue a certificate.
	issuePatience = 5 * time.Minute
	// expiresSoon is how long before its end a certificate should have been replaced. One of a short life should have
	// been by the last sixth of it: cert-manager replaces it at the last third.
	expiresSoon  = 14 * 24 * time.Hour
	lastFraction = 6
)

// routeReady is RouteReady, which never gates Ready: whether requests from outside are led to the frontend, as far as
// the objects say. It is absent without spec.ingress and spec.gateway.
func routeReady(in Input) []metav1.Condition {
	if len(in.Tracker.Spec.Hosts()) == 0 {
		return nil
	}
	return one(v1alpha1.ConditionRouteReady, reachable(in))
}

func reachable(in Input) metav1.Condition {
	switch {
	case in.Snapshot == nil:
		return unread(in)
	case in.Tracker.Spec.Suspend:
		return unknown(v1alpha1.ReasonSuspended, "spec.suspend is true: the Ingress or HTTPRoute of the current spec may not be applied")
	case in.Monitoring != nil && in.Monitoring.Routing != nil:
		return isFalse(in.Monitoring.Routing.Reason, "%s", in.Monitoring.Routing.Message)
	}
	r := &ways{in: in, routes: in.Snapshot.Routes}
	if in.Tracker.Spec.Ingress != nil {
		r.ingress(in.Tracker.Spec.Ingress)
		r.certificate(in.Tracker.Spec.Ingress)
	}
	if in.Tracker.Spec.Gateway != nil {
		r.gateway(in.Tracker.Spec.Gateway)
	}
	// What goes on by itself comes after what a person has to do.
	slices.SortStableFunc(r.flaws, func(a, b Cause) int { return cmp.Compare(order(a), order(b)) })
	var sentences []string
	for _, flaw := range r.flaws {
		sentences = append(sentences, flaw.Message)
	}
	unreadSecret := r.routes.Certificate.Unread
	switch {
	case r.unapplied && order(r.flaws[0]) > 0 && in.Monitoring == nil:
		return notApplied(in, "the Ingress and the HTTPRoute")
	case len(r.flaws) > 0:
		return isFalse(r.flaws[0].Reason, "%s", strings.Join(sentences, "; "))
	case unreadSecret != "":
		return unknown(v1alpha1.ReasonReconcileFailed, "%s", unreadSecret)
	}
	return isTrue(v1alpha1.ReasonAdmitted, "%s", strings.Join(r.good, "; "))
}

// order puts the causes first that don't go by themselves.
func order(c Cause) int {
	if routine(c.Reason) {
		return 1
	}
	return 0
}

// ways collects what is known of the ways in.
type ways struct {
	in     Input
	routes snapshot.Routes
	flaws  []Cause
	good   []string
	// unapplied is set when an object is not there as the spec wants it.
	unapplied bool
}

func (r *ways) flaw(reason, format string, args ...any) {
	r.flaws = append(r.flaws, Cause{reason, fmt.Sprintf(format, args...)})
}

// notApplied is the flaw of an object that is not there as the spec wants it.
func (r *ways) notApplied(kind string) {
	r.unapplied = true
	r.flaw(v1alpha1.ReasonProgressing, "the %s is not applied yet as the spec wants it", kind)
}

// untaken is the flaw of an object that no controller has taken: at first, it may do so at any moment.
func (r *ways) untaken(created metav1.Time, format string, args ...any) {
	if r.waits(created, routePatience) {
		r.flaw(v1alpha1.ReasonProgressing, format, args...)
		return
	}
	r.flaw(v1alpha1.ReasonNotAdmitted, format, args...)
}

// waits reports that something may still come by itself: for a while after an object was created, and after all
// was well, as when the object was changed.
func (r *ways) waits(created metav1.Time, patience time.Duration) bool {
	since, stored := created.Time, storedCondition(r.in, v1alpha1.ConditionRouteReady)
	switch {
	case stored == nil || stored.Status != metav1.ConditionFalse:
		return true
	case stored.Reason == v1alpha1.ReasonProgressing && stored.LastTransitionTime.After(since):
		since = stored.LastTransitionTime.Time
	}
	return r.in.Now.Sub(since) < patience
}

func (r *ways) ingress(spec *v1alpha1.IngressSpec) {
	ingress := r.routes.Ingress
	if ingress == nil || !isOf(ingress, spec, r.in.Tracker.CertificateSecret()) {
		r.notApplied(kinds.Ingress.Kind)
		return
	}
	if addresses := ingressAddresses(ingress); len(addresses) > 0 {
		r.good = append(r.good, fmt.Sprintf("%s leads to the frontend, at %s", r.in.Tracker.Spec.IngressURL(), firstOf(addresses)))
		return
	}
	class := "the cluster's default IngressClass"
	if spec.ClassName != "" {
		class = fmt.Sprintf("IngressClass %q", spec.ClassName)
	}
	r.untaken(ingress.CreationTimestamp, "Ingress %s of %s has no address: no controller of %s has taken it, or it reports none; "+
		"write a class that `kubectl get ingressclasses` lists in spec.ingress.className, and see the log of its controller",
		ingress.Name, spec.Host, class)
}

// isOf reports that an Ingress is that of a spec, with a certificate in a Secret, if any.
func isOf(ingress *networkingv1.Ingress, spec *v1alpha1.IngressSpec, secret string) bool {
	var hosts, secrets, wanted []string
	for _, rule := range ingress.Spec.Rules {
		hosts = append(hosts, rule.Host)
	}
	for _, tls := range ingress.Spec.TLS {
		secrets = append(secrets, tls.SecretName)
	}
	if secret != "" {
		wanted = append(wanted, secret)
	}
	class := ingress.Spec.IngressClassName // Without one in the spec, the API server writes the default.
	return slices.Equal(hosts, []string{string(spec.Host)}) && slices.Equal(secrets, wanted) &&
		(spec.ClassName == "" || class != nil && *class == spec.ClassName)
}

// firstOf names a few addresses: some controllers report those of all nodes, in another order each time.
func firstOf(addresses []string) string {
	if len(addresses) > maxAddresses {
		return strings.Join(addresses[:maxAddresses], ", ") + " and others"
	}
	return and(addresses)
}

const maxAddresses = 2

// ingressAddresses are those that the controller reports.
func ingressAddresses(ingress *networkingv1.Ingress) []string {
	var addresses []string
	for _, at := range ingress.Status.LoadBalancer.Ingress {
		addresses = append(addresses, words.Line(cmp.Or(at.IP, at.Hostname), maxForeign))
	}
	slices.Sort(addresses)
	return addresses
}

// maxForeign bounds what a controller says, in characters.
const maxForeign = 300

// certificate judges that of the Ingress.
func (r *ways) certificate(spec *v1alpha1.IngressSpec) {
	secret, found := r.in.Tracker.CertificateSecret(), r.routes.Certificate
	if secret == "" {
		return
	}
	const layout = "2006-01-02 15:04 UTC"
	until := found.NotAfter.UTC().Format(layout)
	replace := "replace it"
	if spec.TLS.ClusterIssuer != "" {
		replace = fmt.Sprintf("see why cert-manager does not replace it: kubectl -n %s describe certificate %s", r.in.Tracker.Namespace, secret)
	}
	switch now := r.in.Now; {
	case found.Problem != "":
		r.missing(spec)
	case found.Flaw != "":
		r.flaw(v1alpha1.ReasonInvalidCertificate, "%s; %s", found.Flaw, replace)
	case found.NotAfter.IsZero(): // It could not be read.
	case now.Before(&metav1.Time{Time: found.NotBefore}):
		r.flaw(v1alpha1.ReasonInvalidCertificate, "the certificate in Secret %q is valid only from %s; %s",
			secret, found.NotBefore.UTC().Format(layout), replace)
	case found.NotForHost:
		r.flaw(v1alpha1.ReasonCertificateMismatch, "the certificate in Secret %q is not for the host %s; %s", secret, spec.Host, replace)
	case !now.Before(&metav1.Time{Time: found.NotAfter}):
		r.flaw(v1alpha1.ReasonCertificateExpired, "the certificate in Secret %q expired at %s; %s", secret, until, replace)
	case !now.Before(&metav1.Time{Time: dueSince(found)}):
		r.flaw(v1alpha1.ReasonCertificateExpiring, "the certificate in Secret %q expires at %s; %s", secret, until, replace)
	default:
		r.good = append(r.good, "the certificate is valid until "+until)
	}
}

// missing is the flaw that there is no certificate. One that cert-manager issues takes a while.
func (r *ways) missing(spec *v1alpha1.IngressSpec) {
	problem, ingress := r.routes.Certificate.Problem, r.routes.Ingress
	switch {
	case spec.TLS.ClusterIssuer == "":
		r.flaw(v1alpha1.ReasonSecretNotFound, "%s (spec.ingress.tls.secretName); create it: kubectl -n %s create secret tls %s --cert=FILE --key=FILE",
			problem, r.in.Tracker.Namespace, spec.TLS.SecretName)
	case ingress == nil || r.waits(ingress.CreationTimestamp, issuePatience):
		r.flaw(v1alpha1.ReasonProgressing, "%s: cert-manager has not issued the certificate yet", problem)
	default:
		r.flaw(v1alpha1.ReasonSecretNotFound, "%s, which cert-manager makes; see why it does not: kubectl -n %s describe certificate %s",
			problem, r.in.Tracker.Namespace, r.in.Tracker.CertificateSecret())
	}
}

// dueSince is when a certificate should have been replaced.
func dueSince(c snapshot.Certificate) time.Time {
	return c.NotAfter.Add(-min(expiresSoon, c.NotAfter.Sub(c.NotBefore)/lastFraction))
}

func (r *ways) gateway(spec *v1alpha1.GatewaySpec) {
	route, seen := r.routes.HTTPRoute, r.in.Snapshot.Monitoring
	switch why := seen.KindsUnclear[kinds.HTTPRoute.Kind]; {
	case why != "":
		r.flaw(v1alpha1.ReasonReconcileFailed, "could not determine whether the cluster has HTTPRoute: %s", why)
		return
	case !seen.Kinds.Has(kinds.HTTPRoute.Kind):
		what := "the cluster lacks HTTPRoute: install the CRDs of the Gateway API (gateway.networking.k8s.io/v1), or use spec.ingress"
		if seen.KindsFixed {
			what += "; then restart the operator, which may not watch CustomResourceDefinitions"
		}
		r.flaw(v1alpha1.ReasonCRDNotInstalled, "%s", what)
		return
	case route == nil || !isRouteOf(route, spec):
		r.notApplied(kinds.HTTPRoute.Kind)
		return
	}
	var through []string
	for _, ref := range spec.ParentRefs {
		gateway := "Gateway " + cmp.Or(ref.Namespace, route.Namespace) + "/" + ref.Name
		if ref.SectionName != "" {
			gateway += ", listener " + ref.SectionName
		}
		accepted, refusal := answersOf(route, ref)
		if refusal != "" {
			r.flaw(v1alpha1.ReasonRouteRejected, "%s does not take HTTPRoute %s: %s", gateway, route.Name, refusal)
			continue
		}
		if !accepted {
			r.untaken(route.CreationTimestamp, "no controller has taken HTTPRoute %s for %s; "+
				"see that the Gateway exists and has a controller: kubectl -n %s get gateway %s",
				route.Name, gateway, cmp.Or(ref.Namespace, route.Namespace), ref.Name)
			continue
		}
		through = append(through, gateway)
	}
	if len(through) > 0 {
		var hosts []string
		for _, host := range spec.Hostnames {
			hosts = append(hosts, string(host))
		}
		r.good = append(r.good, fmt.Sprintf("%s leads to the frontend, through %s", and(hosts), and(through)))
	}
}

// isRouteOf reports that an HTTPRoute is that of a spec.
func isRouteOf(route *gatewayv1.HTTPRoute, spec *v1alpha1.GatewaySpec) bool {
	return slices.EqualFunc(route.Spec.Hostnames, spec.Hostnames, func(a gatewayv1.Hostname, b v1alpha1.Host) bool { return string(a) == string(b) }) &&
		slices.EqualFunc(route.Spec.ParentRefs, spec.ParentRefs, func(a gatewayv1.ParentReference, b v1alpha1.GatewayReference) bool {
			return referenceOf(a) == b
		})
}

// referenceOf is a reference to a Gateway as the spec has it.
func referenceOf(parent gatewayv1.ParentReference) v1alpha1.GatewayReference {
	ref := v1alpha1.GatewayReference{Name: string(parent.Name)}
	if parent.Namespace != nil {
		ref.Namespace = string(*parent.Namespace)
	}
	if parent.SectionName != nil {
		ref.SectionName = string(*parent.SectionName)
	}
	if parent.Port != nil {
		ref.Port = *parent.Port
	}
	return ref
}

// answersOf is what controllers report of an HTTPRoute, as it is now, for one of its Gateways: whether one accepts it, and
// what one says against it, in its own words.
func answersOf(route *gatewayv1.HTTPRoute, ref v1alpha1.GatewayReference) (accepted bool, refusal string) {
	ref.Namespace = cmp.Or(ref.Namespace, route.Namespace)
	for _, report := range route.Status.Parents {
		of := referenceOf(report.ParentRef)
		if of.Namespace = cmp.Or(of.Namespace, route.Namespace); of != ref {
			continue
		}
		for _, c := range report.Conditions {
			current := c.ObservedGeneration == 0 || c.ObservedGeneration == route.Generation
			about := c.Type == string(gatewayv1.RouteConditionAccepted) || c.Type == string(gatewayv1.RouteConditionResolvedRefs)
			switch {
			case !current || !about:
			case c.Status == metav1.ConditionFalse:
				return false, words.Line(fmt.Sprintf("%s is %s, %s: %s", c.Type, c.Status, c.Reason, c.Message), maxForeign)
			case c.Type == string(gatewayv1.RouteConditionAccepted):
				accepted = accepted || c.Status == metav1.ConditionTrue
			}
		}
	}
	return accepted, ""
}

// routeChanges are the times at which RouteReady changes although nothing else does, unless they are over.
func routeChanges(next v1alpha1.InterviewTrackerStatus, r snapshot.Routes) []time.Time {
	var changes []time.Time
	if c := meta.FindStatusCondition(next.Conditions, v1alpha1.ConditionRouteReady); c != nil && c.Reason == v1alpha1.ReasonProgressing {
		changes = append(changes, c.LastTransitionTime.Add(routePatience), c.LastTransitionTime.Add(issuePatience))
	}
	if r.Ingress != nil {
		changes = append(changes, r.Ingress.CreationTimestamp.Add(routePatience), r.Ingress.CreationTimestamp.Add(issuePatience))
	}
	if r.HTTPRoute != nil {
		changes = append(changes, r.HTTPRoute.CreationTimestamp.Add(routePatience))
	}
	if !r.Certificate.NotAfter.IsZero() {
		changes = append(changes, r.Certificate.NotBefore, dueSince(r.Certificate), r.Certificate.NotAfter)
	}
	return changes
}
