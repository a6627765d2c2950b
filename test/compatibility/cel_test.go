// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package compatibility tests what docs/releases.md promises of older versions of Kubernetes, as far as that
// is possible without running them: their API servers compile the rules of the CRD and of config/admission.
package compatibility

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	celgo "github.com/google/cel-go/cel"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	crdcel "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/model"
	"k8s.io/apimachinery/pkg/util/version"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/apiserver/pkg/admission/plugin/cel"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/environment"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

const root = "../.."

// oldest is the minor version of Kubernetes 1 that docs/releases.md names as the oldest one.
func oldest(t *testing.T) uint {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(root, "docs", "releases.md"))
	if err != nil {
		t.Fatal(err)
	}
	match := regexp.MustCompile(`oldest version that the operator can run with is \*\*1\.(\d+)\*\*`).FindSubmatch(page)
	if match == nil {
		t.Fatal("docs/releases.md does not say which is the oldest version of Kubernetes")
	}
	minor, err := strconv.ParseUint(string(match[1]), 10, 8)
	if err != nil {
		t.Fatal(err)
	}
	return uint(minor)
}

// Each rule of the CRD compiles in an API server of the oldest version, which would otherwise refuse the CRD.
// One version earlier some do not: so the version is not higher than it has to be for them, and the test can fail.
func TestRulesOfTheCRD(t *testing.T) {
	crd, err := os.ReadFile(filepath.Join(root, "config", "crd", "bases", v1alpha1.GroupVersion.Group+"_interviewtrackers.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if compiled, problems := compileCRD(t, crd, oldest(t)); len(problems) > 0 || compiled < 100 {
		t.Errorf("%d rules of the CRD compile in 1.%d, not these: %v", compiled, oldest(t), problems)
	}
	// Optional types and quantities came with 1.28.
	if _, problems := compileCRD(t, crd, 27); len(problems) == 0 {
		t.Error("all rules compile in 1.27: does the test look at them?")
	}
}

// compileCRD returns how many rules of a CRD an API server of version 1.minor compiles, and why it does not
// compile the others.
func compileCRD(t *testing.T, text []byte, minor uint) (int, []error) {
	t.Helper()
	var crd apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(text, &crd); err != nil {
		t.Fatal(err)
	}
	compiled, problems := 0, []error(nil)
	for _, v := range crd.Spec.Versions {
		var internal apiextensions.JSONSchemaProps
		if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(v.Schema.OpenAPIV3Schema, &internal, nil); err != nil {
			t.Fatal(err)
		}
		structural, err := schema.NewStructural(&internal)
		if err != nil {
			t.Fatal(err)
		}
		n, failed := compileSchema(structural, environment.MustBaseEnvSet(version.MajorMinor(1, minor)), "", true)
		compiled, problems = compiled+n, append(problems, failed...)
	}
	return compiled, problems
}

// compileSchema compiles the rules of a node of a schema, at a path, and below it.
func compileSchema(node *schema.Structural, environments *environment.EnvSet, path string, isRoot bool) (int, []error) {
	compiled := 0
	var problems []error
	results, err := crdcel.Compile(node, model.SchemaDeclType(node, isRoot), celconfig.PerCallLimit, environments, crdcel.NewExpressionsEnvLoader())
	if err != nil {
		problems = append(problems, fmt.Errorf("%s: %w", path, err))
	}
	for i, result := range results {
		for _, failed := range []error{errorOf(result.Error), errorOf(result.MessageExpressionError)} {
			if failed != nil {
				problems = append(problems, fmt.Errorf("%s: %s: %w", path, node.XValidations[i].Rule, failed))
			}
		}
		if result.Error == nil {
			compiled++
		}
	}
	below := func(child *schema.Structural, path string) {
		n, failed := compileSchema(child, environments, path, child.XEmbeddedResource)
		compiled, problems = compiled+n, append(problems, failed...)
	}
	for name, property := range node.Properties {
		below(&property, path+"."+name)
	}
	if node.Items != nil {
		below(node.Items, path+"[]")
	}
	if node.AdditionalProperties != nil && node.AdditionalProperties.Structural != nil {
		below(node.AdditionalProperties.Structural, path+"{}")
	}
	return compiled, problems
}

// errorOf returns a nil error for a nil pointer.
func errorOf[E any, P interface {
	*E
	error
}](err P) error {
	if err == nil {
		return nil
	}
	return err
}

// expression is one of a policy, with the name of its variable if it has one.
type expression struct {
	name, text string
	types      []*celgo.Type
}

func (e expression) GetName() string            { return e.name }
func (e expression) GetExpression() string      { return e.text }
func (e expression) ReturnTypes() []*celgo.Type { return e.types }

// As the rules of the CRD. ValidatingAdmissionPolicy itself is v1 since 1.30.
func TestPoliciesOfTheOperator(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, "config", "admission", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	policies := 0
	for _, path := range files {
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for documents := utilyaml.NewDocumentDecoder(io.NopCloser(bytes.NewReader(file))); ; {
			text := make([]byte, 1<<20)
			n, err := documents.Read(text)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(text[:n]), "\nkind: ValidatingAdmissionPolicy\n") {
				continue
			}
			var policy admissionregistrationv1.ValidatingAdmissionPolicy
			if err := yaml.UnmarshalStrict(text[:n], &policy); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			policies++
			for _, problem := range compilePolicy(t, policy.Spec, oldest(t)) {
				t.Errorf("%s does not compile in 1.%d: %v", policy.Name, oldest(t), problem)
			}
			if len(compilePolicy(t, policy.Spec, 27)) == 0 && strings.Contains(string(text[:n]), ".?") {
				t.Errorf("all of %s compiles in 1.27, although it has optional types: does the test look at them?", policy.Name)
			}
		}
	}
	if policies < 4 {
		t.Errorf("there are only %d policies", policies)
	}
}

// compilePolicy returns why an API server of version 1.minor does not compile expressions of a policy.
func compilePolicy(t *testing.T, policy admissionregistrationv1.ValidatingAdmissionPolicySpec, minor uint) []error {
	t.Helper()
	compiler, err := cel.NewCompositedCompiler(environment.MustBaseEnvSet(version.MajorMinor(1, minor)))
	if err != nil {
		t.Fatal(err)
	}
	var problems []error
	declared := cel.OptionalVariableDeclarations{HasAuthorizer: true}
	check := func(result cel.CompilationResult, text string) {
		if result.Error != nil {
			problems = append(problems, fmt.Errorf("%s: %w", text, result.Error))
		}
	}
	anything, boolean := []*celgo.Type{celgo.AnyType, celgo.DynType}, []*celgo.Type{celgo.BoolType}
	for _, condition := range policy.MatchConditions {
		check(compiler.CompileCELExpression(expression{text: condition.Expression, types: boolean}, declared, environment.NewExpressions), condition.Expression)
	}
	for _, variable := range policy.Variables {
		check(compiler.CompileAndStoreVariable(expression{variable.Name, variable.Expression, anything}, declared, environment.NewExpressions), variable.Expression)
	}
	for _, validation := range policy.Validations {
		check(compiler.CompileCELExpression(expression{text: validation.Expression, types: boolean}, declared, environment.NewExpressions), validation.Expression)
	}
	return problems
}
