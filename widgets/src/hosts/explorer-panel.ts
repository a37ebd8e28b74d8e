// The explorer in a Panel page, as a JSComponent.
import { mountExplorer } from "../explorer/mount.ts";
import { type PanelModel, overPanel } from "./transports.ts";

export function render({ model, el }: { model: PanelModel; el: HTMLElement }): void {
  model.on("remove", mountExplorer(el, overPanel(model)));
}
