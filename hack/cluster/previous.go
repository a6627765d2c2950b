// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"path/filepath"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// previousImage is the operator of the previous release, for the tests of upgrades.
const previousImage = registry + "interview-tracker-operator:previous"

// previous loads that image. hack/test-install.sh has put the source into bin/.previous.
func previous(ctx context.Context, l layout) error { return loadLater(ctx, l, previousImages) }

func previousImages(ctx context.Context, l layout) ([]image, error) {
	layer, err := buildProgram(ctx, filepath.Join(l.root, "bin", ".previous"), "./cmd/manager", "manager")
	if err != nil {
		return nil, fmt.Errorf("the previous release, in bin/.previous: %w", err)
	}
	config := ocispec.ImageConfig{User: nonRoot, Entrypoint: []string{"/manager"}}
	return []image{{previousImage, config, []blob{layer}}}, nil
}
