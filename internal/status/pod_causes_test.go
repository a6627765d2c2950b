// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// stuckPod is a pod in a state that the cluster gives a reason for, and the last warning about it.
type stuckPod struct {
	change func(*corev1.Pod)
	event  snapshot.PodEvent
}

func phaseFailed(reason string) stuckPod {
	return stuckPod{change: func(p *corev1.Pod) {
		p.CreationTimestamp = t0
		p.Status = corev1.PodStatus{Phase: corev1.PodFailed, Reason: reason, Message: "the kubelet's words"}
	}}
}

func ended(reason string, code int32) stuckPod {
	return stuckPod{change: exited(reason, code, "the last line")}
}

func creating(reason string) stuckPod {
	return stuckPod{waiting("ContainerCreating", ""), snapshot.PodEvent{Reason: reason, Message: "the event's words"}}
}

func conditions(all ...corev1.PodCondition) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Status.ContainerStatuses = nil
		p.Status.Conditions = all
	}
}

func unscheduled(reason string) stuckPod {
	return stuckPod{change: func(p *corev1.Pod) {
		conditions(corev1.PodCondition{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: reason, Message: "the scheduler's words"})(p)
		p.Spec.SchedulingGates = []corev1.PodSchedulingGate{{Name: "example.com/quota"}}
	}}
}

func disrupted(reason string) stuckPod {
	return stuckPod{change: func(p *corev1.Pod) {
		p.CreationTimestamp = t0
		conditions(corev1.PodCondition{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue, Reason: reason, Message: "who ended it"})(p)
		p.Status.Phase = corev1.PodFailed
	}}
}

// onlyReadyIsFalse is what the node controller, or a readiness gate, makes of a pod.
func onlyReadyIsFalse(p *corev1.Pod) {
	running(p)
	p.Status.ContainerStatuses[0].Ready = true
	p.Status.Conditions = []corev1.PodCondition{
		{Type: corev1.ContainersReady, Status: corev1.ConditionTrue}, {Type: corev1.PodReady, Status: corev1.ConditionFalse},
	}
}

func deleted(ago time.Duration, finalizers ...string) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.DeletionTimestamp = new(metav1.NewTime(t0.Add(-ago)))
		p.Finalizers, p.Spec.NodeName = finalizers, "node-1"
	}
}

// stuckPods are pods by the cluster's reason for their state.
func stuckPods() map[string]stuckPod {
	all := map[string]stuckPod{
		"OOMKilled": ended("OOMKilled", 137), "Error": ended("Error", 1), "Completed": ended("Completed", 0),
		"ContainerCannotRun": ended("ContainerCannotRun", 127), "StartError": ended("StartError", 128),
		"ContainerStatusUnknown": ended("ContainerStatusUnknown", 137),
		"Unhealthy":              {running, snapshot.PodEvent{Reason: "Unhealthy", Message: "Readiness probe failed: 503"}},
		"Unschedulable":          unscheduled("Unschedulable"), "SchedulerError": unscheduled("SchedulerError"),
		"SchedulingGated": unscheduled("SchedulingGated"),
		"NodeNotReady":    {change: onlyReadyIsFalse},
		"NodeLost":        phaseFailed("NodeLost"),
		"ReadinessGatesNotReady": {change: func(p *corev1.Pod) {
			onlyReadyIsFalse(p)
			p.Spec.ReadinessGates = []corev1.PodReadinessGate{{ConditionType: "example.com/in-balancer"}}
		}},
		"finalizers": {change: deleted(time.Hour, "example.com/cleanup")}, "deletionTimestamp": {change: deleted(time.Hour)},
	}
	for _, reason := range pullFailures {
		all[reason] = stuckPod{change: waiting(reason, "the registry's words")}
	}
	for _, reason := range []string{ // What the kubelet's packages container and kuberuntime define.
		"CreateContainerConfigError", "CreateContainerError", "RunContainerError", "PreCreateHookError", "PreStartHookError",
		"PostStartHookError", "KillContainerError", "VerifyNonRootError", "RunInitContainerError", "CreatePodSandboxError",
		"ConfigPodSandboxError", "KillPodSandboxError", "ResizePodInPlaceError", "RemoveContainerError",
	} {
		all[reason] = stuckPod{change: waiting(reason, "the kubelet's words")}
	}
	for reason := range creation {
		all[reason] = creating(reason)
	}
	for _, reason := range slices.Concat(refused, []string{
		"OutOfcpu", "OutOfmemory", "OutOfephemeral-storage", "OutOfpods", "Evicted", "Preempting", "Terminated", "Shutdown", "DeadlineExceeded",
	}) {
		all[reason] = phaseFailed(reason)
	}
	for _, reason := range []string{
		"PreemptionByScheduler", "DeletionByTaintManager", "DeletionByDeviceTaintManager", "EvictionByEvictionAPI", "DeletionByPodGC",
		"TerminationByKubelet",
	} {
		all[reason] = disrupted(reason)
	}
	return all
}

