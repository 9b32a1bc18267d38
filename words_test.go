// SPDX-License-Identifier: Apache-2.0

package lockstep_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// banned are words and phrases that text for users does not have. use is what to write instead. What except matches is
// allowed: names of other programs, and of flags that are kept for a release.
var banned = []struct{ word, use, except string }{
	{word: `folders?`, use: "directory", except: `-G folders|"folder"|--folder|agent\.Folder`},
	{word: `(is|are|was|were|be|been) told`, use: `"gets" or "receives", or "is called with" for a function`},
	{word: `tells? (that|whether|if)`, use: "reports"},
	{word: `somebody`, use: "who that is: a process, another program, the caller"},
	{word: `there are ones`, use: "what there is, by its name"},
	{word: `(?-i:faults?)`, use: "error, diagnostic or bug", except: "make faults|injects faults"}, // Fault and Faults are names
	{word: `(ring|buffer|kernel|events?|messages?|notifications?)( has| have| was| were)? refused`, use: "lost"},
	{word: `(is|are|was|were) said`, use: "is reported, stated or specified"},
	{word: `(has|have) gone|(goes|go|went) away`, use: "is closed, has ended or was removed"},
	{word: `at the (most|least)`, use: `"at most", "at least"`},
	{word: `obeys?`, use: "interprets"},
	{word: `(be|is|are) judged`, use: "is evaluated"},
	{word: `vanish(es|ed)?`, use: "is lost, is removed", except: "Datapath.Vanished"},
	{word: `holds? (that|against)|holds? (the|a) \w+ (against|to)`, use: `"checks" or "compares with"`},
	{word: `stands? (in|on|beside|below|above|behind|between)`, use: `"is in", "is beside"`},
	{word: `nobody`, use: "no program, no reader, no process", except: "breaks nobody|\"nobody\"|nobody/|user nobody"},
	{word: `whoever`, use: "the program that, the caller that"},
	{word: `is no [a-z]+`, use: `"is not a"`, except: `(?i)\bthere\s+(?://\s*)?is no [a-z]+|is no longer`},
	{word: `weaves?|woven|hence|thereof|therein|aught|nought`, use: "a plain word"},
}

// bannedPatterns returns a pattern for each banned word, and one for what is allowed.
var bannedPatterns = sync.OnceValues(func() (words, excepts []*regexp.Regexp) {
	for _, b := range banned {
		words = append(words, regexp.MustCompile(`(?i)\b(`+strings.ReplaceAll(b.word, " ", `\s+(?://\s*)?`)+`)\b`))
		except := b.except
		if except == "" {
			except = `\z\A.` // nothing
		}
		excepts = append(excepts, regexp.MustCompile(except))
	}
	return words, excepts
})

// findBanned returns a line for each banned word in a text that begins at a line of a file. A phrase may go over a line's end.
func findBanned(file string, line int, text string) (found []string) {
	words, excepts := bannedPatterns()
	for i, re := range words {
		allowed := excepts[i].FindAllStringIndex(text, -1)
		for _, at := range re.FindAllStringIndex(text, -1) {
			if slices.ContainsFunc(allowed, func(a []int) bool { return a[0] <= at[0] && at[1] <= a[1] }) {
				continue
			}
			found = append(found, fmt.Sprintf("%s:%d: %q: use %s", file, line+strings.Count(text[:at[0]], "\n"), text[at[0]:at[1]], banned[i].use))
		}
	}
	return found
}

// TestWords looks for banned words in documents, in the strings of all Go files that are neither tests nor generated (their
// text is that of the headers), and in the godoc of public packages.
func TestWords(t *testing.T) {
	for _, name := range append(documents(t), "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md") {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		report(t, findBanned(name, 1, withoutBlocks(string(data))))
	}
	files := goFiles(t)
	for _, name := range files {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		report(t, bannedStrings(fset, f))
		if public := "/" + filepath.ToSlash(name); !strings.Contains(public, "/internal/") && !strings.HasPrefix(public, "/cmd/") {
			report(t, bannedComments(fset, f))
		}
	}
	if len(files) < 300 {
		t.Errorf("read %d files only", len(files))
	}
}

