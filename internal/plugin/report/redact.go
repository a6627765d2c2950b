// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

var (
	// sensitiveName matches names of variables, headers and flags whose values may be secrets.
	sensitiveName = regexp.MustCompile(`(?i)pass|pwd|secret|token|auth|key|cred|dsn|cookie|salt|signature|headers`)

	// sensitiveKey matches keys of maps whose values may be secrets. Other keys only begin so, such as
	// secretName.
	sensitiveKey = regexp.MustCompile(`(?i)^\S*(?:passw(?:or)?d|passphrase|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credentials?|dsn)$`)

	// sensitiveFlag matches a flag whose value is the next argument.
	sensitiveFlag = regexp.MustCompile(`(?i)^--?[a-z0-9._-]*(?:pass|password|pwd|secret|token|key|credentials?)$`)
)

// dropped matches annotations in which kubectl and other tools repeat an object as somebody has written it, some of them
// compressed.
var dropped = regexp.MustCompile(`(?i)last-?applied|/(?:applied|original|original-diff|release)$`)

// ofVariable matches what a JSON patch calls the value of a variable of which it doesn't say the name.
var ofVariable = regexp.MustCompile(`/env/[0-9]+/value$`)

// maxDocument bounds a text that is read as a document, in bytes.
const maxDocument = 1 << 20

// separator matches what stands between two documents of YAML.
var separator = regexp.MustCompile(`(?m)^---(?:[ \t].*)?\n`)

// documents reads what a text holds as YAML or JSON, such as a patch; none when it is other text, such as a message.
func documents(text string) []any {
	if len(text) > maxDocument || !strings.ContainsAny(text, "\n{[") {
		return nil
	}
	var all []any
	for _, piece := range separator.Split(text, -1) {
		var document any
		if yaml.Unmarshal([]byte(piece), &document) != nil {
			return nil
		}
		switch document.(type) {
		case map[string]any, []any:
			all = append(all, document)
		case nil:
		default:
			return nil
		}
	}
	return all
}

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

// literals returns the values that an object, or a document in it, holds under names of secrets.
func literals(value any) []string {
	var found []string
	switch v := value.(type) {
	case map[string]any:
		name, text := namedValue(v)
		if text != "" && sensitiveName.MatchString(name) {
			found = append(found, text)
		}
		for key, value := range v {
			if text := scalar(value); text != "" && sensitiveKey.MatchString(key) {
				found = append(found, text)
			}
			found = append(found, literals(value)...)
		}
	case []any:
		for i, item := range v {
			if isFlagValue(v, i) {
				found = append(found, scalar(item))
			}
			found = append(found, literals(item)...)
		}
	case string:
		for _, document := range documents(v) {
			found = append(found, literals(document)...)
		}
	}
	return found
}

// namedValue reads a variable, a header or the like: a map with a name and a value; or an operation of a JSON patch, with
// what its path ends with.
func namedValue(fields map[string]any) (name, value string) {
	name, named := fields["name"].(string)
	if path, is := fields["path"].(string); is && !named {
		name = path[strings.LastIndexByte(path, '/')+1:]
		if ofVariable.MatchString(path) {
			name = "secret" // As far as the patch says.
		}
	}
	return name, scalar(fields["value"])
}

// scalar is a text or a number; empty for another value.
func scalar(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// isFlagValue reports whether an item of a list is the value of a flag of a secret, which is the item before.
func isFlagValue(items []any, i int) bool {
	if i == 0 {
		return false
	}
	flag, isFlag := items[i-1].(string)
	text, isText := items[i].(string)
	return isFlag && isText && sensitiveFlag.MatchString(flag) && !strings.HasPrefix(text, "-")
}

// redacted is an object without what is, or may be, a secret, and without what repeats it.
func (m *masker) redacted(object map[string]any) map[string]any {
	out, _ := m.redact(object).(map[string]any) // A map stays one.
	if metadata, is := out["metadata"].(map[string]any); is {
		delete(metadata, "managedFields")
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
		return m.redactText(v)
	default:
		return value
	}
}

// redactText redacts a text, and the document that it may be. One without secrets stays as it is written.
func (m *masker) redactText(text string) string {
	all := documents(text)
	if len(literals(text)) == 0 {
		return m.text(text)
	}
	pieces := make([]string, 0, len(all))
	for _, document := range all {
		piece, err := yaml.Marshal(m.redact(document))
		if err != nil {
			return words.Masked
		}
		pieces = append(pieces, string(piece))
	}
	return strings.Join(pieces, "---\n")
}

func (m *masker) redactMap(fields map[string]any) map[string]any {
	out := make(map[string]any, len(fields))
	for key, value := range fields {
		text, isText := value.(string)
		switch annotations, isMap := value.(map[string]any); {
		case key == "annotations" && isMap:
			value = maps.Collect(func(yield func(string, any) bool) {
				for k, v := range annotations {
					if !dropped.MatchString(k) && !yield(k, v) {
						return
					}
				}
			})
		case scalar(value) != "" && sensitiveKey.MatchString(key),
			// A patch that can't be read may hold whatever it names.
			key == "patch" && isText && len(documents(text)) == 0 && sensitiveName.MatchString(text):
			value = words.Masked
		}
		out[m.text(key)] = m.redact(value)
	}
	if name, value := namedValue(fields); value != "" && sensitiveName.MatchString(name) {
		out[m.text("value")] = words.Masked
	}
	return out
}

func (m *masker) redactList(items []any) []any {
	out := make([]any, len(items))
	for i, item := range items {
		out[i] = m.redact(item)
		if isFlagValue(items, i) {
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

// selection is a key of a Secret.
type selection struct{ name, key string }

// selected returns the keys of Secrets that an object selects one by one.
func selected(object map[string]any) map[selection]bool {
	found := map[selection]bool{}
	walk("", object, func(parent string, fields map[string]any) {
		key, is := fields["key"].(string)
		if name := secretNamed(parent, fields); name != "" && is {
			found[selection{name, key}] = true
		}
	})
	return found
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
