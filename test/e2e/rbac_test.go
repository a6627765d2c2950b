//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"slices"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// streamed is why an informer's permission to list is not used: its watch begins with what
// exists, and it lists only if the API server can't stream that (WatchList).
const streamed = "its informer streams what exists, and lists where the API server can't"

// noGrafana is why the permissions for grafana-operator's kind are not used.
const noGrafana = "the local cluster has no grafana-operator"

// unexercised are permissions that these tests need not use, and why the operator has
// them.
var unexercised = map[string]string{
	"apps.interviewtracker.dev/interviewtrackers/finalizers update": "needed by OwnerReferencesPermissionEnforcement, without a request",

	"apps.interviewtracker.dev/interviewtrackers list": streamed,
	"apps/deployments list":                            streamed,
	"apps/statefulsets list":                           streamed,
	"apps/replicasets list":                            streamed,
	"batch/jobs list":                                  streamed,
	"batch/cronjobs list":                              streamed,
	"/pods list":                                       streamed,
	"/persistentvolumeclaims list":                     streamed,
	"discovery.k8s.io/endpointslices list":             streamed,
	"/services list":                                   streamed,
	"/serviceaccounts list":                            streamed,
	"/secrets list":                                    streamed,
	"autoscaling/horizontalpodautoscalers list":        streamed,
	"networking.k8s.io/networkpolicies list":           streamed,
	"policy/poddisruptionbudgets list":                 streamed,
	"/configmaps list":                                 streamed,
	"/namespaces list":                                 streamed,
	"monitoring.coreos.com/servicemonitors list":       streamed,
	"monitoring.coreos.com/prometheusrules list":       streamed,
	"monitoring.coreos.com/probes list":                streamed,
	"monitoring.coreos.com/alertmanagerconfigs list":   streamed,
	"monitoring.coreos.com/prometheuses list":          streamed,
	"monitoring.coreos.com/alertmanagers list":         streamed,
	"networking.k8s.io/ingresses list":                 streamed,
	"gateway.networking.k8s.io/httproutes list":        streamed,

	"apiextensions.k8s.io/customresourcedefinitions list": streamed,

	"grafana.integreatly.org/grafanadashboards get":    noGrafana,
	"grafana.integreatly.org/grafanadashboards list":   noGrafana,
	"grafana.integreatly.org/grafanadashboards watch":  noGrafana,
	"grafana.integreatly.org/grafanadashboards create": noGrafana,
	"grafana.integreatly.org/grafanadashboards patch":  noGrafana,
	"grafana.integreatly.org/grafanadashboards delete": noGrafana,
}

// auditStart is the length of the audit log before this run: earlier requests are not this
// operator's.
var auditStart int64

// auditRBAC compares the operator's permissions with its requests in this run, according to
// the API server's audit log: none was denied, and every permission is needed.
func auditRBAC() error {
	if _, err := os.Stat(auditPath()); errors.Is(err, os.ErrNotExist) {
		fmt.Fprintln(os.Stderr, "e2e: the permissions are compared on the local cluster alone, which keeps an audit log")
		return nil
	}
	used, refused, err := requested(auditStart, operator)
	if err != nil {
		return err
	}
	allowed, err := permissions()
	if err != nil {
		return err
	}
	var idle []string
	for _, permission := range allowed {
		if _, excused := unexercised[permission]; !excused && !used[permission] {
			idle = append(idle, permission)
		}
	}
	fmt.Fprintf(os.Stderr, "e2e: %d permissions, %d used, %d refused requests\n", len(allowed), len(used), len(refused))
	if len(refused) > 0 {
		return fmt.Errorf("denied requests: %q", refused)
	}
	if partial() {
		fmt.Fprintln(os.Stderr, "e2e: not all tests were run, so unused permissions are not checked")
		return nil
	}
	for permission := range unexercised {
		if !slices.Contains(allowed, permission) {
			return fmt.Errorf("in the list of unexercised permissions, but not permitted: %q", permission)
		}
	}
	if len(idle) > 0 {
		return fmt.Errorf("unused permissions: %q", idle)
	}
	return nil
}

// partial reports whether only some tests run.
func partial() bool {
	return flag.Lookup("test.run").Value.String() != "" || flag.Lookup("test.skip").Value.String() != ""
}

// requested returns the permissions that the requests of a user needed since an offset of the
// audit log, and those that were missing.
func requested(offset int64, user string) (used map[string]bool, refused []string, err error) {
	used = map[string]bool{}
	err = readAudit(offset, user, func(r *request) {
		permission := r.resource() + " " + r.Verb
		used[permission] = true
		if r.ResponseStatus.Code == http.StatusCreated && r.Verb == "patch" {
			used[r.resource()+" create"] = true // A server-side apply that creates an object needs both.
		}
		if r.Annotations["authorization.k8s.io/decision"] == "forbid" && !slices.Contains(refused, permission) {
			refused = append(refused, permission)
		}
	})
	return used, refused, err
}

// permissions are the operator's permissions as GROUP/RESOURCE VERB.
func permissions() ([]string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var rules []rbacv1.PolicyRule
	for _, name := range []string{"interview-tracker-operator", "interview-tracker-operator-cluster", "interview-tracker-operator-metrics-auth"} {
		var role rbacv1.ClusterRole
		if err := k8s.Get(ctx, client.ObjectKey{Name: name}, &role); err != nil {
			return nil, err
		}
		rules = append(rules, role.Rules...)
	}
	var role rbacv1.Role
	key := client.ObjectKey{Namespace: operatorNamespace, Name: "interview-tracker-operator-leader-election"}
	if err := k8s.Get(ctx, key, &role); err != nil {
		return nil, err
	}
	return granted(append(rules, role.Rules...)), nil
}

// granted are the permissions that rules grant as GROUP/RESOURCE VERB.
func granted(rules []rbacv1.PolicyRule) []string {
	var all []string
	for _, rule := range rules {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					all = append(all, group+"/"+resource+" "+verb)
				}
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
