// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// rolledOut is when the rollout of observed began.
var rolledOut = t0.Add(-2 * time.Minute)

// observed is a tracker whose new pods of the API are to be compared in Prometheus monitoring/k8s, and what the
// cluster shows of it.
func observed() (*v1alpha1.InterviewTracker, *snapshot.Snapshot) {
	tracker := newTracker()
	tracker.Spec.Rollout = &v1alpha1.RolloutSpec{
		AutoRollback: new(true), Prometheus: &v1alpha1.PrometheusReference{Namespace: "monitoring", Name: "k8s"},
	}
	tracker.Status.Rollout = &v1alpha1.RolloutStatus{
		Good: &v1alpha1.GoodTemplates{ReplicaSets: []v1alpha1.ReplicaSetReference{
			{Component: v1alpha1.ComponentFrontend, Name: "hiring-frontend-old", UID: "a"},
			{Component: v1alpha1.ComponentAPI, Name: "hiring-api-old", UID: "old"},
		}},
		Candidate: &v1alpha1.CandidateTemplates{Since: &metav1.Time{Time: rolledOut}},
	}
	pod := apiPod("hiring-api-new-abcde", "new")
	pod.OwnerReferences = []metav1.OwnerReference{{Kind: "ReplicaSet", Name: "hiring-api-new", UID: "new", Controller: new(true)}}
	s := rolling(apiPod("hiring-api-old-abcde", "old"), pod)
	s.Monitoring.Kinds = sets.New(kinds.Prometheus.Kind)
	return tracker, s
}

// prometheusObject is that of the tracker.
func prometheusObject(changes ...func(*monitoringv1.PrometheusSpec)) *monitoringv1.Prometheus {
	p := &monitoringv1.Prometheus{ObjectMeta: metav1.ObjectMeta{Namespace: "monitoring", Name: "k8s"}}
	for _, change := range changes {
		change(&p.Spec)
	}
	return p
}

// served is a Prometheus, and what it was asked.
type served struct {
	mu    sync.Mutex
	asked []url.URL // With the host that the request names.
}

// take returns what it was asked since the last time.
func (s *served) take() []url.URL {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = nil
	return asked
}

// serving returns a connection to a server wherever the operator connects to.
func serving(t *testing.T, answer http.HandlerFunc) (http.RoundTripper, *served) {
	t.Helper()
	seen := &served{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.mu.Lock()
		seen.asked = append(seen.asked, url.URL{Host: r.Host, Path: r.URL.Path, RawQuery: r.URL.RawQuery})
		seen.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	transport, ok := PrometheusTransport().(*http.Transport)
	if !ok || transport.Proxy != nil {
		t.Fatal("the transport is another one, or has a proxy")
	}
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
	}
	return transport, seen
}

