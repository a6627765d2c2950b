// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package rbac holds the permissions of the operator.
package rbac

import _ "embed" // for the roles

// Role is the operator's ClusterRole for what is in namespaces, as YAML.
//
//go:embed role.yaml
var Role []byte

// ClusterRole is its ClusterRole for what is in none, as YAML, and then its binding.
//
//go:embed cluster_role.yaml
var ClusterRole []byte

// LeaderElection is its Role for the election of a leader, as YAML, and then its binding.
//
//go:embed leader_election.yaml
var LeaderElection []byte

// Metrics is its ClusterRole for asking the API server who may read its metrics, as YAML, and then its binding and
// the ClusterRole of those who read them.
//
//go:embed metrics.yaml
var Metrics []byte
