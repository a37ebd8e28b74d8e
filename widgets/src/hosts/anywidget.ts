// The core in JupyterLab, Notebook and VS Code, as an anywidget.
import { type OverlaysScript, type PopupsScript, type ToolsScript, hand } from "../hand.ts";
import { mount } from "../mount.ts";
import { type AnyModel, overAnywidget } from "./transports.ts";

interface Context {
  model: AnyModel;
  el: HTMLElement;
  /** The scripts of the tools, of what pops up and, where there are some, of the overlays: the loader has asked for them. */
  later: [tools: Promise<ToolsScript>, popups: Promise<PopupsScript>, overlays: Promise<OverlaysScript>];
}

export default {
  render: ({ model, el, later: [tools, popups, overlays] }: Context): (() => void) => mount(el, overAnywidget(model), { tools: hand(tools), popups: hand(popups), overlays: () => hand(overlays) }),
};
