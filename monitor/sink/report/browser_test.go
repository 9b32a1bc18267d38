// SPDX-License-Identifier: Apache-2.0

//go:build unix

package report_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/sink/report"
)

var shots = flag.String("shots", "", "keep pictures of the pages in this directory")

// patience is how long a browser may take for one answer.
const patience = 5 * time.Minute

// browser is a Chromium that is driven over a pair of pipes.
type browser struct {
	t       *testing.T
	to      io.Writer
	answers chan message
	session string
	number  int
	said    []string // on the console
	loaded  int
}

// message is what the browser sends: an answer, or an event.
type message struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *struct{ Message string }
}

// chromium returns the program's name, and skips the test where there is none, unless LOCKSTEP_REQUIRE has chromium.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome-headless-shell"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if slices.Contains(strings.Split(os.Getenv("LOCKSTEP_REQUIRE"), ","), "chromium") {
		t.Fatal("LOCKSTEP_REQUIRE promises chromium, and there is none")
	}
	t.Skip("there is no chromium")
	return ""
}

func startBrowser(t *testing.T) *browser {
	t.Helper()
	name := chromium(t)
	fromTest, toBrowser, err := os.Pipe()
	fromBrowser, toTest, err2 := os.Pipe()
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(name, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe",
		"--user-data-dir="+t.TempDir(), "--no-first-run", "about:blank")
	cmd.ExtraFiles = []*os.File{fromTest, toTest}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_, _ = fromTest.Close(), toTest.Close()
	b := &browser{t: t, to: toBrowser, answers: make(chan message, 1000)}
	go b.read(fromBrowser)
	t.Cleanup(func() {
		_ = toBrowser.Close() // which ends it
		_ = cmd.Wait()
		_ = fromBrowser.Close()
	})
	var target struct{ TargetID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log"} {
		b.call(domain+".enable", nil, nil)
	}
	return b
}

// read reads what the browser sends, each message with a 0 behind it.
func (b *browser) read(from io.Reader) {
	defer close(b.answers)
	for r := bufio.NewReader(from); ; {
		line, err := r.ReadBytes(0)
		if err != nil {
			return
		}
		var m message
		if json.Unmarshal(bytes.TrimSuffix(line, []byte{0}), &m) == nil {
			b.answers <- m
		}
	}
}

// call calls a method and waits for its answer.
func (b *browser) call(method string, params, result any) {
	b.t.Helper()
	b.number++
	call := map[string]any{"id": b.number, "method": method}
	if params != nil {
		call["params"] = params
	}
	if b.session != "" {
		call["sessionId"] = b.session
	}
	line, err := json.Marshal(call)
	if err == nil {
		_, err = b.to.Write(append(line, 0))
	}
	if err != nil {
		b.t.Fatalf("%s: %v", method, err)
	}
	for {
		m := b.next(method)
		switch {
		case m.ID != b.number:
		case m.Error != nil:
			b.t.Fatalf("%s: %s", method, m.Error.Message)
		case result == nil:
			return
		default:
			if err := json.Unmarshal(m.Result, result); err != nil {
				b.t.Fatalf("%s: %v", method, err)
			}
			return
		}
	}
}

// next returns the next message, and notes events.
func (b *browser) next(what string) message {
	b.t.Helper()
	select {
	case m, ok := <-b.answers:
		if !ok {
			b.t.Fatalf("%s: the browser has ended", what)
		}
		switch m.Method {
		case "Page.loadEventFired":
			b.loaded++
		case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded":
			b.said = append(b.said, m.Method+" "+string(m.Params))
		}
		return m
	case <-time.After(patience):
		b.t.Fatalf("%s: the browser does not answer", what)
	}
	return message{}
}

// open shows a page in a window of a size.
func (b *browser) open(page string, width, height int, dark bool) {
	b.t.Helper()
	path := filepath.Join(b.t.TempDir(), "page.html")
	if err := os.WriteFile(path, []byte(page), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}, nil)
	scheme := map[bool]string{false: "light", true: "dark"}[dark]
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []any{map[string]any{"name": "prefers-color-scheme", "value": scheme}}}, nil)
	before := b.loaded
	b.call("Page.navigate", map[string]any{"url": "file://" + path}, nil)
	for b.loaded == before {
		b.next("loading")
	}
}

// eval returns the value of an expression, as text.
func (b *browser) eval(expression string) string {
	b.t.Helper()
	var r struct {
		Result           struct{ Value any }
		ExceptionDetails json.RawMessage
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true}, &r)
	if r.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, r.ExceptionDetails)
	}
	return fmt.Sprint(r.Result.Value)
}

// drag moves the mouse with its button down, within the first plot, from one part of its width to another, and back without.
func (b *browser) drag(from, to float64) {
	b.t.Helper()
	var box struct{ X, Y, W float64 }
	at := b.eval(`(() => { scrollTo(0, 0); const r = document.querySelector(".plot svg").getBoundingClientRect(); return JSON.stringify({X: r.left, Y: r.top + r.height / 2, W: r.width}) })()`)
	if err := json.Unmarshal([]byte(at), &box); err != nil {
		b.t.Fatal(err)
	}
	for _, step := range []struct {
		kind string
		at   float64
	}{{"mousePressed", from}, {"mouseMoved", (from + to) / 2}, {"mouseMoved", to}, {"mouseReleased", to}, {"mouseMoved", from}} {
		b.call("Input.dispatchMouseEvent", map[string]any{"type": step.kind, "x": box.X + step.at*box.W, "y": box.Y, "button": "left", "clickCount": 1}, nil)
	}
}

