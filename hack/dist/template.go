// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// manifest is an object on its way to a template. Where Helm puts a value, it has a token, which is
// replaced when the object is text: templates are no YAML.
type manifest struct {
	*yaml.RNode
	places []place
}

// place is what stands in a template instead of the line of a token.
type place func(indent, field string) string

// literal is a field with a value as a template has it.
func literal(text string) place {
	return func(indent, field string) string { return indent + field + ": " + text }
}

// scalar is a field with the value of an expression.
func scalar(expression string) place { return literal("{{ " + expression + " }}") }

// block is a field with the map or list of an expression.
func block(expression string) place {
	return func(indent, field string) string {
		return fmt.Sprintf("%s%s:\n%s  {{- %s | nindent %d }}", indent, field, indent, expression, len(indent)+2)
	}
}

// more are further entries of a map.
func more(values string) place {
	return func(indent, _ string) string {
		return fmt.Sprintf("%s{{- with %s }}\n%s{{- toYaml . | nindent %d }}\n%s{{- end }}", indent, values, indent, len(indent), indent)
	}
}

// when is a field that is there only if the value is not empty. The place has the value as `.`.
func when(values string, p place) place {
	return func(indent, field string) string {
		return fmt.Sprintf("%s{{- with %s }}\n%s\n%s{{- end }}", indent, values, p(indent, field), indent)
	}
}

// set puts a place at a path of fields, whether the object has it or not.
func (m *manifest) set(fields string, p place) error {
	names := path(fields)
	parent, field := names[:len(names)-1], names[len(names)-1]
	return m.put(parent, field, p)
}

// add puts a place after the entries of a map.
func (m *manifest) add(fields string, p place) error {
	return m.put(path(fields), fmt.Sprintf(token, len(m.places)), p)
}

// only keeps the item of a list that has that value in a field where a condition holds.
func (m *manifest) only(condition, list, field, value string) error {
	items, err := m.Pipe(yaml.Lookup(path(list)...))
	if err != nil {
		return fmt.Errorf("%s: %s: %w", key(m.RNode), list, err)
	}
	var content []*yaml.Node
	for _, item := range items.Content() {
		name, err := yaml.NewRNode(item).GetString(field)
		if err != nil || name != value {
			content = append(content, item)
			continue
		}
		content = append(content, m.token("{{- if "+condition+" }}"), item, m.token("{{- end }}"))
	}
	items.YNode().Content = content
	return nil
}

// token is a line of its own among the items of a list, which becomes that text.
func (m *manifest) token(text string) *yaml.Node {
	m.places = append(m.places, func(indent, _ string) string { return indent + text })
	return yaml.NewStringRNode(fmt.Sprintf(token, len(m.places)-1)).YNode()
}

func (m *manifest) put(parent []string, field string, p place) error {
	value := yaml.NewStringRNode(fmt.Sprintf(token, len(m.places)))
	m.places = append(m.places, p)
	if err := m.PipeE(yaml.LookupCreate(yaml.MappingNode, parent...), yaml.SetField(field, value)); err != nil {
		return fmt.Errorf("%s: %s: %w", key(m.RNode), strings.Join(append(parent, field), "."), err)
	}
	return nil
}

// token stands for the place with that index.
const token = "HELM%dHERE"

var tokenLine = regexp.MustCompile(`(?m)^( *)(?:([^ :]+):|-) HELM(\d+)HERE$`)

// text is the template of the object.
func (m *manifest) text() (string, error) {
	plain, err := m.String()
	if err != nil {
		return "", fmt.Errorf("%s: %w", key(m.RNode), err)
	}
	escaped := strings.ReplaceAll(plain, "{{", `{{ "{{" }}`)
	found := 0
	text := tokenLine.ReplaceAllStringFunc(escaped, func(line string) string {
		found++
		match := tokenLine.FindStringSubmatch(line)
		index, _ := strconv.Atoi(match[3]) // These are digits.
		return m.places[index](match[1], match[2])
	})
	if found != len(m.places) {
		return "", fmt.Errorf("%s: %d of %d values have a line of their own in\n%s", key(m.RNode), found, len(m.places), plain)
	}
	// The operator's namespace is the release's, also in expressions about it. One such as "no" or "1e3" is text.
	text = namespaceField.ReplaceAllString(text, ": {{ $.Release.Namespace | quote }}")
	return strings.ReplaceAll(text, namespace, "{{ $.Release.Namespace }}"), nil
}

// namespace is that of the operator in the bases.
const namespace = "interview-tracker-system"

// namespaceField is a field with nothing but that namespace.
var namespaceField = regexp.MustCompile(`(?m): ` + namespace + `$`)
