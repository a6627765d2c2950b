// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import "testing"

// TestProbeNumbers holds the numbers of the health-check specification.
func TestProbeNumbers(t *testing.T) {
	var empty InterviewTrackerSpec
	expect(t, "API", ProbesSpec{
		Liveness:  fullProbe("/health/live", 8000, 30, 10, 5, 3),
		Readiness: fullProbe("/health/ready", 8000, 5, 5, 3, 3),
		Startup:   fullProbe("/health", 8000, 10, 5, 3, 12),
	}, empty.GetProbes(ComponentAPI))
	expect(t, "frontend", ProbesSpec{
		Liveness:  fullProbe("/health", 3000, 10, 10, 5, 3),
		Readiness: fullProbe("/health", 3000, 5, 5, 3, 3),
	}, empty.GetProbes(ComponentFrontend))
}

// TestProbeMerge overrides each field of each probe alone, and wants all the
// others as they are by default.
func TestProbeMerge(t *testing.T) {
	fields := map[string]func(*ProbeSpec){
		"nothing":                  func(*ProbeSpec) {},
		"path":                     func(p *ProbeSpec) { p.Path = "/mine" },
		"port":                     func(p *ProbeSpec) { p.Port = 9000 },
		"initialDelaySeconds":      func(p *ProbeSpec) { p.InitialDelaySeconds = new(int32(77)) },
		"initialDelaySeconds of 0": func(p *ProbeSpec) { p.InitialDelaySeconds = new(int32(0)) },
		"periodSeconds":            func(p *ProbeSpec) { p.PeriodSeconds = 77 },
		"timeoutSeconds":           func(p *ProbeSpec) { p.TimeoutSeconds = 77 },
		"failureThreshold":         func(p *ProbeSpec) { p.FailureThreshold = 77 },
	}
	probes := map[string]func(*ProbesSpec) **ProbeSpec{
		"liveness":  func(p *ProbesSpec) **ProbeSpec { return &p.Liveness },
		"readiness": func(p *ProbesSpec) **ProbeSpec { return &p.Readiness },
		"startup":   func(p *ProbesSpec) **ProbeSpec { return &p.Startup },
	}
	for _, component := range []Component{ComponentAPI, ComponentFrontend} {
		for probeName, probe := range probes {
			for fieldName, set := range fields {
				t.Run(string(component)+" "+probeName+" "+fieldName, func(t *testing.T) {
					override := &ProbesSpec{}
					*probe(override) = &ProbeSpec{}
					set(*probe(override))
					spec := InterviewTrackerSpec{
						API:      &ComponentSpec{Probes: override},
						Frontend: &ComponentSpec{Probes: override},
					}

					want := (&InterviewTrackerSpec{}).GetProbes(component)
					if *probe(&want) == nil { // the frontend's startup, once it is written
						*probe(&want) = fullProbe("/health", 3000, 10, 5, 3, 12)
					}
					set(*probe(&want))
					expect(t, "probes", want, spec.GetProbes(component))
				})
			}
		}
	}
}

func TestProbePortFollowsComponent(t *testing.T) {
	spec := InterviewTrackerSpec{API: &ComponentSpec{Port: 8080, Probes: &ProbesSpec{Startup: &ProbeSpec{Port: 9000}}}}
	got := spec.GetProbes(ComponentAPI)
	expect(t, "liveness", 8080, got.Liveness.Port)
	expect(t, "readiness", 8080, got.Readiness.Port)
	expect(t, "startup, whose port is written", 9000, got.Startup.Port)
}

// TestProbesAreCopies wants the defaults to survive a caller that changes what
// it got.
func TestProbesAreCopies(t *testing.T) {
	spec := InterviewTrackerSpec{}
	*spec.GetProbes(ComponentAPI).Liveness.InitialDelaySeconds = 99
	expect(t, "initialDelaySeconds", 30, *spec.GetProbes(ComponentAPI).Liveness.InitialDelaySeconds)
}

func fullProbe(path string, port, initialDelay, period, timeout, failures int32) *ProbeSpec {
	return &ProbeSpec{
		Path: path, Port: port, InitialDelaySeconds: &initialDelay,
		PeriodSeconds: period, TimeoutSeconds: timeout, FailureThreshold: failures,
	}
}
