// The boxes that ask for a line of text, and the sheet of keys.
import type { Questions } from "../model/questions.ts";
import { AskBox } from "./askbox.ts";
import type { Chooser } from "./chooser.ts";
import { KeySheet } from "./keysheet.ts";
import { DATELESS, EXAMPLES } from "./place.ts";
import type { Travel } from "./travel.ts";
import type { Widget } from "./widget.ts";
import { CONDITIONS, readParameters } from "./wishes.ts";

export class Boxes {
  readonly goto: AskBox;
  readonly until: AskBox;
  readonly fork: AskBox;
  readonly sheet: KeySheet;

  constructor(private readonly widget: Widget, private readonly questions: Questions, chooser: Chooser, travel: Travel, private readonly tell: (text: string) => void) {
    const focus = (): void => widget.focus(), { parameters } = widget.facts.info;
    this.sheet = new KeySheet(focus);
    this.goto = new AskBox("Go to", "13:30", () => `${widget.facts.blind ? DATELESS : EXAMPLES}. Times are of the zone above.`, (text) => travel.to(text), focus);
    this.until = new AskBox("Pause when", "drawdown > 0.05", () => CONDITIONS, (text) => chooser.pauseAt(text.trim()), focus);
    this.fork = new AskBox("Fork here", "name=value", () => `Goes on from the head with other parameters: ${parameters.map(([name, , value]) => `${name}=${value}`).join(", ")}`, (text) => this.forkWith(text), focus);
  }

  get elements(): HTMLElement[] {
    return this.all.map((box) => box.element);
  }

  toggleSheet(): void {
    if (this.sheet.open) this.sheet.hide();
    else this.sheet.show();
  }

  /** One at a time: they stand in the same place. */
  show(box: AskBox, text?: string): void {
    this.close();
    box.show(text);
  }

  /** Closes what is open; false where nothing is. */
  close(): boolean {
    const open = this.sheet.open ? this.sheet : this.all.find((box) => box.open);
    open?.hide();
    return open !== undefined;
  }

  private get all(): AskBox[] {
    return [this.goto, this.until, this.fork];
  }

  /** What other parameters would have brought from here on. */
  private async forkWith(text: string): Promise<string | null> {
    const { model, facts } = this.widget, parameters = readParameters(text, facts.info.parameters);
    if (typeof parameters === "string") return parameters;
    model.pause();
    await this.questions.ask("fork", { tick: model.tick, parameters });
    this.tell("Forked here: the equity of both is in the scrubber.");
    return null;
  }
}
