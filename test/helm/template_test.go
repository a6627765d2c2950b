// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package helm

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// asInstalledByHelm makes objects of the bases what the chart has: Helm makes the release's namespace
// itself, and is to keep the kind when the release is uninstalled.
func asInstalledByHelm(t *testing.T, all objects) objects {
	t.Helper()
	if all["Namespace//"+system] == nil {
		t.Error("config/default has no namespace")
	}
	delete(all, "Namespace//"+system)
	annotations := all[crd].GetAnnotations()
	annotations["helm.sh/resource-policy"] = "keep"
	all[crd].SetAnnotations(annotations)
	return all
}

// With its defaults, the chart installs what config/default does.
func TestDefaultsAreConfigDefault(t *testing.T) {
	want := asInstalledByHelm(t, build(t, root+"/config/default"))
	if diff := cmp.Diff(want, render(t)); diff != "" {
		t.Errorf("the kustomization (-) and the chart (+) differ:\n%s", diff)
	}
}

// So do its options what the bases beside it do.
func TestOptionsAreTheOtherBases(t *testing.T) {
	for option, kustomization := range map[string]string{
		"pollThrough=api-server":  "resources: [CONFIG/default]\ncomponents: [CONFIG/poll-through-api-server]\n",
		"monitoring.enabled=true": "resources: [CONFIG/default, CONFIG/prometheus]\n",
		"admission.enabled=true":  "resources: [CONFIG/default, CONFIG/admission]\n",
		"image.tag=1.2.3":         "resources: [CONFIG/default]\nimages: [{name: interview-tracker-operator, newTag: 1.2.3}]\n",
	} {
		want := asInstalledByHelm(t, build(t, overlay(t, kustomization)))
		if diff := cmp.Diff(want, render(t, "--set", option)); diff != "" {
			t.Errorf("%s: the kustomization (-) and the chart (+) differ:\n%s", option, diff)
		}
	}
}

// In another namespace, everything is about that one.
func TestNamespaceIsTheReleases(t *testing.T) {
	all := []string{"--set", "monitoring.enabled=true,admission.enabled=true,pollThrough=api-server,podDisruptionBudget.enabled=true"}
	moved := renderRelease(t, name, "elsewhere", all...)
	text := func(o objects) string {
		var b strings.Builder
		for _, key := range slices.Sorted(maps.Keys(o)) {
			json, err := o[key].MarshalJSON()
			must(t, err)
			b.Write(json)
		}
		return b.String()
	}
	want := strings.ReplaceAll(text(render(t, all...)), system, "elsewhere")
	if diff := cmp.Diff(want, text(moved)); diff != "" {
		t.Error(diff)
	}
	for key, object := range moved {
		if namespaced := object.GetNamespace() == "elsewhere"; namespaced == slices.Contains(clusterScoped, object.GetKind()) {
			t.Errorf("%s is in the namespace %q", key, object.GetNamespace())
		}
	}
}

var clusterScoped = []string{
	"ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
}

// An operator of some namespaces has the rules of the ClusterRoles there, and nothing outside of namespaces
// with what is optional switched off.
func TestNamespacesReplaceClusterRoles(t *testing.T) {
	limited := render(t, "--set", "namespaces={team-a,team-b},pollThrough=api-server,metrics.enabled=false,crds.install=false")
	wide := render(t, "--set", "pollThrough=api-server")
	for _, suffix := range []string{"", "-pod-proxy"} {
		for _, namespace := range []string{"team-a", "team-b"} {
			role := limited["Role/"+namespace+"/"+name+suffix]
			binding := limited["RoleBinding/"+namespace+"/"+name+suffix]
			if role == nil || binding == nil {
				t.Fatalf("%s has no Role or RoleBinding %s", namespace, name+suffix)
			}
			want := wide["ClusterRole//"+name+suffix].Object["rules"]
			if diff := cmp.Diff(want, role.Object["rules"]); diff != "" {
				t.Errorf("%s: the ClusterRole (-) and the Role (+) %s differ:\n%s", namespace, name+suffix, diff)
			}
			if kind := at(binding, "roleRef", "kind"); kind != "Role" {
				t.Errorf("%s: %s binds a %s", namespace, name+suffix, kind)
			}
		}
	}
	for key, object := range limited {
		if slices.Contains(clusterScoped, object.GetKind()) {
			t.Errorf("%s is not of a namespace", key)
		}
	}
}

