// SPDX-License-Identifier: Apache-2.0

// Command dist builds the archives of a release: for each system the commands, their manual pages and completions, the
// licences and the documents, with an SBOM for each archive, a .deb and an .rpm for Linux, and the checksums of all. The same commit and the same version of
// Go make the same bytes on every machine.
//
//	go run ./internal/dist [-out dist] [-targets linux/amd64,...] [-nfpm bin/nfpm]
package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const allTargets = "linux/amd64,linux/arm64,darwin/amd64,darwin/arm64,windows/amd64"

var commands = []string{"bpfmon", "lockstep"}

func main() {
	out := flag.String("out", "dist", "write into this `directory`")
	targets := flag.String("targets", allTargets, "build for these `systems`")
	stage := flag.String("stage", "", "leave manual pages and completions in this `directory` and build nothing else")
	nfpm := flag.String("nfpm", "", "build a .deb and an .rpm with this `program`, nfpm")
	flag.Parse()
	if err := run(*out, *stage, *nfpm, strings.Split(*targets, ",")); err != nil {
		log.Fatal(err)
	}
}

func run(out, stage, nfpm string, targets []string) error {
	commit, err := lastCommit()
	if err != nil {
		return err
	}
	common, err := commonFiles(strings.TrimSuffix(commit.version, "-dirty"))
	if err != nil {
		return err
	}
	if stage != "" {
		return writeFiles(stage, common)
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	var names []string
	for _, target := range targets {
		some, err := release(out, target, nfpm, commit, common)
		if err != nil {
			return fmt.Errorf("%s: %w", target, err)
		}
		names = append(names, some...)
	}
	return writeChecksums(out, names)
}

// commitInfo is what archives say of where they are from.
type commitInfo struct {
	version string
	date    time.Time
}

// lastCommit returns the version of the checkout, a tag or the short name of the commit, and the date of its commit.
func lastCommit() (commitInfo, error) {
	version, err := output("git", "describe", "--tags", "--always", "--dirty")
	if err != nil {
		return commitInfo{}, err
	}
	date, err := output("git", "log", "-1", "--format=%cI")
	if err != nil {
		return commitInfo{}, err
	}
	t, err := time.Parse(time.RFC3339, date)
	return commitInfo{version, t.UTC()}, err
}

func output(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Stderr = os.Stderr
	b, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return strings.TrimSpace(string(b)), nil
}

// file is one of an archive.
type file struct {
	name string
	mode os.FileMode
	data []byte
}

// commonFiles returns what each archive has beside its commands: documents, manual pages, completions.
func commonFiles(version string) ([]file, error) {
	all, err := documentFiles(version)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "dist")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // what is left of it does no harm
	for _, command := range commands {
		path := filepath.Join(dir, command)
		if err := build(path, command, ""); err != nil {
			return nil, err
		}
		some, err := generated(path, command, filepath.Join(dir, "man-"+command))
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// completions are the names that shells look for, by shell.
var completions = map[string]string{
	"bash": "completions/bash/%s", "zsh": "completions/zsh/_%s", "fish": "completions/fish/%s.fish",
}

// generated returns the manual pages and the completions of a command.
func generated(path, command, dir string) ([]file, error) {
	if _, err := output(path, "man", dir); err != nil {
		return nil, err
	}
	pages, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var all []file
	for _, page := range pages {
		b, err := os.ReadFile(filepath.Join(dir, page.Name()))
		if err != nil {
			return nil, err
		}
		all = append(all, file{"man/man1/" + page.Name(), 0o644, b})
	}
	for _, shell := range []string{"bash", "fish", "zsh"} {
		script, err := output(path, "completion", shell)
		if err != nil {
			return nil, err
		}
		all = append(all, file{fmt.Sprintf(completions[shell], command), 0o644, []byte(script + "\n")})
	}
	return all, nil
}

// build builds a command for a target, or for this system.
func build(path, command, target string) error {
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=auto", "-ldflags", "-s -w", "-o", path, "./cmd/"+command)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if system, arch, ok := strings.Cut(target, "/"); ok {
		cmd.Env = append(cmd.Env, "GOOS="+system, "GOARCH="+arch)
	}
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

// release writes the archive of a target, its SBOM and its packages, and returns their names.
func release(out, target, nfpm string, commit commitInfo, common []file) ([]string, error) {
	system, arch, ok := strings.Cut(target, "/")
	if !ok {
		return nil, fmt.Errorf("a target is a system and an architecture, as linux/amd64")
	}
	dir, err := os.MkdirTemp("", "dist")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // what is left of it does no harm
	var files []file
	var paths []string
	for _, command := range commands {
		name := command
		if system == "windows" {
			name += ".exe"
		}
		path := filepath.Join(dir, name)
		if err := build(path, command, target); err != nil {
			return nil, err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		files, paths = append(files, file{"bin/" + name, 0o755, b}), append(paths, path)
	}
	name := fmt.Sprintf("lockstep-%s-%s-%s", commit.version, system, arch)
	pack, ext := tarball, ".tar.gz"
	if system == "windows" {
		pack, ext = zipped, ".zip"
	}
	files = append(files, common...)
	names := []string{name + ext, name + ".spdx.json"}
	if system == "linux" && nfpm != "" {
		some, err := packages(nfpm, out, arch, commit, files)
		if err != nil {
			return nil, err
		}
		names = append(names, some...)
	}
	var archive bytes.Buffer
	if err := pack(&archive, name, files, commit.date); err != nil {
		return nil, err
	}
	sbom, err := bill(name, paths, commit)
	if err != nil {
		return nil, err
	}
	return names, cmp.Or(
		os.WriteFile(filepath.Join(out, name+ext), archive.Bytes(), 0o644),
		os.WriteFile(filepath.Join(out, name+".spdx.json"), sbom, 0o644))
}
