// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// ReadGood reads the ReplicaSets of the good pod templates while the spec's own are refused. The
// caches lack the pod templates of ReplicaSets, so each is read once from the API server.
func (o *Observer) ReadGood(ctx context.Context, t *v1alpha1.InterviewTracker, s *snapshot.Snapshot) error {
	s.Good = map[v1alpha1.Component]*appsv1.ReplicaSet{}
	rollout := t.Status.Rollout
	if rollout == nil || rollout.Refused == nil || rollout.Good == nil {
		o.good.forget(client.ObjectKeyFromObject(t))
		return nil
	}
	known, read := o.good.of(t), map[types.UID]*appsv1.ReplicaSet{}
	for _, ref := range rollout.Good.ReplicaSets {
		rs := known[ref.UID]
		exists := slices.ContainsFunc(s.ReplicaSets[ref.Component], func(cached appsv1.ReplicaSet) bool { return cached.UID == ref.UID })
		if !exists {
			continue
		}
		if rs == nil {
			rs = &appsv1.ReplicaSet{}
			if found, err := o.getLive(ctx, t, ref.Name, rs); err != nil {
				return err
			} else if !found || rs.UID != ref.UID {
				continue
			}
		}
		s.Good[ref.Component], read[ref.UID] = rs, rs
	}
	o.good.keep(t, read)
	return nil
}
