// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"slices"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
)

// scale sets the number of pods as kubectl scale does.
func (w *world) scale(replicas int32) {
	w.Helper()
	scale := &autoscalingv1.Scale{}
	w.ok(w.SubResource("scale").Get(w.Context(), w.deployment(), scale))
	scale.Spec.Replicas = replicas
	w.ok(w.SubResource("scale").Update(w.Context(), w.deployment(), client.WithSubResourceBody(scale), client.FieldOwner("kubectl-scale")))
}

func TestDriftIsRepairedWithEvent(t *testing.T) {
	for name, c := range map[string]struct {
		child client.Object
		drift func(*world)
		want  string
	}{
		"scaled": {
			drift: func(w *world) { w.scale(5) },
			want:  "Repaired Deployment hiring-api: spec.replicas was changed by kubectl-scale",
		},
		"edited": {
			drift: func(w *world) {
				edit(w, w.deployment(), "kubectl-edit", func(d *appsv1.Deployment) {
					d.Labels["app.kubernetes.io/name"] = "mine"
					d.Spec.Template.Spec.Containers[0].Args = append(d.Spec.Template.Spec.Containers[0].Args, "--debug")
				})
			},
			want: `Repaired Deployment hiring-api: metadata.labels["app.kubernetes.io/name"] was changed by kubectl-edit; ` +
				`spec.template.spec.containers[name="api"].args was changed by kubectl-edit`,
		},
		"removed": {
			drift: func(w *world) {
				edit(w, w.deployment(), "kubectl-edit", func(d *appsv1.Deployment) { d.Spec.Template.Spec.Containers[0].LivenessProbe = nil })
			},
			want: `Repaired Deployment hiring-api: spec.template.spec.containers[name="api"].livenessProbe was removed`,
		},
		"by two": {
			drift: func(w *world) {
				edit(w, w.deployment(), "first", func(d *appsv1.Deployment) { d.Spec.Template.Spec.Containers[0].Image = "b" })
				edit(w, w.deployment(), "second", func(d *appsv1.Deployment) { d.Spec.Replicas = new(int32(9)) })
			},
			want: `Repaired Deployment hiring-api: spec.replicas was changed by second; ` +
				`spec.template.spec.containers[name="api"].image was changed by first`,
		},
		"many": {
			drift: func(w *world) {
				edit(w, w.deployment(), "kubectl-edit", func(d *appsv1.Deployment) {
					d.Spec.Replicas = new(int32(9))
					d.Spec.Strategy.RollingUpdate.MaxSurge = new(intstr.FromInt32(9))
					d.Spec.Strategy.RollingUpdate.MaxUnavailable = new(intstr.FromInt32(9))
					d.Spec.Template.Spec.Tolerations = nil
					d.Spec.Template.Spec.NodeSelector = nil
				})
			},
			want: "Repaired Deployment hiring-api: spec.replicas was changed by kubectl-edit; " +
				"spec.strategy.rollingUpdate.maxSurge was changed by kubectl-edit; " +
				"spec.strategy.rollingUpdate.maxUnavailable was changed by kubectl-edit; and 2 more",
		},
		"our annotation": {
			drift: func(w *world) {
				edit(w, w.deployment(), "kubectl-annotate", func(d *appsv1.Deployment) { d.Annotations[v1alpha1.AnnotationIntent] = "x" })
			},
			want: `Repaired Deployment hiring-api: metadata.annotations["` + v1alpha1.AnnotationIntent + `"] was changed by kubectl-annotate`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.apply(w.deployment())
			c.drift(w)
			w.writes(1, func() {
				got := w.apply(w.deployment())
				want := []apply.Event{{Type: corev1.EventTypeWarning, Reason: apply.ReasonRepaired, Message: c.want}}
				if !slices.Equal(got.Events, want) {
					t.Errorf("events %v,\nwant %v", got.Events, want)
				}
				if got.Counts.Of(apply.Repaired) != 1 || got.Counts.Of(apply.Applied) != 0 {
					t.Errorf("%+v", got.Counts)
				}
			})
			if drift := w.drift(w.deployment(), func(client.Object) {}); len(drift) != 0 {
				t.Errorf("%v is still there", drift)
			}
			w.writes(0, func() { w.apply(w.deployment()) })
		})
	}
}

