// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package prometheusoperator

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/prometheus-operator/prometheus-operator/pkg/admission"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus-operator/prometheus-operator/pkg/operator"
	"sigs.k8s.io/yaml"
)

// The golden PrometheusRules of internal/desired, and the operator's own.
var written = []string{"../../internal/desired/testdata/rules/*.out.yaml", "../../config/prometheus/rules.yaml"}

func paths(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range written {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("nothing matches %s: %v", pattern, err)
		}
		all = append(all, found...)
	}
	return all
}

func read(t *testing.T, path string) *monitoringv1.PrometheusRule {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rule := &monitoringv1.PrometheusRule{}
	if err := yaml.UnmarshalStrict(text, rule); err != nil {
		t.Fatalf("%s: %s", path, err)
	}
	return rule
}

// The validation when it generates a Prometheus's configuration.
func TestRulesAreSelected(t *testing.T) {
	for _, path := range paths(t) {
		for _, err := range operator.ValidateRule(read(t, path).Spec) {
			t.Errorf("%s: %s", path, err)
		}
	}
}

// The validation of its webhook.
func TestRulesAreAdmitted(t *testing.T) {
	mux := http.NewServeMux()
	admission.New(slog.New(slog.DiscardHandler)).Register(mux)
	for _, path := range paths(t) {
		if allowed, response := review(t, mux, read(t, path)); !allowed {
			t.Errorf("%s: %s", path, response)
		}
	}
	bad := read(t, paths(t)[0])
	bad.Spec.Groups[0].Rules[0].Expr.StrVal = "up{"
	if allowed, response := review(t, mux, bad); allowed {
		t.Errorf("an invalid rule is admitted: %s", response)
	}
}

// review sends a new object to the webhook.
func review(t *testing.T, mux http.Handler, rule *monitoringv1.PrometheusRule) (allowed bool, response string) {
	t.Helper()
	body, err := json.Marshal(map[string]any{
		"apiVersion": "admission.k8s.io/v1",
		"kind":       "AdmissionReview",
		"request": map[string]any{
			"uid":       "1",
			"kind":      map[string]string{"group": "monitoring.coreos.com", "version": "v1", "kind": "PrometheusRule"},
			"resource":  map[string]string{"group": "monitoring.coreos.com", "version": "v1", "resource": "prometheusrules"},
			"operation": "CREATE",
			"object":    rule,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/admission-prometheusrules/validate", bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	mux.ServeHTTP(recorder, request)
	text, err := io.ReadAll(recorder.Body)
	if err != nil {
		t.Fatal(err)
	}
	var reviewed struct {
		Response *struct {
			Allowed bool `json:"allowed"`
		} `json:"response"`
	}
	if err := json.Unmarshal(text, &reviewed); err != nil || reviewed.Response == nil {
		t.Fatalf("status %d, %q: %v", recorder.Code, text, err)
	}
	return reviewed.Response.Allowed, string(text)
}
