// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// traced is a tracker that sends its traces somewhere.
func traced(changes ...func(*v1alpha1.InterviewTracker)) *v1alpha1.InterviewTracker {
	return newTracker(append([]func(*v1alpha1.InterviewTracker){func(t *v1alpha1.InterviewTracker) {
		t.Spec.Telemetry = &v1alpha1.TelemetrySpec{Endpoint: "https://otlp.example.com:4317"}
	}}, changes...)...)
}

func attributed(attributes map[string]v1alpha1.AttributeValue) func(*v1alpha1.InterviewTracker) {
	return func(t *v1alpha1.InterviewTracker) { t.Spec.Telemetry.ResourceAttributes = attributes }
}

// environment is what the API's container is given.
func environment(t *testing.T, tracker *v1alpha1.InterviewTracker) []corev1.EnvVar {
	t.Helper()
	return find[*appsv1.Deployment](t, build(t, tracker, nothing()), "hiring-api").Spec.Template.Spec.Containers[0].Env
}

func variable(env []corev1.EnvVar, name string) *corev1.EnvVar {
	if i := slices.IndexFunc(env, func(e corev1.EnvVar) bool { return e.Name == name }); i >= 0 {
		return &env[i]
	}
	return nil
}

// attributesOf are the resource attributes as an SDK reads them, and as the kubelet leaves them.
func attributesOf(t *testing.T, tracker *v1alpha1.InterviewTracker) map[string]string {
	t.Helper()
	written := variable(environment(t, tracker), "OTEL_RESOURCE_ATTRIBUTES").Value
	references := regexp.MustCompile(`\$\([^)]*\)`).FindAllString(written, -1)
	for _, r := range references {
		if !slices.Contains([]string{"$(K8S_POD_NAME)", "$(K8S_POD_UID)", "$(K8S_NODE_NAME)"}, r) {
			t.Errorf("the kubelet would replace %s", r)
		}
	}
	read := map[string]string{}
	for pair := range strings.SplitSeq(written, ",") {
		key, value, _ := strings.Cut(pair, "=")
		if _, twice := read[key]; twice {
			t.Errorf("%s stands there twice", key)
		}
		decoded, err := url.PathUnescape(value)
		if err != nil {
			t.Error(err)
		}
		read[key] = decoded
	}
	return read
}

