// The whole explorer: it puts the parts together and draws a frame when something changed.
import { Cleanup, make, show, writer } from "../view/dom.ts";
import { guardKeys } from "../view/guard.ts";
import { Notice } from "../view/states.ts";
import { TradeChart } from "./candles.ts";
import { type ExplorerColours, readExplorerColours } from "./colours.ts";
import { EquityChart } from "./equity.ts";
import { figureText } from "./figures.ts";
import { Head } from "./head.ts";
import { MetricStrip } from "./metrics.ts";
import { type ExplorerModel, placeText } from "./model.ts";
import { Side } from "./side.ts";
import { Sliders } from "./sliders.ts";

const LINES = ["ind-1", "ind-2", "ind-3", "text-2"];
const BUSY_MS = 150;
const SPOKEN_EVERY = 1_000;
let widgets = 0;

export class ExplorerWidget {
  readonly element = make("div", { class: "x", role: "region", tabindex: "-1" });
  private readonly cleanup = new Cleanup();
  private readonly head: Head;
  private readonly sliders: Sliders;
  private readonly figures = new MetricStrip();
  private readonly equity: EquityChart;
  private readonly trades: TradeChart;
  private readonly side: Side;
  private readonly notice = new Notice();
  private readonly busy = make("div", { class: "busy", hidden: "" });
  private readonly why = make("span");
  private readonly refused = make("div", { class: "refused", role: "alert", hidden: "" }, make("b", {}, "No result here."), this.why);
  private readonly tellWhy = writer(this.why);
  private readonly stop = make("button", { type: "button", class: "btn stop", hidden: "" }, "Stop");
  private readonly tip = make("div", { class: "tip", hidden: "" });
  private readonly keys = { now: writer(make("span")), was: writer(make("span")), range: writer(make("span")), gone: make("span", { class: "t3", hidden: "" }, "grey: trades that are gone") };
  private lineKeys: ((text: string) => void)[] = LINES.map(() => () => {});
  private readonly spoken = make("div", { class: "sr", role: "status", "aria-live": "polite" });
  private readonly say = writer(this.spoken);
  private colours: ExplorerColours;
  private frame = 0;
  private sized = false;
  private seen = -1;
  private pictured = -1;
  private at = -1;
  private spokenAt = 0;
  private later = 0;
  private waiting = 0;
  private gone = false;

  constructor(private readonly root: HTMLElement, private readonly model: ExplorerModel) {
    const info = model.info!;
    this.colours = readExplorerColours(root);
    this.head = new Head(model, this.cleanup);
    this.sliders = new Sliders(model, this.cleanup, `btlab-x${++widgets}`);
    this.side = new Side(model, this.cleanup);
    const [equity, trades] = [make("canvas", { "aria-hidden": "true" }), make("canvas", { "aria-hidden": "true" })];
    this.equity = new EquityChart(equity);
    this.trades = new TradeChart(trades, model.bars!, info);
    this.element.setAttribute("aria-label", `Explorer of ${info.strategy} on ${info.symbol}`);
    const equityPlot = make("div", { class: "plot" }, equity, this.tip, this.refused, this.stop);
    const tradePlot = make("div", { class: "plot", tabindex: "0", role: "application", "aria-label": `Trades over ${info.timeframe} candles. Arrow keys move, plus and minus zoom.` }, trades);
    this.element.append(this.busy, this.head.element, this.notice.element, this.sliders.element, this.figures.element, this.equityCard(equityPlot), this.tradeCard(tradePlot), this.side.element, this.head.pop, this.spoken);
    this.listen(equityPlot, tradePlot);
    model.redraw = () => this.redraw();
  }

  /** What is drawn is to be drawn anew: another size, other colours, another place under the pointer. */
  redraw(): void {
    this.pictured = -1;
    this.follow();
  }

  /** The model changed. */
  follow(): void {
    if (!this.frame && !this.gone) this.frame = requestAnimationFrame(this.paint);
  }

  resized(): void {
    this.sized = false;
    this.redraw();
  }

  themed(): void {
    this.colours = readExplorerColours(this.root);
    this.seen = -1;
    this.resized();
  }

