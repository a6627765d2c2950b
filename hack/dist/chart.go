// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// bases are what the chart is made of.
var bases = []string{"config/default", "config/poll-through-api-server", "config/admission", "config/prometheus"}

// template is a file of the chart.
type template struct {
	name    string
	open    string // before the objects, such as an if
	objects []object
}

// object is an object of the bases in the chart, and the values that it takes.
type object struct {
	key    string
	values func(*manifest) error
}

// outside is what the chart leaves out: Helm needs the release's namespace before it can install anything into it.
const outside = "Namespace/" + namespace

const (
	// Once with the name of each namespace, or once with none.
	perNamespace = "{{- range $.Values.namespaces | default (list \"\") }}\n"
	monitored    = "{{- if $.Values.monitoring.enabled }}{{ if not $.Values.metrics.enabled }}" +
		"{{ fail \"monitoring.enabled needs metrics.enabled\" }}{{ end }}\n"
)

// templates are the files of the chart. Each object of the bases is in one of them.
func templates() []template {
	return []template{
		{"crd.yaml", "{{- if $.Values.crds.install }}\n", []object{
			{"CustomResourceDefinition/interviewtrackers.apps.interviewtracker.dev", keep},
			{"ClusterRole/interview-tracker-viewer", nil},
			{"ClusterRole/interview-tracker-editor", nil},
			{"ClusterRole/interview-tracker-admin", nil},
		}},
		{"service_account.yaml", "", []object{{"ServiceAccount/" + operator, serviceAccount}}},
		{"role.yaml", perNamespace, []object{
			{"ClusterRole/" + operator, role},
			{"ClusterRoleBinding/" + operator, roleBinding},
		}},
		{"cluster_role.yaml", "{{- if not $.Values.namespaces }}\n", []object{
			{"ClusterRole/" + operator + "-cluster", nil},
			{"ClusterRoleBinding/" + operator + "-cluster", nil},
		}},
		{"pod_proxy.yaml", "{{- if eq $.Values.pollThrough \"api-server\" }}\n" + perNamespace, []object{
			{"ClusterRole/" + operator + "-pod-proxy", role},
			{"ClusterRoleBinding/" + operator + "-pod-proxy", roleBinding},
		}},
		{"leader_election.yaml", "", []object{
			{"Role/" + operator + "-leader-election", nil},
			{"RoleBinding/" + operator + "-leader-election", nil},
		}},
		{"metrics.yaml", "{{- if $.Values.metrics.enabled }}\n", []object{
			{"Service/" + operator + "-metrics", nil},
			{"ClusterRole/" + operator + "-metrics-auth", ownName("-metrics-auth", "metadata.name")},
			{"ClusterRoleBinding/" + operator + "-metrics-auth", ownName("-metrics-auth", "metadata.name", "roleRef.name")},
			{"ClusterRole/" + operator + "-metrics-reader", ownName("-metrics-reader", "metadata.name")},
		}},
		{"deployment.yaml", "", []object{{"Deployment/" + operator, deployment}}},
		{"network_policy.yaml", "{{- if $.Values.networkPolicy.enabled }}\n", []object{{"NetworkPolicy/" + operator, networkPolicy}}},
		{"pod_disruption_budget.yaml", "{{- if $.Values.podDisruptionBudget.enabled }}\n", []object{{"PodDisruptionBudget/" + operator, nil}}},
		{"admission.yaml", "{{- if $.Values.admission.enabled }}\n", policies("objects", "pods", "monitoring", "volume-claims", "leases")},
		{"monitoring.yaml", monitored, []object{
			{"ServiceMonitor/" + operator, selected},
			{"PrometheusRule/" + operator, selected},
		}},
		{"dashboards.yaml", "{{- if and $.Values.monitoring.enabled $.Values.monitoring.dashboards.enabled }}\n", []object{
			{"ConfigMap/interview-tracker-tracker-dashboard", dashboard},
			{"ConfigMap/interview-tracker-fleet-dashboard", dashboard},
			{"ConfigMap/interview-tracker-operator-dashboard", dashboard},
		}},
	}
}

// policies are the admission policies of these names with their bindings.
func policies(names ...string) []object {
	var all []object
	for _, name := range names {
		suffix := "-" + name
		all = append(all,
			object{"ValidatingAdmissionPolicy/" + operator + suffix, ownName(suffix, "metadata.name")},
			object{"ValidatingAdmissionPolicyBinding/" + operator + suffix, ownName(suffix, "metadata.name", "spec.policyName")})
	}
	return all
}

// ownName returns what puts the name of an object of the cluster into fields. Operators that are limited to
// namespaces share the cluster: each has a name of its own for them.
func ownName(suffix string, fields ...string) func(*manifest) error {
	name := literal(operator + suffix + "{{ with $.Values.namespaces }}-{{ $.Release.Namespace }}{{ end }}")
	return func(m *manifest) error {
		for _, field := range fields {
			if err := m.set(field, name); err != nil {
				return err
			}
		}
		return nil
	}
}

// change is a field and what a template has there.
type change struct {
	field string
	place place
}

// sets returns what makes these changes.
func sets(changes ...change) func(*manifest) error {
	return func(m *manifest) error {
		for _, c := range changes {
			if err := m.set(c.field, c.place); err != nil {
				return err
			}
		}
		return nil
	}
}

// all makes the changes one after the other.
func all(steps ...func(*manifest) error) func(*manifest) error {
	return func(m *manifest) error {
		for _, step := range steps {
			if err := step(m); err != nil {
				return err
			}
		}
		return nil
	}
}

// adds returns what adds entries to a map.
func adds(field, values string) func(*manifest) error {
	return func(m *manifest) error { return m.add(field, more(values)) }
}

