// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/test/apiserver"
)

// right is one that the help of a command names.
type right struct {
	verb, group, resource string
	// less says that the command works without the right, and what it says then.
	less string
	// refusal is what the command says without the right; empty for what the API server says.
	refusal string
}

func trackers(verb string) right {
	return right{verb: verb, group: v1alpha1.GroupVersion.Group, resource: "interviewtrackers"}
}

// rule is the rule of a role that gives the right.
func (r right) rule() rbacv1.PolicyRule {
	return rbacv1.PolicyRule{Verbs: []string{r.verb}, APIGroups: []string{r.group}, Resources: []string{r.resource}}
}

// refused is what the command says without the right.
func (r right) refused() string {
	if r.refusal != "" {
		return r.refusal
	}
	return fmt.Sprintf("cannot %s resource %q", r.verb, r.resource)
}

// rightsCase is a command line and the rights that its help names. NAME stands for the tracker, FILE for a file with it,
// and NEW for one with another.
type rightsCase struct {
	args   string
	rights []right
	// roles are those that make up the role of Kubernetes that the help names, too: no controller adds them up here.
	roles []string
	// prepare makes what the command needs beside the tracker.
	prepare func(*cluster, *testing.T, *v1alpha1.InterviewTracker)
	// code and says are what it ends with and prints when it has all rights; refused is the code when one is missing.
	code    int
	says    string
	refused int
}

// edit is the role edit of Kubernetes.
var edit = []string{"system:aggregate-to-edit", "system:aggregate-to-view"}

var withRights = map[string]rightsCase{
	"suspend": {args: "suspend NAME", rights: []right{trackers("get"), trackers("patch")}, says: "is suspended", refused: 1},
	"resume": {
		args: "resume NAME", rights: []right{trackers("get"), trackers("patch")}, says: "is not suspended", refused: 1,
		prepare: func(c *cluster, t *testing.T, tracker *v1alpha1.InterviewTracker) {
			tracker.Spec.Suspend = true
			if err := c.Update(t.Context(), tracker); err != nil {
				t.Fatal(err)
			}
		},
	},
	"scale":   {args: "scale NAME --component=api --replicas=2", rights: []right{trackers("get"), trackers("patch")}, says: "spec.api.replicas is 2", refused: 1},
	"restart": {args: "restart NAME", rights: []right{trackers("get"), trackers("patch")}, says: "restarts", refused: 1},
	"restart a component": {
		args:   "restart NAME --component=api",
		rights: []right{trackers("get"), {verb: "get", group: "apps", resource: "deployments"}, {verb: "patch", group: "apps", resource: "deployments"}},
		says:   "restarts", refused: 1, prepare: (*cluster).deployed,
	},
	"restart a dependency": {
		args:   "restart NAME --component=redis",
		rights: []right{trackers("get"), {verb: "get", group: "apps", resource: "statefulsets"}, {verb: "patch", group: "apps", resource: "statefulsets"}},
		says:   "restarts", refused: 1, prepare: (*cluster).deployed,
	},
	"retry-migrations": {
		args: "retry-migrations NAME", rights: []right{trackers("get"), trackers("patch")}, says: "retries its migrations", refused: 1,
		prepare: (*cluster).failedMigrations,
	},
	"wait": {args: "wait NAME --for=suspended --timeout=0", rights: []right{trackers("get")}, says: "spec.suspend is not set", code: 1, refused: 1},
	"status": {
		args: "status NAME", says: "InterviewTracker default/", refused: 1, prepare: (*cluster).running,
		rights: []right{
			trackers("get"),
			{verb: "list", resource: "pods", less: "pods: you may not list them in this namespace"},
			{verb: "list", resource: "events", less: "drift     not known: events: you may not list them in this namespace"},
			{verb: "get", resource: "pods/proxy", less: "you may not get pods/proxy in this namespace"},
		},
	},
	"status of all": {args: "status -o json", says: `"driftUnseen"`, rights: []right{trackers("list")}, refused: 1},
	"events": {
		args: "events NAME", rights: []right{trackers("get"), {verb: "list", resource: "events"}}, refused: 1,
	},
	"logs": {
		args: "logs NAME", refused: 1, prepare: (*cluster).running, code: 1, says: "reading the log of",
		rights: []right{{verb: "list", resource: "pods"}, {verb: "get", resource: "pods/log"}},
	},
	"open": { // Without a kubelet, no pod can be connected.
		args: "open NAME --no-browser", refused: 1, prepare: (*cluster).running, code: 1, says: "opening InterviewTracker",
		rights: []right{trackers("get"), {verb: "list", resource: "pods"}, {verb: "create", resource: "pods/portforward"}},
	},
	"report": {
		args: "report NAME --output-file -", says: "Reading InterviewTracker", refused: 1,
		rights: []right{
			trackers("get"),
			{verb: "list", group: "apps", resource: "deployments", less: "Reading InterviewTracker"},
			{verb: "list", group: rbacv1.GroupName, resource: "clusterrolebindings", less: "Reading InterviewTracker"},
			{verb: "list", group: rbacv1.GroupName, resource: "rolebindings", less: "Reading InterviewTracker"},
		},
	},
	"doctor": {
		args: "doctor NAME", refused: 2, says: "Tracker default/", prepare: (*cluster).complete,
		rights: []right{
			{verb: "get", group: v1alpha1.GroupVersion.Group, resource: "interviewtrackers", refusal: "you may not get interviewtracker"},
			{verb: "list", resource: "pods", less: "you may not list pods in namespace default"},
			{verb: "list", group: "networking.k8s.io", resource: "networkpolicies", less: "you may not list networkpolicies in namespace default"},
			{verb: "list", resource: "persistentvolumeclaims", less: "you may not list persistentvolumeclaims in namespace default"},
			{verb: "get", resource: "secrets", less: `you may not get secret "NAME-database-credentials" in namespace default`},
		},
	},
	"diff": {
		args: "diff -f FILE", roles: edit, rights: []right{trackers("get"), trackers("patch")}, code: 1, says: "+  version: 1.1.0", refused: 2,
	},
	"diff of a new one": {
		args: "diff -f NEW", roles: edit, rights: []right{trackers("get"), trackers("create")}, code: 1, says: "+  version: 1.1.0", refused: 2,
	},
}

