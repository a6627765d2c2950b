// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package procedures reads docs/incident-response.md and docs/maintenance.md for the tests that
// run their commands: those of this package, on an API server, and those of test/e2e, on a
// cluster.
package procedures

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Pages are the files in docs.
var Pages = []string{"incident-response.md", "maintenance.md"}

// OnCluster are the sections whose commands need nodes, the operator or Prometheus, each as
// PAGE#HEADING. test/e2e runs them.
var OnCluster = []string{
	"incident-response.md#Reach Alertmanager",
	"incident-response.md#Run a drill",
	"incident-response.md#Test a route",
	"incident-response.md#What a message has",
	"maintenance.md#External database or Redis",
	"maintenance.md#Health endpoints",
	"maintenance.md#Managed Redis",
	"maintenance.md#Managed database",
	"maintenance.md#The operator's certificate",
}

// Section is what stands between two headings.
type Section struct {
	// Name is PAGE#HEADING.
	Name string
	// Blocks are its fenced code blocks, in order.
	Blocks []Block
}

// Block is a fenced code block.
type Block struct{ Language, Text string }

// Of returns the texts of the blocks in a language.
func (s Section) Of(language string) []string {
	var texts []string
	for _, block := range s.Blocks {
		if block.Language == language {
			texts = append(texts, block.Text)
		}
	}
	return texts
}

// Read returns the sections of all pages. root is the repository's folder.
func Read(root string) ([]Section, error) {
	var all []Section
	for _, page := range Pages {
		text, err := os.ReadFile(filepath.Join(root, "docs", page)) //nolint:gosec // The tests name the folder.
		if err != nil {
			return nil, fmt.Errorf("reading a page: %w", err)
		}
		all = append(all, sections(page, string(text))...)
	}
	return all, nil
}

// sections splits a page. A line of a code block that looks like a heading is none.
func sections(page, text string) []Section {
	const fence = "```"
	var all []Section
	var block *Block
	for line := range strings.Lines(text) {
		marker, rest, _ := strings.Cut(strings.TrimRight(line, "\n"), " ")
		switch {
		case block != nil && strings.HasPrefix(line, fence):
			last := &all[len(all)-1]
			last.Blocks = append(last.Blocks, *block)
			block = nil
		case block != nil:
			block.Text += line
		case strings.HasPrefix(line, fence):
			block = &Block{Language: strings.TrimPrefix(marker, fence)}
		case marker != "" && strings.Trim(marker, "#") == "":
			all = append(all, Section{Name: page + "#" + rest})
		}
	}
	return all
}
