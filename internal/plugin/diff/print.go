// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package diff

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/pmezard/go-difflib/difflib"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

// contextLines is how many equal lines are shown around a difference.
const contextLines = 3

// nothing is what a diff calls an object that does not exist.
const nothing = "/dev/null"

// different reports whether anything would change.
func (p *preview) different() bool { return len(p.diffs()) > 0 }

// diffs are what would change, an object each.
func (p *preview) diffs() []string {
	var all []string
	for _, c := range p.changes() {
		all = append(all, c.diff())
	}
	return all
}

// changes are those of the tracker and its objects that differ.
func (p *preview) changes() []change {
	all := slices.Concat([]change{p.tracker}, p.objects)
	return slices.DeleteFunc(all, func(c change) bool { return c.diff() == "" })
}

// text is what would change, and below it what that does to pods.
func (p *preview) text() string {
	var b strings.Builder
	all := p.diffs()
	for _, text := range all {
		b.WriteString(text)
	}
	var effects []string
	for _, effect := range p.effects() {
		effects = append(effects, effect.Message)
	}
	if len(all) > 0 && len(effects) == 0 {
		effects = []string{"No pod would be replaced"}
	}
	tracker := title(p.tracker.one())
	for _, sentence := range slices.Concat(effects, p.notes) {
		fmt.Fprintf(&b, "# %s: %s.\n", tracker, visible(strings.TrimSuffix(sentence, ".")))
	}
	return b.String()
}

// effects are what the changes do to pods.
func (p *preview) effects() []Effect {
	var all []Effect
	for _, c := range p.objects {
		if effect := c.effect(); effect != nil {
			all = append(all, *effect)
		}
	}
	return all
}

// one is the object of which both are versions.
func (c change) one() *unstructured.Unstructured { return cmp.Or(c.after, c.before) }

// title names an object, such as Deployment/hiring-api.
func title(object *unstructured.Unstructured) string {
	return object.GetKind() + "/" + object.GetName()
}

// diff is the change of an object as a unified diff, empty if there is none.
func (c change) diff() string {
	before, after := shown(c.before), shown(c.after)
	maskSecrets(before, after)
	name := c.one().GetNamespace() + "/" + title(c.one())
	from, to := "live/"+name, "merged/"+name
	if c.before == nil {
		from = nothing
	}
	if c.after == nil {
		to = nothing
	}
	// It fails only if what it is written to does, and that is memory.
	text, _ := difflib.GetUnifiedDiffString(difflib.UnifiedDiff{
		A: lines(before), B: lines(after), FromFile: from, ToFile: to, Context: contextLines,
	})
	return text
}

// hidden are fields that are not shown: the API server sets them.
var hidden = slices.Concat(stored, [][]string{
	{"metadata", "annotations", v1alpha1.AnnotationIntent}, // A hash of the rest.
	{"metadata", "annotations", corev1.LastAppliedConfigAnnotation},
})

// shown are the fields of an object that are compared, nil if it does not exist.
func shown(object *unstructured.Unstructured) map[string]any {
	if object == nil {
		return nil
	}
	object = object.DeepCopy()
	for _, field := range hidden {
		unstructured.RemoveNestedField(object.Object, field...)
	}
	if len(object.GetAnnotations()) == 0 {
		unstructured.RemoveNestedField(object.Object, "metadata", "annotations")
	}
	owners, _, _ := unstructured.NestedSlice(object.Object, "metadata", "ownerReferences")
	for _, owner := range owners {
		if fields, ok := owner.(map[string]any); ok {
			delete(fields, "uid") // That of a new tracker is made up.
		}
	}
	if len(owners) > 0 {
		_ = unstructured.SetNestedSlice(object.Object, owners, "metadata", "ownerReferences") // They were read from there.
	}
	return object.Object
}

// maskSecrets replaces the values of a Secret. Of those that differ it shows that they do.
func maskSecrets(before, after map[string]any) {
	for _, field := range []string{"data", "stringData"} {
		was, is := valuesOf(before, field), valuesOf(after, field)
		for key, value := range was {
			other, kept := is[key]
			switch {
			case kept && other != value:
				was[key], is[key] = "*** (before)", "*** (after)"
			case kept:
				was[key], is[key] = "***", "***"
			default:
				was[key] = "***"
			}
		}
		for key := range is {
			if _, known := was[key]; !known {
				is[key] = "***"
			}
		}
	}
}

// valuesOf are the values in a field of a Secret, nil if it is none.
func valuesOf(object map[string]any, field string) map[string]any {
	if object["kind"] != "Secret" || object["apiVersion"] != "v1" {
		return nil
	}
	values, _ := object[field].(map[string]any)
	return values
}

// lines are those of an object as YAML.
func lines(object map[string]any) []string {
	if object == nil {
		return nil
	}
	text, err := yaml.Marshal(object)
	if err != nil {
		return []string{"# It can't be written as YAML.\n"}
	}
	var all []string
	for line := range strings.Lines(string(text)) {
		all = append(all, visible(strings.TrimSuffix(line, "\n"))+"\n")
	}
	return all
}

// visible replaces what a terminal would obey, and what changes how the rest is read.
func visible(line string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) || r == '\t' {
			return r
		}
		return unicode.ReplacementChar
	}, line)
}

// paint colors the lines of a diff.
func paint(text string, colors plugin.Colors) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		content := strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(content, "--- "), strings.HasPrefix(content, "+++ "), strings.HasPrefix(content, "# "):
			content = colors.Bold(content)
		case strings.HasPrefix(content, "-"):
			content = colors.Bad(content)
		case strings.HasPrefix(content, "+"):
			content = colors.Good(content)
		case strings.HasPrefix(content, "@@"):
			content = colors.Faint(content)
		}
		b.WriteString(content + "\n")
	}
	return b.String()
}
