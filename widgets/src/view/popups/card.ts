// The card of a trade under the pointer: size, prices, result and reason. It stays inside its panel and off the trade.
import { make, writer } from "../dom.ts";
import type { Facts } from "../facts.ts";
import { toPips } from "../holding.ts";
import { DAY, clock, dayMonth, price as priceText, signed, wear } from "../format.ts";
import { clamp } from "../scale.ts";
import { reasonText, size } from "../words.ts";

const DELAY = 120;

export class TradeCard {
  readonly element = make("div", { class: "card", role: "tooltip", hidden: "" });
  private readonly net = make("span");
  private readonly write: Record<string, (text: string) => void>;
  private readonly rows = make("dl", { class: "kv" });
  private timer = 0;
  private trade = -1;

  constructor() {
    const title = make("span");
    this.element.append(make("div", { class: "h" }, title, this.net), this.rows);
    this.write = { title: writer(title), net: writer(this.net) };
    for (const name of ["entry", "exit", "result", "excursion", "tag"]) {
      const [term, value] = [make("dt"), make("dd")];
      this.rows.append(term, value);
      this.write[name] = writer(term);
      this.write[`${name}Value`] = writer(value);
    }
  }

  get shown(): number {
    return this.element.hidden ? -1 : this.trade;
  }

  /** Shows a trade's card in a panel after a moment; at once when a card is already up. */
  show(facts: Facts, trade: number, panel: HTMLElement, x: number, y: number, room: { width: number; height: number }): void {
    if (trade === this.trade && !this.element.hidden) return;
    const wait = this.element.hidden ? DELAY : 0;
    clearTimeout(this.timer);
    this.trade = trade;
    this.timer = window.setTimeout(() => {
      if (!facts.isEntered(trade)) return;
      wear(facts.veil);
      this.fill(facts, trade);
      if (this.element.parentElement !== panel) panel.append(this.element);
      this.element.hidden = false;
      const { offsetWidth: width, offsetHeight: height } = this.element;
      const left = x + 18 + width < room.width ? x + 18 : x - 18 - width;
      this.element.style.left = `${clamp(left, 6, Math.max(6, room.width - width - 6))}px`;
      this.element.style.top = `${clamp(y + 14, 6, Math.max(6, room.height - height - 4))}px`;
    }, wait);
  }

  /** Keeps what it says true while the head moves. */
  update(facts: Facts): void {
    if (this.shown >= 0) this.fill(facts, this.trade);
  }

  hide(): void {
    clearTimeout(this.timer);
    this.trade = -1;
    this.element.hidden = true;
  }

  private fill(facts: Facts, trade: number): void {
    const { trades } = facts;
    const result = facts.resultOf(trade);
    const open = facts.isOpen(trade);
    const { digits } = facts.info;
    const today = Math.floor(facts.local(facts.time) / DAY);
    const when = (moment: number): string => {
      const time = facts.local(moment);
      return (Math.floor(time / DAY) === today ? "" : `${dayMonth(time)}\u2002`) + clock(time);
    };
    this.write.title!(`#${trades.id[trade]} ${trades.side[trade]! > 0 ? "Long" : "Short"} ${size(trades.size[trade]!)}`);
    this.write.net!(signed(result.profit));
    this.net.className = result.profit > 0 ? "up" : result.profit < 0 ? "down" : "";
    this.write.entry!("Entry");
    this.write.entryValue!(`${when(trades.entryTime[trade]!)}\u2002${priceText(trades.entryPrice[trade]!, digits)}`);
    this.write.exit!(open ? "Now" : `Exit, ${reasonText(trades.reason(trade))}`);
    this.write.exitValue!(`${open ? "" : when(trades.exitTime[trade]!) + "\u2002"}${priceText(result.exit, digits)}`);
    this.write.result!("Result");
    this.write.resultValue!(`${signed(result.pips, 1)} pips${Number.isFinite(result.ratio) ? ` · ${signed(result.ratio, 2)} R` : ""}`);
    this.write.excursion!(open ? "" : "Worst, best");
    this.write.excursionValue!(open ? "" : `${signed(toPips(facts, trade, trades.mae[trade]!), 1)} · ${signed(toPips(facts, trade, trades.mfe[trade]!), 1)} pips`);
    const tag = trades.tag(trade);
    this.write.tag!(tag ? "Tag" : "");
    this.write.tagValue!(tag);
  }
}
