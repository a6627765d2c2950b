// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

// everything is the target of all objects.
const everything = v1alpha1.LabelTracker + "=hiring"

func ofAll(patch string) v1alpha1.Patch {
	return v1alpha1.Patch{Target: &v1alpha1.PatchTarget{LabelSelector: everything}, Patch: patch}
}

func ofAPI(patch string) v1alpha1.Patch {
	return v1alpha1.Patch{Target: &v1alpha1.PatchTarget{Kind: "Deployment", Name: "hiring-api"}, Patch: patch}
}

// times are n patches.
func times(n int, patch func(i int) v1alpha1.Patch) []v1alpha1.Patch {
	var patches []v1alpha1.Patch
	for i := range n {
		patches = append(patches, patch(i))
	}
	return patches
}

// variables is a strategic merge patch of n environment variables, from a number on.
func variables(n, from int) string {
	var list strings.Builder
	for i := range n {
		fmt.Fprintf(&list, "{name: V%d}, ", from+i)
	}
	return "spec: {template: {spec: {containers: [{name: api, env: [" + list.String() + "]}]}}}"
}

// copiesOfTheContainer are patches that give the API's container n variables, and then copy
// it, under other names.
func copiesOfTheContainer(n, copies int) []v1alpha1.Patch {
	patches := []v1alpha1.Patch{ofAPI(variables(n, 0))}
	// Without ports: those of two containers can't have one name.
	operations := "- {op: remove, path: /spec/template/spec/containers/0/ports}\n"
	for i := 1; i <= copies; {
		for ; len(operations) < 1000 && i <= copies; i++ {
			operations += fmt.Sprintf("- {op: copy, from: /spec/template/spec/containers/0, path: /spec/template/spec/containers/-}\n"+
				"- {op: replace, path: /spec/template/spec/containers/%d/name, value: c%d}\n", i, i)
		}
		patches = append(patches, ofAPI(operations))
		operations = ""
	}
	return patches
}

// listAndCopies sets a list of n values, and copies its container.
func listAndCopies(n, copies int) string {
	return "- {op: add, path: /spec/template/spec/containers/0/args, value: [" + strings.Repeat("a, ", n) + "]}\n" +
		strings.Repeat("- {op: copy, from: /spec/template/spec/containers/0, path: /spec/template/spec/containers/-}\n", copies)
}

const (
	copyAndRemove = "- {op: copy, from: /spec/template/spec, path: /metadata/x}\n- {op: remove, path: /metadata/x}\n"
	moves         = "- {op: move, from: /spec/template, path: /spec/x}\n- {op: move, from: /spec/x, path: /spec/template}\n"
)

