// One candlestick panel: two canvases, the lower one with what rarely changes, the upper one with what a tick changes.
import { make } from "../dom.ts";
import type { Facts } from "../facts.ts";
import { price as priceText, signed } from "../format.ts";
import { DASH, Pen } from "../pen.ts";
import type { Colours } from "../theme.ts";
import type { TimeLabel } from "../timeaxis.ts";
import type { Added, Layer } from "./added.ts";
import { drawBackground } from "./background.ts";
import { drawCountdown } from "./bottomaxis.ts";
import { drawCandles, drawVolume } from "./candles.ts";
import type { Cross } from "./crosshair.ts";
import { Geometry } from "./geometry.ts";
import { Legend } from "./legend.ts";
import { PRIORITY, PriceAxis } from "./priceaxis.ts";
import { Span } from "./span.ts";
import { drawLevels, drawTrade, drawZones, drawsArrows } from "./trades.ts";
import { type View, Viewport } from "./viewport.ts";

const VOLUME = 28;
const SPACING = 3.5;
const LARGE_SPACING = 8;
const ROOM_FOR_LEVELS = 56;
const LEGEND_TOP = 6;
const UNDER_LEGEND = 5;
const MOST_LOTS = 4;

/** What is known of a panel's overlays before they are drawn: the names of those over the prices, how many panes are beneath. */
export interface PanelAbout {
  names: string[];
  panes: number;
}

export class Panel {
  readonly element: HTMLElement;
  /** What the tools draw, once they are there; the room of panes is there from the beginning. */
  added: Added | null = null;
  readonly geometry = new Geometry();
  readonly viewport = new Viewport();
  readonly legend: Legend;
  /** Closed trades with arrows in view; open ones come from the facts. */
  readonly found: number[] = [];
  readonly axis = new PriceAxis();
  labels: TimeLabel[] = [];
  painted = false;
  readonly live: Pen;
  private readonly base: Pen;
  private readonly panes: number;
  private readonly none = make("div", { class: "none", hidden: "" });
  private readonly span = new Span();
  private width = 0;
  private height = 0;
  large = false;
  private legendHeight = 0;
  /** The zoom it had in its other size. */
  private other: View | null = null;
  /** The bar the legend speaks of. */
  private told = -1;

  constructor(readonly row: number, readonly timeframe: string, own: boolean, volumeName: string, overlays: PanelAbout) {
    const [lower, upper] = [make("canvas"), make("canvas")];
    this.panes = overlays.panes;
    this.base = new Pen(lower);
    this.live = new Pen(upper);
    this.legend = new Legend(timeframe, own, volumeName, overlays.names);
    this.element = make(
      "figure",
      { class: "pn", "data-btlab-panel": timeframe, role: "group", "aria-label": `${timeframe} candles`, tabindex: "0" },
      lower, upper, this.legend.element, this.none,
    );
  }

  /** Takes its size from the page; the axis is wide enough for `sample`, a price as text. */
  resize(ratio: number, large: boolean, sample: string, family: string): void {
    const [width, height] = [this.element.clientWidth, this.element.clientHeight];
    if (!width || !height) {
      this.width = 0;
      return;
    }
    const first = this.width === 0 && !this.painted;
    const resized = this.base.resize(width, height, ratio);
    this.live.resize(width, height, ratio);
    if (first) this.fit(ratio, large);
    else if (large !== this.large) this.turn(ratio, large);
    else if (resized && this.geometry.ratio !== ratio) {
      this.viewport.rescale(ratio / this.geometry.ratio);
      this.other = null;
    }
    this.live.useFamily(family);
    this.geometry.resize(width, height, ratio, this.live.font(11, 600).textWidth(sample));
    const shown = this.geometry.split(this.panes);
    this.added?.split(shown);
    [this.width, this.height] = [width, height];
    this.span.forget();
  }

  /** Takes the lines the legend needs, once the page knows how wide the price axis is; the candles begin below them. */
  fitLegend(): void {
    if (this.width) this.legendHeight = this.legend.fit();
  }

  /** The zoom a panel opens with, its price scale fitting. */
  fit(ratio = this.geometry.ratio, large = this.large): void {
    this.large = large;
    this.viewport.fit((large ? LARGE_SPACING : SPACING) * ratio);
  }

  /** Enlarged or back among the six, with the zoom it had there before. */
  private turn(ratio: number, large: boolean): void {
    const { other } = this;
    this.other = this.viewport.state;
    if (other) Object.assign(this.viewport, other);
    else this.fit(ratio, large);
    this.large = large;
  }

  /** Bars in view, from the first to the last one. */
  get view(): { first: number; last: number } {
    const { first, last, level } = this.geometry;
    return { first: first << level, last: ((last + 1) << level) - 1 };
  }

  draw(facts: Facts, cross: Cross | null, colours: Colours, theme: number): void {
    if (!this.width) return;
    const series = facts.series[this.row]!;
    if (!series.count) return this.drawNothing(colours);
    this.geometry.volume = this.row > 3 ? 0 : this.large ? VOLUME * 2 : VOLUME;
    this.geometry.top = Math.max(this.large ? 48 : 44, LEGEND_TOP + this.legendHeight + UNDER_LEGEND);
    this.geometry.horizontal(this.viewport, series.count);
    const { first, last, level } = this.geometry;
    series.need(first << level, (last + 1) << level, level);
    const moved = this.span.take(series, this.geometry, this.viewport, facts.info.tick);
    const changed = this.span.differs(facts, theme);
    const { base } = this;
    if (moved || changed) {
      base.useFamily(colours.family);
      this.live.useFamily(colours.family);
      this.labels = drawBackground({ pen: base, series, facts, colours }, this, this.span.most);
    }
    this.drawLive(facts, cross, colours);
    this.painted = true;
  }

