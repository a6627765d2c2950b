// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"fmt"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

// TestOperatorsAreProven has Deployments with the operator's label in many namespaces: their own words prove nothing, and
// neither does a role for readers of its metrics.
func TestOperatorsAreProven(t *testing.T) {
	binding := bindingOf("own")
	foreign := bindingOf("stranger")
	foreign.RoleRef.Name = "view"
	everywhere := &rbacv1.ClusterRoleBinding{RoleRef: binding.RoleRef, Subjects: bindingOf("chosen").Subjects}
	everywhere.Name = "acme-" + plugin.OperatorName
	reader := everywhere.DeepCopy()
	reader.Name, reader.Subjects = "prometheus", bindingOf("monitoring").Subjects
	reader.RoleRef.Name = "acme-" + plugin.OperatorName + "-metrics-reader-blue"
	builder := fake.NewClientBuilder().WithScheme(plugin.Scheme()).WithObjects(binding, foreign, everywhere, reader)
	for _, namespace := range []string{plugin.OperatorNamespace, "chosen", "monitoring", "own", "stranger", "tenant"} {
		o := operator(namespace)
		builder.WithObjects(&o.Deployment)
	}
	g := &gatherer{cluster: &plugin.Cluster{Client: builder.Build()}, config: server(t)}
	found, all := g.operators(t.Context())
	if found.Unread != "" || !all {
		t.Fatalf("got %+v", found)
	}
	got := map[string]string{}
	for _, o := range found.Value {
		got[o.Deployment.Namespace] = fmt.Sprint(o.Proof.Everywhere, sets.List(o.Proof.Namespaces), o.watches("own"), o.watches("team"))
	}
	want := map[string]string{
		plugin.OperatorNamespace: "true [] true true", "chosen": "true [] true true", "own": "false [own] true false",
		"monitoring": "false [] false false", "stranger": "false [] false false", "tenant": "false [] false false",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
