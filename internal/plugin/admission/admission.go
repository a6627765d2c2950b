// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package admission validates a tracker as the API server does.
package admission

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	schemavalidation "k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/operation"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/config/crd"
)

var trackerKind = v1alpha1.GroupVersion.WithKind(v1alpha1.Kind)

// Admission validates a tracker as the API server does when one is created: against the
// schema and the rules of the CustomResourceDefinition, with the API server's
// own code, in the same order.
type Admission struct {
	structural *structuralschema.Structural
	schema     schemavalidation.SchemaValidator
	rules      *cel.Validator
	// replicas is the path of the field that the scale subresource sets.
	replicas string
}

// New returns the admission by this program's copy of the CustomResourceDefinition.
func New() (*Admission, error) {
	version, err := trackerVersion()
	if err != nil {
		return nil, fmt.Errorf("reading the CustomResourceDefinition: %w", err)
	}
	validation := &apiextensions.CustomResourceValidation{}
	if err := apiextensionsv1.Convert_v1_CustomResourceValidation_To_apiextensions_CustomResourceValidation(version.Schema, validation, nil); err != nil {
		return nil, fmt.Errorf("reading the CustomResourceDefinition: %w", err)
	}
	schema := validation.OpenAPIV3Schema
	structural, err := structuralschema.NewStructural(schema)
	if err != nil {
		return nil, fmt.Errorf("reading the CustomResourceDefinition: %w", err)
	}
	validator, _, err := schemavalidation.NewSchemaValidator(schema)
	if err != nil {
		return nil, fmt.Errorf("reading the CustomResourceDefinition: %w", err)
	}
	return &Admission{
		structural: structural,
		schema:     validator,
		rules:      cel.NewValidator(structural, true, celconfig.PerCallLimit),
		replicas:   version.Subresources.Scale.SpecReplicasPath,
	}, nil
}

func trackerVersion() (*apiextensionsv1.CustomResourceDefinitionVersion, error) {
	definition := &apiextensionsv1.CustomResourceDefinition{}
	if err := yaml.UnmarshalStrict(crd.Definition, definition); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(definition.Spec.Versions, func(v apiextensionsv1.CustomResourceDefinitionVersion) bool {
		return v.Name == trackerKind.Version
	})
	if i < 0 {
		return nil, fmt.Errorf("it has no version %s", trackerKind.Version)
	}
	return &definition.Spec.Versions[i], nil
}

// Admit returns the tracker in a document, nil for an empty document. A tracker without
// a namespace gets the given one, or else default.
func (a *Admission) Admit(ctx context.Context, document []byte, namespace string) (*v1alpha1.InterviewTracker, error) {
	object, err := decode(document)
	if object == nil || err != nil {
		return nil, err
	}
	if gvk := object.GroupVersionKind(); gvk != trackerKind {
		return nil, fmt.Errorf("%s %q of %s can't be rendered: only %s of %s can",
			gvk.Kind, object.GetName(), gvk.GroupVersion(), trackerKind.Kind, trackerKind.GroupVersion())
	}
	if err := setNamespace(object, namespace); err != nil {
		return nil, err
	}
	if err := a.strict(object); err != nil {
		return nil, err
	}
	if errs := a.validate(ctx, object); len(errs) > 0 {
		return nil, advise(apierrors.NewInvalid(trackerKind.GroupKind(), object.GetName(), errs), errs)
	}
	if object.GetName() == "" {
		return nil, fmt.Errorf("%s %q can't be rendered: write metadata.name, from which the names of its objects derive",
			trackerKind.Kind, object.GetGenerateName())
	}

	tracker := &v1alpha1.InterviewTracker{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, tracker); err != nil {
		return nil, fmt.Errorf("reading %s %q: %w", trackerKind.Kind, object.GetName(), err)
	}
	return tracker, nil
}

// decode returns nil for an empty document.
func decode(document []byte) (*unstructured.Unstructured, error) {
	text, err := yaml.YAMLToJSONStrict(document)
	if err != nil {
		return nil, fmt.Errorf("reading the input: %w", err)
	}
	var value any
	if err := utiljson.Unmarshal(text, &value); err != nil {
		return nil, fmt.Errorf("reading the input: %w", err)
	}
	switch v := value.(type) {
	case nil:
		return nil, nil //nolint:nilnil // an empty document is no error
	case map[string]any:
		return &unstructured.Unstructured{Object: v}, nil
	default:
		return nil, fmt.Errorf("reading the input: %.40q is no object", string(document))
	}
}

// setNamespace follows kubectl's --namespace.
func setNamespace(object *unstructured.Unstructured, namespace string) error {
	switch own := object.GetNamespace(); {
	case own == "" && namespace == "":
		object.SetNamespace(metav1.NamespaceDefault)
	case own == "":
		object.SetNamespace(namespace)
	case namespace != "" && own != namespace:
		return fmt.Errorf("the namespace from the provided object %q does not match the namespace %q. "+
			"You must pass '--namespace=%s' to perform this operation", own, namespace, own)
	}
	return nil
}

