// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"regexp"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

func TestRevisionStandsForItsURLAndTracker(t *testing.T) {
	const salt = "6f1d2b1e-0000-4000-8000-000000000001/database"
	first := mustRevise(t, "postgres://a:b@db/hiring", salt)
	if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(first) {
		t.Errorf("a revision is %q, want 32 hexadecimal digits", first)
	}
	if again := mustRevise(t, "postgres://a:b@db/hiring", salt); again != first {
		t.Errorf("the same URL has the revisions %s and %s", first, again)
	}
	for url, salt := range map[string]string{
		"postgres://a:c@db/hiring": salt,
		"postgres://a:b@db/hiring": "6f1d2b1e-0000-4000-8000-000000000002/database",
	} {
		if other := mustRevise(t, url, salt); other == first {
			t.Errorf("%s with salt %s has the revision of another", url, salt)
		}
	}
}

// Another user, password or parameter leads to the same database.
func TestAddressOfAURL(t *testing.T) {
	for url, want := range map[string]string{
		"postgres://a:b@db:5432/hiring":                        "postgres://db:5432/hiring",
		"postgres://a:c@db:5432/hiring?sslmode=require\n":      "postgres://db:5432/hiring",
		"postgres://a:p@ss#word@db:5432/hiring":                "postgres://db:5432/hiring",
		"postgres://a@db1:5432,db2:5432/hiring?options=-c%20x": "postgres://db1:5432,db2:5432/hiring",
		"postgres://db/other?user=a@b&password=c":              "postgres://db/other",
		"postgres:///hiring?host=/run":                         "postgres:///hiring",
		"no URL":                                               "no URL",
	} {
		if got := string(address([]byte(url))); got != want {
			t.Errorf("%q: got %q, want %q", url, got, want)
		}
	}
}

// What is remembered of a tracker ends with the tracker, and with the dependency.
func TestReadingsAreForgotten(t *testing.T) {
	tracker := &v1alpha1.InterviewTracker{ObjectMeta: metav1.ObjectMeta{Namespace: "people", Name: "hiring", UID: "1"}}
	some := map[v1alpha1.Component]reading{v1alpha1.ComponentDatabase: {resourceVersion: "7"}}
	o := &Observer{Catalog: catalog.Default()}
	o.external.keep(tracker, some)
	if got := o.external.of(tracker); len(got) != 1 {
		t.Errorf("of one reading, %v are remembered", got)
	}
	again := tracker.DeepCopy()
	again.UID = "2"
	if got := o.external.of(again); len(got) > 0 {
		t.Errorf("a later tracker of the same name has the readings %v", got)
	}
	for how, forget := range map[string]func(){
		"the dependency went": func() { o.external.keep(tracker, nil) },
		"the tracker went":    func() { o.Forget(client.ObjectKeyFromObject(tracker)) },
	} {
		o.external.keep(tracker, some)
		forget()
		if len(o.external.trackers) > 0 {
			t.Errorf("after %s, %v is remembered", how, o.external.trackers)
		}
	}
}

func mustRevise(t *testing.T, url, salt string) string {
	t.Helper()
	r, err := revision([]byte(url), salt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func BenchmarkRevision(b *testing.B) {
	for b.Loop() {
		if _, err := revision([]byte("postgres://a:b@db/hiring"), "6f1d2b1e-0000-4000-8000-000000000001/database"); err != nil {
			b.Fatal(err)
		}
	}
}
