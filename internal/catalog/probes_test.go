// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"testing"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// TestProbeNumbers holds the numbers of the health-check specification.
func TestProbeNumbers(t *testing.T) {
	var empty v1alpha1.InterviewTrackerSpec
	expect(t, "API", v1alpha1.ProbesSpec{
		Liveness:  fullProbe("/health/live", 8000, 30, 10, 5, 3),
		Readiness: fullProbe("/health/ready", 8000, 5, 5, 3, 3),
		Startup:   fullProbe("/health", 8000, 10, 5, 3, 12),
	}, component(t, v1alpha1.ComponentAPI).Probes(&empty))
	expect(t, "frontend", v1alpha1.ProbesSpec{
		Liveness:  fullProbe("/health", 3000, 10, 10, 5, 3),
		Readiness: fullProbe("/health", 3000, 5, 5, 3, 3),
	}, component(t, v1alpha1.ComponentFrontend).Probes(&empty))
}

// TestProbeMerge overrides each field of each probe alone, and wants all the
// others as they are by default.
func TestProbeMerge(t *testing.T) {
	fields := map[string]func(*v1alpha1.ProbeSpec){
		"nothing":                  func(*v1alpha1.ProbeSpec) {},
		"path":                     func(p *v1alpha1.ProbeSpec) { p.Path = "/mine" },
		"port":                     func(p *v1alpha1.ProbeSpec) { p.Port = 9000 },
		"initialDelaySeconds":      func(p *v1alpha1.ProbeSpec) { p.InitialDelaySeconds = new(int32(77)) },
		"initialDelaySeconds of 0": func(p *v1alpha1.ProbeSpec) { p.InitialDelaySeconds = new(int32(0)) },
		"periodSeconds":            func(p *v1alpha1.ProbeSpec) { p.PeriodSeconds = 77 },
		"timeoutSeconds":           func(p *v1alpha1.ProbeSpec) { p.TimeoutSeconds = 77 },
		"failureThreshold":         func(p *v1alpha1.ProbeSpec) { p.FailureThreshold = 77 },
	}
	probes := map[string]func(*v1alpha1.ProbesSpec) **v1alpha1.ProbeSpec{
		"liveness":  func(p *v1alpha1.ProbesSpec) **v1alpha1.ProbeSpec { return &p.Liveness },
		"readiness": func(p *v1alpha1.ProbesSpec) **v1alpha1.ProbeSpec { return &p.Readiness },
		"startup":   func(p *v1alpha1.ProbesSpec) **v1alpha1.ProbeSpec { return &p.Startup },
	}
	for _, c := range Default().Components {
		for probeName, probe := range probes {
			for fieldName, set := range fields {
				t.Run(string(c.Name)+" "+probeName+" "+fieldName, func(t *testing.T) {
					override := &v1alpha1.ProbesSpec{}
					*probe(override) = &v1alpha1.ProbeSpec{}
					set(*probe(override))
					spec := v1alpha1.InterviewTrackerSpec{
						API:      &v1alpha1.ComponentSpec{Probes: override},
						Frontend: &v1alpha1.ComponentSpec{Probes: override},
					}

					want := c.Probes(&v1alpha1.InterviewTrackerSpec{})
					if *probe(&want) == nil { // the frontend's startup, once it is written
						*probe(&want) = fullProbe("/health", 3000, 10, 5, 3, 12)
					}
					set(*probe(&want))
					expect(t, "probes", want, c.Probes(&spec))
				})
			}
		}
	}
}

func TestProbePortFollowsComponent(t *testing.T) {
	spec := v1alpha1.InterviewTrackerSpec{API: &v1alpha1.ComponentSpec{Port: 8080, Probes: &v1alpha1.ProbesSpec{Startup: &v1alpha1.ProbeSpec{Port: 9000}}}}
	got := component(t, v1alpha1.ComponentAPI).Probes(&spec)
	expect(t, "liveness", 8080, got.Liveness.Port)
	expect(t, "readiness", 8080, got.Readiness.Port)
	expect(t, "startup, whose port is written", 9000, got.Startup.Port)
}

// TestProbesAreCopies wants the defaults to survive a caller that changes what
// it got.
func TestProbesAreCopies(t *testing.T) {
	spec := v1alpha1.InterviewTrackerSpec{}
	*component(t, v1alpha1.ComponentAPI).Probes(&spec).Liveness.InitialDelaySeconds = 99
	expect(t, "initialDelaySeconds", 30, *component(t, v1alpha1.ComponentAPI).Probes(&spec).Liveness.InitialDelaySeconds)
}

func fullProbe(path string, port, initialDelay, period, timeout, failures int32) *v1alpha1.ProbeSpec {
	return &v1alpha1.ProbeSpec{
		Path: path, Port: port, InitialDelaySeconds: &initialDelay,
		PeriodSeconds: period, TimeoutSeconds: timeout, FailureThreshold: failures,
	}
}
