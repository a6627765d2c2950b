//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// namespacedOperator is one that is limited to namespaces.
type namespacedOperator struct {
	folder     string   // What is applied.
	namespaces []string // Its own one first.
}

// user is its user name at the API server.
func (o namespacedOperator) user() string {
	return "system:serviceaccount:" + o.namespaces[0] + ":interview-tracker-operator"
}

// Two operators of config/namespaced run side by side, each with trackers of its own, by Roles alone:
// no request is refused, and none is for what is outside of their namespaces.
func TestNamespacedOperatorsSideBySide(t *testing.T) {
	// Not parallel: the operator of config/default would work in their namespaces, too.
	localOnly(t)
	withoutOperator(t)
	own := namespace(t)
	operators := []namespacedOperator{
		{folder: filepath.Join("..", "..", "config", "samples", "namespaced"), namespaces: []string{team(t, "team-a"), team(t, "team-b")}},
		{folder: overlay(t, own), namespaces: []string{own}},
	}
	offset, err := auditEnd()
	must(t, err)
	for _, o := range operators {
		if out, err := kubectl("apply", "--server-side", "-k", o.folder); err != nil {
			t.Fatal(out)
		}
	}
	var trackers []*v1alpha1.InterviewTracker
	for _, o := range operators {
		if out, err := kubectl("-n", o.namespaces[0], "rollout", "status", "deployment/interview-tracker-operator", "--timeout=2m"); err != nil {
			t.Fatal(out)
		}
		trackers = append(trackers, create(t, o.namespaces[len(o.namespaces)-1], "hiring", nil))
	}
	for _, tracker := range trackers {
		ready(t, tracker)
		eventually(t, tracker, "its monitoring objects are not applied", func() bool {
			return is(tracker, v1alpha1.ConditionMonitoringReady, "True "+v1alpha1.ReasonApplied)
		})
		monitoring := meta.FindStatusCondition(tracker.Status.Conditions, v1alpha1.ConditionMonitoringReady)
		if !strings.Contains(monitoring.Message, "it may not list those of others") {
			t.Errorf("MonitoringReady does not say what is unknown: %s", monitoring.Message)
		}
	}
	// So that the operator of config/default finds none.
	for _, tracker := range trackers {
		must(t, k8s.Delete(t.Context(), tracker))
	}
	for _, o := range operators {
		o.audit(t, offset)
	}
}

// audit compares the requests of an operator with the Roles that it has in its namespaces.
func (o namespacedOperator) audit(t *testing.T, offset int64) {
	t.Helper()
	var clusterRole rbacv1.ClusterRole
	must(t, k8s.Get(t.Context(), client.ObjectKey{Name: "interview-tracker-operator"}, &clusterRole))
	rules := clusterRole.Rules // Those that the other tests use: see auditRBAC.
	for _, ns := range o.namespaces {
		var role rbacv1.Role
		must(t, k8s.Get(t.Context(), client.ObjectKey{Namespace: ns, Name: "interview-tracker-operator"}, &role))
		if !reflect.DeepEqual(role.Rules, rules) {
			t.Errorf("the Role in %s has other rules than the ClusterRole", ns)
		}
	}
	var election rbacv1.Role
	must(t, k8s.Get(t.Context(), client.ObjectKey{Namespace: o.namespaces[0], Name: "interview-tracker-operator-leader-election"}, &election))
	allowed := granted(slices.Concat(rules, election.Rules))

	used, refused, err := requested(offset, o.user())
	must(t, err)
	t.Logf("%s: %d permissions, %d used", o.user(), len(allowed), len(used))
	if len(refused) > 0 {
		t.Errorf("%s: denied requests: %q", o.user(), refused)
	}
	if !used["apps.interviewtracker.dev/interviewtrackers/status patch"] {
		t.Errorf("%s: no status was written", o.user())
	}
	must(t, readAudit(offset, o.user(), func(r *request) {
		permission := r.resource() + " " + r.Verb
		switch {
		case permission == "authorization.k8s.io/selfsubjectaccessreviews create": // Each account may ask what it may do.
		case !slices.Contains(o.namespaces, r.ObjectRef.Namespace):
			t.Errorf("%s: a request outside of its namespaces: %s in namespace %q", o.user(), permission, r.ObjectRef.Namespace)
		case !slices.Contains(allowed, permission):
			t.Errorf("%s: %s is permitted by another role than the operator's", o.user(), permission)
		}
	}))
}

// withoutOperator stops the operator of config/default until the test ends.
func withoutOperator(t *testing.T) {
	t.Helper()
	scale := func(replicas int) {
		out, err := kubectl("-n", operatorNamespace, "scale", "deployment/interview-tracker-operator", fmt.Sprintf("--replicas=%d", replicas))
		if err == nil {
			out, err = kubectl("-n", operatorNamespace, "rollout", "status", "deployment/interview-tracker-operator", "--timeout=2m")
		}
		if err != nil {
			t.Errorf("scaling the operator: %s", out)
		}
	}
	t.Cleanup(func() { scale(1) })
	scale(0)
	await(t, "the operator does not stop", func() bool {
		var pods corev1.PodList
		must(t, k8s.List(t.Context(), &pods, client.InNamespace(operatorNamespace)))
		return len(pods.Items) == 0
	})
}

// team creates a namespace of a name, as namespace does.
func team(t *testing.T, name string) string {
	t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"pod-security.kubernetes.io/enforce": "restricted"}}}
	must(t, k8s.Create(t.Context(), ns))
	deleteLater(t, ns)
	return name
}

// overlay writes a kustomization of config/namespaced in a namespace.
func overlay(t *testing.T, ns string) string {
	t.Helper()
	folder := t.TempDir()
	config, err := filepath.Abs(filepath.Join("..", "..", "config", "namespaced"))
	must(t, err)
	config, err = filepath.Rel(folder, config) // kustomize accepts no absolute paths.
	must(t, err)
	content := fmt.Sprintf("namespace: %s\nresources: [%s]\n", ns, config)
	must(t, os.WriteFile(filepath.Join(folder, "kustomization.yaml"), []byte(content), 0o600))
	return folder
}
