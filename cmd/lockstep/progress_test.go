// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w strings.Builder
		p := startProgress(&w, 16, 3, time.Second)
		p.next("a.yaml")
		time.Sleep(time.Second / 2)
		p.next("b.yaml")
		synctest.Wait()
		p.mu.Lock()
		if w.Len() != 0 {
			t.Errorf("said before a second has passed: %q", w.String())
		}
		p.mu.Unlock()
		time.Sleep(time.Second)
		synctest.Wait()
		p.next("a/long/name.yaml")
		p.stop()
		if want := "\r\x1b[K2/3 b.yaml\r\x1b[K3/3 a/long/name\r\x1b[K"; w.String() != want {
			t.Errorf("got %q, want %q", w.String(), want)
		}
	})
}

func TestProgressStoppedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w strings.Builder
		p := startProgress(&w, 80, 1, time.Second)
		p.next("a.yaml")
		p.stop()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if w.Len() != 0 {
			t.Errorf("got %q", w.String())
		}
	})
}

// TestNoProgress checks that files and pipes get none.
func TestNoProgress(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	p := newProgress(f, 1)
	p.next("a.yaml")
	p.stop()
	if p.w != nil {
		t.Error("a file is taken for a terminal")
	}
}
