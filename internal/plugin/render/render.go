// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package render

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/sets"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/admission"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// placeholder stands for a password.
const placeholder = "PASSWORD"

// The comments before credentials, and before an object whose kind a cluster may lack.
const (
	secretNote   = "# The operator makes the password when it creates this Secret; here, " + placeholder + " stands for it.\n"
	optionalNote = "# The operator creates this if its kind is installed.\n"
)

// render reads trackers and writes their objects, or nothing and an error.
func render(ctx context.Context, in io.Reader, out io.Writer, namespace string, parts catalog.Catalog) error {
	gate, err := admission.New()
	if err != nil {
		return err
	}
	var rendered bytes.Buffer
	var failures []error
	found := false
	reader := utilyaml.NewYAMLReader(bufio.NewReader(in))
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("reading the input: %w", err)
		}
		tracker, err := gate.Admit(ctx, document, namespace)
		if tracker != nil {
			err = write(ctx, &rendered, tracker, parts)
		}
		if err != nil {
			failures = append(failures, err)
		}
		found = found || tracker != nil || err != nil
	}
	if !found {
		return errors.New("the input has no InterviewTracker")
	}
	if len(failures) > 0 {
		return errors.Join(failures...)
	}
	_, err = rendered.WriteTo(out)
	return err
}

// everyKind returns the optional kinds: offline, all of them count as installed.
func everyKind() sets.Set[string] {
	optional := sets.New[string]()
	for _, k := range kinds.Optional() {
		optional.Insert(k.Kind)
	}
	return optional
}

// write appends a tracker's objects, as they are in an empty namespace.
func write(ctx context.Context, out *bytes.Buffer, tracker *v1alpha1.InterviewTracker, parts catalog.Catalog) error {
	empty := &snapshot.Snapshot{
		NewPasswords: map[v1alpha1.Component]string{},
		Monitoring:   snapshot.Monitoring{Kinds: everyKind()},
	}
	for _, d := range parts.Dependencies {
		empty.NewPasswords[d.Name] = placeholder
	}
	output, err := desired.Build(ctx, tracker, empty, parts)
	if err != nil {
		return fmt.Errorf("%s %q: %w", v1alpha1.Kind, tracker.Name, err)
	}
	for _, unknown := range tracker.Spec.UnknownAlerts() {
		out.WriteString("# warning: " + unknown + "\n")
	}
	for i, object := range slices.Concat(output.Objects, output.Deferred, output.Traffic, output.Monitoring) {
		document, err := inYAML(object)
		if err != nil {
			return fmt.Errorf("printing %s %q: %w", object.GetObjectKind().GroupVersionKind().Kind, object.GetName(), err)
		}
		out.WriteString("---\n")
		deferred := i >= len(output.Objects) && i < len(output.Objects)+len(output.Deferred)
		out.WriteString(note(object, deferred))
		out.Write(document)
	}
	return nil
}

// note is the comment before an object, if it needs one.
func note(object desired.Object, deferred bool) string {
	kind, _ := kinds.Of(object.GetObjectKind().GroupVersionKind().GroupKind())
	switch {
	case kind.GroupVersionKind == kinds.Secret:
		return secretNote
	case deferred && kind.Kind == "Job":
		return "# The operator creates this Job when the database is ready.\n"
	case deferred && kind.Kind == "CronJob":
		return "# The operator creates this CronJob when the API and the frontend each have an available pod.\n"
	case deferred:
		return "# The operator creates this when the Job of the migrations has succeeded.\n"
	case kind.Optional:
		return optionalNote
	}
	return ""
}

// inYAML is an object without its status, which the operator does not apply.
func inYAML(object desired.Object) ([]byte, error) {
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return nil, err
	}
	delete(fields, "status")
	return yaml.Marshal(fields)
}
