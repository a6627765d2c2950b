// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/config/rbac"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/test/apiserver"
	"github.com/interview-tracker/interview-tracker-operator/test/crds"
)

// environment is the API server that the tests of Gather share. It starts for the first of them: the others
// need none.
var environment *envtest.Environment

var start = sync.OnceValue(func() error {
	files, err := crds.Optional(context.Background())
	if err != nil {
		return err
	}
	environment, err = apiserver.Start(append(files, filepath.Join("..", "..", "..", "config", "crd", "bases"))...)
	return err
})

func TestMain(m *testing.M) {
	log.SetLogger(logr.Discard())
	code := m.Run()
	if environment != nil {
		if err := environment.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// namespaceOf makes a namespace of a test's own, as an administrator.
func namespaceOf(t *testing.T) (*plugin.Cluster, string) {
	t.Helper()
	if err := start(); err != nil {
		t.Fatal(err)
	}
	cluster, err := plugin.NewCluster(environment.Config, "")
	if err != nil {
		t.Fatal(err)
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "doctor-"}}
	createAll(t, cluster, namespace)
	cluster.Namespace = namespace.Name
	return cluster, namespace.Name
}

func createAll(t *testing.T, cluster *plugin.Cluster, objects ...client.Object) {
	t.Helper()
	for _, o := range objects {
		status, hasStatus := o.DeepCopyObject().(client.Object)
		if err := cluster.Client.Create(t.Context(), o); err != nil {
			t.Fatalf("creating %T %s: %v", o, o.GetName(), err)
		}
		switch o.(type) {
		case *corev1.Pod, *corev1.PersistentVolumeClaim, *v1alpha1.InterviewTracker:
			if !hasStatus {
				t.Fatalf("%T has no copy", o)
			}
			status.SetResourceVersion(o.GetResourceVersion())
			status.SetUID(o.GetUID())
			if err := cluster.Client.Status().Update(t.Context(), status); err != nil {
				t.Fatalf("writing the status of %T %s: %v", o, o.GetName(), err)
			}
		}
	}
}

// as is the cluster as another user, who has some rules in its namespace.
func as(t *testing.T, cluster *plugin.Cluster, user string, rules ...rbacv1.PolicyRule) *plugin.Cluster {
	t.Helper()
	if len(rules) > 0 {
		apiserver.Grant(t, cluster.Client, cluster.Namespace, user, rules...)
	}
	authenticated, err := environment.AddUser(envtest.User{Name: user}, nil)
	if err != nil {
		t.Fatal(err)
	}
	restricted, err := plugin.NewCluster(authenticated.Config(), cluster.Namespace)
	if err != nil {
		t.Fatal(err)
	}
	return restricted
}

func ruleOf(groups, resources, verbs string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{APIGroups: strings.Split(groups, ","), Resources: strings.Split(resources, ","), Verbs: strings.Split(verbs, ",")}
}

// bindingOf makes an account of a namespace the operator of that namespace.
func bindingOf(namespace string) *rbacv1.RoleBinding {
	return &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: plugin.OperatorName},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: plugin.OperatorName},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: plugin.OperatorName}},
	}
}

