// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"cmp"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/util/sets"
)

// The operator's Deployment.
const (
	// OperatorName is its name, and that of the Lease of the leader.
	OperatorName = "interview-tracker-operator"
	// OperatorNamespace is where it is, unless an administrator has chosen another namespace.
	OperatorNamespace = "interview-tracker-system"
	// LabelName is the label of the operator's objects whose value is OperatorName.
	LabelName = "app.kubernetes.io/name"
)

// NoProof says why a Deployment with the operator's label is not taken for an operator.
const NoProof = "no ClusterRoleBinding or RoleBinding of the operator's names its service account"

// Proof is where a Deployment with the operator's label is known to be an operator. The label alone proves nothing:
// whoever may create Deployments in some namespace can set it. What gives an operator its rights must name it.
type Proof struct {
	// Everywhere means that only an administrator can have made it the operator: it is in the operator's namespace, or a
	// ClusterRoleBinding of the operator's names its account.
	Everywhere bool
	// Namespaces are those in which a RoleBinding of the operator's names its account: whoever administers
	// one can have made it the operator there.
	Namespaces sets.Set[string]
}

// Holds reports whether it is an operator anywhere.
func (p Proof) Holds() bool { return p.Everywhere || len(p.Namespaces) > 0 }

// Prove returns the proof of a Deployment by its namespace, of which home is the operator's, and by bindings. In its
// home, it needs none of these.
func Prove(d *appsv1.Deployment, home string, everywhere []rbacv1.ClusterRoleBinding, inNamespaces []rbacv1.RoleBinding) Proof {
	if d.Namespace == home {
		return Proof{Everywhere: true}
	}
	account := ServiceAccountUser(d.Namespace, d.Spec.Template.Spec.ServiceAccountName)
	// Installers put words before and behind the names of roles. One of the roles is for whoever reads the metrics.
	names := func(role rbacv1.RoleRef, subjects []rbacv1.Subject) bool {
		return strings.Contains(role.Name, OperatorName) && !strings.Contains(role.Name, OperatorName+"-metrics-reader") &&
			slices.ContainsFunc(subjects, func(s rbacv1.Subject) bool {
				return s.Kind == rbacv1.ServiceAccountKind && ServiceAccountUser(s.Namespace, s.Name) == account
			})
	}
	proof := Proof{Namespaces: sets.New[string]()}
	for i := range everywhere {
		proof.Everywhere = proof.Everywhere || names(everywhere[i].RoleRef, everywhere[i].Subjects)
	}
	for i := range inNamespaces {
		if b := &inNamespaces[i]; names(b.RoleRef, b.Subjects) {
			proof.Namespaces.Insert(b.Namespace)
		}
	}
	return proof
}

// ServiceAccountUser returns the user name of a service account; without a name, of that of pods that name none.
func ServiceAccountUser(namespace, name string) string {
	return "system:serviceaccount:" + namespace + ":" + cmp.Or(name, "default")
}