// For one namespace, without what is the cluster's, the chart installs what config/namespaced does. That has the
// namespace from the pod, as kustomize can't put it into an argument.
func TestOneNamespaceIsConfigNamespaced(t *testing.T) {
	want := build(t, overlay(t, "namespace: team-a\nresources: [CONFIG/namespaced]\n"))
	got := renderRelease(t, name, "team-a", "--set", "namespaces={team-a},metrics.enabled=false,crds.install=false")
	wantArguments := map[string]string{"kustomize": "--namespaces=$(POD_NAMESPACE)", "chart": "--namespaces=team-a"}
	for source, all := range map[string]objects{"kustomize": want, "chart": got} {
		deployment := all["Deployment/team-a/"+name]
		container := firstContainer(t, deployment)
		arguments, _, err := unstructured.NestedSlice(container, "args")
		must(t, err)
		if last := arguments[len(arguments)-1]; last != wantArguments[source] {
			t.Errorf("%s: the last argument is %s", source, last)
		}
		container["args"] = arguments[:len(arguments)-1]
		delete(container, "env")
		must(t, unstructured.SetNestedSlice(deployment.Object, []any{container}, "spec", "template", "spec", "containers"))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the kustomization (-) and the chart (+) differ:\n%s", diff)
	}
}

// Releases in namespaces of their own, for other namespaces, have no object in common if one has the CRD.
func TestReleasesShareACluster(t *testing.T) {
	options := "monitoring.enabled=true,admission.enabled=true,pollThrough=api-server,podDisruptionBudget.enabled=true,"
	first := renderRelease(t, "first", "operators-a", "--set", options+"namespaces={team-a}")
	second := renderRelease(t, "second", "operators-b", "--set", options+"namespaces={team-b},crds.install=false")
	for key := range second {
		if first[key] != nil {
			t.Errorf("both releases have %s", key)
		}
	}
	if first[crd] == nil {
		t.Error("no release has the CRD")
	}
}

// The chart of a release installs what its install.yaml does, also without values.
func TestReleasedChartIsInstallYAML(t *testing.T) {
	for _, version := range [][]string{{"--version", "1.2.3"}, {"--version", "1.2.3", "--digest", "sha256:" + strings.Repeat("ab", 32)}} {
		out := t.TempDir()
		generate := exec.CommandContext(t.Context(), "go", append([]string{"run", "./hack/dist", "--out", out, "--registry", "registry.example.com/team"}, version...)...)
		generate.Dir = root
		if text, err := generate.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		installed, err := os.ReadFile(filepath.Join(out, "install.yaml"))
		must(t, err)
		rendered, err := helm(t, nil, "template", name, filepath.Join(out, name), "--namespace", system)
		must(t, err)
		want := parse(t, string(installed))
		if diff := cmp.Diff(asInstalledByHelm(t, want), parse(t, rendered)); diff != "" {
			t.Errorf("%s: install.yaml (-) and the chart (+) differ:\n%s", version, diff)
		}
		crds, err := os.ReadFile(filepath.Join(out, "crds.yaml"))
		must(t, err)
		if diff := cmp.Diff(build(t, root+"/config/crd"), parse(t, string(crds))); diff != "" {
			t.Errorf("config/crd (-) and crds.yaml (+) differ:\n%s", diff)
		}
		image, _, err := unstructured.NestedString(firstContainer(t, want["Deployment/"+system+"/"+name]), "image")
		must(t, err)
		if !strings.HasPrefix(image, "registry.example.com/team/"+name) || !strings.HasSuffix(image, version[len(version)-1]) {
			t.Errorf("%s: the image is %s", version, image)
		}
	}
}

// at is a field of an object, nil without one.
func at(object *unstructured.Unstructured, fields ...string) any {
	value, _, _ := unstructured.NestedFieldNoCopy(object.Object, fields...)
	return value
}

func TestLint(t *testing.T) {
	out, err := helm(t, nil, "lint", "--strict", "--namespace", system, chart)
	must(t, err)
	if !strings.Contains(out, "1 chart(s) linted, 0 chart(s) failed") {
		t.Errorf("helm lint says\n%s", out)
	}
}

// firstContainer is the first container of a Deployment.
func firstContainer(t *testing.T, deployment *unstructured.Unstructured) map[string]any {
	t.Helper()
	containers, _, err := unstructured.NestedSlice(deployment.Object, "spec", "template", "spec", "containers")
	must(t, err)
	if len(containers) == 0 {
		t.Fatalf("%s has no container", deployment.GetName())
	}
	container, ok := containers[0].(map[string]any)
	if !ok {
		t.Fatalf("%s has a container that is %T", deployment.GetName(), containers[0])
	}
	return container
}
