import assert from "node:assert/strict";
import { test } from "node:test";
import { momentOf } from "../src/view/moments.ts";
import { readPlace } from "../src/view/popups/place.ts";
import { Zone } from "../src/view/zone.ts";
import moments from "../../tests/widgets/moments.json";

const at = (text: string): number => Date.parse(text + "Z") * 1000;
const around = {
  time: at("2014-05-07T09:00:00"), ticks: 5000, start: at("2014-05-01T00:00:12"), end: at("2014-05-15T20:59:00"),
  zone: new Zone("UTC"), entry: (id: number) => (id === 17 ? 1234 : null),
};
const read = (text: string) => readPlace(text, around);

test("every form of the sheet is read", () => {
  assert.deepEqual(read("2014-05-07"), { time: at("2014-05-07T00:00:00") });
  assert.deepEqual(read(" 2014-05-07 13:30 "), { time: at("2014-05-07T13:30:00") });
  assert.deepEqual(read("13:30"), { time: at("2014-05-07T13:30:00") });
  assert.deepEqual(read("#4711"), { tick: 4711 });
  assert.deepEqual(read("#4,711"), { tick: 4711 });
  assert.deepEqual(read("+3h"), { time: at("2014-05-07T12:00:00") });
  assert.deepEqual(read("-1.5d"), { time: at("2014-05-05T21:00:00") });
  assert.deepEqual(read("trade 17"), { tick: 1234 });
});

test("a clock time before the data begin, or after they end, is that of the day beside", () => {
  const near = (time: number) => readPlace("13:30", { ...around, time, start: at("2014-05-01T22:00:00"), end: at("2014-05-15T09:00:00") });
  assert.deepEqual(near(at("2014-05-01T22:10:00")), { time: at("2014-05-02T13:30:00") });
  assert.deepEqual(near(at("2014-05-15T08:00:00")), { time: at("2014-05-14T13:30:00") });
});

test("the day in which the data begin is their beginning", () => assert.deepEqual(read("2014-05-01"), { time: around.start }));

test("what cannot be read or is not there says why", () => {
  const cases: [string, RegExp][] = [
    ["yesterday", /Cannot read "yesterday"/], ["", /Write one of/], ["#5000", /no tick 5,000: the last one is #4,999/], ["trade 18", /no trade 18/],
    ["2014-02-30", /no date/], ["2014-13-01", /no date/], ["25:00", /no time/], ["2014-05-07 24:01", /no date|no time/], ["2013-01-01", /outside the data/], ["+3w", /outside the data/],
    ["2014-05-07 13:30 <img>", /Cannot read/],
  ];
  for (const [text, reason] of cases) {
    const place = read(text);
    assert.ok("reason" in place, text);
    assert.match(place.reason, reason);
  }
});

test("a clock that is turned shows the moments that Python takes it for", () => {
  const march = { ...around, start: at("2024-03-08T00:00:00"), end: at("2024-04-08T00:00:00") };
  for (const [name, text, moment] of moments) {
    const zone = new Zone(name!), time = Date.parse(moment!) * 1000, [day, clock] = text!.split(" ");
    assert.deepEqual(readPlace(text!, { ...march, zone }), { time }, text);
    if (clock) assert.deepEqual(readPlace(clock, { ...march, zone, time: momentOf(zone, Date.parse(`${day!.replace(/-(\d)(?!\d)/g, "-0$1")}T12:00Z`) * 1000) }), { time }, `${clock} on ${day}`);
  }
});

test("what is typed is meant in the chosen zone, and the reason speaks of it", () => {
  const there = { ...around, zone: new Zone("America/New_York") };
  assert.deepEqual(readPlace("13:30", there), { time: at("2014-05-07T17:30:00") });
  assert.deepEqual(readPlace("2014-05-07 13:30", there), { time: at("2014-05-07T17:30:00") });
  assert.deepEqual(readPlace("2014-05-07 13:30Z", there), { time: at("2014-05-07T13:30:00") });
  assert.match((readPlace("2013-01-01", there) as { reason: string }).reason, /from Wed 30 Apr 2014 20:00:12.000 .* New York/);
});