  remove(): void {
    this.gone = true;
    cancelAnimationFrame(this.frame);
    clearTimeout(this.later);
    clearTimeout(this.waiting);
    this.cleanup.run();
    this.element.remove();
  }

  private equityCard(plot: HTMLElement): HTMLElement {
    const [now, was] = [make("span", { class: "key" }), make("span", { class: "key was" })];
    this.keys.now = writer(now);
    const tellWas = writer(was);
    this.keys.was = (text) => {
      show(was, !!text);
      tellWas(text);
    };
    return make("section", { class: "eq", "aria-label": "Equity" }, make("div", { class: "ch" }, make("h3", {}, "Equity"), now, was, make("span", { class: "r" }, this.model.info!.currency)), plot);
  }

  private tradeCard(plot: HTMLElement): HTMLElement {
    const range = make("span", { class: "r" }), names = this.lineKeys.map((_, i) => make("span", { class: "key", style: `--key:var(--${LINES[i]})`, hidden: "" }));
    this.keys.range = writer(range);
    this.lineKeys = names.map((name) => {
      const tell = writer(name);
      return (text: string) => {
        show(name, !!text);
        tell(text);
      };
    });
    return make("section", { class: "px", "aria-label": "Trades" }, make("div", { class: "ch" }, make("h3", {}, `Trades, ${this.model.info!.timeframe}`), ...names, this.keys.gone, range), plot);
  }

  private readonly paint = (now: number): void => {
    this.frame = 0;
    const { model } = this;
    if (!this.sized) this.measure();
    if (!model.current) return;
    if (this.pictured !== model.pictures) this.drawAll();
    this.update();
    this.mark(now);
  };

  /** Without a GPU, Chromium turns new canvases into pixels in the page's main thread, and an answer waits for that: while a slider
   *  only asks, they stay as they are. */
  private drawAll(): void {
    const { model, colours } = this, ratio = devicePixelRatio || 1, { current, shadow: ghost } = model;
    this.pictured = model.pictures;
    this.equity.draw(current!, ghost, model.info!.cash, colours, this.at);
    this.trades.draw(current!, ghost?.lots ?? null, colours);
    if (this.trades.geometry.last >= 0) model.setBars(...this.trades.inView);
    this.sliders.draw(ratio, colours);
    this.side.draw(ratio, colours);
  }

  private update(): void {
    const { model } = this, { current, shadow: ghost } = model;
    this.head.update();
    this.sliders.update();
    this.figures.update(model);
    this.side.update();
    this.keys.now(placeText(model, current!.position));
    this.keys.was(ghost ? `${placeText(model, ghost.position)} ${model.pinned ? "pinned" : "before"}` : "");
    show(this.keys.gone, !!ghost);
    this.keys.range(this.trades.range);
    this.lineKeys.forEach((tell, i) => tell(current!.lines[i]?.title ?? ""));
    this.state();
  }

  private state(): void {
    const { model } = this, waits = model.asked ? performance.now() - model.asked : 0;
    for (const each of [this.busy, this.stop]) show(each, waits >= BUSY_MS);
    if (model.asked && waits < BUSY_MS && !this.waiting)
      this.waiting = window.setTimeout(() => {
        this.waiting = 0;
        this.follow();
      }, BUSY_MS);
    if (model.lost) this.notice.show(model.gone ? "The kernel is gone." : "The kernel is gone or busy.", model.lost);
    else this.notice.hide();
    show(this.refused, !!model.refused);
    this.tellWhy(model.refused);
  }

  /** What tests and assistive technology hold on to, written in the frame that draws it. */
  private mark(now: number): void {
    const { model, root } = this, { current, trials } = model;
    if (this.seen === model.version) return;
    this.seen = model.version;
    root.dataset.btlabExplorer = current!.position.join(" ");
    root.dataset.btlabTrials = String(trials?.count ?? 1);
    root.dataset.btlabTrip = model.took.trip.toFixed(2);
    root.dataset.btlabRun = model.took.run.toFixed(2);
    if (now - this.spokenAt < SPOKEN_EVERY) {
      this.later ||= window.setTimeout(() => {
        this.later = 0;
        this.seen = -1;
        this.follow();
      }, SPOKEN_EVERY);
      return;
    }
    this.spokenAt = now;
    this.say(this.sentence());
  }

