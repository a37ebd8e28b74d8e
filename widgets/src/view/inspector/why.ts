// Why something happened at the head: what the tape knows at once, and what the kernel says when the head rests.
import { make } from "../dom.ts";
import type { Ledger } from "../../model/ledger.ts";
import type { Facts } from "../facts.ts";
import { price as priceText } from "../format.ts";
import { Block } from "./block.ts";

export type Line = readonly [sign: string, text: string];
const REST_MS = 300;
const SLOW_S = 2;
const SIGNS: Record<string, string> = { fill: "\u2713", refused: "\u00d7", held: "\u2026", call: "\u2192", act: "\u2192" };

export class WhyBlock extends Block {
  private readonly lines = make("ul", { tabindex: "0", "aria-label": "Why" });
  private readonly more = make("button", { type: "button", class: "btn", hidden: "" }, "Ask the kernel");
  private shown = "";
  private timer = 0;
  private slow = false;

  /** `ask` asks the kernel about the head, with a trade that is looked at. */
  constructor(private readonly facts: Facts, private readonly ledger: Ledger, private readonly ask: (tick: number, trade: number | null) => Promise<{ title: string; lines: Line[]; seconds: number }>) {
    super("why", "Why");
    this.element.append(this.lines, this.more);
    this.more.addEventListener("click", () => this.wonder());
  }

  close(): void {
    clearTimeout(this.timer);
  }

  update(): void {
    const { facts } = this;
    const key = [facts.tick, this.trade, facts.playing, facts.blind, facts.info.kernel].join();
    if (key === this.shown) return;
    this.shown = key;
    clearTimeout(this.timer);
    this.more.hidden = true;
    if (facts.playing) return;
    this.known();
    if (!(facts.info.kernel || facts.info.told) || facts.blind) return;
    if (this.slow) this.more.hidden = false;
    else this.timer = window.setTimeout(() => this.wonder(), REST_MS);
  }

  /** The trade that is looked at: the selected one, or the newest that is open. */
  private get trade(): number | null {
    const { facts } = this, trade = facts.selected >= 0 && facts.isEntered(facts.selected) ? facts.selected : (facts.open.at(-1) ?? -1);
    return trade < 0 ? null : facts.trades.id[trade]!;
  }

  /** What the tape itself says of this tick. */
  private known(): void {
    const { facts } = this, { digits } = facts.info;
    const lines: Line[] = this.ledger.happened().map(([sign, price, text]) => [sign, Number.isFinite(price) ? `${text} ${priceText(price, digits)}` : text]);
    if (!lines.length) lines.push(["", "Nothing was filled or refused at this tick."]);
    if (facts.blind) lines.push(["", "What the strategy saw is hidden in blind mode."]);
    else if (!facts.info.kernel && !lines[0]![0]) lines.push(["", facts.info.told ? "The file explains where something was." : "What the strategy saw needs a kernel."]);
    this.show(`${facts.info.unit} ${(facts.tick + 1).toLocaleString("en")}`, lines);
  }

  private wonder(): void {
    const { tick } = this.facts, { trade, shown } = this;
    this.more.hidden = true;
    this.ask(tick, trade).then(({ title, lines, seconds }) => {
      this.slow = seconds > SLOW_S;
      if (shown === this.shown && lines.length) this.show(title, lines);
    }, (error: unknown) => shown === this.shown && this.show("", [["refused", (error as Error).message]]));
  }

  private show(title: string, lines: readonly Line[]): void {
    this.note(title);
    this.lines.replaceChildren(...lines.map(([sign, text]) => make("li", { class: sign }, make("i", { "aria-hidden": "true" }, SIGNS[sign] ?? ""), make("span", {}, text))));
  }
}
