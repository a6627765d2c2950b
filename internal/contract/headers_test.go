// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestParseHeaders(t *testing.T) {
	for list, want := range map[string][]Header{
		"api-key=s3cr3t":               {{"api-key", "s3cr3t", "s3cr3t"}},
		"api-key=s3cr3t,x-scope=1":     {{"api-key", "s3cr3t", "s3cr3t"}, {"x-scope", "1", "1"}},
		" api-key = s3cr3t , ":         {{"api-key", "s3cr3t", "s3cr3t"}},
		"api-key=s3cr3t\n":             {{"api-key", "s3cr3t", "s3cr3t"}},
		"Authorization=Basic czNjcg==": {{"Authorization", "Basic czNjcg==", "Basic czNjcg=="}},
		"authorization=Bearer%20s3cr3t": {
			{"authorization", "Bearer%20s3cr3t", "Bearer s3cr3t"},
		},
		"api-key=": {{"api-key", "", ""}},
		"":         nil,
		",, ":      nil,
	} {
		if got, err := ParseHeaders(list); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %q, %v, want %q", list, got, err, want)
		}
	}
}

// Malformed headers are found, all entries are returned to be masked, and no part of them is in the
// error.
func TestHeadersFlaws(t *testing.T) {
	for list, test := range map[string]struct {
		headers []Header
		err     error
	}{
		"s3cr3t":                         {[]Header{{"", "s3cr3t", "s3cr3t"}}, errNoEqualsSign},
		"api-key: s3cr3t%21":             {[]Header{{"", "api-key: s3cr3t%21", "api-key: s3cr3t!"}}, errNoEqualsSign},
		"a=s3cr3t;b,c":                   {[]Header{{"a", "s3cr3t;b", "s3cr3t;b"}, {"", "c", "c"}}, errNoEqualsSign},
		`{"api": "s3cr3t", "x": "a=b"`:   {[]Header{{"", `{"api": "s3cr3t"`, `{"api": "s3cr3t"`}, {`"x": "a`, `b"`, `b"`}}, errNoEqualsSign},
		`"api-key=s3cr3t"`:               {[]Header{{`"api-key`, `s3cr3t"`, `s3cr3t"`}}, errHeaderName},
		"=s3cr3t":                        {[]Header{{"", "s3cr3t", "s3cr3t"}}, errHeaderName},
		"api key=s3cr3t":                 {[]Header{{"api key", "s3cr3t", "s3cr3t"}}, errHeaderName},
		"api: s3cr3t==":                  {[]Header{{"api: s3cr3t", "=", "="}}, errHeaderName},
		"api-kéy=s3cr3t":                 {[]Header{{"api-kéy", "s3cr3t", "s3cr3t"}}, errHeaderName},
		"api-key=50%s3cr3t,b=c":          {[]Header{{"api-key", "50%s3cr3t", ""}, {"b", "c", "c"}}, errHeaderEncoding},
		"api-key=s3cr3t\nother=s3cr3t":   {[]Header{{"api-key", "s3cr3t\nother=s3cr3t", "s3cr3t\nother=s3cr3t"}}, errHeaderControl},
		"api-key=s3cr3t%0Aother: s3cr3t": {[]Header{{"api-key", "s3cr3t%0Aother: s3cr3t", "s3cr3t\nother: s3cr3t"}}, errHeaderControl},
		"api-key=s3cr3t\x00":             {[]Header{{"api-key", "s3cr3t\x00", "s3cr3t\x00"}}, errHeaderControl},
	} {
		got, err := ParseHeaders(list)
		if !errors.Is(err, test.err) || !slices.Equal(got, test.headers) {
			t.Errorf("%q: got %q, %v, want %q, %v", list, got, err, test.headers, test.err)
		}
		for _, part := range []string{"s3cr3t", "api"} {
			if err != nil && strings.Contains(err.Error(), part) {
				t.Errorf("%q: the error has %q: %v", list, part, err)
			}
		}
	}
}
