// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// needed are the programs that come from Debian, and their packages.
var needed = map[string]string{
	"/usr/lib/cni/bridge": "containernetworking-plugins",
	"conntrack":           "conntrack",
	"ip":                  "iproute2",
	"iptables":            "iptables",
	"mmdebstrap":          "mmdebstrap",
	"runc":                "runc",
}

// installPackages installs those that are missing.
func installPackages() error {
	var missing []string
	for program, pkg := range needed {
		if _, err := exec.LookPath(program); err != nil {
			missing = append(missing, pkg)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	list := strings.Join(missing, " ")
	if _, err := exec.LookPath("apt-get"); err != nil {
		return fmt.Errorf("programs are missing, and there is no apt-get to install their Debian packages: install %s", list)
	}
	cache, err := cacheDir()
	if err != nil {
		return err
	}
	logPath := filepath.Join(cache, "apt-get.log")
	return step("installing the Debian packages "+list, "about 20s", func() error {
		for _, args := range [][]string{{"update"}, append([]string{"install", "-y", "--no-install-recommends"}, missing...)} {
			cmd := exec.Command("apt-get", args...)
			cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
			if err := runLogged(cmd, logPath); err != nil {
				return err
			}
		}
		return nil
	})
}
