// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"sync"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/kustomize/api/builtins" //nolint:staticcheck // the one way to kustomize's patches that has no file system
	"sigs.k8s.io/kustomize/api/provider"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/openapi"
	"sigs.k8s.io/kustomize/kyaml/resid"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

func init() {
	// A JSON patch of repeated copies doubles its object each time. The API server
	// bounds the same library in the same way.
	jsonpatch.AccumulatedCopySizeLimit = 1 << 20
}

// PatchError says which entry of spec.patches can't be applied, and why.
type PatchError struct {
	// Index is the entry's place in spec.patches, from 0.
	Index int
	// Err is the cause.
	Err error
}

func (e *PatchError) Error() string { return fmt.Sprintf("spec.patches[%d]: %s", e.Index, e.Err) }

// Unwrap returns the cause.
func (e *PatchError) Unwrap() error { return e.Err }

// kustomize fills its schema at first use, while other goroutines may read it.
var loadSchema = sync.OnceFunc(func() { openapi.Schema() })

// applyPatches applies spec.patches one after the other. Objects of a kind of
// which the table does not say what a patch may not change stay out of their reach:
// Secrets, whose data are not here.
func (b *builder) applyPatches() error {
	if len(b.tracker.Spec.Patches) == 0 {
		return nil
	}
	loadSchema()
	p, err := newPatcher(b.output.Objects, b.tracker.Namespace)
	if err != nil {
		return err
	}
	for i := range b.tracker.Spec.Patches {
		if err := p.apply(&b.tracker.Spec.Patches[i]); err != nil {
			return &PatchError{Index: i, Err: err}
		}
	}
	for _, object := range p.objects {
		b.output.Objects[object.index] = object.typed
	}
	return nil
}

// patcher holds the objects in kustomize's form beside our own.
type patcher struct {
	namespace string
	factory   *resmap.Factory
	resources resmap.ResMap
	objects   []*patchable
}

type patchable struct {
	kind     kinds.Kind
	resource *resource.Resource
	// typed is the object after the last patch, fields the same as JSON.
	typed  Object
	fields map[string]any
	// containers are those of the rendered pod template, if there is one.
	containers []string
	index      int
}

func newPatcher(objects []Object, namespace string) (*patcher, error) {
	p := &patcher{
		namespace: namespace,
		factory:   resmap.NewFactory(provider.NewDefaultDepProvider().GetResourceFactory()),
		resources: resmap.New(),
	}
	for i, object := range objects {
		kind, _ := kinds.Of(object.GetObjectKind().GroupVersionKind().GroupKind())
		if len(kind.Fixed) == 0 {
			continue // Nothing says how far it may be patched.
		}
		fields, err := fieldsOf(object)
		if err != nil {
			return nil, err
		}
		r, err := p.factory.RF().FromMap(fields)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", describe(object), err)
		}
		if err := p.resources.Append(r); err != nil {
			return nil, fmt.Errorf("reading %s: %w", describe(object), err)
		}
		p.objects = append(p.objects, &patchable{kind: kind, resource: r, typed: object, fields: fields, containers: containersOf(object), index: i})
	}
	return p, nil
}

func (p *patcher) apply(patch *v1alpha1.Patch) error {
	text, err := normalized(patch, p.namespace)
	if err != nil {
		return err
	}
	// Only ever text: nothing here can name a file, a URL or a program.
	transformer := &builtins.PatchTransformerPlugin{Patch: text}
	matched := p.resources.Resources()
	if t := patch.Target; t != nil {
		transformer.Target = &types.Selector{
			ResId:         resid.ResId{Gvk: resid.Gvk{Group: t.Group, Version: t.Version, Kind: t.Kind}, Name: t.Name},
			LabelSelector: t.LabelSelector,
		}
		matched, err = p.resources.Select(*transformer.Target)
		if err != nil {
			return fmt.Errorf("reading the target: %w", err)
		}
		if len(matched) == 0 {
			return fmt.Errorf("the target (kind %q, name %q, labelSelector %q) matches no object of the tracker; "+
				"correct it, and note that Secrets can't be patched", t.Kind, t.Name, t.LabelSelector)
		}
	}
	if err := p.transform(transformer); err != nil {
		return err
	}
	for _, object := range p.objects {
		if slices.Contains(matched, object.resource) {
			if err := object.take(); err != nil {
				return fmt.Errorf("%s: %w", describe(object.typed), err)
			}
		}
	}
	return nil
}

