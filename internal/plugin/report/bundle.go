// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

const (
	// maxFile and maxBundle bound a file and all of them, in bytes, before they are compressed.
	maxFile   = 4 << 20
	maxBundle = 32 << 20
)

// bundle holds the files of a report. What is added is masked.
type bundle struct {
	masker *masker
	// maxFile and room bound a file and all of them, in bytes.
	maxFile, room int
	files         map[string][]byte
	size          int
	// problems are what is not in the files, and why.
	problems []string
	// warnings are those that are also printed.
	warnings []string
	// withheld is set when something was left out that can't be masked.
	withheld bool
}

func newBundle(m *masker) *bundle {
	return &bundle{masker: m, maxFile: maxFile, room: maxBundle, files: map[string][]byte{}}
}

// problem notes what is not in the files, and why.
func (b *bundle) problem(format string, args ...any) {
	b.problems = append(b.problems, fmt.Sprintf(format, args...))
}

// warn notes what is not masked as it should be. It is also said when the report is written.
func (b *bundle) warn(format string, args ...any) {
	b.warnings = append(b.warnings, fmt.Sprintf(format, args...))
	b.problem(format, args...)
}

// withhold notes what is left out as it can't be masked.
func (b *bundle) withhold(what, reason string) {
	b.withheld = true
	b.problem("%s: left out: %s; --unmasked-logs adds it as it is", what, reason)
}

// add adds a file. What has no room is noted.
func (b *bundle) add(path string, content []byte) {
	content = b.masker.bytes(content)
	if len(content) > b.maxFile {
		b.problem("%s: cut off at %d bytes of %d", path, b.maxFile, len(content))
		content = content[:b.maxFile]
	}
	if b.size+len(content) > b.room {
		b.problem("%s: left out: the report has %d bytes already, of at most %d", path, b.size, b.room)
		return
	}
	b.size += len(content)
	b.files[b.free(b.masker.text(path))] = content
}

// free returns a path that no file has: a name that is masked may be that of another.
func (b *bundle) free(path string) string {
	name := path
	for i := 2; ; i++ {
		if _, taken := b.files[name]; !taken {
			return name
		}
		name = fmt.Sprintf("%s-%d", path, i)
	}
}

// finish adds the note of what is missing.
func (b *bundle) finish() {
	text := "Everything that was looked for is here.\n"
	if len(b.problems) > 0 {
		text = "What is not in this report, or not as it is in the cluster, and why:\n\n" + strings.Join(b.problems, "\n") + "\n"
	}
	b.size = 0 // There is always room for it.
	b.add("errors.txt", []byte(text))
}

// write writes the files as a compressed tar archive, in the order of their names.
func (b *bundle) write(w io.Writer, folder string, at time.Time) error {
	zipped := gzip.NewWriter(w)
	archive := tar.NewWriter(zipped)
	for _, path := range slices.Sorted(maps.Keys(b.files)) {
		content := b.files[path]
		header := &tar.Header{
			Typeflag: tar.TypeReg, Name: folder + "/" + path, Size: int64(len(content)), Mode: 0o644, ModTime: at.UTC().Truncate(time.Second),
		}
		if err := archive.WriteHeader(header); err != nil {
			return fmt.Errorf("writing %s: %w", path, err)
		}
		if _, err := io.Copy(archive, bytes.NewReader(content)); err != nil {
			return fmt.Errorf("writing %s: %w", path, err)
		}
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("writing the archive: %w", err)
	}
	if err := zipped.Close(); err != nil {
		return fmt.Errorf("writing the archive: %w", err)
	}
	return nil
}
