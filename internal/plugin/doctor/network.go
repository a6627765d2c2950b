// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

// connection is one that NetworkPolicies should let through.
type connection struct {
	// who connects, such as "the operator", and what for.
	who, what string
	from      Peer
	// leaving are the policies of where it comes from, as far as they are looked at.
	leaving []networkingv1.NetworkPolicy
	// selector is how a peer of a policy selects who, for the remedy.
	selector string
	to       catalog.Component
	port     int32
}

// networkPolicies is the check that no NetworkPolicy keeps the operator from the API's pods, Prometheus from
// the metrics, and the frontend from the API.
func networkPolicies(f Facts, n *Namespace, t *Tracker) findings {
	var found findings
	switch {
	case n.Policies.Unread != "":
		found.notChecked("", n.Policies.Unread)
		return found
	case t.Pods.Unread != "":
		found.notChecked("", t.Pods.Unread)
		return found
	}
	checked := 0
	for _, c := range connections(&found, f, n, t) {
		for i := range t.Pods.Value {
			pod := &t.Pods.Value[i]
			if pod.Labels[v1alpha1.LabelComponent] == string(c.to.Name) {
				checked++
				admitted(&found, f, n, pod, c)
				break // The other pods have the same labels and ports.
			}
		}
	}
	switch {
	case len(found) > 0:
	case checked == 0:
		found.notChecked("", "the tracker has no pod of the API or the frontend that a NetworkPolicy could select")
	default:
		found.pass("none keeps the operator, Prometheus or the frontend from what they need; " +
			"of the rules for what leaves a namespace, only those for the operator were looked at")
	}
	return found
}

// whoOperator is how findings call the operator.
const whoOperator = "the operator"

// connections are those that a tracker needs, from where that is known.
func connections(found *findings, f Facts, n *Namespace, t *Tracker) []connection {
	spec, api := &t.Object.Spec, parts.Primary()
	var all []connection
	switch o := operatorOf(f, n.Name); {
	case o == nil:
		found.notChecked("", "whether the operator reaches the API's pods: no operator that watches the namespace is known")
	case pollsThroughAPIServer(o):
		found.notChecked("", "whether the API server reaches the API's pods, through which the operator polls them: NetworkPolicies know only its addresses")
	default:
		if o.Policies.Unread != "" {
			found.notChecked("", "whether a NetworkPolicy keeps the operator from sending to the API's pods: "+o.Policies.Unread)
		}
		all = append(all, connection{
			who: whoOperator, what: "polls their health", to: api, port: api.Port(spec), leaving: o.Policies.Value,
			selector: fmt.Sprintf("namespaceSelector {%s: %s} and podSelector {%s: %s}",
				corev1.LabelMetadataName, o.Deployment.Namespace, plugin.LabelName, plugin.OperatorName),
			from: Peer{o.Deployment.Namespace, f.NamespaceLabels[o.Deployment.Namespace], o.Deployment.Spec.Template.Labels},
		})
	}
	for _, s := range t.Scrapers {
		for _, c := range parts.Present(spec) {
			port := c.MetricsPort(spec)
			if port == 0 && !c.Primary {
				continue
			}
			if port == 0 {
				port = c.Port(spec)
			}
			all = append(all, connection{
				who: fmt.Sprintf("Prometheus %s/%s", s.Namespace, s.Name), what: "scrapes their metrics", to: c, port: port,
				selector: fmt.Sprintf("namespaceSelector {%s: %s} and podSelector {prometheus: %s}", corev1.LabelMetadataName, s.Namespace, s.Name),
				from:     Peer{s.Namespace, f.NamespaceLabels[s.Namespace], s.Labels},
			})
		}
	}
	for _, c := range parts.Present(spec) {
		if !c.Entry {
			continue
		}
		i := slices.IndexFunc(t.Pods.Value, func(p corev1.Pod) bool { return p.Labels[v1alpha1.LabelComponent] == string(c.Name) })
		if i < 0 {
			continue
		}
		all = append(all, connection{
			who: "the " + c.Title, what: "passes requests on to them", to: api, port: api.Port(spec),
			selector: fmt.Sprintf("podSelector {%s: %s, %s: %s}", v1alpha1.LabelTracker, t.Object.Name, v1alpha1.LabelComponent, c.Name),
			from:     Peer{n.Name, f.NamespaceLabels[n.Name], t.Pods.Value[i].Labels},
		})
	}
	return all
}

// pollsThroughAPIServer reports whether an operator polls pods through the API server.
func pollsThroughAPIServer(o *Operator) bool { return o.flag("poll-through") == "api-server" }

// admitted is the check of one connection to one pod: that it may leave where it comes from, and come in.
func admitted(found *findings, f Facts, n *Namespace, pod *corev1.Pod, c connection) {
	target := fmt.Sprintf("{%s: %s, %s: %s}", v1alpha1.LabelTracker, pod.Labels[v1alpha1.LabelTracker], v1alpha1.LabelComponent, c.to.Name)
	verdict, by := egress(c.leaving, c.from, pod, c.port, f.NamespaceLabels[n.Name])
	c.judged(found, verdict, list(by)+" of namespace "+c.from.Namespace, fmt.Sprintf(
		"add a NetworkPolicy of namespace %s that selects {%s: %s}, with an egress rule to namespaceSelector {%s: %s} and podSelector %s for TCP port %d",
		c.from.Namespace, plugin.LabelName, plugin.OperatorName, corev1.LabelMetadataName, n.Name, target, c.port))
	verdict, by = ingress(n.Policies.Value, pod, c.port, c.from)
	c.judged(found, verdict, list(by), fmt.Sprintf(
		"add a NetworkPolicy of namespace %s that selects %s, with an ingress rule from %s for TCP port %d", n.Name, target, c.selector, c.port))
}

// judged is what there is to say of a verdict.
func (c *connection) judged(found *findings, verdict Verdict, by, remedy string) {
	switch verdict {
	case Closed:
		found.fail(remedy, "%s can't reach the pods of the %s at port %d, where it %s: NetworkPolicy %s", c.who, c.to.Title, c.port, c.what, by)
	case Unclear:
		found.warn("see that an address or a label of the rules is theirs; otherwise "+remedy,
			"whether %s reaches the pods of the %s at port %d, where it %s, depends on addresses or labels that are not known: NetworkPolicy %s",
			c.who, c.to.Title, c.port, c.what, by)
	case Open:
	}
}
