// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp/syntax"
	"slices"
	"strings"

	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
	"sigs.k8s.io/yaml"
)

var (
	errAlias   = errors.New("YAML's anchors, aliases and merge keys (&, * and <<) can't be used in a patch; write the values out")
	errTooDeep = fmt.Errorf("it is nested more than %d levels deep", maxDepth)
)

// parse returns the documents of a patch, one at least.
func parse(patch string) ([]any, error) {
	var documents []any
	// Without a newline, the reader drops a last line that just fills its buffer.
	reader := utilyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(patch + "\n")))
	for {
		text, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("reading the patch: %w", err)
		}
		// Before anything follows an alias: a few of them stand for gigabytes.
		var node kyaml.Node
		if err := kyaml.Unmarshal(text, &node); err != nil {
			return nil, fmt.Errorf("reading the patch: %w", err)
		}
		if err := check(&node, 0); err != nil {
			return nil, fmt.Errorf("reading the patch: %w", err)
		}
		var document any
		if err := yaml.UnmarshalStrict(text, &document); err != nil {
			return nil, fmt.Errorf("reading the patch: %w", err)
		}
		list, isList := document.([]any)
		if document != nil && (!isList || len(list) > 0) {
			documents = append(documents, document)
		}
	}
	if len(documents) == 0 {
		return nil, errors.New("the patch is empty")
	}
	return documents, nil
}

// check refuses what grows when YAML is read, and what is nested too deep.
func check(node *kyaml.Node, depth int) error {
	switch {
	case node.Kind == kyaml.AliasNode, node.Anchor != "", node.Tag == kyaml.MergeTag:
		return errAlias
	case depth > maxDepth:
		return errTooDeep
	}
	for _, child := range node.Content {
		if err := check(child, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// valuesIn is how many values a JSON value holds, itself among them.
func valuesIn(value any) int {
	values := 1
	switch v := value.(type) {
	case map[string]any:
		for _, item := range v {
			values += valuesIn(item)
		}
	case []any:
		for _, item := range v {
			values += valuesIn(item)
		}
	}
	return values
}

// valuesSet is how many values JSON patch operations set: an operation counts as one more.
// What they copy is not among them.
func valuesSet(operations []any) int {
	values := 0
	for _, o := range operations {
		operation, _ := o.(map[string]any)
		values += 1 + valuesIn(operation["value"])
	}
	return values
}

// valueSteps is how many steps of a merge a value takes, whatever it is.
const valueSteps = 10

// mergeSteps is how many steps a strategic merge takes for a value of the object or of the
// patch. kustomize compares each object of a list with each, also in lists of which the patch
// says nothing, and that takes nearly all of a merge's time; a step is one such comparison.
func mergeSteps(value any) int {
	steps := valueSteps
	switch v := value.(type) {
	case map[string]any:
		for _, item := range v {
			steps += mergeSteps(item)
		}
	case []any:
		objects := 0
		for _, item := range v {
			steps += mergeSteps(item)
			if _, isObject := item.(map[string]any); isObject {
				objects++
			}
		}
		steps += objects * objects
	}
	return steps
}

// shortened is a text of at most some characters.
func shortened(text string, characters int) string {
	const end = "…"
	cut, count := 0, 0
	for i := range text {
		if count == characters {
			return text[:cut] + end
		}
		if count++; count == characters {
			cut = i // The last character gives way to the end.
		}
	}
	return text
}

// deeper reports whether a JSON value is nested more than some levels deep.
func deeper(value any, levels int) bool {
	if levels < 0 {
		return true
	}
	switch v := value.(type) {
	case map[string]any:
		for _, item := range v {
			if deeper(item, levels-1) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, func(item any) bool { return deeper(item, levels-1) })
	}
	return false
}

// maxExpression is how large a target's regular expression may be, with its repetitions
// written out. A short one can stand for a program of a hundred megabytes.
const maxExpression = 1000

// boundExpression refuses a regular expression that takes more memory than a name needs.
func boundExpression(expression string) error {
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return err
	}
	if expressionSize(parsed) > maxExpression {
		return fmt.Errorf("the regular expression %q is too large: with its repetitions written out, it may have %d parts",
			expression, maxExpression)
	}
	return nil
}

func expressionSize(e *syntax.Regexp) int {
	size := 1 + len(e.Rune)
	for _, sub := range e.Sub {
		size += expressionSize(sub)
	}
	if e.Op == syntax.OpRepeat {
		size *= max(e.Min, e.Max, 1)
	}
	return size
}

// address completes what identifies the object of a strategic merge patch: its namespace,
// which is always the tracker's; and with a target, which takes precedence, a kind and a
// name, which kustomize then requires and ignores.
func address(document map[string]any, namespace string, targeted bool) error {
	metadata, isObject := document["metadata"].(map[string]any)
	if document["metadata"] != nil && !isObject {
		return errors.New("metadata must be an object")
	}
	if metadata == nil {
		metadata = map[string]any{}
		document["metadata"] = metadata
	}
	if metadata["namespace"] == nil {
		metadata["namespace"] = namespace
	}
	if targeted {
		document["kind"], metadata["name"] = "Any", "any"
		return nil
	}
	if slices.Contains([]any{document["apiVersion"], document["kind"], metadata["name"]}, nil) {
		return errors.New("a strategic merge patch without a target must name its object by apiVersion, kind and metadata.name")
	}
	return nil
}
