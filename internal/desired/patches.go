// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	corev1 "k8s.io/api/core/v1"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/kustomize/api/provider"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/openapi"
	"sigs.k8s.io/kustomize/kyaml/resid"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/decodable"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// The limits of what patches make, all of them far beyond any use: the operator works for
// every tracker of a cluster, and the text of one must not take its memory or its time.
const (
	// maxPatchText is how long the text of all patches may be.
	maxPatchText = 256 << 10
	// maxPatchValues is how many values all patches may set or copy, each counted once for
	// every object that it is set in.
	maxPatchValues = 1000
	// maxObjectValues is how many values a patched object may hold.
	maxObjectValues = 5000
	// maxMergeSteps is how many steps all strategic merges may take: see mergeSteps. It is
	// the work of seconds.
	maxMergeSteps = 1_000_000
	// maxCopied is how much the copy operations of one patch may add to an object.
	maxCopied = 64 << 10
	// maxDepth is how deep an object or a patch may be nested.
	maxDepth = 64
	// maxObject is how large a patched object may be, as JSON, and maxObjects how large all
	// objects may be together. The API server takes no larger annotations.
	maxObject, maxObjects = 256 << 10, 1 << 20
	// maxMessage is how many characters the message of a PatchError may have: libraries
	// quote the patch in theirs, and list all that is wrong with it.
	maxMessage = 1000
)

func init() { jsonpatch.AccumulatedCopySizeLimit = maxCopied }

// PatchError says which entry of spec.patches can't be applied, and why.
type PatchError struct {
	// Index is the entry's place in spec.patches, from 0.
	Index int
	// Err is the cause.
	Err error
}

func (e *PatchError) Error() string {
	return shortened(fmt.Sprintf("spec.patches[%d]: %s", e.Index, e.Err), maxMessage)
}

// Unwrap returns the cause.
func (e *PatchError) Unwrap() error { return e.Err }

// kustomize fills its schema at first use, while other goroutines may read it.
var loadSchema = sync.OnceFunc(func() { openapi.Schema() })

// applyPatches applies spec.patches one after the other. Objects of a kind of
// which the table does not say what a patch may change stay out of their reach:
// Secrets, whose data are not here. It ends early with the error of ctx.
func (b *builder) applyPatches(ctx context.Context) error {
	if len(b.tracker.Spec.Patches) == 0 {
		return nil
	}
	loadSchema()
	p, err := newPatcher(b.output.Objects, b.tracker.Namespace, b.catalog.AllowPatches)
	if err != nil {
		return err
	}
	for i := range b.tracker.Spec.Patches {
		p.index = i
		err := p.apply(ctx, &b.tracker.Spec.Patches[i])
		if ctx.Err() != nil {
			return fmt.Errorf("applying spec.patches: %w", ctx.Err())
		}
		if err != nil {
			return &PatchError{Index: i, Err: err}
		}
	}
	if err := p.validateRoutes(); err != nil {
		return err
	}
	for _, object := range p.objects {
		b.output.Objects[object.index] = object.typed
	}
	return nil
}

// patcher applies patches to objects, and counts what they cost.
type patcher struct {
	namespace string
	allowed   kinds.Paths
	factory   *resmap.Factory
	objects   []*patchable
	// index is the place of the patch that is being applied in spec.patches.
	index int
	// text, values, steps and size are what is limited by maxPatchText, maxPatchValues,
	// maxMergeSteps and maxObjects.
	text, values, steps, size int
}

// patchable is an object that can be patched, as it is after the last patch.
type patchable struct {
	kind  kinds.Kind
	typed Object
	// text and fields are the object as JSON.
	text   []byte
	fields map[string]any
	// identity is what targets select by, in kustomize's form.
	identity *resource.Resource
	// containers are those of the rendered pod template, if there is one.
	containers []string
	// port is that of the first of them, nil if it has none.
	port *corev1.ContainerPort
	// patchedBy is the place of the last patch that matched the object in spec.patches.
	patchedBy int
	index     int
}

func newPatcher(objects []Object, namespace string, allowed kinds.Paths) (*patcher, error) {
	p := &patcher{
		namespace: namespace, allowed: allowed,
		factory: resmap.NewFactory(provider.NewDefaultDepProvider().GetResourceFactory()),
	}
	for i, object := range objects {
		kind, _ := kinds.Of(object.GetObjectKind().GroupVersionKind().GroupKind())
		if len(kind.Patchable) == 0 {
			continue // Nothing says how far it may be patched.
		}
		fields, err := fieldsOf(object)
		if err != nil {
			return nil, err
		}
		text, err := json.Marshal(fields)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", describe(object), err)
		}
		o := &patchable{
			kind: kind, typed: object, text: text, fields: fields,
			containers: containersOf(object), port: firstPort(templateOf(object)), index: i,
		}
		if o.identity, err = p.identityOf(fields); err != nil {
			return nil, fmt.Errorf("reading %s: %w", describe(object), err)
		}
		p.size += len(text)
		p.objects = append(p.objects, o)
	}
	return p, nil
}

