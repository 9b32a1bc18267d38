// SPDX-License-Identifier: Apache-2.0
//
// Draws the report. All that comes from the events is in the JSON of the page, and gets into it as text: by textContent,
// never as markup.
"use strict";
(function () {
	const data = JSON.parse(document.getElementById("data").textContent);
	const body = document.getElementById("report");
	const svgNS = "http://www.w3.org/2000/svg";

	function el(tag, cls, text) {
		const e = document.createElement(tag);
		if (cls) e.className = cls;
		if (text !== undefined) e.textContent = text;
		return e;
	}
	function svg(tag, attrs) {
		const e = document.createElementNS(svgNS, tag);
		for (const name in attrs) e.setAttribute(name, attrs[name]);
		return e;
	}
	function button(text, label, act) {
		const b = el("button", "", text);
		b.type = "button";
		b.setAttribute("aria-label", label);
		b.title = label;
		b.addEventListener("click", act);
		return b;
	}

	// Numbers and times.
	const count = (n) => n.toLocaleString("en-US");
	function bytes(n) {
		const units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
		let i = 0;
		for (; n >= 1000 && i < units.length - 1; i++) n /= 1000;
		return (i && n < 100 ? n.toFixed(1) : String(Math.round(n))) + " " + units[i];
	}
	const brief = (n) => n < 1e4 ? count(n) : n.toLocaleString("en-US", { notation: "compact", maximumFractionDigits: 1 });
	// A time is in microseconds. Its text has as many digits as asked for.
	function time(us, digits) {
		if (!us) return "";
		const date = new Date(Math.floor(us / 1000));
		if (isNaN(date)) return String(us);
		const [day, clock] = date.toISOString().slice(0, -1).split("T");
		if (digits === 6) return day + " " + clock.slice(0, -4) + "." + String(((us % 1e6) + 1e6) % 1e6).padStart(6, "0");
		return day + " " + (digits === 3 ? clock : clock.slice(0, -4));
	}
	const texts = { text: String, num: count, bytes: bytes, time: (v) => time(v, 6), share: (v) => v.toFixed(1) + " %" };

	// The tooltip.
	const tip = el("div", "tip");
	tip.hidden = true;
	tip.setAttribute("role", "status");
	document.body.append(tip);
	function showTip(x, y, title, lines) {
		tip.replaceChildren(el("strong", "", title));
		for (const [cls, name, value] of lines) {
			const line = el("div"), left = el("span");
			if (cls) left.append(el("i", cls));
			left.append(name);
			line.append(left, el("span", "num", value));
			tip.append(line);
		}
		tip.hidden = false;
		const box = tip.getBoundingClientRect();
		tip.style.left = Math.max(4, Math.min(x + 14, innerWidth - box.width - 4)) + "px";
		tip.style.top = Math.max(4, y + 14 + box.height > innerHeight ? y - box.height - 10 : y + 14) + "px";
	}
	const hideTip = () => { tip.hidden = true; };

	// The time plots share what part of the time they show.
	const series = data.series, ordered = data.ordered;
	const starts = series.rows.map((r) => r[0]);
	const whole = starts.length ? [starts[0], starts[starts.length - 1] + series.width] : [0, 1];
	let view = whole.slice();
	const redraws = [];
	function zoom(from, to) {
		const least = Math.min(series.width * 4, whole[1] - whole[0]);
		let span = Math.max(to - from, least);
		span = Math.min(span, whole[1] - whole[0]);
		from = Math.max(whole[0], Math.min(from, whole[1] - span));
		view = [from, from + span];
		hideTip();
		for (const draw of redraws) draw();
	}
	function scale(factor) {
		const mid = (view[0] + view[1]) / 2, half = (view[1] - view[0]) * factor / 2;
		zoom(mid - half, mid + half);
	}
	function move(part) {
		const by = (view[1] - view[0]) * part;
		zoom(view[0] + by, view[1] + by);
	}
	const reset = () => zoom(whole[0], whole[1]);

	// ticks returns round places between two.
	function ticks(from, to, most) {
		const span = to - from;
		let step = Math.pow(10, Math.floor(Math.log10(span / most)));
		let steps = [1, 2, 5, 10].map((n) => n * step);
		if (!ordered) {
			const s = 1e6;
			const clock = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 2592000, 7776000, 31536000].map((n) => n * s);
			if (span / most > s / 2) steps = clock.concat(steps.filter((n) => n > 31536000 * s));
		}
		step = steps.find((n) => span / n <= most) || steps[steps.length - 1];
		step = Math.max(step, ordered ? 1 : 1000);
		const all = [];
		for (let x = Math.ceil(from / step) * step; x <= to && all.length < 50; x += step) all.push(x);
		return { all: all, step: step };
	}
	function place(x, step) {
		if (ordered) return "event " + count(x);
		const text = time(x, step < 1e6 ? 3 : 0);
		if (step >= 86400e6) return text.slice(0, 10);
		return step >= 60e6 ? text.slice(11, 16) : text.slice(11);
	}

	// columns sums the buckets in view, in columns of some pixels.
	function columns(layers, pixels) {
		const per = Math.max(1, Math.ceil((view[1] - view[0]) / series.width / Math.max(1, pixels / 4)));
		const width = per * series.width, sums = new Map();
		for (let i = 0; i < starts.length; i++) {
			if (starts[i] + series.width <= view[0] || starts[i] >= view[1]) continue;
			const at = Math.floor(starts[i] / width);
			let sum = sums.get(at);
			if (!sum) sums.set(at, sum = { from: at * width, to: (at + 1) * width, values: layers.map(() => 0), total: 0 });
			layers.forEach((l, k) => { const v = l.of(series.rows[i]); sum.values[k] += v; sum.total += v; });
		}
		return Array.from(sums.values());
	}

	// timePlot adds a plot of stacked bars.
	function timePlot(parent, label, layers) {
		const box = el("div", "plot"), pic = svg("svg", { role: "img", tabindex: "0", "aria-label": label });
		box.append(pic);
		const legend = el("ul", "legend");
		for (const l of layers) {
			const li = el("li");
			li.append(el("i", l.cls), l.name);
			legend.append(li);
		}
		const range = el("span", "soft range");
		const tools = el("div", "tools");
		tools.append(button("+", "zoom in", () => scale(0.5)), button("\u2212", "zoom out", () => scale(2)),
			button("\u25c0", "earlier", () => move(-0.5)), button("\u25b6", "later", () => move(0.5)), button("all", "show all of the time", reset), range);
		parent.append(box, legend, tools);
		let cols = [], W = 0, H = 0;
		const L = 52, R = 8, T = 8, B = 22;
		const toX = (t) => L + (t - view[0]) / (view[1] - view[0]) * (W - L - R);
		const toT = (x) => view[0] + (Math.max(L, Math.min(x, W - R)) - L) / (W - L - R) * (view[1] - view[0]);
		const cursor = svg("line", { class: "cursor", visibility: "hidden" }), choice = svg("rect", { class: "choice", visibility: "hidden" });
		function draw() {
			W = Math.max(200, box.clientWidth || 700);
			H = Math.max(120, pic.clientHeight || 200);
			pic.setAttribute("viewBox", "0 0 " + W + " " + H);
			cols = columns(layers, W - L - R);
			const peak = Math.max(1, ...cols.map((c) => c.total)), power = Math.pow(10, Math.floor(Math.log10(peak / 4)));
			const grid = Math.max(1, [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n * 4 >= peak && n === Math.round(n)) || power * 10);
			const top = Math.ceil(peak / grid) * grid;
			const toY = (v) => H - B - v / top * (H - B - T);
			const parts = [];
			for (let v = 0; v <= top; v += grid) {
				const y = toY(v), t = svg("text", { x: L - 6, y: y + 4, "text-anchor": "end" });
				t.textContent = brief(v);
				parts.push(svg("line", { class: "grid", x1: L, x2: W - R, y1: y, y2: y }), t);
			}
			const marks = ticks(view[0], view[1], Math.max(2, Math.floor(W / 130)));
			for (const x of marks.all) {
				const at = toX(x), t = svg("text", { x: at, y: H - 6, "text-anchor": at > W - 60 ? "end" : at < L + 30 ? "start" : "middle" });
				t.textContent = place(x, marks.step);
				parts.push(svg("line", { class: "grid", x1: at, x2: at, y1: H - B, y2: H - B + 4 }), t);
			}
			layers.forEach((l, k) => {
				let d = "";
				for (const c of cols) {
					if (!c.values[k]) continue;
					let below = 0;
					for (let j = 0; j < k; j++) below += c.values[j];
					const x0 = Math.max(L, toX(c.from)), x1 = Math.max(x0 + 1, Math.min(W - R, toX(c.to)) - (toX(c.to) - toX(c.from) > 3 ? 0.6 : 0));
					const y0 = toY(below), y1 = Math.min(toY(below + c.values[k]), y0 - 0.5);
					d += "M" + x0.toFixed(1) + " " + y0.toFixed(1) + "H" + x1.toFixed(1) + "V" + y1.toFixed(1) + "H" + x0.toFixed(1) + "Z";
				}
				parts.push(svg("path", { class: l.cls, d: d }));
			});
			pic.replaceChildren(...parts, choice, cursor);
			cursor.setAttribute("visibility", "hidden");
			range.textContent = ordered ? "events " + count(Math.floor(view[0])) + " to " + count(Math.ceil(view[1])) :
				time(view[0], 3) + " to " + time(view[1], 3) + " UTC";
		}
		function point(e) {
			const r = pic.getBoundingClientRect();
			return (e.clientX - r.left) / r.width * W;
		}
		function hover(e) {
			const x = point(e), t = toT(x), c = cols.find((c) => t >= c.from && t < c.to);
			cursor.setAttribute("visibility", "visible");
			for (const [k, v] of [["x1", x], ["x2", x], ["y1", T], ["y2", H - B]]) cursor.setAttribute(k, v);
			const title = ordered ? "event " + count(Math.floor(c ? c.from : t)) : time(c ? c.from : t, 3);
			const lines = c ? layers.map((l, k) => [l.cls, l.name, count(c.values[k])]).filter((l) => l[2] !== "0") : [];
			showTip(e.clientX, e.clientY, title, lines.length ? lines : [["", "none", ""]]);
		}
		let begun = null;
		pic.addEventListener("pointerdown", (e) => { if (e.button === 0) { begun = point(e); pic.setPointerCapture(e.pointerId); } });
		pic.addEventListener("pointermove", (e) => {
			hover(e);
			if (begun === null) return;
			const x = point(e);
			for (const [k, v] of [["x", Math.min(x, begun)], ["width", Math.abs(x - begun)], ["y", T], ["height", H - B - T], ["visibility", "visible"]]) choice.setAttribute(k, v);
		});
		pic.addEventListener("pointerup", (e) => {
			const from = begun, x = point(e);
			begun = null;
			choice.setAttribute("visibility", "hidden");
			if (from !== null && Math.abs(x - from) > 5) zoom(toT(Math.min(x, from)), toT(Math.max(x, from)));
		});
		pic.addEventListener("pointercancel", () => { begun = null; choice.setAttribute("visibility", "hidden"); });
		pic.addEventListener("pointerleave", () => { hideTip(); cursor.setAttribute("visibility", "hidden"); });
		pic.addEventListener("dblclick", reset);
		pic.addEventListener("wheel", (e) => {
			if (!e.ctrlKey && !e.shiftKey) return;
			e.preventDefault();
			const t = toT(point(e)), f = (e.deltaY || e.deltaX) > 0 ? 1.25 : 0.8;
			zoom(t - (t - view[0]) * f, t + (view[1] - t) * f);
		}, { passive: false });
		pic.addEventListener("keydown", (e) => {
			const act = { "+": () => scale(0.5), "=": () => scale(0.5), "-": () => scale(2), ArrowLeft: () => move(-0.25), ArrowRight: () => move(0.25), Escape: reset, 0: reset }[e.key];
			if (act) { e.preventDefault(); act(); }
		});
		redraws.push(draw);
		return draw;
	}

	// dataTable adds a table that can be searched, sorted and copied. rows returns its rows.
	function dataTable(parent, name, columns, rows) {
		const details = el("details"), sum = el("summary");
		details.append(sum);
		const find = el("input");
		find.type = "search";
		find.placeholder = "search";
		find.setAttribute("aria-label", "search in " + name);
		const copied = el("span", "soft");
		copied.setAttribute("role", "status");
		const tools = el("div", "tools"), scroll = el("div", "scroll"), table = el("table"), head = el("tr"), tbody = el("tbody");
		const more = button("show all", "show all rows", () => { most = Infinity; draw(); });
		let most = 20, sortBy = -1, down = true, shown = [];
		columns.forEach((c, i) => {
			const th = el("th", c.kind === "text" || c.kind === "time" ? "" : "num");
			th.scope = "col";
			th.append(button(c.name, "sort by " + c.name, () => {
				down = sortBy === i ? !down : c.kind !== "text";
				sortBy = i;
				head.querySelectorAll("th").forEach((t) => t.removeAttribute("aria-sort"));
				th.setAttribute("aria-sort", down ? "descending" : "ascending");
				draw();
			}));
			head.append(th);
		});
		const cells = (r) => columns.map((c, i) => texts[c.kind](r[i]));
		function draw() {
			const want = find.value.trim().toLowerCase(), all = rows();
			shown = want ? all.filter((r) => cells(r).some((t) => t.toLowerCase().includes(want))) : all.slice();
			if (sortBy >= 0) shown.sort((a, b) => (a[sortBy] < b[sortBy] ? -1 : a[sortBy] > b[sortBy] ? 1 : 0) * (down ? -1 : 1));
			tbody.replaceChildren();
			for (const r of shown.slice(0, most)) {
				const tr = el("tr");
				cells(r).forEach((t, i) => tr.append(el("td", { text: "", time: "time" }[columns[i].kind] ?? "num", t)));
				tbody.append(tr);
			}
			sum.textContent = "table: " + (want ? count(shown.length) + " of " : "") + count(all.length) + (all.length === 1 ? " row" : " rows");
			more.hidden = shown.length <= most;
			more.textContent = "show all " + count(shown.length);
		}
		// A spreadsheet must not take a name for a formula.
		const plain = (t, c) => (c.kind === "text" && /^[=+\-@]/.test(t) ? "'" + t : t).replace(/[\t\r\n]/g, " ");
		const raw = (v, c) => c.kind === "num" || c.kind === "bytes" ? String(v) : texts[c.kind](v);
		tools.append(find, button("copy", "copy the rows as text with tabs", () => {
			const text = [columns.map((c) => c.name)].concat(shown.map((r) => columns.map((c, i) => plain(raw(r[i], c), c)))).map((l) => l.join("\t")).join("\n") + "\n";
			copy(text).then(() => { copied.textContent = "copied " + count(shown.length) + " rows"; }, () => { copied.textContent = "the browser does not allow it"; });
		}), copied);
		find.addEventListener("input", draw);
		const thead = el("thead");
		thead.append(head);
		table.append(thead, tbody);
		scroll.append(table);
		details.append(tools, scroll, more);
		parent.append(details);
		draw();
		return { draw: draw, search: (text) => { details.open = true; find.value = text; draw(); find.focus(); } };
	}
	function copy(text) {
		if (navigator.clipboard && isSecureContext) return navigator.clipboard.writeText(text).catch(() => oldCopy(text));
		return oldCopy(text);
	}
	function oldCopy(text) {
		const area = el("textarea");
		area.value = text;
		document.body.append(area);
		area.select();
		const ok = document.execCommand("copy");
		area.remove();
		return ok ? Promise.resolve() : Promise.reject(new Error("not copied"));
	}

	// bars adds the plot of a table's first rows.
	function bars(parent, t, search) {
		const top = t.rows.slice(0, 10), most = Math.max(1, ...top.map((r) => r[t.bar]));
		const box = el("div", "bars");
		for (const r of top) {
			const row = el("div", "row"), name = t.name.map((i, n) => (n && r[t.name[n - 1]] !== "" ? t.join[n - 1] : "") + texts[t.columns[i].kind](r[i])).join("") || "\u2013";
			const label = el("div", "name", name), hold = el("div"), bar = el("div", "bar"), num = el("div", "num", texts[t.columns[t.bar].kind](r[t.bar]));
			bar.style.width = (r[t.bar] / most * 100) + "%";
			hold.append(bar);
			row.append(label, hold, num);
			row.addEventListener("pointermove", (e) => showTip(e.clientX, e.clientY, name, t.columns.map((c, i) => ["", c.name, texts[c.kind](r[i])]).filter((l) => l[2])));
			row.addEventListener("pointerleave", hideTip);
			row.addEventListener("click", () => search(texts[t.columns[t.name[0]].kind](r[t.name[0]])));
			box.append(row);
		}
		parent.append(box);
	}
	function section(title, note) {
		const s = el("section");
		s.append(el("h2", "", title));
		if (note) s.append(el("p", "soft", note));
		body.append(s);
		return s;
	}

	// The time plots: drops by reason, all events, losses.
	const inView = () => series.rows.filter((r) => r[0] + series.width > view[0] && r[0] < view[1]);
	const timeColumn = ordered ? { name: "from event", kind: "num" } : { name: "from (UTC)", kind: "time" };
	function timeSection(title, note, layers, columns, row) {
		const s = section(title, note);
		timePlot(s, title, layers);
		const t = dataTable(s, title, [timeColumn].concat(columns), () => inView().map(row).filter((r) => r.slice(1).some((v) => v)));
		redraws.push(t.draw);
	}
	if (starts.length) {
		const totals = series.reasons.map((name, i) => [i, series.rows.reduce((sum, r) => sum + (r[4][i] || 0), 0)]).sort((a, b) => b[1] - a[1]);
		const own = totals.slice(0, totals.length > 8 ? 7 : 8).map((t) => t[0]), rest = totals.slice(own.length).map((t) => t[0]);
		const layers = own.map((i, n) => ({ name: series.reasons[i], cls: "f" + n, of: (r) => r[4][i] || 0 }));
		if (rest.length) layers.push({ name: rest.length + " more", cls: "f7", of: (r) => rest.reduce((sum, i) => sum + (r[4][i] || 0), 0) });
		const hint = "Drag to zoom; double-click, or Escape, to see all. " + data.bucket;
		if (layers.length) {
			timeSection("Drops over time, by reason", hint, layers, totals.map((t) => ({ name: series.reasons[t[0]], kind: "num" })),
				(r) => [r[0]].concat(totals.map((t) => r[4][t[0]] || 0)));
		}
		timeSection("Events over time", layers.length ? "" : hint, [{ name: "drops", cls: "f0", of: (r) => r[2] }, { name: "other events", cls: "passed", of: (r) => r[1] - r[2] }],
			[{ name: "events", kind: "num" }, { name: "drops", kind: "num" }], (r) => [r[0], r[1], r[2]]);
		if (series.rows.some((r) => r[3])) {
			timeSection("Loss over time", "Events that did not fit where they waited, and are not in the other plots.", [{ name: "lost events", cls: "lost", of: (r) => r[3] }],
				[{ name: "lost", kind: "num" }], (r) => [r[0], r[3]]);
		}
	}
	for (const t of data.tables) {
		const s = section(t.title, t.note);
		if (!t.rows.length) {
			s.append(el("p", "soft", t.empty));
			continue;
		}
		let table = null;
		bars(s, t, (text) => table.search(text));
		table = dataTable(s, t.title, t.columns, () => t.rows);
		if (t.cut) s.append(el("p", "warn", t.cut));
	}

	// Light and dark, printing, and the width of the window.
	const root = document.documentElement;
	const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
	document.getElementById("theme").append(button("\u25d0", "light or dark", () => { root.dataset.theme = dark() ? "light" : "dark"; }));
	let opened = [];
	addEventListener("beforeprint", () => {
		opened = Array.from(document.querySelectorAll("details:not([open])"));
		for (const d of opened) d.open = true;
	});
	addEventListener("afterprint", () => { for (const d of opened) d.open = false; });
	let waiting = 0;
	addEventListener("resize", () => {
		cancelAnimationFrame(waiting);
		waiting = requestAnimationFrame(() => { for (const draw of redraws) draw(); });
	});
	reset();
	document.getElementById("wait").remove();
})();