// A patch that would take the operator's memory or time is refused before it does: in
// bytes that are allocated, at most this many MiB, of which applying harmless patches takes
// a part.
func TestPatchesAreBounded(t *testing.T) {
	const (
		aliases    = "reading the patch: YAML's anchors, aliases and merge keys (&, * and <<) can't be used in a patch; write the values out"
		tooDeep    = "reading the patch: it is nested more than 64 levels deep"
		tooMany    = "values, each counted once for every object that it is set in, and may set 1000; narrow their targets, or remove some"
		tooLong    = "the patches up to this one are longer than 256 KiB together; shorten or remove some"
		tooLarge   = "the patch makes it larger than 256 KiB"
		tooFull    = "Deployment hiring-api: the patch makes it hold"
		tooSlow    = "Deployment hiring-api: the strategic merges up to this one take"
		together   = "the patch makes the tracker's objects larger than 1024 KiB together"
		copied     = "the accumulated size increase of copy is"
		expression = "with its repetitions written out, it may have 1000 parts"
	)
	letters := strings.Repeat("A", 4000)
	targeting := func(target v1alpha1.PatchTarget) []v1alpha1.Patch {
		return times(32, func(int) v1alpha1.Patch {
			return v1alpha1.Patch{Target: &target, Patch: `[{op: test, path: /kind, value: Deployment}]`}
		})
	}
	tests := map[string]struct {
		patches []v1alpha1.Patch
		mib     uint64
		index   int
		want    string
	}{
		"patch-yaml-aliases": {[]v1alpha1.Patch{{Patch: "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: hiring-api}\n" +
			"z: [" + strings.Repeat("1,", 200) + "1]\na: &a \"" + letters + "\"\nb: &b [" + strings.Repeat("*a,", 100) + "*a]\n" +
			"c: &c [" + strings.Repeat("*b,", 100) + "*b]\nd: [*c]\n"}}, 2, 0, aliases},
		"nested aliases":        {[]v1alpha1.Patch{of("Deployment", bomb())}, 2, 0, aliases},
		"an anchor alone":       {[]v1alpha1.Patch{of("Deployment", "metadata: {annotations: &a {b: c}}")}, 2, 0, aliases},
		"aliases in flow style": {[]v1alpha1.Patch{of("Deployment", "[{op: add, path: &a /spec/x, value: [*a, *a]}]")}, 2, 0, aliases},
		"aliases as keys":       {[]v1alpha1.Patch{of("Deployment", "metadata: {labels: {&a x: y, z: 1}, annotations: {*a : b}}")}, 2, 0, aliases},
		"an anchor of a list":   {[]v1alpha1.Patch{of("Deployment", "&a\n- {op: remove, path: /spec/x}")}, 2, 0, aliases},
		"a merge key":           {[]v1alpha1.Patch{of("Deployment", "metadata: {labels: {<<: {a: b}}}")}, 2, 0, aliases},
		"a merge of aliases":    {[]v1alpha1.Patch{of("Deployment", "a: &a {b: c}\nmetadata: {labels: {<<: [*a, *a]}}")}, 2, 0, aliases},
		"an alias later":        {[]v1alpha1.Patch{{Patch: "apiVersion: v1\n---\na: &a b\nc: *a"}}, 2, 0, aliases},
		"an alias of itself":    {[]v1alpha1.Patch{of("Deployment", "a: &a [*a]")}, 2, 0, "reading the patch: "},
		"nested lists":          {[]v1alpha1.Patch{of("Deployment", strings.Repeat("[", 8000)+strings.Repeat("]", 8000))}, 20, 0, tooDeep},
		"lists that don't end":  {[]v1alpha1.Patch{of("Deployment", strings.Repeat("[", 16384))}, 20, 0, "reading the patch: "},
		"nested maps":           {[]v1alpha1.Patch{of("Deployment", strings.Repeat("{a: ", 3000)+strings.Repeat("}", 3000))}, 20, 0, tooDeep},
		"nested blocks":         {[]v1alpha1.Patch{of("Deployment", strings.Repeat("- ", 8000)+"a")}, 30, 0, tooDeep},
		"nested keys":           {[]v1alpha1.Patch{of("Deployment", strings.Repeat("? ", 8000)+"a")}, 30, 0, tooDeep},
		"nested by copies": {[]v1alpha1.Patch{ofAPI("- {op: add, path: /metadata/x, value: {y: 1}}\n" +
			strings.Repeat("- {op: copy, from: /metadata/x, path: /metadata/x/y}\n- {op: move, from: /metadata/x, path: /metadata/z}\n"+
				"- {op: add, path: /metadata/x, value: {}}\n- {op: move, from: /metadata/z, path: /metadata/x/y}\n", 100))}, 40, 0, "Deployment hiring-api: it is nested more than 64 levels deep"},

		"copies that double": {[]v1alpha1.Patch{of("Deployment", copies())}, 8, 0, copied},
		"copies of annotations of all": {times(4, func(int) v1alpha1.Patch {
			return ofAll("- {op: add, path: /metadata/annotations, value: {a: " + letters + "}}\n" +
				strings.Repeat("- {op: copy, from: /metadata/annotations/a, path: /metadata/annotations/b}\n", 200))
		}), 8, 0, tooMany},
		"fewer copies, of all": {[]v1alpha1.Patch{ofAll("- {op: add, path: /metadata/labels/a, value: " + letters + "}\n" +
			strings.Repeat("- {op: copy, from: /metadata/labels/a, path: /metadata/labels/b}\n", 17))}, 8, 0, copied},
		"large values of all": {times(16, func(i int) v1alpha1.Patch {
			return ofAll(fmt.Sprintf("[{op: add, path: /metadata/labels/a%d, value: %s}]", i, strings.Repeat("x", 14000)))
		}), 60, 3, together},
		"large values of one": {times(8, func(i int) v1alpha1.Patch {
			patch := fmt.Sprintf("- {op: add, path: /metadata/labels/a%d, value: %s}\n", i, strings.Repeat("x", 8000))
			for n := range 7 {
				patch += fmt.Sprintf("- {op: copy, from: /metadata/labels/a%d, path: /metadata/labels/a%d-%d}\n", i, i, n)
			}
			return ofAPI(patch)
		}), 60, 4, tooLarge},
		"escapes": {times(8, func(i int) v1alpha1.Patch {
			return ofAPI(fmt.Sprintf(`[{op: add, path: /metadata/labels/a%d, value: "%s"}]`, i, strings.Repeat(`\0`, 8000)))
		}), 60, 5, tooLarge},
		"long patches": {times(32, func(i int) v1alpha1.Patch {
			return ofAPI(fmt.Sprintf("[{op: test, path: /kind, value: Deployment}] #%s%02d", strings.Repeat("x", 16384-47), i))
		}), 30, 15, tooLong},
		"documents": {[]v1alpha1.Patch{{Patch: strings.Repeat("---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: hiring-api}\n", 166)}}, 400, -1, ""},
		"documents of several patches": {times(4, func(int) v1alpha1.Patch {
			return v1alpha1.Patch{Patch: strings.Repeat("---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: hiring-api}\n", 100)}
		}), 400, 1, tooMany},
		"a list that grows": {times(4, func(i int) v1alpha1.Patch { return ofAPI(variables(220, i*220)) }), 250, 2, tooMany},
		"a list that is merged again and again": {append([]v1alpha1.Patch{ofAPI(variables(450, 0))},
			times(12, func(int) v1alpha1.Patch { return ofAPI("metadata: {labels: {a: b}}") })...), 700, 4, tooSlow},
		"a copy of a long list":  {copiesOfTheContainer(320, 1), 80, 1, tooMany},
		"copies of a long list":  {copiesOfTheContainer(320, 36), 80, 1, tooFull},
		"copies of a short list": {copiesOfTheContainer(10, 36), 40, 2, tooMany},
		"copies of many values":  {[]v1alpha1.Patch{ofAPI(listAndCopies(700, 10))}, 40, 0, tooFull},
		"copies in two objects": {times(20, func(i int) v1alpha1.Patch {
			return of("Deployment", fmt.Sprintf("- {op: copy, from: /spec/template/spec/containers/0, path: /spec/template/spec/containers/1}\n"+
				"- {op: replace, path: /spec/template/spec/containers/1/name, value: c%d}\n"+
				"- {op: remove, path: /spec/template/spec/containers/1/ports}\n", i))
		}), 40, 7, tooMany},
		"copies that are removed": {times(3, func(int) v1alpha1.Patch { return ofAPI(copyAndRemove) }), 40, -1, ""},
		"moves":                   {times(20, func(int) v1alpha1.Patch { return ofAPI(moves) }), 60, -1, ""},
		"a long list":             {[]v1alpha1.Patch{ofAPI(variables(550, 0))}, 20, 0, tooMany},
		"many operations of all":  {[]v1alpha1.Patch{ofAll(strings.Repeat("- {op: test, path: /x}\n", 600))}, 20, 0, tooMany},
		"repeated expressions":    {targeting(v1alpha1.PatchTarget{Kind: strings.Repeat("a{1000}", 36)}), 2, 0, expression},
		"repeated alternatives":   {targeting(v1alpha1.PatchTarget{Name: strings.Repeat("(a?){1000}", 25)}), 2, 0, expression},
		"repeated classes":        {targeting(v1alpha1.PatchTarget{Name: strings.Repeat(`\pL{1000}`, 28)}), 4, 0, expression},
		"nested repetitions":      {targeting(v1alpha1.PatchTarget{Name: "((a{100}){10}){1000}"}), 2, 0, "reading the target: "},
		"an endless repetition":   {targeting(v1alpha1.PatchTarget{Version: "(?:ab|c){999,}"}), 2, 0, expression},
		"folded classes":          {targeting(v1alpha1.PatchTarget{Group: strings.Repeat(`(?i)\pL`, 36)}), 4, 0, expression},
		"nested groups":           {targeting(v1alpha1.PatchTarget{Kind: strings.Repeat("(", 126) + "Deployment" + strings.Repeat(")", 126)}), 40, -1, ""},
		"a label on every object": {times(16, func(i int) v1alpha1.Patch {
			return ofAll(fmt.Sprintf("[{op: add, path: /metadata/labels/a%d, value: x}]", i))
		}), 60, -1, ""},
		"a merge into every object": {[]v1alpha1.Patch{ofAll("metadata: {labels: {a: x}}")}, 40, -1, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			build(t, patched(of("Deployment", "metadata: {labels: {a: b}}")), nothing()) // What is loaded once.
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Build(t.Context(), patched(test.patches...), nothing(), catalog.Default())
			runtime.ReadMemStats(&after)
			allocated := (after.TotalAlloc - before.TotalAlloc) >> 20
			t.Logf("%d MiB: %v", allocated, err)
			if allocated > test.mib {
				t.Errorf("%d MiB were allocated, want at most %d", allocated, test.mib)
			}
			failed := &PatchError{}
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.As(err, &failed) || failed.Index != test.index || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got  %v\nwant spec.patches[%d]: %s", err, test.index, test.want)
			}
			if len(err.Error()) > 1000 {
				t.Errorf("the message has %d characters", len(err.Error()))
			}
		})
	}
}

