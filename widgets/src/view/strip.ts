// The strip over an enlarged panel: the six timeframes, each with its last bars as a line.
import { make, writer } from "./dom.ts";
import { type Facts, TIMEFRAMES } from "./facts.ts";
import { signed } from "./format.ts";
import { Pen } from "./pen.ts";
import type { Colours } from "./theme.ts";

const BARS = 48;

interface Tile {
  button: HTMLButtonElement;
  change: (text: string) => void;
  pen: Pen;
  drawn: string;
}

export class Strip {
  readonly element = make("div", { class: "film", role: "group", "aria-label": "Timeframe", hidden: "" });
  private readonly tiles: Tile[] = [];

  constructor(enlarge: (row: number) => void) {
    TIMEFRAMES.forEach((timeframe, row) => {
      const [canvas, change] = [make("canvas", { "aria-hidden": "true" }), make("span", { class: "ch" })];
      const button = make("button", { type: "button", class: "fm", "aria-pressed": "false", title: `Enlarge ${timeframe} (${row + 1})` }, make("span", { class: "tf" }, timeframe), change, canvas);
      button.addEventListener("click", () => enlarge(row));
      this.tiles.push({ button, change: writer(change), pen: new Pen(canvas), drawn: "" });
      this.element.append(button);
    });
  }

  /** Shows the strip while a panel is enlarged (`large` is its row), hides it otherwise (-1). */
  draw(facts: Facts, large: number, colours: Colours, ratio: number, theme: number): void {
    this.element.hidden = large < 0;
    if (large < 0) return;
    this.tiles.forEach((tile, row) => {
      tile.button.setAttribute("aria-pressed", String(row === large));
      this.drawTile(tile, facts, row, row === large, colours, ratio, theme);
    });
  }

  private drawTile(tile: Tile, facts: Facts, row: number, chosen: boolean, colours: Colours, ratio: number, theme: number): void {
    const series = facts.series[row]!;
    const { canvas } = tile.pen;
    const last = series.count - 1;
    const key = [series.count, series.close[last], chosen, theme, ratio, canvas.clientWidth].join();
    if (key === tile.drawn || !canvas.clientWidth) return;
    tile.drawn = key;
    const first = Math.max(0, series.count - BARS);
    tile.change(last >= 0 ? `${signed((series.close[last]! - series.close[first]!) / facts.info.pip, 0)} pips` : "");
    tile.pen.resize(canvas.clientWidth, canvas.clientHeight, ratio);
    tile.pen.clear();
    if (last < 0) return;
    let [low, high] = [Infinity, -Infinity];
    for (let bar = first; bar <= last; bar++) [low, high] = [Math.min(low, series.close[bar]!), Math.max(high, series.close[bar]!)];
    const { context, width, height } = tile.pen;
    const y = (value: number): number => (high > low ? 4 + ((high - value) / (high - low)) * (height - 8) : height / 2);
    const x = (bar: number): number => ((bar - first) / Math.max(1, last - first)) * (width - 5);
    context.strokeStyle = chosen ? colours.text2 : colours.text3;
    context.lineWidth = 1.2;
    context.lineJoin = "round";
    context.beginPath();
    for (let bar = first; bar <= last; bar++) context.lineTo(x(bar), y(series.close[bar]!));
    context.stroke();
    tile.pen.dot(x(last), y(series.close[last]!), 2.2, series.close[last]! >= series.open[last]! ? colours.up : colours.down);
  }
}
