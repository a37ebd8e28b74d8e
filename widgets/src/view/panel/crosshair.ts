// The crosshair: full lines where the pointer is, and elsewhere the same time with a dot at that bar's close.
import { DASH, type Pen } from "../pen.ts";
import type { Colours } from "../theme.ts";
import type { Geometry } from "./geometry.ts";

/** What the pointer points at: a panel's row, the start of a bar there in µs, and a price. */
export interface Cross {
  row: number;
  time: number;
  price: number;
}

export function drawCrosshair(pen: Pen, geometry: Geometry, x: number, y: number, own: boolean, colours: Colours): void {
  pen.dashDown(x, geometry.legend, geometry.foot, colours.text3, DASH.cross);
  if (own) {
    pen.dashAcross(0, geometry.width, y, colours.text3, DASH.cross);
    return;
  }
  pen.dot(x + pen.hair / 2, y, 3.4, colours.plot);
  pen.dot(x + pen.hair / 2, y, 2.2, colours.text);
}
