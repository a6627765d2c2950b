// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Command crd shortens a generated CustomResourceDefinition, in place, so that client-side
// `kubectl apply` has room for a copy of it in an annotation; and makes it refuse what the
// Go types can't decode: one such object, once stored, can't be read by any client with
// these types. Most of the definition are types of
// Kubernetes itself, such as that of affinity: one level of their fields keeps the first
// sentence of each description (`kubectl explain pod.spec` has the rest). They, and what is long and
// occurs more than once, are written on one line, as the indentation would be half of the file.
package main

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// coreFields are the fields whose types are those of Kubernetes itself.
var coreFields = []string{"affinity", "env", "envFrom", "imagePullSecrets", "secretKeyRef", "tolerations", "topologySpreadConstraints"}

// repeatedFields are fields of our own types, which keep their descriptions.
var repeatedFields = []string{"probes", "resources", "relabelings", "metricRelabelings", "receivers"}

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var definition map[string]any
	if err := yaml.Unmarshal(text, &definition); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	tighten(definition)
	if err := shorten(definition, joinLines); err != nil {
		return err
	}
	text, err = yaml.MarshalWithOptions(definition, &yaml.EncoderOptions{SeqIndent: yaml.CompactSequenceStyle})
	if err != nil {
		return err
	}
	return os.WriteFile(path, append([]byte("---\n"), text...), 0o600)
}

// tighten makes each field of a type whose schema is generated admit only what that type
// decodes, and leave what is written as it is.
func tighten(node any) {
	switch n := node.(type) {
	case []any:
		for _, item := range n {
			tighten(item)
		}
	case map[string]any:
		if pattern, ok := n["pattern"].(string); ok && pattern == generatedQuantity {
			n["pattern"], n["maxLength"] = quantity, quantityLength
		}
		if n["format"] == "date-time" && n["type"] == "string" {
			n["x-kubernetes-validations"] = []any{map[string]any{"rule": isTime, "message": "must be a time such as 2026-01-02T15:04:05Z"}}
		}
		// It means the same as nothing, and what was stored would differ from what was applied: of
		// a list or an atomic map, GitOps tools report that again and again.
		if n["default"] == false {
			delete(n, "default")
		}
		for _, child := range n {
			tighten(child)
		}
	}
}

// generatedQuantity is the pattern that controller-gen gives to a resource.Quantity. It
// admits an exponent with a fraction, which the type can't decode, and one of any length,
// which can keep it busy for ever.
const generatedQuantity = `^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$`

// quantity and quantityLength are what a resource.Quantity decodes, within bounds that no
// real quantity comes near.
const (
	quantity       = `^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,2})?$`
	quantityLength = 32
)

// isTime refuses what the format date-time admits and a metav1.Time does not decode, such as a
// list: the rule can't be evaluated for it.
const isTime = "self >= timestamp('0001-01-01T00:00:00Z')"

// shorten changes each description of a node of the definition and below it, and puts coreFields and
// repeatedFields on one line.
func shorten(node any, describe func(string) string) error {
	switch n := node.(type) {
	case []any:
		for _, item := range n {
			if err := shorten(item, describe); err != nil {
				return err
			}
		}
	case map[string]any:
		if text, ok := n["description"].(string); ok {
			n["description"] = describe(text)
		}
		for key, child := range n {
			schema, isSchema := child.(map[string]any)
			isCore := isSchema && slices.Contains(coreFields, key)
			var err error
			if isCore {
				err = shortenCore(schema)
			} else {
				err = shorten(child, describe)
			}
			if err != nil {
				return err
			}
			if isCore || isSchema && slices.Contains(repeatedFields, key) {
				line := &yaml.Node{}
				if err := line.Encode(schema); err != nil {
					return err
				}
				line.Style = yaml.FlowStyle
				n[key] = line
			}
		}
	}
	return nil
}

// shortenCore keeps only the description of the field itself whole.
func shortenCore(schema map[string]any) error {
	whole, _ := schema["description"].(string)
	if err := shorten(schema, firstSentence); err != nil {
		return err
	}
	withoutDescriptions(schema, describedLevels)
	schema["description"] = joinLines(whole)
	return nil
}

// describedLevels is how many levels of fields below a type of Kubernetes keep descriptions.
const describedLevels = 1

// withoutDescriptions removes the descriptions below some levels of fields.
func withoutDescriptions(schema map[string]any, levels int) {
	if levels < 0 {
		delete(schema, "description")
	}
	for _, key := range []string{"properties", "items"} {
		below, _ := schema[key].(map[string]any)
		if key == "items" && below != nil {
			withoutDescriptions(below, levels)
			continue
		}
		for _, child := range below {
			if field, ok := child.(map[string]any); ok {
				withoutDescriptions(field, levels-1)
			}
		}
	}
}

// wrapped is a line break within a paragraph: neither a list nor an empty line follows.
var wrapped = regexp.MustCompile(`([^\n])\n([^\n -])`)

// joinLines makes each paragraph one line: kubectl wraps them.
func joinLines(text string) string { return wrapped.ReplaceAllString(text, "$1 $2") }

var sentence = regexp.MustCompile(`(?s)^.*?\.(\s|$)`)

func firstSentence(text string) string {
	text = joinLines(text)
	return cmp.Or(strings.TrimSpace(sentence.FindString(text)), text)
}
