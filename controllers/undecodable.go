// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/decodable"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

// undecodable reports, in their own status, trackers that can't be decoded, and that the
// caches therefore don't hold. It is a manager.Runnable.
type undecodable struct {
	client client.Client
	filter *decodable.Filter
	clock  clock.PassiveClock
	queue  workqueue.TypedRateLimitingInterface[types.NamespacedName]
}

func newUndecodable(c client.Client, filter *decodable.Filter, now clock.PassiveClock) *undecodable {
	u := &undecodable{
		client: c, filter: filter, clock: now,
		queue: workqueue.NewTypedRateLimitingQueue(newBackOff[types.NamespacedName](now)),
	}
	filter.Subscribe(func(o decodable.Object) {
		if o.Kind == v1alpha1.Kind {
			u.queue.Add(o.NamespacedName)
		}
	})
	return u
}

// NeedLeaderElection implements manager.LeaderElectionRunnable: the leader alone writes. What
// a standby has found waits in its queue.
func (u *undecodable) NeedLeaderElection() bool { return true }

// Start implements manager.Runnable.
func (u *undecodable) Start(ctx context.Context) error {
	defer context.AfterFunc(ctx, u.queue.ShutDown)()
	for {
		name, shutdown := u.queue.Get()
		if shutdown {
			return nil
		}
		u.reportOrRetry(ctx, name)
		u.queue.Done(name)
	}
}

func (u *undecodable) reportOrRetry(ctx context.Context, name types.NamespacedName) {
	o, ok := u.filter.Get(v1alpha1.Kind, name)
	if !ok {
		u.queue.Forget(name)
		return
	}
	err := u.report(ctx, o)
	if err == nil || ctx.Err() != nil {
		u.queue.Forget(name)
		return
	}
	logger := log.FromContext(ctx).WithValues("namespace", name.Namespace, "name", name.Name)
	if apierrors.IsInvalid(err) || apierrors.IsBadRequest(err) {
		logger.Error(err, "The API server refuses a status that says that the tracker can't be decoded; only the log says so")
		u.queue.Forget(name)
		return
	}
	logger.Error(err, "Reporting that a tracker can't be decoded failed; it is tried again")
	u.queue.AddRateLimited(name)
}

// report writes the status of a tracker that can't be decoded, by one request if it has
// changed. A newer version of the tracker is left alone: it comes through the filter, too.
func (u *undecodable) report(ctx context.Context, o decodable.Object) error {
	next, changed := undecodableStatus(o, metav1.NewTime(u.clock.Now().Truncate(time.Second)))
	if !changed {
		return nil
	}
	patch, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"uid": o.UID, "resourceVersion": o.ResourceVersion},
		"status":   next,
	})
	if err != nil {
		return fmt.Errorf("encoding the status: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, StatusTimeout)
	defer cancel()
	// Metadata alone are asked for: a client can't decode the rest.
	object := kinds.Metadata(v1alpha1.GroupVersion.WithKind(v1alpha1.Kind))
	object.Namespace, object.Name = o.Namespace, o.Name
	err = u.client.Status().Patch(ctx, object, client.RawPatch(types.MergePatchType, patch), client.FieldOwner(v1alpha1.FieldManager))
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("writing the status: %w", err)
	}
	return nil
}

// undecodableStatus returns what is to become of the status of a tracker that can't be decoded, as
// a merge patch, and whether that differs from what is stored. Its conditions are Ready and
// Stalled: what others said is not looked at any more. If the status itself is what can't be
// decoded, it is dropped, and the next reconciliation writes another one.
func undecodableStatus(o decodable.Object, now metav1.Time) (any, bool) {
	if field, _, _ := strings.Cut(o.Problem.Field, "."); field == "status" {
		return nil, true
	}
	var stored struct {
		ObservedGeneration int64              `json:"observedGeneration"`
		Conditions         []metav1.Condition `json:"conditions"`
	}
	if err := json.Unmarshal(o.Status, &stored); err != nil {
		stored.Conditions = nil // It is replaced.
	}
	message := words.Line(o.Problem.Error(), maxProblem) +
		". Correct the field: until then, the operator changes nothing of this tracker and does not report on it."
	next := slices.DeleteFunc(slices.Clone(stored.Conditions), func(c metav1.Condition) bool {
		return c.Type != v1alpha1.ConditionReady && c.Type != v1alpha1.ConditionStalled
	})
	for _, c := range []metav1.Condition{
		{Type: v1alpha1.ConditionReady, Status: metav1.ConditionFalse},
		{Type: v1alpha1.ConditionStalled, Status: metav1.ConditionTrue},
	} {
		c.Reason, c.Message = v1alpha1.ReasonInvalidSpec, message
		c.LastTransitionTime = now
		meta.SetStatusCondition(&next, c)
	}
	if stored.ObservedGeneration == o.Generation && equality.Semantic.DeepEqual(stored.Conditions, next) {
		return nil, false
	}
	return map[string]any{"observedGeneration": o.Generation, "conditions": next}, true
}

// maxProblem bounds what is said of a field, in characters. It may quote the value.
const maxProblem = 512

var undecodableDesc = prometheus.NewDesc(promql.Undecodable,
	"Objects that the operator would watch and that can't be decoded: nothing is done for them until they are corrected.",
	[]string{"kind"}, nil)

// Describe implements prometheus.Collector.
func (u *undecodable) Describe(ch chan<- *prometheus.Desc) { ch <- undecodableDesc }

// Collect implements prometheus.Collector.
func (u *undecodable) Collect(ch chan<- prometheus.Metric) {
	for kind, n := range u.filter.Counts() {
		ch <- prometheus.MustNewConstMetric(undecodableDesc, prometheus.GaugeValue, float64(n), kind)
	}
}
