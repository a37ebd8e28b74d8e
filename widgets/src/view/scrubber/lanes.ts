// The lanes of the scrubber, as far as they may be seen: price, trades, orders, marks, gaps, and the days below.
import { type Fork, type Ledger, MARGIN_CALL } from "../../model/ledger.ts";
import { DAY, dayOf, dayMonth } from "../format.ts";
import type { Facts } from "../facts.ts";
import { hatch } from "../hatch.ts";
import type { Series } from "../needs.ts";
import type { Pen } from "../pen.ts";
import { lower, upper } from "../scale.ts";
import type { Colours } from "../theme.ts";
import { timeLabels } from "../timeaxis.ts";
import { SESSIONS } from "./sessions.ts";
import type { TradingTime } from "./trading.ts";
import { weekday } from "../words.ts";
import { momentOf } from "../moments.ts";

export const LEFT = 66;
export const RIGHT = 16;
const ROWS: [name: string, height: number][] = [["Price", 36], ["Trades", 14], ["Orders", 13], ["Marks", 13], ["Gaps", 12], ["Sessions", 12]];
const MOST_SESSION_DAYS = 120;
const OVERVIEW = 4000; // bars

export interface Lane {
  y: number;
  height: number;
}

export const LANES: Record<string, Lane> = {};
export const FLOOR = ROWS.reduce((y, [name, height]) => {
  LANES[name] = { y, height };
  return y + height + 2;
}, 6);

/** What the lanes are drawn with. `until` is the last time that may be seen, `head` where the head stands. */
export interface Scene {
  pen: Pen;
  time: TradingTime;
  facts: Facts;
  ledger: Ledger;
  /** Times at which data is missing although the calendar is open. */
  holes: readonly number[];
  colours: Colours;
  head: number;
  until: number;
  /** From where to where the head's own label stands. */
  label: [from: number, to: number];
}

export function drawLanes(scene: Scene): void {
  const { pen, facts, ledger, colours } = scene;
  pen.fill(0, 0, pen.width, pen.height, colours.surface);
  pen.font(11);
  for (const [name] of ROWS) pen.text(name === "Price" && ledger.fork ? "Equity" : name, 12, LANES[name]!.y + LANES[name]!.height / 2 + 4, colours.text3);
  for (const [name] of ROWS.slice(1)) pen.across(LEFT, pen.width - RIGHT, LANES[name]!.y - 1, colours.grid);
  drawDays(scene);
  if (ledger.fork) drawEquities(scene, ledger.fork);
  else drawPrice(scene);
  drawTrades(scene);
  drawOrders(scene);
  drawMarks(scene);
  drawSessions(scene);
  drawGaps(scene);
  if (facts.hidden) drawHidden(scene);
}

function drawPrice({ pen, time, facts, colours, until }: Scene): void {
  const lane = LANES.Price!;
  const series = overview(facts.source);
  const end = Math.min(series.startedBy(until), facts.hidden ? series.count : series.total);
  if (!end) return;
  let [low, high] = [Infinity, -Infinity];
  for (let bar = 0; bar < end; bar++) [low, high] = [Math.min(low, series.close(bar)), Math.max(high, series.close(bar))];
  const y = (price: number): number => lane.y + 2 + (high > low ? ((high - price) / (high - low)) * (lane.height - 4) : lane.height / 2);
  const { context } = pen;
  const step = Math.max(1, Math.floor(end / (pen.width * 1.5)));
  let from = 0;
  while (from < end) {
    let to = from;
    context.beginPath();
    context.moveTo(time.x(series.start(from)), y(series.open(from)));
    for (; to < end; to += step) {
      if (to - step >= from && series.start(to) - series.end(Math.max(from, to - step)) > DAY && step === 1) break;
      context.lineTo(time.x(Math.min(series.end(to), until)), y(series.close(to)));
    }
    context.strokeStyle = colours.text3;
    context.lineWidth = 1;
    context.lineJoin = "round";
    context.stroke();
    context.lineTo(time.x(Math.min(series.end(Math.min(to, end) - 1), until)), lane.y + lane.height);
    context.lineTo(time.x(series.start(from)), lane.y + lane.height);
    context.fillStyle = colours.accentWash;
    context.fill();
    from = to;
  }
}

function drawTrades({ pen, time, facts, colours, head, until }: Scene): void {
  const lane = LANES.Trades!;
  const { trades } = facts;
  let right = -1;
  let colour = "";
  for (let trade = 0; trade < facts.listed; trade++) {
    const open = facts.isOpen(trade);
    const from = time.x(trades.entryTime[trade]!);
    const to = time.x(open ? Math.min(head, until) : trades.exitTime[trade]! || time.end);
    const next = open ? colours.accent : facts.resultOf(trade).profit > 0 ? colours.up : colours.down;
    const selected = facts.selected === trade;
    if (to <= right && next === colour && !selected) continue;
    const width = Math.max(2, to - from);
    if (selected) pen.round(from - 3, lane.y, width + 6, lane.height, 3, colours.accentSoft);
    pen.round(from, lane.y + 4, width, lane.height - 8, 1.5, next);
    [right, colour] = [from + width, next];
  }
}

