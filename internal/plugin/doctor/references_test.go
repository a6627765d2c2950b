// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/config/rbac"
)

const canary = "c4n4ry-s3cret"

func TestExamine(t *testing.T) {
	postgres := Reference{Kind: kindSecret, Name: "a", Key: "url", Holds: "url", Schemes: schemes[v1alpha1.ComponentDatabase]}
	redis := Reference{Kind: kindSecret, Name: "a", Key: "url", Holds: "url", Schemes: schemes[v1alpha1.ComponentRedis]}
	for name, test := range map[string]struct {
		r     Reference
		value string
		flaw  string
	}{
		"a database":                {postgres, "postgres://u:" + canary + "@host/db", ""},
		"a database with a driver":  {postgres, "postgresql+asyncpg://u:" + canary + "@host/db", ""},
		"a database's of Redis":     {postgres, "redis://:" + canary + "@host", "does not begin with postgres://"},
		"a database's of MySQL":     {postgres, "mysql://u:" + canary + "@host/db", "does not begin with postgres://"},
		"Redis":                     {redis, "rediss://:" + canary + "@host:6379/0", ""},
		"a URL that ends a line":    {redis, "redis://:" + canary + "@host\n", "ends with a line break"},
		"no URL":                    {postgres, canary, "has no scheme"},
		"headers":                   {Reference{Key: "url", Holds: "headers"}, "api-key=" + canary, ""},
		"a receiver":                {Reference{Key: "url", Holds: "address"}, "ftp://" + canary, "does not begin with https://"},
		"no certificate":            {Reference{Key: "url", Holds: "certificates"}, canary, "there is no certificate in PEM"},
		"anything":                  {Reference{Key: "url"}, canary, ""},
		"a pull secret":             {Reference{Types: pullSecrets}, canary, "is of type Opaque, and a pull secret of type kubernetes.io/dockerconfigjson"},
		"what is read as a whole":   {Reference{}, canary, ""},
		"the first is served":       {Reference{Key: "url", Holds: "certificates", Served: true}, pemOf(t, "server", t0) + pemOf(t, "ca", t0), ""},
		"certificates are examined": {Reference{Key: "url", Holds: "certificates"}, pemOf(t, "ca", t0) + pemOf(t, "", t0), ""},
	} {
		t.Run(name, func(t *testing.T) {
			found := examine(test.r, corev1.SecretTypeOpaque, map[string][]byte{"url": []byte(test.value)})
			if !found.Exists || !found.HasKey || !strings.HasPrefix(found.Flaw, test.flaw) || (found.Flaw == "") != (test.flaw == "") {
				t.Errorf("got %+v", found)
			}
			if strings.Contains(fmt.Sprintf("%+v", found), canary) {
				t.Error("the value is in what was found")
			}
		})
	}
	for _, data := range []map[string][]byte{nil, {"url": []byte(" \n")}} {
		if found := examine(postgres, corev1.SecretTypeOpaque, data); found.HasKey || !found.Exists {
			t.Errorf("%v: got %+v", data, found)
		}
	}
}

// pemOf is a certificate for a year until a time.
func pemOf(t *testing.T, name string, until time.Time) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{"hiring.example.com"},
		NotBefore: until.AddDate(-1, 0, 0), NotAfter: until,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestCertificatesIn(t *testing.T) {
	bundle := pemOf(t, "ca", t0) + "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n" +
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" + pemOf(t, "", t0.AddDate(1, 0, 0))
	got := certificatesIn([]byte(bundle))
	if len(got) != 2 || got[0].Subject != "ca" || !got[0].NotAfter.Equal(t0) || got[1].Subject != "hiring.example.com" || !got[1].NotBefore.Equal(t0) {
		t.Errorf("got %+v", got)
	}
}

