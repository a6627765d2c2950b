// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/interview-tracker/interview-tracker-operator/internal/workload/telemetry"
)

func getenv(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

func TestEnabled(t *testing.T) {
	const endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT"
	for name, test := range map[string]struct {
		env  map[string]string
		want bool
	}{
		"nothing":                {nil, false},
		"endpoint":               {map[string]string{endpoint: "http://collector:4318"}, true},
		"endpoint of the traces": {map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318"}, true},
		"empty endpoint":         {map[string]string{endpoint: " "}, false},
		"only a protocol":        {map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, false},
		"SDK disabled":           {map[string]string{endpoint: "http://collector:4318", "OTEL_SDK_DISABLED": "True"}, false},
		"no exporter":            {map[string]string{endpoint: "http://collector:4318", "OTEL_TRACES_EXPORTER": "none"}, false},
		"the exporter":           {map[string]string{endpoint: "http://collector:4318", "OTEL_TRACES_EXPORTER": "otlp"}, true},
	} {
		if got := telemetry.Enabled(getenv(test.env)); got != test.want {
			t.Errorf("%s: got %t", name, got)
		}
	}
}

func TestCheck(t *testing.T) {
	folder := t.TempDir()
	noPEM := filepath.Join(folder, "no.pem")
	if err := os.WriteFile(noPEM, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		env     map[string]string // the names without OTEL_EXPORTER_OTLP_
		want    string
		wantErr string // a part
	}{
		"the default":                  {env: map[string]string{"ENDPOINT": "http://collector:4318"}, want: "http/protobuf"},
		"gRPC":                         {env: map[string]string{"ENDPOINT": "https://collector:4317", "PROTOCOL": "grpc"}, want: "grpc"},
		"gRPC for traces":              {env: map[string]string{"TRACES_ENDPOINT": "http://collector", "PROTOCOL": "http/protobuf", "TRACES_PROTOCOL": "grpc"}, want: "grpc"},
		"another protocol":             {env: map[string]string{"ENDPOINT": "http://collector", "PROTOCOL": "http/json"}, wantErr: `OTEL_EXPORTER_OTLP_PROTOCOL is "http/json"`},
		"no scheme":                    {env: map[string]string{"ENDPOINT": "collector:4317"}, wantErr: "OTEL_EXPORTER_OTLP_ENDPOINT is not a URL of the form"},
		"another scheme":               {env: map[string]string{"ENDPOINT": "grpc://collector:4317"}, wantErr: "is not a URL of the form"},
		"no host":                      {env: map[string]string{"ENDPOINT": "http://:4318"}, wantErr: "is not a URL of the form"},
		"not a URL":                    {env: map[string]string{"TRACES_ENDPOINT": "http://collector:s3cret"}, wantErr: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is not a URL"},
		"headers":                      {env: map[string]string{"ENDPOINT": "http://c", "HEADERS": "api-key=s3cret,authorization=Bearer%20s3cret=="}, want: "http/protobuf"},
		"an empty header":              {env: map[string]string{"ENDPOINT": "http://c", "HEADERS": "api-key=s3cret, ,"}, want: "http/protobuf"},
		"a header's name with a space": {env: map[string]string{"ENDPOINT": "http://c", "HEADERS": "api key=s3cret"}, wantErr: "OTEL_EXPORTER_OTLP_HEADERS: a header has no name"},
		"a header's name with a colon": {env: map[string]string{"ENDPOINT": "http://c", "HEADERS": "authorization: s3cret=="}, wantErr: "OTEL_EXPORTER_OTLP_HEADERS: a header has no name"},
		"headers without a key":        {env: map[string]string{"ENDPOINT": "http://c", "HEADERS": "s3cret"}, wantErr: "OTEL_EXPORTER_OTLP_HEADERS: a header has no '='"},
		"headers that are not encoded": {env: map[string]string{"ENDPOINT": "http://c", "TRACES_HEADERS": "k=s3cret%"}, wantErr: "OTEL_EXPORTER_OTLP_TRACES_HEADERS: a value has a '%'"},
		"no CA":                        {env: map[string]string{"ENDPOINT": "https://c", "CERTIFICATE": filepath.Join(folder, "none")}, wantErr: "no such file"},
		"no certificate in the CA":     {env: map[string]string{"ENDPOINT": "https://c", "CERTIFICATE": noPEM}, wantErr: "has no certificate in PEM"},
	} {
		t.Run(name, func(t *testing.T) {
			variables := map[string]string{}
			for key, value := range test.env {
				variables["OTEL_EXPORTER_OTLP_"+key] = value
			}
			got, err := telemetry.Check(getenv(variables), os.ReadFile)
			if test.wantErr == "" && (err != nil || got != test.want) {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
			if test.wantErr != "" && (err == nil || !strings.Contains(err.Error(), test.wantErr)) {
				t.Errorf("got error %v, want %s", err, test.wantErr)
			}
			if err != nil && strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the error has a secret: %v", err)
			}
		})
	}
}

func TestSecrets(t *testing.T) {
	for list, want := range map[string][]string{
		"a=one, b=two%20three,c=,d":                {"two%20three", "two three", "one", "d"},
		"authorization=Bearer%20abcdef,,":          {"Bearer%20abcdef", "Bearer abcdef", "Bearer", "abcdef"},
		"authorization=Basic%20abcdef":             {"Basic%20abcdef", "Basic abcdef", "abcdef"},
		"x-scope-orgid=1,api-key=1a2b3c4d,k=s3c%%": {"1a2b3c4d", "s3c%%", "1"},
	} {
		got := telemetry.Secrets(getenv(map[string]string{"OTEL_EXPORTER_OTLP_HEADERS": list}))
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", list, got, want)
		}
	}
	got := telemetry.Secrets(getenv(map[string]string{
		"OTEL_EXPORTER_OTLP_HEADERS": "a=general", "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "a=tracing",
	}))
	if want := []string{"general", "tracing"}; !slices.Equal(got, want) {
		t.Errorf("of two variables: got %q, want %q", got, want)
	}
}
