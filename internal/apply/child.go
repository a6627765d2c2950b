// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// child is one child in one pass.
type child struct {
	*Engine
	owner  *v1alpha1.InterviewTracker
	object client.Object
	want   *intent
	record *record
	result *Result
}

// object is a live object, of a Secret its metadata alone.
type object struct {
	client.Object
	// fields is the object in the form of an intent's fields.
	fields map[string]any
}

// apply makes the child exist as wanted, with as few requests as can be.
func (c *child) apply(ctx context.Context) error {
	cached, err := c.read(ctx, c.client)
	if err != nil {
		return err
	}
	lagging := cached != nil && c.record.ahead(cached)
	if lagging && c.record.wrote(cached, c.want.hash) {
		c.result.Lagging = true
		return c.skip(cached) // The event of our own write has yet to come, and will bring us back.
	}
	if cached != nil && !lagging && own(c.owner, c.want.gvk.Kind, cached) == nil {
		return c.reconcileExisting(ctx, cached)
	}
	// The cache lags, and holds only what bears our label: what it does not show as
	// ours, the API server has to tell.
	live, err := c.readLive(ctx)
	if err != nil {
		return err
	}
	if live == nil {
		return c.create(ctx)
	}
	// An object that has lost our label is one that the cache will never show.
	if c.record.uid == live.GetUID() && live.GetLabels()[v1alpha1.LabelTracker] == c.owner.Name {
		c.result.Lagging = true
	}
	return c.reconcileExisting(ctx, live)
}

// reconcileExisting makes an existing object of the tracker's be as wanted.
func (c *child) reconcileExisting(ctx context.Context, live *object) error {
	found := c.want.compare(live.fields)
	switch {
	case len(found) == 0:
		return c.skip(live)
	case annotation(live) == c.want.hash, c.record.wrote(live, c.want.hash):
		return c.repair(ctx, live, found)
	default:
		return c.write(ctx, live, Applied)
	}
}

// read returns the object as a reader shows it, nil when it shows none.
func (c *child) read(ctx context.Context, from client.Reader) (*object, error) {
	live := c.empty()
	err := from.Get(ctx, c.want.key, live)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if notCached(err) {
		return nil, c.pending("the cluster has just lost its kind")
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", c, err)
	}
	return c.newObject(live)
}

// readLive returns the tracker's own object as the API server has it, nil when
// there is none of that name, and an error when there is somebody else's.
func (c *child) readLive(ctx context.Context) (*object, error) {
	live, err := c.read(ctx, c.live)
	if err != nil || live == nil {
		return nil, err
	}
	return live, own(c.owner, c.want.gvk.Kind, live)
}

// empty returns an object to read the child into. The data of Secrets are never
// read where their metadata do.
func (c *child) empty() client.Object {
	if c.want.gvk == secretKind {
		secret := &metav1.PartialObjectMetadata{}
		secret.SetGroupVersionKind(secretKind)
		return secret
	}
	typed, _ := reflect.TypeAssert[client.Object](reflect.New(reflect.TypeOf(c.object).Elem())) // It is of c.object's type.
	return typed
}

func (c *child) newObject(live client.Object) (*object, error) {
	live.GetObjectKind().SetGroupVersionKind(c.want.gvk) // Typed clients leave it out.
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(live)
	if err != nil {
		return nil, fmt.Errorf("convert %s: %w", live.GetName(), err)
	}
	omitUnset(reflect.ValueOf(live), fields)
	return &object{live, fields}, nil
}

// create makes an object that nobody has. When somebody was faster it is left
// to them, unless it is the tracker's.
func (c *child) create(ctx context.Context) error {
	if secret, ok := c.object.(*corev1.Secret); ok && len(secret.Data) == 0 {
		return c.pending("it has gone since it was read")
	}
	if deployment, ok := c.object.(*appsv1.Deployment); ok && keepsTemplate(deployment) {
		return c.pending("it has gone since it was read")
	}
	err := c.write(ctx, nil, Applied)
	if !is[*PendingError](err) {
		return err
	}
	if _, err := c.readLive(ctx); err != nil {
		return err
	}
	return err
}

// repair sets again what somebody changed, unless it is the API server's own
// doing or somebody insists.
func (c *child) repair(ctx context.Context, live *object, found []difference) error {
	if c.tolerated(live, found) {
		return c.skip(live)
	}
	live, err := c.readLive(ctx) // The cache lags, and has no managedFields.
	if err != nil {
		return err
	}
	if live == nil {
		return c.pending("it has just been deleted")
	}
	found = c.want.compare(live.fields)
	if len(found) == 0 || c.tolerated(live, found) {
		return c.skip(live)
	}
	owners := newOwners(live)
	changed := slices.DeleteFunc(slices.Clone(found), func(d difference) bool { return owners.ours(d.path) })
	if len(changed) == 0 {
		// What is still ours has not been changed since we applied it: the API server
		// made that of it. (We said so then; the memory of it was lost in a restart.)
		c.record.remember(live, c.want.hash, found)
		return c.skip(live)
	}
	if err := c.write(ctx, live, Repaired); err != nil {
		return err
	}
	var changes []string
	for _, d := range changed {
		by := owners.manager(d.path)
		c.record.repaired(formatPath(d.path), by, c.clock.Now())
		changes = append(changes, d.describe(by))
	}
	c.result.warn(ReasonRepaired, fmt.Sprintf("Repaired %s: %s", c, enumerate(changes)))
	return nil
}

// tolerated tells whether a live object that does not meet its intent is to be
// left so: the API server answered our last write like that, or all of it is
// fought over and not yet due.
func (c *child) tolerated(live *object, found []difference) bool {
	return c.record.answered(live, c.want.hash, found) || c.record.waiting(c.clock.Now(), found)
}

// skip leaves the child as it is.
func (c *child) skip(live *object) error {
	c.result.count(Skipped, c.want.gvk.Kind)
	c.list(live)
	return nil
}

// list adds the child to the inventory.
func (c *child) list(live client.Object) {
	c.result.Inventory = append(c.result.Inventory, v1alpha1.InventoryEntry{
		Group: c.want.gvk.Group,
		Kind:  c.want.gvk.Kind,
		Name:  live.GetName(),
		UID:   string(live.GetUID()),
	})
}

// CompareEntries orders an inventory, by group, kind and name.
func CompareEntries(a, b v1alpha1.InventoryEntry) int {
	return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
}

// report adds to the result which of the child's fields are fought over.
func (c *child) report() {
	now := c.clock.Now()
	c.record.calm(now)
	for _, field := range slices.Sorted(maps.Keys(c.record.conflicts)) {
		contest := c.record.conflicts[field]
		if !contest.active() {
			continue
		}
		c.result.FieldConflicts = append(c.result.FieldConflicts,
			fmt.Sprintf("%s: %s is fought over with %s", c, field, cmp.Or(contest.manager, "another manager")))
		if now.Before(contest.due()) {
			c.result.retryAfter(contest.due().Sub(now))
		} else {
			c.result.retryAfter(contest.over().Sub(now))
		}
	}
}

func (c *child) pending(reason string) error {
	return &PendingError{c.want.gvk.Kind, c.want.key.Name, reason, true}
}

// String names the child, such as «Deployment hiring-api».
func (c *child) String() string {
	return c.want.gvk.Kind + " " + c.want.key.Name
}
