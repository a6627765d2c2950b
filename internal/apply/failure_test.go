// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
)

// allowNoServices makes every new Service exceed a quota.
func (w *world) allowNoServices() {
	w.Helper()
	none := corev1.ResourceList{corev1.ResourceServices: resource.MustParse("0")}
	quota := &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "none"},
		Spec:       corev1.ResourceQuotaSpec{Hard: none},
	}
	w.ok(w.Create(w.Context(), quota))
	quota.Status = corev1.ResourceQuotaStatus{Hard: none, Used: none} // There is no controller that would do it.
	w.ok(w.Status().Update(w.Context(), quota))
	w.eventually(func() bool {
		probe := w.service()
		probe.Name = "probe"
		err := w.Create(w.Context(), probe)
		if err == nil {
			w.ok(w.Delete(w.Context(), probe))
		}
		return apierrors.IsForbidden(err)
	})
}

func TestRefusedChildDoesNotBlockTheOthers(t *testing.T) {
	w := newWorld(t)
	w.allowNoServices()
	result, err := w.engine.Apply(t.Context(), w.owner, wanted(w.children()...))
	if err == nil || !strings.HasPrefix(err.Error(), `write Service "hiring-api": `) || !strings.Contains(err.Error(), "exceeded quota: none") {
		t.Errorf("error %v", err)
	}
	if n := len(w.children()) - 1; result.Counts.Of(apply.Applied) != n || len(result.Inventory) != n {
		t.Errorf("%+v", result)
	}
}

func TestMostSevereErrorIsReturned(t *testing.T) {
	w := newWorld(t)
	w.allowNoServices()
	waiting := w.secret() // It exists no more.
	quota := w.service()
	invalid := w.deployment()
	invalid.Spec.Template.Spec.Containers[0].Image = ""
	theirs := w.serviceAccount()
	theirs.OwnerReferences = nil
	w.ok(w.Create(t.Context(), theirs))
	conflict := w.serviceAccount()

	fails[*apply.ConflictError](w, waiting, quota, invalid, conflict)
	if err := failure[*apply.InvalidError](w, waiting, quota, invalid); !strings.Contains(err.Error(), "image: Required value") {
		t.Error(err)
	}
	_, err := w.engine.Apply(t.Context(), w.owner, wanted(waiting, quota))
	if !apierrors.IsForbidden(err) {
		t.Errorf("error %v, want the quota's", err)
	}
	fails[*apply.PendingError](w, waiting)
}

func TestRefusedBySchemaIsInvalid(t *testing.T) {
	w := newWorld(t)
	twice := w.deployment()
	env := &twice.Spec.Template.Spec.Containers[0].Env
	*env = append(*env, corev1.EnvVar{Name: "PORT", Value: "1"})
	w.writes(0, func() { fails[*apply.InvalidError](w, twice) })

	w.apply(w.deployment())
	immutable := w.deployment()
	immutable.Spec.Selector.MatchLabels["another"] = "label"
	immutable.Spec.Template.Labels["another"] = "label"
	fails[*apply.InvalidError](w, immutable)

	// It is not asked for again at once, and then it is.
	w.writes(0, func() { fails[*apply.InvalidError](w, immutable) })
	w.clock.SetTime(w.clock.Now().Add(5 * time.Minute))
	w.writes(1, func() { fails[*apply.InvalidError](w, immutable) })
}

func TestNothingIsWrittenAfterTheDeadline(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w.writes(0, func() {
		if _, err := w.engine.Apply(ctx, w.owner, wanted(w.children()...)); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	})
	ctx, cancel = context.WithCancel(t.Context())
	w.beforeWrite(cancel)
	w.writes(1, func() {
		if _, err := w.engine.Apply(ctx, w.owner, wanted(w.children()...)); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	})
}
