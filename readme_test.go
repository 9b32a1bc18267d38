// SPDX-License-Identifier: Apache-2.0

// Package lockstep_test holds the documents to what the commands print.
package lockstep_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what the commands print into the documents")

// block is a fenced block of a document. What follows the language on its first line says what the test
// does with it: "file=NAME" writes it into the scratch directory, "scratch" runs its commands there, and a
// "console" block with neither runs in the project's root.
type block struct {
	line     int
	language string
	file     string
	scratch  bool
	text     string
}

func readBlocks(t *testing.T, name string) []block {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []block
	inside := false
	for i, line := range strings.SplitAfter(string(data), "\n") {
		info, fence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case fence && inside:
			inside = false
		case fence:
			inside = true
			blocks = append(blocks, newBlock(i+1, info))
		case inside:
			blocks[len(blocks)-1].text += line
		}
	}
	return blocks
}

func newBlock(line int, info string) block {
	b := block{line: line}
	for i, word := range strings.Fields(info) {
		name, isFile := strings.CutPrefix(word, "file=")
		switch {
		case i == 0:
			b.language = word
		case isFile:
			b.file = name
		case word == "scratch":
			b.scratch = true
		}
	}
	return b
}

// commands returns the commands of a console block: the lines that begin with a dollar sign.
func (b *block) commands() []string {
	var commands []string
	for line := range strings.Lines(b.text) {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			commands = append(commands, strings.TrimSpace(command))
		}
	}
	return commands
}

// mark ends the output of each command.
const mark = "\x00"

// run runs the commands of a block in one shell and returns what each printed, on both streams.
func run(t *testing.T, dir, path string, commands []string) []string {
	t.Helper()
	var script strings.Builder
	for _, c := range commands {
		script.WriteString(c + "\nstatus=$?; printf '\\000'; (exit $status)\n")
	}
	cmd := exec.Command("sh", "-c", script.String())
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+path+string(os.PathListSeparator)+os.Getenv("PATH"))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return strings.Split(out.String(), mark)
}

// documents returns the README and what stands in docs.
func documents(t *testing.T) []string {
	t.Helper()
	docs, err := filepath.Glob("docs/*.md")
	if err != nil || len(docs) < 10 {
		t.Fatalf("%q, %v", docs, err)
	}
	return append([]string{"README.md"}, docs...)
}

// TestReadme runs what the README and the documents show in their console blocks, and compares what is printed.
func TestReadme(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the documents show a Linux shell")
	}
	if testing.Short() {
		t.Skip("builds the commands")
	}
	bin := t.TempDir()
	build := exec.Command("go", "build", "-o", bin+"/", "./cmd/lockstep", "./cmd/bpfmon")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ran := 0
	for _, name := range documents(t) {
		ran += runDocument(t, name, bin)
	}
	if ran < 20 {
		t.Errorf("the documents show %d commands", ran)
	}
}

