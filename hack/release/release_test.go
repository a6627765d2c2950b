// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"
	"github.com/spdx/tools-golang/spdxlib"
	"sigs.k8s.io/krew/pkg/index"
	"sigs.k8s.io/yaml"
)

// equalFolders compares the files of two folders.
func equalFolders(t *testing.T, one, other string) {
	t.Helper()
	a, err := readFolder(one, "")
	if err != nil {
		t.Fatal(err)
	}
	b, err := readFolder(other, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(a) == 0 || len(a) != len(b) {
		t.Fatalf("%d and %d files", len(a), len(b))
	}
	for i := range a {
		if a[i].name != b[i].name || !bytes.Equal(a[i].content, b[i].content) {
			t.Errorf("%s and %s differ", a[i].name, b[i].name)
		}
	}
}

// copyCheckout copies the files of this checkout to a folder of another name.
func copyCheckout(t *testing.T) string {
	t.Helper()
	list, err := output(t.Context(), "../..", "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	if err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	for name := range strings.SplitSeq(strings.TrimSuffix(list, "\x00"), "\x00") {
		from := filepath.Join("../..", name)
		info, err := os.Stat(from)
		if os.IsNotExist(err) { // git lists deleted files, too
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(to, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, info.Mode().Perm()); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// All that is made of the programs for this machine, from two folders. `make release` makes them for all
// platforms in the same way.
func TestReleaseIsReproducible(t *testing.T) {
	here := platform{runtime.GOOS, runtime.GOARCH}
	var ofHere []program
	for _, p := range programs {
		ofHere = append(ofHere, program{name: p.name, archive: p.archive, platforms: []platform{here}})
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, root := range []string{root, copyCheckout(t)} {
		r := release{root: root, version: "v0.1.0", commit: "0123", date: date, baseURL: "https://example.com/v0.1.0"}
		work, to := t.TempDir(), t.TempDir()
		folders = append(folders, to)
		binaries, err := r.build(t.Context(), filepath.Join(work, "built"), ofHere)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.publish(t.Context(), binaries, work, to); err != nil {
			t.Fatal(err)
		}
		if err := writeChecksums(to); err != nil {
			t.Fatal(err)
		}
		checkBinary(t, binaries[slices.IndexFunc(binaries, func(b binary) bool { return b.program.name == plugin })])
	}
	equalFolders(t, folders[0], folders[1])
	base := filepath.Join(folders[0], "kubectl-tracker_v0.1.0_"+here.os+"_"+here.arch)
	checkSBOM(t, base+".spdx.json")
	checkKrewManifest(t, folders[0], filepath.Base(base)+".tar.gz")
}

// checkBinary checks that the plugin says which release it is of.
func checkBinary(t *testing.T, b binary) {
	t.Helper()
	got, err := exec.CommandContext(t.Context(), b.path, "version").Output()
	if err != nil {
		t.Fatal(err)
	}
	if want := "v0.1.0 (commit 0123, 2026-01-02T15:04:05Z, " + runtime.Version() + ")"; !strings.Contains(string(got), want) {
		t.Errorf("the version is %q, want %s", got, want)
	}
}

// checkSBOM checks an SBOM as a reader of it would, and that each module has a licence that is compatible with ours.
func checkSBOM(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var document v2_3.Document
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	if err := spdxlib.ValidateDocument(&document); err != nil {
		t.Error(err)
	}
	described, err := spdxlib.GetDescribedPackageIDs(&document)
	if err != nil || len(described) != 1 {
		t.Errorf("it describes %v, %v", described, err)
	}
	ids := map[string]bool{}
	var names []string
	for _, p := range document.Packages {
		names = append(names, p.PackageName)
		if ids[string(p.PackageSPDXIdentifier)] {
			t.Errorf("%s is there twice", p.PackageSPDXIdentifier)
		}
		ids[string(p.PackageSPDXIdentifier)] = true
		if p.PackageLicenseDeclared == noAssertion || len(p.PackageExternalReferences) != 1 {
			t.Errorf("%s has the licence %s and %d references", p.PackageName, p.PackageLicenseDeclared, len(p.PackageExternalReferences))
		}
	}
	for _, want := range []string{plugin, standardLibrary, "k8s.io/apimachinery"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is not among %v", want, names)
		}
	}
}

// checkKrewManifest checks that krew finds the archive with the checksum of its manifest.
func checkKrewManifest(t *testing.T, dir, archive string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "tracker.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest index.Plugin
	if err := yaml.UnmarshalStrict(text, &manifest); err != nil {
		t.Fatal(err)
	}
	sum, err := fileSum(filepath.Join(dir, archive))
	if err != nil {
		t.Fatal(err)
	}
	if len(manifest.Spec.Platforms) != 1 {
		t.Fatalf("the platforms are %+v", manifest.Spec.Platforms)
	}
	if got := manifest.Spec.Platforms[0]; got.URI != "https://example.com/v0.1.0/"+archive || got.Sha256 != sum {
		t.Errorf("the manifest has %+v", got)
	}
}

func TestKrewManifest(t *testing.T) {
	r := release{version: "v0.1.0", baseURL: "https://example.com"}
	text, err := yaml.Marshal(r.krewManifest([]archive{
		{binary{program{name: "manager"}, platform{"linux", "amd64"}, ""}, "manager.tar.gz", "00"},
		{binary{program{name: plugin}, platform{"windows", "arm64"}, ""}, "plugin.zip", "0123"},
	}))
	if err != nil {
		t.Fatal(err)
	}
	const want = `apiVersion: krew.googlecontainertools.github.com/v1alpha2
kind: Plugin
metadata:
  name: tracker
spec:
  description: |
    Shows whether the trackers of the Interview Tracker Operator work, and if not, why, and checks what
    they need in the cluster. Waits for them, suspends, restarts and scales them, opens their page, reads
    their logs and events, and collects a report for others without a secret. Says what the operator would
    change, and prints the objects of a tracker without a cluster. It has the rights of the user who runs it.
  homepage: https://github.com/interview-tracker/interview-tracker-operator
  platforms:
  - bin: kubectl-tracker.exe
    files:
    - from: kubectl-tracker.exe
      to: .
    - from: LICENSE
      to: .
    selector:
      matchLabels:
        arch: arm64
        os: windows
    sha256: "0123"
    uri: https://example.com/plugin.zip
  shortDescription: Look at and drive InterviewTrackers
  version: v0.1.0
`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatAReleaseReplaces(t *testing.T) {
	release, checkout := t.TempDir(), t.TempDir()
	for _, file := range []string{filepath.Join(release, checksums), filepath.Join(checkout, "go.mod")} {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for folder, want := range map[string]bool{release: true, checkout: false, t.TempDir(): true, filepath.Join(checkout, "missing"): true} {
		if err := replaceable(folder); (err == nil) != want {
			t.Errorf("%s can be replaced: %v, want %t", folder, err, want)
		}
	}
}

func TestVersion(t *testing.T) {
	for version, valid := range map[string]bool{
		"v0.1.0": true, "v1.2.3-rc.1": true, "": false, "0.1.0": false, "v1": false, "v1.2.3+build": false, "d98320a": false,
	} {
		if err := checkVersion(version); (err == nil) != valid {
			t.Errorf("%q: got %v", version, err)
		}
	}
}

func TestCleanCommit(t *testing.T) {
	dir := t.TempDir()
	git := func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "git", args...)
		out, err := commandOutput(cmd, dir, "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a",
			"GIT_COMMITTER_EMAIL=a@example.com", "GIT_COMMITTER_DATE=2026-01-02T16:04:05+01:00")
		if err != nil {
			t.Fatal(err, out)
		}
	}
	git("init", "--quiet")
	git("commit", "--quiet", "--allow-empty", "--message=first")
	commit, got, err := cleanCommit(t.Context(), dir)
	if err != nil || len(commit) != 40 || !got.Equal(date) {
		t.Errorf("got %s, %s, %v", commit, got, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := cleanCommit(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "?? file") {
		t.Errorf("with a new file: got %v", err)
	}
}
