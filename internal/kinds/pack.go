// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package kinds

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// annotationPacked holds, in the caches alone, the encoded spec of an object whose spec
// is packed. It is an annotation of the pod template, which has nothing else then: a
// template that a user writes has containers.
const annotationPacked = "apps.interviewtracker.dev/cached-spec"

// packedSpec is a spec that is kept as one string. As structs and maps a pod template
// takes five times the memory, and is read only when its object has changed.
type packedSpec interface {
	Marshal() ([]byte, error)
	Unmarshal([]byte) error
}

// keepPacked keeps of an object with a pod template all but the managed fields, its spec
// packed. It may be given what it has returned, as keepDigest may.
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
	packed := corev1.PodTemplateSpec{}
	packed.Annotations = map[string]string{annotationPacked: string(encoded)}
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
	encoded, packed := template.Annotations[annotationPacked]
	if !packed {
		return nil
	}
	*template = corev1.PodTemplateSpec{}
	if err := spec.Unmarshal([]byte(encoded)); err != nil {
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
