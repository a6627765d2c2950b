// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// crash makes a container of the API's pod one that has printed something and ended.
func crash(t *testing.T, tracker *v1alpha1.InterviewTracker, output string) {
	t.Helper()
	deployment := fetch(t, tracker, "hiring-api", &appsv1.Deployment{})
	deployment.Status.ReadyReplicas, deployment.Status.AvailableReplicas = 0, 0
	must(t, k8s.Status().Update(t.Context(), deployment))
	pod := fetch(t, tracker, "hiring-api-current-a", &corev1.Pod{})
	now := metav1.NewTime(time.Now().Add(time.Minute).Truncate(time.Second))
	pod.Status.Phase = corev1.PodRunning
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionFalse}}
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{
		Name: "api", RestartCount: 1, State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}},
		LastTerminationState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
			ExitCode: 1, Reason: "Error", Message: output, StartedAt: now, FinishedAt: now,
		}},
	}}
	must(t, k8s.Status().Update(t.Context(), pod))
}

// No password of the database or Redis reaches the status, an event or the log by what a
// container printed, in whatever form; and their Secrets are not read again while nothing
// changes.
func TestLastWordsHaveNoPasswords(t *testing.T) {
	t.Parallel()
	const password = "c0rrect#Horse"
	const database = "postgres://hiring:" + password + "@db.example.com/hiring"
	o := start(t)
	ns := namespace(t)
	createSecret(t, ns, "hiring-postgres", "url", database)
	tracker := create(t, ns, func(tracker *v1alpha1.InterviewTracker) {
		useExternal(tracker)
		tracker.Spec.Redis = nil
	})
	o.ready(t, tracker)
	o.events()
	redis := string(fetch(t, tracker, "hiring-redis-credentials", &corev1.Secret{}).Data["password"])
	_, invalid := url.Parse(database) //nolint:staticcheck // Its error is what leaks.

	for name, output := range map[string]string{
		"Go's error":    invalid.Error(),
		"a DSN":         "cannot connect to `user=hiring password=" + password + " database=hiring`",
		"encoded":       "postgres://" + url.UserPassword("hiring", password).String() + "@db.example.com refused",
		"the fragment":  "unknown fragment Horse@db.example.com/hiring",
		"over lines":    "password c0rrect\n#Hor\x1b[31mse",
		"a managed one": "AUTH " + redis[3:20] + " failed",
	} {
		for _, c := range tracker.Status.Conditions { // Each is a new cause.
			if c.Type == v1alpha1.ConditionAPIAvailable && c.Status == metav1.ConditionFalse {
				bringUp(t, tracker)
				o.until(t, tracker, "it does not recover", func() bool { return condition(tracker, "APIAvailable") == "True Available" })
			}
		}
		crash(t, tracker, output)
		o.until(t, tracker, name+" is not reported", func() bool { return condition(tracker, "APIAvailable") == "False CrashLooping" })
		if got := message(tracker, "APIAvailable"); !strings.Contains(got, "exited with code 1: ") || !strings.Contains(got, "***") {
			t.Errorf("%s: it reports %q", name, got)
		}
		events := o.events()
		if !slices.ContainsFunc(events, func(e string) bool { return strings.Contains(e, "exited with code 1: ") }) {
			t.Errorf("%s: the events are %q", name, events)
		}
		for _, shown := range append(events, text(t, tracker.Status)) {
			for _, secret := range []string{password, redis} {
				for i := range len(secret) - 4 {
					if strings.Contains(shown, secret[i:i+5]) {
						t.Errorf("%s: %q is disclosed: %s", name, secret[i:i+5], shown)
					}
				}
			}
		}
	}
	o.settle(t, tracker)
	o.requests.take()
	for range 3 {
		o.once(t, tracker)
	}
	if made := notWatches(o.requests.take()); len(made) > 0 {
		t.Errorf("while nothing changes, it made the requests %v", made)
	}
	crash(t, tracker, "AUTH "+redis+" failed again")
	read := func() (n int) {
		for _, r := range o.requests.take() {
			if r.verb == http.MethodGet && strings.Contains(r.path, "/secrets/") {
				n++
			}
		}
		return n
	}
	reads := 0
	eventually(t, "the new words are not compared", func() bool {
		o.once(t, tracker)
		reads += read()
		return reads > 0
	})
	o.settle(t, tracker)
	if reads += read(); reads != 2 {
		t.Errorf("for other words, %d Secrets are read", reads)
	}
}

// What a pod printed that reads other Secrets is withheld until the tracker allows it.
func TestLastWordsOfPodsWithOtherSecrets(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), nil)
	o.ready(t, tracker)
	pod := fetch(t, tracker, "hiring-api-current-a", &corev1.Pod{})
	must(t, k8s.Delete(t.Context(), pod))
	again := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name, Labels: pod.Labels, OwnerReferences: pod.OwnerReferences},
		Spec:       pod.Spec,
	}
	again.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "TOKEN", ValueFrom: &corev1.EnvVarSource{
		SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "other"}, Key: "token"},
	}}}
	must(t, k8s.Create(t.Context(), again))
	crash(t, tracker, "my token is Battery-Staple")
	const head = "pod hiring-api-current-a, container api exited with code 1: "
	o.until(t, tracker, "the crash is not reported", func() bool { return condition(tracker, "APIAvailable") == "False CrashLooping" })
	if got := message(tracker, "APIAvailable"); !strings.HasPrefix(got, head+"its output is withheld, as the pod reads other Secrets") ||
		!strings.Contains(got, "spec.diagnostics.lastWords") {
		t.Errorf("it reports %q", got)
	}
	for _, e := range o.events() {
		if strings.Contains(e, "Battery") {
			t.Errorf("event %q", e)
		}
	}
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Diagnostics = &v1alpha1.DiagnosticsSpec{LastWords: true} })
	o.until(t, tracker, "what is allowed is not reported", func() bool {
		return message(tracker, "APIAvailable") == head+"my token is Battery-Staple"
	})
}
