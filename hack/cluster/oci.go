// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
)

// As much of the OCI image format as containerd needs to import a few images: an image layout in a
// tar archive, see https://github.com/opencontainers/image-spec.
const (
	mediaIndex    = "application/vnd.oci.image.index.v1+json"
	mediaManifest = "application/vnd.oci.image.manifest.v1+json"
	mediaConfig   = "application/vnd.oci.image.config.v1+json"
	mediaLayer    = "application/vnd.oci.image.layer.v1.tar"
)

// image is a name, what its containers run, and its files.
type image struct {
	name   string
	config imageConfig
	layers []blob
}

type imageConfig struct {
	User       string   `json:",omitempty"`
	Env        []string `json:",omitempty"`
	Entrypoint []string `json:",omitempty"`
	Cmd        []string `json:",omitempty"`
	WorkingDir string   `json:",omitempty"`
}

// blob is content under its digest: a file (a big layer) or bytes.
type blob struct {
	Digest string
	Size   int64
	path   string
	bytes  []byte
}

type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int64             `json:"size"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

func newBlob(content []byte) blob {
	sum := sha256.Sum256(content)
	return blob{Digest: "sha256:" + hex.EncodeToString(sum[:]), Size: int64(len(content)), bytes: content}
}

func (b blob) describe(mediaType string) descriptor {
	return descriptor{MediaType: mediaType, Digest: b.Digest, Size: b.Size}
}

func (b blob) open() (io.ReadCloser, error) {
	if b.path != "" {
		return os.Open(b.path)
	}
	return io.NopCloser(bytes.NewReader(b.bytes)), nil
}

// blobs returns the image's manifest, whose digest identifies the image, and its config.
func (i image) blobs() (manifest, config blob, err error) {
	var layers []descriptor
	var digests []string
	for _, layer := range i.layers {
		layers = append(layers, layer.describe(mediaLayer))
		digests = append(digests, layer.Digest) // Not compressed: the same digest twice.
	}
	content, err := json.Marshal(map[string]any{
		"os": "linux", "architecture": runtime.GOARCH, "config": i.config,
		"rootfs": map[string]any{"type": "layers", "diff_ids": digests},
	})
	if err != nil {
		return blob{}, blob{}, err
	}
	config = newBlob(content)
	content, err = json.Marshal(map[string]any{
		"schemaVersion": 2, "mediaType": mediaManifest, "config": config.describe(mediaConfig), "layers": layers,
	})
	return newBlob(content), config, err
}

// writeArchive writes images as one archive, what they share only once.
func writeArchive(to io.Writer, images []image) error {
	archive := tar.NewWriter(to)
	var index []descriptor
	written := map[string]bool{}
	for _, i := range images {
		manifest, config, err := i.blobs()
		if err != nil {
			return err
		}
		entry := manifest.describe(mediaManifest)
		entry.Annotations = map[string]string{"io.containerd.image.name": i.name}
		index = append(index, entry)
		for _, b := range append([]blob{manifest, config}, i.layers...) {
			if written[b.Digest] {
				continue
			}
			written[b.Digest] = true
			if err := writeBlob(archive, "blobs/"+strings.Replace(b.Digest, ":", "/", 1), b); err != nil {
				return err
			}
		}
	}
	content, err := json.Marshal(map[string]any{"schemaVersion": 2, "mediaType": mediaIndex, "manifests": index})
	if err != nil {
		return err
	}
	return errors.Join(
		writeBlob(archive, "oci-layout", newBlob([]byte(`{"imageLayoutVersion":"1.0.0"}`))),
		writeBlob(archive, "index.json", newBlob(content)),
		archive.Close(),
	)
}

func writeBlob(archive *tar.Writer, name string, b blob) error {
	if err := archive.WriteHeader(&tar.Header{Name: name, Size: b.Size, Mode: 0o644}); err != nil {
		return err
	}
	content, err := b.open()
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
	return newBlob(content.Bytes()), err
}
