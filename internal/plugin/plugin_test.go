// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// draw is a command for tests, which ends as it is given.
func draw(t *testing.T, err error, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	flags := genericclioptions.NewConfigFlags(true)
	streams, _, out, errOut := genericiooptions.NewTestIOStreams()
	var shape string
	cmd := &cobra.Command{Use: "draw NAME", Short: "Draw", Args: oneName, RunE: func(*cobra.Command, []string) error {
		out.WriteString(shape + " in " + *flags.Namespace)
		return err
	}}
	cmd.Flags().StringVar(&shape, "shape", "", "its shape")
	ctx, cancel := context.WithCancel(t.Context())
	if errors.Is(err, context.Canceled) {
		cancel()
	}
	defer cancel()
	code = Run(ctx, NewRoot(flags, streams, cmd), args, errOut)
	return code, out.String(), errOut.String()
}

func TestRun(t *testing.T) {
	const usage = "\n\nUsage:\n  kubectl tracker draw NAME [flags]\n\nSee kubectl tracker draw --help.\n"
	for name, test := range map[string]struct {
		err            error
		args           []string
		code           int
		stdout, stderr string
	}{
		"success":       {args: []string{"draw", "a", "--shape=square", "-n", "people"}, stdout: "square in people"},
		"one dash":      {args: []string{"draw", "-shape", "square", "a", "-namespace=people"}, stdout: "square in people"},
		"failure":       {err: errors.New("no \x1b[31mink\nand no paper"), args: []string{"draw", "a"}, code: 1, stdout: " in ", stderr: "error: no ink\nand no paper\n"},
		"its own code":  {err: &ExitError{Code: 7, Err: errors.New("no ink")}, args: []string{"draw", "a"}, code: 7, stdout: " in ", stderr: "error: no ink\n"},
		"said already":  {err: &ExitError{Code: 3}, args: []string{"draw", "a"}, code: 3, stdout: " in "},
		"interrupted":   {err: context.Canceled, args: []string{"draw", "a"}, code: 130, stdout: " in "},
		"no name":       {args: []string{"draw"}, code: 2, stderr: "error: kubectl tracker draw takes the name of one InterviewTracker, and got 0" + usage},
		"unknown flag":  {args: []string{"draw", "a", "--x"}, code: 2, stderr: "error: unknown flag: --x" + usage},
		"a flag's word": {args: []string{"draw", "--", "-shape"}, stdout: " in "},
		"similar":       {args: []string{"drow"}, code: 2, stderr: "error: unknown command \"drow\": did you mean draw?"},
		"unknown":       {args: []string{"exterminate"}, code: 2, stderr: "error: unknown command \"exterminate\": see kubectl tracker --help"},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := draw(t, test.err, test.args...)
			if code != test.code || stdout != test.stdout || !strings.HasPrefix(stderr, test.stderr) || (test.stderr == "") != (stderr == "") {
				t.Errorf("code %d, want %d\nstdout: %q, want %q\nstderr: %q, want %q", code, test.code, stdout, test.stdout, stderr, test.stderr)
			}
		})
	}
}

// A command may have a code of its own for failures, which are no wrong command lines.
func TestFailWith(t *testing.T) {
	for name, test := range map[string]struct {
		err   error
		code  int
		usage bool
	}{
		"failure":            {errors.New("no ink"), 3, false},
		"its own code":       {&ExitError{Code: 1}, 1, false},
		"wrong command line": {Usagef("no name"), CodeUsage, true},
	} {
		err := FailWith(3, &cobra.Command{RunE: func(*cobra.Command, []string) error { return test.err }}).RunE(nil, nil)
		if codeOf(err) != test.code || isUsage(err) != test.usage || !errors.Is(err, test.err) {
			t.Errorf("%s: code %d, %v", name, codeOf(err), err)
		}
	}
	if err := FailWith(3, &cobra.Command{RunE: func(*cobra.Command, []string) error { return nil }}).RunE(nil, nil); err != nil {
		t.Errorf("success: %v", err)
	}
}

