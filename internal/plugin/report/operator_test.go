// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

// labelled makes Deployments of an account of their own, each with a pod that has printed something, that all have the
// operator's label: in the operator's namespace, in one that a ClusterRoleBinding names, in the tracker's (two, of which a
// RoleBinding names one), and in one of strangers. Beside them, a pod without that label has what one of them selects.
func (w *world) labelled() {
	w.Helper()
	bind := func(kind, namespace, name string) (rbacv1.RoleRef, []rbacv1.Subject) {
		return rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: kind, Name: "acme-" + plugin.OperatorName},
			[]rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: name}}
	}
	var objects []client.Object
	for _, at := range []struct{ namespace, name string }{
		{plugin.OperatorNamespace, "operator"}, {"chosen", "operator"}, {w.namespace, "operator"}, {w.namespace, "other"}, {"strangers", "operator"},
	} {
		labels := map[string]string{plugin.LabelName: plugin.OperatorName, "app": at.name}
		meta := metav1.ObjectMeta{Namespace: at.namespace, Name: at.name, Labels: labels, CreationTimestamp: metav1.NewTime(made)}
		d := &appsv1.Deployment{ObjectMeta: meta}
		d.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"app": at.name}}
		d.Spec.Template.Spec.ServiceAccountName = at.name
		objects = append(objects, d, podOf(meta))
	}
	objects = append(objects, podOf(metav1.ObjectMeta{Namespace: "chosen", Name: "bystander", Labels: map[string]string{"app": "operator"}}))
	everywhere := &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "a"}}
	everywhere.RoleRef, everywhere.Subjects = bind("ClusterRole", "chosen", "operator")
	here := &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "a"}}
	here.RoleRef, here.Subjects = bind("Role", w.namespace, "operator")
	elsewhere := &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Namespace: "strangers", Name: "a"}}
	elsewhere.RoleRef, elsewhere.Subjects = bind("Role", "strangers", "operator")
	for _, object := range append(objects, everywhere, here, elsewhere) {
		if err := w.cluster.Client.Create(w.Context(), object); err != nil {
			w.Fatal(err)
		}
	}
}

// podOf is a pod whose container runs.
func podOf(meta metav1.ObjectMeta) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: meta, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "manager"}}}}
	p.Status.ContainerStatuses = []corev1.ContainerStatus{{
		Name: "manager", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(made)}},
	}}
	return p
}

// copied are the Deployments and the logs of operators that a report has.
func (w *world) copied() (paths []string, notes string) {
	w.Helper()
	open := func(_ context.Context, _, _ string, _ *corev1.PodLogOptions) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("reconciled")), nil
	}
	g := newGatherer(w.cluster, "hiring", open, false)
	if err := g.gather(w.Context(), made); err != nil {
		w.Fatal(err)
	}
	for path := range g.bundle.files {
		if of, found := strings.CutPrefix(path, "operator/"); found && !strings.Contains(of, "/pod/") {
			paths = append(paths, of)
		}
	}
	slices.Sort(paths)
	return paths, string(g.bundle.files["errors.txt"])
}

// The label alone does not bring a Deployment's logs into a report.
func TestOperatorsAreProven(t *testing.T) {
	w := newWorld(t)
	w.secret("database", nil)
	w.tracker(nil)
	w.labelled()
	paths, notes := w.copied()
	if want := []string{
		"chosen/deployment/operator.yaml", "chosen/logs/operator/manager.log",
		plugin.OperatorNamespace + "/deployment/operator.yaml", plugin.OperatorNamespace + "/logs/operator/manager.log",
		"people/deployment/operator.yaml", "people/logs/operator/manager.log",
	}; !slices.Equal(paths, want) {
		t.Errorf("got %q, want %q", paths, want)
	}
	for _, left := range []string{"people/other", "strangers/operator"} {
		if want := "Deployment " + left + ": left out: it has the operator's label, but " + plugin.NoProof; !strings.Contains(notes, want) {
			t.Errorf("errors.txt lacks %q:\n%s", want, notes)
		}
	}
}

// Without the right to list bindings, only what is in the operator's namespace is known to be one.
func TestOperatorsWithoutTheRightToBindings(t *testing.T) {
	w := newWorld(t)
	w.secret("database", nil)
	w.tracker(nil)
	w.labelled()
	memory, is := w.cluster.Client.(client.WithWatch)
	if !is {
		t.Fatal("the client can't be intercepted")
	}
	w.cluster.Client = interceptor.NewClient(memory, interceptor.Funcs{
		List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
			if _, is := list.(*rbacv1.ClusterRoleBindingList); is {
				return apierrors.NewForbidden(schema.GroupResource{Group: rbacv1.GroupName, Resource: "clusterrolebindings"}, "", errors.New("no right"))
			}
			return c.List(ctx, list, options...)
		},
	})
	paths, notes := w.copied()
	if want := []string{
		plugin.OperatorNamespace + "/deployment/operator.yaml", plugin.OperatorNamespace + "/logs/operator/manager.log",
		"people/deployment/operator.yaml", "people/logs/operator/manager.log",
	}; !slices.Equal(paths, want) {
		t.Errorf("got %q, want %q", paths, want)
	}
	if want := "Deployment chosen/operator: left out: it has the operator's label, but listing bindings: clusterrolebindings"; !strings.Contains(notes, want) {
		t.Errorf("errors.txt lacks %q:\n%s", want, notes)
	}
}
