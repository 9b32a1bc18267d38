// SPDX-License-Identifier: Apache-2.0

// Package lockstep_test holds the README to what the commands print.
package lockstep_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what the commands print into the README")

// block is a fenced block of the README. What stands behind the language on its first line says what the test
// does with it: "file=NAME" writes it into the scratch folder, "scratch" runs its commands there, and a
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

// TestReadme runs what the README shows in its console blocks, and compares what is printed.
func TestReadme(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the README shows a Linux shell")
	}
	if testing.Short() {
		t.Skip("builds the commands")
	}
	bin, scratch := t.TempDir(), filepath.Join(t.TempDir(), "events")
	if err := os.Mkdir(scratch, 0o755); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", bin+"/", "./cmd/lockstep", "./cmd/bpfmon")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ran := 0
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range readBlocks(t, "README.md") {
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
			readme = bytes.Replace(readme, []byte(b.text), []byte(got), 1)
			continue
		}
		if diff := cmp.Diff(b.text, got); diff != "" {
			t.Errorf("README.md:%d (-README +printed):\n%s", b.line, diff)
		}
	}
	if ran == 0 {
		t.Error("the README shows no command")
	}
	if *update {
		if err := os.WriteFile("README.md", readme, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestReadmeProgram builds the Go program that the README shows, and runs it on a recording.
func TestReadmeProgram(t *testing.T) {
	recording, err := os.ReadFile("cmd/bpfmon/testdata/demo.gob")
	if err != nil {
		t.Fatal(err)
	}
	programs := 0
	for _, b := range readBlocks(t, "README.md") {
		if b.language != "go" {
			continue
		}
		programs++
		if formatted, err := format.Source([]byte(b.text)); err != nil || string(formatted) != b.text {
			t.Errorf("README.md:%d: not as gofmt writes it: %v", b.line, err)
		}
		cmd := exec.Command("go", "run", "-overlay", overlay(t, "readmeprogram/main.go", b.text), "./readmeprogram")
		cmd.Stdin = bytes.NewReader(recording)
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "\nxx drop (Policy denied (L3)) flow ") {
			t.Errorf("README.md:%d: %v\n%s", b.line, err, out)
		}
	}
	if programs == 0 {
		t.Error("the README shows no program")
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
