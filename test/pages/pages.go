// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package pages reads the documentation for the tests that run its commands. An HTML comment directly above a
// shell block, which no reader sees, says what is special about it:
//
//	<!-- not run: REASON -->  no test runs it
//	<!-- exits CODE -->       it ends with this code, and not with 0
//	<!-- shows TEXT -->       it prints this text, if not at once then soon
//
// The last two can be combined: <!-- exits CODE; shows TEXT -->.
package pages

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Shell is the language of the blocks with commands.
const Shell = "sh"

// QuickStart is the page whose commands begin without a tracker, and create the one that they use.
const QuickStart = "docs/quick-start.md"

// OnCluster are the pages beside QuickStart whose commands TestCommandsOfTheDocs of test/e2e runs on a cluster that
// has the tracker hiring, except those of the sections in OfTheirOwn. Those that change the tracker are the last.
var OnCluster = []string{
	"README.md",
	"docs/README.md",
	"docs/doctor.md",
	"docs/environments.md",
	"docs/faq.md",
	"docs/reading-the-status.md",
	"docs/troubleshooting.md",
	"docs/gitops.md",
	"docs/monitoring.md",
	"docs/plugin-logs.md",
	"docs/plugin.md",
	"docs/recovery.md",
	"docs/releases.md",
	"docs/security.md",
	"docs/telemetry.md",
}

// OfTheirOwn are the sections of those pages whose commands have a test of their own, with its file.
var OfTheirOwn = map[string]string{
	"docs/recovery.md#From external to managed": "test/e2e/changeover_test.go",
	"docs/recovery.md#From managed to external": "test/e2e/changeover_test.go",
}

// Section is what stands between two headings.
type Section struct {
	// Name is PAGE#HEADING, where PAGE is the path of the page in the repository.
	Name string
	// Blocks are its fenced code blocks, in order.
	Blocks []Block
}

// Block is a fenced code block.
type Block struct {
	Language, Text string
	// Under are the bold words that begin a paragraph above it, such as Upgrade; empty if none does.
	Under string
	// Line is that of its opening fence.
	Line int
	// NotRun is the reason why no test runs a shell block; empty if one does.
	NotRun string
	// ExitCode is what a shell block ends with.
	ExitCode int
	// Shows is a text that a shell block prints; empty for any.
	Shows string
}

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

// Read returns the sections of a page, the first of which is what stands above all headings. root is the
// repository's folder, and page the path in it.
func Read(root, page string) ([]Section, error) {
	text, err := os.ReadFile(filepath.Join(root, page)) //nolint:gosec // The tests name the page.
	if err != nil {
		return nil, fmt.Errorf("reading a page: %w", err)
	}
	return sections(page, string(text))
}

// under is a paragraph that begins with bold words.
var under = regexp.MustCompile(`^\*\*(.*?)\*\*`)

// sections splits a page. A line of a code block that looks like a heading is none.
func sections(page, text string) ([]Section, error) {
	const fence = "```"
	all := []Section{{Name: page + "#"}}
	var block *Block
	var indent, above, words string // Of the open block; the line before; see Block.Under.
	number := 0
	for line := range strings.Lines(text) {
		number++
		trimmed := strings.TrimSpace(line)
		marker, rest, _ := strings.Cut(strings.TrimRight(line, "\n"), " ")
		switch {
		case block != nil && trimmed == fence:
			last := &all[len(all)-1]
			last.Blocks = append(last.Blocks, *block)
			block = nil
		case block != nil:
			block.Text += strings.TrimPrefix(line, indent)
		case strings.HasPrefix(trimmed, fence):
			indent, _, _ = strings.Cut(line, fence)
			language, _, _ := strings.Cut(strings.TrimPrefix(trimmed, fence), " ")
			block = &Block{Language: language, Under: words, Line: number}
			if language != Shell {
				break
			}
			if err := block.mark(above); err != nil {
				return nil, fmt.Errorf("%s, line %d: %w", page, number, err)
			}
		case marker != "" && strings.Trim(marker, "#") == "":
			all = append(all, Section{Name: page + "#" + rest})
			words = ""
		case under.MatchString(line):
			words = under.FindStringSubmatch(line)[1]
		}
		if isMarker(above) && !strings.HasPrefix(trimmed, fence+Shell) {
			return nil, fmt.Errorf("%s, line %d: nothing follows the comment %q that it could be about", page, number, above)
		}
		above = trimmed
	}
	if block != nil {
		return nil, fmt.Errorf("%s, line %d: the block has no end", page, block.Line)
	}
	return all, nil
}

// isMarker reports whether a line is a comment about the shell block that must follow.
func isMarker(line string) bool {
	return slices.ContainsFunc([]string{"<!-- not run", "<!-- exits", "<!-- shows"}, func(mark string) bool { return strings.HasPrefix(line, mark) })
}

// mark reads the comment above a block, if the line is one.
func (b *Block) mark(line string) error {
	comment, found := strings.CutPrefix(line, "<!-- ")
	if !found {
		return nil
	}
	comment, closed := strings.CutSuffix(comment, " -->")
	if reason, found := strings.CutPrefix(comment, "not run: "); found && closed {
		b.NotRun = reason
		return nil
	}
	for mark := range strings.SplitSeq(comment, "; ") {
		name, value, _ := strings.Cut(mark, " ")
		var err error
		switch {
		case name == "exits" && closed:
			b.ExitCode, err = strconv.Atoi(value)
		case name == "shows" && closed && value != "":
			b.Shows = value
		default:
			err = fmt.Errorf("write not run: REASON, exits CODE or shows TEXT")
		}
		if err != nil {
			return fmt.Errorf("the comment %q: %w", line, err)
		}
	}
	return nil
}
