// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package kinds

import (
	"regexp"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// LabelInstance and LabelManagedBy are the labels by which an object says, beside LabelTracker, who made it and for which
// tracker. No patch changes them.
const (
	LabelInstance  = "app.kubernetes.io/instance"
	LabelManagedBy = "app.kubernetes.io/managed-by"
)

// anIntent is what AnnotationIntent holds: the first 16 bytes of a SHA-256.
var anIntent = regexp.MustCompile(`^[0-9a-f]{32}$`)

// aSuffix is what follows the tracker's name in the names of its objects, and a hash in those of
// Jobs, and a journey's name in those of CronJobs. A copy that somebody made under a name of their own has all the labels and annotations,
// and is theirs.
var aSuffix = regexp.MustCompile(
	`^(|-(api|frontend|database|redis|journey|denied)|-(database|redis)-credentials|-dashboard|-migrate-[0-9a-f]{10}|-journey-[a-z0-9-]+)$`)

// HasIntent reports whether the operator has applied an object: it has the annotation that
// the operator alone writes.
func HasIntent(o metav1.Object) bool {
	return anIntent.MatchString(o.GetAnnotations()[v1alpha1.AnnotationIntent])
}

// MadeFor returns the name of the tracker that the operator has made an object for, as the
// object itself says: by LabelTracker, by its name, which is one that the operator gives, by the labels of its maker and instance,
// and by the annotation of the intent that it was applied from. Empty unless all of them do.
func MadeFor(o metav1.Object) string {
	labels := o.GetLabels()
	tracker := labels[v1alpha1.LabelTracker]
	suffix, named := strings.CutPrefix(o.GetName(), tracker)
	if !named || !aSuffix.MatchString(suffix) || labels[LabelInstance] != tracker || labels[LabelManagedBy] != v1alpha1.FieldManager || !HasIntent(o) {
		return ""
	}
	return tracker
}
