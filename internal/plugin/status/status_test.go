// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"bytes"
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

// constants are the values of the API's constants whose names have a prefix.
func constants(t *testing.T, prefix string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../../api/v1alpha1/conditions.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for node := range ast.Preorder(file) {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, prefix) {
			continue
		}
		literal, ok := spec.Values[0].(*ast.BasicLit)
		if !ok {
			t.Fatalf("%s is no literal", spec.Names[0].Name)
		}
		value, err := strconv.Unquote(literal.Value)
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, value)
	}
	if len(values) < 5 {
		t.Fatalf("found %v", values)
	}
	return values
}

func TestEachReasonHasAdvice(t *testing.T) {
	for _, reason := range constants(t, "Reason") {
		if _, ok := advice[reason]; !ok {
			t.Errorf("no advice for %s", reason)
		}
	}
}

func TestEachConditionHasARole(t *testing.T) {
	for _, condition := range constants(t, "Condition") {
		if _, ok := roles[condition]; !ok {
			t.Errorf("no role for %s", condition)
		}
	}
}

func TestParseAnswers(t *testing.T) {
	const detailed = `{"status": "healthy", "dependencies": {"database": {"status": "healthy", "response_time_ms": 7, "last_check": "2026-01-02T03:04:05Z"}}}`
	for name, test := range map[string]struct {
		code int
		body string
		want string // of the error
	}{
		"healthy":           {200, detailed, ""},
		"unhealthy":         {503, detailed, ""},
		"forbidden":         {403, `{"kind": "Status", "reason": "Forbidden"}`, "you may not get pods/proxy"},
		"unauthorized":      {401, "Unauthorized", "you may not get pods/proxy"},
		"the pod's own 403": {403, "no", "/health/detailed answers 403 Forbidden without the dependencies of the contract"},
		"no connection":     {503, `{"kind": "Status", "message": "dial tcp: refused"}`, "the API server can't reach it (503 Service Unavailable)"},
		"another program":   {200, "<html>", "/health/detailed answers 200 OK without the dependencies of the contract"},
		"no dependencies":   {200, `{"status": "healthy"}`, "/health/detailed answers 200 OK without the dependencies of the contract"},
	} {
		t.Run(name, func(t *testing.T) {
			answer, err := parse("a", test.code, []byte(test.body))
			if got := message(err); got != test.want {
				t.Fatalf("got %q, want %q", got, test.want)
			}
			if err == nil && answer.dependencies[contract.Database].ResponseTimeMS != 7 {
				t.Errorf("got %v", answer)
			}
		})
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// The API's running pods are asked through the API server, and no others.
func TestAsk(t *testing.T) {
	running, pending := readyPod("hiring-api-a", "api", metav1.Time{}), readyPod("hiring-api-b", "api", metav1.Time{})
	large := readyPod("hiring-api-c", "api", metav1.Time{})
	pending.Status.Phase = corev1.PodPending
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/prefix/api/v1/namespaces/team/pods/http:hiring-api-a:8000/proxy/health/detailed":
			_, _ = w.Write([]byte(`{"dependencies": {"redis": {"status": "unhealthy", "error": "x\u001b", "response_time_ms": 3}}}`))
		case "/prefix/api/v1/namespaces/team/pods/http:hiring-api-c:8000/proxy/health/detailed":
			_, _ = w.Write(bytes.Repeat([]byte(" "), maxAnswer+1))
		default:
			t.Errorf("asked for %s", r.URL)
		}
	}))
	defer server.Close()
	asked, unread := ask(t.Context(), &rest.Config{Host: server.URL + "/prefix"}, []corev1.Pod{running, pending, large}, 8000)
	want := []Answer{{Pod: "hiring-api-a", Error: "other", Milliseconds: 3}}
	if diff := cmp.Diff(want, answersOf(asked, "redis")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"response times by Pod hiring-api-c: its answer has more than 65536 bytes"}, unread); diff != "" {
		t.Error(diff)
	}
}

