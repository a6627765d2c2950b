// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

//go:build faults

package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// state is what is in a namespace, by kind and name, without what differs from one run to another: names
// given by the API server, times, passwords, and how often something was written.
type state map[string]any

// stateOf returns the state of a namespace.
func (w *world) stateOf(ctx context.Context, ns string) (state, error) {
	objects, err := w.all(ctx, ns)
	if err != nil {
		return nil, err
	}
	revisions := map[string]string{} // By the name of the Secret.
	for _, o := range objects {
		if revision := o.GetAnnotations()[v1alpha1.AnnotationCredentialsRevision]; revision != "" {
			revisions[o.GetName()] = revision
		}
	}
	s := state{}
	for _, o := range objects {
		kind := o.GetObjectKind().GroupVersionKind().Kind
		if kind == "Pod" || kind == "ReplicaSet" {
			continue // They are the world's.
		}
		content, err := normalize(o, revisions)
		if err != nil {
			return nil, err
		}
		s[kind+" "+o.GetName()] = content
	}
	return s, nil
}

// dashboardUID matches the UID of a dashboard, which is a hash of the namespace, too.
var dashboardUID = regexp.MustCompile(`itr-[0-9a-f]{32}`)

func normalize(o client.Object, revisions map[string]string) (map[string]any, error) {
	if secret, ok := o.(*corev1.Secret); ok {
		secret = secret.DeepCopy()
		secret.Data = nil // World watches over it.
		o = secret
	}
	encoded, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	text := strings.ReplaceAll(string(encoded), `"`+o.GetNamespace()+`"`, `"NAMESPACE"`)
	text = strings.ReplaceAll(text, o.GetNamespace(), "NAMESPACE")
	text = strings.ReplaceAll(text, string(o.GetUID()), "UID")
	text = dashboardUID.ReplaceAllString(text, "itr-UID")
	for name, revision := range revisions {
		text = strings.ReplaceAll(text, revision, "revision of "+name)
	}
	var content map[string]any
	if err := json.Unmarshal([]byte(text), &content); err != nil {
		return nil, err
	}
	for _, field := range []string{"uid", "resourceVersion", "creationTimestamp", "managedFields", "generation", "finalizers"} {
		unstructured.RemoveNestedField(content, "metadata", field)
	}
	for _, annotation := range []string{v1alpha1.AnnotationIntent, touchedBy} {
		unstructured.RemoveNestedField(content, "metadata", "annotations", annotation)
	}
	if left, _, _ := unstructured.NestedMap(content, "metadata", "annotations"); len(left) == 0 {
		unstructured.RemoveNestedField(content, "metadata", "annotations")
	}
	unstructured.RemoveNestedField(content, "spec", "clusterIP")
	unstructured.RemoveNestedField(content, "spec", "clusterIPs")
	if owners, found, _ := unstructured.NestedSlice(content, "metadata", "ownerReferences"); found {
		for _, owner := range owners {
			delete(owner.(map[string]any), "uid")
		}
		_ = unstructured.SetNestedSlice(content, owners, "metadata", "ownerReferences")
	}
	// A Secret of the user's has a version of its own in each namespace.
	for _, annotation := range []string{v1alpha1.AnnotationDatabaseRevision, v1alpha1.AnnotationRedisRevision} {
		revision := []string{"spec", "template", "metadata", "annotations", annotation}
		if value, found, _ := unstructured.NestedString(content, revision...); found && !strings.HasPrefix(value, "revision of ") {
			_ = unstructured.SetNestedField(content, "of an external one", revision...)
		}
	}
	tracker, ok := o.(*v1alpha1.InterviewTracker)
	if !ok {
		delete(content, "status") // The world's.
		return content, nil
	}
	status, err := normalizeStatus(tracker)
	content["status"] = status
	return content, err
}

func normalizeStatus(tracker *v1alpha1.InterviewTracker) (map[string]any, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&tracker.Status)
	if err != nil {
		return nil, err
	}
	content["observedGeneration"] = tracker.Status.ObservedGeneration - tracker.Generation
	for _, field := range []string{"jobUID", "database", "completedAt"} {
		unstructured.RemoveNestedField(content, "migrations", field)
	}
	var volumes []any
	for _, record := range tracker.Status.Volumes {
		dependency, volume := record.Parse()
		volume.ClaimUID = "UID"
		volumes = append(volumes, string(v1alpha1.NewVolumeRecord(dependency, *volume)))
	}
	content["volumes"] = volumes
	for _, field := range []string{"conditions", "dependencies"} {
		items, _ := content[field].([]any)
		for _, item := range items {
			item := item.(map[string]any)
			delete(item, "lastTransitionTime")
			if message, ok := item["message"].(string); ok {
				// What a former managed dependency has left depends on what was before.
				message, _, _ = strings.Cut(message, "; the former managed ")
				item["message"] = strings.ReplaceAll(message, tracker.Namespace, "NAMESPACE")
			}
		}
		slices.SortFunc(items, func(a, b any) int {
			return strings.Compare(nameOf(a), nameOf(b))
		})
	}
	return content, nil
}

func nameOf(item any) string {
	fields := item.(map[string]any)
	for _, key := range []string{"type", "name"} {
		if name, ok := fields[key].(string); ok {
			return name
		}
	}
	return ""
}

// owned reports whether an object belongs to a tracker.
func (s state) owned() bool {
	for _, content := range s {
		owners, _, _ := unstructured.NestedSlice(content.(map[string]any), "metadata", "ownerReferences")
		if slices.ContainsFunc(owners, func(owner any) bool { return owner.(map[string]any)["kind"] == v1alpha1.Kind }) {
			return true
		}
	}
	return false
}

// equal reports whether two states are the same.
func (s state) equal(other state) bool { return equality.Semantic.DeepEqual(s, other) }

// difference lists the fields that differ from a wanted state.
func (s state) difference(want state) string {
	wanted, now := map[string]string{}, map[string]string{}
	flatten("", map[string]any(want), wanted)
	flatten("", map[string]any(s), now)
	all := maps.Clone(wanted)
	maps.Copy(all, now)
	var lines []string
	for _, path := range slices.Sorted(maps.Keys(all)) {
		if wanted[path] != now[path] {
			lines = append(lines, fmt.Sprintf("%s: %s, want %s", path, now[path], wanted[path]))
		}
	}
	if len(lines) > 25 {
		lines = append(lines[:25], fmt.Sprintf("and %d more", len(lines)-25))
	}
	return strings.Join(lines, "\n")
}

func flatten(path string, value any, into map[string]string) {
	switch value := value.(type) {
	case map[string]any:
		for key, v := range value {
			flatten(path+"/"+key, v, into)
		}
	case []any:
		for i, v := range value {
			flatten(fmt.Sprintf("%s/%d", path, i), v, into)
		}
	default:
		text := fmt.Sprint(value)
		into[path] = text[:min(len(text), 160)]
	}
}
