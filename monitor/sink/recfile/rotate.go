// SPDX-License-Identifier: Apache-2.0

package recfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Reopen makes the next message go to a new file if the one that is being written was given another name, as a program
// that rotates logs does it. With Options that rotate, it begins a new file in any case.
func (r *Recorder) Reopen() { r.reopen.Store(true) }

// due reports whether a message of size bytes must go to a new file.
func (r *Recorder) due(size int) bool {
	if r.reopen.Load() && r.reopen.Swap(false) {
		return r.moved() || r.opts.rotates()
	}
	there := r.size + int64(len(r.buf))
	switch {
	case there == 0: // a message that is too large gets a file of its own
		return false
	case r.opts.RotateSize > 0 && there+int64(size) > r.opts.RotateSize:
		return true
	}
	return r.opts.RotateAfter > 0 && r.opts.Now().Sub(r.begun) >= r.opts.RotateAfter
}

// moved reports whether the file no longer has its name.
func (r *Recorder) moved() bool {
	now, err := r.fs.lstat(r.path)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	own, err := r.file.Stat()
	return err == nil && !os.SameFile(own, now)
}

// rotate closes the file, gives it a number, and begins the next.
func (r *Recorder) rotate() {
	if r.err != nil {
		return
	}
	moved := r.moved()
	err := r.file.Close()
	r.file = nil
	if err == nil && !moved {
		err = r.shift()
	}
	if err != nil {
		r.end(err)
		return
	}
	f, err := r.fs.create(r.path)
	if err == nil {
		err = r.begin(f, 0)
	}
	if err != nil {
		r.end(fmt.Errorf("next file: %w", err))
	}
}

// shift gives the file at path the next number and removes files that are too many.
func (r *Recorder) shift() error {
	numbers, err := r.numbers()
	if err != nil {
		return err
	}
	next := 1
	if len(numbers) > 0 {
		next = numbers[len(numbers)-1] + 1
	}
	if _, err := r.fs.lstat(r.numbered(next)); err == nil { // a number too large to be one that was given
		return fmt.Errorf("%s is there already: move the numbered files away", r.numbered(next))
	}
	if err := r.fs.rename(r.path, r.numbered(next)); err != nil {
		return err
	}
	if r.opts.Keep == 0 {
		return nil
	}
	numbers = append(numbers, next)
	for _, n := range numbers[:max(0, len(numbers)-(r.opts.Keep-1))] {
		r.removeOld(r.numbered(n))
	}
	return nil
}

// removeOld removes a file if it is one that this user has recorded.
func (r *Recorder) removeOld(path string) {
	info, err := r.fs.lstat(path)
	if err == nil {
		err = regular(info)
	}
	if err == nil {
		err = r.fs.own(info)
	}
	if err == nil {
		err = r.fs.remove(path)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		r.opts.Report(fmt.Errorf("cannot remove the old recording %s: %w", path, err))
	}
}

// numberDigits is how many digits a file's number has at least.
const numberDigits = 6

// numbered returns the name of the file with a number: node.000007.gob for node.gob.
func (r *Recorder) numbered(n int) string {
	ext := filepath.Ext(r.path)
	return fmt.Sprintf("%s.%0*d%s", strings.TrimSuffix(r.path, ext), numberDigits, n, ext)
}

// numbers returns the numbers of the recording's files that there are, in order.
func (r *Recorder) numbers() ([]int, error) {
	names, err := r.fs.names(filepath.Dir(r.path))
	if err != nil {
		return nil, err
	}
	ext := filepath.Ext(r.path)
	stem := strings.TrimSuffix(filepath.Base(r.path), ext) + "."
	var numbers []int
	for _, name := range names {
		digits := strings.TrimSuffix(strings.TrimPrefix(name, stem), ext)
		n, err := strconv.ParseUint(digits, 10, 31)
		if err == nil && n > 0 && name == filepath.Base(r.numbered(int(n))) {
			numbers = append(numbers, int(n))
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}
