// What stands where the panels will be while there is nothing to draw: the tape is being read, or there are no ticks.
import { make, writer } from "./dom.ts";
import { empty, plug, warn } from "./drawings.ts";
import { fixed } from "./format.ts";
import { icon } from "./icons.ts";
import { Pen } from "./pen.ts";
import type { Colours } from "./theme.ts";

const BAR = 7;

/** "Reading the tape", with as many pale candles filled as have arrived. */
export class Loading {
  readonly element: HTMLElement;
  private readonly pen: Pen;
  private readonly count: (text: string) => void;
  private readonly bar = make("i");
  private readonly progress = make("div", { class: "pg", role: "progressbar", "aria-label": "Reading the tape", "aria-valuemin": "0", "aria-valuemax": "100" }, this.bar);

  constructor() {
    const [canvas, count] = [make("canvas", { "aria-hidden": "true" }), make("span")];
    this.pen = new Pen(canvas);
    this.count = writer(count);
    this.element = make("div", { class: "state" }, canvas, make("div", { class: "ld" }, "Reading the tape"), make("div", { class: "lp" }, this.progress, count));
  }

  draw(loaded: number, ticks: number, unit: string, colours: Colours, ratio: number): void {
    const share = ticks > 0 ? Math.min(1, loaded / ticks) : 0;
    this.count(ticks > 0 ? `${fixed(loaded, 0)} of ${fixed(ticks, 0)} ${unit}s` : "");
    this.bar.style.transform = `scaleX(${share})`;
    this.progress.setAttribute("aria-valuenow", String(Math.round(share * 100)));
    const { canvas } = this.pen;
    this.pen.resize(canvas.clientWidth, canvas.clientHeight, ratio);
    this.pen.clear();
    this.candles(share, colours);
  }

  private candles(share: number, colours: Colours): void {
    const { pen } = this;
    const count = Math.floor((pen.width - 30) / BAR);
    const [top, bottom] = [pen.height * 0.25, pen.height * 0.62];
    let seed = 7;
    const random = (): number => (seed = (seed * 16807) % 2147483647) / 2147483647;
    let y = (top + bottom) / 2;
    for (let i = 0; i < count; i++) {
      const height = 8 + random() * 26;
      y = Math.max(top, Math.min(bottom, y + (random() - 0.5) * 18));
      const colour = i < count * share ? colours.line2 : colours.raised;
      pen.fill(14 + i * BAR, y - height / 2 + 6, 5, height * 0.7, colour);
      pen.fill(16 + i * BAR, y - height / 2, 1, height, colour);
    }
  }
}

const PICTURES = { empty, plug, warn };
export type Picture = keyof typeof PICTURES;

/** A sentence in the middle: what is missing, and what to do about it. */
export function message(picture: Picture, title: string, text: string): HTMLElement {
  const inner = make("div", { class: `c ${picture}` }, icon(PICTURES[picture]), make("h3", {}, title), make("div", {}, text));
  return make("div", { class: "state", role: "status" }, inner);
}

/** The line that says the kernel does not answer; what was sent still plays. */
export class Notice {
  readonly element: HTMLElement;
  private readonly title: (text: string) => void;
  private readonly rest: (text: string) => void;

  constructor() {
    const [title, rest] = [make("b"), make("span", { class: "grow" })];
    this.title = writer(title);
    this.rest = writer(rest);
    this.element = make("div", { class: "notice", role: "status", hidden: "" }, icon(plug), title, rest);
  }

  show(title: string, text: string): void {
    this.element.hidden = false;
    this.title(title);
    this.rest(text);
  }

  hide(): void {
    if (!this.element.hidden) this.element.hidden = true;
  }
}
