// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package kinds_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// What is read from a cache is what the API server has, and reading it changes nothing in
// the cache: of each object that is built.
func TestPackedObjectsAreRestored(t *testing.T) {
	files, err := filepath.Glob("../desired/testdata/*.out.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files:", err)
	}
	restored := map[string]int{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for document := range strings.SplitSeq(string(text), "---\n") {
			var of metav1.TypeMeta
			if err := yaml.Unmarshal([]byte(document), &of); err != nil {
				t.Fatal(name, err)
			}
			if of.Kind != "Deployment" && of.Kind != "StatefulSet" || !strings.Contains(document, "containers:\n") {
				continue
			}
			k, _ := kinds.Of(of.GroupVersionKind().GroupKind())
			object := k.New()
			if err := yaml.Unmarshal([]byte(document), object); err != nil {
				t.Fatal(name, err)
			}
			if set, ok := object.(*appsv1.StatefulSet); ok {
				for i := range set.Spec.VolumeClaimTemplates { // The API server sends no such thing.
					set.Spec.VolumeClaimTemplates[i].TypeMeta = metav1.TypeMeta{}
				}
			}
			checkPacked(t, k, object)
			restored[of.Kind]++
		}
	}
	if restored["Deployment"] == 0 || restored["StatefulSet"] == 0 {
		t.Errorf("the golden files hold %v", restored)
	}
}

func checkPacked(t *testing.T, k kinds.Kind, object kinds.Object) {
	t.Helper()
	want := object.DeepCopyObject()
	object.SetManagedFields([]metav1.ManagedFieldsEntry{{Manager: "m"}})
	out, err := k.Transform(object)
	kept, ok := out.(kinds.Object)
	if err != nil || !ok || len(kept.GetManagedFields()) > 0 || equality.Semantic.DeepEqual(out, want) {
		t.Fatalf("kept %v, error %v", out, err)
	}
	if again, err := k.Transform(kept); again != out || err != nil {
		t.Errorf("what is kept becomes %v, error %v", again, err)
	}
	cached, _ := kept.DeepCopyObject().(kinds.Object)
	read := k.New()
	reflect.ValueOf(read).Elem().Set(reflect.ValueOf(kept).Elem()) // As a cache does it.
	if err := kinds.Unpack(read); err != nil || !equality.Semantic.DeepEqual(want, read) {
		t.Errorf("%s differs (-want +got), error %v:\n%s", object.GetName(), err, cmp.Diff(want, read))
	}
	if !equality.Semantic.DeepEqual(cached, kept) {
		t.Errorf("reading %s has changed the cache:\n%s", object.GetName(), cmp.Diff(cached, kept))
	}
	if err := kinds.Unpack(read); err != nil || !equality.Semantic.DeepEqual(want, read) {
		t.Errorf("%s becomes %v, error %v", object.GetName(), read, err)
	}
	gone := cache.DeletedFinalStateUnknown{Key: "a"}
	if out, err := k.Transform(gone); out != gone || err != nil {
		t.Errorf("a deletion that the watch missed becomes %v, error %v", out, err)
	}
}

// controlledBy is an owner reference to a controller of a kind.
func controlledBy(kind string) []metav1.OwnerReference {
	return []metav1.OwnerReference{{
		APIVersion: "apps.interviewtracker.dev/v1alpha1", Kind: kind, Name: "hiring", UID: "1", Controller: new(true),
	}}
}

// Anybody can put a tracker's label on an object: of one that no tracker controls, the
// caches keep whose it is and nothing that can be large, of every kind. Of one that a
// tracker controls, they keep neither foreign labels and annotations nor bulky content,
// unless the operator compares it.
func TestForeignObjectsAreCachedAsMetadata(t *testing.T) {
	const junk = 200_000
	for _, k := range kinds.All() {
		if !k.BelongsToTracker() {
			continue
		}
		t.Run(k.Kind, func(t *testing.T) {
			object := k.New()
			fill(reflect.ValueOf(object).Elem(), strings.Repeat("x", junk), 0)
			object.GetObjectKind().SetGroupVersionKind(k.GroupVersionKind)
			object.SetName("a")
			object.SetNamespace("b")
			object.SetUID("1")
			object.SetResourceVersion("2")
			if pod, ok := object.(*corev1.Pod); ok {
				pod.Status.Phase = corev1.PodRunning
			}
			if claim, ok := object.(*corev1.PersistentVolumeClaim); ok {
				claim.Status.Phase = corev1.ClaimBound
			}
			object.SetOwnerReferences(nil)
			object.SetLabels(map[string]string{v1alpha1.LabelTracker: "hiring", "junk": strings.Repeat("x", junk)})
			object.SetAnnotations(map[string]string{"junk": strings.Repeat("x", junk), v1alpha1.AnnotationIntent: strings.Repeat("x", junk)})
			out, err := k.Transform(object)
			kept, ok := out.(kinds.Object)
			if err != nil || !ok {
				t.Fatalf("%T, error %v", out, err)
			}
			if encoded, err := json.Marshal(kept); err != nil || len(encoded) > 1000 {
				t.Errorf("%d bytes are kept, error %v", len(encoded), err)
			}
			if kept.GetName() != "a" || kept.GetUID() != "1" || kept.GetLabels()[v1alpha1.LabelTracker] != "hiring" {
				t.Errorf("kept %v", kept)
			}
			again, err := k.Transform(kept)
			if err != nil || !equality.Semantic.DeepEqual(again, kept) {
				t.Errorf("what is kept becomes %v, error %v", again, err)
			}
		})
	}
}

