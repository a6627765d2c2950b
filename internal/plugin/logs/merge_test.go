// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// at is a line of a stream, at so many seconds.
func at(seconds int, text string) *line {
	return &line{at: time.Unix(int64(seconds), 0), text: text, source: &source{}}
}

func TestMergerTakesTheEarliest(t *testing.T) {
	m := newMerger()
	m.add(0)
	m.add(1)
	if l, _ := m.take(); l != nil || m.waits() {
		t.Errorf("took %v of streams without lines, waits: %v", l, m.waits())
	}
	m.offer(0, at(2, "a"))
	if l, _ := m.take(); l != nil || !m.waits() {
		t.Errorf("took %v before the other stream has a line, waits: %v", l, m.waits())
	}
	m.offer(1, at(1, "b"))
	if l, stream := m.take(); l == nil || l.text != "b" || stream != 1 {
		t.Errorf("took %v of stream %d", l, stream)
	}
	if l, _ := m.take(); l != nil {
		t.Errorf("took %v while the other stream may have an earlier line", l)
	}
	m.end(1)
	if l, stream := m.take(); l == nil || l.text != "a" || stream != 0 {
		t.Errorf("took %v of stream %d", l, stream)
	}
}

func TestMergerOfTheSameTime(t *testing.T) {
	m := newMerger()
	for stream, text := range []string{"a", "b", "c"} {
		m.add(stream)
		m.offer(stream, at(1, text))
	}
	got := ""
	for {
		l, stream := m.take()
		if l == nil {
			break
		}
		got += l.text
		m.end(stream)
	}
	if got != "abc" {
		t.Errorf("got %s", got)
	}
}

func TestMergerDoesNotWaitForQuietStreams(t *testing.T) {
	m := newMerger()
	m.add(0)
	m.add(1)
	m.offer(0, at(2, "a"))
	m.stopWaiting()
	if l, _ := m.take(); l == nil || l.text != "a" {
		t.Errorf("took %v", l)
	}
	m.offer(0, at(3, "b"))
	if l, _ := m.take(); l == nil || l.text != "b" {
		t.Errorf("took %v: the quiet stream is waited for again", l)
	}
	m.offer(1, at(4, "c"))
	if l, _ := m.take(); l != nil {
		t.Errorf("took %v before the next line of the busy stream", l)
	}
	m.offer(0, at(5, "d"))
	if l, _ := m.take(); l == nil || l.text != "c" {
		t.Errorf("took %v", l)
	}
	m.offer(0, at(5, "d"))
	if l, _ := m.take(); l != nil {
		t.Errorf("took %v: a stream that has had a line is waited for again", l)
	}
	m.offer(7, at(1, "unknown"))
	if len(m.streams) != 2 {
		t.Error("a stream that was not added has a line")
	}
}

// Whatever the order in which streams give their lines, each of which is in order, the result is
// the same.
func TestMergerInAnyOrder(t *testing.T) {
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 0))
		streams := make([][]*line, 1+random.IntN(4))
		var want []string
		for i := range 40 {
			s := random.IntN(len(streams))
			text := fmt.Sprintf("%02d", i)
			streams[s] = append(streams[s], at(i, text))
			want = append(want, text)
		}
		m := newMerger()
		for s := range streams {
			m.add(s)
		}
		var got []string
		for len(m.streams) > 0 {
			s := random.IntN(len(streams))
			if h, there := m.streams[s]; there && h.line == nil {
				if len(streams[s]) == 0 {
					m.end(s)
				} else {
					m.offer(s, streams[s][0])
					streams[s] = streams[s][1:]
				}
			}
			for l, _ := m.take(); l != nil; l, _ = m.take() {
				got = append(got, l.text)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: got %s", seed, strings.Join(got, " "))
		}
	}
}
