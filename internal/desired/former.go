// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

// keepFormer keeps the managed dependencies that the spec no longer has
// until nothing uses them: the pods of the former template serve with them until those of
// the new one can, and if these never can, the spec can be taken back.
func (b *builder) keepFormer() {
	for _, d := range b.catalog.Dependencies {
		former := b.snapshot.Former[d.Name]
		switch {
		case former.StatefulSet == nil:
		case b.snapshot.FormerStays(b.tracker, b.catalog, d.Name) != "":
			b.output.Former = append(b.output.Former, b.formerObjects(d)...)
		case former.Claim != nil:
			b.output.DataKept = append(b.output.DataKept, fmt.Sprintf(
				"PersistentVolumeClaim %s keeps the data of the former managed %s, and Secret %s its password",
				former.Claim.Name, d.Title, b.tracker.CredentialsName(d.Name)))
		}
	}
}

// formerObjects name the objects of a dependency that was managed.
func (b *builder) formerObjects(d catalog.Dependency) []Object {
	credentials := &corev1.Secret{TypeMeta: typeMeta(corev1.SchemeGroupVersion, "Secret"), ObjectMeta: b.meta(d.Name)}
	credentials.Name = b.tracker.CredentialsName(d.Name)
	return []Object{
		b.serviceAccount(d.Name),
		b.networkPolicy(d),
		credentials,
		b.service(d.Name, d.Managed.PortName, d.Managed.Port),
		&appsv1.StatefulSet{TypeMeta: typeMeta(appsv1.SchemeGroupVersion, "StatefulSet"), ObjectMeta: b.meta(d.Name)},
	}
}
