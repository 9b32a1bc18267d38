// SPDX-License-Identifier: Apache-2.0

package check

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// quotations are definitions and how they are quoted.
var quotations = []struct {
	name, source, want string
	fields             []*model.Field
}{
	{name: "plain", source: "struct a { __u8 x; /* one */ __u32 y[1 << 2];\n}", want: `
struct a {
	__u8 x;
	__u32 y[1 << 2];
};`},
	{name: "macro", source: "struct a {\n\tHDR\n\tHDR2(x, 3)\n\tUINT32 y;\n}", want: `
struct a {
	HDR
	HDR2(x, 3)
	UINT32 y;
};`, fields: []*model.Field{
		{Type: &model.Type{C: "__u8"}, Use: model.Pos{File: "a.h", Line: 1}},
		{Type: &model.Type{C: "UINT32"}},
	}},
	{name: "nested", source: "struct a { union { int i; struct { char c, d; } s; }; unsigned f : 3; } __attribute__((packed, aligned(4)))", want: `
struct a {
	union {
		int i;
		struct {
			char c, d;
		} s;
	};
	unsigned f : 3;
} __attribute__((packed, aligned(4)));`},
	{name: "directives", source: "struct a {\n#if defined(A) && \\\n    B > 1\n  int x; // one\n#endif /* A */\n}", want: `
struct a {
#if defined(A) && B > 1
	int x;
#endif
};`},
	{name: "pointers", source: "struct a { const char *name; int (*f)(void *, int); }", want: `
struct a {
	const char *name;
	int (*f)(void *, int);
};`},
}

func TestQuote(t *testing.T) {
	for _, tt := range quotations {
		record := &model.Record{Source: tt.source, Fields: tt.fields}
		got := "\n" + strings.Join(quote(record), "\n")
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestQuoteIgnoresSpace checks that spacing, line breaks and comments do not show in a quotation.
func TestQuoteIgnoresSpace(t *testing.T) {
	for _, tt := range quotations {
		if strings.Contains(tt.source, "#") {
			continue // a directive needs its line
		}
		spaced := strings.NewReplacer(" ", "\n\t ", ";", " /* x; */ ;\r\n", "{", "\n{").Replace(tt.source)
		want := quote(&model.Record{Source: tt.source, Fields: tt.fields})
		got := quote(&model.Record{Source: spaced, Fields: tt.fields})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func FuzzQuote(f *testing.F) {
	for _, tt := range quotations {
		f.Add(tt.source)
	}
	f.Fuzz(func(t *testing.T, source string) {
		for _, line := range quote(&model.Record{Source: source}) {
			if strings.ContainsAny(line, "\n\r") {
				t.Fatalf("more than one line: %q", line)
			}
		}
	})
}

// TestQuotePrintsNothing checks that text in another encoding is not commented on, on standard error, by the package that splits it.
func TestQuotePrintsNothing(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	stderr := os.Stderr
	os.Stderr = f
	quote(&model.Record{Source: "struct a { int x; /* Gr\xf6\xdfe */ \x00 char c; } 'x"})
	os.Stderr = stderr
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(f.Name()); err != nil || len(got) > 0 {
		t.Errorf("%s, %v", got, err)
	}
}