var documented = regexp.MustCompile("(?m)^\\| (`[^|]*`) \\| `(\\w+)` \\| ([^|]+) \\|")

// Each of the cluster's reasons leads to the reason and the words that are documented, and none
// is undocumented.
func TestPodCauses(t *testing.T) {
	page, err := os.ReadFile("../../docs/pod-causes.md")
	if err != nil {
		t.Fatal(err)
	}
	type told struct{ reason, words string }
	want := map[string]told{}
	for _, row := range documented.FindAllStringSubmatch(string(page), -1) {
		for name := range strings.SplitSeq(row[1], ", ") {
			want[strings.Trim(name, "`")] = told{row[2], strings.TrimSpace(row[3])}
		}
	}
	pods := stuckPods()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if _, known := pods[name]; !known {
			t.Errorf("%s is documented and not tried", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(pods)) {
		t.Run(name, func(t *testing.T) {
			p := pod("hiring-api-1", "new", pods[name].change)
			cause := causeOf(&p, pods[name].event, t0)
			if cause == nil {
				t.Fatal("no cause")
			}
			if cause.Reason != want[name].reason || !strings.Contains(cause.Head, want[name].words) {
				t.Errorf("%s: %s, want %s: %s", cause.Reason, cause.Message(), want[name].reason, want[name].words)
			}
			if severity[cause.Reason] == 0 || !strings.HasPrefix(cause.Message(), "pod hiring-api-1") {
				t.Errorf("severity %d, %s", severity[cause.Reason], cause.Message())
			}
		})
	}
}

// What passes by itself is no cause, and is yet described.
func TestPodsThatStart(t *testing.T) {
	for _, reason := range passing {
		p := pod("a", "new", waiting(reason, ""))
		if cause := causeOf(&p, snapshot.PodEvent{}, t0); cause != nil {
			t.Errorf("%s: %s", reason, cause.Message())
		}
		if reason != "" && !strings.Contains(notReadyYet(&p), "container main: "+reason) {
			t.Error(notReadyYet(&p))
		}
	}
	p := pod("a", "new", deleted(endingPatience))
	if cause := causeOf(&p, snapshot.PodEvent{}, t0); cause != nil {
		t.Errorf("being deleted: %s", cause.Message())
	}
}

// An init container that does not end, and a sidecar that does not start, keep the others from
// being started.
func TestInitContainersThatHangAreNamed(t *testing.T) {
	p := pod("a", "new", waiting("PodInitializing", ""))
	hanging := corev1.ContainerStatus{Name: "prepare", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}
	p.Status.InitContainerStatuses = []corev1.ContainerStatus{hanging}
	p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodInitialized, Status: corev1.ConditionFalse, Reason: "ContainersNotInitialized"}}
	const want = "init container prepare: running, and the containers after it wait for it"
	if got := notReadyYet(&p); !strings.Contains(got, want) {
		t.Error(got)
	}
	p.Status.Conditions[0].Status = corev1.ConditionTrue
	if got := notReadyYet(&p); !strings.Contains(got, "init container prepare: running, not ready") {
		t.Error(got)
	}
}

// That a postStart hook fails stays the cause while the kubelet backs off, of the container whose
// hook it is, and of this generation.
func TestAFailedHookStaysTheCause(t *testing.T) {
	in := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t0}
	state := func(change func(*corev1.Pod)) string {
		rollingOut(in.Snapshot, pod("hiring-api-new-a", "new", change))
		in.Tracker.Status = Compute(in)
		c := componentAvailable(in, in.Catalog.Primary())
		return c.Reason + ": " + c.Message
	}
	hook := state(waiting("PostStartHookError", "no such file"))
	if !strings.Contains(hook, "can't be started (PostStartHookError): no such file") {
		t.Fatal(hook)
	}
	if got := state(exited("Completed", 0, "")); got != hook {
		t.Errorf("got  %q,\nwant %q", got, hook)
	}
	in.Tracker.Generation++
	if got := state(exited("Completed", 0, "")); !strings.HasPrefix(got, v1alpha1.ReasonCrashLooping) {
		t.Error(got)
	}
}

