import assert from "node:assert/strict";
import { test } from "node:test";
import { DAY, HOUR, MINUTE } from "../src/view/format.ts";
import { drawSessions, hasSessions } from "../src/view/scrubber/sessions.ts";
import { TradingTime } from "../src/view/scrubber/trading.ts";
import { timeLabels } from "../src/view/timeaxis.ts";

const MONDAY = Date.UTC(2014, 4, 12) * 1000;

function labels(bar: number, count: number, spacing: number, letter = 6): { text: string; x: number; half: number; strong: boolean }[] {
  const columns = { first: 0, last: count - 1, spacing, width: count * spacing, bar, time: (i: number) => MONDAY + i * bar, x: (i: number) => i * spacing };
  return timeLabels(columns, (text) => text.length * letter);
}

test("labels never touch, whatever the scale", () => {
  for (const bar of [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, DAY, 30 * DAY, 400 * DAY])
    for (const spacing of [1, 2, 3.5, 8, 40]) {
      const wide = labels(bar, 280, spacing, 14);
      for (let i = 1; i < wide.length; i++) assert.ok(wide[i]!.x - wide[i - 1]!.x > wide[i]!.half + wide[i - 1]!.half);
      const found = labels(bar, 280, spacing);
      for (let i = 1; i < found.length; i++) assert.ok(found[i]!.x - found[i - 1]!.x > found[i]!.half + found[i - 1]!.half, `${bar} ${spacing}`);
      assert.ok(found.length >= 1 || spacing * 280 < 300, `${bar} ${spacing}: none`);
    }
});

test("clock times stand on round times, days before them", () => {
  const found = labels(15 * MINUTE, 120, 3.5);
  assert.ok(found.some((label) => label.text === "13 May" && label.strong));
  for (const label of found) if (label.text.includes(":")) assert.match(label.text, /^(00|06|12|18):00$|:00$/);
});

test("daily bars are labelled by months, and years", () => {
  const texts = labels(DAY, 280, 3.5).map((label) => label.text);
  assert.ok(texts.includes("Jun") && texts.includes("2015"), texts.join());
});

test("points of a curve are labelled by the round times they lie about", () => {
  const columns = { first: 0, last: 699, spacing: 1, width: 700, bar: 3.7 * MINUTE, sampled: true, time: (i: number) => MONDAY + i * 3.7 * MINUTE, x: (i: number) => i };
  const found = timeLabels(columns, (text) => text.length * 6).filter(({ text }) => text.includes(":"));
  assert.ok(found.length > 3);
  for (const label of found) assert.match(label.text, /:00$/);
});

test("the number of a day stands nowhere without its month", () => {
  for (let width = 120; width < 700; width += 7)
    for (const spacing of [1, 2, 3.5]) {
      const found = labels(4 * HOUR, Math.floor(width / spacing), spacing);
      assert.ok(!found.length || found.some((label) => !/^\d+$/.test(label.text)), found.map((label) => label.text).join());
      for (let i = 1; i < found.length; i++) assert.ok(found[i]!.x - found[i - 1]!.x > found[i]!.half + found[i - 1]!.half);
    }
});

test("closed hours shrink to a notch, and times come back from their places", () => {
  const closed = [{ start: MONDAY + 2 * DAY, end: MONDAY + 4 * DAY }];
  const time = new TradingTime(MONDAY, MONDAY + 6 * DAY, closed);
  time.resize(66, 400 + 7, 7);
  assert.equal(time.x(MONDAY), 66);
  assert.equal(time.x(MONDAY + 2 * DAY), 66 + 200);
  assert.equal(time.x(MONDAY + 4 * DAY), 66 + 207);
  assert.equal(time.x(MONDAY + 6 * DAY), 66 + 407);
  for (const hours of [0, 5, 47, 97, 120, 144]) assert.ok(Math.abs(time.time(time.x(MONDAY + hours * HOUR)) - (MONDAY + hours * HOUR)) < 1e3);
  assert.equal(time.time(66 + 203), MONDAY + 4 * DAY);
  assert.equal(time.time(-50), MONDAY);
  assert.equal(time.time(9999), MONDAY + 6 * DAY);
});

test("the axis tells nothing of where the ticks are", () => {
  const time = new TradingTime(MONDAY, MONDAY + 5 * DAY, []);
  time.resize(0, 500, 7);
  for (let day = 0; day <= 5; day++) assert.equal(time.x(MONDAY + day * DAY), day * 100);
});

test("so few bars that no round time is among them say the day of the last", () => {
  assert.deepEqual(labels(DAY, 3, 30).map(({ text, x }) => [text, x]), [["14 May", 60]]);
  assert.deepEqual(labels(HOUR, 1, 60, 4).map(({ text }) => text), []); // at the very edge it would be cut
  assert.deepEqual(labels(DAY, 0, 20), []);
});

test("the lane of sessions: cities, an exchange's own hours, and none where it would be empty", () => {
  const monday = Date.UTC(2024, 0, 8) * 1000;
  const over = (calendar: string, days: number, closed: [from: number, to: number][]) => {
    const time = new TradingTime(monday, monday + days * DAY, closed.map(([start, end]) => ({ start: monday + start * HOUR, end: monday + end * HOUR })));
    time.resize(66, 1000, 7);
    const drawn: number[][] = [], pen = { context: {}, fill: (x: number, y: number, width: number) => drawn.push([Math.round(x), y, Math.round(x + width)]) };
    const scene = { pen, time, facts: { info: { calendar } }, colours: {} } as unknown as Parameters<typeof hasSessions>[0], has = hasSessions(scene);
    if (has) drawSessions(scene, { y: 0, height: 12 });
    return { has, drawn, x: (hour: number) => Math.round(time.x(monday + hour * HOUR)) };
  };
  assert.equal(over("fx", 5, []).drawn.length, 15);
  assert.equal(over("metals", 1, []).drawn.length, 3);
  assert.equal(over("fx", 121, []).has, false);
  assert.equal(over("crypto", 5, []).has, false);
  const exchange = over("XNYS", 2, [[0, 14.5], [21, 38.5], [45, 48]]);
  assert.deepEqual(exchange.drawn.map(([left, , right]) => [left, right]), [[exchange.x(14.5), exchange.x(21)], [exchange.x(38.5), exchange.x(45)]]);
  assert.equal(over("XNYS", 121, [[0, 14.5]]).has, false);
});
