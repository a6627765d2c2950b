// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package config reads the environment variables of internal/contract.
package config

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/trace"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// The environments with a log level in the specification.
const (
	Development = "development"
	Staging     = "staging"
	Production  = "production"
)

// Getenv is os.Getenv, or a replacement in tests. An empty value counts as not set.
type Getenv func(name string) string

// API is the configuration of `tracker api`.
type API struct {
	Port        int
	Environment string // The unchanged contract.EnvEnvironment; Development if not set.
	Version     string
	Log         Log
	DatabaseURL string // It contains a password: never log it.
	RedisURL    string // It contains a password: never log it. It may be empty if Redis is optional.
	// RedisOptional is set if the API is to be ready, and to serve, without Redis.
	RedisOptional bool
}

// Frontend is the configuration of `tracker frontend`.
type Frontend struct {
	Port        int
	MetricsPort int
	Log         Log
	APIURL      *url.URL
	// RUMSampleRatio is the part of the page loads that report what their users meet, from 0 to 1.
	RUMSampleRatio float64
}

// Migrate is the configuration of `tracker migrate`.
type Migrate struct {
	Log         Log
	DatabaseURL string // It contains a password: never log it.
}

// Journey is the configuration of `tracker journey`.
type Journey struct {
	FrontendURL *url.URL
	Name        string // DefaultJourney if not set.
}

// DefaultJourney is the name of a journey without contract.EnvJourneyName.
const DefaultJourney = "hiring"

// ForAPI reads the API's configuration. The version is the default of contract.EnvVersion.
// The error lists everything that is invalid.
func ForAPI(getenv Getenv, version string) (API, error) {
	r := reader{getenv: getenv}
	environment := r.optional(contract.EnvEnvironment, Development)
	cfg := API{
		Port:        r.port(contract.EnvPort, contract.APIPort),
		Environment: environment,
		Version:     r.optional(contract.EnvVersion, version),
		Log:         r.log(environment),
		DatabaseURL: r.required(contract.EnvDatabaseURL),
	}
	cfg.RedisOptional = !r.boolean(contract.EnvRedisRequired, true)
	if cfg.RedisURL = r.getenv(contract.EnvRedisURL); !cfg.RedisOptional {
		r.required(contract.EnvRedisURL)
	}
	return cfg, errors.Join(r.problems...)
}

// ForFrontend reads the frontend's configuration. The error lists everything that is
// invalid.
func ForFrontend(getenv Getenv) (Frontend, error) {
	r := reader{getenv: getenv}
	cfg := Frontend{
		Port:        r.port(contract.EnvPort, contract.FrontendPort),
		MetricsPort: r.port(contract.EnvMetricsPort, contract.FrontendMetricsPort),
		Log:         r.log(r.optional(contract.EnvEnvironment, Development)),
		APIURL:      r.httpURL(contract.EnvAPIURL, fmt.Sprintf("http://localhost:%d", contract.APIPort)),

		RUMSampleRatio: r.ratio(contract.EnvRUMSampleRatio, "1"),
	}
	if cfg.MetricsPort == cfg.Port {
		r.fail(contract.EnvMetricsPort, "is %d, as is %s", cfg.MetricsPort, contract.EnvPort)
	}
	return cfg, errors.Join(r.problems...)
}

// ForMigrate reads the migration's configuration. The error lists everything that is
// invalid.
func ForMigrate(getenv Getenv) (Migrate, error) {
	r := reader{getenv: getenv}
	cfg := Migrate{
		Log:         r.log(r.optional(contract.EnvEnvironment, Development)),
		DatabaseURL: r.required(contract.EnvDatabaseURL),
	}
	return cfg, errors.Join(r.problems...)
}

