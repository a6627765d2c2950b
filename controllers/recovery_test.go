// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// everything is a tracker that has objects of all kinds.
func everything(t *v1alpha1.InterviewTracker) {
	t.Spec.Environment = v1alpha1.Production
	t.Spec.Database = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{}}
	t.Spec.Redis = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{Retention: v1alpha1.RetentionDelete}}
	t.Spec.Monitoring = &v1alpha1.MonitoringSpec{Synthetic: &v1alpha1.SyntheticSpec{ProberAddress: "blackbox-exporter.monitoring:9115"}}
	t.Spec.API = &v1alpha1.ComponentSpec{Autoscaling: &v1alpha1.AutoscalingSpec{MinReplicas: new(int32(2)), MaxReplicas: 9}}
}

// objectsOf are a tracker's objects, those included that outlive it, and not what others make of them.
func objectsOf(t testing.TB, tracker *v1alpha1.InterviewTracker) []*unstructured.Unstructured {
	t.Helper()
	var all []*unstructured.Unstructured
	for _, k := range kinds.All() {
		if k.Phase == "" && k.Kind != "PersistentVolumeClaim" {
			continue
		}
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(k.GroupVersion().WithKind(k.Kind + "List"))
		must(t, k8s.List(t.Context(), list, client.InNamespace(tracker.Namespace), client.MatchingLabels{v1alpha1.LabelTracker: tracker.Name}))
		for i := range list.Items {
			all = append(all, &list.Items[i])
		}
	}
	return all
}

// backedUp is an object as Velero restores it: without what identified it, its owners and its status.
func backedUp(object *unstructured.Unstructured, keepManagers bool) *unstructured.Unstructured {
	saved := object.DeepCopy()
	managers := saved.GetManagedFields()
	metadata, _, _ := unstructured.NestedMap(saved.Object, "metadata")
	maps.DeleteFunc(metadata, func(field string, _ any) bool {
		return !slices.Contains([]string{"name", "namespace", "labels", "annotations"}, field)
	})
	_ = unstructured.SetNestedMap(saved.Object, metadata, "metadata")
	unstructured.RemoveNestedField(saved.Object, "status")
	switch saved.GetKind() {
	case "Service":
		unstructured.RemoveNestedField(saved.Object, "spec", "clusterIP")
		unstructured.RemoveNestedField(saved.Object, "spec", "clusterIPs")
	case "Job":
		unstructured.RemoveNestedField(saved.Object, "spec", "selector")
		for _, label := range []string{"controller-uid", "batch.kubernetes.io/controller-uid"} {
			unstructured.RemoveNestedField(saved.Object, "spec", "template", "metadata", "labels", label)
		}
	}
	if keepManagers { // As Velero restores them, after the object.
		saved.SetManagedFields(managers)
	}
	return saved
}

// restore creates an object that was backed up.
func restore(t testing.TB, saved *unstructured.Unstructured) {
	t.Helper()
	object := saved.DeepCopy()
	managers := object.GetManagedFields()
	object.SetManagedFields(nil)
	must(t, k8s.Create(t.Context(), object, client.FieldOwner("velero-server")))
	if len(managers) > 0 {
		before := object.DeepCopy()
		object.SetManagedFields(managers)
		must(t, k8s.Patch(t.Context(), object, client.MergeFrom(before), client.FieldOwner("velero-server")))
	}
}

