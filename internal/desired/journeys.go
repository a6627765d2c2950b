// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"github.com/robfig/cron/v3"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// journeyContainer is the name of the container that goes through a tracker.
const journeyContainer = "journey"

// journeyStartSeconds is how late a run may start: one that was missed for longer, as the cluster's
// controllers did not run, is left out.
const journeyStartSeconds = 300

// journeyResources are those of a container. The reference journey uses a tenth of the memory, a small
// browser all of it.
var journeyResources = v1alpha1.ResourcesSpec{
	Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("20m"), corev1.ResourceMemory: resource.MustParse("64Mi")},
	Limits:   corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("512Mi")},
}

// addJourneys adds a CronJob for each journey, and the service account of their pods.
func (b *builder) addJourneys() {
	journeys, entry := b.catalog.Journeys(&b.tracker.Spec)
	if len(journeys) > 0 {
		b.add(b.serviceAccount(v1alpha1.ComponentJourney))
	}
	for i := range journeys {
		b.add(b.journey(&journeys[i], entry))
	}
}

// awaitStart defers the CronJobs of journeys that wait for the tracker to start.
func (b *builder) awaitStart() {
	waiting := sets.New[string]()
	journeys, _ := b.catalog.Journeys(&b.tracker.Spec)
	for i := range journeys {
		if b.snapshot.JourneyWaits(b.tracker, b.catalog, journeys[i].Name) {
			waiting.Insert(b.tracker.JourneyName(journeys[i].Name))
		}
	}
	b.output.Monitoring = slices.DeleteFunc(b.output.Monitoring, func(object Object) bool {
		_, ok := object.(*batchv1.CronJob)
		wait := ok && waiting.Has(object.GetName())
		if wait {
			b.output.Deferred = append(b.output.Deferred, object)
		}
		return wait
	})
}

// journey runs a journey again and again, each time as a Job of one pod that is not retried.
func (b *builder) journey(j *v1alpha1.JourneySpec, entry catalog.Component) *batchv1.CronJob {
	object := &batchv1.CronJob{
		TypeMeta:   typeMeta(batchv1.SchemeGroupVersion, "CronJob"),
		ObjectMeta: b.meta(v1alpha1.ComponentJourney),
		Spec: batchv1.CronJobSpec{
			Schedule:                   JourneySchedule(b.tracker, j),
			TimeZone:                   new("Etc/UTC"),
			ConcurrencyPolicy:          batchv1.ForbidConcurrent,
			StartingDeadlineSeconds:    new(int64(journeyStartSeconds)),
			SuccessfulJobsHistoryLimit: new(int32(1)),
			FailedJobsHistoryLimit:     new(int32(1)),
			JobTemplate: batchv1.JobTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: b.journeyLabels(j)},
				Spec: batchv1.JobSpec{
					BackoffLimit:          new(int32(0)),
					ActiveDeadlineSeconds: new(int64((j.Timeout.Duration + time.Second - 1) / time.Second)),
					Template:              b.journeyTemplate(j, entry),
				},
			},
		},
	}
	object.Name, object.Labels = b.tracker.JourneyName(j.Name), b.journeyLabels(j)
	return object
}

func (b *builder) journeyLabels(j *v1alpha1.JourneySpec) map[string]string {
	labels := b.labels(v1alpha1.ComponentJourney)
	labels[v1alpha1.LabelJourney] = j.Name
	return labels
}

