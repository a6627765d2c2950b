// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package kinds

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// packedSpec is a spec that the caches keep encoded, in the name of its pod template, which
// is empty but for that; a real template has containers. As structs and maps a spec takes
// five times the memory, and it is read only when its object has changed.
type packedSpec interface {
	Marshal() ([]byte, error)
	Unmarshal([]byte) error
}

// keepPacked packs the spec of an object with a pod template. It may be given what it has
// returned, as keepDigest may.
func keepPacked(in any) (any, error) {
	object, ok := in.(Object)
	if !ok {
		return in, nil
	}
	object.SetManagedFields(nil)
	spec, template := specOf(object)
	if len(template.Spec.Containers) == 0 {
		return in, nil
	}
	encoded, err := spec.Marshal()
	if err != nil {
		return nil, fmt.Errorf("pack %s: %w", object.GetName(), err)
	}
	packed := corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Name: string(encoded)}}
	switch o := object.(type) {
	case *appsv1.Deployment:
		o.Spec = appsv1.DeploymentSpec{Template: packed}
	case *appsv1.StatefulSet:
		o.Spec = appsv1.StatefulSetSpec{Template: packed}
	}
	return object, nil
}

// Unpack restores an object that was read from a cache, and does not change what the cache
// holds, although it may share memory with that.
func Unpack(read Object) error {
	spec, template := specOf(read)
	if spec == nil || len(template.Spec.Containers) > 0 {
		return nil
	}
	encoded := []byte(template.Name)
	template.Name = ""
	if err := spec.Unmarshal(encoded); err != nil {
		return fmt.Errorf("unpack %s: %w", read.GetName(), err)
	}
	return nil
}

// specOf returns the spec of an object that is packed, and the pod template in it; nil of
// any other object.
func specOf(object Object) (packedSpec, *corev1.PodTemplateSpec) {
	switch o := object.(type) {
	case *appsv1.Deployment:
		return &o.Spec, &o.Spec.Template
	case *appsv1.StatefulSet:
		return &o.Spec, &o.Spec.Template
	}
	return nil, nil
}
