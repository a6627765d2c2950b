// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package pages

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSections(t *testing.T) {
	const page = "above\n" +
		"# One\n" +
		"```sh\n# no heading\n```\n" +
		"## Two\n" +
		"<!-- not run: needs Docker; and kind -->\n```sh\na\n```\n" +
		"1. indented\n\n   <!-- exits 1; shows no such image -->\n   ```sh\n   b\n     c\n   ```\n" +
		"<!-- a comment -->\n```yaml\nd: e\n```\n" +
		"**Upgrade**: by\n```sh\n**f**\n```\n```sh\ng\n```\n" +
		"## Three\n```sh\nh\n```\n"
	got, err := sections("docs/page.md", page)
	if err != nil {
		t.Fatal(err)
	}
	want := []Section{
		{Name: "docs/page.md#"},
		{Name: "docs/page.md#One", Blocks: []Block{{Language: "sh", Text: "# no heading\n", Line: 3}}},
		{Name: "docs/page.md#Two", Blocks: []Block{
			{Language: "sh", Text: "a\n", Line: 8, NotRun: "needs Docker; and kind"},
			{Language: "sh", Text: "b\n  c\n", Line: 14, ExitCode: 1, Shows: "no such image"},
			{Language: "yaml", Text: "d: e\n", Line: 19},
			{Language: "sh", Text: "**f**\n", Under: "Upgrade", Line: 23},
			{Language: "sh", Text: "g\n", Under: "Upgrade", Line: 26},
		}},
		{Name: "docs/page.md#Three", Blocks: []Block{{Language: "sh", Text: "h\n", Line: 30}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the sections (-want +got):\n%s", diff)
	}
}

// A comment with a mistake in it would have a block run that can't, or the other way round.
func TestMarkersWithMistakes(t *testing.T) {
	for _, comment := range []string{
		"<!-- not run -->", "<!-- needs Docker -->", "<!-- not run: needs Docker", "<!-- exits -->", "<!-- exits one -->", "<!-- shows -->", "<!-- exits 1, shows a -->",
	} {
		if got, err := sections("page.md", comment+"\n```sh\na\n```\n"); err == nil {
			t.Errorf("%s is read as %v", comment, got)
		}
	}
}

func TestPagesWithMistakes(t *testing.T) {
	for name, page := range map[string]string{
		"a block without an end":        "# One\n```sh\na\n",
		"a comment about nothing":       "<!-- exits 1 -->\ntext\n",
		"an empty line after a comment": "<!-- shows a -->\n\n```sh\na\n```\n",
		"a comment about another block": "<!-- not run: it waits -->\n```yaml\na: b\n```\n",
	} {
		if got, err := sections("page.md", page); err == nil {
			t.Errorf("%s is read as %v", name, got)
		}
	}
}