// A tracker that uses everything is far from what patches are limited to.
func TestObjectsAreFarFromTheLimitsOfPatches(t *testing.T) {
	tracker, seen := readCase(t, "testdata/production-full.in.yaml")
	output, err := Build(t.Context(), tracker, seen, catalog.Default())
	if err != nil {
		t.Fatal(err)
	}
	for _, object := range output.Objects {
		fields, err := fieldsOf(object)
		if err != nil {
			t.Fatal(err)
		}
		if values := valuesIn(fields); values > maxObjectValues/20 {
			t.Errorf("%s holds %d values", describe(object), values)
		}
		if steps := mergeSteps(fields); steps > maxMergeSteps/400 {
			t.Errorf("to merge into %s takes %d steps", describe(object), steps)
		}
	}
}

// The steps of a merge are those of its lists of objects, above all.
func TestMergeSteps(t *testing.T) {
	object := map[string]any{}
	tests := map[string]struct {
		value any
		want  int
	}{
		"a string":  {"a", 10},
		"an object": {map[string]any{"a": "b", "c": nil}, 30},
		"strings":   {[]any{"a", "b", "c"}, 40},
		"objects":   {[]any{object, object, object}, 49},
		"both":      {[]any{object, "a", object}, 44},
		"nested":    {map[string]any{"a": []any{map[string]any{"b": []any{object, object}}, object}}, 78},
	}
	for name, test := range tests {
		if got := mergeSteps(test.value); got != test.want {
			t.Errorf("%s: got %d, want %d", name, got, test.want)
		}
	}
}

