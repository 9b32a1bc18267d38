// SPDX-License-Identifier: Apache-2.0

package gen_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen"
)

// Generate Go from a header, and print a part of it.
func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	for name, text := range map[string]string{
		"event.h": `#include <linux/types.h>
struct event {
	__u32 pid;    /* who */
	__be16 port;  /* to which port */
};
`,
		"lockstep.yaml": `package: events
headers: [event.h]
files:
  zz_generated.go:
    structs: {event: {}}
`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			log.Fatal(err)
		}
	}

	result, err := gen.Generate(filepath.Join(dir, "lockstep.yaml"))
	if err != nil {
		log.Fatal(err) // every diagnostic with its position
	}
	_, text, _ := strings.Cut(string(result.Files[0].Data), "type Event struct {\n")
	text, _, _ = strings.Cut(text, "}")
	fmt.Print(strings.ReplaceAll(text, "\t", ""))
	// Output:
	// PID  uint32 // who
	// Port uint16 // to which port
	// _    [2]byte
}