func TestReferencesOf(t *testing.T) {
	external := &v1alpha1.ExternalSpec{}
	external.SecretKeyRef.Name, external.SecretKeyRef.Key = "postgres", "url"
	object := &v1alpha1.InterviewTracker{Spec: v1alpha1.InterviewTrackerSpec{
		Version:  "1.0.0",
		Database: &v1alpha1.DependencySpec{External: external},
		API: &v1alpha1.ComponentSpec{
			ImagePullSecrets: []corev1.LocalObjectReference{{Name: "registry"}},
			Env: []corev1.EnvVar{
				{Name: "A", Value: "plain"},
				{Name: "B", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "env"}, Key: "b", Optional: new(true)}}},
				{Name: "C", ValueFrom: &corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "config"}, Key: "c"}}},
			},
			EnvFrom: []corev1.EnvFromSource{
				{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "all"}}},
				{ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "some"}, Optional: new(true)}},
			},
		},
		Telemetry: &v1alpha1.TelemetrySpec{
			Headers:       &v1alpha1.TelemetryHeaders{SecretKeyRef: v1alpha1.KeyReference{Name: "otlp", Key: "headers"}},
			CACertificate: &v1alpha1.CertificateSource{ConfigMapKeyRef: &v1alpha1.KeyReference{Name: "ca", Key: "ca.crt"}},
		},
		Monitoring: &v1alpha1.MonitoringSpec{Notifications: &v1alpha1.NotificationsSpec{Receivers: []v1alpha1.Receiver{
			{Name: "chat", Slack: &v1alpha1.SlackReceiver{Channel: "#a", APIURL: v1alpha1.SecretKey{Name: "slack", Key: "url"}}},
			{Name: "pager", PagerDuty: &v1alpha1.PagerDutyReceiver{RoutingKey: v1alpha1.SecretKey{Name: "pager", Key: "key"}}},
			{Name: "mail", Email: &v1alpha1.EmailReceiver{To: "a@b.c", From: "a@b.c", Smarthost: "b.c:25"}},
		}}},
	}}
	object.Name = "hiring"
	var got []string
	for _, r := range referencesOf(object) {
		got = append(got, fmt.Sprintf("%s %s/%s %s %v %s", r.Kind, r.Name, r.Key, r.Holds, r.Optional, r.Managed))
	}
	want := []string{
		"Secret postgres/url url false ",
		"Secret hiring-redis-credentials/url  false redis",
		"Secret hiring-redis-credentials/password  false redis",
		"Secret registry/  false ",
		"Secret env/b  true ",
		"ConfigMap config/c  false ",
		"Secret all/  false ",
		"ConfigMap some/  true ",
		"Secret otlp/headers headers false ",
		"ConfigMap ca/ca.crt certificates false ",
		"Secret slack/url address false ",
		"Secret pager/key word false ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestIngressCertificates(t *testing.T) {
	leading := func(name, service string) networkingv1.Ingress {
		i := networkingv1.Ingress{}
		i.Name = name
		i.Spec.TLS = []networkingv1.IngressTLS{{SecretName: name + "-tls"}, {}}
		backend := networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: service}}
		i.Spec.Rules = []networkingv1.IngressRule{{}, {IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{
			Paths: []networkingv1.HTTPIngressPath{{Backend: backend}},
		}}}}
		return i
	}
	byDefault := leading("default", "other")
	byDefault.Spec.DefaultBackend = &networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: "hiring-api"}}
	got := ingressCertificates(tracker().Object, []networkingv1.Ingress{leading("web", "hiring-frontend"), leading("other", "other-frontend"), byDefault})
	if len(got) != 2 || got[0].Name != "web-tls" || got[1].Name != "default-tls" || got[0].Key != "tls.crt" {
		t.Errorf("got %+v", got)
	}
}

