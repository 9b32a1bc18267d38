// SPDX-License-Identifier: Apache-2.0

// Package fixed has what generated code takes as it is: the declarations of helpers.go, which are compiled and tested here
// and copied from there. Generated packages carry those that they need, and import nothing of this module: who uses them
// needs no version of it, and a package of helpers to import would be one more thing to keep in step.
package fixed

import (
	_ "embed" // the source below
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
)

//go:embed helpers.go
var source string

// Part is a piece of code: text, and the identifier of another package behind it, unless Import is "".
type Part struct {
	Text   string
	Import string // the path of the package
	Name   string
}

// Decls returns the code of the named types, functions and variables, in the order of helpers.go. A type comes with its
// methods. It panics where there is none of the name.
func Decls(names ...string) [][]Part {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "helpers.go", source, parser.ParseComments)
	if err != nil {
		panic(err) // it is compiled into this package
	}
	wanted := map[string]bool{}
	for _, name := range names {
		wanted[name] = true
	}
	var list [][]Part
	found := map[string]bool{}
	for _, decl := range file.Decls {
		name, doc := nameOf(decl)
		if !wanted[name] {
			continue
		}
		found[name] = true
		list = append(list, parts(fset, file, doc, decl))
	}
	for _, name := range names {
		if !found[name] {
			panic("helpers.go has no " + name)
		}
	}
	return list
}

// nameOf returns what a declaration goes by, and its comment.
func nameOf(decl ast.Decl) (string, *ast.CommentGroup) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return d.Name.Name, d.Doc
		}
		if star, ok := d.Recv.List[0].Type.(*ast.StarExpr); ok {
			return star.X.(*ast.Ident).Name, d.Doc
		}
	case *ast.GenDecl:
		switch spec := d.Specs[0].(type) {
		case *ast.TypeSpec:
			return spec.Name.Name, d.Doc
		case *ast.ValueSpec:
			return spec.Names[0].Name, d.Doc
		}
	}
	return "", nil
}

// parts cuts a declaration behind each identifier of another package.
func parts(fset *token.FileSet, file *ast.File, doc *ast.CommentGroup, decl ast.Decl) []Part {
	imports := map[string]string{}
	for _, i := range file.Imports {
		path := strings.Trim(i.Path.Value, `"`)
		imports[path[strings.LastIndex(path, "/")+1:]] = path
	}
	offset := func(p token.Pos) int { return fset.Position(p).Offset }
	at := offset(doc.Pos())
	var list []Part
	ast.Inspect(decl, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && imports[x.Name] != "" {
			list = append(list, Part{source[at:offset(sel.Pos())], imports[x.Name], sel.Sel.Name})
			at = offset(sel.End())
			return false
		}
		return true
	})
	return append(list, Part{Text: source[at:offset(decl.End())]})
}