const toYAML = "toYaml ."

var (
	keep = func(m *manifest) error {
		return m.add("metadata.annotations", func(indent, _ string) string {
			return when("$.Values.crds.keep", literal("keep"))(indent, "helm.sh/resource-policy")
		})
	}

	serviceAccount = sets(change{"metadata.annotations", when("$.Values.serviceAccount.annotations", block(toYAML))})

	// In a namespace, or in all of them.
	role = sets(
		change{"kind", scalar(`ternary "ClusterRole" "Role" (empty .)`)},
		change{"metadata.namespace", when(".", scalar(". | quote"))})
	roleBinding = sets(
		change{"kind", scalar(`ternary "ClusterRoleBinding" "RoleBinding" (empty .)`)},
		change{"metadata.namespace", when(".", scalar(". | quote"))},
		change{"roleRef.kind", scalar(`ternary "ClusterRole" "Role" (empty .)`)})

	whereMetrics = "$.Values.metrics.enabled"

	networkPolicy = func(m *manifest) error { return m.only(whereMetrics, "spec.ingress.0.ports", "port", "metrics") }

	deployment = all(
		func(m *manifest) error { return m.only(whereMetrics, container+".ports", "name", "metrics") },
		sets(change{"spec.replicas", scalar("$.Values.replicas")}),
		adds("spec.template.metadata.labels", "$.Values.podLabels"),
		adds("spec.template.metadata.annotations", "$.Values.podAnnotations"),
		sets(
			change{"spec.template.spec.imagePullSecrets", when("$.Values.image.pullSecrets", block(toYAML))},
			change{"spec.template.spec.priorityClassName", when("$.Values.priorityClassName", scalar(". | quote"))},
			change{"spec.template.spec.nodeSelector", when("$.Values.nodeSelector", block(toYAML))},
			change{"spec.template.spec.tolerations", when("$.Values.tolerations", block(toYAML))},
			change{"spec.template.spec.affinity", when("$.Values.affinity", block(toYAML))},
			change{"spec.template.spec.topologySpreadConstraints", when("$.Values.topologySpreadConstraints", block(toYAML))},
			change{container + ".image", scalar(`include "interview-tracker-operator.image" $ | quote`)},
			change{container + ".imagePullPolicy", when("$.Values.image.pullPolicy", scalar("."))},
			change{container + ".args", block(`include "interview-tracker-operator.args" $`)},
			change{container + ".resources", block("toYaml $.Values.resources")},
		))

	selected  = adds("metadata.labels", "$.Values.monitoring.labels")
	dashboard = adds("metadata.labels", "$.Values.monitoring.dashboards.labels")
)

// writeChart writes the generated files of a chart: its templates of objects, and its README.
func writeChart(folder string) error {
	manifests, err := manifests()
	if err != nil {
		return err
	}
	texts, err := render(templates(), manifests)
	if err != nil {
		return err
	}
	former, err := filepath.Glob(filepath.Join(folder, "templates", "*.yaml"))
	if err != nil {
		return err
	}
	for _, file := range former {
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	for name, text := range texts {
		if err := write(filepath.Join(folder, "templates", name), text); err != nil {
			return err
		}
	}
	return writeReadme(folder)
}

// manifests are the objects of the chart by their keys.
func manifests() (map[string]*manifest, error) {
	byKey := map[string]*manifest{}
	for _, base := range bases {
		objects, err := build(base)
		if err != nil {
			return nil, err
		}
		for _, o := range objects {
			if key(o) != outside {
				byKey[key(o)] = &manifest{RNode: o}
			}
		}
	}
	budget, err := disruptionBudget(byKey["Deployment/"+operator])
	if err != nil {
		return nil, err
	}
	byKey[key(budget)] = &manifest{RNode: budget}
	return byKey, nil
}

// disruptionBudget lets nodes be drained of one of the Deployment's pods at a time. It is no base, as
// config/default has one replica.
func disruptionBudget(deployment *manifest) (*yaml.RNode, error) {
	budget, err := yaml.Parse("apiVersion: policy/v1\nkind: PodDisruptionBudget\nspec: {maxUnavailable: 1}\n")
	if err != nil {
		return nil, err
	}
	for _, field := range []string{"metadata", "spec.selector"} {
		value, err := deployment.Pipe(yaml.Lookup(path(field)...))
		if err != nil {
			return nil, fmt.Errorf("the Deployment's %s: %w", field, err)
		}
		names := path(field)
		last := len(names) - 1
		if err := budget.PipeE(yaml.Lookup(names[:last]...), yaml.SetField(names[last], value.Copy())); err != nil {
			return nil, err
		}
	}
	return budget, nil
}

// render returns the content of each file.
func render(files []template, manifests map[string]*manifest) (map[string]string, error) {
	left := maps.Clone(manifests)
	texts := map[string]string{}
	for _, file := range files {
		var text strings.Builder
		text.WriteString(fmt.Sprintf(generated, strings.Join(bases, ", ")) + file.open)
		for _, o := range file.objects {
			m := left[o.key]
			if m == nil {
				return nil, fmt.Errorf("%s: the bases have no %s, or another template has it", file.name, o.key)
			}
			delete(left, o.key)
			if o.values != nil {
				if err := o.values(m); err != nil {
					return nil, err
				}
			}
			plain, err := m.text()
			if err != nil {
				return nil, err
			}
			text.WriteString("---\n" + plain)
		}
		texts[file.name] = text.String() + strings.Repeat("{{- end }}\n", strings.Count(file.open, "\n"))
	}
	if len(left) > 0 {
		return nil, fmt.Errorf("no template has %v: add them to templates()", slices.Sorted(maps.Keys(left)))
	}
	return texts, nil
}
