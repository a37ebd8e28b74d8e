// The speed control: a slider over the marks from real time to as fast as it goes.
import { make, writer } from "./dom.ts";
import { times } from "./words.ts";

export const SPEEDS = [1, 10, 60, 300, 1000, 5000, 20000, 50000, Infinity];

export class SpeedControl {
  readonly element: HTMLElement;
  private readonly slider = make("input", {
    type: "range", class: "sl", min: "0", max: String(SPEEDS.length - 1), step: "1", "aria-label": "Speed", title: "Speed (\u2191 \u2193)",
  });
  private readonly output: (text: string) => void;

  constructor(private readonly changed: (speed: number) => void) {
    const output = make("output");
    this.output = writer(output);
    this.element = make("span", { class: "spd" }, make("span", { class: "lbl", "aria-hidden": "true" }, "Speed"), this.slider, output);
    this.slider.addEventListener("input", () => this.changed(SPEEDS[Number(this.slider.value)]!));
  }

  /** Shows a speed; `unit` says what is counted a second where it is not real time: 60x is one of them. */
  show(speed: number, unit: string): void {
    const mark = nearestMark(speed);
    this.slider.value = String(mark);
    this.slider.style.setProperty("--at", `${(mark / (SPEEDS.length - 1)) * 100}%`);
    const text = unit && Number.isFinite(speed) ? `${Number((speed / 60).toPrecision(2))} ${unit}` : times(speed);
    this.slider.setAttribute("aria-valuetext", text);
    this.output(text);
  }
}

export function nearestMark(speed: number): number {
  let best = 0;
  for (let mark = 0; mark < SPEEDS.length; mark++) if (SPEEDS[mark]! <= speed) best = mark;
  return best;
}
