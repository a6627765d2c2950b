// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// markTemplates notes on the components' Deployments which pod templates they have. It comes after
// the patches, and before anything takes the place of what the spec wants.
func (b *builder) markTemplates() {
	if !b.tracker.Spec.GetAutoRollback() {
		return
	}
	b.output.Templates = map[v1alpha1.Component]string{}
	for c, d := range b.deployments() {
		digest := templateDigest(d.Spec.Template)
		b.output.Templates[c.Name] = digest
		metav1.SetMetaDataAnnotation(&d.ObjectMeta, v1alpha1.AnnotationTemplateDigest, digest)
	}
}

// deployments yields the components with their Deployments.
func (b *builder) deployments() func(yield func(catalog.Component, *appsv1.Deployment) bool) {
	return func(yield func(catalog.Component, *appsv1.Deployment) bool) {
		for _, c := range b.catalog.Present(&b.tracker.Spec) {
			for _, object := range b.output.Objects {
				d, ok := object.(*appsv1.Deployment)
				if ok && d.Name == b.tracker.ChildName(c.Name) && !yield(c, d) {
					return
				}
			}
		}
	}
}

// templateDigest stands for a pod template without the operator's annotations, by which pods are
// restarted: other credentials or a restart are no other template.
func templateDigest(template corev1.PodTemplateSpec) string {
	template.Annotations = maps.Clone(template.Annotations)
	maps.DeleteFunc(template.Annotations, func(key, _ string) bool { return isOwn(key) })
	encoded, _ := json.Marshal(template) // A struct can always be written.
	sum := sha256.Sum256(encoded)
	return hex.EncodeToString(sum[:8])
}

func isOwn(annotation string) bool {
	return strings.HasPrefix(annotation, v1alpha1.GroupVersion.Group+"/")
}

// refused reports whether the spec's pod templates have failed.
func (b *builder) refused() bool {
	return b.tracker.Refuses(snapshot.TemplatesDigest(b.output.Templates))
}

// goBack puts the good pod templates in the place of the spec's own. Where their ReplicaSet is gone, the live
// template stays: the Deployments have the good ones, or these would not be gone back to.
func (b *builder) goBack() {
	for c, d := range b.deployments() {
		good, live := b.snapshot.Good[c.Name], b.snapshot.Deployments[c.Name]
		switch {
		case good != nil:
			b.restoreTemplate(d, live, good)
			b.servePortOf(d.Name, d.Spec.Template)
		case live != nil:
			b.keepTemplate(d, live)
			b.servePortOf(d.Name, live.Spec.Template)
		}
	}
	b.leaveMigrations()
}

// leaveMigrations defers the migrations of templates that have failed, unless they run. A Job that is to be
// tried again goes.
func (b *builder) leaveMigrations() {
	if b.snapshot.MigrationJob != nil {
		return
	}
	b.output.Objects = slices.DeleteFunc(b.output.Objects, func(object Object) bool {
		_, isJob := object.(*batchv1.Job)
		if isJob && !b.snapshot.FormerMigrations {
			b.output.Deferred = append(b.output.Deferred, object)
		}
		return isJob
	})
}

// restartedAt is kubectl's annotation of pods that it restarts.
const restartedAt = "kubectl.kubernetes.io/restartedAt"

// restoreTemplate gives a Deployment the pod template of a ReplicaSet. What restarts pods still does:
// kubectl, and the operator's own annotations where they are about Secrets that the template reads.
func (b *builder) restoreTemplate(d, live *appsv1.Deployment, good *appsv1.ReplicaSet) {
	wanted := d.Spec.Template
	d.Spec.Template = *good.Spec.Template.DeepCopy()
	restored := &d.Spec.Template
	delete(restored.Labels, appsv1.DefaultDeploymentUniqueLabelKey)
	sameSecrets := slices.Equal(snapshot.SecretsOf(&wanted), snapshot.SecretsOf(restored))
	for key, value := range wanted.Annotations {
		if key == v1alpha1.AnnotationRestartedAt || isOwn(key) && sameSecrets {
			metav1.SetMetaDataAnnotation(&restored.ObjectMeta, key, value)
		}
	}
	digest := good.Annotations[v1alpha1.AnnotationTemplateDigest]
	if live != nil && live.Annotations[v1alpha1.AnnotationTemplateDigest] == digest && live.Spec.Template.Annotations[restartedAt] != "" {
		metav1.SetMetaDataAnnotation(&restored.ObjectMeta, restartedAt, live.Spec.Template.Annotations[restartedAt])
		b.derive(d, func(l *Live) { l.Observed = live.ResourceVersion })
	}
	if version := restored.Labels[labelVersion]; version != "" {
		d.Labels[labelVersion] = version
	}
	metav1.SetMetaDataAnnotation(&d.ObjectMeta, v1alpha1.AnnotationTemplateDigest, digest)
}

// servePortOf gives a component's Service the port on which the pods of its template listen: others
// reach them by that.
func (b *builder) servePortOf(name string, template corev1.PodTemplateSpec) {
	for _, object := range b.output.Objects {
		service, ok := object.(*corev1.Service)
		if !ok || service.Name != name {
			continue
		}
		for i := range service.Spec.Ports {
			for _, container := range template.Spec.Containers {
				for _, port := range container.Ports {
					if port.Name == service.Spec.Ports[i].Name {
						service.Spec.Ports[i].Port = port.ContainerPort
					}
				}
			}
		}
	}
}
