// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/test/apiserver"
)

// other is a tracker of an operator of another version: with fields, conditions and reasons that this version does not
// know, and fields of another form.
const other = `
apiVersion: apps.interviewtracker.dev/v1alpha1
kind: InterviewTracker
metadata: {namespace: default, name: other}
spec: {version: "1.0.0", api: large, redis: none, monitoring: basic, migrations: always, sharding: {shards: 3}}
status:
  observedGeneration: 1
  inventory: {apps: 3}
  conditions:
  - {type: Ready, status: "False", reason: Resharding, message: shard 2 moves, lastTransitionTime: "2026-01-02T03:04:05Z", cause: x}
  - {type: ShardsBalanced, status: "False", reason: Uneven, message: shard 2 is full, lastTransitionTime: "2026-01-02T03:04:05Z"}
  - {type: MigrationsComplete, status: "False", reason: Failed, message: Job x failed, lastTransitionTime: "2026-01-02T03:04:05Z"}
`

// change changes the CustomResourceDefinition of trackers, and waits until something holds.
func (c *cluster) change(t *testing.T, change func(*apiextensionsv1.CustomResourceDefinition), holds func() bool) {
	t.Helper()
	definition := &apiextensionsv1.CustomResourceDefinition{}
	if err := c.Get(t.Context(), client.ObjectKey{Name: "interviewtrackers.apps.interviewtracker.dev"}, definition); err != nil {
		t.Fatal(err)
	}
	change(definition)
	if err := c.Update(t.Context(), definition); err != nil {
		t.Fatal(err)
	}
	apiserver.Await(t, "the CustomResourceDefinition is not in use", holds)
}

// testOtherVersions changes the CustomResourceDefinition: it comes last.
func (c *cluster) testOtherVersions(t *testing.T) {
	tracker := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(other), &tracker.Object); err != nil {
		t.Fatal(err)
	}
	status := tracker.Object["status"]
	c.change(t, func(d *apiextensionsv1.CustomResourceDefinition) {
		d.Spec.Versions[0].Subresources.Scale = nil // It wants spec.api to be what it is.
		anything := apiextensionsv1.JSONSchemaProps{Type: "object", XPreserveUnknownFields: new(true)}
		d.Spec.Versions[0].Schema.OpenAPIV3Schema = &apiextensionsv1.JSONSchemaProps{
			Type: "object", Properties: map[string]apiextensionsv1.JSONSchemaProps{"spec": anything, "status": anything},
		}
	}, func() bool { return c.Create(t.Context(), tracker.DeepCopy(), client.DryRunAll) == nil })
	reported := tracker.DeepCopy()
	reported.SetName("reported")
	reported.Object["spec"] = map[string]any{"version": "0.9.0"}
	files := map[string]string{}
	for _, object := range []*unstructured.Unstructured{tracker, reported} {
		if err := c.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
		object.Object["status"] = status
		if err := c.Status().Update(t.Context(), object); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "tracker.yaml")
		content := strings.Replace(minimal, "name: hiring", "name: "+object.GetName()+", namespace: default", 1)
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		files[object.GetName()] = file
	}

	// What a command needs is read, and what it can't read is said; nothing is guessed.
	for _, test := range []struct {
		args string
		code int
		says []string // on either stream
	}{
		{"status other", 0, []string{
			"Ready is False: Resharding", "does not know the reason Resharding", "! ShardsBalanced is False: Uneven", "what the condition ShardsBalanced means",
			"spec.api: it has another form", "status.inventory: it has another form",
		}},
		{"status -A", 0, []string{"default    other "}},
		{"status other -o json", 0, []string{`"reason": "Resharding"`}},
		{"wait other --for=ready --timeout=0", 1, []string{"Ready is False (Resharding): shard 2 moves"}},
		{"restart other", 0, []string{"interviewtracker/other restarts\n"}},
		{"restart other --component=redis", 1, []string{"error: spec.redis of InterviewTracker default/other has another form"}},
		{"retry-migrations other", 0, []string{"interviewtracker/other retries its migrations\n"}},
		{"suspend other", 0, []string{"interviewtracker/other is suspended\n"}},
		{"resume other", 0, []string{"interviewtracker/other is not suspended\n"}},
		{"scale other --component=frontend --replicas=2", 0, []string{"spec.frontend.replicas is 2, and was 1\n"}},
		{"scale other --component=api --replicas=2", 1, []string{"error: spec.api of InterviewTracker default/other has another form"}},
		{"page-test other", 1, []string{"error: spec.monitoring of InterviewTracker default/other has another form"}},
		{"diff -f " + files["other"], 2, []string{"spec.api of InterviewTracker default/other has another form"}},
		{"diff -f " + files["reported"], 1, []string{"+  version: 1.0.0\n", "# InterviewTracker/reported: status.inventory has another form than this version can read"}},
		{"events other", 0, []string{"no events of InterviewTracker other in namespace default\n"}},
		{"logs other", 1, []string{"error: InterviewTracker default/other has no pods"}},
		{"open other --no-browser", 1, []string{"no pod of the frontend is ready"}},
		{"report other --output-file -", 0, []string{"are in errors.txt"}},
		{"doctor other", 1, []string{"this plugin can't read spec.api, ", "Ready is False (Resharding): shard 2 moves", "is older than this plugin: it lacks"}},
		{"__complete status", 0, []string{"other\n"}},
	} {
		c.says(t, test.args, test.code, test.says)
	}

	c.change(t, func(d *apiextensionsv1.CustomResourceDefinition) {
		next := *d.Spec.Versions[0].DeepCopy()
		next.Name, next.Storage = "v2", false
		d.Spec.Versions[0].Served = false
		d.Spec.Versions = append(d.Spec.Versions, next)
	}, func() bool { return c.Get(t.Context(), client.ObjectKeyFromObject(tracker), tracker.DeepCopy()) != nil })
	for _, args := range []string{
		"status other", "status", "wait other --for=ready --timeout=0", "restart other", "retry-migrations other", "suspend other", "resume other",
		"scale other --component=api --replicas=2", "page-test other", "events other", "events", "logs other", "open other", "open", "report other --output-file -",
	} {
		c.says(t, args, 1, []string{"has another version of the API than the v1alpha1 of this plugin (see kubectl api-resources --api-group=apps.interviewtracker.dev)"})
	}
	c.says(t, "doctor other", 1, []string{"FAIL  CustomResourceDefinition: this plugin knows version v1alpha1 of InterviewTrackers, the cluster serves v2"})
}

// says runs a command line, and checks some of what it prints.
func (c *cluster) says(t *testing.T, args string, code int, want []string) {
	t.Helper()
	split := strings.Fields(args)
	if split[0] == "__complete" {
		split = append([]string{"__complete", "--kubeconfig", c.kubeconfig}, append(split[1:], "")...)
	}
	got, stdout, stderr := c.run(t.Context(), split...)
	for _, text := range want {
		if got != code || !strings.Contains(stdout+stderr, text) {
			t.Errorf("%s: code %d, want %d, and %q in\n%s%s", args, got, code, text, stdout, stderr)
		}
	}
}
