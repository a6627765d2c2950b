//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// With an optional Redis, its outage is reported, and no user notices it.
func TestOptionalRedis(t *testing.T) {
	t.Parallel()
	localOnly(t)
	ns := namespace(t)
	admitAll(t, ns)
	tracker := create(t, ns, "hiring", func(s *v1alpha1.InterviewTrackerSpec) {
		s.API = &v1alpha1.ComponentSpec{Replicas: new(int32(2))}
		s.Redis = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{}, Requirement: v1alpha1.RequirementOptional}
		s.Health = patientPolls()
	})
	ready(t, tracker)
	eventually(t, tracker, "Redis does not become healthy", func() bool { return is(tracker, "RedisHealthy", "True Healthy") })

	t.Run("stops while users are served", func(t *testing.T) { servesWithoutRedis(t, tracker) })
	t.Run("has no Secret when the tracker starts", func(t *testing.T) { startsWithoutRedis(t, tracker) })
}

func servesWithoutRedis(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	before := readySince(t, tracker)
	seen := watch(t, tracker, v1alpha1.ConditionReady)
	served := serve(t, tracker)

	pod := fetch(t, tracker, "hiring-redis-0", &corev1.Pod{})
	signal(t, pod, redisProcess, syscall.SIGSTOP)
	defer signal(t, pod, redisProcess, syscall.SIGCONT)
	withoutRedis(t, tracker, "ConnectionFailed")
	emitted(t, tracker, "RedisUnhealthy", "ConnectionFailed: pod hiring-redis-0 is ready, and no API pod can use it")
	responds(t, tracker, v1alpha1.ComponentFrontend, "/status", "may open slowly at the moment")
	signal(t, pod, redisProcess, syscall.SIGCONT)
	eventually(t, tracker, "Redis does not recover", func() bool { return is(tracker, "RedisHealthy", "True Healthy") })

	restarts := keepKilling(t, pod, redisProcess)
	withoutRedis(t, tracker, "DependencyDown")
	record(t, "optional-redis-down", tracker)
	restarts()
	eventually(t, tracker, "the end of the outage is not reported", func() bool { return readyAs(tracker, "all components and dependencies work") })
	served()

	for _, c := range seen() {
		if c.Status != metav1.ConditionTrue {
			t.Errorf("Ready was %s (%s): %s", c.Status, c.Reason, c.Message)
		}
	}
	if after := readySince(t, tracker); before != after {
		t.Errorf("the API's pods did not stay ready: since %s before the outage, since %s after it", before, after)
	}
}

// withoutRedis waits until an outage of Redis is reported, which is none of the tracker's.
func withoutRedis(t *testing.T, tracker *v1alpha1.InterviewTracker, reason string) {
	t.Helper()
	works := fmt.Sprintf("all components work; the optional Redis is down (%s): pod hiring-redis-0", reason)
	eventually(t, tracker, "the outage is not reported with "+reason, func() bool {
		return is(tracker, "RedisHealthy", "False "+reason) && is(tracker, "APIAvailable", "True Available") && readyAs(tracker, works)
	})
}

// keepKilling kills a pod's process each time that the kubelet has started it again, until the returned
// function is called.
func keepKilling(t *testing.T, pod *corev1.Pod, command string) (stop func()) {
	t.Helper()
	return traffic(t, 1, func(ctx context.Context) {
		for _, pid := range runningIn(t, pod, command) {
			_ = syscall.Kill(pid, syscall.SIGKILL) // It may have exited.
		}
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	})
}

// readyAs reports whether a tracker is Ready with a message that begins so.
func readyAs(tracker *v1alpha1.InterviewTracker, beginning string) bool {
	c := meta.FindStatusCondition(tracker.Status.Conditions, v1alpha1.ConditionReady)
	return is(tracker, v1alpha1.ConditionReady, "True Ready") && strings.HasPrefix(c.Message, beginning)
}

// readySince is since when which of the API's pods are ready.
func readySince(t *testing.T, tracker *v1alpha1.InterviewTracker) string {
	t.Helper()
	var since []string
	for _, pod := range apiPods(t, tracker) {
		for _, c := range pod.Status.Conditions {
			if c.Type == corev1.PodReady {
				since = append(since, fmt.Sprintf("%s %s %s", pod.Name, c.Status, c.LastTransitionTime.UTC()))
			}
		}
	}
	return strings.Join(since, ", ")
}

