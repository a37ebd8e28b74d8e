// The overlays' script: what it adds to the tools of a widget that has overlays.
import { Overlaid } from "./view/overlays/overlaid.ts";
import type { MakeOverlays } from "./view/overlays/part.ts";

export const makeOverlays: MakeOverlays = (widget, redraw) => new Overlaid(widget, redraw);
