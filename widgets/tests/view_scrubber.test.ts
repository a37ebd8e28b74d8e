import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ledger } from "../src/model/ledger.ts";
import type { Facts } from "../src/view/facts.ts";
import { DAY, HOUR, MINUTE } from "../src/view/format.ts";
import { Scrubber } from "../src/view/scrubber/scrubber.ts";
import type { Colours } from "../src/view/theme.ts";
import { Zone } from "../src/view/zone.ts";

/** Canvases as they are made, the lanes' first; each counts what is drawn on it. */
const canvases: { calls: number }[] = [];
(globalThis as { document?: unknown }).document = {
  createElement: (tag: string) => {
    const element = { calls: 0, width: 0, height: 0, clientWidth: 900, clientHeight: 120, setAttribute: () => {}, append: () => {}, getContext: () => context };
    const state: Record<string, unknown> = {};
    const context = new Proxy(state, {
      get: (_, name: string) => (name === "measureText" ? (text: string) => ({ width: 6 * text.length }) : name in state ? state[name] : () => void element.calls++),
      set: (_, name: string, value) => ((state[name] = value), true),
    });
    if (tag === "canvas") canvases.push(element);
    return element;
  },
};

const START = Date.parse("2024-01-08T08:00Z") * 1000, none = { tick: [], time: [] };
const series = {
  count: 24, completed: 1, total: 24, startedBy: () => 1, start: (bar: number) => START + bar * HOUR, end: (bar: number) => START + (bar + 1) * HOUR,
  open: () => 1, high: () => 1, low: () => 1, close: () => 1,
};
/** A row of the equity is known at each tick, and a tick comes each second: a pixel of the scrubber is more than a minute. */
const equities = { known: Array.from({ length: 600 }, (_, tick) => tick), time: Array.from({ length: 600 }, (_, tick) => START + tick * 1e6), equity: Array.from({ length: 600 }, (_, tick) => 1e4 + tick) };
const ledger = { fills: { ...none, side: [] }, refused: none, marks: { ...none, time: () => 0, name: () => "" }, equities } as unknown as Ledger;
const fork = { known: [], time: [], equity: [] };

function drawnAt(ticks: number[], hidden: boolean, forked: object | null): number[] {
  const source = { start: START, end: START + DAY, series: [series], length: () => HOUR, fork: forked, hits: [], loaded: 1, tick: 0 };
  const facts = {
    source, hidden, tick: 0, time: START, ticks: 600, selected: -1, totals: { closed: 0 }, open: [], bookmarks: [], trades: {}, listed: 0, info: {}, zone: new Zone("UTC"), local: (time: number) => time,
  };
  canvases.length = 0;
  const scrubber = new Scrubber(facts as unknown as Facts, ledger, { closed: [], holes: [] });
  scrubber.resize(1);
  return ticks.map((tick) => {
    const before = canvases[0]!.calls;
    Object.assign(facts, { tick, time: START + MINUTE + tick * 1e4 });
    scrubber.draw(facts as unknown as Facts, { from: START, to: START + HOUR }, { family: "Inter" } as Colours, 0);
    return canvases[0]!.calls - before;
  });
}

test("a new row of the equity draws the lanes again only where a fork shows it", () => {
  const [first, ...after] = drawnAt([0, 1, 2, 40], true, null);
  assert.ok(first! > 10);
  assert.deepEqual(after, [0, 0, 0], "the rows are in no lane");
  assert.ok(drawnAt([0, 1, 2, 40], true, fork).every((calls) => calls > 10), "each row is a piece of its line");
  assert.deepEqual(drawnAt([0, 1, 2], false, fork).slice(1), [0, 0], "all rows are shown");
});