// lose deletes all of a namespace's objects of a tracker, the claims with their data, as a lost cluster.
func lose(t testing.TB, o *operator, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	must(t, client.IgnoreNotFound(k8s.Delete(t.Context(), tracker)))
	for _, k := range kinds.All() {
		if !k.BelongsToTracker() {
			continue
		}
		list := k.NewList()
		must(t, k8s.List(t.Context(), list, client.InNamespace(tracker.Namespace), client.MatchingLabels{v1alpha1.LabelTracker: tracker.Name}))
		must(t, meta.EachListItem(list, func(item runtime.Object) error {
			object, _ := item.(client.Object)
			if len(object.GetFinalizers()) > 0 {
				object.SetFinalizers(nil)
				must(t, k8s.Patch(t.Context(), object, client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"finalizers":null}}`))))
			}
			return client.IgnoreNotFound(k8s.Delete(t.Context(), object, client.GracePeriodSeconds(0), client.PropagationPolicy(metav1.DeletePropagationBackground)))
		}))
	}
	eventually(t, "the caches keep what was lost", func() bool {
		_, err := o.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(tracker)})
		if err != nil {
			return false
		}
		none := true
		for _, k := range kinds.All() {
			if !k.BelongsToTracker() {
				continue
			}
			list := k.NewList()
			must(t, o.Client.List(t.Context(), list, client.InNamespace(tracker.Namespace), client.MatchingLabels{v1alpha1.LabelTracker: tracker.Name}))
			none = none && meta.LenList(list) == 0
		}
		return none && apierrors.IsNotFound(o.Client.Get(t.Context(), client.ObjectKeyFromObject(tracker), &v1alpha1.InterviewTracker{}))
	})
}

// caches waits until the operator's caches hold objects as they are.
func (o *operator) caches(t testing.TB, objects []*unstructured.Unstructured) {
	t.Helper()
	for _, object := range objects {
		k, ok := kinds.Of(object.GroupVersionKind().GroupKind())
		if !ok {
			t.Fatal(object.GetKind())
		}
		refresh(t, object)
		eventually(t, "the caches lack "+object.GetKind(), func() bool {
			held := k.New()
			err := o.Client.Get(t.Context(), client.ObjectKeyFromObject(object), held)
			return err == nil && held.GetResourceVersion() == object.GetResourceVersion()
		})
	}
}

// essence is what an object is, without what the API server gives it.
func essence(objects []*unstructured.Unstructured) map[string]any {
	all := map[string]any{}
	for _, object := range objects {
		saved := backedUp(object, false)
		annotations := saved.GetAnnotations()
		delete(annotations, v1alpha1.AnnotationIntent) // It stands for the UID of the tracker, too.
		saved.SetAnnotations(annotations)
		for _, field := range []string{"clusterIP", "clusterIPs", "volumeName"} {
			unstructured.RemoveNestedField(saved.Object, "spec", field)
		}
		all[saved.GetKind()+" "+saved.GetName()] = saved.Object
	}
	return all
}

// A tracker that is restored from a backup takes its own objects up again: whichever of them
// come first, in one reconciliation, with an event for each, and with the data that they had.
func TestRecoveryWithoutOwnerReferences(t *testing.T) {
	t.Parallel()
	isData := func(o *unstructured.Unstructured) bool {
		return o.GetKind() == "PersistentVolumeClaim" || o.GetKind() == "Secret"
	}
	for name, test := range map[string]struct {
		order    func(tracker *unstructured.Unstructured, objects []*unstructured.Unstructured) []*unstructured.Unstructured
		managers bool
		between  bool // The operator runs between the steps.
	}{
		"tracker last, as Velero restores": {
			order: func(tracker *unstructured.Unstructured, objects []*unstructured.Unstructured) []*unstructured.Unstructured {
				return append(objects, tracker)
			}, managers: true, between: true,
		},
		"tracker first": {
			order: func(tracker *unstructured.Unstructured, objects []*unstructured.Unstructured) []*unstructured.Unstructured {
				return append([]*unstructured.Unstructured{tracker}, objects...)
			},
		},
		"in reverse": {
			order: func(tracker *unstructured.Unstructured, objects []*unstructured.Unstructured) []*unstructured.Unstructured {
				slices.Reverse(objects)
				return append(objects, tracker)
			}, between: true,
		},
		"Secrets after the tracker": {
			order: func(tracker *unstructured.Unstructured, objects []*unstructured.Unstructured) []*unstructured.Unstructured {
				var secrets, rest []*unstructured.Unstructured
				for _, o := range objects {
					if o.GetKind() == "Secret" {
						secrets = append(secrets, o)
					} else {
						rest = append(rest, o)
					}
				}
				return slices.Concat(rest, []*unstructured.Unstructured{tracker}, secrets)
			}, managers: true, between: true,
		},
		"data, the tracker, and the rest while it runs": {
			order: func(tracker *unstructured.Unstructured, objects []*unstructured.Unstructured) []*unstructured.Unstructured {
				slices.SortStableFunc(objects, func(a, b *unstructured.Unstructured) int {
					switch {
					case isData(a) == isData(b):
						return 0
					case isData(a):
						return -1
					}
					return 1
				})
				i := slices.IndexFunc(objects, func(o *unstructured.Unstructured) bool { return !isData(o) })
				return slices.Insert(objects, i, tracker)
			}, managers: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := start(t)
			tracker := create(t, namespace(t), everything)
			o.ready(t, tracker)
			objects := objectsOf(t, tracker)
			before := essence(objects)
			passwords := passwordsOf(t, tracker)

			raw := &unstructured.Unstructured{}
			raw.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(v1alpha1.Kind))
			raw = fetch(t, tracker, tracker.Name, raw)
			saved := []*unstructured.Unstructured{}
			for _, object := range objects {
				saved = append(saved, backedUp(object, test.managers))
			}
			order := test.order(backedUp(raw, false), slices.Clone(saved))
			lose(t, o, tracker)
			o.events()

			for _, object := range order {
				restore(t, object)
				if test.between {
					_, err := o.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(tracker)})
					must(t, err)
				}
			}
			refresh(t, tracker)
			o.caches(t, slices.DeleteFunc(objectsOf(t, tracker), func(o *unstructured.Unstructured) bool { return metav1.GetControllerOf(o) != nil }))
			o.caches(t, []*unstructured.Unstructured{fetch(t, tracker, tracker.Name, raw)})
			o.once(t, tracker)
			for _, object := range objectsOf(t, tracker) {
				outlives := object.GetKind() == "PersistentVolumeClaim" || object.GetName() == "hiring-database-credentials"
				if !outlives && !metav1.IsControlledBy(object, tracker) {
					t.Errorf("%s %s is not taken up in one reconciliation", object.GetKind(), object.GetName())
				}
			}
			o.settle(t, tracker)
			events := strings.Join(o.events(), "\n")
			for _, object := range saved {
				if outlives := object.GetKind() == "PersistentVolumeClaim" || object.GetName() == "hiring-database-credentials"; !outlives {
					if want := "Normal Adopted Adopted " + object.GetKind() + " " + object.GetName() + ":"; strings.Count(events, want) != 1 {
						t.Errorf("%d events %q in\n%s", strings.Count(events, want), want, events)
					}
				}
			}
			if diff := cmp.Diff(before, essence(objectsOf(t, tracker))); diff != "" {
				t.Errorf("they differ from what they were (-before +after):\n%s", diff)
			}
			if diff := cmp.Diff(passwords, passwordsOf(t, tracker)); diff != "" {
				t.Error("there are other passwords than before")
			}
			bringUp(t, tracker)
			o.until(t, tracker, "the tracker does not become Ready", func() bool {
				return condition(tracker, v1alpha1.ConditionReady) == "True Ready"
			})
			o.settle(t, tracker)
			o.requests.take()
			for range 3 {
				o.once(t, tracker)
			}
			if got := notWatches(o.requests.take()); len(got) > 0 {
				t.Errorf("requests when nothing changes: %v", got)
			}
		})
	}
}

// Where the claims come back before the Secrets that open them, no password is made and no
// database begins without its data.
func TestSecretsRestoredAfterTheTracker(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), everything)
	o.ready(t, tracker)
	passwords := passwordsOf(t, tracker)
	var claims, secrets []*unstructured.Unstructured
	for _, object := range objectsOf(t, tracker) {
		switch object.GetKind() {
		case "PersistentVolumeClaim":
			claims = append(claims, backedUp(object, true))
		case "Secret":
			secrets = append(secrets, backedUp(object, true))
		}
	}
	lose(t, o, tracker)
	for _, claim := range claims {
		restore(t, claim)
	}
	tracker = create(t, tracker.Namespace, everything)
	o.until(t, tracker, "it is not said that the credentials are lost", func() bool {
		return condition(tracker, "DatabaseHealthy") == "False CredentialsLost" && condition(tracker, "RedisHealthy") == "False CredentialsLost"
	})
	o.once(t, tracker)
	for _, name := range []string{"hiring-database", "hiring-redis"} {
		if exists(t, tracker, name, &appsv1.StatefulSet{}) || exists(t, tracker, name+"-credentials", &corev1.Secret{}) {
			t.Errorf("%s: a database or a password was made over existing data", name)
		}
	}
	for _, secret := range secrets {
		restore(t, secret)
	}
	o.until(t, tracker, "the databases don't come back", func() bool {
		return exists(t, tracker, "hiring-database", &appsv1.StatefulSet{}) && exists(t, tracker, "hiring-redis", &appsv1.StatefulSet{})
	})
	if diff := cmp.Diff(passwords, passwordsOf(t, tracker)); diff != "" {
		t.Error("there are other passwords than before")
	}
}

// passwordsOf are the data of a tracker's credentials.
func passwordsOf(t testing.TB, tracker *v1alpha1.InterviewTracker) map[string]map[string][]byte {
	t.Helper()
	all := map[string]map[string][]byte{}
	for _, d := range []v1alpha1.Component{v1alpha1.ComponentDatabase, v1alpha1.ComponentRedis} {
		all[string(d)] = fetch(t, tracker, tracker.CredentialsName(d), &corev1.Secret{}).Data
	}
	return all
}

// What the garbage collector does to the objects of a tracker that is deleted with --cascade=orphan.
func orphan(t testing.TB, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	must(t, k8s.Delete(t.Context(), tracker, client.PropagationPolicy(metav1.DeletePropagationOrphan)))
	for _, object := range objectsOf(t, tracker) {
		if metav1.IsControlledBy(object, tracker) {
			patch := client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"ownerReferences":null}}`))
			must(t, k8s.Patch(t.Context(), object, patch, client.FieldOwner("kube-controller-manager")))
		}
	}
	must(t, client.IgnoreNotFound(k8s.Patch(t.Context(), tracker,
		client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"finalizers":null}}`)))))
}

// A tracker that is created again after a deletion with --cascade=orphan takes its objects up:
// what runs goes on running, and what it no longer wants goes.
func TestRecreatedAfterOrphaning(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), everything)
	o.ready(t, tracker)
	scale(t, tracker, 7)
	rollOut(t, tracker, v1alpha1.ComponentAPI)
	o.settle(t, tracker)
	before := fetch(t, tracker, "hiring-api", &appsv1.Deployment{})
	passwords := passwordsOf(t, tracker)

	orphan(t, tracker)
	// The caches show the orphans, and a tracker that is gone is not made their owner.
	_, err := o.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(tracker)})
	must(t, err)
	if d := fetch(t, tracker, "hiring-api", &appsv1.Deployment{}); len(d.OwnerReferences) > 0 {
		t.Fatalf("owners %v", d.OwnerReferences)
	}
	eventually(t, "the cache keeps the tracker", func() bool {
		return apierrors.IsNotFound(o.Client.Get(t.Context(), client.ObjectKeyFromObject(tracker), &v1alpha1.InterviewTracker{}))
	})
	o.events()
	tracker = create(t, tracker.Namespace, func(tracker *v1alpha1.InterviewTracker) {
		everything(tracker)
		tracker.Spec.API = nil // And with it the autoscaler.
	})
	o.settle(t, tracker)
	after := fetch(t, tracker, "hiring-api", &appsv1.Deployment{})
	if !metav1.IsControlledBy(after, tracker) || after.UID != before.UID {
		t.Errorf("the Deployment is another one, or has owners %v", after.OwnerReferences)
	}
	if diff := cmp.Diff(before.Spec.Template, after.Spec.Template); diff != "" {
		t.Errorf("the pods are replaced:\n%s", diff)
	}
	if exists(t, tracker, "hiring-api", &autoscalingv2.HorizontalPodAutoscaler{}) {
		t.Error("the autoscaler that is not in the spec still exists")
	}
	if diff := cmp.Diff(passwords, passwordsOf(t, tracker)); diff != "" {
		t.Error("there are other passwords than before")
	}
	if events := strings.Join(o.events(), "\n"); !strings.Contains(events, "Adopted Deployment hiring-api") ||
		!strings.Contains(events, "Deleted HorizontalPodAutoscaler hiring-api") {
		t.Errorf("events\n%s", events)
	}
}

// The Job of migrations that were done is taken up, and they don't run again.
func TestOrphanedMigrationsAreTakenUp(t *testing.T) {
	t.Parallel()
	o := start(t)
	migrated := func(tracker *v1alpha1.InterviewTracker) {
		tracker.Spec.Migrations = &v1alpha1.MigrationsSpec{Command: []string{"migrate"}}
	}
	tracker := create(t, namespace(t), migrated)
	o.migrate(t, tracker)
	before := fetch(t, tracker, jobName(tracker), &batchv1.Job{})
	orphan(t, tracker)
	eventually(t, "the cache keeps the tracker", func() bool {
		return apierrors.IsNotFound(o.Client.Get(t.Context(), client.ObjectKeyFromObject(tracker), &v1alpha1.InterviewTracker{}))
	})
	tracker = create(t, tracker.Namespace, migrated)
	o.settle(t, tracker)
	after := fetch(t, tracker, jobName(tracker), &batchv1.Job{})
	if !metav1.IsControlledBy(after, tracker) || after.UID != before.UID {
		t.Errorf("the Job is another one, or has owners %v", after.OwnerReferences)
	}
}