func TestFieldsOfOthersAreKept(t *testing.T) {
	w := newWorld(t)
	w.apply(w.deployment())
	edit(w, w.deployment(), "others", func(d *appsv1.Deployment) {
		d.Labels["team"] = "people"
		d.Finalizers = []string{"example.com/wait"}
		d.Spec.Template.Annotations = map[string]string{"kubectl.kubernetes.io/restartedAt": "now"}
		d.Spec.Template.Spec.Containers[0].Env = append(d.Spec.Template.Spec.Containers[0].Env, corev1.EnvVar{Name: "INJECTED", Value: "1"})
		d.Spec.Template.Spec.Containers = append(d.Spec.Template.Spec.Containers, corev1.Container{Name: "sidecar", Image: "s"})
	})
	w.writes(0, func() { w.apply(w.deployment()) })

	// They also outlive a change of the intent.
	changed := w.deployment()
	changed.Spec.Template.Spec.Containers[0].Image = "api:2"
	w.writes(1, func() { w.apply(changed) })
	d := get(w, "hiring-api", &appsv1.Deployment{})
	pod := d.Spec.Template
	if d.Labels["team"] == "" || len(d.Finalizers) == 0 || pod.Annotations["kubectl.kubernetes.io/restartedAt"] == "" ||
		!slices.ContainsFunc(pod.Spec.Containers[0].Env, func(e corev1.EnvVar) bool { return e.Name == "INJECTED" }) ||
		!slices.ContainsFunc(pod.Spec.Containers, func(c corev1.Container) bool { return c.Name == "sidecar" }) {
		t.Errorf("others' fields are gone: %v", d)
	}
	edit(w, w.deployment(), "others", func(d *appsv1.Deployment) { d.Finalizers = nil })
}

func TestFieldsRemovedFromIntentAreRemoved(t *testing.T) {
	w := newWorld(t)
	before := w.deployment()
	before.Labels["old"] = "yes"
	w.apply(before)
	w.restart()

	after := w.deployment()
	api := &after.Spec.Template.Spec.Containers[0]
	api.LivenessProbe = nil
	api.Env = api.Env[:1]
	after.Spec.Template.Spec.Tolerations = nil
	w.writes(1, func() { w.apply(after) })

	d := get(w, "hiring-api", &appsv1.Deployment{})
	live := d.Spec.Template.Spec.Containers[0]
	if d.Labels["old"] != "" || live.LivenessProbe != nil || len(live.Env) != 1 || d.Spec.Template.Spec.Tolerations != nil {
		t.Errorf("labels %v, probe %v, env %v, tolerations %v", d.Labels, live.LivenessProbe, live.Env, d.Spec.Template.Spec.Tolerations)
	}
}

func TestFieldConflictBacksOff(t *testing.T) {
	w := newWorld(t)
	w.apply(w.deployment())
	for range 3 {
		w.scale(5)
		w.writes(1, func() {
			if got := w.apply(w.deployment()); got.Counts.Of(apply.Repaired) != 1 {
				t.Errorf("%+v", got)
			}
		})
	}

	// From the third repair on it is reported, always with the same message, and each further
	// repair waits for twice as long.
	reported := []string{"Deployment hiring-api: spec.replicas is changed again and again by kubectl-scale, and repaired ever more rarely: " +
		"stop the other manager from setting the field, or set it in the tracker"}
	for _, wait := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 8 * time.Minute} {
		w.scale(5)
		w.writes(0, func() {
			got := w.apply(w.deployment())
			if !slices.Equal(got.FieldConflicts, reported) || got.RetryAfter != wait || len(got.Events) != 0 {
				t.Errorf("contested %q, retry after %s, events %v, want %s", got.FieldConflicts, got.RetryAfter, got.Events, wait)
			}
		})
		w.clock.SetTime(w.clock.Now().Add(wait))
		w.writes(1, func() {
			if got := w.apply(w.deployment()); !slices.Equal(got.FieldConflicts, reported) || len(got.Events) != 1 {
				t.Errorf("contested %q, events %v", got.FieldConflicts, got.Events)
			}
		})
	}

	// Other fields are repaired at once all the while.
	edit(w, w.deployment(), "kubectl-edit", func(d *appsv1.Deployment) { d.Spec.Template.Spec.Containers[0].Image = "b" })
	w.writes(1, func() { w.apply(w.deployment()) })

	// It ends when the field has been quiet for long enough.
	got := w.apply(w.deployment())
	if !slices.Equal(got.FieldConflicts, reported) || got.RetryAfter == 0 {
		t.Errorf("contested %q, retry after %s", got.FieldConflicts, got.RetryAfter)
	}
	for range 2 { // When the next repair would be due, and when all is over.
		w.clock.SetTime(w.clock.Now().Add(got.RetryAfter + time.Second))
		got = w.apply(w.deployment())
	}
	if len(got.FieldConflicts) != 0 || got.RetryAfter != 0 {
		t.Errorf("contested %q, retry after %s", got.FieldConflicts, got.RetryAfter)
	}
	w.scale(5)
	w.writes(1, func() { w.apply(w.deployment()) })
}

func TestRareRepairsAreNoFieldConflict(t *testing.T) {
	w := newWorld(t)
	w.apply(w.deployment())
	for range 6 {
		w.scale(5)
		w.clock.SetTime(w.clock.Now().Add(6 * time.Minute))
		w.writes(1, func() {
			if got := w.apply(w.deployment()); len(got.FieldConflicts) != 0 {
				t.Errorf("contested %q", got.FieldConflicts)
			}
		})
	}
}
