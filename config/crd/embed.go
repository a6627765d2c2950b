// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package crd holds the CustomResourceDefinition of the InterviewTracker.
package crd

import _ "embed" // for the definition

// Definition is the generated CustomResourceDefinition, as YAML.
//
//go:embed bases/apps.interviewtracker.dev_interviewtrackers.yaml
var Definition []byte
