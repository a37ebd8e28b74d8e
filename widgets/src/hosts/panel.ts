// The core in a Panel page, as a JSComponent.
import { type ToolsScript, hand } from "../hand.ts";
import { fetchScript } from "../loader/scripts.ts";
import { mount } from "../mount.ts";
import { type PanelModel, overPanel } from "./transports.ts";

/** The hash of the tools' text, which the build puts in: Python sends no other. */
declare const TOOLS_HASH: string;

export function render({ model, el }: { model: PanelModel; el: HTMLElement }): void {
  const transport = overPanel(model);
  let take: (script: Promise<ToolsScript>) => void = () => {};
  const tools = new Promise<ToolsScript>((done) => (take = done as never));
  const unmount = mount(el, transport, hand(tools));
  const give = fetchScript(transport, TOOLS_HASH, "", take);
  model.on("remove", () => {
    give();
    unmount();
  });
}
