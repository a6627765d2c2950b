//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package install tests each way to install the operator on the local cluster, by the commands that
// docs/install.md gives, from a state without it: hack/test-install.sh prepares the cluster.
package install

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	root     = "../.."
	previous = root + "/bin/previous" // the source of the previous release
	operator = "interview-tracker-operator"
	system   = "interview-tracker-system"
	chart    = "charts/" + operator
	trackers = "install-test" // the namespace of the trackers

	crd = "customresourcedefinition.apiextensions.k8s.io/interviewtrackers.apps.interviewtracker.dev"
)

// way is a way to install the operator. Each step is a command, in the repository's root.
type way struct {
	name      string
	install   func(t *testing.T) // this checkout
	downgrade func(t *testing.T) // to the previous release, as a user comes from it
	upgrade   func(t *testing.T) // to this checkout
	rollBack  func(t *testing.T) // to the previous release
	uninstall func(t *testing.T)

	// leaves is what uninstalling leaves of the cluster's own objects.
	leaves []string
	// trackersStay says that trackers run on without an operator, as their kind is kept.
	trackersStay bool
}

func TestWaysToInstall(t *testing.T) {
	former := formerManifests(t)
	for _, w := range []way{
		{
			name:      "install.yaml",
			install:   func(t *testing.T) { run(t, "kubectl", "apply", "-f", "dist/install.yaml") },
			downgrade: func(t *testing.T) { run(t, "kubectl", "apply", "-f", former) },
			upgrade:   func(t *testing.T) { run(t, "kubectl", "apply", "-f", "dist/install.yaml") },
			rollBack:  func(t *testing.T) { run(t, "kubectl", "apply", "-f", former) },
			uninstall: func(t *testing.T) { run(t, "kubectl", "delete", "-f", "dist/install.yaml", "--ignore-not-found") },
		},
		byHelm(t, "Helm"),
		byHelm(t, "Helm, for one namespace", "--set", "namespaces={"+trackers+"},metrics.enabled=false"),
	} {
		t.Run(w.name, func(t *testing.T) { w.test(t) })
	}
}

// byHelm is the way of the chart, with these values.
func byHelm(t *testing.T, name string, values ...string) way {
	t.Helper()
	helm := helmPath(t)
	formerChart := filepath.Join("bin", "previous", chart)
	if _, err := os.Stat(filepath.Join(root, formerChart)); err != nil {
		formerChart = chart // of a release without one: its operator runs with this one's manifests
	}
	do := func(arguments ...string) func(t *testing.T) {
		return func(t *testing.T) { run(t, helm, append(arguments, "--namespace", system)...) }
	}
	with := func(arguments ...string) []string { return slices.Concat(arguments, values) }
	return way{
		name:         name,
		install:      do(with("install", operator, chart, "--create-namespace")...),
		downgrade:    do(with("upgrade", operator, formerChart, "--set", "image.tag=previous")...),
		upgrade:      do(with("upgrade", operator, chart)...),
		rollBack:     do("rollback", operator),
		uninstall:    do("uninstall", operator),
		leaves:       []string{crd, "namespace/" + system, "lease.coordination.k8s.io/" + operator},
		trackersStay: true,
	}
}

