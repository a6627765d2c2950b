// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Verdict is whether NetworkPolicies let connections through.
type Verdict int

// The verdicts, each stronger than those before it: what one rule lets through is let through.
const (
	// Closed means that no rule lets them through.
	Closed Verdict = iota
	// Unclear means that a rule may, by the addresses of its ipBlock or the labels of a namespace that can't be read.
	Unclear
	// Open means that they are let through.
	Open
)

// Peer is pods at one end of connections.
type Peer struct {
	Namespace string
	// NamespaceLabels are those of the namespace.
	NamespaceLabels Read[map[string]string]
	// Labels are those of the pods.
	Labels map[string]string
}

// ingress is whether the policies of a pod's namespace let connections from a source to a port of the pod in, and the names
// of the policies that select the pod.
func ingress(policies []networkingv1.NetworkPolicy, pod *corev1.Pod, port int32, from Peer) (Verdict, []string) {
	return judge(policies, ingressRules, Peer{Namespace: pod.Namespace, Labels: pod.Labels}, from, pod, port)
}

// egress is whether the policies of a peer's namespace let connections from it to a port of a pod out, and the names of the
// policies that select the peer.
func egress(
	policies []networkingv1.NetworkPolicy, from Peer, pod *corev1.Pod, port int32, namespaceLabels Read[map[string]string],
) (Verdict, []string) {
	return judge(policies, egressRules, from, Peer{pod.Namespace, namespaceLabels, pod.Labels}, pod, port)
}

// rule is a rule of a NetworkPolicy, whichever way it is for.
type rule struct {
	ports []networkingv1.NetworkPolicyPort
	peers []networkingv1.NetworkPolicyPeer
}

// judge is whether the policies of the namespace of pods let connections between them and others through, to a port of a
// pod of either. rulesOf are the rules of a policy for the way that the connections go, if it is about that way.
func judge(
	policies []networkingv1.NetworkPolicy, rulesOf func(*networkingv1.NetworkPolicy) ([]rule, bool), pods, others Peer, to *corev1.Pod, port int32,
) (Verdict, []string) {
	verdict, isolated := Closed, []string(nil)
	for i := range policies {
		p := &policies[i]
		rules, restricts := rulesOf(p)
		if !restricts || !matches(&p.Spec.PodSelector, pods.Labels) {
			continue
		}
		isolated = append(isolated, p.Name)
		for _, r := range rules {
			if covers(r.ports, to, port) {
				verdict = max(verdict, admits(r.peers, pods.Namespace, others))
			}
		}
	}
	if len(isolated) == 0 {
		return Open, nil
	}
	return verdict, isolated
}

// ingressRules are the rules of a policy for what comes in, if it is about that: each is that does not say.
func ingressRules(p *networkingv1.NetworkPolicy) (rules []rule, restricts bool) {
	for _, r := range p.Spec.Ingress {
		rules = append(rules, rule{r.Ports, r.From})
	}
	return rules, len(p.Spec.PolicyTypes) == 0 || slices.Contains(p.Spec.PolicyTypes, networkingv1.PolicyTypeIngress)
}

// egressRules are the rules of a policy for what leaves, if it is about that: one that does not say is when it has such rules.
func egressRules(p *networkingv1.NetworkPolicy) (rules []rule, restricts bool) {
	for _, r := range p.Spec.Egress {
		rules = append(rules, rule{r.Ports, r.To})
	}
	return rules, len(p.Spec.PolicyTypes) == 0 && len(rules) > 0 || slices.Contains(p.Spec.PolicyTypes, networkingv1.PolicyTypeEgress)
}

// covers reports whether the ports of a rule have a port of a pod: none are all.
func covers(ports []networkingv1.NetworkPolicyPort, pod *corev1.Pod, port int32) bool {
	return len(ports) == 0 || slices.ContainsFunc(ports, func(p networkingv1.NetworkPolicyPort) bool {
		switch {
		case p.Protocol != nil && *p.Protocol != corev1.ProtocolTCP:
			return false
		case p.Port == nil:
			return true
		case p.Port.Type == intstr.String:
			return portNamed(pod, p.Port.StrVal) == port
		case p.EndPort != nil:
			return port >= p.Port.IntVal && port <= *p.EndPort
		}
		return p.Port.IntVal == port
	})
}

// portNamed is the number of a pod's port of a name, 0 when it has none.
func portNamed(pod *corev1.Pod, name string) int32 {
	for i := range pod.Spec.Containers {
		for _, p := range pod.Spec.Containers[i].Ports {
			if p.Name == name && (p.Protocol == "" || p.Protocol == corev1.ProtocolTCP) {
				return p.ContainerPort
			}
		}
	}
	return 0
}

// admits is whether the peers of a rule of a namespace have others: none are all.
func admits(peers []networkingv1.NetworkPolicyPeer, namespace string, others Peer) Verdict {
	if len(peers) == 0 {
		return Open
	}
	verdict := Closed
	for i := range peers {
		verdict = max(verdict, isPeer(&peers[i], namespace, others))
	}
	return verdict
}

func isPeer(peer *networkingv1.NetworkPolicyPeer, namespace string, others Peer) Verdict {
	if peer.IPBlock != nil {
		return Unclear
	}
	if peer.PodSelector != nil && !matches(peer.PodSelector, others.Labels) {
		return Closed
	}
	if peer.NamespaceSelector == nil {
		if others.Namespace == namespace {
			return Open
		}
		return Closed
	}
	return namespaceMatches(peer.NamespaceSelector, others)
}

// namespaceMatches is whether a selector selects the namespace of others. Of one that can't be read only its name is known.
func namespaceMatches(selector *metav1.LabelSelector, others Peer) Verdict {
	known := labels.Set{corev1.LabelMetadataName: others.Namespace}
	if others.NamespaceLabels.Unread == "" {
		known = others.NamespaceLabels.Value
	}
	if others.NamespaceLabels.Unread != "" && usesOtherLabels(selector) {
		return Unclear
	}
	if matches(selector, known) {
		return Open
	}
	return Closed
}

// usesOtherLabels reports whether a selector of namespaces looks at more than their names.
func usesOtherLabels(selector *metav1.LabelSelector) bool {
	for name := range selector.MatchLabels {
		if name != corev1.LabelMetadataName {
			return true
		}
	}
	return slices.ContainsFunc(selector.MatchExpressions, func(r metav1.LabelSelectorRequirement) bool { return r.Key != corev1.LabelMetadataName })
}

// matches reports whether a selector selects labels. One that is not valid selects nothing.
func matches(selector *metav1.LabelSelector, set map[string]string) bool {
	compiled, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && compiled.Matches(labels.Set(set))
}
