// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package gitops

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/argoproj/argo-cd/v3/common"
	argo "github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	argodiff "github.com/argoproj/argo-cd/v3/util/argo/diff"
	"github.com/argoproj/argo-cd/v3/util/argo/normalizers"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"github.com/argoproj/gitops-engine/pkg/diff"
	"github.com/argoproj/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/gitops-engine/pkg/utils/tracing"
	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/apimachinery/pkg/util/wait"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
	"k8s.io/kubectl/pkg/util/openapi"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// application is an Application of Argo CD's, as far as it compares and syncs.
type application struct {
	serverSideApply bool // syncPolicy.syncOptions: [ServerSideApply=true]
	operations      kube.ResourceOperations
	diff            argodiff.DiffConfig
}

// applications are the ways in which Argo CD syncs and compares, as its controller sets them up
// from config/argocd.
func applications(t *testing.T) map[string]application {
	t.Helper()
	kubectl := &kube.KubectlCmd{Log: logr.Discard(), Tracer: tracing.NopTracer{}}
	var schemas openapi.Resources
	var parser *managedfields.GvkParser
	// The API server publishes the schema of a CRD a moment after it serves the kind.
	err := wait.PollUntilContextTimeout(t.Context(), 200*time.Millisecond, time.Minute, true, func(context.Context) (bool, error) {
		var err error
		schemas, parser, err = kubectl.LoadOpenAPISchema(cluster)
		return err == nil && parser.Type(v1alpha1.GroupVersion.WithKind(v1alpha1.Kind)) != nil, err
	})
	if err != nil {
		t.Fatal("reading the API server's schemas: ", err)
	}
	operations, cleanup, err := kubectl.ManageResources(cluster, schemas)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cleanup)
	dryRun, cleanup, err := kube.ManageServerSideDiffDryRuns(cluster, schemas, tracing.NopTracer{}, logr.Discard(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cleanup)
	overrides := customizations(t)
	of := func(serverSideApply, serverSideDiff bool) application {
		config, err := argodiff.NewDiffConfigBuilder().
			WithDiffSettings(nil, overrides, false, normalizers.IgnoreNormalizerOpts{}).
			WithTracking(common.LabelKeyAppInstance, string(argo.TrackingMethodAnnotation)).
			WithNoCache().
			WithGVKParser(parser).
			WithManager(common.ArgoCDSSAManager).
			WithStructuredMergeDiff(serverSideApply).
			WithServerSideDiff(serverSideDiff).
			WithServerSideDryRunner(diff.NewK8sServerSideDryRunner(dryRun)).
			WithLogger(logr.Discard()).
			Build()
		if err != nil {
			t.Fatal(err)
		}
		return application{serverSideApply: serverSideApply, operations: operations, diff: config}
	}
	return map[string]application{
		"client-side apply":                      of(false, false),
		"server-side apply":                      of(true, false),
		"client-side apply, with ServerSideDiff": of(false, true),
		"server-side apply, with ServerSideDiff": of(true, true),
	}
}

// sync applies an object of Git.
func (a application) sync(t *testing.T, wanted *unstructured.Unstructured) {
	t.Helper()
	if err := a.apply(t, wanted); err != nil {
		t.Fatal("applying it: ", err)
	}
}

func (a application) apply(t *testing.T, wanted *unstructured.Unstructured) error {
	t.Helper()
	_, err := a.operations.ApplyResource(t.Context(), wanted.DeepCopy(), cmdutil.DryRunNone, false, true, a.serverSideApply, common.ArgoCDSSAManager)
	return err
}

// difference is what Argo CD would show between the cluster and Git; empty if they are in sync.
func (a application) difference(t *testing.T, wanted *unstructured.Unstructured) string {
	t.Helper()
	result, err := argodiff.StateDiff(get(t, wanted.GetNamespace(), wanted.GetName()), wanted, a.diff)
	if err != nil {
		t.Fatal("comparing it: ", err)
	}
	if !result.Modified {
		return ""
	}
	return cmp.Diff(asYAML(t, result.NormalizedLive), asYAML(t, result.PredictedLive)) + "\n"
}

