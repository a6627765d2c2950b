// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// normalized is a patch's text as JSON documents that identify their objects. Parsing it
// here also rejects texts that YAML's aliases would grow without bounds.
func normalized(patch *v1alpha1.Patch, namespace string) (string, error) {
	documents, err := parse(patch.Patch)
	if err != nil {
		return "", err
	}
	texts := make([]string, 0, len(documents))
	for _, document := range documents {
		switch d := document.(type) {
		case []any:
			if len(documents) > 1 {
				return "", errors.New("a list of operations can't be combined with another document")
			}
		case map[string]any:
			if err := address(d, namespace, patch.Target != nil); err != nil {
				return "", err
			}
		default:
			return "", errors.New("the patch is neither an object nor a list of operations")
		}
		text, err := json.Marshal(document)
		if err != nil {
			return "", fmt.Errorf("reading the patch: %w", err)
		}
		texts = append(texts, string(text))
	}
	return strings.Join(texts, "\n---\n"), nil
}

// parse returns the documents of a patch, one at least.
func parse(patch string) ([]any, error) {
	var documents []any
	reader := utilyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(patch)))
	for {
		text, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
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
