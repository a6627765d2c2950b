// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package admission

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	kjson "sigs.k8s.io/json"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// odd are JSON texts of which each field's schema admits some.
var odd = slices.Concat(
	[]string{`null`, `true`, `{}`, `[]`, `[null]`, `[{}]`, `[""]`, `[1]`, `{"a":null}`, `{"":""}`, `{"a":"b"}`, `{"a":1}`, `{"a.b/c":"","ü":"x"}`},
	[]string{
		`0`, `-0`, `1`, `-1`, `80`, `1.0`, `1e2`, `0.5`, `2147483647`, `2147483648`, `-2147483649`, `4294967296`,
		`9223372036854775807`, `9223372036854775808`, `-9223372036854775809`, `18446744073709551616`, `1e20`, `1e21`, `1e300`, `-1e300`,
	},
	quoted(
		"", "a", "A", "1", "0", "-1", "+1", " 1", "1 ", "1\n", "1.", ".5", ".", "0x10", "1_000", "१", "NaN", "Inf", "true", "null",
		"1e", "1e0.5", "1e.5", "1e5", "1E5", "1E", "1e+5", "1e-5", "1e99", "1e-99", "1e100", "1e999", "1e-2147483648", "1e2147483647",
		"1e99999999999999999999", "-1e-2147483648", "1e-2147483648Ki", "1Ki", "1ki", "1K", "1k", "1m", "1u", "1n", "1Ei", "1KiB", "1 Gi",
		strings.Repeat("9", 32), strings.Repeat("9", 33), strings.Repeat("9", 300), "."+strings.Repeat("9", 31), strings.Repeat("9", 28)+"e-99",
		"0s", "1s", "1.5h", ".5s", "1h1m1s1ms", "1us", "1µs", "1ns", "1d", "-1s", "1e3s", "999999h", "1000000h", "24h", "999999h999999h9h", "1.999999999999s", "1h 1m",
		"2026-01-01T00:00:00Z", "2026-01-01t00:00:00z", "2026-01-01T00:00:00", "2026-01-01", "2026-01-01 00:00:00Z", "2026-01-01T00:00:00.1234567891Z",
		"2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T23:59:60Z", "2026-01-01T00:00:00+25:00", "2026-01-01T00:00:00+23:59",
		"2026-01-01T00:00:00+01:99", "2026-01-01T00:00:00+0100", "2026-01-01T00:00:00x5Z", "2026-01-01T00:00:00,5Z", "99999-01-01T00:00:00Z", "0000-01-01T00:00:00Z",
		"1.0.0", "hiring", "postgres:15", "/health", "https://example.com", "blackbox:9115", "api", "1/2", "!!!", "YQ==",
	),
)

func quoted(all ...string) []string {
	texts := make([]string, len(all))
	for i, s := range all {
		texts[i] = fmt.Sprintf("%q", s)
	}
	return texts
}

// What the schema of a field admits, its rules included, its Go type decodes, at once. An
// object for which this does not hold can be stored, and keeps all clients from reading
// any tracker.
func TestWhatIsAdmittedIsDecoded(t *testing.T) {
	decoded := map[string]int{}
	everySchema(rootSchema(t), nil, func(path []string, schema apiextensionsv1.JSONSchemaProps) {
		within(t, strings.Join(path, "."), func() {
			admits := admission(t, schema)
			for _, text := range slices.Concat(odd, enumerated(schema)) {
				var value any
				if err := kjson.UnmarshalCaseSensitivePreserveInts([]byte(text), &value); err != nil {
					t.Errorf("%s: %v", text, err) // As the API server reads it.
				}
				if !admits(value) {
					continue
				}
				stored, err := json.Marshal(object(path, value))
				if err != nil {
					t.Error(err)
				}
				if err := kjson.UnmarshalCaseSensitivePreserveInts(stored, &v1alpha1.InterviewTracker{}); err != nil {
					t.Errorf("%s is admitted, but: %v", stored, err)
				}
				decoded[schema.Type]++
			}
		})
	})
	for _, kind := range []string{"string", "integer", "boolean", "object", "array", ""} {
		if decoded[kind] == 0 {
			t.Errorf("no value of the type %q is admitted: %v", kind, decoded)
		}
	}
}

// everySchema visits a schema and those in it, with the path of each: fields, [] and {}. What the
// API server itself decodes is left out.
func everySchema(schema apiextensionsv1.JSONSchemaProps, path []string, visit func([]string, apiextensionsv1.JSONSchemaProps)) {
	if len(path) > 0 {
		visit(path, schema)
	}
	for name, field := range schema.Properties {
		if len(path) > 0 || name == "spec" || name == "status" {
			everySchema(field, append(slices.Clone(path), name), visit)
		}
	}
	if schema.Items != nil {
		everySchema(*schema.Items.Schema, append(slices.Clone(path), "[]"), visit)
	}
	if schema.AdditionalProperties != nil {
		everySchema(*schema.AdditionalProperties.Schema, append(slices.Clone(path), "{}"), visit)
	}
}

// object is the smallest object with a value at a path.
func object(path []string, value any) any {
	for _, step := range slices.Backward(path) {
		switch step {
		case "[]":
			value = []any{value}
		case "{}":
			value = map[string]any{"key": value}
		default:
			value = map[string]any{step: value}
		}
	}
	return value
}

func enumerated(schema apiextensionsv1.JSONSchemaProps) []string {
	var texts []string
	for _, value := range schema.Enum {
		texts = append(texts, string(value.Raw))
	}
	return texts
}

// admission reports what a schema admits, as the API server decides it. What a schema around
// it requires besides can only admit less.
func admission(t *testing.T, schema apiextensionsv1.JSONSchemaProps) func(any) bool {
	t.Helper()
	internal := &apiextensions.JSONSchemaProps{}
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(&schema, internal, nil); err != nil {
		t.Fatal(err)
	}
	validator, _, err := validation.NewSchemaValidator(internal)
	if err != nil {
		t.Fatal(err)
	}
	structural, err := structuralschema.NewStructural(internal)
	if err != nil {
		t.Fatal(err)
	}
	rules := cel.NewValidator(structural, false, celconfig.PerCallLimit)
	return func(value any) bool {
		if value == nil {
			return schema.Nullable
		}
		errs := validation.ValidateCustomResource(nil, value, validator)
		if rules != nil {
			// Whatever else is wrong, the rules must end.
			refused, _ := rules.Validate(t.Context(), nil, structural, value, nil, celconfig.RuntimeCELCostBudget)
			errs = append(errs, refused...)
		}
		return len(errs) == 0
	}
}

// within fails unless a function ends in time.
func within(t *testing.T, what string, do func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Fatalf("%s: not done after 30 s", what)
	}
}