// goFiles returns the project's Go files that are neither tests nor generated.
func goFiles(t *testing.T) (files []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch name := d.Name(); {
		case err != nil:
			return err
		case d.IsDir() && (name == "bin" || name == "testdata" || path != "." && name[0] == '.'):
			return filepath.SkipDir
		case strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && !strings.HasPrefix(name, "zz_generated"):
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func report(t *testing.T, found []string) {
	t.Helper()
	for _, f := range found {
		t.Error(f)
	}
}

// withoutBlocks empties the lines of a document's fenced blocks: they are programs, and what programs print.
func withoutBlocks(document string) string {
	var kept strings.Builder
	inside := false
	for line := range strings.Lines(document) {
		fence := strings.HasPrefix(strings.TrimSpace(line), "```")
		if fence {
			inside = !inside
		}
		if fence || inside {
			line = "\n"
		}
		kept.WriteString(line)
	}
	return kept.String()
}

// bannedStrings looks in the string literals of a file, but for import paths and tags.
func bannedStrings(fset *token.FileSet, f *ast.File) (found []string) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Field:
			return n.Tag == nil
		case *ast.BasicLit:
			at := fset.Position(n.Pos())
			if _, err := strconv.Unquote(n.Value); n.Kind == token.STRING && err == nil {
				found = append(found, findBanned(at.Filename, at.Line, n.Value)...)
			}
		}
		return true
	})
	return found
}

// bannedComments looks in the comments that godoc shows: the package's, and those of exported declarations.
func bannedComments(fset *token.FileSet, f *ast.File) (found []string) {
	look := func(groups ...*ast.CommentGroup) {
		for _, g := range groups {
			if g != nil {
				at := fset.Position(g.Pos())
				found = append(found, findBanned(at.Filename, at.Line, commentText(g))...)
			}
		}
	}
	look(f.Doc)
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() {
				look(d.Doc)
			}
		case *ast.GenDecl:
			if slices.ContainsFunc(d.Specs, exported) {
				look(d.Doc)
			}
			for _, s := range d.Specs {
				if exported(s) {
					look(specComments(s)...)
				}
			}
		}
	}
	return found
}

// commentText returns the lines of a comment as they stand in the file.
func commentText(g *ast.CommentGroup) string {
	var lines []string
	for _, c := range g.List {
		lines = append(lines, c.Text)
	}
	return strings.Join(lines, "\n")
}

// exported reports whether a declaration declares an exported name.
func exported(s ast.Spec) bool {
	switch s := s.(type) {
	case *ast.TypeSpec:
		return s.Name.IsExported()
	case *ast.ValueSpec:
		return slices.ContainsFunc(s.Names, (*ast.Ident).IsExported)
	}
	return false
}

// specComments returns the comments of a declaration and of its exported fields and methods.
func specComments(s ast.Spec) (groups []*ast.CommentGroup) {
	switch s := s.(type) {
	case *ast.ValueSpec:
		return append(groups, s.Doc, s.Comment)
	case *ast.TypeSpec:
		groups = append(groups, s.Doc, s.Comment)
		ast.Inspect(s.Type, func(n ast.Node) bool {
			if f, ok := n.(*ast.Field); ok && (len(f.Names) == 0 || slices.ContainsFunc(f.Names, (*ast.Ident).IsExported)) {
				groups = append(groups, f.Doc, f.Comment)
			}
			return true
		})
	}
	return groups
}

// TestBannedWords checks what is found, and where.
func TestBannedWords(t *testing.T) {
	for text, want := range map[string]string{
		"a directory":                       "",
		"\n\na folder":                      `f:12: "folder": use directory`,
		"tshark -G folders":                 "",
		"It is\n// told of each":            `f:10: "is\n// told": use "gets" or "receives", or "is called with" for a function`,
		"errors come as Faults":             "",
		"of several faults":                 `f:10: "faults": use error, diagnostic or bug`,
		"the default":                       "",
		"run `make faults` for an hour":     "",
		"the ring has refused 3 of them":    `f:10: "ring has refused": use lost`,
		"the connection was refused":        "",
		"at the most 3, and at least one":   `f:10: "at the most": use "at most", "at least"`,
		"no file; folders are not followed": `f:10: "folders": use directory`,
	} {
		if got := strings.Join(findBanned("f", 10, text), "\n"); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	document := "a folder\n```sh\nls folder\n```\nfolder\n"
	if got := findBanned("f", 1, withoutBlocks(document)); len(got) != 2 || !strings.HasPrefix(got[1], "f:5: ") {
		t.Errorf("%q", got)
	}
}
