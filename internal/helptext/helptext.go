// SPDX-License-Identifier: Apache-2.0

// Package helptext writes the help of commands for a terminal of 80 columns, and as the reference in docs.
package helptext

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const (
	width  = 80
	column = 26 // where descriptions begin
)

// Use has a command, and all commands below it, print their help in this form, and has a topic or a command that does not
// exist be an error: package cobra answers both with the help that there is, as if nothing were wrong. The function that Use
// returns returns the error of printing help, once the command has run: a help function of package cobra has none.
func Use(root *cobra.Command) (failed func() error) {
	var first error
	write := func(cmd *cobra.Command, text string) error {
		_, err := io.WriteString(cmd.OutOrStdout(), text)
		first = cmp.Or(first, err)
		return err
	}
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		// A command that has subcommands only comes here with whatever stands behind it.
		if rest := cmd.Flags().Args(); !cmd.Runnable() && cmd.HasSubCommands() && len(rest) > 0 {
			first = cmp.Or(first, fmt.Errorf("unknown command %q for %q; %[2]s --help lists the commands", rest[0], cmd.CommandPath()))
			return
		}
		_ = write(cmd, Help(cmd))
	})
	root.SetUsageFunc(func(cmd *cobra.Command) error { return write(cmd, usage(cmd)) })
	checkTopics(root)
	return func() error { return first }
}

// checkTopics has "help" fail for what is no command and no topic.
func checkTopics(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	help, _, err := root.Find([]string{"help"})
	if err != nil || help.Run == nil {
		return // a command without subcommands has no help command
	}
	show := help.Run
	help.Run = nil
	help.RunE = func(cmd *cobra.Command, args []string) error {
		if _, rest, err := cmd.Root().Find(args); err != nil || len(rest) > 0 {
			return fmt.Errorf("unknown help topic %q; %s --help lists the commands and topics", strings.Join(args, " "), cmd.Root().Name())
		}
		show(cmd, args)
		return nil
	}
}

// Needs is the Args of a command that takes one argument or more. text says what it needs.
func Needs(text string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return errors.New(text)
		}
		return nil
	}
}

// Help returns the help of a command: what it does, how it is called, examples, commands and flags.
func Help(cmd *cobra.Command) string {
	text := cmd.Long
	if text == "" {
		text = cmd.Short
	}
	text = Paragraphs(text)
	if !cmd.Runnable() && !cmd.HasSubCommands() {
		return text // a topic
	}
	return text + "\n" + usage(cmd)
}

func usage(cmd *cobra.Command) string {
	var b strings.Builder
	b.WriteString("Usage:\n")
	if cmd.Runnable() {
		fmt.Fprintf(&b, "  %s\n", cmd.UseLine())
	}
	if own := cmd.CommandPath() + " COMMAND"; cmd.HasAvailableSubCommands() && !strings.Contains(b.String(), own) {
		fmt.Fprintf(&b, "  %s\n", own)
	}
	if cmd.Example != "" {
		b.WriteString("\nExamples:\n" + Examples(cmd.Example))
	}
	commands(&b, "Commands", cmd, func(c *cobra.Command) bool { return c.IsAvailableCommand() })
	commands(&b, "Topics", cmd, func(c *cobra.Command) bool { return c.IsAdditionalHelpTopicCommand() && !c.Hidden })
	cmd.InitDefaultHelpFlag()
	flags(&b, "Flags", cmd.LocalFlags())
	flags(&b, "Flags of all commands", cmd.InheritedFlags())
	if cmd.HasAvailableSubCommands() {
		root := cmd.Root().Name()
		below := strings.TrimPrefix(cmd.CommandPath(), root)
		fmt.Fprintf(&b, "\n\"%s help%s COMMAND\" prints the help of a command.\n", root, below)
	}
	return b.String()
}

func commands(b *strings.Builder, title string, cmd *cobra.Command, want func(*cobra.Command) bool) {
	for _, c := range cmd.Commands() {
		if !want(c) {
			continue
		}
		if title != "" {
			fmt.Fprintf(b, "\n%s:\n", title)
			title = ""
		}
		entry(b, "  "+c.Name(), c.Short)
	}
}

func flags(b *strings.Builder, title string, set *pflag.FlagSet) {
	set.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Deprecated != "" {
			return
		}
		if title != "" {
			fmt.Fprintf(b, "\n%s:\n", title)
			title = ""
		}
		value, text := pflag.UnquoteUsage(f)
		name := "      --" + f.Name
		if f.Shorthand != "" {
			name = "  -" + f.Shorthand + ", --" + f.Name
		}
		if f.NoOptDefVal != "" && f.Value.Type() != "bool" && f.Value.Type() != "count" {
			name += "[=" + value + "]"
		} else if value != "" && f.Value.Type() != "count" {
			name += " " + value
		}
		entry(b, name, text+initial(f, text))
	})
}

