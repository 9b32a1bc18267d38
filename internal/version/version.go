// SPDX-License-Identifier: Apache-2.0

// Package version says which build a command is.
package version

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Line returns what a command's version subcommand prints, with its line end: the command, the version of the
// module that it was built from or "(devel)", the system, and the version of Go.
func Line(command string) string {
	return fmt.Sprintf("%s %s %s/%s %s\n", command, Module(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}

// Module returns the version of the module that the command was built from, or "(devel)".
func Module() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