// ForJourney reads the journey's configuration. The error lists everything that is invalid.
func ForJourney(getenv Getenv) (Journey, error) {
	r := reader{getenv: getenv}
	cfg := Journey{
		FrontendURL: r.httpURL(contract.EnvFrontendURL, fmt.Sprintf("http://localhost:%d", contract.FrontendPort)),
		Name:        r.optional(contract.EnvJourneyName, DefaultJourney),
	}
	if !label.MatchString(cfg.Name) {
		r.fail(contract.EnvJourneyName, "is not a lower-case name such as %s", DefaultJourney)
	}
	return cfg, errors.Join(r.problems...)
}

// label matches a DNS label.
var label = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)

// reader collects all problems, so that they can be fixed together.
type reader struct {
	getenv   Getenv
	problems []error
}

func (r *reader) fail(name, format string, args ...any) {
	r.problems = append(r.problems, fmt.Errorf("%s %s", name, fmt.Sprintf(format, args...)))
}

func (r *reader) optional(name, fallback string) string { return cmp.Or(r.getenv(name), fallback) }

func (r *reader) required(name string) string {
	value := r.getenv(name)
	if value == "" {
		r.fail(name, "is not set")
	}
	return value
}

func (r *reader) port(name string, fallback int) int {
	value := r.optional(name, strconv.Itoa(fallback))
	port, err := strconv.Atoi(value)
	if err != nil || port < 1 || port > 65535 {
		r.fail(name, "is %q, not a TCP port", value)
	}
	return port
}

func (r *reader) boolean(name string, fallback bool) bool {
	switch value := r.optional(name, strconv.FormatBool(fallback)); value {
	case "true":
		return true
	case "false":
		return false
	default:
		r.fail(name, "is %q, not true or false", value)
		return fallback
	}
}

func (r *reader) ratio(name, fallback string) float64 {
	value := r.optional(name, fallback)
	ratio, err := strconv.ParseFloat(value, 64)
	if err != nil || !(ratio >= 0 && ratio <= 1) { // NaN is neither.
		r.fail(name, "is %q, not a number from 0 to 1", value)
	}
	return ratio
}

func (r *reader) httpURL(name, fallback string) *url.URL {
	u, err := url.Parse(r.optional(name, fallback))
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		r.fail(name, "is not a URL of the form http://HOST:PORT")
	}
	return u
}

// ForLog reads the configuration of the log, and uses the default of what is invalid: even the error
// that says so is logged.
func ForLog(getenv Getenv) Log {
	r := reader{getenv: getenv}
	return r.log(r.optional(contract.EnvEnvironment, Development))
}

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

// timestampFormat is RFC 3339 in microseconds: always six digits, so that lines sort as text.
const timestampFormat = "2006-01-02T15:04:05.000000Z07:00"

// NewLogger returns a logger with records like those of the structlog configuration in the
// specification: level in lower case with Python's names, timestamp in ISO 8601, event. The
// logger's name belongs to the key logger, and errors to the key exception. What is logged with
// the context of a traced request has the keys trace_id and span_id.
func (l Log) NewLogger(w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: l.Level, ReplaceAttr: likeStructlog}
	if l.Text {
		return slog.New(withTrace{slog.NewTextHandler(w, options)})
	}
	return slog.New(withTrace{slog.NewJSONHandler(w, options)})
}

// withTrace adds the IDs of the context's span to the records.
type withTrace struct{ slog.Handler }

// Handle implements slog.Handler.
func (h withTrace) Handle(ctx context.Context, record slog.Record) error {
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		record = record.Clone()
		record.AddAttrs(slog.String("trace_id", span.TraceID().String()), slog.String("span_id", span.SpanID().String()))
	}
	return h.Handler.Handle(ctx, record)
}

// WithAttrs implements slog.Handler.
func (h withTrace) WithAttrs(attrs []slog.Attr) slog.Handler {
	return withTrace{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h withTrace) WithGroup(name string) slog.Handler { return withTrace{h.Handler.WithGroup(name)} }

func likeStructlog(groups []string, attr slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return attr
	}
	switch attr.Key {
	case slog.TimeKey:
		return slog.String("timestamp", attr.Value.Time().UTC().Format(timestampFormat))
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
