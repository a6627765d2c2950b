// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// discovery matches the paths of discovery and of access reviews.
var discovery = regexp.MustCompile(`^/(api|api/v1|apis|apis/[^/]+/[^/]+|apis/authorization.k8s.io/v1/selfsubjectaccessreviews)$`)

// config/namespaced has the same rules as the ClusterRole of config/rbac, in a Role, and nothing
// outside of its namespace.
func TestNamespacedInstall(t *testing.T) {
	objects, err := build(kustomization(t, "namespace: team-a\nresources: [CONFIG/namespaced]\n"))
	must(t, err)
	var got []string
	for _, object := range objects {
		got = append(got, object.GetKind()+" "+object.GetNamespace()+"/"+object.GetName())
	}
	slices.Sort(got)
	if diff := cmp.Diff([]string{
		"Deployment team-a/interview-tracker-operator",
		"NetworkPolicy team-a/interview-tracker-operator",
		"Role team-a/interview-tracker-operator",
		"Role team-a/interview-tracker-operator-leader-election",
		"RoleBinding team-a/interview-tracker-operator",
		"RoleBinding team-a/interview-tracker-operator-leader-election",
		"ServiceAccount team-a/interview-tracker-operator",
	}, got); diff != "" {
		t.Errorf("the objects (-want +got):\n%s", diff)
	}
	sameRules(t, objects)
	boundTo(t, objects, "team-a")
	o := deployedOptions(t, objects)
	// The kubelet replaces the variable.
	if !slices.Equal(o.namespaces, []string{"$(POD_NAMESPACE)"}) || o.metricsAddress != "0" || !o.leaderElect {
		t.Errorf("it works in %q, serves metrics at %q and elects a leader: %t", o.namespaces, o.metricsAddress, o.leaderElect)
	}
}

// The sample of several namespaces gives one account the same rights in each.
func TestNamespacedSample(t *testing.T) {
	objects, err := build(filepath.Join("..", "..", "config", "samples", "namespaced"))
	must(t, err)
	if got := sameRules(t, objects); !slices.Equal(got, []string{"team-a", "team-b"}) {
		t.Errorf("there is a Role in %q", got)
	}
	boundTo(t, objects, "team-a")
	if got := deployedOptions(t, objects).namespaces; !slices.Equal(got, []string{"$(POD_NAMESPACE)", "team-b"}) {
		t.Errorf("it works in %q", got)
	}
}

// The component serves metrics to clients with a certificate, as config/default does to those with
// a token.
func TestNamespacedMetrics(t *testing.T) {
	objects, err := build(kustomization(t, "resources: [CONFIG/namespaced]\ncomponents: [CONFIG/namespaced/metrics]\n"))
	must(t, err)
	o := deployedOptions(t, objects)
	if o.metricsAddress != ":8443" || !strings.HasPrefix(o.metricsClientCA, "/etc/interview-tracker-operator/metrics-ca/") {
		t.Errorf("it serves metrics at %q, to clients of %q", o.metricsAddress, o.metricsClientCA)
	}
	whole, err := build(filepath.Join("..", "..", "config", "default"))
	must(t, err)
	for _, kind := range []string{"Service", "NetworkPolicy"} {
		if diff := cmp.Diff(ofKind(whole, kind), ofKind(objects, kind)); diff != "" {
			t.Errorf("config/default has another %s (-want +got):\n%s", kind, diff)
		}
	}
}

// sameRules compares the Roles for trackers with the ClusterRole of config/rbac, and returns the
// namespaces in which they are.
func sameRules(t *testing.T, objects []*unstructured.Unstructured) []string {
	t.Helper()
	rbac, err := build(filepath.Join("..", "..", "config", "rbac"))
	must(t, err)
	rules := func(objects []*unstructured.Unstructured, kind string) map[string]any {
		found := map[string]any{}
		for _, object := range ofKind(objects, kind) {
			if object.GetName() == "interview-tracker-operator" {
				found[object.GetNamespace()] = object.Object["rules"]
			}
		}
		return found
	}
	want := rules(rbac, "ClusterRole")[""]
	var namespaces []string
	for namespace, got := range rules(objects, "Role") {
		namespaces = append(namespaces, namespace)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the Role in %s (-want +got):\n%s", namespace, diff)
		}
	}
	slices.Sort(namespaces)
	return namespaces
}

// boundTo checks that each RoleBinding gives its Role to the operator in a namespace.
func boundTo(t *testing.T, objects []*unstructured.Unstructured, namespace string) {
	t.Helper()
	for _, binding := range ofKind(objects, "RoleBinding") {
		want := map[string]any{
			"roleRef":  map[string]any{"apiGroup": rbacv1.GroupName, "kind": "Role", "name": binding.GetName()},
			"subjects": []any{map[string]any{"kind": "ServiceAccount", "name": "interview-tracker-operator", "namespace": namespace}},
		}
		got := map[string]any{"roleRef": binding.Object["roleRef"], "subjects": binding.Object["subjects"]}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("RoleBinding %s/%s (-want +got):\n%s", binding.GetNamespace(), binding.GetName(), diff)
		}
	}
}

func ofKind(objects []*unstructured.Unstructured, kind string) []*unstructured.Unstructured {
	return slices.DeleteFunc(slices.Clone(objects), func(o *unstructured.Unstructured) bool { return o.GetKind() != kind })
}

// Two operators with the rights of config/namespaced alone work side by side, each in its own
// namespace: no request is refused, and none is for anything else.
func TestNamespacedOperatorsSideBySide(t *testing.T) {
	namespaces, outside := []string{newNamespace(t), newNamespace(t)}, newNamespace(t)
	foreign := newTracker(t, outside)
	var managers []*manager
	for _, ns := range namespaces {
		account := namespacedRights(t, ns)
		managers = append(managers, start(t, account, "--namespaces="+ns, "--leader-elect", "--leader-election-namespace="+ns))
	}
	for i, m := range managers {
		m.ready(t)
		tracker := newTracker(t, namespaces[i])
		observed(t, tracker)
		if !deployed(t, tracker) {
			t.Errorf("the tracker in %s has no Deployment", namespaces[i])
		}
	}
	for i, m := range managers {
		m.stop(t)
		for _, e := range m.gateway.exchanges() {
			allowed := discovery.MatchString(e.path) || strings.Contains(e.path, "/namespaces/"+namespaces[i]+"/")
			if e.status == http.StatusForbidden || !allowed {
				t.Errorf("unexpected request %s %s: %d", e.method, e.path, e.status)
			}
		}
	}
	refresh(t, foreign)
	if foreign.Status.ObservedGeneration != -1 || deployed(t, foreign) {
		t.Errorf("a tracker in another namespace: observed generation %d, has a Deployment: %t", foreign.Status.ObservedGeneration, deployed(t, foreign))
	}
}

// namespacedRights installs the rights of config/namespaced in a namespace, and returns the account
// that has them.
func namespacedRights(t *testing.T, ns string) *corev1.ServiceAccount {
	t.Helper()
	objects, err := build(kustomization(t, "namespace: "+ns+"\nresources: [CONFIG/namespaced]\n"))
	must(t, err)
	for _, kind := range []string{"ServiceAccount", "Role", "RoleBinding"} {
		for _, object := range ofKind(objects, kind) {
			must(t, k8s.Create(t.Context(), object))
		}
	}
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "interview-tracker-operator"}}
	must(t, k8s.Get(t.Context(), client.ObjectKeyFromObject(account), account))
	return account
}
