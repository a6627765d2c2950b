// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

var (
	t0 = metav1.NewTime(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	t1 = metav1.NewTime(t0.Add(2 * time.Minute))
)

func tracker() *v1alpha1.InterviewTracker {
	return &v1alpha1.InterviewTracker{
		ObjectMeta: metav1.ObjectMeta{Name: "hiring", Namespace: "default", Generation: 3},
		Spec:       v1alpha1.InterviewTrackerSpec{Version: "1.0.0"},
		Status:     v1alpha1.InterviewTrackerStatus{ObservedGeneration: -1},
	}
}

// working is the snapshot of a tracker of which everything works.
func working() *snapshot.Snapshot {
	s := &snapshot.Snapshot{
		Deployments:  map[v1alpha1.Component]*appsv1.Deployment{},
		StatefulSets: map[v1alpha1.Component]*appsv1.StatefulSet{},
		ReplicaSets:  map[v1alpha1.Component][]appsv1.ReplicaSet{},
		Pods:         map[v1alpha1.Component][]corev1.Pod{},
		Claims:       map[v1alpha1.Component]*corev1.PersistentVolumeClaim{},
		Credentials:  map[v1alpha1.Component]*metav1.PartialObjectMetadata{},
		PodEvents:    map[string]snapshot.PodEvent{},
	}
	for _, c := range []v1alpha1.Component{v1alpha1.ComponentAPI, v1alpha1.ComponentFrontend} {
		name := "hiring-" + string(c)
		s.Deployments[c] = &appsv1.Deployment{
			ObjectMeta: metav1.ObjectMeta{Name: name, Generation: 1, Labels: map[string]string{v1alpha1.LabelComponent: string(c)}, Annotations: map[string]string{"deployment.kubernetes.io/revision": "2"}},
			Spec: appsv1.DeploymentSpec{Replicas: new(int32(1)), Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{
				Containers: []corev1.Container{{Name: "sidecar"}, {Name: string(c), Image: "interview-tracker-" + string(c) + ":1.0.0"}},
			}}},
			Status: appsv1.DeploymentStatus{ObservedGeneration: 1, Replicas: 1, UpdatedReplicas: 1, ReadyReplicas: 1, AvailableReplicas: 1},
		}
		s.ReplicaSets[c] = []appsv1.ReplicaSet{replicaSet(name, "old", "1"), replicaSet(name, "new", "2")}
		s.ReplicaSets[c][1].Spec.Template = *s.Deployments[c].Spec.Template.DeepCopy()
		s.ReplicaSets[c][1].Spec.Template.Labels = map[string]string{"pod-template-hash": "new"}
		s.Pods[c] = []corev1.Pod{pod(name+"-new-a", "new", isReadyPod)}
	}
	for _, c := range []v1alpha1.Component{v1alpha1.ComponentDatabase, v1alpha1.ComponentRedis} {
		name := "hiring-" + string(c)
		s.StatefulSets[c] = &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Name: name}}
		s.Pods[c] = []corev1.Pod{pod(name+"-0", "", isReadyPod)}
		s.Claims[c] = &corev1.PersistentVolumeClaim{Status: corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimBound}}
		s.Credentials[c] = &metav1.PartialObjectMetadata{}
	}
	s.Application = snapshot.Application{Settled: true, Pods: []snapshot.PodAnswer{says("hiring-api-new-a", healthy, healthy)}}
	return s
}

const (
	healthy   = v1alpha1.DependencyHealthy
	unhealthy = v1alpha1.DependencyUnhealthy
	undecided = v1alpha1.DependencyUnknown
)

// says is a pod's answer.
func says(pod string, database, redis v1alpha1.DependencyHealth) snapshot.PodAnswer {
	return snapshot.PodAnswer{Pod: pod, Answered: true, Migrations: "complete", Dependencies: []snapshot.DependencyAnswer{{Name: "database", Health: database}, {Name: "redis", Health: redis}}}
}

