// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
)

// warned checks which warnings a result reports: the beginning of each event.
func warned(t *testing.T, got apply.Result, want ...string) {
	t.Helper()
	if len(got.Events) != len(want) {
		t.Errorf("events %q, want %q", got.Events, want)
		return
	}
	for i, event := range got.Events {
		if event.Type != corev1.EventTypeWarning || event.Reason != apply.ReasonAPIWarning || !strings.HasPrefix(event.Message, want[i]) {
			t.Errorf("event %q, want %q", event, want[i])
		}
	}
}

func TestWarningIsReportedOnce(t *testing.T) {
	w := newWorld(t)
	const (
		fractional = `Deployment hiring-api: spec.template.spec.containers[0].resources.limits[memory]: fractional byte value "1500m"`
		duplicate  = `Deployment hiring-api: spec.template.spec.containers[1].ports[0]: duplicate port name "http"`
	)
	d := w.deployment()
	pod := &d.Spec.Template.Spec
	pod.Containers[0].Resources.Limits[corev1.ResourceMemory] = resource.MustParse("1500m")
	pod.Containers[0].Resources.Requests[corev1.ResourceMemory] = resource.MustParse("1")
	warned(t, w.apply(d, w.service()), fractional)
	w.writes(0, func() { warned(t, w.apply(d, w.service())) })

	// Neither a repair nor another intent repeats it; what is new in it is reported.
	w.scale(5)
	w.writes(1, func() {
		if got := w.apply(d, w.service()); len(got.Events) != 1 || got.Events[0].Reason != apply.ReasonRepaired {
			t.Errorf("events %q", got.Events)
		}
	})
	pod.Containers = append(pod.Containers, corev1.Container{
		Name: "sidecar", Image: "s", Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 1, Protocol: corev1.ProtocolTCP}},
	})
	warned(t, w.apply(d, w.service()), duplicate)
	w.writes(0, func() { warned(t, w.apply(d, w.service())) })
}

// A long warning is cut, and each object has its own.
func TestWarningOfPodSecurity(t *testing.T) {
	w := newWorld(t)
	namespace := &corev1.Namespace{}
	namespace.Name = w.namespace
	edit(w, namespace, "test", func(n *corev1.Namespace) {
		n.Labels["pod-security.kubernetes.io/warn"] = "restricted"
	})
	d, set := w.deployment(), w.statefulSet()
	for i := range 20 {
		d.Spec.Template.Spec.Volumes = append(d.Spec.Template.Spec.Volumes, corev1.Volume{
			Name:         fmt.Sprintf("%s-%d", strings.Repeat("host", 12), i),
			VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/"}},
		})
	}
	got := w.apply(d, set)
	warned(t, got, `Deployment hiring-api: would violate PodSecurity "restricted:latest": `,
		`StatefulSet hiring-database: would violate PodSecurity "restricted:latest": `)
	for _, event := range got.Events {
		if n := len([]rune(event.Message)); n > 550 {
			t.Errorf("%d characters", n)
		}
	}
	w.writes(0, func() { warned(t, w.apply(d, set)) })
}
