// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	logf "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// Some words stand only in Events: what the kubelet says of a failing probe, and
// why a StatefulSet's pod can't be made. They are read for one object of a
// component, until they are there, and once.
const (
	// patience is for how long an object may be amiss before its Events matter:
	// failing a first probe is part of starting.
	patience = 10 * time.Second
	// askAgain is the time until Events are read again that said nothing, at first;
	// it doubles up to askRarely.
	askAgain  = 30 * time.Second
	askRarely = 10 * time.Minute
	// maxEvents bounds how many of an object's Events are read.
	maxEvents = 16
)

// memory is what was read for one tracker, by the UID of the object. The zero
// memory is empty.
type memory struct {
	mu        sync.Mutex
	byTracker map[types.NamespacedName]map[types.UID]heard
}

// heard is what the Events of one object said.
type heard struct {
	words    string // Empty when they said nothing.
	at       time.Time
	patience time.Duration // Until they are read again.
}

// take returns what is remembered for a tracker, and replace keeps what is still
// of interest.
func (m *memory) take(tracker types.NamespacedName) map[types.UID]heard {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.byTracker[tracker]
}

func (m *memory) replace(tracker types.NamespacedName, now map[types.UID]heard) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(now) == 0 {
		delete(m.byTracker, tracker)
		return
	}
	if m.byTracker == nil {
		m.byTracker = map[types.NamespacedName]map[types.UID]heard{}
	}
	m.byTracker[tracker] = now
}

// readWords fills in what only Events tell. It is a help: that they can't be read
// keeps nobody from working.
func (o *Observer) readWords(ctx context.Context, t *v1alpha1.InterviewTracker, s *snapshot.Snapshot) {
	name := client.ObjectKeyFromObject(t)
	before, now := o.words.take(name), map[types.UID]heard{}
	defer func() { o.words.replace(name, now) }()
	listen := func(uid types.UID, reason string) string {
		h := before[uid]
		if h.words == "" && o.Clock.Since(h.at) > h.patience {
			h = heard{o.latestEvent(ctx, t.Namespace, uid, reason), o.Clock.Now(), min(max(2*h.patience, askAgain), askRarely)}
		}
		now[uid] = h
		return h.words
	}
	for _, c := range v1alpha1.Components {
		pods := s.Pods[c]
		if s.Deployments[c] != nil {
			pods = s.CurrentPods(c)
		}
		if pod := o.runningUnready(pods); pod != nil {
			s.ProbeFailures[pod.Name] = listen(pod.UID, "Unhealthy")
		}
		if set := s.StatefulSets[c]; set != nil && o.idle(set, pods) {
			s.CreateFailures[c] = listen(set.UID, "FailedCreate")
		}
	}
	if job := s.MigrationJob; job != nil && !s.Migrated() && o.idle(job, s.Pods[v1alpha1.ComponentMigrate]) {
		s.CreateFailures[v1alpha1.ComponentMigrate] = listen(job.UID, "FailedCreate")
	}
}

// idle tells whether what should have a pod has had none for a while.
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

// latestEvent is the message of the last Event with a reason on an object; empty
// when there is none.
func (o *Observer) latestEvent(ctx context.Context, namespace string, uid types.UID, reason string) string {
	var events corev1.EventList
	err := o.Live.List(ctx, &events, client.InNamespace(namespace), client.Limit(maxEvents),
		client.MatchingFields{"involvedObject.uid": string(uid), "reason": reason})
	if err != nil {
		logf.FromContext(ctx).Info("Reading Events failed: a cause is told without its words", "error", fmt.Sprint(err))
		return ""
	}
	if len(events.Items) == 0 {
		return ""
	}
	latest := slices.MaxFunc(events.Items, func(a, b corev1.Event) int {
		return cmp.Compare(a.LastTimestamp.UnixNano(), b.LastTimestamp.UnixNano())
	})
	return latest.Message
}