// staleAtMost is for how long a list may lack what is new: the API caches it for ten seconds, and
// Redis may be slow to store it.
const staleAtMost = 15 * time.Second

// serve has users read and write through the API's Service, until the returned function is called: it
// checks that each of them was served. Each has to find what they have created.
func serve(t *testing.T, tracker *v1alpha1.InterviewTracker) (end func()) {
	t.Helper()
	service := fetch(t, tracker, "hiring-api", &corev1.Service{})
	base := fmt.Sprintf("http://%s:%d", service.Spec.ClusterIP, service.Spec.Ports[0].Port)
	awaitRoutes(t, base+"/positions")
	s := &served{base: base, answers: map[string]int{}}
	var created atomic.Int64
	stop := traffic(t, 2, func(ctx context.Context) {
		title := fmt.Sprintf("Gardener %d", created.Add(1))
		if answer, _ := s.ask(ctx, http.MethodPost, "/positions", `{"title": "`+title+`"}`); answer != "201 Created" {
			return // That is counted.
		}
		for changed := time.Now(); ; {
			asked := time.Now()
			if _, list := s.ask(ctx, http.MethodGet, "/positions?limit=100", ""); strings.Contains(list, `"`+title+`"`) {
				break
			}
			if asked.Sub(changed) > staleAtMost {
				t.Errorf("%s is not listed %s after it was created", title, asked.Sub(changed))
				break
			}
			time.Sleep(200 * time.Millisecond)
		}
		s.ask(ctx, http.MethodGet, "/users", "")
		select { // Users read before they go on; other tests need the CPU.
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	})
	return func() {
		stop()
		t.Logf("users were answered %v, after %s at most", s.answers, s.slowest)
		for answer, n := range s.answers {
			if !strings.HasPrefix(answer, "2") {
				t.Errorf("%d users were answered %s", n, answer)
			}
		}
		if s.answers["200 OK"] == 0 || s.answers["201 Created"] == 0 {
			t.Error("no user was served")
		}
	}
}

// served is how users were served.
type served struct {
	base string

	mu      sync.Mutex
	answers map[string]int
	slowest time.Duration
}

// ask sends a request, which has a connection of its own, and so a pod that the node's proxy chooses. The
// answer is the status, or the error.
func (s *served) ask(ctx context.Context, method, path, body string) (answer, content string) {
	browser := &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}
	began := time.Now()
	r, err := http.NewRequestWithContext(context.WithoutCancel(ctx), method, s.base+path, strings.NewReader(body))
	if err == nil {
		r.Header.Set("Content-Type", "application/json")
		var response *http.Response
		if response, err = browser.Do(r); err == nil {
			defer response.Body.Close()
			var read []byte
			read, err = io.ReadAll(response.Body)
			answer, content = response.Status, string(read)
		}
	}
	if err != nil {
		answer = err.Error()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[answer]++
	s.slowest = max(s.slowest, time.Since(began))
	return answer, content
}

// startsWithoutRedis creates a tracker whose Redis is another one's, and its Secret only when the tracker
// works.
func startsWithoutRedis(t *testing.T, owner *v1alpha1.InterviewTracker) {
	tracker := create(t, owner.Namespace, "early", func(s *v1alpha1.InterviewTrackerSpec) {
		s.Redis = external("redis")
		s.Redis.Requirement = v1alpha1.RequirementOptional
		s.Health = patientPolls()
	})
	eventually(t, tracker, "it waits for Redis", func() bool {
		return readyAs(tracker, `all components work; new pods can't use the optional Redis (SecretNotFound): Secret "redis" does not exist`)
	})
	if meta.IsStatusConditionTrue(tracker.Status.Conditions, v1alpha1.ConditionReconciling) {
		t.Errorf("it waits for Redis:\n%s", describe(tracker))
	}
	responds(t, tracker, v1alpha1.ComponentAPI, "/positions", "")
	url := string(fetch(t, owner, "hiring-redis-credentials", &corev1.Secret{}).Data["url"])
	must(t, k8s.Create(t.Context(), secret(owner.Namespace, "redis", url)))
	eventually(t, tracker, "the Secret is not used", func() bool { return is(tracker, "RedisHealthy", "True Healthy") })
}
