// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path"
	"runtime"

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