// identityOf is an object without what no target selects by: to turn a whole object into
// kustomize's form takes milliseconds.
func (p *patcher) identityOf(fields map[string]any) (*resource.Resource, error) {
	metadata := map[string]any{"name": field(fields, "metadata.name"), "namespace": field(fields, "metadata.namespace")}
	if labels := field(fields, "metadata.labels"); labels != nil {
		metadata["labels"] = labels
	}
	return p.factory.RF().FromMap(map[string]any{
		"apiVersion": fields["apiVersion"], "kind": fields["kind"], "metadata": metadata,
	})
}

func (p *patcher) apply(ctx context.Context, patch *v1alpha1.Patch) error {
	if p.text += len(patch.Patch); p.text > maxPatchText {
		return fmt.Errorf("the patches up to this one are longer than %d KiB together; shorten or remove some", maxPatchText>>10)
	}
	documents, err := parse(patch.Patch)
	if err != nil {
		return err
	}
	for _, d := range documents {
		switch content := d.(type) {
		case []any:
			if len(documents) > 1 {
				return errors.New("a list of operations can't be combined with another document")
			}
			return p.applyOperations(ctx, patch.Target, content)
		case map[string]any:
			if patch.Target != nil && len(documents) > 1 {
				return errors.New("a patch with a target can't consist of several documents")
			}
			if err := p.merge(ctx, patch.Target, content); err != nil {
				return err
			}
		default:
			return errors.New("the patch is neither an object nor a list of operations")
		}
	}
	return nil
}

// applyOperations applies a JSON patch.
func (p *patcher) applyOperations(ctx context.Context, target *v1alpha1.PatchTarget, operations []any) error {
	if target == nil {
		return errors.New("a list of operations needs a target")
	}
	matched, err := p.match(target)
	if err != nil {
		return err
	}
	set := valuesSet(operations)
	if err := p.spend(set * len(matched)); err != nil {
		return err
	}
	text, err := json.Marshal(operations)
	if err != nil {
		return fmt.Errorf("reading the patch: %w", err)
	}
	decoded, err := jsonpatch.DecodePatch(text)
	if err != nil {
		return fmt.Errorf("reading the patch: %w", err)
	}
	for _, object := range matched {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		patched, err := guarded(func() ([]byte, error) { return decoded.Apply(object.text) })
		if err != nil {
			return fmt.Errorf("%s: %w", describe(object.typed), err)
		}
		if err := p.take(object, patched, set); err != nil {
			return fmt.Errorf("%s: %w", describe(object.typed), err)
		}
	}
	return nil
}

// merge applies a strategic merge patch, to the object that it names unless there is a
// target.
func (p *patcher) merge(ctx context.Context, target *v1alpha1.PatchTarget, fields map[string]any) error {
	if err := address(fields, p.namespace, target != nil); err != nil {
		return err
	}
	patch, err := guarded(func() (*resource.Resource, error) { return p.factory.RF().FromMap(fields) })
	if err != nil {
		return fmt.Errorf("reading the patch: %w", err)
	}
	matched, err := p.matchMerge(target, patch)
	if err != nil {
		return err
	}
	set, steps := valuesIn(fields), mergeSteps(fields)
	if err := p.spend(set * len(matched)); err != nil {
		return err
	}
	for _, object := range matched {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		err := p.step(mergeSteps(object.fields) + steps)
		if err == nil {
			err = p.mergeInto(object, patch, set)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", describe(object.typed), err)
		}
	}
	return nil
}

// matchMerge returns the objects that a strategic merge patch is for.
func (p *patcher) matchMerge(target *v1alpha1.PatchTarget, patch *resource.Resource) ([]*patchable, error) {
	if target != nil {
		return p.match(target)
	}
	for _, object := range p.objects {
		if object.identity.CurId().Equals(patch.OrgId()) {
			return []*patchable{object}, nil
		}
	}
	return nil, fmt.Errorf("no object of the tracker matches the strategic merge patch of %s; "+
		"correct it, and note that Secrets can't be patched", patch.OrgId())
}

// mergeInto merges a patch that sets some values.
func (p *patcher) mergeInto(object *patchable, patch *resource.Resource, set int) error {
	patched, err := guarded(func() ([]byte, error) {
		whole, err := p.factory.RF().FromMap(object.fields)
		if err != nil {
			return nil, err
		}
		one := resmap.New()
		if err := one.Append(whole); err != nil {
			return nil, err
		}
		if err := one.ApplySmPatch(resource.MakeIdSet([]*resource.Resource{whole}), patch); err != nil {
			return nil, err
		}
		if whole.IsNilOrEmpty() {
			return nil, errors.New("it can't be deleted by a patch")
		}
		whole.RemoveBuildAnnotations()
		return whole.MarshalJSON()
	})
	if err != nil {
		return err
	}
	return p.take(object, patched, set)
}

