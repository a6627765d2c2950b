// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package apply is the one writer of a tracker's children. It applies them
// server-side, writes only what differs, never touches what the tracker does not
// control, and prunes what it controls and no longer wants.
//
// It walks an intent and a live object itself, rather than by the Compare of
// structured-merge-diff: that returns paths alone, quantities that are equal and atomic
// lists with defaults among them, whose values and types would have to be found again by
// path, and it takes twice the memory.
package apply

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/applyconfigurations"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// Engine applies the children of trackers. It may be used for several trackers
// at a time, and for each of them once at a time.
type Engine struct {
	client   client.Client // Reads from the cache.
	live     client.Reader // Reads from the API server.
	clock    clock.PassiveClock
	types    managedfields.TypeConverter // Of the kinds that are built in.
	optional optionalTypes

	mu      sync.Mutex
	records map[types.UID]map[childKey]*record // By the tracker's UID.
	gone    map[types.UID]sets.Set[types.UID]  // By the tracker's UID.
}

// New returns an engine for some of each tracker's objects: what it remembers of a
// tracker, it remembers of those alone that it was last given. It reads through the
// client's cache, uses the live reader where the cache is not enough, and writes through
// the client. Secrets are read through the cache as PartialObjectMetadata only.
func New(c client.Client, live client.Reader, clk clock.PassiveClock) *Engine {
	return &Engine{
		client:   c,
		live:     live,
		clock:    clk,
		types:    applyconfigurations.NewTypeConverter(c.Scheme()),
		optional: optionalTypes{types: map[schema.GroupVersionKind]managedfields.TypeConverter{}},
		records:  map[types.UID]map[childKey]*record{},
		gone:     map[types.UID]sets.Set[types.UID]{},
	}
}

// Result is what one step of a reconciliation did about a tracker's children.
type Result struct {
	// Inventory is the children that exist, sorted.
	Inventory []v1alpha1.InventoryEntry
	// Unapplied are the children that could not be applied, or that were not reached, in
	// their order.
	Unapplied []client.Object
	// Written are the API server's answers to what was written, of Secrets their
	// metadata alone.
	Written []client.Object
	// Lagging means that the cache still holds a child as it was before our own
	// last write.
	Lagging bool
	// Events are to be emitted, in the order of the children.
	Events []Event
	// FieldConflicts are the fields that another manager keeps changing, one sentence
	// each, in a fixed order. It holds nothing that changes from one repair to the next.
	FieldConflicts []string
	// RetryAfter is the time until the next reconciliation is due although nothing changes;
	// 0 when none is.
	RetryAfter time.Duration
	// Counts are how many children of each kind were dealt with in which way.
	Counts Counts
}

// Counts are numbers of children.
type Counts map[Count]int

// Count is what is counted together: children of one kind that were dealt with in
// one way.
type Count struct {
	Action Action
	Kind   string
}

// Action is what was done about a child.
type Action string

// The actions.
const (
	// Applied is a child that was created, or changed to a new intent.
	Applied Action = "applied"
	// Skipped is a child that was left as it is.
	Skipped Action = "skipped"
	// Repaired is a child that was changed by another manager, and restored.
	Repaired Action = "repaired"
	// Pruned is a child that was no longer wanted and was deleted.
	Pruned Action = "pruned"
)

// Event is an Event on the tracker, to be emitted once its status is stored.
type Event struct {
	// Type is Normal or Warning.
	Type string
	// Reason is one CamelCase word.
	Reason string
	// Message is one line. It names the child.
	Message string
}

// The reasons of the events.
const (
	// ReasonRepaired surfaces when a field that another manager changed was restored.
	ReasonRepaired = "Repaired"
	// ReasonAltered surfaces when the API server, such as by an admission webhook,
	// keeps another value than the one applied. It is left as it is.
	ReasonAltered = "Altered"
	// ReasonAPIWarning surfaces when the API server, or a policy of the cluster's, accepts a
	// child and warns of something in it.
	ReasonAPIWarning = "APIWarning"
	// ReasonAdopted surfaces when an object that was made for a tracker of this name, and
	// that nothing controlled, was taken up.
	ReasonAdopted = "Adopted"
	// ReasonPruned surfaces when a child that is no longer wanted was deleted.
	ReasonPruned = "Pruned"
)

