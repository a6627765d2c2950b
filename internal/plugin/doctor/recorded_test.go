// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"bytes"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/status"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
	"github.com/interview-tracker/interview-tracker-operator/test/golden"
	"github.com/interview-tracker/interview-tracker-operator/test/scenarios"
)

// TestEachRecordedScenario prints the whole page of each recorded status, in a cluster in which nothing else is wrong.
func TestEachRecordedScenario(t *testing.T) {
	scenarios.Each(t, func(t *testing.T, name string) {
		read, _ := scenarios.Read(t, name)
		f := healthy(t)
		f.Namespaces[0].Trackers.Value = []Tracker{recorded(read)}
		checks := Diagnose(f)
		var out bytes.Buffer
		if err := Print(&out, checks, plugin.Colors{}); err != nil {
			t.Fatal(err)
		}
		golden.Compare(t, filepath.Join("scenarios", name+".txt"), out.String())

		// Something is wrong with each tracker, unless its status says that nothing is.
		fine := read.DeletionTimestamp == nil && read.Status.ObservedGeneration == read.Generation && len(read.Status.Conditions) > 0 &&
			!slices.ContainsFunc(read.Status.Conditions, status.Wrong)
		if bad := slices.ContainsFunc(checks, func(c Check) bool { return c.Result == Fail || c.Result == Warn }); bad == fine {
			t.Errorf("the status is fine: %t; a check warns or fails: %t", fine, bad)
		}
	})
}

// recorded is a recorded tracker with the objects that its status speaks of: pods as they are counted and named there,
// Secrets and claims but for those that it misses.
func recorded(read plugin.Tracker) Tracker {
	object := read.InterviewTracker
	object.CreationTimestamp = ago(recently)
	t := tracker()
	t.Object, t.Unreadable, t.References = object, read.Unreadable, nil
	for _, r := range referencesOf(object) {
		there := !records(object, fmt.Sprintf("Secret %q does not exist", r.Name)) && !records(object, "Secret "+r.Name+" that opens them does not exist")
		t.References = append(t.References, Found{Reference: r, Exists: there, HasKey: there})
	}
	t.Claims.Value = slices.DeleteFunc(t.Claims.Value, func(c corev1.PersistentVolumeClaim) bool { return !managed(object, c.Name) })
	for i := range t.Claims.Value {
		claim := &t.Claims.Value[i]
		switch {
		case records(object, "PersistentVolumeClaim "+claim.Name+" is not bound"):
			claim.Status, claim.Spec.StorageClassName = corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimPending}, new("missing")
		case records(object, "PersistentVolumeClaim "+claim.Name+" is being deleted"):
			claim.DeletionTimestamp = new(ago(0))
		}
	}
	t.Pods.Value = recordedPods(&t)
	if len(t.Pods.Value) == 0 {
		t.Claims.Value, t.Scrapers[0].Targets.Value = nil, nil
	}
	return t
}

// records reports whether a status speaks of something.
func records(t *v1alpha1.InterviewTracker, text string) bool {
	return slices.ContainsFunc(t.Status.Conditions, func(c metav1.Condition) bool { return strings.Contains(c.Message, text) })
}

// managed reports whether a tracker has a dependency with this claim.
func managed(t *v1alpha1.InterviewTracker, claim string) bool {
	return slices.ContainsFunc(parts.Dependencies, func(d catalog.Dependency) bool {
		return d.ManagedSpec(&t.Spec) != nil && catalog.ClaimName(t, d.Name) == claim
	})
}

// recordedPods are as many ready pods as a status counts, and those that it names as not ready. After a rollback, the
// pods that failed are gone.
func recordedPods(t *Tracker) []corev1.Pod {
	var pods []corev1.Pod
	unready := map[string]bool{} // Of components.
	for _, c := range t.Object.Status.Conditions {
		if c.Reason == v1alpha1.ReasonRolledBack {
			continue
		}
		if pod := brokenPod(t, c); pod != nil && !slices.ContainsFunc(pods, func(p corev1.Pod) bool { return p.Name == pod.Name }) {
			pods = append(pods, *pod)
			unready[pod.Labels[v1alpha1.LabelComponent]] = true
		}
	}
	for _, healthyPod := range tracker().Pods.Value {
		component := healthyPod.Labels[v1alpha1.LabelComponent]
		ready, wanted := 0, 0
		for _, c := range t.Object.Status.Components {
			if string(c.Name) == component {
				_, _ = fmt.Sscanf(c.Ready, "%d/%d", &ready, &wanted) // It stays 0 of 0.
			}
		}
		if managed(t.Object, "data-hiring-"+component+"-0") && len(t.Object.Status.Components) > 0 && !unready[component] &&
			!records(t.Object, "StatefulSet hiring-"+component+" can't create a pod") {
			ready, wanted = 1, 1
		}
		for i := range wanted {
			pod := healthyPod.DeepCopy()
			pod.Name = fmt.Sprintf("hiring-%s-%d", component, i)
			switch {
			case i < ready:
				pods = append(pods, *pod)
			case !unready[component] && !records(t.Object, "Deployment hiring-"+component+" can't create a pod"):
				notReady(pod, waiting("ContainerCreating", ""))
				pods = append(pods, *pod)
			}
		}
	}
	return pods
}

