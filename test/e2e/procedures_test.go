//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/test/procedures"
)

// onCluster runs the commands of the sections of docs/incident-response.md and docs/maintenance.md
// that need a cluster.
var onCluster = map[string]func(*testing.T, procedures.Section){
	"docs/incident-response.md#Reach Alertmanager":   reachesAlertmanager,
	"docs/incident-response.md#Run a drill":          drills,
	"docs/incident-response.md#Test a route":         testsARoute,
	"docs/incident-response.md#What a message has":   showsIntervals,
	"docs/maintenance.md#External database or Redis": rotatesExternal,
	"docs/maintenance.md#Health endpoints":           showsHealth,
	"docs/maintenance.md#Managed Redis":              rotatesRedis,
	"docs/maintenance.md#Managed database":           rotatesDatabase,
	"docs/maintenance.md#The operator's certificate": restartsTheOperator,
}

func TestProcedures(t *testing.T) {
	// Not parallel: one of them restarts the operator.
	localOnly(t)
	if diff := cmp.Diff(procedures.OnCluster, slices.Sorted(maps.Keys(onCluster))); diff != "" {
		t.Fatalf("other sections are tested than have commands for a cluster (-want +got):\n%s", diff)
	}
	sections, err := procedures.Read(filepath.Join("..", ".."))
	must(t, err)
	for _, s := range sections {
		if test := onCluster[s.Name]; test != nil {
			t.Run(s.Name, func(t *testing.T) { test(t, s) })
		}
	}
}

// carryOut runs the commands of a section for a namespace, in a folder.
func carryOut(t *testing.T, s procedures.Section, ns, folder string) string {
	t.Helper()
	out, err := shell(t, folder, script(s, ns))
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return out
}

// script has the commands of a section. What they start in the background ends with them: it would
// hold the output open.
func script(s procedures.Section, ns string) string {
	text := strings.ReplaceAll(strings.Join(s.Of("sh"), ""), "NAMESPACE=team", "NAMESPACE="+ns)
	return "trap 'kill $(jobs -p) 2>/dev/null || :' EXIT\n" + text
}

func expectIn(t *testing.T, output string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(output, text) {
			t.Errorf("%q is missing:\n%s", text, output)
		}
	}
}

func reachesAlertmanager(t *testing.T, s procedures.Section) {
	expectIn(t, carryOut(t, s, "team", t.TempDir()), "Cluster Status")
}

// notifying is a tracker whose receiver does not exist.
func notifying(t *testing.T) *v1alpha1.InterviewTracker {
	t.Helper()
	ns := namespace(t)
	must(t, k8s.Create(t.Context(), secret(ns, "webhook", "http://localhost:1/")))
	tracker := create(t, ns, "hiring", func(spec *v1alpha1.InterviewTrackerSpec) {
		monitored(spec)
		spec.Monitoring.Notifications = &v1alpha1.NotificationsSpec{
			Labels:     map[string]v1alpha1.LabelValue{"release": "e2e"},
			Receivers:  []v1alpha1.Receiver{{Name: "webhook", Webhook: &v1alpha1.WebhookReceiver{URL: v1alpha1.SecretKey{Name: "webhook", Key: "url"}}}},
			Escalation: []v1alpha1.EscalationLevel{{Name: "on-call engineer", Receivers: []string{"webhook"}}},
		}
	})
	eventually(t, tracker, "its alerts are not routed", func() bool { return is(tracker, v1alpha1.ConditionNotificationsReady, "True Routed") })
	return tracker
}

func showsIntervals(t *testing.T, s procedures.Section) {
	expectIn(t, carryOut(t, s, notifying(t).Namespace, t.TempDir()), "groupWait: 10s", "groupInterval: 1m", "repeatInterval: 1h")
}

func testsARoute(t *testing.T, s procedures.Section) {
	folder := t.TempDir()
	buildPlugin(t, folder)
	ns := notifying(t).Namespace
	var out string
	// Alertmanager reads its configuration a while after the object has been written.
	awaitWithin(t, loadTimeout, "the test reaches no receiver", func() bool {
		var err error
		out, err = shell(t, folder, script(s, ns))
		return err == nil
	})
	expectIn(t, out, "critical", "warning", "webhook")
}

