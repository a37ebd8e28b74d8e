// The page's fold of ticks into bars equals an independent computation at every tick; so do the account and what is listed.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FIXTURES, floats, loaded, column } from "./support.ts";

const VALUES = ["open", "high", "low", "close", "volume", "ticks"] as const;
const names = FIXTURES ? readdirSync(FIXTURES) : [];
if (!names.length) throw new Error("BTLAB_FIXTURES names no folder of fixtures; run these tests through pytest tests/widgets");

for (const name of names) {
  const folder = join(FIXTURES, name);

  test(`${name}: six running bars at every tick`, async () => {
    const { model } = await loaded(folder), expected = floats(folder, "expected.bin"), n = model.ticks;
    assert.equal(expected.length, 6 * n * 7);
    let compared = 0;
    for (let tick = 0; tick < n; tick++) {
      model.seekTick(tick);
      assert.equal(model.tick, tick);
      for (let row = 0; row < 6; row++) {
        const at = (row * n + tick) * 7, bars = model.series[row]!, runs = !Number.isNaN(expected[at]!);
        if (bars.completed !== expected[at + 6] || bars.count - bars.completed !== Number(runs)) assert.fail(`tick ${tick} row ${row}: ${bars.completed} completed of ${bars.count}, not ${expected[at + 6]}`);
        if (!runs) continue;
        for (let value = 0; value < 6; value++) {
          compared++;
          const ours = VALUES[value] === "volume" && !model.info.sizes ? 0 : bars[VALUES[value]!](bars.completed);
          if (ours !== expected[at + value]) assert.fail(`tick ${tick} row ${row} ${VALUES[value]}: ${ours}, not ${expected[at + value]}`);
        }
      }
    }
    assert.ok(compared > n);
  });

  test(`${name}: a walk to and fro equals a fresh seek`, async () => {
    const { model } = await loaded(folder), { model: fresh } = await loaded(folder), n = model.ticks;
    let seed = 7;
    const random = (limit: number) => Math.floor((((seed = Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32) * limit);
    for (let round = 0; round < 300; round++) {
      model.setUnit(["tick", "1m", "5m", "1h", "1d"][random(5)]!);
      if (random(4)) model.step(random(9) - 4);
      else model.seekTick(random(n));
      fresh.seekTick(random(n));
      fresh.seekTick(model.tick);
      for (let row = 0; row < 6; row++) {
        const [a, b] = [model.series[row]!, fresh.series[row]!];
        assert.equal(a.count, b.count);
        for (const value of ["open", "high", "low", "close", "volume"] as const) assert.deepEqual(column(a, value), column(b, value));
        const from = random(a.count), to = from + 1 + random(a.count - from);
        const low = Math.min(...column(a, "low", from, to)), high = Math.max(...column(a, "high", from, to));
        if (a.count) assert.deepEqual(a.extremes(from, to), [low, high]);
        const level = random(6), at = random(Math.max(1, (a.count - 1) >> level));
        if (a.count) {
          const [begin, end] = [at << level, Math.min((at + 1) << level, a.count)];
          assert.equal(a.highOf(level, at), Math.max(...column(a, "high", begin, end)));
          assert.equal(a.lowOf(level, at), Math.min(...column(a, "low", begin, end)));
        }
      }
    }
  });

  test(`${name}: the account at the head is Python's`, async () => {
    const { model, ledger } = await loaded(folder);
    const rows = JSON.parse(readFileSync(join(folder, "states.json"), "utf8")) as (number | null)[][];
    const near = (ours: number, right: number | null, what: string) => assert.ok(right === null ? Number.isNaN(ours) : Math.abs(ours - right) < 1e-8, `${what}: ${ours}, not ${right}`);
    for (const [tick, position, cash, equity, drawdown, orders, marks, bid, ask] of rows) {
      model.seekTick(tick!);
      const worth = ledger.worth();
      near(worth.cash, cash!, `cash at ${tick}`);
      near(worth.equity, equity!, `equity at ${tick}`);
      near(worth.drawdown, drawdown!, `drawdown at ${tick}`);
      near(model.quotes.bid, bid!, `bid at ${tick}`);
      near(model.quotes.ask, ask!, `ask at ${tick}`);
      const waiting = ledger.working().filter((order) => !order.protects).length;
      assert.equal(waiting, orders, `orders at ${tick}`);
      assert.equal(Array.from(ledger.marks.tick as Float64Array).filter((known) => known <= tick!).length, marks, `marks at ${tick}`);
      const { trades } = model;
      let held = 0;
      for (let i = 0; i < trades.count; i++) if (trades.entryTick[i]! <= tick! && !(trades.exitTick[i]! <= tick!)) held += trades.side[i]! * trades.size[i]!;
      near(held, position!, `position at ${tick}`);
      const stops = ledger.working().filter((order) => order.protects === "stop" && order.kind === "stop").length;
      let lots = 0;
      for (let i = 0; i < trades.count; i++) if (trades.entryTick[i]! <= tick! && !(trades.exitTick[i]! <= tick!) && trades.stop[i]! > 0) lots++;
      assert.equal(stops, lots, `a lot has one stop, whatever was closed of it later, at ${tick}`);
    }
  });

  test(`${name}: the account at every tick is what the strategy saw there`, { skip: !existsSync(join(folder, "account.bin")) }, async () => {
    const { model, ledger } = await loaded(folder), seen = floats(folder, "account.bin");
    assert.equal(seen.length, 2 * model.ticks);
    for (let tick = 0; tick < model.ticks; tick++) {
      model.seekTick(tick);
      const [equity, cash] = [seen[2 * tick]!, seen[2 * tick + 1]!], worth = ledger.worth();
      assert.ok(Math.abs(worth.equity - equity) < 1e-8, `equity at ${tick}: ${worth.equity}, not ${equity}`);
      assert.ok(Math.abs(worth.cash - cash) < 1e-8, `cash at ${tick}: ${worth.cash}, not ${cash}`);
    }
  });

  test(`${name}: every level that waits stands where it stood then, forwards and backwards`, async () => {
    const { model, ledger } = await loaded(folder);
    const rows = JSON.parse(readFileSync(join(folder, "states.json"), "utf8")) as number[][];
    const levels = JSON.parse(readFileSync(join(folder, "levels.json"), "utf8")) as number[][];
    const places = [...rows.keys()];
    for (const row of [...places, ...places.reverse()]) {
      model.seekTick(rows[row]![0]!);
      const found = ledger.working().map((order) => order.price).filter((price) => price === price).sort((a, b) => a - b);
      assert.deepEqual(found.map((price) => price.toFixed(9)), levels[row]!.map((price) => price.toFixed(9)), `at ${rows[row]![0]}`);
    }
  });

  test(`${name}: steps of bars stop where a bar is about to end, and undo each other`, async () => {
    const { model } = await loaded(folder);
    for (const [unit, row] of [["1m", 0], ["5m", 1], ["1h", 3], ["1d", 5]] as const) {
      model.setUnit(unit);
      model.seekTick(0);
      const places = [...new Set(Array.from({ length: model.series[row]!.total }, (_, bar) => Math.min(model.series[row]!.closer(bar), model.ticks) - 1))].filter((place) => place > 0);
      const forth: number[] = [];
      for (let i = 0; i < Math.min(300, places.length); i++) {
        model.step(1);
        forth.push(model.tick);
      }
      assert.deepEqual(forth, places.slice(0, forth.length), unit);
      for (let i = forth.length - 2; i >= 0; i--) {
        model.step(-1);
        assert.equal(model.tick, forth[i]);
      }
    }
  });
}
