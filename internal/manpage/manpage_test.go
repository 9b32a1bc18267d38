// SPDX-License-Identifier: Apache-2.0

package manpage

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

func tool() *cobra.Command {
	root := &cobra.Command{Use: "tool", Short: "Do things", Long: "tool does things.\n\n.dots and \\ stay.\n\n  a  table\n  b  row"}
	run := &cobra.Command{Use: "run FILE", Short: "Run one", Example: "  tool run a-b", Run: func(*cobra.Command, []string) {}}
	run.Flags().StringP("out", "o", "x.txt", "write to this `file`")
	run.Flags().Bool("secret", false, "not shown")
	_ = run.Flags().MarkHidden("secret")
	root.AddCommand(run, &cobra.Command{Use: "words", Short: "The words", Long: "All of them."}, &cobra.Command{Use: "old", Hidden: true, Run: run.Run})
	return root
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	if err := Write(dir, tool(), Page{Version: "tool v1", Date: time.Unix(0, 0), Manual: "Tools"}); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(names) != 3 {
		t.Fatal(names, err)
	}
	for name, want := range map[string][]string{
		"tool.1": {
			`.TH "TOOL" "1" "1970-01-01" "tool v1" "Tools"`, ".SH NAME\ntool \\- do things\n", "\n\\&.dots and \\e stay.\n",
			".in 0\n.nf\n  a  table\n  b  row\n.fi\n.in\n", ".SH COMMANDS\n.TP\n\\fBrun\\fP\nrun one\n.SH TOPICS\n.TP\n\\fBwords\\fP\nthe words\n",
			"\\fBtool COMMAND\\fP\n", ".SH SEE ALSO\n\\fBtool\\-run\\fP(1),\n\\fBtool\\-words\\fP(1)\n",
		},
		"tool-words.1": {".SH DESCRIPTION\nAll of them.\n"},
		"tool-run.1": {
			"\\fBtool run FILE [flags]\\fP", ".TP\n\\fB\\-o\\fP, \\fB\\-\\-out\\fP \\fIfile\\fP\nwrite to this file (default x.txt)\n",
			".SH EXAMPLES\n.in 0\n.nf\n  tool run a\\-b\n.fi\n", "\\fBtool\\fP(1)",
		},
	} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range want {
			if !strings.Contains(string(b), text) {
				t.Errorf("%s has no %q:\n%s", name, text, b)
			}
		}
		if strings.Contains(string(b), "secret") || strings.Contains(string(b), "old") {
			t.Errorf("%s has what is hidden", name)
		}
	}
}
