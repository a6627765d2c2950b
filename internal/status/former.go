// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

// theFormer introduces what is left of a managed dependency that the spec no longer has.
const theFormer = "; the former managed "

// withFormer adds to a dependency's condition what is left of a former managed one. A
// condition that is kept may say so already.
func withFormer(in Input, d catalog.Dependency, condition metav1.Condition) metav1.Condition {
	condition.Message, _, _ = strings.Cut(condition.Message, theFormer)
	former := in.Snapshot.Former[d.Name]
	if set := former.StatefulSet; set != nil {
		if until := in.Snapshot.FormerStays(in.Tracker, in.Catalog, d.Name); until != "" {
			condition.Message += fmt.Sprintf("%s%s, StatefulSet %s, stays until %s", theFormer, d.Title, set.Name, until)
			return condition
		}
	}
	if former.Claim != nil {
		condition.Message += fmt.Sprintf("%s%s has left its data in PersistentVolumeClaim %s", theFormer, d.Title, former.Claim.Name)
	}
	return condition
}