// journeyTemplate is that of a journey's pods. They run where those of the entry do, with its
// image unless the journey has its own.
func (b *builder) journeyTemplate(j *v1alpha1.JourneySpec, entry catalog.Component) corev1.PodTemplateSpec {
	component := entry.Get(&b.tracker.Spec)
	c := container(journeyContainer, *journeyResources.DeepCopy())
	c.Image, c.Command = j.Image, j.Command
	if j.Image == "" {
		c.Image, c.ImagePullPolicy = entry.Image(&b.tracker.Spec), component.ImagePullPolicy
		if len(c.Command) == 0 {
			c.Command = []string{"/tracker", "journey"}
		}
	}
	if c.ImagePullPolicy == "" {
		c.ImagePullPolicy = pullPolicy(c.Image)
	}
	url := fmt.Sprintf("http://%s.%s.svc:%d", b.tracker.ChildName(entry.Name), b.tracker.Namespace, entry.Port(&b.tracker.Spec))
	c.Env = append([]corev1.EnvVar{
		{Name: contract.EnvFrontendURL, Value: url},
		{Name: contract.EnvJourneyName, Value: j.Name},
	}, j.Env...)

	spec := b.podSpec(v1alpha1.ComponentJourney, nil)
	spec.RestartPolicy = corev1.RestartPolicyNever
	spec.Containers = []corev1.Container{c}
	catalog.MountScratch(&spec, &spec.Containers[0], "tmp", "/tmp")
	spec.ImagePullSecrets = component.ImagePullSecrets
	spec.Tolerations = component.Tolerations
	spec.Affinity = nodeAffinity(component.Affinity)
	if component.NodeSelector != nil {
		spec.NodeSelector = plain(component.NodeSelector)
	}
	return corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: b.journeyLabels(j)}, Spec: spec}
}

// JourneySchedule is when a journey runs, in the notation of cron. That of an interval is shifted
// by a number of minutes that depends on the names, so that not all trackers' journeys start at once.
func JourneySchedule(t *v1alpha1.InterviewTracker, j *v1alpha1.JourneySpec) string {
	if j.Interval == nil {
		return j.Schedule
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(t.Namespace + "/" + t.JourneyName(j.Name))) // It never fails.
	shift := int(hash.Sum32() % 60)
	minutes := int(j.Interval.Minutes())
	switch {
	case minutes <= 1:
		return "* * * * *"
	case minutes < 60:
		return fmt.Sprintf("%d-59/%d * * * *", shift%minutes, minutes)
	case minutes == 60:
		return fmt.Sprintf("%d * * * *", shift)
	case minutes < 24*60:
		return fmt.Sprintf("%d */%d * * *", shift, minutes/60)
	}
	return fmt.Sprintf("%d 0 * * *", shift)
}

// JourneyGap is the longest time between the starts of two runs of a journey that follow each other;
// 0 if its schedule is not valid, or has no two within five years.
func JourneyGap(t *v1alpha1.InterviewTracker, j *v1alpha1.JourneySpec) time.Duration {
	if j.Interval != nil {
		return j.Interval.Duration
	}
	parsed, err := cron.ParseStandard(JourneySchedule(t, j))
	schedule, ok := parsed.(*cron.SpecSchedule)
	if err != nil || !ok {
		return 0
	}
	first, last, longest := timesOfDay(schedule)
	// On each day that has runs, they are at the same times.
	begin := time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC)
	end := begin.AddDate(5, 0, 0)
	var before time.Time
	for date := begin; date.Before(end); date = date.AddDate(0, 0, 1) {
		if !runsOn(schedule, date) {
			continue
		}
		if !before.IsZero() {
			longest = max(longest, date.Add(first).Sub(before.Add(last)))
		}
		before = date
	}
	return longest
}

// timesOfDay are the first and the last time of a day's runs, and the longest time between two of them.
func timesOfDay(schedule *cron.SpecSchedule) (first, last, longest time.Duration) {
	runs := 0
	for at := time.Duration(0); at < 24*time.Hour; at += time.Minute {
		if !has(schedule.Hour, int(at.Hours())) || !has(schedule.Minute, int(at.Minutes())%60) {
			continue
		}
		if runs == 0 {
			first = at
		} else {
			longest = max(longest, at-last)
		}
		last = at
		runs++
	}
	return first, last, longest
}

// runsOn reports whether there are runs on a day.
func runsOn(schedule *cron.SpecSchedule, date time.Time) bool {
	inMonth, inWeek := has(schedule.Dom, date.Day()), has(schedule.Dow, int(date.Weekday()))
	runs := inMonth || inWeek
	if has(schedule.Dom, everyDay) || has(schedule.Dow, everyDay) {
		runs = inMonth && inWeek
	}
	return runs && has(schedule.Month, int(date.Month()))
}

func has(field uint64, value int) bool { return field&(1<<value) != 0 }

// everyDay is the bit of a day's field that is not restricted: as cron has it, a day has to match
// both fields then, and else one of them.
const everyDay = 63
