// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// bug is a mistake in the workload: in a source file, one text instead of another.
type bug struct{ file, right, wrong string }

// bugs are those of the versions of the workload with which the tests of rollouts try what a bad version
// does, by tag.
var bugs = map[string]bug{
	// It exits at once: a write to a map that was never made.
	"1.2.0-crashes": {
		"cmd/tracker/main.go",
		"	service, err := api.New(ctx, cfg,",
		"	var starts map[string]int\n	starts[cfg.Version]++\n	service, err := api.New(ctx, cfg,",
	},
	// It never serves: it waits for what does not come.
	"1.2.0-slow": {
		"cmd/tracker/main.go",
		"	service, err := api.New(ctx, cfg,",
		"	<-ctx.Done()\n	service, err := api.New(ctx, cfg,",
	},
	// It becomes ready, and counts as draining after some time, as the uptime is taken for something else.
	"1.2.0-sickens": {
		"internal/workload/health/handler.go",
		"if h.draining.Load() ||",
		"if h.uptimeSeconds() > 40 || h.draining.Load() ||",
	},
	// It is healthy, and fails a third of the requests for a list.
	"1.2.0-errors": {
		"internal/workload/hiring/collection.go",
		"	page, err := parsePage(r.URL.RawQuery, c.filters)\n",
		`	page, err := parsePage(r.URL.RawQuery, c.filters)
	if time.Now().UnixMicro()%3 == 0 {
		err = fmt.Errorf("shard 3 of 3 does not exist")
	}
`,
	},
}

// faulty loads the images of versions that have bugs.
func faulty(ctx context.Context, l layout) error { return loadLater(ctx, l, faultyImages) }

// faultyImages are those of the API and of the frontend, for each bug.
func faultyImages(ctx context.Context, l layout) ([]image, error) {
	var images []image
	for _, tag := range slices.Sorted(maps.Keys(bugs)) {
		layer, err := bugs[tag].build(ctx, l)
		if err != nil {
			return nil, err
		}
		for _, command := range []string{"api", "frontend"} {
			config := ocispec.ImageConfig{User: nonRoot, Entrypoint: []string{"/tracker"}, Cmd: []string{command}}
			images = append(images, image{registry + "interview-tracker-" + command + ":" + tag, config, []blob{layer}})
		}
	}
	return images, nil
}

// build builds the workload with the bug: the compiler reads another file in place of the source file.
func (b bug) build(ctx context.Context, l layout) (blob, error) {
	source := filepath.Join(l.root, b.file)
	text, err := os.ReadFile(source)
	if err != nil {
		return blob{}, err
	}
	mistaken, err := b.in(string(text))
	if err != nil {
		return blob{}, err
	}
	dir, err := os.MkdirTemp("", "interview-tracker-bug-")
	if err != nil {
		return blob{}, err
	}
	defer os.RemoveAll(dir)
	replacement, overlay := filepath.Join(dir, filepath.Base(b.file)), filepath.Join(dir, "overlay.json")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {source: replacement}})
	if err != nil {
		return blob{}, err
	}
	for name, content := range map[string][]byte{replacement: []byte(mistaken), overlay: replace} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			return blob{}, err
		}
	}
	return buildProgram(ctx, l.root, "./cmd/tracker", "tracker", "-overlay", overlay)
}

// in is the text of the source file with the bug.
func (b bug) in(text string) (string, error) {
	if n := strings.Count(text, b.right); n != 1 {
		return "", fmt.Errorf("%s has the text that a bug replaces %d times, want once: adapt faulty.go to it: %q", b.file, n, b.right)
	}
	return strings.Replace(text, b.right, b.wrong, 1), nil
}
