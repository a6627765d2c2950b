// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package decodable_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	kjson "sigs.k8s.io/json"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/decodable"
)

// soon fails unless a function ends in time for a busy machine: what is decoded without a check may take minutes.
func soon(t testing.TB, do func()) {
	t.Helper()
	const limit = 30 * time.Second
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	select {
	case <-done:
	case <-time.After(limit):
		t.Fatalf("not done after %s", limit)
	}
}

// tracker is a tracker with a spec besides its version.
func tracker(name, spec string) string {
	return fmt.Sprintf(`{"apiVersion":"apps.interviewtracker.dev/v1alpha1","kind":"InterviewTracker",`+
		`"metadata":{"namespace":"a","name":%q,"uid":"u-%s","resourceVersion":"7","generation":3,"labels":{"l":"1"}},"spec":{"version":"1"%s}}`, name, name, spec)
}

// withCPU is a tracker that requests an amount of CPU, as JSON.
func withCPU(name, cpu string) string {
	return tracker(name, `,"api":{"resources":{"requests":{"cpu":`+cpu+`}}}`)
}

func TestCheckNamesTheField(t *testing.T) {
	const cpu = "spec.api.resources.requests.cpu"
	for name, tc := range map[string]struct{ text, field, problem string }{
		"a good one":                 {text: withCPU("x", `"1e-3"`)},
		"an integer":                 {text: withCPU("x", `100000000000000000000`)},
		"null":                       {text: withCPU("x", `null`)},
		"a fraction in an exponent":  {text: withCPU("x", `"1e0.5"`), field: cpu, problem: `"1e0.5" can't be decoded`},
		"an exponent without bounds": {text: withCPU("x", `"1e-2147483648"`), field: cpu, problem: "more than 3 digits"},
		"the same in a number":       {text: withCPU("x", `1e-2147483648`), field: cpu, problem: "more than 3 digits"},
		"the same between spaces":    {text: withCPU("x", `" 1e-2147483648 "`), field: cpu, problem: "more than 3 digits"},
		"the same, then a good one":  {text: withCPU("x", `"1e-2147483648","cpu":"1"`), field: cpu, problem: "more than 3 digits"},
		"many digits":                {text: withCPU("x", `"`+strings.Repeat("9", 65)+`"`), field: cpu, problem: "65 characters"},
		"a list":                     {text: withCPU("x", `[1]`), problem: "quantities must match"},
		"a divisor": {
			text:  tracker("x", `,"api":{"env":[{"name":"A"},{"name":"B","valueFrom":{"resourceFieldRef":{"resource":"limits.cpu","divisor":"1e99999"}}}]}`),
			field: "spec.api.env[1].valueFrom.resourceFieldRef.divisor", problem: "more than 3 digits",
		},
		"a duration": {text: tracker("x", `,"health":{"interval":"soon"}`), field: "spec.health.interval", problem: `"soon" can't be decoded`},
		"an integer that is too large": {
			text:  tracker("x", `,"api":{"tolerations":[{"tolerationSeconds":100000000000000000000}]}`),
			field: "spec.api.tolerations[0].tolerationSeconds", problem: "cannot unmarshal number 100000000000000000000",
		},
		"another type":     {text: tracker("x", `,"suspend":"yes"`), field: "spec.suspend", problem: `"yes" can't be decoded`},
		"a field of none":  {text: tracker("x", `,"resources":{"cpu":"1e-2147483648"}`)},
		"half of the JSON": {text: `{"spec":{"version":`, problem: "malformed JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			soon(t, func() {
				err := decodable.Check([]byte(tc.text), &v1alpha1.InterviewTracker{})
				if tc.problem == "" {
					if err != nil {
						t.Errorf("refused: %v", err)
					}
					return
				}
				var problem *decodable.Error
				if !errors.As(err, &problem) || tc.field != "" && problem.Field != tc.field || !strings.Contains(problem.Error(), tc.problem) {
					t.Errorf("the error is %v, want one of %q with %q", err, tc.field, tc.problem)
				}
			})
		})
	}
}

// The kinds of prometheus-operator hold quantities, too.
func TestCheckOfAPrometheus(t *testing.T) {
	soon(t, func() {
		err := decodable.Check([]byte(`{"spec":{"resources":{"limits":{"memory":"1E-2147483648"}}}}`), &monitoringv1.Prometheus{})
		if err == nil || !strings.HasPrefix(err.Error(), "spec.resources.limits.memory: ") {
			t.Errorf("the error is %v", err)
		}
	})
}

// unbounded is what is refused although it may be decoded, after a time: see Check.
var unbounded = regexp.MustCompile(`a quantity of [0-9]+ characters|more than 3 digits`)

// What passes is decoded, and what is decoded passes, unless it may take too long.
func FuzzCheck(f *testing.F) {
	for _, cpu := range []string{`"1"`, `"1e0.5"`, `1e21`, `null`, `"1e999"`, `"1e-2147483648"`, `" 5 "`, `{}`, `[]`, `true`, `"\u0031"`, `1.0`, `""`} {
		f.Add(withCPU("x", cpu))
	}
	for _, spec := range []string{
		`,"health":{"interval":"1m"}`, `,"health":{"interval":1}`, `,"api":{"replicas":1e2}`, `,"api":{"replicas":99999999999}`,
		`,"api":{"podLabels":{"a":1}}`, `,"api":{"env":null,"tolerations":[null]}`, `,"Version":1`, `,"version":1`, `} `, `,"a":"` + "\xff" + `"`,
	} {
		f.Add(tracker("x", spec))
	}
	f.Add(`null`)
	f.Add(`[]`)
	f.Add(strings.Repeat(`{"spec":`, 20000) + `1` + strings.Repeat(`}`, 20000))
	f.Fuzz(func(t *testing.T, text string) {
		soon(t, func() {
			err := decodable.Check([]byte(text), &v1alpha1.InterviewTracker{})
			if err != nil && unbounded.MatchString(err.Error()) {
				return
			}
			if want := kjson.UnmarshalCaseSensitivePreserveInts([]byte(text), &v1alpha1.InterviewTracker{}); (err == nil) != (want == nil) {
				t.Errorf("the check says %v, the decoder %v, of %s", err, want, text)
			}
		})
	})
}
