// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// entry is a file of an archive, or a folder if its mode says so.
type entry struct {
	name    string
	mode    fs.FileMode
	content []byte
}

// sorted are entries in the order of their names: a folder comes before what is in it.
func sorted(entries []entry) []entry {
	return slices.SortedFunc(slices.Values(entries), func(a, b entry) int { return cmp.Compare(a.name, b.name) })
}

// writeTar writes a tar archive that depends on nothing but the entries and the date.
func writeTar(to io.Writer, date time.Time, entries []entry) error {
	archive := tar.NewWriter(to)
	for _, e := range sorted(entries) {
		header := &tar.Header{
			Typeflag: tar.TypeReg, Name: e.name, Mode: int64(e.mode.Perm()), Size: int64(len(e.content)), ModTime: date, Format: tar.FormatUSTAR,
		}
		if e.mode.IsDir() {
			header.Typeflag = tar.TypeDir
		}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		if _, err := archive.Write(e.content); err != nil {
			return err
		}
	}
	return archive.Close()
}

// writeTarGz writes a compressed tar archive, whose header of gzip has neither a name nor a time.
func writeTarGz(to io.Writer, date time.Time, entries []entry) error {
	compressed := gzip.NewWriter(to)
	if err := writeTar(compressed, date, entries); err != nil {
		return err
	}
	return compressed.Close()
}

// writeZip writes a zip archive that depends on nothing but the entries and the date.
func writeZip(to io.Writer, date time.Time, entries []entry) error {
	archive := zip.NewWriter(to)
	for _, e := range sorted(entries) {
		header := &zip.FileHeader{Name: e.name, Method: zip.Deflate, Modified: date}
		header.SetMode(e.mode)
		file, err := archive.CreateHeader(header)
		if err != nil {
			return err
		}
		if _, err := file.Write(e.content); err != nil {
			return err
		}
	}
	return archive.Close()
}

// archive is an archive of a binary.
type archive struct {
	binary binary
	name   string
	sha256 string
}

// baseName is what the names of the files about a binary begin with.
func (r release) baseName(b binary) string {
	return fmt.Sprintf("%s_%s_%s_%s", b.program.archive, r.version, b.platform.os, b.platform.arch)
}

// writeArchives writes an archive for each binary, with the licence and README.md.
func (r release) writeArchives(binaries []binary, to string) ([]archive, error) {
	var documents []entry
	for _, name := range []string{"LICENSE", "README.md"} {
		content, err := os.ReadFile(filepath.Join(r.root, name))
		if err != nil {
			return nil, err
		}
		documents = append(documents, entry{name, 0o644, content})
	}
	var all []archive
	for _, b := range binaries {
		content, err := os.ReadFile(b.path)
		if err != nil {
			return nil, err
		}
		name, write := r.baseName(b)+".tar.gz", writeTarGz
		if b.platform.os == "windows" {
			name, write = r.baseName(b)+".zip", writeZip
		}
		var packed bytes.Buffer
		if err := write(&packed, r.date, append(documents[:2:2], entry{b.file(), 0o755, content})); err != nil {
			return nil, err
		}
		sum := sha256.Sum256(packed.Bytes())
		all = append(all, archive{b, name, hex.EncodeToString(sum[:])})
		if err := os.WriteFile(filepath.Join(to, name), packed.Bytes(), 0o644); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// checksums is the file that `sha256sum --check` reads.
const checksums = "checksums.txt"

// writeChecksums writes the checksums of all files of a folder to it.
func writeChecksums(dir string) error {
	files, err := os.ReadDir(dir) // sorted
	if err != nil {
		return err
	}
	var list strings.Builder
	for _, file := range files {
		sum, err := fileSum(filepath.Join(dir, file.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&list, "%s  %s\n", sum, file.Name())
	}
	return os.WriteFile(filepath.Join(dir, checksums), []byte(list.String()), 0o644)
}

// fileSum is the SHA-256 of a file, in hexadecimal.
func fileSum(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	_, err = io.Copy(sum, file)
	return hex.EncodeToString(sum.Sum(nil)), errors.Join(err, file.Close())
}

// readFolder returns the files below a folder, with names that begin with prefix, for an archive.
func readFolder(dir, prefix string) ([]entry, error) {
	var entries []entry
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		entries = append(entries, entry{prefix + filepath.ToSlash(name), 0o644, content})
		return err
	})
	return entries, err
}
