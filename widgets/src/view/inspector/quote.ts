// Bid and ask with the pips large, and the spread between them.
import { make, writer } from "../dom.ts";
import { price as priceText } from "../format.ts";
import type { Facts } from "../facts.ts";
import { Block } from "./block.ts";

export class QuoteBlock extends Block {
  private readonly bid: (text: string, facts: Facts) => void;
  private readonly ask: (text: string, facts: Facts) => void;
  private readonly spread: (text: string) => void;

  constructor() {
    super("quo", "Quote");
    const spread = make("div", { class: "spr", title: "Spread" });
    const [left, bid] = side("Bid");
    const [right, ask] = side("Ask");
    this.bid = bid;
    this.ask = ask;
    this.spread = writer(spread);
    this.element.append(make("div", { class: "quote" }, left, spread, right));
  }

  update(facts: Facts): void {
    const { digits, pip } = facts.info;
    this.bid(priceText(facts.quotes.bid, digits), facts);
    this.ask(priceText(facts.quotes.ask, digits), facts);
    this.spread(Number.isFinite(facts.quotes.ask - facts.quotes.bid) ? ((facts.quotes.ask - facts.quotes.bid) / pip).toFixed(1) + " pip" : "");
  }
}

/** Letters of a price that the large digits have no room for. */
const LONG = 10;

function side(name: string): [HTMLElement, (text: string, facts: Facts) => void] {
  const [small, large, last] = [make("small"), make("span"), make("sup")];
  const [head, pips, point] = [writer(small), writer(large), writer(last)];
  const quote = make("div", { class: "q" }, small, large, last), element = make("div", {}, make("div", { class: "c" }, name), quote);
  let shown = "";
  return [element, (text, facts) => {
    if (text === shown) return;
    shown = text;
    quote.classList.toggle("long", text.length > LONG);
    const tail = facts.info.tenths ? text.length - 1 : text.length;
    const start = Math.max(0, tail - (text[tail - 2] === "." || text[tail - 1] === "." ? 3 : 2));
    head(text.slice(0, start));
    pips(text.slice(start, tail));
    point(text.slice(tail));
  }];
}
