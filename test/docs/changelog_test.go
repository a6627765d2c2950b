// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/version"
)

const unreleased = "Unreleased"

var (
	// kindsOfChanges are those of Keep a Changelog, in its order.
	kindsOfChanges = []string{"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}

	releaseHeading = regexp.MustCompile(`^## \[([^]]+)](?: - (\d{4}-\d{2}-\d{2}))?( \[YANKED])?$`)
	linkDefinition = regexp.MustCompile(`^\[([^]]+)]: https://\S+$`)
)

// changelog reads a changelog line by line.
type changelog struct {
	problems []string
	versions []string
	links    []string
	last     *version.Version // Of the heading above.
	date     string           // As last.
	kinds    []string
	entries  int  // Of the kind.
	empty    bool // Whether the line before is empty.
}

func (c *changelog) complain(format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

// changelogProblems says where a text is not of the form of Keep a Changelog 1.1.0 with semantic versions, or
// breaks the rule of ours for entries that restart pods.
func changelogProblems(text string) []string {
	c := &changelog{}
	if !strings.HasPrefix(text, "# Changelog\n") {
		c.complain("it does not begin with # Changelog")
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "## "):
			c.endKind()
			c.release(line)
		case strings.HasPrefix(line, "### "):
			c.endKind()
			c.kind(strings.TrimPrefix(line, "### "))
		case linkDefinition.MatchString(line):
			c.links = append(c.links, linkDefinition.FindStringSubmatch(line)[1])
		case len(c.kinds) > 0 && line != "":
			c.entry(line)
		}
		c.empty = line == ""
	}
	c.endKind()
	if len(c.versions) == 0 || c.versions[0] != unreleased {
		c.complain("its first version is not [%s]", unreleased)
	}
	if !slices.Equal(c.links, c.versions) {
		c.complain("its links are of %q, its versions are %q", c.links, c.versions)
	}
	return c.problems
}

// release is the heading of a version.
func (c *changelog) release(line string) {
	match := releaseHeading.FindStringSubmatch(line)
	if match == nil {
		c.complain("%q is not ## [%s] or ## [X.Y.Z] - YYYY-MM-DD", line, unreleased)
		return
	}
	name, date := match[1], match[2]
	if name != unreleased {
		parsed, err := version.ParseSemantic(name)
		switch {
		case err != nil || strings.HasPrefix(name, "v"):
			c.complain("%s is not a semantic version", name)
		case c.last != nil && !parsed.LessThan(c.last):
			c.complain("%s comes after %s", name, c.last)
		}
		c.last = parsed
		if _, err := time.Parse(time.DateOnly, date); err != nil || c.date != "" && date > c.date {
			c.complain("%s has the date %q, which is none, or later than that of the version above it", name, date)
		}
		c.date = date
	}
	c.versions = append(c.versions, name)
	c.kinds = nil
}

// kind is the heading of a kind of changes.
func (c *changelog) kind(name string) {
	at := slices.Index(kindsOfChanges, name)
	switch {
	case at < 0:
		c.complain("### %s is none of %v", name, kindsOfChanges)
	case slices.ContainsFunc(c.kinds, func(before string) bool { return slices.Index(kindsOfChanges, before) >= at }):
		c.complain("### %s of %s is not in the order %v", name, c.versions[len(c.versions)-1], kindsOfChanges)
	}
	c.kinds = append(c.kinds, name)
	c.entries = 0
}

func (c *changelog) endKind() {
	if len(c.kinds) > 0 && c.entries == 0 {
		c.complain("### %s has no entries", c.kinds[len(c.kinds)-1])
	}
}

// entry is a line below the heading of a kind: one entry of one list.
func (c *changelog) entry(line string) {
	const restarts = "**Restarts pods**"
	entry, ok := strings.CutPrefix(line, "- ")
	switch {
	case !ok:
		c.complain("%q is not an entry of its own line", line)
	case c.empty && c.entries > 0:
		c.complain("%q does not follow the entry before it at once", line)
	case strings.Contains(entry, restarts) && (!strings.HasPrefix(entry, restarts) || c.kinds[len(c.kinds)-1] != "Changed"):
		c.complain("%q must begin with %s, among what has changed", line, restarts)
	}
	c.entries++
}

func TestChangelog(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "CHANGELOG.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range changelogProblems(string(text)) {
		t.Error(problem)
	}
}

func TestChangelogProblems(t *testing.T) {
	const (
		begin = "# Changelog\n\nAll changes.\n\n## [Unreleased]\n\n"
		links = "\n[Unreleased]: https://example.com/compare\n"
	)
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"before the first version": {text: begin + "### Added\n\n- This.\n- That.\n\n### Fixed\n\n- That.\n" + links},
		"with versions": {
			text: begin + "## [1.0.0] - 2026-02-01\n\n### Changed\n\n- **Restarts pods** for this.\n\n## [1.0.0-rc.1] - 2026-01-31\n\n### Security\n\n- That.\n" +
				links + "[1.0.0]: https://example.com/1.0.0\n[1.0.0-rc.1]: https://example.com/1.0.0-rc.1\n",
		},
		"no title":      {text: strings.TrimPrefix(begin, "# Changelog\n") + links, want: []string{"it does not begin with # Changelog"}},
		"other kind":    {text: begin + "### News\n\n- This.\n" + links, want: []string{"### News is none of [Added Changed Deprecated Removed Fixed Security]"}},
		"other order":   {text: begin + "### Fixed\n\n- This.\n\n### Added\n\n- That.\n" + links, want: []string{"### Added of Unreleased is not in the order [Added Changed Deprecated Removed Fixed Security]"}},
		"twice":         {text: begin + "### Added\n\n- This.\n\n### Added\n\n- That.\n" + links, want: []string{"### Added of Unreleased is not in the order [Added Changed Deprecated Removed Fixed Security]"}},
		"no entries":    {text: begin + "### Added\n" + links, want: []string{"### Added has no entries"}},
		"two lists":     {text: begin + "### Added\n\n- This.\n\n- That.\n" + links, want: []string{`"- That." does not follow the entry before it at once`}},
		"wrapped entry": {text: begin + "### Added\n\n- This\n  and that.\n" + links, want: []string{`"  and that." is not an entry of its own line`}},
		"hidden restart": {
			text: begin + "### Fixed\n\n- This. **Restarts pods**.\n" + links,
			want: []string{`"- This. **Restarts pods**." must begin with **Restarts pods**, among what has changed`},
		},
		"no version": {
			text: begin + "## [next] - 2026-01-01\n" + links + "[next]: https://example.com\n", want: []string{"next is not a semantic version"},
		},
		"no date": {
			text: begin + "## [1.0.0]\n" + links + "[1.0.0]: https://example.com\n",
			want: []string{`1.0.0 has the date "", which is none, or later than that of the version above it`},
		},
		"rising versions": {
			text: begin + "## [1.0.0] - 2026-01-01\n\n## [1.1.0] - 2026-01-01\n" + links + "[1.0.0]: https://example.com\n[1.1.0]: https://example.com\n",
			want: []string{"1.1.0 comes after 1.0.0"},
		},
		"no link": {
			text: begin + "## [1.0.0] - 2026-01-01\n" + links, want: []string{`its links are of ["Unreleased"], its versions are ["Unreleased" "1.0.0"]`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, changelogProblems(test.text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
