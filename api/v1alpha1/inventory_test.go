// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"slices"
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

func TestInventory(t *testing.T) {
	entries := []InventoryEntry{
		"Deployment.apps/hiring-api", "Service/hiring-api", "Secret/hiring-redis-credentials", "Deployment.apps/hiring-api",
		"ServiceMonitor.monitoring.coreos.com/hiring-api", "StatefulSet.apps/hiring-redis",
	}
	lines := NewInventory(entries)
	want := []InventoryLine{
		"apps: Deployment/hiring-api, StatefulSet/hiring-redis",
		"core: Secret/hiring-redis-credentials, Service/hiring-api",
		"monitoring.coreos.com: ServiceMonitor/hiring-api",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("got %q, want %q", lines, want)
	}
	slices.Sort(entries)
	entries = slices.Compact(entries)
	for name, stored := range map[string][]InventoryLine{
		"as it is written":             lines,
		"as earlier versions wrote it": {"Deployment.apps/hiring-api", "Secret/hiring-redis-credentials", "Service/hiring-api", "ServiceMonitor.monitoring.coreos.com/hiring-api", "StatefulSet.apps/hiring-redis"},
	} {
		status := InterviewTrackerStatus{Inventory: stored}
		got := status.Applied()
		slices.Sort(got)
		if !slices.Equal(got, entries) {
			t.Errorf("%s: got %q, want %q", name, got, entries)
		}
	}
	if none := NewInventory(nil); none == nil || len(none) > 0 {
		t.Errorf("the inventory of nothing is %#v, want an empty one", none)
	}
}