  private sentence(): string {
    const { model } = this, { current, info } = model;
    if (model.refused) return `Refused. ${model.refused}`;
    const value = (name: string): string => figureText(name, current!.figures[info!.metrics.indexOf(name)]!);
    return `${placeText(model, current!.position)}: net ${value("net")} ${info!.currency}, drawdown ${value("max_drawdown")}, ${value("trades")} trades`;
  }

  private measure(): void {
    const ratio = devicePixelRatio || 1;
    this.sized = true;
    this.equity.resize(ratio, this.model.info!.cash, this.colours.family);
    this.trades.resize(ratio, this.colours.family);
    this.model.setWidth(this.equity.columns);
  }

  private listen(equity: HTMLElement, trades: HTMLElement): void {
    const { cleanup, model } = this;
    cleanup.on(this.stop, "click", () => model.halt());
    cleanup.on(equity, "pointermove", (event) => this.point((event as PointerEvent).clientX - equity.getBoundingClientRect().left, equity));
    cleanup.on(equity, "pointerleave", () => this.point(-1, equity));
    listenTrades(trades, this.trades, cleanup, () => this.redraw());
    guardKeys(this.element, cleanup);
  }

  private point(x: number, plot: HTMLElement): void {
    const { current, shadow: ghost } = this.model;
    const at = current && x >= 0 ? this.equity.columnAt(x, current.curve) : -1;
    this.tip.hidden = at < 0;
    if (at >= 0) {
      this.tip.textContent = this.equity.words(at, current!, ghost);
      this.tip.style.left = `${Math.min(Math.max(4, x + 12), plot.clientWidth - this.tip.offsetWidth - 66)}px`;
      this.tip.style.top = "6px";
    }
    if (at === this.at) return;
    this.at = at;
    this.redraw();
  }
}

/** Dragging and arrow keys move the candles, the wheel (with Ctrl, or after a click) and + and - zoom, a double click fits. */
function listenTrades(plot: HTMLElement, chart: TradeChart, cleanup: Cleanup, redraw: () => void): void {
  let dragged: number | null = null;
  const count = (): number => chart.geometry.last >= 0 ? chart.bars.count : 0;
  const zoom = (steps: number, x: number): void => {
    const { geometry, viewport, pen } = chart;
    viewport.zoomBy(steps, geometry.edge - x * pen.ratio, count(), geometry.edge);
    redraw();
  };
  const pan = (pixels: number): void => {
    chart.viewport.pan(pixels * chart.pen.ratio, count());
    redraw();
  };
  cleanup.on(plot, "pointerdown", (event) => {
    const pointer = event as PointerEvent;
    dragged = pointer.clientX;
    plot.setPointerCapture(pointer.pointerId);
    plot.focus({ preventScroll: true });
  });
  cleanup.on(plot, "pointermove", (event) => {
    if (dragged === null) return;
    const { clientX } = event as PointerEvent;
    pan(clientX - dragged);
    dragged = clientX;
  });
  for (const type of ["pointerup", "pointercancel"]) cleanup.on(plot, type, () => (dragged = null));
  cleanup.on(plot, "wheel", (event) => {
    const wheel = event as WheelEvent, root = plot.getRootNode() as Document | ShadowRoot;
    if (!wheel.ctrlKey && root.activeElement !== plot) return;
    event.preventDefault();
    zoom(wheel.deltaY < 0 ? 1 : -1, wheel.clientX - plot.getBoundingClientRect().left);
  }, { passive: false });
  cleanup.on(plot, "dblclick", () => {
    chart.fit();
    redraw();
  });
  cleanup.on(plot, "keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") pan(event.key === "ArrowLeft" ? 60 : -60);
    else if (event.key === "+" || event.key === "-") zoom(event.key === "+" ? 1 : -1, chart.geometry.width / 2);
    else if (event.key === "Home") pan(1e9);
    else if (event.key === "End") pan(-1e9);
    else return;
    event.preventDefault();
  });
}
