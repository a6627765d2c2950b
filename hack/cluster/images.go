// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

const (
	registry   = "docker.io/library/"
	pauseImage = registry + "interview-tracker-pause:dev"

	imageTimeout = 5 * time.Minute
)

const nonRoot = "65532:65532"

// programImages makes the images of the checkout's programs, each of one static binary, and the pause image.
func programImages(ctx context.Context, l layout) ([]image, error) {
	var images []image
	for _, program := range []struct {
		dir, pkg string
		images   map[string][]string // By name, the arguments that each gives to the program.
	}{
		{l.program(), "./pause", map[string][]string{pauseImage: nil}},
		{l.root, "./cmd/manager", map[string][]string{registry + "interview-tracker-operator:dev": nil}},
		// There are two versions of the workload, for rollouts between them; they differ only in the tag.
		{l.root, "./cmd/tracker", map[string][]string{
			registry + "interview-tracker-api:1.0.0":      {"api"},
			registry + "interview-tracker-api:1.1.0":      {"api"},
			registry + "interview-tracker-frontend:1.0.0": {"frontend"},
			registry + "interview-tracker-frontend:1.1.0": {"frontend"},
		}},
	} {
		binary := filepath.Base(program.pkg)
		layer, err := buildProgram(ctx, program.dir, program.pkg, binary)
		if err != nil {
			return nil, err
		}
		for name, cmd := range program.images {
			config := ocispec.ImageConfig{User: nonRoot, Entrypoint: []string{"/" + binary}, Cmd: cmd}
			images = append(images, image{name, config, []blob{layer}})
		}
	}
	return images, nil
}

// buildProgram builds a package of the module in dir into a layer that holds its binary.
func buildProgram(ctx context.Context, dir, pkg, name string) (blob, error) {
	temporary, err := os.MkdirTemp("", "interview-tracker-image-")
	if err != nil {
		return blob{}, err
	}
	defer os.RemoveAll(temporary)
	ctx, cancel := context.WithTimeout(ctx, buildTimeout)
	defer cancel()
	binary := filepath.Join(temporary, name)
	if _, err := output(goBuild(ctx, dir, "-buildvcs=false", "-ldflags", "-s -w", "-o", binary, pkg)); err != nil {
		return blob{}, fmt.Errorf("building %s for its image: %w", pkg, err)
	}
	content, err := os.ReadFile(binary)
	if err != nil {
		return blob{}, err
	}
	return newLayer(file{path: name, mode: 0o755, content: content}, file{path: "tmp", mode: fs.ModeDir | 0o777})
}

// loadImages imports the images that containerd lacks, or has with other content.
func loadImages(ctx context.Context, containerd string, images []image) error {
	listed, err := ctr(ctx, containerd, nil, "images", "list")
	if err != nil {
		return err
	}
	loaded := parseImageList(listed)
	var stale []image
	var names []string
	for _, i := range images {
		manifest, _, err := i.blobs()
		if err != nil {
			return err
		}
		if loaded[i.name] != manifest.Digest.String() {
			stale = append(stale, i)
			names = append(names, strings.TrimPrefix(i.name, registry))
		}
	}
	if len(stale) == 0 {
		return nil
	}
	slices.Sort(names)
	return step("loading "+strings.Join(names, ", "), "about 15s", func() error { return importImages(ctx, containerd, stale) })
}

// importImages streams images into containerd.
func importImages(ctx context.Context, containerd string, images []image) error {
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(writeArchive(writer, images)) }()
	_, err := ctr(ctx, containerd, reader, "images", "import", "-")
	reader.Close() // Lets the writer end if ctr did not read all.
	if err != nil {
		return fmt.Errorf("loading images: %w", err)
	}
	return nil
}

// parseImageList reads `ctr images list` into name to digest.
func parseImageList(list string) map[string]string {
	digests := map[string]string{}
	for line := range strings.Lines(list) {
		if fields := strings.Fields(line); len(fields) > 2 && strings.HasPrefix(fields[2], "sha256:") {
			digests[fields[0]] = fields[2]
		}
	}
	return digests
}

// ctr runs containerd's own client, from the folder of its programs, in the namespace of Kubernetes.
func ctr(ctx context.Context, containerd string, stdin io.Reader, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, imageTimeout)
	defer cancel()
	args = append([]string{"--address", containerdSocket, "--namespace", "k8s.io"}, args...)
	cmd := exec.CommandContext(ctx, filepath.Join(containerd, "ctr"), args...)
	cmd.Stdin = stdin
	return output(cmd)
}
