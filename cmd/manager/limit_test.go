// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/controllers"
)

// A client has a REST client for each kind: the limit is that of their requests together.
func TestRequestLimit(t *testing.T) {
	const attempts, burst = 20, 3
	for name, test := range map[string]struct {
		qps  float64
		want int
	}{
		"limited":   {qps: 0.001, want: burst},
		"unlimited": {qps: 0, want: 2 * attempts},
	} {
		t.Run(name, func(t *testing.T) {
			config := rest.CopyConfig(cluster)
			config.QPS, config.Burst = 0.001, 1 // A limit for each client, which must not apply.
			limitRequests(config, test.qps, burst)
			limited, err := client.New(config, client.Options{Scheme: controllers.Scheme(), Mapper: k8s.RESTMapper()})
			must(t, err)
			// A request that would have to wait for longer than this fails immediately.
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			allowed := 0
			for range attempts {
				for _, list := range []client.ObjectList{&corev1.ServiceList{}, &appsv1.DeploymentList{}} {
					if limited.List(ctx, list, client.InNamespace("default")) == nil {
						allowed++
					}
				}
			}
			if allowed != test.want {
				t.Errorf("%d of %d requests were sent, want %d", allowed, 2*attempts, test.want)
			}
		})
	}
}
