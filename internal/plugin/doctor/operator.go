// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/version"

	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

const (
	labelVersion     = "app.kubernetes.io/version"
	managerContainer = "manager"
)

// recently is for how long a restart matters.
const recently = 24 * time.Hour

func (o *Operator) String() string { return o.Deployment.Namespace + "/" + o.Deployment.Name }

// container is the operator's container; nil when there is none.
func (o *Operator) container() *corev1.Container {
	containers := o.Deployment.Spec.Template.Spec.Containers
	if i := slices.IndexFunc(containers, func(c corev1.Container) bool { return c.Name == managerContainer }); i >= 0 {
		return &containers[i]
	}
	if len(containers) > 0 {
		return &containers[0]
	}
	return nil
}

// flag is the value of a flag of the operator; empty when it is not set.
func (o *Operator) flag(name string) string {
	c := o.container()
	if c == nil {
		return ""
	}
	value := ""
	args := slices.Concat(c.Command, c.Args)
	for i, arg := range args {
		bare := strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-")
		if bare == arg {
			continue
		}
		written, set := strings.CutPrefix(bare, name+"=")
		switch {
		case set:
			value = written
		case bare == name && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-"):
			value = args[i+1]
		case bare == name:
			value = "true"
		}
	}
	return o.expanded(value)
}

// expanded is an argument with its namespace for the variable that has it, as the kubelet passes it: config/namespaced
// has $(POD_NAMESPACE).
func (o *Operator) expanded(argument string) string {
	for _, e := range o.container().Env {
		if from := e.ValueFrom; from != nil && from.FieldRef != nil && from.FieldRef.FieldPath == "metadata.namespace" {
			argument = strings.ReplaceAll(argument, "$("+e.Name+")", o.Deployment.Namespace)
		}
	}
	return argument
}

// genuine reports whether it is an operator, and not only called one.
func (o *Operator) genuine() bool { return o.Proof.Holds() }

// watches reports whether it is the operator of a namespace, and watches it.
func (o *Operator) watches(namespace string) bool {
	if !o.Proof.Everywhere && !o.Proof.Namespaces.Has(namespace) {
		return false
	}
	var watched []string
	for n := range strings.SplitSeq(o.flag("namespaces"), ",") {
		if n = strings.TrimSpace(n); n != "" {
			watched = append(watched, n)
		}
	}
	return len(watched) == 0 || slices.Contains(watched, namespace)
}

// electsLeader reports whether one of its replicas works at a time.
func (o *Operator) electsLeader() bool {
	elects, err := strconv.ParseBool(o.flag("leader-elect"))
	return err == nil && elects
}

// electionNamespace is that of the Lease, or why it can't be one: a flag is any text.
func (o *Operator) electionNamespace() (namespace, flaw string) {
	namespace = cmp.Or(o.flag("leader-election-namespace"), o.Deployment.Namespace)
	if len(validation.IsDNS1123Label(namespace)) > 0 {
		return "", fmt.Sprintf("--leader-election-namespace of %s is %q, which can't be a namespace", o, line(namespace))
	}
	return namespace, ""
}

// correctFlag says what to do about the flaw of electionNamespace.
const correctFlag = "correct the flag, or leave it out"

// servesMetrics reports whether it does.
func (o *Operator) servesMetrics() bool { return o.flag("metrics-bind-address") != "0" }

// asksWhoReadsMetrics reports whether it asks the API server whose a token is, and what it may do: not about clients
// with a certificate.
func (o *Operator) asksWhoReadsMetrics() bool {
	return o.servesMetrics() && o.flag("metrics-client-ca") == ""
}

// version is that of the label, or else the tag of the image; empty when neither says.
func (o *Operator) version() string {
	if v := cmp.Or(o.Deployment.Labels[labelVersion], o.Deployment.Spec.Template.Labels[labelVersion]); v != "" {
		return v
	}
	c := o.container()
	if c == nil {
		return ""
	}
	image, _, _ := strings.Cut(c.Image, "@")
	name := image[strings.LastIndexByte(image, '/')+1:]
	_, tag, _ := strings.Cut(name, ":")
	return tag
}

