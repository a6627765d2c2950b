// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/interview-tracker/interview-tracker-operator/controllers"
	"github.com/interview-tracker/interview-tracker-operator/internal/version"
	"github.com/interview-tracker/interview-tracker-operator/test/apiserver"
)

// asManager makes the test binary run the manager.
const asManager = "TEST_AS_MANAGER"

// cluster is a real kube-apiserver with etcd, in which config/default is installed; k8s is
// the tests' own client.
var (
	cluster *rest.Config
	k8s     client.Client
)

// operator is the manager's service account in config/default.
var operator = &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: system, Name: "interview-tracker-operator"}}

// system is the operator's namespace.
const system = "interview-tracker-system"

func TestMain(m *testing.M) {
	if os.Getenv(asManager) != "" {
		main()
		return
	}
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		fmt.Fprintln(os.Stderr, "KUBEBUILDER_ASSETS is not set: run `make test`, which builds kube-apiserver and etcd")
		return 1
	}
	environment := apiserver.New(filepath.Join("..", "..", "config", "crd", "bases"))
	environment.ControlPlane.GetAPIServer().Configure().Set("service-cluster-ip-range", "10.0.0.0/16")
	ctrl.SetLogger(logr.Discard())
	var err error
	if cluster, err = environment.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "starting kube-apiserver and etcd:", err)
		return 1
	}
	defer func() { _ = environment.Stop() }()
	if k8s, err = client.New(cluster, client.Options{Scheme: controllers.Scheme()}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := install(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "installing config/default:", err)
		return 1
	}
	return m.Run()
}

// install installs config/default except the CRD, which already exists.
func install(ctx context.Context) error {
	objects, err := build(filepath.Join("..", "..", "config", "default"))
	if err != nil {
		return err
	}
	for _, object := range objects {
		if object.GetKind() == "CustomResourceDefinition" {
			continue
		}
		if err := k8s.Create(ctx, object); err != nil {
			return err
		}
	}
	return nil
}

// build builds a kustomization, as `kubectl apply -k` does.
func build(folder string) ([]*unstructured.Unstructured, error) {
	options := krusty.MakeDefaultOptions()
	options.Reorder = krusty.ReorderOptionLegacy // Namespaces first.
	resources, err := krusty.MakeKustomizer(options).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return nil, err
	}
	var objects []*unstructured.Unstructured
	for _, resource := range resources.Resources() {
		content, err := resource.Map()
		if err != nil {
			return nil, err
		}
		objects = append(objects, &unstructured.Unstructured{Object: content})
	}
	return objects, nil
}

func TestInvalidFlags(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	for name, test := range map[string]struct {
		env, args []string
		stderr    string
	}{
		"unknown flag":            {args: []string{"--replicas=2"}, stderr: "flag provided but not defined: -replicas (see --help)"},
		"not a flag":              {args: []string{"start"}, stderr: `unexpected argument "start" (see --help)`},
		"unknown level":           {args: []string{"--log-level=loud"}, stderr: `invalid value "loud" for flag -log-level`},
		"no concurrency":          {args: []string{"--max-concurrent-reconciles=0"}, stderr: "--max-concurrent-reconciles, "},
		"no time":                 {args: []string{"--reconcile-timeout=0s"}, stderr: "--reconcile-timeout, "},
		"no polls":                {args: []string{"--max-concurrent-polls=-1"}, stderr: "--max-concurrent-polls must be greater than 0"},
		"negative request limit":  {args: []string{"--kube-api-qps=-1"}, stderr: "--kube-api-qps must not be negative"},
		"unknown transport":       {args: []string{"--poll-through=mesh"}, stderr: `--poll-through is "mesh", must be pod-ip or api-server`},
		"no repository":           {args: []string{"--api-repository="}, stderr: "must not be empty"},
		"fixed field":             {args: []string{"--allow-patches=Service/spec.type,Service/spec.selector"}, stderr: "spec.selector can never be changed by a patch"},
		"no such field":           {args: []string{"--allow-patches=Service/spec.typo"}, stderr: `Service has no field "spec.typo"`},
		"no CA":                   {args: []string{"--metrics-client-ca=" + missing}, stderr: "--metrics-client-ca: open " + missing},
		"no file":                 {args: []string{"--kubeconfig=" + missing}, stderr: "finding a cluster: stat " + missing},
		"no file at KUBECONFIG":   {env: []string{"KUBECONFIG=" + missing}, stderr: "no cluster configured: set --kubeconfig or KUBECONFIG"},
		"neither of them, no pod": {stderr: "no cluster configured: set --kubeconfig or KUBECONFIG"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			m := command(t, test.env, test.args...)
			m.Stdout, m.Stderr = &stdout, &stderr
			if code := exitCode(m.Run()); code != 1 {
				t.Errorf("exit code %d, want 1", code)
			}
			records := parseLog(t, stderr.String())
			if len(records) != 1 || records[0]["level"] != "error" || stdout.Len() > 0 {
				t.Fatalf("stderr: %sstdout: %s", stderr.String(), stdout.String())
			}
			if exception, _ := records[0]["exception"].(string); !strings.Contains(exception, test.stderr) {
				t.Errorf("exception %q, want %q in it", exception, test.stderr)
			}
		})
	}
}

// flagNames are all flags, so that no dependency adds one unnoticed.
var flagNames = []string{
	"allow-patches", "api-repository", "database-image", "enable-http2", "frontend-repository", "graceful-shutdown-timeout",
	"health-probe-bind-address",
	"kube-api-burst", "kube-api-qps", "kubeconfig", "leader-elect", "leader-elect-lease-duration",
	"leader-elect-renew-deadline", "leader-elect-retry-period", "leader-election-namespace", "log-level",
	"max-concurrent-polls", "max-concurrent-reconciles", "metrics-bind-address", "metrics-cert-dir", "metrics-client-ca",
	"namespaces",
	"poll-through", "pprof-bind-address", "reconcile-timeout", "redis-image", "version",
}

// The version is printed without a cluster.
func TestVersionFlag(t *testing.T) {
	var stdout, stderr bytes.Buffer
	m := command(t, nil, "--version")
	m.Stdout, m.Stderr = &stdout, &stderr
	if code := exitCode(m.Run()); code != 0 || stderr.Len() > 0 {
		t.Errorf("exit code %d, stderr: %s", code, stderr.String())
	}
	if want := version.Get().String() + "\n"; stdout.String() != want {
		t.Errorf("got %q, want %q", stdout.String(), want)
	}
}

func TestHelpListsEveryFlag(t *testing.T) {
	var stdout, stderr bytes.Buffer
	m := command(t, nil, "--help")
	m.Stdout, m.Stderr = &stdout, &stderr
	if code := exitCode(m.Run()); code != 0 || stderr.Len() > 0 {
		t.Errorf("exit code %d, stderr: %s", code, stderr.String())
	}
	var listed []string
	for _, found := range regexp.MustCompile(`(?m)^  -(\S+).*\n    \t\S+`).FindAllStringSubmatch(stdout.String(), -1) {
		listed = append(listed, found[1])
	}
	if !slices.Equal(listed, flagNames) {
		t.Errorf("flags with a description: %q, want %q; the help is\n%s", listed, flagNames, stdout.String())
	}
}
