// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/x509"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// imagesOf writes the images of made-up programs, to a folder that it returns with their digests.
func imagesOf(t *testing.T, r release) (string, map[string]string) {
	t.Helper()
	var binaries []binary
	for _, name := range []string{"manager", "tracker"} {
		for _, p := range linux {
			path := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(path, []byte(name+" for "+p.String()), 0o600); err != nil {
				t.Fatal(err)
			}
			binaries = append(binaries, binary{program{name: name}, p, path})
		}
	}
	to := t.TempDir()
	digests, err := r.writeImages(binaries, t.TempDir(), to)
	if err != nil {
		t.Fatal(err)
	}
	return to, digests
}

// openLayout unpacks the archive of a layout.
func openLayout(t *testing.T, archive string) v1.ImageIndex {
	t.Helper()
	content, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, e := range unpacked(t, bytes.NewReader(content)) {
		path := filepath.Join(dir, e.name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, e.content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	return index
}

func TestImages(t *testing.T) {
	r := release{root: "../..", version: "v0.1.0", commit: "0123", date: date, registry: "registry.example.com/team"}
	dir, digests := imagesOf(t, r)
	for _, image := range images {
		outer := openLayout(t, filepath.Join(dir, image.name+"_v0.1.0.oci.tar"))
		if err := validate.Index(outer); err != nil {
			t.Errorf("%s: %v", image.name, err)
		}
		manifest, err := outer.IndexManifest()
		if err != nil || len(manifest.Manifests) != 1 {
			t.Fatalf("%s: %v, %+v", image.name, err, manifest)
		}
		described := manifest.Manifests[0]
		if described.Digest.String() != digests[image.name] {
			t.Errorf("%s has the digest %s, returned was %s", image.name, described.Digest, digests[image.name])
		}
		if got, want := described.Annotations["io.containerd.image.name"], "registry.example.com/team/"+image.name+":0.1.0"; got != want {
			t.Errorf("%s has the name %s", image.name, got)
		}
		index, err := outer.ImageIndex(described.Digest)
		if err != nil {
			t.Fatal(err)
		}
		checkPlatforms(t, index)
	}
}

// checkPlatforms checks that an index has an image for each platform, with the program for it.
func checkPlatforms(t *testing.T, index v1.ImageIndex) {
	t.Helper()
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if manifest.Annotations["org.opencontainers.image.version"] != "0.1.0" {
		t.Errorf("the index has the annotations %v", manifest.Annotations)
	}
	var got []platform
	for _, described := range manifest.Manifests {
		p := platform{described.Platform.OS, described.Platform.Architecture}
		got = append(got, p)
		image, err := index.Image(described.Digest)
		if err != nil {
			t.Fatal(err)
		}
		config, err := image.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		if config.OS != p.os || config.Architecture != p.arch || !config.Created.Equal(date) || config.Config.User != "65532:65532" {
			t.Errorf("the config for %s is %+v", p, config)
		}
		name := filepath.Base(config.Config.Entrypoint[0])
		flat, err := io.ReadAll(mutate.Extract(image))
		if err != nil {
			t.Fatal(err)
		}
		entries := unpacked(t, bytes.NewReader(flat))
		program := slices.IndexFunc(entries, func(e entry) bool { return e.name == name })
		if program < 0 || entries[program].mode != 0o755 || string(entries[program].content) != name+" for "+p.String() {
			t.Errorf("the image for %s has no such program %s: %d entries", p, name, len(entries))
		}
	}
	if !slices.Equal(got, linux) {
		t.Errorf("the platforms are %v", got)
	}
}

func TestImagesAreReproducible(t *testing.T) {
	r := release{root: "../..", version: "v0.1.0", commit: "0123", date: date}
	one, _ := imagesOf(t, r)
	other, _ := imagesOf(t, r)
	equalFolders(t, one, other)
}

func TestRootCertificates(t *testing.T) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(rootCertificates()) {
		t.Error("there are no certificates")
	}
	if count := bytes.Count(rootCertificates(), []byte("BEGIN CERTIFICATE")); count < 50 {
		t.Errorf("there are only %d certificates", count)
	}
}

// Without a registry an image has a name that is pulled from nowhere else.
func TestReference(t *testing.T) {
	for registry, want := range map[string]string{
		"":                              "localhost/x:0.1.0",
		"registry.example.com:5000/a/b": "registry.example.com:5000/a/b/x:0.1.0",
	} {
		if got, err := (release{version: "v0.1.0", registry: registry}).reference("x"); got != want || err != nil {
			t.Errorf("%q: got %s, %v", registry, got, err)
		}
	}
	if _, err := (release{version: "v0.1.0", registry: "UPPER CASE"}).reference("x"); err == nil {
		t.Error("an impossible registry is no error")
	}
}
