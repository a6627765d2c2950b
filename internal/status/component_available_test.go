// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// podOf is a pod that runs a version.
func podOf(version string, isReady bool) corev1.Pod {
	return pod("hiring-api-1", "", func(p *corev1.Pod) {
		p.Labels = map[string]string{labelVersion: version}
		if isReady {
			isReadyPod(p)
		}
	})
}

func TestComponents(t *testing.T) {
	terminating := podOf("1.0.0", true)
	terminating.DeletionTimestamp = &metav1.Time{}
	for name, tc := range map[string]struct {
		ready    int32
		pods     []corev1.Pod
		previous string
		want     string
	}{
		"all ready pods run one version":             {2, []corev1.Pod{podOf("1.0.0", true), podOf("1.0.0", true)}, "", "1.0.0"},
		"a pod that is not ready runs another":       {1, []corev1.Pod{podOf("1.0.0", true), podOf("2.0.0", false)}, "", "1.0.0"},
		"a pod that terminates runs another":         {1, []corev1.Pod{terminating, podOf("2.0.0", true)}, "1.0.0", "2.0.0"},
		"ready pods run two versions":                {2, []corev1.Pod{podOf("1.0.0", true), podOf("2.0.0", true)}, "1.0.0", ""},
		"a ready pod has no version":                 {2, []corev1.Pod{podOf("", true), podOf("2.0.0", true)}, "2.0.0", ""},
		"no pod is ready":                            {0, []corev1.Pod{podOf("1.0.0", false)}, "1.0.0", ""},
		"there is no pod":                            {0, nil, "1.0.0", ""},
		"the Deployment counts a pod not yet seen":   {2, []corev1.Pod{podOf("2.0.0", true)}, "1.0.0", "1.0.0"},
		"the Deployment does not count a pod so far": {0, []corev1.Pod{podOf("2.0.0", true)}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{v1alpha1.LabelComponent: "api"}}}
			d.Spec.Replicas = new(int32(3))
			d.Spec.Template.Spec.Containers = []corev1.Container{{Name: "sidecar", Image: "other"}, {Name: "api", Image: "api:2"}}
			d.Status = appsv1.DeploymentStatus{Replicas: 4, ReadyReplicas: tc.ready, UpdatedReplicas: 1}
			s := &snapshot.Snapshot{
				Deployments: map[v1alpha1.Component]*appsv1.Deployment{v1alpha1.ComponentAPI: d},
				Pods:        map[v1alpha1.Component][]corev1.Pod{v1alpha1.ComponentAPI: tc.pods},
			}
			tr := &v1alpha1.InterviewTracker{}
			tr.Status.Version = tc.previous
			tr.Status.Components = []v1alpha1.ComponentStatus{{Name: v1alpha1.ComponentFrontend, Ready: "1/1"}, {Name: v1alpha1.ComponentAPI, Ready: "1/3"}}
			want := []v1alpha1.ComponentStatus{{Name: v1alpha1.ComponentAPI, Ready: string('0'+tc.ready) + "/3", Image: "api:2"}}
			got, version := components(Input{Tracker: tr, Catalog: catalog.Default(), Snapshot: s})
			if diff := cmp.Diff(want, got); diff != "" || version != tc.want {
				t.Errorf("version %q, want %q (-want +got):\n%s", version, tc.want, diff)
			}
		})
	}
}

// Components have versions of their own only where they differ, and images only where they are not
// those of the spec.
func TestVersionsOfComponents(t *testing.T) {
	type pods []corev1.Pod
	v1, v2 := podOf("1.0.0", true), podOf("2.0.0", true)
	for name, tc := range map[string]struct {
		api, frontend pods
		want          string
	}{
		"both run one version":         {pods{v1, v1}, pods{v1}, "1.0.0: api 2/2, frontend 1/1"},
		"they run two versions":        {pods{v1, v1}, pods{v2}, ": api 2/2 1.0.0, frontend 1/1 2.0.0"},
		"one is between two versions":  {pods{v1, v2}, pods{v2}, ": api 2/2, frontend 1/1 2.0.0"},
		"one has no ready pod":         {pods{}, pods{v2}, "2.0.0: api 0/0, frontend 1/1"},
		"neither has a ready pod":      {pods{}, pods{}, ": api 0/0, frontend 0/0"},
		"both are between two of them": {pods{v1, v2}, pods{v2, v1}, ": api 2/2, frontend 2/2"},
	} {
		deployment := func(c string, n int) *appsv1.Deployment {
			d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{v1alpha1.LabelComponent: c}}}
			d.Spec.Replicas, d.Status.ReadyReplicas = new(int32(n)), int32(n)
			d.Spec.Template.Spec.Containers = []corev1.Container{{Name: c, Image: "interview-tracker-" + c + ":2.0.0"}}
			return d
		}
		tr := &v1alpha1.InterviewTracker{Spec: v1alpha1.InterviewTrackerSpec{Version: "2.0.0"}}
		all, version := components(Input{Tracker: tr, Catalog: catalog.Default(), Snapshot: &snapshot.Snapshot{
			Deployments: map[v1alpha1.Component]*appsv1.Deployment{"api": deployment("api", len(tc.api)), "frontend": deployment("frontend", len(tc.frontend))},
			Pods:        map[v1alpha1.Component][]corev1.Pod{"api": tc.api, "frontend": tc.frontend},
		}})
		var parts []string
		for _, c := range all {
			parts = append(parts, strings.TrimSpace(string(c.Name)+" "+c.Ready+" "+c.Version+c.Image))
		}
		if got := version + ": " + strings.Join(parts, ", "); got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}