  /** Brings what stands beside the canvases up to date; after all canvases of a frame are drawn. */
  write(facts: Facts): void {
    const series = facts.series[this.row]!;
    const empty = !series.count;
    this.legend.update(series, this.told, facts.info.digits);
    this.added?.write(series, this.told, facts);
    if (this.none.hidden === empty) this.none.hidden = !empty;
    if (empty) this.none.textContent = facts.emptyText(this.row);
  }

  private drawNothing(colours: Colours): void {
    for (const pen of [this.base, this.live]) pen.clear();
    this.base.fill(0, 0, this.width, this.height, colours.plot);
    this.told = -1;
    this.found.length = 0;
    this.span.forget();
    this.painted = true;
  }

  private drawLive(facts: Facts, cross: Cross | null, colours: Colours): void {
    const { live, geometry, row, added } = this;
    const series = facts.series[row]!;
    const newest = (series.count - 1) >> geometry.level;
    const layer = { pen: live, series, facts, colours };
    live.clear();
    this.axis.begin();
    live.clipped(0, 0, geometry.width, geometry.height, () => {
      if (geometry.last === newest) this.drawNewest(layer, newest);
      added?.marks(layer);
      if (drawsArrows(row, geometry)) this.drawOpen(layer);
      this.drawLastPrice(facts, colours);
    });
    added?.tags(layer);
    this.told = cross && added ? added.cross(layer, cross) : series.count - 1;
    this.axis.drawTags(live, geometry, colours);
    const forming = facts.forming(row);
    if (forming) drawCountdown(live, geometry, forming.progress, forming.left, colours);
  }

  private drawNewest(layer: Layer, column: number): void {
    const { live, geometry } = this;
    const { series, facts, colours } = layer;
    const forming = facts.forming(this.row) !== null;
    const width = Math.max(geometry.spacing * 1.5, 4);
    if (forming) live.fill(geometry.x(column) - width / 2, 0, width, geometry.height, colours.accentWash);
    drawVolume(live, geometry, series, column, column, this.span.most, colours);
    if (!this.added?.bars(layer, column, column, forming)) drawCandles(live, geometry, series, column, column, forming, colours);
  }

  private drawOpen(layer: Layer): void {
    const { live, geometry } = this;
    const { series, facts, colours } = layer;
    const { position } = facts;
    for (const trade of facts.open) drawTrade(live, geometry, series, this.row, facts, trade, colours);
    this.added?.open(layer);
    if (!position) return;
    if (position.both) return this.drawBoth(facts, colours);
    const from = Math.max(0, geometry.barX(series.indexAt(position.since)));
    const head = Math.min(geometry.width, geometry.barX(series.count - 1));
    const { entry, stop, trail, target } = position;
    if (head > from) drawZones(live, geometry, from, head, entry, stop, target, colours);
    drawLevels(live, geometry, from, entry, stop, target, colours);
    const text = signed(position.profit, Math.abs(position.profit) >= 1000 ? 0 : 2);
    this.axis.add("level", PRIORITY.profit, geometry.y(entry), text, position.profit >= 0 ? colours.up : colours.down, geometry);
    const apart = Math.abs(geometry.y(stop) - geometry.y(target));
    if (Number.isFinite(trail)) this.addLevel(trail, facts, colours.down);
    if (apart < ROOM_FOR_LEVELS) return;
    if (Number.isFinite(stop)) this.addLevel(stop, facts, colours.down);
    if (Number.isFinite(target)) this.addLevel(target, facts, colours.up);
  }

  private addLevel(price: number, facts: Facts, colour: string): void {
    this.axis.add("level", PRIORITY.level, this.geometry.y(price), priceText(price, facts.info.digits), colour, this.geometry);
  }

  /** Where both sides are held each lot has its own lines: those of the newest, or there would be nothing but lines. */
  private drawBoth(facts: Facts, colours: Colours): void {
    const { live, geometry } = this;
    const { trades, open } = facts;
    const series = facts.series[this.row]!;
    for (const trade of open.slice(-MOST_LOTS)) {
      const from = Math.max(0, geometry.barX(series.indexAt(trades.entryTime[trade]!)));
      drawLevels(live, geometry, from, trades.entryPrice[trade]!, trades.stop[trade]!, trades.target[trade]!, colours);
    }
  }

  private drawLastPrice(facts: Facts, colours: Colours): void {
    const series = facts.series[this.row]!;
    const last = series.count - 1;
    const price = series.close(last);
    const colour = price >= series.open(last) ? colours.up : colours.down;
    const y = this.geometry.y(price);
    if (y > 0 && y < this.geometry.height) this.live.dashAcross(0, this.geometry.width, y, colour, DASH.price);
    this.axis.add("last", PRIORITY.last, y, priceText(price, facts.info.digits), colour, this.geometry);
  }
}
