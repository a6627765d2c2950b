// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/config/rbac"
)

// Right is something that an account may do.
type Right struct {
	Verb, Group, Resource, Subresource string
	// Name is that of the only object that it is about; empty for all.
	Name string
}

// String is a right as kubectl auth can-i takes it, such as "create deployments.apps".
func (r Right) String() string {
	text := r.Verb + " " + r.Resource
	if r.Group != "" {
		text += "." + r.Group
	}
	if r.Subresource != "" {
		text += "/" + r.Subresource
	}
	if r.Name != "" {
		text += " " + r.Name
	}
	return text
}

// clusterScoped are the resources whose objects are in no namespace: an operator of some namespaces has no
// right to them, and works.
var clusterScoped = []string{"customresourcedefinitions", "namespaces"}

// optionalGroups are the groups that a cluster may lack.
var optionalGroups = []string{"monitoring.coreos.com", "grafana.integreatly.org"}

// essential reports whether trackers don't work without a right.
func (r Right) essential() bool {
	return !slices.Contains(clusterScoped, r.Resource) && !slices.Contains(optionalGroups, r.Group)
}

// shippedRoles are the operator's roles of this plugin's version.
func shippedRoles() ([]rbacv1.ClusterRole, error) {
	var roles []rbacv1.ClusterRole
	for _, file := range [][]byte{rbac.Role, rbac.ClusterRole} {
		first, _, _ := bytes.Cut(file, []byte("\n---\n")) // A binding may follow.
		var role rbacv1.ClusterRole
		if err := yaml.UnmarshalStrict(first, &role); err != nil {
			return nil, fmt.Errorf("reading this plugin's copy of the operator's roles: %w", err)
		}
		roles = append(roles, role)
	}
	return roles, nil
}

// neededRights are the rights that the operator needs in the namespace of a tracker.
func neededRights(pollsThroughAPIServer bool) ([]Right, error) {
	roles, err := shippedRoles()
	if err != nil {
		return nil, err
	}
	var rights []Right
	for _, role := range roles {
		rights = append(rights, rightsOf(role.Rules)...)
	}
	if pollsThroughAPIServer {
		rights = append(rights, Right{Verb: "get", Resource: "pods", Subresource: "proxy"})
	}
	return rights, nil
}

// rightsOf takes rules apart.
func rightsOf(rules []rbacv1.PolicyRule) []Right {
	var rights []Right
	for _, rule := range rules {
		names := rule.ResourceNames
		if len(names) == 0 {
			names = []string{""}
		}
		for _, group := range rule.APIGroups {
			for _, written := range rule.Resources {
				resource, sub, _ := strings.Cut(written, "/")
				for _, verb := range rule.Verbs {
					for _, name := range names {
						rights = append(rights, Right{verb, group, resource, sub, name})
					}
				}
			}
		}
	}
	return rights
}

// missingRights are those of the needed rights that rules do not give.
func missingRights(needed []Right, rules []authorizationv1.ResourceRule) []Right {
	return slices.DeleteFunc(slices.Clone(needed), func(r Right) bool {
		return slices.ContainsFunc(rules, func(rule authorizationv1.ResourceRule) bool { return gives(rule, r) })
	})
}

// gives reports whether a rule gives a right.
func gives(rule authorizationv1.ResourceRule, r Right) bool {
	resource := r.Resource
	resources := []string{"*", resource}
	if r.Subresource != "" {
		resources = []string{"*", resource + "/" + r.Subresource, "*/" + r.Subresource}
	}
	has := func(list []string, wanted ...string) bool {
		return slices.ContainsFunc(list, func(s string) bool { return slices.Contains(wanted, s) })
	}
	return has(rule.Verbs, "*", r.Verb) && has(rule.APIGroups, "*", r.Group) && has(rule.Resources, resources...) &&
		(len(rule.ResourceNames) == 0 || r.Name != "" && slices.Contains(rule.ResourceNames, r.Name))
}

// rights is the check of what the operator may do in a namespace.
func rights(f Facts, n *Namespace) findings {
	var found findings
	o := operatorOf(f, n.Name)
	if n.Rights.Unread != "" || o == nil {
		found.notChecked("have an administrator run this check", cmp.Or(n.Rights.Unread, "no operator that watches the namespace is known"))
		return found
	}
	var broken, less []string
	for _, r := range n.Rights.Value.Missing {
		if r.essential() {
			broken = append(broken, r.String())
		} else {
			less = append(less, r.String())
		}
	}
	const remedy = "apply the operator's roles and bindings of its version again: kubectl apply --server-side -k config/rbac; " +
		"confirm by kubectl auth can-i %s --as=%s -n %s"
	if len(broken) > 0 {
		found.fail(fmt.Sprintf(remedy, broken[0], n.Rights.Value.Account, n.Name),
			"%s may not %s", n.Rights.Value.Account, list(broken))
	}
	if len(less) > 0 && o.flag("namespaces") == "" {
		found.warn(fmt.Sprintf(remedy, less[0], n.Rights.Value.Account, n.Name),
			"%s may not %s: the trackers work, what needs it is not applied or not noticed", n.Rights.Value.Account, list(less))
	}
	if len(found) == 0 {
		found.pass("%s may do what it has to in namespace %s", n.Rights.Value.Account, n.Name)
	}
	return found
}
