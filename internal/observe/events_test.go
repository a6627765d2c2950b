// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// eventReader returns Events, and records which were read.
type eventReader struct {
	items     []corev1.Event
	err       error
	requested []string
}

func (e *eventReader) reader() client.Reader {
	return fake.NewClientBuilder().WithObjects(credentials()...).WithInterceptorFuncs(interceptor.Funcs{
		List: func(_ context.Context, _ client.WithWatch, into client.ObjectList, options ...client.ListOption) error {
			var o client.ListOptions
			o.ApplyOptions(options)
			uid, _ := o.FieldSelector.RequiresExactMatch("involvedObject.uid")
			e.requested = append(e.requested, fmt.Sprintf("%d of %s/%s", o.Limit, o.Namespace, uid))
			list, ok := into.(*corev1.EventList)
			if !ok {
				return fmt.Errorf("no Events, but %T", into)
			}
			list.Items = e.items
			return e.err
		},
	}).Build()
}

func says(message string, at time.Time) corev1.Event {
	return corev1.Event{Type: corev1.EventTypeWarning, Reason: "Unhealthy", Message: message, LastTimestamp: metav1.NewTime(at)}
}

var t0 = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// listener is an Observer that reads these Events, and its clock.
func listener(e *eventReader) (*Observer, *clocktesting.FakePassiveClock) {
	c := clocktesting.NewFakePassiveClock(t0)
	return &Observer{Catalog: catalog.Default(), Cached: newReader(credentials()...), Live: e.reader(), Clock: c}, c
}

func readEvents(t *testing.T, o *Observer, tracker *v1alpha1.InterviewTracker, s *snapshot.Snapshot) {
	t.Helper()
	h := o.hear(tracker)
	o.readEvents(t.Context(), tracker, s, h)
	h.end()
}

// failing is a pod whose container has been running for a minute and isn't ready.
func failing(name string, changes ...func(*corev1.Pod)) corev1.Pod {
	return apiPod(name, "new", append([]func(*corev1.Pod){func(p *corev1.Pod) {
		p.CreationTimestamp = metav1.NewTime(t0.Add(-time.Minute))
		p.Status.ContainerStatuses = []corev1.ContainerStatus{{
			Name: "api", Started: new(true),
			State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(t0.Add(-time.Minute))}},
		}}
	}}, changes...)...)
}

func container(change func(*corev1.ContainerStatus)) func(*corev1.Pod) {
	return func(p *corev1.Pod) { change(&p.Status.ContainerStatuses[0]) }
}

func TestObjectsWhoseEventsAreRead(t *testing.T) {
	running := func(d time.Duration) func(*corev1.Pod) {
		return container(func(c *corev1.ContainerStatus) { c.State.Running.StartedAt = metav1.NewTime(t0.Add(-d)) })
	}
	created := func(d time.Duration) func(*corev1.Pod) {
		return func(p *corev1.Pod) { p.CreationTimestamp = metav1.NewTime(t0.Add(-d)) }
	}
	starting := container(func(c *corev1.ContainerStatus) { c.Started = new(false) })
	for name, test := range map[string]struct {
		pods []corev1.Pod
		want string // a pod; empty is none
	}{
		"nobody's": {nil, ""},
		"a ready pod's": {
			[]corev1.Pod{failing("a", container(func(c *corev1.ContainerStatus) { c.Ready = true }))}, "",
		},
		"an unready pod's":               {[]corev1.Pod{failing("a")}, "a"},
		"one's that has just started":    {[]corev1.Pod{failing("a", running(patience))}, ""},
		"one's that started a while ago": {[]corev1.Pod{failing("a", running(patience+time.Second))}, "a"},
		"one's that is starting":         {[]corev1.Pod{failing("a", starting)}, ""},
		"one's that doesn't say whether it has started": {
			[]corev1.Pod{failing("a", container(func(c *corev1.ContainerStatus) { c.Started = nil }))}, "",
		},
		"one's that is starting, again": {
			[]corev1.Pod{failing("a", starting, container(func(c *corev1.ContainerStatus) { c.RestartCount = 1 }))}, "a",
		},
		"one's that doesn't run": {
			[]corev1.Pod{failing("a", container(func(c *corev1.ContainerStatus) { c.State.Running = nil }))}, "",
		},
		"one's that is being deleted": {
			[]corev1.Pod{failing("a", func(p *corev1.Pod) { p.DeletionTimestamp = new(metav1.Now()) })}, "",
		},
		"an older template's": {
			[]corev1.Pod{failing("a", func(p *corev1.Pod) { p.Labels[appsv1.DefaultDeploymentUniqueLabelKey] = "old" })}, "",
		},
		"the youngest of several's": {
			[]corev1.Pod{failing("a", created(3*time.Minute)), failing("b", created(time.Minute)), failing("c", created(2*time.Minute))}, "b",
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := &eventReader{items: []corev1.Event{says("Readiness probe failed: 503", t0)}}
			o, _ := listener(e)
			s := rolling(test.pods...)
			readEvents(t, o, newTracker(), s)
			var requested, reported []string
			if test.want != "" {
				requested = []string{"32 of people/" + test.want}
				reported = []string{test.want}
			}
			if !slices.Equal(e.requested, requested) {
				t.Errorf("requested %q, want %q", e.requested, requested)
			}
			if got := slices.Collect(maps.Keys(s.PodEvents)); !slices.Equal(got, reported) {
				t.Errorf("reported for %q, want %q", got, reported)
			}
		})
	}
}

