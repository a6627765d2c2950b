// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"slices"
	"strconv"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
	"github.com/interview-tracker/interview-tracker-operator/internal/status"
)

// Most reconciliations find nothing changed: a tracker whose pods are not ready is
// reconciled every few seconds, and each progress of a rollout is an event. Then nothing
// is built, applied or pruned. Only the status is computed, as it depends on the time and
// on what the API's pods report, too.

// inputs stands for all that building, applying and pruning depend on: the versions of
// what they read. It is the sum of the hashes of these, which come in no order.
type inputs uint64

// seed makes the hashes those of this process.
var seed = maphash.MakeSeed()

// add adds something of a kind, such as an object of it in a version.
func (i *inputs) add(kind, uid, version string) {
	*i += inputs(maphash.Comparable(seed, [...]string{kind, uid, version}))
}

func (i *inputs) addObject(kind string, o metav1.Object) {
	i.add(kind, string(o.GetUID()), o.GetResourceVersion())
}

// requestAnnotations are those by which a person asks for something once.
var requestAnnotations = []string{v1alpha1.AnnotationRestartedAt, v1alpha1.AnnotationMigrationsRetriedAt}

// requested reports whether a tracker asks for something that it didn't ask for before.
func requested(e event.UpdateEvent) bool {
	return slices.ContainsFunc(requestAnnotations, func(request string) bool {
		return e.ObjectNew.GetAnnotations()[request] != e.ObjectOld.GetAnnotations()[request]
	})
}

// cachedInputs returns the inputs that are in the caches. They must be taken before any
// of them is read: what changes in between is then a change since.
func (r *Reconciler) cachedInputs(ctx context.Context, tracker *v1alpha1.InterviewTracker) (inputs, error) {
	var in inputs
	in.add(v1alpha1.Kind, string(tracker.UID), strconv.FormatInt(tracker.Generation, 10))
	for _, request := range requestAnnotations {
		in.add(request, string(tracker.UID), tracker.Annotations[request])
	}
	if rollout := tracker.Status.Rollout; rollout != nil {
		in.add("rollout", string(tracker.UID), rolloutVersion(rollout))
	}
	in.add("optional kinds", "", strconv.Itoa(r.optional.Revision()))
	for _, k := range kinds.All() {
		if !k.BelongsToTracker() || k.Optional && !r.optional.Serves(k) {
			continue
		}
		list := k.NewList()
		err := r.Client.List(ctx, list, client.InNamespace(tracker.Namespace),
			client.MatchingLabels{v1alpha1.LabelTracker: tracker.Name}, client.UnsafeDisableDeepCopy)
		if err != nil {
			return 0, fmt.Errorf("listing %s: %w", k.Plural, err)
		}
		err = meta.EachListItem(list, func(item runtime.Object) error {
			object, err := meta.Accessor(item)
			if err == nil {
				in.addObject(k.Kind, object)
			}
			return err
		})
		if err != nil {
			return 0, fmt.Errorf("listing %s: %w", k.Plural, err)
		}
	}
	return in, nil
}

// rolloutVersion stands for what is remembered of rollouts.
func rolloutVersion(r *v1alpha1.RolloutStatus) string {
	encoded, _ := json.Marshal(r) // A struct can always be written.
	return string(encoded)
}

// addSnapshot adds the inputs that the caches may lack: objects without the tracker's
// label, and the Secrets that the tracker names.
func (i *inputs) addSnapshot(s *snapshot.Snapshot) {
	for c, o := range s.Deployments {
		i.addObject("deployment "+string(c), o)
	}
	for c, o := range s.StatefulSets {
		i.addObject("stateful set "+string(c), o)
	}
	for c, o := range s.Claims {
		i.addObject("claim "+string(c), o)
	}
	for c, o := range s.Credentials {
		i.addObject("credentials "+string(c), o)
	}
	for c, f := range s.Former {
		if f.StatefulSet != nil {
			i.addObject("former stateful set "+string(c), f.StatefulSet)
		}
		if f.Claim != nil {
			i.addObject("former claim "+string(c), f.Claim)
		}
	}
	for c, e := range s.External {
		i.add("external "+string(c), e.Problem, e.Revision+string(e.UID))
	}
}

// completion is a reconciliation that would change nothing if it were repeated from the
// same inputs. Its status is stored.
type completion struct {
	inputs inputs
	// monitoring is the result of it that the status needs.
	monitoring *status.Monitoring
}

// complete reports whether a reconciliation that succeeded was a completion: it wrote
// nothing, and nothing of it is to be tried again.
func (s *scope) complete() bool {
	if s.wanted == nil || s.rollout.UnderWay() {
		return false
	}
	for _, later := range []attached{s.routed, s.monitored} {
		if !later.done || later.problem.effect != none {
			return false
		}
	}
	if len(s.wanted.UnsupportedChanges)+len(s.wanted.VolumeExpansions)+len(s.wanted.LostLabels) > 0 {
		return false
	}
	for _, result := range []apply.Result{s.applied, s.routed.result, s.monitored.result} {
		if result.Lagging || len(result.Written) > 0 || len(result.FieldConflicts) > 0 || result.RetryAfter > 0 {
			return false
		}
	}
	return true
}
