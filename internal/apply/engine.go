// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package apply is the one writer of a tracker's children. It applies them
// server-side, writes only what differs, never touches what the tracker does not
// control, and prunes what it controls and no longer wants.
package apply

import (
	"context"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/applyconfigurations"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// Engine applies the children of trackers. It may be used for several trackers
// at a time, and for each of them once at a time.
type Engine struct {
	client   client.Client // Reads from the cache.
	live     client.Reader // Reads from the API server.
	clock    clock.PassiveClock
	types    managedfields.TypeConverter // Of the kinds that every cluster knows.
	optional optionalTypes

	mu      sync.Mutex
	records map[types.UID]map[childKey]*record // By the tracker's UID.
}

// New returns an engine for some of each tracker's objects: what it remembers of a
// tracker, it remembers of those alone that it was last given. It reads through the
// client's cache, asks the live reader where the cache can't tell, and writes through
// the client. Secrets are read through the cache as PartialObjectMetadata only.
func New(c client.Client, live client.Reader, clk clock.PassiveClock) *Engine {
	return &Engine{
		client:   c,
		live:     live,
		clock:    clk,
		types:    applyconfigurations.NewTypeConverter(c.Scheme()),
		optional: optionalTypes{types: map[schema.GroupVersionKind]managedfields.TypeConverter{}},
		records:  map[types.UID]map[childKey]*record{},
	}
}

// Result is what a pass over a tracker's children did.
type Result struct {
	// Inventory is the children that exist, by group, kind and name.
	Inventory []v1alpha1.InventoryEntry
	// Written are the API server's answers to what was written, of Secrets their
	// metadata alone.
	Written []client.Object
	// Lagging tells that the cache still holds a child as it was before our own
	// last write: what it shows of that child is yesterday's.
	Lagging bool
	// Events are what a person wants to know, in the order of the children.
	Events []Event
	// FieldConflicts says which fields are fought over, one sentence each, in a fixed
	// order. It changes only when the truth does.
	FieldConflicts []string
	// RetryAfter is the time until the next pass is due although nothing changes;
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
	// Repaired is a child that somebody had changed and that was set again.
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
	// ReasonRepaired tells of a field that somebody changed and that was set again.
	ReasonRepaired = "Repaired"
	// ReasonAltered tells that the API server, such as by an admission webhook,
	// keeps another value than the one applied. It is left so.
	ReasonAltered = "Altered"
	// ReasonPruned tells of a child that was no longer wanted and was deleted.
	ReasonPruned = "Pruned"
)

// Apply makes the children exist as they are given. They are typed objects with
// their TypeMeta; a Secret without data is one that exists, whose data are kept; a
// Deployment without containers is one that exists, whose pod template is kept, and
// so is that of every Job that exists, since it can't be changed.
// A child with a resourceVersion was derived from that version of the live
// object and is not applied to another.
//
// A child that can't be applied does not keep the others from it. The error is
// the mostSevere one: a *ConflictError or an *InvalidError, which wait for a person,
// before any that is to be retried, and that before a *PendingError, which passes
// by itself within moments. The result is valid with an error too.
func (e *Engine) Apply(ctx context.Context, owner *v1alpha1.InterviewTracker, children []client.Object) (Result, error) {
	var result Result
	var errs []error
	records := e.recordsOf(owner.UID, children)
	autoscaled := autoscaledBy(children)
	for _, object := range children {
		if err := ctx.Err(); err != nil {
			errs = append(errs, err)
			break
		}
		want, err := newIntent(e.typesFor(object.GetObjectKind().GroupVersionKind()), object, autoscaled)
		if err == nil {
			c := &child{Engine: e, owner: owner, object: object, want: want, record: records[keyOf(object)], result: &result}
			err = c.apply(ctx)
			c.report()
		}
		if err == nil {
			continue
		}
		errs = append(errs, err)
		if unreachable(ctx, err) {
			break
		}
	}
	slices.SortFunc(result.Inventory, CompareEntries)
	return result, mostSevere(errs)
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

// retryAfter asks for another pass in d at the latest.
func (r *Result) retryAfter(d time.Duration) {
	if r.RetryAfter == 0 || d < r.RetryAfter {
		r.RetryAfter = max(d, time.Second)
	}
}