func TestResourceAttributes(t *testing.T) {
	operators := map[string]string{
		"service.namespace": "people", "service.version": "1.0.0", "deployment.environment.name": "development",
		"k8s.namespace.name": "people", "k8s.deployment.name": "hiring-api", "k8s.container.name": "api",
		"k8s.pod.name": "$(K8S_POD_NAME)", "k8s.pod.uid": "$(K8S_POD_UID)", "k8s.node.name": "$(K8S_NODE_NAME)",
	}
	for name, own := range map[string]map[string]v1alpha1.AttributeValue{
		"none":               nil,
		"others":             {"team": "hiring", "cost/center": "42"},
		"the operator's":     {"service.namespace": "recruiting", "k8s.pod.name": "any", "k8s.deployment.name": "one"},
		"delimiters":         {"a": "b,c=d;e", "f": " = ", "g": ""},
		"what is decoded":    {"a": "100%", "b": "%2C", "c": "a+b"},
		"variables":          {"a": "$(HOME)", "b": "$$(K8S_POD_NAME)", "c": "$$"},
		"all that is ASCII":  {"a": v1alpha1.AttributeValue(printable())},
		"an empty attribute": {"service.version": ""},
	} {
		t.Run(name, func(t *testing.T) {
			want := maps.Clone(operators)
			maps.Copy(want, plain(own))
			got := attributesOf(t, traced(attributed(own)))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func printable() string {
	var all strings.Builder
	for c := byte(' '); c <= '~'; c++ {
		all.WriteByte(c)
	}
	return all.String()
}

// OTEL_SERVICE_NAME would come before an attribute service.name of the spec.
func TestServiceNameOfTheSpec(t *testing.T) {
	if got := variable(environment(t, traced()), "OTEL_SERVICE_NAME"); got == nil || got.Value != "hiring-api" {
		t.Errorf("by default: %v", got)
	}
	tracker := traced(attributed(map[string]v1alpha1.AttributeValue{"service.name": "hiring"}))
	if got := variable(environment(t, tracker), "OTEL_SERVICE_NAME"); got != nil {
		t.Errorf("it replaces the spec's: %v", got)
	}
	if got := attributesOf(t, tracker)["service.name"]; got != "hiring" {
		t.Errorf("the spec's is %q", got)
	}
}

// A container has no variable twice, and what refers to another one comes after it: the kubelet
// leaves a reference to a later one as it is.
func TestVariablesOfTheSpecReplaceTelemetrys(t *testing.T) {
	all := environment(t, traced(func(t *v1alpha1.InterviewTracker) {
		t.Spec.Telemetry.Headers = &v1alpha1.TelemetryHeaders{SecretKeyRef: v1alpha1.KeyReference{Name: "otlp", Key: "headers"}}
		t.Spec.Telemetry.CACertificate = &v1alpha1.CertificateSource{ConfigMapKeyRef: &v1alpha1.KeyReference{Name: "ca", Key: "ca.crt"}}
	}))
	telemetrys := 0
	for _, replaced := range all {
		if !strings.HasPrefix(replaced.Name, "OTEL_") && !strings.HasPrefix(replaced.Name, "K8S_") {
			continue
		}
		telemetrys++
		own := corev1.EnvVar{Name: replaced.Name, Value: "mine, at $(K8S_POD_UID)"}
		env := environment(t, traced(func(t *v1alpha1.InterviewTracker) {
			t.Spec.API = &v1alpha1.ComponentSpec{Env: []corev1.EnvVar{{Name: "FIRST"}, own}}
		}))
		seen := map[string]bool{}
		for _, e := range env {
			if seen[e.Name] {
				t.Errorf("%s stands there twice", e.Name)
			}
			seen[e.Name] = true
			for _, reference := range regexp.MustCompile(`\$\(([A-Z0-9_]+)\)`).FindAllStringSubmatch(e.Value, -1) {
				if e.Name != replaced.Name && !seen[reference[1]] {
					t.Errorf("%s refers to %s, which comes later", e.Name, reference[1])
				}
			}
		}
		if got := variable(env, replaced.Name); got == nil || got.Value != own.Value {
			t.Errorf("%s is %v", replaced.Name, got)
		}
	}
	if telemetrys < 14 {
		t.Errorf("only %d variables are of telemetry: %v", telemetrys, all)
	}
}

// No pod waits for an object that only telemetry needs.
func TestTelemetryKeepsNoPodFromStarting(t *testing.T) {
	for name, from := range map[string]*v1alpha1.CertificateSource{
		"ConfigMap": {ConfigMapKeyRef: &v1alpha1.KeyReference{Name: "ca", Key: "a"}},
		"Secret":    {SecretKeyRef: &v1alpha1.KeyReference{Name: "ca", Key: "a"}},
	} {
		tracker := traced(func(t *v1alpha1.InterviewTracker) {
			t.Spec.Telemetry.Headers = &v1alpha1.TelemetryHeaders{SecretKeyRef: v1alpha1.KeyReference{Name: "otlp", Key: "headers"}}
			t.Spec.Telemetry.CACertificate = from
		})
		pod := find[*appsv1.Deployment](t, build(t, tracker, nothing()), "hiring-frontend").Spec.Template.Spec
		headers := variable(pod.Containers[0].Env, "OTEL_EXPORTER_OTLP_HEADERS")
		if headers == nil || !*headers.ValueFrom.SecretKeyRef.Optional {
			t.Errorf("%s: the headers are %v", name, headers)
		}
		i := slices.IndexFunc(pod.Volumes, func(v corev1.Volume) bool { return v.Name == telemetryVolume })
		if i < 0 || len(pod.Volumes[i].Projected.Sources) != 1 {
			t.Fatalf("%s: the volumes are %v", name, pod.Volumes)
		}
		source := pod.Volumes[i].Projected.Sources[0]
		if optional := source.Secret != nil && *source.Secret.Optional || source.ConfigMap != nil && *source.ConfigMap.Optional; !optional {
			t.Errorf("%s: the volume is %v", name, source)
		}
		mount := slices.IndexFunc(pod.Containers[0].VolumeMounts, func(m corev1.VolumeMount) bool { return m.Name == telemetryVolume && m.ReadOnly })
		file := pod.Containers[0].VolumeMounts[mount].MountPath + "/" + telemetryFile
		if got := variable(pod.Containers[0].Env, "OTEL_EXPORTER_OTLP_CERTIFICATE"); got.Value != file {
			t.Errorf("%s: the file is %s, the container looks for %s", name, file, got.Value)
		}
	}
}

// opentelemetry-operator changes the pods of both components, and not those of the migrations.
func TestInjectAnnotations(t *testing.T) {
	tracker := traced(migrating("migrate"), func(t *v1alpha1.InterviewTracker) {
		t.Spec.Telemetry.InjectAnnotations = map[string]v1alpha1.InjectValue{"python": "true", "sdk": "people/default"}
		t.Spec.Frontend = &v1alpha1.ComponentSpec{PodAnnotations: map[string]v1alpha1.AnnotationValue{
			"instrumentation.opentelemetry.io/inject-python": "false",
		}}
	})
	output := build(t, tracker, nothing())
	got := map[string]map[string]string{}
	for _, object := range slices.Concat(output.Objects, output.Deferred) {
		if template := podTemplate(object); template != nil {
			got[object.GetName()] = map[string]string{}
			for key, value := range template.Annotations {
				if rest, found := strings.CutPrefix(key, "instrumentation.opentelemetry.io/inject-"); found {
					got[object.GetName()][rest] = value
				}
			}
		}
	}
	want := map[string]map[string]string{
		"hiring-api":      {"python": "true", "sdk": "people/default"},
		"hiring-frontend": {"python": "false", "sdk": "people/default"},
	}
	for name := range got {
		if want[name] == nil {
			want[name] = map[string]string{}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || len(got) < 5 {
		t.Error(diff, got)
	}
}
