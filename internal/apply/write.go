// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// neverExisted is a resourceVersion that no object has: etcd starts at 1, and its
// first write makes 2. An apply that names it creates what is absent, as every
// apply does, and is a conflict where an object exists.
const neverExisted = "1"

// write applies the intent and counts it as an action, for the sake of some fields: to
// exactly that version of the live object, or, when that is nil, only if no object of
// that name exists. (A POST would do the latter too, but it leaves the fields to its
// manager as an Update, which would own them beside our later applies and keep removals
// from taking effect.)
func (c *child) write(ctx context.Context, live *object, action Action, fields []difference) error {
	version := ""
	if live != nil {
		version = live.GetResourceVersion()
		c.list()
	}
	if left, err := c.record.refused(c.want.hash, version, c.clock.Now()); err != nil {
		c.logSkip(ctx, fmt.Sprintf("refused before, retry in %s", left.Round(time.Second)))
		return err
	}
	if c.record.isOutdated(c.want.hash, version, c.clock.Now()) {
		return c.pending(changedSinceRead)
	}
	if err := c.confirmAdoption(ctx, live); err != nil {
		return err
	}
	body, err := c.body(ctx, live)
	if err != nil {
		return err
	}
	request, warnings := collectWarnings(ctx)
	err = c.client.Apply(request, client.ApplyConfigurationFromUnstructured(body), client.FieldOwner(v1alpha1.FieldManager), client.ForceOwnership)
	c.reportWarnings(*warnings)
	if _, optional := c.optional.of(c.kind.GroupVersionKind); optional && apierrors.IsNotFound(err) {
		return &PendingError{c.kind.Kind, c.key.Name, kindGoes, false} // The API server no longer serves the kind.
	}
	if err != nil {
		return c.notWritten(err, live, version)
	}

	answer := c.kind.New()
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(body.Object, answer); err != nil {
		return fmt.Errorf("read the answer for %s: %w", c, err)
	}
	answer.GetObjectKind().SetGroupVersionKind(c.kind.GroupVersionKind)
	written := &object{Object: answer, uncached: true}
	if err := written.convert(); err != nil {
		return err
	}
	c.result.count(action, c.kind.Kind)
	c.result.Written = append(c.result.Written, answer)
	if live == nil {
		c.list()
	}
	logWrite(ctx, c.String(), action, fieldsOf(fields))
	if err := c.recordResult(written); err != nil {
		return err
	}
	return c.adopted(ctx, live, written)
}

// notWritten remembers why a version of the live object was not written: the same request would
// end alike.
func (c *child) notWritten(err error, live *object, version string) error {
	err = refused(c.kind.Kind, c.key.Name, err)
	switch {
	case is[*InvalidError](err):
		c.record.refusal = &refusal{c.want.hash, version, err, c.clock.Now()}
	case isStale(err) && live != nil:
		c.record.conflicted(c.want.hash, version, c.clock.Now())
	}
	return err
}

// body is the apply request: bound to the live object, or to that there is none.
func (c *child) body(ctx context.Context, live *object) (*unstructured.Unstructured, error) {
	body := &unstructured.Unstructured{Object: runtime.DeepCopyJSON(c.want.body)}
	if live == nil {
		body.SetResourceVersion(neverExisted)
		return body, nil
	}
	if c.want.observed != "" && c.want.observed != live.GetResourceVersion() {
		return nil, c.pending("it has changed since it was observed")
	}
	body.SetUID(live.GetUID())
	body.SetResourceVersion(live.GetResourceVersion())
	if err := c.keepData(ctx, body); err != nil {
		return nil, err
	}
	return body, c.keepOwned(ctx, live, body)
}