func (w way) test(t *testing.T) {
	if found := installed(t); len(found) > 0 {
		t.Fatalf("the cluster is not without the operator: it has %v; run 'make cluster-down' first", found)
	}
	t.Cleanup(func() { cleanUp(t) })
	run(t, "kubectl", "create", "namespace", trackers)
	w.install(t)
	waitForOperator(t, "dev")
	create(t, "first")
	waitUntilReady(t, "first")

	w.downgrade(t)
	waitForOperator(t, "previous")
	create(t, "second")
	waitUntilReady(t, "second")
	reconciled(t, "first")
	before := pods(t)

	w.upgrade(t)
	waitForOperator(t, "dev")
	reconciled(t, "first", "second")
	unchanged(t, "the upgrade", before)

	w.rollBack(t)
	waitForOperator(t, "previous")
	reconciled(t, "first", "second")
	unchanged(t, "rolling back", before)

	w.uninstall(t)
	if left := installed(t); !slices.Equal(left, w.leaves) {
		t.Errorf("uninstalling leaves %v, want %v", left, w.leaves)
	}
	if w.trackersStay {
		unchanged(t, "uninstalling", before)
		return
	}
	// The volumes of databases and their passwords stay, and nothing else of a tracker.
	run(t, "kubectl", "-n", trackers, "wait", "--for=delete", "pod", "--all", "--timeout=2m")
	owned := "deployments,statefulsets,replicasets,services,serviceaccounts,configmaps,networkpolicies,poddisruptionbudgets,jobs,secrets,pvc"
	left := lines(run(t, "kubectl", "-n", trackers, "get", owned, "-l", "apps.interviewtracker.dev/tracker", "-o", "name"))
	want := []string{
		"persistentvolumeclaim/data-first-database-0", "persistentvolumeclaim/data-second-database-0",
		"persistentvolumeclaim/data-first-redis-0", "persistentvolumeclaim/data-second-redis-0",
		"secret/first-database-credentials", "secret/second-database-credentials",
		"secret/first-redis-credentials", "secret/second-redis-credentials",
	}
	slices.Sort(want)
	if slices.Sort(left); !slices.Equal(left, want) {
		t.Errorf("of the trackers stay %v, want %v", left, want)
	}
}

// installed lists what the cluster has of an operator outside of other namespaces than its own.
func installed(t *testing.T) []string {
	t.Helper()
	kinds := "crd,clusterroles,clusterrolebindings,validatingadmissionpolicies,validatingadmissionpolicybindings,namespaces"
	all := lines(run(t, "kubectl", "get", kinds, "-o", "name"))
	all = slices.DeleteFunc(all, func(name string) bool {
		return !strings.Contains(name, "interview-tracker") && !strings.Contains(name, "interviewtracker")
	})
	if slices.Contains(all, "namespace/"+system) {
		own := "deployments,services,serviceaccounts,roles,rolebindings,networkpolicies,poddisruptionbudgets,configmaps,secrets,leases"
		for _, name := range lines(run(t, "kubectl", "-n", system, "get", own, "-o", "name")) {
			if name != "serviceaccount/default" && name != "configmap/kube-root-ca.crt" {
				all = append(all, name)
			}
		}
	}
	return all
}

// cleanUp removes what a way leaves, so that the next one starts without it.
func cleanUp(t *testing.T) {
	run(t, "kubectl", "delete", "--ignore-not-found", crd, "namespace/"+trackers, "namespace/"+system)
	for _, kind := range []string{"clusterrole", "clusterrolebinding"} {
		for _, name := range installed(t) {
			if strings.HasPrefix(name, kind+".") {
				run(t, "kubectl", "delete", name)
			}
		}
	}
}

// formerManifests writes what the previous release installs, with the image of its operator.
func formerManifests(t *testing.T) string {
	t.Helper()
	overlay := filepath.Join(root, "bin", "previous-install")
	must(t, os.MkdirAll(overlay, 0o755))
	kustomization := "resources: [../previous/config/default]\nimages: [{name: interview-tracker-operator, newTag: previous}]\n"
	must(t, os.WriteFile(filepath.Join(overlay, "kustomization.yaml"), []byte(kustomization), 0o600))
	file := filepath.Join(t.TempDir(), "install.yaml")
	must(t, os.WriteFile(file, []byte(run(t, "kubectl", "kustomize", "bin/previous-install")), 0o600))
	return file
}