// Child is an object that should exist. What of a live object it keeps stands beside the
// object and not in it: users patch objects, and must not be able to say that.
type Child struct {
	// Object is typed, and has its TypeMeta.
	Object client.Object
	// KeepData is for a Secret that exists: its data are kept, and the object has none.
	KeepData bool
	// KeepTemplate is for a Deployment or a Job that exists: its pod template is kept. (That of
	// a Job is kept in any case, since it can't be changed.)
	KeepTemplate bool
	// Secrets are the names of those that the pods of the object read.
	Secrets []string
	// Observed is the resourceVersion of the live object that this one was derived from: it
	// is not applied to another. Empty when it was derived from none.
	Observed string
}

// complete reports whether the child can be created: some are wanted as they are because an
// object exists, and may leave out what it has.
func (c Child) complete() bool { return !c.KeepData && !c.KeepTemplate }

// Apply makes the children exist as they are given.
//
// A child that can't be applied does not keep the others from it, apart from those whose pods
// read a Secret that can't be created. The error is that of MostSevere: after an
// *OutdatedError nothing is written, a *ConflictError or an *InvalidError waits for a person,
// a *PendingError ends by itself within moments, and any other is retried. The result is
// valid with an error too.
func (e *Engine) Apply(ctx context.Context, owner *v1alpha1.InterviewTracker, children []Child) (Result, error) {
	var result Result
	var errs []error
	records := e.recordsOf(owner.UID, children)
	autoscaled := autoscaledBy(children)
	missing := sets.New[string]() // The Secrets that can't be created.
	for i, wanted := range children {
		if missing.HasAny(wanted.Secrets...) {
			result.Unapplied = append(result.Unapplied, wanted.Object)
			continue
		}
		c := &child{Engine: e, owner: owner, Child: wanted, record: records[keyOf(wanted.Object)], result: &result}
		err := c.attempt(ctx, autoscaled)
		if err == nil {
			continue
		}
		errs = append(errs, err)
		result.Unapplied = append(result.Unapplied, wanted.Object)
		if is[*OutdatedError](err) || unreachable(ctx, err) {
			for _, rest := range children[i+1:] {
				result.Unapplied = append(result.Unapplied, rest.Object)
			}
			break
		}
		if c.kind.GroupVersionKind == kinds.Secret && c.complete() {
			missing.Insert(c.key.Name)
		}
	}
	slices.Sort(result.Inventory)
	return result, MostSevere(errs)
}

// attempt applies the child, unless the time is up.
func (c *child) attempt(ctx context.Context, autoscaled sets.Set[string]) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var ok bool
	if c.kind, ok = kinds.Of(c.Object.GetObjectKind().GroupVersionKind().GroupKind()); !ok {
		return fmt.Errorf("apply %s: %T is not in the table of kinds", c.Object.GetName(), c.Object)
	}
	c.key = client.ObjectKeyFromObject(c.Object)
	c.autoscaled = c.kind.GroupVersionKind == deploymentKind && autoscaled.Has(c.key.Name)
	err := c.apply(ctx)
	c.report()
	if err != nil {
		c.logSkip(ctx, err.Error())
	}
	return err
}

// list adds the child to the inventory.
func (c *child) list() {
	c.result.Inventory = append(c.result.Inventory, v1alpha1.NewInventoryEntry(c.kind.GroupKind(), c.key.Name))
}

// count counts one child.
func (r *Result) count(action Action, kind string) {
	if r.Counts == nil {
		r.Counts = Counts{}
	}
	r.Counts[Count{action, kind}]++
}

// warn adds a Warning event.
func (r *Result) warn(reason, message string) {
	r.Events = append(r.Events, Event{corev1.EventTypeWarning, reason, message})
}

// retryAfter sets the next reconciliation to d from now at the latest.
func (r *Result) retryAfter(d time.Duration) {
	if r.RetryAfter == 0 || d < r.RetryAfter {
		r.RetryAfter = max(d, time.Second)
	}
}
