// One control for each range: a native slider with its curve above, a list for texts, a box for yes and no.
import { Cleanup, make, show, writer } from "../view/dom.ts";
import { Pen } from "../view/pen.ts";
import type { ExplorerColours } from "./colours.ts";
import { FIGURES } from "./figures.ts";
import type { RangeInfo } from "./info.ts";
import type { ExplorerModel } from "./model.ts";
import { drawSpark } from "./spark.ts";

const THUMB = 6;

export class Sliders {
  readonly element = make("section", { class: "par", "aria-label": "Parameters" });
  private readonly controls: Control[];

  constructor(private readonly model: ExplorerModel, cleanup: Cleanup, id: string) {
    this.controls = model.info!.ranges.map((range, axis) => new Control(model, range, axis, cleanup, `${id}-${axis}`));
    const list = make("div", { class: "sliders" }, ...this.controls.map((control) => control.element));
    this.element.append(list, make("div", { class: "hint" }, "Over each slider: what comes out along it, the others held. The dot is where you are."));
  }

  update(): void {
    for (const control of this.controls) control.update(this.model);
  }

  draw(ratio: number, colours: ExplorerColours): void {
    for (const control of this.controls) control.draw(this.model, ratio, colours);
  }

  focus(axis: number): void {
    this.controls[axis]!.input.focus({ preventScroll: true });
  }
}

class Control {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement | HTMLSelectElement;
  private readonly pen: Pen | null = null;
  private readonly was = writer(make("span", { class: "was" }));
  private readonly value: (text: string) => void;
  private readonly ghost = make("span", { class: "gh", hidden: "" });
  private readonly shares: number[];

  constructor(model: ExplorerModel, private readonly range: RangeInfo, private readonly axis: number, cleanup: Cleanup, id: string) {
    const last = range.texts.length - 1, label = make("label", { for: id }, range.label);
    this.shares = range.places.map((place) => place / last);
    const [was, value, output] = [make("span", { class: "was" }), make("span"), make("output", { for: id })];
    this.was = writer(was);
    this.value = writer(value);
    output.append(was, value, ...(range.unit ? [make("i", {}, range.unit)] : []));
    const head = make("div", { class: "l" }, label, output);
    if (range.kind === "bool") {
      this.input = make("input", { type: "checkbox", id });
      this.element = make("div", { class: "prm sw", "data-btlab-slider": range.name }, this.input, label, was);
    } else if (range.kind === "str") {
      this.input = make("select", { id }, ...range.texts.map((text, place) => make("option", { value: String(place) }, text)));
      this.element = make("div", { class: "prm", "data-btlab-slider": range.name }, make("div", { class: "l" }, label, was), this.input);
    } else {
      const canvas = make("canvas", { "aria-hidden": "true" });
      this.pen = new Pen(canvas);
      this.input = make("input", { type: "range", class: "sl", id, min: "0", max: String(last), step: "1" });
      const ends = make("div", { class: "rng", "aria-hidden": "true" }, make("span", {}, range.texts[0]!), make("span", {}, range.texts[last]!));
      this.element = make("div", { class: "prm", "data-btlab-slider": range.name }, head, canvas, make("div", { class: "tr2" }, this.input, this.ghost), ends);
    }
    this.listen(model, cleanup);
  }

  private listen(model: ExplorerModel, cleanup: Cleanup): void {
    const { input, axis } = this;
    let down = false;
    const place = (): number => (input instanceof HTMLInputElement && input.type === "checkbox" ? Number(input.checked) : Number(input.value));
    const hold = (): void => void (down = true);
    const letGo = (): void => {
      down = false;
      model.release();
    };
    cleanup.on(input, "input", () => {
      model.slide(axis, place());
      if (!down) model.release();
    });
    if (!this.pen) return;
    for (const type of ["pointerdown", "keydown"]) cleanup.on(input, type, hold);
    for (const type of ["pointerup", "pointercancel", "keyup", "blur"]) cleanup.on(input, type, letGo);
  }

  update(model: ExplorerModel): void {
    const { input, range, axis } = this, place = model.position[axis] ?? 0, text = range.texts[place] ?? "";
    const before = model.shadow?.position[axis] ?? place, last = range.texts.length - 1;
    this.was(before === place ? "" : `was ${range.texts[before]}`);
    this.value(text);
    if (input instanceof HTMLInputElement && input.type === "checkbox") input.checked = place === 1;
    else if (input.value !== String(place)) input.value = String(place);
    if (!this.pen) return;
    input.setAttribute("aria-valuetext", range.unit ? `${text} ${range.unit}` : text);
    input.style.setProperty("--at", `${(100 * place) / last}%`);
    show(this.ghost, before !== place);
    this.ghost.style.left = `calc(${THUMB}px + (100% - ${2 * THUMB}px) * ${before / last})`;
  }

  draw(model: ExplorerModel, ratio: number, colours: ExplorerColours): void {
    const { pen, axis, range } = this, { trials, current, info } = model;
    if (!pen || !trials || !current) return;
    pen.resize(pen.canvas.clientWidth, pen.canvas.clientHeight, ratio);
    const here = current.figures[info!.metrics.indexOf(trials.metric)]!, at = current.position[axis]! / (range.texts.length - 1);
    drawSpark(pen, this.shares, trials.along[axis] ?? [], at, here, FIGURES[trials.metric]!.middle, THUMB, colours);
  }
}