// podNamed matches a condition's message that begins with a pod, its container, and what is wrong with it.
var podNamed = regexp.MustCompile(`pod (hiring-([a-z]+)-[a-z0-9-]+)(?:, container [a-z]+)?:? (.*)`)

// breaks are what makes a pod as a message says, by what the message has. Each returns the last warning about the pod.
var breaks = []struct {
	text  string
	apply func(pod *corev1.Pod, detail string) snapshot.PodEvent
}{
	{"is not ready: Readiness probe failed", func(pod *corev1.Pod, detail string) snapshot.PodEvent {
		notReady(pod, pod.Status.ContainerStatuses[0].State)
		pod.Status.ContainerStatuses[0].Started = new(true)
		return snapshot.PodEvent{Reason: "Unhealthy", Container: pod.Spec.Containers[0].Name, Message: "Readiness probe failed" + detail}
	}},
	{"can't be pulled: ", func(pod *corev1.Pod, detail string) snapshot.PodEvent {
		notReady(pod, waiting("ErrImagePull", detail))
		pod.Status.ContainerStatuses[0].Image = "interview-tracker-api:9.9.9"
		return snapshot.PodEvent{}
	}},
	{"(CreateContainerConfigError): ", func(pod *corev1.Pod, detail string) snapshot.PodEvent {
		notReady(pod, waiting("CreateContainerConfigError", detail))
		return snapshot.PodEvent{}
	}},
	{"(FailedMount): ", func(pod *corev1.Pod, detail string) snapshot.PodEvent {
		notReady(pod, waiting("ContainerCreating", ""))
		return snapshot.PodEvent{Reason: "FailedMount", Message: detail}
	}},
	{"exited with code 1: ", func(pod *corev1.Pod, _ string) snapshot.PodEvent {
		return crashed(pod, corev1.ContainerStateTerminated{ExitCode: 1, Reason: "Error", FinishedAt: ago(0)})
	}},
	{"was killed for using more memory", func(pod *corev1.Pod, _ string) snapshot.PodEvent {
		return crashed(pod, corev1.ContainerStateTerminated{ExitCode: 137, Reason: v1alpha1.ReasonOOMKilled, FinishedAt: ago(0)})
	}},
	{"can't be scheduled: ", func(pod *corev1.Pod, detail string) snapshot.PodEvent {
		return unscheduled(pod, corev1.PodReasonUnschedulable, detail)
	}},
	{"scheduling gates", func(pod *corev1.Pod, _ string) snapshot.PodEvent {
		pod.Spec.SchedulingGates = []corev1.PodSchedulingGate{{Name: "example.com/quota"}}
		return unscheduled(pod, corev1.PodReasonSchedulingGated, "")
	}},
	{"readiness gates", func(pod *corev1.Pod, _ string) snapshot.PodEvent {
		pod.Spec.ReadinessGates = []corev1.PodReadinessGate{{ConditionType: "example.com/load-balancer"}}
		ready := &pod.Status.Conditions[len(pod.Status.Conditions)-1]
		ready.Status, ready.Reason = corev1.ConditionFalse, "ReadinessGatesNotReady"
		return snapshot.PodEvent{}
	}},
	{"(being deleted)", func(pod *corev1.Pod, _ string) snapshot.PodEvent {
		notReady(pod, waiting("ContainerCreating", ""))
		pod.DeletionTimestamp = new(ago(0))
		return snapshot.PodEvent{}
	}},
	{"is not ready", func(pod *corev1.Pod, _ string) snapshot.PodEvent {
		notReady(pod, waiting("ContainerCreating", ""))
		return snapshot.PodEvent{}
	}},
}

// brokenPod is the pod that a condition says is not ready, nil if it names none.
func brokenPod(t *Tracker, c metav1.Condition) *corev1.Pod {
	message, _, _ := strings.Cut(c.Message, " (pods of the previous template")
	named := podNamed.FindStringSubmatch(message)
	if named == nil {
		return nil
	}
	i := slices.IndexFunc(tracker().Pods.Value, func(p corev1.Pod) bool { return p.Labels[v1alpha1.LabelComponent] == named[2] })
	if i < 0 {
		return nil // Of a Job: it has ended.
	}
	pod := &tracker().Pods.Value[i]
	pod.Name = named[1]
	if pod.Labels[v1alpha1.LabelComponent] == string(v1alpha1.ComponentDatabase) {
		pod.Spec.Containers[0].Name, pod.Status.ContainerStatuses[0].Name = "postgres", "postgres"
	}
	for _, b := range breaks {
		if _, detail, found := strings.Cut(named[3], b.text); found {
			t.Warnings[pod.Name] = b.apply(pod, detail)
			return pod
		}
	}
	return nil
}

func crashed(pod *corev1.Pod, ended corev1.ContainerStateTerminated) snapshot.PodEvent {
	notReady(pod, waiting("CrashLoopBackOff", ""))
	pod.Status.ContainerStatuses[0].RestartCount, pod.Status.ContainerStatuses[0].LastTerminationState.Terminated = 4, &ended
	return snapshot.PodEvent{}
}

func unscheduled(pod *corev1.Pod, reason, message string) snapshot.PodEvent {
	pod.Spec.NodeName, pod.Status = "", corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{{
		Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: reason, Message: message,
	}}}
	return snapshot.PodEvent{}
}
