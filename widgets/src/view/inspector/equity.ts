// Equity, cash and drawdown at the head, with the curve up to it.
import { make } from "../dom.ts";
import { DASH, Pen } from "../pen.ts";
import { fixed } from "../format.ts";
import type { Equity, Ledger } from "../../model/ledger.ts";
import { upperBound } from "../../model/search.ts";
import type { Facts } from "../facts.ts";
import type { Colours } from "../theme.ts";
import { Block, Rows } from "./block.ts";

const EVERY = 100;
/** The last of an account's values that is known at a tick. */
const valueAt = (rows: Equity, tick: number): number => rows.equity[Math.max(0, upperBound(rows.known, tick) - 1)]!;

export class EquityBlock extends Block {
  private readonly rows = new Rows();
  private readonly pen: Pen;
  private drawn = "";
  private drawnAt = 0;

  constructor(private readonly ledger: Ledger) {
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
    const { equity, cash, drawdown } = this.ledger.worth();
    const values = [fixed(equity), facts.blind ? "hidden" : fixed(cash), `${(drawdown * 100).toFixed(2)} %`];
    values.forEach((value, index) => this.rows.row(index).value(value));
    const { fork } = facts.source, seen = fork && fork.tick <= facts.tick, row = this.rows.row(3);
    this.rows.keep(seen ? 4 : 3);
    if (seen) {
      row.name("Fork");
      row.colour("mk");
      row.value(fixed(valueAt(fork, facts.tick)));
    }
    this.note(seen ? `fork: ${fork.name}` : `started with ${fixed(facts.info.cash)}`);
  }

  resize(ratio: number): void {
    const { clientWidth, clientHeight } = this.pen.canvas;
    this.pen.resize(clientWidth, clientHeight, ratio);
    this.drawn = "";
  }

  /** Draws the curve again when the head moved, at most ten times a second while playing. */
  draw(facts: Facts, colours: Colours, theme: number): void {
    const now = performance.now();
    const { fork } = facts.source;
    const key = `${theme},${facts.tick},${fork?.tick},${fork?.name}`;
    if (key === this.drawn || this.pen.width < 2 || (facts.playing && now - this.drawnAt < EVERY)) return;
    this.drawn = key;
    this.drawnAt = now;
    const curve = this.ledger.curve(Math.round(this.pen.width));
    this.pen.clear();
    this.path(this.ledger.worth().equity, facts.info.cash, curve, colours, fork && fork.tick <= facts.tick ? valueAt(fork, facts.tick) : NaN);
  }

  private path(equity: number, start: number, curve: { values: Float64Array; count: number }, colours: Colours, fork: number): void {
    const { pen } = this;
    let low = Math.min(start, equity);
    let high = Math.max(start, equity);
    for (let i = 0; i < curve.count; i++) {
      low = Math.min(low, curve.values[i]!);
      high = Math.max(high, curve.values[i]!);
    }
    if (Number.isFinite(fork)) [low, high] = [Math.min(low, fork), Math.max(high, fork)];
    const y = (value: number): number => (high > low ? 4 + ((high - value) / (high - low)) * (pen.height - 8) : pen.height / 2);
    const step = (pen.width - 5) / Math.max(1, curve.count);
    pen.dashAcross(0, pen.width, y(start), colours.line2, DASH.cross);
    const { context } = pen;
    context.strokeStyle = colours.text2;
    context.lineWidth = 1.1;
    context.beginPath();
    context.moveTo(0, y(curve.count ? curve.values[0]! : start));
    for (let i = 1; i < curve.count; i++) context.lineTo(i * step, y(curve.values[i]!));
    context.lineTo(pen.width - 5, y(equity));
    context.stroke();
    if (Number.isFinite(fork)) pen.dot(pen.width - 5, y(fork), 2.4, colours.ind2);
    pen.dot(pen.width - 5, y(equity), 2.4, colours.accent);
  }
}
