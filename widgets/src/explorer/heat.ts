// The map: what comes out over two ranges. It fills in while nobody moves a slider; a click or Enter goes to a cell.
import { Cleanup, make, writer } from "../view/dom.ts";
import { hatch } from "../view/hatch.ts";
import { Pen } from "../view/pen.ts";
import { clamp } from "../view/scale.ts";
import { type ExplorerColours, rampAt } from "./colours.ts";
import { FIGURES, figureText } from "./figures.ts";
import type { RangeInfo } from "./info.ts";
import type { ExplorerModel } from "./model.ts";
import { CELL, type Trials } from "./trials.ts";

const RIGHT = 12;
const TOP = 8;
const FOOT = 38;
const LEGEND = 124;
const TALLEST = 1.5; // a cell, of its width

export class HeatMap {
  readonly element = make("div", { class: "plot", tabindex: "0", role: "application", "aria-roledescription": "map" });
  private readonly canvas = make("canvas", { "aria-hidden": "true" });
  private readonly tip = make("div", { class: "tip", hidden: "" });
  private readonly spoken = make("div", { class: "sr", role: "status", "aria-live": "polite" });
  private readonly tell = writer(this.tip);
  private readonly say = writer(this.spoken);
  private readonly pen = new Pen(this.canvas);
  private left = 36;
  private wide = 1;
  private high = 1;
  /** The cell that the keyboard is at, by column and row; -1 before it was used. */
  private cursor: [x: number, y: number] = [-1, -1];

  constructor(private readonly model: ExplorerModel, cleanup: Cleanup) {
    this.element.append(this.canvas, this.tip, this.spoken);
    this.element.setAttribute("aria-label", "Map of two parameters. Arrow keys go from cell to cell, Enter sets the sliders to it.");
    cleanup.on(this.element, "pointermove", (event) => this.point(...this.cellAt(event as PointerEvent)));
    cleanup.on(this.element, "pointerleave", () => (this.tip.hidden = true));
    cleanup.on(this.element, "click", (event) => this.choose(...this.cellAt(event)));
    cleanup.on(this.element, "keydown", (event) => this.key(event));
    cleanup.on(this.element, "blur", () => this.leave());
  }

