// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package decodable_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/go-logr/logr/funcr"
	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"

	"github.com/interview-tracker/interview-tracker-operator/internal/decodable"
)

const (
	trackers = "/apis/apps.interviewtracker.dev/v1alpha1/interviewtrackers"
	inA      = "/apis/apps.interviewtracker.dev/v1alpha1/namespaces/a/interviewtrackers"
	bad      = `"1e-2147483648"`
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(q *http.Request) (*http.Response, error) { return f(q) }

// ask sends a request through a filter to an API server that answers with a body.
func ask(t *testing.T, f *decodable.Filter, method, url string, body io.ReadCloser) (*http.Response, error) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), method, "https://cluster"+url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	return f.Wrap(roundTripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: body,
		}, nil
	})).RoundTrip(q)
}

// answer is what the filter makes of the body of an answer.
func answer(t *testing.T, f *decodable.Filter, url, body string) string {
	t.Helper()
	var got []byte
	soon(t, func() {
		response, err := ask(t, f, http.MethodGet, url, io.NopCloser(strings.NewReader(body)))
		if err != nil {
			t.Error(err)
			return
		}
		defer response.Body.Close()
		if got, err = io.ReadAll(response.Body); err != nil {
			t.Error(err)
		}
	})
	return string(got)
}

func list(kind string, items ...string) string {
	return fmt.Sprintf(`{"kind":"%sList","apiVersion":"apps.interviewtracker.dev/v1alpha1","metadata":{"resourceVersion":"9","continue":"c"},"items":[%s]}`,
		kind, strings.Join(items, ","))
}

func event(eventType, object string) string {
	return fmt.Sprintf(`{"type":%q,"object":%s}`, eventType, object) + "\n"
}

// gone is the event of an object that a watch no longer shows.
func gone(name string) string {
	return event("DELETED", fmt.Sprintf(`{"kind":"InterviewTracker","apiVersion":"apps.interviewtracker.dev/v1alpha1",`+
		`"metadata":{"namespace":"a","name":%q,"uid":"u-%s","resourceVersion":"7","generation":3,"labels":{"l":"1"}}}`, name, name))
}

