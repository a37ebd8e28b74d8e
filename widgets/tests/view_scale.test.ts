import assert from "node:assert/strict";
import { test } from "node:test";
import { niceStep, priceStep, settle, type Tag } from "../src/view/scale.ts";
import { upperBound } from "../src/model/search.ts";

const tag = (y: number, priority: number, height = 17): Tag => ({ y, height, priority, at: NaN });

test("a step is the smallest nice number that keeps to the most parts", () => {
  assert.equal(niceStep(1, 10), 0.1);
  assert.equal(niceStep(0.0101, 4).toFixed(6), "0.005000");
  assert.equal(niceStep(90, 4), 25);
  for (let span = 1e-5; span < 1e5; span *= 1.37) assert.ok(span / niceStep(span, 7) <= 7.001);
});

test("a price step is a whole number of the last digit", () => {
  for (let span = 1e-5; span < 1; span *= 1.13) {
    const steps = priceStep(span, 7, 5) * 1e5;
    assert.ok(Math.abs(steps - Math.round(steps)) < 1e-6 && steps > 0.5, `${span}: ${steps}`);
  }
  assert.equal(priceStep(0.00003, 10, 5), 0.00001);
  assert.equal(priceStep(3, 10, 0), 1);
});

test("tags never touch, keep inside, and the greater priority keeps its place", () => {
  let seed = 1;
  const random = (): number => (seed = (seed * 16807) % 2147483647) / 2147483647;
  for (let round = 0; round < 500; round++) {
    const tags = Array.from({ length: 1 + Math.floor(random() * 7) }, (_, i) => tag(random() * 260 - 10, i, random() < 0.5 ? 16 : 17));
    settle(tags, 1, 249);
    const winner = tags[tags.length - 1]!;
    assert.equal(winner.at, Math.min(Math.max(winner.y, 1 + winner.height / 2), 249 - winner.height / 2));
    for (const [i, a] of tags.entries()) {
      assert.ok(a.at - a.height / 2 >= 0.98 && a.at + a.height / 2 <= 249.02, "inside");
      for (const b of tags.slice(i + 1)) assert.ok(Math.abs(a.at - b.at) >= (a.height + b.height) / 2 + 0.98, `apart: ${a.at} ${b.at}`);
    }
  }
});

test("the lesser tag takes the nearest free place", () => {
  const [low, high] = [tag(100, 1), tag(104, 9)];
  settle([low, high], 0, 300);
  assert.equal(high.at, 104);
  assert.equal(low.at, 104 - 18);
});

test("a tag that finds no room is left out, the least of them first", () => {
  const tags = [5, 1, 9, 3, 7].map((priority) => tag(20, priority));
  settle(tags, 0, 70);
  assert.deepEqual(tags.filter((each) => each.at === each.at).map((each) => each.priority), [5, 9, 7]);
  assert.equal(tags[2]!.at, 20);
});

test("bounds in ascending columns", () => {
  const column = Float64Array.of(1, 3, 3, 7, 99, 99);
  assert.deepEqual([3, 2, 0, 100].map((value) => upperBound(column, value)), [3, 1, 0, 6]);
});
