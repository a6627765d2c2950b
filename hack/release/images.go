// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/distribution/reference"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

const operatorImage = "interview-tracker-operator"

// images are the images that are released, with the stages of the Dockerfile that describe them.
var images = []struct{ name, stage string }{
	{operatorImage, "manager"},
	{"interview-tracker-api", "tracker-api"},
	{"interview-tracker-frontend", "tracker-frontend"},
}

const (
	// certificatesInBuild is the file of root certificates in the image of Go that the Dockerfile builds in.
	certificatesInBuild = "/etc/ssl/certs/ca-certificates.crt"
	// programsInBuild is the folder that the Dockerfile builds to.
	programsInBuild = "/out/"
)

// writeImages writes each image for all platforms of its program as an archive of an OCI layout. It returns their
// digests by name.
func (r release) writeImages(binaries []binary, work, to string) (map[string]string, error) {
	text, err := os.ReadFile(filepath.Join(r.root, "Dockerfile"))
	if err != nil {
		return nil, err
	}
	stages, err := parseDockerfile(string(text), map[string]string{
		"VERSION": r.number(), "COMMIT": r.commit, "DATE": r.date.Format(time.RFC3339),
	})
	if err != nil {
		return nil, err
	}
	digests := map[string]string{}
	for _, image := range images {
		built, exists := stages[image.stage]
		if !exists {
			return nil, fmt.Errorf("the Dockerfile has no stage %s", image.stage)
		}
		index, err := r.index(built, binaries)
		if err != nil {
			return nil, fmt.Errorf("image %s: %w", image.name, err)
		}
		digest, err := index.Digest()
		if err != nil {
			return nil, fmt.Errorf("image %s: %w", image.name, err)
		}
		digests[image.name] = digest.String()
		if err := r.writeLayout(index, image.name, filepath.Join(work, image.name), to); err != nil {
			return nil, fmt.Errorf("image %s: %w", image.name, err)
		}
	}
	return digests, nil
}

// index is an image of several platforms: those that there are binaries of its program for.
func (r release) index(s stage, binaries []binary) (v1.ImageIndex, error) {
	var adds []mutate.IndexAddendum
	for _, p := range linux {
		layers, err := r.layers(s, p, binaries)
		if err != nil {
			return nil, err
		}
		if layers == nil {
			continue
		}
		image, err := r.image(s, p, layers)
		if err != nil {
			return nil, err
		}
		adds = append(adds, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: p.os, Architecture: p.arch}}})
	}
	index := mutate.AppendManifests(mutate.IndexMediaType(empty.Index, types.OCIImageIndex), adds...)
	annotated, ok := mutate.Annotations(index, s.config.Labels).(v1.ImageIndex)
	if !ok {
		return nil, errors.New("the index can't be annotated")
	}
	return annotated, nil
}

// layers are those of an image, one for each file that is copied; none if there is no binary for the platform.
func (r release) layers(s stage, p platform, binaries []binary) ([]mutate.Addendum, error) {
	var all []mutate.Addendum
	for _, file := range s.files {
		content, err := contentOf(file.from, p, binaries)
		if err != nil || content == nil {
			return nil, err
		}
		mode := fs.FileMode(0o644)
		if strings.HasPrefix(file.from, programsInBuild) {
			mode = 0o755
		}
		layer, err := newLayer(r.date, file.to, mode, content)
		if err != nil {
			return nil, err
		}
		all = append(all, mutate.Addendum{
			Layer: layer, MediaType: types.OCILayer,
			History: v1.History{Created: v1.Time{Time: r.date}, CreatedBy: "COPY " + file.from + " /" + file.to},
		})
	}
	return all, nil
}

// contentOf is what the Dockerfile's build has at a path; nil for a program that is not among the binaries.
func contentOf(from string, p platform, binaries []binary) ([]byte, error) {
	name, isProgram := strings.CutPrefix(from, programsInBuild)
	switch {
	case from == certificatesInBuild:
		return rootCertificates(), nil
	case !isProgram:
		return nil, fmt.Errorf("nothing is known of %s, which the Dockerfile copies", from)
	}
	for _, b := range binaries {
		if b.program.name == name && b.platform == p {
			return os.ReadFile(b.path)
		}
	}
	return nil, nil
}

// rootCertificates are Mozilla's, in the version that go.mod names. Those that Mozilla trusts with a
// restriction only, which this format can't express, are left out.
func rootCertificates() []byte {
	var all bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			all.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}))
		}
	}
	return all.Bytes()
}

// newLayer is a layer of one file, and the folders that it is in.
func newLayer(date time.Time, name string, mode fs.FileMode, content []byte) (v1.Layer, error) {
	entries := []entry{{name, mode, content}}
	for folder := path.Dir(name); folder != "."; folder = path.Dir(folder) {
		entries = append(entries, entry{folder + "/", fs.ModeDir | 0o755, nil})
	}
	var layer bytes.Buffer
	if err := writeTar(&layer, date, entries); err != nil {
		return nil, err
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(layer.Bytes())), nil }
	return tarball.LayerFromOpener(open, tarball.WithMediaType(types.OCILayer))
}

// image is the image of one platform.
func (r release) image(s stage, p platform, layers []mutate.Addendum) (v1.Image, error) {
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err := mutate.Append(base, layers...)
	if err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.Created, config.OS, config.Architecture, config.Config = v1.Time{Time: r.date}, p.os, p.arch, s.config
	return mutate.ConfigFile(image, config)
}

// writeLayout writes an image as an archive, which `ctr images import`, skopeo and crane read.
func (r release) writeLayout(index v1.ImageIndex, name, work, to string) error {
	whole, err := r.reference(name)
	if err != nil {
		return err
	}
	written, err := layout.Write(work, empty.Index)
	if err != nil {
		return err
	}
	err = written.AppendIndex(index, layout.WithAnnotations(map[string]string{
		ocispec.AnnotationRefName:  r.number(),
		"io.containerd.image.name": whole,
	}))
	if err != nil {
		return err
	}
	files, err := readFolder(work, "")
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	if err := writeTar(&packed, r.date, files); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, name+"_"+r.version+".oci.tar"), packed.Bytes(), 0o644)
}

// reference is the whole name of an image, as containerd has it.
func (r release) reference(image string) (string, error) {
	name := r.imageRegistry() + "/" + image + ":" + r.number()
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return "", fmt.Errorf("the image's name %s: %w", name, err)
	}
	return named.String(), nil
}
