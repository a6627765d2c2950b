// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package events

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

// Event is an event as it is printed, whichever API it was written by.
type Event struct {
	// Last is when it happened last, and First when it did first.
	Last  metav1.Time `json:"last"`
	First metav1.Time `json:"first"`
	// Count is how often it has happened.
	Count  int32  `json:"count"`
	Type   string `json:"type"`
	Reason string `json:"reason"`
	// Object is what it is about, as Kind/name.
	Object  string `json:"object"`
	Message string `json:"message"`
	// From is who has reported it.
	From string `json:"from,omitempty"`
}

// Of returns an event as it is printed. Those that are written by events.k8s.io have their count
// and last time in a series, and their first time in eventTime.
func Of(e *corev1.Event) Event {
	event := Event{
		First: e.FirstTimestamp, Last: e.LastTimestamp, Count: max(e.Count, 1),
		Type: e.Type, Reason: e.Reason, Message: e.Message,
		Object: e.InvolvedObject.Kind + "/" + e.InvolvedObject.Name,
		From:   cmp.Or(e.ReportingController, e.Source.Component),
	}
	if event.First.IsZero() {
		event.First = metav1.Time{Time: e.EventTime.Time}
	}
	if event.First.IsZero() {
		event.First = e.CreationTimestamp
	}
	if s := e.Series; s != nil {
		event.Count = max(event.Count, s.Count)
		if s.LastObservedTime.After(event.Last.Time) {
			event.Last = metav1.Time{Time: s.LastObservedTime.Time}
		}
	}
	if event.Last.IsZero() {
		event.Last = event.First
	}
	return event
}

// Sort sorts events by when they happened last, the newest last.
func Sort(events []Event) {
	slices.SortStableFunc(events, func(a, b Event) int {
		return cmp.Or(a.Last.Compare(b.Last.Time), a.First.Compare(b.First.Time), strings.Compare(a.Object, b.Object), strings.Compare(a.Reason, b.Reason))
	})
}

// scope is what belongs to the trackers whose events are shown.
type scope struct {
	// name is the tracker's; empty for all.
	name string
	// owners has the tracker of each object that exists, and of each tracker itself.
	owners map[types.UID]string
	// trackers are the names of all trackers of the namespace.
	trackers []string
}

// claimOf is what begins the name of a volume claim: that of the volume of a StatefulSet.
var claimOf = regexp.MustCompile(`^[a-z0-9]+-`)

// components are those with objects whose events matter. An object that has gone, and one that has come
// since, is known by its name alone.
var components = []v1alpha1.Component{
	v1alpha1.ComponentAPI, v1alpha1.ComponentFrontend, v1alpha1.ComponentDatabase, v1alpha1.ComponentRedis,
	v1alpha1.ComponentMigrate, v1alpha1.ComponentJourney,
}

// has reports whether an event is about an object of the trackers.
func (s *scope) has(e *corev1.Event) bool {
	object := e.InvolvedObject
	owner, known := s.owners[object.UID]
	if !known {
		owner = s.ownerByName(object.Kind, object.Name)
	}
	return owner != "" && (s.name == "" || owner == s.name)
}

// ownerByName returns the tracker that an object of a name belongs to, or nothing: of those whose
// components' names begin it, the one with the longest name.
func (s *scope) ownerByName(kind, name string) string {
	if kind == v1alpha1.Kind {
		return "" // Of an earlier tracker of the name.
	}
	owner := ""
	for _, tracker := range s.trackers {
		if len(tracker) > len(owner) && (isChild(tracker, name) || kind == "PersistentVolumeClaim" && isChild(tracker, claimOf.ReplaceAllString(name, ""))) {
			owner = tracker
		}
	}
	return owner
}

func isChild(tracker, name string) bool {
	return slices.ContainsFunc(components, func(c v1alpha1.Component) bool {
		child := tracker + "-" + string(c)
		return name == child || strings.HasPrefix(name, child+"-")
	})
}

// maxMessage bounds a message, in characters.
const maxMessage = 1000

// columns are those of the table; the message comes last.
var columns = []string{"LAST", "COUNT", "TYPE", "REASON", "OBJECT", "MESSAGE"}

// table prints events in columns, which keep their width for those that come later.
type table struct {
	out    io.Writer
	colors plugin.Colors
	widths []int
}

func (t *table) print(events []Event) error {
	var rows [][]string
	if t.widths == nil {
		t.widths = make([]int, len(columns)-1)
		rows = append(rows, columns)
	}
	for _, e := range events {
		row := []string{e.Last.UTC().Format(time.RFC3339), count(e), e.Type, e.Reason, e.Object, e.Message}
		for i, cell := range row {
			row[i] = words.Line(cell, maxMessage)
		}
		rows = append(rows, row)
	}
	for _, row := range rows {
		for i := range t.widths {
			t.widths[i] = max(t.widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	for _, row := range rows {
		if _, err := io.WriteString(t.out, t.line(row)); err != nil {
			return fmt.Errorf("printing the events: %w", err)
		}
	}
	return nil
}

// Print prints events as a table.
func Print(out io.Writer, events []Event, colors plugin.Colors) error {
	return (&table{out: out, colors: colors}).print(events)
}

func (t *table) line(row []string) string {
	var line strings.Builder
	for i, width := range t.widths {
		cell := row[i]
		padding := strings.Repeat(" ", width-utf8.RuneCountInString(cell)+2)
		if cell == corev1.EventTypeWarning {
			cell = t.colors.Warn(cell)
		}
		line.WriteString(cell + padding)
	}
	return strings.TrimRight(line.String()+row[len(row)-1], " ") + "\n"
}

// count is how often an event has happened, and in which time.
func count(e Event) string {
	if e.Count == 1 {
		return "1"
	}
	return fmt.Sprintf("%d in %s", e.Count, duration.HumanDuration(e.Last.Sub(e.First.Time)))
}
