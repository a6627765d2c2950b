// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/interview-tracker/interview-tracker-operator/internal/workload/healthcheck"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/testservers"
)

// gracePeriod is Kubernetes' default termination grace period.
const gracePeriod = 30 * time.Second

// eventually is how long a test waits for what a busy machine may delay.
const eventually = 2 * time.Minute

// asTracker makes the test binary run the tracker.
const asTracker = "TEST_AS_TRACKER"

func TestMain(m *testing.M) {
	if os.Getenv(asTracker) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// tracker is a process of the tracker.
type tracker struct {
	*exec.Cmd
	stdout, stderr bytes.Buffer
}

// command returns `tracker ARGS` with only env as environment.
func command(t *testing.T, env []string, args ...string) *tracker {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &tracker{Cmd: exec.CommandContext(t.Context(), self, args...)}
	p.Env = append([]string{asTracker + "=1"}, env...)
	p.Stdout, p.Stderr = &p.stdout, &p.stderr
	return p
}

func exitCode(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	return -1
}

// freeAddress returns an unused HOST:PORT.
func freeAddress(t *testing.T) string {
	t.Helper()
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(testservers.FreePort(t)))
}

func TestExits(t *testing.T) {
	unused := "http://" + freeAddress(t)
	listener, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	address, err := netip.ParseAddrPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	used := int(address.Port())
	for name, test := range map[string]struct {
		args   []string
		env    []string
		code   int
		stdout string // A part of it.
		stderr string // A part of it, or of the exception in its only line.
		logger string // The name in that line, if it is one of the log.
	}{
		"no command":          {args: nil, code: 2, stderr: "Usage:"},
		"unknown command":     {args: []string{"apis"}, code: 2, stderr: "Usage:"},
		"api without URLs":    {args: []string{"api"}, code: 1, stderr: "DATABASE_URL is not set\nREDIS_URL is not set", logger: "tracker.api"},
		"migrate without URL": {args: []string{"migrate"}, code: 1, stderr: "DATABASE_URL is not set", logger: "tracker.migrate"},
		"bad database URL": {
			args: []string{"api"}, env: []string{"DATABASE_URL=postgres://u:s3cr/et@db/x", "REDIS_URL=redis://cache"},
			code: 1, stderr: "DATABASE_URL is not a URL", logger: "tracker.api",
		},
		"bad redis URL": {
			args: []string{"api"}, env: []string{"DATABASE_URL=postgres://u:s3cret@db/x", "REDIS_URL=redis://:s3cr/et@cache"},
			code: 1, stderr: "REDIS_URL is not a URL", logger: "tracker.api",
		},
		"bad API URL": {
			args: []string{"frontend"}, env: []string{"API_URL=api"},
			code: 1, stderr: "API_URL is not a URL", logger: "tracker.frontend",
		},
		"one port twice": {
			args: []string{"frontend"}, env: []string{"PORT=9464"},
			code: 1, stderr: "METRICS_PORT is 9464, as is PORT", logger: "tracker.frontend",
		},
		"no port": {
			args: []string{"frontend"}, env: []string{"METRICS_PORT=metrics"},
			code: 1, stderr: `METRICS_PORT is "metrics", not a TCP port`, logger: "tracker.frontend",
		},
		"no log format": {
			args: []string{"api"}, env: []string{"DATABASE_URL=postgres://db/x", "REDIS_URL=redis://cache", "LOG_FORMAT=xml"},
			code: 1, stderr: `LOG_FORMAT is "xml"`, logger: "tracker.api",
		},
		"port in use": {
			args: []string{"frontend"}, env: []string{fmt.Sprintf("PORT=%d", used)},
			code: 1, stderr: "PORT: listen tcp", logger: "tracker.frontend",
		},
		"metrics port in use": {
			args: []string{"frontend"}, env: []string{fmt.Sprintf("PORT=%d", testservers.FreePort(t)), fmt.Sprintf("METRICS_PORT=%d", used)},
			code: 1, stderr: "METRICS_PORT: listen tcp", logger: "tracker.frontend",
		},
		"healthcheck of an unused port": {
			args: []string{"healthcheck", unused}, code: 1, stderr: "tracker healthcheck:",
		},
		"bad frontend URL": {
			args: []string{"journey"}, env: []string{"FRONTEND_URL=frontend"},
			code: 1, stderr: "FRONTEND_URL is not a URL", logger: "tracker.journey",
		},
		"journey without a frontend": {
			args: []string{"journey"}, env: []string{"FRONTEND_URL=" + unused},
			code: 1, stderr: `step "add a position": GET /positions/new: dial tcp`, logger: "tracker.journey",
		},
		"version":      {args: []string{"version"}, code: 0, stdout: "(commit "},
		"version flag": {args: []string{"--version"}, code: 0, stdout: "(commit "},
	} {
		t.Run(name, func(t *testing.T) {
			p := command(t, test.env, test.args...)
			if code := exitCode(p.Run()); code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			stderr := p.stderr.String()
			if strings.Contains(stderr, "s3cr") {
				t.Errorf("stderr has a password: %s", stderr)
			}
			if !strings.Contains(p.stdout.String(), test.stdout) {
				t.Errorf("stdout: %s", p.stdout.String())
			}
			if test.logger != "" {
				stderr = exception(t, stderr, test.logger)
			}
			if !strings.Contains(stderr, test.stderr) {
				t.Errorf("stderr: %s", stderr)
			}
		})
	}
}

