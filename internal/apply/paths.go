// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"fmt"
	"regexp"
	"strings"

	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// formatPath formats a path for people, such as
// spec.template.spec.containers[name="api"].image.
func formatPath(path fieldpath.Path) string {
	var b strings.Builder
	for _, e := range path {
		switch {
		case e.FieldName != nil && !identifier.MatchString(*e.FieldName):
			fmt.Fprintf(&b, "[%q]", *e.FieldName)
		default:
			b.WriteString(e.String())
		}
	}
	return strings.TrimPrefix(b.String(), ".")
}

func formatPaths(found []difference) []string {
	paths := make([]string, len(found))
	for i, d := range found {
		paths[i] = formatPath(d.path)
	}
	return paths
}

// describe returns how a field was changed.
func (d difference) describe(by string) string {
	what := formatPath(d.path) + " was changed"
	if d.live == nil {
		what = formatPath(d.path) + " was removed"
	}
	if by == "" {
		return what
	}
	return what + " by " + by
}

// maxNamed is how many fields an event names.
const maxNamed = 3

// enumerate joins the first few of several clauses.
func enumerate(clauses []string) string {
	if rest := len(clauses) - maxNamed; rest > 0 {
		return fmt.Sprintf("%s; and %d more", strings.Join(clauses[:maxNamed], "; "), rest)
	}
	return strings.Join(clauses, "; ")
}
