// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

var update = flag.Bool("update", false, "rewrite testdata/*.out.yaml")

// observed is the second document of a case: what the cluster shows.
type observed struct {
	Deployments  map[v1alpha1.Component]*appsv1.Deployment            `json:"deployments"`
	StatefulSets map[v1alpha1.Component]*appsv1.StatefulSet           `json:"statefulSets"`
	Claims       map[v1alpha1.Component]*corev1.PersistentVolumeClaim `json:"claims"`
	Credentials  map[v1alpha1.Component]*metav1.PartialObjectMetadata `json:"credentials"`
	External     map[v1alpha1.Component]snapshot.ExternalSecret       `json:"external"`
	Pods         map[v1alpha1.Component][]corev1.Pod                  `json:"pods"`
	MigrationJob *batchv1.Job                                         `json:"migrationJob"`
}

func (o *observed) snapshot() *snapshot.Snapshot {
	return &snapshot.Snapshot{
		Deployments:  o.Deployments,
		StatefulSets: o.StatefulSets,
		Claims:       o.Claims,
		Credentials:  o.Credentials,
		External:     o.External,
		Pods:         o.Pods,
		MigrationJob: o.MigrationJob,
		NewPasswords: map[v1alpha1.Component]string{
			v1alpha1.ComponentDatabase: "database-password",
			v1alpha1.ComponentRedis:    "redis-password",
		},
		Monitoring: snapshot.Monitoring{Kinds: optionalKinds()},
	}
}

func optionalKinds() sets.Set[string] {
	optional := sets.New[string]()
	for _, k := range kinds.Optional() {
		optional.Insert(k.Kind)
	}
	return optional
}

// readCase reads a tracker and, where the file has a second document, a snapshot.
func readCase(t *testing.T, path string) (*v1alpha1.InterviewTracker, *snapshot.Snapshot) {
	t.Helper()
	in, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	first, second, _ := bytes.Cut(in, []byte("\n---\n"))
	tracker, seen := &v1alpha1.InterviewTracker{}, &observed{}
	if err := yaml.UnmarshalStrict(first, tracker); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if err := yaml.UnmarshalStrict(second, seen); err != nil {
		t.Fatalf("%s, second document: %v", path, err)
	}
	return tracker, seen.snapshot()
}

func cases(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.in.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases in testdata: %v", err)
	}
	return paths
}

// A change of a golden file is a change of every user's objects, and one of a
// pod template restarts their pods. To add a case, write its .in.yaml and run
// the test with -update. The monitoring objects stand in the cases monitoring-*, alone, and the ways in
// in the cases traffic-*.
func TestGolden(t *testing.T) {
	for _, in := range cases(t) {
		name := strings.TrimSuffix(filepath.Base(in), ".in.yaml")
		t.Run(name, func(t *testing.T) {
			tracker, seen := readCase(t, in)
			output, err := Build(t.Context(), tracker, seen, catalog.Default())
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case strings.HasPrefix(name, "monitoring-"):
				output = &Output{Objects: output.Monitoring}
			case strings.HasPrefix(name, "traffic-"):
				output = &Output{Objects: trafficOf(output)}
			}
			got := render(t, output)
			golden := strings.TrimSuffix(in, ".in.yaml") + ".out.yaml"
			if *update {
				if err := os.WriteFile(golden, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", golden, diff)
			}
		})
	}
}

// trafficOf are the ways in, where what they deny leads, and the probes, which may come through them.
func trafficOf(output *Output) []Object {
	objects := slices.Clone(output.Traffic)
	for _, object := range slices.Concat(output.Objects, output.Monitoring) {
		kind := object.GetObjectKind().GroupVersionKind().Kind
		if kind == kinds.Probe.Kind || kind == "Service" && strings.HasSuffix(object.GetName(), "-denied") {
			objects = append(objects, object)
		}
	}
	return objects
}

func render(t *testing.T, output *Output) []byte {
	t.Helper()
	var out bytes.Buffer
	for _, expansion := range output.VolumeExpansions {
		fmt.Fprintf(&out, "# expand: %s to %s\n", expansion.Claim.Name, expansion.Size.String())
	}
	for _, change := range output.UnsupportedChanges {
		fmt.Fprintf(&out, "# unsupported: %s\n", change)
	}
	for _, object := range output.Deferred {
		fmt.Fprintf(&out, "# deferred: %s\n", describe(object))
	}
	for _, object := range output.Objects {
		object = legible(t, object)
		fields, err := fieldsOf(object)
		if err != nil {
			t.Fatal(err)
		}
		delete(fields, "status")
		live := output.Live[KeyOf(object)]
		document, err := yaml.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		out.WriteString("---\n")
		if live != (Live{}) {
			fmt.Fprintf(&out, "# live: %+v\n", live)
		}
		out.Write(document)
	}
	return out.Bytes()
}

// legible is a Secret with its data as text, and a dashboard on many lines.
func legible(t *testing.T, object Object) Object {
	t.Helper()
	switch o := object.DeepCopyObject().(type) {
	case *corev1.Secret:
		for key, value := range o.Data {
			if o.StringData == nil {
				o.StringData = map[string]string{}
			}
			o.StringData[key] = string(value)
		}
		o.Data = nil
		return o
	case *corev1.ConfigMap:
		for key, value := range o.Data {
			var lines bytes.Buffer
			if err := json.Indent(&lines, []byte(value), "", "  "); err != nil {
				t.Fatal(err)
			}
			o.Data[key] = lines.String()
		}
		return o
	}
	return object
}
