// SPDX-License-Identifier: Apache-2.0

// Package version says which build a command is.
package version

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// Line returns what a command's version subcommand prints, with its line end: the command, the version of the module
// that it was built from or "(devel)", the commit and its date where they are known, the system, and the version of Go.
func Line(command string) string {
	return line(command, read())
}

func line(command string, info *debug.BuildInfo) string {
	return fmt.Sprintf("%s %s%s %s/%s %s\n", command, module(info), commit(info), runtime.GOOS, runtime.GOARCH, runtime.Version())
}

// Module returns the version of the module that the command was built from, or "(devel)".
func Module() string { return module(read()) }

// Date returns the date of the commit that the command was built from, the zero time if that is not known.
func Date() time.Time { return date(read()) }

// read returns what the binary says of its build; nothing if it says nothing.
func read() *debug.BuildInfo {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info
	}
	return new(debug.BuildInfo)
}

func module(info *debug.BuildInfo) string {
	if info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}

// commit returns the commit and its date in brackets, behind a blank; nothing if they are not known.
func commit(info *debug.BuildInfo) string {
	revision := setting(info, "vcs.revision")
	if revision == "" {
		return ""
	}
	words := []string{"commit " + revision[:min(len(revision), 12)]}
	if setting(info, "vcs.modified") == "true" {
		words[0] += " with changes"
	}
	if t := date(info); !t.IsZero() {
		words = append(words, t.UTC().Format(time.DateOnly))
	}
	return " (" + strings.Join(words, ", ") + ")"
}

func date(info *debug.BuildInfo) time.Time {
	t, err := time.Parse(time.RFC3339, setting(info, "vcs.time"))
	if err != nil {
		return time.Time{}
	}
	return t
}

func setting(info *debug.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}
