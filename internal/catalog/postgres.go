// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

const (
	postgresPort     = 5432
	postgresUser     = "postgres"
	postgresDatabase = "interview_tracker"
)

func postgres() Dependency {
	return Dependency{
		Name:               v1alpha1.ComponentDatabase,
		Title:              "database",
		Spec:               func(s *v1alpha1.InterviewTrackerSpec) *v1alpha1.DependencySpec { return s.Database },
		EnvURL:             contract.EnvDatabaseURL,
		Condition:          Condition{v1alpha1.ConditionDatabaseHealthy, "DatabaseUnhealthy", "DatabaseRecovered"},
		RevisionAnnotation: v1alpha1.AnnotationDatabaseRevision,
		Migrated:           true,
		Managed: &Managed{
			DefaultImage:                  "postgres:15",
			PortName:                      "postgres",
			Port:                          postgresPort,
			User:                          officialUser,
			DataPath:                      "/var/lib/postgresql/data",
			DefaultStorageSize:            resource.MustParse("10Gi"),
			DefaultResources:              resources("100m", "256Mi", "1Gi"),
			TerminationGracePeriodSeconds: 120,
			Ready:                         []string{"pg_isready", "-U", postgresUser, "-d", postgresDatabase},
			Pod:                           postgresPod,
			Credentials:                   postgresCredentials,
			Format: &Format{
				Product:    "Postgres",
				Annotation: v1alpha1.AnnotationPostgresMajor,
				Version:    postgresMajor,
			},
		},
	}
}

func postgresPod(spec *corev1.PodSpec, container *corev1.Container, managed *v1alpha1.ManagedSpec, credentials string) {
	container.Args = postgresArgs(container.Image, managed.GetSlowQueryThreshold())
	container.Env = []corev1.EnvVar{
		envValue("POSTGRES_USER", postgresUser),
		envValue("POSTGRES_DB", postgresDatabase),
		envSecret("POSTGRES_PASSWORD", credentials, KeyPassword),
		// A subfolder, since the volume's root may hold lost+found.
		envValue("PGDATA", "/var/lib/postgresql/data/pgdata"),
	}
	// A fast shutdown. On SIGTERM, which images get that don't ask for another
	// signal, Postgres waits for its clients to disconnect until it is killed; once a
	// fast shutdown has begun, it ignores that.
	container.Lifecycle = &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{
		Exec: &corev1.ExecAction{Command: []string{"sh", "-c", "kill -INT 1"}},
	}}
	MountScratch(spec, container, "run", "/var/run/postgresql")
}

// oldestWithSettings is the first major version that can leave the values of parameters out of its
// log.
const oldestWithSettings = 13

// postgresArgs makes Postgres keep statistics of its statements, and log those that take long.
// What users have stored stays out of both: the values of parameters are not logged, nor
// are the details of an error, such as the address that another user has already; statements that are no
// queries, of which one sets a password, have no statistics. There are no arguments for an image
// whose tag names an older version: it would not start with a setting that it does not know.
func postgresArgs(image string, slow time.Duration) []string {
	if major, err := strconv.ParseFloat(postgresMajor(image), 64); err == nil && major < oldestWithSettings {
		return nil
	}
	args := []string{"postgres"}
	for _, setting := range []string{
		"shared_preload_libraries=pg_stat_statements",
		"pg_stat_statements.max=1000",
		"pg_stat_statements.track_utility=off",
		fmt.Sprintf("log_min_duration_statement=%dms", slow.Milliseconds()),
		"log_parameter_max_length=0",
		"log_parameter_max_length_on_error=0",
		"log_error_verbosity=terse",
		"log_line_prefix=%m [%p] %q%u@%d ",
		"log_timezone=UTC",
	} {
		args = append(args, "-c", setting)
	}
	return args
}

func postgresCredentials(host, password string) map[string][]byte {
	location := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(postgresUser, password),
		Host:     net.JoinHostPort(host, strconv.Itoa(postgresPort)),
		Path:     "/" + postgresDatabase,
		RawQuery: "sslmode=disable",
	}
	return map[string][]byte{
		"username":  []byte(postgresUser),
		KeyPassword: []byte(password),
		KeyURL:      []byte(location.String()),
	}
}

var (
	// Images of extensions have a version of their own: 2.17.2-pg16, pg16.
	extensionTag = regexp.MustCompile(`(?:^|-)pg([1-9][0-9])(?:\D|$)`)
	// Until 9.6, the second number belonged to the major version.
	postgresTag = regexp.MustCompile(`^v?(9\.[0-9]|[1-9][0-9])(?:\D|$)`)
)

// postgresMajor is the major version of Postgres in an image's tag, empty when the tag
// has none.
func postgresMajor(image string) string {
	image, _, _ = strings.Cut(image, "@")
	// A colon before the last slash is that of the registry's port.
	_, tag, _ := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":")
	for _, expression := range []*regexp.Regexp{extensionTag, postgresTag} {
		if match := expression.FindStringSubmatch(tag); match != nil {
			return match[1]
		}
	}
	return ""
}
