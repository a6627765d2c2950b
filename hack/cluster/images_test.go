// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

func testImage(t *testing.T, name, content string) image {
	t.Helper()
	layer, err := newLayer(file{path: "program", mode: 0o755, content: []byte(content)})
	if err != nil {
		t.Fatal(err)
	}
	return image{name: name, config: ocispec.ImageConfig{User: nonRoot, Entrypoint: []string{"/program"}}, layers: []blob{layer}}
}

// The digest decides whether an image is loaded again: it follows the content and nothing else.
func TestDigestFollowsContent(t *testing.T) {
	digest := func(i image) string {
		manifest, _, err := i.blobs()
		if err != nil {
			t.Fatal(err)
		}
		return manifest.Digest.String()
	}
	first := digest(testImage(t, "a", "one"))
	if again := digest(testImage(t, "b", "one")); again != first {
		t.Error("the same content has two digests")
	}
	if other := digest(testImage(t, "a", "two")); other == first {
		t.Error("two contents have the same digest")
	}
}

func TestArchiveHoldsSharedContentOnce(t *testing.T) {
	var archive bytes.Buffer
	if err := writeArchive(&archive, []image{testImage(t, "a:1", "one"), testImage(t, "a:2", "one")}); err != nil {
		t.Fatal(err)
	}
	entries := map[string]string{}
	reader := tar.NewReader(&archive)
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := entries[header.Name]; ok {
			t.Errorf("%s is there twice", header.Name)
		}
		entries[header.Name] = string(content)
	}
	if len(entries) != 5 { // A manifest, a config, a layer, the index and the layout's mark.
		t.Errorf("got %d entries", len(entries))
	}
	for _, name := range []string{"a:1", "a:2"} {
		if !strings.Contains(entries["index.json"], name) {
			t.Errorf("the index does not name %s", name)
		}
	}
}

func TestParseImageList(t *testing.T) {
	const list = `REF                    TYPE                                    DIGEST      SIZE    PLATFORMS   LABELS
docker.io/library/a:1  application/vnd.oci.image.manifest.v1+json sha256:0123 1.2 MiB linux/amd64 -
sha256:4567            application/vnd.oci.image.manifest.v1+json sha256:89ab 1.2 MiB linux/amd64 -
`
	if got := parseImageList(list); len(got) != 2 || got["docker.io/library/a:1"] != "sha256:0123" {
		t.Errorf("got %v", got)
	}
}
