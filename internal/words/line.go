// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package words

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Withheld begins what is shown in place of words that must not be.
const Withheld = "its output is withheld, as "

// ellipsis stands for what a line has no room for.
const ellipsis = "…"

// sequence matches what a terminal takes for a command, such as one that changes the color.
const sequence = `(?:\x1b\[|\x{9b})[0-?]*[ -/]*[@-~]`

var (
	sequences     = regexp.MustCompile(sequence)
	sequenceAhead = regexp.MustCompile("^" + sequence)
)

// Line is a text on one line, of at most so many characters, the end of it cut off. It has
// nothing that a terminal obeys, that can't be seen, or that changes how what follows is
// read: no controls, no marks of direction, no characters without width.
func Line(text string, limit int) string {
	text = plain(text)
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return string([]rune(text)[:limit-1]) + ellipsis
}

// panicked matches the line in which a Go program says why it panicked. The stacks come after that.
var panicked = regexp.MustCompile(`(?m)^(panic: |fatal error: ).*$`)

// LastLine is as Line, with the beginning of the text cut off: a program says last why it ends, unless it
// panics.
func LastLine(text string, limit int) string {
	if cause := panicked.FindString(text); cause != "" {
		return Line(cause, limit)
	}
	text = plain(text)
	over := utf8.RuneCountInString(text) - limit
	if over <= 0 {
		return text
	}
	return ellipsis + string([]rune(text)[over+1:])
}

// Plain is a line as Line makes it, of any length and with its spaces: what is indented stays so.
func Plain(text string) string {
	return strings.TrimRightFunc(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, unobeyed(strings.ReplaceAll(text, "\t", "    "))), unicode.IsSpace)
}

func plain(text string) string {
	return strings.Join(strings.Fields(unobeyed(text)), " ")
}

// unobeyed takes out of a text what a terminal obeys, other than spaces, and what can't be seen.
func unobeyed(text string) string {
	text = sequences.ReplaceAllString(strings.ToValidUTF8(text, ""), "")
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || visible(r) {
			return r
		}
		return -1
	}, text)
}

// visible reports whether a character shows.
func visible(r rune) bool {
	return unicode.IsPrint(r) && !unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// passwordInURL matches what stands for a password in a URL such as
// postgres://user:password@host. A password may itself hold an @; the last one ends it. Where
// there is none, the URL may have been cut off within a password: only a port is no password.
var (
	word            = regexp.MustCompile(`\S+`)
	passwordUpToAt  = regexp.MustCompile(`(://[^:@/\["']*:).*@`)
	passwordUnended = regexp.MustCompile(`(://[^:@/\["']*:)([^"'/?#]*)`)
)

// maskUnended masks passwords in what has no @.
func maskUnended(text string) string {
	return passwordUnended.ReplaceAllStringFunc(text, func(found string) string {
		parts := passwordUnended.FindStringSubmatch(found)
		if port.MatchString(parts[2]) || parts[2] == "" || parts[2] == Masked {
			return found
		}
		return parts[1] + Masked
	})
}

var port = regexp.MustCompile(`^[0-9]{1,5}[:;,.)]*$`)

// invalidPort matches the error by which Go quotes a password that it takes for a port.
var invalidPort = regexp.MustCompile(`(invalid port )"(?:[^"\\]|\\.)*"`)

// WithoutPasswordInURL masks what has the form of a password in a URL, whoever's it is.
func WithoutPasswordInURL(text string) string {
	text = word.ReplaceAllStringFunc(text, func(word string) string {
		// Apart, as the search for an @ in what has none would go over it for each URL.
		end := strings.LastIndexByte(word, '@') + 1
		return passwordUpToAt.ReplaceAllString(word[:end], "${1}"+Masked+"@") + maskUnended(word[end:])
	})
	return invalidPort.ReplaceAllString(text, `${1}"`+Masked+`"`)
}
