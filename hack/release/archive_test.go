// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// date is when the commit of a test's release was made.
var date = time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)

var files = []entry{
	{"program", 0o755, []byte("run me")},
	{"docs/", fs.ModeDir | 0o755, nil},
	{"docs/README.md", 0o644, []byte("read me")},
	{"LICENSE", 0o644, []byte("use me")},
}

// unpacked are the entries of a tar archive, in its order.
func unpacked(t *testing.T, archive io.Reader) []entry {
	t.Helper()
	var entries []entry
	for reader := tar.NewReader(archive); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return entries
		}
		if err != nil {
			t.Fatal(err)
		}
		if !header.ModTime.Equal(date) || header.Uid != 0 || header.Gid != 0 || header.Uname != "" {
			t.Errorf("%s is of %s and %d:%d %s", header.Name, header.ModTime, header.Uid, header.Gid, header.Uname)
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, entry{header.Name, header.FileInfo().Mode(), content})
	}
}

func sameEntries(a, b []entry) bool {
	return slices.EqualFunc(a, b, func(a, b entry) bool {
		return a.name == b.name && a.mode == b.mode && bytes.Equal(a.content, b.content)
	})
}

// Archives depend on what is in them, and on nothing else.
func TestArchivesAreReproducible(t *testing.T) {
	reversed := slices.Clone(files)
	slices.Reverse(reversed)
	for name, write := range map[string]func(io.Writer, time.Time, []entry) error{"tar": writeTar, "tar.gz": writeTarGz, "zip": writeZip} {
		var one, other bytes.Buffer
		if err := errors.Join(write(&one, date, files), write(&other, date, reversed)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(one.Bytes(), other.Bytes()) {
			t.Errorf("two archives of the same files differ as %s", name)
		}
	}
}

func TestTarGz(t *testing.T) {
	var archive bytes.Buffer
	if err := writeTarGz(&archive, date, files); err != nil {
		t.Fatal(err)
	}
	reader, err := gzip.NewReader(&archive)
	if err != nil {
		t.Fatal(err)
	}
	if reader.Name != "" || !reader.ModTime.IsZero() {
		t.Errorf("the header has the name %q and the time %s", reader.Name, reader.ModTime)
	}
	if got := unpacked(t, reader); !sameEntries(got, sorted(files)) {
		t.Errorf("got %v", got)
	}
}

func TestZip(t *testing.T) {
	var packed bytes.Buffer
	if err := writeZip(&packed, date, files); err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(packed.Bytes()), int64(packed.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var got []entry
	for _, file := range archive.File {
		if !file.Modified.Equal(date) {
			t.Errorf("%s is of %s", file.Name, file.Modified)
		}
		content, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(content)
		if err = errors.Join(err, content.Close()); err != nil {
			t.Fatal(err)
		}
		got = append(got, entry{file.Name, file.Mode(), text})
	}
	if !sameEntries(got, sorted(files)) {
		t.Errorf("got %v", got)
	}
}

func TestChecksums(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b", "a"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := writeChecksums(dir); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, checksums))
	if err != nil {
		t.Fatal(err)
	}
	const want = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb  a\n" +
		"3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d  b\n"
	if string(got) != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
}

func TestPackagedChart(t *testing.T) {
	r := release{version: "v0.1.0", date: date}
	source, to := t.TempDir(), t.TempDir()
	for _, name := range []string{"Chart.yaml", "templates/deployment.yaml"} {
		path := filepath.Join(source, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(name), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.packageChart(source, to); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(filepath.Join(to, "interview-tracker-operator-0.1.0.tgz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	reader, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	want := []entry{
		{"interview-tracker-operator/Chart.yaml", 0o644, []byte("Chart.yaml")},
		{"interview-tracker-operator/templates/deployment.yaml", 0o644, []byte("templates/deployment.yaml")},
	}
	if got := unpacked(t, reader); !sameEntries(got, want) {
		t.Errorf("got %v", got)
	}
}
