//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// shown is what the diagnosis of each runbook shows of a healthy tracker, in a cluster without
// metrics-server and cert-manager.
var shown = map[string][]string{
	"AvailabilityBudgetBurn":             {"hiring"},
	"DatabaseConnectionIssues":           {"accepting connections", "database_connections", "client_addr", "the database is managed"},
	"HighCPUUsage":                       {"cpu_usage_percent", "no metrics-server", "Allocated resources"},
	"HighErrorRate":                      {"RedisHealthy: True", "no metrics-server", "interview-tracker-api:1.0.0"},
	"HighMemoryUsage":                    {"memory_usage_bytes", "no metrics-server", "RESTARTS"},
	"HighResponseTime":                   {"database_connections", "no metrics-server", "blocked_by", "mean_ms", "keyspace_"},
	"InterviewTrackerMonitoringNotReady": {"True Selected", "servicemonitors.monitoring.coreos.com", "release=e2e"},
	"InterviewTrackerOperatorDown":       {"deployment.apps/interview-tracker-operator", "that account may not"},
	"InterviewTrackerOperatorNotLeading": {"renewed", "yes", "caches ok"},
	"InterviewTrackerPollsFailing":       {"hiring", "interview-tracker-operator-"},
	"InterviewTrackerReconcileErrors":    {"RECONCILING"},
	"InterviewTrackerReconcileSlow":      {"no metrics-server"},
	"InterviewTrackerUndecodableObjects": {"InvalidSpec"},
	"LatencyBudgetBurn":                  {"hiring"},
	"LowDiskSpace":                       {"disk_free_bytes", "DiskPressure", "availableBytes", "hiring-redis-0", "pg_wal"},
	"PoorWebVitals":                      {"no page has reported to it", "interview-tracker-frontend:1.0.0", "no metrics-server"},
	"TrackerAPIDown":                     {"hiring-api-", "# HELP"},
	"TrackerCertificateExpiring":         {"no certificate from", "no cert-manager"},
	"TrackerDependencyDown":              {"RedisHealthy: True", `"dependencies"`, "PONG"},
	"TrackerDependencyUnknown":           {"RedisHealthy: True", " 200 in "},
	"TrackerJourneyFailing":              {"True Passing", "cronjob.batch/hiring-journey-schedule-interview"},
	"TrackerJourneyNotRunning":           {"hiring-journey-schedule-interview", "True Selected"},
	"TrackerMetricsAbsent":               {"True Selected", "hiring-api", "that account may not"},
	"TrackerOptionalDependencyDown":      {"RedisHealthy: True"},
	"TrackerProbeFailing":                {"hiring-frontend", "Probe succeeded"},
	"TrackerRestarting":                  {"RESTARTS"},
	"TrackerRolloutFailed":               {"Ready: True", "interview-tracker-api:1.0.0", "no rollout has failed"},
	"TrackerRolloutStuck":                {"APIAvailable: True"},
	// The tracker has no notifications, and so no watchdog.
	"TrackerWatchdog": {"tracker-conditions", "MonitoringReady True Selected", "no NotificationsReady"},
}

// disruptive are the runbooks whose mitigation affects other trackers: it restarts the operator, or
// drains a node.
var disruptive = map[string]bool{
	"InterviewTrackerOperatorDown":       true,
	"InterviewTrackerOperatorNotLeading": true,
	"InterviewTrackerPollsFailing":       true,
	"InterviewTrackerReconcileErrors":    true,
	"InterviewTrackerReconcileSlow":      true,
	"LowDiskSpace":                       true,
}

// travelled is monitored, with a journey.
func travelled(s *v1alpha1.InterviewTrackerSpec) {
	monitored(s)
	s.Monitoring.Journeys = []v1alpha1.JourneySpec{{Name: "schedule-interview", Interval: &metav1.Duration{Duration: time.Minute}}}
}

