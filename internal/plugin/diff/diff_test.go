// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package diff

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// minimal is what the tests change.
const minimal = `apiVersion: apps.interviewtracker.dev/v1alpha1
kind: InterviewTracker
metadata:
  name: hiring
spec:
  version: "1.0.0"
  api:
    replicas: 3
`

// result is what a command line has printed, and what it ends with.
type result struct {
	different   bool
	out, errOut string
	err         error
}

// diff compares what is in a file with a namespace.
func diff(t *testing.T, config *rest.Config, ns, file string) result {
	t.Helper()
	reached, err := plugin.NewCluster(config, ns)
	must(t, err)
	streams, in, out, errOut := genericiooptions.NewTestIOStreams()
	in.WriteString(file)
	different, err := compare(t.Context(), reached, streams.In, "", streams, options{catalog: catalog.Default()})
	return result{different, out.String(), errOut.String(), err}
}

// applyFile applies a tracker as kubectl apply does, and waits until the operator has made of it what it
// can without a kubelet.
func applyFile(t *testing.T, ns, file string) {
	t.Helper()
	tracker := &v1alpha1.InterviewTracker{}
	must(t, yaml.UnmarshalStrict([]byte(file), tracker))
	tracker.Namespace = ns
	last, err := yaml.YAMLToJSON([]byte(file))
	must(t, err)
	tracker.Annotations = map[string]string{corev1.LastAppliedConfigAnnotation: string(last)}
	live := &v1alpha1.InterviewTracker{}
	err = k8s.Get(t.Context(), client.ObjectKeyFromObject(tracker), live)
	if apierrors.IsNotFound(err) {
		must(t, k8s.Create(t.Context(), tracker))
	} else {
		must(t, err)
		body, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": tracker.Annotations}})
		must(t, err)
		must(t, k8s.Patch(t.Context(), live, client.RawPatch("application/merge-patch+json", body)))
		tracker.ResourceVersion = live.ResourceVersion
		must(t, k8s.Update(t.Context(), tracker))
	}
	eventually(t, "the operator does not apply it", func() bool {
		must(t, k8s.Get(t.Context(), client.ObjectKeyFromObject(tracker), live))
		monitoring := meta.FindStatusCondition(live.Status.Conditions, v1alpha1.ConditionMonitoringReady)
		reconciling := meta.FindStatusCondition(live.Status.Conditions, v1alpha1.ConditionStalled)
		return live.Status.ObservedGeneration == live.Generation && monitoring != nil && monitoring.Status == metav1.ConditionTrue && reconciling == nil
	})
}

// golden compares an output with a file.
func golden(t *testing.T, name, ns, got string) {
	t.Helper()
	got = strings.ReplaceAll(got, ns, "NAMESPACE")
	// What is chosen at random.
	got = regexp.MustCompile(`\b10\.\d+\.\d+\.\d+\b`).ReplaceAllString(got, "ADDRESS")
	got = regexp.MustCompile(`(interviewtracker\.dev/[a-z-]*revision: )\S+`).ReplaceAllString(got, "${1}REVISION")
	path := filepath.Join("testdata", name+".diff")
	if *update {
		must(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got); go test ./internal/plugin/diff -update rewrites it:\n%s", path, d)
	}
}

// What is shown is what then happens: after it is applied, there is no difference any more.
func TestChangesOfARunningTracker(t *testing.T) {
	for name, test := range map[string]struct{ before, after string }{
		"version":  {minimal, strings.Replace(minimal, "1.0.0", "1.1.0", 1)},
		"replicas": {minimal, strings.Replace(minimal, "replicas: 3", "replicas: 4", 1)},
		"label":    {minimal, minimal + "    podLabels: {team: people}\n"},
		"patch": {minimal, minimal + `  patches:
  - target: {kind: Service, name: hiring-api}
    patch: |
      - {op: add, path: /metadata/labels/exported, value: "yes"}
`},
		"no-dashboard": {minimal, minimal + "  monitoring: {dashboard: {enabled: false}}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ns := namespace(t)
			applyFile(t, ns, test.before)
			if got := diff(t, cluster, ns, test.before); got.err != nil || got.different || got.out != "" {
				t.Fatalf("what the operator has applied differs: %v\n%s", got.err, got.out)
			}
			got := diff(t, cluster, ns, test.after)
			if got.err != nil || !got.different {
				t.Fatalf("no difference: %v\n%s", got.err, got.errOut)
			}
			golden(t, name, ns, got.out)
			applyFile(t, ns, test.after)
			if got := diff(t, cluster, ns, test.after); got.err != nil || got.different || got.out != "" {
				t.Errorf("after it is applied, it differs: %v\n%s", got.err, got.out)
			}
		})
	}
}