// A pod on which nothing acts has no condition and no Event.
func TestPodsThatNothingActsOn(t *testing.T) {
	for name, test := range map[string]struct {
		age    time.Duration
		change func(*corev1.Pod)
		want   string
	}{
		"no scheduler": {time.Minute, func(p *corev1.Pod) { p.Spec.SchedulerName = "other" }, `see that its scheduler "other" (spec.schedulerName) runs`},
		"not yet":      {attendance, func(*corev1.Pod) {}, ""},
		"no kubelet":   {time.Minute, func(p *corev1.Pod) { p.Spec.NodeName = "node-1" }, "pod a is not started by its node: look at the kubelet of node node-1"},
		"a scheduler only now": {time.Minute, func(p *corev1.Pod) {
			p.Spec.NodeName = "node-1"
			p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: t0}}
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := pod("a", "new", conditions())
			p.Status.Phase, p.CreationTimestamp = corev1.PodPending, metav1.NewTime(t0.Add(-test.age))
			test.change(&p)
			got := ""
			if cause := causeOf(&p, snapshot.PodEvent{}, t0); cause != nil {
				got = cause.Message()
			}
			if !strings.Contains(got, test.want) || test.want == "" && got != "" {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestDetailsOfPodCauses(t *testing.T) {
	for name, test := range map[string]struct {
		pod  stuckPod
		want string
	}{
		"the gate that is not True": {stuckPods()["ReadinessGatesNotReady"], "example.com/in-balancer"},
		"the scheduling gate":       {unscheduled("SchedulingGated"), "example.com/quota"},
		"the finalizer":             {stuckPods()["finalizers"], "example.com/cleanup"},
		"the node":                  {stuckPods()["deletionTimestamp"], "node-1"},
		"an init container": {stuckPod{change: func(p *corev1.Pod) {
			p.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: "wait"}}
			p.Status.InitContainerStatuses[0].State.Waiting = &corev1.ContainerStateWaiting{Reason: "RunContainerError"}
		}}, "init container wait can't be started (RunContainerError)"},
		"missing-volume": {
			stuckPod{waiting("ContainerCreating", ""), snapshot.PodEvent{
				Reason: "FailedMount", Message: `MountVolume.SetUp failed for volume "extra" : configmap "missing" not found`,
			}},
			`pod a: a volume can't be mounted (FailedMount): MountVolume.SetUp failed for volume "extra" : configmap "missing" not found`,
		},
		"memory-milli, without the identifier of the sandbox": {
			stuckPod{waiting("ContainerCreating", ""), snapshot.PodEvent{
				Reason: "FailedCreatePodSandBox", Message: `plugin failed for sandbox "` + strings.Repeat("0a", 32) + `": no address`,
			}},
			`its sandbox can't be created (FailedCreatePodSandBox): plugin failed for sandbox "…": no address`,
		},
		"a second container": {stuckPod{
			func(p *corev1.Pod) {
				running(p)
				p.Status.ContainerStatuses[0].Ready = true
				second := p.Status.ContainerStatuses[0]
				second.Name, second.Ready = "proxy", false
				p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, second)
			},
			snapshot.PodEvent{Reason: "Unhealthy", Container: "proxy", Message: "Readiness probe failed: 503"},
		}, "pod a, container proxy is not ready: Readiness probe failed: 503"},
	} {
		t.Run(name, func(t *testing.T) {
			p := pod("a", "new", test.pod.change)
			cause := causeOf(&p, test.pod.event, t0)
			if cause == nil || !strings.Contains(cause.Message(), test.want) {
				t.Errorf("%v, want %s", cause, test.want)
			}
		})
	}
}

