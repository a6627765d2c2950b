// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package config_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/trace"

	"github.com/interview-tracker/interview-tracker-operator/internal/workload/config"
)

func env(variables map[string]string) config.Getenv {
	return func(name string) string { return variables[name] }
}

func TestForAPI(t *testing.T) {
	urls := func(more map[string]string) map[string]string {
		variables := map[string]string{"DATABASE_URL": "postgres://db", "REDIS_URL": "redis://cache"}
		maps.Copy(variables, more)
		return variables
	}
	for name, test := range map[string]struct {
		env     map[string]string
		want    config.API
		wantErr string
	}{
		"nothing but the dependencies": {
			env: urls(nil),
			want: config.API{
				Port: 8000, Environment: "development", Version: "built", Log: config.Log{Level: slog.LevelDebug},
				DatabaseURL: "postgres://db", RedisURL: "redis://cache",
			},
		},
		"everything": {
			env: urls(map[string]string{
				"PORT": "9000", "ENVIRONMENT": "staging", "VERSION": "1.2.3", "LOG_LEVEL": "ERROR", "LOG_FORMAT": "text",
			}),
			want: config.API{
				Port: 9000, Environment: "staging", Version: "1.2.3", Log: config.Log{Level: slog.LevelError, Text: true},
				DatabaseURL: "postgres://db", RedisURL: "redis://cache",
			},
		},
		"an optional Redis": {
			env: map[string]string{"DATABASE_URL": "postgres://db", "REDIS_REQUIRED": "false"},
			want: config.API{
				Port: 8000, Environment: "development", Version: "built", Log: config.Log{Level: slog.LevelDebug},
				DatabaseURL: "postgres://db", RedisOptional: true,
			},
		},
		"a required Redis": {
			env: urls(map[string]string{"REDIS_REQUIRED": "true"}),
			want: config.API{
				Port: 8000, Environment: "development", Version: "built", Log: config.Log{Level: slog.LevelDebug},
				DatabaseURL: "postgres://db", RedisURL: "redis://cache",
			},
		},
		"level of production": {
			env: urls(map[string]string{"ENVIRONMENT": "production"}),
			want: config.API{
				Port: 8000, Environment: "production", Version: "built", Log: config.Log{Level: slog.LevelWarn},
				DatabaseURL: "postgres://db", RedisURL: "redis://cache",
			},
		},
		"everything wrong": {
			env: map[string]string{"PORT": "80000", "LOG_LEVEL": "LOUD", "LOG_FORMAT": "xml", "REDIS_REQUIRED": "no"},
			wantErr: `PORT is "80000", not a TCP port
LOG_LEVEL is "LOUD", not DEBUG, INFO, WARNING or ERROR
LOG_FORMAT is "xml", not json or text
DATABASE_URL is not set
REDIS_REQUIRED is "no", not true or false
REDIS_URL is not set`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := config.ForAPI(env(test.env), "built")
			if test.wantErr != "" {
				if err == nil || err.Error() != test.wantErr {
					t.Errorf("got error %v, want %s", err, test.wantErr)
				}
				return
			}
			if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
				t.Errorf("error %v, settings (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestForFrontend(t *testing.T) {
	cfg, err := config.ForFrontend(env(nil))
	if err != nil || cfg.Port != 3000 || cfg.MetricsPort != 9464 || cfg.APIURL.String() != "http://localhost:8000" {
		t.Errorf("got %+v, %v", cfg, err)
	}
	for _, bad := range []string{"api:8000", "ftp://api", "http://", "http://api:x"} {
		if _, err := config.ForFrontend(env(map[string]string{"API_URL": bad})); err == nil {
			t.Errorf("API_URL=%s is accepted", bad)
		}
	}
}

func TestRUMSampleRatio(t *testing.T) {
	for value, want := range map[string]float64{"": 1, "1": 1, "1.0": 1, "0.25": 0.25, "0": 0} {
		cfg, err := config.ForFrontend(env(map[string]string{"RUM_SAMPLE_RATIO": value}))
		if err != nil || cfg.RUMSampleRatio != want {
			t.Errorf("RUM_SAMPLE_RATIO=%s: got %v, %v, want %v", value, cfg.RUMSampleRatio, err, want)
		}
	}
	for _, bad := range []string{"half", "-0.1", "1.1", "NaN", "Inf"} {
		_, err := config.ForFrontend(env(map[string]string{"RUM_SAMPLE_RATIO": bad}))
		if want := fmt.Sprintf("RUM_SAMPLE_RATIO is %q, not a number from 0 to 1", bad); err == nil || err.Error() != want {
			t.Errorf("RUM_SAMPLE_RATIO=%s: got %v, want %s", bad, err, want)
		}
	}
}

func TestFrontendPorts(t *testing.T) {
	for _, test := range []struct{ port, metricsPort, wantErr string }{
		{port: "9464", metricsPort: "9465"},
		{port: "9464", wantErr: `METRICS_PORT is 9464, as is PORT`},
		{port: "4000", metricsPort: "4000", wantErr: `METRICS_PORT is 4000, as is PORT`},
		{metricsPort: "metrics", wantErr: `METRICS_PORT is "metrics", not a TCP port`},
		{metricsPort: "65536", wantErr: `METRICS_PORT is "65536", not a TCP port`},
	} {
		got := ""
		if _, err := config.ForFrontend(env(map[string]string{"PORT": test.port, "METRICS_PORT": test.metricsPort})); err != nil {
			got = err.Error()
		}
		if got != test.wantErr {
			t.Errorf("PORT=%s METRICS_PORT=%s: got %q, want %q", test.port, test.metricsPort, got, test.wantErr)
		}
	}
}

func TestForMigrate(t *testing.T) {
	if _, err := config.ForMigrate(env(nil)); err == nil || err.Error() != "DATABASE_URL is not set" {
		t.Errorf("got error %v", err)
	}
}

func TestForJourney(t *testing.T) {
	cfg, err := config.ForJourney(env(nil))
	if err != nil || cfg.FrontendURL.String() != "http://localhost:3000" || cfg.Name != config.DefaultJourney {
		t.Errorf("got %+v, %v", cfg, err)
	}
	for _, bad := range []map[string]string{{"FRONTEND_URL": "frontend:3000"}, {"JOURNEY_NAME": "a: b"}, {"JOURNEY_NAME": "-a"}} {
		if _, err := config.ForJourney(env(bad)); err == nil {
			t.Errorf("%v is accepted", bad)
		}
	}
}

func TestLogger(t *testing.T) {
	var out bytes.Buffer
	log := config.Log{Level: slog.LevelInfo}.NewLogger(&out).With("logger", "tracker.api")
	log.Debug("hidden")
	log.Warn("check fails", "check", "redis")

	var record map[string]string
	if err := json.Unmarshal(out.Bytes(), &record); err != nil {
		t.Fatalf("%v in %s", err, out.String())
	}
	delete(record, "timestamp")
	want := map[string]string{"level": "warning", "event": "check fails", "logger": "tracker.api", "check": "redis"}
	if diff := cmp.Diff(want, record); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}

	out.Reset()
	text := config.Log{Level: slog.LevelError, Text: true}.NewLogger(&out)
	text.Error("broken")
	if got := out.String(); text.Enabled(context.Background(), slog.LevelWarn) || !strings.Contains(got, "level=error event=broken") {
		t.Errorf("text: %s", got)
	}
}

func TestTimestamp(t *testing.T) {
	east := time.FixedZone("", 2*60*60)
	for _, test := range []struct {
		at   time.Time
		want string
	}{
		{time.Date(2030, time.January, 31, 15, 0, 0, 123_456_789, time.UTC), "2030-01-31T15:00:00.123456Z"},
		{time.Date(2030, time.January, 31, 15, 0, 0, 120_000_000, time.UTC), "2030-01-31T15:00:00.120000Z"},
		{time.Date(2030, time.January, 31, 15, 0, 0, 0, time.UTC), "2030-01-31T15:00:00.000000Z"},
		{time.Date(2030, time.January, 31, 1, 0, 0, 1_000, east), "2030-01-30T23:00:00.000001Z"},
	} {
		for _, text := range []bool{false, true} {
			var out bytes.Buffer
			log := config.Log{Text: text}.NewLogger(&out)
			if err := log.Handler().Handle(t.Context(), slog.NewRecord(test.at, slog.LevelInfo, "now", 0)); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(out.String(), test.want) {
				t.Errorf("%v: got %s, want %s", test.at, out.String(), test.want)
			}
		}
	}
}

func TestTraceOfALine(t *testing.T) {
	span := trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{0xab, 15: 1}, SpanID: trace.SpanID{0xcd, 7: 2}, // Not sampled, which is no reason to leave it out.
	})
	for name, test := range map[string]struct {
		traced bool
		want   map[string]string
	}{
		"no request": {false, map[string]string{"level": "info", "event": "e", "logger": "tracker.api"}},
		"a traced request": {true, map[string]string{
			"level": "info", "event": "e", "logger": "tracker.api",
			"trace_id": "ab000000000000000000000000000001", "span_id": "cd00000000000002",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			if test.traced {
				ctx = trace.ContextWithSpanContext(ctx, span)
			}
			var out bytes.Buffer
			config.Log{}.NewLogger(&out).With("logger", "tracker.api").InfoContext(ctx, "e")
			var got map[string]string
			if err := json.Unmarshal(out.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			delete(got, "timestamp")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("line (-want +got):\n%s", diff)
			}
		})
	}
}

// The error about a variable is logged with what is right.
func TestForLog(t *testing.T) {
	for _, test := range []struct {
		env  map[string]string
		want config.Log
	}{
		{nil, config.Log{Level: slog.LevelDebug}},
		{map[string]string{"LOG_LEVEL": "ERROR", "LOG_FORMAT": "text"}, config.Log{Level: slog.LevelError, Text: true}},
		{map[string]string{"LOG_LEVEL": "LOUD", "LOG_FORMAT": "text"}, config.Log{Level: slog.LevelInfo, Text: true}},
		{map[string]string{"ENVIRONMENT": "production", "LOG_FORMAT": "xml"}, config.Log{Level: slog.LevelWarn}},
	} {
		if got := config.ForLog(env(test.env)); got != test.want {
			t.Errorf("%v: got %+v, want %+v", test.env, got, test.want)
		}
	}
}