// runDocument runs the commands of a document, each "scratch" block in one directory, and returns how many there were.
func runDocument(t *testing.T, name, bin string) (ran int) {
	t.Helper()
	scratch := filepath.Join(t.TempDir(), "events")
	if err := os.Mkdir(scratch, 0o755); err != nil {
		t.Fatal(err)
	}
	document, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	updated := document
	for _, b := range readBlocks(t, name) {
		if b.file != "" {
			if err := os.WriteFile(filepath.Join(scratch, b.file), []byte(b.text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if b.language != "console" {
			continue
		}
		dir := "."
		if b.scratch {
			dir = scratch
		}
		commands := b.commands()
		got := join(commands, run(t, dir, bin, commands))
		ran += len(commands)
		if *update {
			updated = bytes.Replace(updated, []byte(b.text), []byte(got), 1)
			continue
		}
		if diff := cmp.Diff(b.text, got); diff != "" {
			t.Errorf("%s:%d (-document +printed):\n%s", name, b.line, diff)
		}
	}
	if !bytes.Equal(document, updated) {
		if err := os.WriteFile(name, updated, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return ran
}

// TestReadmeLength holds the README to what fits a reader's first minutes.
func TestReadmeLength(t *testing.T) {
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(data, []byte("\n")); n > 200 {
		t.Errorf("README.md has %d lines, and 200 are the most: move what is no first step into docs", n)
	}
}

// link matches a link of a document to a file, with or without a heading in it.
var link = regexp.MustCompile(`\]\(([^)#:\s]*)(#[^)\s]*)?\)`)

// TestReadmeLinks checks that each file and heading that a document links to is there.
func TestReadmeLinks(t *testing.T) {
	for _, name := range append(documents(t), "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md") {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllSubmatch(data, -1) {
			target := name
			if len(m[1]) > 0 {
				target = filepath.Join(filepath.Dir(name), string(m[1]))
			}
			text, err := os.ReadFile(target)
			if info, statErr := os.Stat(target); statErr == nil && info.IsDir() {
				err = nil
			}
			if err != nil {
				t.Errorf("%s: %s: %v", name, m[0], err)
				continue
			}
			if len(m[2]) > 0 && !slices.Contains(anchors(string(text)), string(m[2])) {
				t.Errorf("%s: %s: no such heading in %s", name, m[0], target)
			}
		}
	}
}

// anchors returns the anchors of the headings of a document.
func anchors(text string) (list []string) {
	for line := range strings.Lines(text) {
		if heading, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && strings.HasPrefix(line, "#") {
			kept := strings.Map(func(r rune) rune {
				switch {
				case r == ' ' || r == '-':
					return '-'
				case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_':
					return unicode.ToLower(r)
				}
				return -1
			}, strings.TrimSpace(heading))
			list = append(list, "#"+kept)
		}
	}
	return list
}

// TestReadmeProgram builds the Go programs that the documents show, and runs each on a recording.
func TestReadmeProgram(t *testing.T) {
	programs := map[string][]string{ // what each prints, in the order of the document
		"README.md":       {"map[10.0.0.0:5432:1] <nil>\n"},
		"docs/library.md": {`"reason":"Policy denied (L3)"`, "drop_notify type=1 subtype=133 ", "\nxx drop (Policy denied (L3)) flow "},
	}
	recording, err := os.ReadFile("cmd/bpfmon/testdata/demo.gob")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range documents(t) {
		for _, b := range readBlocks(t, name) {
			if b.language != "go" || name == "docs/bpf2go.md" { // TestBesideBpf2go of package gen builds that one
				continue
			}
			if formatted, err := format.Source([]byte(b.text)); err != nil || string(formatted) != b.text {
				t.Errorf("%s:%d: not as gofmt writes it: %v", name, b.line, err)
			}
			if !strings.HasPrefix(b.text, "package ") || name == "docs/bpf2go.md" {
				continue // a part of a program that has a test of its own
			}
			if len(programs[name]) == 0 {
				t.Errorf("%s:%d: it is not known what the program prints", name, b.line)
				continue
			}
			want := programs[name][0]
			programs[name] = programs[name][1:]
			cmd := exec.Command("go", "run", "-overlay", overlay(t, "readmeprogram/main.go", b.text), "./readmeprogram")
			cmd.Stdin = bytes.NewReader(recording)
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), want) {
				t.Errorf("%s:%d: %v, want %q in\n%s", name, b.line, err, want, out)
			}
		}
	}
	for name, left := range programs {
		if len(left) > 0 {
			t.Errorf("%s does not show the programs that print %q", name, left)
		}
	}
}

// overlay returns a file that tells the go command of a source file that is not there.
func overlay(t *testing.T, name, text string) string {
	t.Helper()
	dir := t.TempDir()
	path, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	source, list := filepath.Join(dir, "source"), filepath.Join(dir, "overlay.json")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {path: source}})
	if err != nil {
		t.Fatal(err)
	}
	for file, data := range map[string][]byte{source: []byte(text), list: replace} {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// join returns a console block: the commands, each with what it printed.
func join(commands, printed []string) string {
	var b strings.Builder
	for i, c := range commands {
		b.WriteString("$ " + c + "\n")
		if i < len(printed) {
			b.WriteString(printed[i])
		}
	}
	return b.String()
}
