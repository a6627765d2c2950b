// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package admission

import (
	"context"
	"testing"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/interview-tracker/interview-tracker-operator/test/apiserver"
)

// ratcheting is the group of a copy of the CRD that has no rules at first.
const ratcheting = "ratcheting.interviewtracker.dev"

// TestRatcheting stores trackers that break a rule before the rule exists, and
// wants that afterwards they can be edited elsewhere, but not made worse.
func TestRatcheting(t *testing.T) {
	const versionMessage = "spec.version must be a valid image tag and label value: " +
		"letters, digits, '_', '.' and '-', starting and ending with a letter or digit"
	cases := []struct {
		name, stored, unrelated, worse string
		refused                        string
	}{{
		name:      "version",
		stored:    `spec: {version: 1.0/0}`,
		unrelated: `spec: {suspend: true}`,
		worse:     `spec: {version: 1.0/1}`,
		refused:   `spec.version: Invalid value: "1.0/1": ` + versionMessage,
	}, {
		name:      "port",
		stored:    `spec: {api: {port: 80}}`,
		unrelated: `spec: {version: 2.0.0, api: {replicas: 3}}`,
		worse:     `spec: {api: {port: 81}}`,
		refused:   "spec.api.port: Invalid value: 81: spec.api.port in body should be greater than or equal to 1024",
	}, {
		name:      "path",
		stored:    `spec: {frontend: {probes: {liveness: {path: health}}}}`,
		unrelated: `spec: {version: 2.0.0, frontend: {probes: {liveness: {periodSeconds: 7}}}}`,
		worse:     `spec: {frontend: {probes: {liveness: {path: healthz}}}}`,
		refused: `spec.frontend.probes.liveness.path: Invalid value: "healthz": path must begin with '/' and ` +
			`contain neither white space, '#', quotation marks nor '//', such as /health/live`,
	}, {
		name:      "pod-label",
		stored:    `spec: {api: {podLabels: {team: a b, good: x}}}`,
		unrelated: `spec: {version: 2.0.0, api: {podLabels: {good: changed}}}`,
		worse:     `spec: {api: {podLabels: {team: b c}}}`,
		refused: `spec.api.podLabels[team]: Invalid value: "b c": a label's value must contain only letters, digits, ` +
			`'-', '_' and '.', starting and ending with a letter or digit, or be empty`,
	}, {
		name:      "threshold",
		stored:    `spec: {monitoring: {alerts: {rules: [{name: HighMemoryUsage, threshold: "90"}]}}}`,
		unrelated: `spec: {version: 2.0.0, monitoring: {alerts: {rules: [{name: HighCPUUsage, threshold: "90"}, {name: LowDiskSpace, for: 1h}]}}}`,
		worse:     `spec: {monitoring: {alerts: {rules: [{name: HighMemoryUsage, threshold: "91"}]}}}`,
		refused: "spec.monitoring.alerts.rules[0].threshold: Invalid value: threshold of HighMemoryUsage must be greater than 0 and " +
			"less than 1, which is all of the limit, such as '0.9'",
	}, {
		name:      "url",
		stored:    `spec: {monitoring: {synthetic: {proberAddress: "blackbox:9115", apiURL: "https://example.com/v1"}}}`,
		unrelated: `spec: {version: 2.0.0, monitoring: {synthetic: {frontendURL: "https://example.com"}, dashboard: {folder: Hiring}}}`,
		worse:     `spec: {monitoring: {synthetic: {apiURL: "https://example.com/v2"}}}`,
		refused: `spec.monitoring.synthetic.apiURL: Invalid value: "https://example.com/v2": apiURL must be an http or https URL ` +
			`of a host and perhaps a port, such as https://api.hiring.example.com`,
	}, {
		// The steps have no keys to find the unchanged ones by: each edit of the list
		// judges all of them again.
		name:      "relabeling",
		stored:    `spec: {monitoring: {serviceMonitor: {relabelings: [{targetLabel: namespace}]}}}`,
		unrelated: `spec: {version: 2.0.0, monitoring: {serviceMonitor: {interval: 15s, metricRelabelings: [{targetLabel: a}]}}}`,
		worse:     `spec: {monitoring: {serviceMonitor: {relabelings: [{targetLabel: namespace}, {targetLabel: a}]}}}`,
		refused: "spec.monitoring.serviceMonitor.relabelings[0].targetLabel: Invalid value: targetLabel can't be __address__, " +
			"__scheme__, __metrics_path__, __scrape_interval__, __scrape_timeout__, job, namespace or tracker: the operator sets them",
	}, {
		name:      "quantity",
		stored:    `spec: {api: {resources: {requests: {cpu: "1e0.5"}}}, database: {managed: {storage: {size: "1e-2147483648"}}}}`,
		unrelated: `spec: {version: 2.0.0, database: {managed: {storage: {size: 20Gi}}}}`,
		worse:     `spec: {api: {resources: {requests: {cpu: "1e1.5"}}}}`,
		refused: `spec.api.resources.requests.cpu: Invalid value: "1e1.5": spec.api.resources.requests.cpu in body should match ` +
			`'^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,2})?$'`,
	}, {
		name:      "bytes",
		stored:    `spec: {api: {resources: {limits: {memory: 512}}}, database: {managed: {storage: {size: 5}}}}`,
		unrelated: `spec: {version: 2.0.0, api: {replicas: 3}, database: {managed: {storage: {storageClassName: fast}}}}`,
		worse:     `spec: {api: {resources: {limits: {memory: 256}}}}`,
		refused: "spec.api.resources.limits.[memory]: Invalid value: memory is 256: memory must be a whole number of bytes, " +
			"1Mi or more: write Mi or Gi, such as 512Mi",
	}, {
		name:      "latency",
		stored:    `spec: {monitoring: {alerts: {slo: {latency: 300ms}}}}`,
		unrelated: `spec: {version: 2.0.0, monitoring: {alerts: {slo: {latencyTarget: "90"}}}}`,
		worse:     `spec: {monitoring: {alerts: {slo: {latency: 400ms}}}}`,
		refused: `spec.monitoring.alerts.slo.latency: Invalid value: "400ms": latency must be the bound of a bucket of ` +
			`http_request_duration_seconds: write 5ms, 10ms, 25ms, 50ms, 100ms, 250ms, 500ms, 1s, 2s, 5s or 10s`,
	}, {
		name:      "choice-of-database",
		stored:    `spec: {database: {managed: null}}`,
		unrelated: `spec: {version: 2.0.0}`,
		worse:     `spec: {database: {managed: {}, external: {secretKeyRef: {name: a, key: b}}}}`,
		refused: "spec.database: Invalid value: exactly one of managed and external is required: write 'managed: {}' for one that the operator runs, " +
			"or 'external: {secretKeyRef: {name: NAME, key: KEY}}' for your own",
	}, {
		// A rule over several fields of the spec is checked again at each change of the
		// spec; metadata and status stay free.
		name:      "no-database",
		stored:    `spec: {database: null}`,
		unrelated: `metadata: {labels: {edited: "true"}}`,
		worse:     `spec: {version: 2.0.0}`,
		refused: "spec.database: Required value: spec.database is required in Staging and Production: write " +
			"'database: {managed: {}}' for one that the operator runs, or " +
			"'database: {external: {secretKeyRef: {name: NAME, key: KEY}}}' for your own",
	}}

	crdClient := newCRDClient(t)
	crd := withoutRules(readCRD(t))
	installed, err := envtest.InstallCRDs(restConfig, envtest.CRDInstallOptions{
		CRDs: []*apiextensionsv1.CustomResourceDefinition{crd}, MaxTime: apiserver.Busy,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := envtest.UninstallCRDs(restConfig, envtest.CRDInstallOptions{CRDs: installed}); err != nil {
			t.Error(err)
		}
	})

	object := func(t *testing.T, name string, mutations ...string) *unstructured.Unstructured {
		object := tracker(t, mutations...)
		object.SetAPIVersion(ratcheting + "/v1alpha1")
		object.SetName(name)
		return object
	}
	stored := map[string]*unstructured.Unstructured{}
	for _, tc := range cases {
		stored[tc.name] = object(t, tc.name, tc.stored)
		create(t, stored[tc.name])
	}

	update := crd.DeepCopy()
	update.Spec.Versions = readCRD(t).Spec.Versions
	if err := crdClient.Patch(t.Context(), update, client.MergeFrom(crd)); err != nil {
		t.Fatal(err)
	}
	// The API server takes up a changed CRD a moment later.
	ruled := func(ctx context.Context) (bool, error) {
		return kube.Create(ctx, object(t, "probe", `spec: {version: /}`), client.DryRunAll) != nil, nil
	}
	if err := wait.PollUntilContextTimeout(t.Context(), 50*time.Millisecond, time.Minute, true, ruled); err != nil {
		t.Fatal("the rules don't come into force:", err)
	}

	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			worse := object(t, tc.name, tc.stored, tc.worse)
			worse.SetResourceVersion(stored[tc.name].GetResourceVersion())
			expectRefused(t, kube.Update(t.Context(), worse), tc.refused)

			unrelated := object(t, tc.name, tc.stored, tc.unrelated)
			unrelated.SetResourceVersion(stored[tc.name].GetResourceVersion())
			if err := kube.Update(t.Context(), unrelated); err != nil {
				t.Fatalf("an edit elsewhere: %v", err)
			}

			status := object(t, tc.name, tc.stored, tc.unrelated, working)
			status.SetResourceVersion(unrelated.GetResourceVersion())
			if err := kube.Status().Update(t.Context(), status); err != nil {
				t.Errorf("an update of the status: %v", err)
			}
		})
	}
}

// withoutRules is the CRD of an earlier release, say, in a group of its own:
// the spec may hold anything.
func withoutRules(crd *apiextensionsv1.CustomResourceDefinition) *apiextensionsv1.CustomResourceDefinition {
	anything := true
	crd.Name = crd.Spec.Names.Plural + "." + ratcheting
	crd.Spec.Group = ratcheting
	schema := crd.Spec.Versions[0].Schema.OpenAPIV3Schema
	schema.XValidations = nil // They are about fields of the spec.
	schema.Properties["spec"] = apiextensionsv1.JSONSchemaProps{
		Type: "object", XPreserveUnknownFields: &anything,
	}
	return crd
}

func newCRDClient(t *testing.T) client.Client {
	t.Helper()
	types := scheme.Scheme
	if err := apiextensionsv1.AddToScheme(types); err != nil {
		t.Fatal(err)
	}
	crdClient, err := client.New(restConfig, client.Options{Scheme: types})
	if err != nil {
		t.Fatal(err)
	}
	return crdClient
}
