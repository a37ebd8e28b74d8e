// What is held, and money in pips, as lists and blocks say it.
import type { Facts, Position } from "./facts.ts";
import { size as sizeText } from "./words.ts";

/** "Long 1,000", or both sides: "Long 6 · short 3" */
export function holdingText({ both, long, short, side, size }: Position): string {
  return both ? `Long ${sizeText(long)} · short ${sizeText(short)}` : `${side > 0 ? "Long" : "Short"} ${sizeText(size)}`;
}

/** Money of a trade in pips of its size. */
export function toPips({ trades, info }: Facts, trade: number, money: number): number {
  return money / (trades.size[trade]! * info.contract * info.pip * trades.rate[trade]!);
}
