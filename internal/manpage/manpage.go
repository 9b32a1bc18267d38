// SPDX-License-Identifier: Apache-2.0

// Package manpage writes the manual pages of a command from what its help is made of.
package manpage

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lockstep-bpf/lockstep/internal/helptext"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Page says what heads and ends each page.
type Page struct {
	Version string
	Date    time.Time // zero for none
	Manual  string    // the name of the manual
}

// Command returns a hidden command that writes the pages of root into a directory.
func Command(root func() *cobra.Command, p Page) *cobra.Command {
	return &cobra.Command{
		Use:    "man DIRECTORY",
		Short:  "Write the manual pages into a directory",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return Write(args[0], root(), p)
		},
	}
}

// Write writes a page for a command and for each below it into a directory, which it makes.
func Write(dir string, cmd *cobra.Command, p Page) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, c := range helptext.All(cmd) {
		name := fileName(c)
		if err := os.WriteFile(filepath.Join(dir, name), Render(c, p), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// fileName returns the name of a command's page: bpfmon-replay.1.
func fileName(cmd *cobra.Command) string {
	return strings.ReplaceAll(cmd.CommandPath(), " ", "-") + ".1"
}

// Render returns the page of a command, for man(1).
func Render(cmd *cobra.Command, p Page) []byte {
	cmd.InitDefaultHelpFlag()
	var b bytes.Buffer
	date := ""
	if !p.Date.IsZero() {
		date = p.Date.UTC().Format(time.DateOnly)
	}
	title := strings.TrimSuffix(fileName(cmd), ".1")
	fmt.Fprintf(&b, ".TH \"%s\" \"1\" \"%s\" \"%s\" \"%s\"\n.nh\n.ad l\n", strings.ToUpper(escape(title)), date, escape(p.Version), escape(p.Manual))
	section(&b, "NAME")
	fmt.Fprintf(&b, "%s \\- %s\n", escape(title), escape(lowerFirst(cmd.Short)))
	if cmd.Runnable() || cmd.HasSubCommands() {
		section(&b, "SYNOPSIS")
		if cmd.Runnable() {
			fmt.Fprintf(&b, "\\fB%s\\fP\n", escape(cmd.UseLine()))
		}
		if cmd.HasAvailableSubCommands() {
			fmt.Fprintf(&b, "\\fB%s COMMAND\\fP\n", escape(cmd.CommandPath()))
		}
	}
	if cmd.Long != "" {
		section(&b, "DESCRIPTION")
		paragraphs(&b, cmd.Long)
	}
	flags(&b, "OPTIONS", cmd.NonInheritedFlags())
	flags(&b, "OPTIONS OF ALL COMMANDS", cmd.InheritedFlags())
	commands(&b, "COMMANDS", cmd, (*cobra.Command).IsAvailableCommand)
	commands(&b, "TOPICS", cmd, (*cobra.Command).IsAdditionalHelpTopicCommand)
	if cmd.Example != "" {
		section(&b, "EXAMPLES")
		verbatim(&b, helptext.Examples(cmd.Example))
	}
	seeAlso(&b, cmd)
	return b.Bytes()
}

func section(b *bytes.Buffer, name string) { fmt.Fprintf(b, ".SH %s\n", name) }

// commands lists the commands below a command, or the topics.
func commands(b *bytes.Buffer, name string, cmd *cobra.Command, want func(*cobra.Command) bool) {
	begun := false
	for _, c := range cmd.Commands() {
		if !want(c) || c.Hidden {
			continue
		}
		if !begun {
			section(b, name)
		}
		begun = true
		fmt.Fprintf(b, ".TP\n\\fB%s\\fP\n%s\n", escape(c.Name()), escape(lowerFirst(c.Short)))
	}
}

// paragraphs writes text. Lines that are indented keep their form.
func paragraphs(b *bytes.Buffer, text string) {
	for i, p := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if i > 0 {
			b.WriteString(".PP\n")
		}
		if strings.HasPrefix(p, " ") || strings.Contains(p, "\n ") || strings.Contains(p, "\n\t") {
			verbatim(b, helptext.Paragraphs(p))
			continue
		}
		fmt.Fprintf(b, "%s\n", escape(p))
	}
}

// verbatim writes lines as they are, from the left edge on: they fit 80 columns only there.
func verbatim(b *bytes.Buffer, text string) {
	fmt.Fprintf(b, ".in 0\n.nf\n%s\n.fi\n.in\n", escape(strings.Trim(text, "\n")))
}

// flags writes what each flag means.
func flags(b *bytes.Buffer, name string, set *pflag.FlagSet) {
	if !set.HasAvailableFlags() {
		return
	}
	section(b, name)
	set.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Deprecated != "" {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		b.WriteString(".TP\n\\fB")
		if f.Shorthand != "" {
			fmt.Fprintf(b, "\\-%s\\fP, \\fB", escape(f.Shorthand))
		}
		fmt.Fprintf(b, "\\-\\-%s\\fP", escape(f.Name))
		if value != "" && f.Value.Type() != "count" {
			fmt.Fprintf(b, " \\fI%s\\fP", escape(value))
		}
		fmt.Fprintf(b, "\n%s", escape(usage))
		if d := f.DefValue; d != "" && d != "false" && d != "0" && d != "[]" && d != "0s" {
			fmt.Fprintf(b, " (default %s)", escape(d))
		}
		b.WriteString("\n")
	})
}

// seeAlso names the pages of the commands above and below.
func seeAlso(b *bytes.Buffer, cmd *cobra.Command) {
	var names []string
	if cmd.HasParent() {
		names = append(names, fileName(cmd.Parent()))
	}
	for _, c := range helptext.All(cmd)[1:] {
		names = append(names, fileName(c))
	}
	if len(names) == 0 {
		return
	}
	section(b, "SEE ALSO")
	for i, name := range names {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(b, "\\fB%s\\fP(1)", escape(strings.TrimSuffix(name, ".1")))
	}
	b.WriteString("\n")
}

// escape returns text that roff prints as it is.
func escape(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
