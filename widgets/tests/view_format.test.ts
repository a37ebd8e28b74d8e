import assert from "node:assert/strict";
import { test } from "node:test";
import { clock, countdown, fixed, price, signed } from "../src/view/format.ts";
import { duration, moment, reasonText, size, times, weekday } from "../src/view/words.ts";

const AT = Date.UTC(2014, 4, 14, 13, 42, 7, 512) * 1000;

test("numbers carry commas, a true minus sign, and no sign on zero", () => {
  assert.equal(fixed(1234567.891), "1,234,567.89");
  assert.equal(fixed(-1234, 0), "\u22121,234");
  assert.equal(fixed(999, 0), "999");
  assert.equal(fixed(-0.001), "0.00");
  assert.equal(signed(75.92), "+75.92");
  assert.equal(signed(0.001), "0.00");
  assert.equal(signed(-18.384), "\u221218.38");
  assert.equal(fixed(NaN), "");
});

test("prices keep the instrument's digits", () => {
  assert.equal(price(1.371, 5), "1.37100");
  assert.equal(price(102345.5, 1), "102345.5");
  assert.equal(price(-37.63, 2), "\u221237.63");
  assert.equal(price(NaN, 5), "");
});

test("sizes are as short as they are", () => {
  assert.deepEqual([size(94900), size(0.013), size(2.5), size(0.1 + 0.2)], ["94,900", "0.013", "2.5", "0.3"]);
  assert.deepEqual([size(-6.65), size(-94900), size(-3e-9)], ["\u22126.65", "\u221294,900", "\u22123e-9"]);
});

test("times are UTC", () => {
  assert.equal(moment(AT), "Wed 14 May 2014 13:42:07.512");
  assert.equal(clock(AT), "13:42");
  assert.equal(weekday(AT), "Wed 14 May");
  assert.equal(clock(-60e6), "23:59");
});

test("durations and countdowns", () => {
  const seconds = (value: number): number => value * 1e6;
  assert.deepEqual([42, 900, 4320, 199800].map((value) => duration(seconds(value))), ["42s", "15m", "1h 12m", "2d 7h"]);
  assert.deepEqual([52, 1072, 11820].map((value) => countdown(seconds(value))), ["0:52", "17:52", "3h 17m"]);
  assert.equal(countdown(seconds(11820), true), "3:17h");
  assert.equal(countdown(-1), "0:00");
});

test("speeds", () => assert.deepEqual([times(300), times(50000), times(Infinity)], ["300\u00d7", "50,000\u00d7", "max"]));

test("reasons in the words of a chart", () => assert.deepEqual(["stop_loss", "take_profit", "end_of_data"].map(reasonText), ["stop", "target", "end of data"]));
