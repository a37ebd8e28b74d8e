// The bar: what is explored, how long the last run took, and what can be done with the result.
import { Cleanup, make, writer } from "../view/dom.ts";
import { dayMonth, fixed, yearOf } from "../view/format.ts";
import type { ExplorerInfo } from "./info.ts";
import type { ExplorerModel } from "./model.ts";
import { same } from "./result.ts";

export class Head {
  readonly element: HTMLElement;
  private readonly took = make("b");
  private readonly trial = make("b");
  private readonly pin = make("button", { type: "button", class: "btn", "aria-pressed": "false" }, "Pin as ghost");
  private readonly keep = make("button", { type: "button", class: "btn pri" });
  private readonly code = make("button", { type: "button", class: "btn" }, "Copy code");
  private readonly text = make("textarea", { readonly: "", "aria-label": "The parameters as code", spellcheck: "false", rows: "2" });
  private readonly hint = make("div", { class: "hint" });
  readonly pop = make("div", { class: "pop", hidden: "" }, this.text, this.hint);
  private readonly tellTook = writer(this.took);
  private readonly tellTrial = writer(this.trial);
  private readonly tellKeep = writer(this.keep);

  constructor(private readonly model: ExplorerModel, cleanup: Cleanup) {
    const info = model.info!;
    const chip = make("span", { class: "chip" }, make("span", { class: "mode" }, info.bars ? "EVERY BAR" : "TICK-EXACT"), make("i"), make("span", {}, "recalculated in ", this.took), make("i"), make("span", {}, "trial ", this.trial));
    this.element = make(
      "header", { class: "bar" }, make("h2", {}, "Explore"), make("span", { class: "sub" }, make("b", {}, `${info.strategy} on ${info.timeframe}`), ` · ${whereFrom(info)}`),
      make("span", { class: "grow" }), chip, make("span", { class: "grow" }), make("span", { class: "tools" }, this.code, this.pin, this.keep),
    );
    cleanup.on(this.pin, "click", () => model.pin());
    cleanup.on(this.keep, "click", () => model.keep());
    cleanup.on(this.code, "click", () => (this.pop.hidden ? this.show() : this.hide()));
    cleanup.on(this.pop, "keydown", (event) => event.key === "Escape" && this.hide());
    cleanup.on(this.text, "focus", () => this.text.select());
  }

  update(): void {
    const { model } = this, { current, trials } = model;
    if (!current) return;
    this.tellTook(current.seconds < 1 ? `${Math.max(1, Math.round(1000 * current.seconds))} ms` : `${current.seconds.toFixed(1)} s`);
    this.tellTrial(trials ? fixed(trials.count, 0) : "1");
    this.pin.setAttribute("aria-pressed", String(model.pinned));
    this.tellKeep(same(model.kept, current.position) ? "Kept as .session" : "Keep this session");
    if (!this.pop.hidden && this.text.value !== current.code) this.show();
  }

  hide(): void {
    if (this.pop.hidden) return;
    this.pop.hidden = true;
    this.code.focus({ preventScroll: true });
  }

  /** Copies the code where the page may; it stands there, selected, in any case. */
  private show(): void {
    this.text.value = this.model.current!.code;
    this.pop.hidden = false;
    this.text.style.height = "auto";
    this.text.style.height = `${this.text.scrollHeight + 2}px`;
    this.text.focus({ preventScroll: true });
    this.text.select();
    this.hint.textContent = "Selected: Ctrl+C copies it. In Python: explorer.code()";
    navigator.clipboard?.writeText(this.text.value).then(
      () => (this.hint.textContent = "Copied. In Python: explorer.code()"),
      () => {},
    );
  }
}

function whereFrom(info: ExplorerInfo): string {
  const year = yearOf(info.last), begin = dayMonth(info.first) + (yearOf(info.first) === year ? "" : ` ${yearOf(info.first)}`);
  return [[info.symbol, info.feed].filter(Boolean).join(", "), `${begin} to ${dayMonth(info.last)} ${year}`, `${fixed(info.ticks, 0)} ${info.bars ? "bars" : "ticks"}`].join(" · ");
}
