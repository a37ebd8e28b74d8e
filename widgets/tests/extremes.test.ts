// The pyramid of extremes against a plain loop, while bars change at its end.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Extremes } from "../src/model/extremes.ts";
import { drawn } from "./random.ts";

test("any range, and any whole bucket, is what a plain loop finds", () => {
  const random = drawn(3);
  for (const size of [1, 2, 7, 8, 9, 16, 17, 100, 1000, 1023, 1025]) {
    const high = Float64Array.from({ length: size }, () => random(1e6)), low = high.map((value) => value - random(1e5));
    const extremes = new Extremes(high, low, size), tops = new Extremes(high, null, size);
    for (let round = 0; round < 300; round++) {
      const bar = random(size);
      high[bar] = random(1e6);
      low[bar] = high[bar]! - random(1e5);
      extremes.mend(bar, size);
      tops.mend(bar, size);
      const from = random(size), to = from + 1 + random(size - from);
      const [bottom, top] = [Math.min(...low.subarray(from, to)), Math.max(...high.subarray(from, to))];
      assert.deepEqual(extremes.range(from, to), [bottom, top], `${from} to ${to} of ${size}`);
      assert.equal(tops.range(from, to)[1], top);
      const level = random(Math.floor(Math.log2(size)) + 1), bucket = random(size >> level);
      const part = [bucket << level, (bucket + 1) << level] as const;
      assert.equal(extremes.top(level, bucket), Math.max(...high.subarray(...part)), `bucket ${bucket} of level ${level}`);
      assert.equal(extremes.bottom(level, bucket), Math.min(...low.subarray(...part)));
      assert.equal(tops.top(level, bucket), Math.max(...high.subarray(...part)));
    }
    assert.deepEqual(extremes.range(size, size), [Infinity, -Infinity]);
  }
});
