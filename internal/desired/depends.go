// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import "github.com/interview-tracker/interview-tracker-operator/internal/snapshot"

// SecretsOf returns the names of the Secrets that the pods of an object can't start without: an
// object that the API server refuses stops only what depends on it.
func SecretsOf(object Object) []string {
	template := templateOf(object)
	if template == nil {
		return nil
	}
	return snapshot.RequiredSecretsOf(template)
}
