// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"slices"
	"time"
)

// line is a line of a container's log.
type line struct {
	// at is when the container runtime has taken the line.
	at     time.Time
	source *source
	text   string
	// left is how many bytes of the line were left out, as it is too long.
	left int64
}

// merger merges the lines of streams in the order of time. It holds one line of each: a stream
// gives its next line when that one has been taken.
type merger struct {
	streams map[int]*head
}

// head is what is known of a stream.
type head struct {
	line *line
	// quiet is set for a stream that has had no line for a while: the others don't wait for it.
	quiet bool
}

func newMerger() *merger { return &merger{streams: map[int]*head{}} }

// add adds a stream, which is waited for.
func (m *merger) add(stream int) { m.streams[stream] = &head{} }

// end removes a stream, which has given all its lines.
func (m *merger) end(stream int) { delete(m.streams, stream) }

// offer takes the next line of a stream.
func (m *merger) offer(stream int, l *line) {
	if h, known := m.streams[stream]; known {
		h.line, h.quiet = l, false
	}
}

// stopWaiting has the streams without a line be waited for no more.
func (m *merger) stopWaiting() {
	for _, h := range m.streams {
		h.quiet = h.line == nil
	}
}

// waits reports whether a line is held back for streams that may have an earlier one.
func (m *merger) waits() bool {
	held, missing := false, false
	for _, h := range m.streams {
		held = held || h.line != nil
		missing = missing || h.line == nil && !h.quiet
	}
	return held && missing
}

// take returns the earliest line and its stream; none while streams without a line are waited
// for. Of lines of the same time, that of the stream that was added first is first.
func (m *merger) take() (*line, int) {
	first := -1
	for _, stream := range m.ordered() {
		h := m.streams[stream]
		switch {
		case h.line == nil && !h.quiet:
			return nil, 0
		case h.line != nil && (first < 0 || h.line.at.Before(m.streams[first].line.at)):
			first = stream
		}
	}
	if first < 0 {
		return nil, 0
	}
	taken := m.streams[first].line
	m.streams[first].line = nil
	return taken, first
}

func (m *merger) ordered() []int {
	ordered := make([]int, 0, len(m.streams))
	for stream := range m.streams {
		ordered = append(ordered, stream)
	}
	slices.Sort(ordered)
	return ordered
}
