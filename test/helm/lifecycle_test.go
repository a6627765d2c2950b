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

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/interview-tracker/interview-tracker-operator/test/apiserver"
	"github.com/interview-tracker/interview-tracker-operator/test/crds"
)

// cluster is a kube-apiserver of a test, with etcd and nothing that would run pods.
type cluster struct{ kubeconfig string }

// start starts a cluster that has the kinds of prometheus-operator.
func start(t *testing.T) cluster {
	t.Helper()
	monitoring, err := crds.Optional(t.Context())
	must(t, err)
	environment := apiserver.New(monitoring...)
	_, err = environment.Start()
	must(t, err)
	t.Cleanup(func() { _ = environment.Stop() })
	file := filepath.Join(t.TempDir(), "kubeconfig")
	must(t, os.WriteFile(file, environment.KubeConfig, 0o600))
	return cluster{kubeconfig: file}
}

// kubectl runs the kubectl that comes with the kube-apiserver.
func (c cluster) kubectl(t *testing.T, stdin string, arguments ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), filepath.Join(os.Getenv("KUBEBUILDER_ASSETS"), "kubectl"), arguments...)
	command.Env = append(os.Environ(), "KUBECONFIG="+c.kubeconfig)
	command.Stdin = strings.NewReader(stdin)
	out, err := command.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("kubectl %s: %w\n%s", strings.Join(arguments, " "), err, out)
	}
	return string(out), err
}

func (c cluster) mustKubectl(t *testing.T, stdin string, arguments ...string) string {
	t.Helper()
	out, err := c.kubectl(t, stdin, arguments...)
	must(t, err)
	return strings.TrimSpace(out)
}

func (c cluster) mustHelm(t *testing.T, arguments ...string) string {
	t.Helper()
	out, err := helm(t, []string{"KUBECONFIG=" + c.kubeconfig}, append(arguments, "--namespace", system)...)
	must(t, err)
	return out
}

// applyTracker applies the tracker as soon as its kind is served, which is a moment after its definition is stored.
func (c cluster) applyTracker(t *testing.T) {
	t.Helper()
	var failure error
	defer func() {
		if t.Failed() {
			t.Log("at last:", failure)
		}
	}()
	apiserver.Await(t, "the tracker can't be applied", func() bool {
		_, failure = c.kubectl(t, tracker, "apply", "-f", "-")
		return failure == nil
	})
}

const tracker = `{apiVersion: apps.interviewtracker.dev/v1alpha1, kind: InterviewTracker, metadata: {name: hiring}, spec: {version: "1.0.0"}}`

// everything switches on what the defaults don't.
const everything = "monitoring.enabled=true,admission.enabled=true,pollThrough=api-server,podDisruptionBudget.enabled=true"

// Helm installs, upgrades, rolls back and uninstalls the chart; trackers outlive it.
func TestLifecycle(t *testing.T) {
	c := start(t)
	image := func() string {
		return c.mustKubectl(t, "", "-n", system, "get", "deployment", name, "-o", "jsonpath={.spec.template.spec.containers[0].image} {.spec.replicas}")
	}
	c.mustHelm(t, "install", name, chart, "--create-namespace")
	c.applyTracker(t)
	uid := c.mustKubectl(t, "", "get", "itr", "hiring", "-o", "jsonpath={.metadata.uid}")

	c.mustHelm(t, "upgrade", name, chart, "--set", everything+",replicas=2,image.tag=1.2.3")
	if got := image(); got != "interview-tracker-operator:1.2.3 2" {
		t.Errorf("after the upgrade, the Deployment has %s", got)
	}
	c.mustKubectl(t, "", "get", "validatingadmissionpolicy/interview-tracker-operator-pods", "clusterrole/interview-tracker-operator-pod-proxy")
	c.mustKubectl(t, "", "-n", system, "get", "servicemonitor/"+name, "prometheusrule/"+name, "poddisruptionbudget/"+name)
	checkStored(t, c)

	c.mustHelm(t, "rollback", name, "1")
	if got := image(); got != "interview-tracker-operator:dev 1" {
		t.Errorf("after the rollback, the Deployment has %s", got)
	}
	if left := c.mustKubectl(t, "", "get", "servicemonitors,poddisruptionbudgets,validatingadmissionpolicies", "-A", "-o", "name"); left != "" {
		t.Errorf("the rollback leaves\n%s", left)
	}

	c.mustHelm(t, "uninstall", name)
	if left := c.owned(t); left != "customresourcedefinition.apiextensions.k8s.io/interviewtrackers.apps.interviewtracker.dev" {
		t.Errorf("uninstalling leaves\n%s", left)
	}
	// The next release takes the kept CRD up.
	c.mustHelm(t, "install", name, chart, "--set", "crds.keep=false")
	if got := c.mustKubectl(t, "", "get", "itr", "hiring", "-o", "jsonpath={.metadata.uid}"); got != uid {
		t.Errorf("the tracker is another one: %s, was %s", got, uid)
	}
	c.mustHelm(t, "uninstall", name)
	c.awaitNoDefinition(t)
	if left := c.owned(t); left != "" {
		t.Errorf("without crds.keep, uninstalling leaves\n%s", left)
	}
}

// awaitNoDefinition waits until the definition of trackers is gone: the API server deletes all trackers first.
func (c cluster) awaitNoDefinition(t *testing.T) {
	t.Helper()
	c.mustKubectl(t, "", "wait", "--for=delete", "crd/interviewtrackers.apps.interviewtracker.dev", "--timeout=2m")
}

