//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// The operator's metrics require authorization.
func TestMetrics(t *testing.T) {
	t.Parallel()
	localOnly(t)
	ns := namespace(t)
	unprivileged, reader := token(t, ns, "unprivileged"), token(t, ns, "reader")
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "e2e-"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "interview-tracker-operator-metrics-reader"},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: ns, Name: "reader"}},
	}
	must(t, k8s.Create(t.Context(), binding))
	deleteLater(t, binding)

	for with, want := range map[string]int{"": http.StatusUnauthorized, unprivileged: http.StatusForbidden} {
		await(t, fmt.Sprintf("the metrics are not refused with %d", want), func() bool {
			code, body := scrape(t, with)
			if code == http.StatusOK {
				t.Fatalf("the metrics are shown, and not refused with %d: %s", want, body)
			}
			return code == want
		})
	}

	// It has a status, but no pods, which would take resources from other tests.
	tracker := create(t, ns, "hiring", func(s *v1alpha1.InterviewTrackerSpec) { s.Suspend = true })
	series := fmt.Sprintf(`interviewtracker_condition{name="hiring",namespace=%q,status="Unknown",type="Ready"} 1`, ns)
	eventually(t, tracker, "no metric of the condition", func() bool {
		code, body := scrape(t, reader)
		return code == http.StatusOK && strings.Contains(body, series)
	})
	must(t, k8s.Delete(t.Context(), tracker))
	await(t, "the series outlives its tracker", func() bool {
		code, body := scrape(t, reader)
		return code == http.StatusOK && !strings.Contains(body, fmt.Sprintf("namespace=%q", ns))
	})
}

// token creates a ServiceAccount and returns a token for it.
func token(t *testing.T, ns, name string) string {
	t.Helper()
	must(t, k8s.Create(t.Context(), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name}}))
	made, err := clients.CoreV1().ServiceAccounts(ns).CreateToken(t.Context(), name, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	must(t, err)
	return made.Status.Token
}

// scrape requests the operator's metrics like Prometheus does, from an endpoint of their
// Service, with the token unless it is empty. The code is 0 if there is no response, as while
// the operator is replaced.
func scrape(t *testing.T, token string) (code int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+metricsAddress(t)+"/metrics", nil)
	must(t, err)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	// The certificate is self-signed.
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}
	response, err := (&http.Client{Transport: transport, Timeout: requestTimeout}).Do(request)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err.Error()
	}
	return response.StatusCode, string(text)
}

// metricsAddress is an endpoint of the metrics' Service; without any, one that nothing listens at.
func metricsAddress(t *testing.T) string {
	t.Helper()
	var list discoveryv1.EndpointSliceList
	must(t, k8s.List(t.Context(), &list, client.InNamespace(operatorNamespace),
		client.MatchingLabels{discoveryv1.LabelServiceName: "interview-tracker-operator-metrics"}))
	for _, slice := range list.Items {
		for _, endpoint := range slice.Endpoints {
			if ptr.Deref(endpoint.Conditions.Ready, true) && len(slice.Ports) == 1 {
				return net.JoinHostPort(endpoint.Addresses[0], strconv.Itoa(int(*slice.Ports[0].Port)))
			}
		}
	}
	return strings.TrimPrefix(nowhere, "http://")
}

// A deleted Lease is recreated by its holder, which stays the leader.
func TestLostLease(t *testing.T) {
	// Not parallel: if it failed, the other tests would have no operator.
	lease := &coordinationv1.Lease{}
	key := client.ObjectKey{Namespace: operatorNamespace, Name: "interview-tracker-operator"}
	holder := ""
	await(t, "the operator does not lead", func() bool { // Its predecessor may, for a moment.
		must(t, k8s.Get(t.Context(), key, lease))
		holder = ptr.Deref(lease.Spec.HolderIdentity, "")
		var pods corev1.PodList
		must(t, k8s.List(t.Context(), &pods, client.InNamespace(operatorNamespace)))
		return len(pods.Items) == 1 && strings.HasPrefix(holder, pods.Items[0].Name+"_")
	})
	lost := lease.UID
	must(t, k8s.Delete(t.Context(), lease))
	await(t, "the Lease does not come back", func() bool {
		err := k8s.Get(t.Context(), key, lease)
		must(t, client.IgnoreNotFound(err))
		return err == nil && lease.UID != lost
	})
	if got := ptr.Deref(lease.Spec.HolderIdentity, ""); got != holder {
		t.Errorf("the Lease was held by %s, and is now held by %s", holder, got)
	}
}
