// SPDX-License-Identifier: Apache-2.0

// Package predef holds what the compiler of each target knows before it reads a header: its predefined macros, and
// what it answers to __has_attribute and the like. For bpf that is clang 19 with -O2, without which BPF programs are
// not built; for Linux gcc 12, and clang 19 where the two answer differently. The lists are as the compilers print
// them: see macros and answers.txt.
package predef

import (
	"embed"
	"strings"
	"sync"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/ctext"
	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
)

//go:embed macros
var macroFiles embed.FS

//go:embed answers.txt
var answersText string

// more are macros that the compilers have and do not list, for those that have no list entry.
const more = "#ifndef __FLT_EVAL_METHOD__\n#define __FLT_EVAL_METHOD__ 0\n#endif\n"

// texts holds the scanned lists of macros, by target.
var texts sync.Map

// Macros returns the #define lines of the macros that the compiler of a target defines by itself.
func Macros(target string) *ctext.File {
	if f, ok := texts.Load(target); ok {
		return f.(*ctext.File)
	}
	b, err := macroFiles.ReadFile("macros/" + strings.ReplaceAll(target, "/", "_") + ".txt")
	if err != nil {
		panic(err) // the targets are those of package layout, which a test goes over
	}
	f, _ := texts.LoadOrStore(target, ctext.Scan(append(b, more...)))
	return f.(*ctext.File)
}

// For returns what the compiler of a target knows.
func For(t *layout.Target) *cpp.Compiler {
	c := &cpp.Compiler{Macros: Macros(t.Name)}
	if strings.HasPrefix(t.Name, "bpf") {
		c.Operators = append(c.Operators, clangOperators...)
		c.Has = bpfAnswer
		c.ExpandsOperand = clangExpands
		c.ExpandsPragma = true
		return c
	}
	c.Operators = gccOperators
	column := columns[strings.TrimPrefix(t.Name, "linux/")]
	c.Has = func(op, name string) cpp.Answer { return linuxAnswer(column, op, name) }
	c.Foreign = func(op, name string) (string, bool) { return foreignAnswer(column, op, name) }
	c.ExpandsOperand = func(string) bool { return true }
	c.OtherExpandsOperand = clangExpands
	c.Two = true
	c.OnlyOne = onlyOne(t)
	c.Differing = differing(t)
	return c
}

var (
	gccOperators   = []string{"__has_attribute", "__has_builtin", "__has_c_attribute", "__has_cpp_attribute"}
	clangOperators = []string{
		"__has_declspec_attribute",
		"__has_attribute", "__has_builtin", "__has_c_attribute", "__has_feature", "__has_extension", "__is_identifier",
		"__has_warning", "__building_module", "__has_constexpr_builtin", "__has_embed", "__is_target_arch",
		"__is_target_os", "__is_target_vendor", "__is_target_environment", "__is_target_variant_os",
		"__is_target_variant_environment",
	}
)

// clangExpands reports whether clang expands macros in the operand of an operator.
func clangExpands(op string) bool { return op == "__has_attribute" || op == "__has_c_attribute" }

// columns gives the column of gcc's answers for an architecture; clang's is the next one. Column 0 is bpf's.
var columns = map[string]int{"amd64": 1, "386": 3, "arm": 5, "arm64": 7, "s390x": 9}

// answers is answers.txt by section: for each name the compilers that have it, as a string of 0 and 1 with a digit a
// column, or "" in a list of names.
var answers = sync.OnceValue(func() map[string]map[string]string {
	all := map[string]map[string]string{}
	var section map[string]string
	for line := range strings.Lines(answersText) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "["); ok {
			section = map[string]string{}
			all[strings.TrimSuffix(name, "]")] = section
			continue
		}
		mask, words := "", strings.Fields(line)
		if len(words) > 0 && len(words[0]) == 11 && strings.Trim(words[0], "01") == "" {
			mask, words = words[0], words[1:]
		}
		for _, w := range words {
			section[w] = mask
		}
	}
	return all
})

// has reports whether a name is in a section for a column.
func has(section, name string, column int) bool {
	list := answers()[section]
	mask, ok := list[name]
	if !ok && section != "__has_builtin" {
		mask, ok = list[bare(name)]
	}
	if !ok && section == "__has_attribute" {
		mask, ok = list["__"+bare(name)+"__"]
	}
	return ok && (mask == "" || mask[column] == '1')
}