// silent is a pod that does not answer.
func silent(pod, why string) snapshot.PodAnswer { return snapshot.PodAnswer{Pod: pod, Failure: why} }

func replicaSet(deployment, hash, revision string) appsv1.ReplicaSet {
	return appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{
		Name:        deployment + "-" + hash,
		Labels:      map[string]string{"pod-template-hash": hash},
		Annotations: map[string]string{"deployment.kubernetes.io/revision": revision},
	}}
}

// pod is a pod of one container of its own name's component, in some state.
func pod(name, hash string, in func(*corev1.Pod)) corev1.Pod {
	p := corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"pod-template-hash": hash}},
		Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{
			Name: "main", Image: "registry.example.com/api:1.0.0",
		}}},
	}
	in(&p)
	return p
}

func isReadyPod(p *corev1.Pod) {
	p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	p.Status.ContainerStatuses[0].Ready = true
}

func waiting(reason, message string) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Status.ContainerStatuses[0].State.Waiting = &corev1.ContainerStateWaiting{Reason: reason, Message: message}
	}
}

func exited(reason string, code int32, message string) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		waiting("CrashLoopBackOff", "back-off 10s restarting failed container=main")(p)
		p.Status.ContainerStatuses[0].LastTerminationState.Terminated = &corev1.ContainerStateTerminated{
			Reason: reason, ExitCode: code, Message: message,
		}
	}
}

func running(p *corev1.Pod) {
	p.Status.ContainerStatuses[0].State.Running = &corev1.ContainerStateRunning{}
}

func unschedulable(message string) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Status.ContainerStatuses = nil
		p.Status.Conditions = []corev1.PodCondition{{
			Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable", Message: message,
		}}
	}
}

// changeTemplate is a change of a Deployment's pod template that its controller has yet to see.
func changeTemplate(d *appsv1.Deployment) {
	d.Generation++
	d.Spec.Template.Spec.Containers[1].Image += "-next"
}

// rollingOut makes a snapshot's API wait for one pod of the current template.
func rollingOut(s *snapshot.Snapshot, p corev1.Pod) {
	s.Deployments[v1alpha1.ComponentAPI].Status.AvailableReplicas = 0
	s.Deployments[v1alpha1.ComponentAPI].Status.ReadyReplicas = 0
	s.Pods[v1alpha1.ComponentAPI] = []corev1.Pod{p}
}

// cannotCreate lets the ReplicaSet of a template of the API fail to create its pods. The Deployment has
// the condition of whichever of its ReplicaSets fails.
func cannotCreate(s *snapshot.Snapshot, template, message string) {
	s.Deployments[v1alpha1.ComponentAPI].Status.Conditions = []appsv1.DeploymentCondition{{
		Type: appsv1.DeploymentReplicaFailure, Status: corev1.ConditionTrue, Reason: "FailedCreate", Message: message,
	}}
	for i := range s.ReplicaSets[v1alpha1.ComponentAPI] {
		if rs := &s.ReplicaSets[v1alpha1.ComponentAPI][i]; rs.Labels[appsv1.DefaultDeploymentUniqueLabelKey] == template {
			rs.Status.Conditions = []appsv1.ReplicaSetCondition{{
				Type: appsv1.ReplicaSetReplicaFailure, Status: corev1.ConditionTrue, Reason: "FailedCreate", Message: message,
			}}
		}
	}
}

// comesBack makes the API's older template the one that fails: the newer one has come back, and the
// Deployment's controller has seen that, and not yet set the revision.
func comesBack(s *snapshot.Snapshot) {
	d := s.Deployments[v1alpha1.ComponentAPI]
	d.Annotations = map[string]string{"deployment.kubernetes.io/revision": "1"}
	d.Status.Replicas = 2
}

