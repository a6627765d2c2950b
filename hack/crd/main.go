// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Command crd shortens a generated CustomResourceDefinition, in place, so that client-side
// `kubectl apply` has room for a copy of it in an annotation. Most of it are types of
// Kubernetes itself, such as that of affinity: they keep the first sentence of each
// description (`kubectl explain pod.spec` has the rest), and are written on one line, as
// the indentation would be half of the file.
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
	if err := shorten(definition); err != nil {
		return err
	}
	text, err = yaml.MarshalWithOptions(definition, &yaml.EncoderOptions{SeqIndent: yaml.CompactSequenceStyle})
	if err != nil {
		return err
	}
	return os.WriteFile(path, append([]byte("---\n"), text...), 0o600)
}

// shorten changes the fields of Kubernetes' types below a node of the definition.
func shorten(node any) error {
	switch n := node.(type) {
	case []any:
		for _, item := range n {
			if err := shorten(item); err != nil {
				return err
			}
		}
	case map[string]any:
		joinLines(n)
		for key, child := range n {
			if err := shorten(child); err != nil {
				return err
			}
			schema, ok := child.(map[string]any)
			if !ok || !slices.Contains(coreFields, key) {
				continue
			}
			whole := schema["description"]
			firstSentences(schema)
			schema["description"] = whole
			line := &yaml.Node{}
			if err := line.Encode(schema); err != nil {
				return err
			}
			line.Style = yaml.FlowStyle
			n[key] = line
		}
	}
	return nil
}

// wrapped is a line break within a paragraph: neither a list nor an empty line follows.
var wrapped = regexp.MustCompile(`([^\n])\n([^\n -])`)

// joinLines makes each paragraph of a description one line: kubectl wraps them.
func joinLines(schema map[string]any) {
	if text, ok := schema["description"].(string); ok {
		schema["description"] = wrapped.ReplaceAllString(text, "$1 $2")
	}
}

var sentence = regexp.MustCompile(`(?s)^.*?\.(\s|$)`)

// firstSentences shortens each description below a node.
func firstSentences(node any) {
	switch n := node.(type) {
	case []any:
		for _, item := range n {
			firstSentences(item)
		}
	case map[string]any:
		if text, ok := n["description"].(string); ok {
			n["description"] = cmp.Or(strings.TrimSpace(sentence.FindString(text)), text)
		}
		for _, child := range n {
			firstSentences(child)
		}
	}
}
