// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	storagev1 "k8s.io/api/storage/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

func quantity(text string) resource.Quantity { return resource.MustParse(text) }

// world is what a case changes.
type world struct {
	*Facts
	n *Namespace
	t *Tracker
	o *Operator
}

func (w world) api() *corev1.Pod { return &w.t.Pods.Value[0] }

func TestDiagnose(t *testing.T) {
	schema := func(w world) *apiextensionsv1.JSONSchemaProps {
		return w.Definition.Value.Spec.Versions[0].Schema.OpenAPIV3Schema
	}
	reference := func(w world, found Found) { w.t.References = []Found{found} }
	url := Reference{Field: "spec.database.external", Kind: kindSecret, Name: "postgres", Key: "url"}
	bundle := func(w world, all ...Certificate) {
		reference(w, Found{
			Reference: Reference{Field: "spec.telemetry.caCertificate", Kind: kindConfigMap, Name: "ca", Key: "ca.crt", Holds: "certificates"},
			Exists:    true, HasKey: true, Certificates: all,
		})
	}
	served := func(w world, all ...Certificate) {
		w.o.Certificates = []Found{{
			Reference: Reference{Field: "--metrics-cert-dir of " + w.o.String(), Kind: kindSecret, Name: "metrics-tls", Key: "tls.crt"},
			Exists:    true, Certificates: all,
		}}
	}
	certificate := func(from, to time.Duration) Certificate {
		return Certificate{Subject: "ca", NotBefore: t0.Add(from), NotAfter: t0.Add(to)}
	}
	const day = 24 * time.Hour
	for name, test := range map[string]struct {
		check  string
		change func(w world)
		// want are the results and a part of the messages and remedies, in order.
		want []string
	}{
		// CustomResourceDefinition
		"definition is absent": {
			"CustomResourceDefinition", func(w world) { w.Definition.Value = nil },
			[]string{"fail: interviewtrackers.apps.interviewtracker.dev is not installed → install the CustomResourceDefinition"},
		},
		"definition is older": {
			"CustomResourceDefinition", func(w world) { delete(schema(w).Properties["spec"].Properties, "telemetry") },
			[]string{"warn: * is older than this plugin: it lacks spec.telemetry → install"},
		},
		"definition is newer": {
			"CustomResourceDefinition", func(w world) { schema(w).Properties["spec"].Properties["sharding"] = apiextensionsv1.JSONSchemaProps{} },
			[]string{"warn: * is newer than this plugin: it has spec.sharding besides → use the kubectl-tracker"},
		},
		"definition is another one": {
			"CustomResourceDefinition", func(w world) {
				delete(schema(w).Properties["spec"].Properties, "telemetry")
				schema(w).Properties["spec"].Properties["sharding"] = apiextensionsv1.JSONSchemaProps{}
			},
			[]string{"warn: * it lacks spec.telemetry, and has spec.sharding besides"},
		},
		"definition has other rules": {
			"CustomResourceDefinition", func(w world) { schema(w).XValidations = nil },
			[]string{"warn: * with other rules"},
		},
		"definition has other descriptions": {
			"CustomResourceDefinition", func(w world) { schema(w).Description = "shorter" },
			[]string{"pass: * is that of this plugin, and serves v1alpha1"},
		},
		"definition serves another version": {
			"CustomResourceDefinition", func(w world) { w.Definition.Value.Spec.Versions[0].Name = "v2" },
			[]string{"fail: this plugin knows version v1alpha1 of InterviewTrackers, the cluster serves v2"},
		},
		"definition is not established": {
			"CustomResourceDefinition", func(w world) { w.Definition.Value.Status.Conditions = nil },
			[]string{"fail: * is not established → look at its conditions"},
		},
		"definition can't be read": {
			"CustomResourceDefinition", func(w world) { w.Definition.Value, w.Definition.Unread = nil, "you may not" },
			[]string{"not checked: the cluster serves v1alpha1, its schema was not compared: you may not"},
		},

		// Operator
		"operator is absent": {
			"Operator", func(w world) { w.Operators.Value = nil },
			[]string{"fail: no Deployment with the label * → install it"},
		},
		"a Deployment only has the operator's label": {
			"Operator", func(w world) { w.o.Proof = plugin.Proof{} },
			[]string{"fail: no Deployment with the label", "not checked: * has the operator's label, but no ClusterRoleBinding * → if it is an operator"},
		},
		"whether a Deployment is the operator is not known": {
			"Operator", func(w world) { w.o.Proof, w.o.BindingsUnread = plugin.Proof{}, "you may not list clusterrolebindings" },
			[]string{"not checked: * has the operator's label, but you may not list clusterrolebindings → if it is an operator"},
		},
		"operator has a flag of several lines": {
			"Operator", func(w world) {
				w.o.Lease.Value, w.o.container().Args = nil, []string{"--leader-elect", "--leader-election-namespace=x\x1b[2J\n  pass  \u202eOperator"}
			},
			[]string{"pass: ", "pass: ", `not checked: --leader-election-namespace of * is "x pass Operator", which can't be a namespace → correct the flag`},
		},
		"operator is older": {
			"Operator", func(w world) { w.Version = "1.1.0" },
			[]string{"pass: ", "warn: * is version 1.0.0, older than this plugin (1.1.0) → upgrade", "pass: "},
		},
		"operator is newer": {
			"Operator", func(w world) { w.Version = "v0.9.0" },
			[]string{"pass: ", "warn: * is version 1.0.0, newer than this plugin (0.9.0) → use kubectl-tracker 1.0.0", "pass: "},
		},
		"operator says its version in a label": {
			"Operator", func(w world) {
				w.o.Deployment.Labels = map[string]string{labelVersion: "v1.0.0"}
				w.o.container().Image = "operator:latest"
			},
			[]string{"pass: ", "pass: * is version 1.0.0, as this plugin", "pass: "},
		},
		"operator does not say its version": {
			"Operator", func(w world) { w.o.container().Image = "operator" },
			[]string{"pass: ", "not checked: * does not say its version", "pass: "},
		},
		"operator is scaled to 0": {
			"Operator", func(w world) { w.o.Deployment.Spec.Replicas = new(int32(0)) },
			[]string{"fail: * is scaled to 0 * → start it: kubectl scale deployment", "pass: ", "pass: "},
		},
		"a standby is not available": {
			"Operator", func(w world) { w.o.Deployment.Spec.Replicas = new(int32(2)) },
			[]string{"warn: * has 1 of 2 pods available", "pass: ", "pass: "},
		},
		"operator has no leader": {
			"Operator", func(w world) { w.o.Lease.Value = nil },
			[]string{"pass: ", "pass: ", "fail: no replica of * leads: the Lease * has no holder * → look at its log: kubectl logs"},
		},
		"operator elects no leader": {
			"Operator", func(w world) { w.o.Lease.Value, w.o.container().Args = nil, nil },
			[]string{"pass: ", "pass: "},
		},
		"leader is gone": {
			"Operator", func(w world) { w.o.Lease.Value.Spec.RenewTime.Time = t0.Add(-2 * time.Minute) },
			[]string{"pass: ", "pass: ", "fail: * has not renewed the Lease interview-tracker-system/interview-tracker-operator for 2m"},
		},
		"no operator watches the namespace": {
			"Operator of the namespace", func(w world) { w.o.container().Args = []string{"--namespaces=a,b"} },
			[]string{"fail: no operator watches namespace team: * → add the namespace"},
		},
		"no operator that can be seen watches the namespace": {
			"Operator of the namespace", func(w world) { w.o.container().Args, w.AllOperators = []string{"--namespaces=a,b"}, false },
			[]string{"not checked: none of the operators that you can see watches namespace team → name the namespace"},
		},
		"another Deployment has the operator's label": {
			"Operator of the namespace", func(w world) {
				other := operator("team")
				other.Proof = plugin.Proof{Namespaces: sets.New("other")}
				w.Operators.Value = append(w.Operators.Value, other)
			},
			[]string{"pass: interview-tracker-system/interview-tracker-operator watches it"},
		},
		"the operator of a namespace alone": {
			"Operator of the namespace", func(w world) { w.o.Proof = plugin.Proof{Namespaces: sets.New("team")} },
			[]string{"pass: interview-tracker-system/interview-tracker-operator watches it"},
		},
		"one of several operators watches the namespace": {
			"Operator of the namespace", func(w world) {
				w.o.container().Args = []string{"--namespaces", "a, b"}
				w.Operators.Value = append(w.Operators.Value, operator("team-operator"))
			},
			[]string{"pass: team-operator/interview-tracker-operator watches it"},
		},
		"the operator of its own namespace": {
			"Operator of the namespace", func(w world) {
				w.o.Deployment.Namespace, w.o.container().Args = "team", []string{"--namespaces=$(POD_NAMESPACE),b"}
				w.o.container().Env = []corev1.EnvVar{{
					Name: "POD_NAMESPACE", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.namespace"}},
				}}
			},
			[]string{"pass: team/interview-tracker-operator watches it"},
		},
		"two operators watch the namespace": {
			"Operator of the namespace", func(w world) { w.Operators.Value = append(w.Operators.Value, operator("other")) },
			[]string{"fail: several operators watch it: interview-tracker-system/interview-tracker-operator, other/interview-tracker-operator"},
		},

		// Rights
		"rights are there": {
			"Rights of the operator", func(world) {}, []string{
				"pass: system:serviceaccount:*:interview-tracker-operator may elect a leader in namespace interview-tracker-system",
				"pass: * may ask the API server who may read its metrics",
				"pass: * may do what it has to in namespace team",
			},
		},
		"an essential right is missing": {
			"Rights of the operator", func(w world) {
				needsNothingItself(w)
				w.n.Rights.Value.Missing = []Right{{Verb: "create", Group: "batch", Resource: "jobs"}}
			},
			[]string{"fail: * may not create jobs.batch → * kubectl auth can-i create jobs.batch --as=system:serviceaccount:"},
		},
		"a right to a subresource is missing": {
			"Rights of the operator", func(w world) {
				needsNothingItself(w)
				w.n.Rights.Value.Missing = []Right{{Verb: "get", Resource: "pods", Subresource: "proxy"}}
			},
			[]string{"fail: * may not get pods/proxy → * kubectl auth can-i get pods --subresource=proxy --as=system:serviceaccount:"},
		},
		"a right to the monitoring is missing": {
			"Rights of the operator", func(w world) {
				needsNothingItself(w)
				w.n.Rights.Value.Missing = []Right{{Verb: "list", Group: "monitoring.coreos.com", Resource: "probes"}}
			},
			[]string{"warn: * may not list probes.monitoring.coreos.com"},
		},
		"an operator of some namespaces needs no right to the cluster": {
			"Rights of the operator", func(w world) {
				w.o.container().Args = []string{"--namespaces=team", "--metrics-bind-address=0"}
				w.n.Rights.Value.Missing = []Right{{Verb: "list", Resource: "namespaces"}}
			},
			[]string{"pass: "},
		},
		"rights are not known": {
			"Rights of the operator", func(w world) {
				w.o.Election.Unread, w.o.Reviews.Unread, w.n.Rights.Unread = "you may neither", "you may neither", "you may neither"
			},
			[]string{"not checked: you may neither", "not checked: you may neither"},
		},
		"a right to the Lease is missing": {
			"Rights of the operator", func(w world) {
				w.o.container().Args = []string{"--leader-elect", "--leader-election-namespace=leases", "--metrics-bind-address=0"}
				w.o.Election.Value = []Right{
					{Verb: "update", Group: "coordination.k8s.io", Resource: "leases", Name: "interview-tracker-operator"}, {Verb: "create", Resource: "events"},
				}
			},
			[]string{
				"fail: * may not update leases.coordination.k8s.io interview-tracker-operator, create events, which it needs to elect a leader in namespace leases" +
					" → * kubectl apply --server-side -k config/rbac; * can-i update leases.coordination.k8s.io/interview-tracker-operator --as=* -n leases",
				"pass: ",
			},
		},
		"the flag for the Lease's namespace has a command": {
			"Rights of the operator", func(w world) {
				w.o.container().Args = []string{"--leader-elect", "--leader-election-namespace=leases; rm -r .", "--metrics-bind-address=0"}
				w.o.Election.Value = []Right{{Verb: "create", Group: "coordination.k8s.io", Resource: "leases"}}
			},
			[]string{`not checked: --leader-election-namespace of * is "leases; rm -r .", which can't be a namespace → correct the flag`, "pass: "},
		},
		"Events of the leader can't be written": {
			"Rights of the operator", func(w world) { w.o.Election.Value = []Right{{Verb: "patch", Resource: "events"}} },
			[]string{"warn: * may not patch events, which it needs to elect a leader in namespace interview-tracker-system: the trackers work", "pass: ", "pass: "},
		},
		"an operator of some namespaces may not lead": {
			"Rights of the operator", func(w world) {
				w.o.container().Args = []string{"--leader-elect", "--namespaces=team", "--metrics-bind-address=0"}
				w.o.Election.Value = []Right{{Verb: "create", Group: "coordination.k8s.io", Resource: "leases"}}
			},
			[]string{"fail: * may not create leases.coordination.k8s.io, * → apply * as docs/namespaced.md says; confirm", "pass: "},
		},
		"tokens can't be reviewed": {
			"Rights of the operator", func(w world) {
				w.o.container().Args = []string{"--leader-elect=false"}
				w.o.Reviews.Value = []Right{{Verb: "create", Group: "authentication.k8s.io", Resource: "tokenreviews"}}
			},
			[]string{"warn: * may not create tokenreviews.authentication.k8s.io, * who may read its metrics: the trackers work → * -A", "pass: "},
		},
		"clients of metrics have certificates": {
			"Rights of the operator", func(w world) {
				w.o.container().Args = []string{"--metrics-bind-address=0", "--metrics-bind-address=:8443", "--metrics-client-ca=ca.crt"}
			},
			[]string{"pass: * may do what it has to in namespace team"},
		},
		"the rights of what has the operator's label alone": {
			"Rights of the operator", func(w world) { w.o.Proof = plugin.Proof{} }, []string{"not checked: no operator that watches the namespace is known"},
		},

		// References
		"a Secret is missing": {
			"Secrets and ConfigMaps", func(w world) { reference(w, Found{Reference: url}) },
			[]string{`fail: Secret "postgres" does not exist, and spec.database.external names it → create it: kubectl create secret generic -n team postgres --from-literal=url=…`},
		},
		"a key is missing": {
			"Secrets and ConfigMaps", func(w world) { reference(w, Found{Reference: url, Exists: true}) },
			[]string{`fail: Secret "postgres" has nothing under key "url", and spec.database.external names it → add the key: kubectl edit secret`},
		},
		"a name has a command": {
			"Secrets and ConfigMaps", func(w world) { r := url; r.Name = "x; rm -r ."; reference(w, Found{Reference: r}) },
			[]string{`fail: Secret "x; rm -r ." does not exist, * → correct spec.database.external: no Secret can have this name or key`},
		},
		"a key has a command": {
			"Secrets and ConfigMaps", func(w world) { r := url; r.Key = "$(rm -r .)"; reference(w, Found{Reference: r}) },
			[]string{`fail: Secret "postgres" does not exist, * → correct spec.database.external: no Secret can have this name or key`},
		},
		"a flaw of several lines": {
			"Secrets and ConfigMaps", func(w world) {
				reference(w, Found{Reference: url, Exists: true, HasKey: true, Flaw: "is of type x\x1b[2J\n  pass  \u202eOperator"})
			},
			[]string{`fail: Secret "postgres", key "url", of spec.database.external: it is of type x pass Operator → correct it`},
		},
		"an optional Secret is missing": {
			"Secrets and ConfigMaps", func(w world) { r := url; r.Optional = true; reference(w, Found{Reference: r}) },
			[]string{"pass: "},
		},
		"a Secret of telemetry is missing": {
			"Secrets and ConfigMaps", func(w world) {
				reference(w, Found{Reference: Reference{Field: "spec.telemetry.headers", Kind: kindSecret, Name: "traces", Key: "headers"}})
			},
			[]string{`fail: Secret "traces" does not exist, * → create it: * then restart the pods: kubectl tracker restart -n team hiring`},
		},
		"a URL has a flaw": {
			"Secrets and ConfigMaps", func(w world) {
				reference(w, Found{Reference: url, Exists: true, HasKey: true, Flaw: "has no host: write a whole URL"})
			},
			[]string{`fail: Secret "postgres", key "url", of spec.database.external: it has no host`},
		},
		"a Secret can't be read": {
			"Secrets and ConfigMaps", func(w world) { reference(w, Found{Reference: url, Unread: "you may not get secrets"}) },
			[]string{"not checked: you may not get secrets"},
		},
		"credentials are lost": {
			"Secrets and ConfigMaps", func(w world) {
				w.t.References[0].Exists, w.t.References[0].HasKey = false, false
				w.t.References = w.t.References[:1]
			},
			[]string{`fail: Secret "hiring-database-credentials" does not exist: * → restore the Secret from a backup * data-hiring-database-0`},
		},
		"credentials are not made yet": {
			"Secrets and ConfigMaps", func(w world) {
				w.t.References[0].Exists, w.t.References[0].HasKey = false, false
				w.t.References, w.t.Claims.Value = w.t.References[:1], nil
			},
			[]string{`fail: Secret "hiring-database-credentials" does not exist: * → the operator creates it`},
		},

		// Storage
		"claims are bound": {
			"Storage", func(world) {},
			[]string{"pass: PersistentVolumeClaim data-hiring-database-0 is bound, and StorageClass standard lets it grow", "pass: * data-hiring-redis-0"},
		},
		"a class does not let a volume grow": {
			"Storage", func(w world) { w.StorageClasses.Value[0].AllowVolumeExpansion = nil },
			[]string{"pass: *; StorageClass standard does not let it grow", "pass: "},
		},
		"a volume can't grow to the spec": {
			"Storage", func(w world) {
				w.StorageClasses.Value[0].AllowVolumeExpansion = nil
				w.t.Claims.Value[0].Status.Capacity[corev1.ResourceStorage] = quantity("5Gi")
			},
			[]string{"pass: ", "fail: * has 5Gi of the 10Gi that the spec wants, and StorageClass standard does not let it grow", "pass: "},
		},
		"a volume grows": {
			"Storage", func(w world) { w.t.Claims.Value[1].Status.Capacity[corev1.ResourceStorage] = quantity("500Mi") },
			[]string{"pass: ", "pass: ", "warn: PersistentVolumeClaim data-hiring-redis-0 has 500Mi of the 1Gi that the spec wants"},
		},
		"a class does not exist": {
			"Storage", func(w world) {
				w.t.Claims.Value[0].Spec.StorageClassName = new("fast")
				w.t.Claims.Value[0].Status.Phase = corev1.ClaimPending
			},
			[]string{`fail: StorageClass "fast" of PersistentVolumeClaim data-hiring-database-0 does not exist`, "pass: "},
		},
		"a bound claim needs no class": {
			"Storage", func(w world) { w.StorageClasses.Value = nil },
			[]string{"pass: PersistentVolumeClaim data-hiring-database-0 is bound", "pass: "},
		},
		"no class is the default": {
			"Storage", func(w world) { w.StorageClasses.Value[0].Annotations, w.t.Claims.Value = nil, nil },
			[]string{"fail: no StorageClass is the default, and PersistentVolumeClaim data-hiring-database-0 names none → make one the default", "fail: no StorageClass"},
		},
		"a claim is pending": {
			"Storage", func(w world) {
				w.t.Claims.Value[0].Status.Phase = corev1.ClaimPending
				w.t.Complaints["data-hiring-database-0"] = "disk quota exceeded"
			},
			[]string{"fail: PersistentVolumeClaim data-hiring-database-0 is not bound: disk quota exceeded → look at the provisioner", "pass: "},
		},
		"a claim waits for its pod": {
			"Storage", func(w world) {
				w.StorageClasses.Value[0].VolumeBindingMode = new(storagev1.VolumeBindingWaitForFirstConsumer)
				w.t.Claims.Value[0].Status.Phase = corev1.ClaimPending
			},
			[]string{"warn: PersistentVolumeClaim data-hiring-database-0 waits for its pod", "pass: "},
		},
		"a claim is lost":          {"Storage", func(w world) { w.t.Claims.Value[0].Status.Phase = corev1.ClaimLost }, []string{"fail: * has lost its PersistentVolume", "pass: "}},
		"a claim is being deleted": {"Storage", func(w world) { w.t.Claims.Value[0].DeletionTimestamp = &metav1.Time{Time: t0} }, []string{"fail: * is being deleted → save the data now", "pass: "}},
		"the volume of a claim that goes": {
			"Storage", func(w world) {
				w.t.Claims.Value[0].DeletionTimestamp, w.t.Claims.Value[0].Spec.VolumeName = &metav1.Time{Time: t0}, "pv-1"
			},
			[]string{"fail: * is being deleted → * keep the volume: kubectl patch pv pv-1 -p", "pass: "},
		},
		"the volume of a claim that goes has a command": {
			"Storage", func(w world) {
				w.t.Claims.Value[0].DeletionTimestamp, w.t.Claims.Value[0].Spec.VolumeName = &metav1.Time{Time: t0}, "pv-1; rm -r ."
			},
			[]string{"fail: * is being deleted → * when no pod uses the claim$", "pass: "},
		},
		"classes can't be read": {
			"Storage", func(w world) {
				w.StorageClasses.Value, w.StorageClasses.Unread = nil, "you may not list storageclasses"
			},
			[]string{"not checked: you may not list storageclasses", "pass: ", "pass: "},
		},

		// Monitoring
		"a Prometheus selects all": {"Monitoring", func(world) {}, []string{"pass: Prometheus monitoring/k8s selects PrometheusRule, ServiceMonitor"}},
		"kinds are absent":         {"Monitoring", func(w world) { w.Kinds.Value = sets.New[string]() }, []string{"warn: the cluster lacks PrometheusRule, ServiceMonitor: "}},
		"a Prometheus selects no rules": {
			"Monitoring", func(w world) { w.Prometheuses.Value[0].Spec.RuleSelector = nil },
			[]string{"fail: Prometheus monitoring/k8s: ruleSelector is omitted and selects nothing"},
		},
		"a Prometheus does not select the namespace": {
			"Monitoring", func(w world) {
				w.Prometheuses.Value[0].Spec.RuleNamespaceSelector = &metav1.LabelSelector{MatchLabels: map[string]string{"monitored": "yes"}}
			},
			[]string{"fail: * ruleNamespaceSelector (monitored=yes) does not match the labels of the namespace"},
		},
		"there is no Prometheus":      {"Monitoring", func(w world) { w.Prometheuses.Value = nil }, []string{"warn: the cluster has no Prometheus object"}},
		"there is no rule":            {"Monitoring", func(w world) { w.t.Rules.Value = nil }, []string{"fail: the tracker has no PrometheusRule"}},
		"the operator sees more":      {"Monitoring", func(w world) { w.Prometheuses.Unread = "you may not" }, []string{"pass: as the operator reports, the monitoring objects are selected"}},
		"the operator sees no more":   {"Monitoring", func(w world) { w.Prometheuses.Unread, w.t.Object.Status.Conditions = "you may not", nil }, []string{"not checked: you may not"}},
		"monitoring is not enabled":   {"Monitoring", disableMonitoring, []string{"pass: spec.monitoring enables nothing"}},
		"scraping is not enabled":     {"Scraping", disableMonitoring, []string{"pass: "}},
		"scraping is not known":       {"Scraping", func(w world) { w.t.Scrapers = nil }, []string{"not checked: no Prometheus that would scrape"}},
		"targets are up":              {"Scraping", func(world) {}, []string{"pass: * may find pods", "pass: Prometheus monitoring/k8s: 2 targets up"}},
		"a target is down":            {"Scraping", func(w world) { w.t.Scrapers[0].Targets.Value[0].Health = "down" }, []string{"pass: ", "fail: the target of ServiceMonitor hiring-api at pod hiring-api-0 is down"}},
		"a target is new":             {"Scraping", func(w world) { w.t.Scrapers[0].Targets.Value[0].Health = "unknown" }, []string{"pass: ", "warn: * is unknown"}},
		"a target is missing":         {"Scraping", func(w world) { w.t.Scrapers[0].Targets.Value = w.t.Scrapers[0].Targets.Value[:1] }, []string{"pass: ", "warn: * has no target of ServiceMonitor hiring-frontend"}},
		"targets are not known":       {"Scraping", func(w world) { w.t.Scrapers[0].Targets.Unread = "you may not" }, []string{"pass: ", "not checked: you may not"}},
		"a Prometheus may not list":   {"Scraping", func(w world) { w.t.Scrapers[0].Missing.Value = []Right{{Verb: "list", Resource: "pods"}} }, []string{"fail: * may not list pods in namespace team: * → give it a Role * --serviceaccount=monitoring:prometheus-k8s", "pass: "}},
		"what it may do is not known": {"Scraping", func(w world) { w.t.Scrapers[0].Missing.Unread = "you may not" }, []string{"not checked: you may not", "pass: "}},
		"a target has a command": {
			"Scraping", func(w world) {
				first := &w.t.Scrapers[0].Targets.Value[0]
				first.Pod, first.Health = "x; rm -r .", "down"
			},
			[]string{"pass: ", "fail: the target of * → look at NetworkPolicies, and at the log of the pod$"},
		},
		"a service account has a command": {
			"Scraping", func(w world) {
				w.t.Scrapers[0].Account = "system:serviceaccount:monitoring:x; rm -r ."
				w.t.Scrapers[0].Missing.Value = []Right{{Verb: "list", Resource: "pods"}}
			},
			[]string{`not checked: Prometheus monitoring/k8s names a service account "x; rm -r .", which can't be one → correct its serviceAccountName`, "pass: "},
		},

		// Start-up times
		"containers start in time": {"Start-up times", func(world) {}, []string{"pass: 4 containers started in less than 80% of what the probes allow; the slowest is *: 8s of 70s"}},
		"a container starts slowly": {
			"Start-up times", func(w world) { w.api().Status.Conditions[1].LastTransitionTime = ago(time.Hour - 57*time.Second) },
			[]string{"warn: pod hiring-api-0, container api took 57s to start, of the 70s after which its startup probe restarts it → raise spec.api.probes.startup.failureThreshold"},
		},
		"a container is just in time": {
			"Start-up times", func(w world) { w.api().Status.Conditions[1].LastTransitionTime = ago(time.Hour - 56*time.Second) }, []string{"pass: "},
		},
		"a container was not ready later": {
			"Start-up times", func(w world) { w.api().Status.Conditions[1].LastTransitionTime = ago(time.Minute) }, []string{"pass: 3 containers"},
		},
		"a container is still starting": {
			"Start-up times", func(w world) {
				notReady(w.api(), corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: ago(60 * time.Second)}})
			},
			[]string{"warn: pod hiring-api-0, container api has been starting for 60s, of the 70s"},
		},
		"a database starts slowly": {
			"Start-up times", func(w world) {
				w.t.Pods.Value[2].Status.Conditions[1].LastTransitionTime = ago(time.Hour - 69*time.Second)
			},
			[]string{"warn: * → find out why it starts slowly: * spec.patches"},
		},
		"a liveness probe is the budget": {
			"Start-up times", func(w world) {
				c := &w.t.Pods.Value[1].Spec.Containers[0]
				c.StartupProbe, c.LivenessProbe = nil, &corev1.Probe{InitialDelaySeconds: 5, PeriodSeconds: 1, FailureThreshold: 4}
			},
			[]string{"warn: pod hiring-frontend-0, container frontend took 8s to start, of the 9s after which its liveness probe"},
		},
		"nothing is measured": {"Start-up times", func(w world) { w.t.Pods.Value = nil }, []string{"not checked: no container"}},

		// Pods
		"pods are ready": {"Pods", func(world) {}, []string{"pass: 4 pods ready, none restarted in the last 24h"}},
		"an image can't be pulled": {
			"Pods", func(w world) { notReady(w.api(), waiting("ErrImagePull", "not found")) },
			[]string{`fail: pod hiring-api-0, container api: image "interview-tracker-api:1.0.0" can't be pulled: not found (ImagePullFailed) → correct the image (spec.api.image or`},
		},
		"a container was killed": {
			"Pods", func(w world) {
				notReady(w.api(), waiting("CrashLoopBackOff", ""))
				w.api().Status.ContainerStatuses[0].LastTerminationState.Terminated = &corev1.ContainerStateTerminated{Reason: "OOMKilled", ExitCode: 137, FinishedAt: ago(time.Minute)}
			},
			[]string{"fail: * was killed for using more memory than its limit (OOMKilled) → raise the memory limit: spec.api.resources.limits.memory"},
		},
		"a container keeps exiting": {
			"Pods", func(w world) {
				notReady(w.api(), waiting("CrashLoopBackOff", ""))
				w.api().Status.ContainerStatuses[0].LastTerminationState.Terminated = &corev1.ContainerStateTerminated{Reason: "Error", ExitCode: 1, FinishedAt: ago(time.Minute)}
			},
			[]string{"fail: * exited with code 1 (CrashLooping) → read the output: kubectl logs -n team hiring-api-0 --all-containers --previous"},
		},
		"the operator knows the output": {
			"Pods", func(w world) {
				notReady(w.api(), waiting("CrashLoopBackOff", ""))
				w.api().Status.ContainerStatuses[0].LastTerminationState.Terminated = &corev1.ContainerStateTerminated{Reason: "Error", ExitCode: 1, FinishedAt: ago(time.Minute)}
				conditionIs(w.t.Object, v1alpha1.ConditionAPIAvailable, v1alpha1.ReasonCrashLooping, "pod hiring-api-0, container api exited with code 1: no route")
			},
			[]string{"fail: pod hiring-api-0, container api exited with code 1: no route (CrashLooping)"},
		},
		"a pod can't be scheduled": {
			"Pods", func(w world) {
				w.t.Pods.Value[2].Status = corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{
					{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable, Message: "0/3 nodes are available"},
				}}
			},
			[]string{"fail: pod hiring-database-0 can't be scheduled: 0/3 nodes are available (Unschedulable) → free or add a node"},
		},
		"a probe fails": {
			"Pods", func(w world) {
				notReady(w.api(), corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: ago(time.Hour)}})
				w.t.Warnings["hiring-api-0"] = snapshot.PodEvent{Reason: "Unhealthy", Container: "api", Message: "Readiness probe failed: HTTP probe failed with statuscode: 503"}
			},
			[]string{"fail: * container api is not ready: Readiness probe failed: * 503 (ProbeFailing) → look at the probe's path and port"},
		},
		"a pod is starting": {
			"Pods", func(w world) {
				notReady(w.api(), corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: ago(time.Second)}})
			},
			[]string{"warn: pod hiring-api-0 is not ready yet"},
		},
		"a pod was restarted": {
			"Pods", func(w world) {
				w.api().Status.ContainerStatuses[0].RestartCount = 3
				w.api().Status.ContainerStatuses[0].LastTerminationState.Terminated = &corev1.ContainerStateTerminated{ExitCode: 2, FinishedAt: ago(time.Hour)}
			},
			[]string{"warn: pod hiring-api-0, container api exited with code 2 1h ago (3 restarts) → read the output: kubectl logs -n team hiring-api-0 -c api --previous"},
		},
		"a pod was restarted long ago": {
			"Pods", func(w world) {
				w.api().Status.ContainerStatuses[0].RestartCount = 3
				w.api().Status.ContainerStatuses[0].LastTerminationState.Terminated = &corev1.ContainerStateTerminated{ExitCode: 2, FinishedAt: ago(2 * day)}
			},
			[]string{"pass: "},
		},
		"there are no pods":  {"Pods", func(w world) { w.t.Pods.Value = nil }, []string{"fail: the tracker has no pod"}},
		"no pods are wanted": {"Pods", func(w world) { w.t.Pods.Value, w.t.Object.Spec.Suspend = nil, true }, nil},

		// Usage
		"usage is low": {"Usage", func(world) {}, []string{"pass: 1 container under 90% of their limits"}},
		"memory is near its limit": {
			"Usage", func(w world) {
				w.t.Usage.Value[ContainerKey{"hiring-api-0", "api"}][corev1.ResourceMemory] = quantity("480Mi")
			},
			[]string{"warn: pod hiring-api-0, container api uses 480Mi of its memory limit 512Mi (93%): above it, it is killed → raise spec.api.resources.limits.memory"},
		},
		"memory is over its request": {
			"Usage", func(w world) {
				w.t.Usage.Value[ContainerKey{"hiring-api-0", "api"}][corev1.ResourceMemory] = quantity("200Mi")
			},
			[]string{"warn: * uses 200Mi of memory, more than its request 128Mi * → raise spec.api.resources.requests.memory"},
		},
		"CPU is near its limit": {
			"Usage", func(w world) {
				w.api().Spec.Containers[0].Resources.Limits[corev1.ResourceCPU] = quantity("20m")
			},
			[]string{"warn: * uses 20m of its cpu limit 20m (100%): it is slowed down"},
		},
		"there are no metrics":      {"Usage", func(w world) { w.t.Usage.Unread = "no metrics-server" }, []string{"not checked: no metrics-server"}},
		"there are no metrics yet":  {"Usage", func(w world) { w.t.Usage.Value = nil }, []string{"not checked: metrics-server has no metrics"}},
		"pods can't be listed here": {"Usage", func(w world) { w.t.Pods.Unread = "you may not" }, []string{"not checked: you may not"}},

		// Certificates
		"no certificate is named":      {"Certificates", func(world) {}, []string{"pass: the tracker names no certificate"}},
		"a certificate is valid":       {"Certificates", func(w world) { bundle(w, certificate(-day, 31*day)) }, []string{"pass: 1 certificate valid for more than 30 days"}},
		"a certificate expires soon":   {"Certificates", func(w world) { bundle(w, certificate(-day, 29*day)) }, []string{`warn: certificate "ca" of ConfigMap "ca", key "ca.crt" * expires on 2026-12-29, in 29d → renew it`}},
		"a certificate has expired":    {"Certificates", func(w world) { bundle(w, certificate(-9*day, -day)) }, []string{"fail: * expired on 2026-11-29"}},
		"one of a bundle has expired":  {"Certificates", func(w world) { bundle(w, certificate(-9*day, -day), certificate(-day, 99*day)) }, []string{"warn: * expired on 2026-11-29"}},
		"a certificate is of tomorrow": {"Certificates", func(w world) { bundle(w, certificate(day, 99*day)) }, []string{"fail: * is not valid before"}},
		"an Ingress has no certificate": {
			"Certificates", func(w world) {
				w.t.Ingresses.Value = []Found{{Reference: Reference{Field: "Ingress hiring", Kind: kindSecret, Name: "tls", Key: "tls.crt", Holds: "certificates"}}}
			},
			[]string{`fail: Secret "tls" does not exist: Ingress hiring names it`},
		},
		"Ingresses can't be read":                {"Certificates", func(w world) { w.t.Ingresses.Unread = "you may not" }, []string{"not checked: you may not"}},
		"the operator makes its own certificate": {"Certificates of the operator", func(world) {}, nil},
		"the operator's certificate is valid": {
			"Certificates of the operator", func(w world) { served(w, certificate(-day, 31*day)) }, []string{"pass: 1 certificate valid for more than 30 days"},
		},
		"the operator's certificate has expired": {
			"Certificates of the operator", func(w world) { served(w, certificate(-9*day, -day)) },
			[]string{`fail: certificate "ca" of Secret "metrics-tls", key "tls.crt" (--metrics-cert-dir of interview-tracker-system/interview-tracker-operator) expired on 2026-11-29 → renew it`},
		},
		"the operator's certificate is missing": {
			"Certificates of the operator", func(w world) { served(w) }, []string{`fail: Secret "metrics-tls" has no certificate under key "tls.crt", which --metrics-cert-dir of * reads → put one there`},
		},
		"the Secret of the operator's certificate is missing": {
			"Certificates of the operator", func(w world) { served(w); w.o.Certificates[0].Exists = false },
			[]string{`fail: Secret "metrics-tls" does not exist: --metrics-cert-dir of * reads it → put one there`},
		},
		"the operator's certificate can't be read": {
			"Certificates of the operator", func(w world) { served(w); w.o.Certificates[0].Unread = "you may not" }, []string{"not checked: you may not"},
		},

		// Status
		"no status": {"Status", func(w world) { w.t.Object.Status.Conditions = nil }, []string{"fail: no operator has written a status yet; the tracker is 1h old"}},
		"no status yet": {
			"Status", func(w world) { w.t.Object.Status.Conditions, w.t.Object.CreationTimestamp = nil, ago(5*time.Second) },
			[]string{"warn: no operator has written a status yet; the tracker is 5s old"},
		},
		"a write fails": {
			"Status", func(w world) {
				w.t.Object.Status.Conditions = append(w.t.Object.Status.Conditions, metav1.Condition{Type: "Reconciling", Status: "True", Reason: v1alpha1.ReasonReconcileFailed, Message: "webhook"})
			},
			[]string{"fail: Reconciling is True (ReconcileFailed): webhook → mend what the message names"},
		},
		"a condition of a newer operator": {
			"Status", func(w world) {
				w.t.Object.Status.Conditions = append(w.t.Object.Status.Conditions, metav1.Condition{Type: "ShardsBalanced", Status: "False", Reason: "Uneven", Message: "shard 2 is full"})
			},
			[]string{"fail: ShardsBalanced is False (Uneven): shard 2 is full → docs/status.md"},
		},
		"data are about to be lost": {
			"Status", func(w world) {
				w.t.Object.Status.Conditions = append(w.t.Object.Status.Conditions, metav1.Condition{Type: v1alpha1.ConditionDataLoss, Status: "True", Reason: v1alpha1.ReasonClaimTerminating, Message: "save them"})
			},
			[]string{"fail: DataLoss is True (ClaimTerminating): save them"},
		},
		"consequences of a cause": {
			"Status", func(w world) {
				conditionIs(w.t.Object, v1alpha1.ConditionDatabaseHealthy, v1alpha1.ReasonSecretNotFound, "no Secret")
				w.t.Object.Status.Conditions = append(w.t.Object.Status.Conditions,
					metav1.Condition{Type: v1alpha1.ConditionAPIAvailable, Status: "False", Reason: v1alpha1.ReasonProgressing, Message: "0 of 1"})
			},
			[]string{"fail: Ready is False (SecretNotFound): no Secret → docs/status.md says what to do about SecretNotFound"},
		},
		"what Monitoring says": {
			"Status", func(w world) {
				w.Prometheuses.Value[0].Spec.RuleSelector = nil
				w.t.Object.Status.Conditions[1] = metav1.Condition{
					Type: v1alpha1.ConditionMonitoringReady, Status: "False", Reason: v1alpha1.ReasonNotSelected,
					Message: "Prometheus monitoring/k8s: ruleSelector is omitted and selects nothing: set one that selects PrometheusRule hiring",
				}
			},
			[]string{"pass: Ready: "},
		},
		"what Monitoring does not say": {
			"Status", func(w world) {
				w.Prometheuses.Value[0].Spec.RuleSelector = nil
				for i, name := range []string{v1alpha1.ConditionMonitoringReady, v1alpha1.ConditionNotificationsReady} {
					w.t.Object.Status.Conditions = append(w.t.Object.Status.Conditions[:1+i], metav1.Condition{
						Type: name, Status: "False", Reason: v1alpha1.ReasonNotSelected, Message: name + ": no Alertmanager selects AlertmanagerConfig hiring",
					})
				}
			},
			[]string{"fail: MonitoringReady is False (NotSelected): ", "fail: NotificationsReady is False (NotSelected): "},
		},
		"kinds that Monitoring lacks": {
			"Status", func(w world) {
				w.Kinds.Value = sets.New[string]()
				w.t.Object.Status.Conditions[1] = metav1.Condition{
					Type: v1alpha1.ConditionMonitoringReady, Status: "False", Reason: v1alpha1.ReasonCRDNotInstalled,
					Message: "the cluster lacks PrometheusRule and ServiceMonitor: install the CRDs of prometheus-operator",
				}
			},
			[]string{"pass: Ready: "},
		},
		"a key that Secrets and ConfigMaps names": {
			"Status", func(w world) {
				reference(w, Found{Reference: Reference{Field: "receiver chat", Kind: kindSecret, Name: "chat", Key: "url"}})
				w.t.Object.Status.Conditions = append(w.t.Object.Status.Conditions, metav1.Condition{
					Type: v1alpha1.ConditionNotificationsReady, Status: "False", Reason: v1alpha1.ReasonSecretNotFound, Message: `Secret "chat" does not exist`,
				}, metav1.Condition{
					Type: v1alpha1.ConditionTelemetryReady, Status: "False", Reason: v1alpha1.ReasonSecretNotFound, Message: `Secret "traces" does not exist`,
				})
			},
			[]string{`fail: TelemetryReady is False (SecretNotFound): Secret "traces" does not exist`},
		},
		"data that Storage sees go": {
			"Status", func(w world) {
				w.t.Claims.Value[0].DeletionTimestamp = &metav1.Time{Time: t0}
				w.t.Object.Status.Conditions = append(w.t.Object.Status.Conditions, metav1.Condition{
					Type: v1alpha1.ConditionDataLoss, Status: "True", Reason: v1alpha1.ReasonClaimTerminating,
					Message: "PersistentVolumeClaim data-hiring-database-0 is being deleted",
				})
			},
			[]string{"fail: DataLoss is True (ClaimTerminating), see Storage"},
		},
		"an API that NetworkPolicies shut off": {
			"Status", func(w world) {
				w.n.Policies.Value = []networkingv1.NetworkPolicy{denyAll()}
				w.t.Object.Status.Conditions[0] = metav1.Condition{Type: "Ready", Status: "Unknown", Reason: v1alpha1.ReasonUnknown, Message: "no API pod answers"}
			},
			[]string{"warn: Ready is Unknown (Unknown), see NetworkPolicies"},
		},
		"a condition without a message": {
			"Status", func(w world) {
				notReady(w.api(), waiting("ErrImagePull", "not found"))
				w.t.Object.Status.Conditions = append(w.t.Object.Status.Conditions, metav1.Condition{Type: "ShardsBalanced", Status: "False", Reason: "Uneven"})
			},
			[]string{"fail: ShardsBalanced is False (Uneven): "},
		},
		"progress": {
			"Status", func(w world) {
				conditionIs(w.t.Object, v1alpha1.ConditionAPIAvailable, v1alpha1.ReasonProgressing, "0 of 1")
				w.t.Object.Status.Conditions = append(w.t.Object.Status.Conditions,
					metav1.Condition{Type: v1alpha1.ConditionReconciling, Status: "True", Reason: v1alpha1.ReasonProgressing, Message: "0 of 1"})
			},
			[]string{"warn: Ready is False (Progressing): 0 of 1 → wait for it"},
		},
		"deleted": {
			"Status", func(w world) { w.t.Object.DeletionTimestamp = &metav1.Time{Time: t0} },
			[]string{"warn: the tracker is being deleted"},
		},
		"suspended": {
			"Status", func(w world) {
				w.t.Object.Status.Conditions[0] = metav1.Condition{Type: "Ready", Status: "Unknown", Reason: v1alpha1.ReasonSuspended, Message: "spec.suspend is true"}
			},
			[]string{"warn: Ready is Unknown (Suspended): spec.suspend is true → resume it: kubectl tracker resume hiring -n team"},
		},
		"maintenance": {
			"Status", func(w world) {
				w.t.Object.Status.Conditions = append(w.t.Object.Status.Conditions, metav1.Condition{Type: v1alpha1.ConditionUnderMaintenance, Status: "True", Reason: v1alpha1.ReasonPagesMuted, Message: "until 04:00"})
			},
			[]string{"warn: UnderMaintenance is True (PagesMuted): until 04:00"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := healthy(t)
			n := &f.Namespaces[0]
			test.change(world{&f, n, &n.Trackers.Value[0], &f.Operators.Value[0]})
			var got []string
			for _, c := range Diagnose(f) {
				if c.Name == test.check {
					got = append(got, fmt.Sprintf("%s: %s → %s", c.Result, c.Message, c.Remedy))
				}
			}
			if !slices.EqualFunc(got, test.want, says) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

// needsNothingItself is an operator that needs rights for the trackers alone.
func needsNothingItself(w world) { w.o.container().Args = []string{"--metrics-bind-address=0"} }

func disableMonitoring(w world) {
	w.t.Object.Spec.Monitoring = &v1alpha1.MonitoringSpec{
		ServiceMonitor: &v1alpha1.ServiceMonitorSpec{Enabled: new(false)}, Alerts: &v1alpha1.AlertsSpec{Enabled: new(false)},
	}
}

// says reports whether a text begins as wanted, where * stands for anything, and a $ behind it for the end.
func says(text, wanted string) bool {
	wanted, whole := strings.CutSuffix(wanted, "$")
	first, rest, _ := strings.Cut(wanted, "*")
	if !strings.HasPrefix(text, first) || whole && !strings.HasSuffix(text, wanted[strings.LastIndexByte(wanted, '*')+1:]) {
		return false
	}
	for part := range strings.SplitSeq(rest, "*") {
		at := strings.Index(text, strings.TrimSpace(part))
		if at < 0 {
			return false
		}
		text = text[at:]
	}
	return true
}

func TestEachFailureSaysWhatToDo(t *testing.T) {
	for _, change := range []func(*Facts){secretMissing, imageMissing, noStorageClass, operatorDown, everythingElse} {
		f := healthy(t)
		change(&f)
		for _, c := range Diagnose(f) {
			if (c.Result == Fail || c.Result == Warn) && c.Remedy == "" {
				t.Errorf("%s says nothing of what to do: %s", c.Name, c.Message)
			}
			if strings.Contains(c.Message+c.Remedy, "%!") {
				t.Errorf("%s is not formatted: %s → %s", c.Name, c.Message, c.Remedy)
			}
		}
	}
}

func TestPodRemedies(t *testing.T) {
	p := pod("api", 8000, "http")
	for reason := range podRemedies {
		if remedy := podRemedy(&p, reason); strings.ContainsAny(remedy, "%") || strings.Contains(remedy, "POD") || strings.Contains(remedy, "FIELD") {
			t.Errorf("%s: %s", reason, remedy)
		}
	}
	if got := podRemedy(&p, "NewReason"); got != "look at it: kubectl describe pod -n team hiring-api-0" {
		t.Errorf("of an unknown reason: %s", got)
	}
}

func TestScrapeRights(t *testing.T) {
	endpoints := scrapeRights(&monitoringv1.Prometheus{})
	slices := scrapeRights(&monitoringv1.Prometheus{Spec: monitoringv1.PrometheusSpec{CommonPrometheusFields: monitoringv1.CommonPrometheusFields{
		ServiceDiscoveryRole: new(monitoringv1.EndpointSliceRole),
	}}})
	if got := fmt.Sprint(endpoints); got != "[list pods watch pods list services watch services list endpoints watch endpoints]" {
		t.Error(got)
	}
	if got := fmt.Sprint(slices[4:]); got != "[list endpointslices.discovery.k8s.io watch endpointslices.discovery.k8s.io]" {
		t.Error(got)
	}
}
