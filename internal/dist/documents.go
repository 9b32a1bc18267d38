// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// documents are the files of the checkout that each archive has, with those of docs.
var documents = []string{
	"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE",
	"LICENSES/Apache-2.0.txt", "LICENSES/BSD-2-Clause.txt", "LICENSES/GPL-2.0-only.txt",
	service, "deploy/Containerfile", "deploy/kubernetes.yaml",
	// what the examples of the documents read
	"cmd/bpfmon/testdata/demo.gob", "cmd/bpfmon/testdata/live.gob", "cmd/bpfmon/testdata/drops.gob", "bpf/lib/common.h",
}

// source is where the files are that archives do not have.
const source = "https://github.com/lockstep-bpf/lockstep/blob/"

// link is a link of Markdown to a file: the path, and the rest from the heading on.
var link = regexp.MustCompile(`\]\(([^()#:\s]+)((?:#[^()\s]*)?\))`)

// documentFiles returns the documents. Their links to files that are not among them lead to the source of the version.
func documentFiles(version string) ([]file, error) {
	names := slices.Clone(documents)
	for _, pattern := range []string{"docs/*.*", "docs/*/*.*"} {
		more, err := filepath.Glob(pattern)
		if err != nil {
			return nil, err
		}
		for _, name := range more {
			names = append(names, filepath.ToSlash(name))
		}
	}
	var all []file
	for _, name := range names {
		b, err := os.ReadFile(filepath.FromSlash(name))
		if err != nil {
			return nil, err
		}
		if strings.HasSuffix(name, ".md") {
			b = relink(b, name, version, names)
		}
		all = append(all, file{name, 0o644, b})
	}
	return all, nil
}

// relink returns a document with links to the source in place of those to files that are not in the archive.
func relink(text []byte, name, version string, names []string) []byte {
	return link.ReplaceAllFunc(text, func(b []byte) []byte {
		m := link.FindSubmatch(b)
		target := path.Join(path.Dir(name), string(m[1]))
		if slices.ContainsFunc(names, func(n string) bool { return n == target || strings.HasPrefix(n, target+"/") }) {
			return b
		}
		return slices.Concat([]byte("]("+source+version+"/"+target), m[2])
	})
}