// What libraries say of a patch may quote all of it, and more.
func TestMessagesOfPatchesAreShort(t *testing.T) {
	urls := strings.Repeat("://a:/", 2500)
	privileged := ""
	for i := range 80 {
		privileged += fmt.Sprintf(`{name: "%d%s", image: a, securityContext: {privileged: true}}, `, i, strings.Repeat("é", 60))
	}
	tests := map[string]v1alpha1.Patch{
		"an object's name": {Patch: "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: \"" + urls + "\"}"},
		"a container":      ofAPI(`spec: {template: {spec: {containers: [{name: "` + urls + `", securityContext: {privileged: true}}]}}}`),
		"containers":       ofAPI("spec: {template: {spec: {containers: [" + privileged + "]}}}"),
		"equal keys":       ofAPI("{" + strings.Repeat("a,", 8000) + "}"),
		"unknown fields":   ofAPI("[{op: add, path: \"/spec/" + strings.ReplaceAll(urls, "/", "") + "\", value: x}]"),
		"an unknown path":  ofAPI("[{op: remove, path: \"" + urls + "\"}]"),
	}
	for name, patch := range tests {
		_, err := Build(t.Context(), patched(patch), nothing(), catalog.Default())
		failed := &PatchError{}
		if !errors.As(err, &failed) {
			t.Errorf("%s: got %v, want the error of a patch", name, err)
			continue
		}
		message := err.Error()
		if n := utf8.RuneCountInString(message); n != maxMessage || !utf8.ValidString(message) {
			t.Errorf("%s: the message has %d characters, want %d: %s", name, n, maxMessage, message)
		}
		if !strings.HasPrefix(message, "spec.patches[0]: ") || !strings.HasSuffix(message, "…") {
			t.Errorf("%s: got %s", name, message)
		}
	}
}

