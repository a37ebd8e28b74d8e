// Beside the charts: the map with what it is of, what surrounds the result, and the best of all trials.
import { Cleanup, dress, make, show, writer } from "../view/dom.ts";
import { fixed } from "../view/format.ts";
import type { ExplorerColours } from "./colours.ts";
import { FIGURES, figureText } from "./figures.ts";
import { HeatMap } from "./heat.ts";
import { type ExplorerModel, placeText } from "./model.ts";
import { same } from "./result.ts";

const ROWS = 5;

export class Side {
  readonly element = make("section", { class: "heat", "aria-label": "Trials" });
  private readonly map: HeatMap | null;
  private readonly axes: HTMLSelectElement[] = [];
  private readonly metric: HTMLSelectElement;
  private readonly fill = make("button", { type: "button", class: "ib", "aria-pressed": "true", title: "Fill in while idle" }, "◔");
  private readonly here = new Here();
  private readonly best: Best;

  constructor(private readonly model: ExplorerModel, cleanup: Cleanup) {
    const info = model.info!, mapped = info.mappable.length > 1;
    this.metric = make("select", { class: "pick", "aria-label": "What trials are compared by" }, ...info.metrics.filter((_, i) => info.better[i]).map((name) => make("option", { value: name }, FIGURES[name]!.label)));
    this.map = mapped ? new HeatMap(model, cleanup) : null;
    this.best = new Best(model, cleanup);
    this.element.append(this.head(mapped), ...(this.map ? [this.map.element] : []), this.here.element, this.best.element);
    this.fill.setAttribute("aria-label", "Fill in while idle");
    cleanup.on(this.metric, "change", () => model.setMetric(this.metric.value));
    cleanup.on(this.fill, "click", () => model.setFilling(!model.trials?.filling));
    for (const select of this.axes) cleanup.on(select, "change", () => this.choose(select));
  }

  draw(ratio: number, colours: ExplorerColours): void {
    this.map?.draw(ratio, colours);
  }

  update(): void {
    const { trials } = this.model;
    if (!trials) return;
    if (this.metric.value !== trials.metric) this.metric.value = trials.metric;
    this.axes.forEach((select, i) => select.value !== String(trials.axes[i]) && (select.value = String(trials.axes[i])));
    this.fill.setAttribute("aria-pressed", String(trials.filling));
    this.here.update(this.model);
    this.best.update(this.model);
  }

  private head(mapped: boolean): HTMLElement {
    const { ranges, mappable } = this.model.info!;
    const text = make("span", { class: "t3" });
    if (mapped && mappable.length > 2)
      for (const [name, word] of [["Columns of the map", "across,"], ["Rows of the map", "down"]] as const) {
        const select = make("select", { class: "pick", "aria-label": name }, ...mappable.map((axis) => make("option", { value: String(axis) }, ranges[axis]!.label)));
        this.axes.push(select);
        text.append(select, ` ${word} `);
      }
    else if (mapped) text.append(`${ranges[0]!.label.toLowerCase()} across, ${ranges[1]!.label.toLowerCase()} down`);
    return make("div", { class: "ch" }, make("h3", {}, mapped ? "Map" : "Trials"), text, make("span", { class: "r" }, this.metric, this.fill));
  }

  /** Both axes are never the same: the other one takes what this one had. */
  private choose(select: HTMLSelectElement): void {
    const own = this.axes.indexOf(select), axes = [...this.model.trials!.axes] as [number, number], value = Number(select.value);
    if (axes[1 - own] === value) axes[1 - own] = axes[own]!;
    axes[own] = value;
    this.model.setAxes(...axes);
  }
}

/** What surrounds the result: its neighbours' mean, its rank, and whether it stands alone. */
class Here {
  private readonly title = make("span");
  private readonly alone = make("span", { class: "warn" });
  private readonly names = [make("dt"), make("dt"), make("dt")];
  private readonly values = [make("dd"), make("dd"), make("dd")];
  private readonly tellTitle = writer(this.title);
  private readonly tellAlone = writer(this.alone);
  private readonly tellNames = this.names.map(writer);
  private readonly tellValues = this.values.map(writer);
  readonly element = make("div", { class: "blk" }, make("h3", {}, this.title, this.alone), make("dl", { class: "kv" }, ...this.names.flatMap((name, i) => [name, this.values[i]!])));

  update(model: ExplorerModel): void {
    const { trials, current, info } = model;
    if (!trials || !current) return;
    const { metric, around } = trials, value = current.figures[info!.metrics.indexOf(metric)]!;
    this.tellTitle(`At ${placeText(model, current.position)}`);
    this.tellAlone(isAlone(metric, value, around, info!.better[info!.metrics.indexOf(metric)]!) ? "a lone peak" : "");
    const texts = ["This result", `Mean of its ${around.count} neighbours`, `Rank among ${fixed(trials.count, 0)} tried`];
    const values = [figureText(metric, value), figureText(metric, around.mean), fixed(trials.rank, 0)];
    const shown = [true, around.count > 0, trials.count > 1];
    shown.forEach((each, i) => {
      for (const part of [this.names[i]!, this.values[i]!]) show(part, each);
      this.tellNames[i]!(texts[i]!);
      this.tellValues[i]!(values[i]!);
    });
    const signed = metric === "net" || metric === "total_return" || metric === "expectancy";
    for (const [i, each] of [value, around.mean].entries()) dress(this.values[i]!, !signed || !(each === each) || each === 0 ? "" : each > 0 ? "up" : "down");
  }
}

/** A result that is good where its neighbours on the map are not: more of luck than of the market. */
export function isAlone(metric: string, value: number, around: { count: number; mean: number }, better: number): boolean {
  const { middle } = FIGURES[metric]!;
  if (around.count < 3 || better <= 0 || !(value > middle)) return false;
  return around.mean <= middle + (value - middle) / 4;
}

/** The best trials; a click goes there. */
class Best {
  private readonly title = make("span");
  private readonly tell = writer(this.title);
  private readonly rows: { row: HTMLTableRowElement; cells: HTMLElement[]; tell: ((text: string) => void)[] }[] = [];
  readonly element = make("div", { class: "blk" });

  constructor(model: ExplorerModel, cleanup: Cleanup) {
    const body = make("tbody");
    for (let i = 0; i < ROWS; i++) {
      const button = make("button", { type: "button" }), cells = [button, make("td"), make("td"), make("td")];
      const row = make("tr", { hidden: "" }, make("td", {}, button), ...cells.slice(1));
      body.append(row);
      this.rows.push({ row, cells, tell: cells.map(writer) });
      cleanup.on(button, "click", () => {
        const best = model.trials?.best[i];
        if (best) model.go(best.position);
      });
    }
    const head = make("tr", {}, make("th", { scope: "col" }, this.title), ...["net", "drawdown", "trades"].map((name) => make("th", { scope: "col" }, name)));
    this.element.append(make("table", { class: "bl" }, make("thead", {}, head), body));
  }

  update(model: ExplorerModel): void {
    const { trials, current } = model;
    if (!trials) return;
    this.tell(`Best of ${fixed(trials.count, 0)}`);
    this.rows.forEach(({ row, cells, tell }, i) => {
      const best = trials.best[i];
      show(row, !!best);
      if (!best) return;
      [placeText(model, best.position), figureText("net", best.net), figureText("max_drawdown", best.drawdown), fixed(best.trades, 0)].forEach((text, k) => tell[k]!(text));
      dress(cells[1]!, best.net > 0 ? "up" : best.net < 0 ? "down" : "");
      if (same(best.position, current?.position ?? null)) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    });
  }
}