func TestReady(t *testing.T) {
	tests := []struct {
		name    string
		change  func(*Input)
		want    string // Ready's status and reason
		message string // what Ready's message holds
	}{
		{name: "everything works", want: "True Ready", message: "work"},
		{
			name: "the image can't be pulled",
			change: func(p *Input) {
				rollingOut(p.Snapshot, pod("hiring-api-new-a", "new",
					waiting("ImagePullBackOff", `Back-off pulling image "x": ErrImagePull: not found`)))
			},
			want:    "False ImagePullFailed",
			message: `pod hiring-api-new-a, container main: image "registry.example.com/api:1.0.0" can't be pulled: not found`,
		},
		{
			name: "the image can't be pulled and the old pods keep serving",
			change: func(p *Input) {
				rollingOut(p.Snapshot, pod("hiring-api-new-a", "new", waiting("ErrImagePull", "not found")))
				p.Snapshot.Deployments[v1alpha1.ComponentAPI].Status = appsv1.DeploymentStatus{
					ObservedGeneration: 1, Replicas: 2, UpdatedReplicas: 1, ReadyReplicas: 1, AvailableReplicas: 1,
				}
			},
			want:    "False ImagePullFailed",
			message: "not found (pods of the previous template that keep serving: 1)",
		},
		{
			name: "the container crashes",
			change: func(p *Input) {
				rollingOut(p.Snapshot, pod("hiring-api-new-a", "new", exited("Error", 3, "cannot reach postgres://u:secret@db/x\nbye")))
			},
			want:    "False CrashLooping",
			message: "pod hiring-api-new-a, container main exited with code 3: cannot reach postgres://u:***@db/x bye",
		},
		{
			name: "the container runs out of memory",
			change: func(p *Input) {
				rollingOut(p.Snapshot, pod("hiring-api-new-a", "new", exited("OOMKilled", 137, "")))
			},
			want:    "False OOMKilled",
			message: "pod hiring-api-new-a, container main was killed for using more memory than its limit",
		},
		{
			name: "a ConfigMap is missing",
			change: func(p *Input) {
				rollingOut(p.Snapshot, pod("hiring-api-new-a", "new", waiting("CreateContainerConfigError", `configmap "x" not found`)))
			},
			want:    "False ConfigError",
			message: `can't be started (CreateContainerConfigError): configmap "x" not found`,
		},
		{
			name: "a probe fails",
			change: func(p *Input) {
				rollingOut(p.Snapshot, pod("hiring-api-new-a", "new", running))
				p.Snapshot.PodEvents["hiring-api-new-a"] = snapshot.PodEvent{Reason: "Unhealthy", Message: "Readiness probe failed: HTTP probe failed with statuscode: 503"}
			},
			want:    "False ProbeFailing",
			message: "pod hiring-api-new-a, container main is not ready: Readiness probe failed: HTTP probe failed with statuscode: 503",
		},
		{
			name: "no node takes the pod",
			change: func(p *Input) {
				rollingOut(p.Snapshot, pod("hiring-api-new-a", "new", unschedulable("0/1 nodes are available: 1 Insufficient cpu.")))
			},
			want:    "False Unschedulable",
			message: "pod hiring-api-new-a can't be scheduled: 0/1 nodes are available: 1 Insufficient cpu.",
		},
		{
			name: "a quota forbids the pod",
			change: func(p *Input) {
				rollingOut(p.Snapshot, pod("x", "old", isReadyPod))
				cannotCreate(p.Snapshot, "new", `pods "hiring-api-new-b" is forbidden: exceeded quota: small`)
			},
			want:    "False QuotaExceeded",
			message: "Deployment hiring-api can't create a pod: exceeded quota: small",
		},
		{
			name: "the pods of two templates in turn can't be created",
			change: func(p *Input) {
				rollingOut(p.Snapshot, pod("x", "old", isReadyPod))
				cannotCreate(p.Snapshot, "old", `pods "hiring-api-old-b" is forbidden: no PriorityClass with name missing was found`)
				cannotCreate(p.Snapshot, "new", `pods "hiring-api-new-b" is forbidden: RuntimeClass "missing" not found`)
			},
			want:    "False ConfigError",
			message: `Deployment hiring-api can't create a pod: RuntimeClass "missing" not found`,
		},
		{
			name: "an older template's pods still can't be created, and the current one's fails",
			change: func(p *Input) {
				rollingOut(p.Snapshot, pod("hiring-api-new-a", "new", waiting("CreateContainerConfigError", `secret "x" not found`)))
				cannotCreate(p.Snapshot, "old", `pods "hiring-api-old-b" is forbidden: no PriorityClass with name missing was found`)
			},
			want:    "False ConfigError",
			message: `secret "x" not found`,
		},
		{
			name: "a rollout stands still",
			change: func(p *Input) {
				rollingOut(p.Snapshot, pod("hiring-api-new-a", "new", running))
				p.Snapshot.Deployments[v1alpha1.ComponentAPI].Status.Conditions = []appsv1.DeploymentCondition{{
					Type: appsv1.DeploymentProgressing, Status: corev1.ConditionFalse, Reason: "ProgressDeadlineExceeded", Message: "has timed out",
				}}
			},
			want: "False ProgressDeadlineExceeded", message: "no progress for 600 s",
		},
		{
			name: "the template before stood still, and the one before that comes back",
			change: func(p *Input) {
				comesBack(p.Snapshot)
				p.Snapshot.Deployments[v1alpha1.ComponentAPI].Status.Conditions = []appsv1.DeploymentCondition{{
					Type: appsv1.DeploymentProgressing, Status: corev1.ConditionFalse, Reason: "ProgressDeadlineExceeded",
					Message: `ReplicaSet "hiring-api-old" has timed out progressing.`,
				}}
			},
			want: "False Progressing", message: "1 of 2 pods ready, 1 of 1 up to date",
		},
		{
			name: "a template comes back of which the Deployment has yet to take the revision",
			change: func(p *Input) {
				comesBack(p.Snapshot)
				p.Snapshot.Pods[v1alpha1.ComponentAPI] = append(p.Snapshot.Pods[v1alpha1.ComponentAPI],
					pod("hiring-api-old-a", "old", waiting("ErrImagePull", "not found")))
			},
			want: "False Progressing", message: "1 of 2 pods ready, 1 of 1 up to date",
		},
		{
			name: "the pods of an older template don't matter",
			change: func(p *Input) {
				rollingOut(p.Snapshot, pod("hiring-api-old-a", "old", exited("Error", 1, "")))
			},
			want: "False Progressing", message: "Deployment hiring-api: 0 of 1 pods ready, 1 of 1 up to date",
		},
		{
			name:   "a template that the Deployment's controller has not seen yet",
			change: func(p *Input) { changeTemplate(p.Snapshot.Deployments[v1alpha1.ComponentAPI]) },
			want:   "False Progressing", message: "Deployment hiring-api: 1 of 1 pods ready, 0 of 1 up to date",
		},
		{
			name: "the database is the cause, not the API",
			change: func(p *Input) {
				rollingOut(p.Snapshot, pod("hiring-api-new-a", "new", running))
				p.Snapshot.PodEvents["hiring-api-new-a"] = snapshot.PodEvent{Reason: "Unhealthy", Message: "503"}
				p.Snapshot.Pods[v1alpha1.ComponentDatabase] = []corev1.Pod{pod("hiring-database-0", "", exited("Error", 1, "disk full"))}
				failing(p)
			},
			want: "False DependencyDown", message: "pod hiring-database-0, container main exited with code 1: disk full",
		},
		{
			name: "the database starts for the first time",
			change: func(p *Input) {
				p.Snapshot.Pods[v1alpha1.ComponentDatabase] = []corev1.Pod{pod("hiring-database-0", "", running)}
				p.Snapshot.Application = snapshot.Application{Settled: true}
			},
			want: "False Starting", message: "pod hiring-database-0 is not ready",
		},
		{
			name: "the credentials are lost",
			change: func(p *Input) {
				delete(p.Snapshot.Credentials, v1alpha1.ComponentRedis)
			},
			want: "False CredentialsLost", message: "Secret hiring-redis-credentials that opens them does not exist",
		},
		{
			name: "the volume is pending",
			change: func(p *Input) {
				p.Snapshot.Claims[v1alpha1.ComponentDatabase].Status.Phase = corev1.ClaimPending
				p.Snapshot.Pods[v1alpha1.ComponentDatabase] = []corev1.Pod{pod("hiring-database-0", "", unschedulable("no volume"))}
				failing(p)
			},
			want: "False VolumePending", message: "PersistentVolumeClaim data-hiring-database-0 is not bound: it has no StorageClass, and the cluster has no default one; pod",
		},
		{
			name: "Stalled comes before everything",
			change: func(p *Input) {
				delete(p.Snapshot.Credentials, v1alpha1.ComponentRedis)
				p.Stalled = &Cause{v1alpha1.ReasonNameConflict, "Service hiring-api is not ours"}
			},
			want: "False NameConflict", message: "Service hiring-api is not ours",
		},
		{
			name:   "suspended",
			change: func(p *Input) { p.Tracker.Spec.Suspend = true },
			want:   "Unknown Suspended", message: "spec.suspend is true: the operator writes nothing, and the current spec may not be applied",
		},
		{
			name: "suspended, and another version runs",
			change: func(p *Input) {
				p.Tracker.Spec.Suspend, p.Tracker.Spec.Version = true, "1.1.0"
				for _, c := range []v1alpha1.Component{v1alpha1.ComponentAPI, v1alpha1.ComponentFrontend} {
					p.Snapshot.Pods[c][0].Labels[labelVersion] = "1.0.0"
				}
			},
			want: "Unknown Suspended", message: "spec.suspend is true: the operator writes nothing, and version 1.1.0 is wanted, 1.0.0 runs",
		},
		{
			name: "a new generation that can't be applied",
			change: func(p *Input) {
				p.Failed, p.Reconciling = true, &Cause{v1alpha1.ReasonReconcileFailed, "the API server is away"}
			},
			want: "False ReconcileFailed", message: "the API server is away",
		},
		{
			name: "a failing request after the generation was applied",
			change: func(p *Input) {
				p.Tracker.Status.ObservedGeneration = 3
				p.Tracker.Status.Conditions = []metav1.Condition{{Type: "Ready", Status: "True", Reason: "Ready"}}
				p.Failed, p.Reconciling = true, &Cause{v1alpha1.ReasonReconcileFailed, "the API server is away"}
			},
			want: "True Ready", message: "work",
		},
		{
			name: "nothing could be read",
			change: func(p *Input) {
				p.Tracker.Status.ObservedGeneration = 3
				p.Tracker.Status.Conditions = []metav1.Condition{{Type: "Ready", Status: "True", Reason: "Ready"}}
				p.Snapshot, p.Failed, p.Reconciling = nil, true, &Cause{v1alpha1.ReasonReconcileFailed, "forbidden"}
			},
			want: "Unknown ReconcileFailed", message: "could not be read: forbidden",
		},
		{
			name: "an external database works",
			change: func(p *Input) {
				p.Tracker.Spec.Database = &v1alpha1.DependencySpec{External: &v1alpha1.ExternalSpec{}}
			},
			want: "True Ready",
		},
		{
			name: "an external database is unknown while no API pod runs",
			change: func(p *Input) {
				p.Tracker.Spec.Database = &v1alpha1.DependencySpec{External: &v1alpha1.ExternalSpec{}}
				p.Snapshot.Application.Pods = nil
			},
			want: "Unknown Starting", message: "no running API pod to query",
		},
		{
			name: "an external database's Secret is missing, whatever the pods that read it before say",
			change: func(p *Input) {
				p.Tracker.Spec.Database = &v1alpha1.DependencySpec{External: &v1alpha1.ExternalSpec{
					SecretKeyRef: corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "people"}, Key: "uri"},
				}}
				p.Snapshot.External = map[v1alpha1.Component]snapshot.ExternalSecret{
					v1alpha1.ComponentDatabase: {Problem: `Secret "people" does not exist`},
				}
			},
			want:    "False SecretNotFound",
			message: `Secret "people" does not exist: put the URL into Secret "people" of this namespace, under key "uri"`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t1}
			if tt.change != nil {
				tt.change(&p)
			}
			got := Compute(p)
			r := got.Conditions[0]
			if r.Type != v1alpha1.ConditionReady {
				t.Fatalf("the first condition is %s, not Ready", r.Type)
			}
			if s := string(r.Status) + " " + r.Reason; s != tt.want {
				t.Errorf("Ready is %q (%s), want %q", s, r.Message, tt.want)
			}
			if !strings.Contains(r.Message, tt.message) {
				t.Errorf("Ready's message is\n%q, which does not hold\n%q", r.Message, tt.message)
			}
			if got.ObservedGeneration != 3 {
				t.Errorf("the status is about generation %d, want 3", got.ObservedGeneration)
			}
		})
	}
}

