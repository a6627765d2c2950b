// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// newTracker is a minimal tracker, with the changes given.
func newTracker(changes ...func(*v1alpha1.InterviewTracker)) *v1alpha1.InterviewTracker {
	tracker := &v1alpha1.InterviewTracker{Spec: v1alpha1.InterviewTrackerSpec{Version: "1.0.0"}}
	tracker.Name, tracker.Namespace, tracker.UID = "hiring", "people", "uid"
	for _, change := range changes {
		change(tracker)
	}
	return tracker
}

func nothing() *snapshot.Snapshot { return (&observed{}).snapshot() }

func build(t *testing.T, tracker *v1alpha1.InterviewTracker, s *snapshot.Snapshot) *Output {
	t.Helper()
	output, err := Build(t.Context(), tracker, s, catalog.Default())
	if err != nil {
		t.Fatal(err)
	}
	return output
}

func find[T Object](t *testing.T, output *Output, name string) T {
	t.Helper()
	for _, object := range slices.Concat(output.Objects, output.Monitoring) {
		if typed, ok := object.(T); ok && typed.GetName() == name {
			return typed
		}
	}
	t.Fatalf("no %T %s", *new(T), name)
	return *new(T)
}

// podTemplate is the template of an object that has one, or nil.
func podTemplate(object Object) *corev1.PodTemplateSpec {
	switch o := object.(type) {
	case *appsv1.Deployment:
		if len(o.Spec.Template.Spec.Containers) == 0 {
			return nil // It is kept.
		}
		return &o.Spec.Template
	case *appsv1.StatefulSet:
		return &o.Spec.Template
	case *batchv1.Job:
		return &o.Spec.Template
	default:
		return nil
	}
}

// The table of the specification: "Kubernetes Health Checks" for the API and the
// frontend, "Docker Health Checks" for the dependencies.
func TestProbesAreThoseOfTheSpecification(t *testing.T) {
	httpGet := func(path string, port, initialDelay, period, timeout, failures int32) *corev1.Probe {
		return &corev1.Probe{
			ProbeHandler:        corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: path, Port: intstr.FromInt32(port)}},
			InitialDelaySeconds: initialDelay, PeriodSeconds: period, TimeoutSeconds: timeout, FailureThreshold: failures,
		}
	}
	exec := func(period, timeout, failures int32, command ...string) *corev1.Probe {
		return &corev1.Probe{
			ProbeHandler:  corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: command}},
			PeriodSeconds: period, TimeoutSeconds: timeout, FailureThreshold: failures,
		}
	}
	pgIsReady := []string{"pg_isready", "-U", "postgres", "-d", "interview_tracker"}
	ping := []string{"sh", "-c", `test "$(redis-cli ping)" = PONG`}
	tests := map[string]struct{ liveness, readiness, startup *corev1.Probe }{
		"api": {
			liveness:  httpGet("/health/live", 8000, 30, 10, 5, 3),
			readiness: httpGet("/health/ready", 8000, 5, 5, 3, 3),
			startup:   httpGet("/health", 8000, 10, 5, 3, 12),
		},
		"frontend": {
			liveness:  httpGet("/health", 3000, 10, 10, 5, 3),
			readiness: httpGet("/health", 3000, 5, 5, 3, 3),
		},
		"postgres": {readiness: exec(10, 5, 5, pgIsReady...), startup: exec(10, 5, 180, pgIsReady...)},
		"redis":    {readiness: exec(10, 5, 5, ping...), startup: exec(10, 5, 180, ping...)},
	}
	for _, object := range build(t, newTracker(), nothing()).Objects {
		template := podTemplate(object)
		if template == nil {
			continue
		}
		container := template.Spec.Containers[0]
		want, ok := tests[container.Name]
		if !ok {
			t.Fatalf("unexpected container %s", container.Name)
		}
		delete(tests, container.Name)
		for name, probes := range map[string][2]*corev1.Probe{
			"liveness":  {want.liveness, container.LivenessProbe},
			"readiness": {want.readiness, container.ReadinessProbe},
			"startup":   {want.startup, container.StartupProbe},
		} {
			if diff := cmp.Diff(probes[0], probes[1]); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", container.Name, name, diff)
			}
		}
	}
	if len(tests) > 0 {
		t.Errorf("no container for %v", tests)
	}
}

