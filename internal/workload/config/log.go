// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package config

import (
	"cmp"
	"io"
	"log/slog"
	"strings"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// Log configures a logger. Its zero value logs JSON from INFO on.
type Log struct {
	Level slog.Level
	Text  bool // Instead of JSON.
}

// levels are the levels by their names in Python, and so in the specification.
var levels = map[string]slog.Level{
	"DEBUG":   slog.LevelDebug,
	"INFO":    slog.LevelInfo,
	"WARNING": slog.LevelWarn,
	"ERROR":   slog.LevelError,
}

// defaultLevels are the specification's log levels by environment.
var defaultLevels = map[string]string{
	Development: "DEBUG",
	Staging:     "INFO",
	Production:  "WARNING",
}

func (r *reader) log(environment string) Log {
	name := r.optional(contract.EnvLogLevel, cmp.Or(defaultLevels[environment], "INFO"))
	level, ok := levels[strings.ToUpper(name)]
	if !ok {
		r.fail(contract.EnvLogLevel, "is %q, not DEBUG, INFO, WARNING or ERROR", name)
	}
	format := r.optional(contract.EnvLogFormat, "json")
	if format != "json" && format != "text" {
		r.fail(contract.EnvLogFormat, "is %q, not json or text", format)
	}
	return Log{Level: level, Text: format == "text"}
}

// NewLogger returns a logger with records like those of the structlog configuration in the
// specification: level in lower case with Python's names,
// timestamp in ISO 8601, event.
func (l Log) NewLogger(w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: l.Level, ReplaceAttr: likeStructlog}
	if l.Text {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}

func likeStructlog(groups []string, attr slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return attr
	}
	switch attr.Key {
	case slog.TimeKey:
		return slog.Time("timestamp", attr.Value.Time().UTC())
	case slog.MessageKey:
		attr.Key = "event"
	case slog.LevelKey:
		level, _ := attr.Value.Any().(slog.Level)
		for name, l := range levels {
			if l == level {
				return slog.String(slog.LevelKey, strings.ToLower(name))
			}
		}
	}
	return attr
}
