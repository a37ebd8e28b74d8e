// The open position: what, how much it has won, and a rail from its stop to its target with the price on it.
import { make, writer } from "../dom.ts";
import { price as priceText, signed } from "../format.ts";
import { Pen } from "../pen.ts";
import { clamp } from "../scale.ts";
import type { Facts, Position } from "../facts.ts";
import { holdingText } from "../holding.ts";
import type { Colours } from "../theme.ts";
import { Block } from "./block.ts";
import { duration, size } from "../words.ts";

const RAIL = 15;

export class PositionBlock extends Block {
  private readonly pen: Pen;
  private readonly flat = make("div", { class: "line" }, "Flat.");
  private readonly body: HTMLElement;
  private readonly result = make("span", { class: "run" });
  private readonly ticks = make("dd");
  private readonly writers: Record<"what" | "result" | "ticks", (text: string) => void>;
  private drawn = "";
  private kind = "";

  constructor() {
    super("pos", "Position");
    const canvas = make("canvas", { "aria-hidden": "true" });
    const what = make("span", { class: "what" });
    this.pen = new Pen(canvas);
    this.body = make("div", { hidden: "" }, make("div", { class: "top" }, what, this.result), canvas, make("dl", { class: "kv" }, make("dt", {}, "Running"), this.ticks));
    this.writers = { what: writer(what), result: writer(this.result), ticks: writer(this.ticks) };
    this.element.append(this.flat, this.body);
  }

  update(facts: Facts): void {
    const { position } = facts;
    if (this.body.hidden === (position !== null)) {
      this.flat.hidden = position !== null;
      this.body.hidden = position === null;
    }
    this.note(position ? `${position.name} · ${duration(facts.time - position.since)}` : "");
    if (!position) return;
    const kind = position.profit > 0 ? "up" : position.profit < 0 ? "down" : "t2";
    if (kind !== this.kind) {
      this.kind = kind;
      this.result.className = "run " + kind;
      this.ticks.className = kind;
    }
    this.writers.what(position.both ? netOf(position) : holdingText(position));
    this.writers.result(`${signed(position.profit)} ${facts.info.currency}`);
    const risk = Math.abs(position.entry - position.stop);
    const ratio = risk > 0 ? ` · ${signed((position.pips * facts.info.pip) / risk)} R` : "";
    this.writers.ticks(position.both ? "both sides" : `${signed(position.pips, 1)} pips${ratio}`);
  }

  resize(ratio: number): void {
    const hidden = this.body.hidden;
    this.body.hidden = false;
    const { clientWidth, clientHeight } = this.pen.canvas;
    this.body.hidden = hidden;
    this.pen.resize(clientWidth, clientHeight, ratio);
    this.drawn = "";
  }

  draw(facts: Facts, colours: Colours, theme: number): void {
    const { position } = facts;
    if (!position) return;
    const key = [theme, position.both, position.exit, position.entry, position.stop, position.trail, position.target].join();
    if (key === this.drawn) return;
    this.drawn = key;
    this.pen.useFamily(colours.family);
    this.pen.clear();
    if (position.both) this.pen.font(11).text(holdingText(position), 0, RAIL + 4, colours.text2);
    else this.rail(position, facts, colours);
  }

  private rail(position: Position, facts: Facts, colours: Colours): void {
    const { pen } = this;
    const { target, entry, exit, side } = position;
    const [stop, name] = guardOf(position);
    const far = [stop, target, entry, exit].filter(Number.isFinite);
    const locked = (stop - entry) * side > 0;
    const worst = locked ? entry : Number.isFinite(stop) ? stop : side > 0 ? Math.min(...far) : Math.max(...far);
    const best = Number.isFinite(target) ? target : side > 0 ? Math.max(...far) : Math.min(...far);
    const x = (price: number): number => clamp(5 + (best === worst ? 0.5 : (price - worst) / (best - worst)) * (pen.width - 10), 5, pen.width - 5);
    const colour = position.profit >= 0 ? colours.up : colours.down;
    const [from, to] = [x(entry), x(exit)];
    pen.round(0, RAIL, pen.width, 4, 2, colours.line2);
    pen.fill(Math.min(from, to), RAIL, Math.abs(to - from), 4, colour);
    pen.fill(from - 0.5, RAIL - 4, 1, 12, colours.text2);
    if (locked) pen.fill(x(stop) - 1, RAIL - 2, 2, 8, colours.down);
    pen.dot(to, RAIL + 2, 6.5, colours.surface);
    pen.dot(to, RAIL + 2, 4.5, colour);
    const { digits } = facts.info;
    pen.font(11).text(Number.isFinite(stop) ? `${name} ${priceText(stop, digits)}` : "No stop", 0, RAIL + 25, Number.isFinite(stop) ? colours.down : colours.text3);
    pen.text(Number.isFinite(target) ? `Target ${priceText(target, digits)}` : "No target", pen.width, RAIL + 25, Number.isFinite(target) ? colours.up : colours.text3, "right");
    const label = `Entry ${priceText(entry, digits)}`;
    const half = pen.textWidth(label) / 2;
    pen.text(label, clamp(from, half, pen.width - half), RAIL - 7, colours.text3, "center");
  }
}

const netOf = ({ side, size: units }: Position): string => (side ? `Net ${side > 0 ? "long" : "short"} ${size(units)}` : "Net flat");

/** The stop that would be met first, and what it is called. */
function guardOf({ stop, trail, side }: Position): [level: number, name: string] {
  const trails = Number.isFinite(trail) && !((stop - trail) * side > 0);
  return trails ? [trail, "Trailing"] : [stop, "Stop"];
}
