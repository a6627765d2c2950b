// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

func TestInventoryEntry(t *testing.T) {
	for entry, want := range map[InventoryEntry]struct {
		kind schema.GroupKind
		name string
	}{
		"ConfigMap/hiring-dashboard":                      {schema.GroupKind{Kind: "ConfigMap"}, "hiring-dashboard"},
		"Deployment.apps/hiring-api":                      {schema.GroupKind{Group: "apps", Kind: "Deployment"}, "hiring-api"},
		"ServiceMonitor.monitoring.coreos.com/hiring-api": {schema.GroupKind{Group: "monitoring.coreos.com", Kind: "ServiceMonitor"}, "hiring-api"},
		"Service/hiring.api":                              {schema.GroupKind{Kind: "Service"}, "hiring.api"},
	} {
		if got := NewInventoryEntry(want.kind, want.name); got != entry {
			t.Errorf("got %s, want %s", got, entry)
		}
		if kind, name := entry.Parse(); kind != want.kind || name != want.name {
			t.Errorf("%s: got %v and %q", entry, kind, name)
		}
	}
}
