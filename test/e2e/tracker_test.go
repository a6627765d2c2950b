//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// The smallest tracker becomes Ready and responds as specified; manual changes are reverted
// or kept, as documented; the version is rolled out; and it is deleted except for its data.
func TestLifeOfATracker(t *testing.T) {
	t.Parallel()
	tracker := create(t, namespace(t), "hiring", nil)
	ready(t, tracker)

	t.Run("health endpoints respond", func(t *testing.T) { healthResponds(t, tracker) })
	t.Run("kubectl get shows it in one line", func(t *testing.T) { oneLine(t, tracker) })
	t.Run("kubectl describe shows it on one screen", func(t *testing.T) { oneScreen(t, tracker) })
	t.Run("kubectl scale is reverted with an event", func(t *testing.T) { scaled(t, tracker) })
	t.Run("kubectl rollout restart survives", func(t *testing.T) { restarted(t, tracker) })
	t.Run("a broken image shows its cause and old pods continue to serve", func(t *testing.T) { broken(t, tracker) })
	t.Run("a new version is rolled out without a restart of the database", func(t *testing.T) { rolled(t, tracker) })
	t.Run("kubectl rollout undo is reverted", func(t *testing.T) { undone(t, tracker) })
	t.Run("a suspended tracker is left alone, and catches up", func(t *testing.T) { suspended(t, tracker) })
	t.Run("the data outlive the tracker", func(t *testing.T) { retained(t, tracker) })
}

func healthResponds(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	for _, path := range []string{contract.PathHealth, contract.PathDetailed, contract.PathReady, contract.PathLive} {
		if body := responds(t, tracker, v1alpha1.ComponentAPI, path, ""); !json.Valid([]byte(body)) {
			t.Errorf("GET %s: %s", path, body)
		}
	}
	if body := responds(t, tracker, v1alpha1.ComponentFrontend, contract.PathHealth, ""); body != contract.FrontendHealthy {
		t.Errorf("the frontend responds %q", body)
	}
}

func oneLine(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	out, err := kubectl("-n", tracker.Namespace, "get", "itr", "-o", "wide")
	must(t, err)
	head, row, _ := strings.Cut(out, "\n")
	want := []string{"NAME", "READY", "REASON", "VERSION", "DESIRED", "API", "FRONTEND", "AGE", "MAINTENANCE", "MESSAGE"}
	if got := strings.Fields(head); !slices.Equal(got, want) {
		t.Errorf("the columns are %q, want %q", got, want)
	}
	if got := strings.Fields(row); !slices.Equal(got[:7], []string{"hiring", "True", "Ready", "1.0.0", "1.0.0", "1/1", "1/1"}) {
		t.Errorf("the row is %q", row)
	}
	usual, err := kubectl("-n", tracker.Namespace, "get", "itr")
	must(t, err)
	for line := range strings.Lines(usual) {
		if len(strings.TrimRight(line, "\n")) > 100 {
			t.Errorf("a line is longer than 100 columns: %q", line)
		}
	}
}

// What a healthy tracker is fits one screen: 72 lines, of which five are for two events, and one
// is for a spec of the version alone.
func oneScreen(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	out, err := kubectl("-n", tracker.Namespace, "describe", "itr", tracker.Name, "--show-events=false")
	must(t, err)
	head, rest, _ := strings.Cut(out, "\nSpec:\n")
	_, status, found := strings.Cut(rest, "\nStatus:\n")
	lines := strings.Count(head+"\nSpec:\n\nStatus:\n"+status, "\n") - 1
	if !found || lines > 72-5-1 {
		t.Errorf("besides the spec and the events, kubectl describe has %d lines:\n%s", lines, out)
	}
}

// watched are the columns that kubectl get shows of a tracker, without the age, and then the number of pods and what the
// conditions say: mere progress, which is reported at times, changes nothing else.
const watched = `NAME:.metadata.name,READY:.status.conditions[?(@.type=="Ready")].status,REASON:.status.conditions[?(@.type=="Ready")].reason,` +
	`VERSION:.status.version,DESIRED:.spec.version,` +
	`API:.status.components[?(@.name=="api")].ready,FRONTEND:.status.components[?(@.name=="frontend")].ready,` +
	`REPLICAS:.status.replicas,MESSAGES:.status.conditions[*].message`

