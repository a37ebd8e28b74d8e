// Exact maxima of one column and minima of another over every power of two of bars. Nothing is approximated; a change of one
// bar mends one entry a level.

export class Extremes {
  readonly highs: Float64Array[];
  readonly lows: Float64Array[];

  constructor(high: Float64Array, low: Float64Array, count: number) {
    this.highs = [high];
    this.lows = [low];
    for (let size = high.length; size > 1; ) {
      size = (size + 1) >> 1;
      this.highs.push(new Float64Array(size));
      this.lows.push(new Float64Array(size));
    }
    for (let level = 1; level < this.highs.length; level++) for (let i = 0; i << level < count; i++) this.mendOne(level, i, count);
  }

  private mendOne(level: number, i: number, count: number): void {
    const high = this.highs[level - 1]!, low = this.lows[level - 1]!, left = 2 * i;
    const right = (left + 1) << (level - 1) < count ? left + 1 : left;
    this.highs[level]![i] = Math.max(high[left]!, high[right]!);
    this.lows[level]![i] = Math.min(low[left]!, low[right]!);
  }

  /** After bar `bar` has changed, or has become the last of `count`. */
  mend(bar: number, count: number): void {
    for (let level = 1; level < this.highs.length; level++) this.mendOne(level, bar >> level, count);
  }

  /** Lowest low and highest high of bars from <= i < to, in O(log n). */
  range(from: number, to: number): [low: number, high: number] {
    let high = -Infinity, low = Infinity;
    for (let level = 0; from < to; level++, from >>= 1, to >>= 1) {
      const highs = this.highs[level]!, lows = this.lows[level]!;
      if (from & 1) {
        high = Math.max(high, highs[from]!);
        low = Math.min(low, lows[from]!);
        from++;
      }
      if (to & 1) {
        to--;
        high = Math.max(high, highs[to]!);
        low = Math.min(low, lows[to]!);
      }
    }
    return [low, high];
  }
}
