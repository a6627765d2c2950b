// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package scale

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// manager is a process of the operator, and of nothing else.
type manager struct {
	command        *exec.Cmd
	ended          chan error
	metrics, pprof string // HOST:PORT
	token          string
	client         *http.Client
}

// logFile is the name of the file with the log of the last manager.
const logFile = "manager.log"

// stopTime is how long a manager may take to end.
const stopTime = 30 * time.Second

// start runs a manager until it has filled its caches.
func (b *bench) start(ctx context.Context) (*manager, error) {
	log, err := os.Create(filepath.Join(b.folder, logFile))
	if err != nil {
		return nil, err
	}
	defer log.Close() // The process has its own.
	var addresses [3]string
	for i := range addresses {
		if addresses[i], err = freeAddress(ctx); err != nil {
			return nil, err
		}
	}
	m := &manager{
		ended: make(chan error, 1), metrics: addresses[0], pprof: addresses[1], token: b.token,
		client: &http.Client{Transport: &http.Transport{
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // It is self-signed.
		}},
	}
	m.command = exec.CommandContext(ctx, b.manager,
		"--metrics-bind-address="+m.metrics, "--pprof-bind-address="+m.pprof, "--health-probe-bind-address="+addresses[2],
		fmt.Sprintf("--max-concurrent-reconciles=%d", b.workers))
	m.command.Env = append(os.Environ(), "KUBECONFIG="+filepath.Join(b.folder, "kubeconfig"))
	m.command.Stdout, m.command.Stderr = log, log
	m.command.Cancel = func() error { return m.command.Process.Signal(syscall.SIGTERM) }
	m.command.WaitDelay = stopTime
	if err := m.command.Start(); err != nil {
		return nil, err
	}
	go func() { m.ended <- m.command.Wait() }()
	err = wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		// The metrics are served a moment later, when their certificate is made.
		for _, url := range []string{"http://" + addresses[2] + "/readyz", "https://" + m.metrics + "/metrics"} {
			body, err := m.get(ctx, url)
			if err != nil {
				return false, nil //nolint:nilerr // It is not ready yet.
			}
			_ = body.Close()
		}
		return true, nil
	})
	if err != nil {
		return nil, fmt.Errorf("the manager does not become ready: %w", errors.Join(err, m.stop()))
	}
	return m, nil
}

// stop ends the manager. To stop it again does nothing.
func (m *manager) stop() error {
	if errors.Is(m.command.Process.Signal(syscall.SIGTERM), os.ErrProcessDone) {
		return nil
	}
	select {
	case err := <-m.ended:
		return err
	case <-time.After(stopTime):
		return errors.Join(errors.New("the manager does not end"), m.command.Process.Kill())
	}
}

func (m *manager) get(ctx context.Context, url string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+m.token)
	answer, err := m.client.Do(request)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, errors.Join(fmt.Errorf("%s: %s", url, answer.Status), answer.Body.Close())
	}
	return answer.Body, nil
}

// usage is what a manager has used since its start.
type usage struct {
	at         time.Time
	cpu        float64            // in seconds
	rss, live  float64            // in bytes; live is the heap that the last garbage collection left
	requests   map[string]float64 // by HTTP method
	reconciles float64
}

func (m *manager) usage(ctx context.Context) (usage, error) {
	body, err := m.get(ctx, "https://"+m.metrics+"/metrics")
	if err != nil {
		return usage{}, err
	}
	defer body.Close()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(body)
	if err != nil {
		return usage{}, err
	}
	sum := func(name, label string) map[string]float64 {
		sums := map[string]float64{}
		for _, metric := range families[name].GetMetric() {
			value := ""
			for _, pair := range metric.GetLabel() {
				if pair.GetName() == label {
					value = pair.GetValue()
				}
			}
			sums[value] += metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
		}
		return sums
	}
	return usage{
		at: time.Now(), cpu: sum("process_cpu_seconds_total", "")[""],
		rss: sum("process_resident_memory_bytes", "")[""], live: sum("go_gc_heap_live_bytes", "")[""],
		requests: sum("rest_client_requests_total", "method"), reconciles: sum("controller_runtime_reconcile_total", "")[""],
	}, nil
}

// settled is the usage once the manager writes nothing for a while, after a garbage
// collection.
func (m *manager) settled(ctx context.Context) (usage, error) {
	const quiet = 5 * time.Second
	last, changed := -1.0, time.Now()
	err := wait.PollUntilContextTimeout(ctx, time.Second, 5*time.Minute, true, func(ctx context.Context) (bool, error) {
		now, err := m.usage(ctx)
		if writes := now.requests[http.MethodPatch]; writes != last {
			last, changed = writes, now.at
		}
		return now.at.Sub(changed) >= quiet, err
	})
	if err != nil {
		return usage{}, fmt.Errorf("the manager does not settle: %w", err)
	}
	body, err := m.get(ctx, "http://"+m.pprof+"/debug/pprof/heap?gc=1")
	if err != nil {
		return usage{}, err
	}
	if err := body.Close(); err != nil {
		return usage{}, err
	}
	return m.usage(ctx)
}

// profile keeps profiles of the heap, and of the CPU over a while.
func (m *manager) profile(ctx context.Context, folder, name string, window time.Duration) error {
	if folder == "" {
		return nil
	}
	for kind, path := range map[string]string{"heap": "heap", "cpu": fmt.Sprintf("profile?seconds=%.0f", window.Seconds())} {
		body, err := m.get(ctx, "http://"+m.pprof+"/debug/pprof/"+path)
		if err != nil {
			return err
		}
		content, err := io.ReadAll(body)
		if err := errors.Join(err, body.Close(), os.WriteFile(filepath.Join(folder, name+"-"+kind+".pprof"), content, 0o600)); err != nil {
			return err
		}
	}
	return nil
}

const mib, kib = 1 << 20, 1 << 10

func (u usage) memory() string {
	return fmt.Sprintf("RSS %.0f MiB, live heap %.1f MiB", u.rss/mib, u.live/mib)
}

func (u usage) memorySince(before usage, trackers int) string {
	return fmt.Sprintf("RSS %.0f KiB, live heap %.0f KiB", (u.rss-before.rss)/float64(trackers)/kib, (u.live-before.live)/float64(trackers)/kib)
}

// since is what the manager did, by tracker.
func (u usage) since(before usage, trackers int) string {
	n := float64(trackers)
	return fmt.Sprintf("a tracker: %.1f reconciles, %.0f ms CPU, %.1f PATCH, %.1f GET, %.1f POST", (u.reconciles-before.reconciles)/n,
		1000*(u.cpu-before.cpu)/n, (u.requests[http.MethodPatch]-before.requests[http.MethodPatch])/n,
		(u.requests[http.MethodGet]-before.requests[http.MethodGet])/n, (u.requests[http.MethodPost]-before.requests[http.MethodPost])/n)
}

// metricsToken is one that may read everything, the manager's metrics included.
func metricsToken(ctx context.Context, c client.Client) (string, error) {
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: sampleNamespace, Name: "scale"}}
	if err := c.Create(ctx, account); err != nil {
		return "", err
	}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "scale"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cluster-admin"},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: account.Namespace, Name: account.Name}},
	}
	if err := c.Create(ctx, binding); err != nil {
		return "", err
	}
	request := &authenticationv1.TokenRequest{}
	err := c.SubResource("token").Create(ctx, account, request)
	return request.Status.Token, err
}

// freeAddress is a HOST:PORT on loopback that nothing listens on.
func freeAddress(ctx context.Context) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
