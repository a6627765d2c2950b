// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"fmt"
	"io"
	"strings"

	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
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

// look is how a result is printed.
func look(r Result, colors plugin.Colors) string {
	switch r {
	case Pass:
		return colors.Good("pass")
	case Warn:
		return colors.Warn("WARN")
	case Fail:
		return colors.Bad("FAIL")
	case NotChecked:
	}
	return colors.Faint("?   ")
}

// Print writes checks for a person, in groups, with a summary at the end.
func Print(out io.Writer, checks []Check, colors plugin.Colors) error {
	var text strings.Builder
	group := ""
	for _, c := range checks {
		if title := titleOf(c); title != group {
			if group != "" {
				text.WriteString("\n")
			}
			text.WriteString(colors.Bold(title) + "\n")
			group = title
		}
		message := c.Message
		if c.Result == NotChecked {
			message = "not checked: " + message
		}
		fmt.Fprintf(&text, "  %s  %s: %s\n", look(c.Result, colors), c.Name, message)
		if c.Remedy != "" {
			fmt.Fprintf(&text, "        → %s\n", c.Remedy)
		}
	}
	counts := NewReport(checks).Summary
	fmt.Fprintf(&text, "\n%d passed, %s, %d failed, %d not checked\n", counts[Pass], plugin.Count(counts[Warn], "warning"), counts[Fail], counts[NotChecked])
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
