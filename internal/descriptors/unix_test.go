// SPDX-License-Identifier: Apache-2.0

//go:build unix

package descriptors_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/internal/descriptors"
)

// TestCheck runs a program with every limit up to one that is enough: it says what is wrong, and the runtime never crashes.
func TestCheck(t *testing.T) {
	if os.Getenv("CHECK_DESCRIPTORS") != "" {
		if err := descriptors.Check(); err != nil {
			fmt.Println(err)
			os.Exit(0) // nothing that opens a file
		}
		if _, err := os.ReadDir("."); err != nil {
			fmt.Println(err)
		}
		fmt.Println("enough")
		os.Exit(0)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for limit := 3; limit <= 16; limit++ {
		cmd := exec.Command("sh", "-c", fmt.Sprintf(`ulimit -n %d; exec "$0" -test.run TestCheck`, limit), self)
		cmd.Env = append(os.Environ(), "CHECK_DESCRIPTORS=1")
		out, err := cmd.CombinedOutput()
		text := string(out)
		if limit == 3 && strings.Contains(text, "error while loading") {
			continue // it is linked dynamically, and did not begin
		}
		if err != nil || !strings.Contains(text, "too few file descriptors") && !strings.Contains(text, "enough") {
			t.Errorf("limit %d: %v\n%s", limit, err, text)
		}
		if limit == 16 && !strings.Contains(text, "enough") {
			t.Errorf("limit %d: %s", limit, text)
		}
	}
	if err := descriptors.Check(); err != nil {
		t.Error("here:", err)
	}
}