// A status changes only when the truth does.
func TestComputeIsStable(t *testing.T) {
	p := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t0}
	rollingOut(p.Snapshot, pod("hiring-api-new-a", "new", exited("Error", 3, "last words at 10:00")))
	p.Tracker.Status = Compute(p)

	p.Now = t1
	rollingOut(p.Snapshot, pod("hiring-api-new-a", "new", exited("Error", 3, "last words at 10:01")))
	if diff := cmp.Diff(p.Tracker.Status, Compute(p)); diff != "" {
		t.Errorf("the same crash, later, changed the status:\n%s", diff)
	}

	p.Snapshot = working()
	next := Compute(p)
	if at := meta.FindStatusCondition(next.Conditions, "Ready").LastTransitionTime; at != t1 {
		t.Errorf("Ready's transition is dated %s, want %s", at, t1)
	}
	if at := meta.FindStatusCondition(next.Conditions, "RedisHealthy").LastTransitionTime; at != t0 {
		t.Errorf("RedisHealthy did not change and is dated %s, want %s", at, t0)
	}
}

func TestReconcilingAndStalledArePresentOnlyWhenTrue(t *testing.T) {
	p := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t0}
	for _, c := range Compute(p).Conditions {
		if c.Type == v1alpha1.ConditionStalled || c.Type == v1alpha1.ConditionReconciling {
			t.Errorf("%s is present though everything works", c.Type)
		}
	}
	rollingOut(p.Snapshot, pod("hiring-api-new-a", "new", running))
	if !meta.IsStatusConditionTrue(Compute(p).Conditions, v1alpha1.ConditionReconciling) {
		t.Error("Reconciling is not True during a rollout")
	}
}

