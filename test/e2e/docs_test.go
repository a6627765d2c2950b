//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/rand"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/test/pages"
)

// The commands of the pages for users work, as a reader would enter them, from top to bottom.
func TestCommandsOfTheDocs(t *testing.T) {
	t.Parallel()
	localOnly(t)
	folder := checkout(t)
	buildPlugin(t, folder)

	t.Run("from nothing", func(t *testing.T) {
		t.Parallel()
		ns := "e2e-" + rand.String(5) // The page creates it.
		deleteLater(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ns}})
		reader{ns, checkoutWith(t, folder)}.read(t, pages.QuickStart)
	})
	t.Run("with a tracker", func(t *testing.T) {
		t.Parallel()
		ns := namespace(t)
		tracker := create(t, ns, "hiring", func(s *v1alpha1.InterviewTrackerSpec) {
			travelled(s)
			// The pages scale it, and must not take the resources that other tests need.
			little := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("10m")}
			s.API = &v1alpha1.ComponentSpec{Resources: &v1alpha1.ResourcesSpec{Requests: little}}
		})
		applied, changed := tracker.DeepCopy(), tracker.DeepCopy()
		changed.Spec.Version = "1.1.0"
		ready(t, tracker)
		eventually(t, tracker, "the monitoring is not Ready", func() bool { return is(tracker, "MonitoringReady", "True Selected") })
		scraped(t, tracker)
		for _, page := range pages.OnCluster {
			t.Run(page, func(t *testing.T) {
				r := reader{ns, checkoutWith(t, folder)}
				r.write(t, "hiring.yaml", applied)
				r.write(t, "tracker.yaml", changed)
				r.read(t, page)
			})
		}
	})
}

// reader enters the commands of pages for trackers of a namespace, in a folder.
type reader struct{ namespace, folder string }

// write writes a tracker as a user has it in a file.
func (r reader) write(t *testing.T, file string, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	written, err := yaml.Marshal(map[string]any{
		"apiVersion": v1alpha1.GroupVersion.String(),
		"kind":       "InterviewTracker",
		"metadata":   map[string]string{"name": tracker.Name, "namespace": tracker.Namespace},
		"spec":       tracker.Spec,
	})
	must(t, err)
	must(t, os.WriteFile(filepath.Join(r.folder, file), written, 0o600))
}

// read runs the commands of a page, one block after the other.
func (r reader) read(t *testing.T, page string) {
	t.Helper()
	sections, err := pages.Read(filepath.Join("..", ".."), page)
	must(t, err)
	for _, s := range sections {
		if pages.OfTheirOwn[s.Name] != "" {
			continue
		}
		for _, b := range s.Blocks {
			if b.Language == pages.Shell && b.NotRun == "" {
				r.enter(t, page, b)
			}
		}
	}
}

// names are those that the pages give the namespace of a tracker, and the Helm release of Prometheus.
var names = regexp.MustCompile(`\b(people|team)\b|\bkube-prometheus-stack\b`)

// enter runs a block, until it shows what it should if it says what. A status that is written during kubectl diff is a
// difference, too: it runs again.
func (r reader) enter(t *testing.T, page string, b pages.Block) {
	t.Helper()
	const timeout = 3 * time.Minute
	script := "export NAMESPACE=" + r.namespace + " TRACKER=hiring\n" + names.ReplaceAllStringFunc(b.Text, func(name string) string {
		if name == "kube-prometheus-stack" {
			return "e2e"
		}
		return r.namespace
	})
	var out string
	var err error
	begin := time.Now()
	shown := within(t, timeout, func() bool {
		out, err = shell(t, r.folder, script)
		if strings.Contains(b.Text, "kubectl diff") && exitCode(err) != b.ExitCode {
			return false
		}
		return b.Shows == "" || strings.Contains(out, b.Shows)
	})
	t.Logf("%s, line %d: %s\n%s%s", page, b.Line, time.Since(begin).Round(time.Millisecond), b.Text, out)
	switch {
	case exitCode(err) != b.ExitCode:
		t.Errorf("%s, line %d: it ends with %d, and not with %d: %v", page, b.Line, exitCode(err), b.ExitCode, err)
	case !shown:
		t.Errorf("%s, line %d: it does not show %q within %s", page, b.Line, b.Shows, timeout)
	}
}

// exitCode is what a script has ended with, -1 if it has not.
func exitCode(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	default:
		return -1
	}
}

// checkoutWith is a folder to run commands in, with the programs of another one.
func checkoutWith(t *testing.T, programs string) string {
	t.Helper()
	folder := checkout(t)
	must(t, os.Symlink(filepath.Join(programs, plugin), filepath.Join(folder, plugin)))
	return folder
}

// plugin is the name by which kubectl finds kubectl tracker.
const plugin = "kubectl-tracker"

// buildPlugin builds it in a folder.
func buildPlugin(t *testing.T, folder string) {
	t.Helper()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(folder, plugin), "../../cmd/"+plugin)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", plugin, err, out)
	}
}
