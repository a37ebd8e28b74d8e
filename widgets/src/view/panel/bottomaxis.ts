// The time axis of a panel: labels, the crosshair's time, and in the corner what is left of the running bar.
import { HOUR, DAY, clock, countdown, dayMonth, weekday } from "../format.ts";
import type { Pen } from "../pen.ts";
import { clamp } from "../scale.ts";
import type { Colours } from "../theme.ts";
import type { TimeLabel } from "../timeaxis.ts";
import { AXIS_HEIGHT, type Geometry } from "./geometry.ts";

const BASELINE = 14;

export function drawTimeLabels(pen: Pen, geometry: Geometry, labels: readonly TimeLabel[], colours: Colours): void {
  for (const label of labels) {
    pen.font(11, label.strong ? 500 : 400);
    pen.text(label.text, label.x, geometry.foot + BASELINE, label.strong ? colours.text2 : colours.text3, "center");
  }
}

/** The chip with the crosshair's time; labels it would touch are painted over. */
export function drawTimeChip(
  pen: Pen, geometry: Geometry, labels: readonly TimeLabel[], x: number, time: number, bar: number, own: boolean, colours: Colours,
): void {
  const text = bar >= DAY ? weekday(time) : bar >= HOUR ? `${dayMonth(time)} ${clock(time)}` : clock(time);
  pen.font(11, own ? 600 : 500);
  const width = pen.textWidth(text) + 12;
  const left = clamp(x - width / 2, 1, geometry.width - width - 1);
  const top = geometry.foot + 2;
  for (const label of labels)
    if (label.x + label.half > left - 6 && label.x - label.half < left + width + 6) pen.fill(label.x - label.half - 2, top, label.half * 2 + 4, AXIS_HEIGHT - 2, colours.plot);
  pen.round(left, top, width, AXIS_HEIGHT - 4, 2, own ? colours.text2 : colours.raised);
  pen.text(text, left + 6, geometry.foot + BASELINE, own ? colours.plot : colours.text);
}

/** A line that fills and the time that is left. */
export function drawCountdown(pen: Pen, geometry: Geometry, progress: number, left: number, colours: Colours): void {
  const { width, foot } = geometry;
  pen.fill(width, foot, geometry.axis, 2, colours.line2);
  pen.fill(width, foot, geometry.axis * clamp(progress, 0, 1), 2, colours.accent);
  pen.font(11).text(countdown(left, true), width + 7, foot + BASELINE, colours.text2);
}