// The drill is an outage, and ends without a trace.
func drills(t *testing.T, s procedures.Section) {
	tracker := create(t, namespace(t), "hiring", nil)
	ready(t, tracker)
	sql(t, tracker.Namespace, "hiring-database-0", "create table notes (note text); insert into notes values ('kept')")
	expectIn(t, carryOut(t, s, tracker.Namespace, t.TempDir()), "condition met")
	emitted(t, tracker, "DatabaseUnhealthy", "")
	if got := sql(t, tracker.Namespace, "hiring-database-0", "select note from notes"); got != "kept" {
		t.Errorf("the database has %q", got)
	}
}

func showsHealth(t *testing.T, s procedures.Section) {
	tracker := create(t, namespace(t), "hiring", nil)
	ready(t, tracker)
	expectIn(t, carryOut(t, s, tracker.Namespace, t.TempDir()), "health/live: {", "health/ready: {", `"dependencies"`, "frontend: healthy")
}

// The API uses the new user when the commands have ended.
func rotatesExternal(t *testing.T, s procedures.Section) {
	ns := namespace(t)
	admitAll(t, ns)
	other := create(t, ns, "other", nil)
	ready(t, other)
	credentials := fetch(t, other, "other-database-credentials", &corev1.Secret{})
	url := string(credentials.Data["url"])
	must(t, k8s.Create(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "hiring-postgres"},
		StringData: map[string]string{"DATABASE_URL": url},
	}))
	tracker := create(t, ns, "hiring", func(spec *v1alpha1.InterviewTrackerSpec) {
		spec.Database = external("hiring-postgres")
		spec.Database.External.SecretKeyRef.Key = "DATABASE_URL"
	})
	ready(t, tracker)
	sql(t, ns, "other-database-0", "create role rotated superuser login password 'rotated'")
	folder := t.TempDir()
	rotated := strings.Replace(url, "postgres:"+string(credentials.Data["password"])+"@", "rotated:rotated@", 1)
	must(t, os.WriteFile(filepath.Join(folder, "new-url"), []byte(rotated+"\n"), 0o600))
	carryOut(t, s, ns, folder)
	ready(t, tracker)
	if got := sql(t, ns, "other-database-0", "select count(*) > 0 from pg_stat_activity where usename = 'rotated'"); got != "t" {
		t.Error("the API does not use the new user")
	}
}

// The database has its data, the new password opens it, and the old one does not.
func rotatesDatabase(t *testing.T, s procedures.Section) {
	tracker := create(t, namespace(t), "hiring", nil)
	ready(t, tracker)
	const name, pod = "hiring-database-credentials", "hiring-database-0"
	before := fetch(t, tracker, name, &corev1.Secret{})
	sql(t, tracker.Namespace, pod, "create table notes (note text); insert into notes values ('kept')")
	carryOut(t, s, tracker.Namespace, t.TempDir())
	ready(t, tracker)
	if got := sql(t, tracker.Namespace, pod, "select note from notes"); got != "kept" {
		t.Errorf("the database has %q", got)
	}
	after := fetch(t, tracker, name, &corev1.Secret{})
	if after.Immutable == nil || !*after.Immutable {
		t.Error("the credentials are not immutable any more")
	}
	opens := func(credentials *corev1.Secret) bool {
		address := fetch(t, tracker, pod, &corev1.Pod{}).Status.PodIP
		_, err := kubectl("-n", tracker.Namespace, "exec", pod, "--", "env", "PGPASSWORD="+string(credentials.Data["password"]),
			"psql", "-h", address, "-U", "postgres", "-d", "interview_tracker", "-c", "select 1")
		return err == nil
	}
	if opens(before) || !opens(after) {
		t.Errorf("the old password opens the database: %t; the new one: %t", opens(before), opens(after))
	}
}

func rotatesRedis(t *testing.T, s procedures.Section) {
	tracker := create(t, namespace(t), "hiring", nil)
	ready(t, tracker)
	before := fetch(t, tracker, "hiring-redis-credentials", &corev1.Secret{})
	carryOut(t, s, tracker.Namespace, t.TempDir())
	ready(t, tracker)
	if after := fetch(t, tracker, before.Name, &corev1.Secret{}); string(after.Data["password"]) == string(before.Data["password"]) {
		t.Error("the password is the old one")
	}
}

func restartsTheOperator(t *testing.T, s procedures.Section) {
	carryOut(t, s, "team", t.TempDir())
	if out, err := kubectl(operatorRollout...); err != nil {
		t.Errorf("the operator: %v\n%s", err, out)
	}
}