// helmPath is Helm, of the version that test/helm pins.
func helmPath(t *testing.T) string {
	t.Helper()
	build := exec.CommandContext(t.Context(), "go", "tool", "-n", "helm")
	build.Dir = filepath.Join(root, "test", "helm")
	path, err := build.Output()
	if err != nil {
		t.Fatalf("building helm: %v", err)
	}
	return strings.TrimSpace(string(path))
}

// waitForOperator waits until only an operator of that tag runs, and it works.
func waitForOperator(t *testing.T, tag string) {
	t.Helper()
	run(t, "kubectl", "-n", system, "rollout", "status", "deployment/"+operator, "--timeout=2m")
	image := run(t, "kubectl", "-n", system, "get", "deployment", operator, "-o", "jsonpath={.spec.template.spec.containers[0].image}")
	if want := operator + ":" + tag; image != want {
		t.Fatalf("the operator is %s, want %s", image, want)
	}
}

// create creates a tracker with managed dependencies, which requests little CPU.
func create(t *testing.T, name string) {
	t.Helper()
	little := `{resources: {requests: {cpu: 10m}}}`
	manifest := fmt.Sprintf(`
apiVersion: apps.interviewtracker.dev/v1alpha1
kind: InterviewTracker
metadata: {namespace: %s, name: %s}
spec: {version: "1.0.0", api: %s, frontend: %s, database: {managed: %s}, redis: {managed: %s}}
`, trackers, name, little, little, little, little)
	file := filepath.Join(t.TempDir(), name+".yaml")
	must(t, os.WriteFile(file, []byte(manifest), 0o600))
	run(t, "kubectl", "apply", "-f", file)
}

func waitUntilReady(t *testing.T, name string) {
	t.Helper()
	run(t, "kubectl", "-n", trackers, "wait", "interviewtracker/"+name, "--for=condition=Ready", "--timeout=3m")
}

// reconciled makes the running operator reconcile trackers, and waits for it: the change is one of how often it
// asks, and of nothing that runs.
func reconciled(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		tracker := []string{"-n", trackers, "get", "interviewtracker", name, "-o"}
		interval := "20s"
		if run(t, "kubectl", append(tracker, "jsonpath={.spec.health.interval}")...) == interval {
			interval = "21s"
		}
		run(t, "kubectl", "-n", trackers, "patch", "interviewtracker", name, "--type=merge", "-p", `{"spec":{"health":{"interval":"`+interval+`"}}}`)
		generation := run(t, "kubectl", append(tracker, "jsonpath={.metadata.generation}")...)
		run(t, "kubectl", "-n", trackers, "wait", "interviewtracker/"+name, "--for=jsonpath={.status.observedGeneration}="+generation, "--timeout=1m")
		waitUntilReady(t, name)
	}
}

// pods are the pods of the trackers, each with its UID and how often its containers have restarted.
func pods(t *testing.T) []string {
	t.Helper()
	all := lines(run(t, "kubectl", "-n", trackers, "get", "pods", "--sort-by=.metadata.name", "-o",
		`jsonpath={range .items[*]}{.metadata.name} {.metadata.uid} {.status.containerStatuses[*].restartCount}{"\n"}{end}`))
	if len(all) == 0 {
		t.Fatal("there are no pods")
	}
	return all
}

func unchanged(t *testing.T, by string, before []string) {
	t.Helper()
	if after := pods(t); !slices.Equal(before, after) {
		t.Errorf("%s changes the pods of trackers from\n%s\nto\n%s", by, strings.Join(before, "\n"), strings.Join(after, "\n"))
	}
}

// run runs a command in the repository's root, and returns what it prints.
func run(t *testing.T, name string, arguments ...string) string {
	t.Helper()
	// Not the context of the test, which has ended when what it leaves is removed.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 5*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, name, arguments...)
	command.Dir = root
	var complaints strings.Builder
	command.Stderr = &complaints
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(append([]string{filepath.Base(name)}, arguments...), " "), err, out, complaints.String())
	}
	return string(out)
}

func lines(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
