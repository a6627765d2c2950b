// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package pagetest

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/streaming/pkg/httpstream"
	"k8s.io/streaming/pkg/httpstream/spdy"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

const portForwardPath = "/api/v1/namespaces/monitoring/pods/alertmanager-main-0/portforward"

// forwardTo forwards the ports of a request to an address, as an API server that speaks SPDY
// alone. Without an address, it says so as a kubelet does.
func forwardTo(address string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "websocket" {
			http.Error(w, "unable to upgrade: no WebSockets", http.StatusBadRequest)
			return
		}
		if _, err := httpstream.Handshake(r, w, []string{"portforward.k8s.io"}); err != nil {
			return
		}
		streams := make(chan httpstream.Stream, 10)
		connection := spdy.NewResponseUpgrader().UpgradeResponse(w, r, func(stream httpstream.Stream, _ <-chan struct{}) error {
			streams <- stream
			return nil
		})
		if connection == nil {
			return
		}
		defer connection.Close()
		for {
			select {
			case failure := <-streams:
				go pipe(failure, <-streams, address)
			case <-connection.CloseChan():
				return
			}
		}
	}
}

func pipe(failure, data httpstream.Stream, address string) {
	defer data.Close()
	defer failure.Close()
	target, err := net.Dial("tcp", address)
	if err != nil {
		_, _ = io.WriteString(failure, "no port \x1b[31m"+data.Headers().Get(corev1.PortHeader))
		return
	}
	defer target.Close()
	go func() { _, _ = io.Copy(target, data) }()
	_, _ = io.Copy(data, target)
}

var alertmanagerPod = types.NamespacedName{Namespace: "monitoring", Name: "alertmanager-main-0"}

// cannedCluster is an API server with what the command reads for people/hiring.
func cannedCluster(t *testing.T, alertmanager string) *httptest.Server {
	t.Helper()
	list := func(apiVersion, kind string, item any) any {
		return map[string]any{"apiVersion": apiVersion, "kind": kind, "items": []any{item}}
	}
	group := func(name, version string) metav1.APIGroup {
		v := metav1.GroupVersionForDiscovery{GroupVersion: name + "/" + version, Version: version}
		return metav1.APIGroup{Name: name, Versions: []metav1.GroupVersionForDiscovery{v}, PreferredVersion: v}
	}
	resources := func(version string, resource metav1.APIResource) any {
		return metav1.APIResourceList{
			TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: version, APIResources: []metav1.APIResource{resource},
		}
	}
	tracker := notified("chat", "pager")
	tracker.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(v1alpha1.Kind))
	mux := http.NewServeMux()
	for path, object := range map[string]any{
		"/api": metav1.APIVersions{TypeMeta: metav1.TypeMeta{Kind: "APIVersions"}, Versions: []string{"v1"}},
		"/apis": metav1.APIGroupList{
			TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"},
			Groups:   []metav1.APIGroup{group("apps.interviewtracker.dev", "v1alpha1"), group("monitoring.coreos.com", "v1")},
		},
		"/apis/apps.interviewtracker.dev/v1alpha1": resources("apps.interviewtracker.dev/v1alpha1",
			metav1.APIResource{Name: "interviewtrackers", Kind: "InterviewTracker", Namespaced: true}),
		"/apis/monitoring.coreos.com/v1": resources("monitoring.coreos.com/v1",
			metav1.APIResource{Name: "alertmanagers", Kind: "Alertmanager", Namespaced: true}),
		"/api/v1": resources("v1", metav1.APIResource{Name: "pods", Kind: "Pod", Namespaced: true}),
		"/apis/apps.interviewtracker.dev/v1alpha1/namespaces/people/interviewtrackers/hiring": tracker,
		"/apis/monitoring.coreos.com/v1/namespaces/monitoring/alertmanagers/main":             selecting("monitoring", "main", nil, nil),
		"/api/v1/namespaces/monitoring/pods":                                                  list("v1", "PodList", pod(alertmanagerPod.Name, true)),
	} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(object)
		})
	}
	mux.HandleFunc(portForwardPath, forwardTo(alertmanager))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

// execute runs a command line.
func execute(stdout, stderr io.Writer, args ...string) error {
	flags := genericclioptions.NewConfigFlags(true)
	streams := genericiooptions.IOStreams{In: strings.NewReader(""), Out: stdout, ErrOut: stderr}
	root := plugin.NewRoot(flags, streams, NewCommand(flags, streams))
	root.SetArgs(append([]string{"page-test"}, args...))
	return root.Execute()
}

// pageTestIn runs the whole command in a cluster.
func pageTestIn(t *testing.T, server string) (stdout, stderr string, err error) {
	t.Helper()
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	content := `{apiVersion: v1, kind: Config, clusters: [{name: a, cluster: {server: "` + server + `"}}],
		contexts: [{name: chosen, context: {cluster: a, namespace: people}}, {name: wrong, context: {cluster: none}}], current-context: wrong}`
	if err := os.WriteFile(kubeconfig, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errors bytes.Buffer
	err = execute(&out, &errors, "hiring", "--kubeconfig", kubeconfig, "--context", "chosen", "--alertmanager", "monitoring/main")
	return out.String(), errors.String(), err
}

func TestPageTestThroughAForwardedPort(t *testing.T) {
	inbox := newInbox(t)
	address := startAlertmanager(t, strings.ReplaceAll(configuration, "URL", inbox.URL))
	stdout, stderr, err := pageTestIn(t, cannedCluster(t, address).URL)
	if err != nil || stderr != "" || !strings.Contains(stdout, "\ncritical: reaches pager, chat, archive\nwarning: reaches chat\n") {
		t.Errorf("%v\n%s%s", err, stdout, stderr)
	}
	_, end, _ := strings.Cut(stdout, "The tests end at ")
	end, _, _ = strings.Cut(end, " ")
	ends, err := time.Parse(time.RFC3339, end)
	if err != nil {
		t.Fatalf("%v\n%s", err, stdout)
	}
	inbox.await(t, "/pager TrackerPageTestCritical "+ends.Add(-testDuration).Format(time.RFC3339))
}

func TestPageTestThroughAForwardedPortThatNothingListensTo(t *testing.T) {
	_, stderr, err := pageTestIn(t, cannedCluster(t, "127.0.0.1:1").URL)
	if err == nil || !strings.HasPrefix(err.Error(), "sending the test alerts: ") {
		t.Errorf("got %v", err)
	}
	if !strings.HasPrefix(stderr, "forwarding a port to monitoring/alertmanager-main-0: ") || !strings.Contains(stderr, "no port") || strings.Contains(stderr, "\x1b") {
		t.Errorf("printed %q", stderr)
	}
}
