// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// IngressSpec specifies an Ingress that leads to the frontend.
type IngressSpec struct {
	// className is the name of the IngressClass, such as nginx. Defaults to the cluster's
	// default class.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$')",message="className must be the name of an IngressClass, such as nginx"
	// +optional
	ClassName string `json:"className,omitempty"`

	// host is the DNS name at which users reach the tracker, such as hiring.example.com.
	// +required
	Host Host `json:"host"`

	// tls specifies the certificate of the host. Defaults to none: the tracker is then
	// reached by HTTP, or with the controller's own certificate.
	// +optional
	TLS *IngressTLSSpec `json:"tls,omitempty"`

	// annotations are set on the Ingress, for its controller: sizes, buffers, timeouts, redirects to
	// HTTPS, affinity, session cookies and limits of nginx.ingress.kubernetes.io; timeout-*,
	// ssl-redirect and load-balance of haproxy.org and haproxy-ingress.github.io; scheme, target-type,
	// listen-ports, ssl-redirect, healthcheck-* and success-codes of alb.ingress.kubernetes.io. All
	// others are refused. At most 16 annotations of at most 4096 characters. Defaults to none.
	// +mapType=granular
	// +kubebuilder:validation:MaxProperties=16
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^(nginx[.]ingress[.]kubernetes[.]io/(proxy-(body-size|buffer-size|buffering|request-buffering|(connect|read|send)-timeout)|client-body-buffer-size|(force-)?ssl-redirect|affinity(-mode)?|session-cookie-[a-z-]{0,40}[a-z]|limit-(rps|rpm|connections|burst-multiplier))|(haproxy[.]org|haproxy-ingress[.]github[.]io)/(timeout-[a-z-]{0,40}[a-z]|ssl-redirect|load-balance)|alb[.]ingress[.]kubernetes[.]io/(scheme|target-type|listen-ports|ssl-redirect|healthcheck-[a-z-]{0,40}[a-z]|success-codes))$'))",message="annotations may have only the plain settings that the field's description names: an administrator can allow others in spec.patches by the operator's flag --allow-patches=Ingress/metadata.annotations, or add them to the Ingress by a policy engine"
	// +optional
	Annotations map[string]AnnotationValue `json:"annotations,omitempty"`
}

// IngressTLSSpec specifies the certificate of a host.
// +kubebuilder:validation:XValidation:rule="has(self.secretName) != has(self.clusterIssuer)",message="tls must have exactly one of secretName and clusterIssuer"
type IngressTLSSpec struct {
	// secretName is the name of a Secret in this namespace, of type kubernetes.io/tls. Exactly
	// one of secretName and clusterIssuer is required.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$')",message="secretName must be a valid name of a Secret"
	// +optional
	SecretName string `json:"secretName,omitempty"`

	// clusterIssuer is the name of cert-manager's ClusterIssuer that issues the certificate,
	// into the Secret TRACKER-tls. Exactly one of secretName and clusterIssuer is required.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$')",message="clusterIssuer must be a valid name of a ClusterIssuer"
	// +optional
	ClusterIssuer string `json:"clusterIssuer,omitempty"`
}

// GatewaySpec specifies an HTTPRoute that leads to the frontend.
type GatewaySpec struct {
	// parentRefs are the Gateways to be reached through. At most 8.
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	// +required
	ParentRefs []GatewayReference `json:"parentRefs"`

	// hostnames are the DNS names at which users reach the tracker, such as
	// hiring.example.com. At most 8.
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	// +required
	Hostnames []Host `json:"hostnames"`
}

// GatewayReference names a Gateway, or a part of one.
type GatewayReference struct {
	// namespace is the namespace of the Gateway, whose listeners decide from which namespaces
	// they take routes. Defaults to that of the tracker.
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([a-z0-9-]*[a-z0-9])?$')",message="namespace must be a valid name of a namespace"
	// +optional
	Namespace string `json:"namespace,omitempty"`

	// name is the name of the Gateway.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$')",message="name must be a valid name of a Gateway"
	// +required
	Name string `json:"name"`

	// sectionName is the name of a listener of the Gateway. Defaults to all listeners.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$')",message="sectionName must be the name of a listener"
	// +optional
	SectionName string `json:"sectionName,omitempty"`

	// port is the port of the listeners, from 1 to 65535. Defaults to all ports.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	// +optional
	Port int32 `json:"port,omitempty"`
}

// Host is a DNS name in lower case, without a wildcard.
// +kubebuilder:validation:MaxLength=253
// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?([.][a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$') && !self.matches('^[0-9.]+$')",message="a host must be a DNS name in lower case, such as hiring.example.com, without a wildcard, scheme, port and path"
type Host string