// The diagnosis of every runbook works, and shows what there is to see.
func TestRunbooksDiagnosis(t *testing.T) {
	t.Parallel()
	localOnly(t)
	tracker := create(t, namespace(t), "hiring", travelled)
	ready(t, tracker)
	eventually(t, tracker, "no journey has run", func() bool { return is(tracker, v1alpha1.ConditionJourneysPassing, "True Passing") })
	eventually(t, tracker, "the monitoring is not Ready", func() bool { return is(tracker, "MonitoringReady", "True Selected") })
	scraped(t, tracker)
	awaitWithin(t, 2*time.Minute, "Prometheus does not get the statistics of statements", func() bool {
		return len(query(t, of(tracker, promql.StatementCalls, job(tracker)))) > 0
	})
	for _, r := range runbooks(t) {
		t.Run(r.alert, func(t *testing.T) { r.diagnose(t, tracker) })
	}
}

// The mitigation of every runbook works, and a healthy tracker stays so or becomes so again.
func TestRunbooksMitigation(t *testing.T) {
	t.Parallel()
	localOnly(t)
	tracker := create(t, namespace(t), "hiring", travelled)
	ready(t, tracker)
	for _, r := range runbooks(t) {
		if disruptive[r.alert] {
			continue
		}
		t.Run(r.alert, func(t *testing.T) {
			r.mitigate(t, tracker)
			// It must not take the resources that other tests need.
			edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.API, s.Frontend = nil, nil })
			ready(t, tracker)
		})
	}
}

func TestRunbooksDisruptiveMitigation(t *testing.T) {
	// Not parallel, see disruptive.
	localOnly(t)
	tracker := create(t, namespace(t), "hiring", monitored)
	ready(t, tracker)
	t.Cleanup(func() {
		for _, command := range [][]string{
			{"apply", "--server-side", "--force-conflicts", "-k", "../../config/default"},
			{"delete", "clusterrolebinding", "--ignore-not-found", "prometheus-reads-interview-tracker-operator"},
			{"uncordon", "-l", "kubernetes.io/hostname"},
			operatorRollout,
		} {
			if out, err := kubectl(command...); err != nil {
				t.Errorf("kubectl %s: %v\n%s", strings.Join(command, " "), err, out)
			}
		}
	})
	for _, r := range runbooks(t) {
		if disruptive[r.alert] {
			t.Run(r.alert, func(t *testing.T) { r.mitigate(t, tracker) })
		}
	}
}

// operatorRollout is how kubectl waits for the operator.
var operatorRollout = []string{"-n", operatorNamespace, "rollout", "status", "deployment/interview-tracker-operator", "--timeout=3m"}

// runbook is a page of docs/runbooks.
type runbook struct {
	alert  string
	blocks []block
}

type block struct{ section, language, text string }

// runbooks reads all of them.
func runbooks(t *testing.T) []runbook {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "docs", "runbooks", "[A-Z]*[a-z].md"))
	must(t, err)
	headingOrBlock := regexp.MustCompile("(?ms)^## (\\w+)$|^ *```(sh|promql)\n(.*?)^ *```$")
	var all []runbook
	for _, file := range files {
		content, err := os.ReadFile(file)
		must(t, err)
		r := runbook{alert: strings.TrimSuffix(filepath.Base(file), ".md")}
		section := ""
		for _, match := range headingOrBlock.FindAllStringSubmatch(string(content), -1) {
			if match[1] != "" {
				section = match[1]
				continue
			}
			r.blocks = append(r.blocks, block{section, match[2], match[3]})
		}
		if shown[r.alert] == nil {
			t.Errorf("what does the diagnosis of %s show? shown does not say it", r.alert)
		}
		all = append(all, r)
	}
	if len(all) != len(shown) {
		t.Errorf("there are %d runbooks, and shown has %d", len(all), len(shown))
	}
	return all
}

// diagnose runs the diagnosis. Each command has something to say, and Prometheus accepts each query.
func (r runbook) diagnose(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	var output strings.Builder
	for i, b := range r.blocks {
		switch {
		case b.section != "Diagnosis":
		case b.language == "promql":
			for line := range strings.Lines(forTracker(t, tracker, b.text)) {
				query(t, strings.TrimSpace(line))
			}
		default:
			out := r.run(t, tracker, i)
			if strings.Contains(b.text, "kubectl") && out == "" {
				t.Errorf("nothing is printed by\n%s", b.text)
			}
			output.WriteString(out)
		}
	}
	for _, text := range shown[r.alert] {
		if !strings.Contains(output.String(), text) {
			t.Errorf("the diagnosis does not show %q:\n%s", text, output.String())
		}
	}
}

