// What the market shows once a tick was taken.
import type { Info } from "./info.ts";
import type { Tape } from "./tape.ts";
import type { Times } from "./times.ts";

export class Quotes {
  bid = NaN;
  ask = NaN;
  /** What a sell would get and a buy would pay: a crossed quote the right way round, a spread as wide as the run made it. */
  sellAt = NaN;
  buyAt = NaN;
  /** What one unit of the quote currency is in the account's. */
  rate = 1;
  price = NaN;

  /** `rates`: the rate after each bar that is replayed; null where they are one. */
  constructor(private readonly info: Info, private readonly times: Times, private readonly tape: Tape | null, private readonly rates: ArrayLike<number> | null) {}

  see(tick: number): void {
    const { tape, info } = this;
    if (!tape) return this.seeBar(tick);
    this.rate = tape.rate(tick);
    [this.bid, this.sellAt] = this.lastSeen(tape, tick, 1);
    [this.ask, this.buyAt] = this.lastSeen(tape, tick, -1);
    this.price = info.price === "bid" ? this.bid : info.price === "ask" ? this.ask : (this.bid + this.ask) / 2;
  }

  private seeBar(tick: number): void {
    const { spread, widen } = this.info;
    this.bid = this.price = this.times.closeOf(tick);
    this.ask = this.bid + spread;
    this.rate = this.rates?.[tick] ?? 1;
    [this.sellAt, this.buyAt] = [this.bid - (widen / 2) * spread, this.ask + (widen / 2) * spread];
  }

  /** The last quote of a side, as it was and as a close would meet it: a crossed one the right way round, a spread as wide as it is made. */
  private lastSeen(tape: Tape, tick: number, side: number): [raw: number, met: number] {
    const first = Math.max(0, tick - tape.size);
    for (let i = tick; i >= first && tape.has(i, i); i--) {
      const bid = tape.bid(i), ask = tape.askAt(i), raw = side > 0 ? bid : ask;
      if (raw === raw) return [raw, ask < bid ? (side > 0 ? ask : bid) : ask > bid ? raw - side * (this.info.widen / 2) * (ask - bid) : raw];
    }
    return [NaN, NaN];
  }
}
