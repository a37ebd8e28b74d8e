"""What the page does when a day is clicked."""

OPEN_DAY = r"""
if (cb_obj.indices) {  // a click: Bokeh would leave a dotted frame around the calendar
    let focused = document.activeElement;
    while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
    focused?.blur();
}
const cell = cells.selected.indices[0];
if (cell === undefined) return;
const row = cells.data.row[cell];
if (row < 0) return;
const box = (name) => [cells.data[name][cell]];
chosen.data = {left: box("left"), right: box("right"), top: box("top"), bottom: box("bottom")};

const escaped = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const whole = (number) => Number(number).toLocaleString("en-US");
const hours = Number(days.data.hours[row]), start = Number(days.data.start[row]), wide = 60 / step, all = 25 * wide;
const clock = (ms, seconds) => new Date(ms).toISOString().slice(11, seconds ? 19 : 16);
const named = (ms) => new Date(ms).toLocaleDateString("en-GB", {day: "numeric", month: "short", timeZone: "UTC"});
const long = (minutes) => [[Math.floor(minutes / 1440), "d"], [Math.floor(minutes / 60) % 24, "h"], [minutes % 60, "m"]]
    .filter(([number]) => number).slice(0, 2).map(([number, unit]) => number + unit).join(" ");
const span = (from, to) => new Date(from).getUTCDate() !== new Date(to).getUTCDate()
    ? `${named(from)} ${clock(from)} – ${named(to)} ${clock(to)}`
    : clock(from, true) + (Math.floor(to / 1000) > Math.floor(from / 1000) ? " – " + clock(to, true) : "");

const picture = image.data.image[0], bytes = levels.data.level;
for (let at = 0; at < all; at++) {
    const level = at < hours * wide ? Number(bytes[row * all + at]) : 0;
    const value = level === 0 ? NaN : level === 1 ? 2 : level === 2 ? -1 : (level - 3) / 252;
    picture[(24 - Math.floor(at / wide)) * wide + at % wide] = value;
}
image.change.emit();
range.start = 25 - hours;
axis.ticker.ticks = Array.from({length: hours}, (_, hour) => 24.5 - hour);
axis.major_label_overrides = new Map(axis.ticker.ticks.map((tick, hour) => [tick, clock(start + hour * 3600000)]));

const rows = [], seen = new Map(), drawn = {x: [], y: [], kind: [], detail: [], time: []};
for (let at = 0; at < found.data.row.length; at++) {
    if (Number(found.data.row[at]) !== row) continue;
    const [from, to] = [Number(found.data.start[at]), Number(found.data.end[at])];
    const kind = found.data.kind[at].replaceAll("_", " "), count = Number(found.data.count[at]);
    const many = kind === "gap" ? long(count) : whole(count), when = span(from, to);
    rows.push(`<tr><td>${when}</td><td class="${kind === "gap" ? "down" : ""}">${escaped(kind)}</td>` +
        `<td class="number">${many}</td><td>${escaped(found.data.detail[at])}</td></tr>`);
    seen.set(kind, [(seen.get(kind) ?? [0])[0] + 1, Number(found.data.of[at])]);
    if (kind === "gap") continue;
    const minute = (Math.max(from, start) - start) / 60000;
    if (minute >= hours * 60) continue;
    drawn.x.push(minute % 60);
    drawn.y.push(24.5 - Math.floor(minute / 60));
    drawn.kind.push(kind);
    drawn.detail.push(found.data.detail[at]);
    drawn.time.push(when);
}
marks.data = drawn;
const more = [...seen].filter(([, [shown, of]]) => of > shown).map(([kind, [shown, of]]) => `${whole(of - shown)} more ${kind}`);
const usual = Number(days.data.expected[row]), ticks = Number(days.data.ticks[row]);
const share = usual > 0 ? ` · ${Math.round(100 * ticks / usual)} % of the usual ${whole(usual)}` : "";
const from = ` · from ${named(start)} ${clock(start)} UTC`;
title.text = `<div class="title">${escaped(days.data.date[row])}<span>${whole(ticks)} rows${share}${from}</span></div>`;
const head = `<tr><th>Time</th><th>Kind</th><th class="number">Amount</th><th>What</th></tr>`;
const rest = more.length ? `<div class="more">and ${escaped(more.join(", "))}</div>` : "";
const list = `<div class="list"><table class="found"><thead>${head}</thead><tbody>${rows.join("")}</tbody></table></div>${rest}`;
findings.text = `<div class="title">Findings<span>times are UTC</span></div>` +
    (rows.length ? list : `<div class="none">Nothing odd on this day.</div>`);
"""
