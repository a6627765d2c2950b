// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package events

import (
	"bytes"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/test/golden"
)

var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

func minute(n int) metav1.Time           { return metav1.Time{Time: noon.Add(time.Duration(n) * time.Minute)} }
func microMinute(n int) metav1.MicroTime { return metav1.MicroTime{Time: minute(n).Time} }

// recorded are events as API servers have them: those of core, and those that were written by
// events.k8s.io.
func recorded() []corev1.Event {
	about := func(kind, name string) corev1.ObjectReference {
		return corev1.ObjectReference{Kind: kind, Name: name, UID: types.UID("uid of " + name)}
	}
	return []corev1.Event{
		{
			InvolvedObject: about("Pod", "hiring-api-7d9f8c6b5-x2x4z"), Type: "Warning", Reason: "BackOff",
			Message: "Back-off restarting failed container \x1b[31mapi\x1b[0m in pod\nhiring-api", Count: 12,
			FirstTimestamp: minute(0), LastTimestamp: minute(40), Source: corev1.EventSource{Component: "kubelet"},
		},
		{
			InvolvedObject: about("InterviewTracker", "hiring"), Type: "Warning", Reason: "APIUnavailable", Message: "API: 0 of 2 pods are ready",
			EventTime: microMinute(1), ReportingController: "interview-tracker-operator",
			Series: &corev1.EventSeries{Count: 3, LastObservedTime: microMinute(35)},
		},
		{
			InvolvedObject: about("Pod", "hiring-database-0"), Type: "Normal", Reason: "Scheduled", Message: "Successfully assigned",
			EventTime: microMinute(2), ReportingController: "default-scheduler",
		},
		{
			InvolvedObject: about("ReplicaSet", "hiring-api-7d9f8c6b5"), Type: "Normal", Reason: "SuccessfulCreate", Message: "Created pod",
			ObjectMeta: metav1.ObjectMeta{CreationTimestamp: minute(3)},
		},
		{
			InvolvedObject: about("Pod", "hiring-api-7d9f8c6b5-x2x4z"), Type: "Normal", Reason: "Pulled", Count: 1, Message: "Pulled",
			FirstTimestamp: minute(40), LastTimestamp: minute(40),
		},
	}
}

func TestPrint(t *testing.T) {
	var events []Event
	for _, e := range recorded() {
		events = append(events, Of(&e))
	}
	Sort(events)
	var out bytes.Buffer
	table := &table{out: &out}
	if err := table.print(events); err != nil {
		t.Fatal(err)
	}
	// One that comes later keeps the columns.
	later := events[0]
	later.Last, later.First, later.Count = minute(61), minute(1), 100
	if err := table.print([]Event{later}); err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "events.txt", out.String())
}

func TestScope(t *testing.T) {
	s := &scope{
		trackers: []string{"hiring", "hiring-api"},
		owners:   map[types.UID]string{"1": "hiring", "2": "hiring-api", "3": "other"},
	}
	for name, test := range map[string]struct {
		kind, object string
		uid          types.UID
		want         bool
	}{
		"the tracker":                     {"InterviewTracker", "hiring", "1", true},
		"an earlier one of its name":      {"InterviewTracker", "hiring", "9", false},
		"its object":                      {"Service", "whatever", "1", true},
		"another tracker's":               {"Pod", "hiring-api-1-a", "3", false},
		"a pod that has gone":             {"Pod", "hiring-api-7d9f8c6b5-x2x4z", "9", true},
		"a claim that has gone":           {"PersistentVolumeClaim", "data-hiring-database-0", "9", true},
		"another kind of such a name":     {"Pod", "data-hiring-database-0", "9", false},
		"a gone pod of a longer name":     {"Pod", "hiring-api-frontend-7d9f8c6b5-x2x4z", "9", false},
		"a gone pod of the longer's API":  {"Pod", "hiring-api-api-7d9f8c6b5-x2x4z", "9", false},
		"a journey":                       {"Job", "hiring-journey-apply-29403120", "9", true},
		"an object of the user's":         {"Pod", "hiring-worker-7d9f8c6b5-x2x4z", "9", false},
		"what only begins as a component": {"Pod", "hiring-apiary-0", "9", false},
	} {
		e := &corev1.Event{InvolvedObject: corev1.ObjectReference{Kind: test.kind, Name: test.object, UID: test.uid}}
		s.name = "hiring"
		if got := s.has(e); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
		s.name = ""
		if all := s.has(e); test.want && !all {
			t.Errorf("%s: not among those of all trackers", name)
		}
	}
}

// An event is news once in each of its versions.
func TestNews(t *testing.T) {
	w := &watcher{scope: &scope{owners: map[types.UID]string{"1": "hiring"}}, printed: map[types.UID]string{}}
	e := recorded()[0]
	e.UID, e.ResourceVersion, e.InvolvedObject.UID = "e", "1", "1"
	if got := w.news([]corev1.Event{e}); len(got) != 1 {
		t.Errorf("got %v", got)
	}
	if got := w.news([]corev1.Event{e}); len(got) != 0 {
		t.Errorf("again: %v", got)
	}
	e.ResourceVersion, e.Count = "2", 13
	if got := w.news([]corev1.Event{e}); len(got) != 1 || got[0].Count != 13 {
		t.Errorf("after its count rose: %v", got)
	}
	w.forget(nil)
	if len(w.printed) != 0 {
		t.Error("an event that is no more is remembered")
	}
}

func TestWarningsAreColored(t *testing.T) {
	var plain, colored bytes.Buffer
	events := []Event{Of(&recorded()[0])}
	for out, colors := range map[*bytes.Buffer]plugin.Colors{&plain: {}, &colored: plugin.ColorsFor(&colored)} {
		if err := Print(out, events, colors); err != nil {
			t.Fatal(err)
		}
	}
	if plain.String() != colored.String() {
		t.Errorf("there are colors without a terminal:\n%q", colored.String())
	}
}
