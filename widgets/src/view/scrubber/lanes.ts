// The lanes of the scrubber, as far as they may be seen: price or equity, trades, orders, marks, sessions, gaps, and the days below.
import { type Fork, type Ledger, MARGIN_CALL } from "../../model/ledger.ts";
import { DAY, dayOf, dayMonth } from "../format.ts";
import type { Facts } from "../facts.ts";
import { hatch } from "../hatch.ts";
import type { Pen } from "../pen.ts";
import { clamp } from "../scale.ts";
import type { Colours } from "../theme.ts";
import { timeLabels } from "../timeaxis.ts";
import type { Seen } from "./seen.ts";
import { drawSessions, hasSessions } from "./sessions.ts";
import type { TradingTime } from "./trading.ts";
import { weekday } from "../words.ts";
import { momentOf } from "../moments.ts";

export const LEFT = 66;
export const RIGHT = 16;
const ROWS: [name: string, height: number][] = [["Price", 36], ["Trades", 14], ["Orders", 13], ["Marks", 13], ["Gaps", 12], ["Sessions", 12]];

export interface Lane {
  y: number;
  height: number;
}

export const LANES: Record<string, Lane> = {};
export const FLOOR = ROWS.reduce((y, [name, height]) => {
  LANES[name] = { y, height };
  return y + height + 2;
}, 6);

/** What the lanes are drawn with; nothing in them hangs on the head but by its pixel and by what is `seen`. */
export interface Scene {
  pen: Pen;
  time: TradingTime;
  facts: Facts;
  ledger: Ledger;
  /** Times at which data is missing although the calendar is open. */
  holes: readonly number[];
  colours: Colours;
  seen: Seen;
  /** The pixel of the head, and the last one of what may be seen; in CSS pixels. */
  head: number;
  limit: number;
  /** From where to where the head's own label stands. */
  label: [from: number, to: number];
}

/** Where prices stand in their lane, in CSS pixels; what is beyond them all stands at its edge. */
export type Heights = (price: number) => number;

/** Draws all lanes; returns where prices stand in theirs, unless it shows equities. */
export function drawLanes(scene: Scene): Heights | null {
  const { pen, facts, colours } = scene, { fork } = facts.source, rows = ROWS.filter(([name]) => name !== "Sessions" || hasSessions(scene));
  pen.fill(0, 0, pen.width, pen.height, colours.surface);
  pen.font(11);
  for (const [name] of rows) pen.text(name === "Price" && fork ? "Equity" : name, 12, LANES[name]!.y + LANES[name]!.height / 2 + 4, colours.text3);
  for (const [name] of rows.slice(1)) pen.across(LEFT, pen.width - RIGHT, LANES[name]!.y - 1, colours.grid);
  drawDays(scene);
  const heights = fork ? drawEquities(scene, fork) : drawPrice(scene);
  drawTrades(scene);
  drawOrders(scene);
  drawMarks(scene);
  if (hasSessions(scene)) drawSessions(scene, LANES.Sessions!);
  drawGaps(scene);
  if (facts.hidden) drawHidden(scene);
  return heights;
}

/** The line of prices as far as bars are over. */
function drawPrice({ pen, time, seen, colours, limit }: Scene): Heights {
  const { series, done, next } = seen, pieces = [[0, done], [next, series.total]] as const;
  let [low, high] = [Infinity, -Infinity];
  for (const [from, to] of pieces) for (let bar = from; bar < to; bar++) [low, high] = [Math.min(low, series.close(bar)), Math.max(high, series.close(bar))];
  const y = heightsOf(low, high), step = Math.max(1, Math.floor((done + series.total - next) / (pen.width * 1.5)));
  for (let [from, to] of pieces)
    while (from < to) {
      const points: Point[] = [[time.x(series.start(from)), y(series.open(from))]];
      let bar = from;
      for (; bar < to && !(step === 1 && bar > from && series.start(bar) - series.end(bar - 1) > DAY); bar += step) points.push([Math.min(time.x(series.end(bar)), limit), y(series.close(bar))]);
      drawLine(pen, points, colours);
      from = bar;
    }
  return y;
}

type Point = [x: number, y: number];

function heightsOf(low: number, high: number): Heights {
  const lane = LANES.Price!;
  return (price) => lane.y + 2 + (high > low ? (high - clamp(price, low, high)) / (high - low) : 0.5) * (lane.height - 4);
}

/** A piece of the line of prices, and what is beneath it. */
export function drawLine(pen: Pen, points: readonly Point[], colours: Colours): void {
  const { context } = pen, lane = LANES.Price!;
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.strokeStyle = colours.text3;
  context.lineWidth = 1;
  context.stroke();
  for (const end of [points.at(-1)!, points[0]!]) context.lineTo(end[0], lane.y + lane.height);
  context.fillStyle = colours.accentWash;
  context.fill();
}

