// The page of frames.mjs: the widget over six series of a million bars each, one tick a frame on all of them. The view is the real one,
// and so are the series and the overlays; what is mocked is the model before them: there is no tape, no clock and no fold of ticks
// (model.ts times these), each frame a made-up tick is written into all six series at once.
import type { Columns } from "../../widgets/src/frames.ts";
import { Overlays } from "../../widgets/src/model/overlays.ts";
import { Bars } from "../../widgets/src/model/series.ts";
import { Shelf } from "../../widgets/src/model/shelf.ts";
import type { Events } from "../../widgets/src/model/events.ts";
import type { Quotes } from "../../widgets/src/model/quotes.ts";
import { makeOverlays } from "../../widgets/src/overlays.ts";
import { makePopups } from "../../widgets/src/popups.ts";
import { makeTools } from "../../widgets/src/tools.ts";
import type { Forming, Info, Model, Trades } from "../../widgets/src/view/needs.ts";
import { Stage } from "../../widgets/src/view/stage.ts";
import type { Widget } from "../../widgets/src/view/widget.ts";

const LENGTHS = [60, 300, 900, 3600, 14400, 86400].map((seconds) => seconds * 1e6);
const TICKS_A_BAR = 20;
const TRADES = 10_000;
const SCALE = 2e5;

function random(seed: number): () => number {
  return () => (seed = (seed * 16807) % 2147483647) / 2147483647;
}

/** A row's bars as `bars.py` sends them: prices in points, times in minutes, a line for each 64 bars. */
function barsOf(row: number, count: number, shelf: Shelf): Bars {
  const draw = random(1 + row), whole = () => new Int32Array(count), length = LENGTHS[row]! / 60e6;
  const [start, open, high, low, close, ticks, volume, closer] = [whole(), whole(), whole(), whole(), whole(), whole().fill(1), whole(), whole()];
  let points = 220000;
  for (let i = 0; i < count; i++) {
    start[i] = i * length;
    closer[i] = i + 1;
    let [top, bottom] = [points, points];
    open[i] = points;
    for (let k = 0; k < 4; k++) {
      points += 2 * Math.round((draw() - 0.5) * 40);
      [top, bottom] = [Math.max(top, points), Math.min(bottom, points)];
    }
    points = Math.max(100000, points);
    [close[i], high[i], low[i]] = [points, Math.max(top, points), Math.min(bottom, points)];
    volume[i] = 1 + Math.floor(draw() * 200);
  }
  const at = (block: number): [number, number] => [block * 64, Math.min(block * 64 + 64, count)];
  const blocks = Math.ceil(count / 64), line = (value: (from: number, to: number) => number) => Float64Array.from({ length: blocks }, (_, block) => value(...at(block)));
  const own = {
    Start: line((from) => from * LENGTHS[row]!), Open: line((from) => open[from]! / SCALE), Close: line((_, to) => close[to - 1]! / SCALE),
    High: line((from, to) => Math.max(...high.subarray(from, to)) / SCALE), Low: line((from, to) => Math.min(...low.subarray(from, to)) / SCALE),
    Volume: line((from, to) => Math.max(...volume.subarray(from, to))), First: Int32Array.from(line((from) => from)), Closer: Int32Array.from(line((_, to) => to)),
  };
  const columns: Columns = Object.fromEntries([
    ...Object.entries(own).map(([name, column]) => [`block${name}${row}`, column]),
    ...Object.entries({ start, open, high, low, close, ticks, volume, closer }).map(([name, column]) => [`${name}0`, column]),
  ]);
  const bars = new Bars(columns, row, { counts: LENGTHS.map(() => count), lengths: LENGTHS, part: 4096, sizes: true }, shelf);
  bars.take(columns, 0, { row, begin: 0, unit: 60e6, scale: SCALE, first: 0 }, count);
  return bars;
}

/** A market in which every frame brings one tick, and every twentieth a new bar on all six timeframes. */
class Market {
  readonly bars: Bars[];
  readonly running = LENGTHS.map(() => new Float64Array(6));
  private readonly draw = random(99);
  private taken = 0;
  completed: number;

