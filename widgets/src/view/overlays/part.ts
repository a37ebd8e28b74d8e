// The overlays of a widget, as its tools know them: they come in a script of their own, and only where there are any.
import type { Facts } from "../facts.ts";
import type { Block, Rows } from "../inspector/block.ts";
import type { Series } from "../needs.ts";
import type { Geometry } from "../panel/geometry.ts";
import type { Panel } from "../panel/panel.ts";
import type { PriceAxis } from "../panel/priceaxis.ts";
import type { Pen } from "../pen.ts";
import type { Colours } from "../theme.ts";
import type { Widget } from "../widget.ts";

/** For each overlay a value of each of its columns, and how long it took the kernel. */
export interface Running {
  values: readonly ArrayLike<number>[];
  seconds: number;
}

/** Those of one panel. */
export interface PanelOverlays {
  /** The names of those over the prices; and of those in each pane beneath. */
  readonly names: HTMLElement;
  readonly elements: readonly HTMLElement[];
  /** Puts the panes where there is room for them; those for which there is none are left out, the last first. */
  split(geometry: Geometry, shown: number): void;
  /** Asks for the values of the bars in view, and behind everything draws what is shaded. */
  begin(pen: Pen, geometry: Geometry, series: Series, colours: Colours): void;
  drawUnder(pen: Pen, geometry: Geometry, series: Series, colours: Colours): void;
  drawOver(pen: Pen, geometry: Geometry, series: Series, colours: Colours): void;
  drawPanes(pen: Pen, geometry: Geometry, series: Series, colours: Colours): void;
  /** Tags of the lines over the prices, at the last bar that has closed, where they are in view. */
  addTags(axis: PriceAxis, geometry: Geometry, series: Series, digits: number, colours: Colours): void;
  /** The tag of a crosshair that stands in a pane. */
  drawCursor(pen: Pen, geometry: Geometry, y: number, colours: Colours): void;
  /** Writes the values of a bar into the legends, those of the last that has closed where it has not. */
  write(series: Series, bar: number, digits: number, version: number): void;
}

/** Their values in the inspector. */
export interface OverlaysBlock {
  update(facts: Facts): void;
  close(): void;
}

/** The box of one's parameters. */
export interface Editor {
  readonly open: boolean;
  update(): void;
  hide(): void;
}

export interface OverlaysPart {
  readonly style: string;
  readonly editor: Editor;
  of(panel: Panel): PanelOverlays;
  /** Fills a block of the inspector. */
  inspect(block: Block, rows: Rows, run: (tick: number) => Promise<Running>): OverlaysBlock;
}

/** What the overlays' script is; `redraw` asks for a frame. */
export type MakeOverlays = (widget: Widget, redraw: () => void) => OverlaysPart;