// strict refuses fields that are not in the schema, as the API server does for kubectl,
// and leaves the object as it would be stored.
func (a *Admission) strict(object *unstructured.Unstructured) error {
	meta, found, unknown, err := objectmeta.GetObjectMetaWithOptions(object.Object, objectmeta.ObjectMetaOptions{
		ReturnUnknownFieldPaths: true,
	})
	if err != nil {
		return cannotBeHandled(err)
	}
	unknown = append(unknown, pruning.PruneWithOptions(object.Object, a.structural, true, structuralschema.UnknownFieldPathOptions{
		TrackUnknownFieldPaths: true,
	})...)
	if len(unknown) > 0 {
		errs := make([]error, 0, len(unknown))
		for _, path := range unknown {
			errs = append(errs, fmt.Errorf(`unknown field "%s"`, path))
		}
		return cannotBeHandled(runtime.NewStrictDecodingError(errs))
	}
	if found {
		if err := objectmeta.SetObjectMeta(object.Object, meta); err != nil {
			return cannotBeHandled(err)
		}
	}
	defaulting.PruneNonNullableNullsWithoutDefaults(object.Object, a.structural)
	defaulting.Default(object.Object, a.structural)
	// Users do not write the status.
	delete(object.Object, "status")
	return nil
}

// cannotBeHandled is the error of the API server for an object that it can't decode.
func cannotBeHandled(err error) error {
	return apierrors.NewBadRequest(fmt.Sprintf("%s in version %q cannot be handled as a %s: %v",
		trackerKind.Kind, trackerKind.Version, trackerKind.Kind, err))
}

func (a *Admission) validate(ctx context.Context, object *unstructured.Unstructured) field.ErrorList {
	meta := &metav1.ObjectMeta{}
	if fields, ok := object.Object["metadata"].(map[string]any); ok {
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(fields, meta); err != nil {
			return field.ErrorList{field.Invalid(field.NewPath("metadata"), fields, err.Error())}
		}
	}
	errs := apivalidation.ValidateObjectMetaDeclaratively(
		ctx, operation.Create, meta, nil, true, apivalidation.NameIsDNSSubdomain, field.NewPath("metadata"), true)
	errs = append(errs, schemavalidation.ValidateCustomResource(nil, object.Object, a.schema)...)
	errs = append(errs, a.scale(object)...)
	errs = append(errs, objectmeta.Validate(ctx, nil, object.Object, a.structural, false)...)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, a.structural, object.Object)...)
	errs = sorted(errs)
	if slices.ContainsFunc(errs, blocksRules) {
		return append(errs, field.Invalid(nil, nil,
			"some validation rules were not checked because the object was invalid; correct the existing errors to complete validation"))
	}
	broken, _ := a.rules.Validate(ctx, nil, a.structural, object.Object, nil, celconfig.RuntimeCELCostBudget)
	return append(errs, sorted(broken)...)
}

// scale checks what the scale subresource reads of the spec, as the API server does beside the schema.
func (a *Admission) scale(object *unstructured.Unstructured) field.ErrorList {
	replicas, _, err := unstructured.NestedInt64(object.Object, strings.Split(strings.TrimPrefix(a.replicas, "."), ".")...)
	switch {
	case err != nil:
		return field.ErrorList{field.Invalid(field.NewPath(a.replicas), replicas, err.Error())}
	case replicas < 0:
		return field.ErrorList{field.Invalid(field.NewPath(a.replicas), replicas, "should be a non-negative integer")}
	case replicas > math.MaxInt32:
		return field.ErrorList{field.Invalid(field.NewPath(a.replicas), replicas, fmt.Sprintf("should be less than or equal to %v", math.MaxInt32))}
	}
	return nil
}

// scalarForString is how a number or a boolean is refused where there must be a string.
var scalarForString = regexp.MustCompile(`must be of type string: "(integer|number|boolean)"`)

// advise adds what the API server can't say of a number where there must be a string: YAML
// reads 1.0 as one.
func advise(err error, errs field.ErrorList) error {
	for _, e := range errs {
		if e.Type == field.ErrorTypeTypeInvalid && scalarForString.MatchString(e.Detail) {
			return fmt.Errorf("%w; write the value of %s in quotes, such as \"1.0\": without them, YAML reads no string", err, e.Field)
		}
	}
	return err
}

// sorted orders errors: the libraries return them in random order.
func sorted(errs field.ErrorList) field.ErrorList {
	slices.SortStableFunc(errs, func(a, b *field.Error) int { return cmp.Compare(a.Field, b.Field) })
	return errs
}

// blocksRules reports whether an error keeps the API server from checking the rules.
func blocksRules(err *field.Error) bool {
	return slices.Contains([]field.ErrorType{
		field.ErrorTypeNotSupported, field.ErrorTypeRequired, field.ErrorTypeTooLong, field.ErrorTypeTooMany, field.ErrorTypeTypeInvalid,
	}, err.Type)
}
