// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// Where a container finds the PEM bundle of spec.telemetry.caCertificate. It is a file, as the
// variable that OpenTelemetry defines for it names one.
const (
	telemetryVolume = "telemetry-ca"
	telemetryPath   = "/etc/interview-tracker/telemetry"
	telemetryFile   = "ca.crt"
)

// injectPrefix begins the annotations of opentelemetry-operator.
const injectPrefix = "instrumentation.opentelemetry.io/inject-"

// attribute is a resource attribute of OpenTelemetry, with its value as it is written into
// OTEL_RESOURCE_ATTRIBUTES.
type attribute struct{ key, value string }

// instrument makes the first container of a template send its traces where spec.telemetry
// says, by the variables that OpenTelemetry defines for every SDK. workload is the attribute that
// names the pod's Deployment or Job.
//
// The spec's own variables replace those of the same name. What refers to a variable has to stand
// after it, so they stand between those of the downward API and those that refer to these.
func (b *builder) instrument(template *corev1.PodTemplateSpec, c v1alpha1.Component, workload attribute) {
	telemetry := b.tracker.Spec.GetTelemetry()
	if telemetry == nil {
		return
	}
	container := &template.Spec.Containers[0]
	otel := b.telemetryVariables(telemetry, c, workload, container.Name)
	if telemetry.CACertificate != nil {
		mountCertificate(&template.Spec, container, telemetry.CACertificate)
		otel = append(otel, corev1.EnvVar{Name: "OTEL_EXPORTER_OTLP_CERTIFICATE", Value: path.Join(telemetryPath, telemetryFile)})
	}
	written := container.Env
	replaced := func(e corev1.EnvVar) bool {
		return slices.ContainsFunc(written, func(w corev1.EnvVar) bool { return w.Name == e.Name })
	}
	container.Env = slices.Concat(slices.DeleteFunc(podVariables(), replaced), written, slices.DeleteFunc(otel, replaced))
}

// podVariables are those that the downward API fills in.
func podVariables() []corev1.EnvVar {
	field := func(name, path string) corev1.EnvVar {
		return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{APIVersion: "v1", FieldPath: path}}}
	}
	return []corev1.EnvVar{
		field("K8S_POD_NAME", "metadata.name"),
		field("K8S_POD_UID", "metadata.uid"),
		field("K8S_NODE_NAME", "spec.nodeName"),
	}
}

func (b *builder) telemetryVariables(
	telemetry *v1alpha1.TelemetrySpec, c v1alpha1.Component, workload attribute, container string,
) []corev1.EnvVar {
	var env []corev1.EnvVar
	// The variable would come before an attribute of this name.
	if _, named := telemetry.ResourceAttributes["service.name"]; !named {
		env = append(env, corev1.EnvVar{Name: "OTEL_SERVICE_NAME", Value: b.tracker.ChildName(c)})
	}
	env = append(env,
		corev1.EnvVar{Name: "OTEL_RESOURCE_ATTRIBUTES", Value: b.resourceAttributes(telemetry, workload, container)},
		corev1.EnvVar{Name: "OTEL_TRACES_EXPORTER", Value: "otlp"},
		// Metrics are scraped, and logs are read from files.
		corev1.EnvVar{Name: "OTEL_METRICS_EXPORTER", Value: "none"},
		corev1.EnvVar{Name: "OTEL_LOGS_EXPORTER", Value: "none"},
		corev1.EnvVar{Name: "OTEL_PROPAGATORS", Value: "tracecontext,baggage"},
		corev1.EnvVar{Name: "OTEL_TRACES_SAMPLER", Value: "parentbased_traceidratio"},
		corev1.EnvVar{Name: "OTEL_TRACES_SAMPLER_ARG", Value: string(telemetry.Sampling.Ratio)},
		corev1.EnvVar{Name: "OTEL_EXPORTER_OTLP_ENDPOINT", Value: telemetry.Endpoint},
		corev1.EnvVar{Name: "OTEL_EXPORTER_OTLP_PROTOCOL", Value: string(telemetry.Protocol)},
	)
	if telemetry.Headers != nil {
		ref := telemetry.Headers.SecretKeyRef
		env = append(env, corev1.EnvVar{Name: "OTEL_EXPORTER_OTLP_HEADERS", ValueFrom: &corev1.EnvVarSource{
			SecretKeyRef: &corev1.SecretKeySelector{
				LocalObjectReference: corev1.LocalObjectReference{Name: ref.Name}, Key: ref.Key,
				Optional: new(true), // No pod waits for a Secret that only telemetry needs.
			},
		}})
	}
	return env
}

