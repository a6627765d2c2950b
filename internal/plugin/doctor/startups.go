// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// startupMargin is the part of its budget from which on the start of a container is a warning, in percent.
const startupMargin = 80

// budget is how long a container may take to start before its probe restarts it, and the name of the probe.
// A probe of zero has the API server's defaults.
func budget(c *corev1.Container) (allowed time.Duration, probe string) {
	p, probe := c.StartupProbe, "startup"
	if p == nil {
		p, probe = c.LivenessProbe, "liveness"
	}
	if p == nil {
		return 0, ""
	}
	seconds := p.InitialDelaySeconds + p.FailureThreshold*p.PeriodSeconds
	return time.Duration(seconds) * time.Second, probe
}

// startup is how long a container took to start, or has been starting for. ready says which; ok is false when
// neither is known: a pod that became ready later than its budget allows has lost its readiness since.
func startup(pod *corev1.Pod, c *corev1.ContainerStatus, allowed time.Duration, now time.Time) (took time.Duration, ready, ok bool) {
	if c.State.Running == nil || c.State.Running.StartedAt.IsZero() {
		return 0, false, false
	}
	began := c.State.Running.StartedAt.Time
	condition := snapshot.PodCondition(pod, corev1.ContainersReady)
	if c.Ready && condition != nil && condition.Status == corev1.ConditionTrue {
		took = condition.LastTransitionTime.Sub(began)
		return took, true, took >= 0 && took <= allowed
	}
	if c.Started == nil || !*c.Started {
		return now.Sub(began), false, true
	}
	return 0, false, false
}

// startups is the check of how long containers take to start.
func startups(f Facts, t *Tracker) findings {
	var found findings
	if t.Pods.Unread != "" {
		found.notChecked("", t.Pods.Unread)
		return found
	}
	measured, slowest := 0, ""
	var longest time.Duration
	for i := range t.Pods.Value {
		pod := &t.Pods.Value[i]
		for j := range pod.Spec.Containers {
			c := &pod.Spec.Containers[j]
			state := slices.IndexFunc(pod.Status.ContainerStatuses, func(s corev1.ContainerStatus) bool { return s.Name == c.Name })
			allowed, probe := budget(c)
			if state < 0 || allowed <= 0 {
				continue
			}
			took, ready, ok := startup(pod, &pod.Status.ContainerStatuses[state], allowed, f.Now)
			if !ok {
				continue
			}
			measured++
			where := fmt.Sprintf("pod %s, container %s", pod.Name, c.Name)
			if slowest == "" || took > longest {
				longest, slowest = took, fmt.Sprintf("%s: %s of %s", where, seconds(took), seconds(allowed))
			}
			if took*100 <= allowed*startupMargin {
				continue
			}
			words := "%s took %s to start, of the %s after which its %s probe restarts it"
			if !ready {
				words = "%s has been starting for %s, of the %s after which its %s probe restarts it"
			}
			found.warn(budgetRemedy(pod, probe), words, where, seconds(took), seconds(allowed), probe)
		}
	}
	switch {
	case len(found) > 0:
	case measured == 0:
		found.notChecked("", "no container that has a startup or liveness probe has just started, or keeps when it did")
	default:
		found.pass("%s started in less than %d%% of what the probes allow; the slowest is %s", plugin.Count(measured, "container"), startupMargin, slowest)
	}
	return found
}

// budgetRemedy says where a probe is written.
func budgetRemedy(pod *corev1.Pod, probe string) string {
	field := fieldOf(pod.Labels[v1alpha1.LabelComponent])
	for _, c := range parts.Components {
		if string(c.Name) == field {
			return fmt.Sprintf("raise spec.%s.probes.startup.failureThreshold, or find out why it starts slowly: kubectl logs -n %s %s",
				field, pod.Namespace, pod.Name)
		}
	}
	return fmt.Sprintf("find out why it starts slowly: kubectl logs -n %s %s; spec.patches can raise the failureThreshold of its %s probe",
		pod.Namespace, pod.Name, probe)
}

// seconds is a duration in seconds, such as 12s.
func seconds(d time.Duration) string { return fmt.Sprintf("%ds", int(d.Seconds())) }
