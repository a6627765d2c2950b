// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"testing"

	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

// Pod Security forgives root to pods in a user namespace of their own. An API server up to 1.32 drops
// that field, as the feature is off by default: what is left is a pod that runs as root.
func TestAttackRootInAUserNamespace(t *testing.T) {
	for name, patch := range map[string]string{
		"runAsUser":    `{spec: {template: {spec: {hostUsers: false, securityContext: {runAsUser: 0, runAsNonRoot: false}}}}}`,
		"runAsNonRoot": `{spec: {template: {spec: {hostUsers: false, securityContext: {runAsNonRoot: null, runAsUser: null}}}}}`,
	} {
		output, err := Build(t.Context(), patched(ofAPI(patch)), nothing(), catalog.Default())
		if err != nil {
			continue
		}
		for _, object := range output.Objects {
			template := templateOf(object)
			if object.GetName() != "hiring-api" || template == nil {
				continue
			}
			template.Spec.HostUsers = nil // As the API server does.
			if err := restricted(object); err != nil {
				t.Errorf("%s: accepted, and then %v", name, err)
			}
		}
	}
}