func asYAML(t *testing.T, json []byte) string {
	t.Helper()
	text, err := yaml.JSONToYAML(json)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// tracked is an object of Git in a namespace, marked as Argo CD marks it.
func tracked(object *unstructured.Unstructured, namespace string) *unstructured.Unstructured {
	tracked := object.DeepCopy()
	tracked.SetNamespace(namespace)
	tracked.SetAnnotations(map[string]string{
		common.AnnotationKeyAppInstance: "hiring:apps.interviewtracker.dev/InterviewTracker:" + namespace + "/" + object.GetName(),
	})
	return tracked
}

// printed is what `kubectl get -o yaml` prints of a tracker.
func printed(t *testing.T, tracker *unstructured.Unstructured) *unstructured.Unstructured {
	t.Helper()
	printed := get(t, tracker.GetNamespace(), tracker.GetName())
	printed.SetManagedFields(nil)
	return printed
}

// However a file is written, Argo CD sees no difference once it is applied: not after the
// operator has reported a status, and not after an action.
func TestArgoCDSeesNoDifference(t *testing.T) {
	vm := lua.VM{ResourceOverrides: customizations(t)}
	for way, app := range applications(t) {
		for file, tracker := range gitFiles(t) {
			t.Run(way+"/"+file, func(t *testing.T) {
				wanted := tracked(tracker, namespace(t))
				inSync := func(when string) {
					t.Helper()
					if difference := app.difference(t, wanted); difference != "" {
						t.Errorf("%s, Argo CD sees a difference (- live, + Git):\n%s", when, difference)
					}
				}
				app.sync(t, wanted)
				inSync("after the sync")
				reportStatus(t, get(t, wanted.GetNamespace(), wanted.GetName()), "False")
				inSync("with a status")
				app.sync(t, wanted)
				inSync("after another sync")

				act(t, vm, wanted, "restart")
				inSync("after a restart")
				act(t, vm, wanted, "suspend")
				if _, written, _ := unstructured.NestedBool(wanted.Object, "spec", "suspend"); !written {
					inSync("when suspended")
				} else if app.difference(t, wanted) == "" {
					t.Error("Argo CD does not see that a tracker is suspended whose file says that it is not")
				}
				act(t, vm, wanted, "resume")
				inSync("when resumed")
			})
		}
	}
}

// act does what Argo CD does when a person chooses an action.
func act(t *testing.T, vm lua.VM, tracker *unstructured.Unstructured, action string) {
	t.Helper()
	live := get(t, tracker.GetNamespace(), tracker.GetName())
	patch, _ := run(t, vm, live, action)
	data, err := json.Marshal(patch)
	if err != nil {
		t.Fatal(err)
	}
	_, err = trackers(live.GetNamespace()).Patch(t.Context(), live.GetName(), types.MergePatchType, data, metav1.PatchOptions{FieldManager: "argocd-server"})
	if err != nil {
		t.Fatalf("%s: %v", action, err)
	}
}

// What kubectl prints can be put into Git as it is, except for the version of that moment. Argo CD's
// client-side apply takes what the API server has set for what is to be removed: it goes, too.
func TestArgoCDAcceptsWhatKubectlPrints(t *testing.T) {
	for way, app := range applications(t) {
		for file, tracker := range gitFiles(t) {
			t.Run(way+"/"+file, func(t *testing.T) {
				first := tracked(tracker, namespace(t))
				app.sync(t, first)
				reportStatus(t, get(t, first.GetNamespace(), first.GetName()), "False")
				wanted := printed(t, first)
				wanted.SetResourceVersion("")
				if way == "client-side apply" {
					for _, field := range [][]string{{"status"}, {"metadata", "creationTimestamp"}, {"metadata", "generation"}, {"metadata", "uid"}} {
						unstructured.RemoveNestedField(wanted.Object, field...)
					}
				}
				app.sync(t, wanted)
				if difference := app.difference(t, wanted); difference != "" {
					t.Errorf("after the sync, Argo CD sees a difference (- live, + Git):\n%s", difference)
				}
				reportStatus(t, get(t, first.GetNamespace(), first.GetName()), "True")
				app.sync(t, wanted)
				if difference := app.difference(t, wanted); difference != "" {
					t.Errorf("with another status, Argo CD sees a difference (- live, + Git):\n%s", difference)
				}
			})
		}
	}
}

// Why docs/gitops.md has these fields removed.
func TestArgoCDRefusesWhatKubectlPrintsUnedited(t *testing.T) {
	for way, app := range applications(t) {
		t.Run(way, func(t *testing.T) {
			first := tracked(gitFiles(t)["canonical"], namespace(t))
			app.sync(t, first)
			unedited := printed(t, first)
			reportStatus(t, get(t, first.GetNamespace(), first.GetName()), "False")
			if err := app.apply(t, unedited); err == nil || !strings.Contains(err.Error(), "the object has been modified") {
				t.Errorf("with the version of another moment: %v, want a conflict", err)
			}
			unedited.SetResourceVersion("")
			app.sync(t, unedited)
			if difference, want := app.difference(t, unedited), way == "client-side apply"; (difference != "") != want {
				t.Errorf("with what the API server sets, Argo CD sees a difference: %t, want %t\n%s", !want, want, difference)
			}
		})
	}
}

// Another spelling is one change in Git, and none afterwards.
func TestArgoCDTakesAnotherSpelling(t *testing.T) {
	files := gitFiles(t)
	for way, app := range applications(t) {
		t.Run(way, func(t *testing.T) {
			before := tracked(files["canonical"], namespace(t))
			after := tracked(files["respelled"], before.GetNamespace())
			app.sync(t, before)
			if app.difference(t, after) == "" {
				t.Error("Argo CD sees no difference before the sync: the test compares nothing")
			}
			app.sync(t, after)
			if difference := app.difference(t, after); difference != "" {
				t.Errorf("Argo CD sees a difference (- live, + Git):\n%s", difference)
			}
		})
	}
}
