// The number of each trade beyond its entry, in the enlarged panel, of the newest first; none over another.
import type { Facts } from "../facts.ts";
import type { Series } from "../needs.ts";
import type { Pen } from "../pen.ts";
import { clamp } from "../scale.ts";
import type { Colours } from "../theme.ts";
import type { Geometry } from "./geometry.ts";

const BELOW = 17;
const ABOVE = -10;
const LINE = 12;

/** Numbers of closed trades, drawn with what rarely changes, leave room for those of open ones, drawn with what a tick changes. */
export class Numbers {
  /** x, y and half the width of each number that has its place: first those that open trades have, then the closed ones'. */
  private readonly taken: number[] = [];
  private readonly running: number[] = [];
  private closed = 0;

  drawClosed(pen: Pen, geometry: Geometry, series: Series, facts: Facts, found: readonly number[], colours: Colours): void {
    const { taken } = this;
    taken.length = 0;
    pen.font(10, 600);
    for (let i = facts.open.length - 1; i >= 0; i--) place(pen, geometry, series, facts, facts.open[i]!, taken);
    this.closed = taken.length;
    for (const trade of found) if (place(pen, geometry, series, facts, trade, taken)) write(pen, facts, trade, taken, colours);
  }

  drawOpen(pen: Pen, geometry: Geometry, series: Series, facts: Facts, colours: Colours): void {
    const { running, taken } = this;
    running.length = 0;
    for (let i = this.closed; i < taken.length; i++) running.push(taken[i]!);
    pen.font(10, 600);
    for (let i = facts.open.length - 1; i >= 0; i--)
      if (place(pen, geometry, series, facts, facts.open[i]!, running)) write(pen, facts, facts.open[i]!, running, colours);
  }
}

/** Takes the place of a trade's number where it is in view and free. */
function place(pen: Pen, geometry: Geometry, series: Series, facts: Facts, trade: number, taken: number[]): boolean {
  const { trades } = facts;
  const half = pen.textWidth(`#${trades.id[trade]}`) / 2 + 2;
  const entry = geometry.barX(series.indexAt(trades.entryTime[trade]!));
  const x = clamp(entry, half, geometry.width - half);
  if (Math.abs(entry - x) > half) return false;
  const y = geometry.y(trades.entryPrice[trade]!) + (trades.side[trade]! > 0 ? BELOW : ABOVE);
  if (y < geometry.legend + 10 || y > geometry.height - geometry.volume - 4) return false;
  for (let i = 0; i < taken.length; i += 3) if (Math.abs(taken[i]! - x) < half + taken[i + 2]! && Math.abs(taken[i + 1]! - y) < LINE) return false;
  taken.push(x, y, half);
  return true;
}

function write(pen: Pen, facts: Facts, trade: number, taken: readonly number[], colours: Colours): void {
  halo(pen, `#${facts.trades.id[trade]}`, taken[taken.length - 3]!, taken[taken.length - 2]!, colours.text2, colours.plot);
}

/** Text in the middle of `x` that stands clear of what is drawn under it. */
function halo(pen: Pen, text: string, x: number, y: number, colour: string, paper: string): void {
  const { context } = pen;
  context.strokeStyle = paper;
  context.lineWidth = 3;
  context.strokeText(text, pen.snap(x - pen.textWidth(text) / 2), pen.snap(y));
  pen.text(text, x, y, colour, "center");
}
