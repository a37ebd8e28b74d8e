// The arrow of a fill: shape says direction, full or hollow says in or out, colour says the result.
import type { Pen } from "../pen.ts";

/** Draws an arrow whose tip stands at the fill; `up` for what was bought. */
export function drawArrow(pen: Pen, x: number, y: number, up: boolean, colour: string, filled: boolean, paper: string, scale: number): void {
  const { context } = pen;
  const half = 4.2 * scale;
  const height = (up ? 6.4 : -6.4) * scale;
  const middle = pen.snap(x) + pen.hair / 2;
  context.beginPath();
  context.moveTo(middle, y);
  context.lineTo(middle - half, y + height);
  context.lineTo(middle + half, y + height);
  context.closePath();
  context.strokeStyle = paper;
  context.lineWidth = 3;
  context.stroke();
  context.fillStyle = filled ? colour : paper;
  context.fill();
  context.strokeStyle = colour;
  context.lineWidth = 1.25;
  context.stroke();
}
