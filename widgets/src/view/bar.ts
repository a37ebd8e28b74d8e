// The bar on top: what is shown, where it stands, and the tools.
import { make, writer } from "./dom.ts";
import type { Facts } from "./facts.ts";
import { fixed, moment } from "./format.ts";
import { type IconName, icon } from "./icons.ts";

const SHOWN = 2500;

export interface BarActions {
  all(): void;
  one(): void;
  theme(): void;
  keys(): void;
}

/** A square button with a picture; its name is what a screen reader says and the pointer is shown. */
export function iconButton(name: IconName, title: string, press: () => void, toggle = false): HTMLButtonElement {
  const button = make("button", { type: "button", class: "ib", title, "aria-label": title, ...(toggle ? { "aria-pressed": "false" } : {}) }, icon(name));
  button.addEventListener("click", press);
  return button;
}

export class TopBar {
  readonly element: HTMLElement;
  private readonly clock: (text: string) => void;
  private readonly mode: (text: string) => void;
  private readonly tick: (text: string) => void;
  private readonly of: (text: string) => void;
  private readonly all: HTMLButtonElement;
  private readonly one: HTMLButtonElement;
  private readonly toast = make("div", { class: "toast", "aria-hidden": "true", hidden: "" });
  private timer = 0;
  private shownTime = NaN;
  private shownTick = -2;

  constructor(facts: Facts, themeButton: boolean, actions: BarActions) {
    const { info } = facts;
    const sub = [info.feed, info.strategy].filter(Boolean).join(" · ");
    const [mode, clock, tick, of] = [make("span", { class: "mode" }), make("b", { class: "clock" }), make("b"), make("span")];
    this.mode = writer(mode);
    this.clock = writer(clock);
    this.tick = writer(tick);
    this.of = writer(of);
    this.all = iconButton("six", "All panels (0)", actions.all, true);
    this.one = iconButton("one", "One panel (1-6)", actions.one, true);
    const tools = make("span", { class: "grp tools" }, this.all, this.one);
    if (themeButton) tools.append(iconButton("theme", "Light or dark", actions.theme));
    tools.append(iconButton("keys", "Keys (?)", actions.keys));
    const chip = make("span", { class: "chip" }, mode, make("i"), make("span", {}, clock, " UTC"), make("i"), make("span", {}, `${info.unit} `, tick, of));
    this.element = make(
      "header", { class: "bar" },
      make("h2", { title: info.symbol }, info.symbol), make("span", { class: "sub", title: sub }, sub), make("span", { class: "grow" }), chip, make("span", { class: "grow" }), tools, this.toast,
    );
  }

  /** Shows a sentence for a moment under the bar. */
  flash(text: string): void {
    clearTimeout(this.timer);
    this.toast.textContent = text;
    this.toast.hidden = false;
    this.timer = window.setTimeout(() => (this.toast.hidden = true), SHOWN);
  }

  update(facts: Facts, large: boolean): void {
    this.mode(facts.info.mode === "replay" ? "REPLAY" : "CHART");
    if (facts.time !== this.shownTime) this.clock(Number.isFinite(facts.time) ? moment((this.shownTime = facts.time)) : "");
    if (facts.tick !== this.shownTick) this.tick(fixed((this.shownTick = facts.tick) + 1, 0));
    this.of(` of ${fixed(facts.ticks, 0)}`);
    if ((this.one.getAttribute("aria-pressed") === "true") !== large) {
      this.one.setAttribute("aria-pressed", String(large));
      this.all.setAttribute("aria-pressed", String(!large));
    } else if (this.all.getAttribute("aria-pressed") === String(large)) this.all.setAttribute("aria-pressed", String(!large));
  }
}
