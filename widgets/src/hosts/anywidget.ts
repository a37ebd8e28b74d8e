// The core in JupyterLab, Notebook and VS Code, as an anywidget.
import { type OverlaysScript, type ToolsScript, hand } from "../hand.ts";
import { mount } from "../mount.ts";
import { type AnyModel, overAnywidget } from "./transports.ts";

interface Context {
  model: AnyModel;
  el: HTMLElement;
  /** The scripts of the tools and of the overlays, which the loader has asked for; the latter where there are some. */
  tools: Promise<ToolsScript>;
  overlays: Promise<OverlaysScript>;
}

export default {
  render: ({ model, el, tools, overlays }: Context): (() => void) => mount(el, overAnywidget(model), { tools: hand(tools), overlays: () => hand(overlays) }),
};
