// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func parse(t *testing.T, text string) []*ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+text, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return []*ast.File{file}
}

func TestRead(t *testing.T) {
	got, err := read(parse(t, `
// AnnotationDone is something else.
const AnnotationDone = "example.com/done"

const limit = 3

// ConditionUp and ConditionAway are True when
// spec.size suffices.
const (
	ConditionUp   = "Up"
	ConditionAway = "Away"

	// ReasonReady surfaces when all is well, until
	// AnnotationDone.
	ReasonReady = "Ready"
	// ReasonGone surfaces, with status Unknown, as ReasonReady or VolumeLost, and no OtherThing.
	ReasonGone = "Gone"
	// ReasonVolumeLost surfaces when Gone is.
	ReasonVolumeLost = "VolumeLost"
)
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []condition{{
		types:   []string{"Up", "Away"},
		meaning: "`Up` and `Away` are True when `spec.size` suffices.",
		reasons: []reason{
			{"Ready", "when all is well, until `example.com/done`."},
			{"Gone", "with status Unknown, as `Ready` or `VolumeLost`, and no OtherThing."},
			{"VolumeLost", "when Gone is."},
		},
	}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(condition{}, reason{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCommentsThatAreMissing(t *testing.T) {
	for text, want := range map[string]string{
		"// About A.\nconst (\nConditionA = \"A\"\nReasonB = \"B\"\n)":                  "the comment of ReasonB must begin",
		"// About A.\nconst (\nConditionA = \"A\"\n// It is.\nReasonB = \"B\"\n)":       "the comment of ReasonB must begin",
		"const (\n// ReasonB surfaces when.\nReasonB = \"B\"\n)":                        "reason B is in a const block without",
		"const (\nConditionA = \"A\"\n// ReasonB surfaces when.\nReasonB = \"B\"\n)":    "condition A has no comment",
		"// About A.\nconst (\n// ConditionA is.\nConditionA = \"A\"\nReasonB = `B`\n)": "the comment of ReasonB must begin",
	} {
		if _, err := read(parse(t, text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\ngot %v, want %s", text, err, want)
		}
	}
}

func TestMarkdown(t *testing.T) {
	got := markdown([]condition{{[]string{"Up", "Away"}, "About both.", []reason{{"Ready", "when a|b."}}}})
	const want = "\n## Up, Away\n\nAbout both.\n\n| Reason | It surfaces |\n|---|---|\n| `Ready` | when a\\|b |\n"
	if _, after, _ := strings.Cut(got, "is the same.\n"); after != want {
		t.Errorf("got %q", after)
	}
}

// The page has every type and reason that the API package defines, and is not stale.
func TestPage(t *testing.T) {
	written, err := os.ReadFile(filepath.Join("../..", page))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join("../..", source, "conditions.go"))
	if err != nil {
		t.Fatal(err)
	}
	defined := regexp.MustCompile(`(?m)^\s+(Condition|Reason)\w+\s+= "(\w+)"`).FindAllStringSubmatch(string(text), -1)
	if len(defined) < 70 {
		t.Errorf("only %d types and reasons found: are they written otherwise now?", len(defined))
	}
	for _, match := range defined {
		want := "| `" + match[2] + "` |"
		if match[1] == typePrefix {
			want = match[2]
		}
		if !strings.Contains(string(written), want) {
			t.Errorf("%s has no %s", page, want)
		}
	}
	fresh := filepath.Join(t.TempDir(), "conditions.md")
	if err := run(filepath.Join("../..", source), fresh); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(fresh)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(got), string(written)); diff != "" {
		t.Errorf("%s is stale: run 'make manifests' (-fresh +written):\n%s", page, diff)
	}
}