// fill sets every string of a value, a few levels deep, and one item of every list.
func fill(v reflect.Value, text string, depth int) {
	if depth > 5 || !v.CanSet() {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), text, depth)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), text, depth+1)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[resource.Quantity]() {
			return
		}
		for _, field := range v.Fields() {
			fill(field, text, depth+1)
		}
	}
}

// Of a Secret that waits for a tracker of its name, the caches keep the annotation that says
// so.
func TestRetainedSecretsKeepTheirAnnotation(t *testing.T) {
	k, _ := kinds.Of(kinds.Secret.GroupKind())
	secret := kinds.Metadata(kinds.Secret)
	secret.SetLabels(map[string]string{v1alpha1.LabelTracker: "hiring"})
	secret.SetAnnotations(map[string]string{v1alpha1.AnnotationRetainedFor: "hiring", "junk": "x"})
	out, err := k.Transform(secret)
	kept, ok := out.(kinds.Object)
	if err != nil || !ok || !maps.Equal(kept.GetAnnotations(), map[string]string{v1alpha1.AnnotationRetainedFor: "hiring"}) {
		t.Errorf("kept %v, error %v", out, err)
	}
}

// What was made for a tracker is recognized in the caches, whether or not anything controls it.
func TestMadeForIsKept(t *testing.T) {
	marks := map[string]string{
		v1alpha1.LabelTracker: "hiring", kinds.LabelInstance: "hiring", kinds.LabelManagedBy: v1alpha1.FieldManager, "junk": "x",
	}
	for _, k := range slices.Concat(kinds.In(kinds.Application), kinds.In(kinds.Traffic), kinds.In(kinds.Monitoring)) {
		object := k.New()
		object.SetName("hiring-api")
		object.SetLabels(maps.Clone(marks))
		object.SetAnnotations(map[string]string{v1alpha1.AnnotationIntent: strings.Repeat("0", 32)})
		out, err := k.Transform(object)
		if kept, ok := out.(kinds.Object); err != nil || !ok || kinds.MadeFor(kept) != "hiring" {
			t.Errorf("%s: kept %v, error %v", k.Kind, out, err)
		}
	}
}

func TestMadeFor(t *testing.T) {
	for name, change := range map[string]func(o *metav1.ObjectMeta){
		"no tracker":        func(o *metav1.ObjectMeta) { delete(o.Labels, v1alpha1.LabelTracker) },
		"no instance":       func(o *metav1.ObjectMeta) { delete(o.Labels, kinds.LabelInstance) },
		"another instance":  func(o *metav1.ObjectMeta) { o.Labels[kinds.LabelInstance] = "other" },
		"another maker":     func(o *metav1.ObjectMeta) { o.Labels[kinds.LabelManagedBy] = "Helm" },
		"another name":      func(o *metav1.ObjectMeta) { o.Name = "hiringapi" },
		"a copy's name":     func(o *metav1.ObjectMeta) { o.Name = "hiring-api-debug" },
		"no intent":         func(o *metav1.ObjectMeta) { o.Annotations = nil },
		"an empty intent":   func(o *metav1.ObjectMeta) { o.Annotations[v1alpha1.AnnotationIntent] = "" },
		"a longer intent":   func(o *metav1.ObjectMeta) { o.Annotations[v1alpha1.AnnotationIntent] += "0" },
		"nothing but names": func(o *metav1.ObjectMeta) { o.Labels, o.Annotations = nil, nil },
	} {
		o := metav1.ObjectMeta{
			Name:        "hiring-api",
			Labels:      map[string]string{v1alpha1.LabelTracker: "hiring", kinds.LabelInstance: "hiring", kinds.LabelManagedBy: v1alpha1.FieldManager},
			Annotations: map[string]string{v1alpha1.AnnotationIntent: strings.Repeat("0", 32)},
		}
		if got := kinds.MadeFor(&o); got != "hiring" {
			t.Fatalf("made for %q", got)
		}
		change(&o)
		if got := kinds.MadeFor(&o); got != "" {
			t.Errorf("%s: made for %q", name, got)
		}
	}
}