// initial says what the value of a flag is that is not given, unless its text does.
func initial(f *pflag.Flag, text string) string {
	switch {
	case strings.Contains(text, "(default"), f.DefValue == "", f.DefValue == "0", f.DefValue == "false", f.DefValue == "[]", f.DefValue == "0s":
		return ""
	case f.Value.Type() == "string":
		return fmt.Sprintf(" (default %q)", f.DefValue)
	}
	return fmt.Sprintf(" (default %s)", f.DefValue)
}

// entry writes a name and what it is, in a column of its own.
func entry(b *strings.Builder, name, text string) {
	lines := wrap(text, width-column)
	if len(name)+2 > column {
		b.WriteString(name + "\n")
		name = ""
	}
	for _, line := range lines {
		b.WriteString(strings.TrimRight(fmt.Sprintf("%-*s%s", column, name, line), " ") + "\n")
		name = ""
	}
}

// Examples returns command lines, those that are long over several lines.
func Examples(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		example(&b, strings.TrimRight(line, "\n"))
	}
	return b.String()
}

// example writes a command line, over several lines where it is long.
func example(b *strings.Builder, line string) {
	for len(line) > width {
		cut, quoted := 0, false
		for i := range width - 1 {
			switch {
			case line[i] == '\'':
				quoted = !quoted
			case line[i] == ' ' && !quoted && strings.TrimSpace(line[:i]) != "":
				cut = i
			}
		}
		if cut == 0 {
			break
		}
		b.WriteString(line[:cut] + " \\\n")
		line = "      " + strings.TrimLeft(line[cut:], " ")
	}
	b.WriteString(line + "\n")
}

// column2 is a line of a list: blanks, a name, and what it is, in a column.
var column2 = regexp.MustCompile(`^ +\S+(?: \S+)* {2,}|^ +`)

// hang writes a line, what does not fit below it.
func hang(line string) []string {
	head := column2.FindString(line)
	if len(line) <= width || head == "" {
		return []string{line}
	}
	lines := wrap(line[len(head):], width-len(head))
	for i := range lines {
		lines[i] = head + lines[i]
		head = strings.Repeat(" ", len(head))
	}
	return lines
}

// Paragraphs fills the paragraphs of a text to 80 columns. One that has indented lines keeps its lines.
func Paragraphs(text string) string {
	var b strings.Builder
	for i, p := range strings.Split(strings.TrimRight(text, "\n"), "\n\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		var lines []string
		if strings.HasPrefix(p, " ") || strings.Contains(p, "\n ") || strings.Contains(p, "\n\t") {
			for line := range strings.SplitSeq(p, "\n") {
				lines = append(lines, hang(line)...)
			}
		} else {
			lines = wrap(p, width)
		}
		b.WriteString(strings.Join(lines, "\n") + "\n")
	}
	return b.String()
}

// wrap splits a text into lines of at most so many bytes, at blanks. A word that is longer stands alone.
func wrap(text string, most int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == "":
			line = word
		case len(line)+1+len(word) > most:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}

// Same is the annotation of a command below which stand commands that have pages elsewhere: All leaves those out.
const Same = "same"

// All returns a command and all commands and topics below it that its help lists, in order.
func All(cmd *cobra.Command) []*cobra.Command {
	list := []*cobra.Command{cmd}
	if cmd.Annotations[Same] != "" {
		return list
	}
	for _, c := range cmd.Commands() {
		if c.Name() != "help" && c.Name() != "completion" && (c.IsAvailableCommand() || c.IsAdditionalHelpTopicCommand() && !c.Hidden) {
			list = append(list, All(c)...)
		}
	}
	return list
}

// goTypes matches what pflag calls the types of its own flags; other types have names for users.
var goTypes = regexp.MustCompile(`^(string|u?int|float|duration|bytes|ip)`)

// Unnamed returns the flags of all commands whose help names the Go type of a value and not what it is: their descriptions have no
// word in backquotes.
func Unnamed(root *cobra.Command) (names []string) {
	for _, cmd := range All(root) {
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if goTypes.MatchString(f.Value.Type()) && !strings.Contains(f.Usage, "`") {
				names = append(names, cmd.CommandPath()+" --"+f.Name)
			}
		})
	}
	return names
}

// Wide returns the lines of the help of all commands that are wider than a terminal.
func Wide(root *cobra.Command) (lines []string) {
	for _, cmd := range All(root) {
		for line := range strings.Lines(Help(cmd)) {
			if len([]rune(strings.TrimRight(line, "\n"))) > width {
				lines = append(lines, cmd.CommandPath()+": "+line)
			}
		}
	}
	return lines
}

// Markdown returns the help of all commands as a page for docs.
func Markdown(root *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# The command %s\n\nThis is what `%s help COMMAND` prints. A test keeps this page so.\n", root.Name(), root.Name())
	for _, cmd := range All(root) {
		if !cmd.Runnable() && !cmd.HasSubCommands() {
			continue // topics have pages of their own
		}
		fmt.Fprintf(&b, "\n## %s\n\n```text\n%s```\n", cmd.CommandPath(), Help(cmd))
	}
	return b.String()
}
