// SPDX-License-Identifier: Apache-2.0

// Package judge asks a second, independent C parser, modernc.org/cc/v4, for the values of constants, so that a slip of one
// parser is reported instead of generated.
//
// It judges what both can know without the rest of the header: macros whose expansion has only numbers, characters,
// operators and the words of C's integer types. Of others it has no opinion, and of those the second parser refuses.
package judge

import (
	"fmt"
	"go/constant"
	gotoken "go/token"
	"io/fs"
	"strings"

	"modernc.org/cc/v4"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// Verdict is a constant of which the second parser says something else.
type Verdict struct {
	Constant *model.Constant
	Value    constant.Value // what the second parser says
}

// maxExpression is the length of the longest expression that is judged, in bytes.
const maxExpression = 4096

// Judge returns the constants of which the second parser says something else. The target is one of layout's, by name.
func Judge(target string, constants []*model.Constant) ([]Verdict, error) {
	var wanted []*model.Constant
	for _, c := range constants {
		if c.Expr != "" && len(c.Expr) <= maxExpression && c.Value.Kind() == constant.Int {
			wanted = append(wanted, c)
		}
	}
	if len(wanted) == 0 {
		return nil, nil
	}
	abi, err := abiOf(target)
	if err != nil {
		return nil, err
	}
	if all, ok := judge(abi, wanted); ok {
		return all, nil
	}
	var all []Verdict // one of them is refused: ask for each alone
	for i := range wanted {
		one, _ := judge(abi, wanted[i:i+1])
		all = append(all, one...)
	}
	return all, nil
}

// judge asks for several constants at once. It reports false if the second parser refuses them.
func judge(abi *cc.ABI, wanted []*model.Constant) (all []Verdict, ok bool) {
	defer func() {
		if recover() != nil { // it is not ours, and has no opinion then
			all, ok = nil, false
		}
	}()
	ast, err := cc.Translate(&cc.Config{ABI: abi, FS: noFiles{}, EvalAllMacros: true, Header: true}, []cc.Source{
		{Name: "<predefined>", Value: predefined}, {Name: "<constants>", Value: source(wanted)},
	})
	if err != nil {
		return nil, false
	}
	for i, c := range wanted {
		m := ast.Macros[name(i)]
		if m == nil {
			continue
		}
		if v := integer(m.Value()); v != nil && !constant.Compare(v, gotoken.EQL, c.Value) {
			all = append(all, Verdict{c, v})
		}
	}
	return all, true
}

// predefined is what the second parser asks for before a unit. Its own declarations of builtin functions are left out, as
// no expression that is judged names one.
const predefined = `#define __SIZE_TYPE__ unsigned long
#define __WCHAR_TYPE__ int
#define __PTRDIFF_TYPE__ long
int __predefined_declarator;
typedef __SIZE_TYPE__ size_t;
`

// name returns the name of the macro that stands for a constant.
func name(i int) string { return fmt.Sprintf("lockstep_%d", i) }

// source returns a unit with a macro for each constant.
func source(wanted []*model.Constant) string {
	var b strings.Builder
	for i, c := range wanted {
		fmt.Fprintf(&b, "#define %s (%s)\n", name(i), c.Expr)
	}
	return b.String()
}

// integer returns a value of the second parser's as one of ours; nil for what is no integer.
func integer(v cc.Value) constant.Value {
	switch x := v.(type) {
	case cc.Int64Value:
		return constant.MakeInt64(int64(x))
	case cc.UInt64Value:
		return constant.MakeUint64(uint64(x))
	}
	return nil
}

// abiOf returns what the second parser must know of a target. It has no bpf: integers are as on the machine of the same byte
// order.
func abiOf(target string) (*cc.ABI, error) {
	arch, ok := strings.CutPrefix(target, "linux/")
	switch {
	case ok:
	case target == "bpfeb":
		arch = "s390x"
	default:
		arch = "amd64"
	}
	abi, err := cc.NewABI("linux", arch)
	if err != nil {
		return nil, fmt.Errorf("second parser: %w", err)
	}
	if strings.HasPrefix(target, "bpf") {
		abi.SignedChar = true
	}
	return abi, nil
}

// noFiles is a file system without files: nothing is included.
type noFiles struct{}

func (noFiles) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}
