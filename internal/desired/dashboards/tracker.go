// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package dashboards

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// Tracker is the dashboard of one tracker. Its System, Application and Business rows
// are those of the health-check specification, "Grafana Dashboard".
func Tracker(t *v1alpha1.InterviewTracker, c catalog.Catalog) Dashboard {
	s := trackerScope(t, c)
	return newDashboard(uid(t), "Interview Tracker "+t.Namespace+"/"+t.Name,
		"One tracker: its objectives, what it depends on, and how it performs.", nil, []row{
			{"Service level objectives", slices.Concat(objectives(t, s), alerts(s))},
			{"Conditions and dependencies", slices.Concat(dependencies(t, c, s), synthetic(t, s))},
			{"System", slices.Concat(system(t, c, s), containers(s))},
			{"Application", application(t, s)},
			{"Business", business(s)},
		})
}

// uid is the dashboard's identity in Grafana: the same for a later tracker of the same
// name, and no other's. A slash is in neither name.
func uid(t *v1alpha1.InterviewTracker) string {
	sum := sha256.Sum256([]byte(t.Namespace + "/" + t.Name))
	return "itr-" + hex.EncodeToString(sum[:16])
}

func trackerScope(t *v1alpha1.InterviewTracker, c catalog.Catalog) scope {
	namespace := promql.Equal("namespace", t.Namespace)
	return scope{
		tracker:  []string{namespace, promql.Equal(promql.Tracker, t.Name)},
		operator: []string{namespace, promql.Equal("name", t.Name)},
		pods:     []string{namespace, promql.Matches("pod", c.PodPattern(t))},
	}
}

// business shows what the users do.
func business(s scope) []Panel {
	return []Panel{
		timeseries("User registrations", unitNumber,
			query(lastHour(s.app("users_registered_total")), "in the last hour"),
		).describe("Users stored in the last hour."),
		timeseries("Positions created", unitNumber,
			query(lastHour(s.app("positions_created_total")), "in the last hour"),
		).describe("Positions stored in the last hour."),
		timeseries("Interviews scheduled", unitNumber,
			query(lastHour(s.app("interviews_scheduled_total")), "in the last hour"),
		).describe("Interviews stored in the last hour."),
		timeseries("Active users", unitNumber,
			query("sum("+s.app("active_connections")+")", "connections being served"),
		).wide(gridWidth / 2).whole().describe("The API has no metric of its users. This is on how many connections " +
			"it is serving a request, Prometheus's own included: it follows the number of users who are doing something."),
		timeseries("Feature usage", unitRequests,
			query("sum by (endpoint, method) ("+rate(s.app(promql.Requests, promql.UserRequests))+")", "{{method}} {{endpoint}}"),
		).wide(gridWidth / 2).describe("Requests by endpoint: each feature has its own. Without those for /health and /metrics, which no user makes."),
	}
}

// application shows how the API answers.
func application(t *v1alpha1.InterviewTracker, s scope) []Panel {
	requests, duration := promql.Requests, s.app(promql.RequestDuration+promql.Bucket)
	all := "sum(" + rate(s.app(requests)) + ")"
	errors := func(status string) string {
		// There is no series of a status that has never been answered.
		return "(sum(" + rate(s.app(requests, promql.Matches("status", status))) + ") or 0 * " + all + ")"
	}
	limits := t.Spec.GetAlerts()
	return []Panel{
		timeseries("Request rate", unitRequests,
			query("sum by (endpoint) ("+rate(s.app(requests))+")", "{{endpoint}}"),
		).describe("Requests answered, by endpoint, those for /health and /metrics included."),
		timeseries("Response time", unitSeconds,
			query(quantile(0.5, duration), "p50"),
			query(quantile(0.95, duration), "p95"),
			query(quantile(0.99, duration), "p99"),
		).line(number(limits.GetRule(v1alpha1.AlertHighResponseTime).Threshold)).
			describe("Half, 95 % and 99 % of the requests are answered within this time. The line is that of HighResponseTime, for p95."),
		timeseries("Error rate", unitRequests,
			query(errors("5.."), "5xx"),
			query(errors("4.."), "4xx"),
		).line(number(limits.GetRule(v1alpha1.AlertHighErrorRate).Threshold)).
			describe("Answers with an error, a second. The line is that of HighErrorRate, for 5xx; 4xx are the client's mistakes."),
		timeseries("Error share", unitShare,
			query(errors("5..")+" / "+all, "5xx"),
		).upTo(1).describe("How many of all answers are errors of the API, those for /health and /metrics included."),
		timeseries("Database connections", unitNumber,
			query("sum by (pod) ("+s.app(promql.DatabaseConnections)+")", "{{pod}}"),
		).whole().line(number(limits.GetRule(v1alpha1.AlertDatabaseConnectionIssues).Threshold)).
			describe("Open connections to the database; 0 while it does not answer. The line is that of DatabaseConnectionIssues."),
		timeseries("Cache performance", unitShare,
			query("min by (pod) ("+s.app("cache_hit_ratio")+")", "{{pod}}"),
		).upTo(1).describe("How many look-ups Redis has answered since the pod started. Nothing before the first."),
	}
}
