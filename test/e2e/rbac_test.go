//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const operator = "system:serviceaccount:interview-tracker-system:interview-tracker-operator"

// unexercised are permissions that no run of these tests needs to use, by the
// beginning of «group/resource verb», and why the operator has them.
var unexercised = map[string]string{
	"apps.interviewtracker.dev/interviewtrackers/finalizers update": "asked for by OwnerReferencesPermissionEnforcement, which never makes the request",
	"/secrets delete":                    "retention Delete, and then an external dependency",
	"/events patch":                      "an Event that repeats itself is counted up",
	"authentication.k8s.io/tokenreviews": "a scrape of the metrics",
	"authorization.k8s.io/subjectaccess": "a scrape of the metrics",
}

// auditRBAC compares what the operator may do with what it did, by the API
// server's audit log: nothing was refused, and nothing is allowed without need.
func auditRBAC() error {
	path := filepath.Join(filepath.Dir(os.Getenv("KUBECONFIG")), "audit.log")
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		fmt.Fprintln(os.Stderr, "e2e: the permissions are compared on the local cluster alone, which keeps an audit log")
		return nil
	}
	used, refused, err := readAudit(path)
	if err != nil {
		return err
	}
	allowed, err := permissions()
	if err != nil {
		return err
	}
	var idle []string
	for _, permission := range allowed {
		if !used[permission] && !excused(permission) {
			idle = append(idle, permission)
		}
	}
	fmt.Fprintf(os.Stderr, "e2e: %d permissions, %d used, %d refused requests\n", len(allowed), len(used), len(refused))
	if len(refused) > 0 || len(idle) > 0 {
		return fmt.Errorf("requests that were refused: %q; permissions that were not used: %q", refused, idle)
	}
	return nil
}

func excused(permission string) bool {
	// Informers stream their first list through a watch where the API server can;
	// where it can't, they list.
	if strings.HasSuffix(permission, " list") {
		return true
	}
	for prefix := range unexercised {
		if strings.HasPrefix(permission, prefix) {
			return true
		}
	}
	return false
}

// readAudit returns the operator's requests, and those that were forbidden.
func readAudit(path string) (used map[string]bool, refused []string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = file.Close() }()
	used = map[string]bool{}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var entry struct {
			Verb           string
			User           struct{ Username string }
			ObjectRef      struct{ APIGroup, Resource, Subresource string }
			ResponseStatus struct{ Code int }
			Annotations    map[string]string
		}
		if err := json.Unmarshal(lines.Bytes(), &entry); err != nil {
			continue // The last line may be half written.
		}
		if entry.User.Username != operator || entry.ObjectRef.Resource == "" {
			continue
		}
		resource := entry.ObjectRef.APIGroup + "/" + entry.ObjectRef.Resource
		if entry.ObjectRef.Subresource != "" {
			resource += "/" + entry.ObjectRef.Subresource
		}
		permission := resource + " " + entry.Verb
		used[permission] = true
		if entry.ResponseStatus.Code == 201 && entry.Verb == "patch" {
			used[resource+" create"] = true // A server-side apply that creates needs both.
		}
		if entry.Annotations["authorization.k8s.io/decision"] == "forbid" && !slices.Contains(refused, permission) {
			refused = append(refused, permission)
		}
	}
	return used, refused, lines.Err()
}

// permissions are the operator's, as «group/resource verb».
func permissions() ([]string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var rules []rbacv1.PolicyRule
	for _, name := range []string{"interview-tracker-operator", "interview-tracker-operator-metrics-auth"} {
		var role rbacv1.ClusterRole
		if err := k8s.Get(ctx, client.ObjectKey{Name: name}, &role); err != nil {
			return nil, err
		}
		rules = append(rules, role.Rules...)
	}
	var role rbacv1.Role
	key := client.ObjectKey{Namespace: "interview-tracker-system", Name: "interview-tracker-operator-leader-election"}
	if err := k8s.Get(ctx, key, &role); err != nil {
		return nil, err
	}
	var all []string
	for _, rule := range append(rules, role.Rules...) {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					all = append(all, group+"/"+resource+" "+verb)
				}
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}
