// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"strings"
	"testing"
	"time"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

const day = 24 * time.Hour

// published is a tracker with an Ingress and an HTTPRoute, of which all works. Both are ten minutes old, and what is
// missing of them has been missing since.
func published() Input {
	in := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Monitoring: &Monitoring{}, Now: t1}
	in.Tracker.Spec.Ingress = &v1alpha1.IngressSpec{
		ClassName: "nginx", Host: "hiring.example.com", TLS: &v1alpha1.IngressTLSSpec{SecretName: "hiring-cert"},
	}
	in.Tracker.Spec.Gateway = &v1alpha1.GatewaySpec{
		Hostnames:  []v1alpha1.Host{"jobs.example.com"},
		ParentRefs: []v1alpha1.GatewayReference{{Namespace: "infra", Name: "public", SectionName: "https", Port: 443}},
	}
	in.Tracker.Status.Conditions = []metav1.Condition{{
		Type: v1alpha1.ConditionRouteReady, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonProgressing, LastTransitionTime: metav1.NewTime(t1.Add(-10 * time.Minute)),
	}}
	parent := gatewayv1.ParentReference{
		Namespace: new(gatewayv1.Namespace("infra")), Name: "public",
		SectionName: new(gatewayv1.SectionName("https")), Port: new(gatewayv1.PortNumber(443)),
	}
	created := metav1.ObjectMeta{Generation: 2, Name: "hiring-frontend", Namespace: in.Tracker.Namespace, CreationTimestamp: metav1.NewTime(t1.Add(-10 * time.Minute))}
	in.Snapshot.Routes = snapshot.Routes{
		Ingress: &networkingv1.Ingress{ObjectMeta: created, Spec: networkingv1.IngressSpec{
			IngressClassName: new("nginx"), Rules: []networkingv1.IngressRule{{Host: "hiring.example.com"}},
			TLS: []networkingv1.IngressTLS{{SecretName: "hiring-cert"}},
		}, Status: networkingv1.IngressStatus{LoadBalancer: networkingv1.IngressLoadBalancerStatus{
			Ingress: []networkingv1.IngressLoadBalancerIngress{{IP: "192.0.2.1"}, {Hostname: "lb.example.com"}},
		}}},
		HTTPRoute: &gatewayv1.HTTPRoute{ObjectMeta: created, Spec: gatewayv1.HTTPRouteSpec{
			Hostnames: []gatewayv1.Hostname{"jobs.example.com"}, CommonRouteSpec: gatewayv1.CommonRouteSpec{ParentRefs: []gatewayv1.ParentReference{parent}},
		}, Status: gatewayv1.HTTPRouteStatus{RouteStatus: gatewayv1.RouteStatus{
			Parents: []gatewayv1.RouteParentStatus{{
				ParentRef: parent,
				Conditions: []metav1.Condition{
					{Type: "Accepted", Status: metav1.ConditionTrue, ObservedGeneration: 2}, {Type: "ResolvedRefs", Status: metav1.ConditionTrue},
				},
			}},
		}}},
		Certificate: snapshot.Certificate{NotBefore: t1.Add(-30 * day), NotAfter: t1.Add(60 * day)},
	}
	in.Snapshot.Monitoring.Kinds = sets.New("HTTPRoute")
	return in
}

// ninetyDays is a certificate of such a life, with some of it left.
func ninetyDays(left time.Duration) snapshot.Certificate {
	return snapshot.Certificate{NotBefore: t1.Add(left - 90*day), NotAfter: t1.Add(left)}
}

func onlyGateway(in *Input) {
	in.Tracker.Spec.Ingress, in.Snapshot.Routes.Certificate = nil, snapshot.Certificate{}
}

func onlyIngress(in *Input) { in.Tracker.Spec.Gateway = nil }

