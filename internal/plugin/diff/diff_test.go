// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package diff

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/test/apiserver"
	"github.com/interview-tracker/interview-tracker-operator/test/golden"
)

// minimal is what the tests change.
const minimal = `apiVersion: apps.interviewtracker.dev/v1alpha1
kind: InterviewTracker
metadata:
  name: hiring
spec:
  version: "1.0.0"
  api:
    replicas: 3
`

// result is what a command line has printed, and what it ends with.
type result struct {
	different   bool
	out, errOut string
	err         error
}

// diff compares what is in a file with a namespace.
func diff(t *testing.T, config *rest.Config, ns, file string) result {
	t.Helper()
	return diffAs(t, config, ns, file, "")
}

// diffAs prints it in a format.
func diffAs(t *testing.T, config *rest.Config, ns, file string, format plugin.Format) result {
	t.Helper()
	reached, err := plugin.NewCluster(config, ns)
	must(t, err)
	streams, in, out, errOut := genericiooptions.NewTestIOStreams()
	in.WriteString(file)
	different, err := compare(t.Context(), reached, streams.In, "", streams, options{catalog: catalog.Default(), format: format})
	return result{different, out.String(), errOut.String(), err}
}

// applyFile applies a tracker as kubectl apply does, and waits until the operator has made of it what it
// can without a kubelet.
func applyFile(t *testing.T, ns, file string) {
	t.Helper()
	tracker := &v1alpha1.InterviewTracker{}
	must(t, yaml.UnmarshalStrict([]byte(file), tracker))
	tracker.Namespace = ns
	last, err := yaml.YAMLToJSON([]byte(file))
	must(t, err)
	tracker.Annotations = map[string]string{corev1.LastAppliedConfigAnnotation: string(last)}
	live := &v1alpha1.InterviewTracker{}
	err = k8s.Get(t.Context(), client.ObjectKeyFromObject(tracker), live)
	if apierrors.IsNotFound(err) {
		must(t, k8s.Create(t.Context(), tracker))
	} else {
		must(t, err)
		before := live.DeepCopy()
		live.Annotations, live.Spec = tracker.Annotations, tracker.Spec
		must(t, k8s.Patch(t.Context(), live, client.MergeFrom(before)))
	}
	apiserver.Await(t, "the operator does not apply it", func() bool {
		must(t, k8s.Get(t.Context(), client.ObjectKeyFromObject(tracker), live))
		monitoring := meta.FindStatusCondition(live.Status.Conditions, v1alpha1.ConditionMonitoringReady)
		reconciling := meta.FindStatusCondition(live.Status.Conditions, v1alpha1.ConditionStalled)
		return live.Status.ObservedGeneration == live.Generation && monitoring != nil && monitoring.Status == metav1.ConditionTrue && reconciling == nil
	})
}

// shows checks that an output has some texts, in which NAMESPACE stands for the namespace.
func shows(t *testing.T, ns, out string, want ...string) {
	t.Helper()
	for _, text := range want {
		if text = strings.ReplaceAll(text, "NAMESPACE", ns); !strings.Contains(out, text) {
			t.Errorf("no %q in\n%s", text, out)
		}
	}
}

