// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"cmp"
	"crypto/x509"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// The protocols of OTEL_EXPORTER_OTLP_PROTOCOL.
const (
	protocolGRPC = "grpc"
	protocolHTTP = "http/protobuf" // the default
)

// signal is what is sent, as the names of the variables have it.
type signal string

const (
	signalTraces  signal = "TRACES"
	signalMetrics signal = "METRICS"
)

// variable is a variable of the exporters with its value. That of the signal has precedence.
type variable struct{ name, value string }

func lookup(getenv func(string) string, of signal, name string) variable {
	for _, prefix := range []string{"OTEL_EXPORTER_OTLP_" + string(of) + "_", "OTEL_EXPORTER_OTLP_"} {
		if value := strings.TrimSpace(getenv(prefix + name)); value != "" {
			return variable{prefix + name, value}
		}
	}
	return variable{}
}

// enabled reports whether the variables ask for traces.
func enabled(getenv func(string) string) bool {
	return lookup(getenv, signalTraces, "ENDPOINT").value != "" &&
		!strings.EqualFold(getenv("OTEL_SDK_DISABLED"), "true") && getenv("OTEL_TRACES_EXPORTER") != "none"
}

// pushes reports whether the variables ask for metrics by OTLP, which is not the default here, where
// Prometheus scrapes them.
func pushes(getenv func(string) string) bool {
	return strings.TrimSpace(getenv("OTEL_METRICS_EXPORTER")) == "otlp"
}

// check returns the protocol, and an error about a value that the exporters would replace by
// their default: they would send to localhost, without a header, or trust other certificates. The
// error has no value that may be secret.
func check(getenv func(string) string, of signal, readFile func(string) ([]byte, error)) (protocol string, err error) {
	set := lookup(getenv, of, "PROTOCOL")
	protocol = cmp.Or(set.value, protocolHTTP)
	if protocol != protocolGRPC && protocol != protocolHTTP {
		return "", fmt.Errorf("%s is %q, not %s or %s", set.name, protocol, protocolGRPC, protocolHTTP)
	}
	endpoint := lookup(getenv, of, "ENDPOINT")
	target, err := url.Parse(endpoint.value)
	if err != nil || target.Hostname() == "" || (target.Scheme != "http" && target.Scheme != "https") {
		return "", fmt.Errorf("%s is not a URL of the form https://HOST:PORT", cmp.Or(endpoint.name, "OTEL_EXPORTER_OTLP_ENDPOINT"))
	}
	if headers := lookup(getenv, of, "HEADERS"); headers.value != "" {
		if _, err := contract.ParseHeaders(headers.value); err != nil {
			return "", fmt.Errorf("%s: %w", headers.name, err)
		}
	}
	if ca := lookup(getenv, of, "CERTIFICATE"); ca.value != "" {
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

// publicSampler samples a request with a traceparent as one without, whatever its flag asks for.
// It is nil if OTEL_TRACES_SAMPLER has a sampler that ignores the flag, or one that the provider
// warns about.
func publicSampler(getenv func(string) string) sdktrace.Sampler {
	var sampler sdktrace.Sampler
	switch strings.ToLower(strings.TrimSpace(getenv("OTEL_TRACES_SAMPLER"))) {
	case "parentbased_traceidratio":
		ratio, err := strconv.ParseFloat(strings.TrimSpace(getenv("OTEL_TRACES_SAMPLER_ARG")), 64)
		if err != nil || ratio < 0 {
			ratio = 1 // The provider takes that as well, and warns.
		}
		sampler = sdktrace.TraceIDRatioBased(ratio)
	case "parentbased_always_off":
		sampler = sdktrace.NeverSample()
	case "", "parentbased_always_on":
		sampler = sdktrace.AlwaysSample()
	default:
		return nil
	}
	return sdktrace.ParentBased(sampler,
		sdktrace.WithRemoteParentSampled(sampler), sdktrace.WithRemoteParentNotSampled(sampler))
}

// minWord is the length in bytes from which a word of a value counts as a secret, such as what
// follows Bearer. Of a shorter one, such as Basic, the warning may say more than a secret.
const minWord = 6

// secrets are the values of the headers, and their words, in the forms in which an error may quote
// them. One that contains another comes first.
func secrets(getenv func(string) string) []string {
	var found []string
	for _, of := range []signal{signalTraces, signalMetrics} {
		headers, _ := contract.ParseHeaders(lookup(getenv, of, "HEADERS").value)
		for _, h := range headers {
			found = append(found, h.Written, h.Value)
			for word := range strings.FieldsSeq(h.Written + " " + h.Value) {
				if len(word) >= minWord {
					found = append(found, word)
				}
			}
		}
	}
	found = slices.DeleteFunc(found, func(secret string) bool { return secret == "" })
	slices.SortFunc(found, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	return slices.Compact(found)
}
