// SPDX-License-Identifier: Apache-2.0

package helptext_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/internal/helptext"
)

func command() *cobra.Command {
	root := &cobra.Command{Use: "dig", Short: "Dig holes", Long: "dig digs holes, as many as are asked for and as deep as the ground is, and does\nnot fill them.\n\n  as is\n    it is\n  name   and what it is, which is longer than what fits into a line of a terminal of 80"}
	hole := &cobra.Command{
		Use: "hole PLACE", Short: "Dig one hole", Example: "  dig hole here\n  dig hole there --quiet --depth 12m --a-flag-with-a-long-name 'one two three four five'",
		Run: func(*cobra.Command, []string) {},
	}
	hole.Flags().StringP("depth", "d", "1m", "the `depth` of the hole, which the ground limits, so that a larger one is an error")
	hole.Flags().Bool("quiet", false, "say nothing")
	hole.Flags().StringSlice("a-flag-with-a-long-name", nil, "it has its text below (repeatable)")
	hole.Flags().Count("more", "say more")
	hole.Flags().Bool("secret", false, "nobody knows")
	_ = hole.Flags().MarkHidden("secret")
	root.AddCommand(hole, &cobra.Command{Use: "ground", Short: "What the ground is", Long: "It is soft."})
	return root
}

const wantRoot = `dig digs holes, as many as are asked for and as deep as the ground is, and does
not fill them.

  as is
    it is
  name   and what it is, which is longer than what fits into a line of a
         terminal of 80

Usage:
  dig COMMAND

Commands:
  completion              Generate the autocompletion script for the specified
                          shell
  hole                    Dig one hole

Topics:
  ground                  What the ground is

Flags:
  -h, --help              help for dig

"dig help COMMAND" prints the help of a command.
`

const wantHole = `Dig one hole

Usage:
  dig hole PLACE [flags]

Examples:
  dig hole here
  dig hole there --quiet --depth 12m --a-flag-with-a-long-name \
      'one two three four five'

Flags:
      --a-flag-with-a-long-name strings
                          it has its text below (repeatable)
  -d, --depth depth       the depth of the hole, which the ground limits, so
                          that a larger one is an error (default "1m")
  -h, --help              help for hole
      --more              say more
      --quiet             say nothing
`

func TestHelp(t *testing.T) {
	root := command()
	helptext.Use(root)
	for args, want := range map[string]string{"--help": wantRoot, "help": wantRoot, "hole --help": wantHole, "help hole": wantHole, "help ground": "It is soft.\n"} {
		var out strings.Builder
		root.SetOut(&out)
		root.SetErr(&out)
		root.SetArgs(strings.Fields(args))
		if err := root.Execute(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", args, diff)
		}
	}
	if wide := helptext.Wide(root); wide != nil {
		t.Error(wide)
	}
	if got := helptext.Unnamed(root); len(got) != 1 || got[0] != "dig hole --a-flag-with-a-long-name" {
		t.Error(got)
	}
}

// TestHelpOfCommands runs what the last line of help says prints the help of a command.
func TestHelpOfCommands(t *testing.T) {
	for _, path := range []string{"", "completion ", "site "} {
		root := command()
		site := &cobra.Command{Use: "site COMMAND", Run: func(*cobra.Command, []string) {}}
		site.AddCommand(&cobra.Command{Use: "bash", Short: "Bash the site", Run: func(*cobra.Command, []string) {}})
		root.AddCommand(site)
		root.InitDefaultCompletionCmd()
		failed := helptext.Use(root)
		var out strings.Builder
		root.SetOut(&out)
		root.SetErr(&out)
		root.SetArgs(strings.Fields(path + "--help"))
		if err := root.Execute(); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(out.String(), "COMMAND"); n != 2 { // once how it is used, once in the last line
			t.Errorf("%sCOMMAND: %d times in\n%s", path, n, &out)
		}
		_, last, _ := strings.Cut(out.String(), "\n\"dig ")
		last, _, _ = strings.Cut(last, "\"")
		child := map[string]string{"": "hole", "completion ": "bash", "site ": "bash"}[path]
		out.Reset()
		root.SetArgs(strings.Fields(strings.Replace(last, "COMMAND", child, 1)))
		if err := root.Execute(); err != nil || failed() != nil || !strings.Contains(out.String(), "dig "+path+child) {
			t.Errorf("%q: %v, %v\n%s", last, err, failed(), &out)
		}
	}
}

// TestUnknown asks for help on what is not there.
func TestUnknown(t *testing.T) {
	for args, want := range map[string]string{
		"help bole":      `unknown help topic "bole"; dig --help lists the commands and topics`,
		"help hole deep": `unknown help topic "hole deep"; dig --help lists the commands and topics`,
		"completion ksh": `unknown command "ksh" for "dig completion"; dig completion --help lists the commands`,
	} {
		root := command()
		root.SilenceErrors, root.SilenceUsage = true, true
		root.InitDefaultCompletionCmd()
		failed := helptext.Use(root)
		var out strings.Builder
		root.SetOut(&out)
		root.SetErr(&out)
		root.SetArgs(strings.Fields(args))
		err := root.Execute()
		if err == nil {
			err = failed()
		}
		if err == nil || err.Error() != want || out.String() != "" {
			t.Errorf("%s: %v, and printed %q", args, err, out.String())
		}
	}
}

func TestWide(t *testing.T) {
	root := command()
	root.Long += strings.Repeat("x", 80)
	if wide := helptext.Wide(root); len(wide) != 1 {
		t.Error(wide)
	}
}

func TestMarkdown(t *testing.T) {
	got := helptext.Markdown(command())
	for _, want := range []string{"# The command dig\n", "\n## dig\n\n```text\ndig digs", "\n## dig hole\n\n```text\nDig one hole\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "soft") {
		t.Errorf("the topic is in\n%s", got)
	}
}