// transform runs kustomize on text that others wrote: what it panics at is an
// error of that text.
func (p *patcher) transform(transformer *builtins.PatchTransformerPlugin) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("kustomize can't apply it: %v", r)
		}
	}()
	if err := transformer.Config(resmap.NewPluginHelpers(nil, nil, p.factory, nil), []byte("{}")); err != nil {
		return err
	}
	before := p.resources.Resources()
	if err := transformer.Transform(p.resources); err != nil {
		return err
	}
	for i, r := range before {
		if r.IsNilOrEmpty() {
			return fmt.Errorf("%s can't be deleted by a patch", describe(p.objects[i].typed))
		}
		r.RemoveBuildAnnotations()
	}
	return nil
}

// take checks what a patch made of an object, and makes it ours.
func (o *patchable) take() error {
	patched, err := o.resource.MarshalJSON()
	if err != nil {
		return fmt.Errorf("reading the patched object: %w", err)
	}
	var fields map[string]any
	if err := json.Unmarshal(patched, &fields); err != nil {
		return fmt.Errorf("reading the patched object: %w", err)
	}
	if err := validatePatch(o.kind, o.fields, fields); err != nil {
		return err
	}
	typed, ok := reflect.TypeAssert[Object](reflect.New(reflect.TypeOf(o.typed).Elem()))
	if !ok {
		return fmt.Errorf("creating an empty %T: it does not implement Object; this is a bug of the operator", o.typed)
	}
	strict, err := kjson.UnmarshalStrict(patched, typed)
	if err := errors.Join(append(strict, err)...); err != nil {
		return err
	}
	if err := restricted(typed); err != nil {
		return err
	}
	kept := containersOf(typed)
	for _, name := range o.containers {
		if !slices.Contains(kept, name) {
			return fmt.Errorf("its container %q can't be removed or renamed by a patch; remove this change from the patch", name)
		}
	}
	o.typed, o.fields = typed, fields
	return nil
}

func fieldsOf(object Object) (map[string]any, error) {
	out, err := json.Marshal(object)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", describe(object), err)
	}
	var fields map[string]any
	if err := json.Unmarshal(out, &fields); err != nil {
		return nil, fmt.Errorf("reading %s: %w", describe(object), err)
	}
	return fields, nil
}

func describe(object Object) string {
	return object.GetObjectKind().GroupVersionKind().Kind + " " + object.GetName()
}

// normalized is a patch's text as JSON documents that identify their objects. Parsing it
// here also rejects texts that YAML's aliases would grow without bounds.
func normalized(patch *v1alpha1.Patch, namespace string) (string, error) {
	documents, err := parse(patch.Patch)
	if err != nil {
		return "", err
	}
	texts := make([]string, 0, len(documents))
	for _, document := range documents {
		switch d := document.(type) {
		case []any:
			if len(documents) > 1 {
				return "", errors.New("a list of operations can't be combined with another document")
			}
		case map[string]any:
			if err := address(d, namespace, patch.Target != nil); err != nil {
				return "", err
			}
		default:
			return "", errors.New("the patch is neither an object nor a list of operations")
		}
		text, err := json.Marshal(document)
		if err != nil {
			return "", fmt.Errorf("reading the patch: %w", err)
		}
		texts = append(texts, string(text))
	}
	return strings.Join(texts, "\n---\n"), nil
}

// parse returns the documents of a patch, one at least.
func parse(patch string) ([]any, error) {
	var documents []any
	reader := utilyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(patch)))
	for {
		text, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("reading the patch: %w", err)
		}
		var document any
		if err := yaml.UnmarshalStrict(text, &document); err != nil {
			return nil, fmt.Errorf("reading the patch: %w", err)
		}
		list, isList := document.([]any)
		if document != nil && (!isList || len(list) > 0) {
			documents = append(documents, document)
		}
	}
	if len(documents) == 0 {
		return nil, errors.New("the patch is empty")
	}
	return documents, nil
}

// address completes what identifies the object of a strategic merge patch: its namespace,
// which is always the tracker's; and with a target, which takes precedence, a kind and a
// name, which kustomize then requires and ignores.
func address(document map[string]any, namespace string, targeted bool) error {
	metadata, isObject := document["metadata"].(map[string]any)
	if document["metadata"] != nil && !isObject {
		return errors.New("metadata must be an object")
	}
	if metadata == nil {
		metadata = map[string]any{}
		document["metadata"] = metadata
	}
	if metadata["namespace"] == nil {
		metadata["namespace"] = namespace
	}
	if targeted {
		document["kind"], metadata["name"] = "Any", "any"
		return nil
	}
	if slices.Contains([]any{document["apiVersion"], document["kind"], metadata["name"]}, nil) {
		return errors.New("a strategic merge patch without a target must name its object by apiVersion, kind and metadata.name")
	}
	return nil
}
