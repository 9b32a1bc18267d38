// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReleaseRecipe adds an invented release to a copy of Cilium's headers, as CONTRIBUTING says: two codes, a field and a
// message, and nothing in Go but what prints them.
func TestReleaseRecipe(t *testing.T) {
	dir := t.TempDir()
	for _, from := range []string{"headers/linux", "bpf/cilium", "monitor/wire/cilium"} {
		if err := os.CopyFS(filepath.Join(dir, from), os.DirFS(filepath.Join("..", from))); err != nil {
			t.Fatal(err)
		}
	}
	edit := func(file, old, with string) {
		t.Helper()
		name := filepath.Join(dir, filepath.FromSlash(file))
		data, err := os.ReadFile(name)
		if err != nil || strings.Count(string(data), old) != 1 {
			t.Fatalf("%s has %q %d times (%v)", file, old, strings.Count(string(data), old), err)
		}
		if err := os.WriteFile(name, []byte(strings.Replace(string(data), old, with, 1)), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	edit("bpf/cilium/drop_reason.h", "\n};", "\n#if CILIUM_RELEASE >= 19900\n\tDROP_INVENTED = 250, /* Invented reason */\n#endif\n};")
	edit("bpf/cilium/trace.h", "enum trace_reason {\n", "enum trace_reason {\n#if CILIUM_RELEASE >= 19900\n\tTRACE_REASON_INVENTED = 9, /* invented */\n#endif\n")
	edit("bpf/cilium/drop.h", "(version 3) */\n", "(version 3) */\n\t__u64 invented;\t\t/* (version 4) */\n")
	edit("bpf/cilium/message.h", "\tCILIUM_NOTIFY_L7 =", "#if CILIUM_RELEASE >= 19900\n\tCILIUM_NOTIFY_INVENTED = 8, /* invented */\n#endif\n\tCILIUM_NOTIFY_L7 =")
	edit("bpf/cilium/release.h", "#define CILIUM_RELEASE 12002", "#define CILIUM_RELEASE 19900")
	edit("monitor/wire/cilium/lockstep.yaml", `"1.20.2"]`, `"1.20.2", "1.99"]`)
	edit("monitor/wire/cilium/lockstep.yaml", `"3": ip_trace_id}`, `"3": ip_trace_id, "4": invented}`)
	r, err := Generate(filepath.Join(dir, "monitor", "wire", "cilium", ConfigName))
	if err != nil {
		t.Fatal(err)
	}
	all := ""
	for _, f := range r.Files {
		all += string(f.Data)
	}
	for _, want := range []string{
		`"1.99",`, `"Invented reason",`, `"invented",`, "TypeInvented ", "Invented ", `{Name: "invented", C: "invented"`,
		"case 4:\n\t\treturn 56, true", "case 3:\n\t\treturn 48, true",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("the generated files have no %q", want)
		}
	}
}
