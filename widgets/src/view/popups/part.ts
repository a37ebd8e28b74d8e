// What pops up where a person asks for it, as the tools know it: it comes in a script of its own, beside the overlays'.
import type { Facts } from "../facts.ts";
import type { Widget } from "../widget.ts";

/** The box of a trade under the pointer. */
export interface Card {
  /** The trade whose card is up; -1 for none. */
  readonly shown: number;
  show(facts: Facts, trade: number, panel: HTMLElement, x: number, y: number, room: { width: number; height: number }): void;
  update(facts: Facts): void;
  hide(): void;
}

/** The boxes that ask for a line of text. */
export type Box = "goto" | "until" | "fork";

export interface PopupsPart {
  readonly style: string;
  readonly card: Card;
  /** What stands above the scrubber, and what over everything. */
  readonly boxes: readonly HTMLElement[];
  readonly sheet: HTMLElement;
  /** Opens a box, with a text in it. */
  show(box: Box, text?: string): void;
  showSheet(): void;
  toggleSheet(): void;
  /** Closes what is open; false where nothing is. */
  close(): boolean;
}

export interface PopupsHost {
  /** Playing is to pause where a condition turns true; the reason why not, or null. */
  pauseOn(condition: string): Promise<string | null>;
  tell(text: string): void;
}

/** What the script is. */
export type MakePopups = (widget: Widget, host: PopupsHost) => PopupsPart;
