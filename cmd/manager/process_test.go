// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/interview-tracker/interview-tracker-operator/test/freeport"
)

// timeout is how long a test waits for a condition.
const timeout = 2 * time.Minute

// command returns `manager ARGS` with only env as environment, and an empty home.
func command(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	// t.Context() ends before the cleanup that stops the process.
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), self, args...)
	cmd.Env = append([]string{asManager + "=1", "HOME=" + t.TempDir()}, env...)
	return cmd
}

func exitCode(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	return -1
}

// manager is a running operator process.
type manager struct {
	*exec.Cmd
	gateway         *gateway
	health, metrics string // HOST:PORT
	output          output
	ended           chan struct{}
	err             error // Of Wait.
}

// start starts a manager with the rights of a service account.
func start(t *testing.T, account *corev1.ServiceAccount, args ...string) *manager {
	t.Helper()
	return startBehind(t, newGateway(t), account, args...)
}

// startBehind starts a manager that connects to the API server through a gateway.
func startBehind(t *testing.T, g *gateway, account *corev1.ServiceAccount, args ...string) *manager {
	t.Helper()
	m := &manager{gateway: g, health: freeport.Address(t), metrics: freeport.Address(t), ended: make(chan struct{})}
	addresses := []string{"--health-probe-bind-address=" + m.health, "--metrics-bind-address=" + m.metrics}
	m.Cmd = command(t, []string{"KUBECONFIG=" + g.kubeconfig(t, token(t, account))}, append(addresses, args...)...)
	m.Stdout, m.Stderr = &m.output, &m.output
	must(t, m.Start())
	go func() {
		m.err = m.Wait()
		close(m.ended)
	}()
	t.Cleanup(func() {
		_ = m.Process.Kill()
		<-m.ended
		if t.Failed() {
			t.Logf("the manager's output:\n%s", m.output.String())
		}
	})
	return m
}

// ready waits until a manager is ready.
func (m *manager) ready(t *testing.T) {
	t.Helper()
	eventually(t, "the manager does not become ready", func() bool {
		return get(t, http.DefaultClient, "http://"+m.health+"/readyz", "") == http.StatusOK
	})
}

// podGrace is the termination grace period in config/manager.
const podGrace = 30 * time.Second

// stop stops a manager like the kubelet does.
func (m *manager) stop(t *testing.T) {
	t.Helper()
	must(t, m.Process.Signal(syscall.SIGTERM))
	select {
	case <-m.ended:
	case <-time.After(podGrace):
		t.Fatal("the manager does not stop")
	}
	if m.err != nil {
		t.Errorf("the manager exited with %v", m.err)
	}
}

// records parses the lines of a manager's log.
func (m *manager) records(t *testing.T) []map[string]any {
	t.Helper()
	return parseLog(t, m.output.String())
}

// parseLog parses the lines of a log. Each must be a JSON object with the keys of every program's log.
func parseLog(t *testing.T, log string) []map[string]any {
	t.Helper()
	var records []map[string]any
	for line := range strings.Lines(log) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Errorf("a line is not a JSON object: %s", line)
			continue
		}
		at, _ := record["timestamp"].(string)
		if _, err := time.Parse("2006-01-02T15:04:05.000000Z", at); err != nil {
			t.Errorf("a line has no timestamp in UTC with microseconds: %s", line)
		}
		level, _ := record["level"].(string)
		if !slices.Contains([]string{"debug", "info", "warning", "error", "critical"}, level) {
			t.Errorf("a line has no level: %s", line)
		}
		event, _ := record["event"].(string)
		logger, _ := record["logger"].(string)
		if event == "" || logger == "" {
			t.Errorf("a line has no event or no logger: %s", line)
		}
		records = append(records, record)
	}
	return records
}

// output collects the output of a process.
type output struct {
	mu    sync.Mutex
	bytes bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.bytes.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.bytes.String()
}

// gateway is a proxy between one manager and the API server. It records the requests, and
// can hold some of them back.
type gateway struct {
	*httptest.Server
	mu      sync.Mutex
	seen    []exchange
	holds   func(*http.Request) bool
	reached chan struct{} // Closed when a request is held back.
	opened  chan struct{}
}

// exchange is a manager's request with the status code of the response.
type exchange struct {
	method, path string
	status       int
}

