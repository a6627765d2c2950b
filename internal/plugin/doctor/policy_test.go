// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

func TestIngress(t *testing.T) {
	labels := func(pairs ...string) *metav1.LabelSelector {
		s := &metav1.LabelSelector{MatchLabels: map[string]string{}}
		for i := 0; i < len(pairs); i += 2 {
			s.MatchLabels[pairs[i]] = pairs[i+1]
		}
		return s
	}
	peer := func(namespaces, pods *metav1.LabelSelector) networkingv1.NetworkPolicyPeer {
		return networkingv1.NetworkPolicyPeer{NamespaceSelector: namespaces, PodSelector: pods}
	}
	from := func(peers ...networkingv1.NetworkPolicyPeer) networkingv1.NetworkPolicyIngressRule {
		return networkingv1.NetworkPolicyIngressRule{From: peers}
	}
	onPort := func(rule networkingv1.NetworkPolicyIngressRule, ports ...networkingv1.NetworkPolicyPort) networkingv1.NetworkPolicyIngressRule {
		rule.Ports = ports
		return rule
	}
	number := func(port int32) networkingv1.NetworkPolicyPort {
		return networkingv1.NetworkPolicyPort{Port: new(intstr.FromInt32(port))}
	}
	policy := func(name string, rules ...networkingv1.NetworkPolicyIngressRule) networkingv1.NetworkPolicy {
		p := denyAll()
		p.Name, p.Spec.Ingress = name, rules
		return p
	}
	named := networkingv1.NetworkPolicyPort{Port: new(intstr.FromString("http"))}
	everywhere := peer(labels(), nil)
	for name, test := range map[string]struct {
		policies []networkingv1.NetworkPolicy
		change   func(*Peer)
		want     string
	}{
		"without policies":           {want: "open"},
		"all is denied":              {policies: []networkingv1.NetworkPolicy{denyAll()}, want: "closed by [deny-all]"},
		"a policy of others":         {policies: []networkingv1.NetworkPolicy{ofPods(policy("others"), labels("app", "other"))}, want: "open"},
		"a policy of egress":         {policies: []networkingv1.NetworkPolicy{egressOnly()}, want: "open"},
		"all is let in":              {policies: []networkingv1.NetworkPolicy{policy("a", from())}, want: "open"},
		"a second policy lets in":    {policies: []networkingv1.NetworkPolicy{denyAll(), policy("a", from(everywhere))}, want: "open"},
		"the namespace by its name":  {policies: []networkingv1.NetworkPolicy{policy("a", from(peer(labels(corev1.LabelMetadataName, "system"), nil)))}, want: "open"},
		"the namespace by a label":   {policies: []networkingv1.NetworkPolicy{policy("a", from(peer(labels("purpose", "operators"), nil)))}, want: "open"},
		"another namespace":          {policies: []networkingv1.NetworkPolicy{policy("a", from(peer(labels("purpose", "metrics"), nil)))}, want: "closed by [a]"},
		"the pods":                   {policies: []networkingv1.NetworkPolicy{policy("a", from(peer(labels(), labels("app", "operator"))))}, want: "open"},
		"other pods":                 {policies: []networkingv1.NetworkPolicy{policy("a", from(peer(labels(), labels("app", "other"))))}, want: "closed by [a]"},
		"pods of the same namespace": {policies: []networkingv1.NetworkPolicy{policy("a", from(peer(nil, labels("app", "operator"))))}, want: "closed by [a]"},
		"from the same namespace": {
			policies: []networkingv1.NetworkPolicy{policy("a", from(peer(nil, labels("app", "operator"))))},
			change:   func(s *Peer) { s.Namespace = "team" }, want: "open",
		},
		"addresses":                  {policies: []networkingv1.NetworkPolicy{policy("a", from(networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: "10.0.0.0/8"}}))}, want: "unclear by [a]"},
		"addresses or everything":    {policies: []networkingv1.NetworkPolicy{policy("a", from(networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{}}, everywhere))}, want: "open"},
		"the port":                   {policies: []networkingv1.NetworkPolicy{policy("a", onPort(from(), number(8000)))}, want: "open"},
		"the port by its name":       {policies: []networkingv1.NetworkPolicy{policy("a", onPort(from(), named))}, want: "open"},
		"another port":               {policies: []networkingv1.NetworkPolicy{policy("a", onPort(from(), number(443)))}, want: "closed by [a]"},
		"another port by its name":   {policies: []networkingv1.NetworkPolicy{policy("a", onPort(from(), networkingv1.NetworkPolicyPort{Port: new(intstr.FromString("https"))}))}, want: "closed by [a]"},
		"a range of ports":           {policies: []networkingv1.NetworkPolicy{policy("a", onPort(from(), networkingv1.NetworkPolicyPort{Port: new(intstr.FromInt32(7000)), EndPort: new(int32(9000))}))}, want: "open"},
		"a lower range of ports":     {policies: []networkingv1.NetworkPolicy{policy("a", onPort(from(), networkingv1.NetworkPolicyPort{Port: new(intstr.FromInt32(70)), EndPort: new(int32(90))}))}, want: "closed by [a]"},
		"the port of UDP":            {policies: []networkingv1.NetworkPolicy{policy("a", onPort(from(), networkingv1.NetworkPolicyPort{Protocol: new(corev1.ProtocolUDP)}))}, want: "closed by [a]"},
		"all ports of TCP":           {policies: []networkingv1.NetworkPolicy{policy("a", onPort(from(), networkingv1.NetworkPolicyPort{Protocol: new(corev1.ProtocolTCP)}))}, want: "open"},
		"a selector that is invalid": {policies: []networkingv1.NetworkPolicy{policy("a", from(peer(&metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "a", Operator: "?"}}}, nil)))}, want: "closed by [a]"},
		"labels that can't be read": {
			policies: []networkingv1.NetworkPolicy{policy("a", from(peer(labels("purpose", "operators"), nil)))},
			change:   unreadLabels, want: "unclear by [a]",
		},
		"an expression on labels that can't be read": {
			policies: []networkingv1.NetworkPolicy{policy("a", from(peer(&metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "a", Operator: "Exists"}}}, nil)))},
			change:   unreadLabels, want: "unclear by [a]",
		},
		"a name whose labels can't be read": {
			policies: []networkingv1.NetworkPolicy{policy("a", from(peer(labels(corev1.LabelMetadataName, "system"), nil)))},
			change:   unreadLabels, want: "open",
		},
		"another name whose labels can't be read": {
			policies: []networkingv1.NetworkPolicy{policy("a", from(peer(labels(corev1.LabelMetadataName, "other"), nil)))},
			change:   unreadLabels, want: "closed by [a]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			source := Peer{
				Namespace: "system", Labels: map[string]string{"app": "operator"},
				NamespaceLabels: Read[map[string]string]{Value: map[string]string{corev1.LabelMetadataName: "system", "purpose": "operators"}},
			}
			if test.change != nil {
				test.change(&source)
			}
			api := pod("api", 8000, "http")
			verdict, by := ingress(test.policies, &api, 8000, source)
			got := map[Verdict]string{Open: "open", Closed: "closed", Unclear: "unclear"}[verdict]
			if verdict != Open {
				got += fmt.Sprintf(" by %v", by)
			}
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestEgress(t *testing.T) {
	selects := func(pairs map[string]string) *metav1.LabelSelector { return &metav1.LabelSelector{MatchLabels: pairs} }
	policy := func(change func(*networkingv1.NetworkPolicySpec), to ...networkingv1.NetworkPolicyPeer) networkingv1.NetworkPolicy {
		p := egressOnly()
		p.Name, p.Spec.Egress = "a", []networkingv1.NetworkPolicyEgressRule{{To: to}}
		if change != nil {
			change(&p.Spec)
		}
		return p
	}
	ports := func(all ...networkingv1.NetworkPolicyPort) func(*networkingv1.NetworkPolicySpec) {
		return func(s *networkingv1.NetworkPolicySpec) { s.Egress[0].Ports = all }
	}
	port := func(port intstr.IntOrString) networkingv1.NetworkPolicyPort {
		return networkingv1.NetworkPolicyPort{Port: &port}
	}
	upTo := func(end int32) networkingv1.NetworkPolicyPort {
		return networkingv1.NetworkPolicyPort{Port: new(intstr.FromInt32(7000)), EndPort: &end}
	}
	peer := func(namespaces, pods map[string]string) networkingv1.NetworkPolicyPeer {
		return networkingv1.NetworkPolicyPeer{NamespaceSelector: selects(namespaces), PodSelector: selects(pods)}
	}
	api := map[string]string{v1alpha1.LabelComponent: "api"}
	for name, test := range map[string]struct {
		policy networkingv1.NetworkPolicy
		want   Verdict
	}{
		"nothing is let out":          {egressOnly(), Closed},
		"a policy of ingress":         {denyAll(), Open},
		"all is let out":              {policy(nil), Open},
		"without types, with rules":   {policy(func(s *networkingv1.NetworkPolicySpec) { s.PolicyTypes = nil }, peer(map[string]string{corev1.LabelMetadataName: "other"}, nil)), Closed},
		"without types and rules":     {policy(func(s *networkingv1.NetworkPolicySpec) { s.PolicyTypes, s.Egress = nil, nil }), Open},
		"of other pods":               {ofPods(egressOnly(), selects(map[string]string{"app": "other"})), Open},
		"to the namespace":            {policy(nil, peer(map[string]string{corev1.LabelMetadataName: "team"}, nil)), Open},
		"to the API's pods":           {policy(nil, peer(nil, api)), Open},
		"to another namespace":        {policy(nil, peer(map[string]string{corev1.LabelMetadataName: "other"}, api)), Closed},
		"to labels that are not read": {policy(nil, peer(map[string]string{"purpose": "people"}, api)), Unclear},
		"to other pods":               {policy(nil, peer(nil, map[string]string{v1alpha1.LabelComponent: "redis"})), Closed},
		"to its own namespace":        {policy(nil, networkingv1.NetworkPolicyPeer{PodSelector: selects(nil)}), Closed},
		"to addresses":                {policy(nil, networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: "0.0.0.0/0"}}), Unclear},
		"to the port":                 {policy(ports(port(intstr.FromInt32(8000)))), Open},
		"to another port":             {policy(ports(port(intstr.FromInt32(443)))), Closed},
		"to the port of the API":      {policy(ports(port(intstr.FromString("http")))), Open},
		"to a port of no name":        {policy(ports(port(intstr.FromString("https")))), Closed},
		"to a range of ports":         {policy(ports(upTo(9000))), Open},
		"to a lower range of ports":   {policy(ports(upTo(7999))), Closed},
		"to DNS":                      {policy(ports(networkingv1.NetworkPolicyPort{Protocol: new(corev1.ProtocolUDP), Port: new(intstr.FromInt32(53))})), Closed},
	} {
		t.Run(name, func(t *testing.T) {
			from, to := Peer{Namespace: "system", Labels: map[string]string{"app": "operator"}}, pod("api", 8000, "http")
			verdict, _ := egress([]networkingv1.NetworkPolicy{test.policy}, from, &to, 8000, Read[map[string]string]{Unread: "you may not"})
			if verdict != test.want {
				t.Errorf("got %d, want %d", verdict, test.want)
			}
		})
	}
}

