// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package admission

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/test/apiserver"
)

// The same trackers, judged here and by a real API server.
func TestAdmissionSpeaksAsTheAPIServer(t *testing.T) {
	server := apiserver.For(t, "../../../config/crd/bases")
	cluster, err := client.New(server.Config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	gate, err := New()
	if err != nil {
		t.Fatal(err)
	}

	tests := map[string]string{
		"no version":          `{}`,
		"unknown fields":      `{version: "1", versionn: "1", api: {probes: {liveness: {pat: /x}}}}`,
		"wrong type":          `{version: 1}`,
		"wrong types":         `{version: "1", api: [], suspend: "yes"}`,
		"no enum":             `{version: "1", environment: Prod}`,
		"no tag":              `{version: "1 0"}`,
		"too long":            `{version: "` + strings.Repeat("1", 64) + `"}`,
		"unchosen":            `{version: "1", environment: Production}`,
		"both":                `{version: "1", redis: {managed: {}, external: {secretKeyRef: {name: x, key: y}}}}`,
		"neither":             `{version: "1", redis: {}}`,
		"same paths":          `{version: "1", api: {probes: {liveness: {path: /health/ready}}}}`,
		"bad path":            `{version: "1", api: {probes: {liveness: {path: health}}}}`,
		"bad port":            `{version: "1", frontend: {port: 80}}`,
		"bad replicas":        `{version: "1", frontend: {autoscaling: {minReplicas: 3, maxReplicas: 2}}}`,
		"fewer than none":     `{version: "1", api: {replicas: -1}}`,
		"far too many":        `{version: "1", api: {replicas: 2147483648}}`,
		"no number":           `{version: "1", api: {replicas: three}}`,
		"no memory request":   `{version: "1", api: {autoscaling: {maxReplicas: 3, targetMemoryUtilizationPercentage: 70}, resources: {}}}`,
		"no maximum":          `{version: "1", frontend: {autoscaling: {}}}`,
		"reserved env":        `{version: "1", api: {env: [{name: PORT, value: "1"}]}}`,
		"env twice":           `{version: "1", api: {env: [{name: A}, {name: A}]}}`,
		"reserved label":      `{version: "1", api: {podLabels: {app.kubernetes.io/name: x}}}`,
		"bad label":           `{version: "1", api: {podLabels: {a: "b c"}}}`,
		"bad size":            `{version: "1", database: {managed: {storage: {size: big}}}}`,
		"no size":             `{version: "1", database: {managed: {storage: {size: 0}}}}`,
		"memory-milli":        `{version: "1", api: {resources: {limits: {memory: 256m}}}}`,
		"memory without unit": `{version: "1", api: {resources: {limits: {memory: 512, ephemeral-storage: 512}}}}`,
		"no CPU request":      `{version: "1", api: {autoscaling: {maxReplicas: 3}, resources: {}}}`,
		"no bucket":           `{version: "1", monitoring: {alerts: {slo: {latency: 300ms}}}}`,
		"bad image":           `{version: "1", api: {image: "a b"}}`,
		"empty target":        `{version: "1", patches: [{patch: x, target: {}}]}`,
		"no patch":            `{version: "1", patches: [{}]}`,
		"null":                `{version: null}`,
		"no prober":           `{version: "1", monitoring: {synthetic: {module: "http_2xx"}}}`,
		"user in a URL":       `{version: "1", monitoring: {synthetic: {proberAddress: "a:1", apiURL: "https://user:pass@a"}}}`,
		"bad threshold":       `{version: "1", monitoring: {alerts: {rules: [{name: HighMemoryUsage, threshold: 1e3}]}}}`,
		"never fires":         `{version: "1", monitoring: {alerts: {rules: [{name: HighMemoryUsage, threshold: "90"}]}}}`,
		"unknown alert":       `{version: "1", monitoring: {alerts: {disabled: [Watchdog, Watchdog]}}}`,
		"bad interval":        `{version: "1", monitoring: {serviceMonitor: {interval: 5s}}}`,
		"our label":           `{version: "1", monitoring: {serviceMonitor: {relabelings: [{targetLabel: namespace}]}}}`,
		"bad regex":           `{version: "1", monitoring: {serviceMonitor: {metricRelabelings: [{action: labeldrop, regex: "["}]}}}`,
		"null where optional": `{version: "1", api: null, database: null}`,
		"valid":               `{version: "1"}`,
		"valid, monitoring":   `{version: "1", monitoring: {serviceMonitor: {relabelings: [{action: labelmap, replacement: "pod_$1"}]}, alerts: {}}}`,
		"valid, quantities":   `{version: "1", database: {managed: {storage: {size: 5368709120}}}, api: {resources: {limits: {cpu: 1, memory: 1Gi}}}}`,
	}
	for name, spec := range tests {
		t.Run(name, func(t *testing.T) { validateBoth(t, gate, cluster, "hiring", "spec: "+spec) })
	}
	for name, rest := range map[string]string{
		"upper case":       "metadata: {name: Hiring}\nspec: {version: '1'}",
		"digit first":      "metadata: {name: 1hiring}\nspec: {version: '1'}",
		"long name":        "metadata: {name: " + strings.Repeat("h", 41) + "}\nspec: {version: '1'}",
		"no name":          "metadata: {}\nspec: {version: '1'}",
		"bad label":        "metadata: {name: hiring, labels: {a b: c}}\nspec: {version: '1'}",
		"unknown metadata": "metadata: {name: hiring, lables: {a: c}}\nspec: {version: '1'}",
		"no spec":          "metadata: {name: hiring}",
		"unknown at root":  "metadata: {name: hiring}\nspce: {}\nspec: {version: '1'}",
	} {
		t.Run(name, func(t *testing.T) { validateBoth(t, gate, cluster, "", rest) })
	}
}

// A version that YAML reads as a number is answered with what to write.
func TestVersionWithoutQuotes(t *testing.T) {
	gate, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for version, advised := range map[string]bool{"1.0": true, "1.10": true, "2": true, "true": true, "[]": false, `"1.0"`: false, "v1.0": false, `"1 0"`: false} {
		document := "apiVersion: apps.interviewtracker.dev/v1alpha1\nkind: InterviewTracker\nmetadata: {name: hiring}\nspec: {version: " + version + "}\n"
		_, err := gate.Admit(t.Context(), []byte(document), "")
		if got := err != nil && strings.Contains(err.Error(), "write the value of spec.version in quotes, such as \"1.0\""); got != advised {
			t.Errorf("%s: %v", version, err)
		}
	}
}

// validateBoth compares the results of the plugin and the API server.
func validateBoth(t *testing.T, gate *Admission, cluster client.Client, name, rest string) {
	t.Helper()
	document := "apiVersion: apps.interviewtracker.dev/v1alpha1\nkind: InterviewTracker\n" + rest + "\n"
	if name != "" {
		document += "metadata: {name: " + name + "}\n"
	}
	_, got := gate.Admit(t.Context(), []byte(document), "")

	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(document), &object.Object); err != nil {
		t.Fatal(err)
	}
	object.SetNamespace(metav1.NamespaceDefault)
	want := cluster.Create(t.Context(), object, client.DryRunAll, client.FieldValidation(metav1.FieldValidationStrict))
	if diff := cmp.Diff(causes(want), causes(got)); diff != "" {
		t.Errorf("(-API server +here):\n%s", diff)
	}
}

// causes returns the causes of an error, sorted, as the API server returns them in no
// order; or else its message.
func causes(err error) []string {
	if err == nil {
		return []string{"admitted"}
	}
	if !apierrors.IsInvalid(err) {
		return []string{err.Error()}
	}
	var all []string
	if status := apierrors.APIStatus(nil); errors.As(err, &status) {
		for _, cause := range status.Status().Details.Causes {
			all = append(all, fmt.Sprintf("%s %s: %s", cause.Type, cause.Field, cause.Message))
		}
	}
	slices.Sort(all)
	return all
}
