// An area filled with slanted lines.
import type { Pen } from "./pen.ts";

export function hatch(pen: Pen, x: number, y: number, width: number, height: number, colour: string, step: number): void {
  const { context } = pen;
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  for (let shift = -height; shift < width; shift += step) {
    context.moveTo(x + shift, y + height);
    context.lineTo(x + shift + height, y);
  }
  context.stroke();
  context.restore();
}