// owned lists what bears Helm's label.
func (c cluster) owned(t *testing.T) string {
	t.Helper()
	kinds := "crd,clusterroles,clusterrolebindings,validatingadmissionpolicies,validatingadmissionpolicybindings," +
		"roles,rolebindings,deployments,services,serviceaccounts,networkpolicies,poddisruptionbudgets,configmaps,servicemonitors,prometheusrules"
	return c.mustKubectl(t, "", "get", kinds, "-A", "-l", "app.kubernetes.io/managed-by=Helm", "-o", "name")
}

// checkStored checks that the Secret in which Helm stores a release with everything has room.
func checkStored(t *testing.T, c cluster) {
	t.Helper()
	secret := c.mustKubectl(t, "", "-n", system, "get", "secret", "sh.helm.release.v1."+name+".v2", "-o", "json")
	const limit = 1 << 20 // of the data of a Secret; in base64 here
	if len(secret) > limit {
		t.Errorf("the Secret of the release has %d bytes, of %d that Kubernetes allows", len(secret), limit)
	}
}

// Two releases that are limited to namespaces run side by side, and the second can go again.
func TestSideBySide(t *testing.T) {
	c := start(t)
	for _, namespace := range []string{"team-a", "team-b", "operators-a", "operators-b"} {
		c.mustKubectl(t, "", "create", "namespace", namespace)
	}
	install := func(namespace, set string) {
		_, err := helm(t, []string{"KUBECONFIG=" + c.kubeconfig}, "install", name, chart, "--namespace", namespace, "--set", everything+","+set)
		must(t, err)
	}
	install("operators-a", "namespaces={team-a}")
	install("operators-b", "namespaces={team-b},crds.install=false")
	_, err := helm(t, []string{"KUBECONFIG=" + c.kubeconfig}, "uninstall", name, "--namespace", "operators-b")
	must(t, err)
	c.mustKubectl(t, "", "get", "crd/interviewtrackers.apps.interviewtracker.dev",
		"validatingadmissionpolicy/interview-tracker-operator-pods-operators-a", "clusterrole/interview-tracker-operator-metrics-auth-operators-a")
	c.mustKubectl(t, "", "-n", "team-a", "get", "role/"+name)
	if _, err := helm(t, []string{"KUBECONFIG=" + c.kubeconfig}, "install", "another", chart, "--namespace", "operators-a"); err == nil {
		t.Error("a second release in one namespace takes the objects of the first")
	}
}

// Plain kubectl apply, which keeps a copy of each object in an annotation of at most 256 KiB, takes install.yaml,
// and does so again.
func TestKubectlAppliesInstallYAML(t *testing.T) {
	c := start(t)
	file := filepath.Join(root, "dist", "install.yaml")
	c.mustKubectl(t, "", "apply", "-f", file)
	c.applyTracker(t)
	again := c.mustKubectl(t, "", "apply", "-f", file)
	for line := range strings.Lines(again) {
		if !strings.HasSuffix(strings.TrimSpace(line), "unchanged") {
			t.Errorf("the second kubectl apply says %s", line)
		}
	}
	stored := &unstructured.Unstructured{}
	must(t, stored.UnmarshalJSON([]byte(c.mustKubectl(t, "", "get", "crd", "interviewtrackers.apps.interviewtracker.dev", "-o", "json"))))
	const limit = 240_000 // There is room for fields to come.
	if size := len(stored.GetAnnotations()["kubectl.kubernetes.io/last-applied-configuration"]); size == 0 || size > limit {
		t.Errorf("the annotation has %d bytes, want 1 to %d of the 262144 that Kubernetes allows", size, limit)
	}
	// No controller ends the namespace here: what is waited for is the rest.
	c.mustKubectl(t, "", "delete", "-f", file, "--wait=false")
	c.awaitNoDefinition(t)
	if left := c.mustKubectl(t, "", "get", "crd,clusterroles,clusterrolebindings", "-o", "name"); strings.Contains(left, "interview-tracker") {
		t.Errorf("kubectl delete leaves\n%s", left)
	}
}

// Helm takes over what kubectl has installed, as docs/install.md says; trackers stay.
func TestHelmTakesOverFromKubectl(t *testing.T) {
	c := start(t)
	c.mustKubectl(t, "", "apply", "-f", filepath.Join(root, "dist", "install.yaml"))
	c.applyTracker(t)
	uid := c.mustKubectl(t, "", "get", "itr", "hiring", "-o", "jsonpath={.metadata.uid}")
	c.mustHelm(t, "install", name, chart, "--take-ownership", "--force-conflicts")
	c.mustHelm(t, "upgrade", name, chart, "--force-conflicts", "--set", "replicas=2")
	if got := c.mustKubectl(t, "", "get", "itr", "hiring", "-o", "jsonpath={.metadata.uid}"); got != uid {
		t.Errorf("the tracker is another one: %s, was %s", got, uid)
	}
	c.mustHelm(t, "uninstall", name)
	if left := c.owned(t); left != "customresourcedefinition.apiextensions.k8s.io/interviewtrackers.apps.interviewtracker.dev" {
		t.Errorf("uninstalling leaves\n%s", left)
	}
}

// What is committed is what the bases are built to.
func TestInstallYAMLIsConfigDefault(t *testing.T) {
	want := build(t, root+"/config/default")
	if diff := cmp.Diff(want, parse(t, string(read(t, root+"/dist/install.yaml")))); diff != "" {
		t.Errorf("config/default (-) and dist/install.yaml (+) differ: run `make manifests`:\n%s", diff)
	}
}
