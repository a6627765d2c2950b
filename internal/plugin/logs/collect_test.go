// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// runningPod is a pod whose container runs since some number of restarts.
func runningPod(name string, component v1alpha1.Component, restarts int32) corev1.Pod {
	pod := corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "people", Name: name, UID: types.UID("uid of " + name),
			Labels: map[string]string{v1alpha1.LabelTracker: "hiring", v1alpha1.LabelComponent: string(component)},
		},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "main"}, {Name: "sidecar"}}},
	}
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{
		Name: "main", RestartCount: restarts, ContainerID: fmt.Sprintf("containerd://%s-%d", name, restarts),
		State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}},
	}}
	if restarts > 0 {
		pod.Status.ContainerStatuses[0].LastTerminationState.Terminated = &corev1.ContainerStateTerminated{ContainerID: "before"}
	}
	return pod
}

// fakeCluster has pods whose logs the tests write.
type fakeCluster struct {
	mu      sync.Mutex
	pods    []corev1.Pod
	changes *watch.FakeWatcher
	// logs has the logs by pod; one that ends as a connection that fails is of two parts.
	logs    map[string][]io.Reader
	options map[string][]corev1.PodLogOptions
}

func (f *fakeCluster) cluster() cluster {
	return cluster{
		list:  func(context.Context) ([]corev1.Pod, string, error) { return f.pods, "7", nil },
		watch: func(context.Context, string) (watch.Interface, error) { return f.changes, nil },
		open: func(_ context.Context, pod string, options *corev1.PodLogOptions) (io.ReadCloser, error) {
			f.mu.Lock()
			defer f.mu.Unlock()
			if f.options == nil {
				f.options = map[string][]corev1.PodLogOptions{}
			}
			f.options[pod] = append(f.options[pod], *options)
			if len(f.logs[pod]) == 0 {
				return nil, apierrors.NewNotFound(schema.GroupResource{Resource: "pods"}, pod)
			}
			log := f.logs[pod][0]
			f.logs[pod] = f.logs[pod][1:]
			return io.NopCloser(log), nil
		},
	}
}

// second is a line as the API server sends it, of a second of a minute.
func second(n int, text string) string {
	return fmt.Sprintf("2026-11-29T12:18:%02d.000000001Z %s\n", n, text)
}

func sources(pods []corev1.Pod, previous bool) []*source {
	var all []*source
	for i := range pods {
		found, _ := sourcesOf(&pods[i], previous)
		all = append(all, found...)
	}
	return all
}

func TestCollectOnce(t *testing.T) {
	f := &fakeCluster{
		pods: []corev1.Pod{runningPod("hiring-api-1-a", "api", 0), runningPod("hiring-database-0", "database", 0), runningPod("hiring-redis-0", "redis", 0)},
		logs: map[string][]io.Reader{
			"hiring-api-1-a":    {strings.NewReader(second(1, "one") + second(3, `{"event":"three"}`))},
			"hiring-database-0": {strings.NewReader(second(2, "two") + second(4, "four without an end")[:len(second(4, "four without an end"))-1])},
		},
	}
	var out, errOut bytes.Buffer
	s := show{options: corev1.PodLogOptions{TailLines: new(int64(5)), SinceSeconds: new(int64(60))}}
	err := newCollector(f.cluster(), s, &printer{out: &out}, &errOut).run(t.Context(), sources(f.pods, false))
	const want = `2026-11-29T12:18:01.000Z api-a      one
2026-11-29T12:18:02.000Z database-0 two
2026-11-29T12:18:03.000Z api-a              three
2026-11-29T12:18:04.000Z database-0 four without an end
`
	if out.String() != want {
		t.Errorf("printed\n%s", out.String())
	}
	if err == nil || err.Error() != "exit code 1" {
		t.Errorf("the error is %v", err)
	}
	if got := errOut.String(); got != "reading the log of container main of pod hiring-redis-0: pods \"hiring-redis-0\" not found\n" {
		t.Errorf("printed as an error: %s", got)
	}
	options := f.options["hiring-api-1-a"][0]
	if !options.Timestamps || options.Container != "main" || *options.TailLines != 5 || *options.SinceSeconds != 60 {
		t.Errorf("asked for %v", options)
	}
}

