// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package notifications

import (
	"fmt"
	"time"

	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
)

// The years that the schema of an AlertmanagerConfig has.
const (
	firstYear = 2000
	lastYear  = 2999
)

// mutedUntil is the time before end, which is a full minute in UTC; it is empty when end is
// before the first year. Alertmanager has no moments in time: these are the years before
// that of end, its months before that of end, and so on.
func mutedUntil(end time.Time) []monitoringv1alpha1.TimeInterval {
	if end.Year() > lastYear {
		end = time.Date(lastYear+1, time.January, 1, 0, 0, 0, 0, time.UTC)
	}
	if end.Year() < firstYear {
		return nil
	}
	var intervals []monitoringv1alpha1.TimeInterval
	if end.Year() > firstYear {
		intervals = append(intervals, monitoringv1alpha1.TimeInterval{
			Years: []monitoringv1alpha1.YearRange{monitoringv1alpha1.YearRange(fmt.Sprintf("%d:%d", firstYear, end.Year()-1))},
		})
	}
	year := []monitoringv1alpha1.YearRange{monitoringv1alpha1.YearRange(fmt.Sprintf("%d", end.Year()))}
	if end.Month() > time.January {
		intervals = append(intervals, monitoringv1alpha1.TimeInterval{
			Years:  year,
			Months: []monitoringv1alpha1.MonthRange{monitoringv1alpha1.MonthRange(fmt.Sprintf("1:%d", end.Month()-1))},
		})
	}
	month := []monitoringv1alpha1.MonthRange{monitoringv1alpha1.MonthRange(fmt.Sprintf("%d", end.Month()))}
	if end.Day() > 1 {
		intervals = append(intervals, monitoringv1alpha1.TimeInterval{
			Years:       year,
			Months:      month,
			DaysOfMonth: []monitoringv1alpha1.DayOfMonthRange{{Start: 1, End: end.Day() - 1}},
		})
	}
	if end.Hour() > 0 || end.Minute() > 0 {
		intervals = append(intervals, monitoringv1alpha1.TimeInterval{
			Years:       year,
			Months:      month,
			DaysOfMonth: []monitoringv1alpha1.DayOfMonthRange{{Start: end.Day(), End: end.Day()}},
			Times:       []monitoringv1alpha1.TimeRange{{StartTime: "00:00", EndTime: monitoringv1alpha1.Time(end.Format("15:04"))}},
		})
	}
	return intervals
}
