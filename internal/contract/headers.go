// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"cmp"
	"errors"
	"net/url"
	"strings"
)

// Header is an entry of OTEL_EXPORTER_OTLP_HEADERS.
type Header struct {
	// Name is empty in an entry without '='.
	Name string
	// Written is the value as it is written, and all of an entry without '='.
	Written string
	// Value is the value as it is sent; empty if it can't be decoded.
	Value string
}

// What is wrong with OTEL_EXPORTER_OTLP_HEADERS, and what to do.
var (
	errNoEqualsSign   = errors.New("a header has no '=': write NAME=VALUE,NAME=VALUE, with %2C for a comma in a value")
	errHeaderName     = errors.New("a header has no name, or one with a character that HTTP does not allow in it: write NAME=VALUE, without quotation marks")
	errHeaderEncoding = errors.New("a value has a '%' that encodes no character: write %25 for it")
	errHeaderControl  = errors.New("a value has a line break or another control character: write each header as NAME=VALUE, and a comma between two")
)

// ParseHeaders returns the headers of OTEL_EXPORTER_OTLP_HEADERS, a list NAME=VALUE,NAME=VALUE with
// percent-encoded values. It skips empty entries, as SDKs do. The error is the first flaw, without
// any part of the list; the headers are complete nevertheless, as all of them are secret.
func ParseHeaders(list string) ([]Header, error) {
	var headers []Header
	var flaw error
	for entry := range strings.SplitSeq(list, ",") {
		if entry = strings.TrimSpace(entry); entry != "" {
			header, err := parseHeader(entry)
			headers, flaw = append(headers, header), cmp.Or(flaw, err)
		}
	}
	return headers, flaw
}

func parseHeader(entry string) (Header, error) {
	name, written, found := strings.Cut(entry, "=")
	if !found {
		name, written = "", entry
	}
	h := Header{Name: strings.TrimSpace(name), Written: strings.TrimSpace(written)}
	var err error
	h.Value, err = url.PathUnescape(h.Written)
	switch {
	case !found:
		return h, errNoEqualsSign
	case !isToken(h.Name):
		return h, errHeaderName
	case err != nil:
		return h, errHeaderEncoding
	case strings.ContainsFunc(h.Value, isControl):
		return h, errHeaderControl
	}
	return h, nil
}

// headerNameCharacters are those of the name of an HTTP header: RFC 9110, section 5.6.2.
const headerNameCharacters = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// isToken reports whether a text may be the name of an HTTP header.
func isToken(name string) bool { return name != "" && strings.Trim(name, headerNameCharacters) == "" }

func isControl(c rune) bool { return c < ' ' || c == 0x7f }