  constructor(readonly count: number) {
    const shelf = new Shelf(() => undefined);
    this.bars = LENGTHS.map((_, row) => barsOf(row, count, shelf));
    this.completed = count - 4000;
    this.running.forEach((bar, row) => this.open(bar, this.bars[row]!));
    this.show();
  }

  get price(): number {
    return this.running[0]![3]!;
  }

  tick(): void {
    const opens = ++this.taken % TICKS_A_BAR === 0;
    if (opens) this.completed++;
    const move = Math.round((this.draw() - 0.5) * 12) / 1e5;
    this.running.forEach((bar, row) => {
      if (opens) this.open(bar, this.bars[row]!);
      const price = bar[3]! + move;
      bar[1] = Math.max(bar[1]!, price);
      bar[2] = Math.min(bar[2]!, price);
      bar[3] = price;
      bar[4]! += 3;
      bar[5]!++;
    });
    this.show();
  }

  private open(bar: Float64Array, bars: Bars): void {
    const price = bars.open(this.completed);
    bar.fill(price);
    bar[4] = bar[5] = 1;
  }

  private show(): void {
    this.bars.forEach((bars, row) => bars.show(this.completed, this.running[row]!));
  }
}

const INFO: Info = {
  symbol: "BENCH", feed: "", strategy: "", currency: "USD", cash: 1e4, digits: 5, pip: 1e-4, tick: 1e-5, contract: 1, tenths: true, style: "candles", zone: "UTC", zones: ["UTC"], unit: "tick", volumeName: "Volume",
  palette: "default", mode: "replay", rows: [2], kernel: false, told: false, parameters: [], timeframes: ["1m", "5m", "15m", "1h", "4h", "1d"],
};

const BLOCK = 1 << 16;

/** Lowest values of each 64, then the highest; NaN where there is none. */
function extremesOf(values: Float64Array): Float64Array {
  const length = Math.ceil(values.length / 64), found = new Float64Array(2 * length).fill(NaN);
  for (let i = 0; i < length; i++) {
    const own = values.subarray(i * 64, i * 64 + 64).filter((value) => value === value);
    if (own.length) [found[i], found[length + i]] = [Math.min(...own), Math.max(...own)];
  }
  return found;
}

/** Dots at 10,000 bars: half of them close together before the head, half all over the bars. */
function dotsOf(bars: Bars, market: Market): Float64Array {
  const values = new Float64Array(market.count).fill(NaN), half = TRADES / 2;
  for (let dot = 0; dot < half; dot++) for (const bar of [market.completed - 1 - 4 * dot, Math.floor(((market.completed - 4 * half - 1) * dot) / half)]) values[bar] = bars.low(bar);
  if (values.filter((value) => value === value).length !== TRADES) throw new Error("dots lie on dots");
  return values;
}

/** Of each of the six timeframes a mean and 10,000 dots over the prices and an oscillator beneath, answered as soon as they are asked for. */
function overlaysOf(market: Market): Overlays {
  const shape = { kind: "line" as const, name: "", colour: "amber", size: 1.5, mark: "", dashed: false, columns: 1 };
  const about = { version: 1, warm: 0, bars: market.count, shapes: [shape], parameters: [] };
  const dots = { ...shape, kind: "dots" as const, colour: "violet", size: 2.5, mark: "dot" };
  const made = market.bars.flatMap((bars, row) => {
    const mean = new Float64Array(market.count), above = new Float64Array(market.count);
    for (let bar = 0, value = bars.close(0); bar < market.count; bar++) {
      mean[bar] = value += (bars.close(bar) - value) / 20;
      above[bar] = 50 + 5000 * (bars.close(bar) / value - 1);
    }
    const timeframe = INFO.timeframes[row]!;
    return [
      { ...about, row, timeframe, pane: "price", title: "EMA 20", levels: [], values: mean }, { ...about, row, timeframe, pane: "above", title: "Above 20", levels: [30, 70], values: above },
      { ...about, row, timeframe, pane: "price", title: "Signals", levels: [], shapes: [dots], values: dotsOf(bars, market) },
    ];
  });
  const overlays: Overlays = new Overlays(made.map(({ values: _, ...one }) => one), false, (message) => {
    const layer = message["layer"] as number;
    for (const block of message["blocks"] as number[]) {
      const { values } = made[layer]!, part = block < 0 ? extremesOf(values) : values.slice(block * BLOCK, (block + 1) * BLOCK), length = block < 0 ? part.length / 2 : part.length;
      overlays.take({ kind: "overlay", layer, block, version: 1, columns: [["c0", "float64", 0, length], ...(block < 0 ? [["c1", "float64", length * 8, length] as [string, "float64", number, number]] : [])] }, [part]);
    }
  });
  return overlays;
}