// recordResult records a write, with a warning when the API server made something else of
// it than it did before.
func (c *child) recordResult(written *object) error {
	found := c.want.compare(c.want.fields, written.fields)
	before := c.record.wrote(written, c.want.hash) && c.record.answer == fingerprint(found)
	c.record.remember(written, c.want.hash, found)
	c.record.exists, c.record.written = true, c.clock.Now()
	if len(found) == 0 {
		return c.remember(written, reasonUnchanged)
	}
	if err := c.remember(written, reasonAltered); err != nil || before {
		return err
	}
	c.result.warn(ReasonAltered, fmt.Sprintf(
		"%s: the API server, such as by an admission webhook, keeps other values than those applied, and they are left so: %s",
		c, enumerate(fieldsOf(found))))
	return nil
}

// logWrite logs a write, and the fields that it was for; none for a new object.
func logWrite(ctx context.Context, object string, action Action, fields []string) {
	log.FromContext(ctx).Info("Object written", "object", object, "action", action, "fields", fields)
}

// keepData puts a live Secret's content into the apply of its metadata: what an
// apply leaves out and we own is removed.
func (c *child) keepData(ctx context.Context, body *unstructured.Unstructured) error {
	if c.kind.GroupVersionKind != kinds.Secret {
		return nil
	}
	secret := &corev1.Secret{}
	err := c.live.Get(ctx, c.key, secret)
	if apierrors.IsNotFound(err) {
		return c.pending("it has just been deleted")
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", c, err)
	}
	// If it is not the version that was decided on, the apply is a conflict.
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(secret)
	if err != nil {
		return fmt.Errorf("convert %s: %w", c, err)
	}
	for _, field := range []string{"data", "type", "immutable"} {
		delete(body.Object, field)
		if v, ok := content[field]; ok {
			body.Object[field] = v
		}
	}
	return nil
}

// keepOwned puts into the apply what our applies own of the live object and is to stay as
// it is: what an apply leaves out and we own is removed.
func (c *child) keepOwned(ctx context.Context, live *object, body *unstructured.Unstructured) error {
	replicas := givenUpReplicas(live.fields, body.Object)
	if replicas == nil && !c.want.keepsTemplate {
		return nil
	}
	if !live.uncached { // The cache has no managedFields.
		var err error
		if live, err = c.readLive(ctx); err != nil {
			return err
		}
		if live == nil {
			return c.pending("it has just been deleted")
		}
	}
	// If it is not the version that was decided on, the apply is a conflict.
	owners := newOwners(live)
	if replicas != nil && owners.oursAlone(replicasPath) {
		if err := unstructured.SetNestedField(body.Object, replicas, "spec", "replicas"); err != nil {
			return fmt.Errorf("keep the replicas of %s: %w", c, err)
		}
	}
	if !c.want.keepsTemplate {
		return nil
	}
	return c.keepTemplate(live, owners, body)
}

var replicasPath = fieldpath.MakePathOrDie("spec", "replicas")

// givenUpReplicas returns the live number of pods of an object whose intent has none, nil
// for any other: somebody else is to set it, and until then removing it would reset it to 1.
// (To leave out any other field, such as resources, means that there is to be none.)
func givenUpReplicas(live, wanted map[string]any) any {
	if _, found, err := unstructured.NestedFieldNoCopy(wanted, "spec", "replicas"); found || err != nil {
		return nil
	}
	replicas, _, _ := unstructured.NestedFieldNoCopy(live, "spec", "replicas")
	return replicas
}

// keepTemplate puts into the apply what our applies own of the live pod template; what it
// restates and others own would become ours too.
func (c *child) keepTemplate(live *object, owners owners, body *unstructured.Unstructured) error {
	value, err := c.types.ObjectToTyped(&unstructured.Unstructured{Object: live.fields})
	if err != nil {
		return fmt.Errorf("read %s: %w", c, err)
	}
	ours, _ := value.ExtractItems(owners.applied().Leaves()).AsValue().Unstructured().(map[string]any)
	template, found, err := unstructured.NestedMap(ours, "spec", "template")
	if err != nil {
		return fmt.Errorf("read %s: %w", c, err)
	}
	unstructured.RemoveNestedField(body.Object, "spec", "template")
	if !found {
		return nil
	}
	return unstructured.SetNestedMap(body.Object, template, "spec", "template")
}