  draw(ratio: number, colours: ExplorerColours): void {
    const { pen, model } = this, { trials } = model;
    if (!trials || !trials.map.length) return;
    pen.resize(this.element.clientWidth, this.element.clientHeight, ratio);
    pen.useFamily(colours.family);
    const [x, y] = this.ranges(trials), [columns, rows] = [x.places.length, y.places.length];
    pen.font(11);
    this.left = 20 + Math.max(...y.places.map((place) => pen.textWidth(y.texts[place]!)));
    this.wide = (pen.width - this.left - RIGHT) / columns;
    this.high = Math.min((pen.height - TOP - FOOT) / rows, this.wide * TALLEST);
    pen.fill(0, 0, pen.width, pen.height, colours.surface);
    const most = spread(trials);
    for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) this.drawCell(trials, column, row, columns, most, colours);
    this.drawNames(trials, x, y, colours);
    this.drawLegend(trials, most, TOP + rows * this.high + 24, colours);
    if (model.shadow) this.drawMark(model.shadow.position, trials, colours, true);
    if (model.current) this.drawMark(model.current.position, trials, colours, false);
    if (this.cursor[0] >= 0) pen.ring(this.left + this.cursor[0] * this.wide, TOP + this.cursor[1] * this.high, this.wide, this.high, 2, colours.accent);
  }

  private ranges(trials: Trials): [RangeInfo, RangeInfo] {
    return [this.model.info!.ranges[trials.axes[0]]!, this.model.info!.ranges[trials.axes[1]]!];
  }

  private drawCell(trials: Trials, column: number, row: number, columns: number, most: number, colours: ExplorerColours): void {
    const { pen } = this, at = row * columns + column, [x, y] = [this.left + column * this.wide, TOP + row * this.high];
    const state = trials.states[at], value = trials.map[at]!, gap = pen.hair;
    if (state === CELL.refused) return hatch(pen, x, y, this.wide - gap, this.high - gap, colours.line, 5);
    if (state === CELL.unknown) return pen.fill(x + this.wide / 2 - 1, y + this.high / 2 - 1, 2, 2, colours.line2);
    pen.fill(x, y, this.wide - gap, this.high - gap, value === value ? rampAt(colours.ramp, shareOf(trials.metric, value, most)) : colours.raised);
  }

  private drawNames(trials: Trials, x: RangeInfo, y: RangeInfo, colours: ExplorerColours): void {
    const { pen, model } = this, here = model.current?.position ?? [];
    const foot = TOP + y.places.length * this.high + 14;
    let right = -Infinity;
    x.places.forEach((place, column) => {
      const own = place === here[trials.axes[0]], text = x.texts[place]!, middle = this.left + (column + 0.5) * this.wide;
      const half = pen.font(11, own ? 600 : 400).textWidth(text) / 2;
      if (middle - half < right + 4) return;
      right = middle + half;
      pen.text(text, middle, foot, own ? colours.text : colours.text3, "center");
    });
    const every = Math.ceil(13 / this.high);
    y.places.forEach((place, row) => {
      const own = place === here[trials.axes[1]];
      if (row % every === 0 || own) pen.font(11, own ? 600 : 400).text(y.texts[place]!, this.left - 8, TOP + (row + 0.5) * this.high + 4, own ? colours.text : colours.text3, "right");
    });
  }

  private drawLegend(trials: Trials, most: number, top: number, colours: ExplorerColours): void {
    const { pen } = this, { middle } = FIGURES[trials.metric]!;
    const better = this.model.info!.better[this.model.info!.metrics.indexOf(trials.metric)]!;
    const [low, high] = (better < 0 ? [most, 0] : [middle - most, middle + most]).map((value) => short(trials.metric, value)) as [string, string];
    const right = pen.width - RIGHT, left = right - pen.font(11).textWidth(high) - 6 - LEGEND;
    for (let i = 0; i < LEGEND; i++) pen.fill(left + i, top, 1.5, 6, rampAt(colours.ramp, (2 * i) / (LEGEND - 1) - 1));
    pen.text(low, left - 6, top + 7, colours.text3, "right");
    pen.text(high, right, top + 7, colours.text3, "right");
  }

  /** Where a position is: on its cell, or between cells. */
  private drawMark(position: readonly number[], trials: Trials, colours: ExplorerColours, ghost: boolean): void {
    const { pen } = this, [x, y] = this.ranges(trials), { context } = pen;
    const left = this.left + between(x.places, position[trials.axes[0]]!) * this.wide, top = TOP + between(y.places, position[trials.axes[1]]!) * this.high;
    context.strokeStyle = ghost ? colours.text2 : colours.text;
    context.lineWidth = ghost ? 1.25 : 2;
    if (ghost) context.setLineDash([3, 2]);
    context.strokeRect(pen.snap(left) + 0.5, pen.snap(top) + 0.5, pen.snap(this.wide) - 2, pen.snap(this.high) - 2);
    context.setLineDash([]);
  }

  private cellAt(event: MouseEvent): [number, number] {
    const box = this.element.getBoundingClientRect();
    return [Math.floor((event.clientX - box.left - this.left) / this.wide), Math.floor((event.clientY - box.top - TOP) / this.high)];
  }

  /** The words of a cell; empty outside the map. */
  private words(column: number, row: number): string {
    const { trials } = this.model;
    if (!trials) return "";
    const [x, y] = this.ranges(trials), at = row * x.places.length + column;
    if (column < 0 || row < 0 || column >= x.places.length || row >= y.places.length) return "";
    const state = trials.states[at], name = FIGURES[trials.metric]!.label.toLowerCase();
    const value = state === CELL.known ? `${name} ${figureText(trials.metric, trials.map[at]!)}` : state === CELL.refused ? "refused by the strategy" : "not tried yet";
    return `${x.label} ${x.texts[x.places[column]!]}, ${y.label} ${y.texts[y.places[row]!]}: ${value}`;
  }

  private point(column: number, row: number): void {
    const text = this.words(column, row);
    this.tip.hidden = !text;
    if (!text) return;
    this.tell(text);
    const [width, x] = [this.tip.offsetWidth, this.left + (column + 0.5) * this.wide];
    this.tip.style.left = `${clamp(x - width / 2, 4, this.element.clientWidth - width - 4)}px`;
    this.tip.style.top = `${row > 1 ? TOP + row * this.high - 30 : TOP + (row + 1) * this.high + 6}px`;
  }

  private choose(column: number, row: number): void {
    const { model } = this, { trials } = model;
    if (!trials || !this.words(column, row)) return;
    const [x, y] = this.ranges(trials);
    model.go(model.position.with(trials.axes[0], x.places[column]!).with(trials.axes[1], y.places[row]!));
  }

  private key(event: KeyboardEvent): void {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const { trials } = this.model;
    if (!trials || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" || event.key === " ") this.choose(...this.cursor);
    else if (step) this.walk(step[0]!, step[1]!, trials);
    else return;
    event.preventDefault();
  }

  private walk(x: number, y: number, trials: Trials): void {
    const [columns, rows] = this.ranges(trials), here = this.model.position;
    const [column, row] = this.cursor[0] >= 0 ? this.cursor : [Math.round(between(columns.places, here[trials.axes[0]]!)), Math.round(between(rows.places, here[trials.axes[1]]!))];
    this.cursor = [clamp(column + x, 0, columns.places.length - 1), clamp(row + y, 0, rows.places.length - 1)];
    this.point(...this.cursor);
    this.say(this.words(...this.cursor));
    this.model.redraw();
  }

  private leave(): void {
    this.cursor = [-1, -1];
    this.tip.hidden = true;
    this.model.redraw();
  }
}

/** How far the values lie from the middle of their scale at most. */
function spread(trials: Trials): number {
  const { middle } = FIGURES[trials.metric]!;
  let most = 0;
  for (const value of trials.map) if (Number.isFinite(value)) most = Math.max(most, Math.abs(value - middle));
  return most || 1;
}

function shareOf(metric: string, value: number, most: number): number {
  if (metric === "max_drawdown") return 1 - (2 * value) / most;
  return Number.isFinite(value) ? (value - FIGURES[metric]!.middle) / most : Math.sign(value);
}

function short(metric: string, value: number): string {
  const text = figureText(metric, value);
  return Math.abs(value) >= 100 ? text.replace(/\.\d+/, "") : text;
}

/** The place of a value among ascending ones, between two of them as a fraction. */
export function between(places: readonly number[], place: number): number {
  let at = 0;
  while (at < places.length - 1 && places[at + 1]! <= place) at++;
  const next = places[at + 1];
  return clamp(next === undefined ? at : at + (place - places[at]!) / (next - places[at]!), 0, places.length - 1);
}
