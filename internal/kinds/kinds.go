// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package kinds is the table of the kinds that the operator writes or watches. What
// builds, applies, prunes, caches and maps them reads it here.
package kinds

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// Object is a Kubernetes object, such as *appsv1.Deployment.
type Object interface {
	metav1.Object
	runtime.Object
}

// List is a list of objects, such as *appsv1.DeploymentList.
type List interface {
	metav1.ListInterface
	runtime.Object
}

// Phase is the step of a reconciliation in which the objects of a kind are applied, and
// pruned. To add one: a constant here, rows in the table, a list of objects in
// desired.Output, and a step of the reconciler that applies and prunes them.
type Phase string

const (
	// Application is the first phase: what the tracker consists of. If it fails, the
	// tracker is not Ready.
	Application Phase = "Application"
	// Traffic are the ways in from outside. It comes after the application, and never keeps
	// the tracker from being Ready.
	Traffic Phase = "Traffic"
	// Monitoring comes last, and never keeps the tracker from being Ready.
	Monitoring Phase = "Monitoring"
)

// Kind is a row of the table.
type Kind struct {
	schema.GroupVersionKind
	// Plural is the name of the resource, such as deployments.
	Plural string
	// Optional means that a cluster may lack the kind. Its name and scope, which is
	// namespaced, are not looked up.
	Optional bool
	// WatchedWith are the optional kinds with any of which this one is watched; empty when it
	// is watched in any case.
	WatchedWith []schema.GroupVersionKind
	// Phase is when its objects are applied; empty when they are not, but only watched.
	Phase Phase
	// Patchable are the fields that a user's patch may change, with what is in them, such as
	// spec.strategy. A kind with none can't be patched. The labels and annotations among them
	// are those of others: by the operator's own it finds its objects.
	Patchable []string
	// Fixed are the fields that no patch may change, also in what is patchable, such as
	// spec.selector, beside those that are fixed in every object.
	Fixed []string
	// CacheAll makes the caches hold all objects, rather than those with a tracker's label.
	CacheAll bool
	// Keep is what the caches keep of an object, a cache.TransformFunc; nil keeps all but
	// the managed fields. Transform applies it.
	Keep func(any) (any, error)

	// Bulky means that Keep replaces an object's content by a digest: see Digest and
	// CachedDigest.
	Bulky bool

	object Object
	list   List
}

// New returns an empty object, of the type by which it is cached.
func (k Kind) New() Object {
	object, _ := k.object.DeepCopyObject().(Object) // A copy has the same type.
	return object
}

// NewList returns an empty list, of the type by which it is cached.
func (k Kind) NewList() List {
	list, _ := k.list.DeepCopyObject().(List) // As above.
	return list
}

// CRD is the name that the kind's CustomResourceDefinition has.
func (k Kind) CRD() string { return k.Plural + "." + k.Group }

// BelongsToTracker reports whether the kind's objects belong to trackers: the operator
// makes them, or Kubernetes makes them from those, with the tracker's label.
func (k Kind) BelongsToTracker() bool { return k.Phase != "" || !k.CacheAll }

// Custom reports whether a CustomResourceDefinition defines the kind: the API server stores
// whatever its schema admits, and sends it as JSON.
func (k Kind) Custom() bool { return k.Optional || k.Kind == v1alpha1.Kind }

// OnDemand reports whether the kind is watched only while the cluster has it, or has a
// kind that it is watched with.
func (k Kind) OnDemand() bool { return k.Optional || len(k.WatchedWith) > 0 }

// All returns the table.
func All() []Kind { return slices.Clone(table) }

// In returns the kinds of a phase, in the order in which they are pruned.
func In(p Phase) []Kind { return all(func(k Kind) bool { return k.Phase == p }) }

// Optional returns the kinds that a cluster may lack.
func Optional() []Kind { return all(func(k Kind) bool { return k.Optional }) }

func all(holds func(Kind) bool) []Kind {
	return slices.DeleteFunc(All(), func(k Kind) bool { return !holds(k) })
}

// Of returns the row of a kind, and whether there is one.
func Of(gk schema.GroupKind) (Kind, bool) {
	return find(func(k Kind) bool { return k.GroupKind() == gk })
}

// OfCRD returns the optional kind that a CustomResourceDefinition of this name defines,
// and whether there is one.
func OfCRD(name string) (Kind, bool) {
	return find(func(k Kind) bool { return k.Optional && k.CRD() == name })
}

func find(holds func(Kind) bool) (Kind, bool) {
	if i := slices.IndexFunc(table, holds); i >= 0 {
		return table[i], true
	}
	return Kind{}, false
}
