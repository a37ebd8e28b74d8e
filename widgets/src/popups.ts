// The script of what pops up: what it adds to the tools of a widget.
import { Popups } from "./view/popups/boxes.ts";
import type { MakePopups } from "./view/popups/part.ts";

export const makePopups: MakePopups = (widget, host) => new Popups(widget, host);
