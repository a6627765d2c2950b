//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// disruptions is how often the pods are replaced. Without it, a short form is run.
var disruptions = flag.Int("disruptions", 0, "roll out, and delete a pod, this `number` of times under load")

// Neither a rollout nor the deletion of a pod loses a request of a user, with kept connections or new ones.
func TestNoRequestIsLost(t *testing.T) {
	t.Parallel()
	localOnly(t) // It needs the Services' addresses.
	// Ready soon, and not unready because a busy machine is slow for some seconds.
	soon := &v1alpha1.ProbeSpec{InitialDelaySeconds: new(int32(0)), PeriodSeconds: 1, FailureThreshold: 60}
	tracker := create(t, namespace(t), "hiring", func(s *v1alpha1.InterviewTrackerSpec) {
		s.API = &v1alpha1.ComponentSpec{Replicas: new(int32(2)), Probes: &v1alpha1.ProbesSpec{Startup: soon, Readiness: soon}}
		s.Frontend = &v1alpha1.ComponentSpec{Replicas: new(int32(2)), Probes: &v1alpha1.ProbesSpec{Readiness: soon}}
	})
	ready(t, tracker)
	served := serveUsers(t, tracker)

	for i := range cmp.Or(*disruptions, 2) {
		restart := strconv.Itoa(i)
		refresh(t, tracker)
		before := tracker.DeepCopy()
		tracker.Annotations = map[string]string{v1alpha1.AnnotationRestartedAt: restart}
		must(t, k8s.Patch(t.Context(), tracker, client.MergeFrom(before)))
		for _, name := range []string{"hiring-api", "hiring-frontend"} {
			eventually(t, tracker, name+" is not rolled out", func() bool {
				d := fetch(t, tracker, name, &appsv1.Deployment{})
				return d.Spec.Template.Annotations[v1alpha1.AnnotationRestartedAt] == restart && d.Status.ObservedGeneration == d.Generation &&
					d.Status.Replicas == 2 && d.Status.UpdatedReplicas == 2 && d.Status.AvailableReplicas == 2
			})
		}
	}
	for i := range cmp.Or(*disruptions, 3) {
		c := []v1alpha1.Component{v1alpha1.ComponentAPI, v1alpha1.ComponentFrontend}[i%2]
		doomed := lasting(t, tracker, c)[0]
		must(t, k8s.Delete(t.Context(), &doomed))
		await(t, "the deleted pod is not replaced", func() bool {
			n := 0
			for _, pod := range lasting(t, tracker, c) {
				if pod.UID != doomed.UID && isReady(&pod) {
					n++
				}
			}
			return n == 2
		})
	}
	for _, c := range []v1alpha1.Component{v1alpha1.ComponentAPI, v1alpha1.ComponentFrontend} {
		await(t, "the old pods do not end", func() bool { return len(componentPods(t, tracker, c)) == 2 })
	}
	requests, lost := served()
	t.Logf("%d requests, %d lost", requests, len(lost))
	if requests == 0 || len(lost) > 0 {
		t.Errorf("%d of %d requests were lost:\n%s", len(lost), requests, strings.Join(lost[:min(len(lost), 20)], "\n"))
	}
}

// lasting are the pods of a component that are not about to end.
func lasting(t *testing.T, tracker *v1alpha1.InterviewTracker, c v1alpha1.Component) (pods []corev1.Pod) {
	t.Helper()
	for _, pod := range componentPods(t, tracker, c) {
		if pod.DeletionTimestamp == nil {
			pods = append(pods, pod)
		}
	}
	return pods
}

func isReady(pod *corev1.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// serveUsers lets users request pages and records through the Services until the returned function is
// called, which gives the number of requests and what became of those that were lost. A client may send a GET again,
// but no POST.
func serveUsers(t *testing.T, tracker *v1alpha1.InterviewTracker) func() (requests int, lost []string) {
	t.Helper()
	at := func(c v1alpha1.Component, port int) string {
		service := fetch(t, tracker, tracker.ChildName(c), &corev1.Service{})
		return "http://" + net.JoinHostPort(service.Spec.ClusterIP, strconv.Itoa(port))
	}
	api, frontend := at(v1alpha1.ComponentAPI, 8000), at(v1alpha1.ComponentFrontend, 3000)
	awaitRoutes(t, api+"/positions", frontend+"/api/positions")
	ctx, cancel := context.WithCancel(t.Context())
	var (
		all      sync.WaitGroup
		mu       sync.Mutex
		requests int
		lost     []string
	)
	visit := func(method, url string, keepAlive bool, pause time.Duration) {
		transport := &http.Transport{DisableKeepAlives: !keepAlive}
		defer transport.CloseIdleConnections()
		user := &http.Client{Timeout: 30 * time.Second, Transport: transport}
		for ctx.Err() == nil {
			err := asks(ctx, user, method, url)
			mu.Lock()
			requests++
			if err != nil {
				lost = append(lost, fmt.Sprintf("%s %s %s, kept connections %t: %s", time.Now().Format(time.TimeOnly), method, url, keepAlive, err))
			}
			mu.Unlock()
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
		}
	}
	for _, keepAlive := range []bool{true, false} {
		for _, request := range []struct{ method, url string }{
			{http.MethodGet, api + "/positions"},
			{http.MethodPost, api + "/positions"},
			{http.MethodGet, frontend + "/"},
			{http.MethodGet, frontend + "/api/positions"},
			{http.MethodPost, frontend + "/api/positions"},
		} {
			all.Go(func() { visit(request.method, request.url, keepAlive, 200*time.Millisecond) })
		}
	}
	// One who reads for longer than a pod takes to end, or nearly as long.
	for _, pause := range []time.Duration{4 * time.Second, 11 * time.Second} {
		all.Go(func() { visit(http.MethodPost, frontend+"/api/positions", true, pause) })
	}
	return func() (int, []string) {
		cancel()
		all.Wait()
		return requests, lost
	}
}

// awaitRoutes waits until the node leads to the pods of Services: it does not at the moment at which the first are ready.
func awaitRoutes(t *testing.T, urls ...string) {
	t.Helper()
	await(t, "the node does not lead to the first pods", func() bool {
		return !slices.ContainsFunc(urls, func(url string) bool {
			return asks(t.Context(), http.DefaultClient, http.MethodGet, url) != nil
		})
	})
}

// asks sends a request of a user. That the end of the test breaks one off is no failure.
func asks(ctx context.Context, user *http.Client, method, url string) error {
	body := io.Reader(http.NoBody)
	if method == http.MethodPost {
		body = strings.NewReader(`{"title": "Gardener"}`)
	}
	r, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := user.Do(r)
	if errors.Is(err, context.Canceled) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if errors.Is(err, context.Canceled) {
		return nil
	}
	if err == nil && response.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("%s: %.200s", response.Status, answer)
	}
	return err
}