// match returns the objects that a target selects, one at least.
func (p *patcher) match(t *v1alpha1.PatchTarget) ([]*patchable, error) {
	for _, expression := range []string{t.Group, t.Version, t.Kind, t.Name} {
		if err := boundExpression(expression); err != nil {
			return nil, fmt.Errorf("reading the target: %w", err)
		}
	}
	identities := resmap.New()
	for _, object := range p.objects {
		if err := identities.Append(object.identity); err != nil {
			return nil, fmt.Errorf("reading %s: %w", describe(object.typed), err)
		}
	}
	selected, err := identities.Select(types.Selector{
		ResId:         resid.ResId{Gvk: resid.Gvk{Group: t.Group, Version: t.Version, Kind: t.Kind}, Name: t.Name},
		LabelSelector: t.LabelSelector,
	})
	if err != nil {
		return nil, fmt.Errorf("reading the target: %w", err)
	}
	var matched []*patchable
	for _, object := range p.objects {
		if slices.Contains(selected, object.identity) {
			matched = append(matched, object)
		}
	}
	if len(matched) == 0 {
		return nil, fmt.Errorf("the target (kind %q, name %q, labelSelector %q) matches no object of the tracker; "+
			"correct it, and note that Secrets can't be patched", t.Kind, t.Name, t.LabelSelector)
	}
	return matched, nil
}

// spend counts values that are set or copied.
func (p *patcher) spend(values int) error {
	if p.values += values; p.values > maxPatchValues {
		return fmt.Errorf("the patches up to this one set or copy %d values, each counted once for every object that it is set in, "+
			"and may set %d; narrow their targets, or remove some", p.values, maxPatchValues)
	}
	return nil
}

// step counts steps of strategic merges.
func (p *patcher) step(steps int) error {
	if p.steps += steps; p.steps > maxMergeSteps {
		return fmt.Errorf("the strategic merges up to this one take %d steps, most of them for long lists, and may take %d; "+
			"shorten the lists, or use lists of operations instead", p.steps, maxMergeSteps)
	}
	return nil
}

// guarded runs a library on text that others wrote: what it panics at is an error of that
// text.
func guarded[T any](run func() (T, error)) (result T, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("it can't be applied: %v", r)
		}
	}()
	return run()
}

// take checks what a patch made of an object, and makes it ours. The values that the patch
// itself sets are counted already: what the object grows by beyond them is copied.
func (p *patcher) take(o *patchable, patched []byte, set int) error {
	size := p.size - len(o.text) + len(patched)
	if size > maxObjects {
		return fmt.Errorf("the patch makes the tracker's objects larger than %d KiB together", maxObjects>>10)
	}
	fields, err := bounded(patched)
	if err != nil {
		return err
	}
	if err := p.spend(max(0, valuesIn(fields)-valuesIn(o.fields)-set)); err != nil {
		return err
	}
	if err := validateFixed(o.kind, o.fields, fields); err != nil {
		return err
	}
	typed, ok := reflect.TypeAssert[Object](reflect.New(reflect.TypeOf(o.typed).Elem()))
	if !ok {
		return fmt.Errorf("creating an empty %T: it does not implement Object; this is a bug of the operator", o.typed)
	}
	if err := decodable.Bounded(patched, typed); err != nil {
		return err
	}
	strict, err := kjson.UnmarshalStrict(patched, typed)
	if err := errors.Join(append(strict, err)...); err != nil {
		return err
	}
	if err := validateChanges(o.kind, p.allowed, o.fields, fields); err != nil {
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
	if err := validateTemplate(templateOf(o.typed), templateOf(typed)); err != nil {
		return err
	}
	identity := o.identity
	if !reflect.DeepEqual(field(o.fields, "metadata.labels"), field(fields, "metadata.labels")) {
		if identity, err = p.identityOf(fields); err != nil {
			return fmt.Errorf("reading the patched object: %w", err)
		}
	}
	o.typed, o.text, o.fields, o.identity, p.size = typed, patched, fields, identity, size
	o.patchedBy = p.index
	return nil
}

// bounded returns the fields of a patched object, unless it is too large.
func bounded(patched []byte) (map[string]any, error) {
	if len(patched) > maxObject {
		return nil, fmt.Errorf("the patch makes it larger than %d KiB", maxObject>>10)
	}
	var fields map[string]any
	if err := json.Unmarshal(patched, &fields); err != nil {
		return nil, fmt.Errorf("reading the patched object: %w", err)
	}
	if deeper(fields, maxDepth) {
		return nil, errTooDeep
	}
	if values := valuesIn(fields); values > maxObjectValues {
		return nil, fmt.Errorf("the patch makes it hold %d values, and it may hold %d", values, maxObjectValues)
	}
	return fields, nil
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