// What is shown is what then happens: after it is applied, there is no difference any more.
func TestChangesOfARunningTracker(t *testing.T) {
	for name, test := range map[string]struct {
		after string
		want  []string
		// golden are the formats of which there are golden files.
		golden []string
	}{
		"version": {strings.Replace(minimal, "1.0.0", "1.1.0", 1), []string{
			"--- live/NAMESPACE/InterviewTracker/hiring\n+++ merged/NAMESPACE/InterviewTracker/hiring\n",
			"-  version: 1.0.0\n+  version: 1.1.0\n", "Deployment/hiring-api: its 3 pods would be replaced, because of spec.containers[api].image (interview-tracker-api:1.0.0 → interview-tracker-api:1.1.0), " +
				"spec.containers[api].env[VERSION].value (1.0.0 → 1.1.0), ",
		}, []string{"text"}},
		"replicas": {strings.Replace(minimal, "replicas: 3", "replicas: 4", 1), []string{
			"Deployment/hiring-api: 4 instead of 3 pods, none of which would be replaced.\n",
		}, []string{"json"}},
		"label": {minimal + "    podLabels: {team: people}\n", []string{
			"Deployment/hiring-api: its 3 pods would be replaced, because of metadata.labels.team, which is new.\n",
		}, []string{"text", "yaml"}},
		"patch": {minimal + `  patches:
  - target: {kind: Service, name: hiring-api}
    patch: |
      - {op: add, path: /metadata/labels/exported, value: "yes"}
`, []string{"+++ merged/NAMESPACE/Service/hiring-api\n", "+    exported: \"yes\"\n", "# InterviewTracker/hiring: No pod would be replaced.\n"}, []string{"text", "yaml"}},
		"no dashboard": {minimal + "  monitoring: {dashboard: {enabled: false}}\n", []string{
			"--- live/NAMESPACE/ConfigMap/hiring-dashboard\n+++ /dev/null\n", "# InterviewTracker/hiring: No pod would be replaced.\n",
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ns := namespace(t)
			applyFile(t, ns, minimal)
			if got := diff(t, cluster, ns, minimal); got.err != nil || got.different || got.out != "" {
				t.Fatalf("what the operator has applied differs: %v\n%s", got.err, got.out)
			}
			got := diff(t, cluster, ns, test.after)
			if got.err != nil || !got.different {
				t.Fatalf("no difference: %v\n%s", got.err, got.errOut)
			}
			shows(t, ns, got.out, test.want...)
			for _, format := range test.golden {
				printed := diffAs(t, cluster, ns, test.after, plugin.Format(strings.TrimPrefix(format, "text")))
				if printed.err != nil || !printed.different {
					t.Errorf("as %s, no difference: %v", format, printed.err)
				}
				golden.Compare(t, name+"."+format, strings.ReplaceAll(printed.out, ns, "team"))
			}
			applyFile(t, ns, test.after)
			if got := diff(t, cluster, ns, test.after); got.err != nil || got.different || got.out != "" {
				t.Errorf("after it is applied, it differs: %v\n%s", got.err, got.out)
			}
		})
	}
}

// A new tracker's objects are all created, no pod is replaced, and no password is shown.
func TestNewTracker(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	got := diff(t, cluster, ns, minimal+"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n")
	if got.err != nil || !got.different {
		t.Fatal(got.err)
	}
	shows(t, ns, got.out,
		"--- /dev/null\n+++ merged/NAMESPACE/InterviewTracker/hiring\n", "+++ merged/NAMESPACE/Deployment/hiring-api\n",
		"+++ merged/NAMESPACE/StatefulSet/hiring-database\n", "+++ merged/NAMESPACE/ServiceMonitor/hiring-api\n",
		"+  password: '***'\n", "# InterviewTracker/hiring: No pod would be replaced.\n")
	if got.errOut != "left out: ConfigMap other: kubectl diff compares it\n" {
		t.Errorf("stderr: %s", got.errOut)
	}
	var deployments appsv1.DeploymentList
	must(t, k8s.List(t.Context(), &deployments, client.InNamespace(ns)))
	err := k8s.Get(t.Context(), client.ObjectKey{Namespace: ns, Name: "hiring"}, &v1alpha1.InterviewTracker{})
	if len(deployments.Items) > 0 || !apierrors.IsNotFound(err) {
		t.Errorf("it was written: %v, %v", deployments.Items, err)
	}
}

// Data of what does not differ are data, too.
func TestNoDifferenceAsData(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	applyFile(t, ns, minimal)
	got := diffAs(t, cluster, ns, minimal, "json")
	want := `{"items": [{"namespace": "` + ns + `", "name": "hiring", "different": false}]}`
	if got.err != nil || got.different || strings.Join(strings.Fields(got.out), "") != strings.Join(strings.Fields(want), "") {
		t.Errorf("%v\n%s", got.err, got.out)
	}
}

