// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/events"
)

// propagation is how long a kubelet may take to notice that a Secret has changed.
const propagation = 10 * time.Second

// knownSecret is what is known of a Secret that a tracker owns or names.
type knownSecret struct {
	// problem is why its values can't be masked; empty when they can.
	problem string
	// changed is when its values were written last: what has started before may have others.
	changed time.Time
	// immutable is set for one that a kubelet does not look at again.
	immutable bool
}

// Why the values of a Secret can't be masked.
const (
	problemUnreadable = "can't be read"
	problemMissing    = "does not exist"
)

// judge decides which words of programs may be in the report: those from which all Secrets that
// the program reads are masked.
type judge struct {
	secrets map[string]knownSecret
	// all allows what can't be masked.
	all bool
}

// withheld returns why the words of a pod's container that started at some time must not be in the
// report, or nothing. Without a time, they may be as old as the pod.
func (j *judge) withheld(pod *corev1.Pod, references []reference, started time.Time) string {
	if j.all {
		return ""
	}
	if mountsByDriver(pod) {
		return "a driver (csi or flexVolume) mounts a volume, in which there may be secrets"
	}
	created := pod.CreationTimestamp.Time
	if started.IsZero() {
		started = created
	}
	for _, r := range references {
		if r.pull {
			continue // The kubelet alone reads it.
		}
		since := started
		s := j.secrets[r.name]
		if s.immutable {
			since = created
		}
		if reason := s.unfit(r.name, since); reason != "" {
			return reason
		}
	}
	return ""
}

func (s knownSecret) unfit(name string, since time.Time) string {
	switch {
	case s.problem != "":
		return fmt.Sprintf("Secret %s, by which to mask it, %s", name, s.problem)
	case since.Before(s.changed):
		return fmt.Sprintf("Secret %s, by which to mask it, has changed since the program started, which may have the former values", name)
	default:
		return ""
	}
}

// withheldOf returns why the message of an event about a pod that has gone must not be in the
// report, or nothing: which Secrets it had read is not known.
func (j *judge) withheldOf(e events.Event, references []reference) string {
	if j.all {
		return ""
	}
	for _, r := range references {
		if reason := j.secrets[r.name].unfit(r.name, e.First.Time); reason != "" && !r.pull {
			return reason
		}
	}
	return ""
}

// changedAt is when the values of a Secret were written last, as far as its managed fields say, and
// kubelets have noticed.
func changedAt(secret *corev1.Secret) time.Time {
	made := secret.CreationTimestamp.Time
	last := made
	for _, by := range secret.ManagedFields {
		if by.Time != nil && by.Time.After(made) && !ofMetadata(by.FieldsV1) && by.Time.Add(propagation).After(last) {
			last = by.Time.Add(propagation)
		}
	}
	return last
}

// ofMetadata reports whether fields are of an object's metadata alone.
func ofMetadata(fields *metav1.FieldsV1) bool {
	var of map[string]json.RawMessage
	if fields == nil || json.Unmarshal([]byte(fields.GetRawString()), &of) != nil {
		return false
	}
	delete(of, "f:metadata")
	return len(of) == 0
}

// withholdMessages replaces in a pod what its containers may have said.
func withholdMessages(pod map[string]any, reason string) {
	walk("", pod["status"], func(key string, fields map[string]any) {
		said, is := fields["message"].(string)
		if is && said != "" && slices.Contains([]string{"", "terminated", "waiting"}, key) {
			fields["message"] = withheldText(reason)
		}
	})
}

func withheldText(reason string) string { return "withheld: " + reason }
