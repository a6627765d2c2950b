// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/podlog"
)

// source is a run of a container: with each restart begins another.
type source struct {
	tracker, component string
	pod, container     string
	// id identifies the run.
	id string
	// running is set while the run goes on.
	running bool
	// main is set for the container that the pod is there for.
	main bool
	// withTracker is set when lines of several trackers are shown.
	withTracker bool
}

// short is the name of a source in front of its lines, such as api-x2x4z: the component and the
// end of the pod's name.
func (s *source) short() string {
	name := s.pod
	if s.component != "" {
		name = s.component + "-" + s.pod[strings.LastIndexByte(s.pod, '-')+1:]
	}
	if s.withTracker {
		name = s.tracker + "/" + name
	}
	if !s.main {
		name += "/" + s.container
	}
	return name
}

// sourcesOf returns the runs of a pod's containers that have a log: the latest ones, or those
// before them. waiting says which containers have none, and why.
func sourcesOf(pod *corev1.Pod, previous bool) (sources []*source, waiting []string) {
	for _, c := range podlog.Containers(pod) {
		run := c.Latest
		if previous {
			run = c.Previous
		}
		switch {
		case run != nil:
			sources = append(sources, &source{
				tracker: pod.Labels[v1alpha1.LabelTracker], component: pod.Labels[v1alpha1.LabelComponent],
				pod: pod.Name, container: c.Name, main: c.Name == mainContainer(pod),
				id: string(pod.UID) + "/" + c.Name + "/" + run.ID, running: c.Running && !previous,
			})
		case !previous:
			waiting = append(waiting, fmt.Sprintf("container %s of pod %s has no log: %s", c.Name, pod.Name, c.Reason))
		}
	}
	return sources, waiting
}

// mainContainer is the container that a pod is there for: the first one, after which the
// operator's users may add others.
func mainContainer(pod *corev1.Pod) string {
	if name := pod.Annotations["kubectl.kubernetes.io/default-container"]; name != "" {
		return name
	}
	if len(pod.Spec.Containers) == 0 {
		return ""
	}
	return pod.Spec.Containers[0].Name
}

// componentNames are what users call components, beside the components' own names.
var componentNames = map[string]string{
	"postgres":   string(v1alpha1.ComponentDatabase),
	"migrations": string(v1alpha1.ComponentMigrate),
	"journeys":   string(v1alpha1.ComponentJourney),
}

// allComponents stands for all of them.
const allComponents = "all"

// componentsOf returns the values of the label of components that users name; none for all.
func componentsOf(names []string) []string {
	var values []string
	for _, name := range names {
		if name == allComponents {
			return nil
		}
		if own, known := componentNames[name]; known {
			name = own
		}
		values = append(values, name)
	}
	return values
}

// knownComponents are the names that a user may give.
func knownComponents() []string {
	return []string{
		string(v1alpha1.ComponentAPI), string(v1alpha1.ComponentFrontend), "postgres", string(v1alpha1.ComponentRedis), "migrations", "journeys", allComponents,
	}
}

// choose returns the pods of components, in the order of their names.
func choose(pods []corev1.Pod, components []string) []corev1.Pod {
	chosen := slices.DeleteFunc(slices.Clone(pods), func(pod corev1.Pod) bool {
		return len(components) > 0 && !slices.Contains(components, pod.Labels[v1alpha1.LabelComponent])
	})
	slices.SortFunc(chosen, func(a, b corev1.Pod) int { return strings.Compare(a.Name, b.Name) })
	return chosen
}

// componentsIn are the components that pods have.
func componentsIn(pods []corev1.Pod) []string {
	var names []string
	for i := range pods {
		names = append(names, pods[i].Labels[v1alpha1.LabelComponent])
	}
	slices.Sort(names)
	return slices.Compact(names)
}
