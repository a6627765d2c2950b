// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"fmt"
	"io"
	"strings"
)

// Report is what is printed as JSON and YAML.
type Report struct {
	Checks  []Check        `json:"checks"`
	Summary map[Result]int `json:"summary"`
}

// NewReport counts the results of checks.
func NewReport(checks []Check) Report {
	summary := map[Result]int{Pass: 0, Warn: 0, Fail: 0, NotChecked: 0}
	for _, c := range checks {
		summary[c.Result]++
	}
	return Report{Checks: checks, Summary: summary}
}

// looks are how results are printed: the word, and the code of its colour.
var looks = map[Result]struct{ word, color string }{
	Pass:       {"pass", "32"},
	Warn:       {"WARN", "33"},
	Fail:       {"FAIL", "31"},
	NotChecked: {"?", "36"},
}

// Print writes checks for a person, in groups, with a summary at the end.
func Print(out io.Writer, checks []Check, colored bool) error {
	var text strings.Builder
	group := ""
	for _, c := range checks {
		if title := titleOf(c); title != group {
			if group != "" {
				text.WriteString("\n")
			}
			text.WriteString(title + "\n")
			group = title
		}
		look := looks[c.Result]
		word := fmt.Sprintf("%-4s", look.word)
		if colored {
			word = "\x1b[" + look.color + "m" + word + "\x1b[0m"
		}
		message := c.Message
		if c.Result == NotChecked {
			message = "not checked: " + message
		}
		fmt.Fprintf(&text, "  %s  %s: %s\n", word, c.Name, message)
		if c.Remedy != "" {
			fmt.Fprintf(&text, "        → %s\n", c.Remedy)
		}
	}
	counts := NewReport(checks).Summary
	fmt.Fprintf(&text, "\n%d passed, %s, %d failed, %d not checked\n", counts[Pass], count(counts[Warn], "warning"), counts[Fail], counts[NotChecked])
	_, err := io.WriteString(out, text.String())
	return err
}

// titleOf is the title of the group of a check.
func titleOf(c Check) string {
	switch {
	case c.Tracker != "":
		return "Tracker " + c.Namespace + "/" + c.Tracker
	case c.Namespace != "":
		return "Namespace " + c.Namespace
	}
	return "Cluster"
}
