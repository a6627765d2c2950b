// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// patched is a tracker in Production, with everything that can be patched.
func patched(patches ...v1alpha1.Patch) *v1alpha1.InterviewTracker {
	return newTracker(func(t *v1alpha1.InterviewTracker) {
		t.Spec.API = &v1alpha1.ComponentSpec{Autoscaling: &v1alpha1.AutoscalingSpec{MaxReplicas: 4}}
		t.Spec.Patches = patches
	})
}

func of(kind, patch string) v1alpha1.Patch {
	return v1alpha1.Patch{Target: &v1alpha1.PatchTarget{Kind: kind}, Patch: patch}
}

func TestPatchesAreConfined(t *testing.T) {
	harmless := of("Deployment", `[{op: add, path: /spec/revisionHistoryLimit, value: 3}]`)
	const (
		api      = "Deployment hiring-api: "
		database = "StatefulSet hiring-database: "
		fixed    = " can't be changed by a patch; remove this change from the patch"
		pods     = `its pods would violate Pod Security "restricted": `
	)
	tests := map[string]struct {
		patch v1alpha1.Patch
		want  string
	}{
		"name":                {of("Deployment", `[{op: replace, path: /metadata/name, value: x}]`), api + "metadata.name" + fixed},
		"namespace":           {of("Deployment", `[{op: replace, path: /metadata/namespace, value: x}]`), api + "metadata.namespace" + fixed},
		"no namespace":        {of("Deployment", `[{op: remove, path: /metadata/namespace}]`), api + "metadata.namespace" + fixed},
		"kind":                {of("Deployment", `[{op: replace, path: /kind, value: DaemonSet}]`), api + "kind" + fixed},
		"apiVersion":          {of("Deployment", `[{op: replace, path: /apiVersion, value: apps/v2}]`), api + "apiVersion" + fixed},
		"owner":               {of("Deployment", `[{op: replace, path: /metadata/ownerReferences/0/uid, value: x}]`), api + "metadata.ownerReferences" + fixed},
		"no owner":            {of("Deployment", `[{op: remove, path: /metadata/ownerReferences}]`), api + "metadata.ownerReferences" + fixed},
		"another owner":       {of("Deployment", "metadata: {name: x, ownerReferences: [{apiVersion: v1, kind: Pod, name: x, uid: x}]}\nkind: x"), api + "metadata.ownerReferences" + fixed},
		"finalizers":          {of("Deployment", `[{op: add, path: /metadata/finalizers, value: [x/y]}]`), api + "metadata.finalizers" + fixed},
		"uid":                 {of("Deployment", `[{op: add, path: /metadata/uid, value: x}]`), api + "metadata.uid" + fixed},
		"status":              {of("Deployment", `[{op: add, path: /status/replicas, value: 1}]`), api + "status" + fixed},
		"own label":           {of("Deployment", `[{op: replace, path: /metadata/labels/apps.interviewtracker.dev~1tracker, value: x}]`), api + "metadata.labels under apps.interviewtracker.dev/" + fixed},
		"all labels":          {of("Deployment", `[{op: remove, path: /metadata/labels}]`), api + "metadata.labels under apps.interviewtracker.dev/" + fixed},
		"own annotation":      {of("Deployment", `[{op: add, path: /metadata/annotations, value: {apps.interviewtracker.dev/intent: x}}]`), api + "metadata.annotations under apps.interviewtracker.dev/" + fixed},
		"endless quantity":    {of("Deployment", `[{op: add, path: /spec/template/spec/containers/0/resources/limits/cpu, value: "1e-2147483648"}]`), api + `spec.template.spec.containers[0].resources.limits.cpu: the quantity "1e-2147483648" has an exponent of more than 3 digits`},
		"label, no string":    {of("Deployment", `[{op: add, path: /metadata/labels/x, value: {a: b}}]`), "label"},
		"pods' own label":     {of("Deployment", `[{op: remove, path: /spec/template/metadata/labels/apps.interviewtracker.dev~1component}]`), api + "spec.template.metadata.labels under apps.interviewtracker.dev/" + fixed},
		"pods' finalizers":    {of("Deployment", `[{op: add, path: /spec/template/metadata/finalizers, value: [x/y]}]`), api + "spec.template.metadata.finalizers" + fixed},
		"selector":            {of("Deployment", `[{op: add, path: /spec/selector/matchLabels/x, value: y}]`), api + "spec.selector" + fixed},
		"service account":     {of("Deployment", `[{op: replace, path: /spec/template/spec/serviceAccountName, value: admin}]`), api + "spec.template.spec.serviceAccountName" + fixed},
		"its old name":        {of("Deployment", `[{op: add, path: /spec/template/spec/serviceAccount, value: admin}]`), api + "spec.template.spec.serviceAccount" + fixed},
		"token":               {of("Deployment", `[{op: replace, path: /spec/template/spec/automountServiceAccountToken, value: true}]`), api + "spec.template.spec.automountServiceAccountToken" + fixed},
		"account's token":     {of("ServiceAccount", `[{op: remove, path: /automountServiceAccountToken}]`), "ServiceAccount hiring-database: automountServiceAccountToken" + fixed},
		"service's selector":  {of("Service", `[{op: remove, path: /spec/selector}]`), "Service hiring-database: spec.selector" + fixed},
		"policy's selector":   {of("NetworkPolicy", `[{op: replace, path: /spec/podSelector, value: {}}]`), "NetworkPolicy hiring-database: spec.podSelector" + fixed},
		"budget's selector":   {of("PodDisruptionBudget", `[{op: replace, path: /spec/selector, value: {}}]`), "PodDisruptionBudget hiring-api: spec.selector" + fixed},
		"scaled object":       {of("HorizontalPodAutoscaler", `[{op: replace, path: /spec/scaleTargetRef/name, value: x}]`), "HorizontalPodAutoscaler hiring-api: spec.scaleTargetRef" + fixed},
		"migrations at once":  {of("Job", `[{op: add, path: /spec/parallelism, value: 2}]`), "spec.parallelism" + fixed},
		"migrations' record":  {of("Job", `[{op: add, path: /spec/ttlSecondsAfterFinished, value: 9}]`), "spec.ttlSecondsAfterFinished" + fixed},
		"migrations' account": {of("Job", `[{op: replace, path: /spec/template/spec/serviceAccountName, value: x}]`), "spec.template.spec.serviceAccountName" + fixed},
		"migrations' rights":  {of("Job", `[{op: add, path: /spec/template/spec/hostNetwork, value: true}]`), pods},
		"databases":           {of("StatefulSet", `[{op: replace, path: /spec/replicas, value: 2}]`), database + "spec.replicas" + fixed},
		"volume":              {of("StatefulSet", `[{op: replace, path: /spec/volumeClaimTemplates/0/metadata/name, value: x}]`), database + "spec.volumeClaimTemplates" + fixed},
		"retention":           {of("StatefulSet", `[{op: replace, path: /spec/persistentVolumeClaimRetentionPolicy/whenDeleted, value: Delete}]`), database + "spec.persistentVolumeClaimRetentionPolicy" + fixed},
		"service name":        {of("StatefulSet", `[{op: replace, path: /spec/serviceName, value: x}]`), database + "spec.serviceName" + fixed},

		"delete":          {of("Deployment", "{$patch: delete, kind: x, metadata: {name: x}}"), "can't be deleted by a patch"},
		"delete by name":  {v1alpha1.Patch{Patch: "{$patch: delete, apiVersion: apps/v1, kind: Deployment, metadata: {name: hiring-api}}"}, "Deployment hiring-api: it can't be deleted by a patch"},
		"replace all":     {of("Deployment", `[{op: replace, path: "", value: {}}]`), ""},
		"add":             {v1alpha1.Patch{Patch: "{apiVersion: v1, kind: ConfigMap, metadata: {name: new}}"}, "no object of the tracker matches the strategic merge patch of "},
		"secret":          {of("Secret", `[{op: add, path: /data, value: {password: eA==}}]`), `the target (kind "Secret", name "", labelSelector "") matches no object of the tracker; correct it, and note that Secrets can't be patched`},
		"no match":        {v1alpha1.Patch{Target: &v1alpha1.PatchTarget{Name: "nobody"}, Patch: `[{op: remove, path: /spec}]`}, `the target (kind "", name "nobody", labelSelector "") matches no object of the tracker; correct it, and note that Secrets can't be patched`},
		"other namespace": {v1alpha1.Patch{Patch: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: hiring-api, namespace: other}}"}, "no object of the tracker matches the strategic merge patch of "},
		"bad expression":  {v1alpha1.Patch{Target: &v1alpha1.PatchTarget{Name: "("}, Patch: `[{op: remove, path: /spec}]`}, "reading the target: "},
		"bad selector":    {v1alpha1.Patch{Target: &v1alpha1.PatchTarget{LabelSelector: "=="}, Patch: `[{op: remove, path: /spec}]`}, "reading the target: "},

		"unknown field": {of("Deployment", `[{op: add, path: /spec/replica, value: 1}]`), api + `unknown field "spec.replica"`},
		"wrong type":    {of("Deployment", `[{op: add, path: /spec/replicas, value: many}]`), api + "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"},
		"no operations": {of("Deployment", "[]"), "the patch is empty"},
		"comment":       {of("Deployment", "# nothing"), "the patch is empty"},
		"scalar":        {of("Deployment", "text"), "the patch is neither an object nor a list of operations"},
		"no YAML":       {of("Deployment", "{"), "reading the patch: "},
		"same key":      {of("Deployment", "{kind: x, kind: x, metadata: {name: x}}"), "reading the patch: "},
		"no target":     {v1alpha1.Patch{Patch: `[{op: remove, path: /spec}]`}, "a list of operations needs a target"},
		"no such path":  {of("Deployment", `[{op: remove, path: /spec/nothing}]`), "Unable to remove nonexistent key"},
		"two of a kind": {of("Deployment", "- {op: remove, path: /spec/x}\n---\nkind: x\nmetadata: {name: x}"), "a list of operations can't be combined with another document"},
		"no object":     {v1alpha1.Patch{Patch: "{kind: Deployment, metadata: {name: hiring-api}}"}, "a strategic merge patch without a target must name its object by apiVersion, kind and metadata.name"},
		"bad metadata":  {of("Deployment", "{metadata: text}"), "metadata must be an object"},
		"whose metrics": {
			of("ServiceMonitor", `[{op: add, path: /spec/namespaceSelector, value: {any: true}}]`),
			"ServiceMonitor hiring-api: spec.namespaceSelector" + fixed,
		},
		"whose token": {
			of("ServiceMonitor", `[{op: add, path: /spec/endpoints/0/bearerTokenFile, value: /var/run/secrets/token}]`),
			"ServiceMonitor hiring-api: spec.endpoints" + notAllowed("ServiceMonitor", "spec.endpoints"),
		},
		"dashboard": {of("ConfigMap", `{data: {other.json: "{}"}}`), "ConfigMap hiring-dashboard: data" + notAllowed("ConfigMap", "data")},
		"folder":    {of("GrafanaDashboard", `{spec: {folder: General}}`), "GrafanaDashboard hiring: spec.folder" + notAllowed("GrafanaDashboard", "spec.folder")},

		"patch-removes-containers": {
			of("Deployment", `[{op: remove, path: /spec/template/spec/containers}]`),
			api + `its container "api" can't be removed or renamed by a patch; remove this change from the patch`,
		},
		"no template": {
			of("Deployment", `[{op: remove, path: /spec/template}]`),
			api + "spec.template.spec.serviceAccountName" + fixed,
		},
		"another container": {
			of("Deployment", `[{op: replace, path: /spec/template/spec/containers/0/name, value: web}]`),
			api + `its container "api" can't be removed or renamed by a patch; remove this change from the patch`,
		},
		"the database's container": {
			of("StatefulSet", `{spec: {template: {spec: {containers: [{name: postgres, $patch: delete}]}}}}`),
			database + `its container "postgres" can't be removed or renamed by a patch; remove this change from the patch`,
		},
		"the migrations' container": {
			of("Job", `[{op: replace, path: /spec/template/spec/containers, value: []}]`),
			`its container "migrate" can't be removed or renamed by a patch; remove this change from the patch`,
		},

		"aliases": {of("Deployment", bomb()), "reading the patch: "},
		"copies":  {of("Deployment", copies()), "the accumulated size increase of copy is"},

		"privileged": {
			of("Deployment", `[{op: add, path: /spec/template/spec/containers/0/securityContext/privileged, value: true}]`),
			api + pods + `privileged (container "api" must not set securityContext.privileged=true)`,
		},
		"root": {
			of("StatefulSet", `[{op: replace, path: /spec/template/spec/securityContext/runAsUser, value: 0}]`),
			database + pods + "runAsUser=0 (pod must not set runAsUser=0)",
		},
		"host network": {
			of("Deployment", `[{op: add, path: /spec/template/spec/hostNetwork, value: true}]`),
			api + pods + "host namespaces (hostNetwork=true)",
		},
		"host path": {
			of("Deployment", `[{op: add, path: /spec/template/spec/volumes/-, value: {name: x, hostPath: {path: /}}}]`),
			api + pods + `restricted volume types (volume "x" uses restricted volume type "hostPath")`,
		},
		"sidecar": {
			of("Deployment", `[{op: add, path: /spec/template/spec/containers/-, value: {name: x, image: x}}]`),
			api + pods + `allowPrivilegeEscalation != false (container "x" must set securityContext.allowPrivilegeEscalation=false), ` +
				`unrestricted capabilities (container "x" must set securityContext.capabilities.drop=["ALL"])`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			tracker := patched(harmless, test.patch)
			migrating("migrate")(tracker)
			output, err := Build(t.Context(), tracker, nothing(), catalog.Default())
			failed := &PatchError{}
			if !errors.As(err, &failed) {
				t.Fatalf("got %v, %v, want a PatchError", output, err)
			}
			if failed.Index != 1 || !strings.HasPrefix(err.Error(), "spec.patches[1]: ") {
				t.Errorf("index: got %d in %q, want 1", failed.Index, err)
			}
			got := failed.Err.Error()
			exact := strings.Contains(test.want, ": ") && !strings.HasSuffix(test.want, ": ")
			if exact && got != test.want || !strings.Contains(got, test.want) {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			t.Log(got)
		})
	}
}

