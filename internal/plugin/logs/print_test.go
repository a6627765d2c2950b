// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/interview-tracker/interview-tracker-operator/test/golden"
)

// sequences are those of colors.
var sequences = regexp.MustCompile("\x1b\\[[0-9]*m")

// lines are lines as pods write them.
func lines() []*line {
	api := &source{tracker: "hiring", component: "api", pod: "hiring-api-7d9f8c6b5-x2x4z", container: "api", main: true}
	sidecar := &source{tracker: "hiring", component: "api", pod: "hiring-api-7d9f8c6b5-x2x4z", container: "proxy"}
	database := &source{tracker: "hiring", component: "database", pod: "hiring-database-0", container: "postgres", main: true}
	journey := &source{tracker: "hiring", component: "journey", pod: "hiring-journey-apply-29403120-8kq2l", container: "journey", main: true}
	unlabeled := &source{pod: "some-pod", container: "main", main: true}
	start := time.Date(2026, 11, 29, 12, 18, 13, 681133000, time.UTC)
	var all []*line
	add := func(s *source, text string) {
		all = append(all, &line{at: start.Add(time.Duration(len(all)) * time.Millisecond), source: s, text: text})
	}
	add(api, `{"timestamp":"2026-11-29T12:18:13.681133Z","level":"error","event":"request failed","logger":"tracker.api","method":"GET",`+
		`"path":"/positions/7","exception":"failed to connect: connection refused","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}`)
	add(database, "2026-11-29 12:18:13.681 UTC [71] postgres@interview_tracker ERROR:  relation \"position\" does not exist at character 15")
	add(database, "\tSELECT * FROM position")
	add(api, `{"level":"info","event":"started","logger":"operator.tracker","port":8000,"tls":false,"none":null,"list":[1, "two"],"map":{"a": 1},"empty":"","quote":"a\"b"}`)
	add(sidecar, `{"severity":"WARN","msg":"retrying","ts":1.5}`)
	add(journey, `{"event":"no level"}`)
	add(api, `{"level":"critical","event":"panic","stack":"goroutine 1 [running]:\n\tmain.main()\n\t\t/app/main.go:7 +0x1\n"}`)
	add(api, `{"level":"info","no":"event"}`)
	add(api, `{"level":"info","event":"cut`)
	add(api, `{"level":"info","event":"one"} {"event":"two"}`)
	add(api, `["event"]`)
	add(api, "")
	add(unlabeled, "goroutine 7 [select]:")
	// What a terminal obeys.
	add(api, "\x1b]0;title\x07\x1b[2J\x1b[31mred\x1b[0m\rover\u202ewritten\u009b1m")
	add(api, `{"level":"info\u001b[31m","event":"\u001b]52;c;ZXZpbA==\u0007 copied\nforged line","\u001b[5mkey":"\u001b[8mhidden\u009d"}`)
	add(api, "{\"level\":\"info\",\"event\":\"raw \u009b2J \u202e \U000e0041 \x7f\"}")
	all = append(all, &line{at: start.Add(time.Second), source: api, text: `{"event":"a long`, left: 42})
	return all
}

func printed(t *testing.T, p *printer) string {
	t.Helper()
	var out bytes.Buffer
	p.out = &out
	for _, l := range lines() {
		if err := p.print(l); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

func TestPrint(t *testing.T) {
	for name, p := range map[string]*printer{"readable.txt": {}, "unchanged.txt": {unchanged: true}} {
		t.Run(name, func(t *testing.T) {
			got := printed(t, p)
			golden.Compare(t, name, got)
			for _, r := range got {
				if r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf)) {
					t.Errorf("%U is printed", r)
				}
			}
		})
	}
}

// JSON lines keep their values.
func TestUnchangedKeepsValues(t *testing.T) {
	for _, l := range lines() {
		if l.left > 0 || !json.Valid([]byte(l.text)) {
			continue
		}
		var want, got any
		if err := json.Unmarshal([]byte(l.text), &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(unchanged(l)), &got); err != nil {
			t.Errorf("%q: %v", unchanged(l), err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", l.text, diff)
		}
	}
}

func TestColors(t *testing.T) {
	if plain := printed(t, &printer{}); strings.Contains(plain, "\x1b") {
		t.Error("there are colors without a terminal")
	}
	colored := printed(t, &printer{color: true})
	for _, want := range []string{"\x1b[36mapi-x2x4z", "\x1b[33mdatabase-0", "\x1b[31mERROR", "\x1b[31mCRITICAL"} {
		if !strings.Contains(colored, want) {
			t.Errorf("%q is not in\n%s", want, colored)
		}
	}
	if stripped := sequences.ReplaceAllString(colored, ""); stripped != printed(t, &printer{}) {
		t.Errorf("without its colors, the text is\n%s", stripped)
	}
}

func FuzzUnchanged(f *testing.F) {
	for _, l := range lines() {
		f.Add(l.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l := &line{text: text, source: &source{}}
		var out bytes.Buffer
		for _, p := range []*printer{{out: &out}, {out: &out, unchanged: true}} {
			if err := p.print(l); err != nil {
				t.Fatal(err)
			}
		}
		for _, r := range out.String() {
			if r != '\n' && unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) {
				t.Errorf("%U is printed of %q", r, text)
			}
		}
		if json.Valid([]byte(text)) && !json.Valid([]byte(unchanged(l))) {
			t.Errorf("%q is no JSON, as %q is", unchanged(l), text)
		}
	})
}
