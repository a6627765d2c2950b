// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

var (
	// sensitiveName matches names of variables, headers and flags whose values may be secrets.
	sensitiveName = regexp.MustCompile(`(?i)pass|pwd|secret|token|auth|key|cred|dsn|cookie|salt|signature|headers`)

	// sensitiveKey matches keys of maps whose values may be secrets. Other keys only begin so, such as
	// secretName.
	sensitiveKey = regexp.MustCompile(`(?i)(?:passw(?:or)?d|passphrase|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credentials?|dsn)$`)

	// sensitiveFlag matches a flag whose value is the next argument.
	sensitiveFlag = regexp.MustCompile(`(?i)^--?[a-z0-9._-]*(?:pass|password|pwd|secret|token|key|credentials?)$`)
)

// dropped are annotations that repeat an object as somebody has written it.
var dropped = []string{corev1.LastAppliedConfigAnnotation}

// walk calls visit for each map of an object and its parent's key, outer ones first.
func walk(key string, value any, visit func(key string, fields map[string]any)) {
	switch v := value.(type) {
	case map[string]any:
		visit(key, v)
		for _, k := range slices.Sorted(maps.Keys(v)) {
			walk(k, v[k], visit)
		}
	case []any:
		for _, item := range v {
			walk(key, item, visit)
		}
	}
}

// literals returns the values that an object holds under names of secrets.
func literals(object map[string]any) []string {
	var found []string
	walk("", object, func(_ string, fields map[string]any) {
		if name, value, is := namedValue(fields); is && sensitiveName.MatchString(name) {
			found = append(found, value)
		}
		for key, value := range fields {
			if text, is := value.(string); is && sensitiveKey.MatchString(key) {
				found = append(found, text)
			}
		}
	})
	return found
}

// namedValue reads a variable, a header or the like: a map with a name and a value.
func namedValue(fields map[string]any) (name, value string, is bool) {
	name, named := fields["name"].(string)
	value, valued := fields["value"].(string)
	return name, value, named && valued
}

// redacted is an object without what is, or may be, a secret, and without what repeats it.
func (m *masker) redacted(object map[string]any) map[string]any {
	out, _ := m.redact(object).(map[string]any) // A map stays one.
	if metadata, is := out["metadata"].(map[string]any); is {
		delete(metadata, "managedFields")
		if annotations, is := metadata["annotations"].(map[string]any); is {
			for _, key := range dropped {
				delete(annotations, key)
			}
		}
	}
	return out
}

func (m *masker) redact(value any) any {
	switch v := value.(type) {
	case map[string]any:
		return m.redactMap(v)
	case []any:
		return m.redactList(v)
	case string:
		return m.text(v)
	default:
		return value
	}
}

func (m *masker) redactMap(fields map[string]any) map[string]any {
	out := make(map[string]any, len(fields))
	for key, value := range fields {
		text, is := value.(string)
		if is && text != "" && sensitiveKey.MatchString(key) {
			value = words.Masked
		}
		out[m.text(key)] = m.redact(value)
	}
	if name, value, is := namedValue(fields); is && value != "" && sensitiveName.MatchString(name) {
		out[m.text("value")] = words.Masked
	}
	return out
}

func (m *masker) redactList(items []any) []any {
	out := make([]any, len(items))
	for i, item := range items {
		out[i] = m.redact(item)
		if i == 0 {
			continue
		}
		flag, isFlag := items[i-1].(string)
		text, isText := item.(string)
		if isFlag && isText && sensitiveFlag.MatchString(flag) && !strings.HasPrefix(text, "-") {
			out[i] = words.Masked
		}
	}
	return out
}

// reference is what an object says of a Secret.
type reference struct {
	name string
	// pull is set for one that only the kubelet reads, to pull images.
	pull bool
}

// references returns the Secrets that an object names, in whichever of the ways of Kubernetes and
// prometheus-operator.
func references(object map[string]any) []reference {
	found := map[reference]bool{}
	walk("", object, func(key string, fields map[string]any) {
		name := secretNamed(key, fields)
		if name != "" {
			found[reference{name: name, pull: key == "imagePullSecrets"}] = true
		}
	})
	all := slices.Collect(maps.Keys(found))
	slices.SortFunc(all, func(a, b reference) int { return strings.Compare(a.name, b.name) })
	return all
}

// secretNamed returns the name of the Secret that a map under a key refers to, or nothing.
func secretNamed(key string, fields map[string]any) string {
	if name, is := fields["secretName"].(string); is {
		return name
	}
	name, named := fields["name"].(string)
	if !named {
		return ""
	}
	switch key {
	case "secretKeyRef", "secretRef", "secret", "imagePullSecrets", "secrets", "nodePublishSecretRef":
		return name
	case "configMapKeyRef", "configMapRef", "configMap":
		return ""
	}
	// A selector of a key under a name of its own, such as routingKey.
	if _, is := fields["key"].(string); is && len(fields) <= 3 && !slices.ContainsFunc(slices.Collect(maps.Keys(fields)), func(k string) bool {
		return k != "name" && k != "key" && k != "optional"
	}) {
		return name
	}
	return ""
}

// mountsByDriver reports whether a pod has a volume of which only its driver knows what is in it.
func mountsByDriver(pod *corev1.Pod) bool {
	return slices.ContainsFunc(pod.Spec.Volumes, func(v corev1.Volume) bool { return v.CSI != nil || v.FlexVolume != nil })
}
