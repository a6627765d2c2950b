// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

// width is that of what is printed, in characters.
const width = 100

// page writes reports as text.
type page struct {
	colors plugin.Colors
	now    metav1.Time
	// still leaves out what changes by itself: ages, and response times.
	still bool
	text  strings.Builder
}

// report writes one tracker.
func (p *page) report(r Report) {
	p.head(r)
	p.problems(r.Problems)
	p.tree(r)
	p.events(r.Events)
	p.notKnown(r.NotKnown)
}

// line writes a line of plain text: what is in an object may hold what a terminal obeys.
func (p *page) line(paint func(string) string, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	indent := text[:len(text)-len(strings.TrimLeft(text, " "))]
	p.text.WriteString(paint(indent+words.Line(text, width-len(indent))) + "\n")
}

func plain(text string) string { return text }

// age is how long ago a time is, such as 5m.
func (p *page) age(t metav1.Time) string {
	if p.still {
		return "-"
	}
	return duration.HumanDuration(max(p.now.Sub(t.Time), 0))
}

func (p *page) head(r Report) {
	text := fmt.Sprintf("InterviewTracker %s/%s: %s", r.Namespace, r.Name, r.State)
	if r.Since != nil && !r.Since.IsZero() {
		text += " for " + p.age(*r.Since)
	}
	version := "version " + r.WantedVersion
	if r.Version != "" && r.Version != r.WantedVersion {
		version += " wanted, " + r.Version + " runs"
	}
	p.line(p.colors.Bold, "%s", text)
	p.line(p.colors.Faint, "%s, %s, created %s ago", version, r.Environment, p.age(r.Created))
}

// marks say at a glance how bad a problem is.
var marks = map[Level]string{LevelBroken: "✗", LevelWarning: "!", LevelWaiting: "…", LevelNote: "·"}

func (p *page) paint(level Level) func(string) string {
	switch level {
	case LevelBroken:
		return p.colors.Bad
	case LevelWarning, LevelWaiting:
		return p.colors.Warn
	default:
		return plain
	}
}

// problems writes what is broken or needs a look as a whole, and what goes on by itself in a line
// each, unless there is nothing worse.
func (p *page) problems(all []Problem) {
	for i, problem := range all {
		if i == 0 {
			p.text.WriteString("\n")
		}
		title := problem.Reason
		if problem.Condition != "" {
			title = fmt.Sprintf("%s is %s: %s", problem.Condition, problem.Status, problem.Reason)
		}
		if problem.Since != nil {
			title += ", for " + p.age(*problem.Since)
		}
		if i > 0 && (problem.Level == LevelWaiting || problem.Level == LevelNote) {
			p.line(p.paint(problem.Level), "%s %s: %s", marks[problem.Level], title, problem.Message)
			continue
		}
		p.line(p.paint(problem.Level), "%s %s", marks[problem.Level], title)
		p.wrapped("    ", problem.Message)
		if problem.Advice != "" {
			p.wrapped("  → ", problem.Advice)
		}
		if problem.Runbook != "" && i == 0 {
			p.text.WriteString("  → " + words.Line(problem.Runbook, plugin.MaxLine) + "\n") // A link is of use as a whole.
		}
	}
}

// maxMessage bounds a text that is wrapped, in characters.
const maxMessage = 2000

// wrapped writes a text in lines of the page's width, the first with a prefix, the others
// indented as much.
func (p *page) wrapped(prefix, text string) {
	indent := strings.Repeat(" ", utf8.RuneCountInString(prefix))
	for _, line := range wrap(text, width-len(indent)) {
		p.text.WriteString(prefix + line + "\n")
		prefix = indent
	}
}

// wrap breaks a text into lines of at most so many characters, but for longer words.
func wrap(text string, room int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(words.Line(text, maxMessage)) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > room:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}

// node is a line of the tree.
type node struct {
	name, text string
	paint      func(string) string
	// short has the text cut off at the end of the line.
	short    bool
	children []node
}

func (p *page) tree(r Report) {
	var nodes []node
	for _, part := range r.Parts {
		n := node{name: part.Name, text: part.Text + p.answers(part.Answers), paint: p.good(part.Good)}
		for _, pod := range part.Pods {
			n.children = append(n.children, p.pod(pod))
		}
		nodes = append(nodes, n)
	}
	for _, c := range r.Checks {
		nodes = append(nodes, node{name: title(c.Type), text: checkText(c), paint: p.good(c.Good), short: true})
	}
	for _, text := range r.Drift {
		nodes = append(nodes, node{name: "drift", text: text, paint: p.colors.Warn})
	}
	switch {
	case r.DriftUnseen != "":
		nodes = append(nodes, node{name: "drift", text: r.DriftUnseen, paint: p.colors.Warn})
	case len(r.Drift) == 0:
		nodes = append(nodes, node{name: "drift", text: "none seen", paint: p.colors.Good})
	}
	p.text.WriteString("\n")
	p.line(p.colors.Bold, "%s", r.Name)
	p.branches("", nodes)
}