// answering answers with an instant vector as Prometheus does: the old ReplicaSet's, or the new one's.
func answering(old, current string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		result := current
		if strings.Contains(r.FormValue("query"), "hiring-api-old-") {
			result = old
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"status":"success","data":{"resultType":"vector","result":[%s]}}`, result)
	}
}

// vector is the result of a trafficQuery, as Prometheus writes it.
func vector(requests, failures, latency string) string {
	return fmt.Sprintf(`{"metric":{"is":"requests"},"value":[1767225600,%q]},{"metric":{"is":"failures"},"value":[1767225600,%q]},`+
		`{"metric":{"is":"latency"},"value":[1767225600,%q]}`, requests, failures, latency)
}

func comparing(t *testing.T, transport http.RoundTripper, objects ...client.Object) (*Observer, *clocktesting.FakePassiveClock) {
	t.Helper()
	clock := clocktesting.NewFakePassiveClock(t0)
	return &Observer{Catalog: catalog.Default(), Cached: monitoringReader(t, objects...), Prometheus: transport, Clock: clock}, clock
}

func TestComparison(t *testing.T) {
	transport, seen := serving(t, answering(vector("1000", "1", "0.2"), vector("512.5", "51.25", "1.9")))
	o, _ := comparing(t, transport, prometheusObject(func(p *monitoringv1.PrometheusSpec) { p.RoutePrefix = "/metrics" }))
	tracker, s := observed()
	o.readComparison(t.Context(), tracker, s)
	want := &snapshot.Comparison{
		Old: snapshot.Traffic{Requests: 1000, ErrorRatio: .001, Latency: 200 * time.Millisecond},
		New: snapshot.Traffic{Requests: 512.5, ErrorRatio: .1, Latency: 1900 * time.Millisecond},
		Due: t0.Add(30 * time.Second),
	}
	if diff := cmp.Diff(want, s.Comparison); diff != "" {
		t.Fatal(diff)
	}
	if s.Comparison.Worse() == "" {
		t.Error("it is not worse")
	}
	asked := seen.take()
	if len(asked) != 2 {
		t.Fatalf("asked %d times", len(asked))
	}
	for i, test := range []struct {
		pods, window string
		at           time.Time
	}{{`pod=~"hiring-api-new-[^-]+"`, "[2m]", t0}, {`pod=~"hiring-api-old-[^-]+"`, "[5m]", rolledOut}} {
		got := asked[i]
		if got.Host != "prometheus-k8s-0.prometheus-operated.monitoring.svc:9090" || got.Path != "/metrics/api/v1/query" {
			t.Errorf("asked at %s%s", got.Host, got.Path)
		}
		query := got.Query().Get("query")
		for what, n := range map[string]int{
			`namespace="people",tracker="hiring",job="interview-tracker/people/hiring",` + test.pods: 3, test.window: 3,
		} {
			if strings.Count(query, what) != n {
				t.Errorf("%s is not %d times in the query %s", what, n, query)
			}
		}
		if at := got.Query().Get("time"); at != fmt.Sprint(test.at.Unix()) {
			t.Errorf("evaluated at %s, want %d", at, test.at.Unix())
		}
	}
}

// The window is never longer than the rollout, nor than that of the alerts.
func TestWindowOfNewPods(t *testing.T) {
	for age, want := range map[time.Duration]string{time.Hour: "[5m]", 95 * time.Second: "[1m35s]", 0: "[1s]"} {
		transport, seen := serving(t, answering("", ""))
		o, _ := comparing(t, transport, prometheusObject())
		tracker, s := observed()
		tracker.Status.Rollout.Candidate.Since = &metav1.Time{Time: t0.Add(-age).Truncate(time.Second)}
		o.readComparison(t.Context(), tracker, s)
		if query := seen.take()[0].Query().Get("query"); !strings.Contains(query, want) {
			t.Errorf("after %s: %s", age, query)
		}
	}
}

func TestNothingIsCompared(t *testing.T) {
	for name, change := range map[string]func(*v1alpha1.InterviewTracker, *snapshot.Snapshot){
		"not asked for": func(t *v1alpha1.InterviewTracker, _ *snapshot.Snapshot) { t.Spec.Rollout.Prometheus = nil },
		"no rollout":    func(t *v1alpha1.InterviewTracker, _ *snapshot.Snapshot) { t.Spec.Rollout = nil },
		"no way back":   func(t *v1alpha1.InterviewTracker, _ *snapshot.Snapshot) { t.Spec.Rollout.AutoRollback = nil },
		"suspended":     func(t *v1alpha1.InterviewTracker, _ *snapshot.Snapshot) { t.Spec.Suspend = true },
		"no status":     func(t *v1alpha1.InterviewTracker, _ *snapshot.Snapshot) { t.Status.Rollout = nil },
		"no candidate":  func(t *v1alpha1.InterviewTracker, _ *snapshot.Snapshot) { t.Status.Rollout.Candidate = nil },
		"an outage":     func(t *v1alpha1.InterviewTracker, _ *snapshot.Snapshot) { t.Status.Rollout.Candidate.Since = nil },
		"soon after an outage": func(t *v1alpha1.InterviewTracker, _ *snapshot.Snapshot) {
			t.Status.Rollout.Candidate.Since = &metav1.Time{Time: t0.Add(time.Second)}
		},
		"nothing good": func(t *v1alpha1.InterviewTracker, _ *snapshot.Snapshot) { t.Status.Rollout.Good = nil },
		"nothing good of the API": func(t *v1alpha1.InterviewTracker, _ *snapshot.Snapshot) {
			t.Status.Rollout.Good.ReplicaSets = t.Status.Rollout.Good.ReplicaSets[:1]
		},
		"the API's template is the good one": func(t *v1alpha1.InterviewTracker, _ *snapshot.Snapshot) {
			t.Status.Rollout.Good.ReplicaSets[1].UID = "new"
		},
		"no new pods": func(_ *v1alpha1.InterviewTracker, s *snapshot.Snapshot) {
			s.Pods[v1alpha1.ComponentAPI] = s.Pods[v1alpha1.ComponentAPI][:1]
		},
		"pods without a ReplicaSet": func(_ *v1alpha1.InterviewTracker, s *snapshot.Snapshot) {
			s.Pods[v1alpha1.ComponentAPI][1].OwnerReferences = nil
		},
		"the template is not observed": func(_ *v1alpha1.InterviewTracker, s *snapshot.Snapshot) {
			s.Deployments[v1alpha1.ComponentAPI].Generation = 1
			s.ReplicaSets[v1alpha1.ComponentAPI] = []appsv1.ReplicaSet{}
		},
	} {
		transport, seen := serving(t, answering(vector("1000", "1", "0.2"), vector("500", "50", "1.9")))
		o, _ := comparing(t, transport, prometheusObject())
		tracker, s := observed()
		change(tracker, s)
		o.readComparison(t.Context(), tracker, s)
		if asked := len(seen.take()); s.Comparison != nil || asked > 0 {
			t.Errorf("%s: %+v, asked %d times", name, s.Comparison, asked)
		}
	}
	o, _ := comparing(t, nil, prometheusObject())
	tracker, s := observed()
	if o.readComparison(t.Context(), tracker, s); s.Comparison != nil {
		t.Errorf("without a connection: %+v", s.Comparison)
	}
}

// What Prometheus has no number of is not known.
func TestAnswersWithoutNumbers(t *testing.T) {
	requests := `{"metric":{"is":"requests"},"value":[1767225600,"80"]}`
	for name, test := range map[string]struct {
		answer string
		want   snapshot.Traffic
	}{
		"an empty vector":      {"", snapshot.Traffic{}},
		"no failures":          {requests, snapshot.Traffic{Requests: 80}},
		"no latency":           {vector("80", "8", "NaN"), snapshot.Traffic{Requests: 80, ErrorRatio: .1}},
		"no number at all":     {vector("NaN", "NaN", "NaN"), snapshot.Traffic{}},
		"infinite":             {vector("+Inf", "-Inf", "+Inf"), snapshot.Traffic{}},
		"negative":             {vector("-1", "-1", "-1"), snapshot.Traffic{}},
		"idle":                 {vector("0", "0", "NaN"), snapshot.Traffic{}},
		"enormous":             {vector("80", "1e300", "1e300"), snapshot.Traffic{Requests: 80, ErrorRatio: 1, Latency: time.Hour}},
		"series without names": {`{"metric":{},"value":[1767225600,"1"]},null,{}`, snapshot.Traffic{}},
	} {
		transport, _ := serving(t, answering(test.answer, test.answer))
		o, _ := comparing(t, transport, prometheusObject())
		tracker, s := observed()
		o.readComparison(t.Context(), tracker, s)
		if diff := cmp.Diff(&snapshot.Comparison{Old: test.want, New: test.want, Due: t0.Add(comparisonInterval)}, s.Comparison); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

const unanswered = "Prometheus monitoring/k8s %s; it is asked at prometheus-k8s-0.prometheus-operated.monitoring.svc:9090"

// Whatever answers in the place of Prometheus, a problem has none of its words.
func TestProblemsOfAnswers(t *testing.T) {
	const secret = "s3cr3t"
	write := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }
	}
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"not found": {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, secret, http.StatusNotFound) }, "answered 404"},
		"a redirect": {
			func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "http://s3cr3t.example.com/", http.StatusFound)
			}, "answered 302",
		},
		"a query that fails": {
			func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusUnprocessableEntity)
				write(`{"status":"error","errorType":"execution","error":"`+secret+`"}`)(w, nil)
			}, "answered 422",
		},
		"a huge body":     {write(`{"data":{"resultType":"vector","result":[]}}` + strings.Repeat(" ", maxAnswer)), "did not answer as Prometheus does"},
		"no JSON":         {write(secret), "did not answer as Prometheus does"},
		"other JSON":      {write(`{"a":"` + secret + `"}`), "did not answer as Prometheus does"},
		"a matrix":        {write(`{"data":{"resultType":"matrix","result":[]}}`), "did not answer as Prometheus does"},
		"no sample":       {write(`{"data":{"resultType":"vector","result":[{"metric":{"is":"requests"},"value":["` + secret + `"]}]}}`), "did not answer as Prometheus does"},
		"a long header":   {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("A", strings.Repeat("a", 1<<20)) }, "could not be reached: the connection failed"},
		"a broken answer": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "could not be reached: the connection failed"},
		"half an answer": {
			func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "100")
				write(secret)(w, nil)
			}, "could not be reached: the connection failed",
		},
	} {
		transport, seen := serving(t, test.answer)
		o, _ := comparing(t, transport, prometheusObject())
		tracker, s := observed()
		o.readComparison(t.Context(), tracker, s)
		want := fmt.Sprintf(unanswered, test.want)
		if strings.Contains(want, "could not be reached") {
			want += ", which must accept connections from the operator's pods"
		}
		if diff := cmp.Diff(&snapshot.Comparison{Problem: want, Due: t0.Add(comparisonInterval)}, s.Comparison); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if asked := len(seen.take()); asked != 1 {
			t.Errorf("%s: asked %d times", name, asked)
		}
	}
}

// tripper is a connection.
type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestProblemsOfConnections(t *testing.T) {
	refused := &net.OpError{Op: "dial", Err: errors.New("10.1.2.3:9090: connection refused")}
	for want, failure := range map[string]error{
		"its address does not exist": &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "s3cr3t", IsNotFound: true}},
		"the connection failed":      refused,
		"timeout":                    &net.OpError{Op: "dial", Err: &net.DNSError{Err: "i/o timeout", IsTimeout: true}},
	} {
		o, _ := comparing(t, tripper(func(*http.Request) (*http.Response, error) { return nil, failure }), prometheusObject())
		tracker, s := observed()
		o.readComparison(t.Context(), tracker, s)
		want = fmt.Sprintf(unanswered, "could not be reached: "+want) + ", which must accept connections from the operator's pods"
		if s.Comparison.Problem != want {
			t.Errorf("%q, want %q", s.Comparison.Problem, want)
		}
	}
}

// One that hangs is waited for no longer than five seconds, whatever it has answered by then.
func TestAPrometheusThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, _ := comparing(t, tripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}), prometheusObject())
		tracker, s := observed()
		began := time.Now()
		o.readComparison(t.Context(), tracker, s)
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("it took %s", took)
		}
		if !strings.Contains(s.Comparison.Problem, "could not be reached: timeout") {
			t.Error(s.Comparison.Problem)
		}
	})
}

func TestProblemsOfTheObject(t *testing.T) {
	const absent = "Prometheus monitoring/k8s does not exist, or the operator can't see it: correct spec.rollout.prometheus"
	tls := prometheusObject(func(p *monitoringv1.PrometheusSpec) {
		p.Web = &monitoringv1.PrometheusWebSpec{WebConfigFileFields: monitoringv1.WebConfigFileFields{TLSConfig: &monitoringv1.WebTLSConfig{}}}
	})
	for name, test := range map[string]struct {
		objects    []client.Object
		known      []string
		namespaced bool
		want       string
	}{
		"it is absent":                       {nil, []string{"Prometheus"}, false, absent},
		"its kind is absent":                 {[]client.Object{prometheusObject()}, nil, false, absent},
		"the operator sees a few namespaces": {nil, []string{"Prometheus"}, true, absent + ", which can name one of the namespaces that the operator works in"},
		"it serves TLS": {
			[]client.Object{tls}, []string{"Prometheus"}, false, "Prometheus monitoring/k8s serves TLS (spec.web.tlsConfig), with which pods are not compared: " +
				"name another one in spec.rollout.prometheus, or remove that field",
		},
	} {
		transport, seen := serving(t, answering("", ""))
		o, _ := comparing(t, transport, test.objects...)
		o.Namespaced = test.namespaced
		tracker, s := observed()
		s.Monitoring.Kinds = sets.New(test.known...)
		o.readComparison(t.Context(), tracker, s)
		if asked := len(seen.take()); s.Comparison == nil || s.Comparison.Problem != test.want || asked > 0 {
			t.Errorf("%s: %+v, asked %d times", name, s.Comparison, asked)
		}
	}
}

// No field of a Prometheus object leads elsewhere than to a pod of its namespace.
func TestAddressOfAPrometheus(t *testing.T) {
	for want, change := range map[string]func(*monitoringv1.PrometheusSpec){
		"http://prometheus-k8s-0.prometheus-operated.monitoring.svc:9090/":           func(*monitoringv1.PrometheusSpec) {},
		"http://prometheus-k8s-0.ours.monitoring.svc:9090/":                          func(p *monitoringv1.PrometheusSpec) { p.ServiceName = new("ours") },
		"http://prometheus-k8s-0.prometheus-operated.monitoring.svc:9090/a/b":        func(p *monitoringv1.PrometheusSpec) { p.RoutePrefix = "/a/b" },
		"http://prometheus-k8s-0.prometheus-operated.monitoring.svc:9090/x":          func(p *monitoringv1.PrometheusSpec) { p.RoutePrefix = "../../x" },
		"http://prometheus-k8s-0.prometheus-operated.monitoring.svc:9090/@x:1":       func(p *monitoringv1.PrometheusSpec) { p.RoutePrefix = "@x:1" },
		"http://prometheus-k8s-0.prometheus-operated.monitoring.svc:9090/a%3Fb=%23c": func(p *monitoringv1.PrometheusSpec) { p.RoutePrefix = "/a?b=#c" },
		"http://prometheus-k8s-0.prometheus-operated.monitoring.svc:9090/y": func(p *monitoringv1.PrometheusSpec) {
			p.ServiceName, p.RoutePrefix = new("example.com:80/"), "/y"
		},
	} {
		if got := addressOf(prometheusObject(change)).String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// A tracker costs two requests in half a minute at most, whatever happens to it.
func TestComparisonIsReadOnceInAWhile(t *testing.T) {
	transport, seen := serving(t, answering(vector("1000", "1", "0.2"), vector("500", "50", "1.9")))
	o, clock := comparing(t, transport, prometheusObject())
	tracker, s := observed()
	look := func(what string, want, worse bool, due time.Time) {
		t.Helper()
		s.Comparison = nil
		o.readComparison(t.Context(), tracker, s)
		if asked := len(seen.take()); (asked == 2) != want || asked%2 != 0 {
			t.Errorf("%s: asked %d times", what, asked)
		}
		if !s.Comparison.Due.Equal(due) || (s.Comparison.Worse() != "") != worse {
			t.Errorf("%s: %+v", what, s.Comparison)
		}
	}
	half, minute := t0.Add(30*time.Second), t0.Add(time.Minute)
	look("the first time", true, true, half)
	look("at once again", false, true, half)
	clock.SetTime(half.Add(-time.Second))
	look("within half a minute", false, true, half)
	clock.SetTime(half)
	look("when it is due", true, true, minute)
	tracker.Status.Rollout.Candidate.Since = &metav1.Time{Time: half}
	look("another rollout, within half a minute", false, false, minute)
	candidate := tracker.Status.Rollout.Candidate
	tracker.Status.Rollout.Candidate = nil
	s.Comparison = nil
	if o.readComparison(t.Context(), tracker, s); s.Comparison != nil {
		t.Errorf("without a candidate: %+v", s.Comparison)
	}
	tracker.Status.Rollout.Candidate = candidate
	look("a candidate again, within half a minute", false, false, minute)
	clock.SetTime(minute)
	look("the other rollout, when it is due", true, true, minute.Add(30*time.Second))
	o.Forget(client.ObjectKeyFromObject(tracker))
	look("forgotten", true, true, minute.Add(30*time.Second))
}

// One that can't be reached costs the reconciles of all trackers together one reading in half a minute.
func TestAnUnreachedPrometheusIsLeftAlone(t *testing.T) {
	tried, hangs := 0, true
	o, clock := comparing(t, tripper(func(r *http.Request) (*http.Response, error) {
		tried++
		if hangs {
			return nil, context.DeadlineExceeded
		}
		answer := httptest.NewRecorder()
		answering("", "")(answer, r)
		return answer.Result(), nil
	}), prometheusObject())
	look := func(name string, after time.Duration, want int) {
		t.Helper()
		tracker, s := observed()
		tracker.Name, tracker.UID = name, types.UID(name)
		clock.SetTime(t0.Add(after))
		o.readComparison(t.Context(), tracker, s)
		if tried != want || strings.Contains(s.Comparison.Problem, "could not be reached: timeout") != hangs {
			t.Errorf("%s: tried %d times, want %d: %+v", name, tried, want, s.Comparison)
		}
		if left := s.Comparison.Due.Sub(clock.Now()); left <= 0 || left > comparisonInterval {
			t.Errorf("%s: due in %s", name, left)
		}
	}
	look("first", 0, 1)
	look("second", 10*time.Second, 1)
	look("third", 29*time.Second, 1)
	look("second", 30*time.Second, 2)
	look("first", 31*time.Second, 2)
	hangs = false
	look("second", time.Minute, 4)
	look("first", time.Minute, 6)
	if len(o.readings.unreached) > 0 || o.readings.running != 0 {
		t.Errorf("%d are waiting, and these are remembered: %v", o.readings.running, o.readings.unreached)
	}
}

// Half of the reconciles wait for a Prometheus at a time, and no more.
func TestFewReconcilesWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		free := make(chan struct{})
		o, _ := comparing(t, tripper(func(*http.Request) (*http.Response, error) {
			<-free
			return nil, errors.New("the end")
		}), prometheusObject())
		look := func(name string) *snapshot.Comparison {
			tracker, s := observed()
			tracker.Name, tracker.UID = name, types.UID(name)
			o.readComparison(t.Context(), tracker, s)
			return s.Comparison
		}
		for _, name := range []string{"a", "b"} {
			go look(name)
		}
		synctest.Wait()
		if diff := cmp.Diff(&snapshot.Comparison{Due: t0.Add(comparisonTimeout)}, look("c")); diff != "" {
			t.Error(diff)
		}
		close(free)
		synctest.Wait()
		if o.readings.running != 0 {
			t.Errorf("%d are waiting", o.readings.running)
		}
	})
}

// The documentation shows what is asked.
func TestDocumentedQuery(t *testing.T) {
	page, err := os.ReadFile("../../docs/rollouts.md")
	if err != nil {
		t.Fatal(err)
	}
	tracker := newTracker()
	tracker.Namespace = "team"
	if query := trafficQuery(tracker, "hiring-api-5d4f8c7b9", comparisonWindow); !strings.Contains(string(page), "```promql\n"+query+"\n```") {
		t.Errorf("docs/rollouts.md lacks the query\n%s", query)
	}
}

// Prometheus' own promtool evaluates the queries.
func TestTrafficQuery(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Fatalf("%s: install the Debian package prometheus (hack/apt-install.sh prometheus), or Prometheus", err)
	}
	const own = `namespace="people",tracker="hiring",job="interview-tracker/people/hiring"`
	series := func(name, labels, values string) map[string]string {
		return map[string]string{"series": name + "{" + labels + "}", "values": values}
	}
	requests := func(labels, values string) map[string]string { return series("http_requests_total", labels, values) }
	of := func(pod string) string { return own + `,pod="` + pod + `"` }
	query := func(replicaSet string, at string, window time.Duration, samples ...any) map[string]any {
		return map[string]any{"expr": trafficQuery(newTracker(), replicaSet, window), "eval_time": at, "exp_samples": samples}
	}
	is := func(name string, value float64) any {
		return map[string]any{"labels": fmt.Sprintf("{is=%q}", name), "value": value}
	}
	test, err := yaml.Marshal(map[string]any{"tests": []any{map[string]any{
		"interval": "30s",
		"input_series": []any{
			// Until 5m, 100 requests in 5 minutes, none of which fails; all take up to 0.1 s.
			requests(of("hiring-api-old-aaaaa")+`,endpoint="/api/positions",status="200"`, "0+10x10"),
			series("http_request_duration_seconds_bucket", of("hiring-api-old-aaaaa")+`,le="0.1"`, "0+10x10"),
			series("http_request_duration_seconds_bucket", of("hiring-api-old-aaaaa")+`,le="+Inf"`, "0+10x10"),
			// From 5m on, two pods of the new ReplicaSet: 160 requests in 4 minutes, 40 of which fail.
			requests(of("hiring-api-new-aaaaa")+`,endpoint="/api/positions",status="200"`, "_x10 0+10x10"),
			requests(of("hiring-api-new-bbbbb")+`,endpoint="/api/positions",status="200"`, "_x10 0+5x10"),
			requests(of("hiring-api-new-bbbbb")+`,endpoint="/api/users",status="503"`, "_x10 0+5x10"),
			series("http_request_duration_seconds_bucket", of("hiring-api-new-aaaaa")+`,le="1"`, "_x10 0+10x10"),
			series("http_request_duration_seconds_bucket", of("hiring-api-new-aaaaa")+`,le="2"`, "_x10 0+20x10"),
			series("http_request_duration_seconds_bucket", of("hiring-api-new-aaaaa")+`,le="+Inf"`, "_x10 0+20x10"),
			// What is none of it: what monitoring asks, another ReplicaSet, another job, another tracker.
			requests(of("hiring-api-new-aaaaa")+`,endpoint="/health/ready",status="503"`, "_x10 0+1000x10"),
			requests(of("hiring-api-new-2-aaaaa")+`,endpoint="/api/positions",status="500"`, "0+1000x20"),
			requests(of("other-hiring-api-new-aaaaa")+`,endpoint="/api/positions",status="500"`, "0+1000x20"),
			requests(`namespace="people",tracker="hiring",job="interview-tracker/people/hiring/frontend",pod="hiring-api-new-aaaaa",`+
				`endpoint="/api/positions",status="500"`, "0+1000x20"),
			requests(`namespace="team",tracker="hiring",job="interview-tracker/team/hiring",pod="hiring-api-new-aaaaa",`+
				`endpoint="/api/positions",status="500"`, "0+1000x20"),
		},
		"promql_expr_test": []any{
			query("hiring-api-old", "5m", 5*time.Minute, is("requests", 100), is("latency", .095)),
			query("hiring-api-new", "9m30s", 4*time.Minute, is("requests", 160), is("failures", 40), is("latency", 1.9)),
			query("hiring-api-new", "5m30s", time.Second),
			query("hiring.api.new", "9m30s", 4*time.Minute),
			query("hiring-api", "9m30s", 4*time.Minute),
		},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "test.yaml")
	if err := os.WriteFile(file, test, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), promtool, "test", "rules", file).CombinedOutput(); err != nil {
		t.Errorf("%s\n%s", err, out)
	}
}
