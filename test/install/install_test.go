//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package install tests each way to install the operator on the local cluster, by the commands of
// docs/install.md and docs/namespaced.md, from a state without it: hack/test-install.sh prepares the cluster.
package install

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

const (
	operator = "interview-tracker-operator"

	currentTag  = "dev" // of the operator's image on the local cluster
	previousTag = "previous"

	// patience is for what takes a few seconds on an idle machine.
	patience = 3 * time.Minute

	// everyPod selects those of the trackers.
	everyPod = "apps.interviewtracker.dev/tracker"
	// stayingPods selects those that another release leaves as they are. This one replaces those of the API and the
	// frontend, as their templates have a preStop hook: CHANGELOG.md says so. After a release, it is everyPod again.
	stayingPods = everyPod + ",apps.interviewtracker.dev/component in (database, redis)"
)

func TestWaysToInstall(t *testing.T) {
	for _, name := range []string{"HELM_CONFIG_HOME", "HELM_CACHE_HOME", "HELM_DATA_HOME"} {
		t.Setenv(name, t.TempDir()) // not the user's own settings and caches
	}
	// Namespaces are deleted while the next way is tried.
	t.Cleanup(func() { awaitNamespacesGone(t, used()...) })
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) { w.test(t) })
	}
}

func (w way) test(t *testing.T) {
	awaitNamespacesGone(t, w.namespace, w.trackers)
	if found := installed(t); len(found) > 0 {
		t.Fatalf("the cluster is not without the operator: it has %q; run 'make cluster-down' first", found)
	}
	t.Cleanup(func() { cleanUp(t) })
	t.Cleanup(func() { diagnose(t, w) })
	current := takeFrom(t, root, currentTag, w.files)

	if w.trackers != w.namespace && !strings.Contains(commands(t, w.install), "create namespace "+w.trackers) {
		kubectl(t, "create", "namespace", w.trackers)
	}
	current.run(t, w.install)
	w.awaitOperator(t, currentTag)
	w.create(t, "first")
	if w.takeOver == (place{}) {
		w.upgradeAndRollBack(t, current)
	} else {
		before := w.pods(t, everyPod)
		current.run(t, w.takeOver)
		w.awaitOperator(t, currentTag)
		w.unchanged(t, "taking over", everyPod, before)
	}
	if w.metrics != (place{}) {
		current.add(t, files(t, w.metrics))
		current.run(t, w.metrics)
		w.awaitOperator(t, currentTag)
		w.servesMetrics(t, current)
	}

	w.awaitGarbageCollector(t)
	before := w.pods(t, everyPod)
	current.run(t, w.uninstall)
	eventually(t, "uninstalling does not leave what it should", w.leaves, func() []string { return installed(t) })
	if w.finish != (place{}) {
		w.unchanged(t, "uninstalling", everyPod, before)
		current.run(t, w.finish)
		eventually(t, "removing the rest leaves something", nil, func() []string { return installed(t) })
	}
	w.leavesDataAlone(t, current)
}

// upgradeAndRollBack goes to the previous release, as a user comes from it, and from there to this one, and back.
func (w way) upgradeAndRollBack(t *testing.T, current folder) {
	t.Helper()
	source := filepath.Join(root, "bin", ".previous")
	if _, err := os.Stat(filepath.Join(source, w.needs)); err != nil {
		source = root
	}
	former := takeFrom(t, source, previousTag, w.files)
	before := w.pods(t, stayingPods)
	if w.byRelease {
		former.run(t, w.upgrade)
	} else {
		former.run(t, w.rollBack)
	}
	w.awaitOperator(t, previousTag)
	w.reconciled(t, "first")
	w.unchanged(t, "going to the previous release", stayingPods, before)
	if w.older {
		w.create(t, "second")
		before = w.pods(t, stayingPods)
	}

	current.run(t, w.upgrade)
	w.awaitOperator(t, currentTag)
	w.reconciled(t, w.names()...)
	w.unchanged(t, "the upgrade", stayingPods, before)
	if !w.byRelease {
		return // The same commands have led to the previous release.
	}
	current.run(t, w.rollBack)
	w.awaitOperator(t, previousTag)
	w.reconciled(t, w.names()...)
	w.unchanged(t, "rolling back", stayingPods, before)
}

// names are those of its trackers.
func (w way) names() []string {
	if w.older {
		return []string{"first", "second"}
	}
	return []string{"first"}
}