func TestRouteReady(t *testing.T) {
	issued := func(in *Input) {
		onlyIngress(in)
		in.Tracker.Spec.Ingress.TLS = &v1alpha1.IngressTLSSpec{ClusterIssuer: "letsencrypt"}
		in.Snapshot.Routes.Ingress.Spec.TLS[0].SecretName = "hiring-tls"
	}
	problem := snapshot.Certificate{SelectedKey: snapshot.SelectedKey{Problem: `Secret "hiring-cert" does not exist`}}
	for name, test := range map[string]struct {
		change  func(*Input)
		want    string // Empty when there is no such condition.
		message string // What it contains.
	}{
		"neither": {change: func(in *Input) { in.Tracker.Spec.Ingress, in.Tracker.Spec.Gateway = nil, nil }},
		"all is well": {
			change: func(*Input) {}, want: "True Admitted",
			message: "https://hiring.example.com leads to the frontend, at 192.0.2.1 and lb.example.com; the certificate is valid until " +
				t1.Add(60*day).UTC().Format("2006-01-02 15:04 UTC") + "; jobs.example.com leads to the frontend, through Gateway infra/public, listener https",
		},
		"without TLS": {
			change: func(in *Input) {
				onlyIngress(in)
				in.Tracker.Spec.Ingress.TLS = nil
				in.Snapshot.Routes.Ingress.Spec.TLS = nil
			},
			want:    "True Admitted",
			message: "http://hiring.example.com leads to the frontend, at 192.0.2.1 and lb.example.com",
		},
		"unread": {change: func(in *Input) { in.Snapshot = nil }, want: "Unknown ReconcileFailed", message: "could not be read"},
		"suspended": {
			change: func(in *Input) { in.Tracker.Spec.Suspend = true }, want: "Unknown Suspended", message: "spec.suspend is true",
		},
		"refused": {
			change:  func(in *Input) { in.Monitoring.Routing = &Cause{v1alpha1.ReasonInvalidSpec, "the host is taken"} },
			want:    "False InvalidSpec",
			message: "the host is taken",
		},
		"not applied yet": {
			change: func(in *Input) { onlyIngress(in); in.Snapshot.Routes.Ingress = nil }, want: "False Progressing", message: "the Ingress is not applied yet",
		},
		"not applied, as the tracker is stalled": {
			change: func(in *Input) {
				onlyIngress(in)
				in.Snapshot.Routes.Ingress, in.Monitoring = nil, nil
				in.Stalled = &Cause{v1alpha1.ReasonInvalidPatch, "patch 0"}
			},
			want: "Unknown InvalidPatch", message: "patch 0",
		},
		"not applied, of another spec, as the tracker is stalled": {
			change: func(in *Input) {
				onlyIngress(in)
				in.Tracker.Spec.Ingress.Host, in.Monitoring = "other.example.com", nil
				in.Stalled = &Cause{v1alpha1.ReasonInvalidPatch, "patch 0"}
			},
			want: "Unknown InvalidPatch", message: "patch 0",
		},
		"of another host": {
			change: func(in *Input) { in.Tracker.Spec.Ingress.Host = "other.example.com" },
			want:   "False Progressing", message: "the Ingress is not applied yet",
		},
		"of another class": {
			change: func(in *Input) { in.Tracker.Spec.Ingress.ClassName = "haproxy" },
			want:   "False Progressing", message: "the Ingress is not applied yet",
		},
		"with another certificate": {
			change: func(in *Input) { in.Tracker.Spec.Ingress.TLS.SecretName = "other" },
			want:   "False Progressing", message: "the Ingress is not applied yet",
		},
		"of other hosts": {
			change: func(in *Input) { in.Tracker.Spec.Gateway.Hostnames[0] = "other.example.com" },
			want:   "False Progressing", message: "the HTTPRoute is not applied yet",
		},
		"of another Gateway": {
			change: func(in *Input) { in.Tracker.Spec.Gateway.ParentRefs[0].Port = 8443 },
			want:   "False Progressing", message: "the HTTPRoute is not applied yet",
		},
		"many addresses": {
			change: func(in *Input) {
				at := &in.Snapshot.Routes.Ingress.Status.LoadBalancer
				at.Ingress = append(at.Ingress, networkingv1.IngressLoadBalancerIngress{IP: "192.0.2.2"})
			},
			want: "True Admitted", message: "at 192.0.2.1, 192.0.2.2 and others;",
		},
		"no address any more": {
			change: func(in *Input) {
				in.Snapshot.Routes.Ingress.Status = networkingv1.IngressStatus{}
				in.Tracker.Status.Conditions[0].Status = metav1.ConditionTrue
			},
			want: "False Progressing", message: "has no address",
		},
		"no address for a while": {
			change: func(in *Input) {
				in.Snapshot.Routes.Ingress.Status = networkingv1.IngressStatus{}
				in.Tracker.Status.Conditions[0].LastTransitionTime = metav1.NewTime(t1.Add(-59 * time.Second))
			},
			want: "False Progressing", message: "has no address",
		},
		"no address, after another flaw": {
			change: func(in *Input) {
				in.Snapshot.Routes.Ingress.Status = networkingv1.IngressStatus{}
				in.Tracker.Status.Conditions[0].LastTransitionTime = t1
				in.Tracker.Status.Conditions[0].Reason = v1alpha1.ReasonCertificateExpired
			},
			want: "False NotAdmitted", message: "has no address",
		},
		"no address yet": {
			change: func(in *Input) {
				in.Snapshot.Routes.Ingress.Status = networkingv1.IngressStatus{}
				in.Snapshot.Routes.Ingress.CreationTimestamp = metav1.NewTime(t1.Add(-59 * time.Second))
			},
			want: "False Progressing", message: `no controller of IngressClass "nginx" has taken it`,
		},
		"no address": {
			change: func(in *Input) { in.Snapshot.Routes.Ingress.Status = networkingv1.IngressStatus{} },
			want:   "False NotAdmitted", message: `Ingress hiring-frontend of hiring.example.com has no address: no controller of IngressClass "nginx" has taken it`,
		},
		"no address, of the default class": {
			change: func(in *Input) {
				in.Snapshot.Routes.Ingress.Status, in.Tracker.Spec.Ingress.ClassName = networkingv1.IngressStatus{}, ""
				in.Snapshot.Routes.Ingress.Spec.IngressClassName = nil
			},
			want: "False NotAdmitted", message: "Ingress hiring-frontend of hiring.example.com has no address: no controller of the cluster's default IngressClass has taken it",
		},
		"no Secret": {
			change: func(in *Input) { in.Snapshot.Routes.Certificate = problem },
			want:   "False SecretNotFound", message: "create it: kubectl -n default create secret tls hiring-cert",
		},
		"not issued": {
			change: func(in *Input) { issued(in); in.Snapshot.Routes.Certificate = problem },
			want:   "False SecretNotFound", message: "kubectl -n default describe certificate hiring-tls",
		},
		"not issued yet": {
			change: func(in *Input) {
				issued(in)
				in.Snapshot.Routes.Certificate = problem
				in.Snapshot.Routes.Ingress.CreationTimestamp = metav1.NewTime(t1.Add(-299 * time.Second))
			},
			want: "False Progressing", message: "cert-manager has not issued the certificate yet",
		},
		"valid later": {
			change: func(in *Input) { in.Snapshot.Routes.Certificate.NotBefore = t1.Add(time.Hour) },
			want:   "False InvalidCertificate", message: "is valid only from " + t1.Add(time.Hour).UTC().Format("2006-01-02 15:04 UTC"),
		},
		"no certificate": {
			change: func(in *Input) {
				in.Snapshot.Routes.Certificate = snapshot.Certificate{SelectedKey: snapshot.SelectedKey{Flaw: "not in PEM"}}
			},
			want: "False InvalidCertificate", message: "not in PEM; replace it",
		},
		"a Secret that can't be read": {
			change: func(in *Input) {
				in.Snapshot.Routes.Certificate = snapshot.Certificate{SelectedKey: snapshot.SelectedKey{Unread: "Forbidden"}}
			},
			want: "Unknown ReconcileFailed", message: "Forbidden",
		},
		"for another host": {
			change: func(in *Input) { in.Snapshot.Routes.Certificate.NotForHost = true },
			want:   "False CertificateMismatch", message: "is not for the host hiring.example.com",
		},
		"expired": {
			change: func(in *Input) { in.Snapshot.Routes.Certificate.NotAfter = t1.Time },
			want:   "False CertificateExpired", message: "expired at",
		},
		"expires within 14 days": {
			change: func(in *Input) { in.Snapshot.Routes.Certificate = ninetyDays(14 * day) },
			want:   "False CertificateExpiring", message: "expires at",
		},
		"expires after 14 days": {
			change: func(in *Input) { in.Snapshot.Routes.Certificate = ninetyDays(14*day + time.Second) }, want: "True Admitted", message: "valid until",
		},
		"a short life": {
			change: func(in *Input) {
				in.Snapshot.Routes.Certificate = snapshot.Certificate{NotBefore: t1.Add(-4 * day), NotAfter: t1.Add(day)}
			},
			want: "True Admitted", message: "valid until",
		},
		"the end of a short life": {
			change: func(in *Input) {
				in.Snapshot.Routes.Certificate = snapshot.Certificate{NotBefore: t1.Add(-5 * day), NotAfter: t1.Add(day)}
			},
			want: "False CertificateExpiring", message: "expires at",
		},
		"no CRD": {
			change: func(in *Input) { onlyGateway(in); in.Snapshot.Monitoring.Kinds = nil },
			want:   "False CRDNotInstalled", message: "install the CRDs of the Gateway API",
		},
		"no CRD when the operator started": {
			change: func(in *Input) {
				onlyGateway(in)
				in.Snapshot.Monitoring.Kinds, in.Snapshot.Monitoring.KindsFixed = nil, true
			},
			want: "False CRDNotInstalled", message: "restart the operator",
		},
		"an unclear CRD": {
			change: func(in *Input) { in.Snapshot.Monitoring.KindsUnclear = map[string]string{"HTTPRoute": "forbidden"} },
			want:   "False ReconcileFailed", message: "could not determine whether the cluster has HTTPRoute: forbidden",
		},
		"taken by no Gateway": {
			change: func(in *Input) { in.Snapshot.Routes.HTTPRoute.Status.Parents = nil },
			want:   "False NotAdmitted", message: "no controller has taken HTTPRoute hiring-frontend for Gateway infra/public, listener https; " +
				"see that the Gateway exists and has a controller: kubectl -n infra get gateway public",
		},
		"taken by another Gateway": {
			change: func(in *Input) { in.Snapshot.Routes.HTTPRoute.Status.Parents[0].ParentRef.Name = "other" },
			want:   "False NotAdmitted", message: "for Gateway infra/public",
		},
		"accepted as it was before": {
			change: func(in *Input) { in.Snapshot.Routes.HTTPRoute.Status.Parents[0].Conditions[0].ObservedGeneration = 1 },
			want:   "False NotAdmitted", message: "no controller has taken HTTPRoute",
		},
		"refused as it was before": {
			change: func(in *Input) {
				in.Snapshot.Routes.HTTPRoute.Status.Parents[0].Conditions[1] = metav1.Condition{
					Type: "ResolvedRefs", Status: metav1.ConditionFalse, Reason: "BackendNotFound", ObservedGeneration: 1,
				}
			},
			want: "True Admitted",
		},
		"neither accepted nor refused": {
			change: func(in *Input) {
				in.Snapshot.Routes.HTTPRoute.Status.Parents[0].Conditions[0].Status = metav1.ConditionUnknown
			},
			want: "False NotAdmitted", message: "no controller has taken HTTPRoute",
		},
		"reported without conditions": {
			change: func(in *Input) { in.Snapshot.Routes.HTTPRoute.Status.Parents[0].Conditions = nil },
			want:   "False NotAdmitted", message: "no controller has taken HTTPRoute",
		},
		"taken by no Gateway, yet": {
			change: func(in *Input) {
				in.Snapshot.Routes.HTTPRoute.Status.Parents = nil
				in.Snapshot.Routes.HTTPRoute.CreationTimestamp = metav1.NewTime(t1.Add(-time.Second))
			},
			want: "False Progressing", message: "no controller has taken HTTPRoute",
		},
		"not accepted": {
			change: func(in *Input) {
				in.Snapshot.Routes.HTTPRoute.Status.Parents[0].Conditions[0] = metav1.Condition{
					Type: "Accepted", Status: metav1.ConditionFalse, Reason: "NotAllowedByListeners", Message: "no \x1b[31mroutes of " + strings.Repeat("people", 100),
				}
			},
			want: "False RouteRejected", message: "Gateway infra/public, listener https does not take HTTPRoute hiring-frontend: " +
				"Accepted is False, NotAllowedByListeners: no routes of people",
		},
		"what goes by itself comes last": {
			change: func(in *Input) {
				in.Snapshot.Routes.HTTPRoute = nil
				in.Snapshot.Routes.Certificate.NotForHost = true
			},
			want: "False CertificateMismatch", message: "; the HTTPRoute is not applied yet",
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := published()
			test.change(&in)
			all := Compute(in).Conditions
			got, message := "", ""
			if c := meta.FindStatusCondition(all, v1alpha1.ConditionRouteReady); c != nil {
				got, message = string(c.Status)+" "+c.Reason, c.Message
			}
			if got != test.want || !strings.Contains(message, test.message) {
				t.Errorf("%s: %s\nwant %s: …%s…", got, message, test.want, test.message)
			}
			if len(message) > 700 {
				t.Errorf("what a controller says is not bounded: %d characters", len(message))
			}
			if ready := meta.FindStatusCondition(all, v1alpha1.ConditionReady); strings.Contains(ready.Message, "Ingress") || ready.Reason == v1alpha1.ReasonNotAdmitted {
				t.Errorf("it gates Ready: %s", ready.Message)
			}
		})
	}
}

