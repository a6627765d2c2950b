// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

// Result is the result of a check.
type Result string

// The results of checks.
const (
	// Pass means that nothing is wrong.
	Pass Result = "pass"
	// Warn means that nothing is broken now.
	Warn Result = "warn"
	// Fail means that something is broken.
	Fail Result = "fail"
	// NotChecked means that the check could not be made: the message says why.
	NotChecked Result = "not checked"
)

// Check is a check that was made.
type Check struct {
	// Namespace and Tracker say what was checked; both empty for the cluster, and Tracker for what the trackers
	// of a namespace share.
	Namespace string `json:"namespace,omitempty"`
	Tracker   string `json:"tracker,omitempty"`
	// Name is what was checked, such as Secrets.
	Name string `json:"name"`
	// Result is how it ended.
	Result Result `json:"result"`
	// Message is what was found, or why nothing was.
	Message string `json:"message"`
	// Remedy says what to do; empty when there is nothing.
	Remedy string `json:"remedy,omitempty"`
}

// findings collects the results of one check. A check that has found nothing wrong gets one line.
type findings []Check

// add adds a finding, once: several keys may be missing with one Secret, and several checks for one reason.
func (f *findings) add(result Result, remedy, message string, args ...any) {
	text := fmt.Sprintf(message, args...)
	if !slices.ContainsFunc(*f, func(c Check) bool { return c.Result == result && c.Message == text }) {
		*f = append(*f, Check{Result: result, Message: text, Remedy: remedy})
	}
}

func (f *findings) pass(message string, args ...any) { f.add(Pass, "", message, args...) }

func (f *findings) warn(remedy, message string, args ...any) { f.add(Warn, remedy, message, args...) }

func (f *findings) fail(remedy, message string, args ...any) { f.add(Fail, remedy, message, args...) }

// isName reports whether a text can be the name of an object. What others have written, and the API server has not
// validated, is only in a command when it is one: who pastes the command must not run theirs.
func isName(text string) bool { return len(validation.IsDNS1123Subdomain(text)) == 0 }

// notChecked says why a check could not be made.
func (f *findings) notChecked(remedy, why string) { f.add(NotChecked, remedy, "%s", why) }

// Diagnose makes the checks, in the order in which an expert would.
func Diagnose(f Facts) []Check {
	var all []Check
	in := func(namespace, tracker, name string, found findings) {
		for _, c := range found {
			c.Namespace, c.Tracker, c.Name = namespace, tracker, name
			// Much of it is what others have written, such as a flag of a Deployment.
			c.Message, c.Remedy = words.Line(c.Message, plugin.MaxLine), words.Line(c.Remedy, plugin.MaxLine)
			all = append(all, c)
		}
	}
	in("", "", "CustomResourceDefinition", definition(f))
	in("", "", "Operator", operators(f))
	in("", "", checkRights, ownRights(f))
	in("", "", "Certificates of the operator", operatorCertificates(f))
	if f.Truncated {
		in("", "", "Trackers", findings{{
			Result: NotChecked, Message: fmt.Sprintf("there are more than %d trackers: only these were checked", maxTrackers),
			Remedy: "check the others by name, or namespace by namespace",
		}})
	}
	for i := range f.Namespaces {
		n := &f.Namespaces[i]
		if n.Name != "" {
			in(n.Name, "", "Operator of the namespace", responsible(f, n.Name))
			in(n.Name, "", checkRights, rights(f, n))
		}
		if n.Trackers.Unread != "" {
			in(n.Name, "", "Trackers", unreadTrackers(n))
		}
		for j := range n.Trackers.Value {
			t := &n.Trackers.Value[j]
			for _, check := range trackerChecks(f, n, t) {
				in(n.Name, t.Object.Name, check.name, check.found)
			}
		}
	}
	return all
}

type named struct {
	name  string
	found findings
}

// checkRights is the check of the operators' rights: their own, and those in a namespace of trackers.
const checkRights = "Rights of the operator"

// The checks that explain conditions.
const (
	checkReferences = "Secrets and ConfigMaps"
	checkStorage    = "Storage"
	checkMonitoring = "Monitoring"
	checkPods       = "Pods"
	checkPolicies   = "NetworkPolicies"
)

func trackerChecks(f Facts, n *Namespace, t *Tracker) []named {
	others := []named{
		{checkReferences, references(t)},
		{checkStorage, storage(f, t)},
		{checkMonitoring, monitoring(f, n, t)},
		{"Scraping", scraping(f, t)},
		{"Start-up times", startups(f, t)},
		{checkPods, podCauses(f, t)},
		{"Usage", usage(t)},
		{"Certificates", certificates(f, t)},
		{checkPolicies, networkPolicies(f, n, t)},
	}
	return append([]named{{"Status", reported(f, t, others)}}, others...)
}

func unreadTrackers(n *Namespace) findings {
	var found findings
	found.notChecked("", n.Trackers.Unread)
	return found
}

// Failed reports whether a check has failed.
func Failed(checks []Check) bool {
	return slices.ContainsFunc(checks, func(c Check) bool { return c.Result == Fail })
}

// maxNames bounds how many of many names a message has.
const maxNames = 5

// list joins a few names of many.
func list(names []string) string {
	if rest := len(names) - maxNames; rest > 0 {
		return strings.Join(names[:maxNames], ", ") + fmt.Sprintf(" and %d more", rest)
	}
	return strings.Join(names, ", ")
}
