// The widget as its first whole picture needs it: the panels, what is chosen, a button that plays; and places for the tools, which
// come a moment later. It owns the view's own state, and draws a frame when something changed.
import { Chosen, type ChosenHost } from "./chosen.ts";
import { Cleanup, make } from "./dom.ts";
import { Facts, TIMEFRAMES } from "./facts.ts";
import { price as priceText, wear } from "./format.ts";
import { guardKeys, passesOn } from "./guard.ts";
import { Heading } from "./heading.ts";
import { markBusy, markRoot } from "./marks.ts";
import type { Info, Model } from "./needs.ts";
import type { Cross } from "./panel/crosshair.ts";
import { MOST_TOLD, byValues, titleOf, toldOf } from "./overlays/title.ts";
import { Panel, type PanelAbout } from "./panel/panel.ts";
import { PlayButton } from "./play.ts";
import { type Colours, readColours } from "./theme.ts";
import type { EquipTools, Tools } from "./tools.ts";

/** How the widget's page is told of light and dark. */
export interface ThemeDoor {
  choice: string;
  /** Where the page has no button for light and dark of its own. */
  readonly button: boolean;
  toggle(): void;
}

export class Widget implements ChosenHost {
  readonly element = make("div", { class: "w", tabindex: "0", role: "region" });
  readonly facts: Facts;
  readonly chosen: Chosen;
  readonly panels: readonly Panel[];
  readonly heading = new Heading();
  readonly play = new PlayButton(() => this.toggle());
  /** Where the tools go; their room is there from the beginning, so that nothing jumps. */
  readonly strip = make("div", { class: "film", hidden: "" });
  readonly controls = make("div", { class: "tr" }, this.play.element);
  readonly scrub = make("section", { class: "scrub", "aria-label": "Time" }, this.controls);
  readonly side = make("aside", { class: "side" });
  readonly list = make("section", { class: "trades" });
  cross: Cross | null = null;
  /** The row of the enlarged panel; -1 where all are seen. */
  large = -1;
  private tools: Tools | null = null;
  private coming: EquipTools | null = null;
  private readonly cleanup = new Cleanup();
  private colours: Colours;
  private shade = 0;
  private frame = 0;
  private sized = false;
  /** The longest price as text that axes and legends have room for. */
  private widest = "";
  /** What is seen was drawn once; and so was every panel. */
  private drawn = false;
  private painted = false;
  private gone = false;

  constructor(readonly root: HTMLElement, readonly model: Model, info: Info, readonly door: ThemeDoor) {
    this.facts = new Facts(model, info);
    this.facts.update();
    this.chosen = new Chosen(this.facts, model, this);
    this.colours = readColours(root);
    this.panels = TIMEFRAMES.map((timeframe, row) => new Panel(row, timeframe, row === info.rows[0], info.volumeName, aboutOf(model, row)));
    this.element.append(this.heading.element, this.strip, make("div", { class: "panels" }, ...this.panels.map((panel) => panel.element)), this.scrub, this.side, this.list);
    this.side.style.setProperty("--told", String(toldBy(model)));
    guardKeys(this.element, this.cleanup);
    this.cleanup.on(this.element, "keydown", (event) => {
      if (this.tools || event.key !== " " || passesOn(event) || event.target instanceof HTMLButtonElement) return;
      event.preventDefault();
      this.toggle();
    });
  }

  /** The tools' script is here: they are there in a frame after the first whole picture. */
  equip(make: EquipTools): void {
    this.coming = make;
    this.redraw();
  }

  /** Takes the sizes of all parts from the page; with the next frame everything is drawn. */
  resized(): void {
    this.sized = false;
    this.redraw();
  }

  themed(): void {
    this.colours = readColours(this.root);
    this.shade++;
    this.redraw();
  }

  redraw(): void {
    if (!this.frame && !this.gone) this.frame = requestAnimationFrame(this.paint);
  }

  remove(): void {
    this.gone = true;
    cancelAnimationFrame(this.frame);
    this.tools?.remove();
    this.cleanup.run();
    this.element.remove();
  }

  focus(): void {
    this.element.focus({ preventScroll: true });
  }

  /** Plays, or pauses. */
  toggle(): void {
    const { model } = this;
    if (model.playing) model.pause();
    else if (model.tick >= model.ticks - 1) this.tools?.tell("This is the end.");
    else model.play();
    this.redraw();
  }

  zoomed(panel: Panel): void {
    if (this.chosen.toggles.locked) for (const other of this.panels) if (other !== panel) other.viewport.zoom = panel.viewport.zoom;
    this.redraw();
  }

