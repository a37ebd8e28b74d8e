// The parameters of an overlay, to be changed in place. Every number that can be is tried at once; the last one typed counts.
import { make, writer } from "../dom.ts";
import { price as priceText } from "../format.ts";
import type { Layer, Overlays, Parameter } from "../needs.ts";
import type { Editor as Needed } from "./part.ts";
import { titleOf } from "./title.ts";

const STILL = "This page has no kernel to calculate with: change it in the notebook.";

export class Editor implements Needed {
  readonly element = make("div", { class: "pop ed", hidden: "", role: "dialog" });
  private readonly reason = make("div", { class: "bad", role: "alert", hidden: "" });
  private readonly say = writer(this.reason);
  private layer: Layer | null = null;
  private from: HTMLElement | null = null;
  /** What was asked for and not answered yet: the version and error the layer had then. */
  private waits: { version: number; error: string } | null = null;
  private next: Record<string, number> | null = null;

  constructor(private readonly overlays: Overlays, private readonly closed: () => void) {}

  get open(): boolean {
    return !this.element.hidden;
  }

  /** Opens beside the name that was clicked. */
  show(layer: Layer, at: HTMLElement, panel: HTMLElement): void {
    if (this.open && this.layer === layer) return this.hide();
    const { title, parameters } = layer.about, rows = parameters.map((one) => this.row(one));
    [this.layer, this.from, this.waits, this.next] = [layer, at, null, null];
    this.element.setAttribute("aria-label", `Parameters of ${title}`);
    const hint = this.overlays.still && rows.length ? STILL : rows.length ? "" : `${titleOf(layer.about)} has no parameters.`;
    this.element.replaceChildren(...rows, ...(hint ? [make("div", { class: "hint" }, hint)] : []), this.reason);
    panel.append(this.element);
    const [box, button] = [panel.getBoundingClientRect(), at.getBoundingClientRect()];
    this.element.hidden = this.reason.hidden = false;
    this.say("");
    this.reason.hidden = true;
    this.element.style.left = `${Math.max(4, Math.min(button.left - box.left, box.width - this.element.offsetWidth - 4))}px`;
    this.element.style.top = `${Math.max(4, Math.min(button.bottom - box.top + 4, box.height - this.element.offsetHeight - 4))}px`;
    (this.element.querySelector("input,select") as HTMLElement | null)?.focus({ preventScroll: true });
  }

  hide(): void {
    if (!this.open) return;
    this.element.hidden = true;
    this.layer = null;
    this.closed();
    this.from?.focus({ preventScroll: true });
  }

  /** Takes what was answered. */
  update(): void {
    const { layer, waits } = this;
    if (!layer || !waits || (layer.about.version === waits.version && layer.error === waits.error)) return;
    this.waits = null;
    if (this.next) return this.send(this.next);
    this.complain(layer.error);
  }

  private row(parameter: Parameter): HTMLElement {
    const { name, value, low, high, whole, about, choices } = parameter, label = make("label", about ? { title: about } : {}, make("span", {}, name));
    const box = choices.length ? make("select", {}, ...choices.map((choice, i) => make("option", { value: String(i) }, choice))) : make("input", { type: "number", step: whole ? "1" : "any" });
    if (box instanceof HTMLInputElement && low !== null && high !== null) [box.min, box.max] = [String(low), String(high)];
    box.value = String(value);
    box.disabled = this.overlays.still;
    box.addEventListener("input", () => this.tried(parameter, box));
    label.append(box);
    return label;
  }

  private tried({ name, low, high, whole, choices }: Parameter, box: HTMLInputElement | HTMLSelectElement): void {
    const value = box.value.trim() === "" ? NaN : Number(box.value), text = (limit: number): string => priceText(limit, 0);
    const wrong = value !== value ? "A number is wanted." : whole && value % 1 ? "A whole number is wanted." : "";
    const outside = !choices.length && low !== null && high !== null && (value < low || value > high) ? `${name} is ${text(low)} to ${text(high)}.` : "";
    this.complain(wrong || outside);
    box.setAttribute("aria-invalid", String(Boolean(wrong || outside)));
    if (!wrong && !outside) this.send({ ...this.next, [name]: value });
  }

  private send(values: Record<string, number>): void {
    const layer = this.layer!;
    if (this.waits) {
      this.next = values;
      return;
    }
    this.next = null;
    layer.error = "";
    this.waits = { version: layer.about.version, error: "" };
    layer.change(values);
  }

  private complain(text: string): void {
    this.say(text);
    this.reason.hidden = !text;
  }
}
