// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"unicode"
	"unicode/utf8"
)

// urlFlaw is what is obviously wrong with the value of a Secret that should be a URL, and
// what to do; empty when nothing is. Pods get the value as it is. No word of it is in the
// answer: it has a password.
func urlFlaw(value []byte) string {
	text := bytes.TrimSpace(value)
	switch {
	case !utf8.Valid(value):
		return "is not text: write the URL, such as by kubectl create secret generic --from-literal"
	case bytes.HasSuffix(value, []byte("\n")):
		return "ends with a line break: write it without one, such as by kubectl create secret generic --from-literal, or printf %s instead of echo"
	case len(text) < len(value):
		return "begins or ends with blanks: write it without them"
	case quoted(text):
		return "stands in quotation marks: write it without them"
	case bytes.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }):
		return "has blanks or control characters in it: write them percent-encoded, such as %20, or leave them out"
	case encodedTwice(text):
		return "is encoded in Base64 twice: write it under data encoded once, or under stringData as it is"
	case !bytes.Contains(text, []byte("://")):
		return "has no scheme: write a whole URL, such as postgres://user:password@host:5432/name or redis://:password@host:6379/0"
	}
	parsed, err := url.Parse(string(text))
	switch {
	case err != nil:
		return "can't be parsed: special characters of the user and the password must be percent-encoded, such as %2F for /, %23 for # and %25 for %"
	case parsed.Host == "" && parsed.RawQuery == "" && parsed.Path == "":
		return "has no host: write a whole URL, such as postgres://user:password@host:5432/name or redis://:password@host:6379/0"
	}
	return ""
}

func quoted(text []byte) bool {
	first, last := text[0], text[len(text)-1]
	return len(text) > 1 && first == last && bytes.IndexByte([]byte("\"'`"), first) >= 0
}

func encodedTwice(text []byte) bool {
	decoded, err := base64.StdEncoding.DecodeString(string(text))
	return err == nil && bytes.Contains(decoded, []byte("://"))
}
