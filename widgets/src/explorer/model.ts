// The explorer as the page knows it: where the sliders are, the newest result, its ghost, and what all trials amount to.
// One question is on its way at a time, and the newest position waits for its answer; only a slow one is overtaken.
import { type Bytes, type Header, unpack } from "../frames.ts";
import { Bars } from "../model/series.ts";
import { Shelf } from "../model/shelf.ts";
import { POKE_MS, type Transport } from "../transport.ts";
import type { ExplorerInfo } from "./info.ts";
import { type Result, resultOf, same } from "./result.ts";
import { type Trials, trialsOf } from "./trials.ts";

const OVERTAKE_MS = 250;
const BARS_AT_MOST = 60_000;
const ANSWER_MS = 15_000;

export class ExplorerModel {
  info: ExplorerInfo | null = null;
  bars: Bars | null = null;
  /** Where the sliders are: ahead of the result while one is on its way. */
  position: number[] = [];
  current: Result | null = null;
  ghost: Result | null = null;
  trials: Trials | null = null;
  pinned = false;
  held = false;
  /** Why the position has no result; empty where it has. */
  refused = "";
  /** Why nothing answers; empty while something does. */
  lost = "";
  /** Whether the host has said that the kernel ended. */
  gone = false;
  /** When the oldest question without an answer was asked, on the page's clock; 0 where there is none. */
  asked = 0;
  /** Milliseconds from the last question to its answer, and the part of it that Python calculated. */
  took = { trip: 0, run: 0 };
  /** Grows with every result and every change of the trials. */
  version = 0;
  /** Grows when what the charts show changes: a slider on its way is not part of that. */
  pictures = 0;
  kept: number[] | null = null;
  /** Asks for another frame; the widget sets it. */
  redraw: () => void = () => {};
  private readonly view = Math.random().toString(36).slice(2) + Date.now().toString(36);
  private width = 1;
  private from = 0;
  private to = 0;
  private id = 0;
  private open = 0;
  private sentAt = 0;
  private waits = false;
  private begins = false;
  private heard = performance.now();
  private readonly timers = new Set<ReturnType<typeof setTimeout>>();
  private readonly watch: ReturnType<typeof setInterval>;
  private readonly stop: () => void;
  private readonly unwatch: (() => void) | undefined;

  constructor(private readonly transport: Transport, private readonly changed: () => void, width: number) {
    this.width = Math.max(1, Math.round(width));
    this.stop = transport.listen((message, buffers) => this.receive(message, buffers));
    this.unwatch = transport.watch?.(() => {
      this.lost = "What is drawn stays; run its cell, or load its page, again to go on.";
      this.gone = true;
      this.tell();
    });
    this.send({ kind: "ready", ...this.sight });
    this.asked = performance.now();
    this.watch = setInterval(() => this.check(), 1_000);
  }

  close(): void {
    clearInterval(this.watch);
    this.timers.forEach(clearTimeout);
    this.unwatch?.();
    this.stop();
  }

  /** The ghost, where it is another position than the one that is shown. */
  get shadow(): Result | null {
    return same(this.ghost?.position ?? null, this.current?.position ?? null) ? null : this.ghost;
  }

  // -------------------------------------------------------------- what a person does

  /** A slider is moved, and still held. */
  slide(axis: number, place: number): void {
    if (!this.held) this.begin();
    this.held = true;
    if (this.position[axis] === place) return;
    this.position = this.position.with(axis, place);
    this.ask();
  }

  /** What was held is let go: where it is now counts as a trial. */
  release(): void {
    if (!this.held) return;
    this.held = false;
    this.ask();
  }

  /** To a position at once. */
  go(position: readonly number[]): void {
    if (same(position, this.position)) return;
    this.begin();
    this.held = false;
    this.position = [...position];
    this.ask();
  }

  /** How many columns of pixels the equity has. */
  setWidth(pixels: number): void {
    const width = Math.max(1, Math.round(pixels));
    if (width === this.width) return;
    this.width = width;
    if (this.current) this.question({ kind: "curve", ...this.sight });
  }

  /** Which bars are in view; lines come for these and as many on both sides. */
  setBars(first: number, last: number): void {
    if (first >= this.from && last < this.to) return;
    const room = last - first + 1;
    [this.from, this.to] = [Math.max(0, first - room), Math.min(this.bars?.total ?? 0, last + 1 + room)];
    if (this.to - this.from > BARS_AT_MOST) [this.from, this.to] = [Math.max(0, last + 1 - BARS_AT_MOST), last + 1];
    if (this.current?.lines.length) this.question({ kind: "curve", ...this.sight });
  }

  private get sight(): { width: number; from: number; to: number } {
    return { width: this.width, from: this.from, to: this.to };
  }

  pin(): void {
    this.pinned = !this.pinned;
    if (this.pinned) this.ghost = this.current;
    this.pictures++;
    this.question({ kind: "pin", pinned: this.pinned, ...this.sight });
    this.tell();
  }

  keep(): void {
    this.question({ kind: "keep" });
  }

  setMetric(metric: string): void {
    this.question({ kind: "metric", metric });
  }

