// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// Every tracker is enqueued when what a Prometheus or an Alertmanager selects may have changed,
// and none for anything else of it.
func TestWhatSelectsEnqueues(t *testing.T) {
	t.Parallel()
	tracker := &v1alpha1.InterviewTracker{ObjectMeta: metav1.ObjectMeta{Namespace: "people", Name: "hiring"}}
	selector := func(value string) *metav1.LabelSelector {
		return &metav1.LabelSelector{MatchLabels: map[string]string{"release": value}}
	}
	prometheus := func(byLabels, byNamespace string, deleted *metav1.Time) client.Object {
		p := &monitoringv1.Prometheus{ObjectMeta: metav1.ObjectMeta{Name: "main", DeletionTimestamp: deleted}}
		p.Spec.RuleSelector, p.Spec.RuleNamespaceSelector = selector(byLabels), selector(byNamespace)
		return p
	}
	alertmanager := func(byLabels, byNamespace string, deleted *metav1.Time) client.Object {
		a := &monitoringv1.Alertmanager{ObjectMeta: metav1.ObjectMeta{Name: "main", DeletionTimestamp: deleted}}
		a.Spec.AlertmanagerConfigSelector, a.Spec.AlertmanagerConfigNamespaceSelector = selector(byLabels), selector(byNamespace)
		return a
	}
	for gvk, made := range map[schema.GroupVersionKind]func(byLabels, byNamespace string, deleted *metav1.Time) client.Object{
		kinds.Prometheus: prometheus, kinds.Alertmanager: alertmanager,
	} {
		k, _ := kinds.Of(gvk.GroupKind())
		relabelled := made("a", "b", nil)
		relabelled.SetResourceVersion("2")
		for what, test := range map[string]struct {
			before, after client.Object
			want          int
		}{
			"a new one":                  {nil, made("a", "b", nil), 1},
			"one that goes":              {made("a", "b", nil), made("a", "b", new(metav1.Now())), 1},
			"one that is gone":           {made("a", "b", nil), nil, 1},
			"another selector":           {made("a", "b", nil), made("c", "b", nil), 1},
			"another namespace selector": {made("a", "b", nil), made("a", "c", nil), 1},
			"anything else":              {made("a", "b", nil), relabelled, 0},
		} {
			e := &enqueuer{trackers: fake.NewClientBuilder().WithScheme(Scheme()).WithObjects(tracker.DeepCopy()).Build()}
			queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[reconcile.Request]())
			e.queue.Store(&queue)
			e.objectChanged(t.Context(), k, test.before, test.after)
			if queue.Len() != test.want {
				t.Errorf("%s of %s enqueues %d trackers, want %d", what, k.Kind, queue.Len(), test.want)
			}
			queue.ShutDown()
		}
	}
}
