// Equity and drawdown of the result and of its ghost: every extreme of every column of pixels, and what lies between the two.
import { fixed, MINUS, signed } from "../view/format.ts";
import { DASH, Pen } from "../view/pen.ts";
import { type Tag, niceStep, settle } from "../view/scale.ts";
import { type Columns, timeLabels } from "../view/timeaxis.ts";
import type { ExplorerColours } from "./colours.ts";
import type { Curve, Result } from "./result.ts";
import { moment } from "../view/words.ts";

export const LEFT = 12;
const RIGHT = 10;
const TOP = 14;
const BOTTOM = 20;
const FALL = 58;
const FINEST = 0.1; // of the account's currency, between two lines
const GHOST = [3, 3];

interface Label extends Tag {
  text: string;
  own: boolean;
}

export class EquityChart {
  readonly pen: Pen;
  /** The width of the axis, as wide as its widest label. */
  private axis = 58;
  /** Digits of its labels. */
  private digits = 0;
  private low = 0;
  private high = 1;
  private most = 0;
  private floor = 0;

  constructor(readonly canvas: HTMLCanvasElement) {
    this.pen = new Pen(canvas);
  }

  resize(ratio: number, cash: number, family: string): void {
    this.pen.resize(this.canvas.clientWidth, this.canvas.clientHeight, ratio);
    this.pen.useFamily(family);
    this.axis = Math.max(58, Math.ceil(this.pen.font(11, 600).textWidth(fixed(cash * 9.99, 1))) + 14);
  }

  /** Columns of device pixels that a curve has. */
  get columns(): number {
    return Math.max(1, Math.floor((this.pen.width - this.axis - LEFT - RIGHT) * this.pen.ratio));
  }

  private get plot(): number {
    return this.pen.width - this.axis;
  }

  draw(current: Result, ghost: Result | null, cash: number, colours: ExplorerColours, at: number): void {
    const { pen } = this, one = current.curve, other = ghost && ghost.curve.count === one.count ? ghost.curve : null;
    const height = pen.height - BOTTOM;
    this.floor = height - FALL;
    this.scale(one, other, cash);
    pen.fill(0, 0, pen.width, pen.height, colours.plot);
    this.drawTimes(one, height, colours);
    const ticks = this.drawGrid(cash, colours);
    if (other) this.drawBetween(one, other, colours);
    if (other) this.trace(other, colours.text3, 1.25, GHOST);
    this.trace(one, colours.accent, 1.75);
    this.drawFalls(one, other, height, colours);
    this.drawFrame(height, colours);
    this.drawTags(one, other, ticks, colours);
    if (at >= 0) this.drawCross(Math.min(at, one.count - 1), one, height, colours);
  }

  /** The column at a place in CSS pixels; -1 outside. */
  columnAt(x: number, curve: Curve): number {
    const column = Math.round(((x - LEFT) / (this.plot - LEFT - RIGHT)) * (curve.count - 1));
    return x < this.plot && curve.count ? Math.min(curve.count - 1, Math.max(0, column)) : -1;
  }

  /** What stands at a column, in words. */
  words(column: number, current: Result, ghost: Result | null): string {
    const value = current.curve.last[column]!, before = ghost && ghost.curve.count === current.curve.count ? ghost.curve.last[column]! : NaN;
    const fall = current.curve.fall[column]!;
    return `${moment(current.curve.time[column]!).slice(0, -7)}  ${fixed(value, 2)}${Number.isFinite(before) ? `  ${signed(value - before, 2)} to the ghost` : ""}  drawdown ${fixed(100 * fall, 2)} %`;
  }

  private scale(one: Curve, other: Curve | null, cash: number): void {
    let [low, high, most] = [cash, cash, 0];
    for (const curve of other ? [one, other] : [one])
      for (let i = 0; i < curve.count; i++) {
        if (curve.low[i]! < low) low = curve.low[i]!;
        if (curve.high[i]! > high) high = curve.high[i]!;
        if (curve.fall[i]! > most) most = curve.fall[i]!;
      }
    const room = Math.max((high - low) * 0.06, cash * 1e-5);
    [this.low, this.high, this.most] = [low - room, high + room, Math.max(most, 1e-9)];
  }

  private x(curve: Curve, column: number): number {
    return LEFT + ((this.plot - LEFT - RIGHT) * column) / Math.max(1, curve.count - 1);
  }

  private y(value: number): number {
    return TOP + ((this.high - value) / (this.high - this.low)) * (this.floor - TOP - 6);
  }

  private fallY(share: number): number {
    return this.floor + 4 + (share / (this.most * 1.12)) * (FALL - 8);
  }

  private drawTimes(curve: Curve, height: number, colours: ExplorerColours): void {
    const { pen } = this, { time, count } = curve;
    pen.font(11);
    const spacing = (this.plot - LEFT - RIGHT) / Math.max(1, count - 1), bar = count > 1 ? (time[count - 1]! - time[0]!) / (count - 1) : 1;
    const columns: Columns = { first: 0, last: count - 1, spacing, width: this.plot, bar, sampled: true, time: (column) => time[column]!, x: (column) => this.x(curve, column) };
    for (const label of timeLabels(columns, (text) => pen.textWidth(text), 24)) {
      pen.down(label.x, 10, height, colours.grid);
      pen.text(label.text, label.x, height + 14, label.strong ? colours.text2 : colours.text3, "center");
    }
  }

