// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package ownership decides what an existing object is to a tracker: whether the operator
// may change it on the tracker's behalf, and whether the tracker may use it. It is the
// one place that decides this. Labels have no part in it where anything else can identify
// an object: a label that was removed is repaired like any other field.
package ownership

import (
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// Relation is what an object is to a tracker.
type Relation int

// The relations.
const (
	// Foreign is an object of anybody else's. It is never changed, deleted or used.
	Foreign Relation = iota
	// Controlled is an object whose controller is the tracker.
	Controlled
	// Retained is a credentials Secret that was kept, with the data that it opens, for a
	// tracker of this name.
	Retained
	// Orphaned is an object that was made for a tracker of this name, as all say that could
	// tell, and that nothing controls: it was restored from a backup, or an earlier tracker
	// was deleted without it. The tracker takes it up.
	Orphaned
	// Leftover is an object that an earlier tracker of the same name controls: the
	// garbage collector is about to delete it.
	Leftover
)

// Manageable reports whether the operator may change the object, and the tracker may use
// it.
func (r Relation) Manageable() bool { return r == Controlled || r == Retained || r == Orphaned }

// Of returns what an object of a kind is to a tracker. The object has a name that the
// tracker needs.
func Of(t *v1alpha1.InterviewTracker, kind string, object metav1.Object) Relation {
	controller := metav1.GetControllerOf(object)
	switch {
	case controller == nil && kinds.MadeFor(object) == t.Name:
		return Orphaned
	case controller == nil && kind == kinds.Secret.Kind && isRetained(t, object):
		return Retained
	case controller == nil:
		return Foreign
	case controller.UID == t.UID:
		return Controlled
	case isNamesake(t, controller):
		return Leftover
	default:
		return Foreign
	}
}

// isRetained reports whether a Secret was kept for a tracker of this name. Its annotation says
// so. If that was removed, the rest has to: its label, that the operator has applied it, and
// the tracker's own record.
func isRetained(t *v1alpha1.InterviewTracker, secret metav1.Object) bool {
	tracker, recorded := secret.GetAnnotations()[v1alpha1.AnnotationRetainedFor]
	if recorded {
		return tracker == t.Name
	}
	entry := v1alpha1.NewInventoryEntry(kinds.Secret.GroupKind(), secret.GetName())
	return secret.GetLabels()[v1alpha1.LabelTracker] == t.Name && kinds.HasIntent(secret) && slices.Contains(t.Status.Applied(), entry)
}

// isNamesake reports whether a controller is a tracker of the same name: two can't exist
// at the same time.
func isNamesake(t *v1alpha1.InterviewTracker, controller *metav1.OwnerReference) bool {
	gv, err := schema.ParseGroupVersion(controller.APIVersion)
	return err == nil && gv.Group == v1alpha1.GroupVersion.Group &&
		controller.Kind == v1alpha1.Kind && controller.Name == t.Name
}

// OfClaim reports whether a volume claim belongs to a managed dependency of the tracker.
// Under the retention policy Retain it has no owner reference. It then takes all of this:
// the tracker may use the StatefulSet, which mounts a claim of that name; the tracker
// may use the credentials that open the data; no one else owns the claim; and its
// label, if it has one, names the tracker.
func OfClaim(t *v1alpha1.InterviewTracker, set *appsv1.StatefulSet, credentials metav1.Object, claim *corev1.PersistentVolumeClaim) bool {
	if set == nil || !Of(t, "StatefulSet", set).Manageable() || !Of(t, kinds.Secret.Kind, credentials).Manageable() {
		return false
	}
	mounted := slices.ContainsFunc(set.Spec.VolumeClaimTemplates, func(template corev1.PersistentVolumeClaim) bool {
		return claim.Name == template.Name+"-"+set.Name+"-0"
	})
	foreign := slices.ContainsFunc(claim.OwnerReferences, func(o metav1.OwnerReference) bool { return o.UID != set.UID })
	label, labelled := claim.Labels[v1alpha1.LabelTracker]
	return mounted && !foreign && (!labelled || label == t.Name) && claim.Namespace == t.Namespace
}