func TestEveryObjectIsMarkedAsTheTrackers(t *testing.T) {
	for _, path := range cases(t) {
		tracker, seen := readCase(t, path)
		for _, object := range build(t, tracker, seen).Objects {
			name := path + ": " + describe(object)
			labels := object.GetLabels()
			if labels[v1alpha1.LabelTracker] != tracker.Name || labels[v1alpha1.LabelComponent] == "" {
				t.Errorf("%s: labels %v", name, labels)
			}
			if object.GetObjectKind().GroupVersionKind().Empty() {
				t.Errorf("%s: no TypeMeta", name)
			}
			if object.GetNamespace() != tracker.Namespace {
				t.Errorf("%s: namespace %q", name, object.GetNamespace())
			}
			retained := object.GetAnnotations()[v1alpha1.AnnotationRetainedFor] == tracker.Name
			owners := object.GetOwnerReferences()
			if retained != (len(owners) == 0) {
				t.Errorf("%s: retained %t, owners %v", name, retained, owners)
			}
			if retained && len(labels) != 2 {
				t.Errorf("%s: retained with labels %v", name, labels)
			}
			if template := podTemplate(object); template != nil {
				if err := restricted(object); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				if _, ok := object.(*appsv1.StatefulSet); ok && len(template.Labels) != 2 {
					t.Errorf("%s: template labels %v", name, template.Labels)
				}
			}
		}
	}
}

// Builds run side by side in the operator, on objects of its caches.
func TestBuildIsPure(t *testing.T) {
	for _, path := range cases(t) {
		tracker, seen := readCase(t, path)
		wantTracker, wantSeen := readCase(t, path)
		outputs := make([]*Output, 8)
		var all sync.WaitGroup
		for i := range outputs {
			all.Go(func() { outputs[i], _ = Build(t.Context(), tracker, seen, catalog.Default()) })
		}
		all.Wait()
		for _, output := range outputs[1:] {
			if diff := cmp.Diff(outputs[0], output); diff != "" {
				t.Errorf("%s: not deterministic:\n%s", path, diff)
			}
		}
		for _, object := range outputs[0].Objects {
			scribble(object)
		}
		if diff := cmp.Diff(wantTracker, tracker); diff != "" {
			t.Errorf("%s: the tracker was changed:\n%s", path, diff)
		}
		if diff := cmp.Diff(wantSeen, seen); diff != "" {
			t.Errorf("%s: the snapshot was changed:\n%s", path, diff)
		}
	}
}

// scribble changes what an output might share with its input.
func scribble(object Object) {
	object.SetName("scribbled")
	for key := range object.GetLabels() {
		object.GetLabels()[key] = "scribbled"
	}
	if template := podTemplate(object); template != nil {
		clear(template.Labels)
		clear(template.Annotations)
		clear(template.Spec.NodeSelector)
		clear(template.Spec.Tolerations)
		clear(template.Spec.TopologySpreadConstraints)
		clear(template.Spec.Containers[0].Env)
		clear(template.Spec.Containers[0].EnvFrom)
		clear(template.Spec.Containers[0].Resources.Requests)
	}
	if set, ok := object.(*appsv1.StatefulSet); ok {
		clear(set.Spec.VolumeClaimTemplates)
		clear(set.Spec.Selector.MatchLabels)
	}
}

