// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	logf "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

// Some causes are only in Events: the kubelet's messages about a probe that fails, a volume
// that can't be mounted or a sandbox that can't be created, the node controller's about a
// node, and why a StatefulSet's or a Job's pod can't be created. They are read for one object
// of a component, and again, ever more rarely, while its state stays the same.
const (
	// patience is how long an object may fail before its Events matter: failing a first
	// probe is part of starting.
	patience = 10 * time.Second
	// firstRetry is the time until Events are read again; it doubles up to lastRetry.
	firstRetry = 30 * time.Second
	lastRetry  = 10 * time.Minute
	// maxEvents bounds how many of an object's Events are read.
	maxEvents = 32
	// clockSkew is by how much an Event may seem to be older than what it explains: one is
	// dated by the kubelet, the other by the API server, and both in seconds.
	clockSkew = 2 * time.Second
)

// cachedEvent is the latest Event of one object.
type cachedEvent struct {
	event snapshot.PodEvent // What may be shown of it; zero when there was none.
	// since is when the state began that it explains, and generation the object's of which it speaks.
	since      time.Time
	generation int64
	at         time.Time
	retryAfter time.Duration
	// allowed is whether the tracker allowed to show the words of any pod.
	allowed bool
}

// due reports whether the Events of an object are to be read, or read again.
func (e cachedEvent) due(now time.Time, allowed bool) bool {
	return e.at.IsZero() || now.Sub(e.at) > e.retryAfter || e.event.Message != "" && e.allowed != allowed
}

// readEvents fills in what only Events say. It is a help: an error is logged.
func (o *Observer) readEvents(ctx context.Context, t *v1alpha1.InterviewTracker, s *snapshot.Snapshot, h *hearing) {
	before, now := o.events.of(t), map[types.UID]cachedEvent{}
	defer func() { o.events.keep(t, now) }()
	allowed := t.Spec.ShowsLastWords()
	latest := func(uid types.UID, state cachedEvent, of client.MatchingFields, find func([]corev1.Event) snapshot.PodEvent) snapshot.PodEvent {
		e := before[uid]
		if !e.since.Equal(state.since) || e.generation != state.generation {
			e = state
		}
		if e.due(o.Clock.Now(), allowed) {
			if events, err := o.eventsOf(ctx, t.Namespace, uid, of); err == nil {
				e.event = find(events)
			}
			e.allowed, e.at, e.retryAfter = allowed, o.Clock.Now(), min(max(2*e.retryAfter, firstRetry), lastRetry)
		}
		now[uid] = e
		return e.event
	}
	for _, c := range append(o.Catalog.Names(), v1alpha1.ComponentMigrate) {
		pods := s.Pods[c]
		if s.Deployments[c] != nil {
			pods = s.CurrentPods(c)
		}
		if pod, since := o.stuck(pods); pod != nil {
			event := latest(pod.UID, cachedEvent{since: since}, warnings, func(all []corev1.Event) snapshot.PodEvent {
				return h.lastWarning(ctx, pod, all, since)
			})
			if event.Message != "" {
				s.PodEvents[pod.Name] = event
			}
		}
		if owner := o.idleOwner(s, c, pods); owner != nil {
			s.CreateFailures[c] = latest(owner.GetUID(), cachedEvent{generation: tried(owner)}, nil, createFailure).Message
		}
	}
}

// idleOwner is the StatefulSet or the Job that should have a pod and has had none for a while;
// nil when there is none.
func (o *Observer) idleOwner(s *snapshot.Snapshot, c v1alpha1.Component, pods []corev1.Pod) metav1.Object {
	var owner metav1.Object
	switch {
	case s.StatefulSets[c] != nil:
		owner = s.StatefulSets[c]
	case c == v1alpha1.ComponentMigrate && s.MigrationJob != nil && !snapshot.JobFinished(s.MigrationJob) && !s.Migrated():
		owner = s.MigrationJob
	default:
		return nil
	}
	if len(pods) > 0 || o.Clock.Since(owner.GetCreationTimestamp().Time) <= patience {
		return nil
	}
	return owner
}

// tried is the generation of an object of which its controller has tried to create the pod.
func tried(owner metav1.Object) int64 {
	if set, ok := owner.(*appsv1.StatefulSet); ok {
		return set.Status.ObservedGeneration
	}
	return 0 // That of a Job is always the same pod.
}

