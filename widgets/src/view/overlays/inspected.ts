// The values of indicators and other overlays on closed bars: at the head, and at the cursor where there is one. Where the head
// rests, the kernel says what they are with the running bars counted in.
import type { Facts } from "../facts.ts";
import { clock, dayMonth, wear } from "../format.ts";
import type { Layer, Overlays } from "../needs.ts";
import type { Block, Rows } from "../inspector/block.ts";
import type { OverlaysBlock, Running } from "./part.ts";
import { cssOf } from "./shapes.ts";
import { MOST_TOLD, toldOf } from "./title.ts";
import { valueText } from "./values.ts";

const REST_MS = 300;
const SLOW_S = 2;

export class InspectorValues implements OverlaysBlock {
  private readonly lines: { layer: Layer; shape: number; column: number }[] = [];

  private running: Running["values"] | null = null;
  private asked = "";
  private answers = 0;
  private slow = false;
  private timer = 0;

  constructor(private readonly overlays: Overlays, private readonly block: Block, private readonly rows: Rows, private readonly ask: (tick: number) => Promise<Running>) {
    for (const layer of overlays.layers)
      layer.about.shapes.forEach((each, shape) => {
        for (let k = 0; k < toldOf(each); k++) this.lines.push({ layer, shape, column: layer.columnOf(shape) + k });
      });
    block.element.append(rows.element);
    block.element.hidden = !this.lines.length;
    this.lines.splice(MOST_TOLD);
  }

  close(): void {
    clearTimeout(this.timer);
  }

  update(facts: Facts): void {
    if (this.lines.length) this.wonder(facts);
    this.show(facts);
  }

  /** Asks for the values at the head as soon as it rests; what it said of another place is forgotten. */
  private wonder(facts: Facts): void {
    const { tick, playing } = facts, key = [tick, playing, this.overlays.version].join();
    if (key === this.asked) return;
    this.asked = key;
    this.running = null;
    clearTimeout(this.timer);
    if (playing || !facts.info.kernel || this.slow) return;
    this.timer = window.setTimeout(() => {
      this.ask(tick).then(({ values, seconds }) => {
        this.slow = seconds > SLOW_S && this.answers++ > 0; // the first of all may have to be compiled
        if (key !== this.asked) return;
        this.running = values;
        wear(facts.veil);
        this.show(facts);
      }, () => {});
    }, REST_MS);
  }

  private show(facts: Facts): void {
    const { cross } = facts, { running } = this;
    this.block.note(cross ? `${dayMonth(cross.time)} ${clock(cross.time)} · head` : running ? "closed · running" : "closed bars");
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
      text.second(cross ? read(head) : running ? valueText(running[layer.number]?.[column] ?? NaN, digits) : "");
    });
    this.rows.keep(this.lines.length);
  }
}
