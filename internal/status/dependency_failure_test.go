// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// databaseFails is the answer of a pod that can't use the database.
func databaseFails(pod string, class contract.ErrorClass) snapshot.PodAnswer {
	answer := says(pod, unhealthy, healthy)
	answer.Dependencies[0].Error = class
	return answer
}

// inSecret makes the database an external one with its URL in a Secret.
func inSecret(p *Input) {
	p.Tracker.Spec.Database = &v1alpha1.DependencySpec{External: &v1alpha1.ExternalSpec{
		SecretKeyRef: corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "our-db"}, Key: "url"},
	}}
}

// newTemplateFails is a rollout whose new pods don't become ready, while old ones serve.
func newTemplateFails(old, failing []snapshot.PodAnswer) func(*Input) {
	return func(p *Input) {
		p.Snapshot.Pods[v1alpha1.ComponentAPI] = nil
		for _, answer := range old {
			p.Snapshot.Pods[v1alpha1.ComponentAPI] = append(p.Snapshot.Pods[v1alpha1.ComponentAPI], pod(answer.Pod, "old", isReadyPod))
		}
		for _, answer := range failing {
			p.Snapshot.Pods[v1alpha1.ComponentAPI] = append(p.Snapshot.Pods[v1alpha1.ComponentAPI], pod(answer.Pod, "new", running))
		}
		n := int32(len(old))
		d := p.Snapshot.Deployments[v1alpha1.ComponentAPI]
		d.Spec.Replicas = &n
		d.Status.Replicas, d.Status.UpdatedReplicas = n+int32(len(failing)), int32(len(failing))
		d.Status.ReadyReplicas, d.Status.AvailableReplicas = n, n
		p.Snapshot.Application.Pods = append(append([]snapshot.PodAnswer{}, failing...), old...)
		p.Snapshot.PodEvents = map[string]snapshot.PodEvent{}
	}
}

// readsURL gives a pod of the API its DATABASE_URL from a Secret.
func readsURL(name, secret string) func(*Input) {
	return func(p *Input) {
		for i := range p.Snapshot.Pods[v1alpha1.ComponentAPI] {
			if pod := &p.Snapshot.Pods[v1alpha1.ComponentAPI][i]; pod.Name == name {
				pod.Spec.Containers = []corev1.Container{{Env: []corev1.EnvVar{{Name: "DATABASE_URL", ValueFrom: &corev1.EnvVarSource{
					SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: secret}, Key: "url"},
				}}}}}
			}
		}
	}
}