// lineWriter passes on what is printed.
type lineWriter chan string

func (w lineWriter) Write(text []byte) (int, error) {
	w <- string(text)
	return len(text), nil
}

func (w lineWriter) expect(t *testing.T, want string) {
	t.Helper()
	select {
	case got := <-w:
		if strings.TrimSpace(got) != want {
			t.Fatalf("printed %q, want %q", got, want)
		}
	case <-time.After(time.Minute):
		t.Fatalf("%q is not printed", want)
	}
}

// broken is a connection that fails.
type broken struct{ io.Reader }

func (b broken) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func TestFollow(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	quiet, silence := io.Pipe()
	defer silence.Close()
	f := &fakeCluster{
		pods:    []corev1.Pod{runningPod("hiring-api-1-a", "api", 0), runningPod("hiring-api-1-b", "api", 0)},
		changes: watch.NewFake(),
		logs: map[string][]io.Reader{
			// The connection fails, and the API server sends the second again.
			"hiring-api-1-a": {broken{strings.NewReader(second(1, "one"))}, strings.NewReader(second(1, "one") + second(2, "two"))},
			"hiring-api-1-b": {quiet},
			"hiring-api-2-c": {strings.NewReader(second(3, "three")), strings.NewReader(second(4, "four"))},
		},
	}
	out := make(lineWriter)
	ended := make(chan error, 1)
	s := show{components: []string{"api"}, options: corev1.PodLogOptions{Follow: true, TailLines: new(int64(0))}}
	collector := newCollector(f.cluster(), s, &printer{out: out, unchanged: true}, io.Discard)
	collector.settle = time.Millisecond
	go func() { ended <- collector.run(ctx, sources(f.pods, false)) }()
	out.expect(t, "one")
	out.expect(t, "two")

	begun := runningPod("hiring-api-2-c", "api", 0)
	starting := begun.DeepCopy()
	starting.Status = corev1.PodStatus{}
	f.changes.Add(starting)
	f.changes.Modify(&begun)
	out.expect(t, "three")
	f.changes.Modify(&begun) // It is followed already.
	other := runningPod("hiring-frontend-1-a", "frontend", 0)
	f.changes.Add(&other)
	again := runningPod("hiring-api-2-c", "api", 1)
	f.changes.Modify(&again)
	out.expect(t, "four")
	go func() { _, _ = io.WriteString(silence, second(5, "five")) }()
	out.expect(t, "five")

	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	resumed := f.options["hiring-api-1-a"][1]
	if resumed.SinceTime == nil || resumed.SinceTime.UTC().Second() != 1 || resumed.TailLines != nil {
		t.Errorf("after the failure, the log was read from %v on, of %v lines", resumed.SinceTime, resumed.TailLines)
	}
	if first := f.options["hiring-api-2-c"][0]; first.TailLines != nil {
		t.Error("lines of a new pod are left out")
	}
	if len(f.options["hiring-frontend-1-a"]) > 0 {
		t.Error("a pod of another component is followed")
	}
}

// TestFollowOn has the kubelet end the answer of a container that runs.
func TestFollowOn(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	quiet, silence := io.Pipe()
	defer silence.Close()
	pod := runningPod("hiring-api-1-a", "api", 0)
	f := &fakeCluster{
		pods: []corev1.Pod{pod}, changes: watch.NewFake(),
		logs: map[string][]io.Reader{"hiring-api-1-a": {
			strings.NewReader(second(1, "one")), strings.NewReader(""), strings.NewReader(second(1, "one") + second(2, "two")), quiet,
		}},
	}
	out := make(lineWriter)
	collector := newCollector(f.cluster(), show{options: corev1.PodLogOptions{Follow: true}}, &printer{out: out, unchanged: true}, io.Discard)
	collector.settle, collector.ending = time.Millisecond, time.Millisecond
	ended := make(chan error, 1)
	go func() { ended <- collector.run(ctx, sources(f.pods, false)) }()
	out.expect(t, "one")
	out.expect(t, "two")
	go func() { _, _ = io.WriteString(silence, second(3, "three")) }()
	out.expect(t, "three")
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}

