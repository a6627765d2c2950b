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
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"
)

// authority signs certificates. The cluster has two, so that clients of kube-apiserver are not accepted
// by etcd.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// pair is a private key and its certificate, in PEM.
type pair struct{ certificate, key []byte }

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
	_, serviceAccounts, err := newKey()
	if err != nil {
		return err
	}
	if err := os.WriteFile(l.pki("service-accounts.key"), serviceAccounts, 0o600); err != nil {
		return err
	}
	addresses := []net.IP{net.ParseIP(bridgeIP), net.ParseIP(loopbackIP), net.ParseIP(kubernetesIP)}
	node := cert.AltNames{IPs: addresses[:2]}
	server := cert.AltNames{IPs: addresses, DNSNames: []string{
		"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local",
	}}
	kubelet := cert.Config{CommonName: "system:node:" + nodeName, Organization: []string{"system:nodes"}, AltNames: node}
	for name, c := range map[string]struct {
		signer *authority
		holder cert.Config
	}{
		"etcd":            {etcdCA, cert.Config{CommonName: "etcd", AltNames: node}},
		"etcd-client":     {etcdCA, cert.Config{CommonName: "kube-apiserver"}},
		"kube-apiserver":  {ca, cert.Config{CommonName: "kube-apiserver", AltNames: server}},
		"kubelet-client":  {ca, cert.Config{CommonName: "kube-apiserver-kubelet-client"}},
		"kubelet-serving": {ca, kubelet},
	} {
		issued, err := c.signer.issue(c.holder)
		if err != nil {
			return err
		}
		if err := issued.write(l, name); err != nil {
			return err
		}
	}
	for path, user := range map[string]cert.Config{
		l.kubeconfig():                                 {CommonName: "admin", Organization: []string{"system:masters"}},
		l.config("kubelet.kubeconfig"):                 kubelet,
		l.config("kube-controller-manager.kubeconfig"): {CommonName: "system:kube-controller-manager"},
		l.config("kube-scheduler.kubeconfig"):          {CommonName: "system:kube-scheduler"},
		l.config("kube-proxy.kubeconfig"):              {CommonName: "system:kube-proxy"},
		l.config("coredns.kubeconfig"):                 {CommonName: "coredns"},
		l.config("provisioner.kubeconfig"):             {CommonName: "local-cluster-provisioner"},
	} {
		if err := ca.writeKubeconfig(path, fmt.Sprintf("https://%s:%d", bridgeIP, l.ports["APIServer"]), user); err != nil {
			return err
		}
	}
	return nil
}

func newAuthority(l layout, name string) (*authority, error) {
	key, keyPEM, err := newKey()
	if err != nil {
		return nil, err
	}
	certificate, err := cert.NewSelfSignedCACert(cert.Config{CommonName: name, NotBefore: time.Now().Add(-time.Hour)}, key)
	if err != nil {
		return nil, err
	}
	return &authority{certificate, key}, pair{encode(certificate.Raw), keyPEM}.write(l, name)
}

// issue makes a key and its certificate, for a client with a user name and groups or a server with addresses.
func (a *authority) issue(holder cert.Config) (pair, error) {
	key, keyPEM, err := newKey()
	if err != nil {
		return pair{}, err
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		Subject:     pkix.Name{CommonName: holder.CommonName, Organization: holder.Organization},
		NotBefore:   time.Now().Add(-time.Hour),
		NotAfter:    time.Now().AddDate(1, 0, 0),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
		IPAddresses: holder.AltNames.IPs,
		DNSNames:    holder.AltNames.DNSNames,
	}, a.certificate, key.Public(), a.key)
	return pair{encode(der), keyPEM}, err
}

func (a *authority) writeKubeconfig(path, server string, user cert.Config) error {
	client, err := a.issue(user)
	if err != nil {
		return err
	}
	const name = "interview-tracker-local"
	config := clientcmdapi.NewConfig()
	config.Clusters[name] = &clientcmdapi.Cluster{Server: server, CertificateAuthorityData: encode(a.certificate.Raw)}
	config.AuthInfos[name] = &clientcmdapi.AuthInfo{ClientCertificateData: client.certificate, ClientKeyData: client.key}
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	config.CurrentContext = name
	return clientcmd.WriteToFile(*config, path) // Mode 0600.
}

func (p pair) write(l layout, name string) error {
	return errors.Join(
		os.WriteFile(l.pki(name+".crt"), p.certificate, 0o600),
		os.WriteFile(l.pki(name+".key"), p.key, 0o600),
	)
}

func newKey() (key *ecdsa.PrivateKey, keyPEM []byte, err error) {
	key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	keyPEM, err = keyutil.MarshalPrivateKeyToPEM(key)
	return key, keyPEM, err
}

func encode(certificate []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: cert.CertificateBlockType, Bytes: certificate})
}
