// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package admission

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// core are the fields of Kubernetes' own types, which bring their own schema.
var core = []string{"env", "envFrom", "imagePullSecrets", "secretKeyRef", "tolerations", "affinity", "topologySpreadConstraints", "conditions"}

// TestSchemaBounds fails on a string, list, map or number of ours that may be
// as large as a request.
func TestSchemaBounds(t *testing.T) {
	walk(rootSchema(t), "", func(path string, schema apiextensionsv1.JSONSchemaProps) {
		switch {
		case schema.Type == "string" && schema.Format == "" && schema.MaxLength == nil && schema.Enum == nil:
			t.Errorf("%s: a string without MaxLength or Enum", path)
		case schema.Type == "array" && schema.MaxItems == nil:
			t.Errorf("%s: a list without MaxItems", path)
		case schema.AdditionalProperties != nil && schema.MaxProperties == nil:
			t.Errorf("%s: a map without MaxProperties", path)
		case schema.Type == "integer" && strings.HasPrefix(path, ".spec") && (schema.Minimum == nil || schema.Maximum == nil):
			t.Errorf("%s: a number without Minimum and Maximum", path)
		}
	})
}

// TestSchemaDefaults fails on a default that the CRD would write into a spec,
// and expects the one by which kstatus sees that no operator has observed the object.
func TestSchemaDefaults(t *testing.T) {
	defaults := map[string]string{}
	walk(rootSchema(t), "", func(path string, schema apiextensionsv1.JSONSchemaProps) {
		if schema.Default != nil {
			defaults[path] = string(schema.Default.Raw)
		}
	})
	if len(defaults) != 1 || defaults[".status"] != `{"observedGeneration":-1}` {
		t.Errorf("got the defaults %v, want only that of .status", defaults)
	}
}

// TestSchemaDescriptions fails on a field that `kubectl explain` describes too
// briefly: each description starts with the field's name, and that of an optional field
// of the spec states its default or what it depends on.
func TestSchemaDescriptions(t *testing.T) {
	walk(rootSchema(t), "", func(path string, schema apiextensionsv1.JSONSchemaProps) {
		for name, field := range schema.Properties {
			if path == "" && slices.Contains([]string{"apiVersion", "kind", "metadata"}, name) {
				continue // Kubernetes' own
			}
			if !strings.HasPrefix(field.Description, name+" ") {
				t.Errorf("%s.%s: the description %q doesn't start with the field's name", path, name, field.Description)
			}
			optional := strings.HasPrefix(path, ".spec") && !slices.Contains(schema.Required, name)
			if optional && !defaultDescribed.MatchString(field.Description) {
				t.Errorf("%s.%s: the description %q doesn't state the default", path, name, field.Description)
			}
		}
	})
}

var defaultDescribed = regexp.MustCompile(`\b([Dd]efaults?|required|optional)\b`)

// TestSchemaSize bounds the file: hack/crd shortens what is not ours in it.
func TestSchemaSize(t *testing.T) {
	text, err := os.ReadFile(crdFile)
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > 240_000 {
		t.Errorf("the CRD has %d bytes, want at most 240,000", len(text))
	}
}

// TestClientSideApply stores what client-side `kubectl apply` does: the whole object, in
// an annotation of its own. The API server refuses annotations of more than 256 KiB.
func TestClientSideApply(t *testing.T) {
	applied, err := json.Marshal(readCRD(t))
	if err != nil {
		t.Fatal(err)
	}
	crd := readCRD(t)
	crd.Annotations[corev1.LastAppliedConfigAnnotation] = string(applied)
	// Of another name: that of the file is installed.
	crd.Name = "copies." + crd.Spec.Group
	crd.Spec.Names = apiextensionsv1.CustomResourceDefinitionNames{Plural: "copies", Singular: "copy", Kind: "Copy", ListKind: "CopyList"}
	if err := newCRDClient(t).Create(t.Context(), crd, client.DryRunAll); err != nil {
		t.Errorf("with an annotation of %d bytes: %v", len(applied), err)
	}
	crd.Annotations["example.com/more"] = strings.Repeat("a", 256<<10-len(applied))
	if err := newCRDClient(t).Create(t.Context(), crd, client.DryRunAll); !apierrors.IsInvalid(err) {
		t.Errorf("annotations of more than 256 KiB: %v", err)
	}
}

// TestEveryRuleHasACase fails on a CEL rule whose message no case of testdata
// provokes.
func TestEveryRuleHasACase(t *testing.T) {
	var refusals []string
	for _, cases := range testCases(t) {
		for _, tc := range cases {
			refusals = append(refusals, tc.Refused...)
		}
	}
	rules := 0
	walk(rootSchema(t), "", func(path string, schema apiextensionsv1.JSONSchemaProps) {
		if strings.HasPrefix(path, ".status") {
			return // The operator alone writes it; TestWhatIsAdmittedIsDecoded provokes its rules.
		}
		for _, rule := range schema.XValidations {
			rules++
			if strings.Contains(rule.Message, "\n") {
				t.Errorf("%s: the message %q is more than one line", path, rule.Message)
			}
			provoked := func(refusal string) bool { return strings.HasSuffix(refusal, ": "+rule.Message) }
			if !slices.ContainsFunc(refusals, provoked) {
				t.Errorf("%s: no case provokes %q", path, rule.Message)
			}
		}
	})
	if rules == 0 {
		t.Error("the CRD has no rules")
	}
}

func rootSchema(t *testing.T) apiextensionsv1.JSONSchemaProps {
	t.Helper()
	return *readCRD(t).Spec.Versions[0].Schema.OpenAPIV3Schema
}

// walk visits a schema and those in it, except what is Kubernetes' own.
func walk(schema apiextensionsv1.JSONSchemaProps, path string, visit func(string, apiextensionsv1.JSONSchemaProps)) {
	if path == ".metadata" || path == ".apiVersion" || path == ".kind" {
		return
	}
	if slices.Contains(core, path[strings.LastIndex(path, ".")+1:]) {
		schema.Properties, schema.Items = nil, nil
	}
	visit(path, schema)
	for name, field := range schema.Properties {
		walk(field, path+"."+name, visit)
	}
	if schema.Items != nil {
		walk(*schema.Items.Schema, path+"[]", visit)
	}
	if schema.AdditionalProperties != nil {
		walk(*schema.AdditionalProperties.Schema, path+"{}", visit)
	}
}
