// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// The protocols of OTEL_EXPORTER_OTLP_PROTOCOL.
const (
	protocolGRPC = "grpc"
	protocolHTTP = "http/protobuf" // the default
)

// variable is a variable of the exporters with its value. That of traces has precedence.
type variable struct{ name, value string }

func lookup(getenv func(string) string, name string) variable {
	for _, prefix := range []string{"OTEL_EXPORTER_OTLP_TRACES_", "OTEL_EXPORTER_OTLP_"} {
		if value := strings.TrimSpace(getenv(prefix + name)); value != "" {
			return variable{prefix + name, value}
		}
	}
	return variable{}
}

// enabled reports whether the variables ask for traces.
func enabled(getenv func(string) string) bool {
	return lookup(getenv, "ENDPOINT").value != "" &&
		!strings.EqualFold(getenv("OTEL_SDK_DISABLED"), "true") && getenv("OTEL_TRACES_EXPORTER") != "none"
}

// check returns the protocol, and an error about a value that the exporters would replace by
// their default: they would send to localhost, without a header, or trust other certificates. The
// error has no value that may be secret.
func check(getenv func(string) string, readFile func(string) ([]byte, error)) (protocol string, err error) {
	set := lookup(getenv, "PROTOCOL")
	protocol = cmp.Or(set.value, protocolHTTP)
	if protocol != protocolGRPC && protocol != protocolHTTP {
		return "", fmt.Errorf("%s is %q, not %s or %s", set.name, protocol, protocolGRPC, protocolHTTP)
	}
	endpoint := lookup(getenv, "ENDPOINT")
	target, err := url.Parse(endpoint.value)
	if err != nil || target.Hostname() == "" || (target.Scheme != "http" && target.Scheme != "https") {
		return "", fmt.Errorf("%s is not a URL of the form https://HOST:PORT", endpoint.name)
	}
	if headers := lookup(getenv, "HEADERS"); headers.value != "" {
		if _, err := parseHeaders(headers.value); err != nil {
			return "", fmt.Errorf("%s is not a list of the form KEY=VALUE,… with encoded values (it is not shown: it may be secret)", headers.name)
		}
	}
	if ca := lookup(getenv, "CERTIFICATE"); ca.value != "" {
		content, err := readFile(ca.value)
		if err != nil {
			return "", fmt.Errorf("%s: %w", ca.name, err)
		}
		if !x509.NewCertPool().AppendCertsFromPEM(content) {
			return "", fmt.Errorf("%s: %s has no certificate in PEM", ca.name, ca.value)
		}
	}
	return protocol, nil
}

// parseHeaders returns the values of the headers, which are encoded as in a URL.
func parseHeaders(list string) ([]string, error) {
	var values []string
	for header := range strings.SplitSeq(list, ",") {
		key, encoded, found := strings.Cut(header, "=")
		if !found || strings.TrimSpace(key) == "" {
			return values, errors.New("a header has no key")
		}
		value, err := url.PathUnescape(strings.TrimSpace(encoded))
		if err != nil {
			return values, err
		}
		values = append(values, value)
	}
	return values, nil
}

// secrets are the values of the headers in the forms in which an error may quote them.
func secrets(getenv func(string) string) []string {
	var found []string
	list := lookup(getenv, "HEADERS").value
	for header := range strings.SplitSeq(list, ",") {
		if _, encoded, _ := strings.Cut(header, "="); strings.TrimSpace(encoded) != "" {
			found = append(found, strings.TrimSpace(encoded))
		}
	}
	decoded, _ := parseHeaders(list)
	for _, value := range decoded {
		if value != "" {
			found = append(found, value)
		}
	}
	return found
}
