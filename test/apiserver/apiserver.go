// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package apiserver starts a kube-apiserver with etcd for tests, and waits for what it does.
package apiserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/go-logr/logr"
	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// Busy is how long a step may take, such as the start of etcd, on a machine that computes something else besides.
const Busy = 2 * time.Minute

// New is one that has the CustomResourceDefinitions of files and folders, to be started.
func New(definitions ...string) *envtest.Environment {
	return &envtest.Environment{
		CRDDirectoryPaths:        definitions,
		ErrorIfCRDPathMissing:    true,
		CRDInstallOptions:        envtest.CRDInstallOptions{MaxTime: Busy},
		ControlPlaneStartTimeout: Busy,
		ControlPlaneStopTimeout:  Busy,
	}
}

// Start starts one that has the CustomResourceDefinitions of files and folders. The caller stops it.
func Start(definitions ...string) (*envtest.Environment, error) {
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		return nil, errors.New("KUBEBUILDER_ASSETS is not set: run `make test`, which builds kube-apiserver and etcd")
	}
	log.SetLogger(logr.Discard())
	server := New(definitions...)
	if _, err := server.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("starting kube-apiserver and etcd: %w", err), server.Stop())
	}
	return server, nil
}

// For starts one for a test alone.
func For(t *testing.T, definitions ...string) *envtest.Environment {
	t.Helper()
	server, err := Start(definitions...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// Grant gives a user rights in a namespace, and waits until they hold.
func Grant(t *testing.T, as client.Client, namespace, user string, rules ...rbacv1.PolicyRule) {
	t.Helper()
	meta := metav1.ObjectMeta{Namespace: namespace, Name: user}
	for _, object := range []client.Object{
		&rbacv1.Role{ObjectMeta: meta, Rules: rules},
		&rbacv1.RoleBinding{
			ObjectMeta: meta,
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: user},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
		},
	} {
		if err := as.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	if len(rules) == 0 {
		return
	}
	first := rules[0] // The others are of the same Role.
	Await(t, "the rights of "+user+" do not hold", func() bool {
		review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
			User: user, ResourceAttributes: &authorizationv1.ResourceAttributes{
				Namespace: namespace, Verb: first.Verbs[0], Group: first.APIGroups[0], Resource: first.Resources[0],
			},
		}}
		if err := as.Create(t.Context(), review); err != nil {
			t.Fatal(err)
		}
		return review.Status.Allowed
	})
}

// Await waits until something holds, which what says when it does not.
func Await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), 20*time.Millisecond, time.Minute, true, func(context.Context) (bool, error) {
		return holds(), nil
	})
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}
