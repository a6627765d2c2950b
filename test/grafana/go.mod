// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// A module of its own, so that the operator's requirements stay the operator's.
module github.com/interview-tracker/interview-tracker-operator/test/grafana

go 1.26.7

require (
	github.com/grafana/grafana-foundation-sdk/go v0.0.22
	sigs.k8s.io/yaml v1.6.0
)

require go.yaml.in/yaml/v2 v2.4.2 // indirect
