// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package rbac holds the permissions of the operator.
package rbac

import _ "embed" // for the role

// Role is the operator's ClusterRole, as YAML.
//
//go:embed role.yaml
var Role []byte