// What the pods report of an outage names the cause, the object and what to do.
func TestDependencyFailure(t *testing.T) {
	fails := func(class contract.ErrorClass) func(*Input) { return answers(databaseFails("a", class)) }
	old := []snapshot.PodAnswer{says("old-a", healthy, healthy), says("old-b", healthy, healthy)}
	for name, tt := range map[string]struct {
		given []func(*Input)
		want  string
	}{
		"password-refused": {
			[]func(*Input){inSecret, fails(contract.ErrorAuthenticationFailed)},
			`False ConnectionFailed external database: the password was refused: check user and password in Secret "our-db", key "url"`,
		},
		"host-not-found": {
			[]func(*Input){inSecret, fails(contract.ErrorHostNotFound)},
			`False ConnectionFailed external database: no such host: check the host in Secret "our-db", key "url"`,
		},
		"external, a closed port": {
			[]func(*Input){inSecret, fails(contract.ErrorConnectionRefused)},
			`False ConnectionFailed external database: connection refused: check the host and port in Secret "our-db", key "url", and whether the server runs`,
		},
		"external, no response": {
			[]func(*Input){inSecret, fails(contract.ErrorTimeout)},
			`False ConnectionFailed external database: no response in time: check the host and port in Secret "our-db", key "url", firewalls and network policies, and whether the server hangs`,
		},
		"external, TLS": {
			[]func(*Input){inSecret, fails(contract.ErrorTLSFailed)},
			`False ConnectionFailed external database: TLS failed: check the server's certificate, and sslmode= or rediss:// in Secret "our-db", key "url"`,
		},
		"external, full": {
			[]func(*Input){inSecret, fails(contract.ErrorTooManyConnections)},
			`False ConnectionFailed external database: too many connections: raise the server's limit, end the connections of other clients, or run fewer API pods`,
		},
		"external, read-only": {
			[]func(*Input){inSecret, fails(contract.ErrorReadOnly)},
			`False ConnectionFailed external database: it is read-only: check that the host in Secret "our-db", key "url" is the primary's, and that the server's disk is not full`,
		},
		"external, not migrated": {
			[]func(*Input){inSecret, fails(contract.ErrorNotMigrated)},
			`False ConnectionFailed external database: its tables are missing, or those of another version: look at MigrationsComplete, and check the database's name in Secret "our-db", key "url"`,
		},
		"external, another failure": {
			[]func(*Input){inSecret, fails(contract.ErrorOther)},
			`False ConnectionFailed external database: no API pod can use it: check its address, its credentials and the network; the API's log has the error`,
		},
		"a class of a later version": {
			[]func(*Input){inSecret, fails("out_of_memory")},
			`False ConnectionFailed external database: no API pod can use it: check its address, its credentials and the network; the API's log has the error`,
		},
		"managed, password refused": {
			[]func(*Input){fails(contract.ErrorAuthenticationFailed)},
			`False ConnectionFailed pod hiring-database-0 is ready, and no API pod can use it: the password was refused: Secret hiring-database-credentials and pod hiring-database-0 have different passwords; restore the Secret from a backup, or set its password in the pod`,
		},
		"managed, host not found": {
			[]func(*Input){fails(contract.ErrorHostNotFound)},
			`False ConnectionFailed pod hiring-database-0 is ready, and no API pod can use it: no such host: check Service hiring-database and the cluster's DNS`,
		},
		"managed, no response": {
			[]func(*Input){fails(contract.ErrorTimeout)},
			`False ConnectionFailed pod hiring-database-0 is ready, and no API pod can use it: no response in time: check network policies, and whether pod hiring-database-0 hangs`,
		},
		"managed, another failure": {
			[]func(*Input){fails(contract.ErrorOther)},
			`False ConnectionFailed pod hiring-database-0 is ready, and no API pod can use it: check its address, its credentials and the network; the API's log has the error`,
		},
		"most pods": {
			[]func(*Input){inSecret, answers(
				databaseFails("a", contract.ErrorConnectionRefused), databaseFails("b", contract.ErrorTimeout), databaseFails("c", contract.ErrorTimeout))},
			`False ConnectionFailed external database: no response in time: check the host and port in Secret "our-db", key "url", firewalls and network policies, and whether the server hangs`,
		},
		"as many of one as of another": {
			[]func(*Input){inSecret, answers(databaseFails("a", contract.ErrorHostNotFound), databaseFails("b", contract.ErrorAuthenticationFailed))},
			`False ConnectionFailed external database: the password was refused: check user and password in Secret "our-db", key "url"`,
		},
		"as many of one as can't tell": {
			[]func(*Input){inSecret, answers(databaseFails("a", contract.ErrorOther), databaseFails("b", contract.ErrorHostNotFound))},
			`False ConnectionFailed external database: no such host: check the host in Secret "our-db", key "url"`,
		},
		"some pods, by their place": {
			[]func(*Input){inSecret, answers(says("a", healthy, healthy), databaseFails("b", contract.ErrorTimeout))},
			`False PartiallyReachable external database: 1 of 2 API pods can't use it: b: no response in time; compare their nodes and networks with those of the other pods`,
		},
		"some pods, and the server is full": {
			[]func(*Input){inSecret, answers(says("a", healthy, healthy), databaseFails("b", contract.ErrorTooManyConnections))},
			`False PartiallyReachable external database: 1 of 2 API pods can't use it: b: too many connections; raise the server's limit, end the connections of other clients, or run fewer API pods`,
		},
		"a wrong URL in a rollout": {
			[]func(*Input){inSecret, stored("True", "Healthy"), newTemplateFails(old, []snapshot.PodAnswer{databaseFails("new-a", contract.ErrorHostNotFound)})},
			`False ConnectionFailed external database: pod new-a of the new template can't use it: no such host: check the host in Secret "our-db", key "url" (pods of the previous template that keep serving: 2)`,
		},
		"a wrong URL in a rollout of several pods": {
			[]func(*Input){inSecret, newTemplateFails(old, []snapshot.PodAnswer{
				databaseFails("new-a", contract.ErrorAuthenticationFailed), databaseFails("new-b", contract.ErrorAuthenticationFailed),
			})},
			`False ConnectionFailed external database: pods new-a, new-b of the new template can't use it: the password was refused: check user and password in Secret "our-db", key "url" (pods of the previous template that keep serving: 2)`,
		},
		"a wrong URL in a rollout, unclassified": {
			[]func(*Input){inSecret, newTemplateFails(old, []snapshot.PodAnswer{databaseFails("new-a", contract.ErrorOther)})},
			`False ConnectionFailed external database: pod new-a of the new template can't use it: check its address, its credentials and the network; the API's log has the error (pods of the previous template that keep serving: 2)`,
		},
		"back to a managed one that refuses the new pod": {
			[]func(*Input){newTemplateFails(old, []snapshot.PodAnswer{databaseFails("new-a", contract.ErrorTimeout)})},
			`False ConnectionFailed pod hiring-database-0 is ready, and pod new-a of the new template can't use it: no response in time: check network policies, and whether pod hiring-database-0 hangs (pods of the previous template that keep serving: 2)`,
		},
		"a new pod that can't tell yet": {
			[]func(*Input){inSecret, newTemplateFails(old, []snapshot.PodAnswer{says("new-a", undecided, undecided)})},
			`True Healthy the API's pods can use it`,
		},
		"a new pod that does not respond": {
			[]func(*Input){inSecret, newTemplateFails(old, []snapshot.PodAnswer{silent("new-a", "connection refused")})},
			`True Healthy the API's pods can use it`,
		},
		"the new pods can, after a wrong URL": {
			[]func(*Input){inSecret, newTemplateFails([]snapshot.PodAnswer{databaseFails("old-a", contract.ErrorTimeout)}, []snapshot.PodAnswer{says("new-a", healthy, healthy)})},
			`True Healthy the API's pods can use it`,
		},
		"a wrong password in a Secret that the spec has left": {
			[]func(*Input){
				inSecret, newTemplateFails([]snapshot.PodAnswer{databaseFails("old-a", contract.ErrorAuthenticationFailed)}, []snapshot.PodAnswer{silent("new-a", "")}),
				readsURL("old-a", "left"), readsURL("new-a", "our-db"),
			},
			`False ConnectionFailed external database: the password was refused: check user and password in Secret "left", key "url" (not that of the spec)`,
		},
		"a wrong password in an external database that the spec has left for a managed one": {
			[]func(*Input){
				newTemplateFails([]snapshot.PodAnswer{databaseFails("old-a", contract.ErrorAuthenticationFailed)}, []snapshot.PodAnswer{silent("new-a", "")}),
				readsURL("old-a", "left"), readsURL("new-a", "hiring-database-credentials"),
			},
			`False ConnectionFailed pod hiring-database-0 is ready, and the password was refused: check user and password in Secret "left", key "url" (not that of the spec)`,
		},
		"pods of the Secret of the spec fail, too": {
			[]func(*Input){
				inSecret, newTemplateFails(nil, []snapshot.PodAnswer{
					databaseFails("new-a", contract.ErrorAuthenticationFailed), databaseFails("new-b", contract.ErrorAuthenticationFailed),
				}),
				readsURL("new-a", "left"), readsURL("new-b", "our-db"),
			},
			`False ConnectionFailed external database: the password was refused: check user and password in Secret "our-db", key "url"`,
		},
		"no pod can, in a rollout": {
			[]func(*Input){
				inSecret, newTemplateFails(
					[]snapshot.PodAnswer{databaseFails("old-a", contract.ErrorTimeout)}, []snapshot.PodAnswer{databaseFails("new-a", contract.ErrorTimeout)}),
				func(p *Input) { p.Snapshot.Deployments[v1alpha1.ComponentAPI].Status.ReadyReplicas = 0 },
			},
			`False ConnectionFailed external database: no response in time: check the host and port in Secret "our-db", key "url", firewalls and network policies, and whether the server hangs`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t1}
			for _, change := range tt.given {
				change(&p)
			}
			got := Compute(p)
			c := meta.FindStatusCondition(got.Conditions, v1alpha1.ConditionDatabaseHealthy)
			if text := string(c.Status) + " " + c.Reason + " " + c.Message; text != tt.want {
				t.Errorf("DatabaseHealthy is\n%s\nwant\n%s", text, tt.want)
			}
			r := meta.FindStatusCondition(got.Conditions, v1alpha1.ConditionReady)
			if c.Status == metav1.ConditionFalse && (r.Reason != c.Reason || r.Message != c.Message) {
				t.Errorf("Ready is %s: %s", r.Reason, r.Message)
			}
		})
	}
}

