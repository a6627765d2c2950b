// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/moby/sys/mount"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// binaries are the folders of the programs that were built.
type binaries struct{ kubernetes, containerd, coredns string }

// startControlPlane starts etcd and the API server, waits for it, then starts its controllers.
func startControlPlane(ctx context.Context, l layout, bin binaries) (kubernetes.Interface, error) {
	if err := l.start(ctx, "etcd", filepath.Join(bin.kubernetes, "etcd"), etcdArgs(l)...); err != nil {
		return nil, err
	}
	err := l.waitUntilReady(ctx, "etcd", "etcd to listen", func() error { return dial(loopbackIP, l.ports["Etcd"]) })
	if err != nil {
		return nil, err
	}
	if err := l.start(ctx, "kube-apiserver", filepath.Join(bin.kubernetes, "kube-apiserver"), apiServerArgs(l)...); err != nil {
		return nil, err
	}
	config, err := clientcmd.BuildConfigFromFlags("", l.kubeconfig())
	if err != nil {
		return nil, err
	}
	config.Timeout = 5 * time.Second
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	err = l.waitUntilReady(ctx, "kube-apiserver", "kube-apiserver to be ready", func() error {
		return client.RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	})
	if err != nil {
		return nil, err
	}
	if err := l.start(ctx, "kube-controller-manager", filepath.Join(bin.kubernetes, "kube-controller-manager"), managerArgs(l)...); err != nil {
		return nil, err
	}
	if err := l.start(ctx, "kube-scheduler", filepath.Join(bin.kubernetes, "kube-scheduler"), schedulerArgs(l)...); err != nil {
		return nil, err
	}
	_, err = command("", filepath.Join(bin.kubernetes, "kubectl"), "--kubeconfig", l.kubeconfig(), "--cache-dir", l.inState("kubectl"),
		"apply", "--server-side", "-f", l.config("objects.yaml"))
	return client, err
}

func etcdArgs(l layout) []string {
	return []string{
		"--name=local",
		"--data-dir=" + l.inState("etcd"),
		"--unsafe-no-fsync", // A local cluster's data need not outlive the machine's power.
		"--listen-client-urls=" + l.etcdURL(),
		"--advertise-client-urls=" + l.etcdURL(),
		"--listen-peer-urls=http://127.0.0.1:0", // There are no peers.
		"--cert-file=" + l.pki("etcd.crt"),
		"--key-file=" + l.pki("etcd.key"),
		"--trusted-ca-file=" + l.pki("etcd-ca.crt"),
		"--client-cert-auth",
		"--log-level=warn",
	}
}

func apiServerArgs(l layout) []string {
	return []string{
		"--etcd-servers=" + l.etcdURL(),
		"--etcd-cafile=" + l.pki("etcd-ca.crt"),
		"--etcd-certfile=" + l.pki("etcd-client.crt"),
		"--etcd-keyfile=" + l.pki("etcd-client.key"),
		"--bind-address=" + bridgeIP,
		"--advertise-address=" + bridgeIP,
		"--secure-port=" + strconv.Itoa(l.ports["APIServer"]),
		"--service-cluster-ip-range=" + serviceCIDR,
		"--tls-cert-file=" + l.pki("kube-apiserver.crt"),
		"--tls-private-key-file=" + l.pki("kube-apiserver.key"),
		"--client-ca-file=" + l.pki("ca.crt"),
		"--authorization-mode=Node,RBAC",
		"--enable-admission-plugins=NodeRestriction",
		"--kubelet-client-certificate=" + l.pki("kubelet-client.crt"),
		"--kubelet-client-key=" + l.pki("kubelet-client.key"),
		"--kubelet-certificate-authority=" + l.pki("ca.crt"),
		"--kubelet-preferred-address-types=InternalIP",
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file=" + l.pki("service-accounts.key"),
		"--service-account-signing-key-file=" + l.pki("service-accounts.key"),
		"--audit-policy-file=" + l.config("audit-policy.yaml"),
		"--audit-log-path=" + l.inState("audit.log"),
		"--audit-log-maxsize=2000", // MiB. Rotating it would lose requests that a test looks for.
		"--profiling=false",
	}
}

func managerArgs(l layout) []string {
	kubeconfig := l.config("kube-controller-manager.kubeconfig")
	return []string{
		"--kubeconfig=" + kubeconfig,
		"--authentication-kubeconfig=" + kubeconfig,
		"--authorization-kubeconfig=" + kubeconfig,
		"--bind-address=" + loopbackIP,
		"--secure-port=" + strconv.Itoa(l.ports["ControllerManager"]),
		"--leader-elect=false",
		"--use-service-account-credentials",
		"--service-account-private-key-file=" + l.pki("service-accounts.key"),
		"--root-ca-file=" + l.pki("ca.crt"),
		"--cluster-signing-cert-file=" + l.pki("ca.crt"),
		"--cluster-signing-key-file=" + l.pki("ca.key"),
		"--flex-volume-plugin-dir=" + l.inState("volume-plugins"), // Or it makes one in /usr.
		"--profiling=false",
	}
}

