// The six forming bars: how much of each is done, what is left, its range and its change in pips.
import { TIMEFRAMES, type Facts } from "../facts.ts";
import { make, writer } from "../dom.ts";
import { countdown, signed } from "../format.ts";
import { Block } from "./block.ts";

interface Line {
  done: HTMLElement;
  share: number;
  left: (text: string) => void;
  range: (text: string) => void;
  change: (text: string) => void;
  sign: HTMLElement;
  kind: string;
}

export class FormingBlock extends Block {
  private readonly lines: Line[] = [];

  constructor(own: ReadonlySet<string>) {
    super("form", "Forming bars", "pips");
    const grid = make("div", { class: "ft", role: "table", "aria-label": "Forming bars" }), head = row(grid);
    for (const [title, kind] of [["TF", ""], ["Done", ""], ["Left", " n"], ["Range", " n"], ["Change", " n"]] as const)
      head.append(make("span", { class: "h" + kind, role: "columnheader" }, title));
    for (const timeframe of TIMEFRAMES) this.lines.push(line(grid, timeframe, own.has(timeframe)));
    this.element.append(grid);
  }

  update(facts: Facts): void {
    const { pip } = facts.info;
    this.lines.forEach((line, row) => {
      const bar = facts.forming(row);
      const share = bar ? Math.round(bar.progress * 400) / 400 : 0;
      if (share !== line.share) line.done.style.transform = `scaleX(${(line.share = share)})`;
      line.left(bar ? countdown(bar.left) : "");
      line.range(bar ? ((bar.high - bar.low) / pip).toFixed(1) : "");
      const change = bar ? (bar.close - bar.open) / pip : 0;
      line.change(bar ? signed(change, 1) : "");
      const kind = change > 0.049 ? "n up" : change < -0.049 ? "n down" : "n";
      if (kind !== line.kind) line.sign.className = line.kind = kind;
    });
  }
}

/** A row that lays nothing out by itself: its cells are those of the grid. */
function row(grid: HTMLElement): HTMLElement {
  const element = make("div", { role: "row", class: "fr" });
  grid.append(element);
  return element;
}

function line(grid: HTMLElement, timeframe: string, own: boolean): Line {
  const done = make("i");
  const cell = { class: "n", role: "cell" };
  const [left, range, sign] = [make("span", cell), make("span", cell), make("span", cell)];
  row(grid).append(make("span", { class: own ? "own" : "", role: "rowheader" }, timeframe), make("span", { class: "pg", role: "cell" }, done), left, range, sign);
  return { done, share: 0, left: writer(left), range: writer(range), change: writer(sign), sign, kind: "n" };
}
