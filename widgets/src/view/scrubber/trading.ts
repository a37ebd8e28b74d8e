// Time along the scrubber: closed hours shrink to a notch, open hours share the rest evenly, so that nothing about the
// ticks ahead (their density, their holes) can be read off the axis.
import { upperBound } from "../../model/search.ts";

/** A closed stretch in µs. */
export interface Closed {
  start: number;
  end: number;
}

export class TradingTime {
  private readonly from: number[] = [];
  private readonly to: number[] = [];
  private readonly open: number[] = [0];
  private notch = 0;
  private unit = 0;
  private left = 0;

  constructor(readonly start: number, readonly end: number, closed: readonly Closed[]) {
    for (const { start: shut, end: opens } of closed) {
      const [a, b] = [Math.max(shut, start), Math.min(opens, end)];
      if (b <= a) continue;
      this.open.push(this.open.at(-1)! + a - (this.to.at(-1) ?? start));
      this.from.push(a);
      this.to.push(b);
    }
    this.open.push(this.open.at(-1)! + end - (this.to.at(-1) ?? start));
  }

  get gaps(): number {
    return this.from.length;
  }

  /** Takes the place the axis has, in CSS pixels; a notch is never wider than half of what is there. */
  resize(left: number, width: number, notch: number): void {
    this.left = left;
    this.notch = Math.min(notch, (width * 0.2) / Math.max(1, this.gaps));
    this.unit = (width - this.notch * this.gaps) / Math.max(1, this.open.at(-1)!);
  }

  x(time: number): number {
    const before = upperBound(this.from, time);
    if (before && time < this.to[before - 1]!) {
      const share = (time - this.from[before - 1]!) / (this.to[before - 1]! - this.from[before - 1]!);
      return this.left + this.open[before]! * this.unit + (before - 1 + share) * this.notch;
    }
    const since = before ? this.to[before - 1]! : this.start;
    const passed = this.open[before]! + Math.min(Math.max(time, this.start), this.end) - since;
    return this.left + passed * this.unit + before * this.notch;
  }

  time(x: number): number {
    let low = 0;
    let high = this.gaps;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.gapX(middle) + this.notch <= x) low = middle + 1;
      else high = middle;
    }
    if (low < this.gaps && x >= this.gapX(low)) return this.to[low]!;
    const since = low ? this.to[low - 1]! : this.start;
    const passed = (x - this.left - low * this.notch) / this.unit - this.open[low]!;
    return Math.min(this.end, Math.max(this.start, since + passed));
  }

  /** Left edge of a closed stretch. */
  gapX(index: number): number {
    return this.left + this.open[index + 1]! * this.unit + index * this.notch;
  }

  get gapWidth(): number {
    return this.notch;
  }
}