// A new tracker's objects are all created, no pod is replaced, and no password is shown.
func TestNewTracker(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	got := diff(t, cluster, ns, minimal+"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n")
	if got.err != nil || !got.different {
		t.Fatal(got.err)
	}
	for _, want := range []string{
		"--- /dev/null\n+++ merged/" + ns + "/InterviewTracker/hiring\n", "+++ merged/" + ns + "/Deployment/hiring-api\n",
		"+++ merged/" + ns + "/StatefulSet/hiring-database\n", "+++ merged/" + ns + "/ServiceMonitor/hiring-api\n",
		"+  password: '***'\n", "# InterviewTracker/hiring: No pod would be replaced.\n",
	} {
		if !strings.Contains(got.out, want) {
			t.Errorf("no %q in\n%s", want, got.out)
		}
	}
	if got.errOut != "left out: ConfigMap other: kubectl diff compares it\n" {
		t.Errorf("stderr: %s", got.errOut)
	}
	var deployments appsv1.DeploymentList
	must(t, k8s.List(t.Context(), &deployments, client.InNamespace(ns)))
	err := k8s.Get(t.Context(), client.ObjectKey{Namespace: ns, Name: "hiring"}, &v1alpha1.InterviewTracker{})
	if len(deployments.Items) > 0 || !apierrors.IsNotFound(err) {
		t.Errorf("it was written: %v, %v", deployments.Items, err)
	}
}

// What waits for the migrations is shown, too.
func TestMigrations(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	applyFile(t, ns, minimal)
	got := diff(t, cluster, ns, strings.Replace(minimal, "1.0.0", "1.1.0", 1)+"  migrations: {command: [migrate]}\n")
	if got.err != nil || !got.different {
		t.Fatal(got.err)
	}
	for _, want := range []string{
		"Job/hiring-migrate-", " would run.\n", "# InterviewTracker/hiring: The pods of the API are replaced, or made, once the migrations have succeeded.\n",
		"Deployment/hiring-api: its 3 pods would be replaced, because of spec.containers[api].image",
	} {
		if !strings.Contains(got.out, want) {
			t.Errorf("no %q in\n%s", want, got.out)
		}
	}
}

// A tracker that the API server refuses is an error with its words.
func TestRefusedTracker(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	for file, want := range map[string]string{
		strings.Replace(minimal, "replicas: 3", "replicas: -3", 1): "spec.api.replicas",
		strings.Replace(minimal, "replicas: 3", "replica: 3", 1):   `unknown field "spec.api.replica"`,
		strings.Replace(minimal, "hiring", "Hiring", 1):            "metadata.name",
	} {
		got := diff(t, cluster, ns, file)
		if got.err == nil || !strings.Contains(got.err.Error(), want) || got.out != "" {
			t.Errorf("%v, want %q; it printed %s", got.err, want, got.out)
		}
	}
}

func TestSuspendedTracker(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	applyFile(t, ns, minimal)
	got := diff(t, cluster, ns, strings.Replace(minimal, "1.0.0", "1.1.0", 1)+"  suspend: true\n")
	if got.err != nil || !got.different {
		t.Fatal(got.err)
	}
	golden(t, "suspended", ns, got.out)
}

// A user who may not write an object reads which could not be compared.
func TestWithoutRights(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	applyFile(t, ns, minimal)
	user := "reader-of-" + ns
	role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "reader"}, Rules: []rbacv1.PolicyRule{
		{APIGroups: []string{"*"}, Resources: []string{"*"}, Verbs: []string{"get", "list"}},
		{APIGroups: []string{v1alpha1.GroupVersion.Group}, Resources: []string{"interviewtrackers"}, Verbs: []string{"patch"}},
	}}
	must(t, k8s.Create(t.Context(), role))
	must(t, k8s.Create(t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "reader"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "reader"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
	}))
	config := rest.CopyConfig(cluster)
	config.Impersonate.UserName = user
	var got result
	eventually(t, "the rights do not hold", func() bool {
		got = diff(t, config, ns, strings.Replace(minimal, "1.0.0", "1.1.0", 1))
		return got.out != ""
	})
	if got.err == nil || !strings.Contains(got.err.Error(), `cannot patch resource "deployments"`) ||
		!strings.Contains(got.err.Error(), "not compared: ") || !strings.Contains(got.err.Error(), "Deployment hiring-api") {
		t.Errorf("it does not say what is not compared: %v", got.err)
	}
	if !strings.Contains(got.out, "+  version: 1.1.0\n") {
		t.Errorf("the tracker is not compared:\n%s", got.out)
	}
}
