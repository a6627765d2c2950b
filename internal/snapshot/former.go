// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

// Former is what is left of a managed dependency that the spec no longer has.
type Former struct {
	// StatefulSet is that of the dependency, nil when it is gone.
	StatefulSet *appsv1.StatefulSet
	// Claim is the volume claim that keeps the data, nil when none does.
	Claim *corev1.PersistentVolumeClaim
}

// FormerStays returns until when a managed dependency that the spec no longer has stays,
// such as "Job hiring-migrate-0123456789 has ended"; empty when nothing uses it.
func (s *Snapshot) FormerStays(t *v1alpha1.InterviewTracker, c catalog.Catalog, d v1alpha1.Component) (until string) {
	secret := t.CredentialsName(d)
	for _, component := range c.Present(&t.Spec) {
		deployment := s.Deployments[component.Name]
		switch {
		case !component.UsesDependencies:
		case deployment == nil: // It has been deleted: its pods have yet to show that they can do without.
			return fmt.Sprintf("Deployment %s exists", t.ChildName(component.Name))
		case slices.Contains(SecretsOf(&deployment.Spec.Template), secret):
			return fmt.Sprintf("Deployment %s no longer refers to Secret %s", deployment.Name, secret)
		case s.External[d].Problem != "" && ptr.Deref(deployment.Spec.Replicas, 1) > 0: // Pods that can do without it are available.
			return "the Secret of the external one has a URL"
		case !s.rolledOut(component.Name):
			return fmt.Sprintf("all pods of Deployment %s have its current template and are available", deployment.Name)
		}
	}
	if job := s.MigrationJob; job != nil && !JobFinished(job) && slices.Contains(SecretsOf(&job.Spec.Template), secret) {
		return fmt.Sprintf("Job %s has ended", job.Name)
	}
	if len(s.OlderMigrations) > 0 {
		return s.OlderMigrations[0] + " has ended"
	}
	if rollout := t.Status.Rollout; rollout != nil && rollout.Candidate != nil {
		return "the new pod templates have proved good" // Those before may be gone back to.
	}
	return ""
}

// SecretsOf returns the names of the Secrets that the pods of a template read, sorted.
func SecretsOf(template *corev1.PodTemplateSpec) []string {
	return secretsOf(template, func(*corev1.SecretKeySelector) bool { return true })
}

// RequiredSecretsOf returns those of SecretsOf that the pods can't start without.
func RequiredSecretsOf(template *corev1.PodTemplateSpec) []string {
	return secretsOf(template, func(key *corev1.SecretKeySelector) bool { return !ptr.Deref(key.Optional, false) })
}

// secretsOf leaves out the keys of variables that do not count.
func secretsOf(template *corev1.PodTemplateSpec, counts func(*corev1.SecretKeySelector) bool) []string {
	var names []string
	for _, containers := range [][]corev1.Container{template.Spec.InitContainers, template.Spec.Containers} {
		for i := range containers {
			for _, e := range containers[i].Env {
				if from := e.ValueFrom; from != nil && from.SecretKeyRef != nil && counts(from.SecretKeyRef) {
					names = append(names, from.SecretKeyRef.Name)
				}
			}
		}
	}
	for _, v := range template.Spec.Volumes {
		if v.Secret != nil {
			names = append(names, v.Secret.SecretName)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// rolledOut reports whether all pods of a Deployment that exists are of its current
// template and available, and no other is left: a terminating one may still serve.
func (s *Snapshot) rolledOut(c v1alpha1.Component) bool {
	d := s.Deployments[c]
	want := ptr.Deref(d.Spec.Replicas, 1)
	if d.Status.ObservedGeneration < d.Generation ||
		d.Status.Replicas != want || d.Status.UpdatedReplicas != want || d.Status.AvailableReplicas != want {
		return false
	}
	current := s.CurrentNames(c)
	return !slices.ContainsFunc(s.Pods[c], func(pod corev1.Pod) bool {
		return !current.Has(pod.Name) && !PodEnded(pod)
	})
}

// JobFinished reports whether a Job will create no more pods.
func JobFinished(job *batchv1.Job) bool {
	return JobCondition(job, batchv1.JobComplete) != nil || JobCondition(job, batchv1.JobFailed) != nil
}