/** The run's equity, and from its tick on what the fork would have made of it. */
function drawEquities({ pen, time, facts, ledger, colours, until }: Scene, fork: Fork): void {
  const lane = LANES.Price!;
  const curves = [ledger.equities, fork].map((rows) => ({ rows, end: facts.hidden ? upper(rows.known, facts.tick, rows.known.length) : rows.known.length }));
  let [low, high] = [Infinity, -Infinity];
  for (const { rows, end } of curves) for (let i = 0; i < end; i++) [low, high] = [Math.min(low, rows.equity[i]!), Math.max(high, rows.equity[i]!)];
  const y = (value: number): number => lane.y + 2 + (high > low ? ((high - value) / (high - low)) * (lane.height - 4) : lane.height / 2);
  const { context } = pen;
  curves.forEach(({ rows, end }, curve) => {
    context.strokeStyle = curve ? colours.ind2 : colours.text2;
    context.lineWidth = curve ? 1.5 : 1;
    context.beginPath();
    let x = -1;
    for (let i = 0; i < end; i++) {
      const next = time.x(Math.min(rows.time[i]!, until));
      if (next - x >= 0.5 || i === end - 1) context.lineTo((x = next), y(rows.equity[i]!));
    }
    context.stroke();
  });
  const from = ledger.fork!.time[0];
  if (from !== undefined && from <= until) pen.down(time.x(from), lane.y, lane.y + lane.height, colours.ind2);
}

/** The hours of the great cities: known ahead, as the calendar is. */
function drawSessions({ pen, time, facts, colours }: Scene): void {
  const lane = LANES.Sessions!, days = (time.end - time.start) / DAY;
  if (!facts.info.sessions || days > MOST_SESSION_DAYS) return;
  const shades = [colours.accent, colours.ind2, colours.warn];
  pen.context.globalAlpha = 0.6;
  SESSIONS.forEach((session, row) => {
    for (const [from, to] of session.between(time.start, time.end)) {
      const left = time.x(Math.max(from, time.start)), width = time.x(Math.min(to, time.end)) - left;
      if (width > 1) pen.fill(left, lane.y + 1 + row * 3.5, width, 2.5, shades[row]!);
    }
  });
  pen.context.globalAlpha = 1;
}

/** Fills: bought above the line, sold below it; refused orders are crosses. */
function drawOrders({ pen, time, facts, ledger, colours, until }: Scene): void {
  const lane = LANES.Orders!;
  const middle = lane.y + lane.height / 2;
  const { fills, refused } = ledger, seen = (events: typeof refused): number => (facts.hidden ? upper(events.tick, facts.tick, events.count) : events.count);
  pen.across(LEFT, time.x(until), middle, colours.line);
  let [above, below] = [-1, -1];
  for (let fill = 0; fill < seen(fills); fill++) {
    const x = pen.snap(time.x(fills.time[fill]!));
    if (fills.side[fill]! > 0) {
      if (x > above) pen.fill(x, middle - 5, 1.5, 4.5, colours.text2);
      above = x;
    } else {
      if (x > below) pen.fill(x, middle + 1, 1.5, 4.5, colours.text2);
      below = x;
    }
  }
  for (let i = 0; i < seen(refused); i++) {
    const x = time.x(refused.time[i]!);
    pen.line(x - 2, middle - 2, x + 2, middle + 2, colours.warn, 1.25);
    pen.line(x + 2, middle - 2, x - 2, middle + 2, colours.warn, 1.25);
  }
}

function drawMarks({ pen, time, facts, ledger, colours, until }: Scene): void {
  const lane = LANES.Marks!;
  const { hits } = facts.source, seen = facts.hidden ? upper(hits, facts.tick, hits.length) : hits.length;
  for (let i = 0, right = -1; i < seen; i++) {
    const x = time.x(facts.source.timeOf(hits[i]!));
    if (x < right) continue;
    pen.fill(x - 0.75, lane.y + 1, 1.5, lane.height - 2, colours.warn);
    right = x + 2;
  }
  const { marks } = ledger, listed = facts.hidden ? ledger.markCount : marks.count;
  let before = -9;
  for (let mark = 0; mark < listed; mark++) {
    const x = time.x(marks.time(mark));
    if (x - before < 1) continue;
    const call = marks.name(mark) === MARGIN_CALL;
    pen.dot(x, lane.y + lane.height / 2, call ? 2.6 : 1.8, call ? colours.warn : colours.ind2);
    before = x;
  }
  for (const tick of facts.bookmarks) {
    const at = facts.source.timeOf(tick);
    if (at <= until) drawFlag(pen, time.x(at), lane.y + 1, lane.height - 2, colours.warn);
  }
}

