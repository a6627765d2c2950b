// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

const (
	// maxMasked bounds a text that is masked at once, in bytes: of a longer one nothing would be left.
	maxMasked = 16 << 10

	// chunk is how much of a long value is added at once, in bytes. Chunks overlap, so that each
	// piece of a value that would be found is in one of them.
	chunk   = 4000
	overlap = 16

	// minSecret is the length of a value, in bytes, from which on it can be a secret: to mask each 1
	// and each no would leave nothing to read.
	minSecret = 3
)

// masker takes what is secret out of texts: the values that it has been given, and whatever looks
// like a secret. The zero value knows no values.
type masker struct {
	secrets words.Secrets
}

// public are the keys of Secrets whose values are no secrets by themselves, and are also words that
// a reader needs.
var public = []string{"username", "user", "host", "hostname", "port", "dbname", "database", "type", "ca.crt", "tls.crt"}

// addSecret adds the value of a key of a Secret that is not selected as a secret: the key's name alone can say that it is
// none. It reports whether all of it will be masked.
func (m *masker) addSecret(key string, value []byte) bool {
	if slices.Contains(public, key) && !bytes.Contains(value, []byte("://")) {
		return true
	}
	return m.addValue(string(value))
}

// addValue adds a value, of whatever form it is, and reports whether all of it will be masked: of one that has too many short
// pieces, those are not.
func (m *masker) addValue(value string) bool {
	value = strings.TrimSpace(value)
	var document any
	pieces := &masker{}
	switch {
	case len(value) < minSecret || value == "true" || value == "false":
		return true
	case strings.HasPrefix(value, "{") && json.Unmarshal([]byte(value), &document) == nil:
		pieces.addDocument("", document)
	case strings.Contains(value, "-----BEGIN "):
		pieces.addPEM(value)
	case strings.Contains(value, "\n"):
		for line := range strings.Lines(value) {
			pieces.addValue(line)
		}
	case strings.Contains(value, "://"):
		m.addURL(value)
		return true
	default:
		m.addText(value)
		return true
	}
	return m.secrets.AddPieces(&pieces.secrets)
}

// addDocument adds the texts of a JSON document, such as the credentials of an image registry.
func (m *masker) addDocument(key string, document any) {
	switch d := document.(type) {
	case map[string]any:
		for k, value := range d {
			m.addDocument(k, value)
		}
	case []any:
		for _, value := range d {
			m.addDocument(key, value)
		}
	case string:
		m.addSecret(key, []byte(d))
	}
}

// marker matches what begins and ends a PEM block.
var marker = regexp.MustCompile(`-----(BEGIN|END) ([^-\n]*)-----`)

// addPEM adds what PEM blocks hold, but for certificates. They may be on one line, as in a variable, with their ends of lines
// escaped.
func (m *masker) addPEM(value string) {
	value = strings.NewReplacer(`\r`, "", `\n`, "\n").Replace(value)
	certificate := false
	add := func(text string) {
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); !certificate && len(line) >= minSecret {
				m.addText(line)
			}
		}
	}
	at := 0
	for _, found := range marker.FindAllStringSubmatchIndex(value, -1) {
		add(value[at:found[0]])
		certificate = value[found[2]:found[3]] == "BEGIN" && value[found[4]:found[5]] == "CERTIFICATE"
		at = found[1]
	}
	add(value[at:])
}

// addURL adds what is secret of a URL. In the path of an address of the web may be a key, as in those of
// chat systems' incoming webhooks.
func (m *masker) addURL(value string) {
	for piece := range chunks(value) {
		m.secrets.AddURL(piece)
	}
	if location, err := url.Parse(value); err == nil && strings.HasPrefix(location.Scheme, "http") {
		_, rest, _ := strings.Cut(value, "://")
		if i := strings.IndexAny(rest, "/?#"); i >= 0 && len(rest)-i > minSecret {
			m.addText(rest[i+1:])
		}
	}
}

// addHeaders adds the values of the headers of telemetry.
func (m *masker) addHeaders(value string) {
	headers, _ := contract.ParseHeaders(value) // What can't be read is among them as it is written.
	for _, h := range headers {
		m.addText(h.Written)
		m.addText(h.Value)
	}
}

func (m *masker) addText(text string) {
	for piece := range chunks(text) {
		m.secrets.AddPassword(piece)
	}
}

// chunks yields a text in pieces that are short enough to be looked for.
func chunks(text string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for len(text) > chunk {
			if !yield(text[:chunk]) {
				return
			}
			text = text[chunk-overlap:]
		}
		yield(text)
	}
}

// What looks like a secret, whoever's it is. The first group stays.
var (
	privateKey = regexp.MustCompile(`(?s)(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)`)
	token      = regexp.MustCompile(`()\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?`)
	credential = regexp.MustCompile(`(?i)(\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,}`)
	assigned   = regexp.MustCompile(`(?i)((?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|authorization)` +
		`\\*["']?\s*[:=]\s*\\*["']?)(?:bearer |basic )?[^\s"'\\,;&}\]]+`)
)

// text masks a text, line by line.
func (m *masker) text(text string) string {
	text = replace(privateKey, text)
	if len(text) <= maxMasked && !strings.Contains(text, "\n") {
		return m.line(text)
	}
	var out strings.Builder
	out.Grow(len(text))
	for line := range strings.Lines(text) {
		body := strings.TrimSuffix(line, "\n")
		out.WriteString(m.line(body))
		out.WriteString(line[len(body):])
	}
	return out.String()
}

func (m *masker) line(line string) string {
	if len(line) > maxMasked {
		return words.Masked + " (a line that is too long to be masked)"
	}
	line = words.WithoutPasswordInURL(m.secrets.Mask(line))
	for _, pattern := range []*regexp.Regexp{token, credential, assigned} {
		line = replace(pattern, line)
	}
	return line
}

func replace(pattern *regexp.Regexp, text string) string {
	return pattern.ReplaceAllString(text, "${1}"+words.Masked)
}

// bytes masks a file.
func (m *masker) bytes(content []byte) []byte {
	return []byte(m.text(string(bytes.ToValidUTF8(content, []byte("\ufffd")))))
}

// distinct reports whether a value is so unlike words that whatever is equal to it may be masked
// everywhere.
func distinct(value string) bool {
	letters := strings.IndexFunc(value, func(r rune) bool { return !unicode.IsLetter(r) }) < 0
	return len(value) >= 6 && !letters || len(value) >= 12
}