// A volume that is missing is named for the API and for the database, from their first start.
func TestCaseMissingVolume(t *testing.T) {
	p := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t0}
	event := snapshot.PodEvent{Reason: "FailedMount", Message: `MountVolume.SetUp failed for volume "x" : secret "gone" not found`}
	rollingOut(p.Snapshot, pod("hiring-api-new-a", "new", waiting("ContainerCreating", "")))
	p.Snapshot.Pods[v1alpha1.ComponentDatabase] = []corev1.Pod{pod("hiring-database-0", "", waiting("ContainerCreating", ""))}
	p.Snapshot.PodEvents["hiring-api-new-a"], p.Snapshot.PodEvents["hiring-database-0"] = event, event
	if c := componentAvailable(p, p.Catalog.Primary()); c.Reason != v1alpha1.ReasonConfigError || !strings.Contains(c.Message, event.Message) {
		t.Errorf("%s: %s", c.Reason, c.Message)
	}
	for _, d := range p.Catalog.Dependencies {
		if d.Name != v1alpha1.ComponentDatabase {
			continue
		}
		c := kubeletView(p, d, p.Snapshot.StatefulSets[d.Name])
		if c.Reason != v1alpha1.ReasonDependencyDown || !strings.Contains(c.Message, event.Message) {
			t.Errorf("%s: %s", c.Reason, c.Message)
		}
	}
}

// A second container keeps a Job's pod from ending; a sidecar, whose state is that of an init
// container, does not.
func TestSecondContainerOfAJob(t *testing.T) {
	job := func(now time.Duration, sidecar bool) string {
		done := failed("hiring-migrate-1-a", 0, 0, "")
		done.Status.Phase = corev1.PodRunning
		other := corev1.ContainerStatus{Name: "proxy", Ready: true, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}
		if sidecar {
			done.Status.InitContainerStatuses = []corev1.ContainerStatus{other}
		} else {
			done.Status.ContainerStatuses = append(done.Status.ContainerStatuses, other)
		}
		p := migrationsOf("", "", done)
		p.Now = metav1.NewTime(t0.Add(now))
		return migrationJob(p).Message
	}
	const want = "container proxy keeps the Job from ending"
	if got := job(time.Minute, false); !strings.Contains(got, want) {
		t.Error(got)
	}
	for _, got := range []string{job(time.Second, false), job(time.Minute, true)} {
		if strings.Contains(got, want) {
			t.Error(got)
		}
	}
}

// A rollout without a known cause says how far its pod is, until its deadline and after it.
func TestRolloutsWithoutAKnownCause(t *testing.T) {
	p := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t0}
	rollingOut(p.Snapshot, pod("hiring-api-new-a", "new", waiting("ContainerCreating", "")))
	d := p.Snapshot.Deployments[v1alpha1.ComponentAPI]
	const want = "pod hiring-api-new-a is not ready (Pending, container main: ContainerCreating)"
	if c := componentAvailable(p, p.Catalog.Primary()); c.Reason != v1alpha1.ReasonProgressing || !strings.Contains(c.Message, want) {
		t.Errorf("%s: %s", c.Reason, c.Message)
	}
	d.Status.Conditions = []appsv1.DeploymentCondition{{Type: appsv1.DeploymentProgressing, Reason: "ProgressDeadlineExceeded", Message: "timed out"}}
	if c := componentAvailable(p, p.Catalog.Primary()); c.Reason != v1alpha1.ReasonProgressDeadlineExceeded || !strings.Contains(c.Message, want) {
		t.Errorf("%s: %s", c.Reason, c.Message)
	}
}

// A container that has ended without an error, or of which only the back-off is known, is named.
func TestContainersThatEndedQuietly(t *testing.T) {
	in := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t1}
	completed := pod("a", "", exited("Completed", 0, ""))
	completed.Status.ContainerStatuses[0].State = corev1.ContainerState{
		Terminated: &corev1.ContainerStateTerminated{Reason: "Completed", FinishedAt: t1},
	}
	if got := notReadyYet(&completed); !strings.Contains(got, "exited with code 0") {
		t.Error(got)
	}
	looping := pod("a", "", waiting("CrashLoopBackOff", "back-off 5m0s"))
	looping.Status.ContainerStatuses[0].LastTerminationState = corev1.ContainerState{}
	if cause := mostSevere([]corev1.Pod{looping}, in); cause == nil || cause.Reason != v1alpha1.ReasonCrashLooping {
		t.Errorf("%+v", cause)
	}
}

// Each step of a pod's end would be another message, and another write of the status.
func TestAPodThatIsBeingDeletedHasOneState(t *testing.T) {
	gone := corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "hiring-database-0", DeletionTimestamp: &metav1.Time{}},
		Status: corev1.PodStatus{
			Phase:             corev1.PodRunning,
			Conditions:        []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionFalse, Reason: "PodCompleted"}},
			ContainerStatuses: []corev1.ContainerStatus{{Name: "postgres", State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 1}}}},
		},
	}
	if got, want := notReadyYet(&gone), "pod hiring-database-0 is not ready (being deleted)"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
