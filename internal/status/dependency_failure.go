// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// failure is what a message says of a class of errors. SECRET stands for the Secret with the
// dependency's URL, and NAME for the managed dependency's StatefulSet and Service.
type failure struct {
	what string
	// external and managed are what to do, by who runs the dependency.
	external, managed string
	// byPlace is set for what a pod's node and network may cause.
	byPlace bool
}

var failures = map[contract.ErrorClass]failure{
	contract.ErrorAuthenticationFailed: {
		what:     "the password was refused",
		external: "check user and password in SECRET",
		managed:  "SECRET and pod NAME-0 have different passwords; restore the Secret from a backup, or set its password in the pod",
	},
	contract.ErrorHostNotFound: {
		what:     "no such host",
		external: "check the host in SECRET",
		managed:  "check Service NAME and the cluster's DNS",
		byPlace:  true,
	},
	contract.ErrorConnectionRefused: {
		what:     "connection refused",
		external: "check the host and port in SECRET, and whether the server runs",
		managed:  "check the ports of Service NAME and pod NAME-0, and network policies",
		byPlace:  true,
	},
	contract.ErrorTimeout: {
		what:     "no response in time",
		external: "check the host and port in SECRET, firewalls and network policies, and whether the server hangs",
		managed:  "check network policies, and whether pod NAME-0 hangs",
		byPlace:  true,
	},
	contract.ErrorTLSFailed: {
		what:     "TLS failed",
		external: "check the server's certificate, and sslmode= or rediss:// in SECRET",
		managed:  "check what spec.patches or the image change of the TLS settings of pod NAME-0",
	},
	contract.ErrorTooManyConnections: {
		what:     "too many connections",
		external: "raise the server's limit, end the connections of other clients, or run fewer API pods",
		managed:  "end the connections of other clients of pod NAME-0, or run fewer API pods",
	},
	contract.ErrorReadOnly: {
		what:     "it is read-only",
		external: "check that the host in SECRET is the primary's, and that the server's disk is not full",
		managed:  "look at the log of pod NAME-0, and at the free space of its volume",
	},
	contract.ErrorNotMigrated: {
		what:     "its tables are missing, or those of another version",
		external: "look at MigrationsComplete, and check the database's name in SECRET",
		managed:  "look at MigrationsComplete",
	},
}

// elsewhere is what to do if a dependency fails for some pods only.
const elsewhere = "compare their nodes and networks with those of the other pods"

// source is where the pods have a dependency's URL from: in words, the Secret, and of a
// managed dependency its name. It is empty for one that only the application knows.
type source struct{ secret, name string }

// sourceOf is the source by the spec, or that of the pods that can't use the dependency, where these have
// another: a change has yet to reach them, or a patch says so.
func sourceOf(in Input, d catalog.Dependency, cannot []string) source {
	if other := otherKey(in, d, cannot); other != nil {
		return source{secret: fmt.Sprintf("Secret %q, key %q (not that of the spec)", other.Name, other.Key)}
	}
	if external := d.Get(&in.Tracker.Spec).External; external != nil {
		return source{secret: fmt.Sprintf("Secret %q, key %q", external.SecretKeyRef.Name, external.SecretKeyRef.Key)}
	}
	return source{"Secret " + in.Tracker.CredentialsName(d.Name), in.Tracker.ChildName(d.Name)}
}

// otherKey is the key of a Secret that a pod has a dependency's URL from; nil if one of the pods has it from
// that of the spec, or nothing is known of them.
func otherKey(in Input, d catalog.Dependency, pods []string) (other *corev1.SecretKeySelector) {
	spec := d.URL(in.Tracker).ValueFrom.SecretKeyRef
	for _, pod := range in.Snapshot.Pods[in.Catalog.Primary().Name] {
		if !slices.Contains(pods, pod.Name) {
			continue
		}
		for _, container := range pod.Spec.Containers {
			for _, e := range container.Env {
				if e.Name != d.EnvURL || e.ValueFrom == nil || e.ValueFrom.SecretKeyRef == nil {
					continue
				}
				if other = e.ValueFrom.SecretKeyRef; other.Name == spec.Name && other.Key == spec.Key {
					return nil
				}
			}
		}
	}
	return other
}

// toDo is what to do about a failure.
func (s source) toDo(f failure) string {
	const log = "the API's log has the error"
	advice := f.external
	switch {
	case f.what == "":
		return "check its address, its credentials and the network; " + log
	case s.secret == "":
		return log
	case s.name != "":
		advice = f.managed
	}
	return strings.NewReplacer("SECRET", s.secret, "NAME", s.name).Replace(advice)
}

// unusable says that none of the pods that count can use the dependency, and why. An
// external one has no other cause than that.
func (v view) unusable() string {
	f := failures[v.class]
	advice := v.source.toDo(f)
	if f.what != "" {
		advice = f.what + ": " + advice
	}
	switch {
	case v.rollout != "":
		return fmt.Sprintf("%s of the new template can't use it: %s%s", podsNamed(v.cannot), advice, v.rollout)
	case f.what != "" && v.source.name == "":
		return advice
	}
	return "no API pod can use it: " + advice
}

func podsNamed(pods []string) string {
	if len(pods) == 1 {
		return "pod " + pods[0]
	}
	return "pods " + names(pods)
}

// unusableForSome says that some of the pods that count can't use the dependency, and why.
func (v view) unusableForSome() string {
	text := fmt.Sprintf("%d of %d API pods can't use it: %s", len(v.cannot), v.answers, names(v.cannot))
	f := failures[v.class]
	switch {
	case f.what == "":
		return text + "; " + elsewhere
	case f.byPlace:
		return text + ": " + f.what + "; " + elsewhere
	}
	return text + ": " + f.what + "; " + v.source.toDo(f)
}

// answersThatCount are those of the current template's pods, if one of them can tell
// whether it can use the dependency: in a rollout, the others may have another URL. rollout
// then ends a message, and is empty if all pods count.
func answersThatCount(in Input, name string) (answers []snapshot.PodAnswer, rollout string) {
	primary, all := in.Catalog.Primary().Name, in.Snapshot.Application.Pods
	current, decided := in.Snapshot.CurrentNames(primary), false
	for _, answer := range all {
		if current.Has(answer.Pod) && answer.Answered {
			answers = append(answers, answer)
			health := answer.Health(name)
			decided = decided || health == v1alpha1.DependencyHealthy || health == v1alpha1.DependencyUnhealthy
		}
	}
	if !decided || len(answers) == len(all) {
		return all, ""
	}
	return answers, stillServing(in, primary, count(in, primary, in.Snapshot.Deployments[primary]))
}

// mostOften is the class that most pods report; of several, a known one, by name.
func mostOften(counts map[contract.ErrorClass]int) contract.ErrorClass {
	classes := slices.SortedFunc(maps.Keys(counts), func(a, b contract.ErrorClass) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(unclassified(a), unclassified(b)), cmp.Compare(a, b))
	})
	if len(classes) == 0 {
		return ""
	}
	return classes[0]
}

func unclassified(c contract.ErrorClass) int {
	if failures[c].what == "" {
		return 1
	}
	return 0
}
