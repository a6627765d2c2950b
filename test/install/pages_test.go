// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package install

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const root = "../.."

// place is where a page has code: below a heading and, there, behind bold words that begin a paragraph, if any.
type place struct{ page, heading, words string }

// block is a fenced code block of a page.
type block struct {
	place
	language string
	text     string
	notRun   string // why its commands are not run
}

var (
	heading = regexp.MustCompile(`^#+ (.*)$`)
	words   = regexp.MustCompile(`^\*\*(.*?)\*\*`)
	notRun  = regexp.MustCompile(`^<!-- not run: (.*) -->$`)
)

// parse returns the code blocks of a page, without what they are indented by.
func parse(page, text string) []block {
	const fence = "```"
	var all []block
	var open bool
	var indent, reason string
	at := place{page: page}
	for line := range strings.Lines(text) {
		bare := strings.TrimSpace(line)
		last := len(all) - 1
		switch isFence := strings.HasPrefix(bare, fence); {
		case open && isFence:
			open = false
		case open:
			all[last].text += strings.TrimPrefix(line, indent)
		case isFence:
			open = true
			indent, _, _ = strings.Cut(line, fence)
			all = append(all, block{place: at, language: strings.TrimPrefix(bare, fence), notRun: reason})
		case heading.MatchString(bare):
			at = place{page, heading.FindStringSubmatch(bare)[1], ""}
		case words.MatchString(line):
			at.words = words.FindStringSubmatch(line)[1]
		}
		reason = ""
		if match := notRun.FindStringSubmatch(bare); match != nil && !open {
			reason = match[1]
		}
	}
	return all
}

// pages returns the code blocks of the pages that the ways to install are described on.
func pages(t *testing.T) []block {
	t.Helper()
	var all []block
	for _, page := range []string{"install.md", "namespaced.md"} {
		text, err := os.ReadFile(filepath.Join(root, "docs", page))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, parse(page, string(text))...)
	}
	return all
}

// commands are the commands of a place that can be run.
func commands(t *testing.T, p place) string {
	t.Helper()
	var script string
	for _, b := range pages(t) {
		if b.place == p && b.language == "sh" && b.notRun == "" {
			script += b.text
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
		if match := named.FindStringSubmatch(b.text); b.place == p && b.language == "yaml" && match != nil {
			all[match[1]] = b.text
		}
	}
	if len(all) == 0 {
		t.Fatalf("docs/%s has no file below %q, %q", p.page, p.heading, p.words)
	}
	return all
}

func TestParse(t *testing.T) {
	const page = `# Page
text
~~~sh
one
~~~
**Upgrade**: like this
~~~sh
# no heading
**no words**
~~~
## Next
1. Or:

   <!-- not run: needs Docker -->
   ~~~sh
   docker
     run
   ~~~
~~~yaml
# file.yaml
~~~
`
	want := []block{
		{place{"p", "Page", ""}, "sh", "one\n", ""},
		{place{"p", "Page", "Upgrade"}, "sh", "# no heading\n**no words**\n", ""},
		{place{"p", "Next", ""}, "sh", "docker\n  run\n", "needs Docker"},
		{place{"p", "Next", ""}, "yaml", "# file.yaml\n", ""},
	}
	if diff := cmp.Diff(want, parse("p", strings.ReplaceAll(page, "~~~", "```")), cmp.AllowUnexported(block{}, place{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
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
		if b.language == "sh" && b.notRun == "" && !slices.Contains(run, b.place) {
			t.Errorf("docs/%s, below %q, %q: nothing runs these commands. Add them to a way, or `<!-- not run: WHY -->` above them:\n%s",
				b.page, b.heading, b.words, b.text)
		}
	}
}
