// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package diff

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// object reads an object, nil from an empty text.
func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	if text == "" {
		return nil
	}
	parsed, err := parse([]byte(text))
	must(t, err)
	return parsed
}

func TestEffects(t *testing.T) {
	workload := func(kind, replicas, image string) string {
		return "{apiVersion: apps/v1, kind: " + kind + ", metadata: {name: a}, spec: {" + replicas +
			"template: {metadata: {labels: {version: " + image + "}}, spec: {containers: [{name: api, image: " + image + "}]}}}}"
	}
	containers := func(container string) string {
		return "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {template: {spec: {containers: [" + container + "]}}}}"
	}
	for name, test := range map[string]struct{ before, after, want string }{
		"another image": {
			workload("Deployment", "replicas: 3, ", "a"), workload("Deployment", "replicas: 3, ", "b"),
			"Deployment/a: its 3 pods would be replaced, because of spec.containers[api].image (a → b), metadata.labels.version (a → b)",
		},
		"another image and one more": {
			workload("Deployment", "replicas: 3, ", "a"), workload("Deployment", "replicas: 4, ", "b"),
			"Deployment/a: its 3 pods would be replaced, because of spec.containers[api].image (a → b), metadata.labels.version (a → b)",
		},
		"a single pod": {
			workload("StatefulSet", "", "a"), workload("StatefulSet", "", "b"),
			"StatefulSet/a: its pod would be replaced, because of spec.containers[api].image (a → b), metadata.labels.version (a → b)",
		},
		"what follows from a version": {
			containers("{name: api, args: [a], env: [{name: VERSION, value: a}], image: a}"),
			containers("{name: api, args: [b], env: [{name: VERSION, value: b}], image: b}"),
			"Deployment/a: its pod would be replaced, because of spec.containers[api].image (a → b), spec.containers[api].args, spec.containers[api].env[VERSION].value (a → b)",
		},
		"no pods":      {workload("Deployment", "replicas: 0, ", "a"), workload("Deployment", "replicas: 0, ", "b"), ""},
		"one more":     {workload("Deployment", "replicas: 2, ", "a"), workload("Deployment", "replicas: 3, ", "a"), "Deployment/a: 3 instead of 2 pods, none of which would be replaced"},
		"one less":     {workload("Deployment", "replicas: 2, ", "a"), workload("Deployment", "replicas: 1, ", "a"), "Deployment/a: 1 of its 2 pods would be deleted"},
		"nothing":      {workload("Deployment", "replicas: 2, ", "a"), workload("Deployment", "replicas: 2, ", "a"), ""},
		"deleted":      {workload("StatefulSet", "", "a"), "", "StatefulSet/a: its pod would be deleted"},
		"created":      {"", workload("Deployment", "", "a"), ""},
		"a new Job":    {"", workload("Job", "", "a"), "Job/a would run"},
		"another kind": {workload("CronJob", "", "a"), workload("CronJob", "", "b"), ""},
	} {
		got := ""
		if effect := (change{object(t, test.before), object(t, test.after)}).effect(); effect != nil {
			got = effect.Message
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestActions(t *testing.T) {
	one := object(t, "{apiVersion: v1, kind: Service, metadata: {name: a}}")
	other := object(t, "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: NodePort}}")
	for want, c := range map[Action]change{
		ActionCreate: {nil, one}, ActionChange: {one, other}, ActionDelete: {one, nil},
	} {
		if data := dataOf([]*preview{{tracker: change{one, one}, objects: []change{c}}}); data.Items[0].Changes[0].Action != want {
			t.Errorf("got %v, want %s", data, want)
		}
	}
}

func TestChangedFields(t *testing.T) {
	for name, test := range map[string]struct{ before, after, want string }{
		"by name":          {"[{name: a, x: 1}, {name: b, x: 1}]", "[{name: b, x: 2}, {name: a, x: 1}]", "[b].x (1 → 2)"},
		"new":              {"{a: 1}", "{a: 1, b: 2}", "b, which is new"},
		"goes":             {"{a: 1, b: {c: 2}}", "{a: 1}", "b, which goes"},
		"without names":    {"{a: [1]}", "{a: [1, 2]}", "a"},
		"long":             {"{a: x}", "{a: " + strings.Repeat("y", 200) + "}", "a"},
		"several":          {"{a: 1, b: {c: 1, d: 1}}", "{a: 2, b: {c: 2, d: 1}}", "a (1 → 2), b.c (1 → 2)"},
		"of another shape": {"{a: 1}", "{a: {b: 1}}", "a"},
	} {
		var before, after any
		must(t, yaml.Unmarshal([]byte(test.before), &before))
		must(t, yaml.Unmarshal([]byte(test.after), &after))
		if got := strings.Join(changed(before, after, ""), ", "); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// No value of a Secret is shown, only which of them differ.
func TestSecretsAreMasked(t *testing.T) {
	secret := func(data string) *unstructured.Unstructured {
		return object(t, `{apiVersion: v1, kind: Secret, metadata: {name: a, annotations: {kubectl.kubernetes.io/last-applied-configuration: c2VjcmV0}}, data: {`+data+`}}`)
	}
	for name, test := range map[string]struct {
		before, after *unstructured.Unstructured
		want          []string
	}{
		"changed":  {secret("a: c2VjcmV0, b: c2VjcmV0"), secret("a: c2VjcmV0Mg==, b: c2VjcmV0"), []string{"-  a: '*** (before)'", "+  a: '*** (after)'", "   b: '***'"}},
		"new key":  {secret("a: c2VjcmV0"), secret("a: c2VjcmV0, b: c2VjcmV0Mg=="), []string{"   a: '***'", "+  b: '***'"}},
		"key goes": {secret("a: c2VjcmV0, b: c2VjcmV0Mg=="), secret("a: c2VjcmV0"), []string{"-  b: '***'"}},
		"new":      {nil, secret("a: c2VjcmV0"), []string{"+  a: '***'"}},
		"deleted":  {secret("a: c2VjcmV0"), nil, []string{"-  a: '***'"}},
	} {
		got := change{test.before, test.after}.diff()
		for _, line := range test.want {
			if !strings.Contains(got, line+"\n") {
				t.Errorf("%s: no %q in\n%s", name, line, got)
			}
		}
		if strings.Contains(got, "c2VjcmV0") {
			t.Errorf("%s: it shows a value:\n%s", name, got)
		}
	}
	if got := (change{secret("a: c2VjcmV0"), secret("a: c2VjcmV0")}).diff(); got != "" {
		t.Errorf("the same differs:\n%s", got)
	}
}

// What the API server sets, and the hash of the rest, is no difference.
func TestHiddenFields(t *testing.T) {
	before := `{apiVersion: v1, kind: Service, metadata: {name: a, uid: x, resourceVersion: "1", generation: 1,
		ownerReferences: [{uid: x, name: hiring}], annotations: {apps.interviewtracker.dev/intent: a}, managedFields: [{manager: a}]}, status: {a: b}}`
	after := `{apiVersion: v1, kind: Service, metadata: {name: a, ownerReferences: [{uid: y, name: hiring}]}}`
	if got := (change{object(t, before), object(t, after)}).diff(); got != "" {
		t.Errorf("it shows\n%s", got)
	}
}

// A terminal obeys nothing that is in an object.
func TestVisible(t *testing.T) {
	if got := visible("a\x1b[31mb\u202ec\td é"); got != "a\uFFFD[31mb\uFFFDc\td é" {
		t.Errorf("%q", got)
	}
}

func TestRead(t *testing.T) {
	const tracker = "apiVersion: apps.interviewtracker.dev/v1alpha1\nkind: InterviewTracker\nmetadata: {name: hiring, resourceVersion: '1'}\nstatus: {}\n"
	trackers, others, err := read(strings.NewReader("# A comment\n---\n"+tracker+"---\napiVersion: v1\nkind: Secret\nmetadata: {name: a}\n"), "people", "")
	must(t, err)
	if len(trackers) != 1 || trackers[0].GetNamespace() != "people" || trackers[0].GetResourceVersion() != "" || trackers[0].Object["status"] != nil {
		t.Errorf("read %v", trackers)
	}
	if len(others) != 1 || others[0] != "Secret a" {
		t.Errorf("others: %q", others)
	}
	for text, want := range map[string]string{
		"":                                   "no InterviewTracker",
		"a: [":                               "reading the input",
		tracker + "kind: InterviewTracker\n": "already set",
		strings.Replace(tracker, "name: hiring", "name: ''", 1):                   "no name",
		strings.Replace(tracker, "name: hiring", "name: hiring, namespace: x", 1): "is of namespace x, and -n says people",
	} {
		if _, _, err := read(strings.NewReader(text), "people", "people"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