// shot keeps a picture, where they are asked for.
func (b *browser) shot(name string, whole bool) {
	b.t.Helper()
	if *shots == "" {
		return
	}
	var picture struct{ Data string }
	b.call("Page.captureScreenshot", map[string]any{"captureBeyondViewport": whole}, &picture)
	png, err := base64.StdEncoding.DecodeString(picture.Data)
	if err == nil {
		err = os.WriteFile(filepath.Join(*shots, name+".png"), png, 0o600)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// quiet fails the test if something was said on the console.
func (b *browser) quiet() {
	b.t.Helper()
	for _, line := range b.said {
		b.t.Errorf("on the console: %s", line)
	}
	b.said = nil
}

// is compares the value of an expression.
func (b *browser) is(expression, want string) {
	b.t.Helper()
	if got := b.eval(expression); got != want {
		b.t.Errorf("%s is %s, not %s", expression, got, want)
	}
}

// TestBrowser looks at a page in Chromium: nothing on the console, zoom by mouse and keys, search, sort and copy.
func TestBrowser(t *testing.T) {
	b := startBrowser(t)
	s := report.New(report.Options{Sources: []string{"node7.gob", "node8.gob"}, Generator: "test"})
	fill(s, 20_000)
	page := write(t, s)
	for _, c := range []struct {
		width int
		dark  bool
	}{{1200, false}, {1200, true}, {400, false}, {400, true}} {
		b.open(page, c.width, 900, c.dark)
		b.shot(fmt.Sprintf("report-%d-%v", c.width, c.dark), true)
		b.is("document.documentElement.scrollWidth <= innerWidth", "true")
		b.is("document.querySelectorAll('section').length", "11")
		b.is("document.getElementById('wait')", "<nil>")
		b.is("getComputedStyle(document.body).backgroundColor", map[bool]string{false: "rgb(255, 255, 255)", true: "rgb(20, 23, 27)"}[c.dark])
		b.quiet()
	}
	b.open(page, 1200, 900, false)
	const rangeText = "document.querySelector('.range').textContent"
	whole := b.eval(rangeText)
	b.drag(0.5, 0.6)
	zoomed := b.eval(rangeText)
	if zoomed == whole {
		t.Errorf("dragging does not zoom: %s", zoomed)
	}
	b.is("document.querySelector('.tip').hidden", "false")
	b.shot("report-zoomed", false)
	b.call("Input.dispatchKeyEvent", map[string]any{"type": "keyDown", "key": "Escape"}, nil)
	b.eval("document.querySelector('.plot svg').focus()")
	b.call("Input.dispatchKeyEvent", map[string]any{"type": "keyDown", "key": "Escape"}, nil)
	b.is(rangeText, whole)
	b.call("Input.dispatchKeyEvent", map[string]any{"type": "keyDown", "key": "+", "text": "+"}, nil)
	if b.eval(rangeText) == whole {
		t.Error("the key + does not zoom")
	}
	// The table of pairs: search, sort, copy.
	const section = "Array.from(document.querySelectorAll('section')).find((s) => s.querySelector('h2').textContent === 'Dropped pairs')"
	b.eval("window.part = " + section + "; part.querySelector('details').open = true; part.querySelector('input').value = '10.0.9.3'; part.querySelector('input').dispatchEvent(new Event('input'))")
	b.is("Array.from(part.querySelectorAll('tbody tr')).length > 0 && Array.from(part.querySelectorAll('tbody tr')).every((r) => r.textContent.includes('10.0.9.3'))", "true")
	b.is("/ of 1,000 rows/.test(part.querySelector('summary').textContent)", "true")
	b.eval("part.querySelectorAll('th button')[0].click()")
	b.is("(() => { const all = Array.from(part.querySelectorAll('tbody tr')).map((r) => r.cells[0].textContent); return all.join() === all.slice().sort().join() })()", "true")
	b.eval("navigator.clipboard.writeText = async (text) => { window.copied = text }; part.querySelectorAll('.tools button')[0].click()")
	b.is("copied.split('\\n')[0]", "source\tdestination\treason\tdrops\tfirst (UTC)\tlast (UTC)")
	b.shot("report-search", false)
	b.eval("dispatchEvent(new Event('beforeprint'))")
	b.call("Emulation.setEmulatedMedia", map[string]any{"media": "print"}, nil)
	b.shot("report-print", true)
	b.quiet()
}

// TestBrowserHostile shows a page whose names are markup and script: nothing of it runs, or is there as an element.
func TestBrowserHostile(t *testing.T) {
	b := startBrowser(t)
	b.open(hostile(t, `</script><img src=x onerror="window.taken=1"><script>window.taken=1</script>`, 5), 1200, 900, false)
	b.is("typeof window.taken", "undefined")
	b.is("document.images.length", "0")
	b.is("document.scripts.length", "2")
	b.is("document.querySelectorAll('details').length > 5", "true")
	b.shot("report-hostile", true)
	b.quiet()
}
