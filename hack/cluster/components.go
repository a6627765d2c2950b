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
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/moby/sys/mount"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// binaries are the folders of the programs that were built.
type binaries struct{ Kubernetes, Containerd, CoreDNS string }

// startControlPlane starts etcd and the API server, waits for it, then starts its controllers.
func startControlPlane(ctx context.Context, l layout, bin binaries) (kubernetes.Interface, error) {
	if err := l.start(ctx, "etcd"); err != nil {
		return nil, err
	}
	err := l.waitUntilReady(ctx, "etcd", "etcd to listen", func() error { return dial(loopbackIP, l.ports["Etcd"]) })
	if err != nil {
		return nil, err
	}
	if err := l.start(ctx, "kube-apiserver"); err != nil {
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
	if err := l.start(ctx, "kube-controller-manager", "kube-scheduler"); err != nil {
		return nil, err
	}
	_, err = output(exec.CommandContext(ctx, filepath.Join(bin.Kubernetes, "kubectl"), "--kubeconfig", l.kubeconfig(),
		"--cache-dir", l.state("kubectl"), "apply", "--server-side", "-f", l.config("objects.yaml")))
	return client, err
}

func startContainerd(ctx context.Context, l layout, bin binaries) error {
	if err := l.start(ctx, "containerd"); err != nil {
		return err
	}
	return l.waitUntilReady(ctx, "containerd", "containerd to respond", func() error {
		_, err := ctr(ctx, bin.Containerd, nil, "version")
		return err
	})
}

// startNode starts what needs the API server and, for the kubelet, the loaded images.
func startNode(ctx context.Context, l layout) error {
	hierarchies, err := cgroupMounts()
	if err != nil {
		return err
	}
	if err := makeCgroups(hierarchies); err != nil {
		return err
	}
	if err := mountKubeletDir(l); err != nil {
		return err
	}
	if err := linkContainerd(); err != nil {
		return err
	}
	return l.start(ctx, "kubelet", "kube-proxy", "coredns", "provisioner")
}

// mountKubeletDir lets the kubelet's state lie in the checkout, however long its path is: the
// sockets in it may have at most 107 characters.
func mountKubeletDir(l layout) error {
	source := l.state("kubelet")
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
	if err := os.Symlink(containerdSocket, cadvisorSocket); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// waitForNode waits until pods can run, and Services and DNS work.
func waitForNode(ctx context.Context, l layout, client kubernetes.Interface) error {
	for _, w := range []struct {
		process, what string
		check         func() error
	}{
		{"kubelet", "the node to be Ready", func() error {
			node, err := client.CoreV1().Nodes().Get(ctx, nodeName, metav1.GetOptions{})
			if err == nil && !slices.ContainsFunc(node.Status.Conditions, func(c corev1.NodeCondition) bool {
				return c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue
			}) {
				err = errors.New("not Ready yet")
			}
			return err
		}},
		{"kube-controller-manager", "the default service account", func() error {
			_, err := client.CoreV1().ServiceAccounts(metav1.NamespaceDefault).Get(ctx, "default", metav1.GetOptions{})
			return err
		}},
		{"kube-proxy", "Service addresses to work", func() error { return dial(kubernetesIP, 443) }},
		{"coredns", "CoreDNS to resolve", func() error { return resolves(ctx) }},
	} {
		if err := l.waitUntilReady(ctx, w.process, w.what, w.check); err != nil {
			return err
		}
	}
	return nil
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
