// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// account is the operator's user in a cluster. All tests of this package have its rights alone,
// those of config/rbac within config/admission: what the operator does is thereby shown to be allowed.
const account = "system:serviceaccount:" + accountNamespace + ":interview-tracker-operator"

const accountNamespace = "interview-tracker-system"

// asOperator is a configuration with the operator's rights.
func asOperator() *rest.Config {
	config := rest.CopyConfig(cluster)
	config.QPS = -1
	config.Impersonate.UserName = account
	return config
}

// installRights installs the operator's rights, and waits until they hold.
func installRights(ctx context.Context) error {
	if err := k8s.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: accountNamespace}}); err != nil {
		return err
	}
	for _, folder := range []string{"rbac", "admission"} {
		objects, err := kustomized(folder)
		if err != nil {
			return err
		}
		for _, object := range objects {
			if err := k8s.Create(ctx, object); err != nil {
				return err
			}
		}
	}
	operator, err := client.New(asOperator(), client.Options{Scheme: Scheme()})
	if err != nil {
		return err
	}
	// One of each policy: the API server takes notice of them one by one.
	for _, probe := range []client.Object{
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: accountNamespace, Name: "probe"}},
		&appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: accountNamespace, Name: "probe"}, Spec: podless()},
		&coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: accountNamespace, Name: "probe"}},
	} {
		err := wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, patience, true, func(ctx context.Context) (bool, error) {
			return refusedByPolicy(operator.Create(ctx, probe, client.DryRunAll)), nil
		})
		if err != nil {
			return fmt.Errorf("config/admission does not hold: %w", err)
		}
	}
	return nil
}

func podless() appsv1.DeploymentSpec {
	labels := map[string]string{"app": "probe"}
	return appsv1.DeploymentSpec{
		Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: labels},
			Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "x"}}},
		},
	}
}

func refusedByPolicy(err error) bool {
	return err != nil && strings.Contains(err.Error(), "ValidatingAdmissionPolicy 'interview-tracker-operator-")
}

// kustomized builds a folder of config, as `kubectl apply -k` does.
func kustomized(folder string) ([]*unstructured.Unstructured, error) {
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), filepath.Join("..", "config", folder))
	if err != nil {
		return nil, err
	}
	var objects []*unstructured.Unstructured
	for _, r := range resources.Resources() {
		content, err := r.Map()
		if err != nil {
			return nil, err
		}
		objects = append(objects, &unstructured.Unstructured{Object: content})
	}
	return objects, nil
}
