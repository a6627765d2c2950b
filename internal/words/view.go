// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package words

import (
	"html"
	"regexp"
	"slices"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// view is a text as somebody may read it, such as with its percent-encoding decoded. Each
// byte comes from a range of the source.
type view struct {
	text     []byte
	from, to []int
}

// maxLayers bounds the encodings in one another that are decoded: a quoted string in a
// quoted string that has been broken into lines.
const maxLayers = 3

// newView is an empty view, with room for so many bytes.
func newView(size int) view {
	return view{text: make([]byte, 0, size), from: make([]int, 0, size), to: make([]int, 0, size)}
}

// views are the source and what it may be decoded to.
func views(text string) []view {
	all := decoded([]view{source(text)}, maxLayers, squeezed, unpercented, unescaped, unmarked)
	for _, v := range slices.Clone(all) {
		for alignment := range 4 {
			if b := v.unbase64(alignment); len(b.text) >= run {
				all = append(all, decoded([]view{b}, 1, squeezed, unpercented, unescaped, unmarked)...)
			}
		}
	}
	return all
}

// source is a text as it is.
func source(text string) view {
	v := newView(len(text))
	for i := range len(text) {
		v.append(text[i], i, i+1)
	}
	return v
}

// decoder decodes the head of a text, and returns how many bytes that took.
type decoder func(text []byte) (head []byte, taken int)

// decoded returns views, and what decoders make of them in some layers.
func decoded(all []view, layers int, decoders ...decoder) []view {
	latest := all
	for range layers {
		var next []view
		for _, v := range latest {
			for _, decode := range decoders {
				d := v.decode(decode)
				if !slices.ContainsFunc(all, d.equal) && !slices.ContainsFunc(next, d.equal) {
					next = append(next, d)
				}
			}
		}
		all, latest = append(all, next...), next
	}
	return all
}

func (v view) equal(other view) bool { return slices.Equal(v.text, other.text) }

func (v view) decode(decode decoder) view {
	d := newView(len(v.text))
	for i := 0; i < len(v.text); {
		head, taken := decode(v.text[i:])
		for _, c := range head {
			d.append(c, v.from[i], v.to[i+taken-1])
		}
		i += taken
	}
	return d
}

func (v *view) append(c byte, from, to int) {
	v.text, v.from, v.to = append(v.text, c), append(v.from, from), append(v.to, to)
}

// squeezed leaves out what breaks a word without being seen, or where a line ends.
func squeezed(text []byte) (head []byte, taken int) {
	switch {
	case text[0] == ' ':
		return nil, 1
	case text[0] > ' ' && text[0] < 0x7f:
		return text[:1], 1
	}
	if ahead := sequenceAhead.Find(text); ahead != nil {
		return nil, len(ahead)
	}
	r, size := utf8.DecodeRune(text)
	if unicode.IsSpace(r) || r == utf8.RuneError && size == 1 || !visible(r) {
		return nil, size
	}
	return text[:size], size
}

// unpercented decodes percent-encoding.
func unpercented(text []byte) (head []byte, taken int) {
	if text[0] == '%' {
		if value, ok := number(text[1:], 2, 16); ok {
			return []byte{byte(value)}, 3 //nolint:gosec // of two digits
		}
	}
	return text[:1], 1
}

// unescaped decodes the escapes of a quoted string: those of Go, JSON, C and the shell.
func unescaped(text []byte) (head []byte, taken int) {
	if text[0] != '\\' || len(text) == 1 {
		return text[:1], 1
	}
	for _, e := range []struct {
		prefix       string
		digits, base int
	}{{`\x`, 2, 16}, {`\u`, 4, 16}, {`\U`, 8, 16}, {`\`, 3, 8}} {
		if len(text) < len(e.prefix) || string(text[:len(e.prefix)]) != e.prefix {
			continue
		}
		if value, ok := number(text[len(e.prefix):], e.digits, e.base); ok {
			if e.digits > 3 {
				return utf8.AppendRune(nil, rune(value)), len(e.prefix) + e.digits //nolint:gosec // any that is none is replaced
			}
			return []byte{byte(value)}, len(e.prefix) + e.digits //nolint:gosec // as an overflow is read, too
		}
	}
	switch text[1] {
	case 'n', 'r', 't', 'a', 'b', 'f', 'v':
		return []byte{' '}, 2
	}
	return text[1:2], 2
}

// character matches what stands for a character in HTML and XML.
var character = regexp.MustCompile(`^&(?:#[0-9]{1,32}|#[xX][0-9a-fA-F]{1,32}|[a-zA-Z][a-zA-Z0-9]{1,31});?`)

// unmarked decodes the characters of HTML and XML.
func unmarked(text []byte) (head []byte, taken int) {
	if text[0] == '&' {
		if found := character.Find(text[:min(len(text), 40)]); found != nil {
			return []byte(html.UnescapeString(string(found))), len(found)
		}
	}
	return text[:1], 1
}

// number is the number that a text begins with, of so many digits.
func number(text []byte, digits, base int) (uint32, bool) {
	if len(text) < digits {
		return 0, false
	}
	value, err := strconv.ParseUint(string(text[:digits]), base, 32)
	return uint32(value), err == nil
}

// unbase64 decodes all that may be Base64, of either alphabet, as if each such piece began at
// an alignment. A NUL stands between two of them.
func (v view) unbase64(alignment int) view {
	d := newView(len(v.text))
	begin := 0
	for i := 0; i <= len(v.text); i++ {
		if i < len(v.text) && sextet(v.text[i]) >= 0 {
			continue
		}
		for at := begin + alignment; at+1 < i; at++ {
			if (at-begin-alignment)%4 == 3 {
				continue
			}
			// Of a group of four characters, each byte takes bits of two neighbours.
			shift := 2 * ((at - begin - alignment) % 4)
			bits := sextet(v.text[at])<<6 | sextet(v.text[at+1])
			d.append(byte(bits>>(4-shift)), v.from[at], v.to[at+1]) //nolint:gosec // the rest belongs to others
		}
		if begin = i + 1; i < len(v.text) {
			d.append(0, v.from[i], v.from[i])
		}
	}
	return d
}

// sextet is what a character of Base64 stands for; -1 for another character.
func sextet(c byte) int {
	switch {
	case c >= 'A' && c <= 'Z':
		return int(c - 'A')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 26
	case c >= '0' && c <= '9':
		return int(c-'0') + 52
	case c == '+', c == '-':
		return 62
	case c == '/', c == '_':
		return 63
	}
	return -1
}
