// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// uncached is the input of a tracker that works, with an optional Redis.
func uncached() Input {
	p := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t0}
	p.Tracker.Spec.Redis = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{}, Requirement: v1alpha1.RequirementOptional}
	return p
}

// redisDown stops Redis, which the API's pods and the kubelet find.
func redisDown(p *Input) {
	p.Snapshot.Pods[v1alpha1.ComponentRedis] = []corev1.Pod{pod("hiring-redis-0", "", running)}
	p.Snapshot.Application.Failing = []string{"redis"}
	p.Snapshot.Application.Pods = []snapshot.PodAnswer{says("hiring-api-new-a", healthy, unhealthy)}
}

func TestOptionalRedis(t *testing.T) {
	const down = "all components work; the optional Redis is down (DependencyDown): " +
		"pod hiring-redis-0 is not ready (Pending, container main: running, not ready)"
	for name, test := range map[string]struct {
		change             func(*Input)
		ready, message     string
		redis, reconciling string
	}{
		"works": {func(*Input) {}, "True Ready", "all components and dependencies work", "True Healthy", ""},
		"is down": {
			func(p *Input) {
				p.Tracker.Status = Compute(*p)
				redisDown(p)
			},
			"True Ready", down, "False DependencyDown", "",
		},
		"can't be used by one of the pods": {
			func(p *Input) {
				api := v1alpha1.ComponentAPI
				p.Snapshot.Pods[api] = append(p.Snapshot.Pods[api], pod("hiring-api-new-b", "new", isReadyPod))
				p.Snapshot.Application.Pods = []snapshot.PodAnswer{says("hiring-api-new-a", healthy, unhealthy), says("hiring-api-new-b", healthy, healthy)}
			},
			"True Ready", "all components work; the optional Redis is down (PartiallyReachable): pod hiring-redis-0 is ready, and 1 of 2 API pods can't use it: hiring-api-new-a; " + elsewhere,
			"False PartiallyReachable", "",
		},
		"is starting": {
			func(p *Input) {
				p.Snapshot.Pods[v1alpha1.ComponentRedis] = nil
				p.Snapshot.StatefulSets[v1alpha1.ComponentRedis] = nil
			},
			"True Ready", "all components work; the optional Redis is down (Starting): StatefulSet hiring-redis does not exist yet", "False Starting", "",
		},
		"is not reported": {
			func(p *Input) {
				p.Tracker.Spec.Redis = &v1alpha1.DependencySpec{External: &v1alpha1.ExternalSpec{}, Requirement: v1alpha1.RequirementOptional}
				p.Snapshot.Application.Pods = []snapshot.PodAnswer{says("hiring-api-new-a", healthy, "")}
				p.Tracker.Status = Compute(*p)
			},
			"True Ready", "all components work; whether the optional Redis works is not known (Starting): the API's pods responded but did not report this dependency",
			"Unknown Starting", "",
		},
		"has no Secret": {
			func(p *Input) {
				p.Tracker.Spec.Redis = &v1alpha1.DependencySpec{
					External:    &v1alpha1.ExternalSpec{SecretKeyRef: corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "redis"}, Key: "url"}},
					Requirement: v1alpha1.RequirementOptional,
				}
				p.Snapshot.External = map[v1alpha1.Component]snapshot.ExternalSecret{v1alpha1.ComponentRedis: {Problem: `Secret "redis" does not exist`}}
			},
			"True Ready", `all components work; new pods can't use the optional Redis (SecretNotFound): Secret "redis" does not exist: ` +
				`put the URL into Secret "redis" of this namespace, under key "url"`,
			"False SecretNotFound", "",
		},
		"is down, as is the database": {
			func(p *Input) {
				redisDown(p)
				databasePod(running)(p)
				p.Snapshot.Application.Pods = []snapshot.PodAnswer{says("hiring-api-new-a", unhealthy, unhealthy)}
			},
			"False Starting", "pod hiring-database-0 is not ready (Pending, container main: running, not ready)", "False Starting", "True Progressing",
		},
		"is down, and the API crashes": {
			func(p *Input) {
				redisDown(p)
				rollingOut(p.Snapshot, pod("hiring-api-new-a", "new", exited("Error", 1, "")))
			},
			"False CrashLooping", "pod hiring-api-new-a, container main exited with code 1", "False Starting", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := uncached()
			test.change(&p)
			got := Compute(p)
			for conditionType, want := range map[string]string{
				v1alpha1.ConditionReady: test.ready, v1alpha1.ConditionRedisHealthy: test.redis, v1alpha1.ConditionReconciling: test.reconciling,
			} {
				was := ""
				if c := meta.FindStatusCondition(got.Conditions, conditionType); c != nil {
					was = string(c.Status) + " " + c.Reason
				}
				if was != want {
					t.Errorf("%s is %q, want %q", conditionType, was, want)
				}
			}
			if diff := cmp.Diff(test.message, meta.FindStatusCondition(got.Conditions, v1alpha1.ConditionReady).Message); diff != "" {
				t.Error(diff)
			}
			if i := conditionTypes(got); i[0] != v1alpha1.ConditionReady || i[2] != v1alpha1.ConditionDatabaseHealthy || i[3] != v1alpha1.ConditionRedisHealthy {
				t.Errorf("the conditions are in another order: %v", i)
			}
		})
	}
}

