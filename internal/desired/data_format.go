// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

// guardFormat keeps an image that could not open the existing data of a dependency away
// from them, and records the version of the format of new data.
func (b *builder) guardFormat(d catalog.Dependency) {
	managed := d.ManagedSpec(&b.tracker.Spec)
	if managed == nil || d.Managed.Format == nil {
		return
	}
	i := slices.IndexFunc(b.output.Objects, func(o Object) bool {
		_, ok := o.(*appsv1.StatefulSet)
		return ok && o.GetName() == b.tracker.ChildName(d.Name)
	})
	if i < 0 {
		return
	}
	set, _ := b.output.Objects[i].(*appsv1.StatefulSet)
	format, image := d.Managed.Format, dataImage(d, set)
	b.annotateFormat(d, *image)
	wanted, recorded := format.Version(*image), b.recordedFormat(d)
	if wanted == "" || recorded == "" || wanted == recorded {
		return
	}

	live := b.snapshot.StatefulSets[d.Name]
	if live != nil && managed.Image == "" && *image == d.Managed.DefaultImage {
		// The operator's default has changed, which the tracker's author did not ask for.
		*image = *dataImage(d, live)
		return
	}
	b.output.UnsupportedChanges = append(b.output.UnsupportedChanges, fmt.Sprintf(
		"image %s is not used: %s %s can't open the data of %s, which %s %s wrote; "+
			"dump them and restore them into a new tracker, or set spec.%s.managed.image to an image of %s %s",
		*image, format.Product, wanted, b.tracker.ChildName(d.Name), format.Product, recorded, d.Name, format.Product, recorded))
	if live != nil {
		*image = *dataImage(d, live)
		return
	}
	b.output.Objects = slices.Delete(b.output.Objects, i, i+1)
}

// recordedFormat is the version of the format of the data, empty when there are none or
// the version is not known.
func (b *builder) recordedFormat(d catalog.Dependency) string {
	if b.snapshot.Claims[d.Name] == nil {
		return ""
	}
	if version := b.annotatedFormat(d); version != "" {
		return version
	}
	if live := b.snapshot.StatefulSets[d.Name]; live != nil {
		return d.Managed.Format.Version(*dataImage(d, live))
	}
	return ""
}

func (b *builder) annotatedFormat(d catalog.Dependency) string {
	live := b.snapshot.Credentials[d.Name]
	if live == nil {
		return ""
	}
	return live.Annotations[d.Managed.Format.Annotation]
}

// annotateFormat records the version of the format on the credentials: that of the
// image, until there are data, and from then on the one that is recorded.
func (b *builder) annotateFormat(d catalog.Dependency, image string) {
	version := d.Managed.Format.Version(image)
	if b.snapshot.Claims[d.Name] != nil {
		version = b.recordedFormat(d)
	}
	if version == "" {
		return
	}
	for _, object := range b.output.Objects {
		secret, ok := object.(*corev1.Secret)
		if ok && secret.Name == b.tracker.CredentialsName(d.Name) {
			metav1.SetMetaDataAnnotation(&secret.ObjectMeta, d.Managed.Format.Annotation, version)
		}
	}
}

// dataImage is the image of a StatefulSet's container that opens the data. A patch may
// have added others; a live one may have been created under another name of it.
func dataImage(d catalog.Dependency, set *appsv1.StatefulSet) *string {
	containers := set.Spec.Template.Spec.Containers
	for i := range containers {
		if containers[i].Name == d.Managed.PortName {
			return &containers[i].Image
		}
	}
	if len(containers) == 0 {
		return new("")
	}
	return &containers[0].Image
}
