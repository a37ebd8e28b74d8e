// The trades of the result over the candles of the strategy's timeframe; in grey those that its ghost had and it has not.
import type { Bars } from "../model/series.ts";
import { price as priceText, dayMonth, clock, DAY } from "../view/format.ts";
import { drawTimeLabels } from "../view/panel/bottomaxis.ts";
import { drawCandles } from "../view/panel/candles.ts";
import { Geometry } from "../view/panel/geometry.ts";
import { drawArrow } from "../view/panel/marker.ts";
import { PriceAxis } from "../view/panel/priceaxis.ts";
import { Viewport } from "../view/panel/viewport.ts";
import { DASH, Pen } from "../view/pen.ts";
import { timeLabels } from "../view/timeaxis.ts";
import type { ExplorerColours } from "./colours.ts";
import type { ExplorerInfo } from "./info.ts";
import type { Lots, Result } from "./result.ts";

const SPACING = 5;
const MOST_ARROWS = 250;

export const lineColour = (number: number, colours: Pick<ExplorerColours, "ind1" | "ind2" | "ind3" | "text2">): string =>
  [colours.ind1, colours.ind2, colours.ind3, colours.text2][number]!;

export class TradeChart {
  readonly pen: Pen;
  readonly geometry = new Geometry();
  readonly viewport = new Viewport();
  private readonly axis = new PriceAxis();
  private readonly bar: number;
  private fitted = false;
  /** The trades that are gone: recalculated when the two results are others. */
  private gone: number[] = [];
  private goneOf: [Lots, Lots] | null = null;

  constructor(readonly canvas: HTMLCanvasElement, readonly bars: Bars, private readonly info: ExplorerInfo) {
    this.pen = new Pen(canvas);
    this.bar = bars.total ? (bars.end(0) - bars.start(0)) : 1;
  }

