// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"

	kjson "sigs.k8s.io/json"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// maxDependencies limits how many dependencies of a pod are read.
const maxDependencies = 16

// dependencyName matches valid names of dependencies, which go into statuses and
// metrics.
var dependencyName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9._]{0,61}[a-z0-9])?$`)

// parseDetailed parses the dependencies of a contract.Detailed. Other fields, and
// dependencies with an invalid name, are ignored.
func parseDetailed(body []byte) (answer, *failure) {
	var detailed struct {
		Dependencies json.RawMessage `json:"dependencies"`
	}
	switch {
	case !json.Valid(body):
		return answer{}, malformed("not JSON")
	case !isObject(body):
		return answer{}, malformed("not a JSON object")
	case kjson.UnmarshalCaseSensitivePreserveInts(body, &detailed) != nil || !isObject(detailed.Dependencies):
		return answer{}, malformed("dependencies is not an object")
	}
	var dependencies map[string]json.RawMessage
	if err := kjson.UnmarshalCaseSensitivePreserveInts(detailed.Dependencies, &dependencies); err != nil {
		return answer{}, malformed("dependencies is not an object")
	}
	maps.DeleteFunc(dependencies, func(name string, _ json.RawMessage) bool { return !dependencyName.MatchString(name) })
	names := slices.Sorted(maps.Keys(dependencies))
	names = names[:min(len(names), maxDependencies)]
	a := answer{dependencies: make([]dependencyAnswer, 0, len(names))}
	for _, name := range names {
		dependency, failed := parseDependency(name, dependencies[name])
		if failed != nil {
			return answer{}, failed
		}
		a.dependencies = append(a.dependencies, dependency)
	}
	return a, nil
}

func parseDependency(name string, raw json.RawMessage) (dependencyAnswer, *failure) {
	var dependency struct {
		Status         json.RawMessage `json:"status"`
		ResponseTimeMS json.RawMessage `json:"response_time_ms"`
	}
	if !isObject(raw) || kjson.UnmarshalCaseSensitivePreserveInts(raw, &dependency) != nil {
		return dependencyAnswer{}, malformed("a dependency is not an object")
	}
	var status *contract.Status
	if err := json.Unmarshal(dependency.Status, &status); err != nil || status == nil {
		return dependencyAnswer{}, malformed("a dependency's status is not a string")
	}
	return dependencyAnswer{
		name:    name,
		healthy: *status == contract.StatusHealthy,
		seconds: seconds(dependency.ResponseTimeMS),
	}, nil
}

// seconds converts milliseconds in JSON; -1 if they are not a valid duration.
func seconds(milliseconds json.RawMessage) float64 {
	value, err := strconv.ParseFloat(string(milliseconds), 64)
	if err != nil || value < 0 || math.IsNaN(value) {
		return -1
	}
	return value / 1000
}

// parseMigrations parses the migrations of a contract.Ready; empty if it does not report
// them, or the database is not ready.
func parseMigrations(body []byte) contract.Status {
	var ready struct {
		Checks map[string]any `json:"checks"`
	}
	if kjson.UnmarshalCaseSensitivePreserveInts(body, &ready) != nil || ready.Checks[contract.Database] != string(contract.StatusReady) {
		return ""
	}
	for _, status := range []contract.Status{contract.StatusComplete, contract.StatusPending} {
		if ready.Checks[contract.Migrations] == string(status) {
			return status
		}
	}
	return ""
}

// isStatus reports whether the body is a metav1.Status, which the API server itself
// sends.
func isStatus(body []byte) bool {
	var object struct {
		Kind any `json:"kind"`
	}
	return kjson.UnmarshalCaseSensitivePreserveInts(body, &object) == nil && object.Kind == "Status"
}

func isObject(raw json.RawMessage) bool {
	return bytes.HasPrefix(bytes.TrimLeft(raw, " \t\r\n"), []byte("{"))
}