func TestAskWithoutTheRight(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"kind": "Status", "reason": "Forbidden"}`))
	}))
	defer server.Close()
	asked, unread := ask(t.Context(), &rest.Config{Host: server.URL}, []corev1.Pod{readyPod("a", "api", metav1.Time{})}, 8000)
	want := []string{"response times now: you may not get pods/proxy in this namespace; dependencies are as the status says"}
	if diff := cmp.Diff(want, unread); diff != "" || asked != nil {
		t.Errorf("%v %s", asked, diff)
	}
}

func TestUnobserved(t *testing.T) {
	created := metav1.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	changed := metav1.NewTime(created.Add(time.Hour))
	for name, test := range map[string]struct {
		observed int64
		now      metav1.Time
		want     Level
		state    State
	}{
		"seen":           {2, changed, "", StateProgressing}, // without conditions
		"a moment ago":   {1, metav1.NewTime(changed.Add(time.Second)), LevelWaiting, StateProgressing},
		"no operator":    {1, metav1.NewTime(changed.Add(time.Hour)), LevelBroken, StateUnknown},
		"never observed": {-1, metav1.NewTime(changed.Add(time.Hour)), LevelBroken, StateUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			tracker := &v1alpha1.InterviewTracker{ObjectMeta: metav1.ObjectMeta{
				Generation: 2, CreationTimestamp: created, ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "kubectl", Time: &changed}},
			}}
			tracker.Status.ObservedGeneration = test.observed
			report := Judge(plugin.Tracker{InterviewTracker: tracker}, test.now)
			var got Level
			if worst := report.worst(); worst != nil {
				got = worst.Level
			}
			if got != test.want || report.State != test.state {
				t.Errorf("got %q, %s", got, report.State)
			}
		})
	}
}

func TestWhyAPodIsNotReady(t *testing.T) {
	for want, pod := range map[string]corev1.Pod{
		"Unschedulable: 0/1 nodes are available": {Status: corev1.PodStatus{Conditions: []corev1.PodCondition{
			{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable", Message: "0/1 nodes are available"},
		}}},
		"CrashLoopBackOff, last exit code 137 (OOMKilled)": {Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{
			State:                corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}},
			LastTerminationState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "OOMKilled"}},
		}}}},
		"exited with code 2 (Error)": {Status: corev1.PodStatus{InitContainerStatuses: []corev1.ContainerStatus{{
			State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 2, Reason: "Error", Message: "a secret"}},
		}}}},
		"runs, and its probe does not succeed": {Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{
			State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}},
		}}}},
		"is being deleted":                 {ObjectMeta: metav1.ObjectMeta{DeletionTimestamp: &metav1.Time{}}},
		"Evicted":                          {Status: corev1.PodStatus{Reason: "Evicted"}},
		"waits for its readiness gate a/b": {Spec: corev1.PodSpec{ReadinessGates: []corev1.PodReadinessGate{{ConditionType: "a/b"}}}},
		"Pending":                          {Status: corev1.PodStatus{Phase: corev1.PodPending}},
		"not started":                      {},
		"":                                 readyPod("a", "api", metav1.Time{}),
	} {
		if got := why(&pod); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// The state is printed again when it changes, and not when time passes alone.
func TestWatchPrintsChanges(t *testing.T) {
	f := healthy(t)
	later := healthy(t)
	later.now = metav1.NewTime(f.now.Add(time.Hour / 2))
	later.asked[0].dependencies["redis"] = contract.Dependency{Status: contract.StatusHealthy, ResponseTimeMS: 9}
	changed := healthy(t)
	changed.pods[0].Status.ContainerStatuses[0].RestartCount = 1
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	screens := []struct {
		facts facts
		err   error
	}{{facts: f}, {facts: later}, {facts: changed}, {err: errors.New("no \x1b[31mroute")}, {facts: changed}}
	views := 0
	var out bytes.Buffer
	err := follow(ctx, &out, func(context.Context) (screen, error) {
		s := screens[views]
		if views++; views == len(screens) {
			cancel()
		}
		if s.err != nil {
			return screen{}, s.err
		}
		return screen{reports: []Report{newReport(s.facts)}, now: s.facts.now}, nil
	}, time.Millisecond)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	pages := regexp.MustCompile(`(?m)^InterviewTracker team/hiring: Ready`).FindAllString(out.String(), -1)
	if len(pages) != 2 || strings.Count(out.String(), "1 restart,") != 1 || !strings.Contains(out.String(), "\nerror: no route\n") {
		t.Errorf("printed %d pages:\n%s", len(pages), out.String())
	}
}

func TestRedrawnTakesThePlaceOfTheLastPage(t *testing.T) {
	if got, want := redrawn("a\nb\n", true), "\x1b[2J\x1b[Ha\x1b[K\nb\x1b[K\n\x1b[J"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := redrawn("c\n", false), "\x1b[Hc\x1b[K\n\x1b[J"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
