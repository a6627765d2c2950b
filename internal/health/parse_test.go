// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// TestParseContract parses what the reference workload serves.
func TestParseContract(t *testing.T) {
	body, err := json.Marshal(contract.Detailed{
		Health: contract.Health{Status: contract.StatusUnhealthy, Timestamp: time.Now()},
		Dependencies: map[string]contract.Dependency{
			contract.Redis:    {Status: contract.StatusUnhealthy, ResponseTimeMS: 2000, Error: contract.ErrorTimeout},
			contract.Database: {Status: contract.StatusHealthy, ResponseTimeMS: 12},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, failed := parseDetailed(body)
	if failed != nil {
		t.Fatal(failed.message)
	}
	want := []dependencyAnswer{{contract.Database, true, "", .012}, {contract.Redis, false, contract.ErrorTimeout, 2}}
	if diff := cmp.Diff(want, got.dependencies, cmp.AllowUnexported(dependencyAnswer{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseDetailed(t *testing.T) {
	const secret = "hunter2"
	for _, c := range []struct{ name, body, want string }{
		{"unknown fields", `{"a": [1], "dependencies": {"database": {"status": "healthy", "b": null}}}`, "database=healthy"},
		{"an unknown status is not healthy", `{"dependencies": {"database": {"status": "hunter2"}}}`, "database=unhealthy"},
		{"a status is case-sensitive", `{"dependencies": {"database": {"status": "Healthy"}}}`, "database=unhealthy"},
		{"field names are case-sensitive", `{"Dependencies": {}}`, "malformed answer: dependencies is not an object"},
		{"no dependency", `{"dependencies": {}}`, ""},
		{"a fraction of a millisecond", `{"dependencies": {"database": {"status": "healthy", "response_time_ms": 0.5}}}`, "database=healthy 0.0005"},
		{"invalid times", `{"dependencies": {"a": {"status": "healthy", "response_time_ms": -1}, "b": {"status": "healthy", "response_time_ms": "1"},
			"c": {"status": "healthy", "response_time_ms": 1e999}, "d": {"status": "healthy", "response_time_ms": null}}}`, "a=healthy b=healthy c=healthy d=healthy"},
		{"invalid names", `{"dependencies": {"": {}, "A": {}, "-a": {}, "a-": {}, "a b": 1, "a\"": {}, "hunter2/": {}, "` + strings.Repeat("a", 64) + `": {},
			"` + strings.Repeat("b", 63) + `": {"status": "healthy"}}}`, strings.Repeat("b", 63) + "=healthy"},
		{"an empty body", ``, "malformed answer: not JSON"},
		{"a web page", `<html>hunter2</html>`, "malformed answer: not JSON"},
		{"truncated", `{"dependencies": {"hunter2": {"status": "hea`, "malformed answer: not JSON"},
		{"two values", `{"dependencies": {}}{"hunter2": 1}`, "malformed answer: not JSON"},
		{"nested too deep", strings.Repeat(`{"dependencies":`, 4000), "malformed answer: not JSON"},
		{"a list", `["hunter2"]`, "malformed answer: not a JSON object"},
		{"null", `null`, "malformed answer: not a JSON object"},
		{"no dependencies field", `{"status": "healthy"}`, "malformed answer: dependencies is not an object"},
		{"a list of dependencies", `{"dependencies": [{"name": "hunter2"}]}`, "malformed answer: dependencies is not an object"},
		{"null dependencies", `{"dependencies": null}`, "malformed answer: dependencies is not an object"},
		{"a string as a dependency", `{"dependencies": {"hunter2": "healthy"}}`, "malformed answer: a dependency is not an object"},
		{"a null dependency", `{"dependencies": {"hunter2": null}}`, "malformed answer: a dependency is not an object"},
		{"a number as a status", `{"dependencies": {"hunter2": {"status": 1e400}}}`, "malformed answer: a dependency's status is not a string"},
		{"a null status", `{"dependencies": {"hunter2": {"status": null}}}`, "malformed answer: a dependency's status is not a string"},
		{"no status", `{"dependencies": {"hunter2": {"Status": "healthy"}}}`, "malformed answer: a dependency's status is not a string"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, failed := parseDetailed([]byte(c.body))
			got := ""
			if failed != nil {
				got = failed.message
			}
			for _, d := range a.dependencies {
				got += " " + d.name + "=" + map[bool]string{true: "healthy", false: "unhealthy"}[d.healthy]
				if d.seconds >= 0 {
					got += fmt.Sprint(" ", d.seconds)
				}
			}
			if diff := cmp.Diff(c.want, strings.TrimSpace(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if strings.Contains(got, secret) {
				t.Errorf("%q contains what the pod sent", got)
			}
		})
	}
}

// Whatever is not a class is none that gets any further.
func TestParseErrorClass(t *testing.T) {
	for class, want := range map[string]contract.ErrorClass{
		`"authentication_failed"`: contract.ErrorAuthenticationFailed,
		`"not_migrated"`:          contract.ErrorNotMigrated,
		`"other"`:                 contract.ErrorOther,
		`"hunter2"`:               contract.ErrorOther,
		`"Timeout"`:               contract.ErrorOther,
		`"timeout "`:              contract.ErrorOther,
		`"` + strings.Repeat("timeout", 1000) + `"`: contract.ErrorOther,
		`""`:          contract.ErrorOther,
		`null`:        contract.ErrorOther,
		`7`:           contract.ErrorOther,
		`["timeout"]`: contract.ErrorOther,
		`{"message": "hunter2", "class": "timeout"}`: contract.ErrorOther,
	} {
		body := `{"dependencies": {"a": {"status": "healthy", "error": ` + class + `}, "b": {"status": "unhealthy", "error": ` + class + `}, "c": {"status": "down"}}}`
		a, failed := parseDetailed([]byte(body))
		if failed != nil {
			t.Fatalf("%s: %s", class, failed.message)
		}
		for i, want := range []contract.ErrorClass{"", want, contract.ErrorOther} {
			if got := a.dependencies[i].class; got != want {
				t.Errorf("%s: %s has class %q, want %q", class, a.dependencies[i].name, got, want)
			}
		}
	}
}

func TestParseBoundsDependencies(t *testing.T) {
	named := map[string]contract.Dependency{}
	for i := range 40 {
		named[fmt.Sprintf("d%02d", i)] = contract.Dependency{Status: contract.StatusHealthy}
	}
	body, err := json.Marshal(contract.Detailed{Dependencies: named})
	if err != nil {
		t.Fatal(err)
	}
	a, failed := parseDetailed(body)
	if failed != nil {
		t.Fatal(failed.message)
	}
	if n := len(a.dependencies); n != 16 || a.dependencies[0].name != "d00" || a.dependencies[15].name != "d15" {
		t.Errorf("%d dependencies, want the first 16 by name", n)
	}
}

func TestParseMigrations(t *testing.T) {
	for body, want := range map[string]contract.Status{
		`{"checks": {"database": "ready", "migrations": "complete"}}`:              contract.StatusComplete,
		`{"checks": {"database": "ready", "migrations": "pending", "other": [1]}}`: contract.StatusPending,
		`{"checks": {"database": "not_ready", "migrations": "pending"}}`:           "",
		`{"checks": {"database": "not_ready", "migrations": "complete"}}`:          "",
		`{"checks": {"migrations": "complete"}}`:                                   "",
		`{"checks": {"database": "ready", "migrations": "hunter2"}}`:               "",
		`{"checks": {"database": "ready", "migrations": 1}}`:                       "",
		`{"checks": ["migrations"]}`:                                               "",
		`{"checks"`:                                                                "",
	} {
		if got := parseMigrations([]byte(body)); got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

// FuzzParseDetailed looks for a body that breaks the parser, or of which text gets into a
// message or a name.
func FuzzParseDetailed(f *testing.F) {
	f.Add([]byte(`{"dependencies": {"database": {"status": "healthy", "response_time_ms": 1}}}`))
	f.Add([]byte(`{"dependencies": {"database": {"status": []}}}`))
	messages := []string{
		"not JSON", "not a JSON object", "dependencies is not an object", "a dependency is not an object", "a dependency's status is not a string",
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		a, failed := parseDetailed(body)
		if failed != nil && !strings.Contains(strings.Join(messages, "\n"), strings.TrimPrefix(failed.message, "malformed answer: ")) {
			t.Errorf("unknown message: %q", failed.message)
		}
		if len(a.dependencies) > maxDependencies {
			t.Errorf("%d dependencies", len(a.dependencies))
		}
		for _, d := range a.dependencies {
			if !dependencyName.MatchString(d.name) {
				t.Errorf("a dependency with the name %q", d.name)
			}
			if d.healthy != (d.class == "") || !d.healthy && d.class.Known() != d.class {
				t.Errorf("a dependency with the class %q", d.class)
			}
		}
		parseMigrations(body)
		isStatus(body)
	})
}
