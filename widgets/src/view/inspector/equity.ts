// Equity, cash and drawdown at the head, with the curve up to it.
import { make } from "../dom.ts";
import { DASH, Pen } from "../pen.ts";
import { fixed } from "../format.ts";
import type { Facts } from "../facts.ts";
import type { Colours } from "../theme.ts";
import { Block, Rows } from "./block.ts";

const EVERY = 100;

export class EquityBlock extends Block {
  private readonly rows = new Rows();
  private readonly pen: Pen;
  private drawn = "";
  private drawnAt = 0;

  constructor() {
    super("eq", "Equity");
    const canvas = make("canvas", { "aria-hidden": "true" });
    this.pen = new Pen(canvas);
    this.element.append(make("div", { class: "eqg" }, this.rows.element, canvas));
    ["Equity", "Cash", "Drawdown"].forEach((name, index) => {
      this.rows.row(index).name(name);
      this.rows.row(index).colour("none");
    });
  }

  update(facts: Facts): void {
    const values = [fixed(facts.source.equity), fixed(facts.source.cash), `${(facts.source.drawdown * 100).toFixed(2)} %`];
    values.forEach((value, index) => this.rows.row(index).value(value));
    this.note(`started with ${fixed(facts.info.cash)}`);
  }

  resize(ratio: number): void {
    const { clientWidth, clientHeight } = this.pen.canvas;
    this.pen.resize(clientWidth, clientHeight, ratio);
    this.drawn = "";
  }

  /** Draws the curve again when the head moved, at most ten times a second while playing. */
  draw(facts: Facts, colours: Colours, theme: number): void {
    const now = performance.now();
    const key = `${theme},${facts.tick}`;
    if (key === this.drawn || this.pen.width < 2 || (facts.playing && now - this.drawnAt < EVERY)) return;
    this.drawn = key;
    this.drawnAt = now;
    const curve = facts.curve(Math.round(this.pen.width));
    this.pen.clear();
    this.path(facts.source.equity, facts.info.cash, curve, colours);
  }

  private path(equity: number, start: number, curve: { values: Float64Array; count: number }, colours: Colours): void {
    const { pen } = this;
    let low = Math.min(start, equity);
    let high = Math.max(start, equity);
    for (let i = 0; i < curve.count; i++) {
      low = Math.min(low, curve.values[i]!);
      high = Math.max(high, curve.values[i]!);
    }
    const y = (value: number): number => (high > low ? 4 + ((high - value) / (high - low)) * (pen.height - 8) : pen.height / 2);
    const step = (pen.width - 5) / Math.max(1, curve.count);
    pen.dashAcross(0, pen.width, y(start), colours.line2, DASH.cross);
    const { context } = pen;
    context.strokeStyle = colours.text2;
    context.lineWidth = 1.1;
    context.lineJoin = "round";
    context.beginPath();
    context.moveTo(0, y(curve.count ? curve.values[0]! : start));
    for (let i = 1; i < curve.count; i++) context.lineTo(i * step, y(curve.values[i]!));
    context.lineTo(pen.width - 5, y(equity));
    context.stroke();
    pen.dot(pen.width - 5, y(equity), 2.4, colours.accent);
  }
}
