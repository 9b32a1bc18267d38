// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// formats are the packages that are built for Linux.
var formats = []string{"deb", "rpm"}

// service is the systemd unit in the checkout. It runs the command that `make install` installs.
const service = "deploy/bpfmon.service"

// packages builds the packages of a Linux architecture with nfpm, and returns their names.
func packages(nfpm, out, arch string, commit commitInfo, files []file) ([]string, error) {
	dir, err := os.MkdirTemp("", "dist")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary directory
	unit, err := os.ReadFile(service)
	if err != nil {
		return nil, err
	}
	unit = []byte(strings.ReplaceAll(string(unit), "/usr/local/bin/", "/usr/bin/"))
	files = slices.DeleteFunc(slices.Clone(files), func(f file) bool { return f.name == service })
	files = append(files, file{service, 0o644, unit})
	if err := writeFiles(dir, files); err != nil {
		return nil, err
	}
	config, err := json.Marshal(packageConfig(dir, arch, commit, files))
	if err != nil {
		return nil, err
	}
	configPath := filepath.Join(dir, "nfpm.yaml") // JSON is YAML
	if err := os.WriteFile(configPath, config, 0o644); err != nil {
		return nil, err
	}
	var names []string
	for _, format := range formats {
		name := fmt.Sprintf("lockstep-%s-linux-%s.%s", commit.version, arch, format)
		cmd := exec.Command(nfpm, "package", "--config", configPath, "--packager", format, "--target", filepath.Join(out, name))
		cmd.Env = append(os.Environ(), fmt.Sprintf("SOURCE_DATE_EPOCH=%d", commit.date.Unix()))
		if text, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", nfpm, err, text)
		}
		names = append(names, name)
	}
	return names, nil
}

// packageInfo is the configuration of nfpm.
type packageInfo struct {
	Name          string    `json:"name"`
	Arch          string    `json:"arch"`
	Platform      string    `json:"platform"`
	Version       string    `json:"version"`
	VersionSchema string    `json:"version_schema"`
	Section       string    `json:"section"`
	Maintainer    string    `json:"maintainer"`
	Description   string    `json:"description"`
	Homepage      string    `json:"homepage"`
	License       string    `json:"license"`
	Date          time.Time `json:"mtime"`
	RPM           rpmInfo   `json:"rpm"`
	Contents      []content `json:"contents"`
}

// rpmInfo are the fields of an .rpm alone. Without a name of a host, nfpm would write that of this one.
type rpmInfo struct {
	BuildHost string `json:"buildhost"`
}

// content is a file of a package, or with Type "dir" a directory that belongs to it.
type content struct {
	Source string   `json:"src,omitempty"`
	Target string   `json:"dst"`
	Type   string   `json:"type,omitempty"`
	Info   fileInfo `json:"file_info"`
}

// fileInfo is a file's mode and date.
type fileInfo struct {
	Mode os.FileMode `json:"mode"`
	Date time.Time   `json:"mtime"`
}

func packageConfig(dir, arch string, commit commitInfo, files []file) packageInfo {
	p := packageInfo{
		Name: "lockstep", Arch: arch, Platform: "linux", Version: packageVersion(commit), VersionSchema: "none",
		Section: "net", Maintainer: "The lockstep authors <https://github.com/lockstep-bpf/lockstep>",
		Description: "Go code from C headers of BPF programs, and a monitor for dropped packets\n" +
			"lockstep generates Go constants, structs and decoders from C headers.\n" +
			"bpfmon prints the events of a BPF datapath, Cilium or the kernel.",
		Homepage: "https://github.com/lockstep-bpf/lockstep", License: "Apache-2.0", Date: commit.date,
		RPM: rpmInfo{BuildHost: "localhost"},
	}
	for _, f := range files {
		target := packagePath(f.name)
		p.Contents = append(p.Contents, content{
			Source: filepath.Join(dir, filepath.FromSlash(f.name)), Target: target, Info: fileInfo{f.mode, commit.date},
		})
		p.Contents = addDirectories(p.Contents, path.Dir(target), commit.date)
	}
	return p
}

// docs is the directory of a package's documents. It and those below belong to the package, so that rpm removes them with it.
const docs = "/usr/share/doc/lockstep"

// addDirectories adds a directory of documents, and those above it, that are not in the list yet.
func addDirectories(list []content, dir string, date time.Time) []content {
	for ; strings.HasPrefix(dir, docs); dir = path.Dir(dir) {
		if slices.ContainsFunc(list, func(c content) bool { return c.Target == dir }) {
			break
		}
		list = append(list, content{Target: dir, Type: "dir", Info: fileInfo{0o755, date}})
	}
	return list
}

// packageVersion returns the version of a package: that of the tag, or one below all tags, with the date and the commit.
func packageVersion(commit commitInfo) string {
	v, ok := strings.CutPrefix(commit.version, "v")
	if !ok || v == "" || v[0] < '0' || v[0] > '9' {
		v = "0.0.0~" + commit.date.Format("20060102") + "." + commit.version
	}
	return strings.ReplaceAll(v, "-", "+") // a hyphen begins the package's own revision
}

// packagePath returns where a package installs a file of an archive.
func packagePath(name string) string {
	switch dir, base := path.Split(name); dir {
	case "bin/":
		return "/usr/bin/" + base
	case "man/man1/":
		return "/usr/share/man/man1/" + base
	case "completions/bash/":
		return "/usr/share/bash-completion/completions/" + base
	case "completions/zsh/":
		return "/usr/share/zsh/site-functions/" + base
	case "completions/fish/":
		return "/usr/share/fish/vendor_completions.d/" + base
	case "deploy/":
		if name == service {
			return "/usr/lib/systemd/system/" + base
		}
	}
	return docs + "/" + name
}
