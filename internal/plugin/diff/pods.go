// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package diff

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// The most causes of a restart that are named, and the longest values.
const (
	maxCauses = 3
	maxValue  = 80
)

// effect is what a change does to the pods of an object, nil if it does nothing.
func (c change) effect() *Effect {
	one := c.one()
	effect := func(action Action, pods int64, message string, args ...any) *Effect {
		return &Effect{Kind: one.GetKind(), Name: one.GetName(), Action: action, Pods: pods, Message: title(one) + fmt.Sprintf(message, args...)}
	}
	switch kind := one.GetKind(); {
	case kind == "Job" && c.before == nil:
		return effect(ActionRun, 1, " would run")
	case kind != "Deployment" && kind != "StatefulSet", c.before == nil:
		return nil
	}
	count := replicas(c.before)
	if c.after == nil {
		return effect(ActionDelete, count, ": %s would be deleted", pods(count))
	}
	wanted, causes := replicas(c.after), changed(template(c.before), template(c.after), "")
	switch {
	case count > 0 && len(causes) > 0:
		slices.SortStableFunc(causes, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
		replaced := effect(ActionReplace, count, ": %s would be replaced, because of %s", pods(count), listed(causes))
		replaced.Causes = causes
		return replaced
	case count < wanted:
		return effect(ActionAdd, wanted-count, ": %d instead of %d pods, none of which would be replaced", wanted, count)
	case count > wanted:
		return effect(ActionDelete, count-wanted, ": %d of %s would be deleted", count-wanted, pods(count))
	}
	return nil
}

// listed are the first causes, and how many more there are.
func listed(causes []string) string {
	if rest := len(causes) - maxCauses; rest > 0 {
		causes = append(slices.Clone(causes[:maxCauses]), fmt.Sprintf("and %d more", rest))
	}
	return strings.Join(causes, ", ")
}

// rank orders causes: the images that run, the rest of the spec, and what the pods are called, in metadata.
func rank(cause string) int {
	path, _, _ := strings.Cut(cause, " ")
	switch {
	case strings.HasPrefix(path, "metadata"):
		return 2
	case strings.HasSuffix(path, "].image"):
		return 0
	}
	return 1
}

func pods(count int64) string {
	if count == 1 {
		return "its pod"
	}
	return fmt.Sprintf("its %d pods", count)
}

// replicas is how many pods an object is to have.
func replicas(object *unstructured.Unstructured) int64 {
	count, found, err := unstructured.NestedInt64(object.Object, "spec", "replicas")
	if !found || err != nil {
		return 1
	}
	return count
}

func template(object *unstructured.Unstructured) map[string]any {
	found, _, _ := unstructured.NestedMap(object.Object, "spec", "template")
	return found
}

// changed are the fields that differ, with their values if these are short.
func changed(before, after any, path string) []string {
	if reflect.DeepEqual(before, after) {
		return nil
	}
	was, wasMap := fields(before)
	is, isMap := fields(after)
	if !wasMap || !isMap {
		return []string{described(path, before, after)}
	}
	var all []string
	names := slices.Sorted(maps.Keys(was))
	for name := range is {
		if _, known := was[name]; !known {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		all = append(all, changed(was[name], is[name], join(path, name))...)
	}
	return all
}

// join appends a field, or an element of a list, to a path.
func join(path, name string) string {
	if path == "" || strings.HasPrefix(name, "[") {
		return path + name
	}
	return path + "." + name
}

// fields are those of an object, or the elements of a list by their names.
func fields(value any) (map[string]any, bool) {
	list, ok := value.([]any)
	if !ok {
		object, ok := value.(map[string]any)
		return object, ok
	}
	elements := map[string]any{}
	for _, element := range list {
		object, _ := element.(map[string]any)
		name, ok := object["name"].(string)
		if !ok {
			return nil, false
		}
		elements["["+name+"]"] = element
	}
	return elements, true
}

// described is a field with its values, if they are short.
func described(path string, before, after any) string {
	switch {
	case before == nil:
		return path + ", which is new"
	case after == nil:
		return path + ", which goes"
	}
	was, is := fmt.Sprint(before), fmt.Sprint(after)
	if len(was)+len(is) > maxValue || strings.ContainsAny(was+is, "\n") || isComposite(before) || isComposite(after) {
		return path
	}
	return fmt.Sprintf("%s (%s → %s)", path, was, is)
}

func isComposite(value any) bool {
	kind := reflect.ValueOf(value).Kind()
	return kind == reflect.Map || kind == reflect.Slice
}
