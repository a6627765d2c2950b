// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// Whatever of the operator's own marks is taken off one of a tracker's objects, that of its
// owner included, is set again: of every object, and of what outlives the tracker.
func TestIdentityIsRepaired(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), everything)
	o.ready(t, tracker)
	runDatabases(t, tracker, "hiring-database", "hiring-redis")
	o.settle(t, tracker)
	passwords := passwordsOf(t, tracker)
	for _, object := range objectsOf(t, tracker) {
		for mark, patch := range marks(object) {
			what := object.GetKind() + " " + object.GetName() + " without " + mark
			refresh(t, object)
			before := object.DeepCopy()
			o.events()
			must(t, k8s.Patch(t.Context(), object, client.RawPatch(types.MergePatchType, []byte(patch)), client.FieldOwner("kubectl-edit")))
			changed := object.GetResourceVersion()
			o.until(t, tracker, what, func() bool {
				// The API server counts a change of a Deployment's annotations as one of its generation.
				if condition(tracker, "Stalled") != "absent" || condition(tracker, "Ready") != "True Ready" && object.GetKind() != "Deployment" {
					t.Fatalf("%s: the tracker is affected:\n%s", what, describe(tracker))
				}
				refresh(t, object)
				return object.GetResourceVersion() != changed && cmp.Equal(identityOf(before), identityOf(object))
			})
			if object.GetUID() != before.GetUID() {
				t.Errorf("%s: it is another one", what)
			}
			if object.GetKind() == "Deployment" {
				bringUp(t, tracker)
				o.until(t, tracker, what+" is not Ready", func() bool { return condition(tracker, "Ready") == "True Ready" })
			}
			o.settle(t, tracker)
			if events := strings.Join(o.events(), "\n"); !strings.Contains(events, "Repaired "+object.GetKind()+" "+object.GetName()+": ") {
				t.Errorf("%s: no event reports the repair: %q", what, events)
			}
		}
	}
	if diff := cmp.Diff(passwords, passwordsOf(t, tracker)); diff != "" {
		t.Error("there are other passwords than before")
	}
}

// marks are patches that take one mark off an object, each.
func marks(object *unstructured.Unstructured) map[string]string {
	all := map[string]string{}
	for label := range object.GetLabels() {
		if strings.Contains(label, "interviewtracker.dev/") || strings.HasPrefix(label, "app.kubernetes.io/") {
			all["the label "+label] = fmt.Sprintf(`{"metadata":{"labels":{%q:null}}}`, label)
		}
	}
	for annotation := range object.GetAnnotations() {
		if strings.Contains(annotation, "interviewtracker.dev/") {
			all["the annotation "+annotation] = fmt.Sprintf(`{"metadata":{"annotations":{%q:null}}}`, annotation)
		}
	}
	if len(object.GetOwnerReferences()) > 0 {
		all["its owner"] = `{"metadata":{"ownerReferences":null}}`
	}
	return all
}

// identityOf is what says whose an object is.
func identityOf(object *unstructured.Unstructured) []any {
	return []any{object.GetLabels(), object.GetAnnotations(), object.GetOwnerReferences()}
}

// runDatabases makes the pods of dependencies run, and their claims bound.
func runDatabases(t testing.TB, tracker *v1alpha1.InterviewTracker, names ...string) {
	t.Helper()
	for _, name := range names {
		claim := fetch(t, tracker, "data-"+name+"-0", &corev1.PersistentVolumeClaim{})
		claim.Status.Phase = corev1.ClaimBound
		must(t, k8s.Status().Update(t.Context(), claim))
		pod := fetch(t, tracker, name+"-0", &corev1.Pod{})
		pod.Status.Phase = corev1.PodRunning
		must(t, k8s.Status().Update(t.Context(), pod))
	}
}

