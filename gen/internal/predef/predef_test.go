// SPDX-License-Identifier: Apache-2.0

package predef

import (
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/gen/internal/ctext"
	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
)

// exceptions are the macros in which the lists differ from what the compilers print, with the reason.
var exceptions = map[string]string{
	"__VERSION__":         "names the build of the compiler",
	"__FLT_EVAL_METHOD__": "clang has it and does not list it",
	"__PIC__":             "depends on how gcc was configured; -fno-pie is the other way",
	"__pic__":             "as __PIC__",
	"__PIE__":             "as __PIC__",
	"__pie__":             "as __PIC__",
}

// compilers are the compilers whose macros a target has, with the versions that the lists are of.
var compilers = []struct {
	target, major string
	command       []string
}{
	{"bpfel", "19", []string{"clang-19", "-target", "bpfel", "-O2"}},
	{"bpfeb", "19", []string{"clang-19", "-target", "bpfeb", "-O2"}},
	{"linux/amd64", "12", []string{"gcc", "-fno-pie"}},
	{"linux/386", "12", []string{"gcc", "-m32", "-fno-pie"}},
	{"linux/arm64", "12", []string{"aarch64-linux-gnu-gcc", "-fno-pie"}},
	{"linux/arm", "12", []string{"arm-linux-gnueabihf-gcc", "-fno-pie"}},
	{"linux/s390x", "12", []string{"s390x-linux-gnu-gcc", "-fno-pie"}},
}

// defines returns the macros of #define lines, by name with their parameters.
func defines(text string) map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "#define ")
		if !ok {
			continue
		}
		name, value, _ := strings.Cut(rest, " ")
		all[name] = value
	}
	return all
}

// TestMacros compares the predefined macros of each target with the whole list that its compiler prints.
func TestMacros(t *testing.T) {
	for _, c := range compilers {
		t.Run(strings.ReplaceAll(c.target, "/", "-"), func(t *testing.T) {
			path, err := exec.LookPath(c.command[0])
			if err != nil {
				absent(t, c.command[0]+" is not installed")
			}
			out, err := exec.Command(path, append(c.command[1:], "-dM", "-E", "-x", "c", os.DevNull)...).Output()
			if err != nil {
				absent(t, c.command[0]+" cannot preprocess for "+c.target)
			}
			want, got := defines(string(out)), defines(string(Macros(c.target).Src))
			if major := want["__clang_major__"] + want["__GNUC__"]; major != c.major && want["__clang_major__"] != c.major {
				absent(t, c.command[0]+" is of version "+major+", the list of "+c.major)
			}
			names := maps.Clone(want)
			maps.Copy(names, got)
			for _, n := range slices.Sorted(maps.Keys(names)) {
				w, inWant := want[n]
				g, inGot := got[n]
				if (w != g || inWant != inGot) && exceptions[n] == "" {
					t.Errorf("%s is %q (defined: %v) for the compiler, %q (defined: %v) for us", n, w, inWant, g, inGot)
				}
			}
		})
	}
}

// absent skips the test for what is not here, or fails it where LOCKSTEP_REQUIRE says that everything is.
func absent(t *testing.T, why string) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("LOCKSTEP_REQUIRE"), ","), "predef") {
		t.Fatal(why + ", and LOCKSTEP_REQUIRE has predef")
	}
	t.Skip(why)
}

// TestTargets checks that each target has a list, and one that is well formed.
func TestTargets(t *testing.T) {
	for _, name := range layout.Names() {
		target, _ := layout.Lookup(name)
		c := For(target)
		if c.Has == nil || len(c.Operators) == 0 {
			t.Errorf("%s has no answers", name)
		}
		n := 0
		for i := range c.Macros.Tokens {
			if c.Macros.Tokens[i].Kind == ctext.Bad {
				t.Errorf("%s: %q", name, c.Macros.Text(i))
			}
			if c.Macros.Is(i, "define") {
				n++
			}
		}
		if n < 300 {
			t.Errorf("%s has %d macros", name, n)
		}
	}
}

// TestAnswers asks the compilers that are here what they answer to a sample of names.
func TestAnswers(t *testing.T) {
	names := map[string][]string{
		"__has_attribute": {"packed", "__packed__", "aligned", "none", "btf_type_tag", "preserve_access_index", "mode", "__unused__",
			"counted_by", "nonstring", "fallthrough", "section", "__section__", "vector_size", "warn_if_not_aligned"},
		"__has_builtin": {"__builtin_clz", "__builtin_none", "__builtin_preserve_access_index", "__builtin_bswap16", "memcpy",
			"__builtin_dynamic_object_size", "__builtin_types_compatible_p", "__builtin_btf_type_id", "__sync_fetch_and_add"},
		"__has_c_attribute": {"deprecated", "__fallthrough__", "gnu::packed", "__gnu__::__aligned__", "clang::none", "nodiscard", "noreturn"},
		"__has_feature":     {"c_alignas", "__c_static_assert__", "none", "address_sanitizer"},
		"__has_extension":   {"c_alignas", "none", "attribute_deprecated_with_message"},
		"__is_identifier":   {"int", "none", "_Bool", "__attribute__"},
	}
	for _, c := range compilers[:3] {
		t.Run(strings.ReplaceAll(c.target, "/", "-"), func(t *testing.T) {
			path, err := exec.LookPath(c.command[0])
			if err != nil {
				absent(t, c.command[0]+" is not installed")
			}
			target, _ := layout.Lookup(c.target)
			known := For(target)
			asked, want := "", []string{}
			for _, op := range slices.Sorted(maps.Keys(names)) {
				if !slices.Contains(known.Operators, op) {
					continue
				}
				for _, n := range names[op] {
					asked += op + "(" + n + ")\n"
					want = append(want, op+"("+n+") "+known.Has(op, n).Value)
				}
			}
			cmd := exec.Command(path, append(c.command[1:], "-E", "-P", "-x", "c", "-w", "-")...)
			cmd.Stdin = strings.NewReader(asked)
			out, err := cmd.Output()
			got := strings.Fields(string(out))
			if err != nil || len(got) != len(want) {
				t.Fatalf("%d answers to %d questions: %v", len(got), len(want), err)
			}
			for i, w := range want {
				if op, value, _ := strings.Cut(w, " "); got[i] != value {
					t.Errorf("%s is %s for the compiler, %s for us", op, got[i], value)
				}
			}
		})
	}
}