// answers is what the API's pods said of a dependency, with the least and the greatest response time.
func (p *page) answers(all []Answer) string {
	if len(all) == 0 {
		return ""
	}
	var failing []string
	least, most := all[0].Milliseconds, all[0].Milliseconds
	for _, a := range all {
		least, most = min(least, a.Milliseconds), max(most, a.Milliseconds)
		if !a.Healthy {
			failing = append(failing, a.Pod+" says "+a.Error)
		}
	}
	asked := plugin.Count(len(all), "API pod")
	switch {
	case len(failing) > 0:
		return fmt.Sprintf("; of %s asked now, %d can't use it: %s", asked, len(failing), strings.Join(failing, ", "))
	case p.still:
		return ", " + asked
	case least == most:
		return fmt.Sprintf(", %d ms (%s asked now)", most, asked)
	}
	return fmt.Sprintf(", %d to %d ms (%s asked now)", least, most, asked)
}

func (p *page) good(good bool) func(string) string {
	if good {
		return p.colors.Good
	}
	return p.colors.Warn
}

func (p *page) pod(pod Pod) node {
	n := node{name: pod.Name, paint: p.good(pod.Ready), text: fmt.Sprintf("ready, %s, %s", plugin.Count(int(pod.Restarts), "restart"), p.age(pod.Created))}
	if !pod.Ready {
		n.text = fmt.Sprintf("not ready, %s, %s: %s", plugin.Count(int(pod.Restarts), "restart"), p.age(pod.Created), cmp.Or(pod.Why, "no reason is known"))
	}
	return n
}

// title is how the tree calls a condition: MonitoringReady is monitoring.
func title(condition string) string {
	for _, suffix := range []string{"Ready", "Complete", "Passing"} {
		if name, ok := strings.CutSuffix(condition, suffix); ok && name != "" {
			return strings.ToLower(name)
		}
	}
	return condition
}

// checkText does not repeat what is among the problems.
func checkText(c Check) string {
	if c.Good {
		return cmp.Or(c.Message, c.Reason)
	}
	return fmt.Sprintf("%s, %s", c.Status, c.Reason)
}

// branches writes nodes, with their texts in one column.
func (p *page) branches(stem string, nodes []node) {
	column := 0
	for _, n := range nodes {
		column = max(column, utf8.RuneCountInString(n.name))
	}
	for i, n := range nodes {
		branch, below := "├─ ", "│  "
		if i == len(nodes)-1 {
			branch, below = "└─ ", "   "
		}
		head := fmt.Sprintf("%s%s%-*s  ", stem, branch, column, words.Line(n.name, width))
		room := max(width-utf8.RuneCountInString(head), 20)
		lines := []string{words.Line(n.text, room)}
		if !n.short {
			lines = wrap(n.text, room)
		}
		for _, line := range lines {
			p.text.WriteString(head + n.paint(line) + "\n")
			head = fmt.Sprintf("%-*s", utf8.RuneCountInString(head), stem+below+open(n.children))
		}
		p.branches(stem+below, n.children)
	}
}

// open is the line down to the children, if there are any.
func open(children []node) string {
	if len(children) == 0 {
		return ""
	}
	return "│"
}

func (p *page) events(all []Event) {
	if len(all) == 0 {
		return
	}
	p.text.WriteString("\n")
	p.line(p.colors.Bold, "Events of the last hour")
	for _, e := range all {
		paint := plain
		if e.Type == "Warning" {
			paint = p.colors.Warn
		}
		times := ""
		if e.Count > 1 {
			times = fmt.Sprintf(" (%d times)", e.Count)
		}
		head := fmt.Sprintf("  %-5s ", p.age(e.Time))
		p.text.WriteString(head + paint(words.Line(fmt.Sprintf("%s%s: %s: %s", e.Reason, times, e.Object, e.Message), width-len(head))) + "\n")
	}
}

func (p *page) notKnown(all []string) {
	if len(all) == 0 {
		return
	}
	p.text.WriteString("\n")
	p.line(p.colors.Bold, "Not known")
	for _, text := range all {
		p.wrapped("  - ", text)
	}
}

// summary writes a line for each of several trackers.
func (p *page) summary(reports []Report, namespaces bool) {
	rows := [][]string{{"NAMESPACE", "NAME", "STATE", "FOR", "VERSION", "WHAT"}}
	for _, r := range reports {
		since, what := "-", "-"
		if r.Since != nil {
			since = p.age(*r.Since)
		}
		if worst := r.worst(); worst != nil {
			what = fmt.Sprintf("%s: %s", worst.Reason, worst.Message)
		}
		rows = append(rows, []string{r.Namespace, r.Name, string(r.State), since, cmp.Or(r.Version, "-"), what})
	}
	last := len(rows[0]) - 1
	widths := make([]int, last)
	for _, row := range rows {
		for i := range widths {
			row[i] = words.Line(row[i], width) // A version is whatever somebody has written.
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	for i, row := range rows {
		var line strings.Builder
		for column := range widths {
			if column > 0 || namespaces {
				fmt.Fprintf(&line, "%-*s  ", widths[column], row[column])
			}
		}
		paint := plain
		if i > 0 {
			paint = p.state(reports[i-1])
		}
		room := max(width-utf8.RuneCountInString(line.String()), 20)
		p.text.WriteString(paint(line.String()+words.Line(row[last], room)) + "\n")
	}
}

func (p *page) state(r Report) func(string) string {
	worst := r.worst()
	switch {
	case r.State == StateFailing:
		return p.colors.Bad
	case r.State != StateReady, worst != nil && worst.Level != LevelNote:
		return p.colors.Warn
	}
	return plain
}