// populate makes a tracker with all that is read of it, and an operator in the same namespace.
func populate(t *testing.T, cluster *plugin.Cluster, namespace string) {
	t.Helper()
	o := operator(namespace)
	o.container().Args = []string{"--leader-elect", "--namespaces=" + namespace, "--metrics-cert-dir=/tls"}
	o.container().VolumeMounts = []corev1.VolumeMount{{Name: "tls", MountPath: "/tls"}}
	o.Deployment.Spec.Template.Spec.Volumes = []corev1.Volume{{
		Name: "tls", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "metrics-tls"}},
	}}
	lease := o.Lease.Value
	lease.Namespace, lease.Name = namespace, plugin.OperatorName
	external := &v1alpha1.ExternalSpec{}
	external.SecretKeyRef.Name, external.SecretKeyRef.Key = "postgres", "url"
	object := tracker().Object
	object.CreationTimestamp = metav1.Time{}
	object.Namespace = namespace
	object.Spec.Database = &v1alpha1.DependencySpec{External: external}
	object.Spec.Telemetry = &v1alpha1.TelemetrySpec{
		Endpoint:      "https://collector:4317",
		CACertificate: &v1alpha1.CertificateSource{ConfigMapKeyRef: &v1alpha1.KeyReference{Name: "ca", Key: "ca.crt"}},
	}
	for i := range object.Status.Conditions {
		object.Status.Conditions[i].LastTransitionTime = metav1.Now()
	}
	api := pod("api", 8000, "http")
	api.Namespace, api.Spec.Containers[0].Image, api.Spec.NodeName = namespace, "api", ""
	api.Spec.Containers[0].StartupProbe.HTTPGet = &corev1.HTTPGetAction{Path: "/health", Port: intstr.FromString("http")}
	notReady(&api, waiting("RunContainerError", canary))
	api.Status.ContainerStatuses[0].LastTerminationState.Terminated = &corev1.ContainerStateTerminated{ExitCode: 3, Message: canary}
	redis := claim("redis", "1Gi")
	redis.Namespace, redis.Labels = namespace, map[string]string{v1alpha1.LabelTracker: "hiring"}
	redis.Spec.AccessModes = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}
	redis.Spec.Resources.Requests = corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}
	redis.Status = corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimPending}
	own := map[string]string{v1alpha1.LabelTracker: "hiring"}
	deny := denyAll()
	deny.Namespace = namespace
	createAll(t, cluster, &o.Deployment, bindingOf(namespace), lease, object, &api, &redis, &deny,
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "postgres"}, StringData: map[string]string{"url": "mysql://u:" + canary + "@host/db"}},
		&corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "metrics-tls"},
			StringData: map[string]string{"tls.crt": pemOf(t, "metrics", t0.AddDate(-9, 0, 0)), "tls.key": canary},
		},
		&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "ca"}, Data: map[string]string{"ca.crt": pemOf(t, "collector", t0.AddDate(-9, 0, 0))}},
		&monitoringv1.ServiceMonitor{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "hiring-api", Labels: own},
			Spec:       monitoringv1.ServiceMonitorSpec{Endpoints: []monitoringv1.Endpoint{{Port: "http"}}},
		})
	createAll(t, cluster, &corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{Namespace: namespace, Name: "claim"},
		InvolvedObject: corev1.ObjectReference{Kind: "PersistentVolumeClaim", Namespace: namespace, Name: redis.Name, UID: redis.UID},
		Type:           corev1.EventTypeWarning, Reason: "ProvisioningFailed", Message: "the driver has no space",
	})
}

func TestGatherAsAdministrator(t *testing.T) {
	cluster, namespace := namespaceOf(t)
	populate(t, cluster, namespace)
	class := storageClass("standard", true)
	class.Provisioner = "example.com/none"
	prometheus := &monitoringv1.Prometheus{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "k8s"}}
	prometheus.Spec.ServiceMonitorSelector = &metav1.LabelSelector{}
	createAll(t, cluster, &class, prometheus)
	t.Cleanup(func() {
		if err := cluster.Client.Delete(context.Background(), &storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: "standard"}}); err != nil {
			t.Error(err)
		}
	})

	facts, err := Gather(t.Context(), cluster, Options{Namespace: namespace, Name: "hiring", Version: "1.0.0", Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	got := results(t, facts)
	for _, want := range []string{
		"pass CustomResourceDefinition: interviewtrackers.apps.interviewtracker.dev is that of this plugin",
		"fail Operator: " + namespace + "/" + plugin.OperatorName + " has no available pod",
		"pass Operator of the namespace: " + namespace + "/" + plugin.OperatorName + " watches it",
		"fail Rights of the operator: system:serviceaccount:" + namespace + ":" + plugin.OperatorName + " may not create leases.coordination.k8s.io",
		"warn Rights of the operator: system:serviceaccount:" + namespace + ":" + plugin.OperatorName + " may not create tokenreviews.authentication",
		"fail Rights of the operator: system:serviceaccount:" + namespace + ":" + plugin.OperatorName + " may not get interviewtrackers.apps",
		`fail Certificates of the operator: certificate "metrics" of Secret "metrics-tls", key "tls.crt" (--metrics-cert-dir of `,
		`fail Secrets and ConfigMaps: Secret "postgres", key "url", of spec.database.external: it does not begin with postgres://`,
		`fail Secrets and ConfigMaps: Secret "hiring-redis-credentials" does not exist`,
		"fail Storage: PersistentVolumeClaim data-hiring-redis-0 is not bound: the driver has no space",
		"fail Monitoring: the tracker has no PrometheusRule",
		"fail Scraping: Prometheus " + namespace + "/k8s may not list pods",
		"not checked Scraping: could not ask Prometheus k8s through Service prometheus-operated",
		"fail Pods: pod hiring-api-0, container api can't be started (RunContainerError)",
		"not checked Usage: the cluster has no metrics-server that works",
		`fail Certificates: certificate "collector" of ConfigMap "ca", key "ca.crt" (spec.telemetry.caCertificate) expired on 2017-11-30`,
		"fail NetworkPolicies: the operator can't reach the pods of the API at port 8000",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

// clusterRole makes a ClusterRole, and binds it to somebody.
func clusterRole(t *testing.T, cluster *plugin.Cluster, name string, to rbacv1.Subject, rules []rbacv1.PolicyRule) *rbacv1.ClusterRole {
	t.Helper()
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: name}, Rules: rules}
	createAll(t, cluster, role, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: name},
		Subjects:   []rbacv1.Subject{to},
	})
	return role
}