// TestRights runs each command with the rights that its help names, and then without each of them.
func TestRights(t *testing.T) {
	c := startCluster(t)
	for name, test := range withRights {
		t.Run(name, func(t *testing.T) {
			c.helpNames(t, test)
			name := strings.ReplaceAll(name, " ", "-")
			c.withRights(t, name, test, -1)
			for i, missing := range test.rights {
				t.Run("without "+missing.verb+" "+missing.resource, func(t *testing.T) { c.withRights(t, fmt.Sprintf("%s-%d", name, i), test, i) })
			}
		})
	}
}

// helpNames checks that the help of a command names its rights.
func (c *cluster) helpNames(t *testing.T, test rightsCase) {
	t.Helper()
	command, _, _ := strings.Cut(test.args, " ")
	_, help, _ := c.run(t.Context(), command, "--help")
	_, permissions, found := strings.Cut(help, "Permissions that it needs")
	if !found {
		t.Fatalf("the help has no permissions:\n%s", help)
	}
	for _, r := range test.rights {
		sentences := strings.FieldsFunc(permissions, func(at rune) bool { return at == ';' || at == '.' || at == ':' })
		if !slices.ContainsFunc(sentences, func(s string) bool { return strings.Contains(s, r.verb) && strings.Contains(s, r.resource) }) {
			t.Errorf("the help does not name the right to %s %s:\n%s", r.verb, r.resource, help)
		}
	}
}

// withRights runs a command as a user of its own, on a tracker of its own, with all rights but one, if that is not negative.
func (c *cluster) withRights(t *testing.T, name string, test rightsCase, without int) {
	t.Helper()
	tracker := c.tracker(t, name, nil)
	if test.prepare != nil {
		test.prepare(c, t, tracker)
	}
	code, says := test.code, test.says
	var rules []rbacv1.PolicyRule
	for i, r := range test.rights {
		switch {
		case i != without:
			rules = append(rules, r.rule())
		case r.less != "":
			says = strings.ReplaceAll(r.less, "NAME", name)
		default:
			code, says = test.refused, r.refused()
		}
	}
	c.grant(t, name, test.roles, rules)
	replace := strings.NewReplacer("NAME", name, "FILE", trackerFile(t, name), "NEW", trackerFile(t, name+"-new"))
	args := strings.Fields(replace.Replace(test.args))
	args = append(args, "--as", name, "-n", "default")
	var last string
	defer func() {
		if t.Failed() {
			t.Log("at last, it ended with " + last)
		}
	}()
	apiserver.Await(t, fmt.Sprintf("it does not end with %d and say %q", code, says), func() bool {
		got, stdout, stderr := c.run(t.Context(), args...)
		last = fmt.Sprintf("%d\n%s%s", got, stdout, stderr)
		refused := without < 0 && strings.Contains(stdout+stderr, "cannot ")
		return got == code && strings.Contains(stdout+stderr, says) && !refused
	})
}

