// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package gitops

import (
	"strings"
	"testing"

	"github.com/argoproj/argo-cd/v3/applicationset/utils"
	argo "github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/gitops-engine/pkg/sync/syncwaves"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// checkApplication checks what an example of an Application promises.
func checkApplication(t *testing.T, name string, app *argo.Application) {
	t.Helper()
	source, policy := app.Spec.GetSource(), app.Spec.SyncPolicy
	switch {
	case app.Kind != "" && (app.Kind != "Application" || app.APIVersion != argo.SchemeGroupVersion.String()):
		t.Errorf("%s is a %s of %s", name, app.Kind, app.APIVersion)
	case source.RepoURL == "" || source.Path == "" || app.Spec.Destination.Namespace == "" || app.Spec.Destination.Server != argo.KubernetesInternalAPIServerAddr:
		t.Errorf("%s lacks a source or a destination: %+v", name, app.Spec)
	case len(app.Spec.IgnoreDifferences) > 0:
		t.Errorf("%s ignores differences, and there are none", name)
	case policy == nil || policy.Automated == nil || !policy.Automated.SelfHeal || !policy.SyncOptions.HasOption("ServerSideApply=true"):
		t.Errorf("%s does not sync and heal itself by server-side apply: %+v", name, policy)
	}
}

func TestApplications(t *testing.T) {
	for name, prunes := range map[string]bool{"application.yaml": true, "operator.yaml": false} {
		app := &argo.Application{}
		if err := yaml.UnmarshalStrict(read(t, argocd+name), app); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		checkApplication(t, name, app)
		if app.Spec.SyncPolicy.Automated.Prune != prunes {
			t.Errorf("%s prunes: %t, want %t", name, !prunes, prunes)
		}
	}
}

// Each folder becomes an Application of a namespace of its own.
func TestApplicationSet(t *testing.T) {
	first, second, _ := strings.Cut(string(read(t, argocd+"applicationset.yaml")), "\n---\n")
	project, set := &argo.AppProject{}, &argo.ApplicationSet{}
	for document, into := range map[string]any{first: project, second: set} {
		if err := yaml.UnmarshalStrict([]byte(document), into); err != nil {
			t.Fatal(err)
		}
	}
	checkProject(t, project)
	if set.Kind != "ApplicationSet" || set.APIVersion != argo.SchemeGroupVersion.String() || len(set.Spec.Generators) != 1 || set.Spec.Generators[0].Git == nil {
		t.Fatalf("it is no ApplicationSet with one generator of Git folders: %+v", set)
	}
	git := set.Spec.Generators[0].Git
	for _, team := range []string{"people", "engineering"} {
		template := &argo.Application{Spec: set.Spec.Template.Spec, ObjectMeta: metav1.ObjectMeta{Name: set.Spec.Template.Name}}
		folder := strings.ReplaceAll(git.Directories[0].Path, "*", team)
		parameters := map[string]any{"path": map[string]any{"path": folder, "basename": team}}
		app, err := (&utils.Render{}).RenderTemplateParams(template, set.Spec.SyncPolicy, parameters, set.Spec.GoTemplate, set.Spec.GoTemplateOptions)
		if err != nil {
			t.Fatal(err)
		}
		checkApplication(t, team, app)
		source := app.Spec.GetSource()
		if app.Name != "tracker-"+team || app.Spec.Destination.Namespace != "team-"+team || source.Path != "teams/"+team || source.RepoURL != git.RepoURL {
			t.Errorf("the Application of the team %s is %+v", team, app)
		}
		if app.Spec.Project != project.Name || !project.IsSourcePermitted(source) || !goesTo(t, project, app.Spec.Destination.Namespace) {
			t.Errorf("the project %s does not permit the Application of the team %s: %+v", project.Name, team, app)
		}
	}
}

// checkProject checks that a project permits trackers in namespaces of teams alone.
func checkProject(t *testing.T, project *argo.AppProject) {
	t.Helper()
	if err := project.ValidateProject(); project.Kind != "AppProject" || err != nil {
		t.Fatalf("it is no AppProject (%v): %+v", err, project)
	}
	for kind, permitted := range map[schema.GroupKind]bool{
		v1alpha1.GroupVersion.WithKind(v1alpha1.Kind).GroupKind(): true,
		{Group: "apps", Kind: "Deployment"}:                       false,
		{Kind: "Secret"}:                                          false,
	} {
		if project.IsGroupKindPermitted(kind, true) != permitted {
			t.Errorf("the project permits %s: %t, want %t", kind, !permitted, permitted)
		}
	}
	for _, kind := range []string{"ClusterRole", "ClusterRoleBinding"} {
		if project.IsGroupKindPermitted(schema.GroupKind{Group: "rbac.authorization.k8s.io", Kind: kind}, false) {
			t.Errorf("the project permits a %s", kind)
		}
	}
	for _, namespace := range []string{"argocd", "kube-system", "default"} {
		if goesTo(t, project, namespace) {
			t.Errorf("the project permits the namespace %s", namespace)
		}
	}
}

// goesTo reports whether a project permits a namespace of the cluster that Argo CD runs in.
func goesTo(t *testing.T, project *argo.AppProject, namespace string) bool {
	t.Helper()
	cluster := &argo.Cluster{Server: argo.KubernetesInternalAPIServerAddr}
	permitted, err := project.IsDestinationPermitted(cluster, namespace, func(string) ([]*argo.Cluster, error) { return nil, nil })
	if err != nil {
		t.Fatal(err)
	}
	return permitted
}

// What a tracker needs comes before it, and its users after it.
func TestWaves(t *testing.T) {
	waves := map[string]int{}
	for _, object := range objects(t, read(t, argocd+"waves.yaml")) {
		waves[object.GetKind()] = syncwaves.Wave(object)
		if object.GetKind() == "InterviewTracker" {
			object.SetNamespace(namespace(t))
			applications(t)["server-side apply"].sync(t, object)
		}
	}
	if waves["ConfigMap"] >= waves["InterviewTracker"] || waves["InterviewTracker"] >= waves["Ingress"] {
		t.Errorf("the waves are %v", waves)
	}
}
