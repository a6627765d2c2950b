// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package admission

import (
	"fmt"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/internal/workload/metrics"
)

// The objective of the latency may be each bucket of the reference application's histogram.
func TestEveryBucketIsALatency(t *testing.T) {
	for _, bucket := range metrics.DurationBuckets {
		latency := time.Duration(bucket * float64(time.Second))
		written := tracker(t, fmt.Sprintf("spec: {monitoring: {alerts: {slo: {latency: %s}}}}", latency))
		if err := kube.Create(t.Context(), written, client.DryRunAll); err != nil {
			t.Error(err)
		}
	}
}
