// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// Default returns the parts of the Interview Tracker.
func Default() Catalog {
	api := api()
	return Catalog{
		Components:   []Component{api, frontend(api)},
		Dependencies: []Dependency{postgres(), redis()},
	}
}

func api() Component {
	return Component{
		Name:             v1alpha1.ComponentAPI,
		Title:            "API",
		Spec:             func(s *v1alpha1.InterviewTrackerSpec) *v1alpha1.ComponentSpec { return s.API },
		Primary:          true,
		UsesDependencies: true,
		Condition:        Condition{v1alpha1.ConditionAPIAvailable, "APIUnavailable", "APIRecovered"},
		DefaultImage:     "interview-tracker-api",
		DefaultPort:      contract.APIPort,
		DefaultProbes: v1alpha1.ProbesSpec{
			Liveness:  probe(contract.PathLive, 30, 10, 5, 3),
			Readiness: probe(contract.PathReady, 5, 5, 3, 3),
			Startup:   startup,
		},
		DefaultResources: resources("100m", "128Mi", "512Mi"),
		Synthetic: &Synthetic{
			URL:   func(s *v1alpha1.SyntheticSpec) string { return s.APIURL },
			Paths: []string{contract.PathHealth, contract.PathReady},
		},
	}
}

// frontend finds the API at its Service.
func frontend(api Component) Component {
	return Component{
		Name:         v1alpha1.ComponentFrontend,
		Title:        "frontend",
		Spec:         func(s *v1alpha1.InterviewTrackerSpec) *v1alpha1.ComponentSpec { return s.Frontend },
		Entry:        true,
		Condition:    Condition{v1alpha1.ConditionFrontendAvailable, "FrontendUnavailable", "FrontendRecovered"},
		DefaultImage: "interview-tracker-frontend",
		DefaultPort:  contract.FrontendPort,
		// Its own port is the users'.
		DefaultMetricsPort: contract.FrontendMetricsPort,
		DefaultProbes: v1alpha1.ProbesSpec{
			Liveness:  probe(contract.PathHealth, 10, 10, 5, 3),
			Readiness: probe(contract.PathHealth, 5, 5, 3, 3),
		},
		DefaultResources: resources("100m", "128Mi", "512Mi"),
		Env: func(t *v1alpha1.InterviewTracker) []corev1.EnvVar {
			url := fmt.Sprintf("http://%s:%d", t.ChildName(api.Name), api.Port(&t.Spec))
			env := []corev1.EnvVar{envValue(contract.EnvAPIURL, url)}
			// The default is not written: pods that have it need no new template.
			if ratio := t.Spec.GetRUMSampleRatio(); ratio.Float() != 1 {
				env = append(env, envValue(contract.EnvRUMSampleRatio, string(ratio)))
			}
			return env
		},
		Synthetic: &Synthetic{
			URL:   func(s *v1alpha1.SyntheticSpec) string { return s.FrontendURL },
			Paths: []string{contract.PathHealth, contract.PathServiceWorker},
		},
	}
}
