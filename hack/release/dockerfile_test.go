// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

var arguments = map[string]string{"VERSION": "0.1.0", "COMMIT": "0123", "DATE": "2026-01-02T15:04:05Z"}

func TestDockerfileOfTheRepository(t *testing.T) {
	text, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	stages, err := parseDockerfile(string(text), arguments)
	if err != nil {
		t.Fatal(err)
	}
	labels := func(title, description string) map[string]string {
		return map[string]string{
			"org.opencontainers.image.version": "0.1.0", "org.opencontainers.image.revision": "0123",
			"org.opencontainers.image.created": "2026-01-02T15:04:05Z", "org.opencontainers.image.licenses": "Apache-2.0",
			"org.opencontainers.image.source": repository, "org.opencontainers.image.title": title,
			"org.opencontainers.image.description": description,
		}
	}
	check := func(port, start string) *v1.HealthConfig {
		period, err := time.ParseDuration(start)
		if err != nil {
			t.Fatal(err)
		}
		return &v1.HealthConfig{
			Test:     []string{"CMD", "/tracker", "healthcheck", "http://localhost:" + port + "/health"},
			Interval: 30 * time.Second, Timeout: 10 * time.Second, StartPeriod: period, Retries: 3,
		}
	}
	certificates := copied{certificatesInBuild, "etc/ssl/certs/ca-certificates.crt"}
	want := map[string]stage{
		"manager": {
			config: v1.Config{
				User: "65532:65532", Entrypoint: []string{"/manager"},
				Labels: labels("Interview Tracker Operator", "Runs and watches Interview Trackers"),
			},
			files: []copied{certificates, {"/out/manager", "manager"}},
		},
		"tracker-api": {
			config: v1.Config{
				User: "65532:65532", Entrypoint: []string{"/tracker"}, Cmd: []string{"api"}, Healthcheck: check("8000", "40s"),
				ExposedPorts: map[string]struct{}{"8000/tcp": {}},
				Labels:       labels("Interview Tracker API", "The API of the Interview Position Tracker"),
			},
			files: []copied{certificates, {"/out/tracker", "tracker"}},
		},
		"tracker-frontend": {
			config: v1.Config{
				User: "65532:65532", Entrypoint: []string{"/tracker"}, Cmd: []string{"frontend"}, Healthcheck: check("3000", "10s"),
				ExposedPorts: map[string]struct{}{"3000/tcp": {}, "9464/tcp": {}},
				Labels:       labels("Interview Tracker frontend", "The pages of the Interview Position Tracker"),
			},
			files: []copied{certificates, {"/out/tracker", "tracker"}},
		},
	}
	for _, image := range images {
		if diff := cmp.Diff(want[image.stage], stages[image.stage], cmp.AllowUnexported(stage{}, copied{})); diff != "" {
			t.Errorf("stage %s (-want +got):\n%s", image.stage, diff)
		}
	}
}

func TestDockerfileThatIsNotUnderstood(t *testing.T) {
	for text, want := range map[string]string{
		"FROM scratch AS x\nRUN make":                   "this instruction is not known",
		"FROM scratch AS x\nCOPY LICENSE /":             "expected --from=build",
		"FROM scratch AS x\nENTRYPOINT /manager":        "invalid character",
		"FROM scratch AS x\nLABEL a=$OTHER":             "no value for OTHER",
		"FROM scratch AS x\nHEALTHCHECK --often CMD []": "option --often is not known",
	} {
		if _, err := parseDockerfile(text, arguments); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}