// Of a StatefulSet that has no pod, the Events say why.
func TestWhyAPodCannotBeMade(t *testing.T) {
	for name, test := range map[string]struct {
		age      time.Duration
		pods     []corev1.Pod
		requests bool
	}{
		"no pod":              {time.Minute, nil, true},
		"no pod yet":          {patience, nil, false},
		"a pod that is there": {time.Minute, []corev1.Pod{apiPod("hiring-database-0", "")}, false},
	} {
		t.Run(name, func(t *testing.T) {
			failure := says("exceeded quota: compute", t0)
			failure.Reason = "FailedCreate"
			e := &eventReader{items: []corev1.Event{failure}}
			o, _ := listener(e)
			s := newSnapshot()
			s.Pods[v1alpha1.ComponentDatabase] = test.pods
			s.StatefulSets[v1alpha1.ComponentDatabase] = &appsv1.StatefulSet{
				ObjectMeta: metav1.ObjectMeta{UID: "set", CreationTimestamp: metav1.NewTime(t0.Add(-test.age))},
			}
			readEvents(t, o, newTracker(), s)
			var requested []string
			var want string
			if test.requests {
				requested, want = []string{"32 of people/set"}, "exceeded quota: compute"
			}
			if got := s.CreateFailures[v1alpha1.ComponentDatabase]; got != want || !slices.Equal(e.requested, requested) {
				t.Errorf("reported %q after the requests %q, want %q after %q", got, e.requested, want, requested)
			}
		})
	}
}

// What an object's controller said of an earlier spec is read again at once, as the next one may fail for another reason.
func TestWhyAnotherPodCannotBeMade(t *testing.T) {
	set := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{UID: "set", Generation: 1, CreationTimestamp: metav1.NewTime(t0.Add(-time.Hour))}}
	e := &eventReader{items: []corev1.Event{warning("FailedCreate", "no PriorityClass", t0)}}
	o, c := listener(e)
	tracker, s := newTracker(), newSnapshot()
	s.StatefulSets[v1alpha1.ComponentDatabase] = set
	readAt := func(at time.Duration, want string) {
		t.Helper()
		c.SetTime(t0.Add(at))
		readEvents(t, o, tracker, s)
		if got := s.CreateFailures[v1alpha1.ComponentDatabase]; got != want {
			t.Errorf("after %s: %q, want %q", at, got, want)
		}
	}
	readAt(0, "no PriorityClass")
	e.items = append(e.items, warning("FailedCreate", "no RuntimeClass", t0.Add(2*time.Second)))
	readAt(3*time.Second, "no PriorityClass")
	set.Generation++
	readAt(4*time.Second, "no PriorityClass")
	set.Status.ObservedGeneration++
	readAt(5*time.Second, "no RuntimeClass")
}

// Why a Job has no pod that has failed for good is known by the Job.
func TestEventsOfAFinishedJobAreNotRead(t *testing.T) {
	e := &eventReader{}
	o, c := listener(e)
	tracker, s := newTracker(), newSnapshot()
	tracker.Spec.Migrations = &v1alpha1.MigrationsSpec{}
	s.MigrationJob = &batchv1.Job{ObjectMeta: metav1.ObjectMeta{UID: "job", CreationTimestamp: metav1.NewTime(t0.Add(-time.Hour))}}
	readEvents(t, o, tracker, s)
	if len(e.requested) != 1 {
		t.Errorf("of a Job without a pod: %q", e.requested)
	}
	s.MigrationJob.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobFailed, Status: corev1.ConditionTrue}}
	c.SetTime(t0.Add(time.Hour))
	readEvents(t, o, tracker, s)
	if len(e.requested) != 1 {
		t.Errorf("of a Job that has failed: %q", e.requested)
	}
}

