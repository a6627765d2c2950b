// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"

	"go.uber.org/zap/zapcore"
)

func TestLogEncodesTimesAndLevels(t *testing.T) {
	at := time.Date(2026, 1, 2, 16, 4, 5, 120_000_999, time.FixedZone("", 3600))
	if got := encoded(func(to zapcore.PrimitiveArrayEncoder) { encodeTime(at, to) }); got != "2026-01-02T15:04:05.120000Z" {
		t.Errorf("time %q", got)
	}
	for level, want := range map[zapcore.Level]string{
		zapcore.DebugLevel:  "debug",
		zapcore.InfoLevel:   "info",
		zapcore.WarnLevel:   "warning",
		zapcore.ErrorLevel:  "error",
		zapcore.DPanicLevel: "critical",
		zapcore.PanicLevel:  "critical",
		zapcore.FatalLevel:  "critical",
	} {
		if got := encoded(func(to zapcore.PrimitiveArrayEncoder) { encodeLevel(level, to) }); got != want {
			t.Errorf("%s: %q, want %q", level, got, want)
		}
	}
}

// encoded is what an encoder appends.
func encoded(encode func(zapcore.PrimitiveArrayEncoder)) string {
	var lines firstString
	encode(&lines)
	return lines.value
}

// firstString keeps a string that is appended to it.
type firstString struct {
	zapcore.PrimitiveArrayEncoder
	value string
}

func (f *firstString) AppendString(value string) { f.value = value }