// stuck is the youngest pod that has been in a state for a while that needs an Event to be
// explained, and since when; nil when there is none.
func (o *Observer) stuck(pods []corev1.Pod) (found *corev1.Pod, since time.Time) {
	for i := range pods {
		pod := &pods[i]
		began := unexplainedSince(pod)
		if began.IsZero() || o.Clock.Since(began) <= patience {
			continue
		}
		if found == nil || found.CreationTimestamp.Before(&pod.CreationTimestamp) {
			found, since = pod, began
		}
	}
	return found, since
}

// unexplainedSince is when a state of a pod began that only Events explain: a container that
// runs and isn't ready, though it has started, or containers that have not been created;
// zero if it is in none. Failures of the startup probe are routine until it has cost the
// container a restart.
func unexplainedSince(pod *corev1.Pod) time.Time {
	if pod.DeletionTimestamp != nil || snapshot.PodEnded(*pod) {
		return time.Time{}
	}
	scheduled := snapshot.PodCondition(pod, corev1.PodScheduled)
	creating := scheduled != nil && scheduled.Status == corev1.ConditionTrue
	for _, c := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
		starting := c.RestartCount == 0 && (c.Started == nil || !*c.Started)
		if c.State.Running != nil && !c.Ready && !starting {
			return runningSince(&c)
		}
		if w := c.State.Waiting; w == nil || w.Reason != "ContainerCreating" && w.Reason != "PodInitializing" && w.Reason != "" {
			creating = false
		}
	}
	if creating {
		return scheduled.LastTransitionTime.Time
	}
	return time.Time{}
}

// runningSince is when a container began to run or, if it was restarted, the run before: what
// cost it the restart may be why it isn't ready now.
func runningSince(c *corev1.ContainerStatus) time.Time {
	if last := c.LastTerminationState.Terminated; last != nil && !last.StartedAt.IsZero() {
		return last.StartedAt.Time
	}
	return c.State.Running.StartedAt.Time
}

// maxEventMessage is how much of an Event's message is used, in bytes. Those of Kubernetes
// have a kilobyte at most; anybody who may create Events can write a megabyte.
const maxEventMessage = 4 << 10

// warnings selects the Events that may explain a state: the others of a pod are as many.
var warnings = client.MatchingFields{"type": corev1.EventTypeWarning}

// combined begins the message of an Event that stands for many that differ a little.
const combined = "(combined from similar events): "

// eventsOf are the Events of one object that have certain fields, the latest first.
func (o *Observer) eventsOf(ctx context.Context, namespace string, uid types.UID, of client.MatchingFields) ([]corev1.Event, error) {
	var events corev1.EventList
	selected := client.MatchingFields{"involvedObject.uid": string(uid)}
	maps.Copy(selected, of)
	err := o.Live.List(ctx, &events, client.InNamespace(namespace), client.Limit(maxEvents), selected)
	if err != nil {
		logf.FromContext(ctx).Info("Could not read Events: the status reports a cause without its details", "exception", fmt.Sprint(err))
		return nil, err
	}
	return latestFirst(events.Items), nil
}

// latestFirst sorts the Events of one object, and bounds their messages.
func latestFirst(events []corev1.Event) []corev1.Event {
	for i := range events {
		e := &events[i]
		e.Message = strings.TrimPrefix(strings.ToValidUTF8(e.Message[:min(len(e.Message), maxEventMessage)], ""), combined)
	}
	slices.Reverse(events) // Of those of the same second, the last that was created counts: they are named by the time.
	slices.SortStableFunc(events, func(a, b corev1.Event) int { return lastSeen(&b).Compare(lastSeen(&a)) })
	return events
}

// lastSeen is when an Event last happened: the older and the newer API keep it in different
// fields.
func lastSeen(e *corev1.Event) time.Time {
	last := e.LastTimestamp.Time
	if last.Before(e.EventTime.Time) {
		last = e.EventTime.Time
	}
	if e.Series != nil && last.Before(e.Series.LastObservedTime.Time) {
		last = e.Series.LastObservedTime.Time
	}
	return last
}

// createFailure is why an object's controller can't create its pod. A failure before the last
// success explains nothing.
func createFailure(latestFirst []corev1.Event) snapshot.PodEvent {
	last := func(reason string) *corev1.Event {
		i := slices.IndexFunc(latestFirst, func(e corev1.Event) bool { return e.Reason == reason })
		if i < 0 {
			return nil
		}
		return &latestFirst[i]
	}
	failure, success := last("FailedCreate"), last("SuccessfulCreate")
	if failure == nil || success != nil && !lastSeen(failure).After(lastSeen(success)) {
		return snapshot.PodEvent{}
	}
	return snapshot.PodEvent{Reason: failure.Reason, Message: failure.Message} // The API server has it from no container.
}