const minutesOf = (count: number, length = 1): Float64Array => Float64Array.from({ length: count }, (_, bar) => bar * length);

function modelOf(market: Market): Model & { playing: boolean } {
  const shape = { playing: false };
  const [minutes, first] = [market.bars[0]!, market.completed - TRADES * 4];
  const column = (value: (trade: number) => number): Float64Array => Float64Array.from({ length: TRADES }, (_, trade) => value(trade));
  const entry = column((trade) => first + trade * 4);
  const none = new Float64Array(0), about = { points: minutesOf(market.count), time: minutesOf(market.count, 6e7) };
  const columns: Record<string, Float64Array> = {
    equity_known: about.points, equity_time: about.time, equity_equity: about.points.map((bar) => 1e4 + 500 * Math.sin(bar / 9e3) + (bar % 97)),
    fill_time: entry.map((bar) => minutes.start(bar)), fill_tick: entry, fill_side: column((trade) => (trade % 2 ? 1 : -1)),
  };
  const forming: Forming = { open: 1, high: 1, low: 1, close: 1, progress: 0.4, left: 3e7 };
  const trades: Trades = {
    count: TRADES, id: column((trade) => trade + 1), side: column((trade) => (trade % 2 ? 1 : -1)), size: column(() => 1000), entryTime: column((trade) => minutes.start(entry[trade]!)),
    entryPrice: column((trade) => minutes.open(entry[trade]!)), exitTime: column((trade) => minutes.start(entry[trade]! + 3)), exitPrice: column((trade) => minutes.close(entry[trade]! + 3)),
    entryTick: entry, exitTick: column((trade) => (trade === TRADES - 1 ? NaN : entry[trade]! + 3)), profit: column((trade) => (trade % 3) - 1), mae: column(() => -1), mfe: column(() => 1),
    stop: column((trade) => minutes.open(entry[trade]!) - 0.001), target: column((trade) => minutes.open(entry[trade]!) + 0.001), reason: () => "stop", tag: () => "", trailAt: () => NaN, rate: column(() => 1),
  };
  const overlays = overlaysOf(market);
  const quotes = {
    get price() { return market.price; },
    get bid() { return market.price - 5e-5; },
    get ask() { return market.price + 5e-5; },
    get sellAt() { return market.price - 5e-5; },
    get buyAt() { return market.price + 5e-5; },
    rate: 1,
  };
  const model: Model = {
    series: market.bars,
    overlays,
    trades,
    quotes: quotes as Quotes,
    events: { trades, column: (name: string) => columns[name] ?? none } as unknown as Events,
    info: { kernel: false, cash: 1e4, contract: 1, names: [], states: [], kinds: [], endings: [], reasons: [], closed: [], holes: [], overlays: overlays.layers.map((layer) => layer.about) } as unknown as Model["info"],
    start: 0, end: minutes.end(market.count - 1), ticks: market.count, speed: 300, barPace: false, unit: "1m",
    loaded: market.count, status: "ready", lost: "", reach: market.count - 1,
    get tick() { return market.completed; },
    get time() { return minutes.start(market.completed) + 3e7; },
    get playing() { return shape.playing; },
    forming: (row) => {
      const bar = market.running[row]!;
      [forming.open, forming.high, forming.low, forming.close] = [bar[0]!, bar[1]!, bar[2]!, bar[3]!];
      return forming;
    },
    length: (row) => LENGTHS[row]!,
    named: (row, bar) => market.bars[row]!.start(bar),
    hits: [], stopped: false, busy: false, ledger: null, fork: null, questions: null,
    timeOf: (tick) => minutes.start(Math.min(tick, market.count - 1)),
    inquire: () => 0,
    advance: () => market.tick(),
    play: () => undefined, pause: () => undefined, seekTick: () => undefined, seekTime: () => undefined, step: () => undefined, setUnit: () => undefined, setSpeed: () => undefined,
    setBarPace: () => undefined, announce: () => undefined,
  };
  return Object.defineProperty(model, "playing", { get: () => shape.playing, set: (value: boolean) => void (shape.playing = value) }) as Model & { playing: boolean };
}

