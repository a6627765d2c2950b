// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

const redisPort = 6379

// keyRedisConf is the key of Redis's configuration, and the name of its file.
const keyRedisConf = "redis.conf"

func redis() Dependency {
	return Dependency{
		Name:               v1alpha1.ComponentRedis,
		Title:              "Redis",
		Spec:               func(s *v1alpha1.InterviewTrackerSpec) *v1alpha1.DependencySpec { return s.Redis },
		EnvURL:             contract.EnvRedisURL,
		EnvRequired:        contract.EnvRedisRequired,
		Condition:          Condition{v1alpha1.ConditionRedisHealthy, "RedisUnhealthy", "RedisRecovered"},
		RevisionAnnotation: v1alpha1.AnnotationRedisRevision,
		Managed: &Managed{
			DefaultImage:                  "redis:7",
			PortName:                      "redis",
			Port:                          redisPort,
			User:                          officialUser,
			DataPath:                      "/data",
			DefaultStorageSize:            resource.MustParse("1Gi"),
			DefaultResources:              resources("50m", "64Mi", "256Mi"),
			TerminationGracePeriodSeconds: 60,
			// The specification's `redis-cli ping`, which exits with 0 also when the answer
			// is NOAUTH or LOADING.
			Ready:       []string{"sh", "-c", `test "$(redis-cli ping)" = PONG`},
			Pod:         redisPod,
			Credentials: redisCredentials,
		},
	}
}

func redisPod(spec *corev1.PodSpec, container *corev1.Container, _ *v1alpha1.ManagedSpec, credentials string) {
	// The configuration holds the password: as an argument, all could read it.
	container.Command = []string{"redis-server", "/etc/redis/" + keyRedisConf}
	container.Args = memoryBound(container.Resources.Limits)
	container.Env = []corev1.EnvVar{envSecret("REDISCLI_AUTH", credentials, KeyPassword)}
	container.VolumeMounts = append(container.VolumeMounts,
		corev1.VolumeMount{Name: "config", MountPath: "/etc/redis", ReadOnly: true})
	spec.Volumes = append(spec.Volumes, corev1.Volume{
		Name: "config",
		VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{
			SecretName:  credentials,
			DefaultMode: new(int32(0o440)),
			Items:       []corev1.KeyToPath{{Key: keyRedisConf, Path: keyRedisConf}},
		}},
	})
}

// memoryBound makes Redis drop what was used least before the kernel kills it. It
// is an argument and not in the configuration, which can't follow the limit. The
// rest of the limit is for buffers, and for the copy that rewrites the log.
func memoryBound(limits corev1.ResourceList) []string {
	limit := limits.Memory().Value()
	if limit <= 0 {
		return nil
	}
	return []string{"--maxmemory", strconv.FormatInt(limit/4*3, 10)}
}

func redisCredentials(host, password string) map[string][]byte {
	location := url.URL{
		Scheme: "redis",
		User:   url.UserPassword("", password),
		Host:   net.JoinHostPort(host, strconv.Itoa(redisPort)),
		Path:   "/0",
	}
	return map[string][]byte{
		KeyPassword:  []byte(password),
		KeyURL:       []byte(location.String()),
		keyRedisConf: fmt.Appendf(nil, redisConf, redisString(password)),
	}
}

const redisConf = `dir /data
appendonly yes
maxmemory-policy allkeys-lru
requirepass %s
`

// redisString quotes a string for Redis's configuration.
func redisString(s string) string {
	var quoted strings.Builder
	quoted.WriteByte('"')
	for _, c := range []byte(s) {
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
			quoted.WriteByte(c)
			continue
		}
		fmt.Fprintf(&quoted, `\x%02x`, c)
	}
	quoted.WriteByte('"')
	return quoted.String()
}