// resourceAttributes say where a span comes from, in the form of OTEL_RESOURCE_ATTRIBUTES. Those of
// the spec replace the operator's.
func (b *builder) resourceAttributes(telemetry *v1alpha1.TelemetrySpec, workload attribute, container string) string {
	spec := &b.tracker.Spec
	all := []attribute{
		{"service.namespace", percentEncode(b.tracker.Namespace)},
		{"service.version", percentEncode(spec.Version)},
		{"deployment.environment.name", percentEncode(strings.ToLower(string(spec.GetEnvironment())))},
		{"k8s.namespace.name", percentEncode(b.tracker.Namespace)},
		workload,
		{"k8s.pod.name", "$(K8S_POD_NAME)"},
		{"k8s.pod.uid", "$(K8S_POD_UID)"},
		{"k8s.node.name", "$(K8S_NODE_NAME)"},
		{"k8s.container.name", percentEncode(container)},
	}
	own := plain(telemetry.ResourceAttributes)
	all = slices.DeleteFunc(all, func(a attribute) bool {
		_, replaced := own[a.key]
		return replaced
	})
	for _, key := range slices.Sorted(maps.Keys(own)) {
		all = append(all, attribute{key, percentEncode(own[key])})
	}
	pairs := make([]string, len(all))
	for i, a := range all {
		pairs[i] = a.key + "=" + a.value
	}
	return strings.Join(pairs, ",")
}

// percentEncode encodes all but what RFC 3986 never needs encoded. So no SDK takes a character for a
// delimiter, a '+' for a space, or the kubelet a "$(" for a reference to a variable.
func percentEncode(value string) string {
	var out strings.Builder
	for _, c := range []byte(value) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._~", c) >= 0:
			out.WriteByte(c)
		default:
			fmt.Fprintf(&out, "%%%02X", c)
		}
	}
	return out.String()
}

// mountCertificate gives a container the PEM bundle as a file. Without the object or the key the pod
// starts, without the file.
func mountCertificate(spec *corev1.PodSpec, container *corev1.Container, from *v1alpha1.CertificateSource) {
	var source corev1.VolumeProjection
	switch {
	case from.ConfigMapKeyRef != nil:
		source.ConfigMap = &corev1.ConfigMapProjection{
			LocalObjectReference: corev1.LocalObjectReference{Name: from.ConfigMapKeyRef.Name},
			Items:                []corev1.KeyToPath{{Key: from.ConfigMapKeyRef.Key, Path: telemetryFile}},
			Optional:             new(true),
		}
	case from.SecretKeyRef != nil:
		source.Secret = &corev1.SecretProjection{
			LocalObjectReference: corev1.LocalObjectReference{Name: from.SecretKeyRef.Name},
			Items:                []corev1.KeyToPath{{Key: from.SecretKeyRef.Key, Path: telemetryFile}},
			Optional:             new(true),
		}
	}
	spec.Volumes = append(spec.Volumes, corev1.Volume{
		Name: telemetryVolume,
		VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{
			Sources:     []corev1.VolumeProjection{source},
			DefaultMode: new(int32(0o444)),
		}},
	})
	container.VolumeMounts = append(container.VolumeMounts, corev1.VolumeMount{Name: telemetryVolume, MountPath: telemetryPath, ReadOnly: true})
}

// inject passes spec.telemetry.injectAnnotations on to opentelemetry-operator. Those of the
// component's own podAnnotations stay.
func (b *builder) inject(template *corev1.PodTemplateSpec) {
	telemetry := b.tracker.Spec.Telemetry
	if telemetry == nil || len(telemetry.InjectAnnotations) == 0 {
		return
	}
	annotations := map[string]string{}
	for key, value := range telemetry.InjectAnnotations {
		annotations[injectPrefix+key] = string(value)
	}
	maps.Copy(annotations, template.Annotations)
	template.Annotations = annotations
}