// leavesDataAlone checks that of the trackers stay the volumes and the passwords of databases, and nothing else.
func (w way) leavesDataAlone(t *testing.T, current folder) {
	t.Helper()
	var want []string
	for _, name := range w.names() {
		for _, dependency := range []string{"database", "redis"} {
			want = append(want, "persistentvolumeclaim/data-"+name+"-"+dependency+"-0", "secret/"+name+"-"+dependency+"-credentials")
		}
	}
	slices.Sort(want)
	eventually(t, "of the trackers does not stay what should", want, func() []string {
		const kinds = "pods,deployments,statefulsets,replicasets,services,serviceaccounts,configmaps,networkpolicies,poddisruptionbudgets,jobs,secrets,pvc"
		return lines(kubectl(t, "-n", w.trackers, "get", kinds, "-l", "apps.interviewtracker.dev/tracker", "-o", "name"))
	})
	var listed []string
	for _, line := range lines(current.run(t, whatStays)) {
		if fields := strings.Fields(line); fields[0] == w.trackers {
			listed = append(listed, fields[1])
		}
	}
	if slices.Sort(listed); !slices.Equal(listed, want) {
		t.Errorf("the documented command lists %q, want %q", listed, want)
	}
}

// servesMetrics checks that the metrics are served to a client with a certificate, and to no other.
func (w way) servesMetrics(t *testing.T, current folder) {
	t.Helper()
	certificate, err := tls.LoadX509KeyPair(filepath.Join(current.path, "tls.crt"), filepath.Join(current.path, "tls.key"))
	must(t, err)
	address := kubectl(t, "-n", w.namespace, "get", "pods", "-l", "app.kubernetes.io/name="+operator, "-o", "jsonpath={.items[0].status.podIP}")
	get := func(certificates ...tls.Certificate) (string, error) {
		config := &tls.Config{Certificates: certificates, InsecureSkipVerify: true} // The operator's own is self-signed.
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+address+":8443/metrics", http.NoBody)
		must(t, err)
		response, err := (&http.Client{Transport: &http.Transport{TLSClientConfig: config}, Timeout: time.Minute}).Do(request)
		if err != nil {
			return "", err
		}
		defer func() { _ = response.Body.Close() }()
		body, err := io.ReadAll(response.Body)
		return string(body), err
	}
	if body, err := get(certificate); err != nil || !strings.Contains(body, "interviewtracker_operator_build_info") {
		t.Errorf("with the certificate, the answer is %v: %.300s", err, body)
	}
	if body, err := get(); err == nil {
		t.Errorf("without a certificate, the answer is %.300s", body)
	}
}

// folder is one with the parts of a checkout that users install from.
type folder struct{ path, tag string }

// takeFrom copies those parts of a checkout, whose operator has the image of a tag, and writes more files into it.
func takeFrom(t *testing.T, source, tag string, more place) folder {
	t.Helper()
	f := folder{t.TempDir(), tag}
	for _, part := range []string{"config", "charts", "dist"} {
		if _, err := os.Stat(filepath.Join(source, part)); err == nil {
			must(t, os.CopyFS(filepath.Join(f.path, part), os.DirFS(filepath.Join(source, part))))
		}
	}
	f.replace(t, "config/manager/manager.yaml", "image: "+operator+":"+currentTag, "image: "+operator+":"+tag)
	// The tag of the chart's image is the version that it is for.
	f.replace(t, "charts/"+operator+"/Chart.yaml", `appVersion: "`+currentTag+`"`, `appVersion: "`+tag+`"`)
	if _, err := os.Stat(filepath.Join(f.path, "dist", "install.yaml")); err == nil {
		f.replace(t, "dist/install.yaml", "image: "+operator+":"+currentTag, "image: "+operator+":"+tag)
	} else { // of a release that had none
		f.add(t, map[string]string{"dist/install.yaml": kubectl(t, "kustomize", filepath.Join(f.path, "config", "default"))})
	}
	if more != (place{}) {
		f.add(t, files(t, more))
	}
	return f
}

// replace replaces text in a file that there may not be.
func (f folder) replace(t *testing.T, name, from, to string) {
	t.Helper()
	path := filepath.Join(f.path, name)
	content, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return
	}
	must(t, err)
	if !strings.Contains(string(content), from) {
		t.Fatalf("%s does not have %q", name, from)
	}
	must(t, os.WriteFile(path, []byte(strings.ReplaceAll(string(content), from, to)), 0o600))
}

var (
	// inRegistry and asTag are what pages write for the user's own registry and version.
	inRegistry = regexp.MustCompile(`registry\.example\.com/(team/)?`)
	asTag      = regexp.MustCompile(`newTag: "?1\.0\.0"?`)
)

// add writes files. Their images are those of the local cluster, which have no registry.
func (f folder) add(t *testing.T, files map[string]string) {
	t.Helper()
	for name, content := range files {
		content = asTag.ReplaceAllString(inRegistry.ReplaceAllString(content, ""), "newTag: "+f.tag)
		path := filepath.Join(f.path, name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte(content), 0o600))
	}
}