func shippedRoleOf(t *testing.T, file []byte) rbacv1.ClusterRole {
	t.Helper()
	role, err := shippedRole(file)
	if err != nil {
		t.Fatal(err)
	}
	return role
}

// TestGatherRightsOfTheOperator gives the operator its roles: nothing is missing then, and one verb when it is taken away.
func TestGatherRightsOfTheOperator(t *testing.T) {
	cluster, namespace := namespaceOf(t)
	o := operator(namespace)
	createAll(t, cluster, &o.Deployment)
	account := rbacv1.Subject{Kind: "ServiceAccount", Namespace: namespace, Name: plugin.OperatorName}
	var roles []*rbacv1.ClusterRole
	for _, file := range [][]byte{rbac.Role, rbac.ClusterRole, rbac.Metrics} {
		role := shippedRoleOf(t, file)
		roles = append(roles, clusterRole(t, cluster, role.Name+"-"+namespace, account, role.Rules))
	}
	election := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "election"}, Rules: shippedRoleOf(t, rbac.LeaderElection).Rules}
	bound := bindingOf(namespace)
	bound.RoleRef.Name = election.Name
	createAll(t, cluster, election, bound)
	name := "reviewer-of-" + namespace
	reviewer := as(t, cluster, name)
	clusterRole(t, cluster, name, rbacv1.Subject{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: name},
		[]rbacv1.PolicyRule{ruleOf("authorization.k8s.io", "subjectaccessreviews", "create"), ruleOf("apps", "deployments", "list")})
	users := map[string]*plugin.Cluster{"by impersonation": cluster, "by reviews": reviewer}
	missing := func(user *plugin.Cluster) string {
		facts, err := Gather(t.Context(), user, Options{Namespace: namespace, OperatorNamespace: namespace, Now: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		rights, o := facts.Namespaces[0].Rights, &facts.Operators.Value[0]
		return rights.Unread + o.Election.Unread + o.Reviews.Unread + fmt.Sprint(rights.Value.Missing, o.Election.Value, o.Reviews.Value)
	}
	awaited := func(how, want string) {
		t.Helper()
		got := ""
		same := func(context.Context) (bool, error) { got = missing(users[how]); return got == want, nil }
		// The authorizer's caches are a moment behind.
		if err := wait.PollUntilContextTimeout(t.Context(), 100*time.Millisecond, apiserver.Busy, true, same); err != nil {
			t.Fatalf("%s: got %s, want %s", how, got, want)
		}
	}
	for how := range users {
		awaited(how, "[] [] []")
	}
	for _, role := range roles {
		for i := range role.Rules {
			if r := &role.Rules[i]; r.Resources[0] == "jobs" {
				r.Verbs = []string{"get", "list", "watch", "create", "patch"}
			}
		}
		if err := cluster.Client.Update(t.Context(), role); err != nil {
			t.Fatal(err)
		}
	}
	election.Rules = election.Rules[:1]
	if err := cluster.Client.Update(t.Context(), election); err != nil {
		t.Fatal(err)
	}
	// A RoleBinding to the ClusterRole gives no right to what is in no namespace.
	metrics := roles[2].Name
	if err := cluster.Client.Delete(t.Context(), &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: metrics}}); err != nil {
		t.Fatal(err)
	}
	createAll(t, cluster, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: metrics},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: metrics}, Subjects: []rbacv1.Subject{account},
	})
	for how := range users {
		awaited(how, "[delete jobs.batch] [get leases.coordination.k8s.io interview-tracker-operator update leases.coordination.k8s.io interview-tracker-operator] "+
			"[create tokenreviews.authentication.k8s.io create subjectaccessreviews.authorization.k8s.io]")
	}
}

