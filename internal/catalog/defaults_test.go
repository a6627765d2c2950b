// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

func expect[T any](t *testing.T, what string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func component(t *testing.T, name v1alpha1.Component) Component {
	t.Helper()
	for _, c := range Default().Components {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("there is no component %s", name)
	return Component{}
}

func dependency(t *testing.T, name v1alpha1.Component) Dependency {
	t.Helper()
	for _, d := range Default().Dependencies {
		if d.Name == name {
			return d
		}
	}
	t.Fatalf("there is no dependency %s", name)
	return Dependency{}
}

func TestOneComponentIsPrimary(t *testing.T) {
	var primary []v1alpha1.Component
	for _, c := range Default().Components {
		if c.Primary {
			primary = append(primary, c.Name)
		}
	}
	expect(t, "primary", []v1alpha1.Component{v1alpha1.ComponentAPI}, primary)
	expect(t, "Primary", v1alpha1.ComponentAPI, Default().Primary().Name)
}

func TestComponentDefaults(t *testing.T) {
	api, frontend := component(t, v1alpha1.ComponentAPI), component(t, v1alpha1.ComponentFrontend)
	empty := &v1alpha1.InterviewTrackerSpec{Version: "1.2.3"}
	expect(t, "an omitted api", &v1alpha1.ComponentSpec{}, api.Get(empty))
	expect(t, "an omitted frontend", &v1alpha1.ComponentSpec{}, frontend.Get(empty))
	expect(t, "the API's port", 8000, api.Port(empty))
	expect(t, "the frontend's port", 3000, frontend.Port(empty))
	expect(t, "the API's port of metrics", 0, api.MetricsPort(empty))
	expect(t, "the frontend's port of metrics", 9464, frontend.MetricsPort(empty))
	expect(t, "the API's image", "interview-tracker-api:1.2.3", api.Image(empty))
	expect(t, "the frontend's image", "interview-tracker-frontend:1.2.3", frontend.Image(empty))

	written := &v1alpha1.InterviewTrackerSpec{
		API: &v1alpha1.ComponentSpec{Port: 8080, Image: "mine:2"}, Frontend: &v1alpha1.ComponentSpec{Port: 8081},
	}
	expect(t, "the written api", written.API, api.Get(written))
	expect(t, "the written frontend", written.Frontend, frontend.Get(written))
	expect(t, "the API's written port", 8080, api.Port(written))
	expect(t, "the frontend's written port", 8081, frontend.Port(written))
	expect(t, "the API's written image", "mine:2", api.Image(written))
}

func TestReplicas(t *testing.T) {
	for environment, want := range map[v1alpha1.Environment]int32{
		"": 1, v1alpha1.Development: 1, v1alpha1.Staging: 1, v1alpha1.Production: 2,
	} {
		for _, c := range Default().Components {
			expect(t, string(c.Name)+" in "+string(environment), want, c.Replicas(&v1alpha1.InterviewTrackerSpec{Environment: environment}))
		}
	}
	for name, tc := range map[string]struct {
		component v1alpha1.ComponentSpec
		want, max int32
	}{
		"written":                      {v1alpha1.ComponentSpec{Replicas: new(int32(5))}, 5, 5},
		"none":                         {v1alpha1.ComponentSpec{Replicas: new(int32(0))}, 0, 0},
		"autoscaling, nothing written": {v1alpha1.ComponentSpec{Autoscaling: &v1alpha1.AutoscalingSpec{MaxReplicas: 9}}, 2, 9},
		"autoscaling, minReplicas written": {
			v1alpha1.ComponentSpec{Autoscaling: &v1alpha1.AutoscalingSpec{MinReplicas: new(int32(3)), MaxReplicas: 9}}, 3, 9,
		},
		"autoscaling, replicas written": {
			v1alpha1.ComponentSpec{Replicas: new(int32(5)), Autoscaling: &v1alpha1.AutoscalingSpec{MaxReplicas: 9}}, 5, 9,
		},
		"autoscaling, replicas written as 0": {
			v1alpha1.ComponentSpec{Replicas: new(int32(0)), Autoscaling: &v1alpha1.AutoscalingSpec{MaxReplicas: 9}}, 1, 9,
		},
		"autoscaling, minReplicas before all": {
			v1alpha1.ComponentSpec{Replicas: new(int32(5)), Autoscaling: &v1alpha1.AutoscalingSpec{MinReplicas: new(int32(3)), MaxReplicas: 9}}, 3, 9,
		},
	} {
		spec := &v1alpha1.InterviewTrackerSpec{Environment: v1alpha1.Production, API: &tc.component}
		api := component(t, v1alpha1.ComponentAPI)
		expect(t, name, tc.want, api.Replicas(spec))
		expect(t, name+", at most", tc.max, api.MaxReplicas(spec))
	}
}

func TestResources(t *testing.T) {
	want := func(figures [3]string) v1alpha1.ResourcesSpec {
		return v1alpha1.ResourcesSpec{
			Requests: corev1.ResourceList{
				corev1.ResourceCPU:    resource.MustParse(figures[0]),
				corev1.ResourceMemory: resource.MustParse(figures[1]),
			},
			Limits: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse(figures[2])},
		}
	}
	for _, c := range Default().Components {
		expect(t, "omitted for "+string(c.Name), want([3]string{"100m", "128Mi", "512Mi"}), c.Resources(&v1alpha1.InterviewTrackerSpec{}))
	}
	for name, figures := range map[v1alpha1.Component][3]string{
		v1alpha1.ComponentDatabase: {"100m", "256Mi", "1Gi"},
		v1alpha1.ComponentRedis:    {"50m", "64Mi", "256Mi"},
	} {
		expect(t, "omitted for "+string(name), want(figures), dependency(t, name).Resources(&v1alpha1.ManagedSpec{}))
	}

	// What is written replaces the default as a whole: an empty one requests nothing.
	mine := v1alpha1.ResourcesSpec{Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("3")}}
	spec := &v1alpha1.InterviewTrackerSpec{
		API: &v1alpha1.ComponentSpec{Resources: &mine}, Frontend: &v1alpha1.ComponentSpec{Resources: &v1alpha1.ResourcesSpec{}},
	}
	expect(t, "written for the API", mine, component(t, v1alpha1.ComponentAPI).Resources(spec))
	expect(t, "empty for the frontend", v1alpha1.ResourcesSpec{}, component(t, v1alpha1.ComponentFrontend).Resources(spec))
	expect(t, "written for the database", mine, dependency(t, v1alpha1.ComponentDatabase).Resources(&v1alpha1.ManagedSpec{Resources: &mine}))
}