// notAllowed is how a change of a field is refused that an administrator can allow.
func notAllowed(kind, field string) string {
	return " can't be changed by a patch of a " + kind + "; remove this change from the patch, or have the cluster's administrator " +
		"allow it with the operator's flag --allow-patches=" + kind + "/" + field
}

// What is no pod can be changed as far as that harms no others, and beyond that as far as the
// cluster's administrator allows it.
func TestPatchesChangeWhatIsAllowed(t *testing.T) {
	refused := map[string]v1alpha1.Patch{ // by KIND/FIELD
		"Service/spec.type":                     of("Service", "spec: {type: LoadBalancer}"),
		"Service/spec.externalName":             of("Service", "spec: {externalName: example.com}"),
		"Service/spec.externalIPs":              of("Service", "spec: {externalIPs: [192.0.2.1]}"),
		"Service/spec.loadBalancerClass":        of("Service", "spec: {loadBalancerClass: internal.example.com/lb}"),
		"Service/spec.clusterIP":                of("Service", `[{op: add, path: /spec/clusterIP, value: None}]`),
		"Service/spec.ports":                    of("Service", `[{op: replace, path: /spec/ports/0/port, value: 443}]`),
		"Service/spec.publishNotReadyAddresses": of("Service", "spec: {publishNotReadyAddresses: true}"),
		"Service/metadata.annotations":          of("Service", "metadata: {annotations: {cloud.example.com/load-balancer: External}}"),
		"ServiceAccount/metadata.annotations":   of("ServiceAccount", "metadata: {annotations: {cloud.example.com/role: admin}}"),
		"Ingress/metadata.annotations":          of("Ingress", "metadata: {annotations: {nginx.ingress.kubernetes.io/backend-protocol: HTTPS}}"),
		"ServiceAccount/secrets":                of("ServiceAccount", "secrets: [{name: theirs}]"),
		"NetworkPolicy/spec.ingress":            of("NetworkPolicy", `[{op: add, path: /spec/ingress/-, value: {}}]`),
		"NetworkPolicy/spec.policyTypes":        of("NetworkPolicy", `[{op: remove, path: /spec/policyTypes}]`),
		"HorizontalPodAutoscaler/spec.metrics": of("HorizontalPodAutoscaler", `[{op: add, path: /spec/metrics/-, value: {type: External, `+
			`external: {metric: {name: revenue}, target: {type: Value, value: "1"}}}}]`),
		"PodDisruptionBudget/spec.maxUnavailable":      of("PodDisruptionBudget", "spec: {maxUnavailable: 0}"),
		"PodDisruptionBudget/spec.minAvailable":        of("PodDisruptionBudget", `[{op: add, path: /spec/minAvailable, value: 100%}]`),
		"ConfigMap/metadata.annotations":               of("ConfigMap", "metadata: {annotations: {grafana_folder: ../../plugins}}"),
		"PrometheusRule/metadata.annotations":          of("PrometheusRule", "metadata: {annotations: {rules.example.com/tenants: theirs}}"),
		"HorizontalPodAutoscaler/metadata.annotations": of("HorizontalPodAutoscaler", "metadata: {annotations: {metrics.example.com/url: x}}"),
		"Job/spec.suspend":                             of("Job", "spec: {suspend: true}"),
		"PrometheusRule/spec.groups":                   of("PrometheusRule", "spec: {groups: []}"),
		"Probe/spec.prober.url":                        of("Probe", `[{op: replace, path: /spec/prober/url, value: x}]`),
		"ServiceMonitor/spec.jobLabel":                 of("ServiceMonitor", `[{op: add, path: /spec/jobLabel, value: x}]`),
		"ConfigMap/data":                               of("ConfigMap", "data: {x: z}"),
	}
	for field, patch := range refused {
		t.Run(field, func(t *testing.T) {
			tracker := patched(patch)
			migrating("migrate")(tracker)
			tracker.Spec.Monitoring = &v1alpha1.MonitoringSpec{Synthetic: &v1alpha1.SyntheticSpec{ProberAddress: "blackbox:9115"}}
			tracker.Spec.Ingress = &v1alpha1.IngressSpec{Host: "hiring.example.com"}
			_, err := Build(t.Context(), tracker, nothing(), catalog.Default())
			kind, path, _ := strings.Cut(field, "/")
			if err == nil || !strings.Contains(err.Error(), ": "+path+notAllowed(kind, path)) {
				t.Errorf("got %v", err)
			}
			parts := catalog.Default()
			parts.AllowPatches = kinds.Paths{}
			if err := parts.AllowPatches.Add("Service/spec.sessionAffinity," + field); err != nil {
				t.Fatal(err)
			}
			if _, err := Build(t.Context(), tracker, nothing(), parts); err != nil {
				t.Errorf("allowed: %v", err)
			}
		})
	}
	accepted := map[string]v1alpha1.Patch{
		"affinity":     of("Service", "spec: {sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 9}}}"),
		"locality":     of("Service", "spec: {internalTrafficPolicy: Local, trafficDistribution: PreferClose, ipFamilyPolicy: PreferDualStack}"),
		"pull secrets": of("ServiceAccount", "imagePullSecrets: [{name: registry}]"),
		"budget":       of("PodDisruptionBudget", "metadata: {annotations: {a: b}}"),
		"behaviour":    of("HorizontalPodAutoscaler", "spec: {maxReplicas: 9, behavior: {scaleDown: {stabilizationWindowSeconds: 60}}}"),
		"rollout":      of("Deployment", "spec: {minReadySeconds: 5, strategy: {type: Recreate, rollingUpdate: null}, progressDeadlineSeconds: 60}"),
		"no replicas":  of("Deployment", `[{op: remove, path: /spec/replicas}]`),
		"update":       of("StatefulSet", "metadata: {annotations: {a: b}}\nspec: {updateStrategy: {type: OnDelete}}"),
		"retries":      of("Job", "spec: {backoffLimit: 0, activeDeadlineSeconds: 9}"),
		"labels":       ofAll("metadata: {labels: {team: people}}"),
	}
	for name, patch := range accepted {
		tracker := patched(patch)
		migrating("migrate")(tracker)
		if _, err := Build(t.Context(), tracker, nothing(), catalog.Default()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Pods in a user namespace may do more, where there are such: where there are none, they must
// not be root.
func TestUserNamespacesAllowNoMore(t *testing.T) {
	for name, patch := range map[string]string{
		"root":        `{spec: {template: {spec: {hostUsers: false, securityContext: {runAsUser: 0, runAsNonRoot: false}}}}}`,
		"no user set": `{spec: {template: {spec: {hostUsers: false, securityContext: {runAsNonRoot: null, runAsUser: null}}}}}`,
	} {
		_, err := Build(t.Context(), patched(ofAPI(patch)), nothing(), catalog.Default())
		if err == nil || !strings.Contains(err.Error(), "restricted") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	fine := patched(ofAPI(`{spec: {template: {spec: {hostUsers: false}}}}`))
	if _, err := Build(t.Context(), fine, nothing(), catalog.Default()); err != nil {
		t.Error(err)
	}
}

// Labels by which others find out what belongs together stay as they are rendered.
func TestRecommendedLabelsStay(t *testing.T) {
	for _, kind := range []string{"Service", "Deployment"} {
		_, err := Build(t.Context(), patched(of(kind, "metadata: {labels: {app.kubernetes.io/instance: theirs}}")), nothing(), catalog.Default())
		if err == nil || !strings.Contains(err.Error(), "metadata.labels under app.kubernetes.io/ can't be changed by a patch") {
			t.Errorf("%s: error %v", kind, err)
		}
	}
}

// bomb is YAML whose aliases would unfold into billions of nodes.
func bomb() string {
	var text strings.Builder
	text.WriteString("kind: x\nmetadata: {name: x}\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 9 {
		prefix := string(rune('0' + i))
		next := string(rune('1' + i))
		text.WriteString("a" + next + ": &a" + next + " [" + strings.Repeat("*a"+prefix+", ", 10) + "]\n")
	}
	return text.String()
}

// copies are JSON patch operations, each of which would double the object.
func copies() string {
	return strings.Repeat("- {op: copy, from: /spec, path: /spec/template/spec/x}\n", 200)
}

func TestPatchesFollowOneAnother(t *testing.T) {
	output := build(t, patched(
		of("Deployment", `[{op: add, path: /metadata/labels/team, value: people}]`),
		v1alpha1.Patch{
			Target: &v1alpha1.PatchTarget{LabelSelector: "team=people", Name: ".*-api"},
			Patch:  `[{op: add, path: /spec/paused, value: true}]`,
		},
	), nothing())
	if !find[*appsv1.Deployment](t, output, "hiring-api").Spec.Paused {
		t.Error("the second patch did not see what the first did")
	}
	if find[*appsv1.Deployment](t, output, "hiring-frontend").Spec.Paused {
		t.Error("the second patch was applied to an object that it does not mean")
	}
}

// The patches of docs/pod-causes.md change how Postgres starts: one leaves the arguments out, the
// other loads a second library.
func TestPatchesChangeHowPostgresStarts(t *testing.T) {
	page, err := os.ReadFile("../../docs/pod-causes.md")
	if err != nil {
		t.Fatal(err)
	}
	arguments := func(spec *v1alpha1.InterviewTrackerSpec) []string {
		output := build(t, patched(spec.Patches...), nothing())
		return find[*appsv1.StatefulSet](t, output, "hiring-database").Spec.Template.Spec.Containers[0].Args
	}
	both := arguments(&v1alpha1.InterviewTrackerSpec{})
	both[2] = "shared_preload_libraries=timescaledb,pg_stat_statements"
	want := [][]string{nil, both}
	var got [][]string
	for _, block := range regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$").FindAllStringSubmatch(string(page), -1) {
		var tracker v1alpha1.InterviewTracker
		if err := yaml.UnmarshalStrict([]byte(block[1]), &tracker); err != nil {
			t.Fatalf("%v in %s", err, block[1])
		}
		got = append(got, arguments(&tracker.Spec))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("arguments by patch (-want +got):\n%s", diff)
	}
}

// With a target, a strategic merge patch needs no name, and still merges.
func TestPatchesWithATargetNeedNoName(t *testing.T) {
	output := build(t, patched(v1alpha1.Patch{
		Target: &v1alpha1.PatchTarget{Kind: "Deployment", Name: "hiring-api"},
		Patch:  "spec: {template: {spec: {containers: [{name: api, tty: true}]}}}",
	}), nothing())
	containers := find[*appsv1.Deployment](t, output, "hiring-api").Spec.Template.Spec.Containers
	if len(containers) != 1 || !containers[0].TTY || containers[0].Image == "" {
		t.Errorf("not merged: %v", containers)
	}
}

// What no patch means must come out of kustomize as it went in.
func TestPatchesChangeNothingElse(t *testing.T) {
	for _, path := range cases(t) {
		tracker, seen := readCase(t, path)
		if len(tracker.Spec.Patches) > 0 {
			continue
		}
		want := build(t, tracker, seen)
		tracker.Spec.Patches = []v1alpha1.Patch{{
			Target: &v1alpha1.PatchTarget{LabelSelector: v1alpha1.LabelTracker + "=" + tracker.Name},
			Patch:  `[{op: test, path: /metadata/labels/apps.interviewtracker.dev~1tracker, value: hiring}]`,
		}}
		if diff := cmp.Diff(inFields(t, want), inFields(t, build(t, tracker, seen))); diff != "" {
			t.Errorf("%s (-without +with a patch that does nothing):\n%s", path, diff)
		}
	}
}

func inFields(t *testing.T, output *Output) []map[string]any {
	t.Helper()
	all := make([]map[string]any, 0, len(output.Objects))
	for _, object := range output.Objects {
		fields, err := fieldsOf(object)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fields)
	}
	return all
}

// What the table of kinds says nothing about can't be patched.
func TestAKindWithoutPatchLimitsCannotBePatched(t *testing.T) {
	output := &Output{Objects: []Object{&corev1.Pod{
		TypeMeta: typeMeta(corev1.SchemeGroupVersion, "Pod"), ObjectMeta: metav1.ObjectMeta{Namespace: "people", Name: "hiring"},
	}}}
	for _, patch := range []v1alpha1.Patch{
		of("Pod", `[{op: add, path: /spec/nodeName, value: x}]`),
		{Patch: "{apiVersion: v1, kind: Pod, metadata: {name: hiring}, spec: {nodeName: x}}"},
	} {
		b := &builder{tracker: patched(patch), output: output}
		err := b.applyPatches(t.Context())
		if pod, ok := output.Objects[0].(*corev1.Pod); err == nil || !ok || pod.Spec.NodeName != "" {
			t.Errorf("%s is applied: %v", patch.Patch, err)
		}
	}
}
