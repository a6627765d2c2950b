// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package install

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// recorder stands for a program: it records how it was called. Docker runs or not, and kind has no cluster yet.
const recorder = `#!/bin/sh
case "${0##*/} $*" in "docker info"*) exit "$DOCKER_INFO" ;; esac
echo "${0##*/} $*" >>"$CALLS"
`

// `make demo` takes kind where Docker runs, the cluster that is built here otherwise, and one that the user names
// before both; it says which. The programs are recorders, as there is no Docker on the machines that test this.
func TestDemoChoosesTheCluster(t *testing.T) {
	const ofKind = "kind create cluster --name interview-tracker --kubeconfig bin/kind-kubeconfig --wait 3m"
	const loaded = "kind load docker-image --name interview-tracker interview-tracker-operator:dev interview-tracker-api:1.0.0 " +
		"interview-tracker-api:1.1.0 interview-tracker-frontend:1.0.0 interview-tracker-frontend:1.1.0"
	for name, test := range map[string]struct {
		docker      string // the exit code of docker info
		environment []string
		says        []string
		calls       []string
		without     string // no call begins so
	}{
		"kind": {
			docker: "0",
			says:   []string{"The cluster: kind, as it is here and Docker runs", "kind delete cluster --name interview-tracker"},
			calls: []string{
				ofKind, "make docker-build IMAGE_PREFIX= VERSION=dev", "docker tag interview-tracker-api:dev interview-tracker-api:1.1.0",
				loaded, "kubectl apply --server-side -k config/default",
			},
			without: "make cluster-up",
		},
		"Docker does not run": {
			docker:  "1",
			says:    []string{"The cluster: a Kubernetes that is built from source, as there is no kind with a running Docker", "make cluster-down"},
			calls:   []string{"make cluster-up", "kubectl apply --server-side -k config/default"},
			without: "kind",
		},
		"the user's cluster": {
			docker:      "0",
			environment: []string{"KUBECONFIG=/elsewhere/kubeconfig", "IMAGE_PREFIX=registry.example.com/", "VERSION=1.2.3"},
			says:        []string{"The cluster: the cluster of KUBECONFIG=/elsewhere/kubeconfig", "make undeploy"},
			calls:       []string{"kubectl apply --server-side -k bin/deploy"},
			without:     "kind",
		},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			checkout := checkout(t)
			recorders := []string{checkout + "/hack/monitoring-up.sh"}
			for _, program := range []string{"docker", "kind", "kubectl", "make"} {
				recorders = append(recorders, filepath.Join(folder, program))
			}
			for _, program := range recorders {
				if err := os.WriteFile(program, []byte(recorder), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			record := filepath.Join(folder, "calls")
			demo := exec.CommandContext(t.Context(), checkout+"/hack/demo.sh")
			demo.Env = append(os.Environ(), "KUBECONFIG=", "IMAGE_PREFIX=", "VERSION=dev")
			demo.Env = append(demo.Env, "PATH="+folder+":"+os.Getenv("PATH"), "CALLS="+record, "DOCKER_INFO="+test.docker)
			demo.Env = append(demo.Env, test.environment...)
			out, err := demo.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for _, want := range test.says {
				if !strings.Contains(string(out), want) {
					t.Errorf("it does not say %q:\n%s", want, out)
				}
			}
			recorded, err := os.ReadFile(record)
			if err != nil {
				t.Fatal(err)
			}
			calls := "\n" + string(recorded)
			for _, want := range test.calls {
				if !strings.Contains(calls, "\n"+want+"\n") {
					t.Errorf("it does not run %q:\n%s", want, calls)
				}
			}
			if strings.Contains(calls, "\n"+test.without) {
				t.Errorf("it runs %q:\n%s", test.without, calls)
			}
		})
	}
}

// checkout is a copy of what the demo reads: the scripts write beside it.
func checkout(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, part := range []string{"hack", "config/samples"} {
		if err := os.CopyFS(filepath.Join(folder, part), os.DirFS(filepath.Join("..", "..", part))); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}