func TestDependencyDefaults(t *testing.T) {
	external := v1alpha1.DependencySpec{External: &v1alpha1.ExternalSpec{}}
	external.External.SecretKeyRef.Name, external.External.SecretKeyRef.Key = "mine", "url"
	for name, defaultSize := range map[v1alpha1.Component]string{v1alpha1.ComponentDatabase: "10Gi", v1alpha1.ComponentRedis: "1Gi"} {
		t.Run(string(name), func(t *testing.T) {
			d, empty := dependency(t, name), &v1alpha1.InterviewTrackerSpec{}
			expect(t, "omitted", v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{}}, d.Get(empty))
			expect(t, "ManagedSpec, omitted", &v1alpha1.ManagedSpec{}, d.ManagedSpec(empty))

			written := &v1alpha1.InterviewTrackerSpec{Database: &external, Redis: &external}
			expect(t, "external", external, d.Get(written))
			if got := d.ManagedSpec(written); got != nil {
				t.Errorf("ManagedSpec of an external one: got %v, want nil", got)
			}

			for name, tc := range map[string]struct {
				storage *v1alpha1.StorageSpec
				want    string
			}{
				"omitted":       {nil, defaultSize},
				"empty storage": {&v1alpha1.StorageSpec{}, defaultSize},
				"written":       {&v1alpha1.StorageSpec{Size: new(resource.MustParse("3Ti"))}, "3Ti"},
			} {
				expect(t, "StorageSize, "+name, resource.MustParse(tc.want), d.StorageSize(&v1alpha1.ManagedSpec{Storage: tc.storage}))
			}
		})
	}
}
