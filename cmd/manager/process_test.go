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
	"net"
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
)

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// command makes `manager ARGS` with no environment but env, and no home.
func command(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	// It outlives t.Context(), which ends before the cleanup that ends it.
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

// manager is a process that runs the operator.
type manager struct {
	*exec.Cmd
	gateway         *gateway
	health, metrics string // HOST:PORT
	output          output
	ended           chan struct{}
	err             error // of its end
}

// start runs a manager with the rights of a service account.
func start(t *testing.T, account *corev1.ServiceAccount, args ...string) *manager {
	t.Helper()
	return startBehind(t, newGateway(t), account, args...)
}

// startBehind runs a manager that reaches the API server through a gateway.
func startBehind(t *testing.T, g *gateway, account *corev1.ServiceAccount, args ...string) *manager {
	t.Helper()
	m := &manager{gateway: g, health: freeAddress(t), metrics: freeAddress(t), ended: make(chan struct{})}
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
			t.Logf("the manager said:\n%s", m.output.String())
		}
	})
	return m
}

// ready waits until a manager says that it is.
func (m *manager) ready(t *testing.T) {
	t.Helper()
	eventually(t, "the manager does not become ready", func() bool {
		return get(t, http.DefaultClient, "http://"+m.health+"/readyz", "") == http.StatusOK
	})
}

// podGrace is what config/manager gives the manager to end.
const podGrace = 30 * time.Second

// stop ends a manager as the kubelet does, and returns how long that took.
func (m *manager) stop(t *testing.T) time.Duration {
	t.Helper()
	begin := time.Now()
	must(t, m.Process.Signal(syscall.SIGTERM))
	select {
	case <-m.ended:
	case <-time.After(podGrace):
		t.Fatal("the manager does not end")
	}
	if m.err != nil {
		t.Errorf("the manager ended with %v", m.err)
	}
	return time.Since(begin)
}

// records are the lines of a manager's log. Each must be a JSON object that says
// when it was written, and how much it matters.
func (m *manager) records(t *testing.T) []map[string]any {
	t.Helper()
	var records []map[string]any
	for line := range strings.Lines(m.output.String()) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Errorf("a line is no JSON object: %s", line)
			continue
		}
		level, _ := record["level"].(string)
		at, _ := record["time"].(string)
		if _, err := time.Parse(time.RFC3339Nano, at); err != nil || level == "" {
			t.Errorf("a line has no level or no time: %s", line)
		}
		records = append(records, record)
	}
	return records
}

// output is what a process writes.
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

// gateway stands between one manager and the API server. It knows what was asked,
// and may hold some of it back.
type gateway struct {
	*httptest.Server
	mu      sync.Mutex
	seen    []exchange
	holds   func(*http.Request) bool
	reached chan struct{} // closed when a request is held back
	opened  chan struct{}
}

// exchange is a request of a manager, and the status of the answer.
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
	proxy.FlushInterval = -1 // Watches are told at once.
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
	g.Config.ErrorLog = log.New(io.Discard, "", 0) // Managers end in the middle of what they do.
	g.StartTLS()
	t.Cleanup(g.Close)
	return g
}

// hold makes the gateway hold back some requests until open is called.
func (g *gateway) hold(which func(*http.Request) bool) (open func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.holds, g.reached, g.opened = which, make(chan struct{}), make(chan struct{})
	return sync.OnceFunc(func() { close(g.opened) })
}

// holding waits until a request is held back.
func (g *gateway) holding(t *testing.T) {
	t.Helper()
	select {
	case <-g.reached:
	case <-time.After(patience):
		t.Fatal("the manager doesn't make the request that is held back")
	}
}

// wait tells whether a request goes on, if need be when it does.
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

// exchanges are those so far.
func (g *gateway) exchanges() []exchange {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.seen)
}

// writes are the exchanges that were no reads.
func (g *gateway) writes() []exchange {
	return slices.DeleteFunc(g.exchanges(), func(e exchange) bool { return e.method == http.MethodGet })
}

// kubeconfig writes one that leads through the gateway, and returns its path.
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

// token is one that proves to be a service account.
func token(t *testing.T, account *corev1.ServiceAccount) string {
	t.Helper()
	request := &authenticationv1.TokenRequest{}
	must(t, k8s.SubResource("token").Create(t.Context(), account, request))
	return request.Status.Token
}

// newAccount makes a service account that has no rights.
func newAccount(t *testing.T, namespace string) *corev1.ServiceAccount {
	t.Helper()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, GenerateName: "test-"}}
	must(t, k8s.Create(t.Context(), account))
	return account
}

// grant gives a service account a ClusterRole, in all namespaces.
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

// get returns the status of an answer; 0 when there is none.
func get(t *testing.T, c *http.Client, url, token string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	must(t, err)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := c.Do(request)
	if err != nil {
		return 0
	}
	must(t, answer.Body.Close())
	return answer.StatusCode
}

// freeAddress is the HOST:PORT of nobody.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, listener.Close())
	return listener.Addr().String()
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), 20*time.Millisecond, patience, true, func(context.Context) (bool, error) {
		return holds(), nil
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