// trackerFile writes a file with a tracker of the version 1.1.0.
func trackerFile(t *testing.T, name string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tracker.yaml")
	content := "apiVersion: " + v1alpha1.GroupVersion.String() + "\nkind: InterviewTracker\nmetadata: {name: " + name + "}\nspec:\n  version: 1.1.0\n"
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// grant gives a user rights in the namespace default, and those of ClusterRoles.
func (c *cluster) grant(t *testing.T, user string, roles []string, rules []rbacv1.PolicyRule) {
	t.Helper()
	apiserver.Grant(t, c, "default", user, rules...)
	for _, role := range roles {
		if err := c.Create(t.Context(), &rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: "default", GenerateName: user + "-"},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// deployed makes the workloads of a tracker's API and Redis.
func (c *cluster) deployed(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	meta := func(part v1alpha1.Component) metav1.ObjectMeta {
		return metav1.ObjectMeta{Namespace: "default", Name: tracker.ChildName(part), OwnerReferences: []metav1.OwnerReference{
			*metav1.NewControllerRef(tracker, v1alpha1.GroupVersion.WithKind(v1alpha1.Kind)),
		}}
	}
	selector := &metav1.LabelSelector{MatchLabels: map[string]string{"a": tracker.Name}}
	template := corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: selector.MatchLabels}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "a", Image: "a"}}},
	}
	for _, object := range []client.Object{
		&appsv1.Deployment{ObjectMeta: meta(v1alpha1.ComponentAPI), Spec: appsv1.DeploymentSpec{Selector: selector, Template: template}},
		&appsv1.StatefulSet{ObjectMeta: meta(v1alpha1.ComponentRedis), Spec: appsv1.StatefulSetSpec{Selector: selector, Template: template}},
	} {
		if err := c.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
}

// failedMigrations makes the migrations of a tracker fail.
func (c *cluster) failedMigrations(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	tracker.Spec.Migrations = &v1alpha1.MigrationsSpec{Command: []string{"migrate"}}
	if err := c.Update(t.Context(), tracker); err != nil {
		t.Fatal(err)
	}
	c.observe(t, tracker.Name, metav1.Condition{
		Type: v1alpha1.ConditionMigrationsComplete, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonFailed, Message: "Job x failed",
	})
}

// running makes pods of a tracker's API and frontend that are ready, and whose address no API server connects to.
func (c *cluster) running(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	c.observe(t, tracker.Name, isReady)
	for _, part := range []v1alpha1.Component{v1alpha1.ComponentAPI, v1alpha1.ComponentFrontend} {
		pod := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: tracker.ChildName(part), Labels: map[string]string{
				v1alpha1.LabelTracker: tracker.Name, v1alpha1.LabelComponent: string(part),
			}},
			Spec: corev1.PodSpec{NodeName: "none", Containers: []corev1.Container{{
				Name: string(part), Image: "a", Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8000}},
			}}},
		}
		if err := c.Create(t.Context(), pod); err != nil {
			t.Fatal(err)
		}
		pod.Status = corev1.PodStatus{
			Phase: corev1.PodRunning, PodIP: "127.0.0.1", PodIPs: []corev1.PodIP{{IP: "127.0.0.1"}},
			Conditions:        []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}},
			ContainerStatuses: []corev1.ContainerStatus{{Name: string(part), Ready: true, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.Now()}}}},
		}
		if err := c.Status().Update(t.Context(), pod); err != nil {
			t.Fatal(err)
		}
	}
}

// complete makes running pods of a tracker, and the credentials of its managed dependencies.
func (c *cluster) complete(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	c.running(t, tracker)
	for _, part := range []v1alpha1.Component{v1alpha1.ComponentDatabase, v1alpha1.ComponentRedis} {
		if err := c.Create(t.Context(), &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: tracker.CredentialsName(part)}, StringData: map[string]string{"url": "a", "password": "b"},
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// Each command that reaches a cluster is in the table.
func TestRightsOfEachCommand(t *testing.T) {
	streams, _, _, _ := genericiooptions.NewTestIOStreams()
	elsewhere := []string{"completion", "options", "render", "version", "help", "page-test"} // The last one is tried where there is an Alertmanager.
	for _, command := range newRoot(streams).Commands() {
		inTable := false
		for _, test := range withRights {
			inTable = inTable || strings.HasPrefix(test.args+" ", command.Name()+" ")
		}
		if inTable == slices.Contains(elsewhere, command.Name()) {
			t.Errorf("%s: in the table is %t", command.Name(), inTable)
		}
	}
}
