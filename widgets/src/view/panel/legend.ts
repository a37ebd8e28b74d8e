// The legend of a panel: its timeframe, and open, high, low, close of the bar under the crosshair, the newest one otherwise.
import { make, writer } from "../dom.ts";
import { fixed, price as priceText } from "../format.ts";
import type { Series } from "../needs.ts";

export class Legend {
  readonly element: HTMLElement;
  private readonly values: ((text: string) => void)[] = [];
  private readonly close = make("span", { class: "up" });
  private readonly volume: (text: string) => void;
  private rising = true;

  constructor(timeframe: string, own: boolean, volumeName: string) {
    const first = make("div", {}, make("span", { class: "tf" }, timeframe));
    for (const name of ["O", "H", "L"]) {
      const value = make("span");
      first.append(make("span", { class: "v" }, make("span", { class: "k" }, name), value), " ");
      this.values.push(writer(value));
    }
    first.append(make("span", { class: "v" }, make("span", { class: "k" }, "C"), this.close));
    this.values.push(writer(this.close));
    const volume = make("span", { class: "num" });
    this.volume = writer(volume);
    const second = make("div", { class: "r2" }, make("span", {}, `${volumeName} `, volume));
    if (own) second.append(make("span", { class: "st" }, "strategy"));
    this.element = make("figcaption", { class: "lg" }, first, second);
  }

  update(series: Series, bar: number, digits: number): void {
    const there = bar >= 0 && bar < series.count;
    const [open, high, low, close] = there ? [series.open[bar]!, series.high[bar]!, series.low[bar]!, series.close[bar]!] : [NaN, NaN, NaN, NaN];
    [open, high, low, close].forEach((value, index) => this.values[index]!(priceText(value, digits)));
    this.volume(there ? fixed(series.volume[bar]!, 0) : "");
    const rising = !(close < open);
    if (rising !== this.rising) this.close.className = (this.rising = rising) ? "up" : "down";
  }
}