func unreadLabels(s *Peer) { s.NamespaceLabels = Read[map[string]string]{Unread: "you may not"} }

func ofPods(p networkingv1.NetworkPolicy, pods *metav1.LabelSelector) networkingv1.NetworkPolicy {
	p.Spec.PodSelector = *pods
	return p
}

func egressOnly() networkingv1.NetworkPolicy {
	p := denyAll()
	p.Spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeEgress}
	return p
}

func TestNetworkPolicies(t *testing.T) {
	lets := func(namespace, pods map[string]string) networkingv1.NetworkPolicy {
		p := denyAll()
		p.Name = "lets-in"
		p.Spec.Ingress = []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{{
			NamespaceSelector: &metav1.LabelSelector{MatchLabels: namespace}, PodSelector: &metav1.LabelSelector{MatchLabels: pods},
		}}}}
		return p
	}
	for name, test := range map[string]struct {
		change func(w world)
		want   []string
	}{
		"all is open": {func(world) {}, []string{"pass"}},
		"all is denied": {
			func(w world) { w.n.Policies.Value = []networkingv1.NetworkPolicy{denyAll()} },
			[]string{"fail", "fail", "fail", "fail"}, // the operator, Prometheus to both components, and the frontend
		},
		"the operator is let in": {
			func(w world) {
				w.n.Policies.Value = []networkingv1.NetworkPolicy{lets(map[string]string{corev1.LabelMetadataName: "interview-tracker-system"}, nil)}
			},
			[]string{"fail", "fail", "fail"},
		},
		"each is let in": {
			func(w world) {
				w.n.Policies.Value = []networkingv1.NetworkPolicy{
					lets(map[string]string{corev1.LabelMetadataName: "interview-tracker-system"}, map[string]string{plugin.LabelName: plugin.OperatorName}),
					lets(map[string]string{"purpose": "metrics"}, map[string]string{"prometheus": "k8s"}),
					lets(map[string]string{corev1.LabelMetadataName: "team"}, map[string]string{v1alpha1.LabelComponent: "frontend"}),
				}
			},
			[]string{"pass"},
		},
		"polls through the API server": {
			func(w world) { w.o.container().Args = []string{"--poll-through=api-server"} }, []string{"not checked"},
		},
		"the operator may send nothing": {func(w world) { w.o.Policies.Value = []networkingv1.NetworkPolicy{egressOnly()} }, []string{"fail"}},
		"the operator may send to addresses": {
			func(w world) {
				p := egressOnly()
				p.Spec.Egress = []networkingv1.NetworkPolicyEgressRule{{To: []networkingv1.NetworkPolicyPeer{{IPBlock: &networkingv1.IPBlock{CIDR: "10.0.0.0/8"}}}}}
				w.o.Policies.Value = []networkingv1.NetworkPolicy{p}
			},
			[]string{"warn"},
		},
		"the operator may send nothing, and asks the API server to": {
			func(w world) {
				w.o.Policies.Value = []networkingv1.NetworkPolicy{egressOnly()}
				w.o.container().Args = []string{"--poll-through=api-server"}
			},
			[]string{"not checked"},
		},
		"the operator's policies can't be read": {func(w world) { w.o.Policies.Unread = "you may not" }, []string{"not checked"}},
		"the operator is not known":             {func(w world) { w.Operators.Value = nil }, []string{"not checked"}},
		"policies can't be read":                {func(w world) { w.n.Policies.Unread = "you may not" }, []string{"not checked"}},
		"there are no pods":                     {func(w world) { w.t.Pods.Value = nil }, []string{"not checked"}},
		"pods can't be read":                    {func(w world) { w.t.Pods.Unread = "you may not" }, []string{"not checked"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := healthy(t)
			n := &f.Namespaces[0]
			test.change(world{&f, n, &n.Trackers.Value[0], &f.Operators.Value[0]})
			var got []string
			for _, c := range networkPolicies(f, n, &n.Trackers.Value[0]) {
				got = append(got, string(c.Result))
			}
			if fmt.Sprint(got) != fmt.Sprint(test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
