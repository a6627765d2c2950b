// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	certutil "k8s.io/client-go/util/cert"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/internal/version"
)

// Libraries log the same way: here client-go about a rejected Event, and net/http about a
// client that doesn't trust the certificate.
func TestLogsJSONByLevel(t *testing.T) {
	account := newAccount(t, system)
	role := &rbacv1.ClusterRole{}
	must(t, k8s.Get(t.Context(), client.ObjectKey{Name: "interview-tracker-operator"}, role))
	role.ObjectMeta = metav1.ObjectMeta{GenerateName: "test-"}
	role.Rules = slices.DeleteFunc(role.Rules, func(r rbacv1.PolicyRule) bool { return slices.Contains(r.Resources, "events") })
	role.Rules = append(role.Rules, rbacv1.PolicyRule{APIGroups: []string{"coordination.k8s.io"}, Resources: []string{"leases"}, Verbs: []string{"get", "create", "update"}})
	must(t, k8s.Create(t.Context(), role))
	grant(t, account, role.Name)
	grant(t, account, "interview-tracker-operator-cluster")
	namespace := newNamespace(t)

	written := map[string]int{}
	for level, messages := range map[string][]string{
		"debug": {"rejected event", "TLS handshake error"},
		"error": {"rejected event"},
	} {
		m := start(t, account, "--log-level="+level, "--leader-elect", "--leader-election-namespace="+namespace)
		eventually(t, "with --log-level="+level+" the errors are not logged", func() bool {
			_, err := tls.Dial("tcp", m.metrics, nil)
			distrusted := err != nil && strings.Contains(err.Error(), "certificate")
			missing := slices.ContainsFunc(messages, func(s string) bool { return !strings.Contains(m.output.String(), s) })
			return distrusted && !missing
		})
		m.stop(t)
		records := m.records(t)
		written[level] = len(records)
		for _, record := range records {
			if level == "error" && record["level"] != "error" {
				t.Errorf("with --log-level=error, it logs %v", record)
			}
		}
	}
	if written["debug"] <= written["error"] || written["error"] == 0 {
		t.Errorf("records by level: %v", written)
	}
}

// A manager is ready even while another one leads.
func TestReadyOnceCachesAreFilled(t *testing.T) {
	namespace := newNamespace(t)
	must(t, k8s.Create(t.Context(), &coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "interview-tracker-operator"},
		Spec:       coordinationv1.LeaseSpec{HolderIdentity: new("another"), LeaseDurationSeconds: new(int32(3600)), RenewTime: new(metav1.NowMicro())},
	}))
	g := newGateway(t)
	open := g.hold(secrets)
	defer open()
	m := startBehind(t, g, operator, "--leader-elect", "--leader-election-namespace="+namespace)
	readyz := "http://" + m.health + "/readyz"
	early := false
	eventually(t, "the manager does not serve /readyz", func() bool {
		status := get(t, http.DefaultClient, readyz, "")
		early = early || status == http.StatusOK
		return status == http.StatusInternalServerError
	})
	g.holding(t)
	if early || get(t, http.DefaultClient, readyz, "") != http.StatusInternalServerError {
		t.Error("ready before the caches are filled")
	}
	if got := get(t, http.DefaultClient, "http://"+m.health+"/healthz", ""); got != http.StatusOK {
		t.Errorf("/healthz responds with %d while the caches are being filled", got)
	}
	open()
	m.ready(t)
}

