// SPDX-License-Identifier: Apache-2.0

package cvalue

import (
	"testing"

	"github.com/lockstep-bpf/lockstep/gen/internal/ctype"
	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
)

// calcFor returns what computes for a target.
func calcFor(t *testing.T, target string) Calc {
	t.Helper()
	l, ok := layout.Lookup(target)
	if !ok {
		t.Fatalf("no target %s", target)
	}
	return Calc{Types: ctype.NewTypes(l)}
}

// said returns a value as C has it with its type, or why there is none.
func said(x Value) string {
	switch {
	case x.Type == nil:
		return x.Why
	case x.Const == nil:
		return x.Type.String() + ": " + x.Why
	}
	return x.Type.String() + " " + x.Const.ExactString()
}

// TestNumber reads literals. What compilers make of them, TestFolded of package cparse asks them.
func TestNumber(t *testing.T) {
	for _, test := range []struct{ target, text, want string }{
		{"bpfel", "0", "int 0"},
		{"bpfel", "0x7fffffff", "int 2147483647"},
		{"bpfel", "0x80000000", "unsigned int 2147483648"},
		{"bpfel", "2147483648", "long 2147483648"},
		{"linux/386", "2147483648", "long long 2147483648"},
		{"linux/386", "0xffffffffu", "unsigned int 4294967295"},
		{"bpfel", "017ull", "unsigned long long 15"},
		{"bpfel", "0b101", "int 5"},
		{"bpfel", "9223372036854775808", "unsigned long long 9223372036854775808"},
		{"linux/amd64", "9223372036854775808", "is unsigned for clang and not for gcc: give it the suffix u"},
		{"bpfel", "1.5f", "float 3/2"},
		{"bpfel", "0x1p4", "double 16"},
		{"bpfel", "08", ""},
		{"bpfel", "1lL", ""},
	} {
		if x, _ := calcFor(t, test.target).Number(test.text); said(x) != test.want {
			t.Errorf("%s: %s is %q, want %q", test.target, test.text, said(x), test.want)
		}
	}
}

func TestOperators(t *testing.T) {
	c := calcFor(t, "linux/amd64")
	number := func(text string) Value {
		x, ok := c.Number(text)
		if !ok {
			t.Fatalf("%s is not a number", text)
		}
		return x
	}
	for _, test := range []struct{ x, op, y, want string }{
		{"1", "-", "2u", "unsigned int 4294967295"},
		{"1", "<<", "31", "int -2147483648"},
		{"1", "<<", "32", "int: it shifts by more bits than the type has"},
		{"7", "/", "0", "int: it divides by zero"},
		{"7", "/", "2", "int 3"},
		{"7", "/", "2.0", "double 7/2"},
		{"1", "<", "2l", "int 1"},
		{"0x7fffffff", "+", "1", "int -2147483648"},
		{"1l", "|", "2u", "long 3"},
	} {
		if got := said(c.Binary(test.op, number(test.x), number(test.y))); got != test.want {
			t.Errorf("%s %s %s is %q, want %q", test.x, test.op, test.y, got, test.want)
		}
	}
	for _, test := range []struct{ got, want string }{
		{said(c.Unary("~", number("0u"))), "unsigned int 4294967295"},
		{said(c.Unary("!", number("5"))), "int 0"},
		{said(c.Unary("-", c.Cast(number("200"), c.Types.Get("unsigned char")))), "int -200"},
		{said(c.Cast(number("200"), c.Types.Get("signed char"))), "signed char -56"},
		{said(c.Cast(number("2"), c.Types.Get("_Bool"))), "_Bool 1"},
		{said(c.Choose(number("1"), number("2"), number("3u"))), "unsigned int 2"},
		{said(c.Logical("||", number("1"), Unknown(c.Types.Get("int"), "it calls a function"))), "int 1"},
		{said(c.Decay(c.Text("ab"))), "char *: it computes with a string"},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}

func TestCharacters(t *testing.T) {
	for _, test := range []struct{ target, text, want string }{
		{"bpfel", `'a'`, "int 97"},
		{"bpfel", `'\377'`, "int -1"},
		{"linux/arm64", `'\377'`, "int 255"},
		{"bpfel", `'ab'`, "int 24930"},
		{"bpfel", `L'a'`, "int 97"},
		{"linux/arm64", `L'a'`, "unsigned int 97"},
		{"bpfel", `''`, ""},
	} {
		if x, _ := calcFor(t, test.target).Char(test.text); said(x) != test.want {
			t.Errorf("%s: %s is %q, want %q", test.target, test.text, said(x), test.want)
		}
	}
}
