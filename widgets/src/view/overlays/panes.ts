// The overlays of one panel: which stand over the prices and which in panes beneath, the panes' scales, and the values of one bar.
import { price as priceText } from "../format.ts";
import type { Layer, Series } from "../needs.ts";
import type { Geometry } from "../panel/geometry.ts";
import { PRIORITY, type PriceAxis } from "../panel/priceaxis.ts";
import { DASH, type Pen } from "../pen.ts";
import { type Tag, niceStep, settle } from "../scale.ts";
import type { Colours } from "../theme.ts";
import { LegendRow } from "./legend.ts";
import { byValues } from "./title.ts";
import type { PanelOverlays as Needed } from "./part.ts";
import { type Place, columnsOf, drawOver, drawShades, drawUnder, ink } from "./shapes.ts";
import { axisText, textOf } from "./values.ts";

const LEGEND = 17;
const FOOT = 4;

interface ValueTag extends Tag {
  text: string;
}

class Pane {
  readonly layers: Layer[] = [];
  readonly legend = new LegendRow("plg");
  top = 0;
  private low = 0;
  private scale = 1;
  private step = 1;
  private height = 0;

  constructor(readonly name: string) {}

  y(value: number): number {
    return this.top + this.height - FOOT - (value - this.low) * this.scale;
  }

  value(y: number): number {
    return this.low + (this.top + this.height - FOOT - y) / this.scale;
  }

  text(pen: Pen, value: number, geometry: Geometry): string {
    return axisText(pen, value, this.step, geometry.axis - 11);
  }

  /** Takes the values of the bars in view, levels and a histogram's zero among them. */
  fit(place: Place, top: number, height: number): void {
    let low = Infinity, high = -Infinity;
    const take = (least: number, most: number): void => {
      if (least < low) low = least;
      if (most > high) high = most;
    };
    const [first, last] = columnsOf(place), { level } = place.geometry;
    for (const layer of this.layers) {
      for (const each of layer.about.levels) take(each, each);
      layer.about.shapes.forEach((shape, i) => {
        if (shape.kind === "shade" || shape.kind === "profile") return;
        if (shape.kind === "histogram") take(0, 0);
        for (let k = 0; k < shape.columns; k++) {
          layer.range(layer.columnOf(i) + k, first << level, Math.min((last + 1) << level, place.series.completed));
          take(layer.low, layer.high);
        }
      });
    }
    if (!(low <= high)) [low, high] = [0, 1];
    const air = (high - low) * 0.04 || Math.abs(high) * 0.01 || 1;
    this.low = low - air;
    this.top = top;
    this.height = height;
    this.scale = (height - LEGEND - FOOT) / (high - low + 2 * air);
  }

  draw(place: Place): void {
    const { pen, geometry, colours } = place, { width, axis } = geometry, { top, height } = this, bottom = top + height;
    const step = (this.step = niceStep((height - LEGEND - FOOT) / this.scale, (height - LEGEND) / 24));
    pen.font(11, 500);
    const tags = this.tags(place);
    pen.font(11);
    const label = (value: number, text: string): void => {
      const y = this.y(value);
      if (!tags.some((tag) => Math.abs(tag.at - y) < 14)) pen.text(text, width + 7, y + 4, colours.text3);
    };
    const levels = this.layers.flatMap((layer) => layer.about.levels);
    for (const level of levels) label(level, textOf(level, level % 1 ? 0.1 : 1));
    if (!levels.length)
      for (let n = Math.ceil(this.value(bottom - 6) / step); n * step <= this.value(top + 8); n++) {
        pen.across(0, width, this.y(n * step), colours.grid);
        label(n * step, textOf(n * step, step));
      }
    pen.across(0, width + axis, top, colours.line);
    pen.clipped(0, top, width, height, () => {
      for (const level of levels) pen.dashAcross(0, width, this.y(level), colours.text3, DASH.price);
      drawUnder(place, this.layers);
      drawOver(place, this.layers);
    });
    for (const tag of tags) {
      pen.round(width + 1, tag.at - tag.height / 2, axis - 2, tag.height, 2, colours.raised);
      pen.font(11, 500).text(tag.text, width + 7, tag.at + 4, colours.text);
    }
  }