// ofContainer matches what an Event is about, such as spec.containers{api}.
var ofContainer = regexp.MustCompile(`^spec\.(?:initContainers|containers|ephemeralContainers)\{([^{}]*)\}$`)

// lastWarning is what may be shown of the last warning about a pod since some time.
func (h *hearing) lastWarning(ctx context.Context, pod *corev1.Pod, latestFirst []corev1.Event, since time.Time) snapshot.PodEvent {
	e := explaining(pod, latestFirst, since)
	if e == nil {
		return snapshot.PodEvent{}
	}
	event := withoutMessage(e)
	if fromKubelet[e.Reason] {
		event.Message = h.ofKubelet(ctx, e.Message)
	} else {
		event.Message = h.ofProbe(ctx, pod, e.Message)
	}
	return event
}

// LastWarning is the last of a pod's Events that may say why it is not ready, for those who can't read
// the Secrets by which to mask a message: it has only messages that no container has a part in. The zero
// value when there is none.
func LastWarning(pod *corev1.Pod, events []corev1.Event) snapshot.PodEvent {
	e := explaining(pod, latestFirst(slices.Clone(events)), unexplainedSince(pod))
	if e == nil {
		return snapshot.PodEvent{}
	}
	event := withoutMessage(e)
	said := strings.TrimSpace(e.Message)
	if fromKubelet[e.Reason] || failedStatus.MatchString(strings.TrimPrefix(said, failed.FindString(said))) {
		event.Message = words.WithoutPasswordInURL(said)
	}
	return event
}

// explaining is the last warning about a pod since some time that may explain its state; nil when there
// is none.
func explaining(pod *corev1.Pod, latestFirst []corev1.Event, since time.Time) *corev1.Event {
	recent := slices.DeleteFunc(slices.Clone(latestFirst), func(e corev1.Event) bool {
		return e.Type != corev1.EventTypeWarning || !explains(&e, pod) || lastSeen(&e).Before(since.Add(-clockSkew))
	})
	for i := range recent {
		if e := &recent[i]; i+1 == len(recent) || !isSummary(e) || recent[i+1].Reason != e.Reason {
			return e
		}
	}
	return nil
}

// withoutMessage is an Event without its message.
func withoutMessage(e *corev1.Event) snapshot.PodEvent {
	event := snapshot.PodEvent{Reason: words.Line(e.Reason, maxReason)}
	if found := ofContainer.FindStringSubmatch(e.InvolvedObject.FieldPath); found != nil {
		event.Container = found[1]
	}
	return event
}

// beside are the reasons of warnings that come again and again of pods that nothing keeps
// from running.
var beside = []string{"DNSConfigForming", "FailedToRetrieveImagePullSecret", "PolicyViolation", "ProbeWarning"}

// explains reports whether a warning may say why a pod is in its state: when a container
// runs, only that it fails its probe or that its node does not respond.
func explains(e *corev1.Event, pod *corev1.Pod) bool {
	runs := func(c corev1.ContainerStatus) bool { return c.State.Running != nil }
	if slices.ContainsFunc(pod.Status.InitContainerStatuses, runs) || slices.ContainsFunc(pod.Status.ContainerStatuses, runs) {
		return e.Reason == "Unhealthy" || e.Reason == "NodeNotReady"
	}
	return !slices.Contains(beside, e.Reason) && !strings.Contains(e.Message, unrelated)
}

// unrelated is in what the API server's node authorizer answers to a kubelet that asks for an
// object of a pod before the authorizer has seen the pod on its node. The next attempt works.
const unrelated = "no relationship found between node "

// isSummary reports whether an Event only counts the volumes that are not mounted: the one
// before it says why one of them can't be.
func isSummary(e *corev1.Event) bool {
	return strings.HasPrefix(e.Message, "Unable to attach or mount volumes: ")
}

// maxReason bounds the reason of an Event, in characters.
const maxReason = 64

// fromKubelet are the reasons of Events whose messages never come from a container.
var fromKubelet = map[string]bool{
	"FailedMount": true, "FailedAttachVolume": true, "FailedMapVolume": true, "FailedMountOnFilesystemMismatch": true,
	"FileSystemResizeFailed": true, "VolumeResizeFailed": true, "FailedCreatePodSandBox": true, "FailedPodSandBoxStatus": true,
	"NetworkNotReady": true, "NodeNotReady": true, "FailedPrepareDynamicResources": true, "FailedScheduling": true,
	"FailedKillPod": true, "FailedCreatePodContainer": true, "FailedNodeDeclaredFeaturesCheck": true, "FailedValidation": true,
	"SandboxChanged": true,
}