  private drawGrid(cash: number, colours: ExplorerColours): number[] {
    const { pen } = this, step = Math.max(FINEST, niceStep(this.high - this.low, (this.floor - TOP) / 34)), ticks: number[] = [];
    this.digits = step % 1 ? 1 : 0;
    for (let n = Math.ceil(this.low / step); n * step < this.high; n++) {
      const y = this.y(n * step);
      if (y < 8 || y > this.floor - 8) continue;
      pen.across(0, this.plot, y, colours.grid);
      ticks.push(n * step);
    }
    pen.across(0, this.plot, this.y(cash), colours.line2);
    return ticks;
  }

  /** Where the result is ahead of its ghost, and where behind: a strip for each column of device pixels, the curves straight between
   *  their points. One path of all quadrilaterals took Chromium 9 ms a colour to fill without a GPU, the strips take 1. */
  private drawBetween(one: Curve, other: Curve, colours: ExplorerColours): void {
    const { context, ratio } = this.pen, wide = 1 / ratio, begin = this.x(one, 0), spacing = this.x(one, 1) - begin, end = one.count - 1;
    for (const ahead of [true, false]) {
      context.fillStyle = ahead ? colours.upWash : colours.downWash;
      for (let x = Math.ceil(begin * ratio) * wide; x < begin + end * spacing; x += wide) {
        const place = Math.min((x + wide / 2 - begin) / spacing, end), i = Math.min(Math.floor(place), end - 1), share = place - i;
        const a = one.last[i]! + share * (one.last[i + 1]! - one.last[i]!), b = other.last[i]! + share * (other.last[i + 1]! - other.last[i]!);
        if (a !== b && a > b === ahead) context.fillRect(x, this.y(Math.max(a, b)), wide, this.y(Math.min(a, b)) - this.y(Math.max(a, b)));
      }
    }
  }

  private trace(curve: Curve, colour: string, width: number, dash: number[] = []): void {
    const { context } = this.pen;
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.lineJoin = "bevel";
    context.setLineDash(dash);
    context.beginPath();
    for (let i = 0; i < curve.count; i++) {
      const x = this.x(curve, i), [first, low, high, last] = [curve.first[i]!, curve.low[i]!, curve.high[i]!, curve.last[i]!];
      context.lineTo(x, this.y(first));
      if (low < first && low < last) context.lineTo(x, this.y(low));
      if (high > first && high > last) context.lineTo(x, this.y(high));
      if (last !== first) context.lineTo(x, this.y(last));
    }
    context.stroke();
    context.setLineDash([]);
  }

  private drawFalls(one: Curve, other: Curve | null, height: number, colours: ExplorerColours): void {
    const { context } = this.pen;
    context.fillStyle = colours.downWash;
    context.beginPath();
    context.moveTo(this.x(one, 0), this.floor);
    for (let i = 0; i < one.count; i++) context.lineTo(this.x(one, i), this.fallY(one.fall[i]!));
    context.lineTo(this.x(one, one.count - 1), this.floor);
    context.fill();
    if (other) this.traceFall(other, colours.text3, 1, GHOST);
    this.traceFall(one, colours.down, 1.25);
    this.pen.font(11).text("Drawdown", LEFT, height - 6, colours.text3);
  }

  private traceFall(curve: Curve, colour: string, width: number, dash: number[] = []): void {
    const { context } = this.pen;
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.setLineDash(dash);
    context.beginPath();
    for (let i = 0; i < curve.count; i++) context.lineTo(this.x(curve, i), this.fallY(curve.fall[i]!));
    context.stroke();
    context.setLineDash([]);
  }

  private drawFrame(height: number, colours: ExplorerColours): void {
    const { pen, plot } = this;
    pen.fill(plot, 0, this.axis, pen.height, colours.plot);
    pen.down(plot, 0, height, colours.line);
    pen.across(0, pen.width, height, colours.line);
    pen.across(0, pen.width, this.floor, colours.line);
  }

  private drawTags(one: Curve, other: Curve | null, ticks: number[], colours: ExplorerColours): void {
    const { pen, plot } = this, tags: Label[] = [];
    for (const curve of other ? [one, other] : [one]) {
      const value = curve.last[curve.count - 1]!, own = curve === one, y = this.y(value);
      tags.push({ y, at: y, height: 17, priority: own ? 2 : 1, text: fixed(value, this.digits), own });
    }
    settle(tags, 1, this.floor - 1);
    pen.font(11);
    for (const value of ticks) if (tags.every((tag) => Math.abs(tag.at - this.y(value)) > 15)) pen.text(fixed(value, this.digits), plot + 7, this.y(value) + 4, colours.text3);
    for (const tag of tags.reverse()) {
      pen.dot(this.x(one, one.count - 1), tag.y, 4, colours.plot);
      pen.dot(this.x(one, one.count - 1), tag.y, 2.8, tag.own ? colours.accent : colours.text3);
      pen.round(plot + 1, tag.at - 8.5, this.axis - 2, 17, 2, tag.own ? colours.accentFill : colours.raised);
      pen.font(11, 600).text(tag.text, plot + 7, tag.at + 4, tag.own ? colours.onAccent : colours.text2);
    }
    let most = 0;
    for (let i = 0; i < one.count; i++) most = Math.max(most, one.fall[i]!);
    if (most > 0) pen.font(11).text(`${MINUS}${fixed(100 * most, most < 0.01 ? 2 : 1)} %`, plot + 7, Math.min(this.fallY(most) + 4, this.floor + FALL - 6), colours.down);
  }

  private drawCross(column: number, curve: Curve, height: number, colours: ExplorerColours): void {
    const { pen } = this, x = this.x(curve, column);
    pen.dashDown(x, 0, height, colours.text3, DASH.cross);
    pen.dot(x, this.y(curve.last[column]!), 3, colours.accent);
  }
}
