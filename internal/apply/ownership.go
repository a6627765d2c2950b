// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// own returns nil when an existing object is the tracker's to write: when the
// tracker controls it, or when it is credentials retained for a tracker of that
// name, the one kind of adoption there is.
func own(owner *v1alpha1.InterviewTracker, kind string, object metav1.Object) error {
	controller := metav1.GetControllerOf(object)
	switch {
	case controller != nil && controller.UID == owner.UID, controller == nil && retainedFor(owner, kind, object):
		if object.GetDeletionTimestamp() != nil {
			return &PendingError{kind, object.GetName(), "it is being deleted", false}
		}
		return nil
	case controller == nil:
		return &ConflictError{Kind: kind, Name: object.GetName()}
	case namesake(owner, controller):
		return &PendingError{kind, object.GetName(), "it belongs to a deleted tracker of the same name and has yet to go", false}
	default:
		return &ConflictError{Kind: kind, Name: object.GetName(), Controller: controller.Kind + " " + controller.Name}
	}
}

func retainedFor(owner *v1alpha1.InterviewTracker, kind string, object metav1.Object) bool {
	return kind == secretKind.Kind &&
		object.GetAnnotations()[v1alpha1.AnnotationRetainedFor] == owner.Name &&
		object.GetLabels()[v1alpha1.LabelTracker] == owner.Name
}

// namesake tells whether a controller is an earlier tracker of the owner's name:
// two can't exist at a time.
func namesake(owner *v1alpha1.InterviewTracker, controller *metav1.OwnerReference) bool {
	gv, err := schema.ParseGroupVersion(controller.APIVersion)
	return err == nil && gv.Group == v1alpha1.GroupVersion.Group &&
		controller.Kind == v1alpha1.Kind && controller.Name == owner.Name
}
