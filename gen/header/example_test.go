// SPDX-License-Identifier: Apache-2.0

package header_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/lockstep-bpf/lockstep/gen/header"
)

// Print where the fields of a struct are.
func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "event.h")
	text := `#include <linux/types.h>
struct event {
	__u32 pid;    /* who */
	__be16 port;  /* to which port */
};
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		log.Fatal(err)
	}

	unit, err := header.Read(header.Options{Paths: []string{path}})
	if err != nil {
		log.Fatal(err)
	}
	s, err := unit.Struct("event")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(s.Name, s.Size)
	for _, f := range s.Fields {
		fmt.Println(f.Offset, f.Type, f.Name, f.Order == header.Big, f.Doc)
	}
	// Output:
	// event 8
	// 0 __u32 pid false who
	// 4 __be16 port true to which port
}