  setAxes(x: number, y: number): void {
    this.question({ kind: "axes", x, y });
  }

  setFilling(on: boolean): void {
    this.question({ kind: "fill", on });
  }

  halt(): void {
    this.send({ kind: "halt" });
  }

  // -------------------------------------------------------------- messages

  private send(message: Header): void {
    this.transport.send({ ...message, view: this.view }, []);
  }

  private question(message: Header): void {
    this.send(message);
    if (!this.transport.prompt) this.later(POKE_MS, () => this.send({ kind: "poke" }));
  }

  private later(wait: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      action();
    }, wait);
    this.timers.add(timer);
  }

  private begin(): void {
    this.begins = true;
    if (!this.pinned) this.ghost = this.current;
    this.pictures++;
  }

  /** Asks for the newest position, now or as soon as the question before is answered. */
  private ask(): void {
    this.waits = true;
    this.refused = "";
    this.pump();
    this.tell();
  }

  private pump(): void {
    if (!this.waits) return;
    const now = performance.now();
    if (this.open && now - this.sentAt < OVERTAKE_MS) return this.later(OVERTAKE_MS - (now - this.sentAt) + 1, () => this.pump());
    const id = ++this.id;
    this.open = id;
    this.sentAt = now;
    this.asked ||= now;
    this.waits = false;
    // no poke: a result fills its packets, and what a poke has the kernel and the server do, the next question waits for
    this.send({ kind: "run", id, position: this.position, held: this.held, begin: this.begins, ...this.sight });
    this.begins = false;
  }

  private receive(message: Header, buffers: readonly Bytes[]): void {
    this.heard = performance.now();
    this.lost = "";
    this.gone = false;
    const { kind } = message, own = message["view"] === this.view;
    if (kind === "open") {
      if (!this.info) this.start(message, buffers);
    } else if (!this.info) return;
    else if (kind === "trials") this.trials = trialsOf(message, unpack(message, buffers));
    else if (kind === "kept") this.kept = message["position"] as number[];
    else if (kind === "result") this.takeResult(message, buffers, own);
    else if (own && message["id"] === this.open && kind !== "busy") {
      this.answered();
      if (kind === "refused") this.refused = String(message["text"]);
    }
    this.pictures++;
    this.tell();
  }

  private start(message: Header, buffers: readonly Bytes[]): void {
    this.info = message as unknown as ExplorerInfo;
    const columns = unpack(message, buffers), part = this.info.parts[0]!;
    this.bars = new Bars(columns, part.row, this.info, new Shelf(() => undefined));
    this.bars.take(columns, 0, part, this.bars.total);
    this.bars.show(this.bars.total, null);
    this.asked = 0;
  }

  private takeResult(message: Header, buffers: readonly Bytes[], own: boolean): void {
    const id = message["id"] as number;
    if (own && id && id < this.id) return;
    const columns = unpack(message, buffers), result = resultOf(message, columns);
    if (id && own) this.answered(result.seconds);
    this.pinned = message["pinned"] as boolean;
    if (message["role"] === "ghost") this.ghost = result;
    else this.takeCurrent(message, result, own);
  }

  private takeCurrent(message: Header, result: Result, own: boolean): void {
    const ghost = message["ghost"] as number[] | null;
    this.current = result;
    this.refused = "";
    if (!own || !this.position.length || (!this.held && !this.waits && !this.open)) this.position = [...result.position];
    const other = !own && (result.curve.count === 0 || !same(ghost, this.ghost?.position ?? null));
    if (other) this.question({ kind: "curve", ...this.sight });
  }

  private answered(seconds = 0): void {
    this.took = { trip: performance.now() - this.sentAt, run: 1000 * seconds };
    this.open = 0;
    this.asked = 0;
    this.pump();
  }

  private tell(): void {
    this.version++;
    this.changed();
  }

  private check(): void {
    if (!this.asked || performance.now() - Math.max(this.asked, this.heard) < ANSWER_MS) return;
    if (!this.lost) {
      this.lost = "It has not answered for 15 seconds.";
      this.tell();
    }
    this.heard = performance.now();
    if (!this.info) this.send({ kind: "ready", ...this.sight });
    else if (this.open) {
      this.open = 0;
      this.waits = true;
      this.pump();
    }
  }
}

/** A position in short: "8 / 72" of the two ranges of the map, and by name what else differs from where the sliders are. */
export function placeText({ info, trials, position: here }: Pick<ExplorerModel, "info" | "trials" | "position">, position: readonly number[]): string {
  const ranges = info!.ranges, axes = trials && trials.axes[0] !== trials.axes[1] ? trials.axes : [...ranges.keys()].slice(0, 2);
  const text = (axis: number): string => ranges[axis]!.texts[position[axis]!] ?? "";
  const others = [...ranges.keys()].filter((axis) => !axes.includes(axis) && position[axis] !== here[axis]);
  return [axes.map(text).join(" / "), ...others.map((axis) => `${ranges[axis]!.label.toLowerCase()} ${text(axis)}`)].join(", ");
}
