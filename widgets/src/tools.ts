// The tools' script: what it makes of a widget that is there already.
import { Desk } from "./view/desk.ts";
import type { MakeTools } from "./view/tools.ts";

export const makeTools: MakeTools = (widget, popups, overlays) => new Desk(widget, popups, overlays);
