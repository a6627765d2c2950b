// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

// maxListed bounds a list of events, the API server's newest of which are not first.
const maxListed = 2000

// gather reads what there is to know of a tracker. Only the tracker itself must be readable.
func gather(ctx context.Context, cluster *plugin.Cluster, tracker plugin.Tracker, now metav1.Time) facts {
	f := facts{tracker: tracker, now: now}
	var pods corev1.PodList
	in := client.InNamespace(tracker.Namespace)
	if err := cluster.Client.List(ctx, &pods, in, client.MatchingLabels{v1alpha1.LabelTracker: tracker.Name}); err != nil {
		f.unread = append(f.unread, unreadable("pods", err))
	}
	f.pods = pods.Items
	var events corev1.EventList
	err := cluster.Client.List(ctx, &events, in, client.Limit(maxListed))
	if f.eventsUnread = eventsUnread(events, err); f.eventsUnread != "" {
		f.unread = append(f.unread, f.eventsUnread)
	}
	names := objectNames(tracker.InterviewTracker, f.pods)
	f.events = slices.DeleteFunc(events.Items, func(e corev1.Event) bool { return !about(e, tracker.InterviewTracker, names) })

	primary := catalog.Default().Primary()
	var unread []string
	f.asked, unread = ask(ctx, cluster.Config, ofComponent(f.pods, primary.Name), primary.Port(&tracker.Spec))
	f.unread = append(f.unread, unread...)
	return f
}

// eventsUnread is why events may be missing in a list; empty if it has all.
func eventsUnread(listed corev1.EventList, err error) string {
	switch {
	case err != nil:
		return unreadable("events", err)
	case listed.Continue != "":
		return fmt.Sprintf("events: the namespace has more than the %d that were read", maxListed)
	}
	return ""
}

func unreadable(what string, err error) string {
	if apierrors.IsForbidden(err) {
		return what + ": you may not list them in this namespace"
	}
	return fmt.Sprintf("%s: %v", what, err)
}

func ofComponent(pods []corev1.Pod, name v1alpha1.Component) []corev1.Pod {
	return slices.DeleteFunc(slices.Clone(pods), func(p corev1.Pod) bool { return p.Labels[v1alpha1.LabelComponent] != string(name) })
}

// objectNames are the names of the objects whose events are shown.
func objectNames(tracker *v1alpha1.InterviewTracker, pods []corev1.Pod) map[string]bool {
	names := map[string]bool{tracker.Name: true}
	for _, part := range catalog.Default().Names() {
		names[tracker.ChildName(part)] = true
	}
	for i := range pods {
		names[pods[i].Name] = true
		for _, owner := range pods[i].OwnerReferences {
			names[owner.Name] = true
		}
	}
	return names
}