func TestShortened(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "ab": "ab", "abc": "abc", "abcd": "ab…", "äöü": "äöü", "äöüß": "äö…", "a\xff\xfe": "a\xff\xfe", "a\xff\xfeb": "a\xff…",
	} {
		if got := shortened(text, 3); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// The names of an object and of a limit are in the message.
func TestTheMessageOfALimitNamesTheObject(t *testing.T) {
	patches := times(4, func(i int) v1alpha1.Patch {
		return ofAll(fmt.Sprintf("[{op: add, path: /metadata/labels/a%d, value: %s}]", i, strings.Repeat("x", 14000)))
	})
	_, err := Build(t.Context(), patched(patches...), nothing(), catalog.Default())
	want := regexp.MustCompile(`^spec\.patches\[3\]: [A-Z][A-Za-z]+ hiring[a-z-]*: the patch makes the tracker's objects larger than 1024 KiB together$`)
	if err == nil || !want.MatchString(err.Error()) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// cancelled is a context that ends at the n-th question whether it has.
type cancelled struct {
	context.Context //nolint:containedctx // It is one.

	left *int
}

func (c cancelled) Err() error {
	if *c.left--; *c.left < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

func TestPatchingEndsWithItsContext(t *testing.T) {
	patches := times(2, func(i int) v1alpha1.Patch {
		if i%2 == 0 {
			return ofAll("[{op: add, path: /metadata/labels/a, value: x}]")
		}
		return of("Deployment", "metadata: {labels: {a: b}}")
	})
	var outcomes []bool
	for n := range 40 {
		_, err := Build(cancelled{t.Context(), &n}, patched(patches...), nothing(), catalog.Default())
		if wrong := (*PatchError)(nil); errors.As(err, &wrong) {
			t.Fatalf("the end of the time is taken for an error of a patch: %v", err)
		}
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		outcomes = append(outcomes, err == nil)
	}
	first := slices.Index(outcomes, true)
	if first < 20 || slices.Contains(outcomes[first:], false) || slices.Contains(outcomes[:first], true) {
		t.Errorf("it asks its context %d times", first)
	}
}