/** The calendar's closed hours are known ahead; holes in the data only as far as the head. */
function drawGaps({ pen, time, holes, colours, until }: Scene): void {
  const lane = LANES.Gaps!;
  const width = time.gapWidth;
  for (let gap = 0; gap < time.gaps; gap++) {
    const x = time.gapX(gap);
    pen.fill(x, 4, width, FLOOR - 4, colours.surface);
    if (width >= 3) hatch(pen, x + 1, 6, width - 2, FLOOR - 8, colours.line2, 4);
    if (width >= 5) pen.round(x + width / 2 - 8, lane.y + 2, 16, lane.height - 4, 3, colours.line2);
  }
  for (let i = 0; i < lower(holes, until, holes.length); i++) pen.round(time.x(holes[i]!) - 1, lane.y + 1, 2.5, lane.height - 2, 1, colours.warn);
}

function drawHidden({ pen, head, time, colours }: Scene): void {
  const from = time.x(head) + 1;
  const width = pen.width - RIGHT - from;
  if (width <= 4) return;
  hatch(pen, from, 6, width, LANES.Gaps!.y - 8, colours.hatch, 7);
  if (width <= 92) return;
  const lane = LANES.Price!;
  const middle = from + width / 2;
  const half = pen.font(11).textWidth("Future hidden") / 2;
  pen.round(middle - half - 8, lane.y + lane.height / 2 - 9, half * 2 + 16, 18, 9, colours.raised);
  pen.text("Future hidden", middle, lane.y + lane.height / 2 + 4, colours.text2, "center");
}

/** Day names in the middle of wide days, otherwise labels as at any time axis. */
function drawDays(scene: Scene): void {
  const { pen, time, colours } = scene;
  const axis = { first: 1, last: Math.floor((pen.width - LEFT - RIGHT) / 2), spacing: 2, width: pen.width, bar: Math.max(1, (time.end - time.start) / (pen.width / 2)) };
  const at = (column: number): number => scene.facts.local(time.time(LEFT + column * 2));
  const dayWidth = (pen.width - LEFT - RIGHT) / Math.max(1, ((time.end - time.start) / DAY) * 0.75);
  if (dayWidth < 22) {
    const labels = timeLabels({ ...axis, time: at, x: (column) => LEFT + column * 2 }, (text) => pen.textWidth(text), 16);
    for (const label of labels) {
      pen.down(label.x, 4, FLOOR, colours.grid);
      if (isFree(scene, label.x, label.half)) pen.text(label.text, label.x, FLOOR + 14, colours.text3, "center");
    }
    return;
  }
  drawDayNames(scene);
}

const isFree = ({ label }: Scene, x: number, half: number): boolean => x + half < label[0] - 6 || x - half > label[1] + 6;

function drawDayNames(scene: Scene): void {
  const { pen, time, facts, colours } = scene;
  const { zone } = facts;
  let right = 0;
  for (let day = Math.floor(zone.local(time.start) / DAY) * DAY; momentOf(zone, day) < time.end; day += DAY) {
    const from = time.x(Math.max(momentOf(zone, day), time.start));
    const to = time.x(Math.min(momentOf(zone, day + DAY), time.end));
    if (to - from < 24) continue;
    if (momentOf(zone, day) > time.start) pen.down(from, 4, FLOOR, colours.grid);
    const text = to - from > 64 ? weekday(day) : to - from > 44 || !right ? dayMonth(day) : dayOf(day);
    const half = pen.textWidth(text) / 2;
    const middle = (from + to) / 2;
    if (middle - half < right + 8 || middle + half > pen.width - 4 || !isFree(scene, middle, half)) continue;
    pen.text(text, middle, FLOOR + 14, colours.text3, "center");
    right = middle + half;
  }
}

/** A small flag on its pole, which stands at `x`. */
function drawFlag(pen: Pen, x: number, y: number, height: number, colour: string): void {
  const { context } = pen;
  pen.fill(x - 0.5, y, 1, height, colour);
  context.fillStyle = colour;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + 6.5, y);
  context.lineTo(x + 4.5, y + 2.75);
  context.lineTo(x + 6.5, y + 5.5);
  context.lineTo(x, y + 5.5);
  context.fill();
}

/** The finest series whose bars over the whole range are few enough for a line. */
function overview(source: Facts["source"]): Series {
  const row = source.series.findIndex((series, each) => series.count > 0 && (source.end - source.start) / source.length(each) <= OVERVIEW);
  return source.series[row < 0 ? source.series.length - 1 : row]!;
}
