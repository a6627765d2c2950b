// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/utils/ptr"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// endpointPatience is how long a pod is ready before its Service must lead to it.
const endpointPatience = 30 * time.Second

// misrouted is why a component's Service does not lead to its pods, which are ready; nil
// when it does, and when the cluster has no endpoints of the Service at all: nothing
// computes them, then, or not yet.
func misrouted(in Input, c catalog.Component, d *appsv1.Deployment) *podCause {
	found := in.Snapshot.EndpointSlices[c.Name]
	ready, since := readyPods(in.Snapshot, c.Name)
	old := in.Now.Sub(since) >= endpointPatience
	if len(found) == 0 || len(ready) == 0 {
		return nil
	}
	own, wrong, reached := listensOn(in, c, d), sets.New[int32](), false
	for i := range found {
		if !leadsToOne(&found[i], ready) {
			continue
		}
		ports := portsOf(&found[i]).Delete(c.MetricsPort(&in.Tracker.Spec)) // It has a number, which always leads somewhere.
		if ports.HasAny(own...) {
			reached = true
		} else if wrong = wrong.Union(ports); len(ports) == 0 {
			return serviceCause(d, "leads to no port: no container of the pods has a port of the name that it refers to; look at spec.patches")
		}
	}
	before := storedCondition(in, c.Condition.Type)
	switch {
	case len(wrong) > 0:
		return serviceCause(d, fmt.Sprintf("leads to port %s of the pods, and container %s listens on port %s: "+
			"another container may have a port of the same name; look at spec.patches and at what else changes pods",
			numbers(sets.List(wrong)), c.Name, numbers(own)))
	case reached, !old && before != nil && before.Status == metav1.ConditionTrue:
		return nil
	case !old:
		return &podCause{Reason: v1alpha1.ReasonProgressing, Head: fmt.Sprintf("Service %s does not lead to the ready pods yet", d.Name)}
	}
	return serviceCause(d, "leads to no ready pod, although pods are ready: "+
		"compare its selector with the labels of the pods (kubectl describe service "+d.Name+")")
}

// serviceCause is the cause of a Service, which has the name of the Deployment.
func serviceCause(d *appsv1.Deployment, what string) *podCause {
	return &podCause{Reason: v1alpha1.ReasonServiceMisrouted, Head: "Service " + d.Name + " " + what}
}

// leadsToOne reports whether a slice leads to one of some pods.
func leadsToOne(slice *discoveryv1.EndpointSlice, pods sets.Set[types.UID]) bool {
	return slices.ContainsFunc(slice.Endpoints, func(e discoveryv1.Endpoint) bool { return pods.Has(e.TargetRef.UID) })
}

// readyPods are a component's pods that are ready, and since when the first of them is.
func readyPods(s *snapshot.Snapshot, c v1alpha1.Component) (ready sets.Set[types.UID], since time.Time) {
	ready = sets.New[types.UID]()
	for i := range s.Pods[c] {
		pod := &s.Pods[c][i]
		if !snapshot.PodReady(pod) {
			continue
		}
		ready.Insert(pod.UID)
		if at := snapshot.PodCondition(pod, corev1.PodReady).LastTransitionTime.Time; since.IsZero() || at.Before(since) {
			since = at
		}
	}
	return ready, since
}

// unreachedFor returns when the pods of a Service that leads to none of them have been ready
// for so long that this is reported; 0 when there is no such Service.
func unreachedFor(s *snapshot.Snapshot, c v1alpha1.Component, now time.Time) time.Duration {
	ready, since := readyPods(s, c)
	reached := slices.ContainsFunc(s.EndpointSlices[c], func(e discoveryv1.EndpointSlice) bool { return leadsToOne(&e, ready) })
	if len(s.EndpointSlices[c]) == 0 || len(ready) == 0 || reached {
		return 0
	}
	return max(0, since.Add(endpointPatience).Sub(now))
}

// listensOn returns the ports that a component's own container listens on: the one that it
// is told to, if its readiness probe finds it there, or else those that are declared.
func listensOn(in Input, c catalog.Component, d *appsv1.Deployment) []int32 {
	var ports []int32
	for i := range d.Spec.Template.Spec.Containers {
		container := &d.Spec.Template.Spec.Containers[i]
		if container.Name != string(c.Name) {
			continue
		}
		for _, env := range container.Env {
			if probe := container.ReadinessProbe; env.Name == contract.EnvPort && probe != nil && probe.HTTPGet != nil &&
				env.Value == probe.HTTPGet.Port.String() && probe.HTTPGet.Port.IntVal > 0 {
				return []int32{probe.HTTPGet.Port.IntVal}
			}
		}
		for _, port := range container.Ports {
			ports = append(ports, port.ContainerPort)
		}
	}
	if len(ports) == 0 {
		return []int32{c.Port(&in.Tracker.Spec)}
	}
	return ports
}

func portsOf(slice *discoveryv1.EndpointSlice) sets.Set[int32] {
	ports := sets.New[int32]()
	for _, port := range slice.Ports {
		ports.Insert(ptr.Deref(port.Port, 0))
	}
	return ports
}

// numbers joins a few numbers of many.
func numbers(ports []int32) string {
	all := make([]string, len(ports))
	for i, port := range ports {
		all[i] = strconv.Itoa(int(port))
	}
	return strings.ReplaceAll(and(all), " and ", " or ")
}
