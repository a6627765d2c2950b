// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"k8s.io/apimachinery/pkg/util/sets"
)

// Monitoring is what the cluster has for monitoring.
type Monitoring struct {
	// Kinds are the optional kinds that the cluster has, such as ServiceMonitor.
	Kinds sets.Set[string]
	// KindsUnclear are the optional kinds of which it could not be determined whether the
	// cluster has them, with why. They are not among Kinds.
	KindsUnclear map[string]string
	// KindsFixed reports that Kinds are those of the operator's start: it may not watch
	// for others.
	KindsFixed bool
	// Prometheuses are the Prometheus objects that the operator can see, by namespace
	// and name.
	Prometheuses []Prometheus
}

// Prometheus is a Prometheus object, in relation to a tracker's namespace.
type Prometheus struct {
	// Namespace and Name are the object's.
	Namespace, Name string
	// Selectors are how it selects the objects of a kind, by the kind.
	Selectors map[string]Selector
}

// Selector is how a Prometheus object selects the objects of one kind.
type Selector struct {
	// Field is the label selector's field, such as serviceMonitorSelector; Written is
	// its text, such as release=a, and empty when it is omitted.
	Field, Written string
	// Matches reports whether labels are selected; never when the field is omitted.
	Matches func(labels map[string]string) bool
	// NamespaceField is the field that selects namespaces, and NamespaceWritten what it
	// says, empty when it is omitted.
	NamespaceField, NamespaceWritten string
	// Invalid and NamespaceInvalid report that the selector is not valid.
	Invalid, NamespaceInvalid bool
	// NamespaceMatches reports whether the tracker's namespace is selected.
	NamespaceMatches bool
}