// Somebody takes our label off the retained credentials, or off the claim, which is then to
// grow.
func TestCaseSecretLabelWiped(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), nil)
	o.ready(t, tracker)
	runDatabases(t, tracker, "hiring-database")
	o.settle(t, tracker)
	secret := fetch(t, tracker, "hiring-database-credentials", &corev1.Secret{})
	claim := fetch(t, tracker, "data-hiring-database-0", &corev1.PersistentVolumeClaim{})
	o.events()

	unlabel(t, o, tracker, claim)
	patch := `{"metadata":{"labels":{"` + v1alpha1.LabelTracker + `":null}}}`
	must(t, k8s.Patch(t.Context(), secret, client.RawPatch(types.MergePatchType, []byte(patch)), client.FieldOwner("kubectl-label")))
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		size := resource.MustParse("20Gi")
		s.Database = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{Storage: &v1alpha1.StorageSpec{Size: &size}}}
	})
	o.until(t, tracker, "it is not said why the claim can't grow", func() bool {
		return condition(tracker, "Stalled") == "True InvalidSpec" && strings.Contains(message(tracker, "Stalled"), claim.Name)
	})
	refresh(t, claim)
	refresh(t, secret)
	for _, object := range []client.Object{claim, secret} {
		if object.GetLabels()[v1alpha1.LabelTracker] != tracker.Name {
			t.Errorf("%s: labels %v", object.GetName(), object.GetLabels())
		}
	}
	events := strings.Join(o.events(), "\n")
	for _, want := range []string{"Repaired Secret hiring-database-credentials: ", "Repaired PersistentVolumeClaim data-hiring-database-0: "} {
		if !strings.Contains(events, want) {
			t.Errorf("no event %q in %s", want, events)
		}
	}
}

// An object is adopted only if all of its labels and annotations name the tracker, and no other
// object controls it.
func TestForgedObjectsAreNotTakenUp(t *testing.T) {
	t.Parallel()
	o := start(t)
	for name, change := range map[string]func(*appsv1.Deployment){
		"without the intent":        func(d *appsv1.Deployment) { delete(d.Annotations, v1alpha1.AnnotationIntent) },
		"without the tracker":       func(d *appsv1.Deployment) { delete(d.Labels, v1alpha1.LabelTracker) },
		"of another instance":       func(d *appsv1.Deployment) { d.Labels["app.kubernetes.io/instance"] = "other" },
		"managed by somebody else":  func(d *appsv1.Deployment) { d.Labels["app.kubernetes.io/managed-by"] = "Helm" },
		"controlled by somebody":    func(d *appsv1.Deployment) { d.OwnerReferences = ownedBy("example.com/v1", "App", "hiring") },
		"controlled by a namesake":  func(d *appsv1.Deployment) { d.OwnerReferences = ownedBy("example.com/v1", v1alpha1.Kind, "hiring") },
		"with a hash of their own":  func(d *appsv1.Deployment) { d.Annotations[v1alpha1.AnnotationIntent] = "0123" },
		"labelled as another's too": func(d *appsv1.Deployment) { d.Labels[v1alpha1.LabelTracker] = "other" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			theirs := &appsv1.Deployment{
				ObjectMeta: metav1.ObjectMeta{
					Namespace: namespace(t), Name: "hiring-frontend",
					Labels: map[string]string{
						v1alpha1.LabelTracker: "hiring", "app.kubernetes.io/instance": "hiring", "app.kubernetes.io/managed-by": v1alpha1.FieldManager,
					},
					Annotations: map[string]string{v1alpha1.AnnotationIntent: strings.Repeat("0", 32)},
				},
				Spec: podless(),
			}
			change(theirs)
			must(t, k8s.Create(t.Context(), theirs))
			tracker := create(t, theirs.Namespace, nil)
			o.until(t, tracker, "there is no conflict", func() bool { return condition(tracker, "Stalled") == "True NameConflict" })
			version := theirs.ResourceVersion
			refresh(t, theirs)
			if theirs.ResourceVersion != version {
				t.Error("it was written")
			}
			if events := o.events(); slices.ContainsFunc(events, func(e string) bool { return strings.Contains(e, "Adopted") }) {
				t.Errorf("events %q", events)
			}
		})
	}
}
