// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// TestLogrotate runs logrotate with the recipe of docs/service.md on the recording of a running bpfmon, twice: it goes on in a
// new file each time, and the older one of the two is compressed.
func TestLogrotate(t *testing.T) {
	has, err := hasProgram("logrotate")
	if err != nil {
		t.Fatal(err)
	}
	if !has {
		t.Skip("logrotate is not installed")
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "service.md"))
	if err != nil {
		t.Fatal(err)
	}
	recipe := regexp.MustCompile("(?s)```\n(/var/lib/bpfmon/.*?)```").FindSubmatch(page)
	if recipe == nil {
		t.Fatal("docs/service.md has no recipe")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "drops.gob")
	out := &watcher{text: "Lost 37", seen: make(chan bool, 1)}
	cmd := exec.Command("bpfmon", "listen", "--cilium", "1.5", "--socket", listenTo(t), "--record", path)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = cmd.Process.Kill(), cmd.Wait() }() // it has ended unless the test fails
	<-out.seen
	config := strings.NewReplacer("/var/lib/bpfmon", dir, "systemctl reload bpfmon", fmt.Sprintf("kill -HUP %d", cmd.Process.Pid)).Replace(string(recipe[1]))
	if strings.Count(config, dir) != 1 || !strings.Contains(config, "kill") {
		t.Fatalf("the recipe is another:\n%s", config)
	}
	file := filepath.Join(dir, "logrotate.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		said, err := exec.Command("logrotate", "--force", "--verbose", "--state", filepath.Join(dir, "state"), file).CombinedOutput()
		if err != nil || strings.Contains(string(said), "error:") {
			t.Fatalf("logrotate: %v\n%s\n%s", err, said, config)
		}
		until(t, "the next file", func() bool { info, err := os.Stat(path); return err == nil && info.Size() > 0 })
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, &out.all)
	}
	for _, name := range []string{path, path + ".1", path + ".2.gz"} {
		replay := exec.Command("bpfmon", "replay", name)
		if strings.HasSuffix(name, ".gz") {
			replay = exec.Command("sh", "-c", `gzip -dc "$0" | bpfmon replay -`, name)
		}
		if out, err := replay.CombinedOutput(); err != nil || len(out) == 0 {
			t.Errorf("%s: %v: %.500s", name, err, out)
		}
	}
}
