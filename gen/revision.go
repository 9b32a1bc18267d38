// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// maxOldFile is the largest file that is taken out of a revision, in bytes. Headers are not as large.
const maxOldFile = 64 << 20

// oldStates finds the older states of files: in another checkout, or in revisions, which it unpacks into
// temporary directories, one a repository.
type oldStates struct {
	against string
	roots   map[string]string // the unpacked directories, by the root of their repository
}

// close removes what was unpacked.
func (s *oldStates) close() {
	for _, dir := range s.roots {
		_ = os.RemoveAll(dir) // a temporary directory: nothing is lost
	}
}

// place is where the older state of a file may be.
type place struct {
	path  string
	shown string // what to call it: a revision is unpacked into a directory that is soon gone
}

// places returns where the older state of a file may be, the likeliest first. In a directory that is no checkout itself,
// files may also lie as they are seen from the working directory.
func (s *oldStates) places(name string) ([]place, error) {
	info, err := os.Stat(s.against)
	if err != nil || !info.IsDir() {
		return s.inRevision(name)
	}
	inRoot, err := inRepository(name)
	if err != nil {
		return nil, err
	}
	paths := []string{inRoot}
	if here, err := inWorkingDirectory(name); err == nil && here != inRoot && !isCheckout(s.against) {
		paths = append(paths, here)
	}
	var list []place
	for _, p := range paths {
		p = filepath.Join(s.against, p)
		list = append(list, place{p, p})
	}
	return list, nil
}

// inRevision returns the one place of a file in the revision.
func (s *oldStates) inRevision(name string) ([]place, error) {
	top, err := git(filepath.Dir(name), "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, fmt.Errorf("%s is not a directory, and reading it as a git revision failed: %w", s.against, err)
	}
	root, err := s.unpacked(top)
	if err != nil {
		return nil, err
	}
	rel, err := inRepository(name)
	return []place{{filepath.Join(root, rel), s.against + ":" + filepath.ToSlash(rel)}}, err
}

// isCheckout reports whether a directory is the root of a repository.
func isCheckout(dir string) bool {
	prefix, err := git(dir, "rev-parse", "--show-prefix")
	return err == nil && prefix == ""
}

// inRepository names a file from the root of its repository or, without one, from the working directory.
func inRepository(name string) (string, error) {
	if prefix, err := git(filepath.Dir(name), "rev-parse", "--show-prefix"); err == nil {
		return filepath.Join(filepath.FromSlash(prefix), filepath.Base(name)), nil
	}
	return inWorkingDirectory(name)
}

// inWorkingDirectory names a file from the working directory, which it is below.
func inWorkingDirectory(name string) (string, error) {
	rel, err := from(".", []string{name})
	if err != nil {
		return "", err
	}
	if !filepath.IsLocal(filepath.FromSlash(rel[0])) {
		return "", fmt.Errorf("%s is not below the working directory and in no git repository: run this from the root of the checkout", name)
	}
	return filepath.FromSlash(rel[0]), nil
}

// unpacked returns a directory with the files of the revision of a repository.
func (s *oldStates) unpacked(top string) (string, error) {
	if dir, ok := s.roots[top]; ok {
		return dir, nil
	}
	commit, err := git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", s.against+"^{commit}")
	if err != nil {
		return "", fmt.Errorf("%s is neither a directory nor a revision in %s (a shallow clone has few: git fetch --unshallow)",
			s.against, top)
	}
	dir, err := os.MkdirTemp("", "lockstep-")
	if err != nil {
		return "", err
	}
	if s.roots == nil {
		s.roots = map[string]string{}
	}
	s.roots[top] = dir
	return dir, extract(top, commit, dir)
}

// git runs a git command in a directory and returns what it prints, without the line end.
func git(dir string, args ...string) (string, error) {
	cmd := exec.Command("git", append([]string{"-C", dir}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", gitError(err, &stderr)
	}
	return strings.TrimRight(string(out), "\r\n"), nil
}

// gitError says what git said.
func gitError(err error, stderr *bytes.Buffer) error {
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("git is not installed (a directory with the older state can be used instead): %w", err)
	}
	if said := strings.TrimSpace(stderr.String()); said != "" {
		return fmt.Errorf("git: %s", said)
	}
	return fmt.Errorf("git: %w", err)
}

// extract writes the files of a commit to a directory.
func extract(top, commit, dir string) error {
	cmd := exec.Command("git", "-C", top, "archive", "--format=tar", commit)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return gitError(err, &stderr)
	}
	err = untar(out, dir)
	if err != nil {
		_ = cmd.Process.Kill() // it may wait for a reader; the error is told already
	}
	if waitErr := cmd.Wait(); err == nil && waitErr != nil {
		return gitError(waitErr, &stderr)
	}
	return err
}

// untar writes the files and links of an archive to a directory, and nothing outside of it.
func untar(r io.Reader, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // what it wrote is closed file by file
	for archive := tar.NewReader(r); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("git archive: %w", err)
		}
		if err := untarOne(root, h, archive); err != nil {
			return err
		}
	}
}

func untarOne(root *os.Root, h *tar.Header, r io.Reader) error {
	name := path.Clean(h.Name)
	switch h.Typeflag {
	case tar.TypeReg:
		if h.Size > maxOldFile {
			return nil
		}
	case tar.TypeSymlink:
	default:
		return nil
	}
	if err := root.MkdirAll(path.Dir(name), 0o777); err != nil {
		return err
	}
	if h.Typeflag == tar.TypeSymlink {
		return root.Symlink(h.Linkname, name)
	}
	f, err := root.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close())
}
