// The core in a Panel page, as a JSComponent.
import { mount } from "../mount.ts";
import { type PanelModel, overPanel } from "./transports.ts";

export function render({ model, el }: { model: PanelModel; el: HTMLElement }): void {
  model.on("remove", mount(el, overPanel(model)));
}