// kstatus shows Reconciling's message, and waits for what Ready does: it names the same cause.
func TestReconcilingNamesTheCause(t *testing.T) {
	p := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t0}
	p.Snapshot.Application.Pods = nil // No pod has reported the migrations yet.
	rollingOut(p.Snapshot, pod("hiring-api-new-a", "new", waiting("ImagePullBackOff", "not found")))
	conditions := Compute(p).Conditions
	ready, reconciling := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady), meta.FindStatusCondition(conditions, v1alpha1.ConditionReconciling)
	if ready == nil || reconciling == nil || ready.Reason != v1alpha1.ReasonImagePullFailed || reconciling.Message != ready.Message {
		t.Errorf("Ready is %+v, Reconciling %+v", ready, reconciling)
	}
}

// transitions are those of an operator that has just been started.
func transitions(before, after v1alpha1.InterviewTrackerStatus) []Event {
	events, _ := Transitions(catalog.Default(), &v1alpha1.InterviewTrackerSpec{}, before, after, nil)
	return events
}

// What has been reported is reported to be over, once, whatever lies between; and what has
// not is not.
func TestTransitionsOfALongerStory(t *testing.T) {
	p := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t0}
	p.Tracker.Status = Compute(p)
	var emitted Emitted
	var got []string
	step := func(change func(*snapshot.Snapshot)) {
		p.Now = metav1.NewTime(p.Now.Add(10 * time.Second))
		p.Snapshot = working()
		change(p.Snapshot)
		next := Compute(p)
		var events []Event
		events, emitted = Transitions(catalog.Default(), &v1alpha1.InterviewTrackerSpec{}, p.Tracker.Status, next, emitted)
		for _, e := range events {
			got = append(got, e.Reason)
		}
		p.Tracker.Status = next
	}
	unready := func(s *snapshot.Snapshot) {
		rollingOut(s, pod("hiring-api-new-a", "new", running))
		s.PodEvents["hiring-api-new-a"] = snapshot.PodEvent{Reason: "Unhealthy", Message: "503"}
	}
	down := func(s *snapshot.Snapshot) {
		s.Pods[v1alpha1.ComponentDatabase] = []corev1.Pod{pod("hiring-database-0", "", running)}
		s.Application.Failing = []string{"database"}
		unready(s)
	}
	step(down)
	step(func(s *snapshot.Snapshot) { // The database is back, and no pod responds yet.
		unready(s)
		s.Application.Pods = []snapshot.PodAnswer{silent("hiring-api-new-a", "x")}
	})
	step(unready) // The API can use it, and has yet to be probed by the kubelet.
	step(func(*snapshot.Snapshot) {})
	want := []string{"DatabaseUnhealthy", "DatabaseRecovered", "Ready"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTransitions(t *testing.T) {
	p := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t0}
	first := Compute(p)
	p.Tracker.Status = first

	p.Now = t1
	rollingOut(p.Snapshot, pod("hiring-api-new-a", "new", running))
	p.Snapshot.PodEvents["hiring-api-new-a"] = snapshot.PodEvent{Reason: "Unhealthy", Message: "503"}
	p.Snapshot.Pods[v1alpha1.ComponentDatabase] = []corev1.Pod{pod("hiring-database-0", "", running)}
	p.Snapshot.Application.Failing = []string{"database"}
	outage := Compute(p)
	p.Tracker.Status = outage

	p.Now = metav1.NewTime(t1.Add(90 * time.Second))
	p.Snapshot = working()
	recovered := Compute(p)

	tests := []struct {
		name          string
		before, after v1alpha1.InterviewTrackerStatus
		want          []Event
	}{
		{"ready at once", tracker().Status, first, []Event{
			{"Normal", "Ready", "all components and dependencies work"},
		}},
		{"an outage is reported by its cause alone", first, outage, []Event{
			{"Warning", "DatabaseUnhealthy", "DependencyDown: pod hiring-database-0 is not ready (Pending, container main: running, not ready)"},
		}},
		{"recovery reports how long it lasted", outage, recovered, []Event{
			{"Normal", "DatabaseRecovered", "the API's pods can use it, after 1m30s of DependencyDown"},
			{"Normal", "Ready", "all components and dependencies work"},
		}},
		{"nothing new", outage, outage, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, transitions(tt.before, tt.after)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOnlyProgress(t *testing.T) {
	starting := func(change func(*Input)) v1alpha1.InterviewTrackerStatus {
		p := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t0}
		rollingOut(p.Snapshot, pod("hiring-api-new-a", "new", running))
		p.Snapshot.Pods[v1alpha1.ComponentDatabase] = nil
		p.Snapshot.Application = snapshot.Application{}
		change(&p)
		return Compute(p)
	}
	first := starting(func(*Input) {})
	tests := []struct {
		name   string
		change func(*Input)
		want   bool
	}{
		{"the database got ready, the API is still starting", func(p *Input) {
			p.Snapshot.Pods[v1alpha1.ComponentDatabase] = []corev1.Pod{pod("hiring-database-0", "", isReadyPod)}
		}, true},
		{"all pods got ready, and the API has yet to be polled", func(p *Input) {
			p.Snapshot = working()
			p.Snapshot.Application = snapshot.Application{}
		}, true},
		{"all got ready", func(p *Input) { p.Snapshot = working() }, false},
		{"an image can't be pulled", func(p *Input) {
			rollingOut(p.Snapshot, pod("hiring-api-new-a", "new", waiting("ErrImagePull", "not found")))
		}, false},
		{"a new generation", func(p *Input) { p.Tracker.Generation++ }, false},
		{"stalled", func(p *Input) { p.Stalled = &Cause{v1alpha1.ReasonNameConflict, "x"} }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := OnlyProgress(catalog.Default(), &v1alpha1.InterviewTrackerSpec{}, first, starting(tt.change)); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}

// Whatever others wrote, a message is one line of plain text, bounded, without the password
// of a URL.
func TestMessagesArePlainAndBounded(t *testing.T) {
	hostile := "a\x1b[31mb\u202ec\u2028d\x07e\xfff postgres://u:secret@db " + strings.Repeat("ä", maxMessage)
	in := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t0, Stalled: &Cause{v1alpha1.ReasonInvalidPatch, hostile}}
	in.Snapshot.Deployments[v1alpha1.ComponentAPI].Spec.Template.Spec.Containers[1].Image = "app\x1b[31m:\u202e1.0"
	in.Snapshot.Pods[v1alpha1.ComponentDatabase] = []corev1.Pod{pod("hiring-database-0", "", exited("Error", 1, hostile))}
	in.Snapshot.Application = snapshot.Application{}
	rollingOut(in.Snapshot, pod("hiring-api-new-a", "new", waiting("CreateContainerError", hostile)))
	next := Compute(in)
	messages := map[string]string{}
	for _, c := range next.Conditions {
		messages[c.Type] = c.Message
	}
	for _, d := range next.Dependencies {
		messages[d.Name] = d.Message
	}
	for _, c := range next.Components {
		messages[string(c.Name)] = c.Image
	}
	for what, message := range messages {
		if utf8.RuneCountInString(message) > maxMessage || message != words.Line(message, maxMessage) || strings.Contains(message, "secret") {
			t.Errorf("%s: %q", what, message)
		}
	}
	if got := messages[v1alpha1.ConditionReady]; !strings.HasPrefix(got, "abc d") || !strings.HasSuffix(got, "ä…") {
		t.Errorf("Ready: %q", got)
	}
}

// A message stays the same while its cause does, but not if what it has is masked or withheld
// by now: an earlier version of the operator may have stored it.
func TestStoredMessagesRevealNothing(t *testing.T) {
	const withheld = words.Withheld + "the pod reads other Secrets"
	for name, test := range map[string]struct{ stored, says, want string }{
		"another output":       {"first", "second", "first"},
		"masked by now":        {"of password", "of ***", "of ***"},
		"masked before":        {"first ***", "second", "first ***"},
		"withheld by now":      {"password", withheld, withheld},
		"withheld before":      {withheld, "first", "first"},
		"nothing to be shown":  {"first", "", "first"},
		"withheld all along":   {withheld, withheld + " still", withheld},
		"a password in a URL":  {"postgres://u:pa#ss@db", "another", "postgres://u:***@db"},
		"one that Go misreads": {`parse "postgres://u:pa": invalid port ":pa"`, "another", `parse "postgres://u:***": invalid port "***"`},
	} {
		t.Run(name, func(t *testing.T) {
			in := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t0}
			crash := func(output string) {
				rollingOut(in.Snapshot, pod("hiring-api-new-a", "new", exited("Error", 1, output)))
			}
			crash("x")
			in.Tracker.Status = Compute(in)
			stored := meta.FindStatusCondition(in.Tracker.Status.Conditions, "APIAvailable")
			stored.Message = strings.TrimSuffix(stored.Message, "x") + test.stored
			crash(test.says)
			const head = "pod hiring-api-new-a, container main exited with code 1: "
			if got := meta.FindStatusCondition(Compute(in).Conditions, "APIAvailable").Message; got != head+test.want {
				t.Errorf("%q, want %q", got, head+test.want)
			}
		})
	}
}