// A Gateway of the tracker's own namespace may be reported with its namespace.
func TestGatewayOfOwnNamespace(t *testing.T) {
	in := published()
	onlyGateway(&in)
	in.Tracker.Spec.Gateway.ParentRefs = []v1alpha1.GatewayReference{{Name: "public"}}
	in.Snapshot.Routes.HTTPRoute.Spec.ParentRefs = []gatewayv1.ParentReference{{Name: "public"}}
	own := gatewayv1.ParentReference{Name: "public", Namespace: new(gatewayv1.Namespace(in.Tracker.Namespace))}
	in.Snapshot.Routes.HTTPRoute.Status.Parents[0].ParentRef = own
	if got := reachable(in); got.Status != metav1.ConditionTrue {
		t.Errorf("%s: %s", got.Reason, got.Message)
	}
	own.Namespace = new(gatewayv1.Namespace("infra"))
	in.Snapshot.Routes.HTTPRoute.Status.Parents[0].ParentRef = own
	if got := reachable(in); got.Reason != v1alpha1.ReasonNotAdmitted {
		t.Errorf("%s: %s", got.Reason, got.Message)
	}
}

// Nothing but time makes a certificate expire, and the patience with a controller end.
func TestRouteIsLookedAtAgain(t *testing.T) {
	in := published()
	next := v1alpha1.InterviewTrackerStatus{}
	after := func(now time.Time) time.Duration { return RecheckAfter(in.Tracker, next, in.Snapshot, Rollout{}, now) }
	if got := after(t1.Time); got != 46*day {
		t.Errorf("while all is well, after %s", got)
	}
	if got := after(t1.Add(50 * day)); got != 10*day {
		t.Errorf("when it should have been replaced, after %s", got)
	}
	if got := after(t1.Add(61 * day)); got != 0 {
		t.Errorf("when it has expired, after %s", got)
	}
	next.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionRouteReady, Reason: v1alpha1.ReasonProgressing, LastTransitionTime: t1}}
	for since, want := range map[time.Duration]time.Duration{20 * time.Second: 40 * time.Second, 2 * time.Minute: 3 * time.Minute} {
		if got := after(t1.Add(since)); got != want {
			t.Errorf("%s after all was well, after %s, want %s", since, got, want)
		}
	}
	next.Conditions = nil
	in.Snapshot.Routes.Certificate.NotBefore = t1.Add(time.Hour)
	if got := after(t1.Time); got != time.Hour {
		t.Errorf("of a certificate that is valid later, after %s", got)
	}
	in.Snapshot.Routes.Ingress.CreationTimestamp = t1
	if got := after(t1.Add(10 * time.Second)); got != 50*time.Second {
		t.Errorf("of a new Ingress, after %s", got)
	}
	in.Snapshot.Routes.Due = t1.Add(time.Second)
	if got := after(t1.Time); got != time.Second {
		t.Errorf("of a Secret that could not be read, after %s", got)
	}
}

// Controllers may report other addresses again and again. Whether all is well is news, and what they are is not.
func TestAddressesAreNoNews(t *testing.T) {
	with := func(reason, message string) v1alpha1.InterviewTrackerStatus {
		return v1alpha1.InterviewTrackerStatus{Conditions: []metav1.Condition{
			{Type: v1alpha1.ConditionRouteReady, Status: metav1.ConditionTrue, Reason: reason, Message: message},
		}}
	}
	before := with(v1alpha1.ReasonAdmitted, "at 192.0.2.1")
	if hasNews(before, with(v1alpha1.ReasonAdmitted, "at 192.0.2.2")) {
		t.Error("another address is news")
	}
	if !hasNews(before, with(v1alpha1.ReasonNotAdmitted, "at 192.0.2.1")) {
		t.Error("another reason is none")
	}
}