// watching runs kubectl get --watch while something happens, until a line begins with its end, and
// expects of each line that it says something that the one before does not.
func watching(t *testing.T, tracker *v1alpha1.InterviewTracker, end []string, happens func()) {
	t.Helper()
	program, err := kubectlPath()
	must(t, err)
	file, err := os.Create(filepath.Join(t.TempDir(), "watch"))
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	watch := exec.CommandContext(ctx, program, "-n", tracker.Namespace, "get", "itr", tracker.Name, "--watch", "--no-headers", "-o", "custom-columns="+watched)
	watch.Stdout = file
	must(t, watch.Start())
	lines := func() []string {
		text, err := os.ReadFile(file.Name())
		must(t, err)
		return strings.Split(strings.TrimSpace(string(text)), "\n")
	}
	await(t, "kubectl get --watch shows nothing", func() bool { return lines()[0] != "" })
	before := len(lines()) - 1
	happens()
	await(t, "kubectl get --watch does not show the end", func() bool {
		shown := strings.Fields(lines()[len(lines())-1])
		return slices.Equal(shown[:min(len(end), len(shown))], end)
	})
	stop()
	_ = watch.Wait() // It was killed.
	must(t, file.Close())
	changes := lines()[before:]
	for i, line := range changes[1:] {
		if slices.Equal(strings.Fields(line), strings.Fields(changes[i])) { // The columns are as wide as the line needs.
			t.Errorf("kubectl get --watch shows a change twice:\n%s", strings.Join(lines(), "\n"))
			return
		}
	}
}

func scaled(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	scale(t, tracker, "hiring-api", 3)
	eventually(t, tracker, "the scale is not reverted", func() bool {
		return *fetch(t, tracker, "hiring-api", &appsv1.Deployment{}).Spec.Replicas == 1
	})
	emitted(t, tracker, "Repaired", "Deployment hiring-api: spec.replicas was changed")
	ready(t, tracker)
}

func restarted(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	out, err := kubectl("-n", tracker.Namespace, "rollout", "restart", "deployment/hiring-frontend")
	if err != nil {
		t.Fatal(out)
	}
	if out, err := kubectl("-n", tracker.Namespace, "rollout", "status", "deployment/hiring-frontend", "--timeout=2m"); err != nil {
		t.Fatal(out)
	}
	ready(t, tracker)
	d := fetch(t, tracker, "hiring-frontend", &appsv1.Deployment{})
	if d.Spec.Template.Annotations["kubectl.kubernetes.io/restartedAt"] == "" {
		t.Error("the restart was reverted")
	}
}

func broken(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Version = "9.9.9" })
	eventually(t, tracker, "the cause is not reported", func() bool {
		return is(tracker, "Ready", "False ImagePullFailed") && is(tracker, "APIAvailable", "False ImagePullFailed")
	})
	if got := describe(tracker); !strings.Contains(got, "pod hiring-api-") || !strings.Contains(got, "interview-tracker-api:9.9.9") {
		t.Errorf("the message does not name the pod and the image:\n%s", got)
	}
	healthResponds(t, tracker)
}

func rolled(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	database := fetch(t, tracker, "hiring-database-0", &corev1.Pod{}).UID
	eventually(t, tracker, "the frontend's cause is not reported", func() bool { return is(tracker, "FrontendAvailable", "False ImagePullFailed") })
	watching(t, tracker, []string{"hiring", "True", "Ready", "1.1.0", "1.1.0", "1/1", "1/1"}, func() {
		edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Version = "1.1.0" })
		// It is still Ready with the version before: the wait must not end because of that.
		out, err := kubectl("-n", tracker.Namespace, "wait", "interviewtracker/hiring", "--for=condition=Ready", "--timeout=3m")
		if err != nil {
			t.Fatal(out)
		}
	})
	runs(t, tracker, "1.1.0")
	if fetch(t, tracker, "hiring-database-0", &corev1.Pod{}).UID != database {
		t.Error("a new version of the application restarted the database")
	}
}

func undone(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	if out, err := kubectl("-n", tracker.Namespace, "rollout", "undo", "deployment/hiring-frontend"); err != nil {
		t.Fatal(out)
	}
	eventually(t, tracker, "the undo is not reverted", func() bool {
		d := fetch(t, tracker, "hiring-frontend", &appsv1.Deployment{})
		return strings.HasSuffix(d.Spec.Template.Spec.Containers[0].Image, "interview-tracker-frontend:1.1.0")
	})
	emitted(t, tracker, "Repaired", "Deployment hiring-frontend: ")
	ready(t, tracker)
}