// account is the user name of its service account.
func (o *Operator) account() string {
	return plugin.ServiceAccountUser(o.Deployment.Namespace, o.Deployment.Spec.Template.Spec.ServiceAccountName)
}

// operators is the check of the operators: their versions, pods and leaders.
func operators(f Facts) findings {
	var found findings
	if f.Operators.Unread != "" {
		found.notChecked("name its namespace with --operator-namespace, if you may list deployments there", f.Operators.Unread)
		return found
	}
	possible := func(o Operator) bool { return o.genuine() || o.BindingsUnread != "" }
	if !slices.ContainsFunc(f.Operators.Value, possible) {
		found.fail("install it: kubectl apply --server-side -k config/default; or name its namespace with --operator-namespace",
			"no Deployment with the label %s=%s was found: nothing reconciles the trackers", plugin.LabelName, plugin.OperatorName)
	}
	for i := range f.Operators.Value {
		o := &f.Operators.Value[i]
		if !o.genuine() {
			found.notChecked("if it is an operator, name its namespace with --operator-namespace", fmt.Sprintf("%s has the operator's label, but %s",
				o, cmp.Or(o.BindingsUnread, plugin.NoProof)))
			continue
		}
		available(&found, o)
		versions(&found, o, f.Version)
		leader(&found, f, o)
		restarts(&found, f, o)
	}
	return found
}

// available is whether its pods are.
func available(found *findings, o *Operator) {
	wanted := int32(1)
	if o.Deployment.Spec.Replicas != nil {
		wanted = *o.Deployment.Spec.Replicas
	}
	ready := o.Deployment.Status.AvailableReplicas
	describe := fmt.Sprintf("kubectl describe pods -n %s -l %s=%s", o.Deployment.Namespace, plugin.LabelName, plugin.OperatorName)
	switch {
	case wanted == 0:
		found.fail(fmt.Sprintf("start it: kubectl scale deployment -n %s %s --replicas=1", o.Deployment.Namespace, o.Deployment.Name),
			"%s is scaled to 0: nothing reconciles the trackers", o)
	case ready == 0:
		found.fail("look at its pods: "+describe, "%s has no available pod%s", o, deploymentProblem(&o.Deployment))
	case ready < wanted:
		found.warn("look at its pods: "+describe, "%s has %d of %d pods available%s", o, ready, wanted, deploymentProblem(&o.Deployment))
	default:
		found.pass("%s has %d of %d pods available", o, ready, wanted)
	}
}

// deploymentProblem is what a Deployment says of its pods that can't be created.
func deploymentProblem(d *appsv1.Deployment) string {
	for _, c := range d.Status.Conditions {
		if c.Type == appsv1.DeploymentReplicaFailure && c.Status == corev1.ConditionTrue {
			return ": " + line(c.Message)
		}
	}
	return ""
}

// versions compares the operator's version with the plugin's.
func versions(found *findings, o *Operator, own string) {
	installed := o.version()
	theirs, err := version.ParseSemantic(installed)
	if err != nil {
		found.notChecked("", fmt.Sprintf("%s does not say its version (image tag %q)", o, line(installed)))
		return
	}
	ours, err := version.ParseSemantic(own)
	switch {
	case err != nil:
		found.notChecked("", fmt.Sprintf("%s is version %s; this plugin was not built as a release (%q), so they were not compared", o, theirs, own))
	case theirs.LessThan(ours):
		found.warn("upgrade the operator to "+ours.String(), "%s is version %s, older than this plugin (%s)", o, theirs, ours)
	case ours.LessThan(theirs):
		found.warn("use kubectl-tracker "+theirs.String()+": this one may not know all that the operator reports",
			"%s is version %s, newer than this plugin (%s)", o, theirs, ours)
	default:
		found.pass("%s is version %s, as this plugin", o, theirs)
	}
}

