// The core in JupyterLab, Notebook and VS Code, as an anywidget.
import { type ToolsScript, hand } from "../hand.ts";
import { mount } from "../mount.ts";
import { type AnyModel, overAnywidget } from "./transports.ts";

interface Context {
  model: AnyModel;
  el: HTMLElement;
  /** The script of the tools, which the loader has asked for. */
  tools: Promise<ToolsScript>;
}

export default {
  render: ({ model, el, tools }: Context): (() => void) => mount(el, overAnywidget(model), hand(tools)),
};