// A component that was Available, and whatever happens to its Deployment next.
func TestComponentAvailable(t *testing.T) {
	const resume = "run kubectl rollout resume deployment/hiring-api -n default"
	paused := func(in *Input, d *appsv1.Deployment) {
		d.Spec.Paused = true
		changeTemplate(d)
		d.Status.ObservedGeneration, d.Status.UpdatedReplicas = d.Generation, 0
	}
	status := func(d *appsv1.Deployment, existing, updated, ready int32) {
		d.Status.Replicas, d.Status.UpdatedReplicas, d.Status.ReadyReplicas, d.Status.AvailableReplicas = existing, updated, ready, ready
	}
	for name, tc := range map[string]struct {
		change  func(in *Input, d *appsv1.Deployment)
		want    string
		message string
	}{
		"paused-rollout": {
			paused,
			"False Paused", "Deployment hiring-api is paused (spec.paused), and its pods don't get a new template: " + resume +
				" (pods of the previous template that keep serving: 2)",
		},
		"a Deployment that a patch pauses": {
			func(in *Input, d *appsv1.Deployment) {
				paused(in, d)
				in.Tracker.Spec.Patches = []v1alpha1.Patch{{Patch: "spec: {paused: true}"}}
			},
			"False Paused", "Deployment hiring-api is paused (spec.paused), and its pods don't get a new template: take paused out of spec.patches" +
				" (pods of the previous template that keep serving: 2)",
		},
		"a Deployment that is paused in the middle of a rollout": {
			func(in *Input, d *appsv1.Deployment) {
				d.Spec.Paused = true
				status(d, 3, 1, 3)
			},
			"False Paused", "Deployment hiring-api is paused (spec.paused), and its pods don't get a new template: " + resume +
				" (pods of the previous template that keep serving: 1)",
		},
		"a Deployment that is paused as its new pod crashes": {
			func(in *Input, d *appsv1.Deployment) {
				d.Spec.Paused = true
				status(d, 3, 1, 2)
				in.Snapshot.Pods[v1alpha1.ComponentAPI] = []corev1.Pod{pod("hiring-api-new-a", "new", exited("Error", 1, "bye"))}
			},
			"False CrashLooping", "pod hiring-api-new-a, container main exited with code 1: bye (pods of the previous template that keep serving: 2)",
		},
		"a new Deployment that is paused": {
			func(in *Input, d *appsv1.Deployment) {
				d.Spec.Paused, d.Status = true, appsv1.DeploymentStatus{ObservedGeneration: 1}
				in.Snapshot.ReplicaSets[v1alpha1.ComponentAPI], in.Snapshot.Pods[v1alpha1.ComponentAPI] = nil, nil
			},
			"False Paused", "Deployment hiring-api is paused (spec.paused), and its pods don't get a new template: " + resume,
		},
		"a paused Deployment without a new template": {
			func(_ *Input, d *appsv1.Deployment) { d.Spec.Paused = true },
			"True Available", "2 of 2 pods are ready; but Deployment hiring-api is paused (spec.paused), and its pods don't get a new template: " + resume,
		},
		"a rollout that begins": {
			func(_ *Input, d *appsv1.Deployment) { changeTemplate(d) },
			"False Progressing", "Deployment hiring-api: 2 of 2 pods ready, 0 of 2 up to date",
		},
		"a rollout that is under way": {
			func(_ *Input, d *appsv1.Deployment) { status(d, 3, 1, 2) },
			"False Progressing", "Deployment hiring-api: 2 of 3 pods ready, 1 of 2 up to date",
		},
		"a rollout whose last old pod is ready": {
			func(_ *Input, d *appsv1.Deployment) { status(d, 3, 2, 3) },
			"False Progressing", "Deployment hiring-api: 3 of 3 pods ready, 2 of 2 up to date",
		},
		"a quota forbids the ReplicaSet": {
			func(_ *Input, d *appsv1.Deployment) {
				changeTemplate(d) // Its controller observes no generation then.
				d.Status.Conditions = []appsv1.DeploymentCondition{{
					Type: appsv1.DeploymentProgressing, Status: corev1.ConditionFalse, Reason: "ReplicaSetCreateError",
					Message: `Failed to create new replica set "hiring-api-1": replicasets.apps "hiring-api-1" is forbidden: exceeded quota: small`,
				}}
			},
			"False QuotaExceeded", "Deployment hiring-api can't create a ReplicaSet: exceeded quota: small (pods of the previous template that keep serving: 2)",
		},
		"old pods have to end first": {
			func(in *Input, d *appsv1.Deployment) {
				d.Spec.Strategy.Type = appsv1.RecreateDeploymentStrategyType
				status(d, 0, 0, 0)
				in.Snapshot.Pods[v1alpha1.ComponentAPI] = []corev1.Pod{pod("hiring-api-old-a", "old", isReadyPod)}
				in.Snapshot.Pods[v1alpha1.ComponentAPI][0].DeletionTimestamp = &t0
			},
			"False Progressing", "Deployment hiring-api: 0 of 2 pods ready, 0 of 2 up to date; pod hiring-api-old-a has to end first (spec.strategy is Recreate)",
		},
		"pods that are not ready for long enough": {
			func(in *Input, d *appsv1.Deployment) {
				d.Spec.MinReadySeconds, d.Status.AvailableReplicas = 60, 1
				in.Tracker.Status = v1alpha1.InterviewTrackerStatus{}
			},
			"False Progressing", "Deployment hiring-api: 2 of 2 pods ready, 2 of 2 up to date, 1 available (ready for spec.minReadySeconds)",
		},
		"a change that leaves the template as it is": {
			func(_ *Input, d *appsv1.Deployment) { d.Generation++ },
			"True Available", "2 of 2 pods are ready",
		},
		"the user scales up": {
			func(in *Input, d *appsv1.Deployment) {
				in.Tracker.Generation++
				d.Generation, d.Spec.Replicas = 2, new(int32(4))
			},
			"True Available", "2 of 4 pods are ready, after scaling",
		},
		"the user scales up, which could not be applied as a whole": {
			func(in *Input, d *appsv1.Deployment) {
				in.Tracker.Generation++
				in.Failed, in.Reconciling = true, &Cause{Reason: v1alpha1.ReasonReconcileFailed, Message: "refused"}
				d.Generation, d.Spec.Replicas = 2, new(int32(4))
			},
			"False Progressing", "Deployment hiring-api: 2 of 4 pods ready, 2 of 4 up to date",
		},
		"the user scales up and sets another version": {
			func(in *Input, d *appsv1.Deployment) {
				in.Tracker.Generation++
				d.Generation, d.Spec.Replicas = 2, new(int32(4))
				d.Spec.Template.Labels = map[string]string{labelVersion: "2.0.0"}
			},
			"False Progressing", "Deployment hiring-api: 2 of 4 pods ready, 0 of 4 up to date",
		},
		"the user scales down": {
			func(in *Input, d *appsv1.Deployment) {
				in.Tracker.Generation++
				d.Generation, d.Spec.Replicas = 2, new(int32(1))
			},
			"True Available", "1 of 1 pods are ready",
		},
		"an autoscaler scales up": {
			func(_ *Input, d *appsv1.Deployment) { d.Generation, d.Spec.Replicas = 2, new(int32(4)) },
			"True Available", "2 of 4 pods are ready, after scaling",
		},
		"an autoscaler has scaled up, and no node has room": {
			func(in *Input, d *appsv1.Deployment) {
				d.Spec.Replicas = new(int32(4))
				status(d, 4, 4, 2)
				in.Snapshot.Pods[v1alpha1.ComponentAPI] = append(in.Snapshot.Pods[v1alpha1.ComponentAPI], pod("c", "new", unschedulable("no room")))
			},
			"True Available", "2 of 4 pods are ready, after scaling; pod c can't be scheduled: no room",
		},
		"an autoscaler has scaled up, and the new pods crash": {
			func(in *Input, d *appsv1.Deployment) {
				d.Spec.Replicas = new(int32(4))
				status(d, 4, 4, 2)
				in.Snapshot.Pods[v1alpha1.ComponentAPI] = append(in.Snapshot.Pods[v1alpha1.ComponentAPI], pod("c", "new", exited("Error", 1, "at 10:00")))
			},
			"True Available", "2 of 4 pods are ready, after scaling; pod c, container main exited with code 1",
		},
		"an autoscaler has scaled up, and a pod is lost": {
			func(_ *Input, d *appsv1.Deployment) {
				d.Spec.Replicas = new(int32(4))
				status(d, 4, 4, 1)
			},
			"False Progressing", "Deployment hiring-api: 1 of 4 pods ready, 4 of 4 up to date",
		},
		"an autoscaler scales up a rollout": {
			func(_ *Input, d *appsv1.Deployment) {
				d.Spec.Replicas = new(int32(4))
				status(d, 4, 3, 2)
			},
			"False Progressing", "Deployment hiring-api: 2 of 4 pods ready, 3 of 4 up to date",
		},
		"an autoscaler scales down": {
			func(_ *Input, d *appsv1.Deployment) { d.Generation, d.Spec.Replicas = 2, new(int32(1)) },
			"True Available", "1 of 1 pods are ready",
		},
		"something scales to nothing": {
			func(_ *Input, d *appsv1.Deployment) {
				d.Spec.Replicas = new(int32(0))
				status(d, 0, 0, 0)
			},
			"True Available", "0 of 0 pods are ready; Deployment hiring-api is scaled to 0 (spec.replicas): look at spec.patches and at what else sets its replicas",
		},
		"something scales up from nothing": {
			func(in *Input, d *appsv1.Deployment) {
				in.Tracker.Status.Components[0].Ready = "0/0"
				status(d, 1, 1, 0)
			},
			"False Progressing", "Deployment hiring-api: 0 of 2 pods ready, 1 of 2 up to date",
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t0}
			d := in.Snapshot.Deployments[v1alpha1.ComponentAPI]
			d.Namespace, d.Spec.Replicas = "default", new(int32(2))
			status(d, 2, 2, 2)
			in.Snapshot.Pods[v1alpha1.ComponentAPI] = []corev1.Pod{pod("a", "new", isReadyPod), pod("b", "new", isReadyPod)}
			in.Tracker.Status = Compute(in)
			tc.change(&in, d)
			for range 2 { // What is stored by then changes nothing.
				got := meta.FindStatusCondition(Compute(in).Conditions, v1alpha1.ConditionAPIAvailable)
				if s := string(got.Status) + " " + got.Reason; s != tc.want || got.Message != tc.message {
					t.Errorf("got  %s %q,\nwant %s %q", s, got.Message, tc.want, tc.message)
				}
				in.Tracker.Status = Compute(in)
			}
		})
	}
}

