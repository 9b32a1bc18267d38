// SPDX-License-Identifier: Apache-2.0

package completion_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/internal/completion"
)

// program answers the script: with the arguments that it was asked about, each in brackets.
const program = `#!/bin/sh
shift # __complete
for arg; do last=$arg; done
case $last in
--type=*) echo drop; echo trace ;;
*:*) echo host:1 ;;
*) for arg; do printf '[%s]' "$arg"; done; echo ;;
esac
echo :4
`

// complete has bash complete a line, which ends at the cursor, without any other file of completions.
func complete(t *testing.T, dir string, words ...string) string {
	t.Helper()
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = "'" + w + "'"
	}
	line := strings.Join(words, " ")
	line = strings.NewReplacer(" = ", "=", " =", "=", " : ", ":", " :", ":").Replace(line)
	script := fmt.Sprintf("compopt() { :; }; COMP_WORDBREAKS=\"=:\"; source %s/completion\n"+
		"COMP_WORDS=(%s) COMP_CWORD=%d COMP_LINE='%s' COMP_POINT=%d COMP_TYPE=9\n"+
		"__start_prog 2>&1; printf '%%s\\n' \"${COMPREPLY[@]}\"\n", dir, strings.Join(quoted, " "), len(words)-1, line, len(line))
	cmd := exec.Command("bash", "--norc", "--noprofile", "-c", script)
	cmd.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH")}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

// TestBareBash completes in a bash without the package bash-completion.
func TestBareBash(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		if slices.Contains(strings.Split(os.Getenv("LOCKSTEP_REQUIRE"), ","), "bash") {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	root := &cobra.Command{Use: "prog"}
	root.AddCommand(&cobra.Command{Use: "sub", Run: func(*cobra.Command, []string) {}})
	completion.Add(root)
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetArgs([]string{"completion", "bash"})
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"completion": out.String(), "prog": program} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		words []string
		want  string
	}{
		{[]string{"prog", "sub", "one", "tw"}, ""}, // no answer begins so
		{[]string{"prog", "sub", "--type", "=", "d"}, "drop"},
		{[]string{"prog", "sub", "--type", "="}, "drop\ntrace"},
		{[]string{"prog", "sub", "host", ":", ""}, "1"},
		{[]string{"prog", "sub", ""}, `\[sub\]\[\]`},
	} {
		if got := complete(t, dir, test.words...); got != test.want {
			t.Errorf("%q: %q, want %q", test.words, got, test.want)
		}
	}
}