func TestMissingRights(t *testing.T) {
	rule := func(verbs, groups, resources string, names ...string) authorizationv1.ResourceRule {
		return authorizationv1.ResourceRule{
			Verbs: strings.Fields(verbs), APIGroups: strings.Split(groups, ","), Resources: strings.Fields(resources), ResourceNames: names,
		}
	}
	needed := []Right{
		{"create", "apps", "deployments", "", ""}, {"get", "", "pods", "proxy", ""}, {"get", "apiextensions.k8s.io", "customresourcedefinitions", "", "a"},
	}
	for name, test := range map[string]struct {
		rules []authorizationv1.ResourceRule
		want  string
	}{
		"no rule":            {nil, "[create deployments.apps get pods/proxy get customresourcedefinitions.apiextensions.k8s.io a]"},
		"all":                {[]authorizationv1.ResourceRule{rule("*", "*", "* */proxy")}, "[]"},
		"each by a rule":     {[]authorizationv1.ResourceRule{rule("get create", "apps", "deployments"), rule("get", "", "pods/proxy"), rule("get", "apiextensions.k8s.io", "*", "a", "b")}, "[]"},
		"other names":        {[]authorizationv1.ResourceRule{rule("create", "apps", "deployments", "b"), rule("get", "", "pods/proxy"), rule("get", "apiextensions.k8s.io", "*", "b")}, "[create deployments.apps get customresourcedefinitions.apiextensions.k8s.io a]"},
		"other verbs":        {[]authorizationv1.ResourceRule{rule("list", "*", "* */proxy")}, "[create deployments.apps get pods/proxy get customresourcedefinitions.apiextensions.k8s.io a]"},
		"no subresource":     {[]authorizationv1.ResourceRule{rule("get create", "apps,,apiextensions.k8s.io", "deployments pods customresourcedefinitions")}, "[get pods/proxy]"},
		"each subresource":   {[]authorizationv1.ResourceRule{rule("get create", "*", "deployments customresourcedefinitions pods */proxy")}, "[]"},
		"all but one groups": {[]authorizationv1.ResourceRule{rule("*", "apps,apiextensions.k8s.io", "*")}, "[get pods/proxy]"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := fmt.Sprint(missingRights(needed, test.rules)); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestNeededRights(t *testing.T) {
	direct, err := neededRights(false)
	if err != nil {
		t.Fatal(err)
	}
	through, err := neededRights(true)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []Right{
		{"patch", "apps.interviewtracker.dev", "interviewtrackers", "status", ""},
		{"get", "apiextensions.k8s.io", "customresourcedefinitions", "", "probes.monitoring.coreos.com"},
		{"delete", "", "secrets", "", ""},
	} {
		if !slices.Contains(direct, r) {
			t.Errorf("%s is not needed", r)
		}
	}
	if len(through) != len(direct)+1 || through[len(direct)].String() != "get pods/proxy" {
		t.Errorf("through the API server: %v", through[len(direct):])
	}
}

func TestShippedRights(t *testing.T) {
	for want, file := range map[string][]byte{
		"[create leases.coordination.k8s.io get leases.coordination.k8s.io interview-tracker-operator " +
			"update leases.coordination.k8s.io interview-tracker-operator create events patch events]": rbac.LeaderElection,
		"[create tokenreviews.authentication.k8s.io create subjectaccessreviews.authorization.k8s.io]": rbac.Metrics,
	} {
		if got, err := shippedRights(file); err != nil || fmt.Sprint(got) != want {
			t.Errorf("got %v, %v, want %s", got, err, want)
		}
	}
	if _, err := shippedRights([]byte("rules: all")); err == nil {
		t.Error("a file without a role is one")
	}
}

func TestCertificatesOf(t *testing.T) {
	const dir, client = "--metrics-cert-dir=/certificates/", "--metrics-client-ca=/etc/metrics/ca.crt"
	secret := corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "tls"}}
	renamed := corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "tls", Items: []corev1.KeyToPath{{Key: "cert", Path: "tls.crt"}}}}
	config := corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "ca"}}}
	for name, test := range map[string]struct {
		args   []string
		volume corev1.VolumeSource
		mount  corev1.VolumeMount
		want   string
	}{
		"its own":                {nil, secret, corev1.VolumeMount{MountPath: "/certificates"}, ""},
		"served":                 {[]string{dir}, secret, corev1.VolumeMount{MountPath: "/certificates"}, "Secret tls tls.crt true"},
		"under another key":      {[]string{dir}, renamed, corev1.VolumeMount{MountPath: "/certificates"}, "Secret tls cert true"},
		"one file":               {[]string{client}, config, corev1.VolumeMount{MountPath: "/etc/metrics/ca.crt", SubPath: "bundle.pem"}, "ConfigMap ca bundle.pem false"},
		"of clients":             {[]string{client}, secret, corev1.VolumeMount{MountPath: "/etc/metrics"}, "Secret tls ca.crt false"},
		"another folder":         {[]string{dir}, secret, corev1.VolumeMount{MountPath: "/certificates-of-others"}, ""},
		"another kind":           {[]string{dir}, corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}, corev1.VolumeMount{MountPath: "/certificates"}, ""},
		"metrics are not served": {[]string{dir, "--metrics-bind-address=0"}, secret, corev1.VolumeMount{MountPath: "/certificates"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := operator("a")
			test.mount.Name = "v"
			o.container().Args, o.container().VolumeMounts = test.args, []corev1.VolumeMount{test.mount}
			o.Deployment.Spec.Template.Spec.Volumes = []corev1.Volume{{Name: "v", VolumeSource: test.volume}}
			got := ""
			for _, r := range certificatesOf(&o) {
				got += fmt.Sprint(r.Kind, " ", r.Name, " ", r.Key, " ", r.Served)
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// The deepest mount hides what another one has there.
func TestCertificatesOfNestedMounts(t *testing.T) {
	secret := func(name string) corev1.Volume {
		return corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: name}}}
	}
	o := operator("a")
	o.container().Args = []string{"--metrics-cert-dir=/etc/tls"}
	o.container().VolumeMounts = []corev1.VolumeMount{{Name: "outer", MountPath: "/etc"}, {Name: "inner", MountPath: "/etc/tls/"}}
	o.Deployment.Spec.Template.Spec.Volumes = []corev1.Volume{secret("outer"), secret("inner")}
	for range 2 {
		if all := certificatesOf(&o); len(all) != 1 || all[0].Name != "inner" || all[0].Key != corev1.TLSCertKey {
			t.Errorf("got %+v", all)
		}
		slices.Reverse(o.container().VolumeMounts)
	}
}

