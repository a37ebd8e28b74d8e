// Overlays: what each is, and its values in blocks of bars, asked for when a panel is about to draw them. `layers.py` is the other side.
import { type Bytes, type Header, unpack } from "../frames.ts";
import { Extremes } from "./extremes.ts";

const BITS = 16;
const BLOCK = 1 << BITS; // bars
const KEPT = 8; // blocks of a layer: half a megabyte a column
const AT_ONCE = 32;
const COARSE = 6; // lowest and highest value of each 64 bars: block -1, where there are several blocks

export interface Shape {
  kind: "line" | "step" | "band" | "histogram" | "dots" | "shade" | "profile";
  name: string;
  colour: string;
  size: number;
  mark: string;
  dashed: boolean;
  columns: number;
}

export interface Parameter {
  name: string;
  value: number;
  low: number | null;
  high: number | null;
  whole: boolean;
  about: string;
  choices: string[];
}

interface About {
  row: number;
  /** Of the bars it is made of; a panel shows those of longer bars in steps. */
  timeframe: string;
  pane: string;
  title: string;
  version: number;
  /** Bars before the first that has all its values. */
  warm: number;
  bars: number;
  levels: number[];
  shapes: Shape[];
  parameters: Parameter[];
}

interface Block {
  version: number;
  columns: Float64Array[];
  extremes: Extremes[];
  used: number;
}

/** An overlay in one panel. What is read of it is never of a bar that has not closed at the head: the view asks for no other. */
export class Layer {
  about: About;
  /** Why the parameters could not be changed. */
  error = "";
  low = Infinity;
  high = -Infinity;
  private readonly blocks = new Map<number, Block>();
  private readonly asked = new Set<number>();

  constructor(readonly number: number, about: About, private readonly owner: Overlays) {
    this.about = about;
  }

  /** Place of a shape's first column among all. */
  columnOf(shape: number): number {
    let column = 0;
    for (let i = 0; i < shape; i++) column += this.about.shapes[i]!.columns;
    return column;
  }

  value(column: number, bar: number): number {
    return this.blocks.get(bar >> BITS)?.columns[column]?.[bar & (BLOCK - 1)] ?? NaN;
  }

  /** Takes lowest and highest value of bars from <= i < to into `low` and `high`: Infinity and -Infinity where there is none. */
  range(column: number, from: number, to: number): void {
    this.low = Infinity;
    this.high = -Infinity;
    const coarse = this.blocks.get(-1), whole = to >> COARSE;
    if (coarse && from % 64 === 0 && whole > from >> COARSE) {
      const [low, high] = [coarse.columns[2 * column]!, coarse.columns[2 * column + 1]!];
      [this.low, this.high] = (coarse.extremes[column] ??= new Extremes(high, low, low.length)).range(from >> COARSE, whole);
      from = whole << COARSE;
    }
    for (let bar = from; bar < to; ) {
      const number = bar >> BITS, first = number << BITS, end = Math.min(to, first + BLOCK), block = this.blocks.get(number);
      if (block?.columns[column]) {
        const [low, high] = (block.extremes[column] ??= new Extremes(block.columns[column]!, block.columns[column]!, block.columns[column]!.length)).range(bar - first, end - first);
        if (low < this.low) this.low = low;
        if (high > this.high) this.high = high;
      }
      bar = end;
    }
  }

  /** Asks for what of bars from <= i < to, in columns of 2 ** level, is not here, or is of other parameters. */
  need(from: number, to: number, level = 0): void {
    if (to <= from || !this.about.shapes.some((shape) => shape.columns)) return;
    const wanted: number[] = [], far = level >= COARSE && this.about.bars > BLOCK, last = (to - 1) >> BITS;
    const look = (number: number): void => {
      const block = this.blocks.get(number);
      if (block) block.used = this.owner.time;
      if (block?.version !== this.about.version && !this.asked.has(number)) wanted.push(number);
    };
    if (far) look(-1);
    for (let number = far ? last : from >> BITS; number <= last; number++) look(number);
    for (const number of wanted) this.asked.add(number);
    for (let i = 0; i < wanted.length; i += AT_ONCE) this.owner.send({ kind: "overlay", layer: this.number, blocks: wanted.slice(i, i + AT_ONCE) });
  }

  take(number: number, version: number, columns: Float64Array[]): void {
    this.asked.delete(number);
    if (version !== this.about.version) return;
    this.blocks.set(number, { version, columns, extremes: [], used: this.owner.time });
    if (this.blocks.size > KEPT) this.blocks.delete([...this.blocks].reduce((a, b) => (b[1].used < a[1].used ? b : a))[0]);
  }

  become(about: About): void {
    const before = this.about.shapes.reduce((sum, shape) => sum + shape.columns, 0);
    this.about = about;
    this.error = "";
    this.asked.clear();
    if (before !== about.shapes.reduce((sum, shape) => sum + shape.columns, 0)) this.blocks.clear();
  }

  /** Another value of parameters; the blocks that are in view come back with the answer. */
  change(values: Record<string, number>): void {
    const seen = [...this.blocks].filter(([, block]) => block.used === this.owner.time).map(([number]) => number);
    this.owner.send({ kind: "change", layer: this.number, values, blocks: seen.slice(-AT_ONCE) });
  }

  /** What was asked for and never came is asked for again. */
  forget(): void {
    this.asked.clear();
  }
}

export class Overlays {
  /** Grows whenever something of them has to be drawn anew. */
  version = 0;
  time = 0;
  readonly layers: readonly Layer[];
  private readonly rows: Layer[][] = Array.from({ length: 6 }, () => []);

  /** `still`: nobody is there who could calculate other values. */
  constructor(about: readonly About[], readonly still: boolean, readonly send: (message: Header) => void) {
    this.layers = about.map((one, number) => new Layer(number, one, this));
    for (const layer of this.layers) this.rows[layer.about.row]?.push(layer);
  }

  of(row: number): readonly Layer[] {
    return this.rows[row]!;
  }

  take(header: Header, buffers: readonly Bytes[]): void {
    const layer = this.layers[header["layer"] as number];
    if (!layer) return;
    this.version++;
    this.time++;
    if (header.kind === "overlay") layer.take(header["block"] as number, header["version"] as number, Object.values(unpack(header, buffers)) as Float64Array[]);
    else if (header["error"]) layer.error = String(header["error"]);
    else for (const [number, about] of header["layers"] as [number, About][]) this.layers[number]?.become(about);
  }

  forget(): void {
    for (const layer of this.layers) layer.forget();
  }
}
