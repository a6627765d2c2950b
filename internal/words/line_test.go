// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package words

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

func TestLine(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"plain":               {"plain", "plain"},
		"other languages":     {"naïve 日本語 ✓ e\u0301", "naïve 日本語 ✓ e\u0301"},
		"lines":               {" one\r\n\ttwo \u2028three\u2029 four\u0085five\u00a0six ", "one two three four five six"},
		"colors":              {"\x1b[1;31mred\x1b[0m \u009b32mgreen", "red green"},
		"commands":            {"a\x1b]0;title\x07b\x1bc", "a]0;titlebc"},
		"controls":            {"a\x00b\x08c\x7fd\u0080e\u009ff", "abcdef"},
		"direction":           {"a\u202ab\u202bc\u202cd\u202de\u202ef\u2066g\u2067h\u2068i\u2069j\u200ek\u200fl\u061cm", "abcdefghijklm"},
		"no width":            {"a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg\u034fh\ufe0fi\U000e0041j", "abcdefghij"},
		"invalid UTF-8":       {"a\xffb\xc3\x28\xed\xa0\x80", "ab("},
		"as long as it may":   {strings.Repeat("é", 40), strings.Repeat("é", 40)},
		"longer":              {strings.Repeat("é", 41), strings.Repeat("é", 39) + "…"},
		"longer by invisible": {strings.Repeat("é", 40) + "\u200b", strings.Repeat("é", 40)},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Line(test.text, 40); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
	if got := LastLine("a\n"+strings.Repeat("é", 40), 40); got != "…"+strings.Repeat("é", 39) {
		t.Errorf("the last line is %q", got)
	}
	const trace = "{\"level\": \"info\"}\npanic: assignment to entry in nil map\n\ngoroutine 1 [running]:\nmain.run()\n\t/app/main.go:98 +0x5e\n"
	if got, want := LastLine(trace, 60), "panic: assignment to entry in nil map"; got != want {
		t.Errorf("of a panic it is %q, want %q", got, want)
	}
}

func TestPlainKeepsSpaces(t *testing.T) {
	for text, want := range map[string]string{
		"goroutine 1:\n":                 "goroutine 1:",
		"\t/app/main.go:7  +0x1\r\n":     "    /app/main.go:7  +0x1",
		"\x1b[31m  red\x1b[0m\u202e":     "  red",
		"a\rb\u0085c\u00a0d\x00e\u009bm": "a b c de",
		strings.Repeat("é", 5000):        strings.Repeat("é", 5000),
	} {
		if got := Plain(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzLine(f *testing.F) {
	f.Add("\x1b[31mred\x1b\x1b[0m[0m\u202e\xff")
	f.Fuzz(func(t *testing.T, text string) {
		for _, got := range []string{Line(text, 20), LastLine(text, 20)} {
			if utf8.RuneCountInString(got) > 20 || !utf8.ValidString(got) || Line(got, 20) != got {
				t.Errorf("%q", got)
			}
			for _, r := range got {
				if unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) {
					t.Errorf("%U in %q", r, got)
				}
			}
		}
	})
}

func TestWithoutPasswordInURL(t *testing.T) {
	for text, want := range map[string]string{
		"postgres://u:secret@db/x is down":                       "postgres://u:***@db/x is down",
		"redis://:p@ss@r:6379":                                   "redis://:***@r:6379",
		`parse "postgres://u:pa": invalid port ":pa" after host`: `parse "postgres://u:***": invalid port "***" after host`,
		"postgres://u:secr":                                      "postgres://u:***",
		"postgres://u:***@db":                                    "postgres://u:***@db",
		`Get "http://10.0.0.1:8000/health": refused`:             `Get "http://10.0.0.1:8000/health": refused`,
		`Get "http://[fd00::1]:8000/health": refused`:            `Get "http://[fd00::1]:8000/health": refused`,
		"http://api:8000: refused":                               "http://api:8000: refused",
		"https://registry/app:1.0":                               "https://registry/app:1.0",
		"postgres://db:5432/x":                                   "postgres://db:5432/x",
	} {
		if got := WithoutPasswordInURL(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// The time that it takes grows with the text, not with its square: a message may have many
// URLs that are not ended.
func TestManyURLs(t *testing.T) {
	for name, text := range map[string]string{
		"none ends":     strings.Repeat("://a:/", 1<<14),
		"the first":     "@" + strings.Repeat("://a:/", 1<<14),
		"the last":      strings.Repeat("://a:/", 1<<14) + "@",
		"ports":         strings.Repeat(`invalid port "`, 1<<13),
		"escaped quote": `invalid port "` + strings.Repeat(`\"`, 1<<15),
	} {
		t.Run(name, func(t *testing.T) {
			done := make(chan struct{})
			go func() {
				defer close(done)
				WithoutPasswordInURL(text)
			}()
			select {
			case <-done:
			case <-time.After(30 * time.Second): // It takes less than a second; its square would take minutes.
				t.Error("not done")
			}
		})
	}
}