// leader is whether a replica of the operator leads.
func leader(found *findings, f Facts, o *Operator) {
	if !o.electsLeader() {
		return // Each replica works.
	}
	namespace, flaw := o.electionNamespace()
	logs := fmt.Sprintf("look at its log: kubectl logs -n %s deployment/%s", o.Deployment.Namespace, o.Deployment.Name)
	lease := o.Lease.Value
	switch {
	case flaw != "":
		found.notChecked(correctFlag, flaw)
	case o.Lease.Unread != "":
		found.notChecked("", o.Lease.Unread)
	case lease == nil || lease.Spec.RenewTime == nil || lease.Spec.HolderIdentity == nil || *lease.Spec.HolderIdentity == "":
		found.fail(logs, "no replica of %s leads: the Lease %s/%s has no holder, so nothing reconciles the trackers", o, namespace, plugin.OperatorName)
	case f.Now.Sub(lease.Spec.RenewTime.Time) > leaseDuration(lease.Spec.LeaseDurationSeconds):
		found.fail(logs, "the leader of %s has not renewed the Lease %s/%s for %s: nothing reconciles the trackers",
			o, namespace, plugin.OperatorName, age(f.Now.Sub(lease.Spec.RenewTime.Time)))
	default:
		pod, _, _ := strings.Cut(*lease.Spec.HolderIdentity, "_")
		found.pass("%s leads, and has renewed its Lease", line(pod))
	}
}

// leaseDuration is how old the last renewal of a Lease may be.
func leaseDuration(seconds *int32) time.Duration {
	if seconds == nil {
		return time.Minute
	}
	return time.Duration(*seconds) * time.Second
}

// restarts is whether the operator has been restarted lately.
func restarts(found *findings, f Facts, o *Operator) {
	if o.Pods.Unread != "" {
		found.notChecked("", o.Pods.Unread)
		return
	}
	for i := range o.Pods.Value {
		pod := &o.Pods.Value[i]
		for j := range pod.Status.ContainerStatuses {
			if restarted, ended := lately(&pod.Status.ContainerStatuses[j], f.Now); restarted {
				found.warn(restartRemedy(ended.Reason, pod.Namespace, pod.Name, pod.Status.ContainerStatuses[j].Name),
					"%s", restartWords(pod, &pod.Status.ContainerStatuses[j], ended, f.Now))
			}
		}
	}
}

// responsible is the check that exactly one operator watches a namespace.
func responsible(f Facts, namespace string) findings {
	var found findings
	if f.Operators.Unread != "" || len(f.Operators.Value) == 0 {
		return nil // Said of the cluster.
	}
	var watching []string
	for i := range f.Operators.Value {
		if o := &f.Operators.Value[i]; o.watches(namespace) {
			watching = append(watching, o.String())
		}
	}
	switch {
	case len(watching) == 0 && !f.AllOperators:
		found.notChecked("name the namespace of the operator with --operator-namespace, or run the check as somebody who may list deployments everywhere",
			"none of the operators that you can see watches namespace "+namespace)
	case len(watching) == 0:
		found.fail("add the namespace to --namespaces of an operator, or install one for it",
			"no operator watches namespace %s: their flag --namespaces lists others", namespace)
	case len(watching) == 1:
		found.pass("%s watches it", watching[0])
	default:
		found.fail("leave one, or give each its namespaces by --namespaces: they would fight over the trackers",
			"several operators watch it: %s", list(watching))
	}
	return found
}

// operatorOf is the operator that watches a namespace; nil when none is known.
func operatorOf(f Facts, namespace string) *Operator {
	for i := range f.Operators.Value {
		if f.Operators.Value[i].watches(namespace) {
			return &f.Operators.Value[i]
		}
	}
	return nil
}