  resize(ratio: number, family: string): void {
    const { pen, geometry } = this, [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    pen.resize(width, height, ratio);
    pen.useFamily(family);
    const sample = priceText(this.bars.close(this.bars.total - 1), this.info.digits);
    geometry.resize(width, height, ratio, pen.font(11, 600).textWidth(sample));
    [geometry.top, geometry.bottom, geometry.volume] = [18, 14, 0];
    if (!this.fitted && width > 0) this.fit();
  }

  fit(): void {
    this.fitted = true;
    this.viewport.fit(SPACING * this.pen.ratio);
  }

  /** The first and the last bar in view. */
  get inView(): [first: number, last: number] {
    const { geometry, bars } = this;
    return [geometry.first << geometry.level, Math.min(bars.count, (geometry.last + 1) << geometry.level) - 1];
  }

  /** What is in view, in words. */
  get range(): string {
    const { geometry, bars } = this;
    if (geometry.last < geometry.first) return "";
    const text = (time: number): string => (this.bar >= DAY ? dayMonth(time) : `${dayMonth(time)} ${clock(time)}`);
    return `${text(bars.start(geometry.first << geometry.level))} to ${text(bars.end(Math.min(bars.count, (geometry.last + 1) << geometry.level) - 1))}`;
  }

  draw({ lots, lines }: Result, before: Lots | null, colours: ExplorerColours): void {
    const { pen, geometry, bars } = this;
    if (!bars.count || !pen.width) return pen.fill(0, 0, pen.width, pen.height, colours.plot);
    geometry.horizontal(this.viewport, bars.count);
    this.scale();
    const { first, last, level, width, height } = geometry;
    pen.fill(0, 0, pen.width, pen.height, colours.plot);
    pen.font(11);
    const labels = timeLabels(
      { first, last, spacing: geometry.spacing, width, bar: this.bar * 2 ** level, time: (column) => bars.start(column << level), x: (column) => geometry.x(column) },
      (text) => pen.textWidth(text),
    );
    for (const label of labels) pen.down(label.x, 0, height, colours.grid);
    this.axis.drawTicks(pen, geometry, this.info.digits, colours);
    pen.clipped(0, 0, width, height, () => {
      drawCandles(pen, geometry, bars, first, last, false, colours);
      lines.forEach((line, i) => this.drawLine(line, lineColour(i, colours)));
      if (before) for (const lot of this.goneFrom(lots, before)) this.drawLot(before, lot, colours.text3, colours, true);
      this.drawLots(lots, colours);
    });
    pen.down(width, 0, height, colours.line);
    pen.across(0, pen.width, height, colours.line);
    drawTimeLabels(pen, geometry, labels, colours);
  }

  private drawLine({ from, values }: Result["lines"][number], colour: string): void {
    const { geometry, pen } = this, { context } = pen, { first, last, level } = geometry;
    context.strokeStyle = colour;
    context.lineWidth = 1.5;
    context.lineJoin = "round";
    context.beginPath();
    let drawn = false;
    for (let column = first; column <= last; column++) {
      const value = values[Math.min(((column + 1) << level) - 1, this.bars.count - 1) - from] ?? NaN;
      if (value !== value) drawn = false;
      else if (drawn) context.lineTo(geometry.x(column), geometry.y(value));
      else context.moveTo(geometry.x(column), geometry.y(value));
      drawn = value === value;
    }
    context.stroke();
  }

  private scale(): void {
    const { geometry, viewport, bars } = this, { first, last, level } = geometry;
    let [low, high] = [Infinity, -Infinity];
    for (let column = first; column <= last; column++) {
      low = Math.min(low, bars.lowOf(level, column));
      high = Math.max(high, bars.highOf(level, column));
    }
    geometry.vertical(low, high, viewport.stretch, viewport.shift, this.info.tickSize * 4);
  }

  private seen(): [from: number, to: number] {
    const { geometry, bars } = this;
    return [bars.start(geometry.first << geometry.level), bars.end(Math.min(bars.count, (geometry.last + 1) << geometry.level) - 1)];
  }

  private drawLots(lots: Lots, colours: ExplorerColours): void {
    const [from, to] = this.seen();
    let drawn = 0;
    for (let lot = lots.count - 1; lot >= 0 && drawn < MOST_ARROWS; lot--) {
      if (lots.entryTime[lot]! > to || lots.exitTime[lot]! < from) continue;
      drawn++;
      const profit = lots.profit[lot]!;
      this.drawLot(lots, lot, profit !== profit ? colours.accent : profit > 0 ? colours.up : colours.down, colours, false);
    }
  }

  private drawLot(lots: Lots, lot: number, colour: string, colours: ExplorerColours, gone: boolean): void {
    const { pen, geometry, bars } = this, open = !(lots.exitTime[lot]! === lots.exitTime[lot]!), long = lots.side[lot]! > 0;
    const x0 = geometry.barX(bars.indexAt(lots.entryTime[lot]!)), y0 = geometry.y(lots.entryPrice[lot]!);
    const x1 = geometry.barX(open ? bars.count - 1 : bars.indexAt(lots.exitTime[lot]!)), y1 = geometry.y(open ? bars.close(bars.count - 1) : lots.exitPrice[lot]!);
    pen.line(x0, y0, x1, y1, colour, 1.25, open || gone ? DASH.cross : undefined);
    drawArrow(pen, x0, y0, long, colour, !gone, colours.plot, 1);
    if (!open) drawArrow(pen, x1, y1, !long, colour, false, colours.plot, 1);
  }

  /** Which lots of `before`, of those in view, `lots` has not. */
  private goneFrom(lots: Lots, before: Lots): number[] {
    if (this.goneOf?.[0] !== lots || this.goneOf[1] !== before) {
      const key = (of: Lots, i: number): string => `${of.side[i]} ${of.entryTime[i]} ${of.exitTime[i]}`, has = new Set<string>();
      for (let i = 0; i < lots.count; i++) has.add(key(lots, i));
      this.gone = [];
      for (let i = 0; i < before.count; i++) if (!has.has(key(before, i))) this.gone.push(i);
      this.goneOf = [lots, before];
    }
    const [from, to] = this.seen();
    return this.gone.filter((i) => before.entryTime[i]! <= to && !(before.exitTime[i]! < from)).slice(-MOST_ARROWS);
  }
}
