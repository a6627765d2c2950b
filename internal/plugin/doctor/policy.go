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

// Verdict is whether NetworkPolicies let connections in.
type Verdict int

// The verdicts, each stronger than those before it: what one rule lets in is let in.
const (
	// Closed means that no rule lets them in.
	Closed Verdict = iota
	// Unclear means that a rule may, by the addresses of its ipBlock or the labels of a namespace that can't be read.
	Unclear
	// Open means that they are let in.
	Open
)

// Source is where connections come from.
type Source struct {
	Namespace string
	// NamespaceLabels are those of the namespace.
	NamespaceLabels Read[map[string]string]
	// Labels are those of the pods.
	Labels map[string]string
}

// ingress is whether the policies of a pod's namespace let connections from a source to a port of the pod in, and the names
// of the policies that select the pod.
func ingress(policies []networkingv1.NetworkPolicy, pod *corev1.Pod, port int32, from Source) (Verdict, []string) {
	verdict, isolated := Closed, []string(nil)
	for i := range policies {
		p := &policies[i]
		if !restrictsIngress(p) || !matches(&p.Spec.PodSelector, pod.Labels) {
			continue
		}
		isolated = append(isolated, p.Name)
		for _, rule := range p.Spec.Ingress {
			if covers(rule.Ports, pod, port) {
				verdict = max(verdict, admits(rule.From, pod.Namespace, from))
			}
		}
	}
	if len(isolated) == 0 {
		return Open, nil
	}
	return verdict, isolated
}

// restrictsIngress reports whether a policy is about what comes in: each is that does not say.
func restrictsIngress(p *networkingv1.NetworkPolicy) bool {
	return len(p.Spec.PolicyTypes) == 0 || slices.Contains(p.Spec.PolicyTypes, networkingv1.PolicyTypeIngress)
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

// admits is whether the peers of a rule have a source: none are all.
func admits(peers []networkingv1.NetworkPolicyPeer, namespace string, from Source) Verdict {
	if len(peers) == 0 {
		return Open
	}
	verdict := Closed
	for i := range peers {
		verdict = max(verdict, isPeer(&peers[i], namespace, from))
	}
	return verdict
}

func isPeer(peer *networkingv1.NetworkPolicyPeer, namespace string, from Source) Verdict {
	if peer.IPBlock != nil {
		return Unclear
	}
	if peer.PodSelector != nil && !matches(peer.PodSelector, from.Labels) {
		return Closed
	}
	if peer.NamespaceSelector == nil {
		if from.Namespace == namespace {
			return Open
		}
		return Closed
	}
	return namespaceMatches(peer.NamespaceSelector, from)
}

// namespaceMatches is whether a selector selects the namespace of a source. Of one that can't be read only its name is known.
func namespaceMatches(selector *metav1.LabelSelector, from Source) Verdict {
	known := labels.Set{corev1.LabelMetadataName: from.Namespace}
	if from.NamespaceLabels.Unread == "" {
		known = from.NamespaceLabels.Value
	}
	if from.NamespaceLabels.Unread != "" && usesOtherLabels(selector) {
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
