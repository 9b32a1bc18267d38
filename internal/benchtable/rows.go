// SPDX-License-Identifier: Apache-2.0

package main

// row is a line of the table: a benchmark beside its yardstick.
type row struct {
	what     string  // what is measured
	target   float64 // ns/op to stay under; 0 for none
	times    float64 // how many times faster than the yardstick to be; 0 for none
	allocs   limit   // on allocations
	measured string  // the name of the benchmark, without "Benchmark"
	against  string  // the name of its yardstick
}

// limit says what is held of allocations.
type limit int

const (
	none      limit = iota // there must be none
	free                   // they are shown
	uncounted              // it is another process that allocates
)

// rows returns the table that the library promises.
func rows() []row {
	var all []row
	for _, name := range []string{"drop", "trace", "capture", "debug"} {
		all = append(all, row{"decode: " + name, 4, 0, none, "Decode/" + name + "/native", "Decode/" + name + "/straightforward"})
	}
	packets := []string{"tcp4", "tcp6", "icmp4", "icmp6"}
	all = append(all, formats("line", "info", 90, 15, []string{"drop", "trace", "capture"}, packets)...)
	all = append(all, formats("dissected", "debug", 1000, 15, []string{"drop", "trace", "capture"}, packets)...)
	all = append(all, formats("JSON", "json", 1200, 15, []string{"drop", "trace"}, packets)...)
	all = append(all, formats("JSON, not dissected", "json", 1200, 0, []string{"capture"}, packets)...)
	for _, level := range []string{"info", "json"} {
		for _, name := range []string{"log-http", "log-dns", "log-kafka", "agent"} {
			all = append(all, format(level+" with gob: "+name, level, name, 5000, 10, free))
		}
	}
	for _, level := range []string{"info", "verbose", "json"} {
		for _, name := range []string{"drop-tcp4", "drop-tcp6", "trace-tcp4", "trace-tcp6"} {
			measured := "Cilium/" + level + "/" + name // 1/1.2: at most 1.2 times as long
			all = append(all, row{"Cilium 1.20 beside 1.5, " + level + ": " + name, 0, 0.83, none, measured + "/1.20", measured + "/1.5"})
		}
	}
	return append(all,
		row{"decode: drop, as a Message of a pipeline", 0, 0, none, "Message/interface", "Message/struct"},
		row{"decode and print in a pipeline, with the time of day", 0, 0, none, "Sink/time/clock", "Sink/time/none"},
		row{"decode and print in a pipeline, with the time in UTC", 0, 0, none, "Sink/time/utc", "Sink/time/none"},
		row{"decode and print in a pipeline, with the time since 1970", 0, 0, none, "Sink/time/epoch", "Sink/time/none"},
		row{"payload of a session", 50, 0, none, "Session/Reader", "Session/gob.Decoder"},
		row{"replay of a recording, whole process on one core", 250, 0, uncounted, "Replay/bpfmon-file", "Replay/straightforward"},
		row{"replay of it as pcapng, beside the replay above", 0, 0.67, uncounted, "Replay/bpfmon-pcapng", "Replay/bpfmon-file"},
		row{"filter, with decoding: reject by type", 35, 0, none, "Filter/reject/type", "Filter/decode"},
		row{"filter, with decoding: reject by type and port", 35, 0, none, "Filter/reject/simple", "Filter/decode"},
		row{"filter, with decoding: reject by port", 35, 0, none, "Filter/reject/port", "Filter/decode"},
		row{"filter, with decoding: reject, 10 terms with or", 35, 0, none, "Filter/reject/ten", "Filter/decode"},
		row{"filter, with decoding: reject, 10 terms with and", 35, 0, none, "Filter/reject/ten-and", "Filter/decode"},
		row{"filter, with decoding: accept by type and port", 0, 0, none, "Filter/accept/simple", "Filter/decode"},
		row{"filter, with decoding: accept, 10 terms", 0, 0, none, "Filter/accept/ten", "Filter/decode"},
		row{"pcapng: write, beside a session", 0, 0, none, "Pcapng/write", "Pcapng/gob-write"},
		row{"pcapng: read, beside a session", 0, 0, none, "Pcapng/read", "Pcapng/gob-read"},
		row{"summary by two fields, with decoding", 0, 0, none, "Summary/one", "Filter/decode"},
		row{"summary, four tables, with decoding", 0, 0, none, "Summary/default", "Filter/decode"},
		row{"two goroutines, line", 0, 1.9, none, "Parallel/info/two", "Parallel/info/one"},
		row{"two goroutines, dissected", 0, 1.9, none, "Parallel/debug/two", "Parallel/debug/one"},
		row{"two goroutines, JSON", 0, 1.9, none, "Parallel/json/two", "Parallel/json/one"},
		row{"GetConnectionSummary", 0, 0, free, "Packet/summary/string", "Packet/summary/straightforward"},
		row{"lockstep gen, two types behind a vmlinux.h (processor time)", 0, 1, uncounted, "Vmlinux/lockstep", "Vmlinux/clang"},
		row{"GetDissectSummary", 0, 0, free, "Packet/dissect/struct", "Packet/dissect/straightforward"},
	)
}

// formats returns the rows of all messages with all packets at one verbosity.
func formats(what, level string, target, times float64, messages, packets []string) []row {
	var all []row
	for _, m := range messages {
		for _, p := range packets {
			all = append(all, format(what+": "+m+", "+p, level, m+"-"+p, target, times, none))
		}
	}
	return all
}

func format(what, level, event string, target, times float64, allocs limit) row {
	name := "Format/" + level + "/" + event
	return row{what, target, times, allocs, name + "/append", name + "/straightforward"}
}
