// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	logf "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

// Some causes are only in Events: the kubelet's message about a failing probe, and why a
// StatefulSet's pod can't be created. They are read for one object of a component, once
// they exist, and then not again.
const (
	// patience is how long an object may fail before its Events matter: failing a first
	// probe is part of starting.
	patience = 10 * time.Second
	// firstRetry is the time until Events are read again when there were none; it
	// doubles up to lastRetry.
	firstRetry = 30 * time.Second
	lastRetry  = 10 * time.Minute
	// maxEvents bounds how many of an object's Events are read.
	maxEvents = 16
)

// cachedEvent is the latest Event of one object.
type cachedEvent struct {
	message    string // What may be shown of it; empty when there was none.
	at         time.Time
	retryAfter time.Duration
	// allowed is whether the tracker allowed to show the words of any pod.
	allowed bool
}

// readEvents fills in what only Events say. It is a help: an error is logged.
func (o *Observer) readEvents(ctx context.Context, t *v1alpha1.InterviewTracker, s *snapshot.Snapshot, h *hearing) {
	before, now := o.events.of(t), map[types.UID]cachedEvent{}
	defer func() { o.events.keep(t, now) }()
	allowed := t.Spec.ShowsLastWords()
	latest := func(uid types.UID, reason string, fit func(said string) string) string {
		e := before[uid]
		nothing := e.message == "" || strings.HasPrefix(e.message, words.Withheld)
		if nothing && o.Clock.Since(e.at) > e.retryAfter || e.message != "" && e.allowed != allowed {
			e.message, e.allowed = fit(o.latestEvent(ctx, t.Namespace, uid, reason)), allowed
			e.at, e.retryAfter = o.Clock.Now(), min(max(2*e.retryAfter, firstRetry), lastRetry)
		}
		now[uid] = e
		return e.message
	}
	whole := func(said string) string { return said } // The API server has it from no container.
	for _, c := range o.Catalog.Names() {
		pods := s.Pods[c]
		if s.Deployments[c] != nil {
			pods = s.CurrentPods(c)
		}
		if pod := o.runningUnready(pods); pod != nil {
			s.ProbeFailures[pod.Name] = latest(pod.UID, "Unhealthy", func(said string) string { return h.ofProbe(ctx, pod, said) })
		}
		if set := s.StatefulSets[c]; set != nil && o.idle(set, pods) {
			s.CreateFailures[c] = latest(set.UID, "FailedCreate", whole)
		}
	}
	if job := s.MigrationJob; job != nil && !s.Migrated() && o.idle(job, s.Pods[v1alpha1.ComponentMigrate]) {
		s.CreateFailures[v1alpha1.ComponentMigrate] = latest(job.UID, "FailedCreate", whole)
	}
}

// idle reports whether what should have a pod has had none for a while.
func (o *Observer) idle(owner metav1.Object, pods []corev1.Pod) bool {
	return len(pods) == 0 && o.Clock.Since(owner.GetCreationTimestamp().Time) > patience
}

// runningUnready is the youngest pod of which a container runs and isn't ready,
// though it has started; nil when there is none. Failures of the startup probe
// are routine until it has cost the container a restart.
func (o *Observer) runningUnready(pods []corev1.Pod) *corev1.Pod {
	var found *corev1.Pod
	for i := range pods {
		unready := slices.ContainsFunc(pods[i].Status.ContainerStatuses, func(c corev1.ContainerStatus) bool {
			starting := c.RestartCount == 0 && (c.Started == nil || !*c.Started)
			return c.State.Running != nil && !c.Ready && !starting && o.Clock.Since(c.State.Running.StartedAt.Time) > patience
		})
		if unready && pods[i].DeletionTimestamp == nil &&
			(found == nil || found.CreationTimestamp.Before(&pods[i].CreationTimestamp)) {
			found = &pods[i]
		}
	}
	return found
}

// maxEventMessage is how much of an Event's message is used, in bytes. Those of Kubernetes
// have a kilobyte at most; anybody who may create Events can write a megabyte.
const maxEventMessage = 4 << 10

// latestEvent is the message of the last Event with a reason on an object; empty
// when there is none.
func (o *Observer) latestEvent(ctx context.Context, namespace string, uid types.UID, reason string) string {
	var events corev1.EventList
	err := o.Live.List(ctx, &events, client.InNamespace(namespace), client.Limit(maxEvents),
		client.MatchingFields{"involvedObject.uid": string(uid), "reason": reason})
	if err != nil {
		logf.FromContext(ctx).Info("Could not read Events: the status reports a cause without its details", "error", fmt.Sprint(err))
		return ""
	}
	if len(events.Items) == 0 {
		return ""
	}
	last := slices.MaxFunc(events.Items, func(a, b corev1.Event) int {
		return cmp.Compare(a.LastTimestamp.UnixNano(), b.LastTimestamp.UnixNano())
	})
	return strings.ToValidUTF8(last.Message[:min(len(last.Message), maxEventMessage)], "")
}
