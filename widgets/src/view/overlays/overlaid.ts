// The overlays of a widget, put together: their values, what draws them, their block in the inspector, the box of parameters.
import { Overlays } from "../../model/overlays.ts";
import type { Block, Rows } from "../inspector/block.ts";
import { rooted } from "../rooted.ts";
import type { Panel } from "../panel/panel.ts";
import style from "../style/overlays.css";
import type { Widget } from "../widget.ts";
import { InspectorValues } from "./inspected.ts";
import { Editor } from "./editor.ts";
import { PanelOverlays } from "./panes.ts";
import type { OverlaysPart, Running } from "./part.ts";

export class Overlaid implements OverlaysPart {
  readonly style = rooted(style);
  readonly editor: Editor;
  private readonly overlays: Overlays;

  constructor({ model }: Widget, redraw: () => void) {
    this.overlays = model.overlays ??= new Overlays(model.info.overlays ?? [], !model.info.kernel, (request) => model.inquire(request));
    this.editor = new Editor(this.overlays, redraw);
  }

  of({ row, element }: Panel): PanelOverlays {
    return new PanelOverlays(this.overlays.of(row), (layer, at) => this.editor.show(layer, at, element));
  }

  inspect(block: Block, rows: Rows, run: (tick: number) => Promise<Running>): InspectorValues {
    return new InspectorValues(this.overlays, block, rows, run);
  }
}
