// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// neverExisted is a resourceVersion that no object has: etcd starts at 1, and its
// first write makes 2. An apply that names it creates what is absent, as every
// apply does, and is a conflict where an object exists.
const neverExisted = "1"

// write applies the intent and counts it as an action: to exactly that version of
// the live object, or, when that is nil, only if no object of that name exists. (A
// POST would do the latter too, but it leaves the fields to its manager as an
// Update, which would own them beside our later applies for ever and keep removals
// from taking effect.)
func (c *child) write(ctx context.Context, live *object, action Action) error {
	body := &unstructured.Unstructured{Object: runtime.DeepCopyJSON(c.want.body)}
	body.SetResourceVersion(neverExisted)
	version := ""
	if live != nil {
		version = live.GetResourceVersion()
		c.list(live)
	}
	if err := c.record.refused(c.want.hash, version, c.clock.Now()); err != nil {
		return err
	}
	if live != nil {
		if c.want.observed != "" && c.want.observed != live.GetResourceVersion() {
			return c.pending("it has changed since it was observed")
		}
		body.SetUID(live.GetUID())
		body.SetResourceVersion(live.GetResourceVersion())
		if err := c.keepData(ctx, body); err != nil {
			return err
		}
		if err := c.keepTemplate(ctx, body); err != nil {
			return err
		}
	}
	err := c.client.Apply(ctx, client.ApplyConfigurationFromUnstructured(body), client.FieldOwner(v1alpha1.FieldManager), client.ForceOwnership)
	if _, optional := c.optional.of(c.want.gvk); optional && apierrors.IsNotFound(err) {
		return &PendingError{c.want.gvk.Kind, c.want.key.Name, kindGoes, false} // A moment later than refused knows it.
	}
	if err != nil {
		err = refused(c.want.gvk.Kind, c.want.key.Name, err)
		if is[*InvalidError](err) {
			c.record.refusal = refusal{c.want.hash, version, err, c.clock.Now()}
		}
		return err
	}

	answer := c.empty()
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(body.Object, answer); err != nil {
		return fmt.Errorf("read the answer for %s: %w", c, err)
	}
	written, err := c.newObject(answer)
	if err != nil {
		return err
	}
	c.result.count(action, c.want.gvk.Kind)
	c.result.Written = append(c.result.Written, answer)
	if live == nil {
		c.list(written)
	}
	c.recordResult(written)
	return nil
}

// recordResult records a write, and says so when the API server made something else of
// it than it did before.
func (c *child) recordResult(written *object) {
	found := c.want.compare(written.fields)
	known := c.record.wrote(written, c.want.hash) && c.record.answer == fingerprint(found)
	c.record.remember(written, c.want.hash, found)
	if len(found) == 0 || known {
		return
	}
	fields := make([]string, 0, len(found))
	for _, d := range found {
		fields = append(fields, formatPath(d.path))
	}
	c.result.warn(ReasonAltered, fmt.Sprintf(
		"%s: the API server, such as by an admission webhook, keeps other values than those applied, and they are left so: %s",
		c, enumerate(fields)))
}

// keepData puts a live Secret's content into the apply of its metadata: what an
// apply leaves out and we own is removed.
func (c *child) keepData(ctx context.Context, body *unstructured.Unstructured) error {
	if c.want.gvk != secretKind {
		return nil
	}
	secret := &corev1.Secret{}
	err := c.live.Get(ctx, c.want.key, secret)
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
