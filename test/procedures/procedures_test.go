// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package procedures

import (
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

const levelsSection = "docs/incident-response.md#Levels and channels"

// onAPIServer runs the commands of the sections that need no cluster.
var onAPIServer = map[string]func(*testing.T, Section){
	levelsSection: makesEachSecretKey(map[string]string{
		"slack-url":         "https://hooks.slack.example.com/services/T0/B0/secret\n",
		"smtp-password":     "pass word\n",
		"pagerduty-on-call": "0123456789abcdef0123456789abcdef\n",
		"pagerduty-senior":  "fedcba9876543210fedcba9876543210\n",
	}),
	"docs/incident-response.md#A dead man's switch":                  makesEachSecretKey(map[string]string{"watchdog-url": "https://heartbeat.example.com/1234\n"}),
	"docs/incident-response.md#The status page":                      makesEachSecretKey(nil),
	"docs/incident-response.md#Change who is called":                 changesWhoIsCalled,
	"docs/incident-response.md#Acknowledge and silence":              silences,
	"docs/incident-response.md#Maintenance":                          maintains,
	"docs/maintenance.md#Alerts and their thresholds":                changesThresholds,
	"docs/maintenance.md#Slack, e-mail, PagerDuty, webhooks":         rotatesOneKey,
	"docs/maintenance.md#A certificate of your own for the operator": rotatesCertificate,
	"docs/maintenance.md#Prometheus's token":                         rotatesToken,
}

func TestCommandsOnAnAPIServer(t *testing.T) {
	for name, test := range onAPIServer {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, section(t, name))
		})
	}
}

// Each section with commands is run by a test: here, or on a cluster.
func TestEachCommandIsRun(t *testing.T) {
	var got []string
	for _, s := range read(t) {
		if len(s.Of("sh")) > 0 {
			got = append(got, s.Name)
		}
	}
	want := slices.Concat(OnCluster, slices.Collect(maps.Keys(onAPIServer)))
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("other sections have commands than the tests run (-want +got):\n%s", diff)
	}
}

// Each block is of a language whose blocks are tested.
func TestEachBlockIsTested(t *testing.T) {
	blocks := map[string]int{}
	for _, s := range read(t) {
		for _, block := range s.Blocks {
			blocks[block.Language]++
		}
	}
	// text is a drawing. For json and go see TestStatusPageBridge.
	want := []string{"go", "json", "promql", "sh", "text", "yaml"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(blocks))); diff != "" {
		t.Errorf("languages of the blocks (-want +got):\n%s", diff)
	}
	if blocks["go"] != 1 || blocks["json"] != 1 || blocks["text"] != 1 {
		t.Errorf("blocks by language: %v", blocks)
	}
}

// Variables are set in the section that uses them: one can be copied without the others.
func TestSectionsSetTheirVariables(t *testing.T) {
	word := regexp.MustCompile(`\$\{?([A-Za-z]\w+)|(?:^|\s)([A-Z]+)=|for (\w+) in `)
	for _, s := range read(t) {
		set := map[string]bool{}
		for line := range strings.Lines(strings.Join(s.Of("sh"), "")) {
			for _, match := range word.FindAllStringSubmatch(line, -1) {
				if match[1] == "" {
					set[match[2]+match[3]] = true
				} else if !set[match[1]] {
					t.Errorf("%s uses $%s before it sets it", s.Name, match[1])
				}
			}
		}
	}
}

