// The inspector: what is true at the head, in blocks that keep their places.
import type { Ledger } from "../../model/ledger.ts";
import { type Facts, TIMEFRAMES } from "../facts.ts";
import type { Colours } from "../theme.ts";
import type { OverlaysBlock, OverlaysPart, Running } from "../overlays/part.ts";
import { Block, Rows } from "./block.ts";
import { EquityBlock } from "./equity.ts";
import { FormingBlock } from "./forming.ts";
import { MarksBlock } from "./marks.ts";
import { OrdersBlock } from "./orders.ts";
import { PositionBlock } from "./position.ts";
import { QuoteBlock } from "./quote.ts";
import { WhyBlock } from "./why.ts";

export class Inspector {
  private readonly quote = new QuoteBlock();
  private readonly position = new PositionBlock();
  private readonly forming: FormingBlock;
  private readonly orders: OrdersBlock;
  private readonly values = new Block("ovl", "Indicators");
  private overlays: OverlaysBlock | undefined;
  private readonly equity: EquityBlock;
  private readonly marks: MarksBlock;

  private readonly why: WhyBlock;

  constructor(element: HTMLElement, facts: Facts, ledger: Ledger, ask: ConstructorParameters<typeof WhyBlock>[2], private readonly run: (tick: number) => Promise<Running>) {
    this.why = new WhyBlock(facts, ledger, ask);
    this.orders = new OrdersBlock(ledger);
    this.equity = new EquityBlock(ledger);
    this.marks = new MarksBlock(ledger);
    this.forming = new FormingBlock(new Set(facts.info.rows.slice(0, 1).map((row) => TIMEFRAMES[row]!)));
    this.values.element.hidden = true;
    const blocks = [this.quote, this.position, this.forming, this.orders, this.values, this.equity, this.marks, this.why];
    element.setAttribute("aria-label", "Inspector");
    element.append(...blocks.map((block) => block.element));
  }

  lay(overlays: OverlaysPart): void {
    this.overlays = overlays.inspect(this.values, new Rows(), this.run);
  }

  close(): void {
    this.overlays?.close();
    this.why.close();
  }

  resize(ratio: number): void {
    this.position.resize(ratio);
    this.equity.resize(ratio);
  }

  /** Draws the small canvases; before anything is written to the page. */
  draw(facts: Facts, colours: Colours, theme: number): void {
    this.position.draw(facts, colours, theme);
    this.equity.draw(facts, colours, theme);
  }

  update(facts: Facts): void {
    this.quote.update(facts);
    this.position.update(facts);
    this.forming.update(facts);
    this.orders.update(facts);
    this.overlays?.update(facts);
    this.equity.update(facts);
    this.marks.update(facts);
    this.why.update();
  }
}
