// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// TelemetrySpec specifies where the API and the frontend send their traces, by the OpenTelemetry
// protocol (OTLP).
// +kubebuilder:validation:XValidation:rule="!has(self.caCertificate) || self.endpoint.startsWith('https://')",message="caCertificate needs an endpoint that begins with https://: without TLS there is no certificate to check",fieldPath=".caCertificate"
type TelemetrySpec struct {
	// endpoint is the URL of what takes OTLP, such as
	// http://otel-collector.observability:4317. It can't contain a user, a password or a
	// query: credentials belong in headers. With http/protobuf, /v1/traces is appended.
	// +kubebuilder:validation:MaxLength=300
	// +kubebuilder:validation:XValidation:rule="self.matches('^https?://([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[[][0-9A-Fa-f:.]+[]])(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?(/[A-Za-z0-9._~/-]*)?$')",message="endpoint must be an http or https URL of a host and perhaps a port and a path, such as http://otel-collector.observability:4317"
	// +required
	Endpoint string `json:"endpoint"`

	// protocol is the transport of OTLP: grpc, most often at port 4317, or
	// http/protobuf, most often at port 4318. Defaults to grpc.
	// +optional
	Protocol TelemetryProtocol `json:"protocol,omitempty"`

	// headers are sent with every request to the endpoint, such as an API key. Defaults to
	// none.
	// +optional
	Headers *TelemetryHeaders `json:"headers,omitempty"`

	// caCertificate is the PEM bundle by which the endpoint's certificate is checked.
	// Defaults to the certificate authorities of the image.
	// +optional
	CACertificate *CertificateSource `json:"caCertificate,omitempty"`

	// sampling bounds how many traces are sent. Defaults to the defaults of its fields.
	// +optional
	Sampling *SamplingSpec `json:"sampling,omitempty"`

	// resourceAttributes are added to the attributes that say where a span comes from, such
	// as team: hiring. They replace those of the same name that the operator sets. At most
	// 32. Defaults to none.
	// +mapType=atomic
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^[A-Za-z][A-Za-z0-9._/-]{0,62}$'))",message="resourceAttributes has an invalid key: an attribute begins with a letter and has at most 63 letters, digits, '.', '_', '/' and '-', such as service.namespace"
	// +optional
	ResourceAttributes map[string]AttributeValue `json:"resourceAttributes,omitempty"`

	// injectAnnotations let opentelemetry-operator instrument images that are not: each is
	// the part after inject- of an annotation instrumentation.opentelemetry.io/inject-…, such
	// as python: "true". Defaults to none.
	// +mapType=atomic
	// +kubebuilder:validation:MaxProperties=8
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^[a-z][a-z-]{0,30}$'))",message="injectAnnotations has an invalid key: write what follows inject- in the annotation of opentelemetry-operator, such as python, java, nodejs, dotnet, go or sdk"
	// +optional
	InjectAnnotations map[string]InjectValue `json:"injectAnnotations,omitempty"`
}

// TelemetryProtocol is a transport of OTLP.
// +kubebuilder:validation:Enum=grpc;http/protobuf
type TelemetryProtocol string

// The transports of OTLP.
const (
	TelemetryGRPC TelemetryProtocol = "grpc"
	TelemetryHTTP TelemetryProtocol = "http/protobuf"
)

// AttributeValue is the value of a resource attribute.
// +kubebuilder:validation:MaxLength=255
// +kubebuilder:validation:XValidation:rule="self.matches('^[ -~]*$')",message="the value of a resource attribute must be printable ASCII"
type AttributeValue string

// InjectValue is the value of an annotation of opentelemetry-operator.
// +kubebuilder:validation:MaxLength=317
// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([a-z0-9./-]*[a-z0-9])?$')",message="the value must be 'true', 'false', or the NAME or NAMESPACE/NAME of an Instrumentation"
type InjectValue string

// TelemetryHeaders are headers of the requests to an OTLP endpoint.
type TelemetryHeaders struct {
	// secretKeyRef selects the key of a Secret in the tracker's namespace that contains the
	// headers, as NAME=VALUE,NAME=VALUE with percent-encoded values, such as
	// api-key=abc: the form of OTEL_EXPORTER_OTLP_HEADERS.
	// +required
	SecretKeyRef KeyReference `json:"secretKeyRef"`
}

// CertificateSource is a PEM bundle in a ConfigMap or a Secret.
// +kubebuilder:validation:XValidation:rule="has(self.configMapKeyRef) != has(self.secretKeyRef)",message="exactly one of configMapKeyRef and secretKeyRef is required"
type CertificateSource struct {
	// configMapKeyRef selects the key of a ConfigMap in the tracker's namespace. Exactly one
	// of configMapKeyRef and secretKeyRef is required.
	// +optional
	ConfigMapKeyRef *KeyReference `json:"configMapKeyRef,omitempty"`

	// secretKeyRef selects the key of a Secret in the tracker's namespace. Exactly one of
	// configMapKeyRef and secretKeyRef is required.
	// +optional
	SecretKeyRef *KeyReference `json:"secretKeyRef,omitempty"`
}

// KeyReference selects a key of a ConfigMap or a Secret.
type KeyReference struct {
	// name is the name of the object.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$')",message="name must contain only lower-case letters, digits, '-' and '.', starting and ending with a letter or digit"
	// +required
	Name string `json:"name"`

	// key is the key in the object, such as ca.crt.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9._-]+$')",message="key must contain only letters, digits, '-', '_' and '.'"
	// +required
	Key string `json:"key"`
}

// SamplingSpec bounds how many traces are sent.
type SamplingSpec struct {
	// ratio is the part of the requests that are traced, from 0 to 1, in quotes. Defaults to
	// "1".
	// +kubebuilder:validation:XValidation:rule="!self.matches('^(0|[1-9][0-9]{0,8})([.][0-9]{1,6})?$') || double(self) <= 1.0",message="ratio must be from 0 to 1, such as '0.1'"
	// +optional
	Ratio Decimal `json:"ratio,omitempty"`
}

// RealUserMonitoringSpec configures what the frontend's pages report of what their users meet.
type RealUserMonitoringSpec struct {
	// enabled specifies whether pages report their load times and errors to the frontend.
	// Defaults to true.
	// +optional
	Enabled *bool `json:"enabled,omitempty"`

	// sampleRatio is the part of the page loads that report, from 0 to 1, in quotes.
	// Defaults to "1".
	// +kubebuilder:validation:XValidation:rule="!self.matches('^(0|[1-9][0-9]{0,8})([.][0-9]{1,6})?$') || double(self) <= 1.0",message="sampleRatio must be from 0 to 1, such as '0.1'"
	// +optional
	SampleRatio Decimal `json:"sampleRatio,omitempty"`
}
