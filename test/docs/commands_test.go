// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/interview-tracker/interview-tracker-operator/test/pages"
	"github.com/interview-tracker/interview-tracker-operator/test/procedures"
)

// Each shell block of README.md and docs is run by a test, or a comment above it says why not.
func TestEachCommandIsRunOrMarked(t *testing.T) {
	runBy := map[string]string{
		pages.QuickStart:     "test/e2e",
		"docs/install.md":    "test/install",
		"docs/namespaced.md": "test/install",
	}
	for _, page := range pages.OnCluster {
		runBy[page] = "test/e2e"
	}
	for _, page := range procedures.Pages {
		runBy[page] = "test/procedures" // Which sees to it that each of their sections is run.
	}
	found := 0
	for _, page := range documentation(t) {
		for _, section := range read(t, page) {
			for _, block := range section.Blocks {
				switch {
				case block.Language == "bash", block.Language == "shell", block.Language == "console":
					t.Errorf("%s, line %d: a block is of the language %s: write sh, so that a test runs it, or text for what is printed", page, block.Line, block.Language)
				case block.Language != pages.Shell:
					continue
				case block.NotRun == "" && runBy[page] == "":
					t.Errorf("%s, line %d: no test runs this block: have one run it (test/pages), or write above it <!-- not run: REASON -->\n%s",
						page, block.Line, block.Text)
				}
				found++
			}
		}
	}
	if found == 0 {
		t.Error("no page has a command: are they written otherwise now?")
	}
}

// Each command is at least shell, also one that no test runs.
func TestCommandsAreShell(t *testing.T) {
	for _, page := range documentation(t) {
		for _, section := range read(t, page) {
			for _, block := range section.Blocks {
				if block.Language != pages.Shell {
					continue
				}
				check := exec.CommandContext(t.Context(), "bash", "-n")
				check.Stdin = strings.NewReader(block.Text)
				if out, err := check.CombinedOutput(); err != nil {
					t.Errorf("%s, line %d: %v\n%s", page, block.Line, err, out)
				}
			}
		}
	}
}

// What the tests are said to run exists.
func TestPagesThatTestsRunExist(t *testing.T) {
	all := documentation(t)
	for _, page := range slices.Concat(pages.OnCluster, procedures.Pages, []string{pages.QuickStart}) {
		if !slices.Contains(all, page) {
			t.Errorf("there is no %s", page)
		}
	}
	for name, test := range pages.OfTheirOwn {
		page, heading, _ := strings.Cut(name, "#")
		if !slices.ContainsFunc(read(t, page), func(s pages.Section) bool { return s.Name == name }) {
			t.Errorf("%s has no section %q", page, heading)
		}
		source, err := os.ReadFile(filepath.Join(root, test))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(source), `"`+heading+`"`) {
			t.Errorf("%s does not run the section %q of %s", test, heading, page)
		}
	}
}

// documentation are the pages for users, by their paths in the repository. Those in docs/runbooks have a test of
// their own.
func documentation(t *testing.T) []string {
	t.Helper()
	all := []string{"README.md"}
	files, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		all = append(all, "docs/"+filepath.Base(file))
	}
	return all
}

func read(t *testing.T, page string) []pages.Section {
	t.Helper()
	sections, err := pages.Read(root, page)
	if err != nil {
		t.Fatal(err)
	}
	return sections
}
