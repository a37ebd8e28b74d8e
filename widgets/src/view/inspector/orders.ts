// The orders that are working at the head, with their distance from the market in pips. Four have room; more are scrolled to.
import { price as priceText } from "../format.ts";
import { make } from "../dom.ts";
import type { Ledger } from "../../model/ledger.ts";
import type { Facts } from "../facts.ts";
import { Block, Rows } from "./block.ts";
import { kindText, size } from "../words.ts";

const ROOM = 4;
const MOST = 100;

export class OrdersBlock extends Block {
  private readonly rows = new Rows();
  private readonly none = make("div", { class: "line" }, "None.");

  constructor(private readonly ledger: Ledger) {
    super("orders", "Working orders");
    this.rows.element.setAttribute("aria-label", "Working orders");
    this.element.append(this.none, this.rows.element);
  }

  update(facts: Facts): void {
    const orders = this.ledger.working();
    const shown = orders.length > MOST ? MOST - 1 : orders.length;
    if (this.rows.element.tabIndex < 0 === orders.length > ROOM) this.rows.element.tabIndex = orders.length > ROOM ? 0 : -1;
    if (this.none.hidden !== orders.length > 0) this.none.hidden = orders.length > 0;
    this.note(orders.length ? "price · pips away" : "");
    for (let i = 0; i < shown; i++) {
      const order = orders[i]!;
      const row = this.rows.row(i);
      row.colour(order.protects === "stop" ? "down" : order.protects === "target" ? "up" : "");
      row.name(kindText(order.kind));
      const units = order.filled > 0 ? `${size(order.size)} of ${size(order.size + order.filled)}` : size(order.size);
      const what = [order.side > 0 ? "buy" : order.side < 0 ? "sell" : "", units].filter(Boolean).join(" ");
      row.detail(`${what}${order.tag ? ` · ${order.tag}` : ""}`);
      row.value(Number.isFinite(order.price) ? priceText(order.price, facts.info.digits) : "market");
      row.second(Number.isFinite(order.price) ? (Math.abs(order.price - (order.side > 0 ? facts.quotes.ask : facts.quotes.bid)) / facts.info.pip).toFixed(1) : "");
    }
    if (shown < orders.length) this.more(orders.length - shown);
    this.rows.keep(orders.length > MOST ? MOST : shown);
  }

  private more(count: number): void {
    const row = this.rows.row(MOST - 1);
    row.colour("");
    row.name(`${count} more`);
    row.detail("");
    row.value("");
    row.second("");
  }
}