// exception is that of the only line, which is an error.
func exception(t *testing.T, output, logger string) string {
	t.Helper()
	var line map[string]string
	if err := json.Unmarshal([]byte(output), &line); err != nil || strings.Count(output, "\n") != 1 {
		t.Fatalf("%v: not one line of a log: %s", err, output)
	}
	if _, err := time.Parse(time.RFC3339Nano, line["timestamp"]); err != nil || line["level"] != "error" ||
		line["event"] == "" || line["logger"] != logger {
		t.Errorf("got %v", line)
	}
	return line["exception"]
}

// The message has no time, which would change the status of the tracker with each restart.
func TestTerminationMessage(t *testing.T) {
	file := filepath.Join(t.TempDir(), "termination-log")
	for _, test := range []struct{ command, want string }{
		{"api", ""}, // There is no file outside of Kubernetes, and none is created.
		{"api", "tracker api: no luck\n"},
		{"healthcheck", ""},
	} {
		if test.want != "" || test.command == "healthcheck" {
			if err := os.WriteFile(file, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var stderr bytes.Buffer
		report(&stderr, file, test.command, errors.New("no luck"))
		if got, _ := os.ReadFile(file); string(got) != test.want || stderr.Len() == 0 {
			t.Errorf("%s: got %q, want %q; stderr: %s", test.command, got, test.want, stderr.String())
		}
	}
}

// The processes run as in a pod: healthy by their own healthcheck although no dependency is
// reachable, and stopped by SIGTERM in time. A request that asks to be traced is, by the API
// alone: the ratio is 0.
func TestServes(t *testing.T) {
	dead := freeAddress(t)
	metricsPort := strconv.Itoa(testservers.FreePort(t))
	for name, test := range map[string]struct {
		env         []string
		metricsPort string // If it is not the port of everything else.
		path        string // Of a page or a resource.
		traced      bool
	}{
		"api": {env: []string{
			"DATABASE_URL=postgres://tracker:s3cret@" + dead + "/interview_tracker",
			"REDIS_URL=redis://:s3cret@" + dead + "/0",
			"LOG_LEVEL=DEBUG",
		}, path: "/positions", traced: true},
		"frontend": {
			env: []string{"API_URL=http://" + dead, "METRICS_PORT=" + metricsPort}, metricsPort: metricsPort, path: "/",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			port := strconv.Itoa(testservers.FreePort(t))
			var exports atomic.Int64
			collector := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { exports.Add(1) }))
			defer collector.Close()
			p := command(t, append(test.env, "PORT="+port, "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL,
				"OTEL_TRACES_SAMPLER=parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG=0", "OTEL_BSP_SCHEDULE_DELAY=100"), name)
			if err := p.Start(); err != nil {
				t.Fatal(err)
			}
			url := "http://127.0.0.1:" + port + "/health"
			scraped := "http://127.0.0.1:" + cmp.Or(test.metricsPort, port) + "/metrics"
			deadline := time.Now().Add(eventually)
			for exitCode(command(t, nil, "healthcheck", url).Run()) != 0 {
				if time.Now().After(deadline) {
					_ = p.Process.Kill()
					_ = p.Wait()
					t.Fatalf("not healthy:\n%s%s", p.stdout.String(), p.stderr.String())
				}
			}
			if name == "api" {
				ready := "http://127.0.0.1:" + port + "/health/ready"
				if code := exitCode(command(t, nil, "healthcheck", ready).Run()); code != 1 {
					t.Errorf("ready without dependencies: exit code %d", code)
				}
			}
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:"+port+test.path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			// The end of the process waits only a moment for the collector.
			for deadline := time.Now().Add(eventually); test.traced && exports.Load() == 0 && time.Now().Before(deadline); {
				time.Sleep(20 * time.Millisecond)
			}

			begin := time.Now()
			if err := p.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			for _, served := range []string{url, scraped} {
				if err := healthcheck.Check(t.Context(), served); err != nil { // A process may start too late for that.
					t.Errorf("draining: %v", err)
				}
			}
			err = p.Wait()
			if traced := exports.Load() > 0; traced != test.traced {
				t.Errorf("it sent traces: %t", traced)
			}
			if took := time.Since(begin); exitCode(err) != 0 || took < server.DrainDelay || took > gracePeriod {
				t.Errorf("exit code %d after %s", exitCode(err), took)
			}
			output := p.stdout.String() + p.stderr.String()
			if strings.Contains(output, "s3cret") {
				t.Errorf("the log contains a password:\n%s", output)
			}
			for line := range strings.Lines(output) {
				if !strings.HasPrefix(line, `{"timestamp":"`) {
					t.Errorf("not a record: %s", line)
				}
			}
		})
	}
}

func TestMigrate(t *testing.T) {
	postgres := testservers.StartPostgres(t)
	env := []string{"DATABASE_URL=" + postgres.CreateDatabase(t, "interview_tracker")}
	for _, applied := range []int{1, 0} {
		p := command(t, env, "migrate")
		if code := exitCode(p.Run()); code != 0 {
			t.Fatalf("exit code %d\n%s%s", code, p.stdout.String(), p.stderr.String())
		}
		if n := strings.Count(p.stdout.String(), "migration applied"); n != applied {
			t.Errorf("applied %d times, want %d:\n%s", n, applied, p.stdout.String())
		}
		if strings.Contains(p.stdout.String(), testservers.Password) {
			t.Errorf("the log contains the password:\n%s", p.stdout.String())
		}
	}
}