// bare returns a name without the two underscores on both sides.
func bare(name string) string {
	if len(name) > 4 && strings.HasPrefix(name, "__") && strings.HasSuffix(name, "__") {
		return name[2 : len(name)-2]
	}
	return name
}

func digit(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// bpfAnswer answers as clang does for bpf.
func bpfAnswer(op, name string) cpp.Answer {
	switch op {
	case "__has_c_attribute":
		return cpp.Answer{Value: clangAttribute(name)}
	case "__has_extension":
		return cpp.Answer{Value: digit(has("__has_feature", name, 0) || has(op, name, 0))}
	case "__is_identifier":
		return cpp.Answer{Value: digit(!has("keyword", name, 0))}
	case "__has_warning":
		name = strings.Trim(name, `"`)
		return cpp.Answer{Value: digit(strings.HasPrefix(name, "-W") && has("warning", name[2:], 0))}
	case "__building_module":
		return cpp.Answer{Value: "0"}
	case "__has_attribute", "__has_builtin", "__has_feature":
		return cpp.Answer{Value: digit(has(op, name, 0))}
	}
	return cpp.Answer{Value: "0", Unknown: true}
}

// standardAttributes are the attributes of C that gcc and clang give a date.
var standardAttributes = map[string][2]string{ // gcc's date, clang's date
	"deprecated": {"201904", "201904"}, "fallthrough": {"201904", "201910"}, "maybe_unused": {"201904", "202106"},
	"nodiscard": {"202003", "202003"}, "noreturn": {"0", "202202"}, "_Noreturn": {"0", "202202"},
}

func clangAttribute(name string) string {
	scope, word, scoped := strings.Cut(name, "::")
	if !scoped {
		if dates, ok := standardAttributes[bare(name)]; ok {
			return dates[1] + "L"
		}
		return "0"
	}
	switch bare(scope) {
	case "gnu":
		return digit(has("clang gnu::", word, 0))
	case "clang", "_Clang":
		return digit(has("clang clang::", word, 0))
	}
	return "0"
}

func gccAttribute(column int, name string) string {
	scope, word, scoped := strings.Cut(name, "::")
	if !scoped {
		if dates, ok := standardAttributes[bare(name)]; ok {
			return dates[0]
		}
		return "0"
	}
	return digit(bare(scope) == "gnu" && has("__has_attribute", word, column))
}

// linuxAnswer answers as gcc does, and says where clang does not.
func linuxAnswer(column int, op, name string) cpp.Answer {
	var gcc, clang string
	switch op {
	case "__has_c_attribute":
		gcc, clang = gccAttribute(column, name), strings.TrimSuffix(clangAttribute(name), "L")
	case "__has_cpp_attribute":
		gcc = gccAttribute(column, name)
		clang = gcc // clang has the operator in C++ only
	case "__has_attribute":
		gcc, clang = digit(has(op, name, column)), digit(has(op, name, column+1))
		if dates, ok := standardAttributes[bare(name)]; ok && gcc == "1" && dates[0] != "0" {
			return cpp.Answer{Value: dates[0], Other: clang} // either is true
		}
	default:
		if op == "__has_builtin" && machine(name) {
			return cpp.Answer{Value: "0", Unknown: true}
		}
		gcc, clang = digit(has(op, name, column)), digit(has(op, name, column+1))
	}
	a := cpp.Answer{Value: gcc}
	if gcc != clang {
		a.Other, a.Differs = clang, op+"("+name+") is "+gcc+" for gcc and "+clang+" for clang"
	}
	return a
}

// machine reports whether a builtin is one of a machine's own, which the lists leave out.
func machine(name string) bool {
	for _, p := range []string{"ia32", "neon", "arm", "aarch64", "s390", "sve", "sme", "tx", "tbegin", "tabort", "tend"} {
		if strings.HasPrefix(name, "__builtin_"+p) {
			return true
		}
	}
	return false
}

// foreignAnswer returns what clang answers where gcc does not know an operator, so that headers define it.
func foreignAnswer(column int, op, name string) (string, bool) {
	switch op {
	case "__has_feature":
		return digit(has(op, name, column+1)), true
	case "__has_extension":
		return digit(has("__has_feature", name, column+1) || has(op, name, column+1)), true
	case "__is_identifier":
		return digit(!has("keyword", name, 0)), true
	}
	return "", false
}
