// The values of indicators and other overlays on closed bars: at the head, and at the cursor where there is one.
import type { Facts } from "../facts.ts";
import { clock, dayMonth } from "../format.ts";
import type { Layer } from "../needs.ts";
import { cssOf } from "../overlays/shapes.ts";
import { valueText } from "../overlays/values.ts";
import { Block, Rows } from "./block.ts";

const MOST = 14;

export class OverlaysBlock extends Block {
  private readonly rows = new Rows();
  private readonly lines: { layer: Layer; shape: number; column: number }[] = [];

  constructor(facts: Facts) {
    super("ovl", "Indicators");
    for (const layer of facts.source.overlays.layers)
      layer.about.shapes.forEach(({ kind, columns }, shape) => {
        if (kind !== "shade" && kind !== "profile" && kind !== "dots") for (let k = 0; k < columns; k++) this.lines.push({ layer, shape, column: layer.columnOf(shape) + k });
      });
    this.element.append(this.rows.element);
    this.element.hidden = !this.lines.length;
    this.lines.splice(MOST);
  }

  update(facts: Facts): void {
    const { cross } = facts;
    this.note(cross ? `${dayMonth(cross.time)} ${clock(cross.time)} · head` : "closed bars");
    this.lines.forEach((line, i) => {
      const { layer, shape, column } = line, { title, shapes, warm, row, pane, timeframe } = layer.about, series = facts.series[row]!, text = this.rows.row(i);
      const digits = pane === "price" ? facts.info.digits : NaN, head = series.completed - 1;
      const read = (bar: number): string => (bar < 0 ? "" : bar < warm ? `bar ${bar + 1} of ${warm + 1}` : valueText(layer.value(column, bar), digits));
      const { name, kind, colour } = shapes[shape] ?? { name: "", kind: "line", colour: "" };
      if (head >= 0) layer.need(head, head + 1);
      text.paint(cssOf(colour));
      const part = kind === "band" ? (column === layer.columnOf(shape) ? "upper" : "lower") : name, begins = !i || this.lines[i - 1]!.layer !== layer;
      text.name(begins && !part ? title : begins ? `${title} ${part}` : part);
      text.detail(begins ? timeframe : "");
      text.value(read(cross ? Math.min(head, series.indexAt(cross.time)) : head));
      text.second(cross ? read(head) : "");
    });
    this.rows.keep(this.lines.length);
  }
}
