// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package words

import (
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// What clients print of a URL whose password stands in a parameter that Go can't read.
func TestAttackPasswordInAParameter(t *testing.T) {
	for name, test := range map[string]struct{ url, text, not string }{
		"libpq's error, invalid percent": {
			"postgres://u@db.example.com/x?password=100%sure-Horse", `invalid percent-encoded token: "100%sure-Horse"`, "sure-Horse",
		},
		"a semicolon":          {"postgres://u@db.example.com/x?sslmode=require&password=c0rrect;Horse", `password=c0rrect;Horse refused`, "c0rrect"},
		"semicolon separators": {"postgres://db.example.com/x?user=u;password=c0rrect-Horse", `user=u password=c0rrect-Horse`, "c0rrect"},
		"an empty name":        {"redis://r:6379/0?password=c0rrect-Horse", "AUTH c0rrect-Horse", "c0rrect"},
		"pw":                   {"postgres://db/x?pw=c0rrect-Horse", "c0rrect-Horse", "c0rrect"},
		"credential":           {"postgres://db/x?credentials=c0rrect-Horse", "c0rrect-Horse", "c0rrect"},
		"key":                  {"redis://r/0?access_key=c0rrect-Horse", "c0rrect-Horse", "c0rrect"},
		"options":              {"postgres://u:p4ssw0rd@db/x?options=-c%20my.secret%3Dc0rrect-Horse", "c0rrect-Horse", "c0rrect"},
		"socket":               {"redis+socket://u:c0rrect-Horse@/tmp/r.sock?password=Battery-Staple", "Battery-Staple", "Battery"},
		"two hosts":            {"postgres://u:c0rrect-Horse@a:1,b:2/x", "c0rrect-Horse", "c0rrect"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &Secrets{}
			s.AddURL(test.url)
			got := WithoutPasswordInURL(s.Mask(test.text))
			t.Log(got)
			if test.not != "" && strings.Contains(got, test.not) {
				t.Errorf("%s shows %q of %s", got, test.not, test.url)
			}
		})
	}
}

// The forms in which programs of other languages print a password.
func TestAttackOtherEncodings(t *testing.T) {
	const password = `x7"K'9&m<Z2>q`
	for name, text := range map[string]string{
		"Python's html.escape": "x7&quot;K&#x27;9&amp;m&lt;Z2&gt;q",
		"Java's, decimal":      "x7&#34;K&#39;9&#38;m&#60;Z2&#62;q",
		"XML":                  "x7&quot;K&apos;9&amp;m&lt;Z2&gt;q",
		"shell quotes":         `'x7"K'"'"'9&m<Z2>q'`,
		"SQL quotes":           `'x7"K''9&m<Z2>q'`,
		"twice":                "x7&amp;quot;K&amp;#x27;9&amp;amp;m&amp;lt;Z2&amp;gt;q",
	} {
		t.Run(name, func(t *testing.T) {
			s := &Secrets{}
			s.AddURL("postgres://u:" + url.QueryEscape(password) + "@db/x")
			s.AddPassword(password)
			got := s.Mask(text)
			t.Log(got)
			if left := strings.NewReplacer(Masked, "").Replace(got); strings.Contains(left, "Z2") {
				t.Errorf("%s shows a part of %s", got, password)
			}
		})
	}
	s := &Secrets{}
	s.AddPassword("c0rrect-Horse")
	for name, text := range map[string]string{
		"hex":           hex.EncodeToString([]byte("c0rrect-Horse")),
		"hex, spaced":   fmt.Sprintf("% x", "c0rrect-Horse"),
		"bytes":         fmt.Sprint([]byte("c0rrect-Horse")),
		"hex dump":      hex.Dump([]byte("password c0rrect-Horse-Battery")),
		"spaced":        "c 0 r r e c t - H o r s e",
		"UTF-16":        "c\x000\x00r\x00r\x00e\x00c\x00t\x00-\x00H\x00o\x00r\x00s\x00e\x00",
		"braces":        `c0rr\u{65}ct\u{2d}Horse`,
		"perl braces":   `c0rr\x{65}ct\x{2d}Horse`,
		"full width":    "ｃ０ｒｒｅｃｔ－Ｈｏｒｓｅ",
		"quoted print.": "c0rr=65ct=2DHorse",
		"log prefixes":  "2026 ERROR c0rr\n2026 ERROR ect-\n2026 ERROR Hors\n2026 ERROR e",
		"reversed":      "esroH-tcerr0c",
	} {
		t.Log(name, "=>", Line(s.Mask(text), 1000))
	}
}
