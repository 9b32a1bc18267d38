// SPDX-License-Identifier: Apache-2.0

package lockstep_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRecipes carries out what CONTRIBUTING.md says on how to add something, on a copy of the tree, one recipe after the other: it writes and
// inserts the blocks that name a file, runs the commands, and compares what they print where the text shows it. A recipe
// that no longer works is mended there, or in what it no longer fits.
func TestRecipes(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the recipes show a Linux shell")
	}
	if testing.Short() {
		t.Skip("builds the commands several times")
	}
	recipes := recipesOf(t, "CONTRIBUTING.md")
	if len(recipes) < 4 {
		t.Fatalf("CONTRIBUTING.md has %d recipes with blocks, want those for a drop reason, a message, an output and a source", len(recipes))
	}
	dir := copyTree(t) // one for all, so that only the first builds the whole tree
	for _, r := range recipes {
		t.Run(strings.ReplaceAll(r.title, " ", "-"), func(t *testing.T) {
			for _, b := range r.blocks {
				b.apply(t, dir)
			}
		})
	}
}

// recipe is a section of the text with the blocks in it.
type recipe struct {
	title  string
	blocks []recipeBlock
}

// recipeBlock is a block that changes a file, or shows commands.
type recipeBlock struct {
	line         int
	info         string // the language, and what to do
	insert, file string // a file to insert into, or a new one
	below        string // what the line starts with below which to insert
	text         string
}

func recipesOf(t *testing.T, name string) (all []recipe) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var r recipe
	var inside *recipeBlock
	for i, line := range strings.SplitAfter(string(data), "\n") {
		info, fence := strings.CutPrefix(strings.TrimRight(line, "\n"), "```")
		switch {
		case fence && inside != nil:
			r.blocks = append(r.blocks, *inside)
			inside = nil
		case fence:
			inside = newRecipeBlock(i+1, info)
		case inside != nil:
			inside.text += line
		case strings.HasPrefix(line, "#"):
			all = appendRecipe(all, r)
			r = recipe{title: strings.TrimSpace(strings.Trim(line, "#\n"))}
		}
	}
	return appendRecipe(all, r)
}

// appendRecipe appends a section if it changes a file.
func appendRecipe(all []recipe, r recipe) []recipe {
	for _, b := range r.blocks {
		if b.insert != "" || b.file != "" {
			return append(all, r)
		}
	}
	return all
}

func newRecipeBlock(line int, info string) *recipeBlock {
	b := &recipeBlock{line: line, info: info}
	info, b.below, _ = strings.Cut(info, ` below="`)
	b.below = strings.TrimSuffix(b.below, `"`)
	for _, word := range strings.Fields(info) {
		if name, ok := strings.CutPrefix(word, "insert="); ok {
			b.insert = name
		}
		if name, ok := strings.CutPrefix(word, "file="); ok {
			b.file = name
		}
	}
	return b
}

// apply does what a block says.
func (b *recipeBlock) apply(t *testing.T, dir string) {
	t.Helper()
	switch {
	case b.insert != "":
		b.insertInto(t, filepath.Join(dir, b.insert))
	case b.file != "":
		path := filepath.Join(dir, b.file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(b.text), 0o644); err != nil {
			t.Fatal(err)
		}
	case strings.HasPrefix(b.info, "console"):
		b.runIn(t, dir)
	}
}

func (b *recipeBlock) insertInto(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	found := 0
	for line := range strings.Lines(string(data)) {
		out.WriteString(line)
		if strings.HasPrefix(line, b.below) {
			found++
			out.WriteString(b.text)
		}
	}
	if found != 1 {
		t.Fatalf("CONTRIBUTING.md:%d: %d lines of %s start with %q", b.line, found, b.insert, b.below)
	}
	if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// runIn runs the commands of a block: all must succeed, and print what stands below them where something does.
func (b *recipeBlock) runIn(t *testing.T, dir string) {
	t.Helper()
	var command, want string
	check := func() {
		if command == "" {
			return
		}
		cmd := exec.Command("sh", "-ec", command)
		cmd.Dir = dir
		var said strings.Builder
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("CONTRIBUTING.md:%d: %s: %v\n%s%s", b.line, command, err, out, said.String())
		}
		if diff := cmp.Diff(want, string(out)); want != "" && diff != "" {
			t.Errorf("CONTRIBUTING.md:%d: %s (-text +printed):\n%s", b.line, command, diff)
		}
		command, want = "", ""
	}
	for line := range strings.Lines(b.text) {
		if next, ok := strings.CutPrefix(line, "$ "); ok {
			check()
			command = strings.TrimSpace(next)
			continue
		}
		want += line
	}
	check()
}

// copyTree copies the files of the tree that a build needs, and those that the tests read.
func copyTree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"bpf", "cmd", "gen", "headers", "internal", "monitor", "testdata", "go.mod", "go.sum"} {
		to := filepath.Join(dir, name)
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			if err := os.CopyFS(to, os.DirFS(name)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
