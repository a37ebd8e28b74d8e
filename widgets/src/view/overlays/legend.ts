// The names of overlays with their values at a bar; a click opens the parameters.
import { make, writer } from "../dom.ts";
import type { Layer } from "../needs.ts";
import { cssOf } from "./shapes.ts";
import { titleOf } from "./title.ts";
import { valueText } from "./values.ts";

interface Entry {
  layer: Layer;
  title: (text: string) => void;
  values: { column: number; write: (text: string) => void }[];
}

export class LegendRow {
  readonly element: HTMLElement;
  private readonly entries: Entry[] = [];
  private readonly left = make("span", { class: "t3", title: "Panes that have no room here; the enlarged panel has more" });
  private readonly leaveOut = writer(this.left);
  private top = NaN;

  constructor(kind: string) {
    this.element = make("div", { class: kind });
  }

  /** Says how many panes below this one have no room. */
  leave(count: number): void {
    this.leaveOut(count ? `+${count}` : "");
  }

  show(layers: readonly Layer[], edit: (layer: Layer, at: HTMLElement) => void): void {
    for (const layer of layers) {
      const name = make("span"), { shapes } = layer.about, button = make("button", { type: "button", class: "ov" });
      const swatch = make("i");
      swatch.style.background = cssOf(shapes[0]?.colour ?? "");
      button.append(swatch, name);
      const values = shapes.flatMap((shape, i) => {
        if (shape.kind !== "line" && shape.kind !== "step" && shape.kind !== "histogram") return [];
        const value = make("span");
        if (shape.colour) value.style.color = cssOf(shape.colour);
        button.append(value);
        return [{ column: layer.columnOf(i), write: writer(value) }];
      });
      button.addEventListener("click", () => edit(layer, button));
      this.element.append(button);
      this.entries.push({ layer, title: writer(name), values });
    }
    this.element.append(this.left);
  }

  /** Puts it at a height of its panel; below zero it is hidden. */
  place(top: number): void {
    if (top === this.top) return;
    this.top = top;
    this.element.hidden = top < 0;
    this.element.style.top = `${top + 2}px`;
  }

  /** `digits` are those of prices, NaN where the values are none. */
  write(bar: number, digits: number): void {
    for (const { layer, title, values } of this.entries) {
      title(titleOf(layer.about));
      for (const { column, write } of values) write(bar < 0 ? "" : valueText(layer.value(column, bar), digits));
    }
  }
}
