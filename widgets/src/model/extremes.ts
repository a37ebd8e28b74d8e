// Exact maxima of one column and minima of another over powers of two of bars. Nothing is approximated; a change of one bar
// mends one entry a level. Buckets below eight bars are read from the columns: that saves three quarters of the memory.

const FIRST = 3;

export class Extremes {
  private readonly highs: Float64Array[] = [];
  private readonly lows: Float64Array[] = [];

  /** Without `low` only maxima are kept. */
  constructor(private readonly high: Float64Array, private readonly low: Float64Array | null, count: number) {
    for (let level = FIRST, size = high.length; size > 1; level++) {
      size = level === FIRST ? (size + 7) >> FIRST : (size + 1) >> 1;
      this.highs.push(new Float64Array(size));
      this.lows.push(new Float64Array(low ? size : 0));
      for (let i = 0; i << level < count; i++) this.mendOne(level, i, count);
    }
  }

  private mendOne(level: number, i: number, count: number): void {
    const at = level - FIRST, { high, low } = this;
    let top = -Infinity, bottom = Infinity;
    if (at === 0)
      for (let bar = i << FIRST, end = Math.min(bar + (1 << FIRST), count); bar < end; bar++) {
        if (high[bar]! > top) top = high[bar]!;
        if (low && low[bar]! < bottom) bottom = low[bar]!;
      }
    else
      for (let child = 2 * i; child < 2 * i + 2 && child << (level - 1) < count; child++) {
        top = Math.max(top, this.highs[at - 1]![child]!);
        if (low) bottom = Math.min(bottom, this.lows[at - 1]![child]!);
      }
    this.highs[at]![i] = top;
    if (low) this.lows[at]![i] = bottom;
  }

  /** After bar `bar` has changed, or has become the last of `count`. */
  mend(bar: number, count: number): void {
    for (let level = FIRST; level < FIRST + this.highs.length; level++) this.mendOne(level, bar >> level, count);
  }

  /** Lowest low and highest high of bars from <= i < to, in O(log n). */
  range(from: number, to: number): [low: number, high: number] {
    const whole = Math.min(((from + 7) >> FIRST) << FIRST, to), rest = Math.max(whole, (to >> FIRST) << FIRST);
    let [bottom, top] = this.scan(this.high, this.low, from, whole, Infinity, -Infinity);
    [bottom, top] = this.scan(this.high, this.low, rest, to, bottom, top);
    for (let at = 0, i = whole >> FIRST, end = rest >> FIRST; i < end; at++, i >>= 1, end >>= 1) {
      const highs = this.highs[at]!, lows = this.low && this.lows[at]!;
      if (i & 1) [bottom, top] = this.scan(highs, lows, i, ++i, bottom, top);
      if (end & 1) [bottom, top] = this.scan(highs, lows, end - 1, end--, bottom, top);
    }
    return [bottom, top];
  }

  private scan(high: Float64Array, low: Float64Array | null, from: number, to: number, bottom: number, top: number): [number, number] {
    for (let i = from; i < to; i++) {
      if (high[i]! > top) top = high[i]!;
      if (low && low[i]! < bottom) bottom = low[i]!;
    }
    return [bottom, top];
  }

  /** The highest high of the bars of one whole bucket. */
  top(level: number, bucket: number): number {
    if (level >= FIRST) return this.highs[level - FIRST]![bucket]!;
    let top = -Infinity;
    for (let bar = bucket << level, end = (bucket + 1) << level; bar < end; bar++) top = Math.max(top, this.high[bar]!);
    return top;
  }

  /** The lowest low of the bars of one whole bucket. */
  bottom(level: number, bucket: number): number {
    if (level >= FIRST) return this.lows[level - FIRST]![bucket]!;
    let bottom = Infinity;
    for (let bar = bucket << level, end = (bucket + 1) << level; bar < end; bar++) bottom = Math.min(bottom, this.low![bar]!);
    return bottom;
  }
}