func newGateway(t *testing.T) *gateway {
	t.Helper()
	transport, err := rest.TransportFor(rest.AnonymousClientConfig(cluster))
	must(t, err)
	target, err := url.Parse(cluster.Host)
	must(t, err)
	g := &gateway{}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport = transport
	proxy.FlushInterval = -1 // Watch events are forwarded immediately.
	proxy.ModifyResponse = func(r *http.Response) error {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.seen = append(g.seen, exchange{r.Request.Method, r.Request.URL.Path, r.StatusCode})
		return nil
	}
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
	g.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g.wait(r) {
			proxy.ServeHTTP(w, r)
		}
	}))
	g.Config.ErrorLog = log.New(io.Discard, "", 0) // Managers stop during requests.
	g.StartTLS()
	t.Cleanup(g.Close)
	return g
}

// hold holds back matching requests until open is called.
func (g *gateway) hold(matches func(*http.Request) bool) (open func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.holds, g.reached, g.opened = matches, make(chan struct{}), make(chan struct{})
	return sync.OnceFunc(func() { close(g.opened) })
}

// holding waits until a request is held back.
func (g *gateway) holding(t *testing.T) {
	t.Helper()
	select {
	case <-g.reached:
	case <-time.After(timeout):
		t.Fatal("the manager doesn't send the request that is to be held back")
	}
}

// wait waits while a request is held back, and reports whether to forward it.
func (g *gateway) wait(r *http.Request) bool {
	g.mu.Lock()
	held, opened := g.holds != nil && g.holds(r), g.opened
	if held {
		select {
		case <-g.reached:
		default:
			close(g.reached)
		}
	}
	g.mu.Unlock()
	if !held {
		return true
	}
	select {
	case <-opened:
		return true
	case <-r.Context().Done():
		return false
	}
}

// exchanges returns the exchanges so far.
func (g *gateway) exchanges() []exchange {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.seen)
}

// writes returns the exchanges that were not reads.
func (g *gateway) writes() []exchange {
	return slices.DeleteFunc(g.exchanges(), func(e exchange) bool { return e.method == http.MethodGet })
}

// kubeconfig writes a kubeconfig for the gateway, and returns its path.
func (g *gateway) kubeconfig(t *testing.T, token string) string {
	t.Helper()
	config := clientcmdapi.NewConfig()
	config.Clusters["test"] = &clientcmdapi.Cluster{
		Server:                   g.URL,
		CertificateAuthorityData: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: g.Certificate().Raw}),
	}
	config.AuthInfos["test"] = &clientcmdapi.AuthInfo{Token: token}
	config.Contexts["test"] = &clientcmdapi.Context{Cluster: "test", AuthInfo: "test"}
	config.CurrentContext = "test"
	path := filepath.Join(t.TempDir(), "kubeconfig")
	must(t, clientcmd.WriteToFile(*config, path))
	return path
}

// token returns a token of a service account.
func token(t *testing.T, account *corev1.ServiceAccount) string {
	t.Helper()
	request := &authenticationv1.TokenRequest{}
	must(t, k8s.SubResource("token").Create(t.Context(), account, request))
	return request.Status.Token
}

// newAccount creates a service account without rights.
func newAccount(t *testing.T, namespace string) *corev1.ServiceAccount {
	t.Helper()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, GenerateName: "test-"}}
	must(t, k8s.Create(t.Context(), account))
	return account
}

// grant binds a ClusterRole to a service account in all namespaces.
func grant(t *testing.T, account *corev1.ServiceAccount, role string) {
	t.Helper()
	must(t, k8s.Create(t.Context(), &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
		Subjects:   subjects(account),
	}))
}

func subjects(account *corev1.ServiceAccount) []rbacv1.Subject {
	return []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: account.Namespace, Name: account.Name}}
}

func newNamespace(t *testing.T) string {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	must(t, k8s.Create(t.Context(), namespace))
	return namespace.Name
}

// get returns the status code of a response; 0 if there is none.
func get(t *testing.T, c *http.Client, url, token string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	must(t, err)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := c.Do(request)
	if err != nil {
		return 0
	}
	must(t, response.Body.Close())
	return response.StatusCode
}

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), 20*time.Millisecond, timeout, true, func(context.Context) (bool, error) {
		return condition(), nil
	})
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
