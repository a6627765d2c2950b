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

// String is a right in words, such as "create deployments.apps".
func (r Right) String() string {
	text := r.verbAndResource()
	if r.Subresource != "" {
		text += "/" + r.Subresource
	}
	if r.Name != "" {
		text += " " + r.Name
	}
	return text
}

// arguments is a right as kubectl auth can-i takes it.
func (r Right) arguments() string {
	text := r.verbAndResource()
	if r.Name != "" {
		text += "/" + r.Name
	}
	if r.Subresource != "" {
		text += " --subresource=" + r.Subresource
	}
	return text
}

func (r Right) verbAndResource() string {
	if r.Group == "" {
		return r.Verb + " " + r.Resource
	}
	return r.Verb + " " + r.Resource + "." + r.Group
}

// clusterScoped are the resources whose objects are in no namespace: an operator of some namespaces has no
// right to them, and works.
var clusterScoped = []string{"customresourcedefinitions", "namespaces"}

// optionalGroups are the groups that a cluster may lack.
var optionalGroups = []string{"monitoring.coreos.com", "grafana.integreatly.org", "gateway.networking.k8s.io"}

// essential reports whether trackers don't work without a right.
func (r Right) essential() bool {
	return !slices.Contains(clusterScoped, r.Resource) && !slices.Contains(optionalGroups, r.Group)
}

// shippedRole is a role of the operator of this plugin's version: the first object of a file of config/rbac.
func shippedRole(file []byte) (rbacv1.ClusterRole, error) {
	first, _, _ := bytes.Cut(file, []byte("\n---\n")) // A binding may follow.
	var role rbacv1.ClusterRole
	if err := yaml.UnmarshalStrict(first, &role); err != nil {
		return role, fmt.Errorf("reading this plugin's copy of the operator's roles: %w", err)
	}
	return role, nil
}

// shippedRights are the rights that roles of the operator give.
func shippedRights(files ...[]byte) ([]Right, error) {
	var rights []Right
	for _, file := range files {
		role, err := shippedRole(file)
		if err != nil {
			return nil, err
		}
		rights = append(rights, rightsOf(role.Rules)...)
	}
	return rights, nil
}

// neededRights are the rights that the operator needs in the namespace of a tracker.
func neededRights(pollsThroughAPIServer bool) ([]Right, error) {
	rights, err := shippedRights(rbac.Role, rbac.ClusterRole)
	if err != nil {
		return nil, err
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
		found.notChecked(askAdministrator, cmp.Or(n.Rights.Unread, "no operator that watches the namespace is known"))
		return found
	}
	var broken, less []Right
	for _, r := range n.Rights.Value.Missing {
		if r.essential() {
			broken = append(broken, r)
		} else {
			less = append(less, r)
		}
	}
	if len(broken) > 0 {
		found.fail(applyRoles(o, broken[0], "-n "+n.Name), "%s may not %s", n.Rights.Value.Account, listRights(broken))
	}
	if len(less) > 0 && o.flag("namespaces") == "" {
		found.warn(applyRoles(o, less[0], "-n "+n.Name),
			"%s may not %s: the trackers work, what needs it is not applied or not noticed", n.Rights.Value.Account, listRights(less))
	}
	if len(found) == 0 {
		found.pass("%s may do what it has to in namespace %s", n.Rights.Value.Account, n.Name)
	}
	return found
}

// ownRights is the check of what the operators may do for themselves, beside the trackers.
func ownRights(f Facts) findings {
	var found findings
	for i := range f.Operators.Value {
		o := &f.Operators.Value[i]
		if !o.genuine() {
			continue
		}
		namespace, flaw := o.electionNamespace()
		switch {
		case !o.electsLeader():
		case flaw != "":
			found.notChecked(correctFlag, flaw)
		default:
			ownRight(&found, o, o.Election, "elect a leader in namespace "+namespace, "-n "+namespace)
		}
		if o.asksWhoReadsMetrics() {
			ownRight(&found, o, o.Reviews, "ask the API server who may read its metrics", "-A")
		}
	}
	return found
}

// ownRight is the check of the rights that an operator needs for one thing. Without a Lease, no replica leads; the
// trackers work without what else there is. in is where, as kubectl takes it.
func ownRight(found *findings, o *Operator, missing Read[[]Right], what, in string) {
	switch {
	case missing.Unread != "":
		found.notChecked(askAdministrator, missing.Unread)
	case len(missing.Value) == 0:
		found.pass("%s may %s", o.account(), what)
	case slices.ContainsFunc(missing.Value, func(r Right) bool { return r.Resource == "leases" }):
		found.fail(applyRoles(o, missing.Value[0], in), "%s may not %s, which it needs to %s", o.account(), listRights(missing.Value), what)
	default:
		found.warn(applyRoles(o, missing.Value[0], in), "%s may not %s, which it needs to %s: the trackers work", o.account(), listRights(missing.Value), what)
	}
}

const askAdministrator = "have an administrator run this check"

// applyRoles says how to give an operator its rights again, and how to confirm one. An operator of some namespaces
// has Roles of its own overlay.
func applyRoles(o *Operator, missing Right, in string) string {
	from := ": kubectl apply --server-side -k config/rbac"
	if o.flag("namespaces") != "" {
		from = ", as docs/namespaced.md says"
	}
	return fmt.Sprintf("apply the operator's roles and bindings of its version again%s; confirm by kubectl auth can-i %s --as=%s %s",
		from, missing.arguments(), o.account(), in)
}

func listRights(rights []Right) string {
	names := make([]string, len(rights))
	for i, r := range rights {
		names[i] = r.String()
	}
	return list(names)
}
