// SPDX-License-Identifier: Apache-2.0

// Licences checks that every module that the build and its tests use has a licence that was looked at and allowed. It
// finds the licence of each by words of its text, in the module cache, and compares it with the list in allowed.txt. It
// fails on a module that is not in the list, on one whose licence is not the listed one, and on a line for a module that
// is no longer used.
package main

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// allowed has a line for each module: its path and the SPDX name of its licence. Lines that start with # are comments.
//
//go:embed allowed.txt
var allowed string

func main() {
	count, err := run()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("licences: %d modules, all allowed\n", count)
}

// run checks the modules of the module in the current directory and returns how many there are.
func run() (int, error) {
	modules, err := list()
	if err != nil {
		return 0, err
	}
	want, err := parseAllowed(allowed)
	if err != nil {
		return 0, err
	}
	found := make(map[string]string)
	for path, dir := range modules {
		if found[path], err = licenceIn(dir); err != nil {
			return 0, fmt.Errorf("%s: %w", path, err)
		}
	}
	return len(found), compare(found, want)
}

// list returns the modules that are used, and the directories that hold them.
func list() (map[string]string, error) {
	const format = "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Dir}}{{end}}{{end}}"
	cmd := exec.Command("go", "list", "-deps", "-test", "-f", format, "./...")
	cmd.Env = append(os.Environ(), "GOOS=linux") // which uses the most
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	modules := make(map[string]string)
	for line := range strings.Lines(string(out)) {
		if path, dir, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			modules[path] = dir
		}
	}
	if len(modules) == 0 {
		return nil, errors.New("go list: no modules")
	}
	return modules, nil
}

// parseAllowed returns the licence of each module in a list.
func parseAllowed(text string) (map[string]string, error) {
	all := make(map[string]string)
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || strings.HasPrefix(words[0], "#"):
		case len(words) != 2 || all[words[0]] != "":
			return nil, fmt.Errorf("allowed.txt: %q: want a module, once, and its licence", line)
		default:
			all[words[0]] = words[1]
		}
	}
	return all, nil
}

// compare returns an error with every module that is not as it should be.
func compare(found, want map[string]string) error {
	var faults []string
	for path, licence := range found {
		switch want[path] {
		case licence:
		case "":
			faults = append(faults, fmt.Sprintf("%s: licence %s: not in internal/licences/allowed.txt", path, licence))
		default:
			faults = append(faults, fmt.Sprintf("%s: licence %s, but %s was allowed", path, licence, want[path]))
		}
	}
	for path := range want {
		if _, ok := found[path]; !ok {
			faults = append(faults, path+": allowed, but not used")
		}
	}
	slices.Sort(faults)
	if len(faults) > 0 {
		return errors.New(strings.Join(faults, "\n"))
	}
	return nil
}

// licenceIn returns the SPDX name of the licence that a directory holds.
func licenceIn(dir string) (string, error) {
	for _, name := range []string{"LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE", "COPYING"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		return classify(string(text)), nil
	}
	return "", fmt.Errorf("no licence file in %s", dir)
}

// classify returns the SPDX name of a licence, or "unknown". Other licences have some of these words too: what they
// alone say rules them out.
func classify(text string) string {
	text = strings.ToLower(strings.Join(strings.Fields(text), " "))
	has := func(words string) bool { return strings.Contains(text, words) }
	switch {
	case has("general public license") || has("mozilla public") || has("all advertising materials"):
		return "unknown"
	case has("apache license version 2.0"):
		return "Apache-2.0"
	case has("permission is hereby granted, free of charge") && has("the above copyright notice and this permission notice"):
		return "MIT"
	case has("redistribution and use in source and binary forms") && has("neither the name"):
		return "BSD-3-Clause"
	case has("redistribution and use in source and binary forms"):
		return "BSD-2-Clause"
	}
	return "unknown"
}