// TestFollowEnds has a run that has ended: its log is not read on, which would be that of the next run.
func TestFollowEnds(t *testing.T) {
	for name, pods := range map[string][]corev1.Pod{
		"gone": nil, "started again": {runningPod("hiring-api-1-a", "api", 1)},
		"ended": {func() corev1.Pod {
			pod := runningPod("hiring-api-1-a", "api", 0)
			pod.Status.ContainerStatuses[0].State = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{}}
			return pod
		}()},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fakeCluster{pods: pods, logs: map[string][]io.Reader{"hiring-api-1-a": {strings.NewReader(second(1, "one")), strings.NewReader(second(2, "two"))}}}
			c := newCollector(f.cluster(), show{}, &printer{}, io.Discard)
			s := sources([]corev1.Pod{runningPod("hiring-api-1-a", "api", 0)}, false)[0]
			r := &reader{
				open: c.cluster.open, source: s, options: corev1.PodLogOptions{Follow: true},
				runs: func(ctx context.Context) bool { return c.runs(ctx, s) },
			}
			read := 0
			if err := r.read(t.Context(), func(*line) bool { read++; return true }); err != nil || read != 1 {
				t.Errorf("%d lines, %v", read, err)
			}
		})
	}
}

func TestFollowWarnsOnceOfEachError(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f := &fakeCluster{}
	c := f.cluster()
	answers := []error{errors.New("no route"), errors.New("no route"), errWatchEnded, errors.New("no answer")}
	c.watch = func(context.Context, string) (watch.Interface, error) {
		if len(answers) == 0 {
			return watch.NewFake(), nil
		}
		err := answers[0]
		answers = answers[1:]
		return nil, err
	}
	errOut := make(lineWriter)
	collector := newCollector(c, show{options: corev1.PodLogOptions{Follow: true}}, &printer{out: io.Discard}, errOut)
	collector.relist = time.Millisecond
	ended := make(chan error, 1)
	go func() { ended <- collector.run(ctx, nil) }()
	errOut.expect(t, "pods that start are noticed once this works again: no route")
	errOut.expect(t, "pods that start are noticed once this works again: no answer")
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestFollowWithoutTheRightToWatch(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f := &fakeCluster{pods: []corev1.Pod{runningPod("hiring-api-1-a", "api", 0)}}
	c := f.cluster()
	c.watch = func(context.Context, string) (watch.Interface, error) {
		return nil, apierrors.NewForbidden(schema.GroupResource{Resource: "pods"}, "", errors.New("no right to watch"))
	}
	errOut := make(lineWriter)
	ended := make(chan error, 1)
	s := show{options: corev1.PodLogOptions{Follow: true}}
	go func() { ended <- newCollector(c, s, &printer{out: io.Discard}, errOut).run(ctx, nil) }()
	errOut.expect(t, `pods that start from now on are not followed: pods is forbidden: no right to watch`)
	cancel()
	if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestWorthRetrying(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		want bool
	}{
		"connection": {io.ErrUnexpectedEOF, true},
		"slow":       {errSlow, true},
		"busy":       {apierrors.NewTooManyRequests("later", 1), true},
		"forbidden":  {fmt.Errorf("x: %w", apierrors.NewForbidden(schema.GroupResource{}, "", nil)), false},
		"gone":       {apierrors.NewNotFound(schema.GroupResource{}, "pod"), false},
		"other":      {apierrors.NewGenericServerResponse(http.StatusTeapot, "get", schema.GroupResource{}, "", "", 0, true), false},
	} {
		if got := worthRetrying(test.err); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestSources(t *testing.T) {
	waiting := runningPod("hiring-api-1-a", "api", 0)
	waiting.Status.ContainerStatuses[0].State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff"}}
	crashing := runningPod("hiring-api-1-b", "api", 3)
	crashing.Status.ContainerStatuses[0].State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}
	running := runningPod("hiring-api-1-c", "api", 3)
	running.Status.ContainerStatuses = append(running.Status.ContainerStatuses, corev1.ContainerStatus{
		Name: "sidecar", ContainerID: "id", State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{}},
	})
	running.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: "init"}}
	for name, test := range map[string]struct {
		pod      corev1.Pod
		previous bool
		want     string
		waiting  string
	}{
		"waiting":           {pod: waiting, waiting: "container main of pod hiring-api-1-a has no log: ImagePullBackOff"},
		"waiting, previous": {pod: waiting, previous: true},
		"crashing":          {pod: crashing, want: "api-b of uid of hiring-api-1-b/main/before"},
		"crashing, previous": {
			pod: crashing, previous: true, want: "api-b of uid of hiring-api-1-b/main/before",
		},
		"running": {
			pod: running, waiting: "container init of pod hiring-api-1-c has no log: it has not started",
			want: "api-c of uid of hiring-api-1-c/main/containerd://hiring-api-1-c-3, api-c/sidecar of uid of hiring-api-1-c/sidecar/id",
		},
		"running, previous": {pod: running, previous: true, want: "api-c of uid of hiring-api-1-c/main/before"},
	} {
		t.Run(name, func(t *testing.T) {
			found, waiting := sourcesOf(&test.pod, test.previous)
			var got []string
			for _, s := range found {
				got = append(got, s.short()+" of "+s.id)
			}
			if strings.Join(got, ", ") != test.want || strings.Join(waiting, ", ") != test.waiting {
				t.Errorf("got %q, and waiting %q", got, waiting)
			}
		})
	}
}

