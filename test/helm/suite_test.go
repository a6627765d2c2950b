// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package helm

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

const (
	root   = "../.."
	name   = "interview-tracker-operator"
	chart  = root + "/charts/" + name
	system = "interview-tracker-system" // the operator's namespace in the bases

	crd = "CustomResourceDefinition//interviewtrackers.apps.interviewtracker.dev"
)

// helmPath is the program that the go.mod of this module pins.
var helmPath string

func TestMain(m *testing.M) {
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	path, err := exec.Command("go", "tool", "-n", "helm").Output()
	if err != nil {
		fmt.Fprintln(os.Stderr, "building helm:", err)
		return 1
	}
	helmPath = strings.TrimSpace(string(path))
	ctrl.SetLogger(logr.Discard()) // envtest's
	return m.Run()
}

// helm runs Helm, and returns what it printed with its error.
func helm(t *testing.T, environment []string, arguments ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), helmPath, arguments...)
	home := t.TempDir() // not the user's own settings and caches
	command.Env = append(os.Environ(), "HELM_CONFIG_HOME="+home, "HELM_CACHE_HOME="+home, "HELM_DATA_HOME="+home)
	command.Env = append(command.Env, environment...)
	out, err := command.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("helm %s: %w\n%s", strings.Join(arguments, " "), err, out)
	}
	return string(out), err
}

// render returns the objects of a release in the namespace of the bases.
func render(t *testing.T, arguments ...string) objects {
	t.Helper()
	return renderRelease(t, name, system, arguments...)
}

func renderRelease(t *testing.T, release, namespace string, arguments ...string) objects {
	t.Helper()
	out, err := helm(t, nil, append([]string{"template", release, chart, "--namespace", namespace}, arguments...)...)
	must(t, err)
	return parse(t, out)
}

// objects are objects by kind, namespace and name.
type objects map[string]*unstructured.Unstructured

func (o objects) add(t *testing.T, content map[string]any) {
	t.Helper()
	object := &unstructured.Unstructured{Object: content}
	key := object.GetKind() + "/" + object.GetNamespace() + "/" + object.GetName()
	if o[key] != nil {
		t.Errorf("there are two of %s", key)
	}
	o[key] = object
}

func parse(t *testing.T, text string) objects {
	t.Helper()
	all := objects{}
	for document := range strings.SplitSeq("\n"+text, "\n---\n") {
		content := map[string]any{}
		if err := yaml.UnmarshalStrict([]byte(document), &content); err != nil {
			t.Fatalf("%v\n%s", err, document)
		}
		if len(content) > 0 {
			all.add(t, content)
		}
	}
	return all
}

// build returns the objects of a kustomization.
func build(t *testing.T, folder string) objects {
	t.Helper()
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	must(t, err)
	text, err := resources.AsYaml()
	must(t, err)
	return parse(t, string(text))
}

// overlay writes a kustomization into a folder of its own.
func overlay(t *testing.T, content string) string {
	t.Helper()
	folder := t.TempDir()
	config, err := filepath.Abs(filepath.Join(root, "config"))
	must(t, err)
	config, err = filepath.Rel(folder, config) // kustomize accepts no absolute paths.
	must(t, err)
	content = strings.ReplaceAll(content, "CONFIG", config)
	must(t, os.WriteFile(filepath.Join(folder, "kustomization.yaml"), []byte(content), 0o600))
	return folder
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
