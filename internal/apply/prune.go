// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/ownership"
)

// Prune deletes what the tracker controls or would adopt, of some kinds, and is not among those to
// keep. What a component needs, such as its credentials and its network policy, is deleted
// after what runs it, and stays if that can't be deleted. It must not be called for a kind of
// which nothing was built because the cluster lacked it then.
func (e *Engine) Prune(ctx context.Context, owner *v1alpha1.InterviewTracker, of []kinds.Kind, keep []Child) (Result, error) {
	kept := sets.New[childKey]()
	for _, child := range keep {
		kept.Insert(keyOf(child.Object))
	}
	var result Result
	var errs []error
	shown, needed := sets.New[types.UID](), sets.New[v1alpha1.Component]()
	for _, k := range of {
		objects, err := e.controlled(ctx, owner, k)
		if err != nil {
			return result, err
		}
		for _, object := range objects {
			shown.Insert(object.GetUID())
			component := v1alpha1.Component(object.GetLabels()[v1alpha1.LabelComponent])
			if e.isGone(owner.UID, object.GetUID()) || kept.Has(childKey{k.GroupKind(), object.GetName()}) || needed.Has(component) {
				continue
			}
			if object.GetDeletionTimestamp() != nil {
				needed.Insert(component)
				continue
			}
			err := e.delete(ctx, owner, k.Kind, object, &result)
			if is[*OutdatedError](err) {
				return result, err
			}
			if err != nil {
				needed.Insert(component)
				errs = append(errs, err)
			}
		}
	}
	e.forgetGone(owner.UID, shown)
	return result, MostSevere(errs)
}

// controlled lists the objects of a kind that the tracker controls, and those that were made
// for one of its name and that nothing controls. Of such Secrets it lists none: they may be
// the only copy of a password.
func (e *Engine) controlled(ctx context.Context, owner *v1alpha1.InterviewTracker, k kinds.Kind) ([]client.Object, error) {
	list := k.NewList()
	err := e.client.List(ctx, list, client.InNamespace(owner.Namespace), client.MatchingLabels{v1alpha1.LabelTracker: owner.Name},
		client.UnsafeDisableDeepCopy)
	if notCached(err) {
		return nil, nil // The cluster has just lost the kind, and its objects with it.
	}
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", k.Kind, err)
	}
	var objects []client.Object
	err = meta.EachListItem(list, func(item runtime.Object) error {
		object, ok := item.(client.Object)
		if !ok {
			return nil
		}
		relation := ownership.Of(owner, k.Kind, object)
		if relation == ownership.Controlled || relation == ownership.Orphaned && k.GroupVersionKind != kinds.Secret {
			objects = append(objects, object)
		}
		return nil
	})
	return objects, err
}

// delete removes exactly the object, in exactly the version, that was found to be
// the tracker's, provided that the tracker is still the one that no longer wants it.
func (e *Engine) delete(
	ctx context.Context, owner *v1alpha1.InterviewTracker, kind string, object client.Object, result *Result,
) error {
	if err := e.confirmOwner(ctx, owner); err != nil {
		return err
	}
	uid, version := object.GetUID(), object.GetResourceVersion()
	err := e.client.Delete(ctx, object,
		client.Preconditions{UID: &uid, ResourceVersion: &version},
		client.PropagationPolicy(metav1.DeletePropagationBackground))
	if apierrors.IsNotFound(err) {
		e.setGone(owner.UID, uid)
		return nil // The cache lags.
	}
	if err != nil {
		return refused(kind, object.GetName(), err)
	}
	if len(object.GetFinalizers()) == 0 { // Otherwise it is still there.
		e.setGone(owner.UID, uid)
	}
	result.count(Pruned, kind)
	log.FromContext(ctx).Info("Object deleted", "object", kind+" "+object.GetName(), "action", Pruned)
	message := fmt.Sprintf("Deleted %s %s: the tracker no longer has it", kind, object.GetName())
	result.Events = append(result.Events, Event{corev1.EventTypeNormal, ReasonPruned, message})
	return nil
}
