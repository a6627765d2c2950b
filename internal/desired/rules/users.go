// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"fmt"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// WebVital is one of Google's Web Vitals. Each is judged by its 75th percentile.
type WebVital struct {
	// Name is the value of the alert's label vital.
	Name string
	// Metric is the name of the histogram.
	Metric string
	// Good and Poor are Google's thresholds: values up to the first are good, those
	// above the second are poor.
	Good, Poor float64
	// slow says what users meet, with the value in it.
	slow string
}

// The Core Web Vitals, with the thresholds of https://web.dev/articles/vitals.
var (
	LCP = WebVital{
		"LCP", promql.WebVitalsLCP, 2.5, 4,
		`The main content of a quarter of the pages of %s is shown after {{ printf "%%.2f" $value }} seconds or more`,
	}
	INP = WebVital{
		"INP", promql.WebVitalsINP, .2, .5,
		`A quarter of the pages of %s take {{ printf "%%.2f" $value }} seconds or more to react to their users`,
	}
	CLS = WebVital{
		"CLS", promql.WebVitalsCLS, .1, .25,
		`The content of a quarter of the pages of %s moves by itself, by {{ printf "%%.2f" $value }} or more`,
	}
)

const (
	// vitalsWindow is how far back the alert looks; vitalsPatience is how long that must be poor.
	vitalsWindow   = 30 * time.Minute
	vitalsPatience = 15 * time.Minute
	// minimumPages are the measurements that the window must hold: of a handful, one slow phone
	// is a quarter.
	minimumPages = 50
)

// users are the alerts on what browsers measure: of all routes and devices together, so that few users give
// enough measurements.
func (b *builder) users() []monitoringv1.Rule {
	if b.tracker.Spec.GetRUMSampleRatio().Float() == 0 {
		return nil
	}
	var alerts []alert
	for _, vital := range []WebVital{LCP, INP, CLS} {
		measured := func(suffix, by string) string {
			return fmt.Sprintf("sum by (%s) (increase(%s[%s]))", by, b.frontend(vital.Metric+suffix), duration(vitalsWindow))
		}
		alerts = append(alerts, alert{
			name:     v1alpha1.AlertPoorWebVitals,
			severity: severityWarning,
			patience: vitalsPatience,
			expr: fmt.Sprintf("histogram_quantile(0.75, %s) > %s\nand %s >= %d",
				measured(promql.Bucket, "namespace, tracker, le"), promql.Number(vital.Poor),
				measured(promql.Count, "namespace, tracker"), minimumPages),
			summary: "Poor Core Web Vitals",
			description: fmt.Sprintf(vital.slow, b.name()) + ", as their browsers measure: " +
				vital.Name + " is poor above " + promql.Number(vital.Poor) + ".",
			labels: map[string]string{"vital": vital.Name},
		})
	}
	return b.alertRules(alerts...)
}
