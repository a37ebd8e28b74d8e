// The time axis of a panel: labels, and in the corner what is left of the running bar.
import { countdown } from "../format.ts";
import type { Pen } from "../pen.ts";
import { clamp } from "../scale.ts";
import type { Colours } from "../theme.ts";
import type { TimeLabel } from "../timeaxis.ts";
import type { Geometry } from "./geometry.ts";

/** Where its texts stand, below the plot. */
export const BASELINE = 14;

export function drawTimeLabels(pen: Pen, geometry: Geometry, labels: readonly TimeLabel[], colours: Colours): void {
  for (const label of labels) {
    pen.font(11, label.strong ? 500 : 400);
    pen.text(label.text, label.x, geometry.foot + BASELINE, label.strong ? colours.text2 : colours.text3, "center");
  }
}

/** A line that fills and the time that is left. */
export function drawCountdown(pen: Pen, geometry: Geometry, progress: number, left: number, colours: Colours): void {
  const { width, foot } = geometry;
  pen.fill(width, foot, geometry.axis, 2, colours.line2);
  pen.fill(width, foot, geometry.axis * clamp(progress, 0, 1), 2, colours.accent);
  pen.font(11).text(countdown(left, true), width + 7, foot + BASELINE, colours.text2);
}