// secrets reports whether a request fills the cache of Secrets.
func secrets(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/secrets") }

func TestMetricsAuthorization(t *testing.T) {
	certificates := t.TempDir()
	certificate, key, err := certutil.GenerateSelfSignedCertKey("127.0.0.1", nil, nil)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(certificates, "tls.crt"), certificate, 0o600))
	must(t, os.WriteFile(filepath.Join(certificates, "tls.key"), key, 0o600))
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(certificate)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}}
	defer transport.CloseIdleConnections()
	scraper := &http.Client{Transport: transport}

	reader, stranger := newAccount(t, "default"), newAccount(t, "default")
	grant(t, reader, "interview-tracker-operator-metrics-reader")
	m := start(t, operator, "--metrics-cert-dir="+certificates)
	m.ready(t)
	url := "https://" + m.metrics + "/metrics"
	eventually(t, "/metrics is not served", func() bool { return get(t, scraper, url, "") != 0 })
	for account, test := range map[string]struct {
		token  string
		status int
	}{
		"anonymous": {"", http.StatusUnauthorized},
		"stranger":  {token(t, stranger), http.StatusForbidden},
		"reader":    {token(t, reader), http.StatusOK},
		"forger":    {"forged", http.StatusUnauthorized},
	} {
		if got := get(t, scraper, url, test.token); got != test.status {
			t.Errorf("%s gets %d, want %d", account, got, test.status)
		}
	}
	if got := get(t, http.DefaultClient, "http://"+m.metrics+"/metrics", token(t, reader)); got == http.StatusOK {
		t.Error("metrics are served without TLS")
	}

	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	must(t, err)
	request.Header.Set("Authorization", "Bearer "+token(t, reader))
	response, err := scraper.Do(request)
	must(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(t, err)
	for _, name := range []string{
		"interviewtracker_operator_build_info", "interviewtracker_health_poll_duration_seconds", "controller_runtime_active_workers", "rest_client_requests_total",
	} {
		if !strings.Contains(string(body), "# TYPE "+name+" ") {
			t.Errorf("no metric %s", name)
		}
	}
	build := version.Get()
	labels := fmt.Sprintf("commit=%q,date=%q,go_version=%q,version=%q", build.Commit, build.Date, build.GoVersion, build.Version)
	if !strings.Contains(string(body), "interviewtracker_operator_build_info{"+labels+"} 1\n") {
		t.Errorf("no build info with %s", labels)
	}
	records := m.records(t)
	starting := slices.IndexFunc(records, func(record map[string]any) bool { return record["event"] == "Starting" })
	if starting < 0 {
		t.Fatalf("no line says that the manager starts: %v", records)
	}
	for key, want := range map[string]string{"version": build.Version, "commit": build.Commit, "date": build.Date, "go": build.GoVersion} {
		if got := records[starting][key]; got != want {
			t.Errorf("%s is %v in the log, want %s", key, got, want)
		}
	}
}

// With a CA of clients, a certificate by it is what counts: also by one that has replaced it since.
func TestMetricsForClientsWithACertificate(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ca.crt")
	first, second := newAuthority(t), newAuthority(t)
	first.write(t, file)
	m := start(t, operator, "--metrics-client-ca="+file)
	m.ready(t)
	url := "https://" + m.metrics + "/metrics"
	ours := clientWith(t, first.issue(t, x509.ExtKeyUsageClientAuth))
	eventually(t, "a client with a certificate gets no metrics", func() bool { return get(t, ours, url, "") == http.StatusOK })

	reader := newAccount(t, "default")
	grant(t, reader, "interview-tracker-operator-metrics-reader")
	strangers := map[string]*http.Client{
		"without a certificate": clientWith(t),
		"of another CA":         clientWith(t, second.issue(t, x509.ExtKeyUsageClientAuth)),
		"with a server's":       clientWith(t, first.issue(t, x509.ExtKeyUsageServerAuth)),
	}
	for who, client := range strangers {
		if got := get(t, client, url, token(t, reader)); got != 0 {
			t.Errorf("a client %s gets %d", who, got)
		}
	}

	second.write(t, file)
	if got := get(t, strangers["of another CA"], url, ""); got != http.StatusOK {
		t.Errorf("a client of the new CA gets %d", got)
	}
	ours.CloseIdleConnections()
	if got := get(t, ours, url, ""); got != 0 {
		t.Errorf("a client of the former CA gets %d", got)
	}
	for _, e := range m.gateway.exchanges() {
		if strings.Contains(e.path, "tokenreviews") || strings.Contains(e.path, "/subjectaccessreviews") {
			t.Errorf("it sent %s %s", e.method, e.path)
		}
	}
}

// clientWith is a client with a certificate, or with none.
func clientWith(t *testing.T, certificates ...tls.Certificate) *http.Client {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{
		InsecureSkipVerify: true, // The server's is self-signed, and not what is tested.
		Certificates:       certificates,
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// authority is a CA.
type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	certificate, err := certutil.NewSelfSignedCACert(certutil.Config{CommonName: "test"}, key)
	must(t, err)
	return authority{certificate, key}
}

// write writes the CA's certificate to a file, in place of what is in it.
func (a authority) write(t *testing.T, file string) {
	t.Helper()
	must(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: certutil.CertificateBlockType, Bytes: a.certificate.Raw}), 0o600))
}

// issue issues a certificate for a use.
func (a authority) issue(t *testing.T, use x509.ExtKeyUsage) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "scraper"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{use},
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	must(t, err)
	return tls.Certificate{Certificate: [][]byte{certificate}, PrivateKey: key}
}
