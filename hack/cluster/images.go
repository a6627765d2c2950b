// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// image is a name, what its containers run, and its files.
type image struct {
	name   string
	config ocispec.ImageConfig
	layers []blob
}

// blob is content with its digest: a file (a big layer) or bytes.
type blob struct {
	ocispec.Descriptor
	path  string
	bytes []byte
}

func newBlob(mediaType string, content []byte) blob {
	return blob{
		Descriptor: ocispec.Descriptor{MediaType: mediaType, Digest: digest.FromBytes(content), Size: int64(len(content))},
		bytes:      content,
	}
}

func newJSONBlob(mediaType string, value any) (blob, error) {
	content, err := json.Marshal(value)
	return newBlob(mediaType, content), err
}

// blobs returns the image's manifest, whose digest identifies the image, and its config.
func (i image) blobs() (manifest, config blob, err error) {
	var layers []ocispec.Descriptor
	var digests []digest.Digest
	for _, layer := range i.layers {
		layers = append(layers, layer.Descriptor)
		digests = append(digests, layer.Digest) // Not compressed: the same digest twice.
	}
	config, err = newJSONBlob(ocispec.MediaTypeImageConfig, ocispec.Image{
		Platform: ocispec.Platform{OS: "linux", Architecture: runtime.GOARCH},
		Config:   i.config,
		RootFS:   ocispec.RootFS{Type: "layers", DiffIDs: digests},
	})
	if err != nil {
		return blob{}, blob{}, err
	}
	manifest, err = newJSONBlob(ocispec.MediaTypeImageManifest, ocispec.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2},
		MediaType: ocispec.MediaTypeImageManifest,
		Config:    config.Descriptor,
		Layers:    layers,
	})
	return manifest, config, err
}

// writeArchive writes images as an OCI image layout in a tar archive, what they share only once.
func writeArchive(to io.Writer, images []image) error {
	archive := tar.NewWriter(to)
	index := ocispec.Index{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageIndex}
	files := map[string]blob{}
	for _, i := range images {
		manifest, config, err := i.blobs()
		if err != nil {
			return err
		}
		for _, b := range append([]blob{manifest, config}, i.layers...) {
			files[path.Join(ocispec.ImageBlobsDir, b.Digest.Algorithm().String(), b.Digest.Encoded())] = b
		}
		manifest.Annotations = map[string]string{"io.containerd.image.name": i.name}
		index.Manifests = append(index.Manifests, manifest.Descriptor)
	}
	var err error
	if files[ocispec.ImageIndexFile], err = newJSONBlob("", index); err != nil {
		return err
	}
	if files[ocispec.ImageLayoutFile], err = newJSONBlob("", ocispec.ImageLayout{Version: ocispec.ImageLayoutVersion}); err != nil {
		return err
	}
	for name, content := range files {
		if err := writeBlob(archive, name, content); err != nil {
			return err
		}
	}
	return archive.Close()
}

func writeBlob(archive *tar.Writer, name string, b blob) error {
	if err := archive.WriteHeader(&tar.Header{Name: name, Size: b.Size, Mode: 0o644}); err != nil {
		return err
	}
	if b.path == "" {
		_, err := archive.Write(b.bytes)
		return err
	}
	content, err := os.Open(b.path)
	if err != nil {
		return err
	}
	defer content.Close()
	_, err = io.Copy(archive, content)
	return err
}

// file is an entry of a layer: a folder if its mode says so.
type file struct {
	path    string
	mode    fs.FileMode
	owner   int // The uid and gid.
	content []byte
}

// newLayer makes a layer. It depends on nothing but the files, so the same files always give the
// same image, which need not be loaded again.
func newLayer(files ...file) (blob, error) {
	var content bytes.Buffer
	archive := tar.NewWriter(&content)
	for _, f := range files {
		header := &tar.Header{
			Typeflag: tar.TypeReg, Name: f.path, Mode: int64(f.mode.Perm()),
			Uid: f.owner, Gid: f.owner, Size: int64(len(f.content)),
		}
		if f.mode.IsDir() {
			header.Typeflag = tar.TypeDir
		}
		if err := archive.WriteHeader(header); err != nil {
			return blob{}, err
		}
		if _, err := archive.Write(f.content); err != nil {
			return blob{}, err
		}
	}
	err := archive.Close()
	return newBlob(ocispec.MediaTypeImageLayer, content.Bytes()), err
}

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

// buildProgram builds a package of the module in dir, perhaps with more flags, into a layer that holds its
// binary.
func buildProgram(ctx context.Context, dir, pkg, name string, flags ...string) (blob, error) {
	temporary, err := os.MkdirTemp("", "interview-tracker-image-")
	if err != nil {
		return blob{}, err
	}
	defer os.RemoveAll(temporary)
	ctx, cancel := context.WithTimeout(ctx, buildTimeout)
	defer cancel()
	binary := filepath.Join(temporary, name)
	args := append([]string{"-buildvcs=false", "-ldflags", "-s -w", "-o", binary}, append(flags, pkg)...)
	if _, err := output(goBuild(ctx, dir, args...)); err != nil {
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