// The commands for a cluster are at least shell.
func TestCommandsForAClusterAreShell(t *testing.T) {
	for _, name := range OnCluster {
		check := exec.CommandContext(t.Context(), "bash", "-n")
		check.Stdin = strings.NewReader(strings.Join(section(t, name).Of("sh"), ""))
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// The API server accepts each tracker that the pages show.
func TestExamplesAreAccepted(t *testing.T) {
	ns, found := namespace(t), 0
	for _, s := range read(t) {
		for _, example := range s.Of("yaml") {
			found++
			object := tracker(t, ns, example)
			create(t, object)
			if err := kube.Delete(t.Context(), object); err != nil {
				t.Fatal(err)
			}
		}
	}
	if found == 0 {
		t.Error("the pages show no tracker")
	}
}

// makesEachSecretKey runs commands that make a Secret of files, and expects of it every key that
// receivers of the section read of it, and no other, without line breaks.
func makesEachSecretKey(given map[string]string) func(*testing.T, Section) {
	return func(t *testing.T, s Section) {
		ns := namespace(t)
		bash(t, files(t, given), ns, strings.Join(s.Of("sh"), ""))
		var secrets corev1.SecretList
		if err := kube.List(t.Context(), &secrets, client.InNamespace(ns)); err != nil {
			t.Fatal(err)
		}
		if len(secrets.Items) != 1 {
			t.Fatalf("there are %d Secrets", len(secrets.Items))
		}
		made := secrets.Items[0]
		read := map[string]bool{}
		for _, example := range s.Of("yaml") {
			for _, receiver := range tracker(t, ns, example).Spec.Monitoring.Notifications.Receivers {
				if key := receiver.SecretKey(); key != nil && key.Name == made.Name {
					read[key.Key] = true
				}
			}
		}
		if diff := cmp.Diff(slices.Sorted(maps.Keys(read)), slices.Sorted(maps.Keys(made.Data))); diff != "" {
			t.Errorf("keys of Secret %s (-read +made):\n%s", made.Name, diff)
		}
		for key, value := range made.Data {
			if text := string(value); text == "" || strings.TrimSpace(text) != text {
				t.Errorf("the key %s is %q", key, text)
			}
		}
	}
}

func changesWhoIsCalled(t *testing.T, s Section) {
	ns := namespace(t)
	before := levels(t, ns)
	create(t, before)
	bash(t, t.TempDir(), ns, s.Of("sh")[0])
	var after v1alpha1.InterviewTracker
	get(t, ns, "hiring", &after)
	want := before.Spec.DeepCopy()
	want.Monitoring.Notifications.Receivers[4].Email.To = "deputy@company.com"
	if diff := cmp.Diff(want, &after.Spec); diff != "" {
		t.Errorf("the spec (-want +got):\n%s", diff)
	}
}

func maintains(t *testing.T, s Section) {
	ns := namespace(t)
	create(t, levels(t, ns))
	scripts := s.Of("sh")
	bash(t, t.TempDir(), ns, scripts[0])
	var tracker v1alpha1.InterviewTracker
	get(t, ns, "hiring", &tracker)
	if left := time.Until(tracker.Spec.Maintenance.End()); left < 119*time.Minute || left > 121*time.Minute {
		t.Errorf("maintenance ends in %s", left)
	}
	bash(t, t.TempDir(), ns, scripts[1])
	var ended v1alpha1.InterviewTracker
	get(t, ns, "hiring", &ended)
	if ended.Spec.Maintenance != nil {
		t.Errorf("there is still maintenance: %v", ended.Spec.Maintenance)
	}
}

// The thresholds of alerts that the commands don't name stay.
func changesThresholds(t *testing.T, s Section) {
	ns := namespace(t)
	before := levels(t, ns)
	memory := v1alpha1.AlertRule{Name: v1alpha1.AlertHighMemoryUsage, Threshold: "0.8"}
	before.Spec.Monitoring.Alerts = &v1alpha1.AlertsSpec{Rules: []v1alpha1.AlertRule{memory}}
	create(t, before)
	bash(t, t.TempDir(), ns, strings.Join(s.Of("sh"), ""))
	var after v1alpha1.InterviewTracker
	get(t, ns, "hiring", &after)
	want := before.Spec.DeepCopy()
	want.Monitoring.Alerts.Rules = []v1alpha1.AlertRule{
		memory,
		{Name: v1alpha1.AlertHighErrorRate, Threshold: "0.5", For: &metav1.Duration{Duration: 5 * time.Minute}},
		{Name: v1alpha1.AlertHighCPUUsage, Threshold: "90"},
	}
	if diff := cmp.Diff(want, &after.Spec); diff != "" {
		t.Errorf("the spec (-want +got):\n%s", diff)
	}
}

func rotatesOneKey(t *testing.T, s Section) {
	ns := namespace(t)
	create(t, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "hiring-notifications"},
		StringData: map[string]string{"slack-url": "https://old.example.com", "smtp-password": "kept"},
	})
	folder := files(t, map[string]string{"new-credential": "https://new.example.com/ä\"$x\r\n"})
	bash(t, folder, ns, strings.Join(s.Of("sh"), ""))
	var after corev1.Secret
	get(t, ns, "hiring-notifications", &after)
	want := map[string][]byte{"slack-url": []byte("https://new.example.com/ä\"$x"), "smtp-password": []byte("kept")}
	if diff := cmp.Diff(want, after.Data); diff != "" {
		t.Errorf("the Secret (-want +got):\n%s", diff)
	}
	if left, err := filepath.Glob(filepath.Join(folder, "*")); err != nil || len(left) > 0 {
		t.Errorf("files stay: %v, %v", left, err)
	}
}

// operatorNamespace makes the namespace of the operator, whose name the pages have as it is.
func operatorNamespace(t *testing.T) string {
	t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "interview-tracker-system"}}
	if err := client.IgnoreAlreadyExists(kube.Create(t.Context(), ns)); err != nil {
		t.Fatal(err)
	}
	return ns.Name
}

func rotatesCertificate(t *testing.T, s Section) {
	ns := operatorNamespace(t)
	const name = "interview-tracker-operator-metrics-tls"
	create(t, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name},
		Type:       corev1.SecretTypeTLS,
		StringData: map[string]string{"tls.crt": "old", "tls.key": "old", "ca.crt": "old"},
	})
	bash(t, files(t, map[string]string{"tls.crt": "new", "tls.key": "new", "ca.crt": "new"}), ns, strings.Join(s.Of("sh"), ""))
	var after corev1.Secret
	get(t, ns, name, &after)
	if diff := cmp.Diff(map[string][]byte{"tls.crt": []byte("new"), "tls.key": []byte("new"), "ca.crt": []byte("new")}, after.Data); diff != "" {
		t.Errorf("the Secret (-want +got):\n%s", diff)
	}
}

func rotatesToken(t *testing.T, s Section) {
	ns := operatorNamespace(t)
	meta := metav1.ObjectMeta{Namespace: ns, Name: "prometheus"}
	create(t, &corev1.ServiceAccount{ObjectMeta: meta})
	token := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "prometheus-token", Annotations: map[string]string{corev1.ServiceAccountNameKey: meta.Name}},
		Type:       corev1.SecretTypeServiceAccountToken,
	}
	create(t, token)
	bash(t, t.TempDir(), ns, strings.Join(s.Of("sh"), ""))
	var after corev1.Secret
	get(t, ns, token.Name, &after)
	if after.UID == token.UID || after.Type != token.Type || after.Annotations[corev1.ServiceAccountNameKey] != meta.Name {
		t.Errorf("the Secret is %v", after)
	}
}
