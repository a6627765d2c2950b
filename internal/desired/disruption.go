// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

// podDisruptionBudget lets nodes be drained one pod of the component at a time,
// and pods that are not ready at any time: an outage of the database makes all
// of them unready, and must not block drains.
func (b *builder) podDisruptionBudget(c catalog.Component) *policyv1.PodDisruptionBudget {
	return &policyv1.PodDisruptionBudget{
		TypeMeta:   typeMeta(policyv1.SchemeGroupVersion, "PodDisruptionBudget"),
		ObjectMeta: b.meta(c.Name),
		Spec: policyv1.PodDisruptionBudgetSpec{
			Selector:                   b.selector(c.Name),
			MaxUnavailable:             new(intstr.FromInt32(1)),
			UnhealthyPodEvictionPolicy: new(policyv1.AlwaysAllow),
		},
	}
}
