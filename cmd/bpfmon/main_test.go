// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lockstep-bpf/lockstep/internal/agenttest"
	v153 "github.com/lockstep-bpf/lockstep/internal/v153"
	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

var update = flag.Bool("update", false, "update the outputs in the scripts")

func TestMain(m *testing.M) {
	testscript.Main(runnable{m}, commands)
}

// Files of the project that scripts have in their directory, by the name there.
var scriptFiles = map[string]string{
	"demo.gob":     "testdata/demo.gob",
	"drops.gob":    "testdata/drops.gob",
	"cilium.gob":   "testdata/cilium.gob", // of 1.20.2
	"stream.gob":   "../../monitor/payload/testdata/v1.5.3-stream.gob",
	"expected.txt": "../../monitor/testdata/v1.5.3-stream.printed.txt",
}

// hasProgram reports whether a program is there. The error says that it is not where LOCKSTEP_REQUIRE says that it must be.
func hasProgram(name string) (bool, error) {
	_, err := exec.LookPath(name)
	if err != nil && slices.Contains(strings.Split(os.Getenv("LOCKSTEP_REQUIRE"), ","), name) {
		return false, err
	}
	return err == nil, nil
}

// TestScripts runs the command as a user does.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Condition: func(name string) (bool, error) {
			switch name {
			case "big-endian":
				return isNative(binary.BigEndian), nil
			case "tshark", "duckdb":
				return hasProgram(name)
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
		Setup: setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":   exits,
			"during":  during,
			"agent":   startAgent,
			"cut":     cut,
			"repeat":  repeat,
			"huge":    huge,
			"swap":    swap,
			"appears": appears,
			"within":  within,
		},
	})
}

func setup(env *testscript.Env) error {
	if err := recordInterface(env); err != nil {
		return err
	}
	for name, from := range scriptFiles {
		b, err := os.ReadFile(from)
		if err == nil && filepath.Ext(name) == ".gob" && !isNative(binary.LittleEndian) { // which it was made on
			b, err = swapped(b, binary.LittleEndian, binary.NativeEndian)
		}
		if filepath.Ext(name) == ".txt" {
			b = []byte(v153.Text(string(b)))
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(env.WorkDir, name), b, 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// exits runs a program, which must exit with a code: exits CODE PROGRAM ARG...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits code program [arg...]")
	}
	code := 0
	var exit *exec.ExitError
	err := ts.Exec(args[1], args[2:]...)
	switch {
	case errors.As(err, &exit):
		code = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	checkCode(ts, args[0], code)
}

// recordInterface makes a recording, interface.gob, of a trace through an interface of this host, whose name and
// number are in IFNAME and IFINDEX.
func recordInterface(env *testscript.Env) error {
	all, err := net.Interfaces()
	if err != nil && emulated { // it has no names for them: both numbers
		all, err = []net.Interface{{Index: 1, Name: "1"}}, nil
	}
	if err != nil || len(all) == 0 {
		return errors.Join(err, errors.New("no interfaces"))
	}
	env.Setenv("IFNAME", all[0].Name)
	env.Setenv("IFINDEX", strconv.Itoa(all[0].Index))
	n := monitor.TraceNotify{Type: api.MessageTypeTrace, ObsPoint: monitor.TraceToStack, Ifindex: uint32(all[0].Index)}
	data, err := binary.Append(nil, binary.NativeEndian, n)
	if err != nil {
		return err
	}
	recording := agenttest.AppendSession(nil, true, &payload.Payload{Data: data, Type: payload.EventSample})
	return os.WriteFile(filepath.Join(env.WorkDir, "interface.gob"), recording, 0o600)
}
