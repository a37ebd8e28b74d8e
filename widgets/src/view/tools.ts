// What people reach for after the first picture, as the widget knows it: it comes in a script of its own, a moment later.
import type { MakeOverlays } from "./overlays/part.ts";
import type { MakePopups } from "./popups/part.ts";
import type { Colours } from "./theme.ts";
import type { Widget } from "./widget.ts";

export interface Tools {
  /** Called in every frame: before anything is drawn, when canvases are drawn, and when the page is written to. */
  begin(): void;
  draw(colours: Colours, shade: number): void;
  update(now: number): void;
  /** Takes the sizes of all parts from the page. */
  resize(ratio: number): void;
  /** Another panel is enlarged, or none. */
  enlarged(): void;
  /** Brings a trade's row into view. */
  reveal(trade: number): void;
  /** Playing is to pause where a condition that somebody else chose turns true. */
  pauseAt(condition: string): void;
  /** Says something at once, to eyes and ears. */
  tell(text: string): void;
  remove(): void;
}

/** What the tools' script is: it puts them into a widget, and as soon as they are here what pops up, and its overlays, where it has some. */
export type MakeTools = (widget: Widget, popups: Promise<MakePopups>, overlays?: Promise<MakeOverlays>) => Tools;
/** Puts them into a widget with what it has. */
export type EquipTools = (widget: Widget) => Tools;
