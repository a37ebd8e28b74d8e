// The name on top: what is shown.
import { make } from "./dom.ts";
import type { Facts } from "./facts.ts";

export class Heading {
  private readonly name = make("h2");
  private readonly about = make("span", { class: "sub" });
  readonly element = make("header", { class: "bar" }, this.name, this.about);
  private shown: unknown;

  update(facts: Facts): void {
    if (facts.veil === this.shown) return;
    this.shown = facts.veil;
    this.name.textContent = this.name.title = facts.symbol;
    this.about.textContent = this.about.title = facts.about;
  }
}
