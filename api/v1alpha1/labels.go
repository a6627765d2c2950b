// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"crypto/sha256"
	"encoding/hex"
)

// The labels and annotations that the operator writes on the objects that it
// makes.
const (
	// LabelTracker holds the tracker's name. Every object made for a tracker bears
	// it, pods and volume claims included: it is what the operator's caches select.
	LabelTracker = "apps.interviewtracker.dev/tracker"
	// LabelComponent holds the Component that the object belongs to.
	LabelComponent = "apps.interviewtracker.dev/component"
	// LabelScrape, on a Service whose pods Prometheus scrapes and nowhere else, holds
	// its name.
	LabelScrape = "apps.interviewtracker.dev/scrape"

	// LabelJourney holds the name of the journey, on its CronJob, Jobs and pods.
	LabelJourney = "apps.interviewtracker.dev/journey"

	// AnnotationIntent holds the hash of what the operator last applied to the
	// object: when it changes, the object is applied again.
	AnnotationIntent = "apps.interviewtracker.dev/intent"
	// AnnotationRetainedFor holds the name of the tracker whose data a retained
	// credentials Secret opens. Only a tracker of that name takes it up again.
	AnnotationRetainedFor = "apps.interviewtracker.dev/retained-for"
	// AnnotationPostgresMajor holds the major version of Postgres that wrote the
	// data which a credentials Secret opens.
	AnnotationPostgresMajor = "apps.interviewtracker.dev/postgres-major"
	// AnnotationDatabaseRevision and AnnotationRedisRevision, on the API's pods,
	// identify the URL of a dependency without revealing it: the pods read the URL
	// when they start, and a changed one replaces them.
	AnnotationDatabaseRevision = "apps.interviewtracker.dev/database-revision"
	AnnotationRedisRevision    = "apps.interviewtracker.dev/redis-revision"
	// AnnotationCredentialsRevision, on the credentials of a managed dependency, is
	// what the API's pods bear as its revision.
	AnnotationCredentialsRevision = "apps.interviewtracker.dev/revision"
	// AnnotationDataLossAcknowledged, on a PersistentVolumeClaim that has replaced another
	// one, ends the report that the data are lost. A person sets it, to any value.
	AnnotationDataLossAcknowledged = "apps.interviewtracker.dev/data-loss-acknowledged"
	// AnnotationTemplateDigest, on a component's Deployment, stands for the pod template that it
	// has, without the operator's own annotations in it. Kubernetes copies it to the ReplicaSet.
	AnnotationTemplateDigest = "apps.interviewtracker.dev/template-digest"
	// AnnotationRestartedAt, on a tracker, restarts the pods of its components once for each
	// value, which is by convention the time. It is copied to their pod templates, and stays
	// there when it is removed from the tracker.
	AnnotationRestartedAt = "apps.interviewtracker.dev/restarted-at"
	// AnnotationMigrationsRetriedAt, on a tracker, has migrations that have failed run again,
	// once for each value, which is by convention the time. Their new Job bears it.
	AnnotationMigrationsRetriedAt = "apps.interviewtracker.dev/migrations-retried-at"
)

// LabelEscalationLevel is the label of an alert that has been firing for as long as a level
// of spec.monitoring.notifications.escalation says: the level's number, from 2. The alert
// itself, which is the first level, has no such label.
const LabelEscalationLevel = "escalation_level"

// FieldManager is the operator's name in server-side apply.
const FieldManager = "interview-tracker-operator"

// Component is a part of a tracker. Its objects are named TRACKER-COMPONENT.
type Component string

// The parts of a tracker.
const (
	ComponentAPI      Component = "api"
	ComponentFrontend Component = "frontend"
	ComponentDatabase Component = "database"
	ComponentRedis    Component = "redis"
	// ComponentMigrate is the Job of spec.migrations and its pods.
	ComponentMigrate Component = "migrate"
	// ComponentJourney is the CronJobs of spec.monitoring.journeys, their Jobs and pods.
	ComponentJourney Component = "journey"
	// ComponentMonitoring is what has the others monitored; its objects have names of
	// their own.
	ComponentMonitoring Component = "monitoring"
)

// ChildName is the name of a component's objects.
func (t *InterviewTracker) ChildName(c Component) string {
	return t.Name + "-" + string(c)
}

// JourneyName is the name of the CronJob of a journey.
func (t *InterviewTracker) JourneyName(journey string) string {
	return t.ChildName(ComponentJourney) + "-" + journey
}

// CredentialsName is the name of the Secret that opens a managed dependency.
func (t *InterviewTracker) CredentialsName(c Component) string {
	return t.ChildName(c) + "-credentials"
}

// DashboardUID is the identity of the tracker's dashboard in Grafana: the same for a later
// tracker of the same name, and no other's. A slash is in neither name.
func (t *InterviewTracker) DashboardUID() string {
	sum := sha256.Sum256([]byte(t.Namespace + "/" + t.Name))
	return "itr-" + hex.EncodeToString(sum[:16])
}
