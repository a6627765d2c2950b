// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	storagev1 "k8s.io/api/storage/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// Read is what was read of the cluster, or why it could not be.
type Read[T any] struct {
	// Value is what the cluster has; the zero value when Unread is set, or it has nothing.
	Value T
	// Unread says why nothing is known, such as "you may not list pods in namespace team".
	Unread string
}

// Facts are what was read for the checks. They have no value of a Secret.
type Facts struct {
	// Now is the time of the cluster's answers.
	Now time.Time
	// Version is the plugin's, such as 1.0.0.
	Version string
	// Definition is the CustomResourceDefinition; nil when there is none.
	Definition Read[*apiextensionsv1.CustomResourceDefinition]
	// Served are the versions of the kind that the API server serves.
	Served Read[[]string]
	// Operators are the operators that the user can see.
	Operators Read[[]Operator]
	// AllOperators means that the user may see those of all namespaces, that all were looked for, and that of each
	// it is known whether it is one.
	AllOperators bool
	// Kinds are the kinds of monitoring objects that the cluster has, such as ServiceMonitor.
	Kinds Read[sets.Set[string]]
	// StorageClasses are those of the cluster.
	StorageClasses Read[[]storagev1.StorageClass]
	// Prometheuses are those of the cluster; none when it lacks the kind.
	Prometheuses Read[[]monitoringv1.Prometheus]
	// NamespaceLabels are the labels of the namespaces that matter here.
	NamespaceLabels map[string]Read[map[string]string]
	// Namespaces are those whose trackers are looked at.
	Namespaces []Namespace
	// Truncated means that there are more trackers than are looked at.
	Truncated bool
}

// Operator is a Deployment that says, by its label, that it is the operator. Whoever may create Deployments in some
// namespace can say so.
type Operator struct {
	Deployment appsv1.Deployment
	// Proof is where it is known to be one, and BindingsUnread why it may be one elsewhere too.
	Proof          plugin.Proof
	BindingsUnread string
	Pods           Read[[]corev1.Pod]
	// Lease is that of the leader; nil when there is none.
	Lease Read[*coordinationv1.Lease]
	// Policies are the NetworkPolicies of its namespace.
	Policies Read[[]networkingv1.NetworkPolicy]
	// Certificates are those that it serves its metrics with, and to.
	Certificates []Found
	// Election are the rights to elect a leader that it lacks, and Reviews those to ask who may read its metrics; none
	// when it does neither.
	Election, Reviews Read[[]Right]
}

// Namespace is what trackers of one namespace share.
type Namespace struct {
	Name string
	// Rights are what the operator of this namespace may not do in it.
	Rights Read[Rights]
	// Policies are the NetworkPolicies.
	Policies Read[[]networkingv1.NetworkPolicy]
	// Trackers are those that are looked at.
	Trackers Read[[]Tracker]
}

// Rights are what an account may not do of what it should.
type Rights struct {
	// Account is the user name of the operator's service account.
	Account string
	// Missing are the rights that it lacks.
	Missing []Right
}

// Tracker is a tracker, and what belongs to it.
type Tracker struct {
	Object *v1alpha1.InterviewTracker
	// Unreadable are the fields that this plugin can't read: those of an older or a newer operator.
	Unreadable []string
	// Pods are its pods. They have no word that a container has printed.
	Pods Read[[]corev1.Pod]
	// Warnings are the last warnings that explain why a pod is not ready, by the pod's name.
	Warnings map[string]snapshot.PodEvent
	// References are what was found of the keys that the spec names.
	References []Found
	// Claims are its volume claims, and Complaints the last warnings about them, by name.
	Claims     Read[[]corev1.PersistentVolumeClaim]
	Complaints map[string]string
	// Monitors are its ServiceMonitors, Rules its PrometheusRules and Probes its Probes.
	Monitors, Rules, Probes Read[[]Labelled]
	// Scrapers are the Prometheus objects that select one of its ServiceMonitors.
	Scrapers []Scraper
	// Usage is what its containers use, by pod and container.
	Usage Read[map[ContainerKey]corev1.ResourceList]
	// Ingresses are the TLS certificates of the Ingresses that lead to it.
	Ingresses Read[[]Found]
}

// Labelled is the name and the labels of an object.
type Labelled struct {
	Name   string
	Labels map[string]string
	// Endpoints is how many endpoints a ServiceMonitor has.
	Endpoints int
}

// Scraper is a Prometheus that should scrape a tracker.
type Scraper struct {
	Namespace, Name string
	// Account is the user name of its service account.
	Account string
	// Labels are those of its pods.
	Labels map[string]string
	// Missing are the rights that it lacks in the tracker's namespace.
	Missing Read[[]Right]
	// Targets are the targets that it has for the tracker.
	Targets Read[[]Target]
}

// Target is what Prometheus says of a target.
type Target struct {
	// Monitor is the name of the ServiceMonitor.
	Monitor string
	// Pod is the name of the pod, Health up, down or unknown, and Error why it is down.
	Pod, Health, Error string
}

// ContainerKey identifies a container of a tracker's pod.
type ContainerKey struct{ Pod, Container string }