func conditionTypes(s v1alpha1.InterviewTrackerStatus) []string {
	var all []string
	for _, c := range s.Conditions {
		all = append(all, c.Type)
	}
	return all
}

// Without API pods, as the spec wants it, Ready does not mention that none reports an optional Redis.
func TestOptionalRedisOfAStoppedAPI(t *testing.T) {
	p := uncached()
	p.Tracker.Spec.Redis.Managed, p.Tracker.Spec.Redis.External = nil, &v1alpha1.ExternalSpec{}
	d := p.Snapshot.Deployments[v1alpha1.ComponentAPI]
	d.Spec.Replicas, d.Status = new(int32(0)), appsv1.DeploymentStatus{ObservedGeneration: d.Generation}
	p.Snapshot.Pods[v1alpha1.ComponentAPI], p.Snapshot.Application = nil, snapshot.Application{Settled: true}
	got := Compute(p).Conditions
	if c := meta.FindStatusCondition(got, v1alpha1.ConditionRedisHealthy); c.Status != metav1.ConditionUnknown {
		t.Errorf("RedisHealthy is %s (%s)", c.Status, c.Reason)
	}
	if c := meta.FindStatusCondition(got, v1alpha1.ConditionReady); c.Message != "all components and dependencies work" {
		t.Errorf("Ready says %q", c.Message)
	}
}

// While an optional Redis is down as before, a rollout goes on.
func TestOnlyProgressWithoutAnOptionalRedis(t *testing.T) {
	p := uncached()
	p.Tracker.Status = Compute(p)
	rollingOut(p.Snapshot, pod("hiring-api-new-a", "new", running))
	works := Compute(p)
	redisDown(&p)
	down := Compute(p)
	if !OnlyProgress(p.Catalog, &p.Tracker.Spec, down, down) {
		t.Errorf("an outage that goes on is news: %+v", down.Conditions)
	}
	if OnlyProgress(p.Catalog, &p.Tracker.Spec, works, down) {
		t.Error("an outage is no news")
	}
	if OnlyProgress(p.Catalog, &v1alpha1.InterviewTrackerSpec{}, down, down) {
		t.Error("the outage of a required Redis is progress")
	}
}

// An outage of an optional Redis is an event, which explains no failure of the API, and none of Ready.
func TestTransitionsOfAnOptionalRedis(t *testing.T) {
	p := uncached()
	p.Tracker.Status = Compute(p)
	before := p.Tracker.Status
	redisDown(&p)
	p.Now = t1
	down := Compute(p)
	if at := meta.FindStatusCondition(down.Conditions, v1alpha1.ConditionReady).LastTransitionTime; at != t0 {
		t.Errorf("Ready is as it is since %s", at)
	}
	rollingOut(p.Snapshot, pod("hiring-api-new-a", "new", running))
	p.Snapshot.PodEvents["hiring-api-new-a"] = snapshot.PodEvent{Reason: "Unhealthy", Message: "503"}
	unready := Compute(p)
	p.Snapshot, p.Now = working(), t1
	for name, test := range map[string]struct {
		before, after v1alpha1.InterviewTrackerStatus
		want          []string
	}{
		"down":                    {before, down, []string{"RedisUnhealthy"}},
		"up":                      {down, Compute(p), []string{"RedisRecovered"}},
		"down, and the API, too":  {down, unready, []string{"APIUnavailable"}},
		"down, and nothing new":   {down, down, nil},
		"up, and the API recover": {unready, Compute(p), []string{"RedisRecovered", "APIRecovered", "Ready"}},
	} {
		t.Run(name, func(t *testing.T) {
			events, _ := Transitions(p.Catalog, &p.Tracker.Spec, test.before, test.after, nil)
			var got []string
			for _, e := range events {
				got = append(got, e.Reason)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