// Of a pod's spec, the caches keep what shows where it listens and which Secrets it reads.
func TestKeptPods(t *testing.T) {
	const pod = `
metadata:
  namespace: people
  name: a
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: a, uid: "1", controller: true}]
spec:
  nodeName: node
  imagePullSecrets: [{name: pull}]
  initContainers:
  - {name: copy, image: x, env: [{name: A, value: a}]}
  - {name: init, image: x, envFrom: [{configMapRef: {name: map}}, {secretRef: {name: all}}]}
  containers:
  - name: api
    image: x
    command: [serve]
    ports: [{containerPort: 8000}]
    env: [{name: A, value: a}, {name: B, valueFrom: {secretKeyRef: {name: one, key: b}}}, {name: C, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]
  volumes:
  - {name: tmp, emptyDir: {}}
  - {name: secret, secret: {secretName: mounted}}
  - {name: projected, projected: {sources: [{secret: {name: projected}}]}}
  - {name: csi, csi: {driver: secrets}}
`
	const want = `
metadata:
  namespace: people
  name: a
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: a, uid: "1", controller: true}]
spec:
  nodeName: node
  initContainers:
  - {name: init, envFrom: [{secretRef: {name: all}}]}
  containers:
  - {name: api, ports: [{containerPort: 8000}], env: [{name: B, valueFrom: {secretKeyRef: {name: one, key: b}}}]}
  volumes:
  - {name: secret, secret: {secretName: mounted}}
  - {name: projected, projected: {sources: [{secret: {name: projected}}]}}
  - {name: csi, csi: {driver: secrets}}
`
	parsed := func(text string) *corev1.Pod {
		p := &corev1.Pod{}
		if err := yaml.UnmarshalStrict([]byte(text), p); err != nil {
			t.Fatal(err)
		}
		return p
	}
	k, _ := kinds.Of(corev1.SchemeGroupVersion.WithKind("Pod").GroupKind())
	kept := any(parsed(pod))
	for range 2 { // A list that comes as a stream is transformed twice.
		var err error
		if kept, err = k.Transform(kept); err != nil {
			t.Fatal(err)
		}
		got, _ := kept.(*corev1.Pod)
		if !equality.Semantic.DeepEqual(parsed(want), got) {
			t.Error(cmp.Diff(parsed(want), got))
		}
	}
}

// Of what selects other objects, the caches keep only how, whether it is being deleted, and where a
// Prometheus serves.
func TestKeptSelectors(t *testing.T) {
	selector := func(name string) *metav1.LabelSelector {
		return &metav1.LabelSelector{MatchLabels: map[string]string{"field": name}}
	}
	meta := metav1.ObjectMeta{Namespace: "monitoring", Name: "main", UID: "1", ResourceVersion: "2", DeletionTimestamp: &metav1.Time{Time: time.Unix(1, 0)}}
	large := *meta.DeepCopy()
	large.Labels, large.Annotations = map[string]string{"a": "b"}, map[string]string{"a": "b"}
	var p monitoringv1.PrometheusSpec
	p.ServiceMonitorSelector, p.ServiceMonitorNamespaceSelector = selector("a"), selector("b")
	p.ProbeSelector, p.ProbeNamespaceSelector = selector("c"), selector("d")
	p.RuleSelector, p.RuleNamespaceSelector = selector("e"), selector("f")
	p.RoutePrefix, p.ServiceName = "/metrics", new("prometheus")
	p.Web = &monitoringv1.PrometheusWebSpec{WebConfigFileFields: monitoringv1.WebConfigFileFields{TLSConfig: &monitoringv1.WebTLSConfig{}}}
	a := monitoringv1.AlertmanagerSpec{AlertmanagerConfigSelector: selector("a"), AlertmanagerConfigNamespaceSelector: selector("b")}
	largeP, largeA := *p.DeepCopy(), *a.DeepCopy()
	largeP.Image, largeP.ExternalLabels = new("prometheus"), map[string]string{"a": "b"}
	largeP.Web.PageTitle, largeP.Web.TLSConfig.KeyFile = new("ours"), new("/key")
	largeA.Image, largeA.ConfigSecret = new("alertmanager"), "config"
	for _, test := range []struct{ object, want kinds.Object }{
		{&monitoringv1.Prometheus{ObjectMeta: large, Spec: largeP}, &monitoringv1.Prometheus{ObjectMeta: meta, Spec: p}},
		{&monitoringv1.Alertmanager{ObjectMeta: large, Spec: largeA}, &monitoringv1.Alertmanager{ObjectMeta: meta, Spec: a}},
	} {
		gvk := kinds.Prometheus
		if _, alertmanager := test.object.(*monitoringv1.Alertmanager); alertmanager {
			gvk = kinds.Alertmanager
		}
		k, _ := kinds.Of(gvk.GroupKind())
		if got, err := k.Transform(test.object); err != nil || !equality.Semantic.DeepEqual(test.want, got) {
			t.Errorf("%s differs (-want +got), error %v:\n%s", gvk.Kind, err, cmp.Diff(test.want, got))
		}
	}
}
