// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"context"
	"io"
	"strings"
	"time"

	"k8s.io/cli-runtime/pkg/printers"

	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

// interval is the time between two looks of --watch.
const interval = 2 * time.Second

// follow shows what view sees, and again at each change, until the context ends. What can't be
// read later on is shown as well, and read again.
func follow(ctx context.Context, w io.Writer, view func(context.Context) (screen, error), every time.Duration) error {
	shown, err := view(ctx)
	if err != nil {
		return err
	}
	out := newDisplay(w)
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := out.show(shown, err); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-ticker.C:
			shown, err = view(ctx)
		}
	}
}

// display shows one screen after another.
type display struct {
	w        io.Writer
	terminal bool
	// last is what the last screen had that counts as a change.
	last string
}

func newDisplay(w io.Writer) *display { return &display{w: w, terminal: printers.IsTerminal(w)} }

// show shows a screen, or a failure, if it differs from the last one. On a terminal, ages and
// response times count too.
func (d *display) show(s screen, failure error) error {
	var text, mark string
	if failure != nil {
		text = "error: " + words.Line(failure.Error(), plugin.MaxLine) + "\n"
		mark = text
	} else {
		text = s.text(plugin.ColorsFor(d.w), false)
		mark = s.text(plugin.Colors{}, !d.terminal)
	}
	if mark == d.last {
		return nil
	}
	first := d.last == ""
	d.last = mark
	switch {
	case d.terminal:
		text = redrawn(text, first)
	case !first:
		text = "\n" + text
	}
	_, err := io.WriteString(d.w, text)
	return err
}

// redrawn is a page that takes the place of the last one line by line, so that a terminal does
// not flicker.
func redrawn(text string, first bool) string {
	erase := ""
	if first {
		erase = "\x1b[2J"
	}
	return erase + "\x1b[H" + strings.ReplaceAll(text, "\n", "\x1b[K\n") + "\x1b[J"
}