interface Bench {
  market: Market;
  model: Model & { playing: boolean };
  widget: Widget;
}

declare global {
  interface Window {
    bench: Bench;
    setUp(count: number): number;
    zoomOut(): void;
    measure(frames: number, each: string): Promise<number[]>;
    looks(row: number): { candles: number; columns: number };
  }
}

window.setUp = (count) => {
  const before = performance.now();
  const market = new Market(count);
  const model = modelOf(market);
  const widget = new Stage(document.getElementById("host")!, { theme: "dark" }).showWidget(model, INFO);
  widget.equip((each) => makeTools(each, Promise.resolve(makePopups), Promise.resolve(makeOverlays)));
  window.bench = { market, model, widget };
  return performance.now() - before;
};

/** Script milliseconds of each of `frames` frames: everything that runs in animation frame callbacks. */
window.measure = (frames, each) => new Promise((resolve) => {
  const { model, widget } = window.bench;
  const spent: number[] = [];
  const request = window.requestAnimationFrame.bind(window);
  const panels = [...document.querySelectorAll<HTMLElement>("[data-btlab-panel]")];
  window.requestAnimationFrame = (callback) => request((now) => {
    const began = performance.now();
    if (each === "pan" && spent.length < frames) for (const panel of panels) nudge(panel, spent.length);
    callback(now);
    if (spent.length === frames) return;
    spent.push(performance.now() - began);
    if (spent.length < frames) return;
    model.playing = false;
    window.requestAnimationFrame = request;
    setTimeout(() => resolve(spent), 100);
  });
  model.playing = true;
  widget.redraw();
});

/** Every panel shows all its bars. */
window.zoomOut = () => {
  for (const panel of document.querySelectorAll<HTMLElement>("[data-btlab-panel]"))
    for (let turn = 0; turn < 60; turn++) {
      const box = panel.getBoundingClientRect();
      panel.dispatchEvent(new WheelEvent("wheel", { clientX: box.left + 100, clientY: box.top + 120, bubbles: true, cancelable: true, ctrlKey: true, deltaY: 240 }));
    }
};

function nudge(panel: HTMLElement, frame: number): void {
  const box = panel.getBoundingClientRect();
  const at = { clientX: box.left + 100, clientY: box.top + 120, bubbles: true, cancelable: true, ctrlKey: true };
  panel.dispatchEvent(new WheelEvent("wheel", { ...at, deltaX: frame % 2 ? 9 : -11 }));
}

/** How many columns of a panel are coloured from high to low where the bars say so (an arrow may stand over a part). */
window.looks = (row) => {
  const panel = document.querySelectorAll<HTMLElement>("[data-btlab-panel]")[row]!;
  const canvas = panel.querySelector("canvas")!;
  const { geometry } = (window.bench.widget as unknown as { panels: { geometry: { first: number; last: number; column: number; offset: number; y(price: number): number; level: number } }[] }).panels[row]!;
  const context = canvas.getContext("2d")!;
  const ratio = devicePixelRatio;
  const bars = window.bench.market.bars[row]!;
  let candles = 0;
  for (let column = geometry.first + 1; column < geometry.last; column++) {
    const x = column * geometry.column - geometry.offset;
    const top = Math.round(geometry.y(bars.highOf(geometry.level, column)) * ratio);
    const bottom = Math.round(geometry.y(bars.lowOf(geometry.level, column)) * ratio);
    const { data } = context.getImageData(x, top, 1, Math.max(1, bottom - top));
    let coloured = 0;
    for (let at = 0; at < data.length; at += 4) if (Math.max(data[at]!, data[at + 1]!, data[at + 2]!) - Math.min(data[at]!, data[at + 1]!, data[at + 2]!) > 25) coloured++;
    if (coloured >= data.length / 16) candles++;
  }
  return { candles, columns: geometry.last - geometry.first - 1 };
};
