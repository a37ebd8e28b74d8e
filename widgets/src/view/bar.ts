// The bar on top: where the head stands, and the tools.
import { make, writer } from "./dom.ts";
import * as drawings from "./drawings.ts";
import type { Facts } from "./facts.ts";
import { fixed } from "./format.ts";
import { icon } from "./icons.ts";
import { STYLES } from "./panel/barstyle.ts";
import { Zone } from "./zone.ts";
import { moment } from "./words.ts";

const SHOWN = 2500;

export interface BarActions {
  style(style: string): void;
  zone(name: string): void;
  palette(): void;
  blind(): void;
  keep(): void;
  all(): void;
  one(): void;
  theme(): void;
  keys(): void;
}

/** A square button with a picture; its name is what a screen reader says and the pointer is shown. */
export function iconButton(drawing: string, title: string, press: () => void, toggle = false): HTMLButtonElement {
  const button = make("button", { type: "button", class: "ib", title, "aria-label": title, ...(toggle ? { "aria-pressed": "false" } : {}) }, icon(drawing));
  button.addEventListener("click", press);
  return button;
}

/** A choice of few things; after it the keyboard is the widget's again. */
function choice(label: string, options: Iterable<readonly [value: string, text: string]>, choose: (value: string) => void): HTMLSelectElement {
  const select = make("select", { class: "pick", "aria-label": label, title: label });
  for (const [value, text] of options) select.append(new Option(text, value));
  select.addEventListener("change", () => choose(select.value));
  return select;
}

export class TopBar {
  private readonly clock: (text: string) => void;
  private readonly mode: (text: string) => void;
  private readonly tick: (text: string) => void;
  private readonly of: (text: string) => void;
  private readonly style: HTMLSelectElement;
  private readonly zone: HTMLSelectElement;
  private readonly all: HTMLButtonElement;
  private readonly one: HTMLButtonElement;
  private readonly colours: HTMLButtonElement;
  /** What is said for a moment: at the foot of what of the widget is in view, where it hides neither prices nor buttons. */
  readonly toast = make("div", { class: "toast", "aria-hidden": "true", hidden: "" });
  private timer = 0;
  private shownTime = NaN;
  private shownZone: Zone | null = null;
  private shownStyle = "";
  private shownVeil: unknown;
  private readonly blind: HTMLButtonElement;
  private readonly kept: HTMLButtonElement;
  private readonly chip: HTMLElement;
  private shownTick = -2;

  /** Puts itself behind the name that stands there already. */
  constructor(element: HTMLElement, facts: Facts, themeButton: boolean, actions: BarActions) {
    const { info } = facts;
    const [mode, clock, tick, of] = [make("span", { class: "mode" }), make("b", { class: "clock" }), make("b"), make("span")];
    this.mode = writer(mode);
    this.clock = writer(clock);
    this.tick = writer(tick);
    this.of = writer(of);
    this.all = iconButton(drawings.six, "All panels (0)", actions.all, true);
    this.one = iconButton(drawings.one, "One panel (1-6)", actions.one, true);
    this.colours = iconButton(drawings.palette, "Colour-blind palette", actions.palette, true);
    this.blind = iconButton(drawings.blind, "Blind: no symbol, date or price level", actions.blind, true);
    this.kept = iconButton(drawings.layout, "Keep this layout for new charts", actions.keep, true);
    this.style = choice("Bars drawn as", Object.entries(STYLES), (style) => actions.style(style));
    this.zone = choice("Time zone", [...new Set(["UTC", ...info.zones])].map((name) => [name, new Zone(name).label] as const), actions.zone);
    const tools = make("span", { class: "grp tools" }, this.style, make("span", { class: "sep" }), this.all, this.one, make("span", { class: "sep" }), this.blind, this.colours, this.kept);
    if (themeButton) tools.append(iconButton(drawings.theme, "Light or dark", actions.theme));
    tools.append(iconButton(drawings.keys, "Keys (?)", actions.keys));
    const chip = this.chip = make("span", { class: "chip" }, mode, make("i"), make("span", { class: "at" }, clock, this.zone), make("i"), make("span", {}, `${info.unit} `, tick, of));
    element.append(make("span", { class: "grow" }), chip, make("span", { class: "grow" }), tools);
  }

  /** Shows a sentence for a moment. */
  flash(text: string): void {
    clearTimeout(this.timer);
    this.toast.textContent = text;
    this.toast.hidden = false;
    this.timer = window.setTimeout(() => (this.toast.hidden = true), SHOWN);
  }

  update(facts: Facts, large: boolean, kept: boolean): void {
    press(this.kept, kept);
    press(this.colours, facts.palette !== "default");
    const { stopped } = facts.source;
    this.mode(stopped ? "PAUSED" : facts.info.mode === "replay" ? "REPLAY" : "CHART");
    if (this.chip.classList.contains("stopped") !== stopped) this.chip.classList.toggle("stopped", stopped);
    const veiled = facts.veil !== this.shownVeil;
    if (veiled) {
      press(this.blind, facts.blind);
      this.shownVeil = facts.veil;
    }
    if (veiled || facts.time !== this.shownTime || facts.zone !== this.shownZone) this.clock(Number.isFinite(facts.time) ? moment(facts.local((this.shownTime = facts.time))) : "");
    if (facts.zone !== this.shownZone) show(this.zone, facts.zone.name, (this.shownZone = facts.zone).label);
    if (facts.style !== this.shownStyle) show(this.style, (this.shownStyle = facts.style));
    if (facts.tick !== this.shownTick) this.tick(fixed((this.shownTick = facts.tick) + 1, 0));
    this.of(` of ${fixed(facts.ticks, 0)}`);
    press(this.one, large);
    press(this.all, !large);
  }
}

/** What was chosen elsewhere may be none of the options that a person is offered. */
function show(select: HTMLSelectElement, value: string, text = value): void {
  select.value = value;
  if (select.value !== value) select.add(new Option(text, value, true, true));
}

function press(button: HTMLButtonElement, pressed: boolean): void {
  if (button.ariaPressed !== String(pressed)) button.ariaPressed = String(pressed);
}
