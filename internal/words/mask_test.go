// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package words

import (
	"encoding/base64"
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

func secrets(urls ...string) *Secrets {
	s := &Secrets{}
	for _, u := range urls {
		s.AddURL(u)
	}
	return s
}

// quotedByGo is the error of Go for a URL.
func quotedByGo(t *testing.T, value string) string {
	t.Helper()
	_, err := url.Parse(value)
	if err == nil {
		t.Fatalf("%s is valid", value)
	}
	return err.Error()
}

func TestMask(t *testing.T) {
	const valid = "postgres://tracker:c0rrect-Horse@hiring-database:5432/interview_tracker?sslmode=disable"
	const encoded = "postgres://tracker:c0rrect%23Horse%2Fx@db.example.com/interview_tracker"
	const unencoded = "postgres://u:pa#ss-Battery@db/interview_tracker"
	std, raw := base64.StdEncoding.EncodeToString, base64.RawURLEncoding.EncodeToString
	for name, test := range map[string]struct{ url, text, want string }{
		"nothing of it": {valid, "dial tcp: lookup hiring-database: no such host", "dial tcp: lookup hiring-database: no such host"},
		"the URL":       {valid, "using " + valid, "using postgres://tracker:***@hiring-database:5432/interview_tracker?sslmode=disable"},
		"in a DSN": {
			valid, "cannot connect: host=hiring-database user=tracker password=c0rrect-Horse",
			"cannot connect: host=hiring-database user=tracker password=***",
		},
		"a part of it":               {valid, `invalid port ":c0rrect" after host`, `invalid port ":***" after host`},
		"its end":                    {valid, "…ct-Horse@hiring-database", "…***@hiring-database"},
		"its beginning, cut off":     {valid, "password is c0rrect-Ho", "password is ***"},
		"four characters":            {valid, "that Horse, c0rr", "that ***, c0rr"},
		"in capitals":                {valid, "C0RRECT-HORSE", "***"},
		"twice":                      {valid, "c0rrect-Horse and c0rrect-Horse", "*** and ***"},
		"percent-encoded":            {encoded, "near c0rrect%23Horse%2fx", "near ***"},
		"percent-encoded twice":      {encoded, "near c0rrect%2523Horse%252Fx", "near ***"},
		"decoded":                    {encoded, "near c0rrect#Horse/x!", "near ***!"},
		"decoded for HTML":           {"redis://:a&<b>%22c@r", "a&amp;&lt;b&gt;&#34;c", "***"},
		"a plus sign for a space":    {"redis://:a%20b%20c%20d@r", "a+b+c+d", "***"},
		"in quotes":                  {`redis://:pa%22ss%5Cword@r`, strconv.Quote(`pa"ss\word`), `"***"`},
		"in quotes in quotes":        {`redis://:pa%22ss%5Cword@r`, strconv.Quote(strconv.Quote(`pa"ss\word`)), `"\"***\""`},
		"as in JSON":                 {encoded, `c0rr\u0065ct\u0023Horse\/x`, "***"},
		"as in C":                    {encoded, `c0rrect\x23Horse\057x`, "***"},
		"over a line break":          {valid, "c0rre\n  ct-Horse", "***"},
		"over an escaped line break": {valid, `c0rre\r\n  ct-Horse`, "***"},
		"in colors":                  {valid, "c0rr\x1b[31mect-H\x1b[0morse", "***"},
		"with what can't be seen":    {valid, "c0rr\u200bect\u202e-Ho\u00adrse", "***"},
		"in Base64":                  {valid, "data: " + std([]byte("c0rrect-Horse")), "data: ***=="},
		"in Base64, as a header":     {valid, "Basic " + std([]byte("tracker:c0rrect-Horse")), "Basic dHJhY2tlcj***"},
		"in Base64 for URLs":         {valid, "key=" + raw([]byte("c0rrect-Horse")), "key=***"},
		"in Base64, of the URL": {
			encoded, std([]byte(encoded)), "cG9zdGdyZXM6Ly90cmFja2VyO***AZGIuZXhhbXBsZS5jb20vaW50ZXJ2aWV3X3RyYWNrZXI=",
		},
		"Go's error, of one that is encoded": {
			"postgres://u:pa%zzword@db/x", quotedByGo(t, "postgres://u:pa%zzword@db/x"), `parse "postgres://***": invalid URL escape "%zz"`,
		},
		"Go's error, of one that is not": {unencoded, quotedByGo(t, unencoded), `parse "postgres://u:***": invalid port ":***" after host`},
		"the rest of such a URL":         {unencoded, "unknown fragment ss-Battery@db/interview_tracker", "unknown fragment ***"},
		"the password of such a URL":     {unencoded, "pa%23ss-Battery", "***"},
		"a short piece of such a URL":    {"postgres://u:12#ab@db", "port 12, fragment ab, about 123", "port ***, fragment ***, about 123"},
		"no URL":                         {"host=db password=Battery", "cannot parse `host=db password=xxxxx`: password=Battery", "cannot parse `***xxxxx`:***"},
		"a parameter":                    {"postgres://u@db/x?sslpassword=staple1&sslmode=disable", "sslpassword=staple1&sslmode=disable", "sslpassword=***&sslmode=disable"},
		"a user of Redis":                {"redis://Battery@r", "no such user: Battery", "no such user: ***"},
		"a user of Postgres":             {"postgres://tracker@db/x", "no such user: tracker", "no such user: tracker"},
		"a short one":                    {"redis://:abc@r", "abc, abcd, (abc) x_abc ABC", "***, abcd, (***) x_abc ***"},
		"a space around it":              {" redis://:Battery@r\n", "Battery staple", "*** staple"},
		"characters of several bytes":    {"redis://:p%C3%A4ssw%C3%B6rt%E2%82%AC@r", "xpässwört€y", "x***y"},
		"in no valid UTF-8":              {"redis://:Battery@r", "\xffBattery\xc3", "\xff***\xc3"},
		"what masking forms":             {"redis://:a%2A%2A%2Ab12345@r", "a12345b", "***"},
		"no password":                    {"redis://r:6379/0", "redis://r:6379/0", "redis://r:6379/0"},
		"a space in it":                  {"redis://:ab%20cd%20ef@r", "ab\ncd ef", "***"},
		"nothing":                        {"", "text", "text"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := secrets(test.url).Mask(test.text); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// A password may stand in a parameter, which clients read where Go doesn't.
func TestMaskPasswordInParameter(t *testing.T) {
	for name, test := range map[string]struct{ url, text, want string }{
		"percent signs that encode nothing": {
			"postgres://u@db.example.com/x?password=100%sure-Horse", `invalid percent-encoded token: "100%sure-Horse"`, `invalid percent-encoded token: "***"`,
		},
		"and some that do":        {"postgres://u@db/x?password=p%23a%20w%zz", "p#a w%zz", "***"},
		"a password besides":      {"postgres://u:c0%23rr%3Ahorse@db/x?a=100%sure", "c0#rr:horse", "***"},
		"a semicolon":             {"postgres://u@db/x?sslmode=require&password=c0rrect;Horse", "it is c0rrect;Horse", "it is ***"},
		"a short one":             {"postgres://u@db/x?password=ab;c", "ab;c, ab, abc", "***, ***, abc"},
		"semicolons between them": {"postgres://db.example.com/x?user=u;password=c0rrect-Horse", "it is c0rrect-Horse", "it is ***"},
		"an empty user":           {"redis://r:6379/0?password=c0rrect-Horse", "AUTH c0rrect-Horse", "AUTH ***"},
		"pw":                      {"postgres://db/x?pw=c0rrect-Horse", "c0rrect-Horse", "***"},
		"credentials":             {"postgres://db/x?credentials=c0rrect-Horse", "c0rrect-Horse", "***"},
		"a key":                   {"redis://r/0?access_key=c0rrect-Horse", "c0rrect-Horse", "***"},
		"a token":                 {"redis://r/0?Token=c0rrect-Horse", "c0rrect-Horse", "***"},
		"options":                 {"postgres://u:p4ssw0rd@db/x?options=-c%20my.secret%3Dc0rrect-Horse", "c0rrect-Horse", "***"},
		"two passwords":           {"redis+socket://u:c0rrect-Horse@/tmp/r.sock?password=Battery-Staple", "Battery-Staple", "***"},
		"other parameters":        {"postgres://u@db/x?password=c0rrect-Horse&sslmode=require", "sslmode=require", "sslmode=require"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := secrets(test.url).Mask(test.text); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// Languages differ in which characters they write as which entity.
func TestMaskPasswordInMarkup(t *testing.T) {
	s := secrets("postgres://u:" + url.QueryEscape(`x7"K'9&m<Z2>q`) + "@db/x")
	for name, text := range map[string]string{
		"Go":                 "x7&#34;K&#39;9&amp;m&lt;Z2&gt;q",
		"Python":             "x7&quot;K&#x27;9&amp;m&lt;Z2&gt;q",
		"decimal":            "x7&#34;K&#39;9&#38;m&#60;Z2&#62;q",
		"hexadecimal":        "x7&#x22;K&#X27;9&#x26;m&#x3c;Z2&#x3E;q",
		"XML":                "x7&quot;K&apos;9&amp;m&lt;Z2&gt;q",
		"with zeros":         "x7&#0000000000034;K&#x000027;9&#038;m&#0060;Z2&#0062;q",
		"without semicolons": "x7&#34K&#39;9&ampm&ltZ2&gtq",
		"twice":              "x7&amp;quot;K&amp;#x27;9&amp;amp;m&amp;lt;Z2&amp;gt;q",
		"in JSON":            `x7\u0026#34;K\u0026#39;9\u0026amp;m\u0026lt;Z2\u0026gt;q`,
		"percent-encoded":    "x7%26quot%3BK%26%23x27%3B9%26amp%3Bm%26lt%3BZ2%26gt%3Bq",
	} {
		if got := s.Mask("<b>" + text + "</b>"); got != "<b>"+Masked+"</b>" {
			t.Errorf("%s: %s", name, got)
		}
	}
	const other = "a &amp; b &lt; c &#38; d"
	if got := s.Mask(other); got != other {
		t.Errorf("of another text, %q is left", got)
	}
}

// A value of which it is not clear what the password is, is secret as a whole.
func TestMaskUnclearURL(t *testing.T) {
	for _, value := range []string{
		"postgres://u:12#Battery@db", "postgres://u:12/Battery@db", "postgres://u:12?Battery@db", "postgres://u:Battery[@db",
		"postgres://u:Battery", "//u:Battery@db", "Battery", "u:Battery@db", "postgres:u:Battery@db", "jdbc:postgresql://db/x?user=u&password=Battery",
		"postgres://u:Battery@one:1,two:2/x",
		"postgres://u@db/x?password=Battery&a=%zz",
	} {
		if got := secrets(value).Mask("it is Battery, or attery"); got != "it is ***, or ***" {
			t.Errorf("%s: %q", value, got)
		}
	}
}

// No run of five characters of a password is left, whatever it stands in and is encoded as.
func FuzzMask(f *testing.F) {
	f.Add("c0rrect-Horse", "cannot connect to %s: ", " refused", uint8(0), uint8(13))
	f.Add(`pa"ss\w#rd`, `parse "postgres://u:`, `": invalid port`, uint8(0), uint8(9))
	f.Add("pässwört€", "\x1b[31m", "\n", uint8(1), uint8(11))
	f.Add("a***b12345", "a", "b***", uint8(0), uint8(9))
	f.Add("aaaaaaaa", "a", "aa*", uint8(3), uint8(8))
	f.Fuzz(func(t *testing.T, password, before, after string, from, to uint8) {
		if password = strings.TrimSpace(password); len(password) < run || len(password) > 64 || len(before)+len(after) > 512 {
			t.Skip()
		}
		piece := password[min(int(from), len(password)):]
		piece = piece[:min(int(to), len(piece))]
		s := &Secrets{}
		s.AddURL("redis://:" + url.PathEscape(password) + "@r")
		for encoding, encoded := range map[string]string{
			"plain": piece, "query": url.QueryEscape(piece), "path": url.PathEscape(piece), "all": percentEncoded(piece),
			"quoted": strconv.Quote(piece), "ascii": strconv.QuoteToASCII(piece),
			"Base64": base64.StdEncoding.EncodeToString([]byte(piece)), "raw": base64.RawURLEncoding.EncodeToString([]byte("u:" + piece)),
			"HTML": html.EscapeString(piece), "entities": entities(piece),
			"lines": strings.Join(strings.Split(piece, ""), "\n"),
		} {
			got := s.Mask(before + encoded + after)
			if len(piece) >= run && utf8.ValidString(piece) && strings.Contains(got, encoded) && encoding != "lines" {
				t.Errorf("%s: %q is left in %q", encoding, encoded, got)
			}
			lower := string(lowerCase([]byte(got)))
			for i := range len(password) - run + 1 {
				if left := string(lowerCase([]byte(password[i : i+run]))); strings.Contains(lower, left) {
					t.Errorf("%s: %q of %q is left in %q", encoding, left, password, got)
				}
			}
			if valid := before + encoded + after; utf8.ValidString(valid) && !utf8.ValidString(got) {
				t.Errorf("%s: %q is no valid UTF-8", encoding, got)
			}
		}
	})
}

func percentEncoded(s string) string {
	var encoded strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&encoded, "%%%02x", c)
	}
	return encoded.String()
}

// entities writes all punctuation as XML may.
func entities(s string) string {
	var encoded strings.Builder
	for _, c := range []byte(s) {
		if c >= ' ' && c < utf8.RuneSelf && !wordByte(c) {
			fmt.Fprintf(&encoded, "&#%d;", c)
			continue
		}
		encoded.WriteByte(c)
	}
	return encoded.String()
}

func BenchmarkMask(b *testing.B) {
	s := secrets("postgres://tracker:c0rrect-Horse@hiring-database:5432/interview_tracker?sslmode=disable")
	text := strings.Repeat(`2026-01-02 "GET /api/positions?q=%22a%22 HTTP/1.1" \"200\" c0rrect-Horse`+"\n", 50)
	for b.Loop() {
		s.Mask(text)
	}
}

// What would take too long to mask piece by piece is masked as a whole.
func TestMaskLimits(t *testing.T) {
	for name, test := range map[string]struct{ url, text string }{
		"a long secret":  {"x://u:" + strings.Repeat("ab/", 2<<10), "failed"},
		"many pieces":    {"x://u:" + strings.Join(pieces(100), "/"), "failed"},
		"a long text":    {"postgres://u:secret@host/db", strings.Repeat("failed ", 4<<10)},
		"no secret, yet": {"", strings.Repeat("failed ", 4<<10)},
	} {
		t.Run(name, func(t *testing.T) {
			s := &Secrets{}
			s.AddURL(test.url)
			if got := s.Mask(test.text); got != Masked {
				t.Errorf("got %.100q", got)
			}
		})
	}
}

// pieces are so many different ones, each shorter than a run.
func pieces(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprint("p", i)
	}
	return all
}

// TestAddPieces has a value with so many short pieces that all would be masked.
func TestAddPieces(t *testing.T) {
	var few, many, s Secrets
	few.AddPassword("a01")
	for i := range 100 {
		many.AddPassword(fmt.Sprintf("b%02d", i))
	}
	many.AddPassword("c0rrect-Horse")
	if s.AddPieces(&many) || !s.AddPieces(&few) || s.All() {
		t.Errorf("all is masked: %v", s.All())
	}
	if got := s.Mask("a01 b01 c0rrect-Horse"); got != "*** b01 ***" {
		t.Error(got)
	}
	if !many.All() || many.Mask("x") != Masked {
		t.Error("of too many short values, not all is masked")
	}
}
