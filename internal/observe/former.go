// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/ownership"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// readFormer reads what is left of a dependency that the operator could run and that the
// spec does not have it run.
func (o *Observer) readFormer(ctx context.Context, t *v1alpha1.InterviewTracker, d catalog.Dependency, s *snapshot.Snapshot) error {
	if d.Managed == nil {
		return nil
	}
	var former snapshot.Former
	set := &appsv1.StatefulSet{}
	found, err := o.confirm(ctx, t, "StatefulSet", t.ChildName(d.Name), set)
	if err != nil {
		return err
	}
	if found && ownership.Of(t, "StatefulSet", set).Manageable() {
		former.StatefulSet = set
	}
	claim := &corev1.PersistentVolumeClaim{}
	if found, err = o.get(ctx, t, catalog.ClaimName(t, d.Name), claim); err != nil {
		return err
	}
	// One that has an owner goes with it.
	if found && claim.DeletionTimestamp == nil && len(claim.OwnerReferences) == 0 && claim.Labels[v1alpha1.LabelTracker] == t.Name {
		former.Claim = claim
	}
	if former != (snapshot.Former{}) {
		s.Former[d.Name] = former
	}
	return nil
}
