// The crosshair's time at the axis of a panel.
import { DAY, HOUR, clock, dayMonth } from "../format.ts";
import type { Pen } from "../pen.ts";
import { clamp } from "../scale.ts";
import type { Colours } from "../theme.ts";
import type { TimeLabel } from "../timeaxis.ts";
import { BASELINE } from "./bottomaxis.ts";
import { AXIS_HEIGHT, type Geometry } from "./geometry.ts";
import { weekday } from "../words.ts";

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