func TestAnswersAreFiltered(t *testing.T) {
	good, other := withCPU("good", `"1"`), withCPU("other", `2`)
	end := event("BOOKMARK", `{"kind":"InterviewTracker","apiVersion":"apps.interviewtracker.dev/v1alpha1",`+
		`"metadata":{"resourceVersion":"8","annotations":{"k8s.io/initial-events-end":"true"}},"spec":{"version":""}}`)
	expired := event("ERROR", `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","code":410}`)
	prometheus := func(memory string) string {
		return `{"apiVersion":"monitoring.coreos.com/v1","kind":"Prometheus","metadata":{"name":"p"},"spec":{"resources":{"limits":{"memory":` + memory + `}}}}`
	}
	for name, tc := range map[string]struct{ url, body, want string }{
		"list":               {trackers, list("InterviewTracker", good, withCPU("x", bad), other), list("InterviewTracker", good, other)},
		"list of one":        {inA + "?limit=1", list("InterviewTracker", withCPU("x", bad)), list("InterviewTracker")},
		"list of good ones":  {trackers, list("InterviewTracker", " "+good, other), list("InterviewTracker", " "+good, other)},
		"list of metadata":   {trackers, list("PartialObjectMetadata", withCPU("x", bad)), list("PartialObjectMetadata", withCPU("x", bad))},
		"list of Prometheus": {"/apis/monitoring.coreos.com/v1/prometheuses", list("Prometheus", prometheus(bad)), list("Prometheus")},
		"list of Pods":       {"/api/v1/pods", list("Pod", withCPU("x", bad)), list("Pod", withCPU("x", bad))},
		"list of another version": {
			"/apis/apps.interviewtracker.dev/v2/interviewtrackers",
			list("InterviewTracker", withCPU("x", bad)), list("InterviewTracker", withCPU("x", bad)),
		},
		"no list": {trackers, `{"kind":`, `{"kind":`},
		"watch": {
			trackers + "?watch=true",
			event("ADDED", good) + event("MODIFIED", withCPU("x", bad)) + event("MODIFIED", other) + event("DELETED", other) + expired,
			event("ADDED", good) + gone("x") + event("MODIFIED", other) + event("DELETED", other) + expired,
		},
		"watch of what is deleted":  {inA + "?watch=1", event("DELETED", withCPU("x", bad)), gone("x")},
		"watch of what is new":      {inA + "?watch=1", event("ADDED", withCPU("x", `"1e0.5"`)), gone("x")},
		"watch of what has no name": {inA + "?watch=1", event("ADDED", `{"kind":"InterviewTracker","metadata":[]}`), ""},
		"watch that begins as a list": {
			trackers + "?watch=true&sendInitialEvents=true",
			event("ADDED", withCPU("x", bad)) + event("ADDED", good) + end + event("MODIFIED", good),
			gone("x") + event("ADDED", good) + end + event("MODIFIED", good),
		},
		"watch of metadata": {
			trackers + "?watch=true",
			event("ADDED", strings.Replace(withCPU("x", bad), "InterviewTracker", "PartialObjectMetadata", 1)),
			event("ADDED", strings.Replace(withCPU("x", bad), "InterviewTracker", "PartialObjectMetadata", 1)),
		},
		"watch behind a proxy": {"/clusters/c" + trackers + "?watch=true", event("ADDED", withCPU("x", bad)), gone("x")},
	} {
		t.Run(name, func(t *testing.T) {
			got := answer(t, decodable.New(funcr.New(func(string, string) {}, funcr.Options{})), tc.url, tc.body)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// A watch passes an event on when it comes, not when the next one does.
func TestWatchesAreNotHeldUp(t *testing.T) {
	reader, writer := io.Pipe()
	response, err := ask(t, decodable.New(funcr.New(func(string, string) {}, funcr.Options{})), http.MethodGet, trackers+"?watch=true", reader)
	if err != nil {
		t.Fatal(err)
	}
	events := json.NewDecoder(response.Body)
	for _, name := range []string{"first", "second"} {
		go func() {
			if _, err := io.WriteString(writer, event("ADDED", withCPU("x", bad))+event("ADDED", withCPU(name, `1`))); err != nil {
				t.Error(err)
			}
		}()
		soon(t, func() {
			for _, want := range []string{"DELETED x", "ADDED " + name} {
				var got struct {
					Type   string
					Object struct{ Metadata struct{ Name string } }
				}
				if err := events.Decode(&got); err != nil || got.Type+" "+got.Object.Metadata.Name != want {
					t.Errorf("%v, error %v, want %s", got, err, want)
				}
			}
		})
	}
	if err := response.Body.Close(); err != nil {
		t.Error(err)
	}
	if _, err := writer.Write([]byte("x")); err == nil {
		t.Error("the connection is not closed")
	}
}

// One object that can't be decoded is an error at once, in whatever answer it is.
func TestOneObject(t *testing.T) {
	for method, url := range map[string]string{http.MethodGet: inA + "/x", http.MethodPatch: inA + "/x/status", http.MethodPost: inA} {
		soon(t, func() {
			f := decodable.New(funcr.New(func(string, string) {}, funcr.Options{}))
			response, err := ask(t, f, method, url, io.NopCloser(strings.NewReader(withCPU("x", bad))))
			if err == nil {
				response.Body.Close()
			}
			if err == nil || !strings.Contains(err.Error(), "InterviewTracker a/x can't be decoded: spec.api.resources.requests.cpu: ") {
				t.Errorf("%s %s: %v", method, url, err)
			}
			if response, err = ask(t, f, method, url, io.NopCloser(strings.NewReader(withCPU("x", `"1"`)))); err != nil {
				t.Fatalf("%s %s of a good one: %v", method, url, err)
			}
			response.Body.Close()
		})
	}
}

// What is left out is logged, counted and reported once, until it is corrected or deleted.
func TestWhatIsLeftOutIsRemembered(t *testing.T) {
	var logged, reported []string
	f := decodable.New(funcr.New(func(_, args string) { logged = append(logged, args) }, funcr.Options{}))
	f.Subscribe(func(o decodable.Object) { reported = append(reported, o.Name+" "+o.ResourceVersion) })
	check := func(when string, count, logs, reports int) {
		t.Helper()
		if got := f.Counts()["InterviewTracker"]; got != count || len(logged) != logs || len(reported) != reports {
			t.Errorf("%s, %d are counted, %d logged, %d reported; want %d, %d, %d:\n%v\n%v", when, got, len(logged), len(reported), count, logs, reports, logged, reported)
		}
	}
	whole := strings.Replace(list("InterviewTracker", withCPU("x", bad), withCPU("y", bad), withCPU("good", `1`)), `"c"`, `""`, 1)
	answer(t, f, trackers+"?resourceVersion=0", whole)
	check("after a list", 2, 2, 2)
	for _, want := range []string{`"kind"="InterviewTracker"`, `"namespace"="a"`, `"name"="x"`, `"field"="spec.api.resources.requests.cpu"`, `"resourceVersion"="7"`} {
		if !strings.Contains(logged[0], want) {
			t.Errorf("the log lacks %s: %s", want, logged[0])
		}
	}
	answer(t, f, trackers+"?watch=true", event("MODIFIED", withCPU("x", bad)))
	check("after the same version", 2, 2, 2)
	answer(t, f, trackers+"?watch=true", event("MODIFIED", strings.Replace(withCPU("x", bad), `"7"`, `"8"`, 1)))
	check("after a change of its status", 2, 2, 3)
	answer(t, f, trackers+"?watch=true", event("MODIFIED", strings.Replace(withCPU("x", `"1e0.5"`), `"7"`, `"9"`, 1)))
	check("after a change of its spec", 2, 3, 4)
	if o, ok := f.Get("InterviewTracker", types.NamespacedName{Namespace: "a", Name: "x"}); !ok || o.ResourceVersion != "9" || o.UID != "u-x" || o.Generation != 3 {
		t.Errorf("it is remembered as %v", o)
	}
	answer(t, f, trackers+"?watch=true", event("MODIFIED", withCPU("x", `1`))+event("DELETED", withCPU("y", bad)))
	check("after one is corrected and one deleted", 0, 5, 4)
	answer(t, f, inA+"?limit=1", list("InterviewTracker", withCPU("x", bad)))
	check("after a page", 1, 6, 5)
	answer(t, f, trackers+"?watch=true&sendInitialEvents=true", event("ADDED", withCPU("y", bad))+
		event("BOOKMARK", `{"kind":"InterviewTracker","metadata":{"annotations":{"k8s.io/initial-events-end":"true"}}}`))
	check("after a list that is streamed", 1, 7, 6)
	if _, ok := f.Get("InterviewTracker", types.NamespacedName{Namespace: "a", Name: "y"}); !ok {
		t.Error("the wrong one is forgotten")
	}
}
