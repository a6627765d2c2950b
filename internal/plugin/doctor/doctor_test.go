// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

// exitCode is that of an error of run.
func exitCode(err error) int {
	exit := (*plugin.ExitError)(nil)
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.Code
	}
	return codeUnchecked
}

func TestRun(t *testing.T) {
	healthy := refusing(t, nil)
	broken := refusing(t, nil)
	object := &v1alpha1.InterviewTracker{}
	object.Namespace, object.Name = "team", "new"
	object.Spec.Version = "1.0.0"
	if err := broken.Client.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		cluster *plugin.Cluster
		o       Options
		format  plugin.Format
		code    int
		says    string
	}{
		"healthy":         {healthy, Options{Namespace: "team", Version: "1.0.0", Now: t0}, "", 0, "Tracker team/hiring\n  pass  Status: "},
		"one of two":      {broken, Options{Namespace: "team", Version: "1.0.0", Now: t0}, "", 1, "  FAIL  Status: no operator has written a status yet"},
		"the healthy one": {broken, Options{Namespace: "team", Name: "hiring", Version: "1.0.0", Now: t0}, "", 0, " 0 failed, "},
		"as JSON":         {broken, Options{Namespace: "team", Version: "1.0.0", Now: t0}, "json", 1, `"tracker": "new"`},
		"as YAML":         {broken, Options{Namespace: "team", Version: "1.0.0", Now: t0}, "yaml", 1, "tracker: new\n"},
		"no such tracker": {healthy, Options{Namespace: "team", Name: "absent", Now: t0}, "", 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			err := run(t.Context(), test.cluster, test.o, test.format, &out)
			if code := exitCode(err); code != test.code || !strings.Contains(out.String(), test.says) {
				t.Errorf("exit code %d (%v), want %d and %q; got\n%s", code, err, test.code, test.says, &out)
			}
			if test.format == "" {
				return
			}
			var report Report
			text, err := yaml.YAMLToJSON(out.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(text, &report); err != nil || report.Summary[Fail] == 0 || len(report.Checks) == 0 {
				t.Errorf("got %+v (%v)", report, err)
			}
		})
	}
}

func TestCommandRefusesWrongCommandLines(t *testing.T) {
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(kubeconfig, []byte("apiVersion: v1\nkind: Config\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"two names":                    {"doctor", "a", "b"},
		"a name and all namespaces":    {"doctor", "a", "-A"},
		"a format that there is not":   {"doctor", "-o", "wide"},
		"a cluster that there is not":  {"doctor", "--kubeconfig", kubeconfig, "--server", "http://127.0.0.1:1"},
		"a kubeconfig that is missing": {"doctor", "--kubeconfig", kubeconfig + ".absent"},
	} {
		t.Run(name, func(t *testing.T) {
			var stderr bytes.Buffer
			streams := genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &bytes.Buffer{}, ErrOut: &stderr}
			flags := genericclioptions.NewConfigFlags(true)
			root := plugin.NewRoot(flags, streams, NewCommand(flags, streams))
			if code := plugin.Run(t.Context(), root, args, &stderr); code != 2 {
				t.Errorf("exit code %d: %s", code, &stderr)
			}
		})
	}
}

func TestPrint(t *testing.T) {
	checks := []Check{{Name: "a", Result: Pass}, {Name: "b", Result: Warn}, {Name: "c", Result: Fail, Remedy: "mend it"}, {Name: "d", Result: NotChecked}}
	var out bytes.Buffer
	if err := Print(&out, checks, plugin.Colors{}); err != nil {
		t.Fatal(err)
	}
	want := "Cluster\n  pass  a: \n  WARN  b: \n  FAIL  c: \n        → mend it\n  ?     d: not checked: \n\n1 passed, 1 warning, 1 failed, 1 not checked\n"
	if out.String() != want {
		t.Errorf("got\n%q\nwant\n%q", out.String(), want)
	}
}