func TestFlag(t *testing.T) {
	o := operator("a")
	for _, test := range []struct {
		args []string
		want string
	}{
		{nil, ""},
		{[]string{"--namespaces=a,b"}, "a,b"},
		{[]string{"-namespaces=a"}, "a"},
		{[]string{"--namespaces", "a"}, "a"},
		{[]string{"--namespaces", "--other"}, "true"},
		{[]string{"--namespaces=a", "--namespaces=b"}, "b"},
		{[]string{"--namespaces-of=a", "namespaces=b"}, ""},
	} {
		o.container().Args = test.args
		if got := o.flag("namespaces"); got != test.want {
			t.Errorf("%v: got %q, want %q", test.args, got, test.want)
		}
	}
}

func TestSilence(t *testing.T) {
	p := pod("api", 8000, "http")
	said := func() corev1.ContainerStatus {
		return corev1.ContainerStatus{
			Name:  "api",
			State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "RunContainerError", Message: canary}},
			LastTerminationState: corev1.ContainerState{
				Terminated: &corev1.ContainerStateTerminated{Message: canary, ExitCode: 1},
			},
		}
	}
	pulls := said()
	pulls.State.Waiting = &corev1.ContainerStateWaiting{Reason: "ErrImagePull", Message: "https://user:" + canary + "@registry: not found"}
	ended := said()
	ended.State = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Message: canary}}
	p.Status.Message = "postgres://user:" + canary + "@host refused"
	p.Status.InitContainerStatuses = []corev1.ContainerStatus{said()}
	p.Status.ContainerStatuses = []corev1.ContainerStatus{said(), pulls, ended}
	silence(&p)
	if text := fmt.Sprintf("%+v", p.String()); strings.Contains(text, canary) {
		t.Errorf("what a container has printed is left: %s", text)
	}
	if got := p.Status.ContainerStatuses[1].State.Waiting.Message; !strings.HasSuffix(got, "@registry: not found") {
		t.Errorf("what the kubelet says is lost: %q", got)
	}
}
