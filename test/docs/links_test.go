// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	link    = regexp.MustCompile(`\]\(([^)#:\s]*)(?:#([^)\s]*))?\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	target  = regexp.MustCompile(`\]\([^)]*\)`)
	dropped = regexp.MustCompile(`[^a-z0-9_-]`)
)

// Links between the pages of the repository lead to files and headings that exist.
func TestLinksLeadSomewhere(t *testing.T) {
	found := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name := entry.Name(); path != root && (strings.HasPrefix(name, ".") || name == "bin" || name == "testdata") {
				return fs.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(path, ".md") {
			found += checkLinks(t, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found == 0 {
		t.Error("no page has a link: are they written otherwise now?")
	}
}

// checkLinks checks the links of one page and returns how many there are.
func checkLinks(t *testing.T, page string) int {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	links := link.FindAllStringSubmatch(string(text), -1)
	for _, match := range links {
		file, anchor := filepath.Join(filepath.Dir(page), match[1]), match[2]
		if match[1] == "" {
			file = page
		}
		if _, err := os.Stat(file); err != nil {
			t.Errorf("%s: the link to %s: %v", page, match[1], err)
			continue
		}
		if anchor == "" {
			continue
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Errorf("%s: the link to %s: %v", page, match[1], err)
			continue
		}
		if !slices.Contains(anchors(string(content)), anchor) {
			t.Errorf("%s: %s has no heading #%s", page, match[1], anchor)
		}
	}
	return len(links)
}

// anchors are the names by which links refer to a page's headings.
func anchors(text string) []string {
	var all []string
	for _, match := range heading.FindAllStringSubmatch(text, -1) {
		name := strings.ToLower(target.ReplaceAllString(match[1], ""))
		all = append(all, dropped.ReplaceAllString(strings.ReplaceAll(name, " ", "-"), ""))
	}
	return all
}
