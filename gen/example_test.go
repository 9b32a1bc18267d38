// SPDX-License-Identifier: Apache-2.0

package gen_test

import (
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/lockstep-bpf/lockstep/gen"
)

// project makes a new directory with a header and a configuration for it the working directory, and returns what ends it.
func project(header string) (end func()) {
	before, err := os.Getwd()
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		log.Fatal(err)
	}
	if err := os.Chdir(dir); err != nil {
		log.Fatal(err)
	}
	write("event.h", header)
	write(gen.ConfigName, "package: p\nheaders: [event.h]\nfiles:\n  zz_generated.go:\n    structs: {event: Event}\n")
	return func() {
		if err := errors.Join(os.Chdir(before), os.RemoveAll(dir)); err != nil {
			log.Fatal(err)
		}
	}
}

func write(name, text string) {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		log.Fatal(err)
	}
}

// Where the fields of a struct are.
func ExampleDump() {
	defer project("struct event { char kind; int count; };")()
	found, err := gen.Dump(gen.Headers{Paths: []string{"event.h"}})
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range found.Records {
		fmt.Println(r.Name, r.Size)
		for _, f := range r.Fields {
			fmt.Println(" ", f.Offset, f.Type, f.Name)
		}
	}
	// Output:
	// struct event 8
	//   0 char kind
	//   4 int count
}

// Whether programs read what C code of another version of the header writes.
func ExampleBreaking() {
	defer project("struct event { long long count; char kind; };")()
	write("old/event.h", "struct event { char kind; int count; };")
	changes, err := gen.Breaking([]string{gen.ConfigName}, "old")
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range changes {
		if c.Breaks != gen.Nobody {
			fmt.Printf("%v: %s: %s (breaks %v)\n", c.New, c.Subject, c.Message, c.Breaks)
		}
	}
	// Output:
	// event.h:1:1: struct event: was 8 bytes, is 16 bytes (breaks a new reader)
	// event.h:1:26: struct event.count: was at byte 4, is at byte 0 (breaks both readers)
	// event.h:1:26: struct event.count: was 4 bytes of int, is 8 bytes of long long (breaks both readers)
	// event.h:1:38: struct event.kind: was at byte 0, is at byte 8 (breaks both readers)
}

// Whether a compiled object has the layouts of the headers.
func ExampleVerify() {
	object, err := filepath.Abs("internal/verify/testdata/bpfel.o")
	if err != nil {
		log.Fatal(err)
	}
	defer project("struct pair { unsigned short two, one; };")()
	write(gen.ConfigName, "package: p\nheaders: [event.h]\nfiles:\n  zz_generated.go:\n    structs: {pair: Pair}\n")
	found, err := gen.Verify([]string{gen.ConfigName}, []string{object}, "")
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range found.Reports {
		for _, m := range r.Mismatches {
			if m.Format == "BTF" {
				fmt.Printf("%s: %q\n", m.Name, m.Differences)
			}
		}
	}
	// Output:
	// struct pair: ["two: 2 bytes at 0 in the header, 2 bytes at 2 in the object" "one: 2 bytes at 2 in the header, 2 bytes at 0 in the object"]
}
