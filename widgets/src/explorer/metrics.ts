// The strip of figures: each with what it was for the ghost, and the difference in the colour of what it means.
import { dress, make, writer } from "../view/dom.ts";
import { FIGURES, changeOf, figureText } from "./figures.ts";
import type { ExplorerModel } from "./model.ts";

const SHOWN = ["net", "total_return", "max_drawdown", "profit_factor", "win_rate", "expectancy", "trades", "average_duration_minutes"];

interface Cell {
  name: string;
  value: (text: string) => void;
  change: (text: string) => void;
  was: (text: string) => void;
  colour: HTMLElement;
}

export class MetricStrip {
  readonly element = make("dl", { class: "met", "aria-label": "Figures" });
  private readonly cells: Cell[];

  constructor() {
    this.cells = SHOWN.map((name) => {
      const [value, colour, was] = [make("dd", { class: "v" }), make("span"), make("span")];
      this.element.append(make("div", { "data-btlab-figure": name }, make("dt", {}, FIGURES[name]!.label), value, make("dd", { class: "d" }, colour, was)));
      return { name, value: writer(value), change: writer(colour), was: writer(was), colour };
    });
  }

  update(model: ExplorerModel): void {
    const { current, shadow: ghost, info } = model;
    if (!current) return;
    for (const { name, value, change, was, colour } of this.cells) {
      const at = info!.metrics.indexOf(name), now = current.figures[at]!, before = ghost ? ghost.figures[at]! : NaN;
      const { text, gain } = changeOf(name, now, before, info!.better[at]!);
      value(figureText(name, now));
      change(text);
      was(ghost ? `was ${figureText(name, before)}` : "");
      dress(colour, gain > 0 ? "up" : gain < 0 ? "down" : "t2");
    }
  }
}
