// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

const certificateLifetime = 365 * 24 * time.Hour

// authority signs certificates. The cluster has two, so that clients of kube-apiserver are not accepted
// by etcd.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// subject is the holder of a certificate: a client's user name and groups, a server's addresses.
type subject struct {
	user      string
	groups    []string
	addresses []net.IP
	names     []string
}

// writePKI makes all keys and certificates of a new cluster, and its kubeconfigs.
func writePKI(l layout) error {
	ca, err := newAuthority(l, "ca")
	if err != nil {
		return err
	}
	etcdCA, err := newAuthority(l, "etcd-ca")
	if err != nil {
		return err
	}
	if _, err := newKey(l.pki("service-accounts.key")); err != nil {
		return err
	}
	node := []net.IP{net.ParseIP(bridgeIP), net.ParseIP(loopbackIP)}
	certificates := []struct {
		name   string
		signer *authority
		holder subject
	}{
		{"etcd", etcdCA, subject{user: "etcd", addresses: node}},
		{"etcd-client", etcdCA, subject{user: "kube-apiserver"}},
		{"kube-apiserver", ca, subject{
			user:      "kube-apiserver",
			addresses: append(node, net.ParseIP(kubernetesIP)),
			names: []string{
				"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc",
				"kubernetes.default.svc.cluster.local",
			},
		}},
		{"kubelet-client", ca, subject{user: "kube-apiserver-kubelet-client"}},
		{"kubelet-serving", ca, subject{user: "system:node:" + nodeName, groups: []string{"system:nodes"}, addresses: node}},
	}
	for _, c := range certificates {
		if err := c.signer.issue(l, c.name, c.holder); err != nil {
			return err
		}
	}
	return writeKubeconfigs(l, ca)
}

func writeKubeconfigs(l layout, ca *authority) error {
	users := map[string]subject{
		l.kubeconfig(): {user: "admin", groups: []string{"system:masters"}},
		l.config("kubelet.kubeconfig"): {
			user: "system:node:" + nodeName, groups: []string{"system:nodes"},
		},
		l.config("kube-controller-manager.kubeconfig"): {user: "system:kube-controller-manager"},
		l.config("kube-scheduler.kubeconfig"):          {user: "system:kube-scheduler"},
		l.config("kube-proxy.kubeconfig"):              {user: "system:kube-proxy"},
		l.config("coredns.kubeconfig"):                 {user: "coredns"},
		l.config("provisioner.kubeconfig"):             {user: "local-cluster-provisioner"},
	}
	for path, user := range users {
		if err := ca.writeKubeconfig(path, l.apiServerURL(), user); err != nil {
			return err
		}
	}
	return nil
}

func newAuthority(l layout, name string) (*authority, error) {
	key, err := newKey(l.pki(name + ".key"))
	if err != nil {
		return nil, err
	}
	template := certificateOf(subject{user: name})
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage |= x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &authority{certificate, key}, writePEM(l.pki(name+".crt"), "CERTIFICATE", der)
}

// issue writes a new key and its certificate.
func (a *authority) issue(l layout, name string, holder subject) error {
	key, err := newKey(l.pki(name + ".key"))
	if err != nil {
		return err
	}
	der, err := a.sign(key, holder)
	if err != nil {
		return err
	}
	return writePEM(l.pki(name+".crt"), "CERTIFICATE", der)
}

func (a *authority) writeKubeconfig(path, server string, user subject) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	der, err := a.sign(key, user)
	if err != nil {
		return err
	}
	const name = "interview-tracker-local"
	config := clientcmdapi.NewConfig()
	config.Clusters[name] = &clientcmdapi.Cluster{
		Server:                   server,
		CertificateAuthorityData: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw}),
	}
	config.AuthInfos[name] = &clientcmdapi.AuthInfo{
		ClientCertificateData: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		ClientKeyData:         pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER}),
	}
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	config.CurrentContext = name
	return clientcmd.WriteToFile(*config, path) // Mode 0600.
}

func (a *authority) sign(key *ecdsa.PrivateKey, holder subject) ([]byte, error) {
	return x509.CreateCertificate(rand.Reader, certificateOf(holder), a.certificate, key.Public(), a.key)
}

func certificateOf(holder subject) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)) // Never fails: see crypto/rand.
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: holder.user, Organization: holder.groups},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(certificateLifetime),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
		IPAddresses:  holder.addresses,
		DNSNames:     holder.names,
	}
}

func newKey(path string) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, writePEM(path, "EC PRIVATE KEY", der)
}

func writePEM(path, kind string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
