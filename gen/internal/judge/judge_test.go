// SPDX-License-Identifier: Apache-2.0

package judge_test

import (
	"go/constant"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/gen/internal/cparse"
	"github.com/lockstep-bpf/lockstep/gen/internal/judge"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

var targets = []string{"bpfel", "bpfeb", "linux/amd64", "linux/arm64", "linux/arm", "linux/386", "linux/s390x"}

// TestWrong checks that a wrong value is found, and what is right, or not to be judged, is left alone.
func TestWrong(t *testing.T) {
	constants := []*model.Constant{
		{Name: "RIGHT", Expr: "( - 133 )", Value: constant.MakeInt64(-133)},
		{Name: "SIGN", Expr: "( - 152 )", Value: constant.MakeInt64(152)},
		{Name: "SHIFT", Expr: "1U << 31", Value: constant.MakeInt64(1 << 31)},
		{Name: "WRAPPED", Expr: "0U - 1", Value: constant.MakeInt64(-1)},
		{Name: "REFUSED", Expr: "1 +", Value: constant.MakeInt64(7)},
		{Name: "LONG", Expr: strings.Repeat("1 + ", 2000) + "1", Value: constant.MakeInt64(7)},
		{Name: "NONE", Value: constant.MakeInt64(7)},
		{Name: "TEXT", Expr: "1", Value: constant.MakeString("1")},
	}
	for _, target := range targets {
		verdicts, err := judge.Judge(target, constants)
		if err != nil {
			t.Fatalf("%s: %v", target, err)
		}
		var got []string
		for _, v := range verdicts {
			got = append(got, v.Constant.Name+" "+v.Value.String())
		}
		if want := "SIGN -152,WRAPPED 4294967295"; strings.Join(got, ",") != want {
			t.Errorf("%s: %s, want %s", target, strings.Join(got, ","), want)
		}
	}
}

// TestProject checks that both parsers agree on the constants of the project's headers, and that there is something to
// agree on.
func TestProject(t *testing.T) {
	for _, target := range targets {
		unit, err := cparse.Parse(cparse.Options{
			Dir: "../../..", Include: []string{"headers", "bpf/lib"}, Target: target,
			Headers: []string{"bpf/lib/common.h", "bpf/lib/dbg.h", "bpf/lib/trace.h", "bpf/lib/kdrop.h"},
		})
		if err != nil {
			t.Fatal(err)
		}
		judged := 0
		for _, c := range unit.Constants {
			if c.Expr != "" {
				judged++
			}
		}
		verdicts, err := judge.Judge(target, unit.Constants)
		if err != nil || len(verdicts) > 0 || judged < 40 {
			t.Errorf("%s: %d judged, %v, %v", target, judged, verdicts, err)
		}
	}
}

func BenchmarkJudge(b *testing.B) {
	var constants []*model.Constant
	for i := range 40 {
		constants = append(constants, &model.Constant{Name: "DROP", Expr: "( - 133 )", Value: constant.MakeInt64(-133 - 0*int64(i))})
	}
	for b.Loop() {
		if _, err := judge.Judge("bpfel", constants); err != nil {
			b.Fatal(err)
		}
	}
}