func suspended(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Suspend, s.Version = true, "1.0.0" })
	eventually(t, tracker, "the suspension is not reported", func() bool {
		return is(tracker, "Ready", "Unknown Suspended") && tracker.Status.ObservedGeneration == tracker.Generation
	})
	scale(t, tracker, "hiring-api", 2)
	// The reconcile that reports it would have reverted it.
	eventually(t, tracker, "the scale is not reported", func() bool { return componentStatus(tracker, v1alpha1.ComponentAPI).Ready == "2/2" })
	record(t, "suspended", tracker)
	api, frontend := fetch(t, tracker, "hiring-api", &appsv1.Deployment{}), fetch(t, tracker, "hiring-frontend", &appsv1.Deployment{})
	if *api.Spec.Replicas != 2 {
		t.Errorf("the scale was reverted to %d", *api.Spec.Replicas)
	}
	for _, d := range []*appsv1.Deployment{api, frontend} {
		if image := d.Spec.Template.Spec.Containers[0].Image; !strings.HasSuffix(image, ":1.1.0") {
			t.Errorf("%s rolls to %s", d.Name, image)
		}
	}

	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Suspend = false })
	ready(t, tracker)
	runs(t, tracker, "1.0.0")
	if n := *fetch(t, tracker, "hiring-api", &appsv1.Deployment{}).Spec.Replicas; n != 1 {
		t.Errorf("%d replicas are kept", n)
	}
}

func retained(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	eventually(t, tracker, "no position can be created", func() bool {
		post := clients.CoreV1().RESTClient().Post().Namespace(tracker.Namespace).Resource("services").Name("hiring-api:http").
			SubResource("proxy").Suffix("positions").SetHeader("Content-Type", "application/json").Body([]byte(`{"title":"Kept engineer"}`))
		body, err := post.DoRaw(t.Context())
		if err != nil {
			t.Logf("POST /positions: %v: %s", err, body)
		}
		return err == nil
	})
	must(t, k8s.Delete(t.Context(), tracker))
	again := tracker.DeepCopy()
	eventuallyGone(t, tracker)

	again.ObjectMeta = metav1.ObjectMeta{Namespace: tracker.Namespace, Name: tracker.Name}
	must(t, k8s.Create(t.Context(), again))
	ready(t, again)
	responds(t, again, v1alpha1.ComponentAPI, "/positions", "Kept engineer") // The old data.
}

// An autoscaler's replicas are kept when anything else changes, and the handover in both
// directions never reduces them.
func TestAutoscalerHandover(t *testing.T) {
	t.Parallel()
	small := &v1alpha1.ResourcesSpec{Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("10m")}}
	tracker := create(t, namespace(t), "hiring", func(s *v1alpha1.InterviewTrackerSpec) {
		s.Frontend = &v1alpha1.ComponentSpec{Replicas: new(int32(5)), Resources: small}
	})
	ready(t, tracker)
	fewest := watchFewest(t, tracker)

	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.Frontend = &v1alpha1.ComponentSpec{Autoscaling: &v1alpha1.AutoscalingSpec{MinReplicas: new(int32(2)), MaxReplicas: 7}, Resources: small}
	})
	eventually(t, tracker, "no autoscaler is made", func() bool {
		return exists(t, tracker, "hiring-frontend", &autoscalingv2.HorizontalPodAutoscaler{})
	})
	ready(t, tracker)
	// An autoscaler without metrics changes nothing; one with metrics may add replicas.
	scale(t, tracker, "hiring-frontend", 6)
	for i := range 10 {
		edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
			s.Health = &v1alpha1.HealthSpec{Interval: &metav1.Duration{Duration: time.Duration(11+i) * time.Second}}
		})
		eventually(t, tracker, "it is not reconciled", func() bool { return tracker.Status.ObservedGeneration == tracker.Generation })
		if n := *fetch(t, tracker, "hiring-frontend", &appsv1.Deployment{}).Spec.Replicas; n < 6 {
			t.Fatalf("after %d reconciles, the autoscaler's 6 replicas are %d", i+1, n)
		}
	}
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.Frontend = &v1alpha1.ComponentSpec{Replicas: new(int32(5)), Resources: small}
	})
	eventually(t, tracker, "the autoscaler is not removed", func() bool {
		return !exists(t, tracker, "hiring-frontend", &autoscalingv2.HorizontalPodAutoscaler{})
	})
	ready(t, tracker)
	if n := fewest(); n < 5 {
		t.Errorf("the handover reduced the replicas to %d", n)
	}

	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.Frontend = nil
		s.Redis = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{
			Storage: &v1alpha1.StorageSpec{Size: new(resource.MustParse("2Gi"))},
		}}
	})
	eventually(t, tracker, "the budget of one pod is not removed", func() bool {
		return !exists(t, tracker, "hiring-frontend", &policyv1.PodDisruptionBudget{})
	})
	eventually(t, tracker, "the volume's claim does not grow", func() bool {
		claim := fetch(t, tracker, "data-hiring-redis-0", &corev1.PersistentVolumeClaim{})
		return claim.Spec.Resources.Requests.Storage().String() == "2Gi"
	})
}

