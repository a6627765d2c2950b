// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/config/crd"
)

// definitionName is the name of the CustomResourceDefinition.
const definitionName = "interviewtrackers.apps.interviewtracker.dev"

const installDefinition = "install the CustomResourceDefinition of the operator's version: kubectl apply --server-side -k config/crd"

// ownDefinition is the CustomResourceDefinition that this plugin was built with.
var ownDefinition = sync.OnceValues(func() (*apiextensionsv1.CustomResourceDefinition, error) {
	own := &apiextensionsv1.CustomResourceDefinition{}
	return own, yaml.UnmarshalStrict(crd.Definition, own)
})

// definition is the check of the CustomResourceDefinition.
func definition(f Facts) findings {
	var found findings
	served := f.Served.Value
	if installed := f.Definition.Value; installed != nil {
		served = nil
		for _, v := range installed.Spec.Versions {
			if v.Served {
				served = append(served, v.Name)
			}
		}
	}
	version := v1alpha1.GroupVersion.Version
	switch {
	case f.Definition.Unread != "" && f.Served.Unread != "":
		found.notChecked("", f.Definition.Unread+"; "+f.Served.Unread)
	case f.Definition.Unread == "" && f.Definition.Value == nil:
		found.fail(installDefinition, "%s is not installed", definitionName)
	case len(served) == 0:
		found.fail(installDefinition, "the cluster serves no version of InterviewTrackers")
	case !slices.Contains(served, version):
		found.fail("use the kubectl-tracker of the operator's version",
			"this plugin knows version %s of InterviewTrackers, the cluster serves %s", version, list(served))
	case f.Definition.Unread != "":
		found.notChecked("run the check as somebody who may get customresourcedefinitions",
			fmt.Sprintf("the cluster serves %s, its schema was not compared: %s", list(served), f.Definition.Unread))
	case !established(f.Definition.Value):
		found.fail("look at its conditions: kubectl describe crd "+definitionName, "%s is not established", definitionName)
	default:
		schemas(&found, f.Definition.Value, served)
	}
	return found
}

func established(d *apiextensionsv1.CustomResourceDefinition) bool {
	return slices.ContainsFunc(d.Status.Conditions, func(c apiextensionsv1.CustomResourceDefinitionCondition) bool {
		return c.Type == apiextensionsv1.Established && c.Status == apiextensionsv1.ConditionTrue
	})
}

// schemas compares the installed schema with this plugin's.
func schemas(found *findings, installed *apiextensionsv1.CustomResourceDefinition, served []string) {
	own, err := ownDefinition()
	if err != nil {
		found.notChecked("", "this plugin's own CustomResourceDefinition can't be read: "+err.Error())
		return
	}
	theirs, ours := schemaOf(installed), schemaOf(own)
	theirFields, ourFields := sets.New[string](), sets.New[string]()
	collectFields(theirs, "", theirFields)
	collectFields(ours, "", ourFields)
	lacking, beyond := outermost(ourFields.Difference(theirFields)), outermost(theirFields.Difference(ourFields))
	const upgradePlugin = "use the kubectl-tracker of the operator's version: this one does not know these fields"
	switch {
	case len(lacking) > 0 && len(beyond) > 0:
		found.warn(installDefinition+", and use its kubectl-tracker", "%s is another one than this plugin's: it lacks %s, and has %s besides",
			definitionName, list(lacking), list(beyond))
	case len(lacking) > 0:
		found.warn(installDefinition, "%s is older than this plugin: it lacks %s", definitionName, list(lacking))
	case len(beyond) > 0:
		found.warn(upgradePlugin, "%s is newer than this plugin: it has %s besides", definitionName, list(beyond))
	case !equality.Semantic.DeepEqual(withoutText(theirs), withoutText(ours)):
		found.warn(installDefinition, "%s has the fields that this plugin knows, with other rules: it is of another version", definitionName)
	default:
		found.pass("%s is that of this plugin, and serves %s", definitionName, list(served))
	}
}

// schemaOf is the schema of the version that this plugin knows; empty when there is none.
func schemaOf(d *apiextensionsv1.CustomResourceDefinition) *apiextensionsv1.JSONSchemaProps {
	for _, v := range d.Spec.Versions {
		if v.Name == v1alpha1.GroupVersion.Version && v.Schema != nil && v.Schema.OpenAPIV3Schema != nil {
			return v.Schema.OpenAPIV3Schema
		}
	}
	return &apiextensionsv1.JSONSchemaProps{}
}

// collectFields adds the paths of all fields of a schema, such as spec.api.image.
func collectFields(schema *apiextensionsv1.JSONSchemaProps, path string, fields sets.Set[string]) {
	for name := range schema.Properties {
		at := strings.TrimPrefix(path+"."+name, ".")
		fields.Insert(at)
		property := schema.Properties[name]
		collectFields(&property, at, fields)
	}
	if schema.Items != nil && schema.Items.Schema != nil {
		collectFields(schema.Items.Schema, path, fields)
	}
	if schema.AdditionalProperties != nil && schema.AdditionalProperties.Schema != nil {
		collectFields(schema.AdditionalProperties.Schema, path, fields)
	}
}

// outermost are the fields without those that are in another one of them, sorted.
func outermost(fields sets.Set[string]) []string {
	var outer []string
	for _, field := range sets.List(fields) {
		if !slices.ContainsFunc(outer, func(o string) bool { return strings.HasPrefix(field, o+".") }) {
			outer = append(outer, field)
		}
	}
	return outer
}

// withoutText is a copy of a schema without what it says to people.
func withoutText(schema *apiextensionsv1.JSONSchemaProps) *apiextensionsv1.JSONSchemaProps {
	bare := schema.DeepCopy()
	stripText(bare)
	return bare
}

func stripText(schema *apiextensionsv1.JSONSchemaProps) {
	schema.Description = ""
	for i := range schema.XValidations {
		schema.XValidations[i].Message = ""
	}
	for name, property := range schema.Properties {
		stripText(&property)
		schema.Properties[name] = property
	}
	if schema.Items != nil && schema.Items.Schema != nil {
		stripText(schema.Items.Schema)
	}
	if schema.AdditionalProperties != nil && schema.AdditionalProperties.Schema != nil {
		stripText(schema.AdditionalProperties.Schema)
	}
	for i := range schema.AllOf {
		stripText(&schema.AllOf[i])
	}
	for i := range schema.AnyOf {
		stripText(&schema.AnyOf[i])
	}
}