// The kubelet counts a restart when the next run begins: while the container waits for it, the run that has ended is the
// same as before, and its log is not printed again.
func TestSourceOfACrashingContainer(t *testing.T) {
	pod := runningPod("hiring-api-1-a", "api", 1)
	status := &pod.Status.ContainerStatuses[0]
	ended := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ContainerID: status.ContainerID}}
	ids := map[string]bool{}
	for _, step := range []func(){
		func() {},
		func() { status.State = ended },
		func() {
			status.LastTerminationState = ended
			status.State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}
		},
	} {
		step()
		found, _ := sourcesOf(&pod, false)
		for _, s := range found {
			ids[s.id] = true
		}
	}
	if len(ids) != 1 {
		t.Errorf("one run is read as %v", ids)
	}
}

func TestComponents(t *testing.T) {
	for names, want := range map[string]string{
		"": "", "all": "", "api,all": "", "api": "api", "postgres": "database", "database": "database", "migrations,journeys": "migrate,journey", "worker": "worker",
	} {
		var all []string
		if names != "" {
			all = strings.Split(names, ",")
		}
		if got := strings.Join(componentsOf(all), ","); got != want {
			t.Errorf("%s: %s", names, got)
		}
	}
}

func TestFlags(t *testing.T) {
	for want, f := range map[string]flags{
		"":                              {tail: -1, components: []string{"api", "worker"}},
		"-o yaml":                       {tail: -1, output: "yaml"},
		"--follow and --previous":       {tail: -1, follow: true, previous: true},
		"--since must not be negative":  {tail: -1, since: -time.Second},
		"--tail must be a number":       {tail: -2},
		`there is no component "a b"`:   {tail: -1, components: []string{"a b"}},
		`there is no component ""`:      {tail: -1, components: []string{""}},
		"there is no component \"a,b\"": {tail: -1, components: []string{"a,b"}},
	} {
		_, err := f.show()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	s, err := (&flags{tail: 3, since: 1500 * time.Millisecond}).show()
	if err != nil || *s.options.TailLines != 3 || *s.options.SinceSeconds != 2 {
		t.Errorf("got %v, %v", s.options, err)
	}
}
