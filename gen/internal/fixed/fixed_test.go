// SPDX-License-Identifier: Apache-2.0

package fixed

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func TestDecls(t *testing.T) {
	list := Decls("ShortError", "isNative", "orderMark")
	if len(list) != 4 { // the type, its method, the variable, the function
		t.Fatalf("%d declarations", len(list))
	}
	var text strings.Builder
	for _, decl := range list {
		for _, p := range decl {
			text.WriteString(p.Text)
			if p.Import != "" {
				text.WriteString("<" + p.Import + "." + p.Name + ">")
			}
		}
	}
	for _, want := range []string{"// ShortError says", "return <fmt.Sprintf>(", "order <encoding/binary.ByteOrder>)", "<encoding/binary.NativeEndian>.Uint16("} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("lacks %q: %s", want, &text)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a name that is not there is taken")
		}
	}()
	Decls("nothing")
}

func TestBits(t *testing.T) {
	for _, big := range []bool{false, true} {
		for at := range 16 {
			for width := 1; width <= 64; width++ {
				b := make([]byte, 11)
				for i := range b {
					b[i] = 0xa5
				}
				want := uint64(0x0123456789abcdef) >> (64 - width)
				storeBits(b, at, width, big, want)
				if got := loadBits(b, at, width, big); got != want {
					t.Errorf("at %d, width %d, big %t: %x, want %x", at, width, big, got, want)
				}
			}
		}
	}
}

func TestWide(t *testing.T) {
	for _, big := range []bool{false, true} {
		b := make([]byte, 16)
		v := Int128{Lo: 1, Hi: -2}
		storeInt128(b, big, v)
		if got := loadInt128(b, big); got != v || (b[0] == 1) == big {
			t.Errorf("big %t: %+v, % x", big, got, b)
		}
	}
}

func TestOrder(t *testing.T) {
	if isNative(binary.LittleEndian) == isNative(binary.BigEndian) || isBig() != isNative(binary.BigEndian) {
		t.Errorf("little %t, big %t, isBig %t", isNative(binary.LittleEndian), isNative(binary.BigEndian), isBig())
	}
}

func TestText(t *testing.T) {
	if got := cString([]byte("ab\x00c")) + cString([]byte("de")); got != "abde" {
		t.Errorf("cString: %q", got)
	}
	if got := string(appendCString(nil, []byte("a\x1b\x00c"))); got != `"a\x1b"` {
		t.Errorf("appendCString: %s", got)
	}
	if got := string(appendHex([]byte("x"), []byte{0, 0xaf})); got != "x00af" {
		t.Errorf("appendHex: %s", got)
	}
	if got := (&ShortError{"s", 4, 2}).Error() + (&VersionError{"s", 9}).Error(); got != "s: need 4 bytes, have 2s: unknown version 9" {
		t.Error(got)
	}
}

func TestJSON(t *testing.T) {
	for in, want := range map[string]string{"": "", "a\"b\\c/": "a\"b\\c/", "\x01\x1f\x7f\u0085\u2028": "\x01\x1f\x7f\u0085\u2028", "\xffé": "\ufffdé", "a\x00b": "a"} {
		data := appendJSONText(nil, in)
		var got string
		if err := json.Unmarshal(data, &got); err != nil || got != want {
			t.Errorf("%q: %s is %q, %v, want %q", in, data, got, err, want)
		}
		if string(appendJSONText(nil, []byte(in))) != string(data) {
			t.Errorf("%q: bytes give another text", in)
		}
	}
	if got := string(appendJSONFloat(appendJSONFloat(nil, math.Inf(1), 64), 0.5, 32)); got != "null0.5" {
		t.Error(got)
	}
}

func FuzzJSONText(f *testing.F) {
	f.Add("a\"\\\x00")
	f.Fuzz(func(t *testing.T, text string) {
		if data := appendJSONText(nil, text); !json.Valid(data) {
			t.Errorf("%q: %s", text, data)
		}
	})
}
