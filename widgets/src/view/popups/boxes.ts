// What pops up, put together: the boxes that ask for a line of text, the sheet of keys, the card of a trade.
import { rooted } from "../rooted.ts";
import card from "../style/card.css";
import pop from "../style/pop.css";
import sheet from "../style/sheet.css";
import type { Widget } from "../widget.ts";
import { AskBox } from "./askbox.ts";
import { TradeCard } from "./card.ts";
import { goTo } from "./goto.ts";
import { KeySheet } from "./keysheet.ts";
import type { Box, PopupsHost, PopupsPart } from "./part.ts";
import { DATELESS, EXAMPLES } from "./place.ts";
import { CONDITIONS, readParameters } from "./wishes.ts";

export class Popups implements PopupsPart {
  readonly style = rooted(pop + sheet + card);
  readonly card = new TradeCard();
  private readonly keys: KeySheet;
  private readonly asking: Record<Box, AskBox>;

  constructor(private readonly widget: Widget, private readonly host: PopupsHost) {
    const focus = (): void => widget.focus(), { parameters } = widget.facts.info;
    this.keys = new KeySheet(focus);
    this.asking = {
      goto: new AskBox("Go to", "13:30", () => `${widget.facts.blind ? DATELESS : EXAMPLES}. Times are of the zone above.`, (text) => goTo(text, widget), focus),
      until: new AskBox("Pause when", "drawdown > 0.05", () => CONDITIONS, (text) => host.pauseOn(text.trim()), focus),
      fork: new AskBox("Fork here", "name=value", () => `Goes on from the head with other parameters: ${parameters.map(([name, , value]) => `${name}=${value}`).join(", ")}`, (text) => this.forkWith(text), focus),
    };
  }

  get boxes(): HTMLElement[] {
    return this.all.map((box) => box.element);
  }

  get sheet(): HTMLElement {
    return this.keys.element;
  }

  showSheet(): void {
    this.keys.show();
  }

  toggleSheet(): void {
    if (this.keys.open) this.keys.hide();
    else this.keys.show();
  }

  /** One at a time: they stand in the same place. */
  show(box: Box, text?: string): void {
    this.close();
    this.asking[box].show(text);
  }

  /** Closes what is open; false where nothing is. */
  close(): boolean {
    const open = this.keys.open ? this.keys : this.all.find((box) => box.open);
    open?.hide();
    return open !== undefined;
  }

  private get all(): AskBox[] {
    return Object.values(this.asking);
  }

  /** What other parameters would have brought from here on. */
  private async forkWith(text: string): Promise<string | null> {
    const { model, facts } = this.widget, parameters = readParameters(text, facts.info.parameters);
    if (typeof parameters === "string") return parameters;
    model.pause();
    await model.questions!.ask("fork", { tick: model.tick, parameters });
    this.host.tell("Forked here: the equity of both is in the scrubber.");
    return null;
  }
}
