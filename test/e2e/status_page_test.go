//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// statusPictures is where the pictures of the status page are stored.
var statusPictures = filepath.Join("..", "..", "bin", "status-page")

// The status page says in a browser what works, whatever does not.
func TestStatusPage(t *testing.T) {
	t.Parallel()
	localOnly(t)
	tracker := create(t, namespace(t), "hiring", func(s *v1alpha1.InterviewTrackerSpec) {
		// With the default, the API's Service leads nowhere some 15 seconds after the database has stopped: the
		// page then says that the API does not respond, too soon for the pictures.
		s.API = &v1alpha1.ComponentSpec{Probes: &v1alpha1.ProbesSpec{Readiness: &v1alpha1.ProbeSpec{Path: contract.PathHealth}}}
	})
	ready(t, tracker)
	says(t, tracker, "works", "Everything works.", "API ✓ Works", "Database ✓ Works", "Cache ✓ Works")

	database := fetch(t, tracker, "hiring-database-0", &corev1.Pod{})
	signal(t, database, postgresProcess, syscall.SIGSTOP)
	defer signal(t, database, postgresProcess, syscall.SIGCONT)
	unavailable := "Positions and interviews can’t be opened at the moment."
	says(t, tracker, "database-down", unavailable, "API ✓ Works", "Database ✕ Does not work", "Cache ✓ Works")

	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.API.Replicas = new(int32(0)) })
	says(t, tracker, "api-gone", unavailable, "API ✕ Does not respond", "Database ? Not known", "Cache ? Not known")
}

// says waits until the status page has the texts, and takes pictures of it.
func says(t *testing.T, tracker *v1alpha1.InterviewTracker, name string, texts ...string) {
	t.Helper()
	has := func(html string) bool {
		shown := text(html)
		return !slices.ContainsFunc(texts, func(expected string) bool { return !strings.Contains(shown, expected) })
	}
	eventually(t, tracker, fmt.Sprintf("the status page does not say %q", texts), func() bool {
		html, err := get(t, tracker, v1alpha1.ComponentFrontend, "/status")
		return err == nil && has(html)
	})
	eventually(t, tracker, fmt.Sprintf("the browser does not show %q, or not when the page was checked", texts), func() bool {
		html, err := browse(t, tracker, "--dump-dom")
		shows := err == nil && has(html) && strings.Contains(text(html), "UTC. This page refreshes itself")
		if !shows {
			t.Logf("the browser shows %s: %v", text(html), err)
		}
		return shows
	})
	must(t, os.MkdirAll(statusPictures, 0o755))
	for _, window := range []struct {
		name          string
		width, height int
	}{{"desktop", 1280, 800}, {"phone", 390, 844}} {
		file, err := filepath.Abs(filepath.Join(statusPictures, name+"-"+window.name+".png"))
		must(t, err)
		eventually(t, tracker, "the browser takes no picture", func() bool {
			_, err := browse(t, tracker, "--hide-scrollbars", fmt.Sprintf("--window-size=%d,%d", window.width, window.height), "--screenshot="+file)
			if err != nil {
				t.Log(err)
			}
			return err == nil
		})
		picture, err := os.ReadFile(file)
		must(t, err)
		size, err := png.DecodeConfig(bytes.NewReader(picture))
		must(t, err)
		if size.Width != window.width || size.Height != window.height {
			t.Errorf("%s has %d × %d pixels", file, size.Width, size.Height)
		}
	}
}

// browse opens the status page in Chromium, with a profile of its own so that nothing is cached, and returns what it prints.
func browse(t *testing.T, tracker *v1alpha1.InterviewTracker, arguments ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	page := endpoint(ctx, tracker, 0) + "/status"
	// Root, which the local cluster needs, can't use Chromium's sandbox; the page is ours.
	arguments = append([]string{"--headless=new", "--no-sandbox", "--disable-gpu", "--user-data-dir=" + t.TempDir()}, arguments...)
	browser := exec.CommandContext(ctx, "chromium", append(arguments, page)...)
	browser.WaitDelay = 10 * time.Second // Its other processes have its output, too.
	out, err := browser.Output()
	if err != nil {
		return "", fmt.Errorf("opening %s in chromium: %w", page, err)
	}
	return string(out), nil
}

var (
	head = regexp.MustCompile(`(?s)^.*</head>`)
	tags = regexp.MustCompile(`<[^>]*>`)
)

// text is what a page shows.
func text(html string) string {
	shown := tags.ReplaceAllString(head.ReplaceAllString(html, ""), " ")
	return strings.Join(strings.Fields(strings.ReplaceAll(shown, "&nbsp;", " ")), " ")
}
