// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package flux

import (
	"maps"
	"testing"

	"github.com/fluxcd/pkg/ssa"
	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

// controller applies and compares as kustomize-controller does.
func controller() *ssa.ResourceManager {
	return ssa.NewResourceManager(k8s, nil, ssa.Owner{Field: "kustomize-controller", Group: "kustomize.toolkit.fluxcd.io"})
}

// options are those of kustomize-controller, which takes over what kubectl changed.
func options() ssa.ApplyOptions {
	options := ssa.DefaultApplyOptions()
	options.Cleanup = ssa.ApplyCleanupOptions{
		Annotations: []string{"kubectl.kubernetes.io/last-applied-configuration"},
		FieldManagers: []ssa.FieldManager{
			{Name: "kubectl", OperationType: metav1.ManagedFieldsOperationApply},
			{Name: "kubectl", OperationType: metav1.ManagedFieldsOperationUpdate},
			{Name: "before-first-apply", OperationType: metav1.ManagedFieldsOperationUpdate},
		},
	}
	return options
}

func sync(t *testing.T, wanted *unstructured.Unstructured) ssa.Action {
	t.Helper()
	entry, err := controller().Apply(t.Context(), wanted.DeepCopy(), options())
	if err != nil {
		t.Fatal("applying it: ", err)
	}
	return entry.Action
}

// inSync checks that Flux sees no difference, and writes nothing.
func inSync(t *testing.T, when string, wanted *unstructured.Unstructured) {
	t.Helper()
	entry, live, merged, err := controller().Diff(t.Context(), wanted.DeepCopy(), ssa.DefaultDiffOptions())
	if err != nil {
		t.Fatal("comparing it: ", err)
	}
	if entry.Action != ssa.UnchangedAction {
		t.Errorf("%s, Flux sees a difference (- live, + Git): %s\n%s", when, entry.Action, cmp.Diff(live, merged))
	}
	if action := sync(t, wanted); action != ssa.UnchangedAction {
		t.Errorf("%s, Flux writes: %s", when, action)
	}
}

func get(t *testing.T, of *unstructured.Unstructured) *unstructured.Unstructured {
	t.Helper()
	live := &unstructured.Unstructured{}
	live.SetGroupVersionKind(of.GroupVersionKind())
	if err := k8s.Get(t.Context(), client.ObjectKeyFromObject(of), live); err != nil {
		t.Fatal(err)
	}
	return live
}

// patch writes a merge patch in the name of a manager.
func patch(t *testing.T, of *unstructured.Unstructured, manager, patch string) {
	t.Helper()
	raw := client.RawPatch(types.MergePatchType, []byte(patch))
	if err := k8s.Patch(t.Context(), get(t, of), raw, client.FieldOwner(manager)); err != nil {
		t.Fatal(err)
	}
}

// reportStatus writes a status as the operator does.
func reportStatus(t *testing.T, of *unstructured.Unstructured, ready string) {
	t.Helper()
	raw := client.RawPatch(types.MergePatchType, []byte(`{"status": {"observedGeneration": 1, "conditions": [
		{"type": "Ready", "status": "`+ready+`", "reason": "Test", "message": "text", "lastTransitionTime": "2026-01-02T03:04:05Z"}]}}`))
	if err := k8s.Status().Patch(t.Context(), get(t, of), raw, client.FieldOwner(v1alpha1.FieldManager)); err != nil {
		t.Fatal(err)
	}
}

// gitFiles are the trackers of the files that a Git repository may hold.
func gitFiles(t *testing.T) map[string]string {
	t.Helper()
	all := files(t, "../../config/samples/*.yaml")
	delete(all, "kustomization")
	maps.Copy(all, files(t, "../gitops/testdata/*.yaml"))
	maps.Copy(all, files(t, "../../internal/desired/testdata/development-full.in.yaml"))
	return all
}

// tracker is that of a file, in a namespace, labelled as Flux labels it.
func tracker(t *testing.T, file, namespace string) *unstructured.Unstructured {
	t.Helper()
	tracker := object(t, file)
	tracker.SetUID("")
	tracker.SetNamespace(namespace)
	controller().SetOwnerLabels([]*unstructured.Unstructured{tracker}, "hiring", "flux-system")
	return tracker
}

// However a file is written, Flux sees no difference once it is applied.
func TestFluxSeesNoDifference(t *testing.T) {
	for name, file := range gitFiles(t) {
		t.Run(name, func(t *testing.T) {
			wanted := tracker(t, file, namespace(t))
			if action := sync(t, wanted); action != ssa.CreatedAction {
				t.Fatalf("it is %s", action)
			}
			inSync(t, "after the sync", wanted)
			reportStatus(t, wanted, "False")
			inSync(t, "with a status", wanted)

			printed := get(t, wanted)
			printed.SetManagedFields(nil)
			printed.SetResourceVersion("")
			sync(t, printed)
			inSync(t, "from what kubectl prints", printed)
			reportStatus(t, wanted, "True")
			inSync(t, "from what kubectl printed when the status was another", printed)
		})
	}
}

// Another spelling is one change in Git, and none afterwards.
func TestFluxTakesAnotherSpelling(t *testing.T) {
	before := tracker(t, "../gitops/testdata/canonical.yaml", namespace(t))
	after := tracker(t, "../gitops/testdata/respelled.yaml", before.GetNamespace())
	sync(t, before)
	if action := sync(t, after); action != ssa.ConfiguredAction {
		t.Errorf("another spelling is %s, want that it is written as it is in Git", action)
	}
	inSync(t, "after the sync", after)
}

// What somebody asks for by an annotation stays, also by the plugin, unless kubectl wrote it: Flux undoes that. The
// operator restarts nothing because of it.
func TestWhatFluxUndoes(t *testing.T) {
	const restart = `{"metadata": {"annotations": {"` + v1alpha1.AnnotationRestartedAt + `": "2026-03-01T09:00:00Z"}}}`
	for manager, stays := range map[string]bool{"argocd-server": true, "kubectl-annotate": false, plugin.FieldManager: true} {
		t.Run(manager, func(t *testing.T) {
			wanted := tracker(t, "../../config/samples/development.yaml", namespace(t))
			sync(t, wanted)
			patch(t, wanted, manager, restart)
			patch(t, wanted, manager, `{"spec": {"suspend": true}}`)
			sync(t, wanted)
			live := get(t, wanted)
			_, annotated := live.GetAnnotations()[v1alpha1.AnnotationRestartedAt]
			_, suspended, err := unstructured.NestedBool(live.Object, "spec", "suspend")
			if err != nil || annotated != stays || suspended != stays {
				t.Errorf("after the next sync, the annotation is there: %t, suspend: %t, want %t (%v)", annotated, suspended, stays, err)
			}
			inSync(t, "afterwards", wanted)
		})
	}
}