  setFollow(follow: boolean): void {
    for (const panel of this.panels) panel.viewport.at = follow ? null : (panel.viewport.at ?? Math.max(0, this.facts.series[panel.row]!.count - 1));
  }

  zoomTogether(): void {
    this.zoomed(this.inHand);
  }

  reveal(trade: number): void {
    if (trade >= 0) this.tools?.reveal(trade);
  }

  pauseAt(condition: string): void {
    this.tools?.pauseAt(condition);
  }

  /** The panel that keys zoom and pan: the focused, the enlarged or the strategy's one. */
  get inHand(): Panel {
    const held = (this.root.getRootNode() as Document | ShadowRoot).activeElement;
    return this.panels.find((panel) => panel.element === held) ?? this.first;
  }

  /** The enlarged panel, or the strategy's one. */
  get first(): Panel {
    return this.panels[this.large < 0 ? (this.facts.info.rows[0] ?? 2) : this.large]!;
  }

  enlarge(row: number): void {
    this.large = row;
    this.element.classList.toggle("one", row >= 0);
    this.panels.forEach((panel) => panel.element.classList.toggle("big", panel.row === row));
    this.strip.hidden = row < 0;
    this.tools?.enlarged();
    this.resized();
  }

  private readonly paint = (now: number): void => {
    this.frame = 0;
    const { facts, model } = this;
    wear(facts.veil);
    model.advance(now);
    facts.update();
    facts.cross = this.cross;
    if (this.drawn && this.coming) this.begin(this.coming);
    const { tools } = this;
    tools?.begin();
    if (!this.sized || priceText(facts.quotes.price, facts.info.digits).length > this.widest.length) this.measure();
    const seen = this.large < 0 ? this.panels : [this.panels[this.large]!];
    for (const panel of seen) panel.draw(facts, this.cross, this.colours, this.shade);
    tools?.draw(this.colours, this.shade);
    for (const panel of seen) panel.write(facts);
    this.heading.update(facts);
    this.play.show(facts.playing);
    tools?.update(now);
    this.mark(seen);
    if (model.playing) this.redraw();
  };

  /** Puts the tools into their places. */
  private begin(make: EquipTools): void {
    this.coming = null;
    this.tools = make(this);
    if (this.chosen.pauseWhen) this.pauseAt(this.chosen.pauseWhen);
    this.sized = false;
  }

  /** What stands beside the picture for tests and assistive technology. */
  private mark(seen: readonly Panel[]): void {
    markRoot(this.root.dataset, this.facts, this.tools !== null);
    markBusy(this.element, this.facts.source.busy);
    this.drawn ||= seen.every((panel) => panel.painted);
    if (this.drawn && this.coming) this.redraw();
    if (this.painted || !this.panels.every((panel) => panel.painted)) return;
    this.painted = true;
    performance.mark("btlab:painted");
  }

  private measure(): void {
    const ratio = devicePixelRatio || 1;
    this.sized = true;
    if (!this.colours.plot) this.colours = readColours(this.root);
    const sample = (this.widest = this.widestPrice());
    for (const panel of this.panels) panel.resize(ratio, this.large >= 0, sample, this.colours.family);
    this.root.style.setProperty("--axis", `${this.panels[Math.max(0, this.large)]!.geometry.axis}px`);
    for (const panel of this.panels) panel.legend.try(sample);
    for (const panel of this.panels) panel.fitLegend();
    this.tools?.resize(ratio);
  }

  /** The longest of the prices seen so far, as text. */
  private widestPrice(): string {
    const { digits } = this.facts.info;
    return this.facts.series.reduce((text, series) => series.extremes(0, series.count).map((price) => priceText(price, digits)).reduce(longer, text), "");
  }
}

const longer = (one: string, other: string): string => (other.length > one.length ? other : one);

/** What is known of the overlays in a panel before there is somebody who draws them. */
function aboutOf(model: Model, row: number): PanelAbout {
  const own = (model.info.overlays ?? []).filter((about) => about.row === row), over = own.filter((about) => about.pane === "price").sort(byValues);
  return { names: over.map(titleOf), panes: new Set(own.map((about) => about.pane)).size - Number(over.length > 0) };
}

/** How many values of overlays the inspector will tell: it keeps their lines free. */
function toldBy(model: Model): number {
  return Math.min(MOST_TOLD, (model.info.overlays ?? []).flatMap(({ shapes }) => shapes).reduce((sum, shape) => sum + toldOf(shape), 0));
}
