// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package admission

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// examples matches the YAML blocks of a page.
var examples = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$")

// Every tracker and every network policy that the documentation shows is admitted, and so is every part
// of a tracker: a block that begins with spec:, whose fields take the place of those of a valid tracker.
func TestExamplesOfDocs(t *testing.T) {
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, page := range append(pages, "../../README.md") {
		content, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(page)
		for _, block := range examples.FindAllStringSubmatch(string(content), -1) {
			if strings.HasPrefix(block[1], " ") {
				t.Errorf("%s: a block begins with a space: write its fields from the top, as they stand in a manifest\n%s", name, block[1])
			}
			for document := range strings.SplitSeq(block[1], "\n---\n") {
				if example := shownBy(t, document); example != nil {
					found[name]++
					if err := kube.Create(t.Context(), example, client.DryRunAll); err != nil {
						t.Errorf("%s: %v\n%s", name, err, document)
					}
				}
			}
		}
	}
	for _, name := range []string{"README.md", "incident-response.md", "monitoring.md", "rollouts.md", "security.md", "telemetry.md"} {
		if found[name] == 0 {
			t.Errorf("%s shows no example: are they written otherwise now?", name)
		}
	}
}

// notified is what a part of a tracker may refer to.
const notified = `
spec:
  monitoring:
    notifications:
      receivers: [{name: people, webhook: {url: {name: hook, key: url}}}]
      escalation: [{name: on-call engineer, receivers: [people]}]
`

// shownBy is the object that an example is, or the tracker that it is a part of; nil if it is neither.
func shownBy(t *testing.T, example string) *unstructured.Unstructured {
	t.Helper()
	isPart := beginsWithSpec.MatchString(example)
	if !isPart && !isWhole.MatchString(example) {
		return nil
	}
	shown := &unstructured.Unstructured{}
	if err := yaml.UnmarshalStrict([]byte(example), &shown.Object); err != nil {
		t.Fatalf("%v\n%s", err, example)
	}
	if !isPart {
		shown.SetNamespace("default")
		return shown
	}
	whole := tracker(t, notified)
	fields, _, err := unstructured.NestedMap(shown.Object, "spec")
	if err != nil {
		t.Fatalf("%v\n%s", err, example)
	}
	for field, value := range fields {
		if err := unstructured.SetNestedField(whole.Object, value, "spec", field); err != nil {
			t.Fatal(err)
		}
	}
	return whole
}

var (
	beginsWithSpec = regexp.MustCompile(`\A(#.*\n)*spec:\n`)
	isWhole        = regexp.MustCompile(`(?m)^kind: (InterviewTracker|NetworkPolicy)$`)
)