// run runs the commands of a place, and returns what they print.
func (f folder) run(t *testing.T, p place) string {
	t.Helper()
	script := commands(t, p)
	began := time.Now()
	out := run(t, f.path, "bash", "-euo", "pipefail", "-c", script)
	t.Logf("%s, %s: %s %s", f.tag, strings.TrimSpace(p.heading+" "+p.words), strings.SplitN(script, "\n", 2)[0], time.Since(began).Round(time.Second))
	return out
}

// installed lists what the cluster has of an operator, apart from trackers, as KIND NAMESPACE NAME.
func installed(t *testing.T) []string {
	t.Helper()
	const kinds = "namespaces,crd,clusterroles,clusterrolebindings,validatingadmissionpolicies,validatingadmissionpolicybindings," +
		"deployments,services,serviceaccounts,roles,rolebindings,networkpolicies,poddisruptionbudgets,configmaps,secrets,leases"
	const columns = "custom-columns=KIND:.kind,NAMESPACE:.metadata.namespace,NAME:.metadata.name"
	var all []string
	for _, line := range lines(kubectl(t, "get", kinds, "-A", "--no-headers", "-o", columns)) {
		fields := strings.Fields(line)
		if strings.Contains(fields[2], "interview-tracker") || strings.Contains(fields[2], "interviewtracker") {
			all = append(all, strings.Join(fields, " "))
		}
	}
	slices.Sort(all)
	return all
}

// used are the namespaces of all ways.
func used() []string {
	var all []string
	for _, w := range ways {
		all = append(all, w.namespace, w.trackers)
	}
	all = append(all, "team-b")
	slices.Sort(all)
	return slices.Compact(all)
}

// cleanUp removes what a way leaves, so that the next one starts without it.
func cleanUp(t *testing.T) {
	t.Helper()
	kubectl(t, append([]string{"delete", "--ignore-not-found", "--wait=false", "namespace"}, used()...)...)
	for _, found := range installed(t) {
		if fields := strings.Fields(found); fields[1] == "<none>" && fields[0] != "Namespace" {
			kubectl(t, "delete", "--ignore-not-found", fields[0], fields[2])
		}
	}
	eventually(t, "something is left", nil, func() []string { return installed(t) })
}

// diagnose prints what helps to find the cause of a failure.
func diagnose(t *testing.T, w way) {
	t.Helper()
	if !t.Failed() {
		return
	}
	for _, arguments := range [][]string{
		{"get", "pods,pvc", "-A", "-o", "wide"},
		{"-n", w.trackers, "get", "events", "--sort-by=.lastTimestamp"},
		{"-n", w.namespace, "logs", "-l", "app.kubernetes.io/name=" + operator, "--tail=40"},
		{"get", "interviewtrackers", "-A", "-o", "wide"},
	} {
		out, _ := command(t, root, "kubectl", arguments...)
		t.Logf("kubectl %s\n%s", strings.Join(arguments, " "), out)
	}
}

// awaitNamespacesGone waits until namespaces that are being deleted are gone.
func awaitNamespacesGone(t *testing.T, names ...string) {
	t.Helper()
	kubectl(t, append([]string{"wait", "--for=delete", "--timeout=3m", "namespace"}, names...)...)
}

// awaitOperator waits until only an operator of that tag runs, and works.
func (w way) awaitOperator(t *testing.T, tag string) {
	t.Helper()
	kubectl(t, "-n", w.namespace, "rollout", "status", "deployment/"+operator, "--timeout=3m")
	eventually(t, "other operators run", []string{operator + ":" + tag}, func() []string {
		return lines(kubectl(t, "-n", w.namespace, "get", "pods", "-l", "app.kubernetes.io/name="+operator, "-o",
			`jsonpath={range .items[*]}{.spec.containers[0].image}{"\n"}{end}`))
	})
}

// create creates a tracker with managed dependencies, which requests little CPU and is probed soon, and waits until it is Ready.
func (w way) create(t *testing.T, name string) {
	t.Helper()
	const little = `resources: {requests: {cpu: 10m}}`
	const soon = `{initialDelaySeconds: 1, periodSeconds: 1}`
	manifest := fmt.Sprintf(`
apiVersion: apps.interviewtracker.dev/v1alpha1
kind: InterviewTracker
metadata: {namespace: %s, name: %s}
spec:
  version: "1.0.0"
  api: {%[3]s, probes: {startup: %[4]s, readiness: %[4]s}}
  frontend: {%[3]s, probes: {readiness: %[4]s}}
  database: {managed: {%[3]s}}
  redis: {managed: {%[3]s}}
`, w.trackers, name, little, soon)
	file := filepath.Join(t.TempDir(), name+".yaml")
	must(t, os.WriteFile(file, []byte(manifest), 0o600))
	began := time.Now()
	kubectl(t, "apply", "-f", file)
	w.awaitReady(t, name)
	t.Logf("%s is Ready %s", name, time.Since(began).Round(time.Second))
}

