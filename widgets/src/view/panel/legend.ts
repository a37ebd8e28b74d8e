// The legend of a panel: its timeframe, and open, high, low, close of the bar under the crosshair, the newest one otherwise.
import { make, writer } from "../dom.ts";
import { fixed, price as priceText } from "../format.ts";
import type { Series } from "../needs.ts";

const LINE = 16;

export class Legend {
  readonly element: HTMLElement;
  private readonly first: HTMLElement;
  private readonly names = make("div", { class: "ovs" });
  private readonly values: ((text: string) => void)[] = [];
  private readonly close = make("span", { class: "up" });
  private readonly volume: (text: string) => void;
  private rising = true;

  constructor(timeframe: string, own: boolean, volumeName: string, overlays: readonly string[]) {
    const first = (this.first = make("div", {}, make("span", { class: "tf" }, timeframe)));
    for (const name of ["O", "H", "L"]) {
      const value = make("span");
      first.append(make("span", { class: "v" }, make("span", { class: "k" }, name), value), " ");
      this.values.push(writer(value));
    }
    first.append(make("span", { class: "v" }, make("span", { class: "k" }, "C"), this.close));
    this.values.push(writer(this.close));
    const volume = make("span", { class: "num" });
    this.volume = writer(volume);
    const second = make("div", { class: "r2" }, make("span", { class: "vol" }, `${volumeName} `, volume));
    if (overlays.length) second.append(this.names);
    this.names.append(...overlays.map((name) => make("span", { class: "ov" }, make("i"), make("span", {}, name))));
    if (own) second.append(make("span", { class: "st" }, "strategy"));
    this.element = make("figcaption", { class: "lg" }, first, second);
  }

  /** Takes the names of overlays with all that goes with them, where the names alone have been. */
  name(overlays: HTMLElement): void {
    this.names.replaceWith(overlays);
  }

  /** Writes a price as text at each of the four places, to be measured by `fit`. */
  try(sample: string): void {
    for (const write of this.values) write(sample);
  }

  /** Takes as many lines as the prices need; where that is more than one, overlays fill the second and volume has none. Returns the height. */
  fit(): number {
    const { classList } = this.element;
    classList.remove("tight");
    classList.toggle("tight", this.first.offsetHeight > 1.5 * LINE);
    return this.element.offsetHeight;
  }

  update(series: Series, bar: number, digits: number): void {
    const there = bar >= 0 && bar < series.count;
    const [open, high, low, close] = there ? [series.open(bar), series.high(bar), series.low(bar), series.close(bar)] : [NaN, NaN, NaN, NaN];
    [open, high, low, close].forEach((value, index) => this.values[index]!(priceText(value, digits)));
    this.volume(there ? fixed(series.volume(bar), 0) : "");
    const rising = !(close < open);
    if (rising !== this.rising) this.close.className = (this.rising = rising) ? "up" : "down";
  }
}