func schedulerArgs(l layout) []string {
	kubeconfig := l.config("kube-scheduler.kubeconfig")
	return []string{
		"--kubeconfig=" + kubeconfig,
		"--authentication-kubeconfig=" + kubeconfig,
		"--authorization-kubeconfig=" + kubeconfig,
		"--bind-address=" + loopbackIP,
		"--secure-port=" + strconv.Itoa(l.ports["Scheduler"]),
		"--leader-elect=false",
		"--profiling=false",
	}
}

func startContainerd(ctx context.Context, l layout, bin binaries) error {
	if err := l.start(ctx, "containerd", filepath.Join(bin.containerd, "containerd"), "--config", l.config("containerd.toml")); err != nil {
		return err
	}
	return l.waitUntilReady(ctx, "containerd", "containerd to respond", func() error {
		_, err := ctr(ctx, bin, nil, "version")
		return err
	})
}

// startNode starts what needs the API server and, for the kubelet, the loaded images.
func startNode(ctx context.Context, l layout, bin binaries) error {
	if err := makeCgroups(cgroupMounts()); err != nil {
		return err
	}
	if err := mountKubeletDir(l); err != nil {
		return err
	}
	if err := linkContainerd(); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	for _, p := range []struct {
		name string
		argv []string
	}{
		{"kubelet", []string{
			filepath.Join(bin.kubernetes, "kubelet"),
			"--config=" + l.config("kubelet.yaml"),
			"--kubeconfig=" + l.config("kubelet.kubeconfig"),
			"--root-dir=" + kubeletDir,
			"--cert-dir=" + l.inState("pki"),
			"--hostname-override=" + nodeName,
			"--node-ip=" + bridgeIP,
		}},
		{"kube-proxy", []string{filepath.Join(bin.kubernetes, "kube-proxy"), "--config=" + l.config("kube-proxy.yaml")}},
		{"coredns", []string{filepath.Join(bin.coredns, "coredns"), "-conf", l.config("Corefile")}},
		{"provisioner", []string{self, provisionCommand, l.config("provisioner.kubeconfig"), l.volumes()}},
	} {
		if err := l.start(ctx, p.name, p.argv[0], p.argv[1:]...); err != nil {
			return err
		}
	}
	return nil
}

// mountKubeletDir lets the kubelet's state lie in the checkout, however long its path is: the
// sockets in it may have at most 107 characters.
func mountKubeletDir(l layout) error {
	source := l.inState("kubelet")
	for _, dir := range []string{source, kubeletDir} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	if mounted, err := mountsBelow(kubeletDir); err != nil || len(mounted) > 0 {
		return err
	}
	return mount.Mount(source, kubeletDir, "none", "bind")
}

// linkContainerd lets cAdvisor measure each container. Where the machine has another containerd, it
// measures whole pods only.
func linkContainerd() error {
	if err := os.MkdirAll(filepath.Dir(cadvisorSocket), 0o711); err != nil {
		return err
	}
	err := os.Symlink(containerdSocket, cadvisorSocket)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// waitForNode waits until pods can run, and Services and DNS work.
func waitForNode(ctx context.Context, l layout, client kubernetes.Interface) error {
	err := l.waitUntilReady(ctx, "kubelet", "the node to be Ready", func() error {
		node, err := client.CoreV1().Nodes().Get(ctx, nodeName, metav1.GetOptions{})
		if err != nil {
			return err
		}
		for _, c := range node.Status.Conditions {
			if c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue {
				return nil
			}
		}
		return errors.New("not Ready yet")
	})
	if err != nil {
		return err
	}
	err = l.waitUntilReady(ctx, "kube-controller-manager", "the default service account", func() error {
		_, err := client.CoreV1().ServiceAccounts(metav1.NamespaceDefault).Get(ctx, "default", metav1.GetOptions{})
		return err
	})
	if err != nil {
		return err
	}
	err = l.waitUntilReady(ctx, "kube-proxy", "Service addresses to work", func() error {
		return dial(kubernetesIP, 443)
	})
	if err != nil {
		return err
	}
	return l.waitUntilReady(ctx, "coredns", "CoreDNS to resolve", func() error { return resolves(ctx) })
}

func dial(address string, port int) error {
	conn, err := net.DialTimeout("tcp", net.JoinHostPort(address, strconv.Itoa(port)), time.Second)
	if err == nil {
		err = conn.Close()
	}
	return err
}

func resolves(ctx context.Context) error {
	resolver := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{Timeout: time.Second}).DialContext(ctx, network, net.JoinHostPort(bridgeIP, strconv.Itoa(dnsPort)))
	}}
	addresses, err := resolver.LookupHost(ctx, "kubernetes.default.svc.cluster.local.")
	if err == nil && (len(addresses) != 1 || addresses[0] != kubernetesIP) {
		err = fmt.Errorf("got %v, want %s", addresses, kubernetesIP)
	}
	return err
}
