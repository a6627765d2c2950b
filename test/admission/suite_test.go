// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package admission tests what the API server, by the CRD alone, accepts and
// refuses: its schema and its CEL rules, against a real kube-apiserver.
package admission

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/test/apiserver"
)

const crdFile = "../../config/crd/bases/apps.interviewtracker.dev_interviewtrackers.yaml"

// base is a valid tracker, in which every rule has something to look at.
const base = `
apiVersion: apps.interviewtracker.dev/v1alpha1
kind: InterviewTracker
metadata: {name: hiring, namespace: default}
spec:
  version: "1.0.0"
  environment: Production
  database: {managed: {}}
  redis: {managed: {}}
`

var (
	restConfig *rest.Config
	kube       client.Client
)

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		fmt.Fprintln(os.Stderr, "KUBEBUILDER_ASSETS must name a folder with kube-apiserver and etcd: run `make test`, which sets it")
		return 1
	}
	server := apiserver.New(crdFile)
	// Stop also what was started before the CRD was refused.
	defer func() {
		if err := server.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "stopping the API server:", err)
		}
	}()
	var err error
	if restConfig, err = server.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "starting the API server and installing the CRD:", err)
		return 1
	}
	restConfig.QPS = -1
	if kube, err = client.New(restConfig, client.Options{FieldValidation: "Strict"}); err != nil {
		fmt.Fprintln(os.Stderr, "making a client:", err)
		return 1
	}
	return m.Run()
}

// tracker is the base with mutations merged into it, one after the other; a
// null in one removes a field.
func tracker(t *testing.T, mutations ...string) *unstructured.Unstructured {
	t.Helper()
	object := mustJSON(t, base)
	for _, mutation := range mutations {
		var err error
		if object, err = jsonpatch.MergePatch(object, mustJSON(t, mutation)); err != nil {
			t.Fatalf("merging %s: %v", mutation, err)
		}
	}
	tracker := &unstructured.Unstructured{}
	if err := tracker.UnmarshalJSON(object); err != nil {
		t.Fatal(err)
	}
	return tracker
}

func mustJSON(t *testing.T, text string) []byte {
	t.Helper()
	object, err := yaml.YAMLToJSONStrict([]byte(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return object
}

// create stores an object for the length of a test.
func create(t *testing.T, object *unstructured.Unstructured) {
	t.Helper()
	if err := kube.Create(t.Context(), object); err != nil {
		t.Fatalf("creating: %v", err)
	}
	t.Cleanup(func() {
		if err := kube.Delete(context.WithoutCancel(t.Context()), object); client.IgnoreNotFound(err) != nil {
			t.Errorf("deleting: %v", err)
		}
	})
}

// expectRefused fails unless the API server refused for exactly these causes,
// each "field: message"; with none wanted, unless it accepted.
func expectRefused(t *testing.T, err error, want ...string) {
	t.Helper()
	slices.Sort(want)
	if diff := cmp.Diff(want, causes(t, err)); diff != "" {
		t.Errorf("causes of the refusal (-want +got):\n%s", diff)
	}
}

func causes(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	var status apierrors.APIStatus
	if !errors.As(err, &status) || !apierrors.IsInvalid(err) {
		t.Fatalf("got %v, want a refusal as invalid", err)
	}
	var causes []string
	for _, cause := range status.Status().Details.Causes {
		if strings.Contains(cause.Message, "some validation rules were not checked") {
			continue // the API server's own remark on the others
		}
		causes = append(causes, cause.Field+": "+cause.Message)
	}
	slices.Sort(causes)
	return causes
}

// readCRD is the CRD as it is generated.
func readCRD(t *testing.T) *apiextensionsv1.CustomResourceDefinition {
	t.Helper()
	text, err := os.ReadFile(crdFile)
	if err != nil {
		t.Fatal(err)
	}
	crd := &apiextensionsv1.CustomResourceDefinition{}
	if err := yaml.UnmarshalStrict(text, crd); err != nil {
		t.Fatal(err)
	}
	return crd
}
