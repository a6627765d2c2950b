// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package diff

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// maxInput is how much is read, in bytes: more than all trackers of a large cluster.
const maxInput = 64 << 20

// read returns the trackers in a stream of documents, and what else is in it. A tracker that names no
// namespace gets one; all must be of another, if that is given.
func read(in io.Reader, namespace, only string) (trackers []*unstructured.Unstructured, others []string, err error) {
	content, err := io.ReadAll(io.LimitReader(in, maxInput+1))
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("reading the input: %w", err)
	case len(content) > maxInput:
		return nil, nil, fmt.Errorf("the input is larger than %d MiB", maxInput>>20)
	}
	documents := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(content)))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, fmt.Errorf("reading the input: %w", err)
		}
		object, err := parse(document)
		if err != nil {
			return nil, nil, err
		}
		switch {
		case object == nil:
		case object.GroupVersionKind().Group != v1alpha1.GroupVersion.Group || object.GetKind() != v1alpha1.Kind:
			others = append(others, object.GetKind()+" "+object.GetName())
		default:
			if err := place(object, namespace, only); err != nil {
				return nil, nil, err
			}
			trackers = append(trackers, object)
		}
	}
	if len(trackers) == 0 {
		return nil, nil, errors.New("the input has no InterviewTracker")
	}
	return trackers, others, nil
}

// parse returns the object of a document, nil if there is none in it.
func parse(document []byte) (*unstructured.Unstructured, error) {
	var fields map[string]any
	if err := yaml.UnmarshalStrict(document, &fields); err != nil {
		return nil, fmt.Errorf("reading the input: %w", err)
	}
	if len(fields) == 0 {
		return nil, nil //nolint:nilnil // documented above
	}
	// As JSON, so that numbers are of the types that Kubernetes' own functions expect.
	text, err := yaml.YAMLToJSON(document)
	if err != nil {
		return nil, fmt.Errorf("reading the input: %w", err)
	}
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(text); err != nil {
		return nil, fmt.Errorf("reading the input: %w", err)
	}
	return object, nil
}

// place sets a tracker's namespace, and drops what only a stored object has.
func place(tracker *unstructured.Unstructured, namespace, only string) error {
	switch own := tracker.GetNamespace(); {
	case own == "":
		tracker.SetNamespace(namespace)
	case only != "" && own != only:
		return fmt.Errorf("InterviewTracker %s is of namespace %s, and -n says %s", tracker.GetName(), own, only)
	}
	if tracker.GetName() == "" {
		return errors.New("an InterviewTracker in the input has no name")
	}
	for _, field := range stored {
		unstructured.RemoveNestedField(tracker.Object, field...)
	}
	return nil
}

// stored are the fields that the API server sets.
var stored = [][]string{
	{"metadata", "uid"},
	{"metadata", "resourceVersion"},
	{"metadata", "generation"},
	{"metadata", "creationTimestamp"},
	{"metadata", "selfLink"},
	{"metadata", "managedFields"},
	{"status"},
}