// A controller of the cluster that does nothing is named after a while, and not in a rollout
// that has just begun.
func TestADeploymentControllerThatDoesNothing(t *testing.T) {
	in := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t0}
	changeTemplate(in.Snapshot.Deployments[v1alpha1.ComponentAPI])
	message := func(after time.Duration) string {
		in.Now = metav1.NewTime(t0.Add(after))
		in.Tracker.Status = Compute(in)
		return meta.FindStatusCondition(in.Tracker.Status.Conditions, v1alpha1.ConditionAPIAvailable).Message
	}
	const counts = "Deployment hiring-api: 1 of 1 pods ready, 0 of 1 up to date"
	for _, after := range []time.Duration{0, observePatience - time.Second} {
		if got := message(after); got != counts {
			t.Errorf("after %s: %q", after, got)
		}
	}
	want := counts + "; the cluster's Deployment controller has not seen its last change: look at kube-controller-manager"
	if got := message(observePatience); got != want {
		t.Errorf("got  %q,\nwant %q", got, want)
	}
}

// A change of what has been stuck for long has only just been made.
func TestAChangeOfWhatIsStuckIsGivenTime(t *testing.T) {
	in := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t0}
	rollingOut(in.Snapshot, pod("hiring-api-new-a", "new", waiting("CreateContainerConfigError", "no such key")))
	in.Tracker.Status = Compute(in)
	in.Tracker.Generation++
	changeTemplate(in.Snapshot.Deployments[v1alpha1.ComponentAPI])
	for _, after := range []time.Duration{10 * time.Minute, 10*time.Minute + observePatience - time.Second, 10*time.Minute + observePatience} {
		in.Now = metav1.NewTime(t0.Add(after))
		in.Tracker.Status = Compute(in)
		got := meta.FindStatusCondition(in.Tracker.Status.Conditions, v1alpha1.ConditionAPIAvailable).Message
		if late := after >= 10*time.Minute+observePatience; strings.Contains(got, "kube-controller-manager") != late {
			t.Errorf("after %s: %q", after, got)
		}
	}
}
