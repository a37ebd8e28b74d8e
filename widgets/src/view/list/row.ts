// One row of the trade list. It is used again for other trades as the list scrolls.
import { attribute, make, writer } from "../dom.ts";
import { DAY, clock, price as priceText, signed } from "../format.ts";
import type { Zone } from "../zone.ts";
import { long, short } from "../drawings.ts";
import { icon } from "../icons.ts";
import type { Facts } from "../facts.ts";
import { toPips } from "../holding.ts";
import { duration, reasonText, size, weekday } from "../words.ts";

type Write = (text: string) => void;

const KINDS = ["", "p", "n opt", "n time", "n p", "n time", "n p", "n opt", "n some", "opt", "n some", "n", "n opt", "n opt", "some"];

export class TradeRow {
  readonly element = make("tr", { "aria-selected": "false" });
  trade = -1;
  private readonly write: Write[] = [];
  private readonly cells: HTMLElement[] = [];
  private readonly side = make("span");
  private readonly live = make("span", { class: "live", hidden: "" }, "running");
  private readonly exit = make("span");
  private readonly why = make("span");
  private readonly tag = make("span", { class: "tag" });
  private readonly writeTag = writer(this.tag);
  private readonly bar = make("i");
  private readonly selected: Write;
  private readonly position: Write;
  private direction = 0;
  private netKind = "n";
  private open = false;
  private width = NaN;
  private zone: Zone | null = null;
  private blind = false;
  private settled = "";

  /** `need` is told what a number's cell has to hold. */
  constructor(need: (column: number, text: string) => void) {
    this.selected = attribute(this.element, "aria-selected");
    this.position = attribute(this.element, "aria-rowindex");
    KINDS.forEach((kind, column) => {
      const cell = make("td", { class: kind });
      this.cells.push(cell);
      if (column === 1) cell.append(make("span", { class: "dir" }, this.side, make("span")));
      if (column === 5) cell.append(this.live, this.exit);
      if (column === 14) cell.append(this.why, this.tag);
      if (column === 9) cell.append(make("span", { class: "rb", "aria-hidden": "true" }, this.bar));
      const target = column === 1 ? cell.firstElementChild!.lastElementChild! : column === 5 ? this.exit : column === 14 ? this.why : cell;
      const write = writer(target), number = column !== 1 && column !== 9 && column !== 14;
      this.write.push((text) => {
        if (number) need(column, text);
        if (column !== 9) write(text);
      });
      this.element.append(cell);
    });
    this.cells[9]!.style.paddingRight = "0";
  }

  /** Shows a trade as it is at the head; a closed trade is written once. */
  update(facts: Facts, trade: number, index: number): void {
    this.position(String(index));
    this.selected(trade === facts.selected ? "true" : "false");
    const open = facts.isOpen(trade);
    const settled = open ? "" : `${trade} ${facts.zone.name} ${facts.blind}`;
    if (settled && settled === this.settled) return;
    if (trade !== this.trade || open !== this.open || facts.zone !== this.zone || facts.blind !== this.blind || settled) this.fixedPart(facts, trade, open);
    this.settled = settled;
    this.zone = facts.zone;
    this.blind = facts.blind;
    this.trade = trade;
    this.open = open;
    this.resultPart(facts, trade, open);
  }

  private fixedPart(facts: Facts, trade: number, open: boolean): void {
    const { trades } = facts;
    const { digits } = facts.info;
    const [side, entry, exit] = [trades.side[trade]!, facts.local(trades.entryTime[trade]!), facts.local(trades.exitTime[trade]!)];
    if (side !== this.direction) this.side.replaceChildren(icon(side > 0 ? long : short));
    this.direction = side;
    this.write[0]!(String(trades.id[trade]));
    this.write[1]!(side > 0 ? "Long" : "Short");
    this.write[2]!(size(trades.size[trade]!));
    this.write[3]!(`${weekday(entry)}\u00a0 ${clock(entry)}`);
    this.write[4]!(priceText(trades.entryPrice[trade]!, digits));
    this.live.hidden = !open;
    this.write[5]!(open ? "" : exit !== exit ? "open at the end" : `${Math.floor(entry / DAY) === Math.floor(exit / DAY) ? "" : weekday(exit) + "\u00a0 "}${clock(exit)}`);
    const tag = trades.tag(trade);
    const reason = open ? "" : reasonText(trades.reason(trade));
    this.write[14]!(reason);
    this.writeTag(reason && tag ? ` · ${tag}` : tag);
    this.element.title = tag ? `${trades.id[trade]}: ${tag}` : "";
  }

  private resultPart(facts: Facts, trade: number, open: boolean): void {
    const result = facts.resultOf(trade);
    const { trades } = facts;
    this.write[6]!(priceText(result.exit, facts.info.digits));
    this.write[7]!(duration((open ? facts.time : trades.exitTime[trade]!) - trades.entryTime[trade]!));
    this.write[8]!(signed(result.pips, 1));
    this.write[10]!(signed(result.ratio, 2));
    this.write[11]!(signed(result.profit));
    this.write[12]!(open ? "" : signed(toPips(facts, trade, trades.mae[trade]!), 1));
    this.write[13]!(open ? "" : signed(toPips(facts, trade, trades.mfe[trade]!), 1));
    const kind = result.profit > 0 ? "n up" : result.profit < 0 ? "n down" : "n";
    if (kind !== this.netKind) this.cells[11]!.className = this.netKind = kind;
    this.paintBar(result.ratio);
  }

  private paintBar(ratio: number): void {
    const { style } = this.bar;
    const width = Number.isFinite(ratio) ? Math.min(36, Math.round(Math.abs(ratio) * 18)) : 0;
    if (this.width === (ratio >= 0 ? width : -width)) return;
    this.width = ratio >= 0 ? width : -width;
    style.width = `${width}px`;
    style.left = ratio >= 0 ? "50%" : "auto";
    style.right = ratio >= 0 ? "auto" : "50%";
    style.background = ratio >= 0 ? "var(--up)" : "var(--down)";
  }
}
