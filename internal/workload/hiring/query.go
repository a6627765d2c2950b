// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package hiring

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The limits of a page of a list.
const (
	maxLimit     = 100
	defaultLimit = 50
	maxOffset    = 10_000_000
)

// filter is a parameter that selects some of the records.
type filter struct {
	condition string // SQL with a ? for each use of the value
	order     string // SQL of another order than the newest first, or empty
	allowed   string // for the message about another value
	parse     func(string) (any, error)
}

// search returns the filter that finds a text in columns, whatever its case. The text is no
// pattern: % and _ stand for themselves.
func search(columns ...string) filter {
	conditions := make([]string, len(columns))
	for i, column := range columns {
		conditions[i] = "strpos(lower(" + column + "), lower(?)) > 0"
	}
	return filter{
		condition: "(" + strings.Join(conditions, " OR ") + ")",
		allowed:   fmt.Sprintf("a text of at most %d characters", maxName),
		parse: func(value string) (any, error) {
			err := text("q", &value, 0, maxName)
			return value, err
		},
	}
}

// reference returns the filter of a column that holds ids.
func reference(column string) filter {
	return filter{
		condition: column + " = ?",
		allowed:   "the id of a record",
		parse:     func(value string) (any, error) { return parseID(value) },
	}
}

// before returns the filter of a column's times before a time.
func before(column string) filter {
	return filter{
		condition: column + " < ?",
		allowed:   "a time such as 2030-01-31T15:00:00Z",
		parse:     func(value string) (any, error) { return time.Parse(time.RFC3339, value) },
	}
}

// since returns the filter of a column's times from a time on, the next of which is the first.
func since(column string) filter {
	f := before(column)
	f.condition, f.order = column+" >= ?", column+", id"
	return f
}

// page is what a client wants of a list.
type page struct {
	limit, offset int
	where, order  string // SQL with the parameters $1, $2 …
	arguments     []any
}

// first reports whether it is the beginning of the whole list.
func (p page) first() bool { return p.offset == 0 && len(p.arguments) == 0 }

// parsePage reads the parameters of a list.
func parsePage(rawQuery string, filters map[string]filter) (page, error) {
	p := page{limit: defaultLimit, order: "id DESC"}
	parameters, err := url.ParseQuery(rawQuery)
	if err != nil {
		return p, badRequest("the query is not valid: %v", err)
	}
	where := []string{"true"}
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		if len(parameters[name]) > 1 {
			return p, badRequest("%s must not be repeated", name)
		}
		value := parameters[name][0]
		filter, known := filters[name]
		switch {
		case name == "limit":
			p.limit, err = number(name, value, 1, maxLimit)
		case name == "offset":
			p.offset, err = number(name, value, 0, maxOffset)
		case known:
			argument, err := filter.parse(value)
			if err != nil {
				return p, badRequest("%s must be %s", name, filter.allowed)
			}
			p.arguments = append(p.arguments, argument)
			p.order = cmp.Or(filter.order, p.order)
			where = append(where, strings.ReplaceAll(filter.condition, "?", "$"+strconv.Itoa(len(p.arguments))))
		default:
			allowed := append(slices.Sorted(maps.Keys(filters)), "limit", "offset")
			return p, badRequest("unknown parameter %q: allowed are %s", name, strings.Join(allowed, ", "))
		}
		if err != nil {
			return p, err
		}
	}
	p.where = strings.Join(where, " AND ")
	return p, nil
}

func number(name, value string, least, most int) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < least || n > most {
		return 0, badRequest("%s must be a number from %d to %d", name, least, most)
	}
	return n, nil
}