// kubectl and a HorizontalPodAutoscaler scale the tracker itself. This cluster may have no metrics: the
// autoscaler then still sees to its least number of pods.
func TestTrackerIsScaled(t *testing.T) {
	t.Parallel()
	tracker := create(t, namespace(t), "hiring", func(s *v1alpha1.InterviewTrackerSpec) {
		s.API = &v1alpha1.ComponentSpec{
			Replicas:  new(int32(1)),
			Resources: &v1alpha1.ResourcesSpec{Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("10m")}},
		}
	})
	ready(t, tracker)
	scaled := func(want int32) {
		t.Helper()
		eventually(t, tracker, fmt.Sprintf("the API is not scaled to %d", want), func() bool {
			return tracker.Status.Replicas == want && is(tracker, "Ready", "True Ready") && tracker.Observed() &&
				*fetch(t, tracker, "hiring-api", &appsv1.Deployment{}).Spec.Replicas == want
		})
	}
	out, err := kubectl("-n", tracker.Namespace, "scale", "itr/hiring", "--replicas=2")
	if want := "interviewtracker.apps.interviewtracker.dev/hiring scaled\n"; err != nil || out != want {
		t.Errorf("kubectl scale: %v: %q, want %q", err, out, want)
	}
	scaled(2)

	autoscaler := &autoscalingv2.HorizontalPodAutoscaler{
		ObjectMeta: metav1.ObjectMeta{Namespace: tracker.Namespace, Name: "mine"},
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{
				APIVersion: v1alpha1.GroupVersion.String(), Kind: "InterviewTracker", Name: tracker.Name,
			},
			MinReplicas: new(int32(3)), MaxReplicas: 4,
		},
	}
	must(t, k8s.Create(t.Context(), autoscaler))
	scaled(3)
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.Health = &v1alpha1.HealthSpec{Interval: &metav1.Duration{Duration: 11 * time.Second}}
	})
	scaled(3)
	condition := func(of autoscalingv2.HorizontalPodAutoscalerConditionType) autoscalingv2.HorizontalPodAutoscalerCondition {
		for _, c := range autoscaler.Status.Conditions {
			if c.Type == of {
				return c
			}
		}
		return autoscalingv2.HorizontalPodAutoscalerCondition{}
	}
	// It can, and knows whose metrics it needs.
	eventually(t, tracker, "the autoscaler has not looked for metrics", func() bool {
		refresh(t, autoscaler)
		return condition(autoscalingv2.ScalingActive).Status != ""
	})
	if c := condition(autoscalingv2.AbleToScale); c.Status != corev1.ConditionTrue {
		t.Errorf("AbleToScale is %+v", c)
	}
	if c := condition(autoscalingv2.ScalingActive); c.Status != corev1.ConditionTrue && !strings.HasPrefix(c.Reason, "FailedGet") {
		t.Errorf("ScalingActive is %+v", c)
	}
}

// Two trackers in one namespace, and two of the same name in two namespaces, don't affect
// each other; and what is not retained is deleted.
func TestNeighbours(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	doomed := create(t, ns, "hiring", func(s *v1alpha1.InterviewTrackerSpec) {
		s.Database = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{Retention: v1alpha1.RetentionDelete}}
		s.Redis = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{Retention: v1alpha1.RetentionDelete}}
	})
	neighbours := []*v1alpha1.InterviewTracker{create(t, ns, "other", nil), create(t, namespace(t), "hiring", nil)}
	ready(t, doomed)
	for _, tracker := range neighbours {
		ready(t, tracker)
	}
	before := [][]v1alpha1.InventoryEntry{slices.Clone(neighbours[0].Status.Applied()), slices.Clone(neighbours[1].Status.Applied())}

	must(t, k8s.Delete(t.Context(), doomed))
	eventuallyGone(t, doomed)
	for i, tracker := range neighbours {
		ready(t, tracker)
		if !slices.Equal(before[i], tracker.Status.Applied()) {
			t.Errorf("%s/%s was affected:\n%s", tracker.Namespace, tracker.Name, describe(tracker))
		}
	}
}