  /** The value of each overlay's first line at the last bar that has closed in view. */
  private tags({ pen, geometry, series }: Place): ValueTag[] {
    const bar = Math.min(series.completed, (geometry.last + 1) << geometry.level) - 1, tags: ValueTag[] = [];
    for (const layer of this.layers) {
      const value = layer.value(0, bar);
      if (layer.about.shapes[0]?.kind !== "band" && value === value) tags.push({ y: this.y(value), at: 0, height: 16, priority: -tags.length, text: this.text(pen, value, geometry) });
    }
    return settle(tags, this.top + 1, this.top + this.height - 1);
  }
}

export class PanelOverlays implements Needed {
  private readonly legend = new LegendRow("ovs");
  private readonly price: Layer[] = [];
  private readonly panes: Pane[] = [];
  private shown = 0;
  private written = { bar: NaN, version: NaN };

  constructor(private readonly layers: readonly Layer[], edit: (layer: Layer, at: HTMLElement) => void) {
    for (const layer of layers) {
      const { pane } = layer.about;
      if (pane === "price") this.price.push(layer);
      else (this.panes.find(({ name }) => name === pane) ?? this.panes[this.panes.push(new Pane(pane)) - 1]!).layers.push(layer);
    }
    this.legend.show([...this.price].sort((one, other) => byValues(one.about, other.about)), edit);
    for (const one of this.panes) one.legend.show(one.layers, edit);
  }

  get names(): HTMLElement {
    return this.legend.element;
  }

  get elements(): HTMLElement[] {
    return this.panes.map(({ legend }) => legend.element);
  }

  split(geometry: Geometry, shown: number): void {
    this.shown = shown;
    this.written.bar = NaN;
    this.panes.forEach(({ legend }, i) => {
      legend.place(i < this.shown ? geometry.paneTop(i) : -1);
      legend.leave(i === this.shown - 1 ? this.panes.length - this.shown : 0);
    });
  }

  begin(pen: Pen, geometry: Geometry, series: Series, colours: Colours): void {
    if (!this.layers.length) return;
    const place = placeOf(pen, geometry, series, colours), [first, last] = columnsOf(place), end = Math.min((last + 1) << geometry.level, series.completed);
    for (const layer of this.layers) layer.need(first << geometry.level, end, geometry.level);
    drawShades(place, this.layers);
  }

  drawUnder(pen: Pen, geometry: Geometry, series: Series, colours: Colours): void {
    drawUnder(placeOf(pen, geometry, series, colours), this.price);
  }

  drawOver(pen: Pen, geometry: Geometry, series: Series, colours: Colours): void {
    drawOver(placeOf(pen, geometry, series, colours), this.price);
  }

  drawPanes(pen: Pen, geometry: Geometry, series: Series, colours: Colours): void {
    this.panes.slice(0, this.shown).forEach((pane, i) => {
      const place = { ...placeOf(pen, geometry, series, colours), scale: pane };
      pane.fit(place, geometry.paneTop(i), geometry.pane);
      pane.draw(place);
    });
  }

  addTags(axis: PriceAxis, geometry: Geometry, series: Series, digits: number, colours: Colours): void {
    for (const layer of this.price)
      layer.about.shapes.forEach((shape, i) => {
        const value = shape.kind === "line" || shape.kind === "step" ? layer.value(layer.columnOf(i), series.completed - 1) : NaN, y = geometry.y(value);
        if (y > 0 && y < geometry.height) axis.add("overlay", PRIORITY.overlay, y, priceText(value, digits), ink(colours, shape.colour), geometry);
      });
  }

  drawCursor(pen: Pen, geometry: Geometry, y: number, colours: Colours): void {
    const pane = this.panes[Math.floor((y - geometry.height) / geometry.pane)];
    if (!pane || y > geometry.foot) return;
    pen.round(geometry.width + 1, y - 8.5, geometry.axis - 2, 17, 2, colours.text2);
    pen.font(11, 600).text(pane.text(pen, pane.value(y), geometry), geometry.width + 7, y + 4, colours.plot);
  }

  write(series: Series, bar: number, digits: number, version: number): void {
    const closed = Math.min(bar, series.completed - 1);
    if (closed === this.written.bar && version === this.written.version) return;
    this.written = { bar: closed, version };
    this.legend.write(closed, digits);
    for (let i = 0; i < this.shown; i++) this.panes[i]!.legend.write(closed, NaN);
  }
}

function placeOf(pen: Pen, geometry: Geometry, series: Series, colours: Colours): Place {
  return { pen, geometry, series, scale: geometry, top: 0, bottom: geometry.height, colours };
}
