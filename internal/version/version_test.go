// SPDX-License-Identifier: Apache-2.0

package version

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestLine(t *testing.T) {
	system := " " + runtime.GOOS + "/" + runtime.GOARCH + " " + runtime.Version() + "\n"
	vcs := []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef0123"}, {Key: "vcs.time", Value: "2026-11-27T08:41:58Z"}}
	for _, c := range []struct {
		info debug.BuildInfo
		want string
	}{
		{debug.BuildInfo{}, "bpfmon (devel)"},
		{debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}}, "bpfmon v1.2.3"},
		{debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Settings: vcs}, "bpfmon v1.2.3 (commit 0123456789ab, 2026-11-27)"},
		{debug.BuildInfo{Settings: append(vcs, debug.BuildSetting{Key: "vcs.modified", Value: "true"})},
			"bpfmon (devel) (commit 0123456789ab with changes, 2026-11-27)"},
		{debug.BuildInfo{Settings: vcs[:1]}, "bpfmon (devel) (commit 0123456789ab)"},
	} {
		if got := line("bpfmon", &c.info); got != c.want+system {
			t.Errorf("got %q, want %q", got, c.want+system)
		}
	}
}
