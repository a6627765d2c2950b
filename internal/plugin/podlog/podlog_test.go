// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package podlog

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestReadLine(t *testing.T) {
	const most = 100_000 // More than what is read at once.
	long := strings.Repeat("x", most)
	in := bufio.NewReader(strings.NewReader("a\r\n\n" + long + "\n" + long + "yz\nend"))
	for i, want := range []struct {
		text string
		left int64
	}{{"a", 0}, {"", 0}, {long, 0}, {long, 2}, {"end", 0}} {
		text, left, err := ReadLine(in, most)
		if err != nil || string(text) != want.text || left != want.left {
			t.Errorf("line %d has %d bytes, %d left, error %v", i, len(text), left, err)
		}
	}
	if _, _, err := ReadLine(in, most); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
}

// A line that breaks off is left out: what it ends with may be half of a word.
func TestReadLineThatBreaksOff(t *testing.T) {
	broken := errors.New("the connection is broken")
	in := bufio.NewReader(io.MultiReader(strings.NewReader("whole\nha"), iotest.ErrReader(broken)))
	if text, _, err := ReadLine(in, 100); err != nil || string(text) != "whole" {
		t.Errorf("got %q, %v", text, err)
	}
	if text, _, err := ReadLine(in, 100); !errors.Is(err, broken) || text != nil {
		t.Errorf("got %q, %v", text, err)
	}
}