// A pod that crashes for an invalid URL is Ready's cause, by the container's own reason.
func TestInvalidURLInARollout(t *testing.T) {
	p := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t1}
	inSecret(&p)
	newTemplateFails([]snapshot.PodAnswer{says("old-a", healthy, healthy)}, []snapshot.PodAnswer{silent("new-a", "connection refused")})(&p)
	p.Snapshot.Pods[v1alpha1.ComponentAPI][1] = pod("new-a", "new", exited("Error", 1, "DATABASE_URL is not a URL"))
	r := meta.FindStatusCondition(Compute(p).Conditions, v1alpha1.ConditionReady)
	want := "pod new-a, container main exited with code 1: DATABASE_URL is not a URL (pods of the previous template that keep serving: 1)"
	if r.Reason != v1alpha1.ReasonCrashLooping || r.Message != want {
		t.Errorf("Ready is %s: %s\nwant %s", r.Reason, r.Message, want)
	}
}

// Every class of the contract has words and advice, and no message names a placeholder.
func TestEveryErrorClass(t *testing.T) {
	for class, f := range failures {
		if class.Known() != class || class == contract.ErrorOther {
			t.Errorf("%q is no class of the contract", class)
		}
		for _, s := range []source{{}, {secret: "Secret a"}, {"Secret a", "hiring-database"}} {
			if text := s.toDo(f); text == "" || strings.Contains(text, "NAME") || strings.Contains(text, "SECRET") {
				t.Errorf("%s: %q", class, text)
			}
		}
	}
}
