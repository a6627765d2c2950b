// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

const source = `apiVersion: v1
kind: ConfigMap
metadata:
  name: example
  namespace: interview-tracker-system
# Kept.
data:
  legend: '{{pod}} of interview-tracker-system'
  size: 1
ports:
- name: a
- name: b
`

func example(t *testing.T) *manifest {
	t.Helper()
	object, err := yaml.Parse(source)
	must(t, err)
	return &manifest{RNode: object}
}

// A template has the object's own text and comments, its values where they belong, and the release's namespace.
func TestTemplate(t *testing.T) {
	m := example(t)
	must(t, m.set("data.size", scalar("$.Values.size")))
	must(t, m.set("metadata.annotations", when("$.Values.annotations", block("toYaml ."))))
	must(t, m.add("data", more("$.Values.data")))
	must(t, m.only("$.Values.b", "ports", "name", "b"))
	got, err := m.text()
	must(t, err)
	want := `apiVersion: v1
kind: ConfigMap
metadata:
  name: example
  namespace: {{ $.Release.Namespace | quote }}
  {{- with $.Values.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
# Kept.
data:
  legend: '{{ "{{" }}pod}} of {{ $.Release.Namespace }}'
  size: {{ $.Values.size }}
  {{- with $.Values.data }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
ports:
- name: a
{{- if $.Values.b }}
- name: b
{{- end }}
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A value that would stand within a line would not be replaced.
func TestTemplateRefusesValuesWithinALine(t *testing.T) {
	object, err := yaml.Parse("kind: ConfigMap\nmetadata: {name: example}\n")
	must(t, err)
	m := &manifest{RNode: object}
	must(t, m.set("metadata.name", scalar(".")))
	if _, err := m.text(); err == nil || !strings.Contains(err.Error(), "0 of 1 values") {
		t.Errorf("the error is %v", err)
	}
}

// An object that is added to a base is either in a template or reported, and so is one that is removed.
func TestEachObjectIsInOneTemplate(t *testing.T) {
	files := []template{{name: "one.yaml", objects: []object{{key: "ConfigMap/example"}}}}
	_, err := render(files, map[string]*manifest{"ConfigMap/example": example(t), "Secret/new": example(t)})
	if err == nil || !strings.Contains(err.Error(), "no template has [Secret/new]") {
		t.Errorf("a new object: %v", err)
	}
	_, err = render(files, nil)
	if err == nil || !strings.Contains(err.Error(), "the bases have no ConfigMap/example") {
		t.Errorf("a removed object: %v", err)
	}
}

func TestReleaseFlags(t *testing.T) {
	good := release{registry: "registry.example.com/team", version: "1.2.3-rc.1", digest: "sha256:" + strings.Repeat("0a", 32)}
	must(t, good.validate())
	for name, change := range map[string]func(*release){
		"--version is":  func(r *release) { r.version = "v1.2.3" },
		"--registry is": func(r *release) { r.registry = "registry.example.com/" },
		"--digest is":   func(r *release) { r.digest = "1.2.3" },
	} {
		r := good
		change(&r)
		if err := r.validate(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%+v: %v", r, err)
		}
	}
	if err := run([]string{"--version", "1.2.3"}); err == nil || !strings.Contains(err.Error(), "add --out") {
		t.Errorf("a version without a folder: %v", err)
	}
}

// The same source gives the same files.
func TestReleaseIsReproducible(t *testing.T) {
	t.Chdir("../..")
	write := func() map[string]string {
		out := t.TempDir()
		must(t, writeRelease(out, release{registry: "registry.example.com/team", version: "1.2.3"}))
		files := map[string]string{}
		must(t, filepath.WalkDir(out, func(path string, entry os.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			content, err := os.ReadFile(path)
			files[strings.TrimPrefix(path, out)] = string(content)
			return err
		}))
		return files
	}
	first := write()
	if diff := cmp.Diff(first, write()); diff != "" {
		t.Error(diff)
	}
	for _, name := range []string{"/install.yaml", "/crds.yaml", "/interview-tracker-operator/Chart.yaml", "/interview-tracker-operator/templates/_helpers.tpl"} {
		if first[name] == "" {
			t.Errorf("there is no %s, but %v", name, slices.Sorted(maps.Keys(first)))
		}
	}
	if values := first["/interview-tracker-operator/values.yaml"]; !strings.Contains(values, "registry: \"registry.example.com/team\"\n") || !strings.Contains(values, "  # The tag") {
		t.Errorf("values.yaml is\n%s", values)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
