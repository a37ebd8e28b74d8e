// Jumps of the head: from trade to trade, from mark to mark, and to what a person wrote.
import type { Facts } from "./facts.ts";
import type { Model } from "./needs.ts";
import { readPlace } from "./place.ts";
import { lower, upper } from "./scale.ts";

export interface TravelHost {
  tell(text: string): void;
  selected(trade: number): void;
  redraw(): void;
}

export class Travel {
  constructor(private readonly model: Model, private readonly facts: Facts, private readonly host: TravelHost) {}

  trade(direction: number, otherEnd: boolean): void {
    const { trades } = this.facts;
    const { tick } = this.model;
    const trade = direction > 0 ? upper(trades.entryTick, tick, trades.count) : lower(trades.entryTick, tick, trades.count) - 1;
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

  mark(direction: number): void {
    const { marks, tick } = this.model;
    const mark = direction > 0 ? upper(marks.tick, tick, marks.count) : lower(marks.tick, tick, marks.count) - 1;
    if (mark < 0 || mark >= marks.count) return this.host.tell(direction > 0 ? "There is no later mark." : "There is no earlier mark.");
    this.seek(marks.tick[mark]!);
  }

  /** Where a person wrote to go; the reason where that is nowhere. */
  to(text: string): string | null {
    const { model, facts } = this;
    const entry = (id: number): number | null => {
      const trade = facts.byId(id);
      return trade < 0 ? null : facts.trades.entryTick[trade]!;
    };
    const place = readPlace(text, { time: model.time, ticks: model.ticks, start: model.start, end: model.end, zone: facts.zone, entry });
    if ("reason" in place) return place.reason;
    model.pause();
    if ("tick" in place) model.seekTick(place.tick);
    else model.seekTime(place.time);
    this.host.redraw();
    return null;
  }

  private seek(tick: number): void {
    this.model.pause();
    this.model.seekTick(tick);
    this.facts.update();
    this.host.redraw();
  }
}
