// The price axis: plain ticks, and the tags that stand over them.
import { type Tag, clamp, priceStep, settle } from "../scale.ts";
import { price as priceText, worn } from "../format.ts";
import type { Pen } from "../pen.ts";
import type { Colours } from "../theme.ts";
import type { Geometry } from "./geometry.ts";

export type TagKind = "cross" | "last" | "level" | "echo" | "overlay";

export interface AxisTag extends Tag {
  text: string;
  kind: TagKind;
  colour: string;
  /** -1 or 1 where the price is off the scale, above or below. */
  beyond: number;
}

/** Who keeps the place: crosshair, last price, running profit, stop and target, crosshair of another panel, indicators. */
export const PRIORITY = { cross: 10, last: 9, profit: 7, level: 5, echo: 4, overlay: 3 };

export class PriceAxis {
  /** Plain ticks of this frame, so that tags can hide the ones beneath. */
  private readonly ticks: number[] = [];
  private tags: AxisTag[] = [];
  private used = 0;

  /** Draws grid lines and plain ticks; belongs to the layer that rarely changes. */
  drawTicks(pen: Pen, geometry: Geometry, digits: number, colours: Colours): void {
    const { width, height } = geometry;
    const floor = height - geometry.volume;
    const lowest = geometry.price(floor);
    const highest = geometry.price(4);
    const step = priceStep(geometry.high - geometry.low, (floor - geometry.top) / 27, digits);
    const base = worn()?.price ?? 0;
    this.ticks.length = 0;
    pen.font(11);
    for (let n = Math.ceil((lowest - base) / step); base + n * step <= highest; n++) {
      const y = geometry.y(base + n * step);
      if (y < 8 || y > height - 8) continue;
      pen.across(0, width, y, colours.grid);
      pen.text(priceText(base + n * step, digits), width + 7, y + 4, colours.text3);
      this.ticks.push(y);
    }
  }

  begin(): void {
    this.used = 0;
  }

  /** Adds a tag; the objects of the frame before are used again. */
  add(kind: TagKind, priority: number, y: number, text: string, colour: string, geometry: Geometry): void {
    const tag = (this.tags[this.used++] ??= { y: 0, height: 0, priority: 0, at: 0, text: "", kind, colour, beyond: 0 });
    tag.kind = kind;
    tag.priority = priority;
    tag.beyond = kind !== "level" ? 0 : y < 2 ? -1 : y > geometry.height - 2 ? 1 : 0;
    tag.y = tag.beyond < 0 ? 15 : tag.beyond > 0 ? geometry.height - 15 : clamp(y, -50, geometry.height + 50);
    tag.height = kind === "level" ? 16 : 17;
    tag.text = text;
    tag.colour = colour;
  }

  drawTags(pen: Pen, geometry: Geometry, colours: Colours): void {
    const tags = this.tags.slice(0, this.used);
    settle(tags, 1, geometry.height - 1);
    this.hideTicks(pen, geometry, tags, colours);
    tags.sort((a, b) => a.priority - b.priority);
    for (const tag of tags) if (tag.at === tag.at) this.drawTag(pen, geometry, tag, colours);
  }

  private hideTicks(pen: Pen, geometry: Geometry, tags: AxisTag[], colours: Colours): void {
    for (const y of this.ticks)
      if (tags.some((tag) => Math.abs(tag.at - y) <= (tag.height + 13) / 2)) pen.fill(geometry.width + 2, y - 7, geometry.axis - 2, 14, colours.plot);
  }

  private drawTag(pen: Pen, geometry: Geometry, tag: AxisTag, colours: Colours): void {
    const { width, height } = geometry;
    const y = pen.snap(tag.at - tag.height / 2);
    const moved = Math.abs(tag.at - tag.y);
    if (moved > 2 && moved < 30 && tag.y > 0 && tag.y < height) pen.line(width, tag.y, width + 4, tag.at, tag.colour, pen.hair);
    const paper = tag.kind === "last" ? tag.colour : tag.kind === "cross" ? colours.text2 : tag.kind === "echo" ? colours.raised : colours.plot;
    const ink = tag.kind === "level" || tag.kind === "overlay" ? tag.colour : tag.kind === "echo" ? colours.text : colours.plot;
    pen.round(width + 1, y, geometry.axis - 2, tag.height, 2, paper);
    if (tag.kind === "overlay") pen.fill(width + 1, y + 1, 2, tag.height - 2, tag.colour);
    if (tag.kind === "level") pen.ring(width + 1, y, geometry.axis - 2, tag.height, 2, tag.colour);
    pen.font(11, tag.kind === "last" || tag.kind === "cross" ? 600 : 500).text(tag.text, width + 7, y + (tag.kind === "level" ? 12 : 12.5), ink);
    if (tag.beyond) this.drawBeyond(pen, width + geometry.axis / 2, tag.beyond < 0 ? y - 5 : y + tag.height + 5, tag);
  }

  private drawBeyond(pen: Pen, x: number, y: number, tag: AxisTag): void {
    const { context } = pen;
    context.fillStyle = tag.colour;
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x - 4, y - 4 * tag.beyond);
    context.lineTo(x + 4, y - 4 * tag.beyond);
    context.fill();
  }
}
