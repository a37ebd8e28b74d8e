// The strip over an enlarged panel: the six timeframes, each with its last bars as a line.
import { attribute, make, writer } from "./dom.ts";
import { type Facts, TIMEFRAMES } from "./facts.ts";
import { signed } from "./format.ts";
import { Pen } from "./pen.ts";
import type { Colours } from "./theme.ts";

const BARS = 48;

interface Tile {
  press: (value: string) => void;
  change: (text: string) => void;
  pen: Pen;
  drawn: string;
}

export class Strip {
  private readonly tiles: Tile[] = [];

  constructor(element: HTMLElement, enlarge: (row: number) => void) {
    element.setAttribute("role", "group");
    element.setAttribute("aria-label", "Timeframe");
    TIMEFRAMES.forEach((timeframe, row) => {
      const [canvas, change] = [make("canvas", { "aria-hidden": "true" }), make("span", { class: "ch" })];
      const button = make("button", { type: "button", class: "fm", "aria-pressed": "false", title: `Enlarge ${timeframe} (${row + 1})` }, make("span", { class: "tf" }, timeframe), change, canvas);
      button.addEventListener("click", () => enlarge(row));
      this.tiles.push({ press: attribute(button, "aria-pressed"), change: writer(change), pen: new Pen(canvas), drawn: "" });
      element.append(button);
    });
  }

  resize(ratio: number): void {
    for (const tile of this.tiles) {
      tile.pen.resize(tile.pen.canvas.clientWidth, tile.pen.canvas.clientHeight, ratio);
      tile.drawn = "";
    }
  }

  /** Draws the lines; `large` is the row of the panel that is enlarged. */
  draw(facts: Facts, large: number, colours: Colours, theme: number): void {
    this.tiles.forEach((tile, row) => this.drawTile(tile, facts, row, row === large, colours, theme));
  }

  update(facts: Facts, large: number): void {
    this.tiles.forEach((tile, row) => {
      const series = facts.series[row]!, { count } = series;
      tile.change(count ? `${signed((series.close(count - 1) - series.open(Math.max(0, count - BARS))) / facts.info.pip, 0)} pips` : "");
      tile.press(String(row === large));
    });
  }

  private drawTile(tile: Tile, facts: Facts, row: number, chosen: boolean, colours: Colours, theme: number): void {
    const series = facts.series[row]!;
    const last = series.count - 1;
    const key = `${series.count},${series.close(last)},${chosen},${theme}`;
    if (key === tile.drawn || tile.pen.width < 6) return;
    tile.drawn = key;
    const first = Math.max(0, series.count - BARS);
    tile.pen.clear();
    if (last < 0) return;
    const begin = series.open(first);
    let [low, high] = [begin, begin];
    for (let bar = first; bar <= last; bar++) [low, high] = [Math.min(low, series.close(bar)), Math.max(high, series.close(bar))];
    const { context, width, height } = tile.pen;
    const y = (value: number): number => (high > low ? 4 + ((high - value) / (high - low)) * (height - 8) : height / 2);
    const x = (bar: number): number => ((bar - first + 1) / (last - first + 1)) * (width - 5);
    context.strokeStyle = chosen ? colours.text2 : colours.text3;
    context.lineWidth = 1.2;
    context.beginPath();
    context.moveTo(0, y(begin));
    for (let bar = first; bar <= last; bar++) context.lineTo(x(bar), y(series.close(bar)));
    context.stroke();
    tile.pen.dot(x(last), y(series.close(last)), 2.2, series.close(last) >= series.open(last) ? colours.up : colours.down);
  }
}
