// SPDX-License-Identifier: Apache-2.0

package recfile_test

import (
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"

	"github.com/lockstep-bpf/lockstep/monitor/sink/recfile"
)

// Write a recording of lines. The next file begins where one has 20 bytes, and three files are kept.
func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	whole := func(r io.Reader) (int64, error) { return io.Copy(io.Discard, r) } // only recfile.Append needs it
	r, err := recfile.Create(filepath.Join(dir, "lines"), whole,
		recfile.Options{RotateSize: 20, Keep: 3}, func(err error) { log.Print(err) })
	if err != nil {
		log.Fatal(err)
	}
	for i := range 10 {
		line := fmt.Sprintf("line %d\n", i)
		r.Next(len(line))
		_, _ = r.Write([]byte(line)) // a failure is reported once, and by Close
	}
	if err := r.Close(); err != nil {
		log.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(files), "files")
	// Output:
	// 3 files
}