func TestStringsStayStrings(t *testing.T) {
	evil := "1\", \"x\": {{ .Values }} $(PORT)\n---\nkind: Secret\nrequirepass \"\""
	tracker := newTracker(func(t *v1alpha1.InterviewTracker) {
		t.Spec.Version = evil
		t.Spec.API = &v1alpha1.ComponentSpec{
			PodAnnotations: map[string]v1alpha1.AnnotationValue{"example.com/note": v1alpha1.AnnotationValue(evil)},
			Env:            []corev1.EnvVar{{Name: "EVIL", Value: evil}},
			Probes:         &v1alpha1.ProbesSpec{Liveness: &v1alpha1.ProbeSpec{Path: evil}},
		}
		// The way through kustomize is one through YAML.
		t.Spec.Patches = []v1alpha1.Patch{{
			Target: &v1alpha1.PatchTarget{Kind: "Deployment"},
			Patch:  `[{op: add, path: /spec/revisionHistoryLimit, value: 3}]`,
		}}
	})
	seen := nothing()
	seen.NewPasswords[v1alpha1.ComponentRedis] = "\"\nrequirepass x"
	seen.NewPasswords[v1alpha1.ComponentDatabase] = "p@ss/w:rd?"
	output := build(t, tracker, seen)
	template := find[*appsv1.Deployment](t, output, "hiring-api").Spec.Template
	container := template.Spec.Containers[0]
	for name, got := range map[string]string{
		"annotation": template.Annotations["example.com/note"],
		"env":        container.Env[len(container.Env)-1].Value,
		"version":    container.Env[2].Value,
		"path":       container.LivenessProbe.HTTPGet.Path,
		"image":      strings.TrimPrefix(container.Image, "interview-tracker-api:"),
	} {
		if got != evil {
			t.Errorf("%s: got %q, want %q", name, got, evil)
		}
	}
	conf := string(find[*corev1.Secret](t, output, "hiring-redis-credentials").Data["redis.conf"])
	if want := "requirepass \"\\x22\\x0arequirepass\\x20x\"\n"; !strings.HasSuffix(conf, want) || strings.Count(conf, "\n") != 4 {
		t.Errorf("redis.conf: %s", conf)
	}
	url := string(find[*corev1.Secret](t, output, "hiring-database-credentials").Data["url"])
	if want := "postgres://postgres:p%40ss%2Fw%3Ard%3F@hiring-database:5432/interview_tracker?sslmode=disable"; url != want {
		t.Errorf("url: got %s, want %s", url, want)
	}
}

func TestNoPasswordStandsOutsideTheSecrets(t *testing.T) {
	for _, path := range cases(t) {
		tracker, seen := readCase(t, path)
		for _, object := range build(t, tracker, seen).Objects {
			if _, ok := object.(*corev1.Secret); ok {
				continue
			}
			fields, err := fieldsOf(object)
			if err != nil {
				t.Fatal(err)
			}
			text, _ := json.Marshal(fields)
			for _, password := range seen.NewPasswords {
				if strings.Contains(string(text), password) {
					t.Errorf("%s: %s holds a password", path, describe(object))
				}
			}
		}
	}
}

func TestCredentialsNeedAPassword(t *testing.T) {
	_, err := Build(t.Context(), newTracker(), &snapshot.Snapshot{}, catalog.Default())
	if !errors.Is(err, ErrNoPassword) {
		t.Errorf("got %v, want %v", err, ErrNoPassword)
	}
}

// The database must not restart because the application has a new version.
func TestDependenciesIgnoreTheApplication(t *testing.T) {
	before := build(t, newTracker(), nothing())
	after := build(t, newTracker(func(t *v1alpha1.InterviewTracker) {
		t.Spec.Version = "2.0.0"
		t.Spec.Logging = &v1alpha1.LoggingSpec{Level: v1alpha1.LogLevelError}
		t.Spec.API = &v1alpha1.ComponentSpec{Port: 9000, Replicas: new(int32(4))}
	}), nothing())
	for _, output := range []*Output{before, after} {
		output.Objects = slices.DeleteFunc(output.Objects, func(o Object) bool {
			c := v1alpha1.Component(o.GetLabels()[v1alpha1.LabelComponent])
			return c == v1alpha1.ComponentAPI || c == v1alpha1.ComponentFrontend
		})
		output.Monitoring = nil
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the dependencies changed:\n%s", diff)
	}
}
