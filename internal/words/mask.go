// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package words makes the words of others fit to show in a status, an event and a terminal:
// what containers, the kubelet and users have written. Mask takes passwords out, Line what
// is not plain text.
package words

import (
	"bytes"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Masked stands for what is taken out.
const Masked = "***"

// run is the length, in bytes, of what is taken out wherever it stands: shorter pieces of a
// password are also pieces of ordinary words.
const run = 5

// Secrets are values that must not show. The zero value has none.
type Secrets struct {
	// runs are all runs of the values, in lower case.
	runs map[[run]byte]struct{}
	// short are the values that are shorter than a run. They are taken out as whole words.
	short map[string]struct{}
	// long means that a value is longer than any password: to look for it would take too much time and memory,
	// and all of a text is masked.
	long bool
}

// The limits of what is masked piece by piece: the length of a value and of a text, in bytes,
// and the number of pieces of values that are shorter than a run.
const (
	maxSecret = 4 << 10
	maxText   = 16 << 10
	maxShort  = 64
)

// AddPassword adds a password.
func (s *Secrets) AddPassword(password string) {
	password = strings.TrimSpace(password)
	if s.tooLong(password) {
		return
	}
	s.add(password)
	s.add(url.QueryEscape(password))                  // A space in it is a plus sign, which Mask does not decode.
	s.add(strings.Join(strings.Fields(password), "")) // Mask also looks at a text without its spaces.
}

// secretParameter matches the names of parameters of a URL that hold a password.
var secretParameter = regexp.MustCompile(`(?i)pass|pw|secret|token|auth|key|cred|options`)

// AddURL adds what is secret of the URL of a dependency: its password. Its scheme, user, host,
// path and other parameters belong to messages that are worth reading. Of a value that is not
// clearly such a URL all is secret but the scheme: which part is the password can't be told,
// and a client may find another one than the author has meant.
func (s *Secrets) AddURL(value string) {
	value = strings.TrimSpace(value)
	if s.tooLong(value) {
		return
	}
	_, rest, _ := strings.Cut(value, "://")
	location, err := url.Parse(value)
	if err != nil || location.Host == "" || location.Fragment != "" || strings.Contains(location.Path+location.RawQuery, "@") {
		s.addUnclear(value, rest)
		return
	}
	parameters, err := url.ParseQuery(location.RawQuery)
	if err != nil {
		s.addUnclear(value, rest)
		s.addParameters(location.RawQuery)
	}
	for name, values := range parameters {
		if secretParameter.MatchString(name) {
			for _, v := range values {
				s.AddPassword(v)
			}
		}
	}
	password, found := location.User.Password()
	if !found && strings.HasPrefix(location.Scheme, "redis") {
		password = location.User.Username() // Some clients take it for the password.
	}
	s.AddPassword(password)
	userinfo := rest[:strings.LastIndex(rest, "@")+1]
	_, written, _ := strings.Cut(strings.TrimSuffix(userinfo, "@"), ":")
	s.add(written)
}

// addUnclear adds a value of which it is not clear which part is the password, with what
// follows its scheme. A client that takes it for a URL ends the password, and quotes it, at any
// of a URL's delimiters: so the pieces are secret as well.
func (s *Secrets) addUnclear(value, rest string) {
	if rest == "" {
		s.AddPassword(value)
		return
	}
	s.AddPassword(rest)
	s.AddPassword(leniently(rest))
	_, password, found := strings.Cut(rest, ":")
	if !found {
		return
	}
	if i := strings.LastIndex(password, "@"); i >= 0 {
		password = password[:i]
	}
	for _, piece := range strings.FieldsFunc(password, func(r rune) bool { return strings.ContainsRune("#/?@:&=%[]", r) }) {
		if len(piece) > 1 {
			s.add(piece)
		}
	}
}

// addParameters adds the values of a URL's parameters of which some can't be decoded, so that
// clients do not agree where they end.
func (s *Secrets) addParameters(query string) {
	for parameter := range strings.SplitSeq(query, "&") {
		for i, piece := range strings.Split(parameter, ";") {
			_, written, found := strings.Cut(piece, "=")
			if !found && i > 0 {
				written = piece
			}
			s.addWritten(written)
		}
		_, written, _ := strings.Cut(parameter, "=")
		s.addWritten(written)
	}
}

// addWritten adds a value of a URL's parameter, in the ways in which clients may decode it.
func (s *Secrets) addWritten(value string) {
	if len(value) > 1 {
		s.AddPassword(value)
		s.AddPassword(leniently(strings.ReplaceAll(value, "+", " ")))
	}
}

// leniently decodes what is percent-encoded of a text, and leaves the rest.
func leniently(text string) string {
	return string(source(text).decode(unpercented).text)
}

func (s *Secrets) tooLong(value string) bool {
	s.long = s.long || len(value) > maxSecret
	return s.long
}

func (s *Secrets) add(secret string) {
	lower := lowerCase([]byte(secret))
	if len(lower) < run {
		s.addShort(string(lower))
		return
	}
	if s.runs == nil {
		s.runs = map[[run]byte]struct{}{}
	}
	for i := range len(lower) - run + 1 {
		s.runs[[run]byte(lower[i:])] = struct{}{}
	}
}

func (s *Secrets) addShort(piece string) {
	if piece == "" {
		return
	}
	if s.short == nil {
		s.short = map[string]struct{}{}
	}
	s.short[piece] = struct{}{}
}

// AddPieces adds the pieces of a value that is no password as a whole, such as the lines of a file, and reports whether it
// has added all: those that are shorter than five characters are left out where there are too many of them, as for
// each other one all of a text would be masked.
func (s *Secrets) AddPieces(pieces *Secrets) bool {
	s.long = s.long || pieces.long
	if s.runs == nil {
		s.runs = map[[run]byte]struct{}{}
	}
	maps.Copy(s.runs, pieces.runs)
	short := maps.Clone(pieces.short)
	maps.DeleteFunc(short, func(piece string, _ struct{}) bool { _, known := s.short[piece]; return known })
	if len(s.short)+len(short) > maxShort/2 {
		return len(short) == 0
	}
	for piece := range short {
		s.addShort(piece)
	}
	return true
}

// All reports whether all of each text is masked: a value is longer than any password, or there are too many pieces that
// are shorter than five characters.
func (s *Secrets) All() bool { return s.long || len(s.short) > maxShort }

// maxPasses bounds how often a text is masked again, as what is left may form a new run.
const maxPasses = 8

// Mask takes out of a text every run of five characters or more that it has in common with a
// secret, whatever the case, and secrets that are shorter as whole words. It finds them also
// where they are percent-encoded, escaped, in Base64, or broken into lines. A text of more
// than 16 KiB is masked as a whole.
func (s *Secrets) Mask(text string) string {
	if s.All() || len(text) > maxText {
		return Masked
	}
	if len(s.runs)+len(s.short) == 0 {
		return text
	}
	for range maxPasses {
		next := s.mask(text)
		if next == text {
			return text
		}
		text = next
	}
	return Masked
}

func (s *Secrets) mask(text string) string {
	secret := make([]bool, len(text))
	for _, v := range views(text) {
		s.find(v, secret)
	}
	var out strings.Builder
	for i := 0; i < len(text); {
		end := i
		for end < len(text) && (secret[end] || end > i && !utf8.RuneStart(text[end])) {
			end++
		}
		if end > i {
			out.WriteString(Masked)
			i = end
			continue
		}
		// A character of which a part is secret is secret.
		_, size := utf8.DecodeRuneInString(text[i:])
		if slices.Contains(secret[i:i+size], true) {
			secret[i] = true
			continue
		}
		out.WriteString(text[i : i+size])
		i += size
	}
	return out.String()
}

// find marks in the source of a view what is secret in the view.
func (s *Secrets) find(v view, secret []bool) {
	lower := lowerCase(v.text)
	mark := func(i, length int) {
		for at := v.from[i]; at < v.to[i+length-1]; at++ {
			secret[at] = true
		}
	}
	for i := range max(len(lower)-run+1, 0) {
		if _, found := s.runs[[run]byte(lower[i:])]; found {
			mark(i, run)
		}
	}
	for short := range s.short {
		for i := 0; ; i++ {
			next := bytes.Index(lower[i:], []byte(short))
			if next < 0 {
				break
			}
			i += next
			if end := i + len(short); edge(lower, i) && edge(lower, end) {
				mark(i, len(short))
			}
		}
	}
}

// edge reports whether a word may begin or end at an index.
func edge(text []byte, i int) bool {
	return i == 0 || i == len(text) || !wordByte(text[i-1]) || !wordByte(text[i])
}

func wordByte(c byte) bool {
	return c >= utf8.RuneSelf || c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// lowerCase lowers letters of ASCII alone, so that the length stays the same.
func lowerCase(text []byte) []byte {
	lower := bytes.Clone(text)
	for i, c := range lower {
		if c >= 'A' && c <= 'Z' {
			lower[i] = c + 'a' - 'A'
		}
	}
	return lower
}
