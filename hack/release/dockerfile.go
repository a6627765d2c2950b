// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// stage is what a stage of the Dockerfile makes of nothing: FROM scratch, with the stages in between.
type stage struct {
	config v1.Config
	files  []copied
}

// copied is a file that a stage has from the stage that builds.
type copied struct{ from, to string }

// parseDockerfile reads the stages of a Dockerfile that are built from scratch, by name. They consist of
// instructions that copy files and describe the image: nothing has to run. variables are the build's arguments.
func parseDockerfile(text string, variables map[string]string) (map[string]stage, error) {
	stages := map[string]stage{"scratch": {}}
	var name string
	var current *stage // nil in a stage that is not built from scratch
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		instruction, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch rest = strings.TrimSpace(rest); {
		case instruction == "" || strings.HasPrefix(instruction, "#"):
		case instruction == "FROM":
			words := strings.Fields(rest)
			base, fromScratch := stages[words[0]]
			if name, current = words[len(words)-1], nil; fromScratch {
				current = &stage{config: *base.config.DeepCopy(), files: slices.Clone(base.files)}
			}
		case current != nil:
			expanded, err := expand(rest, variables)
			if err == nil {
				err = current.apply(instruction, expanded)
			}
			if err != nil {
				return nil, fmt.Errorf("stage %s of the Dockerfile: %s %s: %w", name, instruction, rest, err)
			}
			stages[name] = *current
		}
	}
	delete(stages, "scratch")
	return stages, nil
}

// expand replaces $NAME by its value.
func expand(text string, variables map[string]string) (string, error) {
	var missing []string
	expanded := os.Expand(text, func(name string) string {
		value, ok := variables[name]
		if !ok {
			missing = append(missing, name)
		}
		return value
	})
	if len(missing) > 0 {
		return "", fmt.Errorf("no value for %s", strings.Join(missing, ", "))
	}
	return expanded, nil
}

var label = regexp.MustCompile(`([\w.-]+)=(?:"([^"]*)"|(\S*))`)

// apply changes the stage as an instruction says.
func (s *stage) apply(instruction, rest string) error {
	switch instruction {
	case "ARG":
	case "USER":
		s.config.User = rest
	case "ENTRYPOINT":
		return json.Unmarshal([]byte(rest), &s.config.Entrypoint)
	case "CMD":
		return json.Unmarshal([]byte(rest), &s.config.Cmd)
	case "EXPOSE":
		s.config.ExposedPorts = map[string]struct{}{}
		for port := range strings.FieldsSeq(rest) {
			s.config.ExposedPorts[port+"/tcp"] = struct{}{}
		}
	case "LABEL":
		if s.config.Labels == nil {
			s.config.Labels = map[string]string{}
		}
		for _, match := range label.FindAllStringSubmatch(rest, -1) {
			s.config.Labels[match[1]] = match[2] + match[3]
		}
	case "COPY":
		return s.copy(strings.Fields(rest))
	case "HEALTHCHECK":
		return s.healthcheck(rest)
	default:
		return errors.New("this instruction is not known")
	}
	return nil
}

// copy reads --from=build FILE DESTINATION.
func (s *stage) copy(words []string) error {
	if len(words) != 3 || words[0] != "--from=build" {
		return errors.New("expected --from=build, a file and its destination")
	}
	to := words[2]
	if strings.HasSuffix(to, "/") {
		to += path.Base(words[1])
	}
	s.files = append(s.files, copied{words[1], strings.TrimPrefix(to, "/")})
	return nil
}

// healthcheck reads --OPTION=VALUE… CMD ["…"], which Docker obeys and Kubernetes ignores.
func (s *stage) healthcheck(rest string) error {
	options, command, _ := strings.Cut(rest, "CMD ")
	var check v1.HealthConfig
	var test []string
	if err := json.Unmarshal([]byte(command), &test); err != nil {
		return err
	}
	check.Test = append([]string{"CMD"}, test...)
	for option := range strings.FieldsSeq(options) {
		name, value, _ := strings.Cut(option, "=")
		var err error
		switch name {
		case "--interval":
			check.Interval, err = time.ParseDuration(value)
		case "--timeout":
			check.Timeout, err = time.ParseDuration(value)
		case "--start-period":
			check.StartPeriod, err = time.ParseDuration(value)
		case "--retries":
			check.Retries, err = strconv.Atoi(value)
		default:
			err = fmt.Errorf("option %s is not known", name)
		}
		if err != nil {
			return err
		}
	}
	s.config.Healthcheck = &check
	return nil
}
