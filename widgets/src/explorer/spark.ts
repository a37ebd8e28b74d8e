// Over a slider: what comes out along it, the others held; the dot is where the slider is.
import { Pen } from "../view/pen.ts";
import type { ExplorerColours } from "./colours.ts";

const DASHED = [2, 3];

/** Draws values at shares of the width (0 to 1); NaN where one is not known yet. `at` is the slider's share, `here` its value. */
export function drawSpark(pen: Pen, shares: readonly number[], values: ArrayLike<number>, at: number, here: number, middle: number, inset: number, colours: ExplorerColours): void {
  pen.clear();
  let [low, high] = [middle, middle];
  for (let i = 0; i < shares.length; i++)
    if (Number.isFinite(values[i]!)) {
      low = Math.min(low, values[i]!);
      high = Math.max(high, values[i]!);
    }
  if (Number.isFinite(here)) [low, high] = [Math.min(low, here), Math.max(high, here)];
  const x = (share: number): number => inset + share * (pen.width - 2 * inset);
  const y = (value: number): number => 3 + ((high - value) / (high - low || 1)) * (pen.height - 10);
  pen.dashAcross(0, pen.width, y(middle), colours.line2, DASHED);
  trace(pen, shares, values, x, y, colours.text3);
  if (Number.isFinite(here)) pen.dot(x(at), y(here), 2.6, here >= middle ? colours.up : colours.down);
}

function trace(pen: Pen, shares: readonly number[], values: ArrayLike<number>, x: (share: number) => number, y: (value: number) => number, colour: string): void {
  const { context } = pen;
  context.strokeStyle = colour;
  context.lineWidth = 1.1;
  context.lineJoin = "round";
  context.beginPath();
  let drawn = false;
  for (let i = 0; i < shares.length; i++) {
    if (!Number.isFinite(values[i]!)) continue;
    if (drawn) context.lineTo(x(shares[i]!), y(values[i]!));
    else context.moveTo(x(shares[i]!), y(values[i]!));
    drawn = true;
  }
  context.stroke();
}
