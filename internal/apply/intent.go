// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/structured-merge-diff/v6/typed"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

var deploymentKind = appsv1.SchemeGroupVersion.WithKind("Deployment")

// intent is what one child should be.
type intent struct {
	// body is the apply request: every field in it becomes ours.
	body map[string]any
	// fields is what is compared: the body, of a Secret its metadata alone, and
	// without a pod template that is kept.
	fields map[string]any
	// hash stands for the fields but an autoscaler's replicas, in the body's
	// AnnotationIntent too.
	hash string
	// schema describes the fields.
	schema *typed.TypedValue
	// keepsTemplate means that the pod template of an existing object stays as it is.
	keepsTemplate bool
	// autoscaled means that an autoscaler sets the replicas, unless there are none.
	autoscaled bool
	// observed is that of the child.
	observed string
}

// newIntent turns a child into what to apply. The replicas of an
// autoscaled Deployment are restated in a write that has another reason, and are
// not a reason for one.
func newIntent(types managedfields.TypeConverter, child Child, autoscaled bool) (*intent, error) {
	object := child.Object
	gvk := object.GetObjectKind().GroupVersionKind()
	body, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return nil, fmt.Errorf("convert %s %q: %w", gvk.Kind, object.GetName(), err)
	}
	omitUnset(reflect.ValueOf(object), body)
	delete(body, "status")
	metadata := &unstructured.Unstructured{Object: body}
	metadata.SetResourceVersion("")
	metadata.SetUID("")

	fields, hashed := body, body
	_, isJob := object.(*batchv1.Job) // Its pod template can't be changed.
	keeps := child.KeepTemplate || isJob
	switch {
	case gvk == kinds.Secret:
		fields = metadataOf(body)
		hashed = withoutRevision(fields)
	case keeps:
		fields = withoutInSpec(body, "template")
		hashed = fields
	}
	if autoscaled {
		hashed = withoutInSpec(fields, "replicas")
	}
	encoded, err := json.Marshal(hashed)
	if err != nil {
		return nil, fmt.Errorf("encode %s %q: %w", gvk.Kind, object.GetName(), err)
	}
	sum := sha256.Sum256(encoded)
	hash := hex.EncodeToString(sum[:16])
	// The fields share their metadata with the body.
	if err := unstructured.SetNestedField(body, hash, "metadata", "annotations", v1alpha1.AnnotationIntent); err != nil {
		return nil, fmt.Errorf("annotate %s %q: %w", gvk.Kind, object.GetName(), err)
	}
	value, err := types.ObjectToTyped(&unstructured.Unstructured{Object: fields})
	if err != nil {
		return nil, &InvalidError{gvk.Kind, object.GetName(), err}
	}
	return &intent{
		body:          body,
		fields:        fields,
		hash:          hash,
		schema:        value,
		keepsTemplate: keeps,
		autoscaled:    autoscaled,
		observed:      child.Observed,
	}, nil
}

// metadataOf is the part of a Secret that may be compared and hashed.
func metadataOf(object map[string]any) map[string]any {
	return map[string]any{
		"apiVersion": object["apiVersion"],
		"kind":       object["kind"],
		"metadata":   object["metadata"],
	}
}

// withoutRevision is a Secret's metadata without what is random in them: a refused
// Secret is the same intent in the next reconciliation.
func withoutRevision(metadata map[string]any) map[string]any {
	metadata = runtime.DeepCopyJSON(metadata)
	unstructured.RemoveNestedField(metadata, "metadata", "annotations", v1alpha1.AnnotationCredentialsRevision)
	return metadata
}

// withoutInSpec is an object less one field of its spec; it shares the rest.
func withoutInSpec(object map[string]any, field string) map[string]any {
	object = maps.Clone(object)
	if spec, ok := object["spec"].(map[string]any); ok {
		spec = maps.Clone(spec)
		delete(spec, field)
		object["spec"] = spec
	}
	return object
}

// autoscaledBy names the Deployments that the autoscalers among the children scale.
func autoscaledBy(children []Child) sets.Set[string] {
	names := sets.New[string]()
	for _, child := range children {
		if hpa, ok := child.Object.(*autoscalingv2.HorizontalPodAutoscaler); ok {
			names.Insert(hpa.Spec.ScaleTargetRef.Name)
		}
	}
	return names
}

// omitUnset removes from node, the JSON form of v, what Go writes for a field that
// was never set: null, and {} or 0 for a struct that is not behind a pointer. An
// empty struct behind a pointer, such as an emptyDir, is a choice and stays.
func omitUnset(v reflect.Value, node any) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			omitUnset(v.Elem(), node)
		}
	case reflect.Slice:
		if items, ok := node.([]any); ok {
			for i, item := range items {
				omitUnset(v.Index(i), item)
			}
		}
	case reflect.Map:
		if values, ok := node.(map[string]any); ok {
			for _, key := range v.MapKeys() {
				omitUnset(v.MapIndex(key), values[key.String()])
			}
		}
	case reflect.Struct:
		if fields, ok := node.(map[string]any); ok { // Else it is a quantity or the like, written as a scalar.
			omitUnsetFields(v, fields)
		}
	}
}

func omitUnsetFields(v reflect.Value, node map[string]any) {
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if name == "" { // Inlined.
			omitUnset(v.Field(i), node)
			continue
		}
		field := v.Field(i)
		omitUnset(field, node[name])
		fields, isMap := node[name].(map[string]any)
		unset := field.Kind() == reflect.Struct && (field.IsZero() || isMap && len(fields) == 0)
		if node[name] == nil || unset {
			delete(node, name)
		}
	}
}

// annotation returns the intent that an existing object was last applied from.
func annotation(object metav1.Object) string {
	return object.GetAnnotations()[v1alpha1.AnnotationIntent]
}