// TestGatherAsRestrictedUser is a user who may read the trackers and the pods of a namespace alone.
func TestGatherAsRestrictedUser(t *testing.T) {
	cluster, namespace := namespaceOf(t)
	populate(t, cluster, namespace)
	user := as(t, cluster, "developer-of-"+namespace,
		ruleOf("apps.interviewtracker.dev", "interviewtrackers", "get,list"), ruleOf("", "pods", "get,list"))

	facts, err := Gather(t.Context(), user, Options{Namespace: namespace, Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	got := results(t, facts)
	for _, want := range []string{
		"not checked CustomResourceDefinition: the cluster serves v1alpha1, its schema was not compared: you may not get customresourcedefinition",
		"not checked Operator: you may not list deployments",
		"not checked Rights of the operator: you may not list deployments",
		`not checked Secrets and ConfigMaps: you may not get secret "postgres" in namespace ` + namespace,
		"not checked Storage: you may not list storageclasses",
		"not checked Scraping: you may not list prometheuses",
		"fail Pods: pod hiring-api-0, container api can't be started (RunContainerError)",
		"not checked Usage: ",
		"not checked Certificates: you may not list ingresses in namespace " + namespace,
		"not checked NetworkPolicies: you may not list networkpolicies in namespace " + namespace,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

// TestGatherAsUserWithoutRights is a user without any right: it gets an answer, too.
func TestGatherAsUserWithoutRights(t *testing.T) {
	cluster, namespace := namespaceOf(t)
	populate(t, cluster, namespace)
	user := as(t, cluster, "guest-of-"+namespace)

	for name, o := range map[string]Options{"a namespace": {Namespace: namespace, Now: time.Now()}, "all namespaces": {Now: time.Now()}} {
		facts, err := Gather(t.Context(), user, o)
		if err != nil {
			t.Fatal(err)
		}
		if got := results(t, facts); !strings.Contains(got, "not checked Trackers: you may not list interviewtrackers") || strings.Contains(got, "fail ") {
			t.Errorf("%s: got\n%s", name, got)
		}
	}
	_, err := Gather(t.Context(), user, Options{Namespace: namespace, Name: "hiring"})
	if err == nil || !strings.Contains(err.Error(), `you may not get interviewtracker "hiring"`) {
		t.Errorf("got %v", err)
	}
}

func TestGatherNoSuchTracker(t *testing.T) {
	cluster, namespace := namespaceOf(t)
	_, err := Gather(t.Context(), cluster, Options{Namespace: namespace, Name: "absent"})
	if err == nil || !strings.HasPrefix(err.Error(), "reading InterviewTracker "+namespace+"/absent: ") {
		t.Errorf("got %v", err)
	}
	if _, err := Gather(t.Context(), cluster, Options{Namespace: namespace}); err != nil {
		t.Errorf("of a namespace without trackers: %v", err)
	}
}

// results are the checks of facts in lines. Neither has a word of a Secret or of a container.
func results(t *testing.T, f Facts) string {
	t.Helper()
	var lines []string
	checks := Diagnose(f)
	for _, c := range checks {
		lines = append(lines, fmt.Sprintf("%s %s: %s", c.Result, c.Name, c.Message))
	}
	for i := range f.Operators.Value {
		if text := fmt.Sprintf("%+v", f.Operators.Value[i]); strings.Contains(text, canary) {
			t.Errorf("a secret is in the facts: %s", text)
		}
	}
	for _, n := range f.Namespaces {
		for i := range n.Trackers.Value {
			if text := fmt.Sprintf("%+v", n.Trackers.Value[i]); strings.Contains(text, canary) {
				t.Errorf("a secret is in the facts: %s", text)
			}
		}
	}
	printed, err := json.Marshal(NewReport(checks))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(printed), canary) {
		t.Errorf("a secret is printed: %s", printed)
	}
	return strings.Join(lines, "\n")
}
