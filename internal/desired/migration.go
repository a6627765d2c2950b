// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

// migrateContainer is the name of the container that migrates.
const migrateContainer = "migrate"

// MigrationJobName is the name of the Job of spec.migrations, which must be set:
// TRACKER-migrate- and ten hex digits of a hash of the image and the command. With
// another image or command it is another Job; with the same, that which has run.
func MigrationJobName(t *v1alpha1.InterviewTracker, c catalog.Catalog) string {
	what := append([]string{c.Primary().Image(&t.Spec)}, t.Spec.Migrations.Command...)
	// A JSON list shows where one argument ends and the next begins.
	text, _ := json.Marshal(what) // Strings can always be written.
	sum := sha256.Sum256(text)
	return t.ChildName(v1alpha1.ComponentMigrate) + "-" + hex.EncodeToString(sum[:5])
}

// migrationJob runs the migrations. It is never deleted while its version is
// current; the record in the status says that they have run when somebody else deletes it.
func (b *builder) migrationJob() *batchv1.Job {
	migrations := b.tracker.Spec.Migrations
	job := &batchv1.Job{
		TypeMeta:   typeMeta(batchv1.SchemeGroupVersion, "Job"),
		ObjectMeta: b.meta(v1alpha1.ComponentMigrate),
		Spec: batchv1.JobSpec{
			BackoffLimit:          new(migrations.GetBackoffLimit()),
			ActiveDeadlineSeconds: new(migrations.GetActiveDeadlineSeconds()),
			// A pod that is terminating may still be migrating.
			PodReplacementPolicy: new(batchv1.Failed),
			Template:             b.migrationTemplate(migrations.Command),
		},
	}
	job.Name = MigrationJobName(b.tracker, b.catalog)
	b.instrument(&job.Spec.Template, v1alpha1.ComponentMigrate, attribute{"k8s.job.name", job.Name})
	if b.snapshot.MigrationJob != nil {
		// If it has gone by now, whether it may be made again is yet to be decided.
		b.derive(job, func(l *Live) { l.KeepTemplate = true })
	}
	return job
}

// migrationTemplate is that of the primary component's pods, with another command and
// without what serves requests. It has none of the labels and annotations of the spec:
// by these, a Service of the user's would select it.
func (b *builder) migrationTemplate(command []string) corev1.PodTemplateSpec {
	spec := b.componentTemplate(b.catalog.Primary()).Spec
	spec.RestartPolicy = corev1.RestartPolicyNever
	spec.TopologySpreadConstraints = nil
	spec.Affinity = nodeAffinity(spec.Affinity)
	container := &spec.Containers[0]
	container.Name = migrateContainer
	container.Command = command
	container.Ports = nil
	container.LivenessProbe, container.ReadinessProbe, container.StartupProbe = nil, nil, nil
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: b.labels(v1alpha1.ComponentMigrate)},
		Spec:       spec,
	}
}

// nodeAffinity is the part of an affinity that does not refer to other pods.
func nodeAffinity(affinity *corev1.Affinity) *corev1.Affinity {
	if affinity == nil || affinity.NodeAffinity == nil {
		return nil
	}
	return &corev1.Affinity{NodeAffinity: affinity.NodeAffinity}
}

// awaitMigrations defers what must not exist before the migrations have run: the Job
// itself while it can't begin, and the primary component's new pods while it has not
// succeeded.
func (b *builder) awaitMigrations() {
	if b.tracker.Spec.Migrations == nil {
		return
	}
	if !b.snapshot.HeldBack(b.tracker) {
		b.leaveFinished()
		return
	}
	primary := b.catalog.Primary().Name
	live := b.snapshot.Deployments[primary]
	objects := b.output.Objects
	b.output.Objects = nil
	for _, object := range objects {
		if _, ok := object.(*batchv1.Job); ok && b.snapshot.FormerMigrations {
			continue // It is deleted first.
		}
		if b.deferred(object, live != nil) {
			b.output.Deferred = append(b.output.Deferred, object)
			continue
		}
		if d, ok := object.(*appsv1.Deployment); ok && d.Name == b.tracker.ChildName(primary) {
			b.keepTemplate(d, live)
		}
		b.add(object)
	}
}

// markRetry notes on the migrations' Job which retry it is. It comes after the patches: without
// the note, a Job that fails would be made again each time.
func (b *builder) markRetry() {
	at := b.tracker.Annotations[v1alpha1.AnnotationMigrationsRetriedAt]
	for _, object := range b.output.Objects {
		if job, ok := object.(*batchv1.Job); ok && at != "" {
			metav1.SetMetaDataAnnotation(&job.ObjectMeta, v1alpha1.AnnotationMigrationsRetriedAt, at)
		}
	}
}

// leaveFinished leaves the Job of migrations that have run as it is, if it goes or is gone:
// the record of it is enough.
func (b *builder) leaveFinished() {
	if b.snapshot.MigrationJobRemains() {
		return
	}
	b.output.Objects = slices.DeleteFunc(b.output.Objects, func(object Object) bool {
		_, ok := object.(*batchv1.Job)
		if ok {
			b.output.Deferred = append(b.output.Deferred, object)
		}
		return ok
	})
}

// deferred reports whether an object must not be created yet. Without the primary
// component's Deployment, what scales it or protects its pods has nothing to work on.
func (b *builder) deferred(object Object, deployed bool) bool {
	if _, ok := object.(*batchv1.Job); ok {
		return b.snapshot.MigrationJob == nil && b.snapshot.MigrationsWaitFor(b.tracker, b.catalog) != ""
	}
	if deployed || object.GetName() != b.tracker.ChildName(b.catalog.Primary().Name) {
		return false
	}
	switch object.GetObjectKind().GroupVersionKind().Kind {
	case "Deployment", "PodDisruptionBudget", "HorizontalPodAutoscaler":
		return true
	}
	return false
}

// keepTemplate leaves out a Deployment's pod template, so that the live one stays as
// it is, and sets the version label to that of the live one. To apply the live template
// again would be to take over the fields in it that have other owners.
func (b *builder) keepTemplate(deployment, live *appsv1.Deployment) {
	b.derive(deployment, func(l *Live) { l.KeepTemplate = true })
	deployment.Spec.Template = corev1.PodTemplateSpec{}
	if version := live.Spec.Template.Labels[labelVersion]; version != "" {
		deployment.Labels[labelVersion] = version
	}
	delete(deployment.Annotations, v1alpha1.AnnotationTemplateDigest)
	if digest := live.Annotations[v1alpha1.AnnotationTemplateDigest]; digest != "" {
		metav1.SetMetaDataAnnotation(&deployment.ObjectMeta, v1alpha1.AnnotationTemplateDigest, digest)
	}
}
