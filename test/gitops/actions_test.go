// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package gitops

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/argoproj/argo-cd/v3/util/lua"
	jsonpatch "github.com/evanphx/json-patch"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// enabled are the actions that Argo CD offers on an object, sorted.
func enabled(t *testing.T, vm lua.VM, object *unstructured.Unstructured) []string {
	t.Helper()
	scripts, err := vm.GetResourceActionDiscovery(object)
	if err != nil {
		t.Fatal(err)
	}
	actions, err := vm.ExecuteResourceActionDiscovery(object, scripts)
	if err != nil {
		t.Fatal("discovery.lua: ", err)
	}
	names := []string{}
	for _, action := range actions {
		if action.DisplayName == "" || action.IconClass == "" {
			t.Errorf("the action %s has no name or no icon", action.Name)
		}
		if !action.Disabled {
			names = append(names, action.Name)
		}
	}
	slices.Sort(names)
	return names
}

// run runs an action, and returns the patch that Argo CD sends for it, and the object with it.
func run(t *testing.T, vm lua.VM, object *unstructured.Unstructured, name string) (map[string]any, *unstructured.Unstructured) {
	t.Helper()
	action, err := vm.GetResourceAction(object, name)
	if err != nil {
		t.Fatal(err)
	}
	results, err := vm.ExecuteResourceAction(object, action.ActionLua, nil)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if len(results) != 1 || results[0].K8SOperation != lua.PatchOperation {
		t.Fatalf("%s does something else than patch the tracker: %+v", name, results)
	}
	changed := results[0].UnstructuredObj
	merge, err := jsonpatch.CreateMergePatch(marshal(t, object), marshal(t, changed))
	if err != nil {
		t.Fatal(err)
	}
	var patch map[string]any
	if err := json.Unmarshal(merge, &patch); err != nil {
		t.Fatal(err)
	}
	return patch, changed
}

func marshal(t *testing.T, object *unstructured.Unstructured) []byte {
	t.Helper()
	data, err := object.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// checkPatch checks that an action changes one field, and that to the value wanted, or the time.
func checkPatch(t *testing.T, patch map[string]any, began time.Time, want any, path ...string) {
	t.Helper()
	got, found, err := unstructured.NestedFieldNoCopy(patch, path...)
	if err != nil || !found {
		t.Fatalf("the patch is %v, want one of %s", patch, strings.Join(path, " "))
	}
	if written, isString := got.(string); isString && want == nil {
		if at, err := time.Parse(time.RFC3339, written); err != nil || at.Before(began.Truncate(time.Second)) {
			t.Errorf("the patch sets %q, want the time (%v)", written, err)
		}
	} else if got != want {
		t.Errorf("the patch sets %v, want %v", got, want)
	}
	for ; len(path) > 0; path = path[:len(path)-1] {
		unstructured.RemoveNestedField(patch, path...)
		if outer, _, _ := unstructured.NestedMap(patch, path[:len(path)-1]...); len(outer) > 0 {
			t.Errorf("the patch changes more: %v", patch)
		}
	}
}

// actions are what each action changes.
var actions = map[string]struct {
	path []string
	want any // nil for the time
}{
	"suspend":          {path: []string{"spec", "suspend"}, want: true},
	"resume":           {path: []string{"spec", "suspend"}, want: false},
	"restart":          {path: []string{"metadata", "annotations", v1alpha1.AnnotationRestartedAt}},
	"retry-migrations": {path: []string{"metadata", "annotations", v1alpha1.AnnotationMigrationsRetriedAt}},
}

// In each recorded state, Argo CD offers what the operator would do then, and it changes one field.
func TestActionsOfScenarios(t *testing.T) {
	vm := lua.VM{ResourceOverrides: customizations(t)}
	offered := map[string][]string{
		"suspended":       {"resume"},
		"deleting":        {},
		"migration-fails": {"restart", "retry-migrations", "suspend"},
	}
	files, err := filepath.Glob("../scenarios/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios found: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			_, object := load(t, file)
			want, special := offered[name]
			if !special {
				want = []string{"restart", "suspend"}
			}
			got := enabled(t, vm, object)
			if !slices.Equal(got, want) {
				t.Errorf("Argo CD offers %q, want %q", got, want)
			}
			for _, action := range got {
				began := time.Now()
				patch, _ := run(t, vm, object, action)
				checkPatch(t, patch, began, actions[action].want, actions[action].path...)
			}
		})
		delete(offered, name)
	}
	if len(offered) > 0 {
		t.Errorf("no scenarios have the names of %v", offered)
	}
}

// Lua knows no difference between an empty list and an empty map, and one kind of number.
func TestActionsLeaveTheRestAsItIs(t *testing.T) {
	vm := lua.VM{ResourceOverrides: customizations(t)}
	object := objects(t, []byte(`
apiVersion: apps.interviewtracker.dev/v1alpha1
kind: InterviewTracker
metadata:
  name: hiring
  namespace: team
spec:
  version: "1.0.0"
  suspend: false
  api:
    topologySpreadConstraints: []
    podLabels: {}
    resources: {limits: {cpu: 1, memory: 1Gi}}
    tolerations: [{key: a, tolerationSeconds: 9007199254740991}]
    affinity: {podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, podAffinityTerm: {topologyKey: a, labelSelector: {}}}]}}
  database: {managed: {}}
  redis: {managed: {storage: {}}}
  monitoring: {journeys: [{name: a, env: []}]}
  migrations: {command: [migrate]}
status:
  conditions: [{type: MigrationsComplete, status: "False", reason: Failed, message: ""}]
  observedGeneration: -1
`))[0]
	suspended := object.DeepCopy()
	if err := unstructured.SetNestedField(suspended.Object, true, "spec", "suspend"); err != nil {
		t.Fatal(err)
	}
	for action, change := range actions {
		began, before := time.Now(), object
		if action == "resume" {
			before = suspended
		}
		if !slices.Contains(enabled(t, vm, before), action) {
			t.Errorf("%s is not offered", action)
		}
		patch, _ := run(t, vm, before, action)
		checkPatch(t, patch, began, change.want, change.path...)
	}
}

// What is suspended can be resumed, and is as it was then.
func TestSuspendAndResume(t *testing.T) {
	vm := lua.VM{ResourceOverrides: customizations(t)}
	_, object := load(t, "../scenarios/ready.yaml")
	_, suspended := run(t, vm, object, "suspend")
	if got := enabled(t, vm, suspended); !slices.Equal(got, []string{"resume"}) {
		t.Errorf("of a suspended tracker, Argo CD offers %q", got)
	}
	_, resumed := run(t, vm, suspended, "resume")
	if got := enabled(t, vm, resumed); !slices.Equal(got, []string{"restart", "suspend"}) {
		t.Errorf("of a resumed tracker, Argo CD offers %q", got)
	}
}
