// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

var postgres = dependency{
	component: v1alpha1.ComponentDatabase,
	portName:  postgresContainer,
	port:      postgresPort,
	pod:       postgresPod,
	secrets:   postgresSecrets,
}

const (
	postgresPort      = 5432
	postgresContainer = "postgres"
	postgresUser      = "postgres"
	postgresDatabase  = "interview_tracker"
)

var postgresReady = []string{"pg_isready", "-U", postgresUser, "-d", postgresDatabase}

func postgresPod(b *builder, spec *corev1.PodSpec, container *corev1.Container) {
	spec.TerminationGracePeriodSeconds = new(int64(120))
	container.Env = []corev1.EnvVar{
		envValue("POSTGRES_USER", postgresUser),
		envValue("POSTGRES_DB", postgresDatabase),
		envSecret("POSTGRES_PASSWORD", b.tracker.CredentialsName(v1alpha1.ComponentDatabase), keyPassword),
		// A subfolder, since the volume's root may hold lost+found.
		envValue("PGDATA", "/var/lib/postgresql/data/pgdata"),
	}
	container.ReadinessProbe = readinessOf(postgresReady)
	container.StartupProbe = startupOf(postgresReady)
	// A fast shutdown. On SIGTERM, which images get that don't ask for another
	// signal, Postgres waits for its clients to leave until it is killed; once a
	// fast shutdown has begun, it ignores that.
	container.Lifecycle = &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{
		Exec: &corev1.ExecAction{Command: []string{"sh", "-c", "kill -INT 1"}},
	}}
	container.VolumeMounts = []corev1.VolumeMount{{Name: snapshot.VolumeName, MountPath: "/var/lib/postgresql/data"}}
	mountScratch(spec, container, "run", "/var/run/postgresql")
	mountScratch(spec, container, "tmp", "/tmp")
}

func postgresSecrets(host, password string) map[string][]byte {
	location := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(postgresUser, password),
		Host:     net.JoinHostPort(host, strconv.Itoa(postgresPort)),
		Path:     "/" + postgresDatabase,
		RawQuery: "sslmode=disable",
	}
	return map[string][]byte{
		keyUsername: []byte(postgresUser),
		keyPassword: []byte(password),
		keyURL:      []byte(location.String()),
	}
}

// guardPostgres keeps another major version of Postgres away from existing
// data, which it could not open, and records the version that writes new ones.
func (b *builder) guardPostgres() {
	i := slices.IndexFunc(b.output.Objects, func(o Object) bool {
		_, ok := o.(*appsv1.StatefulSet)
		return ok && o.GetName() == b.tracker.ChildName(v1alpha1.ComponentDatabase)
	})
	if i < 0 {
		return
	}
	set, _ := b.output.Objects[i].(*appsv1.StatefulSet)
	image := postgresImage(set)
	b.annotateMajor(*image)
	wanted, recorded := postgresMajor(*image), b.recordedMajor()
	if wanted == "" || recorded == "" || wanted == recorded {
		return
	}

	live := b.snapshot.StatefulSets[v1alpha1.ComponentDatabase]
	written := b.tracker.Spec.GetManaged(v1alpha1.ComponentDatabase).Image
	if live != nil && written == "" && *image == b.options.Images[v1alpha1.ComponentDatabase] {
		// The operator's default has moved on, which nobody asked of this tracker.
		*image = *postgresImage(live)
		return
	}
	b.output.Refusals = append(b.output.Refusals, fmt.Sprintf(
		"image %s is not used: Postgres %s can't open the data of %s, which Postgres %s wrote; "+
			"dump them and restore them into a new tracker, or set spec.database.managed.image to an image of Postgres %s",
		*image, wanted, b.tracker.ChildName(v1alpha1.ComponentDatabase), recorded, recorded))
	if live != nil {
		*image = *postgresImage(live)
		return
	}
	b.output.Objects = slices.Delete(b.output.Objects, i, i+1)
}

// recordedMajor is the major version of Postgres that wrote the data, empty
// when there are none or nothing tells.
func (b *builder) recordedMajor() string {
	if b.snapshot.Claims[v1alpha1.ComponentDatabase] == nil {
		return ""
	}
	if major := b.annotatedMajor(); major != "" {
		return major
	}
	if live := b.snapshot.StatefulSets[v1alpha1.ComponentDatabase]; live != nil {
		return postgresMajor(*postgresImage(live))
	}
	return ""
}

func (b *builder) annotatedMajor() string {
	live := b.snapshot.Credentials[v1alpha1.ComponentDatabase]
	if live == nil {
		return ""
	}
	return live.Annotations[v1alpha1.AnnotationPostgresMajor]
}

// annotateMajor notes on the credentials which major version of Postgres writes
// the data: that of the image, until there are data.
func (b *builder) annotateMajor(image string) {
	major := postgresMajor(image)
	if b.snapshot.Claims[v1alpha1.ComponentDatabase] != nil {
		major = b.annotatedMajor()
	}
	if major == "" {
		return
	}
	for _, object := range b.output.Objects {
		secret, ok := object.(*corev1.Secret)
		if ok && secret.Name == b.tracker.CredentialsName(v1alpha1.ComponentDatabase) {
			metav1.SetMetaDataAnnotation(&secret.ObjectMeta, v1alpha1.AnnotationPostgresMajor, major)
		}
	}
}

// postgresImage is the image that a StatefulSet runs Postgres from. A patch may
// have renamed the container, or put others beside it.
func postgresImage(set *appsv1.StatefulSet) *string {
	containers := set.Spec.Template.Spec.Containers
	for i := range containers {
		if containers[i].Name == postgresContainer {
			return &containers[i].Image
		}
	}
	if len(containers) == 0 {
		return new("")
	}
	return &containers[0].Image
}

var (
	// Images of extensions have a version of their own: 2.17.2-pg16, pg16.
	extensionTag = regexp.MustCompile(`(?:^|-)pg([1-9][0-9])(?:\D|$)`)
	// Until 9.6, the second number belonged to the major version.
	postgresTag = regexp.MustCompile(`^v?(9\.[0-9]|[1-9][0-9])(?:\D|$)`)
)

// postgresMajor is the major version of Postgres that an image's tag tells,
// empty when it doesn't.
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