function drawTrades({ pen, time, facts, colours, head }: Scene): void {
  const lane = LANES.Trades!;
  const { trades } = facts;
  let right = -1;
  let colour = "";
  for (let trade = 0; trade < facts.listed; trade++) {
    const open = facts.isOpen(trade);
    const from = time.x(trades.entryTime[trade]!);
    const to = open ? head : time.x(trades.exitTime[trade]! || time.end);
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
function drawEquities({ pen, time, ledger, seen, colours, limit }: Scene, fork: Fork): null {
  const lane = LANES.Price!, curves = [[ledger.equities, seen.equities], [fork, seen.forked]] as const;
  let [low, high] = [Infinity, -Infinity];
  for (const [rows, end] of curves) for (let i = 0; i < end; i++) [low, high] = [Math.min(low, rows.equity[i]!), Math.max(high, rows.equity[i]!)];
  const y = heightsOf(low, high), { context } = pen;
  curves.forEach(([rows, end], curve) => {
    context.strokeStyle = curve ? colours.ind2 : colours.text2;
    context.lineWidth = curve ? 1.5 : 1;
    context.beginPath();
    let x = -1;
    for (let i = 0; i < end; i++) {
      const next = Math.min(time.x(rows.time[i]!), limit);
      if (next - x >= 0.5 || i === end - 1) context.lineTo((x = next), y(rows.equity[i]!));
    }
    context.stroke();
  });
  if (seen.forked) pen.down(time.x(fork.time[0]!), lane.y, lane.y + lane.height, colours.ind2);
  return null;
}

/** Fills: bought above the line, sold below it; refused orders are crosses. */
function drawOrders({ pen, time, ledger, seen, colours, limit }: Scene): void {
  const lane = LANES.Orders!;
  const middle = lane.y + lane.height / 2;
  const { fills, refused } = ledger;
  pen.across(LEFT, limit, middle, colours.line);
  let [above, below] = [-1, -1];
  for (let fill = 0; fill < seen.fills; fill++) {
    const x = pen.snap(time.x(fills.time[fill]!));
    if (fills.side[fill]! > 0) {
      if (x > above) pen.fill(x, middle - 5, 1.5, 4.5, colours.text2);
      above = x;
    } else {
      if (x > below) pen.fill(x, middle + 1, 1.5, 4.5, colours.text2);
      below = x;
    }
  }
  for (let i = 0; i < seen.refused; i++) {
    const x = time.x(refused.time[i]!);
    pen.line(x - 2, middle - 2, x + 2, middle + 2, colours.warn, 1.25);
    pen.line(x + 2, middle - 2, x - 2, middle + 2, colours.warn, 1.25);
  }
}

function drawMarks({ pen, time, facts, ledger, seen, colours }: Scene): void {
  const lane = LANES.Marks!, { source, bookmarks } = facts, { marks } = ledger;
  for (let i = 0, right = -1; i < seen.hits; i++) {
    const x = time.x(source.timeOf(source.hits[i]!));
    if (x < right) continue;
    pen.fill(x - 0.75, lane.y + 1, 1.5, lane.height - 2, colours.warn);
    right = x + 2;
  }
  let before = -9;
  for (let mark = 0; mark < seen.marks; mark++) {
    const x = time.x(marks.time(mark));
    if (x - before < 1) continue;
    const call = marks.name(mark) === MARGIN_CALL;
    pen.dot(x, lane.y + lane.height / 2, call ? 2.6 : 1.8, call ? colours.warn : colours.ind2);
    before = x;
  }
  for (let i = 0; i < seen.bookmarks; i++) drawFlag(pen, time.x(source.timeOf(bookmarks[i]!)), lane.y + 1, lane.height - 2, colours.warn);
}

/** The calendar's closed hours are known ahead; holes in the data only as far as the head. */
function drawGaps({ pen, time, holes, seen, colours }: Scene): void {
  const lane = LANES.Gaps!;
  const width = time.gapWidth;
  for (let gap = 0; gap < time.gaps; gap++) {
    const x = time.gapX(gap);
    pen.fill(x, 4, width, FLOOR - 4, colours.surface);
    if (width >= 3) hatch(pen, x + 1, 6, width - 2, FLOOR - 8, colours.line2, 4);
    if (width >= 5) pen.round(x + width / 2 - 8, lane.y + 2, 16, lane.height - 4, 3, colours.line2);
  }
  for (let i = 0; i < seen.holes; i++) pen.round(time.x(holes[i]!) - 1, lane.y + 1, 2.5, lane.height - 2, 1, colours.warn);
}

function drawHidden({ pen, head, colours }: Scene): void {
  const from = head + 1;
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