// The help of a command has its own flags, and names where kubectl's are.
func TestHelp(t *testing.T) {
	code, stdout, _ := draw(t, nil, "draw", "--help")
	if code != 0 || !strings.Contains(stdout, "\nFlags:\n  -h, --help") || !strings.Contains(stdout, "--shape") || strings.Contains(stdout, "--kubeconfig") {
		t.Errorf("code %d\n%s", code, stdout)
	}
	if code, stdout, _ := draw(t, nil, "options"); code != 0 || !strings.Contains(stdout, "--kubeconfig") || !strings.Contains(stdout, "-n, --namespace") {
		t.Errorf("code %d\n%s", code, stdout)
	}
	if code, stdout, _ := draw(t, nil, "--help"); code != 0 || !strings.Contains(stdout, "\nUsage:\n  kubectl tracker COMMAND [flags]\n") || !strings.Contains(stdout, "\n  draw ") {
		t.Errorf("code %d\n%s", code, stdout)
	}
}

func TestDecodeLeavesOutWhatItCantRead(t *testing.T) {
	object := &unstructured.Unstructured{Object: map[string]any{
		"metadata": map[string]any{"name": "hiring", "namespace": "people"},
		"spec":     map[string]any{"version": "1.0.0", "suspend": "sometimes", "invented": int64(1)},
		"status": map[string]any{
			"observedGeneration": int64(3), "inventory": map[string]any{"apps": "Deployment/hiring-api"},
			"conditions": []any{map[string]any{"type": "Ready", "status": "True", "invented": "x"}},
		},
	}}
	before := object.DeepCopy()
	tracker, err := Decode(object)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"spec.suspend", "status.inventory"}, tracker.Unreadable); diff != "" {
		t.Error(diff)
	}
	if tracker.Name != "hiring" || tracker.Spec.Version != "1.0.0" || tracker.Status.ObservedGeneration != 3 || tracker.Status.Conditions[0].Type != "Ready" {
		t.Errorf("got %v", tracker.InterviewTracker)
	}
	if diff := cmp.Diff(before, object); diff != "" {
		t.Errorf("the object was changed: %s", diff)
	}
}

func TestGitOps(t *testing.T) {
	managed := func(manager, subresource string) metav1.ObjectMeta {
		return metav1.ObjectMeta{ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "kubectl"}, {Manager: manager, Subresource: subresource}}}
	}
	for name, test := range map[string]struct {
		meta metav1.ObjectMeta
		want string
	}{
		"by hand":            {managed("kubectl-edit", ""), ""},
		"Argo CD":            {metav1.ObjectMeta{Annotations: map[string]string{"argocd.argoproj.io/tracking-id": "hiring:apps/Deployment:a/b"}}, "Argo CD (application hiring)"},
		"Argo CD, by label":  {metav1.ObjectMeta{Labels: map[string]string{"argocd.argoproj.io/instance": "hiring"}}, "Argo CD (application hiring)"},
		"Helm's own label":   {metav1.ObjectMeta{Labels: map[string]string{"app.kubernetes.io/instance": "hiring"}}, ""},
		"Argo CD's fields":   {managed("argocd-controller", ""), "Argo CD"},
		"its status alone":   {managed("argocd-controller", "status"), ""},
		"Flux":               {metav1.ObjectMeta{Labels: map[string]string{"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}}, "Flux (Kustomization flux-system/apps)"},
		"Flux's HelmRelease": {metav1.ObjectMeta{Labels: map[string]string{"helm.toolkit.fluxcd.io/name": "apps", "helm.toolkit.fluxcd.io/namespace": "team"}}, "Flux (HelmRelease team/apps)"},
		"Flux's fields":      {managed("kustomize-controller", ""), "Flux"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := GitOps(&v1alpha1.InterviewTracker{ObjectMeta: test.meta}); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestFormats(t *testing.T) {
	data := map[string]any{"name": "hiring", "ready": true}
	for format, want := range map[string]string{"json": "{\n  \"name\": \"hiring\",\n  \"ready\": true\n}\n", "yaml": "name: hiring\nready: true\n"} {
		var f Format
		if err := f.Set(format); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := f.Print(&out, data); err != nil || out.String() != want {
			t.Errorf("%s: got %q, %v", format, out.String(), err)
		}
	}
	if err := new(Format).Set("wide"); err == nil {
		t.Error("another format is taken")
	}
}

func TestColors(t *testing.T) {
	if got := (Colors{on: true}).Bad("no"); got != "\x1b[31mno\x1b[0m" {
		t.Errorf("got %q", got)
	}
	if got := ColorsFor(&bytes.Buffer{}).Bad("no"); got != "no" {
		t.Errorf("a file gets %q", got)
	}
}
