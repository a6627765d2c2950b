//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// The commands of docs/recovery.md take the data of a database along, there and back.
func TestChangingOverWithTheData(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	admitAll(t, ns)
	other := create(t, ns, "other", nil)
	tracker := create(t, ns, "hiring", nil)
	ready(t, other)
	ready(t, tracker)
	url := string(fetch(t, other, "other-database-credentials", &corev1.Secret{}).Data["url"])
	must(t, k8s.Create(t.Context(), secret(ns, "hiring-postgres", url)))
	sql(t, ns, "hiring-database-0", "create table notes (note text); insert into notes values ('kept')")

	follow(t, ns, "From managed to external")
	if got := sql(t, ns, "other-database-0", "select note from notes"); got != "kept" {
		t.Errorf("the other database has %q", got)
	}
	if exists(t, tracker, "hiring-database", &appsv1.StatefulSet{}) || exists(t, tracker, "data-hiring-database-0", &corev1.PersistentVolumeClaim{}) {
		t.Error("something is left of the managed database")
	}
	emitted(t, tracker, "DataKept", "PersistentVolumeClaim data-hiring-database-0")
	ready(t, tracker)

	sql(t, ns, "other-database-0", "update notes set note = 'changed'")
	follow(t, ns, "From external to managed")
	if got := sql(t, ns, "hiring-database-0", "select note from notes"); got != "changed" {
		t.Errorf("the managed database has %q", got)
	}
	ready(t, tracker)
}

// With a URL that is wrong, the former database serves, and is there for the way back.
func TestChangingOverToAWrongURL(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	tracker := create(t, ns, "hiring", nil)
	ready(t, tracker)
	uid := func() types.UID { return fetch(t, tracker, "hiring-database", &appsv1.StatefulSet{}).UID }
	before := uid()
	must(t, k8s.Create(t.Context(), secret(ns, "wrong", "postgres://postgres:x@nowhere.invalid:5432/db")))
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Database = external("wrong") })
	eventually(t, tracker, "it is not said that the former database stays", func() bool {
		return !is(tracker, "Ready", "True Ready") && strings.Contains(describe(tracker), "StatefulSet hiring-database, stays until")
	})
	responds(t, tracker, v1alpha1.ComponentAPI, "/positions", "")
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Database = nil })
	ready(t, tracker)
	if after := uid(); after != before {
		t.Errorf("the StatefulSet was %s, and is %s", before, after)
	}
}

// A restart that a change of the spec causes is announced, and reported as planned.
func TestPlannedRestart(t *testing.T) {
	t.Parallel()
	tracker := create(t, namespace(t), "hiring", nil)
	ready(t, tracker)
	seen := watch(t, tracker, v1alpha1.ConditionReady)
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.Database = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{Resources: &v1alpha1.ResourcesSpec{}}}
	})
	eventually(t, tracker, "the restart is not reported", func() bool {
		return slices.ContainsFunc(seen(), func(c metav1.Condition) bool { return c.Reason == v1alpha1.ReasonRestarting })
	})
	ready(t, tracker)
	emitted(t, tracker, "Restarting", "planned: resources changed")
	if bad := events(t, tracker, "DatabaseUnhealthy"); len(bad) > 0 {
		t.Errorf("it reads like an outage: %q", bad)
	}
}

// sql runs a statement in a managed database.
func sql(t *testing.T, ns, pod, statement string) string {
	t.Helper()
	out, err := kubectl("-n", ns, "exec", pod, "--", "psql", "-U", "postgres", "-d", "interview_tracker", "-qtA", "-c", statement)
	if err != nil {
		t.Fatalf("%s: %v: %s", statement, err, out)
	}
	return strings.TrimSpace(out)
}

// follow runs the commands of a section of docs/recovery.md, for a namespace.
func follow(t *testing.T, ns, section string) {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "recovery.md"))
	must(t, err)
	_, text, _ := strings.Cut(string(page), "\n### "+section+"\n")
	text, _, _ = strings.Cut(text, "\n##")
	var script strings.Builder
	for _, block := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
		script.WriteString(block[1])
	}
	program, err := kubectlPath()
	must(t, err)
	bash := exec.CommandContext(t.Context(), "bash", "-euxo", "pipefail", "-c", strings.Replace(script.String(), "NAMESPACE=team", "NAMESPACE="+ns, 1))
	bash.Dir = t.TempDir()
	bash.Env = append(os.Environ(), "PATH="+filepath.Dir(program)+":"+os.Getenv("PATH"))
	if out, err := bash.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", section, err, out)
	}
}