func (w way) awaitReady(t *testing.T, name string) {
	t.Helper()
	kubectl(t, "-n", w.trackers, "wait", "interviewtracker/"+name, "--for=condition=Ready", "--timeout=3m")
}

// reconciled makes the running operator reconcile trackers, and waits for it: the change is one of how often it
// asks, and of nothing that runs.
func (w way) reconciled(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		get := func(field string) string {
			return kubectl(t, "-n", w.trackers, "get", "interviewtracker", name, "-o", "jsonpath={"+field+"}")
		}
		interval := "20s"
		if get(".spec.health.interval") == interval {
			interval = "21s"
		}
		kubectl(t, "-n", w.trackers, "patch", "interviewtracker", name, "--type=merge", "-p", `{"spec":{"health":{"interval":"`+interval+`"}}}`)
		observed := "--for=jsonpath={.status.observedGeneration}=" + get(".metadata.generation")
		kubectl(t, "-n", w.trackers, "wait", "interviewtracker/"+name, observed, "--timeout=3m")
		w.awaitReady(t, name)
	}
}

// awaitGarbageCollector waits until Kubernetes' garbage collector knows the kind of the trackers: it looks for new kinds
// twice a minute, and what is deleted earlier leaves its objects behind for a quarter of an hour. It is the
// collector that ends a deletion in the foreground.
func (w way) awaitGarbageCollector(t *testing.T) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "suspended.yaml")
	const manifest = `
apiVersion: apps.interviewtracker.dev/v1alpha1
kind: InterviewTracker
metadata: {name: suspended}
spec: {version: "1.0.0", suspend: true}
`
	must(t, os.WriteFile(file, []byte(manifest), 0o600))
	began := time.Now()
	kubectl(t, "-n", w.trackers, "apply", "-f", file)
	kubectl(t, "-n", w.trackers, "delete", "-f", file, "--cascade=foreground", "--timeout=3m")
	t.Logf("the garbage collector knows the kind %s", time.Since(began).Round(time.Second))
}

// pods are those of the trackers that a selector matches and that are not ending, each with its UID. How often their
// containers have restarted is not compared: the operator can't restart one without its pod, and on a busy machine the
// probes may.
func (w way) pods(t *testing.T, selector string) []string {
	t.Helper()
	all := lines(kubectl(t, "-n", w.trackers, "get", "pods", "-l", selector, "-o",
		`go-template={{range .items}}{{if not .metadata.deletionTimestamp}}{{.metadata.name}} {{.metadata.uid}}{{"\n"}}{{end}}{{end}}`))
	if len(all) == 0 {
		t.Fatal("there are no pods")
	}
	slices.Sort(all)
	return all
}

func (w way) unchanged(t *testing.T, by, selector string, before []string) {
	t.Helper()
	if after := w.pods(t, selector); !slices.Equal(before, after) {
		t.Errorf("%s changes the pods of trackers from\n%s\nto\n%s", by, strings.Join(before, "\n"), strings.Join(after, "\n"))
	}
}

// eventually waits until a list is as wanted.
func eventually(t *testing.T, problem string, want []string, get func() []string) {
	t.Helper()
	var got []string
	// Not the context of the test, which has ended when it cleans up.
	err := wait.PollUntilContextTimeout(context.WithoutCancel(t.Context()), 250*time.Millisecond, patience, true, func(context.Context) (bool, error) {
		got = get()
		slices.Sort(got)
		return slices.Equal(got, want), nil
	})
	if err != nil {
		t.Fatalf("%s: there is %q, want %q", problem, got, want)
	}
}

func kubectl(t *testing.T, arguments ...string) string {
	t.Helper()
	return run(t, root, "kubectl", arguments...)
}

// run runs a command in a folder, and returns what it prints.
func run(t *testing.T, dir, name string, arguments ...string) string {
	t.Helper()
	out, err := command(t, dir, name, arguments...)
	if err != nil {
		t.Fatalf("%s: %v", strings.Join(append([]string{name}, arguments...), " "), err)
	}
	return out
}

func command(t *testing.T, dir, name string, arguments ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, arguments...)
	cmd.Dir = dir
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%w\n%s%s", err, out, complaints.String())
	}
	return string(out), nil
}

func lines(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
