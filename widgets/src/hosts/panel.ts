// The core in a Panel page, as a JSComponent.
import { hand } from "../hand.ts";
import { fetchScript } from "../loader/scripts.ts";
import { mount } from "../mount.ts";
import { type PanelModel, overPanel } from "./transports.ts";

/** The hashes of the later scripts' texts, which the build puts in: Python sends no others. */
declare const TOOLS_HASH: string, POPUPS_HASH: string, OVERLAYS_HASH: string;

export function render({ model, el }: { model: PanelModel; el: HTMLElement }): void {
  const transport = overPanel(model), gives: (() => void)[] = [];
  const fetch = (hash: string): Promise<never> => hand(new Promise((done) => gives.push(fetchScript(transport, hash, "", done as never))));
  const unmount = mount(el, transport, { tools: fetch(TOOLS_HASH), popups: fetch(POPUPS_HASH), overlays: () => fetch(OVERLAYS_HASH) });
  model.on("remove", () => {
    gives.forEach((give) => give());
    unmount();
  });
}
