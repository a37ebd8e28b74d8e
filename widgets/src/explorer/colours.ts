// The colours of the explorer's canvases: the chart's, and a diverging scale for the map.
import { type Colours, readColours } from "../view/theme.ts";

export interface ExplorerColours extends Colours {
  /** From the losing end over the middle to the winning one. */
  ramp: string[];
}

const STEPS = 24;

export function readExplorerColours(element: Element): ExplorerColours {
  const style = getComputedStyle(element), token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const [negative, middle, positive] = [token("div-neg"), token("div-mid"), token("div-pos")];
  const ramp: string[] = [];
  for (let step = -STEPS; step <= STEPS; step++) ramp.push(mixed(middle, step < 0 ? negative : positive, (Math.abs(step) / STEPS) ** 0.8));
  return { ...readColours(element), ramp };
}

/** The colour of a value that is `share` of the way to an end: -1 the losing one, 1 the winning one. */
export const rampAt = (ramp: readonly string[], share: number): string => ramp[Math.round((Math.min(1, Math.max(-1, share)) + 1) * STEPS)]!;

function mixed(one: string, other: string, share: number): string {
  const [a, b] = [channels(one), channels(other)];
  return `rgb(${a.map((value, i) => Math.round(value + (b[i]! - value) * share)).join(" ")})`;
}

const channels = (hex: string): number[] => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) || 0);
