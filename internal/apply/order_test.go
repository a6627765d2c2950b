// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
)

// inOrder is the Deployment with several items in each list whose order means something.
func (w *world) inOrder() *appsv1.Deployment {
	d := w.deployment()
	pod := &d.Spec.Template.Spec
	pod.InitContainers = []corev1.Container{{Name: "first", Image: "busybox"}, {Name: "second", Image: "busybox"}}
	pod.Containers = append(pod.Containers, corev1.Container{Name: "sidecar", Image: "s"})
	pod.Containers[0].Env = []corev1.EnvVar{{Name: "BASE", Value: "x"}, {Name: "FULL", Value: "$(BASE)/y"}, {Name: "LAST", Value: "z"}}
	pod.HostAliases = []corev1.HostAlias{{IP: "10.0.0.1", Hostnames: []string{"a"}}, {IP: "10.0.0.2", Hostnames: []string{"a"}}}
	return d
}

func TestCaseEnvOrder(t *testing.T) {
	for name, c := range map[string]struct {
		drift func(*corev1.PodSpec)
		want  string // Empty when it is left.
	}{
		"env": {
			func(pod *corev1.PodSpec) { slices.Reverse(pod.Containers[0].Env) },
			`spec.template.spec.containers[name="api"].env`,
		},
		"env among others'": {
			func(pod *corev1.PodSpec) {
				slices.Reverse(pod.Containers[0].Env)
				pod.Containers[0].Env = slices.Insert(pod.Containers[0].Env, 1, corev1.EnvVar{Name: "THEIRS", Value: "1"})
			},
			`spec.template.spec.containers[name="api"].env`,
		},
		"init containers": {func(pod *corev1.PodSpec) { slices.Reverse(pod.InitContainers) }, "spec.template.spec.initContainers"},
		"containers":      {func(pod *corev1.PodSpec) { slices.Reverse(pod.Containers) }, "spec.template.spec.containers"},
		"host aliases":    {func(pod *corev1.PodSpec) { slices.Reverse(pod.HostAliases) }, "spec.template.spec.hostAliases"},
		"of no meaning": {func(pod *corev1.PodSpec) {
			slices.Reverse(pod.Volumes)
			slices.Reverse(pod.Containers[0].VolumeMounts)
			slices.Reverse(pod.Containers[0].Ports)
		}, ""},
		"others' in between": {func(pod *corev1.PodSpec) {
			pod.InitContainers = slices.Insert(pod.InitContainers, 0, corev1.Container{Name: "proxy", Image: "p"})
			pod.InitContainers = slices.Insert(pod.InitContainers, 2, corev1.Container{Name: "other", Image: "p"})
			pod.Containers[0].Env = slices.Insert(pod.Containers[0].Env, 1, corev1.EnvVar{Name: "THEIRS", Value: "1"})
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.apply(w.inOrder())
			edit(w, w.inOrder(), "kubectl-replace", func(d *appsv1.Deployment) { c.drift(&d.Spec.Template.Spec) })
			var events []apply.Event
			writes := 0
			if c.want != "" {
				writes = 1
				events = []apply.Event{{
					Type: corev1.EventTypeWarning, Reason: apply.ReasonRepaired,
					Message: "Repaired Deployment hiring-api: order of " + c.want + " was changed",
				}}
			}
			w.writes(writes, func() {
				if got := w.apply(w.inOrder()); !slices.Equal(got.Events, events) {
					t.Errorf("events %v,\nwant %v", got.Events, events)
				}
			})
			pod := get(w, "hiring-api", &appsv1.Deployment{}).Spec.Template.Spec
			env := slices.DeleteFunc(pod.Containers[0].Env, func(e corev1.EnvVar) bool { return e.Name == "THEIRS" })
			if pod.Containers[0].Name != "api" || env[0].Name != "BASE" || env[1].Name != "FULL" || env[2].Name != "LAST" {
				t.Errorf("container %s, env %v", pod.Containers[0].Name, env)
			}
			w.writes(0, func() { w.apply(w.inOrder()) })
			w.restart()
			w.writes(0, func() { w.apply(w.inOrder()) })
		})
	}
}

// What an admission plugin does to the order of every write is no drift.
func TestOrderByTheAPIServerIsLeft(t *testing.T) {
	const probe = `object.metadata.name == "probe" ? [JSONPatch{op: "add", path: "/metadata/annotations", value: {"altered": "yes"}}] : `
	for name, c := range map[string]struct {
		patch   string
		altered string
	}{
		"others' items first": {patch: `[JSONPatch{op: "add", path: "/spec/template/spec/initContainers/0",
			value: Object.spec.template.spec.initContainers{name: "proxy", image: "p"}}]`},
		"our items": {
			patch:   `[JSONPatch{op: "move", from: "/spec/template/spec/initContainers/1", path: "/spec/template/spec/initContainers/0"}]`,
			altered: "order of spec.template.spec.initContainers",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.mutateByPatch(probe + c.patch)
			var altered []apply.Event
			if c.altered != "" {
				altered = []apply.Event{{
					Type: corev1.EventTypeWarning, Reason: apply.ReasonAltered,
					Message: "Deployment hiring-api: the API server, such as by an admission webhook, keeps other values than those applied, " +
						"and they are left so: " + c.altered,
				}}
			}
			applied := func(want []apply.Event) func() {
				return func() {
					t.Helper()
					if got := w.apply(w.inOrder()); !slices.Equal(got.Events, want) {
						t.Errorf("events %v,\nwant %v", got.Events, want)
					}
				}
			}
			w.writes(1, applied(altered))
			w.writes(0, applied(nil))

			// No manager owns an order: after a restart, one write shows whose it is.
			w.restart()
			w.writes(len(altered), applied(altered))
			w.writes(0, applied(nil))
		})
	}
}
