// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

// The keys that the programs of a tracker and the operator write (docs/telemetry.md), and what
// other programs commonly write in their place.
var (
	keysOfTime  = []string{"timestamp", "time", "ts"}
	keysOfLevel = []string{"level", "severity"}
	keysOfEvent = []string{"event", "msg", "message"}
)

const (
	keyLogger = "logger"
	keyStack  = "stack"

	// ownLogger begins the loggers of a tracker's programs, which the pod's name says already.
	ownLogger = "tracker."
)

// field is a key of a JSON line.
type field struct {
	key   string
	value json.RawMessage
}

// printer prints lines.
type printer struct {
	out io.Writer
	// unchanged prints lines as the container has written them.
	unchanged bool
	// color sets each pod's name apart by a color.
	color bool
	// width is that of the longest name of a source so far.
	width  int
	colors map[string]int
}

// podColors are the colors of pods, one after the other: those of a terminal that can be read on
// dark and on light.
var podColors = []int{36, 33, 35, 32, 34, 96, 93, 95, 92, 94}

// levelColors are those of levels that a reader looks for.
var levelColors = map[string]int{"WARNING": 33, "ERROR": 31, "CRITICAL": 31}

// print prints a line.
func (p *printer) print(l *line) error {
	if p.unchanged {
		_, err := io.WriteString(p.out, unchanged(l)+"\n")
		return err
	}
	name := l.source.short()
	p.widen(l.source)
	head := l.at.UTC().Format("2006-01-02T15:04:05.000Z") + " " + p.paint(p.colorOf(l.source.pod), fmt.Sprintf("%-*s", p.width, name)) + " "
	_, err := io.WriteString(p.out, head+p.readable(l)+"\n")
	return err
}

// widen makes room for the name of a source.
func (p *printer) widen(s *source) { p.width = max(p.width, utf8.RuneCountInString(s.short())) }

// unchanged is a line as it was written, but for what a terminal would obey. In a JSON line that
// is escaped: it has the same value.
func unchanged(l *line) string {
	if l.left == 0 && json.Valid([]byte(l.text)) {
		return escaped(l.text)
	}
	return words.Plain(l.text) + leftOut(l)
}

// escaped writes what is not plain text in a JSON line as JSON's escapes. Outside of strings,
// JSON has ASCII alone, and in them no controls below a space.
func escaped(text string) string {
	var out strings.Builder
	for _, r := range strings.ToValidUTF8(text, "\ufffd") {
		switch {
		case r >= ' ' && r < utf8.RuneSelf && r != '\x7f' || words.Plain(string(r)) == string(r):
			out.WriteRune(r)
		case r < ' ':
			out.WriteByte(' ') // Between values, a tab or a carriage return is a space.
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.String()
}

// readable is a JSON line for people: level, event, and the other keys. Another text stays as it
// is.
func (p *printer) readable(l *line) string {
	fields, valid := parse(l.text)
	event, named := take(&fields, keysOfEvent)
	if !valid || !named || l.left > 0 {
		return words.Plain(l.text) + leftOut(l)
	}
	_, _ = take(&fields, keysOfTime)
	level, _ := take(&fields, keysOfLevel)
	level = strings.ToUpper(level)
	stack, _ := take(&fields, []string{keyStack})

	var out strings.Builder
	out.WriteString(p.paint(levelColors[level], fmt.Sprintf("%-7s", words.Plain(level))) + " " + words.Line(event, maxLine))
	for _, f := range fields {
		value := text(f.value)
		if f.key == keyLogger && strings.HasPrefix(value, ownLogger) {
			continue
		}
		out.WriteString(" " + words.Line(f.key, maxLine) + "=" + quoted(value))
	}
	for frame := range strings.Lines(stack) {
		out.WriteString("\n    " + words.Plain(frame))
	}
	return out.String()
}

func leftOut(l *line) string {
	if l.left == 0 {
		return ""
	}
	return fmt.Sprintf(" … (%d bytes of this line are left out)", l.left)
}

// parse returns the fields of a JSON object in their order.
func parse(text string) ([]field, bool) {
	decoder := json.NewDecoder(strings.NewReader(text))
	if first, err := decoder.Token(); err != nil || first != json.Delim('{') {
		return nil, false
	}
	var fields []field
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil, false
		}
		name, isString := key.(string)
		f := field{key: name}
		if err := decoder.Decode(&f.value); err != nil || !isString {
			return nil, false
		}
		fields = append(fields, f)
	}
	if _, err := decoder.Token(); err != nil {
		return nil, false
	}
	_, err := decoder.Token()
	return fields, errors.Is(err, io.EOF)
}

// take removes the first of some keys that is there from fields, and returns its value.
func take(fields *[]field, keys []string) (string, bool) {
	for _, key := range keys {
		i := slices.IndexFunc(*fields, func(f field) bool { return f.key == key })
		if i >= 0 {
			value := text((*fields)[i].value)
			*fields = slices.Delete(*fields, i, i+1)
			return value, true
		}
	}
	return "", false
}

// text is a JSON value as text: a string without its quotation marks, and the rest as it is.
func text(value json.RawMessage) string {
	var s string
	if json.Unmarshal(value, &s) == nil && !bytes.Equal(value, []byte("null")) {
		return s
	}
	var compact bytes.Buffer
	if json.Compact(&compact, value) != nil {
		return string(value)
	}
	return compact.String()
}

// quoted is a value in quotation marks where it could not be read without them.
func quoted(value string) string {
	plain := words.Line(value, maxLine)
	if plain == "" || strings.ContainsAny(plain, ` "=`) && !strings.HasPrefix(plain, "{") && !strings.HasPrefix(plain, "[") {
		return strconv.Quote(plain)
	}
	return plain
}

// colorOf returns the color of a pod: the next one for one that is new.
func (p *printer) colorOf(pod string) int {
	if p.colors == nil {
		p.colors = map[string]int{}
	}
	color, known := p.colors[pod]
	if !known {
		color = podColors[len(p.colors)%len(podColors)]
		p.colors[pod] = color
	}
	return color
}

func (p *printer) paint(color int, text string) string {
	if !p.color || color == 0 {
		return text
	}
	return fmt.Sprintf("\x1b[%dm%s\x1b[0m", color, text)
}
