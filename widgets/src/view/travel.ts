// Jumps of the head: from trade to trade, from mark to mark, and by chance.
import type { Ledger } from "../model/ledger.ts";
import type { Facts } from "./facts.ts";
import type { Model } from "./needs.ts";
import { upperBound } from "../model/search.ts";

export interface TravelHost {
  tell(text: string): void;
  selected(trade: number): void;
  redraw(): void;
}

export class Travel {
  constructor(private readonly model: Model, private readonly facts: Facts, private readonly ledger: Ledger, private readonly host: TravelHost) {}

  trade(direction: number, otherEnd: boolean): void {
    const { trades } = this.facts;
    const { tick } = this.model;
    const trade = direction > 0 ? upperBound(trades.entryTick, tick) : upperBound(trades.entryTick, tick - 1) - 1;
    if (otherEnd) return this.otherEnd(trade, direction);
    if (trade < 0 || trade >= trades.count) return this.host.tell(direction > 0 ? "There is no later trade." : "There is no earlier trade.");
    this.seek(trades.entryTick[trade]!);
    this.host.selected(trade);
  }

  /** To the exit of the trade at the head or next to it; to its entry when that is where the head came from. */
  private otherEnd(trade: number, direction: number): void {
    const { trades, selected } = this.facts;
    const chosen = selected >= 0 && trades.entryTick[selected]! <= this.model.tick ? selected : trade;
    if (chosen < 0 || chosen >= trades.count) return this.host.tell("There is no trade here.");
    const exit = trades.exitTick[chosen]!;
    const target = direction > 0 ? exit : this.model.tick > trades.entryTick[chosen]! ? trades.entryTick[chosen]! : exit;
    if (!Number.isFinite(target)) return this.host.tell("This trade is still open at the end.");
    this.seek(target);
    this.host.selected(chosen);
  }

  /** To the next or previous mark, decision or bookmark. */
  mark(direction: number): void {
    const { decisions } = this.ledger, { tick } = this.model;
    const next = (ticks: ArrayLike<number>): number => ticks[direction > 0 ? upperBound(ticks, tick) : upperBound(ticks, tick - 1) - 1] ?? NaN;
    const found = [next(decisions), next(this.facts.bookmarks)].filter(Number.isFinite);
    if (!found.length) return this.host.tell(`There is no ${direction > 0 ? "later" : "earlier"} mark or decision.`);
    this.seek(direction > 0 ? Math.min(...found) : Math.max(...found));
  }

  /** To the trade that lost most, or won least. */
  worst(): void {
    const { trades } = this.facts;
    let worst = -1;
    for (let trade = 0; trade < trades.count; trade++)
      if (Number.isFinite(trades.exitTick[trade]!) && (worst < 0 || trades.profit[trade]! < trades.profit[worst]!)) worst = trade;
    if (worst < 0) return this.host.tell("No trade was closed.");
    this.seek(trades.entryTick[worst]!);
    this.host.selected(worst);
  }

  /** To a place by chance, with something before it and something to come; returns the next seed. `places.py` is the twin. */
  random(seed: number): number {
    const next = (seed * 16807) % 2147483647;
    this.seek(Math.floor((0.05 + (0.9 - 0.05) * (next / 2147483647)) * this.model.ticks));
    return next;
  }

  private seek(tick: number): void {
    this.model.pause();
    this.model.seekTick(tick);
    this.facts.update();
    this.host.redraw();
  }
}