// mitigate runs the mitigation. After each block the tracker becomes Ready.
func (r runbook) mitigate(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	for i, b := range r.blocks {
		if b.section != "Mitigation" || b.language != "sh" {
			continue
		}
		r.run(t, tracker, i)
		if out, err := kubectl(operatorRollout...); err != nil {
			t.Fatalf("the operator: %v\n%s", err, out)
		}
		ready(t, tracker)
	}
}

// assignments are the lines that set what later blocks use.
var assignments = regexp.MustCompile(`(?m)^ *[A-Z]+=.*$`)

// run runs a block, after the assignments of those before it.
func (r runbook) run(t *testing.T, tracker *v1alpha1.InterviewTracker, i int) string {
	t.Helper()
	var script strings.Builder
	for _, b := range r.blocks[:i] {
		if b.language == "sh" && b.section == "Diagnosis" {
			script.WriteString(strings.Join(assignments.FindAllString(b.text, -1), "\n") + "\n")
		}
	}
	script.WriteString(r.blocks[i].text)

	out, err := shell(t, checkout(t), forTracker(t, tracker, script.String()))
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, r.blocks[i].text, out)
	}
	return out
}

// shell runs a script in a folder, whose programs it can call.
func shell(t *testing.T, folder, script string) (string, error) {
	t.Helper()
	program, err := kubectlPath()
	must(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	bash := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", script)
	bash.Dir = folder
	bash.Env = append(os.Environ(), "PATH="+folder+":"+filepath.Dir(program)+":"+os.Getenv("PATH"))
	// A script that fails leaves a kubectl proxy, which would hold the output open.
	bash.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	bash.WaitDelay = 5 * time.Second
	out, err := bash.CombinedOutput()
	_ = syscall.Kill(-bash.Process.Pid, syscall.SIGKILL)
	return string(out), err
}

// forTracker replaces the examples in a runbook by a tracker and what belongs to it.
func forTracker(t *testing.T, tracker *v1alpha1.InterviewTracker, text string) string {
	t.Helper()
	pods := apiPods(t, tracker)
	if len(pods) == 0 {
		t.Fatal("there is no API pod")
	}
	return strings.NewReplacer(
		"NAMESPACE=team", "NAMESPACE="+tracker.Namespace,
		`namespace="team"`, fmt.Sprintf("namespace=%q", tracker.Namespace),
		"interview-tracker/team/", "interview-tracker/"+tracker.Namespace+"/",
		"hiring-api.team.svc", "hiring-api."+tracker.Namespace+".svc",
		"POD=hiring-api-6bcfbb8d64-6pc9v", "POD="+pods[0].Name,
		"NODE=node-7", "NODE="+pods[0].Spec.NodeName,
		"hiring.example.com", "localhost",
	).Replace(text)
}

// checkout is a folder to run commands in: with config, and with the certificate that one of them
// puts into a Secret.
func checkout(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	config, err := filepath.Abs(filepath.Join("..", "..", "config"))
	must(t, err)
	must(t, os.Symlink(config, filepath.Join(folder, "config")))
	certificate, key := selfSigned(t, "localhost")
	must(t, os.WriteFile(filepath.Join(folder, "tls.crt"), []byte(certificate), 0o600))
	must(t, os.WriteFile(filepath.Join(folder, "tls.key"), []byte(key), 0o600))
	return folder
}

// selfSigned is a certificate for a host, signed by its own key, in PEM.
func selfSigned(t *testing.T, host string) (certificate, key string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
		"-subj", "/CN=tests", "-addext", "subjectAltName=DNS:"+host, "-keyout", "-")
	out, err := command.Output()
	must(t, err)
	const end = "-----END PRIVATE KEY-----\n"
	key, certificate, found := strings.Cut(string(out), end)
	if !found {
		t.Fatal("openssl printed no key before the certificate")
	}
	return certificate, key + end
}