// Events are requested again while the state of the object stays the same, ever more rarely.
func TestEventsAreRequestedRarely(t *testing.T) {
	e := &eventReader{}
	o, c := listener(e)
	tracker := newTracker()
	s := rolling(failing("a"))
	readAt := func(at time.Duration, requests int, want string) {
		t.Helper()
		c.SetTime(t0.Add(at))
		s.PodEvents = map[string]snapshot.PodEvent{}
		readEvents(t, o, tracker, s)
		if got := s.PodEvents["a"].Message; got != want || len(e.requested) != requests {
			t.Errorf("after %s: reported %q after %d requests, want %q after %d", at, got, len(e.requested), want, requests)
		}
	}
	readAt(0, 1, "")
	e.items = []corev1.Event{says("first", t0), says("last", t0.Add(2*time.Second)), says("second", t0.Add(time.Second))}
	readAt(time.Second, 1, "")
	readAt(firstRetry, 1, "")
	readAt(firstRetry+time.Second, 2, "last")
	e.items = []corev1.Event{says("later", t0.Add(time.Hour))}
	readAt(firstRetry+time.Minute, 2, "last")
	readAt(2*time.Hour, 3, "later")

	// An object that no longer fails is forgotten: the next time, its Events are read again.
	s = rolling(apiPod("a", "new"))
	readAt(2*time.Hour, 3, "")
	s = rolling(failing("a"))
	readAt(2*time.Hour, 4, "later")
	o.Forget(client.ObjectKeyFromObject(tracker))
	readAt(2*time.Hour, 5, "later")
}

// Events are a help: that they can't be read is no error, and is not retried at once.
func TestEventsThatCannotBeRead(t *testing.T) {
	e := &eventReader{err: errBroken}
	o, c := listener(e)
	s := rolling(failing("a"))
	for range 3 {
		readEvents(t, o, newTracker(), s)
	}
	if len(e.requested) != 1 || s.PodEvents["a"].Message != "" {
		t.Errorf("%d requests, reported %q", len(e.requested), s.PodEvents["a"].Message)
	}
	e.err, e.items = nil, []corev1.Event{says("Readiness probe failed: 503", t0)}
	c.SetTime(t0.Add(firstRetry + time.Second))
	readEvents(t, o, newTracker(), s)
	if got := s.PodEvents["a"].Message; got != "Readiness probe failed: 503" {
		t.Errorf("reported %q once Events can be read", got)
	}
}

// Two trackers' Events are kept apart.
func TestEventsOfTwoTrackers(t *testing.T) {
	e := &eventReader{items: []corev1.Event{says("message", t0)}}
	o, _ := listener(e)
	other := newTracker()
	other.Name = "firing"
	for range 2 {
		for tracker, pod := range map[*v1alpha1.InterviewTracker]string{newTracker(): "a", other: "b"} {
			readEvents(t, o, tracker, rolling(failing(pod)))
		}
	}
	if len(e.requested) != 2 {
		t.Errorf("requested %q", e.requested)
	}
}

// Anybody who may create Events can give one a megabyte: little of it is masked, and kept.
func TestLongEvents(t *testing.T) {
	long := strings.Repeat(`\u0025\x35%25\\63 aA== c0rrect-Horse %2561 \\\\x41 `, 1<<20/50)
	o, _ := listener(&eventReader{items: []corev1.Event{says(long, t0)}})
	s := rolling(failing("a"))
	s.StatefulSets[v1alpha1.ComponentDatabase] = &appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{UID: "u", CreationTimestamp: metav1.NewTime(t0.Add(-time.Hour))},
	}
	events, err := o.eventsOf(t.Context(), namespace, "u", warnings)
	if err != nil || len(events) != 1 || len(events[0].Message) > maxEventMessage || events[0].Message == "" {
		t.Errorf("%d events are looked at, %v", len(events), err)
	}
	readEvents(t, o, newTracker(), s)
	for uid, e := range o.events.of(newTracker()) {
		if len(e.event.Message) > 2*maxEventMessage {
			t.Errorf("%d bytes are remembered of %s", len(e.event.Message), uid)
		}
	}
}
