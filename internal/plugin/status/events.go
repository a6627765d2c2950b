// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"cmp"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/events"
)

const (
	// maxEvents is how many events are shown.
	maxEvents = 5
	// eventAge is how old an event that is shown may be.
	eventAge = time.Hour
)

// Event is what happened, as often as it did.
type Event struct {
	Time    metav1.Time `json:"time"`
	Type    string      `json:"type"`
	Reason  string      `json:"reason"`
	Object  string      `json:"object"`
	Count   int32       `json:"count"`
	Message string      `json:"message"`

	of  string    // the kind of the object
	uid types.UID // the object's
}

// recent are the last events, the newest first.
func recent(f facts) []Event {
	all := merged(f.events, f.now)
	return all[:min(len(all), maxEvents)]
}

// merged are the events of the last hour, one for each reason and object, the newest first. It has
// the message of the last one.
func merged(all []corev1.Event, now metav1.Time) []Event {
	type key struct {
		uid                types.UID // A pod that replaces another may have its name.
		kind, name, reason string
	}
	found := map[key]Event{}
	for _, e := range all {
		k := key{e.InvolvedObject.UID, e.InvolvedObject.Kind, e.InvolvedObject.Name, e.Reason}
		one := events.Of(&e)
		event := Event{
			Time: one.Last, Type: one.Type, Reason: one.Reason, Object: one.Object, Count: one.Count, Message: one.Message,
			of: e.InvolvedObject.Kind, uid: e.InvolvedObject.UID,
		}
		if now.Sub(event.Time.Time) > eventAge {
			continue
		}
		if before, ok := found[k]; ok {
			count := before.Count + event.Count
			if before.Time.After(event.Time.Time) {
				event = before
			}
			event.Count = count
		}
		found[k] = event
	}
	return slices.SortedFunc(maps.Values(found), func(a, b Event) int {
		return cmp.Or(b.Time.Compare(a.Time.Time), cmp.Compare(a.Object, b.Object), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.uid, b.uid))
	})
}

// about reports whether an event is about the tracker, one of its parts, or one of the objects
// that have these names; not of an earlier tracker of its name.
func about(e corev1.Event, tracker *v1alpha1.InterviewTracker, names map[string]bool) bool {
	if e.InvolvedObject.Kind == v1alpha1.Kind {
		return e.InvolvedObject.UID == tracker.UID
	}
	last := events.Of(&e).Last
	return names[e.InvolvedObject.Name] && !last.Before(&tracker.CreationTimestamp)
}
