// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package runbooks tests docs/runbooks: each alert has a runbook, and its commands and queries
// are valid.
package runbooks

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/promql/parser"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

const (
	folder = "../../docs/runbooks"
	index  = "README"
)

// sections are a runbook's headings, in this order.
var sections = []string{"Meaning", "Impact", "Diagnosis", "Mitigation"}

// runbooks are the files, by the names of their alerts.
func runbooks(t *testing.T) map[string]string {
	t.Helper()
	texts := pages(t)
	delete(texts, index)
	return texts
}

// pages are the files of the folder, by name without .md.
func pages(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, file := range files {
		name, isPage := strings.CutSuffix(filepath.Base(file), ".md")
		if !isPage {
			t.Errorf("%s is not a runbook", file)
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(text)
	}
	return texts
}

func TestEachAlertHasARunbookAndEachRunbookAnAlert(t *testing.T) {
	texts, alerts := runbooks(t), severitiesOf(t)
	for name := range alerts {
		if texts[name] == "" {
			t.Errorf("the alert %s has no docs/runbooks/%s.md", name, name)
		}
	}
	for name := range texts {
		if alerts[name] == nil {
			t.Errorf("docs/runbooks/%s.md has no alert", name)
		}
	}
}

func TestEachRunbookHasItsSections(t *testing.T) {
	heading := regexp.MustCompile(`(?m)^(#{1,2}) (.*)$`)
	for name, text := range runbooks(t) {
		want := []string{"# " + name}
		for _, section := range sections {
			want = append(want, "## "+section)
		}
		got := heading.FindAllString(withoutBlocks(text), -1)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("docs/runbooks/%s.md has other headings (-want +got):\n%s", name, diff)
		}
		for _, section := range sections {
			if body(text, section) == "" {
				t.Errorf("docs/runbooks/%s.md has nothing under %s", name, section)
			}
		}
	}
}

// body is the text under a heading.
func body(text, section string) string {
	_, after, _ := strings.Cut(text, "\n## "+section+"\n")
	before, _, _ := strings.Cut(after, "\n## ")
	return strings.TrimSpace(before)
}

func TestIndexListsEachAlertWithItsSeverities(t *testing.T) {
	row := regexp.MustCompile(`(?m)^\| \[(\w+)\]\((\w+)\.md\) \| ([a-z, ]+) \| .+ \|$`)
	got := map[string]string{}
	for _, match := range row.FindAllStringSubmatch(pages(t)[index], -1) {
		if match[1] != match[2] {
			t.Errorf("%s links to %s.md", match[1], match[2])
		}
		got[match[1]] = match[3]
	}
	want := map[string]string{}
	for name, severities := range severitiesOf(t) {
		want[name] = strings.Join(severities, ", ")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("docs/runbooks/README.md lists other alerts (-want +got):\n%s", diff)
	}
}

// The commands can be copied from top to bottom: each variable is set before it is used.
func TestCommandsAreShell(t *testing.T) {
	for name, text := range pages(t) {
		script := strings.Join(blocks(t, text, "sh"), "\n")
		check := exec.CommandContext(t.Context(), "bash", "-n")
		check.Stdin = strings.NewReader(script)
		if output, err := check.CombinedOutput(); err != nil {
			t.Errorf("docs/runbooks/%s.md: %v\n%s", name, err, output)
		}
		for _, variable := range usedUnset(script) {
			t.Errorf("docs/runbooks/%s.md uses $%s before it sets it", name, variable)
		}
	}
}

// usedUnset are the variables of a script that no line sets before they are used. ($p is
// one of sed's commands.)
func usedUnset(script string) []string {
	var unset []string
	set := map[string]bool{}
	word := regexp.MustCompile(`\$\{?([A-Za-z]\w+)|(?:^|\s)([A-Z]+)=|for (\w+) in `)
	for line := range strings.Lines(script) {
		for _, match := range word.FindAllStringSubmatch(line, -1) {
			switch {
			case match[1] == "":
				set[match[2]+match[3]] = true
			case !set[match[1]]:
				unset = append(unset, match[1])
			}
		}
	}
	return unset
}

func TestQueriesArePromQL(t *testing.T) {
	promql := parser.NewParser(parser.Options{})
	for name, text := range pages(t) {
		for _, block := range blocks(t, text, "promql") {
			for line := range strings.Lines(block) {
				if _, err := promql.ParseExpr(line); err != nil {
					t.Errorf("docs/runbooks/%s.md: %s: %v", name, strings.TrimSpace(line), err)
				}
			}
		}
	}
}

// The patches contain only fields of a tracker.
func TestPatchesAreValid(t *testing.T) {
	patch := regexp.MustCompile(`patch itr "\$TRACKER" --type=merge -p '([^']*)'`)
	found := 0
	for name, text := range pages(t) {
		for _, match := range patch.FindAllStringSubmatch(text, -1) {
			found++
			if err := yaml.UnmarshalStrict([]byte(match[1]), &v1alpha1.InterviewTracker{}); err != nil {
				t.Errorf("docs/runbooks/%s.md: %s: %v", name, match[1], err)
			}
		}
		if rest := patch.ReplaceAllString(text, ""); strings.Contains(rest, "patch itr") {
			t.Errorf("docs/runbooks/%s.md has a patch in another format, which is not tested", name)
		}
	}
	if found == 0 {
		t.Error("no runbook has a patch: has their format changed?")
	}
}

// blocks are the fenced code blocks of a language, without their indentation.
func blocks(t *testing.T, text, language string) []string {
	t.Helper()
	var all []string
	for _, match := range fences.FindAllStringSubmatch(text, -1) {
		if match[2] == "" {
			t.Errorf("a code block has no language:\n%s", match[0])
		}
		if match[2] == language {
			all = append(all, strings.ReplaceAll("\n"+match[3], "\n"+match[1], "\n")[1:])
		}
	}
	return all
}

var fences = regexp.MustCompile("(?ms)^( *)```(\\w*)\n(.*?)^ *```$")

func withoutBlocks(text string) string { return fences.ReplaceAllString(text, "") }
