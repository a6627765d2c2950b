//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// operator is the user name at the API server of the operator of config/default.
const operator = "system:serviceaccount:" + operatorNamespace + ":interview-tracker-operator"

// auditPath is the path of the audit log of the local cluster's API server.
func auditPath() string {
	return filepath.Join(filepath.Dir(os.Getenv("KUBECONFIG")), "audit.log")
}

// auditEnd is the current length of the audit log; 0 if there is none.
func auditEnd() (int64, error) {
	info, err := os.Stat(auditPath())
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// request is a request of an operator in the audit log.
type request struct {
	Verb           string
	Stage          string
	User           struct{ Username string }
	ObjectRef      struct{ APIGroup, Resource, Subresource, Namespace, Name string }
	ResponseStatus struct{ Code int }
	RequestObject  json.RawMessage // Of what is written to the status of a tracker.
	Annotations    map[string]string
}

// resource is GROUP/RESOURCE, with the subresource if there is one.
func (r *request) resource() string {
	resource := r.ObjectRef.APIGroup + "/" + r.ObjectRef.Resource
	if r.ObjectRef.Subresource != "" {
		resource += "/" + r.ObjectRef.Subresource
	}
	return resource
}

// readAudit visits the requests of a user for resources in the audit log from an offset to
// its end.
func readAudit(offset int64, user string, visit func(*request)) error {
	file, err := os.Open(auditPath())
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	if _, err := file.Seek(offset, io.SeekStart); err != nil {
		return err
	}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var r request
		if !bytes.Contains(lines.Bytes(), []byte(user)) || json.Unmarshal(lines.Bytes(), &r) != nil {
			continue // Another user's; or the first or last line, which may be incomplete.
		}
		if r.User.Username == user && r.ObjectRef.Resource != "" {
			visit(&r)
		}
	}
	return lines.Err()
}
