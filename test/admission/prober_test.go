// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package admission

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// The policy of docs/monitoring.md leaves authors of trackers no choice of the prober.
func TestProberPolicy(t *testing.T) {
	text, err := os.ReadFile("../../docs/monitoring.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```yaml\n(apiVersion: admissionregistration.+?)```").FindSubmatch(text)
	if block == nil {
		t.Fatal("docs/monitoring.md shows no policy")
	}
	first, second, _ := strings.Cut(string(block[1]), "\n---\n")
	policy, binding := &admissionregistrationv1.ValidatingAdmissionPolicy{}, &admissionregistrationv1.ValidatingAdmissionPolicyBinding{}
	for text, into := range map[string]any{first: policy, second: binding} {
		if err := yaml.UnmarshalStrict([]byte(text), into); err != nil {
			t.Fatal(err)
		}
	}
	// The other tests have probers, too.
	const namespace = "probers"
	binding.Spec.MatchResources = &admissionregistrationv1.MatchResources{
		NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: namespace}},
	}
	for _, object := range []client.Object{&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}, policy, binding} {
		if err := kube.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}

	refusal := func(monitoring string) string {
		written := tracker(t, "metadata: {namespace: "+namespace+"}\nspec: {monitoring: "+monitoring+"}")
		if err := kube.Create(t.Context(), written, client.DryRunAll); err != nil {
			return err.Error()
		}
		return ""
	}
	const words = "must use the prober blackbox-exporter.monitoring:9115 and its module http_2xx"
	const other = `{synthetic: {proberAddress: "exporter.other:80"}}`
	// Before it has an effect, the API server may refuse all trackers in other words.
	for start := time.Now(); !strings.Contains(refusal(other), words); time.Sleep(100 * time.Millisecond) {
		if time.Since(start) > time.Minute {
			t.Fatalf("the policy has no effect: %q", refusal(other))
		}
	}
	for monitoring, refused := range map[string]bool{
		other: true,
		`{synthetic: {proberAddress: "blackbox-exporter.monitoring:9115", module: other}}`:    true,
		`{synthetic: {proberAddress: "blackbox-exporter.monitoring:9115", module: http_2xx}}`: false,
		`{synthetic: {proberAddress: "blackbox-exporter.monitoring:9115"}}`:                   false,
		`{synthetic: {enabled: false}}`: false,
		`{}`:                            false,
		`null`:                          false,
	} {
		got := refusal(monitoring)
		if refused != strings.Contains(got, words) || !refused && got != "" {
			t.Errorf("%s: refused with %q, want a refusal: %t", monitoring, got, refused)
		}
	}
}
