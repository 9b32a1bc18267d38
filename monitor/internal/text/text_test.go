// SPDX-License-Identifier: Apache-2.0

package text

import (
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// strs are texts as they may come from a network, with what AppendEscaped makes of them. They seed the fuzz targets.
var strs = []struct{ in, out string }{
	{"", ""},
	{"GET", "GET"},
	{`back\slash "quoted" <&>`, `back\slash "quoted" <&>`},
	{"münchen.example 東京 🐝", "münchen.example 東京 🐝"},
	{"a\nb\r\tc", `a\nb\r\tc`},
	{"\x1b[2J\x07\x00\x7f", `\x1b[2J\x07\x00\x7f`},
	{"\u009b31m\u0085", `\u009b31m\u0085`},
	{"user\u202egnp.exe\u2066", `user\u202egnp.exe\u2066`},
	{"zero\u200bwidth\ufeff", `zero\u200bwidth\ufeff`},
	{"\u2028\u2029", `\u2028\u2029`},
	{"tag \U000e0041", `tag \U000e0041`},
	{"\xff\xc0\xaf\xed\xa0\x80", `\xff\xc0\xaf\xed\xa0\x80`},
	{"half \xe6\x9d", `half \xe6\x9d`},
	{"\ufffd stays", "\ufffd stays"},
}

func TestAppendEscaped(t *testing.T) {
	for _, tt := range strs {
		if got := string(AppendEscaped([]byte("> "), tt.in)); got != "> "+tt.out {
			t.Errorf("%q: got %q, want %q", tt.in, got, "> "+tt.out)
		}
	}
}

func TestAppendJSONString(t *testing.T) {
	for _, tt := range strs {
		checkJSONString(t, tt.in)
	}
}

// checkJSONString checks that s becomes safe JSON, with the meaning that encoding/json gives it, and byte for byte the
// same where that is safe.
func checkJSONString(t *testing.T, s string) {
	t.Helper()
	got := AppendJSONString(nil, s)
	checkSafe(t, got)
	want, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var a, b string
	if err := json.Unmarshal(got, &a); err != nil {
		t.Fatalf("%q: %s: %v", s, got, err)
	}
	if err := json.Unmarshal(want, &b); err != nil || a != b {
		t.Errorf("%q: %s means %q, want %q (%v)", s, got, a, b, err)
	}
	if safe(want) && string(got) != string(want) {
		t.Errorf("%q: got %s, want %s", s, got, want)
	}
}

func safe(b []byte) bool {
	return utf8.Valid(b) && !strings.ContainsFunc(string(b), unsafeRune)
}

func checkSafe(t *testing.T, b []byte) {
	t.Helper()
	if !safe(b) {
		t.Errorf("unsafe for a terminal: %q", b)
	}
}

func TestAppendJSONValue(t *testing.T) {
	for _, tt := range []struct{ in, out string }{
		{`{"id":1,"labels":["k8s:a=b"]}`, `{"id":1,"labels":["k8s:a=b"]}`},
		{"{\n\t\"a\": 1,\r\n\t\"b\": \"<x>\"\n}", `{"a": 1,"b": "<x>"}`},
		{"\"\u202e\x7f\U000e0041\xff\"", `"\u202e\u007f\udb40\udc41\ufffd"`},
	} {
		if diff := cmp.Diff(tt.out, string(AppendJSONValue(nil, tt.in))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.in, diff)
		}
	}
}

func TestAppendHexDump(t *testing.T) {
	data := make([]byte, 300)
	for i := range data {
		data[i] = byte(i * 7)
	}
	for n := range data {
		if diff := cmp.Diff(hex.Dump(data[:n]), string(AppendHexDump(nil, data[:n]))); diff != "" {
			t.Fatalf("%d bytes (-want +got):\n%s", n, diff)
		}
	}
}

func FuzzEscape(f *testing.F) {
	for _, tt := range strs {
		f.Add(tt.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		checkSafe(t, AppendEscaped(nil, s))
		checkJSONString(t, s)
		if json.Valid([]byte(s)) {
			got := AppendJSONValue(nil, s)
			checkSafe(t, got)
			if !json.Valid(got) {
				t.Errorf("%q became invalid: %q", s, got)
			}
		}
	})
}

func FuzzHexDump(f *testing.F) {
	f.Add([]byte("0123456789abcdef\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, want := string(AppendHexDump(nil, data)), hex.Dump(data); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	})
}
