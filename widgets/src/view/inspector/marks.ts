// The newest marks a strategy made, up to the head.
import { clock, dayMonth, fixed, price as priceText } from "../format.ts";
import { make } from "../dom.ts";
import { DAY } from "../format.ts";
import { type Ledger, MARGIN_CALL } from "../../model/ledger.ts";
import type { Facts } from "../facts.ts";
import { Block, Rows } from "./block.ts";
import { seconds, size } from "../words.ts";

const MOST = 5;
/** Of what a strategy marked, which may be of any size: what is read at a glance. */
const DIGITS = 6;
const ALIKE = 0.2;

/** What is as large as a price is written as one. */
const valueOf = (value: number, { quotes, info }: Facts): string => (Math.abs(value / quotes.price - 1) < ALIKE ? priceText(value, info.digits) : size(Number(value.toPrecision(DIGITS))));

export class MarksBlock extends Block {
  private readonly rows = new Rows();
  private readonly none = make("div", { class: "line" }, "None so far.");

  constructor(private readonly ledger: Ledger) {
    super("marks", "Marks");
    this.element.append(this.none, this.rows.element);
  }

  update(facts: Facts): void {
    const { marks, markCount: count } = this.ledger;
    const shown = Math.min(MOST, count);
    if (this.none.hidden !== count > 0) this.none.hidden = count > 0;
    this.note(count ? `${count} so far` : "");
    for (let i = 0; i < shown; i++) {
      const mark = count - 1 - i;
      const row = this.rows.row(i);
      const time = facts.local(marks.time(mark));
      const value = marks.value(mark);
      const call = marks.name(mark) === MARGIN_CALL;
      row.colour(call ? "warn" : "mk");
      row.name(call ? "Margin call" : marks.name(mark));
      row.detail("");
      row.value(call ? `${fixed(value * 100)} %` : Number.isFinite(value) && !facts.blind ? valueOf(value, facts) : "");
      row.second(Math.floor(time / DAY) === Math.floor(facts.local(facts.time) / DAY) ? seconds(time) : `${dayMonth(time)} ${clock(time)}`);
    }
    this.rows.keep(shown);
  }
}