// What waits for the migrations is shown, too.
func TestMigrations(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	applyFile(t, ns, minimal)
	got := diff(t, cluster, ns, strings.Replace(minimal, "1.0.0", "1.1.0", 1)+"  migrations: {command: [migrate]}\n")
	if got.err != nil || !got.different {
		t.Fatal(got.err)
	}
	shows(t, ns, got.out,
		"Job/hiring-migrate-", " would run.\n", "# InterviewTracker/hiring: The pods of the API are replaced, or made, once the migrations have succeeded.\n",
		"Deployment/hiring-api: its 3 pods would be replaced, because of spec.containers[api].image (interview-tracker-api:1.0.0 → interview-tracker-api:1.1.0), spec.containers[api].env[VERSION].value")
}

// A journey is shown, although it begins when the tracker has started.
func TestJourneyOfANewTracker(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	got := diff(t, cluster, ns, minimal+"  monitoring: {journeys: [{name: hire, interval: 5m}]}\n")
	if got.err != nil || !got.different {
		t.Fatal(got.err)
	}
	shows(t, ns, got.out, "+++ merged/NAMESPACE/CronJob/hiring-journey-hire\n",
		"The CronJobs of new journeys are made once the API and the frontend each have an available pod")
}

// A tracker that the API server refuses is an error with its words.
func TestRefusedTracker(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	for file, want := range map[string]string{
		strings.Replace(minimal, "replicas: 3", "replicas: -3", 1): "spec.api.replicas",
		strings.Replace(minimal, "replicas: 3", "replica: 3", 1):   `unknown field "spec.api.replica"`,
		strings.Replace(minimal, "hiring", "Hiring", 1):            "metadata.name",
	} {
		got := diff(t, cluster, ns, file)
		if got.err == nil || !strings.Contains(got.err.Error(), want) || got.out != "" {
			t.Errorf("%v, want %q; it printed %s", got.err, want, got.out)
		}
	}
}

func TestSuspendedTracker(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	applyFile(t, ns, minimal)
	got := diff(t, cluster, ns, strings.Replace(minimal, "1.0.0", "1.1.0", 1)+"  suspend: true\n")
	if got.err != nil || !got.different {
		t.Fatal(got.err)
	}
	shows(t, ns, got.out, "+  suspend: true\n", "# InterviewTracker/hiring: spec.suspend is true: the operator changes nothing.\n")
	if strings.Contains(got.out, "/Deployment/") {
		t.Errorf("it shows an object:\n%s", got.out)
	}
}

// A user who may not write an object reads which could not be compared.
func TestWithoutRights(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	applyFile(t, ns, minimal)
	user := "reader-of-" + ns
	apiserver.Grant(t, k8s, ns, user,
		rbacv1.PolicyRule{APIGroups: []string{"*"}, Resources: []string{"*"}, Verbs: []string{"get", "list"}},
		rbacv1.PolicyRule{APIGroups: []string{v1alpha1.GroupVersion.Group}, Resources: []string{"interviewtrackers"}, Verbs: []string{"patch"}})
	config := rest.CopyConfig(cluster)
	config.Impersonate.UserName = user
	got := diff(t, config, ns, strings.Replace(minimal, "1.0.0", "1.1.0", 1))
	if got.err == nil || !strings.Contains(got.err.Error(), `cannot patch resource "serviceaccounts"`) ||
		!strings.Contains(got.err.Error(), "not compared: ") || !strings.Contains(got.err.Error(), "Deployment hiring-api") {
		t.Errorf("it does not say what is not compared: %v", got.err)
	}
	if !strings.Contains(got.out, "+  version: 1.1.0\n") {
		t.Errorf("the tracker is not compared:\n%s", got.out)
	}
}
