// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package install

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	docs "github.com/interview-tracker/interview-tracker-operator/test/pages"
)

const root = "../.."

// place is where a page has code: below a heading and, there, behind bold words that begin a paragraph, if any.
type place struct{ page, heading, words string }

// block is a code block of a page.
type block struct {
	place
	docs.Block
}

// pages returns the code blocks of the pages that the ways to install are described on.
func pages(t *testing.T) []block {
	t.Helper()
	var all []block
	for _, page := range []string{"install.md", "namespaced.md"} {
		sections, err := docs.Read(root, "docs/"+page)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range sections {
			heading := strings.TrimPrefix(s.Name, "docs/"+page+"#")
			for _, b := range s.Blocks {
				all = append(all, block{place{page, heading, b.Under}, b})
			}
		}
	}
	return all
}

// commands are the commands of a place that can be run.
func commands(t *testing.T, p place) string {
	t.Helper()
	var script string
	for _, b := range pages(t) {
		if b.place == p && b.Language == docs.Shell && b.NotRun == "" {
			script += b.Text
		}
	}
	if script == "" {
		t.Fatalf("docs/%s has no commands below %q, %q", p.page, p.heading, p.words)
	}
	return script
}

// files are the files of a place by name: the YAML that begins with its path as a comment.
func files(t *testing.T, p place) map[string]string {
	t.Helper()
	named := regexp.MustCompile(`^# (\S+\.yaml)\n`)
	all := map[string]string{}
	for _, b := range pages(t) {
		if match := named.FindStringSubmatch(b.Text); b.place == p && b.Language == "yaml" && match != nil {
			all[match[1]] = b.Text
		}
	}
	if len(all) == 0 {
		t.Fatalf("docs/%s has no file below %q, %q", p.page, p.heading, p.words)
	}
	return all
}

// Each command of the pages is one of a way to install, or says why it is not run.
func TestCommandsAreRunOrMarked(t *testing.T) {
	run := []place{whatStays}
	for _, w := range ways {
		run = append(run, w.places()...)
	}
	for _, p := range run {
		commands(t, p)
	}
	for _, b := range pages(t) {
		if b.Language == docs.Shell && b.NotRun == "" && !slices.Contains(run, b.place) {
			t.Errorf("docs/%s, below %q, %q: nothing runs these commands. Add them to a way, or `<!-- not run: WHY -->` above them:\n%s",
				b.page, b.heading, b.words, b.Text)
		}
	}
}
