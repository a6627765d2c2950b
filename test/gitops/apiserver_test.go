// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package gitops

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/test/apiserver"
)

// cluster is a real kube-apiserver with etcd and the CRD; k8s is a client of the test's own.
var (
	cluster *rest.Config
	k8s     dynamic.Interface
)

func TestMain(m *testing.M) {
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		fmt.Fprintln(os.Stderr, "KUBEBUILDER_ASSETS is not set: run `make test-gitops`, which builds kube-apiserver and etcd")
		return 1
	}
	ctrl.SetLogger(logr.Discard())
	environment := apiserver.New("../../config/crd/bases")
	var err error
	if cluster, err = environment.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "starting kube-apiserver and etcd:", err)
		return 1
	}
	defer func() { _ = environment.Stop() }()
	if k8s, err = dynamic.NewForConfig(cluster); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// trackers reads and writes the trackers of a namespace.
func trackers(namespace string) dynamic.ResourceInterface {
	return k8s.Resource(v1alpha1.GroupVersion.WithResource("interviewtrackers")).Namespace(namespace)
}

// namespace makes a namespace for a test.
func namespace(t *testing.T) string {
	t.Helper()
	made, err := k8s.Resource(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}).Create(t.Context(), &unstructured.Unstructured{
		Object: map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"generateName": "gitops-"}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return made.GetName()
}

func get(t *testing.T, namespace, name string) *unstructured.Unstructured {
	t.Helper()
	live, err := trackers(namespace).Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return live
}

// reportStatus writes a status as the operator does.
func reportStatus(t *testing.T, tracker *unstructured.Unstructured, ready string) {
	t.Helper()
	patch := fmt.Sprintf(`{"status": {"observedGeneration": %d, "conditions": [
		{"type": "Ready", "status": %q, "reason": "Test", "message": "text", "lastTransitionTime": "2026-01-02T03:04:05Z"}
	]}}`, tracker.GetGeneration(), ready)
	options := metav1.PatchOptions{FieldManager: v1alpha1.FieldManager}
	if _, err := trackers(tracker.GetNamespace()).Patch(t.Context(), tracker.GetName(), types.MergePatchType, []byte(patch), options, "status"); err != nil {
		t.Fatal(err)
	}
}

// gitFiles are the trackers of the files that a Git repository may hold.
func gitFiles(t *testing.T) map[string]*unstructured.Unstructured {
	t.Helper()
	files := map[string]*unstructured.Unstructured{}
	for _, file := range []string{
		"../../config/samples/development.yaml",
		"../../config/samples/production.yaml",
		"../../config/samples/notifications.yaml",
		"../../internal/desired/testdata/development-full.in.yaml",
		"testdata/canonical.yaml",
		"testdata/respelled.yaml",
		"testdata/left-out.yaml",
	} {
		tracker := objects(t, read(t, file))[0]
		tracker.SetUID("")
		files[strings.TrimSuffix(file[strings.LastIndex(file, "/")+1:], ".yaml")] = tracker
	}
	return files
}
